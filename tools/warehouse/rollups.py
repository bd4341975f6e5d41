"""The tables computed at publication, each a calendar month or a share of the users at a time: memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

import duckdb

from knowledge.tables import NOT_ACTIVITY, ROLLUPS

AWAY_AFTER_DAYS = 15
"""The first day without activity on which a user counts as away: fading, the earliest stage that rests on absence."""

_ROWS_AT_ONCE = 8_000_000
_PASSIVE = ", ".join(f"'{kind}'" for kind in NOT_ACTIVITY)


def fill_rollups(connection: duckdb.DuckDBPyConnection, create: Callable[[str], None]) -> None:
    """Create and fill every rollup from the canonical tables. ``create`` makes the empty table of a name."""
    for name in ROLLUPS:
        create(name)
        _FILL[name](connection)


def _active_days(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill it a month at a time, last month first: each user's next day is the one just seen."""
    connection.execute("CREATE TEMP TABLE seen AS SELECT user_id, event_date AS day FROM active_days")
    months = _months(connection, "events", "event_date")
    for month in reversed(months):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE month_days AS SELECT DISTINCT user_id, event_date, platform, app_version FROM events"
            " WHERE event_date >= $1 AND event_date < CAST($1 AS DATE) + INTERVAL 1 MONTH"
            f" AND event NOT IN ({_PASSIVE})",
            [month],
        )
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE found AS SELECT d.user_id, d.day AS event_date,"
            " coalesce(lead(d.day) OVER (PARTITION BY d.user_id ORDER BY d.day), s.day) AS next_day"
            " FROM (SELECT DISTINCT user_id, event_date AS day FROM month_days) AS d LEFT JOIN seen AS s USING (user_id)"
        )
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE seen AS SELECT user_id, min(day) AS day FROM"
            " (FROM seen UNION ALL SELECT user_id, event_date FROM found) AS days GROUP BY user_id"
        )
        connection.execute(
            f"INSERT INTO active_days SELECT d.*, {_first_row('event_date')}, f.next_day FROM month_days AS d"
            " JOIN found AS f USING (user_id, event_date) ORDER BY event_date, user_id"
        )


def _active_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    _active_units(connection, "week")


def _active_months(connection: duckdb.DuckDBPyConnection) -> None:
    _active_units(connection, "month")


def _active_units(connection: duckdb.DuckDBPyConnection, unit: str) -> None:
    start = f"CAST(date_trunc('{unit}', event_date) AS DATE)"
    units = connection.execute(f"SELECT DISTINCT {start} FROM active_days ORDER BY 1").fetchall()
    for (first,) in units:
        connection.execute(
            f"INSERT INTO active_{unit}s SELECT *, {_first_row(unit)} FROM ("
            f"SELECT DISTINCT user_id, CAST($1 AS DATE) AS {unit}, platform, app_version FROM active_days"
            f" WHERE event_date >= $1 AND event_date < CAST($1 AS DATE) + INTERVAL 1 {unit}) AS units ORDER BY user_id",
            [first],
        )


def _first_row(unit: str) -> str:
    """Return SQL that is true on one row of each user and unit."""
    return f"row_number() OVER (PARTITION BY user_id, {unit} ORDER BY platform, app_version) = 1"


def _user_days(connection: duckdb.DuckDBPyConnection) -> None:
    for month in _months(connection, "events", "event_date"):
        connection.execute(
            "INSERT INTO user_days SELECT user_id, event_date, platform, app_version,"
            " count(*) FILTER (WHERE event = 'app_open') AS opens, coalesce(sum(duration_s), 0) AS seconds,"
            " count(*) FILTER (WHERE event = 'content_publish') AS contents,"
            " count(*) FILTER (WHERE event IN ('like', 'comment', 'share')) AS interactions,"
            " count(*) FILTER (WHERE feature IS NOT NULL) AS features FROM events"
            " WHERE event_date >= $1 AND event_date < CAST($1 AS DATE) + INTERVAL 1 MONTH"
            " GROUP BY user_id, event_date, platform, app_version"
            " HAVING opens + contents + interactions + features > 0 OR seconds <> 0 ORDER BY event_date, user_id",
            [month],
        )


def _away_spells(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute("SELECT count(*) FROM active_days").fetchone()
    shares = (found[0] if found else 0) // _ROWS_AT_ONCE + 1
    for share in range(shares):
        connection.execute(
            "INSERT INTO away_spells SELECT * FROM ("
            " SELECT user_id, day AS last_day, coalesce(lead(day) OVER (PARTITION BY user_id ORDER BY day), DATE '9999-12-31')"
            " AS next_day FROM ("
            "  SELECT user_id, register_date AS day FROM users WHERE hash(user_id) % $1 = $2"
            "  UNION SELECT a.user_id, a.event_date FROM active_days AS a JOIN users AS u ON u.user_id = a.user_id"
            "  AND a.event_date > u.register_date WHERE hash(a.user_id) % $1 = $2) AS days) AS spells"
            f" WHERE next_day > last_day + {AWAY_AFTER_DAYS} ORDER BY last_day, user_id",
            [shares, share],
        )


def _months(connection: duckdb.DuckDBPyConnection, table: str, day: str) -> list[date]:
    rows = connection.execute(f"SELECT DISTINCT CAST(date_trunc('month', {day}) AS DATE) FROM {table} ORDER BY 1")
    return [month for (month,) in rows.fetchall()]


_FILL: Mapping[str, Callable[[duckdb.DuckDBPyConnection], None]] = MappingProxyType(
    {
        "active_days": _active_days,
        "active_weeks": _active_weeks,
        "active_months": _active_months,
        "user_days": _user_days,
        "away_spells": _away_spells,
    }
)
