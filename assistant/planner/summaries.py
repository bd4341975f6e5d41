"""Questions for a summary: which kind, and of which days."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from assistant.planner.periods import Period
from assistant.planner.query_plan import Draft
from assistant.planner.reading import Reading, Slots
from assistant.planner.types import AskBack, Call, Calls, Clock, Plan, World
from assistant.planner.words import metric_text, outside_data
from knowledge.summaries import KINDS, Kind
from knowledge.text import Text
from tools.summaries.period import kind_of, last_whole

_SAID: Mapping[Kind, str] = {
    "daily": r"日报|晨报|每日|日度|\bdaily\b|\bmorning (?:brief|report)",
    "weekly": r"周报|每周|周总结|周度|\bweekly\b",
    "monthly": r"月报|每月|月度|月总结|\bmonthly\b",
    "quarterly": r"季报|季度报告|季度总结|\bquarterly\b",
    "yearly": r"年报|年度|年终|\byearly\b|\bannual\b|\byear-end\b",
}
_LONGEST = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}
_NAMED = {
    "daily": Text("日报", "daily summary"),
    "weekly": Text("周报", "weekly summary"),
    "monthly": Text("月报", "monthly summary"),
    "quarterly": Text("季报", "quarterly summary"),
    "yearly": Text("年度总结", "yearly summary"),
}
Made = tuple[Plan, Draft | None]


def plan_summary(reading: Reading, world: World) -> Made:
    """Return the call that writes the summary a question asks for, or the question back where it leaves that open."""
    return _plan(reading, world), None


def _plan(reading: Reading, world: World) -> Plan:
    slots, clock = reading.slots, world.clock
    kind, period = _kind_said(reading.text), slots.time
    if isinstance(period, Period) and (period.start > clock.last or period.end < clock.data_start):
        return outside_data(clock)
    if period is not None and not isinstance(period, Period):
        return _which(_usual(clock))
    if slots.also or _narrowed(slots):
        return _of_everything(slots, world, kind, period)
    if period is None:
        return _call(kind, *last_whole(kind, clock.last, clock.week_start)) if kind else _which(_usual(clock))
    fits = kind_of(period.start, period.end) if period.unit == "day" else _OF_UNIT[period.unit]
    if kind is not None and period.days > _LONGEST[kind]:
        return _too_long(kind, kind_of(period.start, period.end), period)
    return _call(kind or fits, period.start, period.end)


_OF_UNIT: dict[str, Kind] = {
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}


def _kind_said(text: str) -> Kind | None:
    return next((kind for kind, pattern in _SAID.items() if re.search(pattern, text, re.IGNORECASE)), None)


def _narrowed(slots: Slots) -> bool:
    """Whether words ask for less, or for something else, than a summary of everything."""
    return bool(slots.filters or slots.metrics or slots.ambiguous or slots.absent or slots.unread or slots.having)


def _call(kind: Kind, start: date, end: date) -> Calls:
    return Calls((Call("write_summary", {"start": start.isoformat(), "end": end.isoformat(), "kind": kind}),))


def _usual(clock: Clock) -> list[Text]:
    return [_asked(kind, *last_whole(kind, clock.last, clock.week_start)) for kind in KINDS[1:]]


def _asked(kind: Kind, start: date, end: date) -> Text:
    name = _NAMED[kind]
    if start == end:
        return Text(f"{start}的{name.zh}", f"{name.en} for {start}")
    return Text(f"{start}到{end}的{name.zh}", f"{name.en} for {start} to {end}")


def _which(choices: Sequence[Text]) -> AskBack:
    return AskBack(Text("要哪一段时间的总结？", "A summary of which period?"), tuple(choices))


def _too_long(kind: Kind, fits: Kind, period: Period) -> AskBack:
    """Ask whether the whole of a range is meant, or the last period of the kind in it."""
    return AskBack(
        Text(
            f"{period.start} 至 {period.end} 有 {period.days} 天，比{_NAMED[kind].zh}的一期长。要哪一个？",
            f"{period.start} to {period.end} is {period.days} days, longer than a {_NAMED[kind].en} covers. Which one?",
        ),
        (_asked(fits, period.start, period.end), _asked(kind, *last_whole(kind, period.end))),
    )


def _of_everything(slots: Slots, world: World, kind: Kind | None, period: Period | None) -> AskBack:
    """Say that a summary is of everything, where a channel, a metric or several periods were named."""
    if period is None:
        kind = kind or "weekly"
        start, end = last_whole(kind, world.clock.last, world.clock.week_start)
    else:
        start, end = period.start, period.end
    whole = [
        _asked(kind or kind_of(each.start, each.end), each.start, each.end) for each in (period, *slots.also) if each
    ]
    named = [metric_text(world, metric) for metric in slots.metrics[:2]]
    ranges = [Text(f"{start}到{end}的{name.zh}", f"{name.en} from {start} to {end}") for name in named]
    return AskBack(
        Text(
            "总结写的是一段时间内的全部用户和核心指标，不按渠道、人群或单个指标筛选。要哪一个？",
            "A summary covers one period, all users and the main metrics; it takes no filter, segment or single metric. "
            "Which one?",
        ),
        tuple(dict.fromkeys(whole or [_asked(kind or "weekly", start, end)])) + tuple(ranges),
    )
