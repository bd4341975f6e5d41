"""Days, buckets and bases: every date rule of a query, in one place and without SQL.

All dates are local days of the business time zone, ranges include both ends, weeks begin as ``knowledge.weeks`` says.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.weeks import first_of_week
from tools.semantic_layer.query import DateRange, Grain

Calendar = Literal["week", "month"]
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
GRAIN_ORDER: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year", "total")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bucket:
    """One period of a query: ``period`` names it by its calendar first day; ``first`` to ``last`` is what is counted."""

    period: date
    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days counted."""
        return (self.last - self.first).days + 1


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def unit_start(day: date, grain: Grain) -> date:
    """Return the first day of the calendar unit that holds ``day``; the day itself for ``day`` and ``total``."""
    if grain == "week":
        return first_of_week(day)
    if grain in _MONTHS:
        size = _MONTHS[grain]
        return date(day.year, (day.month - 1) // size * size + 1, 1)
    return day


def unit_end(day: date, grain: Grain) -> date:
    """Return the last day of the calendar unit that holds ``day``; the day itself for ``day`` and ``total``."""
    start = unit_start(day, grain)
    if grain == "week":
        return start + 6 * DAY
    if grain in _MONTHS:
        return add_months(start, _MONTHS[grain]) - DAY
    return day


def split(start: date, end: date, grain: Grain) -> tuple[Bucket, ...]:
    """Return the buckets from ``start`` to ``end``; the first and last are cut to the range. ``total`` is one bucket."""
    if grain == "total":
        return (Bucket(start, start, end),)
    buckets = []
    first = start
    while first <= end:
        last = min(unit_end(first, grain), end)
        buckets.append(Bucket(unit_start(first, grain), first, last))
        first = last + DAY
    return tuple(buckets)


def is_cut(bucket: Bucket, grain: Grain) -> bool:
    """Return whether the bucket holds less than its calendar unit."""
    if grain == "total":
        return False
    return bucket.first != bucket.period or bucket.last != unit_end(bucket.period, grain)


def previous_range(start: date, end: date) -> DateRange:
    """Return the range that ``previous`` means for a range, by its dates alone.

    Whole months (so quarters and years) step back as many months; the first days of a month, unless they are whole weeks,
    compare with the same days of the month before; anything else, whole weeks included, with the N days just before.
    """
    if start.day == 1 and end == unit_end(end, "month"):
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        return DateRange(start=add_months(start, -months), end=start - DAY)
    whole_weeks = unit_start(start, "week") == start and unit_end(end, "week") == end
    if start.day == 1 and start < end and not whole_weeks and (start.year, start.month) == (end.year, end.month):
        return DateRange(start=add_months(start, -1), end=add_months(end, -1))
    days = end - start + DAY
    return DateRange(start=start - days, end=end - days)


def year_ago_range(start: date, end: date, *, by_week: bool) -> DateRange:
    """Return the same dates a year earlier (02-29 becomes 02-28), or 364 days earlier where weeks must match."""
    if by_week:
        return DateRange(start=start - 364 * DAY, end=end - 364 * DAY)
    return DateRange(start=add_months(start, -12), end=add_months(end, -12))


def previous_bucket(bucket: Bucket, grain: Grain) -> Bucket:
    """Return the bucket before, cut to the same days where ``bucket`` is cut."""
    if grain in ("day", "week"):
        back = 7 * DAY if grain == "week" else DAY
        return Bucket(bucket.period - back, bucket.first - back, bucket.last - back)
    return _shift_months(bucket, grain, -_MONTHS[grain])


def year_ago_bucket(bucket: Bucket, grain: Grain) -> Bucket:
    """Return the same bucket a year earlier; weeks step back 364 days."""
    if grain == "week":
        return Bucket(bucket.period - 364 * DAY, bucket.first - 364 * DAY, bucket.last - 364 * DAY)
    return _shift_months(bucket, grain, -12)


def _shift_months(bucket: Bucket, grain: Grain, months: int) -> Bucket:
    whole_end = bucket.last == unit_end(bucket.last, grain)
    last = add_months(bucket.last, months)
    return Bucket(
        add_months(bucket.period, months),
        add_months(bucket.first, months),
        unit_end(last, grain) if whole_end else last,
    )


def calendar_window(bucket: Bucket, calendar: Calendar) -> tuple[date, date, bool]:
    """Return the days on which a calendar metric is taken within a bucket, and whether they are a whole unit.

    The last whole week or month inside the bucket; where there is none, the part of the last one that is inside.
    """
    last_start = unit_start(bucket.last, calendar)
    if unit_end(bucket.last, calendar) != bucket.last:
        whole_last = last_start - DAY
        whole_first = unit_start(whole_last, calendar)
        if whole_first >= bucket.first:
            return whole_first, whole_last, True
        return max(last_start, bucket.first), bucket.last, False
    return max(last_start, bucket.first), bucket.last, last_start >= bucket.first


def default_range(windows: set[str], as_of: date) -> DateRange:
    """Return the dates meant when none are given: one kind of default window, or the last 30 days where kinds mix."""
    if windows == {"day"}:
        return DateRange(start=as_of, end=as_of)
    if windows == {"last_week"}:
        end = as_of if as_of == unit_end(as_of, "week") else unit_start(as_of, "week") - DAY
        return DateRange(start=end - 6 * DAY, end=end)
    if windows == {"last_month"}:
        end = as_of if as_of == unit_end(as_of, "month") else unit_start(as_of, "month") - DAY
        return DateRange(start=unit_start(end, "month"), end=end)
    return DateRange(start=as_of - 29 * DAY, end=as_of)
