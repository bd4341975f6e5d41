"""From slots to one ``query_metrics`` call: default windows, grain, comparison, ranking, and the checks the catalog asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assistant.planner.bases import SAME, same_bucket, settle_unit
from assistant.planner.date_words import Until
from assistant.planner.periods import (
    Period,
    base_by_dates,
    base_by_words,
    moved,
    trend_grain,
    unit_of,
)
from assistant.planner.reading import Order
from assistant.planner.types import AskBack, Call, Clock, Decline, World
from assistant.planner.windows import (
    campaign_dates,
    default_period,
    ranked_over_what,
    too_short,
    whole_buckets,
)
from assistant.planner.wording import compared_with_what, within_groups_problem
from assistant.planner.words import dimension_text, outside_data, value_text, which_dimension, wrong_dimension
from knowledge.text import Text
from tools.semantic_layer.query import GRAINS, Grain


@dataclass(frozen=True)
class Draft:
    """A query as far as it is known: what a session keeps from turn to turn. No period means the default one.

    ``also``: further dates, each answered on its own.
    ``pair``: the one row asked for is of two questions at once (哪个渠道哪天最高), not the best of each group.
    """

    metrics: tuple[str, ...] = ()
    period: Period | None = None
    also: tuple[Period, ...] = ()
    until: date | None = None
    grain: Grain | None = None
    trend: bool = False
    dimensions: tuple[str, ...] = ()
    filters: tuple[dict[str, Any], ...] = ()
    having: tuple[dict[str, Any], ...] = ()
    compare: str | Period | None = None
    order: Order | None = None
    limit: int | None = None
    pair: bool = False
    model: str | None = None


def decide_all(draft: Draft, world: World, models: Sequence[str] = ()) -> tuple[Call, ...] | AskBack | Decline:
    """Return the calls of a draft: one for each of its dates and attribution models, or why there are none."""
    calls: list[Call] = []
    for period in (draft.period, *draft.also):
        for model in [*(m for m in models if m != draft.model), draft.model]:
            made = decide(replace(draft, period=period, also=(), model=model), world)
            if not isinstance(made, Call):
                return made
            calls.append(made)
    return tuple(calls)


def decide(draft: Draft, world: World) -> Call | AskBack | Decline:
    """Return the call a draft means, or why there is none yet."""
    metrics = [world.catalog.metrics[m] for m in draft.metrics]
    named = [*draft.dimensions, *(f["dimension"] for f in draft.filters)]
    for metric in metrics:
        takes = world.catalog.dimensions_of(metric)
        wrong = next((d for d in named if d not in takes), None)
        if wrong is not None:
            return wrong_dimension(world, metric, wrong)
    if draft.having and not draft.dimensions and (draft.grain or "total") == "total" and not draft.trend:
        return which_dimension(world, _shared_dimensions(draft, world))
    period = period_of(draft, world)
    if not isinstance(period, Period):
        return period
    grain = _grain(draft, world, period)
    if not isinstance(grain, str):
        return grain
    if draft.order is not None and draft.order.how in ("low", "worst"):
        period = whole_buckets(period, grain, world.clock)
    return _call(draft, world, period, grain)


def period_of(draft: Draft, world: World) -> Period | AskBack | Decline:
    """Return the days of a draft, the default ones where none were said, or why they are not known or not there."""
    clock = world.clock
    spread = draft.trend or (draft.grain or "total") != "total"
    period = draft.period
    if draft.until is not None and period is None:
        states = bool(draft.metrics) and (
            all(_is_state(world, m) for m in draft.metrics)
            or all(world.catalog.metrics[m].default_window == "day" for m in draft.metrics)
        )
        if not states:
            day = draft.until
            month = unit_of(day, "month")
            return AskBack(
                Text(f"截至 {day.isoformat()}，从哪天开始算？", f"Up to {day.isoformat()}: counted from when?"),
                (
                    Text(
                        f"{month.start.isoformat()}到{day.isoformat()}",
                        f"{month.start.isoformat()} to {day.isoformat()}",
                    ),
                    Text(f"{day.year}-01-01到{day.isoformat()}", f"{day.year}-01-01 to {day.isoformat()}"),
                ),
            )
        period = Period(draft.until, draft.until)
    if period is None and any(f["dimension"] == "campaign" and f["op"] == "in" for f in draft.filters):
        return campaign_dates(clock)
    if period is None and draft.order is not None and draft.grain in ("week", "month", "quarter", "year"):
        return ranked_over_what(draft.grain)
    if period is None:
        period = default_period(world, draft.metrics, spread=spread)
    if period.start > clock.last or period.end < clock.data_start:
        return outside_data(clock)
    return (None if spread else too_short(world, draft.metrics, period)) or period


def _is_state(world: World, metric: str) -> bool:
    """Whether a metric is a state: of a range only its last day counts."""
    catalog = world.catalog
    standing = [catalog.measures[m].standing for m in catalog.metrics[metric].measures]
    return all(held is not None and held.on == "end" for held in standing)


def is_future(period: Period | None, clock: Clock) -> bool:
    """Return whether a period has not begun by the last day there is data for."""
    return period is not None and period.start > clock.last and period.start > clock.today


def _grain(draft: Draft, world: World, period: Period) -> Grain | Decline:
    own = [(world.catalog.metrics[m].calendar or "day") for m in draft.metrics]
    floor: Grain = max(own, key=GRAINS.index)
    if draft.grain and draft.grain != "total":
        if GRAINS.index(draft.grain) >= GRAINS.index(floor):
            return draft.grain
        if len(set(own)) > 1:
            coarse = Text({"week": "按周", "month": "按月"}[floor], {"week": "by week", "month": "by month"}[floor])
            return Decline(
                Text(
                    f"这些指标的最细粒度不同，不能一起按这个粒度看。可以{coarse.zh}看，或分开问。",
                    f"These metrics do not share that grain. Ask for them {coarse.en}, or one at a time.",
                ),
                (coarse,),
            )
        return draft.grain  # the semantic layer raises it, and says so
    if not draft.trend:
        return "total"
    return max(trend_grain(period), floor, key=GRAINS.index)


def _call(draft: Draft, world: World, period: Period, grain: Grain) -> Call | AskBack | Decline:
    params: dict[str, Any] = {
        "metrics": list(draft.metrics),
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
    }
    if grain != "total":
        params["grain"] = grain
    if draft.dimensions:
        params["dimensions"] = list(draft.dimensions)
    if draft.filters:
        params["filters"] = [dict(f) for f in draft.filters]
    if draft.having:
        params["having"] = [dict(h) for h in draft.having]
    compare = compare_of(draft, world, period, grain)
    if isinstance(compare, AskBack):
        return compare
    if compare is not None:
        params["compare"] = compare
    problem = _add_order(params, draft, world, grain)
    if problem is not None:
        return problem
    if draft.model and draft.model != "last_touch":
        params["options"] = {"model": draft.model}
    if "variant" in draft.dimensions and not any(f["dimension"] == "experiment" for f in draft.filters):
        return _which_experiment(world)
    return Call("query_metrics", params)


def _which_experiment(world: World) -> AskBack:
    stored = world.values.get("experiment", ())
    return AskBack(
        Text("要看哪个实验的分组？", "Which experiment's variants?"),
        tuple(value_text(world, "experiment", v.value) for v in stored[:5]),
    )


def compare_of(draft: Draft, world: World, period: Period, grain: Grain) -> str | dict[str, str] | AskBack | None:
    """Return the ``compare`` of a draft over its period; a question back where the words do not settle it."""
    compare = draft.compare
    if isinstance(compare, Period):
        return {"start": compare.start.isoformat(), "end": compare.end.isoformat()}
    if compare is None or compare in ("year_ago", "target"):
        return compare
    if grain != "total":
        if compare in SAME:
            return "previous" if SAME[compare] == grain else same_bucket(compare, grain)
        return compare
    cut = _cut(period, world.clock)
    if compare == "previous":
        return _named_base(base_by_words(cut), cut)
    settled = settle_unit(compare, cut)
    return _named_base((settled.start, settled.end), cut) if isinstance(settled, Period) else settled


def _cut(period: Period, clock: Clock) -> Period:
    """Return the period as the semantic layer cuts it: a unit that is not over yet becomes one to date."""
    if period.end <= clock.last:
        return period
    return replace(period, end=clock.last, said="to_date" if period.said == "whole" else period.said)


def _named_base(base: tuple[date, date], cut: Period) -> str | dict[str, str]:
    """Return ``previous`` where the semantic layer would take the same dates from the range alone, else the dates."""
    if base == base_by_dates(cut):
        return "previous"
    return {"start": base[0].isoformat(), "end": base[1].isoformat()}


def _add_order(params: dict[str, Any], draft: Draft, world: World, grain: Grain) -> AskBack | Decline | None:
    order, limit = draft.order, draft.limit
    if order is None and limit is None:
        return None
    order = order or Order("high")
    if limit is not None and len(draft.dimensions) + (grain != "total") > 1 and not draft.pair:
        return within_groups_problem(world, draft.metrics, draft.dimensions)
    metric = order.metric if order.metric in draft.metrics else draft.metrics[0]
    if grain == "total" and not draft.dimensions:
        if order.how == "compare":
            several = len(draft.metrics) > 1 or any(len(f["values"]) > 1 for f in draft.filters)
            return None if several or draft.compare is not None else compared_with_what()
        return which_dimension(world, _shared_dimensions(draft, world))
    direction = _direction(order.how, world, metric)
    if direction is None:
        return AskBack(
            Text(
                "这个指标没有好坏之分，要最高的还是最低的？",
                "This metric is neither good nor bad: the highest or the lowest?",
            ),
            (Text("最高的", "the highest"), Text("最低的", "the lowest")),
        )
    column = f"{metric}__change_pct" if order.how in ("grew", "fell") else metric
    params["order_by"] = {"column": column, "direction": direction}
    if limit is not None:
        params["limit"] = limit
    return None


def _shared_dimensions(draft: Draft, world: World) -> list[str]:
    """Return the dimensions that all metrics of a draft may be split by, in catalog order."""
    takes = set.intersection(*(set(world.catalog.dimensions_of(world.catalog.metrics[m])) for m in draft.metrics))
    return [d for d in world.catalog.dimensions if d in takes and not world.catalog.dimensions[d].filter_only]


def _direction(how: str, world: World, metric: str) -> str | None:
    if how in ("high", "top", "grew", "moved", "rank", "compare"):
        return "desc"
    if how in ("low", "fell"):
        return "asc"
    good = {"up": "desc", "down": "asc"}.get(world.catalog.metrics[metric].direction)
    if good is None or how == "best":
        return good
    return "asc" if good == "desc" else "desc"


def until_of(time: object) -> date | None:
    """Return the day of an ``Until``, else None."""
    return time.day if isinstance(time, Until) else None


def filters_said(world: World, filters: Sequence[dict[str, Any]]) -> list[Text]:
    """Return how each filter was read: 渠道 = KOL合作."""
    signs = {"in": "=", "not_in": "≠", "gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}
    out = []
    for f in filters:
        name = dimension_text(world, f["dimension"])
        values = [value_text(world, f["dimension"], v) for v in f["values"]]
        if f["op"] == "between":
            low, high = values
            out.append(Text(f"{name.zh} {low.zh} 至 {high.zh}", f"{name.en} {low.en} to {high.en}"))
            continue
        out.append(
            Text(
                f"{name.zh} {signs[f['op']]} {'、'.join(v.zh for v in values)}",
                f"{name.en} {signs[f['op']]} {', '.join(v.en for v in values)}",
            )
        )
    return out


def period_shifted(draft: Draft, world: World, n: int) -> Draft:
    """Return the draft one step of its own period earlier or later."""
    period = draft.period or default_period(
        world, draft.metrics, spread=draft.trend or (draft.grain or "total") != "total"
    )
    return replace(draft, period=moved(period, n), also=(), until=None)
