"""chDB, hand-written: distinct counts and windowFunnel over a MergeTree table in the order of users and time."""

from __future__ import annotations

import sys
import tempfile

from chdb import session

from benchmarks.peers.report import measured, versions

PASSIVE = "event NOT IN ('register_start', 'captcha_fail')"
STEPS = ("checkout_view", "pay_method", "pay_submit", "pay_success")
MEMORY = 8_000_000_000


def main(path: str) -> None:
    """Load the events into a table, then ask."""
    versions("chdb", "chdb-core")
    with tempfile.TemporaryDirectory() as folder:
        run = session.Session(folder)
        run.query(f"SET max_memory_usage = {MEMORY}")
        columns = "user_id Int64, ts DateTime64(6), event_date Date, event LowCardinality(String)"
        run.query("CREATE DATABASE d ENGINE = Atomic")
        run.query(
            f"CREATE TABLE d.events ({columns}) ENGINE = MergeTree PARTITION BY toYYYYMM(event_date) ORDER BY (user_id, ts)"
        )
        insert = f"INSERT INTO d.events SELECT user_id, ts, event_date, event FROM file('{path}', Parquet)"
        measured("load 18 months", lambda: run.query(insert), rounds=1)

        def ask(task: str, sql: str) -> None:
            measured(task, lambda: run.query(sql, "CSV"), figure=lambda found: str(found).strip())

        quarter = "event_date BETWEEN '2025-01-01' AND '2025-03-31'"
        ask("active users of a month", _distinct("event_date BETWEEN '2025-06-01' AND '2025-06-30'", ""))
        ask("dau, 90 days", _distinct(quarter, "event_date"))
        ask("mau, 18 months", _distinct("1", "toStartOfMonth(event_date)"))
        ask("funnel 31 days, 24 h", _funnel("2025-10-01", "2025-10-31"))
        ask("funnel 18 months, 24 h", _funnel("2024-07-01", "2025-12-31"))


def _distinct(days: str, by: str) -> str:
    """Return the sum over the buckets, to compare; the rows are what is worked out."""
    grouped = f" GROUP BY {by}" if by else ""
    return f"SELECT sum(n) FROM (SELECT uniqExact(user_id) AS n FROM d.events WHERE {PASSIVE} AND {days}{grouped})"


def _funnel(start: str, end: str) -> str:
    """Users by how far they got within a day of a first step; the first step may lie a day after the end, as in windowFunnel."""
    kinds = ", ".join(f"'{step}'" for step in STEPS)
    tests = ", ".join(f"event = '{step}'" for step in STEPS)
    first = tests.replace("event = 'checkout_view'", f"event = 'checkout_view' AND event_date <= '{end}'", 1)
    reached = ", ".join(f"countIf(level >= {n})" for n in range(1, len(STEPS) + 1))
    return (
        f"SELECT {reached} FROM (SELECT user_id, windowFunnel(86400000000)(toUInt64(toUnixTimestamp64Micro(ts)), {first})"
        f" AS level FROM d.events WHERE event IN ({kinds}) AND event_date BETWEEN '{start}' AND toDate('{end}') + 1"
        " GROUP BY user_id)"
    )


if __name__ == "__main__":
    main(sys.argv[1])
