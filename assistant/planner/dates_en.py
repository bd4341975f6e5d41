"""Dates in English words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from assistant.planner.date_words import (
    DateSaid,
    Handler,
    Pattern,
    Vague,
    ago,
    day_period,
    day_said,
    days_said,
    festival,
    festival_itself,
    half_period,
    holiday_period,
    month_part,
    month_period,
    no_such_day,
    quarter_period,
    vague_recent,
    which_festival,
    year_for,
)
from assistant.planner.numbers import WHOLE_EN, whole
from assistant.planner.periods import Period, Unit, add_days, add_months, complete, rolling, safe_date, unit_of
from assistant.planner.types import Clock
from knowledge.text import Text

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MON = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may(?! (?:i|we|you|be|have)\b)|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_YR = r"(?:,? ?(?:of |in )?(?P<y>20\d\d|'\d\d|this year|last year))?"
_D = r"(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_D2 = _D.replace("?P<d>", "?P<d2>")
_TO = r" ?(?:-|--|to|through|thru|until|till|and) ?(?:the )?"
_OTHER_HALF = r"(?= ?(?:vs\.?|versus|and|or|to|with|than|against|compared (?:with|to)|,|&) (?:the )?(?:first|second|1st|2nd) half "
_UNITS: dict[str, Unit] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "half": "half",
    "year": "year",
    "d": "day",
    "w": "week",
}
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_WEEKDAYS = {name: i for i, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
_SHIFT = {
    "this": 0,
    "current": 0,
    "the current": 0,
    "last": -1,
    "previous": -1,
    "prior": -1,
    "the previous": -1,
    "the prior": -1,
    "next": 1,
}
_SHIFT |= {
    "preceding": -1,
    "the preceding": -1,
    "the last": -1,
    "the next": 1,
    "coming": 1,
    "the coming": 1,
    "upcoming": 1,
}
_HOLIDAYS = {
    "national": "national_day", "golden": "national_day", "spring": "spring_festival", "chinese": "spring_festival",
    "lunar": "spring_festival", "cny": "spring_festival", "labour": "labour_day", "labor": "labour_day", "may day": "labour_day",
    "dragon": "dragon_boat", "mid": "mid_autumn", "qingming": "qingming", "tomb": "qingming", "new year": "new_year",
}  # fmt: skip


def _mon(text: str) -> int:
    return _MONTHS.index(text[:3]) + 1


def _day(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return day_said(clock, m["y"], _mon(m["mon"]), int(m["d"]), m[0])


def _days(m: re.Match[str], clock: Clock) -> DateSaid | None:
    if " and " in m[0] and not m.string[: m.start()].rstrip().endswith("between"):
        return None  # March 1 and 15: two days, no range
    return days_said(clock, m["y"], _mon(m["mon"]), (int(m["d"]), int(m["d2"])), m[0])


def _month(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return month_period(clock, m["y"], _mon(m["mon"]))


def _last_month_name(m: re.Match[str], clock: Clock) -> DateSaid | None:
    month = _mon(m["mon"])
    if m["rel"] == "this":
        return month_period(clock, "this year", month)
    latest = month_period(clock, None, month)
    if latest is None or latest.start.year != clock.today.year:
        return latest
    names = [f"{_full(month)} {year}" for year in (latest.start.year, latest.start.year - 1)]
    years = latest.start.year, latest.start.year - 1
    return Vague(
        Text(f"“{m[0]}”指哪一年的{month}月？", f"Which year is '{m[0]}'?"),
        tuple(Text(f"{year}年{month}月", name) for year, name in zip(years, names, strict=True)),
    )


def _full(month: int) -> str:
    return date(2000, month, 1).strftime("%B")


def _part(m: re.Match[str], clock: Clock) -> DateSaid | None:
    month = month_period(clock, m["y"], _mon(m["mon"]))
    parts = {
        "early": "上旬",
        "first ten days": "上旬",
        "mid": "中旬",
        "late": "下旬",
        "first half": "上半月",
        "second half": "下半月",
        "end": "末",
    }
    return month_part(month, parts[m["part"]], clock) if month else None


def _quarter(m: re.Match[str], clock: Clock) -> DateSaid | None:
    number = m["q"]
    return quarter_period(clock, m["y"], _ORDINALS.get(number) or int(number))


def _half(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return half_period(clock, m["y"], _ORDINALS.get(m["h"]) or int(m["h"]))


def _year(m: re.Match[str], clock: Clock) -> DateSaid | None:
    of_year, _ = year_for(m["y"], clock)
    start = safe_date(of_year, 1, 1)
    return unit_of(start, "year") if start else None


def _relative(m: re.Match[str], clock: Clock) -> DateSaid | None:
    unit, rel = _UNITS[m["u"]], m["rel"]
    if rel not in ("this", "current", "the current") and m[0].endswith((" to date", " so far")):
        return None  # last month to date is asked
    if rel in ("past", "the past"):
        return rolling(clock.last, 1, unit)
    shift = _SHIFT[rel]
    if shift == 0:
        return _current(clock, unit)
    prior = re.search("previous|prior|preceding", rel)
    return replace(unit_of(clock.today, unit, shift), back="prior" if prior else "last" if shift == -1 else "")


def _current(clock: Clock, unit: Unit) -> Period:
    this = unit_of(clock.today, unit)
    return Period(this.start, clock.last, unit, "to_date") if clock.last >= this.start else this


def _to_date(m: re.Match[str], clock: Clock) -> DateSaid | None:
    letter = m.groupdict().get("x")
    unit: Unit = {"m": "month", "q": "quarter", "y": "year", "w": "week"}[letter] if letter else _UNITS[m["u"]]  # type: ignore[assignment]
    return _current(clock, unit)


def _rolling(m: re.Match[str], clock: Clock) -> DateSaid | None:
    unit, n = _UNITS[m["u"]], whole(m["n"]) or 0
    if not 1 <= n <= 3700:
        return None
    found = complete(clock.last, n, unit) if m["whole"] else rolling(clock.last, n, unit)
    return replace(found, back="prior") if re.search("previous|prior|preceding", m[0]) else found


def _just_before(m: re.Match[str], clock: Clock) -> DateSaid | None:
    found = _rolling(m, clock)
    return replace(found, back="before") if isinstance(found, Period) else None


def _fortnight(_m: re.Match[str], clock: Clock) -> DateSaid | None:
    return rolling(clock.last, 14, "day")


def _ago(m: re.Match[str], clock: Clock) -> DateSaid | None:
    n = 1 if m["n"] in ("a", "an") else whole(m["n"]) or 0
    if n == 1 and m["u"] == "year":
        return None  # a year ago is a comparison
    return ago(clock, n, _UNITS[m["u"]], m[0])


def _near_year(m: re.Match[str], clock: Clock) -> DateSaid | None:
    day = add_months(add_days(clock.today, -1 if m["w"] == "yesterday" else 0), -12)
    return Period(day, day, "day", "range")


def _before_last(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return unit_of(clock.today, _UNITS[m["u"]], -2)


def _near(m: re.Match[str], clock: Clock) -> DateSaid | None:
    shift = -2 if "before" in m[0] else {"today": 0, "yesterday": -1, "tomorrow": 1}[m["w"]]
    day = add_days(clock.today, shift)
    return Period(day, day, "day", "whole")


def _weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    wanted = _WEEKDAYS[m["w"][:3]]
    if m["rel"] == "this":
        start = unit_of(clock.today, "week").start
        day = add_days(start, (wanted - start.weekday()) % 7)
    else:
        back = (clock.today.weekday() - wanted) % 7
        day = add_days(clock.today, -(back or 7) if m["rel"] == "last" else -back)
    return Period(day, day, "day", "range")


def _weekend(m: re.Match[str], clock: Clock) -> DateSaid | None:
    week = unit_of(clock.today, "week", -1 if m["rel"] == "last" else 0)
    saturday = add_days(week.start, (5 - week.start.weekday()) % 7)
    return Period(saturday, add_days(saturday, 1), "day", "range")


def _week_number(m: re.Match[str], clock: Clock) -> DateSaid | None:
    of_year, _ = year_for(m["y"], clock)
    try:
        return unit_of(date.fromisocalendar(of_year, int(m["n"]), 1), "week")
    except ValueError:
        return no_such_day(m[0])


def _festival_day(m: re.Match[str], clock: Clock) -> DateSaid | None:
    name = next(known for prefix, known in _HOLIDAYS.items() if m["name"].startswith(prefix))
    return festival_itself(clock, m["y"], name, m[0])


def _holiday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    name = next(known for prefix, known in _HOLIDAYS.items() if m["name"].startswith(prefix))
    return holiday_period(clock, m["y"] or m["y2"], name, whole(m["n"]) if m["n"] else None)


def _festival(m: re.Match[str], clock: Clock) -> DateSaid | None:
    name = "618" if "618" in m["name"] else "双12" if re.search("12|twelve", m["name"]) else "双11"
    text = m["name"] + (m["scope"] or "")
    scope = (
        "period"
        if re.search("period|campaign|festival|season", text)
        else "day"
        if re.search("day|itself|^on ", text)
        else ""
    )
    return festival(clock, m["y"], name, scope)


def _slashed(m: re.Match[str], clock: Clock) -> DateSaid | None:
    a, b = int(m["a"]), int(m["b"])
    month_first, day_first = day_period(clock, m["y"], a, b), day_period(clock, m["y"], b, a)
    if month_first and day_first and a != b:
        choices = tuple(Text(f"{p.start:%Y-%m-%d}", f"{p.start:%Y-%m-%d}") for p in (month_first, day_first))
        return Vague(Text(f"“{m[0]}”是哪一天？", f"Which day is '{m[0]}'?"), choices)
    return month_first or day_first


def _all_time(_m: re.Match[str], clock: Clock) -> DateSaid | None:
    return Period(clock.data_start, clock.last, "day", "range")


def _vague(m: re.Match[str], _clock: Clock) -> DateSaid | None:
    return which_festival(m[0]) if "promo" in m[0] or "sale" in m[0] else vague_recent(m[0])


_REL_WORDS = "|".join(sorted([*_SHIFT, "past", "the past"], key=len, reverse=True))
_B = r"(?<![a-z\d])"
_RAW: list[tuple[str, Handler]] = [
    (rf"{_B}{_MON} (?:the )?{_D}(?![\d:%])(?: ?days?(?![a-z]))?{_YR}", _day),
    (rf"{_B}(?:the )?{_D} (?:of )?{_MON}{_YR}", _day),
    (rf"{_B}{_MON} {_D}{_TO}{_D2}(?![\d])(?! [a-z]{{3,9}} 20\d\d){_YR}", _days),
    (rf"{_B}(?:the )?{_D}{_TO}{_D2} (?:of )?{_MON}{_YR}", _days),
    (rf"{_B}{_MON}{_YR}", _month),
    (rf"{_B}(?P<y>20\d\d),? {_MON}", _month),
    (rf"{_B}(?P<rel>last|this) {_MON}(?! ?\d)", _last_month_name),
    ((rf"{_B}(?:the )?(?P<part>early|mid|late|first half|second half|first ten days|end)(?: of |"
        rf"[ -]){_MON}(?! \d)(?:,? (?P<y>20\d\d))?"), _part),
    # first half vs second half of December: both are halves of what is named last
    (rf"{_B}(?:the )?(?P<part>first half|second half){_OTHER_HALF}(?:of |in )?{_MON}(?! \d)(?:,? (?P<y>20\d\d))?)", _part),
    (
        rf"{_B}(?:the )?(?P<h>first|second|1st|2nd) half{_OTHER_HALF}(?:of |in )?(?:the year )?(?P<y>20\d\d|this year|last year))",
        _half,
    ),
    (rf"{_B}q(?P<q>[1-4])(?!\d){_YR.replace(',? ?', '[, -]*')}", _quarter),
    (rf"{_B}(?P<y>20\d\d)[ -]?q(?P<q>[1-4])(?!\d)", _quarter),
    (rf"{_B}(?P<q>[1-4])q ?(?P<y>\d\d)(?!\d)", _quarter),
    (rf"{_B}(?:the )?(?P<q>first|second|third|fourth|1st|2nd|3rd|4th) quarter{_YR}(?: of the year)?", _quarter),
    (rf"{_B}h(?P<h>[12])(?!\d){_YR}", _half),
    (rf"{_B}(?P<y>20\d\d)[ -]?h(?P<h>[12])(?!\d)", _half),
    (rf"{_B}(?:the )?(?P<h>first|second|1st|2nd) half(?:,? ?(?:of |in )?(?P<y>20\d\d|this year|last year|the year))?", _half),
    (r"(?<![\d./-])(?:(?:calendar |the )?year |fy ?)?(?P<y>20\d\d)(?![\d./-])", _year),
    ((rf"{_B}(?P<rel>{_REL_WORDS}) (?:calendar |full |whole |entire )?(?P<u>day|week|month|quarter|half|"
        rf"year)(?:'s)?(?: so far| to date)?(?![a-z])"), _relative),
    (rf"{_B}(?:(?P<u>week|month|quarter|year) to date|(?P<x>[mqyw])td)(?![a-z])", _to_date),
    (rf"{_B}so far (?:this|in this) (?P<u>week|month|quarter|year)", _to_date),
    (
        (rf"{_B}(?:the )?(?:last|past|previous|prior|trailing|recent|most recent|latest|preceding) (?P<n>{WHOLE_EN})[ -]?"
        r"(?P<whole>complete |full |whole |calendar |completed )?(?P<u>day|week|month|quarter|year|d|w)s?(?:')?(?![a-z])"),
        _rolling,
    ),
    (
        (rf"{_B}(?:the )?(?P<n>{WHOLE_EN})[ -]?(?P<whole>)(?P<u>day|week|month|quarter)s? "
            r"(?:before|prior|earlier|preceding)(?: that| it| them)?(?![a-z]| [a-z\d])"),
        _just_before,
    ),
    (rf"{_B}(?:the )?(?:last|past|previous) fortnight|{_B}(?:the )?(?:last|past) (?:two|2)[ -]week(?! )", _fortnight),
    (rf"{_B}(?:the )?(?P<u>week|month|quarter|year) before last", _before_last),
    (rf"{_B}(?P<n>{WHOLE_EN}|an?) (?P<u>day|week|month|quarter|year)s? ago(?![a-z])(?! today)", _ago),
    (rf"{_B}(?P<w>today|yesterday|this day|the same day) (?:of )?last year(?![a-z])", _near_year),
    (rf"{_B}(?P<w>today|yesterday|tomorrow)(?:'s)?(?![a-z])|{_B}(?:the )?day before yesterday", _near),
    (rf"{_B}(?:(?P<rel>this|on) )?(?P<w>monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?:'s)?(?![a-z])", _weekday),
    (rf"{_B}(?P<rel>last|this|over the|the) weekend(?:'s)?(?![a-z])", _weekend),
    (rf"{_B}(?:week|wk|w)[ -]?(?P<n>\d\d?)(?![\d-])(?:,? (?:of )?(?P<y>20\d\d))?(?! weeks?)", _week_number),
    (
        (r"(?<![a-z])on (?:the )?(?P<name>national day|labou?r day|may day|new year'?s day|chinese new year(?:'?s day)?|"
        r"mid-autumn(?: festival| day)?|dragon boat(?: festival| day)?|qingming(?: festival| day)?|tomb-sweeping day)"
        r"(?: day)?(?:,? (?:of |in )?(?P<y>20\d\d|last year|this year))?(?![a-z]| (?:holiday|golden|week|break|period))"),
        _festival_day,
    ),
    (
        (rf"{_B}(?:the )?(?:(?P<y>20\d\d|last year's|this year's) )?(?P<n>)(?P<name>national day|golden week|"
            rf"spring festival|chinese new year|lunar new year"
        r"|labou?r day|may day|dragon boat(?: festival)?|mid[ -]autumn(?: festival)?|qingming(?: festival)?|"
            r"tomb[ -]sweeping(?: day)?|new year's day)"
        r"(?: holidays?| golden week| break| week| period)*(?:,? (?:of |in )?(?P<y2>20\d\d|last year|this year))?(?![a-z])"),
        _holiday,
    ),
    (
        (rf"{_B}(?:the )?(?P<y>)(?:first )?(?P<n>{WHOLE_EN})[ -]days? (?:of )?(?:the )?(?P<name>national day|"
            rf"golden week|spring festival|chinese new year)"
        r"(?: holidays?| golden week)*(?:,? (?:of |in )?(?P<y2>20\d\d|last year|this year))?(?![a-z])"),
        _holiday,
    ),
    (
        (r"(?<![a-z\d.])(?:the )?(?P<name>(?:on )?(?:double|singles'?) ?-?(?:11|12|eleven|twelve|day)|11\.11|(?:on )?618)(?![\d%.])"
        r"(?P<scope>(?: (?:shopping )?(?:period|day|campaign|festival|season|itself))*)(?:,? (?:of |"
            r"in )?(?P<y>20\d\d|last year|this year))?(?![a-z])"),
        _festival,
    ),
    (r"(?<![\d./-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>20\d\d))?(?![\d/])", _slashed),
    (rf"{_B}(?:of )?all[ -]time|{_B}since (?:launch(?! of)|the beginning|the start|day one|inception)|{_B}ever(?![a-z])", _all_time),
    ((rf"{_B}(?:recently|lately|these days|recent (?:days|weeks|months)|the (?:last|past) few (?:days|weeks|months)|"
        rf"(?:last|past) few (?:days|weeks|months)|the (?:big )?(?:promotion|promo|sale) period)(?![a-z])"), _vague),
]  # fmt: skip

PATTERNS: list[Pattern] = [(re.compile(raw), handler) for raw, handler in _RAW]
