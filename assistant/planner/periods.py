"""Ranges of days and calendar arithmetic: what a period is compared with, how it is shifted, which grain shows it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from knowledge.weeks import first_of_week
from tools.semantic_layer.periods import previous_range
from tools.semantic_layer.query import Grain

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
#: How a range was said: a whole calendar unit, a unit to date, the last N of something, or plain dates.
Said = Literal["whole", "to_date", "rolling", "range"]

_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
ONE_DAY = timedelta(1)


@dataclass(frozen=True)
class Period:
    """Days from ``start`` to ``end``, both included, and how they were said.

    ``year_said`` is False where the year was left to the latest one that has begun. ``back`` is set for words that may also
    count back from another range: ``last`` for 上个月, last week; ``prior`` for the previous month, 前7天, which as a base always do;
    ``before`` for the 7 days before, which says nothing without another range.
    """

    start: date
    end: date
    unit: Unit = "day"
    said: Said = "range"
    year_said: bool = True
    back: Literal["", "last", "prior", "before"] = ""

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days + 1

    def same_days(self, other: Period) -> bool:
        """Return whether both are the same dates."""
        return (self.start, self.end) == (other.start, other.end)


def safe_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later (or earlier), clipped to the last day of that month and to years 1 to 9999."""
    index = day.year * 12 + day.month - 1 + months
    index = min(max(index, 12), 9999 * 12 + 11)
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date:
    """Return the day ``days`` later (or earlier), held within the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def first_of(day: date, unit: Unit) -> date:
    """Return the first day of the unit that ``day`` is in; weeks begin as ``knowledge.weeks`` says."""
    if unit == "day":
        return day
    if unit == "week":
        return first_of_week(day)
    size = _MONTHS[unit]
    return date(day.year, (day.month - 1) // size * size + 1, 1)


def step(day: date, unit: Unit, n: int) -> date:
    """Return ``day`` moved by ``n`` units."""
    if unit in ("day", "week"):
        return add_days(day, n * (7 if unit == "week" else 1))
    return add_months(day, n * _MONTHS[unit])


def unit_of(day: date, unit: Unit, shift: int = 0) -> Period:
    """Return the whole unit that ``day`` is in, ``shift`` units later."""
    start = step(first_of(day, unit), unit, shift)
    return Period(start, add_days(step(start, unit, 1), -1), unit, "whole")


def to_date(last: date, unit: Unit, shift: int = 0) -> Period:
    """Return the unit that ``last`` is in from its first day to ``last``."""
    return Period(step(first_of(last, unit), unit, shift), last, unit, "to_date")


def rolling(last: date, n: int, unit: Unit) -> Period:
    """Return the last ``n`` units of days ending on ``last``: 7·n days for weeks, n months of days for months and longer."""
    if unit in ("day", "week"):
        return Period(add_days(last, -n * (7 if unit == "week" else 1) + 1), last, unit, "rolling")
    months = n * _MONTHS[unit]
    after = add_days(last, 1)
    return Period(add_months(after, -months), last, unit, "rolling")


def complete(last: date, n: int, unit: Unit) -> Period:
    """Return the last ``n`` whole calendar units that ended by ``last``."""
    current = unit_of(last, unit)
    end = current.end if current.end <= last else add_days(current.start, -1)
    return Period(step(first_of(end, unit), unit, -(n - 1)), end, unit, "whole")


def whole_months(start: date, end: date) -> int:
    """Return how many whole calendar months the days make up, or 0 where they are not whole months."""
    if start.day != 1 or (add_days(end, 1)).day != 1:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month + 1


def count_of(period: Period) -> int:
    """Return how many of its own units a period is long, at least 1."""
    if period.unit in ("day", "week"):
        return max(1, period.days // (7 if period.unit == "week" else 1))
    after = add_days(period.end, 1)
    months = (after.year - period.start.year) * 12 + after.month - period.start.month
    return max(1, months // _MONTHS[period.unit])


def base_by_dates(period: Period) -> tuple[date, date]:
    """Return what ``previous`` means for these dates when nothing else is known: the rule of the semantic layer.

    The first day of the calendar, twice, where the base would lie before it.
    """
    try:
        found = previous_range(period.start, period.end)
    except (OverflowError, ValueError):
        return date.min, date.min
    return found.start, found.end


def base_by_words(period: Period) -> tuple[date, date]:
    """Return what the words of the question mean by the period before.

    The same days of the unit before for one to date, the N days before for the last N days or weeks, else what the dates alone say.
    """
    if period.said == "to_date" and unit_of(period.start, period.unit).end != period.end:
        return step(period.start, period.unit, -1), step(period.end, period.unit, -1)
    if period.said == "rolling" and period.unit in ("day", "week"):
        return add_days(period.start, -period.days), add_days(period.start, -1)
    return base_by_dates(period)


def year_before(period: Period) -> tuple[date, date]:
    """Return the same dates one year earlier."""
    return add_months(period.start, -12), add_months(period.end, -12)


def moved(period: Period, n: int) -> Period:
    """Return the period of the same kind ``n`` steps later: the week before a week, the 7 days before 7 days."""
    if period.said == "rolling" or period.unit == "day":
        by = n * period.days
        if period.said == "rolling" and period.unit not in ("day", "week"):
            start, end = step(period.start, period.unit, n), step(period.end, period.unit, n)
            return replace(period, start=start, end=end)
        return replace(period, start=add_days(period.start, by), end=add_days(period.end, by))
    months = whole_months(period.start, period.end)
    if months and period.unit != "week":
        start = add_months(period.start, n * months)
        return replace(period, start=start, end=add_days(add_months(start, months), -1), said="whole")
    if period.said == "to_date":
        return replace(unit_of(period.start, period.unit, n), year_said=True)
    by = n * period.days
    return replace(period, start=add_days(period.start, by), end=add_days(period.end, by))


def trend_grain(period: Period) -> Grain:
    """Return the grain a trend is shown by: day, over 62 days week, over 366 month."""
    if period.days > 366:
        return "month"
    return "week" if period.days > 62 else "day"
