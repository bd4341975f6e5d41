"""A change taken apart by hand: every dimension and every pair of them, now and before, from one scan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations

from benchmarks.by_hand.cohorts import NET
from benchmarks.by_hand.form import literal

_PEOPLE = ("channel", "campaign", "platform", "app_version", "province", "city_tier", "gender", "age_band")


def revenue(start: date, end: date, base_start: date, base_end: date, as_of: date, *, raw: bool) -> list[str]:
    """Net revenue by the attributes of users and of orders, and by day."""
    del as_of, raw
    now, before = _between("f.order_date", start, end), _between("f.order_date", base_start, base_end)
    names = (*[n for n in _PEOPLE if n != "campaign"], "campaign", "category", "product_type")
    own = {"campaign": "f.campaign_id", "category": "f.category", "product_type": "f.product_type"}
    columns = ", ".join(f"{own.get(n, f'u.{n}')} AS {n}" for n in names)
    figures = f"sum({NET}) FILTER (WHERE {now}) AS current, sum({NET}) FILTER (WHERE {before}) AS base"
    cells = f"SELECT {columns}, {figures} FROM orders AS f JOIN users AS u USING (user_id) WHERE {now} OR {before} GROUP BY ALL"
    return [_sets(cells, names, "sum(current)", "sum(base)")]


def registration(start: date, end: date, base_start: date, base_end: date, as_of: date, *, raw: bool) -> list[str]:
    """The share who finished registering within 24 hours, by platform, version and both."""
    del as_of, raw
    now, before = _between("f.event_date", start, end), _between("f.event_date", base_start, base_end)
    cells = (
        f"SELECT f.platform, f.app_version, f.user_id, {now} AS is_now, bool_or(s.user_id IS NOT NULL) AS done FROM events AS f"
        " LEFT JOIN (SELECT user_id, ts FROM events WHERE event = 'register'"
        f" AND event_date BETWEEN {literal(base_start)} AND {literal(end)} + 1) AS s"
        " ON s.user_id = f.user_id AND s.ts BETWEEN f.ts AND f.ts + INTERVAL 24 HOUR"
        f" WHERE f.event = 'register_start' AND ({now} OR {before}) GROUP BY ALL"
    )
    share = "count(DISTINCT user_id) FILTER (WHERE {0} AND done) / count(DISTINCT user_id) FILTER (WHERE {0})"
    return [_sets(cells, ("platform", "app_version"), share.format("is_now"), share.format("NOT is_now"))]


def dau(start: date, end: date, base_start: date, base_end: date, as_of: date, *, raw: bool) -> list[str]:
    """Mean daily active users by the attributes of users, and by the platform and version they were active on."""
    del as_of
    table = (
        "(SELECT DISTINCT user_id, event_date, platform, app_version FROM events WHERE event NOT IN"
        f" ('register_start', 'captcha_fail') AND event_date BETWEEN {literal(base_start)} AND {literal(end)})"
    )
    first = "(platform, app_version) = min((platform, app_version)) OVER (PARTITION BY user_id, event_date)"
    table = f"(SELECT *, {first} AS first_row FROM {table})" if raw else "active_days"
    now, before = _between("f.event_date", start, end), _between("f.event_date", base_start, base_end)
    lengths = (end - start).days + 1, (base_end - base_start).days + 1
    names = tuple(n for n in _PEOPLE if n not in ("platform", "app_version"))
    columns = ", ".join(f"u.{'campaign_id' if n == 'campaign' else n} AS {n}" for n in names)
    cells = (
        f"SELECT {columns}, count(*) FILTER (WHERE {now}) AS current, count(*) FILTER (WHERE {before}) AS base FROM {table} AS f"
        f" JOIN users AS u USING (user_id) WHERE f.first_row AND ({now} OR {before}) GROUP BY ALL"
    )
    own = (
        f"SELECT DISTINCT f.platform, f.app_version, f.user_id, f.event_date, {now} AS is_now FROM {table} AS f"
        f" WHERE {now} OR {before}"
    )
    people = _sets(cells, names, f"sum(current) / {lengths[0]}", f"sum(base) / {lengths[1]}")
    apart = "count(DISTINCT (user_id, event_date)) FILTER (WHERE {}) / {}"
    each = _sets(
        own,
        ("platform", "app_version"),
        apart.format("is_now", lengths[0]),
        apart.format("NOT is_now", lengths[1]),
        pairs=False,
    )
    return [f"SELECT * FROM ({people}) UNION ALL SELECT * FROM ({each}) WHERE dimension <> 'total'"]


def _between(day: str, start: date, end: date) -> str:
    return f"{day} BETWEEN {literal(start)} AND {literal(end)}"


def _sets(cells: str, names: Sequence[str], current: str, base: str, *, pairs: bool = True) -> str:
    """Return the figures of the whole, of each dimension and of each pair, from cells by all of them."""
    wanted = ["()", *(f"({n})" for n in names)]
    wanted += [f"({one}, {two})" for one, two in combinations(names, 2)] if pairs else []
    named = ", ".join(f"CASE WHEN GROUPING({n}) = 0 THEN '{n}' END" for n in names)
    values = ", ".join(f"CASE WHEN GROUPING({n}) = 0 THEN coalesce(CAST({n} AS VARCHAR), '–') END" for n in names)
    return (
        f"SELECT coalesce(nullif(concat_ws(' × ', {named}), ''), 'total') AS dimension,"
        f" nullif(concat_ws(' · ', {values}), '') AS value, {current} AS current, {base} AS base"
        f" FROM ({cells}) GROUP BY GROUPING SETS ({', '.join(wanted)})"
    )
