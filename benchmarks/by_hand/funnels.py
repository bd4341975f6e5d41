"""Funnels as analysts write them: attempt by attempt, in any order, or without anything between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from benchmarks.by_hand.form import literal


def ordered(
    steps: Sequence[str], start: date, end: date, hours: int, as_of: date, *, raw: bool, by: str = ""
) -> list[str]:
    """Each step's first time after the step before, for every entry; the furthest attempt counts, the first to get there.

    Three ways to find a step after the one before: a join that keeps the earliest, an as-of join, and both after keeping
    only the last entry before each second step.
    """
    del as_of, raw
    plan = (tuple(steps), start, end, hours)
    return [_report(plan, _attempts(plan, way), by) for way in (_earliest, _asof)]


def any_order(steps: Sequence[str], start: date, end: date, hours: int, as_of: date, *, raw: bool) -> list[str]:
    """How many of the steps came within the window of the first of them."""
    del as_of, raw
    kinds = ", ".join(f"'{step}'" for step in steps)
    window = f"(PARTITION BY user_id ORDER BY ts RANGE BETWEEN CURRENT ROW AND INTERVAL {hours} HOUR FOLLOWING)"
    reached = " + ".join(f"max(CASE WHEN event = '{step}' THEN 1 ELSE 0 END) OVER {window}" for step in steps)
    rows = (
        f"SELECT user_id, event_date, {reached} AS n FROM events WHERE event IN ({kinds})"
        f" AND event_date BETWEEN {literal(start)} AND {literal(end)} + {-(-hours // 24)}"
    )
    best = f"SELECT user_id, max(n) AS level FROM ({rows}) WHERE event_date <= {literal(end)} GROUP BY user_id"
    counts = ", ".join(f"count(*) FILTER (WHERE level >= {n + 1}) AS u{n + 1}" for n in range(len(steps)))
    return [f"WITH best AS ({best}), counts AS (SELECT {counts} FROM best) {_rows(len(steps), medians=False)}"]


def strict(steps: Sequence[str], start: date, end: date, hours: int, as_of: date, *, raw: bool) -> list[str]:
    """Each step as the very next event of the user."""
    del as_of, raw
    days = f"event_date BETWEEN {literal(start)} AND {literal(end)} + {-(-hours // 24)}"
    later = ", ".join(f"'{step}'" for step in steps[1:])
    turn = f"CASE WHEN event IN ({later}) THEN 0 WHEN event = '{steps[0]}' THEN 2 ELSE 1 END"
    leads = ", ".join(
        f"lead(event, {n}) OVER w AS e{n + 1}, lead(ts, {n}) OVER w AS t{n + 1}" for n in range(1, len(steps))
    )
    rows = (
        f"SELECT event, event_date, user_id, ts, {leads} FROM events WHERE {days} AND user_id IN ("
        f"SELECT user_id FROM events WHERE event = '{steps[0]}' AND event_date BETWEEN {literal(start)} AND {literal(end)})"
        f" WINDOW w AS (PARTITION BY user_id ORDER BY ts, {turn})"
    )
    tests = [f"e{n} = '{step}' AND t{n} <= ts + INTERVAL {hours} HOUR" for n, step in enumerate(steps[1:], start=2)]
    level = " ".join(f"WHEN {' AND '.join(tests[:n])} THEN {n + 1}" for n in range(len(tests), 0, -1))
    best = (
        f"SELECT user_id, max(CASE {level} ELSE 1 END) AS level FROM ({rows}) WHERE event = '{steps[0]}'"
        f" AND event_date <= {literal(end)} GROUP BY user_id"
    )
    counts = ", ".join(f"count(*) FILTER (WHERE level >= {n + 1}) AS u{n + 1}" for n in range(len(steps)))
    return [f"WITH best AS ({best}), counts AS (SELECT {counts} FROM best) {_rows(len(steps), medians=False)}"]


Plan = tuple[tuple[str, ...], date, date, int]


def _of_step(plan: Plan, number: int) -> str:
    steps, start, end, hours = plan
    after = 0 if number == 1 else -(-hours // 24)
    return (
        f"SELECT user_id, ts FROM events WHERE event = '{steps[number - 1]}'"
        f" AND event_date BETWEEN {literal(start)} AND {literal(end)} + {after}"
    )


def _earliest(plan: Plan, number: int) -> str:
    held = ", ".join(f"a.t{n}" for n in range(1, number))
    return (
        f"SELECT a.user_id, {held}, min(e.ts) AS t{number} FROM s{number - 1} AS a LEFT JOIN ({_of_step(plan, number)}) AS e"
        f" ON e.user_id = a.user_id AND e.ts >= a.t{number - 1} AND e.ts <= a.t1 + INTERVAL {plan[3]} HOUR GROUP BY ALL"
    )


def _asof(plan: Plan, number: int) -> str:
    held = ", ".join(f"a.t{n}" for n in range(1, number))
    inside = f"CASE WHEN e.ts <= a.t1 + INTERVAL {plan[3]} HOUR THEN e.ts END"
    return (
        f"SELECT a.user_id, {held}, {inside} AS t{number} FROM s{number - 1} AS a ASOF LEFT JOIN ({_of_step(plan, number)}) AS e"
        f" ON e.user_id = a.user_id AND e.ts >= a.t{number - 1}"
    )


def _attempts(plan: Plan, way: object) -> str:
    first = _of_step(plan, 1).replace("user_id, ts", "DISTINCT user_id, ts AS t1")
    hops = [f"s{n} AS ({way(plan, n)})" for n in range(2, len(plan[0]) + 1)]  # type: ignore[operator]
    return ", ".join([f"s1 AS ({first})", *hops])


def _report(plan: Plan, attempts: str, by: str) -> str:
    """Return the statement: the attempt that counts for each user, then a row per step."""
    count = len(plan[0])
    level = " + ".join(f"(t{n} IS NOT NULL)::INT" for n in range(1, count + 1))
    done = f"coalesce({', '.join(f't{n}' for n in range(count, 0, -1))})"
    best = (
        f"SELECT * FROM (SELECT *, {level} AS level, {done} AS done FROM s{count})"
        " QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY level DESC, done, t1 DESC) = 1"
    )
    counts = ", ".join(f"count(*) FILTER (WHERE level >= {n}) AS u{n}" for n in range(1, count + 1))
    medians = ", ".join(f"median(epoch_us(t{n}) - epoch_us(t{n - 1})) / 1000000 AS m{n}" for n in range(2, count + 1))
    source = "best JOIN users USING (user_id)" if by else "best"
    keys = f"{by}, " if by else ""
    return (
        f"WITH {attempts}, best AS ({best}), counts AS (SELECT {keys}{counts}, {medians} FROM {source}"
        f"{' GROUP BY ALL' if by else ''}) {_rows(count, medians=True, keys=keys)}"
    )


def _rows(count: int, *, medians: bool, keys: str = "") -> str:
    """Return a row per step from one row of counts."""
    selects = []
    for n in range(1, count + 1):
        before = f"u{n - 1}" if n > 1 else "u1"
        middle = ("NULL" if n == 1 else f"m{n}") if medians else "NULL"
        selects.append(
            f"SELECT {keys}{n} AS step, u{n} AS users, u{n} / nullif(u1, 0) AS rate, u{n} / nullif({before}, 0) AS step_rate,"
            f" {middle} AS median_seconds FROM counts"
        )
    return " UNION ALL ".join(selects)
