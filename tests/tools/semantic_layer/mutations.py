"""Wrong definitions: for each metric, every way to get it subtly wrong that its fixture has to notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from knowledge.catalog import Catalog
from knowledge.model import Follow, Measure, Metric, Source
from tests.tools.semantic_layer.mutations_shapes import (
    dated_otherwise,
    only_the_end_counts,
    rollup_mutations,
    shape_mutations,
    wrong_expressions,
)

NET = "amount - coalesce(discount, 0) - coalesce(refund_amount, 0)"
SUMS = (
    NET,
    "amount",
    "amount - coalesce(discount, 0)",
    "amount - coalesce(refund_amount, 0)",
    "amount - discount - refund_amount",
)
CALENDARS = (None, "week", "month")
WINDOWS = ("day", "last_week", "last_month", "last_30_days")


@dataclass(frozen=True)
class Mutation:
    """A changed catalog, or a range moved at an edge as a wrong comparison of dates would move it."""

    name: str
    catalog: Catalog
    days: Mapping[str, timedelta] = field(default_factory=dict)


def mutations_of(metric_id: str, catalog: Catalog) -> Iterator[Mutation]:
    """Yield every mutation that applies to a metric. A wrong measure is asked without its rollups, which would hide it."""
    metric = catalog.metric(metric_id)
    for name, changed in _metric_mutations(metric, catalog):
        yield Mutation(name, replace(catalog, metrics={**catalog.metrics, metric_id: changed}))
    for measure_id in metric.measures:
        bare = catalog.measures[measure_id].model_copy(update={"rollups": ()})
        plain = replace(catalog, measures={**catalog.measures, measure_id: bare})
        for name, wrong in _measure_mutations(bare):
            yield Mutation(f"{measure_id}: {name}", replace(plain, measures={**plain.measures, measure_id: wrong}))
        for name, replaced in shape_mutations(bare, plain):
            yield Mutation(f"{measure_id}: {name}", replace(plain, **replaced.within(plain)))
        for name, source in _source_mutations(bare, metric, plain):
            yield Mutation(f"{measure_id}: {name}", replace(plain, sources={**plain.sources, source.id: source}))
    for edge in ("end",) if only_the_end_counts(metric, catalog) else ("start", "end"):
        for days in (-1, 1):
            yield Mutation(f"{edge} {days:+d} day", catalog, {edge: timedelta(days=days)})


def mutations_of_rollups(measure_id: str, metrics: Sequence[str], catalog: Catalog) -> Iterator[Mutation]:
    """Yield every mutation of the rollups of a measure that ``metrics`` read."""
    calendars = {catalog.metric(metric).calendar for metric in metrics}
    for name, wrong in rollup_mutations(catalog.measures[measure_id], calendars):
        yield Mutation(name, replace(catalog, measures={**catalog.measures, measure_id: wrong}))


def _metric_mutations(metric: Metric, catalog: Catalog) -> Iterator[tuple[str, Metric]]:
    for calendar in CALENDARS:
        if calendar != metric.calendar:
            yield f"calendar {calendar}", metric.model_copy(update={"calendar": calendar})
    same_end = metric.calendar == "week" or only_the_end_counts(metric, catalog)
    for window in WINDOWS:
        asked = metric.default_window not in (window, "last_30_days")
        if asked and not (
            same_end and window == "last_30_days"
        ):  # their last whole week, or their last day, is the same
            yield f"default window {window}", metric.model_copy(update={"default_window": window})
    if metric.is_ratio:
        yield from _quotient_mutations(metric)
    yield from _option_mutations(metric)
    for side in ("measure", "numerator", "denominator"):
        for other in _alike(metric, getattr(metric, side), catalog):
            yield f"{side} is {other}", metric.model_copy(update={side: other})


def _option_mutations(metric: Metric) -> Iterator[tuple[str, Metric]]:
    """Yield every other default of each option."""
    for name, option in metric.options.items():
        for default in option.values[1:]:
            values = (default, *(value for value in option.values if value != default))
            other = option.model_copy(update={"values": values})
            yield f"{name} is {default}", metric.model_copy(update={"options": {**metric.options, name: other}})


def _quotient_mutations(metric: Metric) -> Iterator[tuple[str, Metric]]:
    if metric.unit == "CNY":
        yield "not rounded", metric.model_copy(update={"unit": "ratio"})
    turned = {"numerator": metric.denominator, "denominator": metric.numerator}
    yield "turned over", metric.model_copy(update=turned)
    if metric.scale != 1:
        yield "not scaled", metric.model_copy(update={"scale": 1})
        yield "scaled tenfold", metric.model_copy(update={"scale": metric.scale * 10})
    if metric.given:
        yield "nothing has to be given", metric.model_copy(update={"given": None})


def _alike(metric: Metric, measure_id: str | None, catalog: Catalog) -> list[str]:
    """Return the measures that one could take by mistake: other ones over the same rows, or over another's people."""
    if measure_id is None:
        return []
    mine = catalog.measures[measure_id]
    near = {m.id for m in catalog.measures.values() if m.source == mine.source}
    if mine.aggregate != "sum":
        near |= {"active_users", "registrations", "paying_users", "orders"}
    others = (catalog.measures[name] for name in near)
    return sorted(m.id for m in others if not _is_same(m, mine, metric) and _can_split(m, metric, catalog))


