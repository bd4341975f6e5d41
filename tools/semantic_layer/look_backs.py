"""What to add where a figure rests on other days than those asked for: days before the data, or the last day alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from knowledge.model import Measure
from knowledge.segments import All, Any_, Attribute, Definition, Not, Recency, Reference, Rfm, Segment, State
from knowledge.text import Text
from tools.semantic_layer.plan import MetricPlan, QueryPlan
from tools.semantic_layer.presence import windows_of
from tools.warehouse.door import Meta

_LONGEST_AWAY = 60
"""Days back from a day that tell every stage of the lifecycle apart: without activity in any of them a user is lost."""
_DECLINE_DAYS = 13
"""Days back from a day that declining rests on: two weeks, the day among them."""
_RFM_DAYS = 365
_GRAIN_ZH = {"week": "周", "month": "月", "quarter": "季度", "year": "年"}


def of_plan(plan: QueryPlan, meta: Meta, segments: Mapping[str, Segment]) -> Iterator[Text]:
    """Yield a note for each metric of which only an end counts, and for each look-back that reaches before the data."""
    for metric in plan.metrics:
        yield from _end_alone(metric, plan)
        yield from _before_data(metric, meta, segments)
    yield from _lifecycle(plan, meta)
    yield from _segments(plan, meta, segments)


def _end_alone(metric: MetricPlan, plan: QueryPlan) -> Iterator[Text]:
    """Say of a metric that stands on a day, asked for over several, on which day that is."""
    if not all(m.rolling_days or (m.standing and m.standing.on == "end") for m in metric.measures):
        return
    names, last = metric.metric.names, plan.buckets[-1].last
    if plan.is_total and plan.buckets[0].first < last:
        yield Text(
            f"{names.zh}只看区间的最后一天 {last}。", f"{names.en}: of the range only its last day, {last}, counts."
        )
    elif plan.grain in _GRAIN_ZH:
        yield Text(
            f"{names.zh}只看每{_GRAIN_ZH[plan.grain]}的最后一天。",
            f"{names.en}: of each {plan.grain} only its last day counts.",
        )


def _before_data(metric: MetricPlan, meta: Meta, segments: Mapping[str, Segment]) -> Iterator[Text]:
    earliest = min(
        (day for measure in metric.measures for day in _first_days(measure, metric, segments)), default=meta.data_start
    )
    if earliest < meta.data_start:
        names = metric.metric.names
        yield Text(
            f"{names.zh}要回看到 {earliest}，早于数据起点 {meta.data_start}；此前的活跃只计入已知的部分。",
            f"{names.en} looks back to {earliest}, before the data starts ({meta.data_start}); what users did before then counts "
            "only as far as it is known.",
        )


def _first_days(measure: Measure, metric: MetricPlan, segments: Mapping[str, Segment]) -> Iterator[date]:
    """Yield the first days of activity that a measure looks back to, now and in the base."""
    standing = measure.standing.segment if measure.standing else None
    if not (measure.previous or measure.rolling_days or standing):
        return
    back = timedelta(days=reach(segments[standing].definition, segments) if standing else 0)
    for side in (metric.current, metric.base):
        if side is not None:
            yield windows_of(measure, side, metric.metric.calendar).first - back


def reach(definition: Definition, segments: Mapping[str, Segment]) -> int:  # noqa: PLR0911 - one line per kind of definition
    """Return how many days before a day a definition looks at, to tell who belongs on it; 0 where it asks for all time."""
    match definition:
        case All(all=parts) | Any_(any=parts):
            return max(reach(part, segments) for part in parts)
        case Not(not_=part):
            return reach(part, segments)
        case Reference(segment=name):
            return reach(segments[name].definition, segments) if name in segments else 0
        case Recency(last_active_days=bounds):
            return max(max(b) if isinstance(b, tuple) else b for b in bounds.values())
        case State():
            return _DECLINE_DAYS
        case Attribute(attribute="lifecycle"):
            return _LONGEST_AWAY
        case Rfm():
            return _RFM_DAYS - 1
    return (getattr(definition, "days", None) or 1) - 1


def _first_state(plan: QueryPlan) -> date:
    """Return the first day on which lifecycle and segments are taken, now or in the base."""
    return min(day for metric in plan.metrics for side in (metric.current, metric.base) if side for day in side.states)


def _lifecycle(plan: QueryPlan, meta: Meta) -> Iterator[Text]:
    used = {d.id for d in plan.dimensions} | {f.dimension.id for f in plan.filters}
    if "lifecycle" in used and _first_state(plan) - timedelta(days=_LONGEST_AWAY) < meta.data_start:
        yield Text(
            f"生命周期按已知的活跃记录判断：数据始于 {meta.data_start}，此前的活跃未计入。",
            f"Lifecycle stages rest on the activity that is known: the data starts {meta.data_start}; what users did before is "
            "not in it.",
        )


def _segments(plan: QueryPlan, meta: Meta, segments: Mapping[str, Segment]) -> Iterator[Text]:
    """Say which segments, asked for as filter or split, look back to before the data on the first day they are taken."""
    asked = {str(v) for f in plan.filters if f.dimension.id == "segment" for v in f.values if v is not None}
    if any(d.id == "segment" for d in plan.dimensions) and not asked:
        asked = {name for name, segment in segments.items() if segment.tag is None}
    known = (_first_state(plan) - meta.data_start).days
    far = [
        segments[name].names
        for name in sorted(asked & set(segments))
        if reach(segments[name].definition, segments) > known
    ]
    if far:
        yield Text(
            f"人群（{'、'.join(n.zh for n in far)}）按已知的记录判断：数据始于 {meta.data_start}，此前的只计入已知的部分。",
            f"Segments ({', '.join(n.en for n in far)}) rest on what is known: the data starts {meta.data_start}; what users did "
            "before then counts only as far as it is known.",
        )
