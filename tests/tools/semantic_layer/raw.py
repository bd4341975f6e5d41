"""The raw tables of a warehouse, narrowed by hand-written views: what the check queries run on.

Nothing here knows the compiler. A filter or one value of a dimension becomes a view over each raw table that it narrows,
so that one check query serves every filter and every value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

USER_OF = {
    "users": "user_id",
    "events": "user_id",
    "orders": "user_id",
    "memberships": "user_id",
    "messages": "user_id",
    "surveys": "user_id",
    "tickets": "user_id",
    "touches": "user_id",
    "invites": "inviter_id",
}
"""The tables whose rows belong to a user, with the column that says whose."""
RAW = (*USER_OF, "channel_spend", "assignments")
PASSIVE = "('register_start', 'captcha_fail')"
EXPERIMENT = {"dimension": "experiment", "op": "in", "values": ["winback"]}


@dataclass
class Raw:
    """The raw tables of a warehouse in a database of their own, narrowed by views for one check query at a time."""

    connection: duckdb.DuckDBPyConnection
    as_of: date
    _views: dict[str, str] = field(default_factory=dict, init=False)

    @classmethod
    def copy_of(cls, path: Path) -> Raw:
        """Return the raw tables of a warehouse file; the file is closed again."""
        connection = duckdb.connect(":memory:", config={"threads": 1})
        connection.execute(f"ATTACH '{path}' AS w (READ_ONLY)")
        connection.execute("CREATE SCHEMA raw")
        for table in RAW:
            connection.execute(f"CREATE TABLE raw.{table} AS FROM w.{table}")
        (as_of,) = connection.execute("SELECT value FROM w.meta WHERE key = 'as_of'").fetchone() or ("",)
        connection.execute("DETACH w")
        return cls(connection, date.fromisoformat(as_of))

    def check(
        self, sql: str, start: date, end: date, *, scopes: Sequence[Scope] = (), state: date | None = None
    ) -> Any:
        """Return the one value of a check query from ``start`` to ``end`` over the rows that ``scopes`` keep."""
        self._narrow(sql, scopes, state or end)
        row = self.connection.execute(sql, self._bound(sql, start, end)).fetchone()
        assert row is not None
        return row[0]

    def rows(self, sql: str, start: date, end: date) -> list[tuple[Any, ...]]:
        """Return the rows of a check query by dimension."""
        self._narrow(sql, (), end)
        return self.connection.execute(sql, self._bound(sql, start, end)).fetchall()

    def total(self, sql: str, test: str, start: date, end: date) -> Any:
        """Return the sum of the values of a check query by dimension over the rows whose dimension passes ``test``."""
        self._narrow(sql, (), end)
        kept = f"SELECT coalesce(sum(value), 0) FROM ({sql}) AS t(x, value) WHERE {test}"
        row = self.connection.execute(kept, self._bound(sql, start, end)).fetchone()
        assert row is not None
        return row[0]

    def _bound(self, sql: str, start: date, end: date) -> dict[str, str]:
        days = {"start": start, "end": end, "as_of": self.as_of}
        return {name: day.isoformat() for name, day in days.items() if f"${name}" in sql}

    def _narrow(self, sql: str, scopes: Sequence[Scope], state: date) -> None:
        """Make the views that ``sql`` reads anew where they are not what ``scopes`` ask for."""
        kept = [scope.conditions(state) for scope in scopes]
        for table in RAW:
            if not re.search(rf"\b{table}\b", sql):
                continue
            where = " AND ".join(conditions[table] for conditions in kept if table in conditions)
            view = f"CREATE OR REPLACE VIEW {table} AS FROM raw.{table}{' WHERE ' if where else ''}{where}"
            if self._views.get(table) != view:
                self.connection.execute(view)
                self._views[table] = view


@dataclass(frozen=True)
class Scope:
    """The rows that one dimension keeps: ``test`` is SQL on ``x``; ``own`` are the dimensions the metric's facts hold.

    Events named ``follows`` are kept whatever they hold: only the event that they follow is asked.
    """

    dimension: str
    test: str
    own: frozenset[str]
    follows: str | None = None

    def conditions(self, state: date) -> dict[str, str]:
        """Return a condition for each table that the dimension narrows; lifecycle as of ``state``."""
        name = {"campaign": "campaign_id"}.get(self.dimension, self.dimension)
        holders = {
            "events": ("platform", "app_version", "event"),
            "orders": ("category", "product_type", "campaign"),
            "messages": ("medium", "campaign"),
            "memberships": ("plan",),
            "channel_spend": ("channel", "campaign", "creative"),
        }
        own = {
            t: self._on(name) for t, held in holders.items() if self.dimension in held and self.dimension in self.own
        }
        spend = {} if self.dimension not in holders["channel_spend"] else {"channel_spend": self._on(name)}
        if "events" in own and self.follows:
            own["events"] = f"({own['events']} OR event = '{self.follows}')"
        if own.keys() & USER_OF.keys():
            return own
        if self.dimension in ("category", "product_type", "creative"):
            return own | spend
        people = self._people(name, state)
        return {table: f"{user} IN ({people})" for table, user in USER_OF.items()} | spend

    def _on(self, column: str) -> str:
        return f"(SELECT {self.test} FROM (SELECT {column} AS x))"

    def _people(self, column: str, state: date) -> str:
        everyone = " UNION ".join(f"SELECT {user} AS user_id FROM raw.{table}" for table, user in USER_OF.items())
        if self.dimension == "variant":
            picked = f"""SELECT user_id, arg_min(variant, (assigned_at, variant)) AS x FROM raw.assignments
                         WHERE experiment_id = '{EXPERIMENT["values"][0]}' GROUP BY user_id"""
        elif self.dimension == "lifecycle":
            picked = f"SELECT p.user_id, stage AS x FROM ({everyone}) p LEFT JOIN ({_stages(state)}) USING (user_id)"
        else:
            picked = f"SELECT p.user_id, u.{column} AS x FROM ({everyone}) p LEFT JOIN raw.users u USING (user_id)"
        return f"SELECT user_id FROM ({picked}) WHERE {self.test}"


def _stages(day: date) -> str:
    seen = f"""SELECT user_id, max(event_date) AS seen FROM raw.events
               WHERE event_date <= '{day}' AND event NOT IN {PASSIVE} GROUP BY user_id"""
    return f"""
        SELECT user_id, CASE
            WHEN DATE '{day}' - register_date < 8 THEN 'new'
            WHEN DATE '{day}' - greatest(register_date, seen) > 60 THEN 'lost'
            WHEN DATE '{day}' - greatest(register_date, seen) BETWEEN 30 AND 60 THEN 'dormant'
            WHEN DATE '{day}' - greatest(register_date, seen) BETWEEN 15 AND 29 THEN 'fading'
            WHEN DATE '{day}' - register_date > 60 THEN 'mature' ELSE 'growing' END AS stage
        FROM raw.users LEFT JOIN ({seen}) USING (user_id) WHERE register_date <= '{day}'"""


def literal(value: Any) -> str:
    """Return a value as SQL."""
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
