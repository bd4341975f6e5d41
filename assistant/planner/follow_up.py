"""What a session keeps: a follow-up changes what it says and keeps the rest; a new topic keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assistant.planner.bases import current_of, settle_base
from assistant.planner.carry import ranked_whole, side_compared, without_strangers, without_undone
from assistant.planner.periods import Period, add_days, add_months, base_by_words, count_of, moved, year_before
from assistant.planner.query_plan import Draft, period_shifted, until_of
from assistant.planner.reading import Order, Slots
from assistant.planner.types import AskBack, World
from assistant.planner.windows import default_period
from knowledge.text import Text


@dataclass(frozen=True)
class Asked:
    """An analysis as far as it is known: what a session keeps of it. ``args`` are what only this tool takes."""

    tool: str
    draft: Draft = field(default_factory=Draft)
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """What the turns so far left.

    Attributes:
        draft: the last query that ran.
        pending: a query that waits for the answer to a question back; ``offered`` are the metrics it offered.
        tool: the tool that waits for that answer, where it is not a query.
        topic: the metrics last spoken of, also in what was refused.
        shown: the values that the last answer showed, in its order, by dimension.
        analysis: the analysis last carried out; with ``waits`` the one that a question back is about.
    """

    draft: Draft | None = None
    pending: Draft | None = None
    offered: tuple[str, ...] = ()
    tool: str | None = None
    topic: tuple[str, ...] = ()
    analysis: Asked | None = None
    waits: bool = False
    shown: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)


def says_anything(slots: Slots) -> bool:
    """Return whether a question without a metric says something a query could take over."""
    return bool(
        slots.time or slots.grain or slots.trend or slots.dimensions or slots.filters or slots.having or slots.compare
        or slots.order or slots.limit or slots.shift or slots.drops or slots.all_of or slots.model or slots.which or slots.year_ago
        or slots.undo
    )  # fmt: skip


def basis(slots: Slots, state: State) -> Draft | None:
    """Return the draft that a question changes, or None where it begins a new topic."""
    named = bool(slots.metrics or slots.ambiguous or slots.absent)
    if state.pending is not None:
        if not named:
            return state.pending
        among = bool(slots.metrics) and set(slots.metrics) <= set(state.offered)
        answers = not slots.absent and (among or (not state.pending.metrics and not says_anything(slots)))
        if answers:
            return state.pending
    if state.draft is None:
        return None
    if not named:
        return state.draft
    if slots.adds and slots.metrics and slots.time is None and not slots.dimensions:
        return state.draft  # also orders: beside what was asked, for the same dates
    incomplete = slots.order is not None and not slots.dimensions and not slots.grain and bool(state.draft.dimensions)
    bare_which = incomplete and slots.which is not None and slots.time is None
    return state.draft if slots.follow or bare_which else None


def merged(slots: Slots, base: Draft | None, world: World) -> Draft:
    """Return the draft a question makes of what it builds on; what keeps it from being decided joins the slots' problems."""
    draft = without_undone(base or Draft(), slots)
    if slots.metrics:
        adds = slots.adds and bool(draft.metrics)
        held = (*draft.metrics, *slots.metrics) if adds else tuple(slots.metrics)
        draft = replace(draft, metrics=tuple(dict.fromkeys(held)))
        draft = without_strangers(draft, slots, world, swapped=not adds)
    draft = ranked_whole(side_compared(draft, slots), slots)
    draft = _merge_time(slots, draft, world)
    draft = _merge_shape(slots, draft)
    return _merge_compare(slots, draft, world)


def _merge_time(slots: Slots, draft: Draft, world: World) -> Draft:
    if isinstance(slots.time, Period):
        draft = replace(draft, period=_counted_back(slots, draft), also=slots.also, until=None)
        if isinstance(draft.compare, Period) and slots.compare is None:
            draft = replace(draft, compare=None)
    elif (day := until_of(slots.time)) is not None:
        draft = replace(draft, until=day, period=None, also=())
    if slots.shift and slots.time is None and draft.metrics:
        draft = period_shifted(draft, world, slots.shift)
    return draft


def _counted_back(slots: Slots, draft: Draft) -> Period:
    """Return the range said; the previous month after one on October is September."""
    said, held = slots.time, draft.period
    assert isinstance(said, Period)  # noqa: S101
    if held is None or slots.metrics or said.back not in ("prior", "before"):
        return said
    alike = held.unit == said.unit and held.said == said.said and held.days == said.days
    whole = held.unit == said.unit != "day" and held.said == "whole" and count_of(said) == 1
    return moved(held, -1) if alike or whole else said


def _merge_shape(slots: Slots, draft: Draft) -> Draft:
    if slots.grain:
        draft = replace(draft, grain=slots.grain, trend=False)
    elif slots.trend:
        draft = replace(draft, grain=None, trend=True)
    dimensions = tuple(d for d in draft.dimensions if d not in slots.drops)
    if slots.dimensions:
        held = (*dimensions, *slots.dimensions) if slots.adds else tuple(slots.dimensions)
        dimensions = tuple(dict.fromkeys(held))
    order, limit = slots.order, slots.limit
    split = bool(slots.dimensions) and slots.which is None and order is None and limit is None
    if split and draft.limit == 1:  # after 哪个渠道最多, 按平台 asks for every platform
        draft = replace(draft, limit=None)
    if slots.trend and order is None:
        draft = replace(draft, order=None, limit=None)
    if order is None or (order.how == "top" and draft.order is not None and order.metric is None):
        order = draft.order
        limit = limit if limit is not None else draft.limit
    return replace(
        draft,
        dimensions=dimensions,
        filters=_merge_filters(slots, draft),
        having=tuple(slots.having) or draft.having,
        order=order,
        limit=limit,
        pair=slots.pair if slots.order is not None else draft.pair,
        model=slots.model or draft.model,
    )


