"""Weeks and weekdays in words: last Tuesday, 本周一到周三, the second week of March, the working days of last week."""

from __future__ import annotations

import re
from datetime import date

from assistant.planner.date_forms import (
    END,
    MONTH_EN,
    MONTH_ZH,
    ORDINALS,
    REL_EN,
    REL_ZH,
    SHIFT,
    START,
    YEAR_EN,
    YEAR_ZH,
    month_number,
    one_day,
    unit_said,
    which_days,
)
from assistant.planner.date_words import DateSaid, Handler, Pattern, month_period, no_such_day
from assistant.planner.holidays import is_working_day
from assistant.planner.numbers import whole
from assistant.planner.periods import Period, add_days, unit_of
from assistant.planner.types import Clock

_ZH_DAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
_EN_DAYS = {name: i for i, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
_WD = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?(?![a-z])"
_FULL_WD = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day(?![a-z])"
_NTH = "(?:第(?P<n>[一二三四五六1-6])|(?P<end>最后一|最后|末)|(?P<head>首|头一))"


def _weekday_number(text: str) -> int:
    return _ZH_DAYS[text] if text in _ZH_DAYS else _EN_DAYS[text[:3]]


def _in_week(week: Period, weekday: int) -> date:
    return add_days(week.start, (weekday - week.start.weekday()) % 7)


def _last_weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """Last Tuesday, 上个周二: the latest before today, or that of last week; asked on the days when these differ."""
    wanted = _weekday_number(m["w"])
    latest = add_days(clock.today, -((clock.today.weekday() - wanted) % 7 or 7))
    of_week = _in_week(unit_of(clock.today, "week", -1), wanted)
    return one_day(latest) if latest == of_week else which_days(m[0], (latest, latest), (of_week, of_week))


def _week_ago_weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """A week ago Tuesday: a week before the latest Tuesday, or Tuesday of last week; asked where these differ."""
    wanted = _weekday_number(m["w"])
    latest = add_days(clock.today, -((clock.today.weekday() - wanted) % 7) - 7)
    of_week = _in_week(unit_of(clock.today, "week", -1), wanted)
    return one_day(latest) if latest == of_week else which_days(m[0], (of_week, of_week), (latest, latest))


def _next_weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return one_day(_in_week(unit_of(clock.today, "week", 1), _weekday_number(m["w"])))


def _weekday_of_week(m: re.Match[str], clock: Clock) -> DateSaid | None:
    shift = -2 if "before" in m[0] else SHIFT[m["rel"]]
    week = unit_of(clock.today, "week", shift)
    first = _in_week(week, _weekday_number(m["w"]))
    last = _in_week(week, _weekday_number(m["w2"])) if m.groupdict().get("w2") else first
    return Period(first, last) if first <= last else None


def _weekdays(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """周一到周三, Monday to Wednesday: of the week said, else the latest such days that have begun."""
    first, last = _weekday_number(m["w"]), _weekday_number(m["w2"])
    length = (last - first) % 7
    rel = m.groupdict().get("rel")
    if m.groupdict().get("rel2") and m["rel2"] != rel:
        return None
    if rel in ("last", "上个", "上一个"):
        latest = add_days(clock.today, -((clock.today.weekday() - first) % 7 or 7))
        start = _in_week(unit_of(clock.today, "week", -1), first)
        if latest != start:
            return which_days(m[0], (latest, add_days(latest, length)), (start, add_days(start, length)))
    elif rel:
        start = _in_week(unit_of(clock.today, "week", SHIFT[rel]), first)
    else:
        start = add_days(clock.today, -((clock.today.weekday() - first) % 7))
    return Period(start, add_days(start, length))


def _working_days(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """The working days of one week by the official calendar, where they are days in a row."""
    week = unit_of(clock.today, "week", SHIFT[m["rel"]])
    days = [add_days(week.start, n) for n in range(7)]
    known = [is_working_day(day) for day in days]
    if None in known:
        known = [day.weekday() < 5 for day in days]
    work = [day for day, works in zip(days, known, strict=True) if works]
    if not work or (work[-1] - work[0]).days + 1 != len(work):
        return which_days(m[0], (week.start, week.end))
    return Period(work[0], work[-1])


def _nth_weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """The first Monday of October, 10月第一个周一."""
    said = m.groupdict()
    month = month_period(clock, said.get("y"), month_number(m["mon"]))
    n = ORDINALS.get(m["n"]) or (-1 if m["n"] == "最后一" else whole(m["n"]))
    if month is None or n is None:
        return None
    wanted = _weekday_number(m["w"])
    first = add_days(month.start, (wanted - month.start.weekday()) % 7)
    last = add_days(month.end, -((month.end.weekday() - wanted) % 7))
    day = last if n == -1 else add_days(first, 7 * (n - 1))
    return one_day(day, year_said=month.year_said) if day <= month.end else no_such_day(m[0])


def _week_of_month(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """3月第二周, the last week of October: sevens of days counted from the 1st, the last week the last seven."""
    said, month = m.groupdict(), unit_said(m, clock) if "mon" in m.groupdict() else None
    if month is None:
        month = unit_of(clock.today, "month", SHIFT[m["rel"]])
    n = ORDINALS.get(said.get("n") or "") or (-1 if said.get("end") else 1 if said.get("head") else whole(m["n"]) or 0)
    first = add_days(month.end, -6) if n == -1 else add_days(month.start, 7 * (n - 1))
    if first > month.end:
        return no_such_day(m[0])
    return Period(first, min(add_days(first, 6), month.end), "day", "range", month.year_said)


def _weeks_ago_today(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return one_day(add_days(clock.today, -7 * (whole(m["n"] or "1") or 1)))


def _weekend(_m: re.Match[str], clock: Clock) -> DateSaid | None:
    saturday = add_days(clock.today, -((clock.today.weekday() - 5) % 7))
    return Period(saturday, add_days(saturday, 1))


_RAW: list[tuple[str, Handler]] = [
    (r"(?P<rel>上一?个)(?:周|星期)(?P<w>[一二三四五六日天])(?!到|至)", _last_weekday),
    (rf"{START}last (?P<w>{_WD})(?! (?:of|in) )", _last_weekday),
    (rf"{START}(?:next|coming|the coming|upcoming) (?P<w>{_WD})", _next_weekday),
    (rf"{START}(?:a|one) week ago (?:on )?(?:last )?(?P<w>{_WD})", _week_ago_weekday),
    (rf"{START}(?:on )?(?P<w>{_WD}) (?:of )?{REL_EN} week(?![a-z])", _weekday_of_week),
    (rf"{START}(?:on )?(?P<w>{_WD}) (?:of )?the week before last(?P<rel>)", _weekday_of_week),
    (rf"{START}{REL_EN} week'?s? (?:on )?(?P<w>{_WD})", _weekday_of_week),
    (rf"{START}(?P<w>{_WD}) ?(?:to|through|thru|until|till|-) ?(?P<w2>{_WD}) (?:of )?{REL_EN} week(?![a-z])", _weekday_of_week),
    (rf"{START}(?:from )?(?:(?P<rel>last|this) )?(?P<w>{_WD}) ?(?:to|through|thru|until|till|-) ?(?P<w2>{_WD})", _weekdays),
    (
        (
            r"(?P<rel>上上个?|上一个|上个?|本|这个?|下个?)(?:周|星期)的?(?:周|星期)?(?P<w>[一二三四五六日天])(?:到|至|-|~)"
            r"(?:(?P<rel2>上上个?|上个?|本|这个?|下个?)?(?:周|星期))?(?P<w2>[一二三四五六日天])(?![\d月号])"
        ),
        _weekdays,
    ),
    (
        r"(?<![上下本这个每各按])(?:周|星期)(?P<w>[一二三四五六日天])(?:到|至|-|~)(?:周|星期)?(?P<w2>[一二三四五六日天])(?![\d月号])",
        _weekdays,
    ),
    (rf"{REL_ZH}(?:周|星期)的?(?:工作日|平日)", _working_days),
    (rf"{START}(?:the )?(?:weekdays|working days|workdays|business days) (?:of )?{REL_EN} week(?![a-z])", _working_days),
    (rf"{START}{REL_EN} week'?s (?:weekdays|working days|workdays|business days)", _working_days),
    (rf"{YEAR_ZH}{MONTH_ZH}的?第(?P<n>[一二三四五1-5])个?(?:周|星期)(?P<w>[一二三四五六日天])", _nth_weekday),
    (rf"{YEAR_ZH}{MONTH_ZH}的?(?P<n>最后一)个(?:周|星期)(?P<w>[一二三四五六日天])", _nth_weekday),
    (rf"{START}(?:the )?(?P<n>{'|'.join(ORDINALS)}) (?P<w>{_WD}) (?:of|in) (?P<mon>{MONTH_EN}){YEAR_EN}", _nth_weekday),
    (YEAR_ZH + MONTH_ZH + rf"的?{_NTH}个?(?:周|星期)(?![一二三四五六日天几])", _week_of_month),
    (rf"{REL_ZH}月的?{_NTH}个?(?:周|星期)(?![一二三四五六日天几])", _week_of_month),
    (rf"{START}(?:the )?(?P<n>{'|'.join(ORDINALS)}) week (?:of|in) (?:the month of )?(?P<mon>{MONTH_EN}){YEAR_EN}", _week_of_month),
    (rf"{START}(?:the )?(?P<n>{'|'.join(ORDINALS)}) week (?:of|in) (?P<rel>last|this) month{END}", _week_of_month),
    (rf"{START}(?:a|one|1|(?P<n>two|three|2|3)) weeks? ago today{END}", _weeks_ago_today),
    (rf"{START}(?:the |over the |on the )?weekend(?:'s)?{END}", _weekend),
]  # fmt: skip

PATTERNS: list[Pattern] = [(re.compile(raw), handler) for raw, handler in _RAW]
