"""A series over time: its first, last, highest and lowest whole bucket, and the change between first and last.

The change is the one derived figure of an answer that is no cell of a result; the number check recomputes it by the
same function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from assistant.answer.columns import Column
from assistant.answer.view import View
from tools.semantic_layer.result import Row
from tools.warehouse.rows import Scalar

_MONTHS_OF: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Trend:
    """One figure of one series over time.

    Attributes:
        first, last: the rows of the first and last bucket that are whole and known.
        highest, lowest: the rows of the largest and smallest figure, the earliest of equals.
        change: last minus first, in the figure's unit.
        change_pct: the change relative to the first, None where that is not above 0.
    """

    first: Row
    last: Row
    highest: Row
    lowest: Row
    change: float
    change_pct: float | None


def series_of(view: View) -> list[list[Row]]:
    """Return the rows by series, that is by their dimension values, each in order of time."""
    found: dict[tuple[Scalar, ...], list[Row]] = {}
    for row in view.result.rows:
        found.setdefault(tuple(view.value(row, column.name) for column in view.dimensions), []).append(row)
    return [sorted(rows, key=lambda row: str(view.value(row, "period"))) for rows in found.values()]


def trend_of(view: View, rows: Sequence[Row], column: Column) -> Trend | None:
    """Return the trend of one column over the rows of one series; None with fewer than two known whole buckets.

    Buckets that the range cuts are left out, so that a half week is not read as a fall.
    """
    known = [(row, value) for row in rows if (value := view.number(row, column.name)) is not None]
    counted = [(row, value) for row, value in known if is_whole(view, row)]
    if len(counted) < 2:
        return None
    first, last = counted[0], counted[-1]
    change = last[1] - first[1]
    return Trend(
        first=first[0],
        last=last[0],
        highest=max(counted, key=lambda entry: entry[1])[0],
        lowest=min(counted, key=lambda entry: entry[1])[0],
        change=change,
        change_pct=change / first[1] if first[1] > 0 else None,
    )


def is_whole(view: View, row: Row) -> bool:
    """Return whether the range holds the whole calendar period of a row; True for rows without a period."""
    start, end = (iso_day(view.result.params.get(name)) for name in ("start", "end"))
    first_day = iso_day(view.value(row, "period"))
    if start is None or end is None or first_day is None:
        return True
    return start <= first_day and last_day(first_day, view.grain) <= end


def last_day(first_day: date, grain: str) -> date:
    """Return the last day of the calendar period of ``grain`` that starts on ``first_day``."""
    if grain == "week":
        return first_day + timedelta(days=6)
    months = first_day.year * 12 + first_day.month - 1 + _MONTHS_OF.get(grain, 0)
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1) if grain in _MONTHS_OF else first_day


def iso_day(value: object) -> date | None:
    """Return the date of an ISO text, None for anything else."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
