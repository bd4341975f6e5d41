"""Several named dates beside each other, 1月和12月的GMV: each is answered on its own, with nothing between them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.planner.date_words import safe_year
from assistant.planner.periods import Period, add_months, safe_date
from assistant.planner.reading import Reading
from assistant.planner.spans import Span

Said = tuple[int, Span, Period]
#: More dates than this in one question are asked about.
MOST = 12
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d\d年|[今去前明本]年|(?:this|last) year")
_MONTH = re.compile(r"\d{1,2}月|[一二三四五六七八九十]月|[a-z]{3}|\d[-/.]\d")
_WEEKDAY = re.compile(
    r"(?:周|星期)[一二三四五六日天]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?"
)


def side_by_side(reading: Reading, found: Sequence[Said]) -> tuple[Period, ...]:
    """Return the dates that are to be answered one by one, in the order said; empty where the words do not put them so.

    Only commas, connectors and the one metric may stand between them: iOS 1月和安卓12月 are two questions. Bare weekdays
    (周一和周五) may be any week's, so they are not taken.
    """
    if len(found) > MOST or any(_WEEKDAY.fullmatch(span.text.strip()) for _, span, _ in found):
        return ()
    pairs = list(itertools.pairwise(found))
    if not all(_joined(reading, one, other) for one, other in pairs):
        return ()
    periods = _shared(found)
    alike = len({(p.start, p.end) for p in periods}) == len(periods)
    return periods if alike else ()


def _joined(reading: Reading, one: Said, other: Said) -> bool:
    """Whether two dates stand in a list: with a connector between; of one kind also with a comma or nothing."""
    between = reading.spans[one[0] + 1 : other[0]]
    named = {s.get("metric") for s in reading.spans if s.has("metric")}
    lone = all(
        s.has("connector") or s.has("comma") or s.has("filler") or (s.has("metric") and len(named) == 1)
        for s in between
    )
    listed = any(s.has("connector") or s.text in ("、", "/", "&", "+") for s in between)
    loose = all(s.has("comma") for s in between)  # 去年，国庆 may be one date; 1月，3月 are two
    return lone and (listed or (loose and (one[2].unit, one[2].said) == (other[2].unit, other[2].said)))


def _shared(found: Sequence[Said]) -> tuple[Period, ...]:
    """Return the dates with a year or month that was said once for all of them: 2024年3月1日和8日, Jan and Mar 2025."""
    ends = [period for _, span, period in (found[0], found[-1]) if _YEAR.search(span.text)]
    told = sum(_YEAR.search(span.text) is not None for _, span, _ in found)
    out: list[Period] = []
    for _, span, period in found:
        one = period
        if told == 1 and ends and not _YEAR.search(span.text):
            one = _in_year(one, ends[0].start.year)
        if out and one.days == 1 and not _MONTH.search(span.text) and re.match(r"\d", span.text.strip()):
            before = out[-1].start
            day = safe_date(before.year, before.month, one.start.day)
            one = replace(one, start=day, end=day) if day else one
        out.append(one)
    return tuple(out)


def _in_year(period: Period, year: int) -> Period:
    if period.unit in ("month", "quarter", "half") and period.said == "whole":
        return safe_year(period, year)
    if period.unit == "day" and period.said == "range" and not period.year_said:
        months = 12 * (year - period.start.year)
        return replace(period, start=add_months(period.start, months), end=add_months(period.end, months))
    return period


def later_against_earlier(period: Period | None, also: Sequence[Period]) -> tuple[Period, Period] | None:
    """Return the later and the earlier of exactly two dates that share no day, to compare them; else None."""
    if period is None or len(also) != 1:
        return None
    first, last = sorted((period, also[0]), key=lambda p: p.start)
    return (last, first) if first.end < last.start else None
