"""Which days a query takes where the question leaves them open, and ranges that a metric or a ranking cannot be read over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from assistant.planner.periods import (
    Period,
    Unit,
    add_days,
    add_months,
    complete,
    first_of,
    rolling,
    unit_of,
    whole_months,
    year_before,
)
from assistant.planner.types import AskBack, Call, Clock, World
from knowledge.text import Text
from tools.semantic_layer.query import GRAINS, Grain

#: How many whole weeks or months a calendar metric shows along time where no dates are said.
_SHORTEST: dict[str, int] = {"week": 7, "month": 28}


def default_period(world: World, metrics: Sequence[str], *, spread: bool) -> Period:
    """Return the days meant where none are said, by the metrics' own windows; the last 30 days for any spread over time."""
    last = world.clock.last
    windows = {world.catalog.metrics[m].default_window for m in metrics}
    if not spread and len(windows) == 1:
        window = windows.pop()
        if window == "day":
            return Period(last, last, "day", "whole")
        if window == "last_week":
            return complete(last, 1, "week")
        if window == "last_month":
            return complete(last, 1, "month")
    return rolling(last, 30, "day")


def which_year_ago(world: World, metrics: Sequence[str]) -> AskBack:
    """Return the question back for 一年前 alone: that day, the same 30 days, or a comparison with them."""
    last = world.clock.last
    day, days = add_months(last, -12), rolling(last, 30, "day")
    first, until = year_before(days)
    choices = [Text(f"{day}", f"{day}"), Text(f"{first}到{until}", f"{first} to {until}")]
    if default_period(world, metrics, spread=False).days == days.days:
        choices.append(Text("近30天同比", "last 30 days vs a year earlier"))
    return AskBack(Text("一年前的哪些天？", "Which days of a year ago?"), tuple(choices))


def ranked_over_what(grain: Grain) -> AskBack:
    """Return the question back for 哪个月最高 without dates: the last 30 days hold no whole months to rank."""
    by: dict[str, tuple[tuple[Text, ...], Text]] = {
        "week": (
            (Text("近12个完整周", "last 12 complete weeks"), Text("今年", "this year")),
            Text("在哪段时间的各周里找？", "Among the weeks of which dates?"),
        ),
        "month": (
            (Text("近12个自然月", "last 12 complete months"), Text("今年", "this year")),
            Text("在哪段时间的各月里找？", "Among the months of which dates?"),
        ),
    }
    choices, question = by.get(
        grain,
        (
            (Text("今年", "this year"), Text("近12个自然月", "last 12 complete months")),
            Text("在哪段时间里找？", "Over which dates?"),
        ),
    )
    return AskBack(question, choices)


def campaign_dates(clock: Clock) -> AskBack:
    """Return the question back for a campaign named without dates: the last 30 days may hold nothing of it."""
    first, last = clock.data_start, clock.last
    return AskBack(
        Text("这个活动要看哪段时间的数据？", "Which dates of this campaign are meant?"),
        (
            Text(f"{first}到{last}", f"{first} to {last}"),
            Text("今年", "this year"),
            Text("近30天", "last 30 days"),
        ),
    )


def too_short(world: World, metrics: Sequence[str], period: Period) -> AskBack | None:
    """Return the question back for a metric of whole weeks or months asked for less: of one day it would be another metric.

    None for a unit to date (本周WAU), whose answer is the part there is.
    """
    units = [c for m in metrics if (c := world.catalog.metrics[m].calendar) in _SHORTEST]
    unit: Unit | None = next((u for u in ("month", "week") if u in units), None)
    if unit is None or period.days >= _SHORTEST[unit] or (period.said in ("to_date", "whole") and period.unit == unit):
        return None
    last = world.clock.last
    around, latest = unit_of(period.start, unit), complete(last, 1, unit)
    zh, en = ("月", "month") if unit == "month" else ("周", "week")
    choices = [_as_choice(around)] if around.end <= last else [Text(f"本{zh}", f"this {en}")]
    if not latest.same_days(around):
        choices.append(_as_choice(latest))
    return AskBack(
        Text(
            f"这个指标按整{zh}统计，{period.start} 到 {period.end} 不足一{zh}，要看哪一{zh}？",
            f"This metric counts whole {en}s and {period.start} to {period.end} is less than one. Which {en} is meant?",
        ),
        tuple(choices),
    )


def _as_choice(period: Period) -> Text:
    return Text(f"{period.start}到{period.end}", f"{period.start} to {period.end}")


def whole_buckets(period: Period, grain: Grain, clock: Clock) -> Period:
    """Return the whole weeks, months … within a range, to rank them: a cut one would be the lowest for being short.

    The range as it is where it holds fewer than two.
    """
    if GRAINS.index(grain) < GRAINS.index("week") or grain == "total":
        return period
    unit: Unit = grain
    end = min(period.end, clock.last)
    start = (
        period.start if first_of(period.start, unit) == period.start else add_days(unit_of(period.start, unit).end, 1)
    )
    last = complete(end, 1, unit)
    if last.start <= start:
        return period
    return (
        period if (start, last.end) == (period.start, end) else replace(period, start=start, end=last.end, said="range")
    )


def ranges_said(call: Call, period: Period | None, clock: Clock) -> list[Text]:
    """Return what the answer says of a query's ranges: cut ends a ranking left out, a base that is longer or shorter."""
    start, end = date.fromisoformat(call.params["start"]), date.fromisoformat(call.params["end"])
    said = []
    if period is not None and (period.start, period.end) != (start, end):
        units = {"week": ("周", "weeks"), "month": ("月", "months"), "quarter": ("季度", "quarters")}
        zh, en = units.get(str(call.params.get("grain")), ("年", "years"))
        said.append(Text(f"只比较完整的{zh}：{start} 至 {end}", f"only whole {en} are ranked: {start} to {end}"))
    base = call.params.get("compare")
    if isinstance(base, Mapping):
        first, last = date.fromisoformat(base["start"]), min(date.fromisoformat(base["end"]), clock.last)
        here, there = Period(start, min(end, clock.last)), Period(first, last)
        if here.days != there.days and not _same_units(here, there):
            said.append(
                Text(
                    f"两段时间长度不同：{here.days} 天与 {there.days} 天，总量不宜直接比较",
                    f"the two ranges differ in length, {here.days} and {there.days} days: mind that when comparing totals",
                )
            )
    return said


def _same_units(one: Period, other: Period) -> bool:
    """Whether both are as many whole months: 10月 and 11月 are not called unequal."""
    months = whole_months(one.start, one.end)
    return months > 0 and months == whole_months(other.start, other.end)
