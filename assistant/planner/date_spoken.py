"""Spoken days of both languages: weekdays beside a week, the beginning of a unit, a day without a month, days that do not exist."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from assistant.planner.date_forms import (
    END,
    MONTH_EN,
    MONTH_ZH,
    REL_EN,
    SHIFT,
    START,
    UNITS,
    YEAR_EN,
    YEAR_ZH,
    month_number,
    one_day,
    unit_said,
    which_days,
)
from assistant.planner.date_words import (
    DateSaid,
    Handler,
    Pattern,
    Until,
    Vague,
    day_period,
    day_said,
    month_part,
    month_period,
    no_such_day,
    year_for,
)
from assistant.planner.language import has_chinese
from assistant.planner.numbers import whole
from assistant.planner.periods import Period, add_days, add_months, first_of, safe_date, step, unit_of
from assistant.planner.types import Clock
from knowledge.text import Text


def _next_month_name(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return month_period(replace(clock, ahead=True), None, month_number(m["mon"]))


def _bare_day(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """12月15, 十月廿三: a day without 日; 八月十五 is a day of the moon."""
    if m[0].endswith("八月十五"):
        return None
    return day_said(clock, m["y"], month_number(m["mon"]), day_number(m["d"]), m[0])


def _year_to_date(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """2025 YTD, last month to date: of the unit that today is in, its days so far; of another, all of it or as many days."""
    said = m.groupdict()
    if said.get("y"):
        unit, shift = unit_of(clock.today, "year"), int(m["y"]) - clock.today.year
    else:
        unit, shift = unit_of(clock.today, UNITS[m["u"]]), -1
    if shift == 0 and clock.last >= unit.start:
        return Period(unit.start, clock.last, unit.unit, "to_date")
    whole_unit = unit_of(clock.today, unit.unit, shift)
    same = step(unit.start, unit.unit, shift), min(step(clock.last, unit.unit, shift), whole_unit.end)
    return which_days(m[0], same, (whole_unit.start, whole_unit.end))


def _within_or_mid(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """10月中: within October, or in the middle of it."""
    month = month_period(clock, m["y"], month_number(m["mon"]))
    return (
        which_days(m[0], (month.start, month.end), (add_days(month.start, 10), add_days(month.start, 19)))
        if month
        else None
    )


def _slashes(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """10/1-10/7 in an English question may be months or days first."""
    if has_chinese(m.string):
        return None
    first, last = (int(m["a"]), int(m["b"])), (int(m["a2"]), int(m["b2"]))
    readings = []
    for swap in (False, True):
        ends = [day_period(clock, None, *(reversed(pair) if swap else pair)) for pair in (first, last)]
        if ends[0] and ends[1] and ends[0].start <= ends[1].end:
            readings.append((ends[0].start, ends[1].end))
    different = list(dict.fromkeys(readings))
    return which_days(m[0], *different) if len(different) > 1 else None


def day_number(text: str) -> int:
    """Return a day of the month in figures or numerals, 廿 and 卅 among them; 0 for anything else."""
    return whole(text.replace("廿", "二十").replace("卅", "三十")) or 0


def _edge(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """月初, the beginning of last year: one day or some, so it is asked; as the beginning of a range it is the first day."""
    unit = unit_said(m, clock)
    if unit is None:
        return None
    end = add_days(unit.start, {"week": 1, "month": 9, "quarter": 30, "year": 30}.get(unit.unit, 0))
    asked = which_days(m[0], (unit.start, unit.start), (unit.start, end))
    return Vague(asked.question, asked.choices, unit.start)


def _finish(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """年底, the end of last quarter: its last day; 月底 alone may be that of this month or the one before."""
    unit = unit_said(m, clock)
    if unit is None:
        return None
    if m.groupdict().get("rel") or m.groupdict().get("mon") or unit.end == clock.today:
        return Until(unit.end)
    before = unit_of(unit.start, unit.unit, -1)
    return which_days(m[0], (before.end, before.end), (clock.last, clock.last))


def _part_of_unit(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """Early last month, mid this month: 1-10, 11-20, 21-end."""
    part = {"early": "上旬", "mid": "中旬", "the middle of": "中旬", "middle of": "中旬", "late": "下旬"}[m["part"]]
    return month_part(unit_of(clock.today, "month", SHIFT[m["rel"]]), part, clock)


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
        return one_day(first)
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


_N = r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})"
_EN_N = r"(?P<n>\d{1,3}|two|three|four|five|six|seven|ten|fourteen|thirty|sixty|ninety)"
_TH = r"(?P<d>[12]?\d|3[01])(?:st|nd|rd|th)"
_DAY = r"[12]\d|3[01]|0?[1-9]|廿[一二三四五六七八九]?|[二三]?十[一二三四五六七八九]?"
_NUMERAL = r"(?:\d+|[一二两三四五六七八九十]+|几|半)"
_NOT_TODAY = "(?:(?:不含|不包括|不包含|不算|除去)(?:今天|今日|当天)|(?:截至|截止|到)昨天)"
_NOT_TODAY_EN = "(?:(?:excluding|not including|without|not counting) today|(?:up to|to|until|through|ending) yesterday)"
_RAW: list[tuple[str, Handler]] = [
    (rf"{START}(?P<y>20\d\d)[ -](?:ytd|year[ -]to[ -]date){END}", _year_to_date),
    (rf"{START}(?:ytd|year[ -]to[ -]date) (?:of |in |for )?(?P<y>20\d\d)(?!\d)", _year_to_date),
    (rf"{START}(?:last|previous|prior) (?P<u>week|month|quarter|year)(?:'s)?[ -]to[ -]date{END}", _year_to_date),
    (rf"{START}(?:wtd|mtd|qtd|ytd) last (?P<u>week|month|quarter|year){END}", _year_to_date),
    (rf"{YEAR_ZH}{MONTH_ZH}的?(?:月初|初|刚开始)", _edge),
    (r"(?P<rel>上上个?|上个?|本|这个?|当)?(?P<u>周|月|季度|季)初", _edge),
    (r"(?P<rel>今|去|明)年?(?P<u>年)初", _edge),
    (r"(?<![今去明前一二三四五六七八九\d])(?P<u>年)初", _edge),
    (rf"{START}(?:the )?(?:beginning|start|onset) of (?P<mon>{MONTH_EN}){YEAR_EN}", _edge),
    (rf"{START}(?:the )?(?:beginning|start) of (?:{REL_EN} |(?:the )?)(?P<u>week|month|quarter|year)(?![a-z])", _edge),
    (r"(?<![\d十一二三四五六七八九上本这当个])(?P<u>月)[底末]", _finish),
    (r"(?<![\d今去前明一二三四五六七八九])(?P<u>年)[底末]", _finish),
    (rf"{START}(?:at |by )?(?:the )?end of (?P<rel>last|this|the last|previous) (?P<u>week|month|quarter|year)(?![a-z])", _finish),
    (rf"{START}(?:the )?(?P<u>month|quarter|year)[ -]end(?![a-z])", _finish),
    (rf"{START}(?:the )?end of the (?P<u>month|quarter|year)(?![a-z])", _finish),
    (rf"{START}(?P<part>early|mid|late|the middle of|middle of)[ -](?P<rel>last|this) month(?![a-z])", _part_of_unit),
    (rf"{START}(?:early|mid|late|the middle of|middle of)[ -](?:in )?(?P<y>20\d\d|this year|last year)(?![\d-])", _about),
    (rf"{START}mid[ -]?year(?![a-z])|(?P<y>今年|去年)?年中(?!国)", _about),
    (r"(?<![\d月.年-])(?P<d>[12]?\d|3[01])[号日]?(?:到|至|-|~)(?P<d2>[12]?\d|3[01])号", _day_of_month),
    (r"(?<![\d月.年-])(?P<d>[12]?\d|3[01]|[二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?)号(?![楼线店版员用])", _day_of_month),
    (rf"{START}(?:on )?the {_TH}(?! [a-z]+ (?:day|week|month|of)|[a-z]| (?:of|day|week|month|quarter))", _day_of_month),
    (rf"{START}(?:from )?the {_TH} (?:to|through|until|till) the {_TH.replace('<d>', '<d2>')}(?! of)", _day_of_month),
    (r"(?<![\d.第近去前后十百])(?:20\d\d年|\d\d年|今年|去年)?(?:0{1,2}|1[3-9]|[2-9]\d|十[三四五六七八九])月(?!个)", _none_such),
    (r"(?:20\d\d年?|\d\d年|今年|去年)?(?:第(?:[五六七八九十05-9])(?:个)?季度|(?<![\da-z])q[05-9](?!\d))", _none_such),
    (rf"{START}(?:20\d\d ?)?(?:q[05-9]|h[03-9])(?![\d.a-z])(?:,? ?20\d\d)?|{START}month 1[3-9]|{START}the 1[3-9]th month", _none_such),
    (r"(?<![\d.])(?:20\d\d)[-/.](?:0?0|1[3-9]|[2-9]\d)(?:[-/.]\d{1,2})?(?![\d./-])", _no_such_day),
    (rf"{START}next (?P<mon>{MONTH_EN})", _next_month_name),
    (YEAR_ZH + MONTH_ZH + r"(?P<d>" + _DAY + r")(?=$|[ ?!到至~-]|的)", _bare_day),
    (r"(?<!\d)(?:0{1,2}|1[3-9]|[2-9]\d)月\d{1,2}[号日]", _none_such),
    (YEAR_ZH + MONTH_ZH + r"中(?![上下旬]|旬|秋|间)", _within_or_mid),
    (rf"{START}(?P<a>\d\d?)/(?P<b>\d\d?) ?(?:to|through|-|~) ?(?P<a2>\d\d?)/(?P<b2>\d\d?)(?![\d/])", _slashes),
    (YEAR_ZH + MONTH_ZH + r"(?:3[2-9]|[4-9]\d|0{1,2}|三十[二三四五六七八九]|[四五六七八九]十)[号日](?!留)", _no_such_day),
    (r"(?<![\d.月A-Za-z])(?:3[2-9]|[4-9]\d)号(?!楼|线|店)", _no_such_day),
    (rf"{START}{MONTH_EN} (?:3[2-9]|[4-9]\d)(?:st|nd|rd|th)?(?![\d%.,]|st|th|rd)", _no_such_day),
    (rf"{START}(?:3[2-9]|[4-9]\d)(?:st|nd|rd|th)? (?:of )?{MONTH_EN}", _no_such_day),
    (rf"(?:最?近|过去|前){_NUMERAL}?个?(?:小时|钟头|分钟)|昨晚|今晚|今早|昨夜|凌晨|(?:今天|昨天)?(?:上午|下午|早上|晚上|中午)", _hours),
    (rf"{START}(?:the )?(?:last|past) (?:\d+ )?(?:hour|minute)s?(?![a-z])", _hours),
    (rf"{START}(?:(?:this|yesterday|tomorrow) (?:morning|afternoon|evening)|tonight|last night)(?![a-z])", _hours),
    (rf"{START}(?:the )?(?:last|past|previous)? ?(?:a )?(?:couple of|couple|several|dozen|some) (?:days|weeks|months)(?: ago)?{END}", _few),
    (rf"(?:最近|过去|近){_N}个?(?P<u>天|日|周)[(（,， ]*{_NOT_TODAY}(?:在内)?[)）]?", _without_today),
    (rf"(?:截至|截止|到)昨天的?(?:最近|过去|近){_N}个?(?P<u>天|日|周)", _without_today),
    (rf"{START}(?:the )?(?:last|past) {_EN_N} (?P<u>day|week)s?,? ?[(]?{_NOT_TODAY_EN}[)]?", _without_today),
    (rf"{START}(?:the )?(?:last|past) (?:half (?:a )?year|half-year)|{START}(?:the )?(?:last|past) six months", _half_year),
]  # fmt: skip

PATTERNS: list[Pattern] = [(re.compile(raw), handler) for raw, handler in _RAW]