def _merge_filters(slots: Slots, draft: Draft) -> tuple[dict[str, Any], ...]:
    gone = {f["dimension"] for f in slots.filters} | set(slots.drops) | set(slots.all_of)
    return (*(f for f in draft.filters if f["dimension"] not in gone), *slots.filters)


def _merge_compare(slots: Slots, draft: Draft, world: World) -> Draft:
    if slots.bare_change and draft.compare is not None and slots.base is None:
        return draft  # the difference from what was just compared with
    if slots.compare != "base":
        draft = replace(draft, compare=slots.compare or draft.compare)
        if slots.base is None or slots.compare != "previous" or draft.period is not None:
            return draft
    if slots.base is None:
        return draft
    if draft.period is None and slots.base.unit == "year" and slots.base.start < world.clock.data_start:
        slots.notes.append(_part_of_a_year(world))
        return replace(draft, compare="year_ago")  # GMV比去年
    return _against(slots, slots.base, draft, world)


def _part_of_a_year(world: World) -> Text:
    return Text(
        f"数据始于 {world.clock.data_start}，没有去年整年，因此取默认日期与去年同期相比",
        f"the data starts {world.clock.data_start} and holds no whole last year: the default dates are compared with a year earlier",
    )


def _in_later_year(period: Period | None, base: Period, world: World) -> tuple[Period, Period | str] | None:
    """去年双11当天 and then 和今年比: the same dates of the later year, compared with those before; None for other bases."""
    years = base.start.year - period.start.year if period is not None else 0
    whole = base.unit == "year" and base.said in ("whole", "to_date") and base.days > 1
    if period is None or years < 1 or not whole or period.days >= 360 or period.start.year != period.end.year:
        return None
    start, end = add_months(period.start, 12 * years), add_months(add_days(period.end, 1), 12 * years)
    later = replace(period, start=start, end=add_days(end, -1), back="")
    if later.start > world.clock.last:
        return None
    return later, "year_ago" if year_before(later) == (period.start, period.end) else period


def _against(slots: Slots, base: Period, draft: Draft, world: World) -> Draft:
    """Return the draft compared with the dates that were named as its base."""
    if (later := _in_later_year(draft.period, base, world)) is not None:
        return replace(draft, period=later[0], compare=later[1])
    period = draft.period or current_of(base, world.clock)
    # 今年每月比上个月: each with the one before
    along = period is not None and base.back and draft.grain == base.unit and base.end >= period.start
    if along or (base.said == "rolling" and period is base):
        return replace(draft, period=period, compare="previous")
    if period is None and draft.metrics:
        period = default_period(world, draft.metrics, spread=False)
        if not base.end < period.start or base.days != period.days:
            period = None
    if period is None:
        first, last = base.start.isoformat(), base.end.isoformat()
        slots.problems.append(
            AskBack(
                Text(f"和 {first} 至 {last} 相比的是哪段时间？", f"Which dates are compared with {first} to {last}?"),
                (
                    Text(f"本月对比{first}到{last}", f"this month compared with {first} to {last}"),
                    Text(f"近30天对比{first}到{last}", f"last 30 days compared with {first} to {last}"),
                ),
            )
        )
        return replace(draft, compare=None)
    settled = settle_base(period, base, world.clock)
    if isinstance(settled, AskBack):
        slots.problems.append(settled)
        return replace(draft, period=period, compare=None)
    compare = (
        Period(date.fromisoformat(settled["start"]), date.fromisoformat(settled["end"]))
        if isinstance(settled, dict)
        else settled
    )
    return replace(draft, period=period, compare=compare)


def from_params(params: Mapping[str, Any]) -> Draft:
    """Return the draft of a query that ran, from its params alone. Raises KeyError or ValueError for params of another shape."""
    start, end = date.fromisoformat(params["start"]), date.fromisoformat(params["end"])
    period = Period(start, end)
    compare = params.get("compare")
    if isinstance(compare, Mapping):
        base = Period(date.fromisoformat(compare["start"]), date.fromisoformat(compare["end"]))
        compare = "previous" if (base.start, base.end) == base_by_words(period) else base
    order = params.get("order_by")
    column, _, suffix = str(order["column"]).partition("__") if order else ("", "", "")
    how = (
        ("grew" if suffix else "high")
        if order and order.get("direction", "desc") == "desc"
        else ("fell" if suffix else "low")
    )
    return Draft(
        metrics=tuple(params["metrics"]),
        period=period,
        grain=params.get("grain"),
        dimensions=tuple(params.get("dimensions", ())),
        filters=tuple(dict(f) for f in params.get("filters", ())),
        having=tuple(dict(h) for h in params.get("having", ())),
        compare=compare if compare != "none" else None,
        order=Order(how, column) if order else None,
        limit=params.get("limit"),
        model=(params.get("options") or {}).get("model"),
    )
