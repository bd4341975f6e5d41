"""Spoken days of both languages: weekdays beside a week, the beginning of a unit, a day without a month, days that do not exist."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from assistant.planner.date_words import (
    DateSaid,
    Handler,
    Pattern,
    Until,
    Vague,
    day_said,
    month_part,
    month_period,
    no_such_day,
    year_for,
)
from assistant.planner.holidays import is_working_day
from assistant.planner.numbers import whole
from assistant.planner.periods import Period, Unit, add_days, add_months, first_of, safe_date, step, unit_of
from assistant.planner.types import Clock
from knowledge.text import Text

_ZH_DAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
_EN_DAYS = {name: i for i, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WD = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?(?![a-z])"
_FULL_WD = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day(?![a-z])"
_MON = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_UNITS: dict[str, Unit] = {
    "周": "week", "星期": "week", "月": "month", "季": "quarter", "季度": "quarter", "年": "year", "week": "week",
    "month": "month", "quarter": "quarter", "year": "year",
}  # fmt: skip
_SHIFT = {
    "上上": -2, "上上个": -2, "上": -1, "上个": -1, "上一个": -1, "去": -1, "本": 0, "这": 0, "这个": 0, "当": 0, "今": 0, "下": 1,
    "下个": 1, "明": 1, "last": -1, "previous": -1, "this": 0, "the current": 0, "current": 0, "the": 0, "next": 1, "the last": -1,
}  # fmt: skip
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1}
_ORDINALS |= {"fifth": 5, "5th": 5}


def _weekday_number(text: str) -> int:
    return _ZH_DAYS[text] if text in _ZH_DAYS else _EN_DAYS[text[:3]]


def _in_week(week: Period, weekday: int) -> date:
    return add_days(week.start, (weekday - week.start.weekday()) % 7)


def _one_day(day: date, *, year_said: bool = True) -> Period:
    return Period(day, day, "day", "range", year_said)


def which_days(text: str, *days: tuple[date, date]) -> Vague:
    """Return the question back for words that may mean several ranges."""
    told = tuple(Text(f"{a}", f"{a}") if a == b else Text(f"{a}到{b}", f"{a} to {b}") for a, b in dict.fromkeys(days))
    return Vague(Text(f"“{text}”指哪一天或哪段时间？", f"Which days are meant by '{text}'?"), told)


def _last_weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """Last Tuesday, 上个周二: the latest before today, or that of last week; asked on the days when these differ."""
    wanted = _weekday_number(m["w"])
    latest = add_days(clock.today, -((clock.today.weekday() - wanted) % 7 or 7))
    of_week = _in_week(unit_of(clock.today, "week", -1), wanted)
    return _one_day(latest) if latest == of_week else which_days(m[0], (latest, latest), (of_week, of_week))


def _week_ago_weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """A week ago Tuesday: a week before the latest Tuesday, or Tuesday of last week; asked where these differ."""
    wanted = _weekday_number(m["w"])
    latest = add_days(clock.today, -((clock.today.weekday() - wanted) % 7) - 7)
    of_week = _in_week(unit_of(clock.today, "week", -1), wanted)
    return _one_day(latest) if latest == of_week else which_days(m[0], (of_week, of_week), (latest, latest))


def _next_weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return _one_day(_in_week(unit_of(clock.today, "week", 1), _weekday_number(m["w"])))


def _weekday_of_week(m: re.Match[str], clock: Clock) -> DateSaid | None:
    shift = -2 if "before" in m[0] else _SHIFT[m["rel"]]
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
        start = _in_week(unit_of(clock.today, "week", _SHIFT[rel]), first)
    else:
        start = add_days(clock.today, -((clock.today.weekday() - first) % 7))
    return Period(start, add_days(start, length))


def _working_days(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """The working days of one week by the official calendar, where they are days in a row."""
    week = unit_of(clock.today, "week", _SHIFT[m["rel"]])
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
    month = month_period(clock, said.get("y"), _month_number(m["mon"]))
    n = _ORDINALS.get(m["n"]) or (-1 if m["n"] == "最后一" else whole(m["n"]))
    if month is None or n is None:
        return None
    wanted = _weekday_number(m["w"])
    first = add_days(month.start, (wanted - month.start.weekday()) % 7)
    last = add_days(month.end, -((month.end.weekday() - wanted) % 7))
    day = last if n == -1 else add_days(first, 7 * (n - 1))
    return _one_day(day, year_said=month.year_said) if day <= month.end else no_such_day(m[0])


def _week_of_month(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """3月第二周, the last week of October: sevens of days counted from the 1st, the last week the last seven."""
    said, month = m.groupdict(), _unit_said(m, clock) if "mon" in m.groupdict() else None
    if month is None:
        month = unit_of(clock.today, "month", _SHIFT[m["rel"]])
    n = _ORDINALS.get(said.get("n") or "") or (-1 if said.get("end") else 1 if said.get("head") else whole(m["n"]) or 0)
    first = add_days(month.end, -6) if n == -1 else add_days(month.start, 7 * (n - 1))
    if first > month.end:
        return no_such_day(m[0])
    return Period(first, min(add_days(first, 6), month.end), "day", "range", month.year_said)


def _next_month_name(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return month_period(replace(clock, ahead=True), None, _month_number(m["mon"]))


def _weeks_ago_today(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return _one_day(add_days(clock.today, -7 * (whole(m["n"] or "1") or 1)))


def _weekend(_m: re.Match[str], clock: Clock) -> DateSaid | None:
    saturday = add_days(clock.today, -((clock.today.weekday() - 5) % 7))
    return Period(saturday, add_days(saturday, 1))


def _bare_day(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """12月15, 十月廿三: a day without 日; 八月十五 is a day of the moon."""
    if m[0].endswith("八月十五"):
        return None
    return day_said(clock, m["y"], _month_number(m["mon"]), day_number(m["d"]), m[0])


def _year_to_date(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """2025 YTD, last month to date: of the unit that today is in, its days so far; of another, all of it or as many days."""
    said = m.groupdict()
    if said.get("y"):
        unit, shift = unit_of(clock.today, "year"), int(m["y"]) - clock.today.year
    else:
        unit, shift = unit_of(clock.today, _UNITS[m["u"]]), -1
    if shift == 0 and clock.last >= unit.start:
        return Period(unit.start, clock.last, unit.unit, "to_date")
    whole_unit = unit_of(clock.today, unit.unit, shift)
    same = step(unit.start, unit.unit, shift), min(step(clock.last, unit.unit, shift), whole_unit.end)
    return which_days(m[0], same, (whole_unit.start, whole_unit.end))


def day_number(text: str) -> int:
    """Return a day of the month in figures or numerals, 廿 and 卅 among them; 0 for anything else."""
    return whole(text.replace("廿", "二十").replace("卅", "三十")) or 0


def _month_number(text: str) -> int:
    return _MONTHS.index(text[:3]) + 1 if text.isascii() and text.isalpha() else whole(text.strip(" .月份")) or 0


def _edge(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """月初, the beginning of last year: one day or some, so it is asked; as the beginning of a range it is the first day."""
    unit = _unit_said(m, clock)
    if unit is None:
        return None
    end = add_days(unit.start, {"week": 1, "month": 9, "quarter": 30, "year": 30}.get(unit.unit, 0))
    asked = which_days(m[0], (unit.start, unit.start), (unit.start, end))
    return Vague(asked.question, asked.choices, unit.start)


def _finish(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """年底, the end of last quarter: its last day; 月底 alone may be that of this month or the one before."""
    unit = _unit_said(m, clock)
    if unit is None:
        return None
    if m.groupdict().get("rel") or m.groupdict().get("mon") or unit.end == clock.today:
        return Until(unit.end)
    before = unit_of(unit.start, unit.unit, -1)
    return which_days(m[0], (before.end, before.end), (clock.last, clock.last))


def _unit_said(m: re.Match[str], clock: Clock) -> Period | None:
    said = m.groupdict()
    if said.get("mon"):
        return month_period(clock, said.get("y"), _month_number(m["mon"]))
    unit = _UNITS[m["u"]]
    return unit_of(clock.today, unit, _SHIFT[said.get("rel") or "本"])


def _part_of_unit(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """Early last month, mid this month: 1-10, 11-20, 21-end."""
    part = {"early": "上旬", "mid": "中旬", "the middle of": "中旬", "middle of": "中旬", "late": "下旬"}[m["part"]]
    return month_part(unit_of(clock.today, "month", _SHIFT[m["rel"]]), part, clock)


def _about(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """年中, mid-2024, late 2025, 10月左右: no dates that any rule says."""
    year = m.groupdict().get("y")
    of_year = year_for(year, clock)[0] if year else clock.today.year
    start = safe_date(of_year, 1, 1)
    return which_days(m[0], (start, safe_date(of_year, 12, 31) or start)) if start else None


def _day_of_month(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """15号, the 15th: the latest such day that has begun; 25号到5号 runs into the next month."""
    first = _latest(day_number(m["d"]), clock)
    if first is None:
        return no_such_day(m[0])
    if not m.groupdict().get("d2"):
        return _one_day(first)
    number = whole(m["d2"]) or 0
    month = first if number >= first.day else add_months(first_of(first, "month"), 1)
    last = safe_date(month.year, month.month, number)
    return Period(first, last) if last else no_such_day(m[0])


def _latest(number: int, clock: Clock) -> date | None:
    months = range(12) if clock.ahead else range(0, -12, -1)
    days = (_of_month(clock.today, shift, number) for shift in months)
    return next((d for d in days if d and (d >= clock.today if clock.ahead else d <= clock.today)), None)


def _of_month(today: date, shift: int, number: int) -> date | None:
    month = add_months(first_of(today, "month"), shift)
    return safe_date(month.year, month.month, number)


def _none_such(m: re.Match[str], _clock: Clock) -> DateSaid | None:
    zh, en = ("一年只有 12 个月", "a year has 12 months") if "月" in m[0] or "month" in m[0] else ("", "")
    if re.search("季|q", m[0]):
        zh, en = "一年只有 4 个季度", "a year has 4 quarters"
    if re.search("半年|h", m[0]):
        zh, en = zh or "一年只有上下两个半年", en or "a year has two halves"
    if not zh:
        return no_such_day(m[0])
    return Vague(Text(f"没有“{m[0]}”：{zh}，请换个日期。", f"There is no '{m[0]}': {en}; please give another date."))


def _no_such_day(m: re.Match[str], _clock: Clock) -> DateSaid | None:
    return no_such_day(m[0])


def _hours(m: re.Match[str], _clock: Clock) -> DateSaid | None:
    return Vague(
        Text(
            f"数字按整天统计，没有“{m[0]}”。要看哪一天？",
            f"Figures are by whole days, so '{m[0]}' is not there. Which day?",
        ),
        (Text("今天", "today"), Text("昨天", "yesterday")),
    )


def _few(m: re.Match[str], _clock: Clock) -> DateSaid | None:
    return Vague(
        Text(f"“{m[0]}”是几天？", f"How long is '{m[0]}'?"),
        (Text("近7天", "last 7 days"), Text("近30天", "last 30 days"), Text("近90天", "last 90 days")),
    )


def _without_today(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """近7天不含今天, the last 7 days up to yesterday: N days that end yesterday."""
    n = whole(m["n"]) or 0
    size = 7 if m["u"] in ("周", "week") else 1
    end = min(add_days(clock.today, -1), clock.last)
    return Period(add_days(end, -n * size + 1), end) if 1 <= n <= 3700 else None


def _half_year(_m: re.Match[str], clock: Clock) -> DateSaid | None:
    return Period(add_months(add_days(clock.last, 1), -6), clock.last, "month", "rolling")


_B = r"(?<![a-z\d])"
_Y = r"(?:(?P<y>(?:20)?\d\d年|今年|去年|前年|大前年|本年|明年)的?)?"
_ZH_MON = r"(?<![\d十])(?P<mon>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?"
_ZH_REL = r"(?P<rel>上上个?|上个?|本|这个?|下个?)"
_EN_Y = r"(?:,? (?:of |in )?(?P<y>20\d\d|this year|last year))?"
_N = r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})"
_EN_N = r"(?P<n>\d{1,3}|two|three|four|five|six|seven|ten|fourteen|thirty|sixty|ninety)"
_TH = r"(?P<d>[12]?\d|3[01])(?:st|nd|rd|th)"
_NUMERAL = r"(?:\d+|[一二两三四五六七八九十]+|几|半)"
_EN_REL = r"(?P<rel>last|this|the current|previous|the last)"
_E = "(?![a-z])"
_NOT_TODAY = "(?:(?:不含|不包括|不包含|不算|除去)(?:今天|今日|当天)|(?:截至|截止|到)昨天)"
_NOT_TODAY_EN = "(?:(?:excluding|not including|without|not counting) today|(?:up to|to|until|through|ending) yesterday)"
_NTH = "(?:第(?P<n>[一二三四五六1-6])|(?P<end>最后一|最后|末)|(?P<head>首|头一))"
_RAW: list[tuple[str, Handler]] = [
    (rf"{_B}(?P<y>20\d\d)[ -](?:ytd|year[ -]to[ -]date){_E}", _year_to_date),
    (rf"{_B}(?:ytd|year[ -]to[ -]date) (?:of |in |for )?(?P<y>20\d\d)(?!\d)", _year_to_date),
    (rf"{_B}(?:last|previous|prior) (?P<u>week|month|quarter|year)(?:'s)?[ -]to[ -]date{_E}", _year_to_date),
    (rf"{_B}(?:wtd|mtd|qtd|ytd) last (?P<u>week|month|quarter|year){_E}", _year_to_date),
    (r"(?P<rel>上一?个)(?:周|星期)(?P<w>[一二三四五六日天])(?!到|至)", _last_weekday),
    (rf"{_B}last (?P<w>{_WD})(?! (?:of|in) )", _last_weekday),
    (rf"{_B}(?:next|coming|the coming|upcoming) (?P<w>{_WD})", _next_weekday),
    (rf"{_B}(?:a|one) week ago (?:on )?(?:last )?(?P<w>{_WD})", _week_ago_weekday),
    (rf"{_B}(?:on )?(?P<w>{_WD}) (?:of )?{_EN_REL} week(?![a-z])", _weekday_of_week),
    (rf"{_B}(?:on )?(?P<w>{_WD}) (?:of )?the week before last(?P<rel>)", _weekday_of_week),
    (rf"{_B}{_EN_REL} week'?s? (?:on )?(?P<w>{_WD})", _weekday_of_week),
    (rf"{_B}(?P<w>{_WD}) ?(?:to|through|thru|until|till|-) ?(?P<w2>{_WD}) (?:of )?{_EN_REL} week(?![a-z])", _weekday_of_week),
    (rf"{_B}(?:from )?(?:(?P<rel>last|this) )?(?P<w>{_WD}) ?(?:to|through|thru|until|till|-) ?(?P<w2>{_WD})", _weekdays),
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
    (rf"{_ZH_REL}(?:周|星期)的?(?:工作日|平日)", _working_days),
    (rf"{_B}(?:the )?(?:weekdays|working days|workdays|business days) (?:of )?{_EN_REL} week(?![a-z])", _working_days),
    (rf"{_B}{_EN_REL} week'?s (?:weekdays|working days|workdays|business days)", _working_days),
    (rf"{_Y}{_ZH_MON}的?第(?P<n>[一二三四五1-5])个?(?:周|星期)(?P<w>[一二三四五六日天])", _nth_weekday),
    (rf"{_Y}{_ZH_MON}的?(?P<n>最后一)个(?:周|星期)(?P<w>[一二三四五六日天])", _nth_weekday),
    (rf"{_B}(?:the )?(?P<n>{'|'.join(_ORDINALS)}) (?P<w>{_WD}) (?:of|in) (?P<mon>{_MON}){_EN_Y}", _nth_weekday),
    (rf"{_Y}{_ZH_MON}的?(?:月初|初|刚开始)", _edge),
    (r"(?P<rel>上上个?|上个?|本|这个?|当)?(?P<u>周|月|季度|季)初", _edge),
    (r"(?P<rel>今|去|明)年?(?P<u>年)初", _edge),
    (r"(?<![今去明前一二三四五六七八九\d])(?P<u>年)初", _edge),
    (rf"{_B}(?:the )?(?:beginning|start|onset) of (?P<mon>{_MON}){_EN_Y}", _edge),
    (rf"{_B}(?:the )?(?:beginning|start) of (?:{_EN_REL} |(?:the )?)(?P<u>week|month|quarter|year)(?![a-z])", _edge),
    (r"(?<![\d十一二三四五六七八九上本这当个])(?P<u>月)[底末]", _finish),
    (r"(?<![\d今去前明一二三四五六七八九])(?P<u>年)[底末]", _finish),
    (rf"{_B}(?:at |by )?(?:the )?end of (?P<rel>last|this|the last|previous) (?P<u>week|month|quarter|year)(?![a-z])", _finish),
    (rf"{_B}(?:the )?(?P<u>month|quarter|year)[ -]end(?![a-z])", _finish),
    (rf"{_B}(?:the )?end of the (?P<u>month|quarter|year)(?![a-z])", _finish),
    (rf"{_B}(?P<part>early|mid|late|the middle of|middle of)[ -](?P<rel>last|this) month(?![a-z])", _part_of_unit),
    (rf"{_B}(?:early|mid|late|the middle of|middle of)[ -](?:in )?(?P<y>20\d\d|this year|last year)(?![\d-])", _about),
    (rf"{_B}mid[ -]?year(?![a-z])|(?P<y>今年|去年)?年中(?!国)", _about),
    (r"(?<![\d月.年-])(?P<d>[12]?\d|3[01])[号日]?(?:到|至|-|~)(?P<d2>[12]?\d|3[01])号", _day_of_month),
    (r"(?<![\d月.年-])(?P<d>[12]?\d|3[01]|[二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?)号(?![楼线店版员用])", _day_of_month),
    (rf"{_B}(?:on )?the {_TH}(?! [a-z]+ (?:day|week|month|of)|[a-z]| (?:of|day|week|month|quarter))", _day_of_month),
    (rf"{_B}(?:from )?the {_TH} (?:to|through|until|till) the {_TH.replace('<d>', '<d2>')}(?! of)", _day_of_month),
    (r"(?<![\d.第近去前后十百])(?:20\d\d年|\d\d年|今年|去年)?(?:0{1,2}|1[3-9]|[2-9]\d|十[三四五六七八九])月(?!个)", _none_such),
    (r"(?:20\d\d年?|\d\d年|今年|去年)?(?:第(?:[五六七八九十05-9])(?:个)?季度|(?<![\da-z])q[05-9](?!\d))", _none_such),
    (rf"{_B}(?:20\d\d ?)?(?:q[05-9]|h[03-9])(?![\d.a-z])(?:,? ?20\d\d)?|{_B}month 1[3-9]|{_B}the 1[3-9]th month", _none_such),
    (r"(?<![\d.])(?:20\d\d)[-/.](?:0?0|1[3-9]|[2-9]\d)(?:[-/.]\d{1,2})?(?![\d./-])", _no_such_day),
    (_Y + _ZH_MON + rf"的?{_NTH}个?(?:周|星期)(?![一二三四五六日天几])", _week_of_month),
    (rf"{_ZH_REL}月的?{_NTH}个?(?:周|星期)(?![一二三四五六日天几])", _week_of_month),
    (rf"{_B}(?:the )?(?P<n>{'|'.join(_ORDINALS)}) week (?:of|in) (?:the month of )?(?P<mon>{_MON}){_EN_Y}", _week_of_month),
    (rf"{_B}(?:the )?(?P<n>{'|'.join(_ORDINALS)}) week (?:of|in) (?P<rel>last|this) month{_E}", _week_of_month),
    (rf"{_B}next (?P<mon>{_MON})", _next_month_name),
    (rf"{_B}(?:a|one|1|(?P<n>two|three|2|3)) weeks? ago today{_E}", _weeks_ago_today),
    (rf"{_B}(?:the |over the |on the )?weekend(?:'s)?{_E}", _weekend),
    (_Y + _ZH_MON + r"(?P<d>[12]\d|3[01]|0?[1-9]|廿[一二三四五六七八九]?|[二三]?十[一二三四五六七八九]?)(?=$|[ ?!到至~-]|的)", _bare_day),
    (r"(?<!\d)(?:0{1,2}|1[3-9]|[2-9]\d)月\d{1,2}[号日]", _none_such),
    (_Y + _ZH_MON + r"(?:3[2-9]|[4-9]\d|0{1,2}|三十[二三四五六七八九]|[四五六七八九]十)[号日](?!留)", _no_such_day),
    (r"(?<![\d.月A-Za-z])(?:3[2-9]|[4-9]\d)号(?!楼|线|店)", _no_such_day),
    (rf"{_B}{_MON} (?:3[2-9]|[4-9]\d)(?:st|nd|rd|th)?(?![\d%.,]|st|th|rd)", _no_such_day),
    (rf"{_B}(?:3[2-9]|[4-9]\d)(?:st|nd|rd|th)? (?:of )?{_MON}", _no_such_day),
    (rf"(?:最?近|过去|前){_NUMERAL}?个?(?:小时|钟头|分钟)|昨晚|今晚|今早|昨夜|凌晨|(?:今天|昨天)?(?:上午|下午|早上|晚上|中午)", _hours),
    (rf"{_B}(?:the )?(?:last|past) (?:\d+ )?(?:hour|minute)s?(?![a-z])", _hours),
    (rf"{_B}(?:(?:this|yesterday|tomorrow) (?:morning|afternoon|evening)|tonight|last night)(?![a-z])", _hours),
    (rf"{_B}(?:the )?(?:last|past|previous)? ?(?:a )?(?:couple of|couple|several|dozen|some) (?:days|weeks|months)(?: ago)?{_E}", _few),
    (rf"(?:最近|过去|近){_N}个?(?P<u>天|日|周)[(（,， ]*{_NOT_TODAY}(?:在内)?[)）]?", _without_today),
    (rf"(?:截至|截止|到)昨天的?(?:最近|过去|近){_N}个?(?P<u>天|日|周)", _without_today),
    (rf"{_B}(?:the )?(?:last|past) {_EN_N} (?P<u>day|week)s?,? ?[(]?{_NOT_TODAY_EN}[)]?", _without_today),
    (rf"{_B}(?:the )?(?:last|past) (?:half (?:a )?year|half-year)|{_B}(?:the )?(?:last|past) six months", _half_year),
]  # fmt: skip

PATTERNS: list[Pattern] = [(re.compile(raw), handler) for raw, handler in _RAW]
