"""Which days a summary is of: those asked for, cut to the data, or the last whole period of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.errors import QueryError
from knowledge.summaries import Kind
from knowledge.text import Text
from knowledge.weeks import WeekStart
from tools.warehouse.door import Meta

_LONGEST_DAYS: tuple[tuple[int, Kind], ...] = ((1, "daily"), (14, "weekly"), (45, "monthly"), (135, "quarterly"))


@dataclass(frozen=True)
class Days:
    """The days of a summary, both included, its kind, and what the cutting gives a reader to know."""

    start: date
    end: date
    kind: Kind
    notes: tuple[Text, ...] = ()


def kind_of(start: date, end: date) -> Kind:
    """Return the kind that fits a range by its length."""
    days = (end - start).days + 1
    return next((kind for longest, kind in _LONGEST_DAYS if days <= longest), "yearly")


def days_of(
    start: date | None, end: date | None, kind: Kind | None, meta: Meta, week_start: WeekStart = "monday"
) -> Days:
    """Return the days of a summary.

    Without dates: the last whole day, week (from ``week_start`` on), month, quarter or year, by default the week. With one date
    only: that day.

    Raises:
        QueryError: the range is empty, has no day with data, or has not come yet.
    """
    last = min(meta.business_date, meta.as_of)
    if start is None and end is None:
        start, end = last_whole(kind or "weekly", last, week_start)
        kind = kind or "weekly"
    first, final = start or end or last, end or start or last
    if first > final:
        raise _backwards(first, final)
    if first > last or final < meta.data_start:
        raise _no_data(first, final, meta.data_start, last)
    cut = max(first, meta.data_start), min(final, last)
    notes = () if cut == (first, final) else (_cut_note(first, final, *cut),)
    return Days(*cut, kind or kind_of(first, final), notes)


def last_whole(kind: Kind, last: date, week_start: WeekStart = "monday") -> tuple[date, date]:
    """Return the last whole period of a kind that ends by ``last``."""
    after = last + timedelta(days=1)
    if kind == "daily":
        return last, last
    if kind == "weekly":
        since = after.weekday() if week_start == "monday" else (after.weekday() + 1) % 7
        end = after - timedelta(days=since + 1)
        return end - timedelta(days=6), end
    months = {"monthly": 1, "quarterly": 3, "yearly": 12}[kind]
    index = (after.year * 12 + after.month - 1) // months * months
    first = index - months
    return _month(first), _month(index) - timedelta(days=1)


def _month(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def _backwards(start: date, end: date) -> QueryError:
    return QueryError(
        Text(
            f"开始日期 {start} 晚于结束日期 {end}。请把两个日期对调。",
            f"The start, {start}, is after the end, {end}. Swap the two dates.",
        ),
        code="empty_range",
    )


def _no_data(start: date, end: date, first: date, last: date) -> QueryError:
    return QueryError(
        Text(
            f"{start} 至 {end} 没有数据，写不出总结：数据从 {first} 到 {last}。请换一个在其中的时间段。",
            f"There is no data for {start} to {end}, so there is nothing to summarise: the data covers {first} to {last}. "
            "Choose a period within it.",
        ),
        code="outside_data",
    )


def _cut_note(start: date, end: date, first: date, final: date) -> Text:
    return Text(
        f"所问区间 {start} 至 {end} 超出数据范围，已截取为 {first} 至 {final}。",
        f"The range asked for, {start} to {end}, reaches beyond the data; it was cut to {first} to {final}.",
    )
