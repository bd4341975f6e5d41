"""What segments count per user: each table is read once for all the figures that a definition takes from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from knowledge.segments import Behaviour, Value, ValueMeasure
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.segment_days import TakenOn

_NET = "e.amount - coalesce(e.discount, 0) - coalesce(e.refund_amount, 0)"


@dataclass(frozen=True)
class Figure:
    """One number per user.

    Attributes:
        table, day, user: the table with its columns of the date and the user.
        sql: an aggregate over rows ``e``, with ``{only}`` where its FILTER goes.
        where: which rows it is of, besides the days; empty for all.
        days: the days of the window to the as-of day; None for ever.
        skipped: the last days of the window that are left out.
        event: SQL of the one event that its rows are of, where they are.
    """

    table: str
    day: str
    sql: str
    where: str = ""
    days: int | None = None
    skipped: int = 0
    user: str = "user_id"
    event: str = ""


_ROLLED_UP: Mapping[str, str] = MappingProxyType({"content_publish": "contents", "app_open": "opens"})
"""Events that the rollup ``user_days`` counts, by their column."""
_ROLLUP_COLUMNS = frozenset({"platform", "app_version"})
_EVENTS: Mapping[str, str] = MappingProxyType(
    {"help_answers": "help_answer", "consults": "consult", "searches": "search", "checkins": "checkin"}
)
_MEASURES: Mapping[ValueMeasure, tuple[str, str, str, str]] = MappingProxyType(
    {
        "revenue": ("orders", "order_date", f"sum({_NET}){{only}}", ""),
        "orders": ("orders", "order_date", "count(*){only}", ""),
        "discount_share": (
            "orders",
            "order_date",
            "CAST(sum(coalesce(e.discount, 0)){only} AS DOUBLE) / CAST(nullif(sum(e.amount){only}, 0) AS DOUBLE)",
            "",
        ),
        "active_days": ("active_days", "event_date", "count(*){only}", "e.first_row"),
        "minutes": ("user_days", "event_date", "sum(e.seconds){only} / 60.0", ""),
        "interactions": ("user_days", "event_date", "sum(e.interactions){only}", ""),
        "content": ("user_days", "event_date", "sum(e.contents){only}", ""),
        "invites": ("invites", "invite_date", "count(*){only}", ""),
    }
)
UNKNOWN_WITHOUT_ROWS = frozenset({"discount_share"})
"""Measures that are not 0 but unknown where there is nothing to divide by."""


def figure_of_measure(leaf: Value, binder: Binder) -> Figure:
    """Return the figure of a measure."""
    if leaf.measure in _EVENTS:
        event = binder.value("event", _EVENTS[leaf.measure])
        return Figure("events", "event_date", "count(*){only}", f"e.event = {event}", leaf.days, event=event)
    table, day, sql, where = _MEASURES[leaf.measure]
    return Figure(table, day, sql, where, leaf.days, user="inviter_id" if table == "invites" else "user_id")


def figure_of_behaviour(leaf: Behaviour, binder: Binder) -> Figure:
    """Return how often, or on how many days, a behaviour was done; from the rollup where it holds the same."""
    tests = [own_test(column, values, binder) for column, values in leaf.where.items()]
    column = _ROLLED_UP.get(leaf.did)
    if column and set(leaf.where) <= _ROLLUP_COLUMNS:
        counted = f"sum(e.{column}){{only}}"
        return _on_days(leaf, "user_days", [f"e.{column} > 0", *tests], counted)
    event = binder.value("event", leaf.did)
    return _on_days(leaf, "events", [f"e.event = {event}", *tests], "count(*){only}", event)


def _on_days(leaf: Behaviour, table: str, tests: list[str], counted: str, event: str = "") -> Figure:
    sql = counted if leaf.on_days is None else "count(DISTINCT e.event_date){only}"
    return Figure(table, "event_date", sql, " AND ".join(tests), leaf.days, event=event)


def own_test(column: str, values: tuple[str | None, ...], binder: Binder) -> str:
    """Return the condition that a column of a row holds one of the values; an unknown one passes only where it is named."""
    bound = ", ".join(binder.value(column, value) for value in values if value is not None)
    parts = [f"e.{column} IN ({bound})"] if bound else []
    parts += [f"e.{column} IS NULL"] if None in values else []
    return f"({' OR '.join(parts)})" if len(parts) > 1 else parts[0]


@dataclass
class Tally:
    """The figures a definition takes from one table, gathered so that one reading gives them all."""

    alias: str
    on: TakenOn
    binder: Binder
    figures: list[Figure] = field(default_factory=list)

    def column(self, figure: Figure) -> str:
        """Return SQL of a figure for a member: NULL for a user without a row."""
        if figure not in self.figures:
            self.figures.append(figure)
        return f"{self.alias}.n{self.figures.index(figure) + 1}"

    def select(self) -> str:
        """Return the SELECT of the figures of every user with a row that one of them is of."""
        first = self.figures[0]
        user = f"e.{first.user}"
        alone = len(self.figures) == 1
        figures = ", ".join(
            f"{figure.sql.replace('{only}', '' if alone else self._only(figure))} AS n{number}"
            for number, figure in enumerate(self.figures, start=1)
        )
        rows = self.on.rows(first.table, "e", self._rows())
        return f"SELECT {self.on.keys(user)}, {figures} {rows} GROUP BY {self.on.group(user)}"

    def _only(self, figure: Figure) -> str:
        tests = [figure.where, *self._window(figure)]
        condition = " AND ".join(filter(None, tests))
        return f" FILTER (WHERE {condition})" if condition else ""

    def _window(self, figure: Figure, *, to_the_day: bool = False) -> list[str]:
        column = f"e.{figure.day}"
        tests = []
        if figure.skipped:
            tests.append(f"{column} <= {self.on.day} - {self.binder.value('days', figure.skipped)}")
        elif to_the_day:
            tests.append(f"{column} <= {self.on.day}")
        if figure.days is not None:
            tests.append(f"{column} > {self.on.day} - {self.binder.value('days', figure.days)}")
        return tests

    def _rows(self) -> str:
        """Return the condition of the rows that any figure is of; the longest window keeps the scan short."""
        first = self.figures[0]
        if len(self.figures) == 1:
            return " AND ".join(filter(None, [*self._window(first, to_the_day=True), first.where]))
        windows = [figure.days for figure in self.figures]
        tests = [f"e.{first.day} <= {self.on.day}"]
        if None not in windows:
            longest = max(days for days in windows if days is not None)
            tests.append(f"e.{first.day} > {self.on.day} - {self.binder.value('days', longest)}")
        kept = [" AND ".join(filter(None, [f.where, *self._window(f)])) for f in self.figures]
        if all(figure.event for figure in self.figures):
            tests.append(f"e.event IN ({', '.join(dict.fromkeys(figure.event for figure in self.figures))})")
        if all(figure.where for figure in self.figures):
            tests.append("(" + " OR ".join(f"({each})" for each in dict.fromkeys(kept)) + ")")
        return " AND ".join(tests)
