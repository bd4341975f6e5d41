"""The four forms of a question that every hand-written statement is a template for, and the pieces they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Bucket = Literal["total", "day", "week", "month"]
PASSIVE = "event NOT IN ('register_start', 'captcha_fail')"
OWN_TO_EVENTS = ("platform", "app_version")


@dataclass(frozen=True)
class Form:
    """One question's days, its bucket and its dimension (empty for none), as an analyst would be told them.

    Attributes:
        as_of: the last day with data.
        weeks: the Mondays meant, where one week stands for each bucket (the last whole one of a month).
    """

    start: date
    end: date
    as_of: date
    bucket: Bucket = "total"
    by: str = ""
    weeks: tuple[date, ...] = ()

    def days(self, column: str, before: int = 0, after: int = 0) -> str:
        """Return the condition that a day lies in the range, widened by so many days."""
        first, last = self.start - timedelta(days=before), self.end + timedelta(days=after)
        return f"{column} BETWEEN {literal(first)} AND {literal(last)}"

    def period(self, day: str) -> str:
        """Return the first day of the bucket of a day, as a column to select with a comma, or nothing."""
        return "" if self.bucket == "total" else f"{self.start_of(day)} AS period, "

    def start_of(self, day: str) -> str:
        """Return SQL of the first day of the bucket of a day."""
        return day if self.bucket == "day" else f"CAST(date_trunc('{self.bucket}', {day}) AS DATE)"

    def keys(self, day: str, own: tuple[str, ...] = (), column: str = "") -> str:
        """Return the selected keys: the period of ``day`` and the dimension, of the fact ``f`` where it is its own."""
        return self.period(day) + self.dimension(own, column)

    def dimension(self, own: tuple[str, ...] = (), column: str = "") -> str:
        """Return the dimension as a column to select with a comma, or nothing."""
        if not self.by:
            return ""
        return f"{'f' if self.by in own else 'u'}.{column or column_of(self.by)} AS {self.by}, "

    def join(self, own: tuple[str, ...] = (), user: str = "user_id") -> str:
        """Return the join to users that the dimension needs, or nothing; rows of unknown people are kept, as readers are owed."""
        return f" LEFT JOIN users AS u ON u.user_id = f.{user}" if self.by and self.by not in own else ""

    @property
    def names(self) -> str:
        """The names of the keys, listed."""
        return ", ".join(name for name in ("period" if self.bucket != "total" else "", self.by) if name)

    @property
    def in_bucket(self) -> str:
        """SQL of the number of days of a bucket that starts on ``period``; buckets are whole."""
        lengths = {"total": str((self.end - self.start).days + 1), "day": "1", "week": "7"}
        return lengths.get(self.bucket, "date_part('day', last_day(period))")

    @property
    def month_table(self) -> bool:
        """Whether each bucket is one whole month."""
        one = self.bucket == "total" and self.start.day == 1 and self.end == end_of_month(self.start)
        return one or self.bucket == "month"

    @property
    def week_table(self) -> bool:
        """Whether each bucket is one whole week."""
        one = self.bucket == "total" and self.start.weekday() == 0 and (self.end - self.start).days == 6
        return one or self.bucket == "week" or bool(self.weeks)

    @property
    def ends(self) -> str:
        """SQL of a table ``d`` of the last day of each bucket: its columns are ``period`` and ``day``."""
        if self.bucket == "total":
            return f"(SELECT {literal(self.end)} AS day) AS d"
        last = {"day": "d0", "week": "d0 + 6", "month": "last_day(d0)"}[self.bucket]
        listed = f"generate_series({literal(self.start)}, {literal(self.end)}, INTERVAL 1 {self.bucket})"
        return f"(SELECT d0 AS period, {last} AS day FROM (SELECT CAST(unnest({listed}) AS DATE) AS d0)) AS d"


def own_grain(form: Form, calendar: Literal["", "week", "month"]) -> Form:
    """Return the form as a calendar metric is asked: never finer than its own period; a total is the last whole one."""
    if not calendar:
        return form
    if form.bucket == "day":
        return replace(form, bucket=calendar)
    if calendar == "month":
        last = end_of_month(form.end)
        return replace(form, start=last.replace(day=1), end=last) if form.bucket == "total" else form
    if form.bucket == "month":
        return replace(form, weeks=_last_weeks(form))
    sunday = form.end - timedelta(days=(form.end.weekday() + 1) % 7)
    return replace(form, start=sunday - timedelta(days=6), end=sunday)


def quotient(top: str, bottom: str, form: Form, *, money: bool = False) -> str:
    """Return one statement from two that give ``value`` by the same keys."""
    ratio = "n.value / nullif(d.value, 0)"
    ratio = f"round({ratio}, 2)" if money else ratio
    if not form.names:
        plain = f"({top}) / nullif(({bottom}), 0)"
        return f"SELECT {f'round({plain}, 2)' if money else plain} AS value"
    listed = "".join(f"d.{name}, " for name in form.names.split(", "))
    on = " AND ".join(f"n.{name} IS NOT DISTINCT FROM d.{name}" for name in form.names.split(", "))
    if form.by not in ("", "campaign"):
        on = f"n.{form.by} = d.{form.by}" + (" AND n.period = d.period" if form.bucket != "total" else "")
    if not form.by:
        on = "n.period = d.period"
    return f"SELECT {listed}{ratio} AS value FROM ({top}) AS n JOIN ({bottom}) AS d ON {on}"


def fact(
    table: str, day: str, figure: str, form: Form, *, where: str = "", own: tuple[str, ...] = (), user: str = "user_id"
) -> str:
    """Return an aggregate over the rows ``f`` of one table by the keys of the form."""
    also = f" AND {where}" if where else ""
    return (
        f"SELECT {form.keys(f'f.{day}', own)}{figure} AS value FROM {table} AS f{form.join(own, user)}"
        f" WHERE {form.days(f'f.{day}')}{also}{' GROUP BY ALL' if form.names else ''}"
    )


def literal(day: date) -> str:
    """Return a day as SQL."""
    return f"DATE '{day}'"


def column_of(dimension: str) -> str:
    """Return the column that holds a dimension."""
    return "campaign_id" if dimension == "campaign" else dimension


def end_of_month(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _last_weeks(form: Form) -> tuple[date, ...]:
    """Return the Monday of the last whole week of each month of the range."""
    found, month = [], form.start.replace(day=1)
    while month <= form.end:
        last = end_of_month(month)
        sunday = last - timedelta(days=(last.weekday() + 1) % 7)
        found.append(sunday - timedelta(days=6))
        month = last + timedelta(days=1)
    return tuple(found)
