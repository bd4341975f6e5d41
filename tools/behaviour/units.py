"""Calendar units numbered from an anchor, in Python and in SQL alike, with weeks that start on the workspace's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.weeks import WeekStart
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.periods import DAY, add_months

Unit = Literal["hour", "day", "week", "month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNIT_ZH = {"hour": "小时", "day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}


def unit_start(day: date, unit: Unit, week_start: WeekStart) -> date:
    """Return the first day of the calendar unit that holds ``day``; hours lie within their day."""
    if unit == "week":
        return day - timedelta(days=(day.weekday() + (week_start == "sunday")) % 7)
    if unit in _MONTHS:
        size = _MONTHS[unit]
        return date(day.year, (day.month - 1) // size * size + 1, 1)
    return day


@dataclass(frozen=True)
class Units:
    """Units of one kind, numbered 0, 1, 2 … from the one that starts on ``anchor``.

    Attributes:
        unit: the calendar unit.
        anchor: the first day of unit 0.
        step: how many calendar units make one of these.
    """

    unit: Unit
    anchor: date
    step: int = 1

    def index(self, day: date) -> int:
        """Return the number of the unit that holds ``day`` (of an hour: of the day's first)."""
        if self.unit in _MONTHS:
            months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
            return months // _MONTHS[self.unit] // self.step
        days = (day - self.anchor).days
        return (days * 24 if self.unit == "hour" else days // (7 if self.unit == "week" else 1)) // self.step

    def last_index(self, day: date) -> int:
        """Return the number of the last unit that touches ``day``."""
        return ((day - self.anchor).days * 24 + 23) // self.step if self.unit == "hour" else self.index(day)

    def first(self, index: int) -> date:
        """Return the first day of a unit (of an hour: its day)."""
        number = index * self.step
        if self.unit in _MONTHS:
            return add_months(self.anchor, number * _MONTHS[self.unit])
        return self.anchor + (number // 24 if self.unit == "hour" else number * (7 if self.unit == "week" else 1)) * DAY

    def last(self, index: int) -> date:
        """Return the last day of a unit (of an hour: its day)."""
        return self.first(index) if self.unit == "hour" else self.first(index + 1) - DAY

    def label(self, index: int) -> str:
        """Return the name of a unit: the ISO date of its first day, of an hour its ISO date and time."""
        first = self.first(index).isoformat()
        return f"{first}T{index * self.step % 24:02}:00:00" if self.unit == "hour" else first

    def complete(self, as_of: date) -> int:
        """Return the number of the last unit that is over at the end of ``as_of``; below 0 where none is."""
        return self.index(as_of + DAY) - 1

    def sql(self, day: str, binder: Binder) -> str:
        """Return SQL of the number of the unit that holds ``day`` (a TIMESTAMP for hours, else a DATE).

        Only right for days from the anchor on: division cuts towards zero.
        """
        anchor = binder.day("anchor", self.anchor)
        if self.unit == "hour":
            number = f"date_diff('hour', CAST({anchor} AS TIMESTAMP), {day})"
        elif self.unit in _MONTHS:
            number = f"date_diff('{self.unit}', {anchor}, {day})"
        else:
            number = f"({day} - {anchor})"
        size = (7 if self.unit == "week" else 1) * self.step
        return f"{number} // {size}" if size > 1 else number
