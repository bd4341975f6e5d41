"""Distinct users of rolling windows in one pass: each user counts from a day they are active until the window has moved on."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from knowledge.model import Measure
from tools.semantic_layer.facts import FACT, Facts


def rolling_users(measure: Measure, facts: Facts, dimensions: Mapping[str, str]) -> exp.Select:
    """Return the SELECT of bucket, dimensions and distinct users in the ``rolling_days`` days ending each day.

    A user who is active on a day counts from it to the day before they are active again, or for the length of the window,
    whichever is shorter; so each active day adds one and takes one away, and a running sum gives every day its count.
    """
    size, names = measure.rolling_days, list(dimensions)
    columns = [f"{FACT}.{facts.source.user} AS user_id", f"{facts.day} AS day"]
    seen = exp.select(*columns, *(f"{sql} AS {name}" for name, sql in dimensions.items()), dialect="duckdb").distinct()
    days = facts.read(seen, facts.conditions).sql("duckdb")
    split = "".join(f", {{t}}.{name} AS {name}" for name in names)
    within = "".join(f", t.{name}" for name in names)
    spans = (
        f"SELECT t.day AS day, lead(t.day) OVER (PARTITION BY t.user_id{within} ORDER BY t.day) AS next_day"
        f"{split.format(t='t')} FROM ({days}) AS t"
    )
    ends = f"least(coalesce(b.next_day, b.day + {size}), b.day + {size})"
    steps = (
        f"SELECT CASE WHEN x.n = 1 THEN b.day ELSE {ends} END AS day, x.n AS step{split.format(t='b')} "
        f"FROM ({spans}) AS b CROSS JOIN (SELECT unnest([1, -1]) AS n) AS x"
    )
    daily = (
        f"SELECT s.day AS day, sum(s.step) AS step{split.format(t='s')} FROM ({steps}) AS s "
        f"GROUP BY s.day{''.join(f', s.{name}' for name in names)}"
    )
    over = f"PARTITION BY {', '.join(f'r.{name}' for name in names)} " if names else ""
    running = (
        f"SELECT r.day AS day, lead(r.day) OVER ({over}ORDER BY r.day) AS until, "
        f"sum(r.step) OVER ({over}ORDER BY r.day) AS users{split.format(t='r')} FROM ({daily}) AS r"
    )
    select = (
        f"SELECT w.period AS bucket{split.format(t='c')}, c.users AS {measure.id} FROM ({running}) AS c "
        f"JOIN {facts.bucketing.table} AS w ON w.last_day >= c.day AND (w.last_day < c.until OR c.until IS NULL) "
        "WHERE c.users > 0"
    )
    tree = sqlglot.parse_one(select, read="duckdb")
    assert isinstance(tree, exp.Select)  # noqa: S101 - it is written as one just above
    return tree
