"""boring-semantic-layer over the same DuckDB file: plain metrics, on the raw tables and on the rollup of days."""

from __future__ import annotations

import sys

import ibis
from boring_semantic_layer import to_semantic_table

from benchmarks.peers.report import measured, versions

PASSIVE = ("register_start", "captcha_fail")


def main(path: str) -> None:
    """Ask the plain metrics of the list that it can say."""
    versions("boring-semantic-layer", "ibis-framework", "duckdb")
    connection = ibis.duckdb.connect(path, read_only=True, memory_limit="2GB")
    orders, events = _orders(connection), _activity(connection.table("events"))
    days = _activity(connection.table("active_days"))
    june, quarter, whole = ("2025-06-01", "2025-06-30"), ("2025-01-01", "2025-03-31"), ("2024-07-01", "2025-12-31")
    measured("gmv by month, 18 months", lambda: _ask(orders, ["day"], "gmv", whole, "MONTH"), figure=_sum)
    measured("gmv by category, a month", lambda: _ask(orders, ["category"], "gmv", june), figure=_sum)
    measured("paying users by day, 90 days", lambda: _ask(orders, ["day"], "paying_users", quarter, "DAY"), figure=_sum)
    measured("active users of a month, raw", lambda: _ask(events, [], "active_users", june), figure=_sum)
    measured("active users of a month, rollup", lambda: _ask(days, [], "active_users", june), figure=_sum)
    measured("dau, 90 days, raw", lambda: _ask(events, ["day"], "active_users", quarter, "DAY"), figure=_sum)
    measured("dau, 90 days, rollup", lambda: _ask(days, ["day"], "active_users", quarter, "DAY"), figure=_sum)
    measured("mau, 18 months, raw", lambda: _ask(events, ["day"], "active_users", whole, "MONTH"), figure=_sum)
    measured("mau, 18 months, rollup", lambda: _ask(days, ["day"], "active_users", whole, "MONTH"), figure=_sum)
    measured(
        "active users by platform, a month, raw", lambda: _ask(events, ["platform"], "active_users", june), figure=_sum
    )


def _orders(connection: ibis.BaseBackend) -> object:
    return (
        to_semantic_table(connection.table("orders"), name="orders")
        .with_dimensions(
            day={"expr": lambda t: t.order_date, "is_time_dimension": True, "smallest_time_grain": "TIME_GRAIN_DAY"},
            category=lambda t: t.category,
        )
        .with_measures(gmv=lambda t: t.amount.sum(), paying_users=lambda t: t.user_id.nunique())
    )


def _activity(table: ibis.Table) -> object:
    kept = table.filter(~table.event.isin(PASSIVE)) if "event" in table.columns else table
    return (
        to_semantic_table(kept, name="activity")
        .with_dimensions(
            day={"expr": lambda t: t.event_date, "is_time_dimension": True, "smallest_time_grain": "TIME_GRAIN_DAY"},
            platform=lambda t: t.platform,
        )
        .with_measures(active_users=lambda t: t.user_id.nunique())
    )


def _ask(model: object, dimensions: list[str], measure: str, days: tuple[str, str], grain: str = "") -> object:
    asked = {"dimensions": dimensions, "measures": [measure]}
    if grain:
        return model.query(
            **asked, time_grain=f"TIME_GRAIN_{grain}", time_range={"start": days[0], "end": days[1]}
        ).execute()
    inside = [{"field": "day", "operator": op, "value": day} for op, day in zip((">=", "<="), days, strict=True)]
    return model.query(**asked, filters=inside).execute()


def _sum(frame: object) -> float:
    return float(frame.iloc[:, -1].sum())


if __name__ == "__main__":
    main(sys.argv[1])
