"""What the patterns of spoken dates share: the words of months, units and steps, and the question back for several readings."""

from __future__ import annotations

import re
from datetime import date

from assistant.planner.date_words import Vague, month_period
from assistant.planner.numbers import whole
from assistant.planner.periods import Period, Unit, unit_of
from assistant.planner.types import Clock
from knowledge.text import Text

#: Where an English word begins and ends.
START = r"(?<![a-z\d])"
END = "(?![a-z])"
YEAR_ZH = r"(?:(?P<y>(?:20)?\d\d年|今年|去年|前年|大前年|本年|明年)的?)?"
MONTH_ZH = r"(?<![\d十])(?P<mon>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?"
REL_ZH = r"(?P<rel>上上个?|上个?|本|这个?|下个?)"
YEAR_EN = r"(?:,? (?:of |in )?(?P<y>20\d\d|this year|last year))?"
REL_EN = r"(?P<rel>last|this|the current|previous|the last)"
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH_EN = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
UNITS: dict[str, Unit] = {
    "周": "week", "星期": "week", "月": "month", "季": "quarter", "季度": "quarter", "年": "year", "week": "week",
    "month": "month", "quarter": "quarter", "year": "year",
}  # fmt: skip
SHIFT = {
    "上上": -2, "上上个": -2, "上": -1, "上个": -1, "上一个": -1, "去": -1, "本": 0, "这": 0, "这个": 0, "当": 0, "今": 0, "下": 1,
    "下个": 1, "明": 1, "last": -1, "previous": -1, "this": 0, "the current": 0, "current": 0, "the": 0, "next": 1, "the last": -1,
}  # fmt: skip
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1}
ORDINALS |= {"fifth": 5, "5th": 5}


def one_day(day: date, *, year_said: bool = True) -> Period:
    """Return one day as a range."""
    return Period(day, day, "day", "range", year_said)


def which_days(text: str, *days: tuple[date, date]) -> Vague:
    """Return the question back for words that may mean several ranges."""
    told = tuple(Text(f"{a}", f"{a}") if a == b else Text(f"{a}到{b}", f"{a} to {b}") for a, b in dict.fromkeys(days))
    return Vague(Text(f"“{text}”指哪一天或哪段时间？", f"Which days are meant by '{text}'?"), told)


def month_number(text: str) -> int:
    """Return the number of a month named in words or figures of either language; 0 for none."""
    return MONTHS.index(text[:3]) + 1 if text.isascii() and text.isalpha() else whole(text.strip(" .月份")) or 0


def unit_said(m: re.Match[str], clock: Clock) -> Period | None:
    """Return the month named, or the unit of the calendar that a match speaks of."""
    said = m.groupdict()
    if said.get("mon"):
        return month_period(clock, said.get("y"), month_number(m["mon"]))
    unit = UNITS[m["u"]]
    return unit_of(clock.today, unit, SHIFT[said.get("rel") or "本"])