def _can_split(measure: Measure, metric: Metric, catalog: Catalog) -> bool:
    """Return whether a measure has what the metric is split by beyond the attributes of people; another does not run."""
    return "event" not in metric.dimensions or "event" in {*catalog.sources[measure.source].own, *measure.ignores}


def _is_same(one: Measure, other: Measure, metric: Metric) -> bool:
    """Return whether two measures differ by name alone, or in how they take dimensions that the metric does not have."""
    names: dict[str, Any] = {"id": "", "rollups": ()} | ({"ignores": ()} if "event" not in metric.dimensions else {})
    return one.model_copy(update=names) == other.model_copy(update=names)


def _measure_mutations(measure: Measure) -> Iterator[tuple[str, Measure]]:
    def changed(**update: Any) -> Measure:
        return measure.model_copy(update=update)

    yield from _ripe_mutations(measure)
    yield from _people_mutations(measure)
    if measure.where:
        yield "where dropped", changed(where=None)
    if measure.with_cost:
        yield f"every {measure.with_cost}", changed(with_cost=None)
    if measure.aggregate == "sum" and measure.source == "orders":
        yield from ((f"sum of {sql}", changed(of=(sql,))) for sql in SUMS if sql not in measure.of)
    if measure.follow:
        yield from ((name, changed(follow=follow)) for name, follow in _follow_mutations(measure.follow))


def _ripe_mutations(measure: Measure) -> Iterator[tuple[str, Measure]]:
    """Yield wrong ages; who cannot have come back yet is in no numerator, however young the cohorts may be."""
    days = measure.mature_after
    if days is None:
        return
    yield "mature a day later", measure.model_copy(update={"mature_after": days + 1})
    if measure.follow is None or measure.follow.from_day < days:
        yield "immature cohorts counted", measure.model_copy(update={"mature_after": None})
        yield "mature a day earlier", measure.model_copy(update={"mature_after": days - 1})


def _people_mutations(measure: Measure) -> Iterator[tuple[str, Measure]]:
    """Yield ways to count other things than people, or the same people otherwise."""

    def changed(**update: Any) -> Measure:
        return measure.model_copy(update=update)

    if measure.per_day:
        yield "not per day", changed(per_day=False)
    elif measure.aggregate == "count_distinct" and measure.standing is None:  # which is one day
        yield "per day", changed(per_day=True)
    if measure.aggregate == "count_distinct":
        yield "rows, not people", changed(aggregate="count", of=())
        if len(measure.of) > 1:
            yield "people, not person-days", changed(of=measure.of[:1])
        elif measure.source == "activity":
            yield "person-days, not people", changed(of=("user_id", "event_date"))
    if measure.aggregate == "count" and measure.source == "orders" and not measure.per_user:
        yield "people, not rows", changed(aggregate="count_distinct", of=("user_id",))


def _follow_mutations(follow: Follow) -> Iterator[tuple[str, Follow]]:
    def changed(**update: Any) -> Follow:
        return follow.model_copy(update=update)

    first, last = follow.from_day, follow.to_day
    if first > 0:
        yield "follows from a day earlier", changed(from_day=first - 1)
        yield "follows a day earlier", changed(from_day=first - 1, to_day=last - 1)
    if first < last:
        yield "follows from a day later", changed(from_day=first + 1)
        yield "follows to a day earlier", changed(to_day=last - 1)
    yield "follows to a day later", changed(to_day=last + 1)
    yield "follows a day later", changed(from_day=first + 1, to_day=last + 1)
    if follow.where:
        yield "any event", changed(where=None)
        yield from ((f"events where {sql}", changed(where=sql)) for sql in wrong_expressions(follow.where))
    if follow.distinct_count:
        tasks = "event IN ('profile_complete', 'first_interaction')"
        yield "one task forgotten", changed(where=tasks, distinct_count=2)
        yield "one task too few", changed(distinct_count=follow.distinct_count - 1)
        yield "any task", changed(distinct_of=None, distinct_count=None)
        yield "the same task counts again", changed(distinct_of="ts")
    if follow.sum:
        yield from ((f"sum of {sql}", changed(sum=sql)) for sql in SUMS if sql != follow.sum)
    if follow.source == "activity":
        yield "any event is activity", changed(source="events")


def _source_mutations(measure: Measure, metric: Metric, catalog: Catalog) -> Iterator[tuple[str, Source]]:
    source = catalog.sources[measure.source]
    if source.table == "active_days":
        yield "any event is activity", source.model_copy(update={"table": "events"})
    if source.id == "presence":
        yield "platform is the event's", source.model_copy(update={"own": {"platform": "platform"}})
    for column in dated_otherwise(measure):
        yield f"dated by {column}", source.model_copy(update={"date": column})
    shared = set.intersection(*(set(catalog.sources[catalog.measures[m].source].own) for m in metric.measures))
    for dimension in sorted(shared & {"platform", "campaign"}):
        if source.user:
            own = {name: column for name, column in source.own.items() if name != dimension}
            yield f"{dimension} is the user's", source.model_copy(update={"own": own})
