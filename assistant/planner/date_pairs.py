"""Several dates in one question: the year or month they share, and units in a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.planner.date_words import safe_year
from assistant.planner.periods import Period, add_days, unit_of
from assistant.planner.types import AskBack
from knowledge.text import Text

_WHOLE = ("month", "quarter", "half", "week", "year")


def in_a_row(periods: Sequence[Period]) -> Period | None:
    """Return the one range that whole units of the same kind make up, each beginning after the one before; else None."""
    first = periods[0]
    for one, after in pairwise(periods):
        if one.unit != after.unit or one.unit not in _WHOLE or (after.start - one.end).days != 1:
            return None
    if first.unit == "half":
        return None
    return Period(first.start, periods[-1].end, first.unit, "whole")


def shared_words(first_text: str, first: Period, second_text: str, second: Period) -> tuple[Period, Period] | AskBack:
    """Return two dates where a year or month said once stands for both: 2024年10月和11月, Oct vs Nov 2024.

    The same month twice (October vs October 2024) stays as it is. A question back where the later-said one may be of either year.
    """
    half = _bare_half(first_text, first, second) or _bare_half(second_text, second, first)
    if half is not None:
        return (half, second) if _bare_half(first_text, first, second) else (first, half)
    if (
        first.year_said == second.year_said
        or first.unit != second.unit
        or first.unit not in ("month", "quarter", "half")
    ):
        return first, second
    known, bare = (first, second) if first.year_said else (second, first)
    if (known.start.month, known.start.day) == (bare.start.month, bare.start.day):
        return first, second
    moved = safe_year(bare, known.start.year)
    if moved.start < known.start and known is first and (known.start - moved.end).days != 1:
        return _which_year(known, moved, bare)
    return (first, moved) if known is first else (moved, second)


def _bare_half(text: str, half: Period, other: Period) -> Period | None:
    """Second half beside the first half of December: the second half of that month."""
    if half.unit != "half" or half.year_said or not re.search(r"half$", text) or not 13 <= other.days <= 16:
        return None
    month = unit_of(other.start, "month")
    middle = add_days(month.start, 14)
    if other.start not in (month.start, add_days(middle, 1)):
        return None
    parts = Period(month.start, middle), Period(add_days(middle, 1), month.end)
    return replace(parts[0] if half.start.month == 1 else parts[1], year_said=other.year_said)


def _which_year(known: Period, moved: Period, bare: Period) -> AskBack | tuple[Period, Period]:
    if moved.same_days(bare):
        return known, bare
    return AskBack(
        Text("后一个日期是哪一年的？", "Which year is the second date?"),
        tuple(
            Text(
                f"{known.start}到{known.end}对比{p.start}到{p.end}",
                f"{known.start} to {known.end} compared with {p.start} to {p.end}",
            )
            for p in (moved, bare)
        ),
    )
