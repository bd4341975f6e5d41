"""Distinct users of rolling windows in one pass: each user counts from a day they are active until the window has moved on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp

from knowledge.model import Measure
from tools.semantic_layer.facts import FACT, Facts


def rolling_users(
    measure: Measure, facts: Facts, dimensions: Mapping[str, str], conditions: Sequence[str]
) -> exp.Select:
    """Return the SELECT of bucket, dimensions and distinct users in the ``rolling_days`` days ending each day.

    A user who is active on a day counts from it to the day before they are active again, or for the length of the window,
    whichever is shorter; so each active day adds one and takes one away, and a running sum gives every day its count.
    """
    names = list(dimensions)
    end = f"b.day + {measure.rolling_days}"
    steps = (
        f"SELECT b.day AS day, count(*) AS step{_split(names, 'b')} FROM current_spans AS b GROUP BY b.day{_by(names, 'b')} UNION ALL "
        f"SELECT least(coalesce(b.next_day, {end}), {end}) AS day, 0 - count(*) AS step{_split(names, 'b')} "
        f"FROM current_spans AS b GROUP BY least(coalesce(b.next_day, {end}), {end}){_by(names, 'b')}"
    ).replace("current_spans", f"({_spans(measure, facts, dimensions, conditions)})")
    return counted_in_windows(measure.id, steps, names, facts.bucketing.table)


def counted_in_windows(name: str, steps: str, dimensions: Sequence[str], windows: str) -> exp.Select:
    """Return the SELECT of bucket, dimensions and the sum so far, named ``name``, on the last day of each window.

    Args:
        name: the column of the sum; a window in which it is 0 has no row.
        steps: a SELECT of day, step and the dimensions: what the sum changes by on a day.
        dimensions: the names of the dimensions.
        windows: the CTE of the windows.
    """
    names = list(dimensions)
    daily = f"SELECT s.day AS day, sum(s.step) AS step{_split(names, 's')} FROM ({steps}) AS s GROUP BY s.day{_by(names, 's')}"
    over = f"PARTITION BY {', '.join(f'r.{each}' for each in names)} " if names else ""
    running = (
        f"SELECT r.day AS day, lead(r.day) OVER ({over}ORDER BY r.day) AS until, "
        f"sum(r.step) OVER ({over}ORDER BY r.day) AS users{_split(names, 'r')} FROM ({daily}) AS r"
    )
    select = (
        f"SELECT w.period AS bucket{_split(names, 'c')}, c.users AS {name} FROM ({running}) AS c "
        f"JOIN {windows} AS w ON w.last_day >= c.day AND (w.last_day < c.until OR c.until IS NULL) "
        "WHERE c.users > 0"
    )
    tree = sqlglot.parse_one(select, read="duckdb")
    assert isinstance(tree, exp.Select)  # noqa: S101 - it is written as one just above
    return tree


def _split(names: Sequence[str], table: str) -> str:
    """Return the dimensions of a table as further columns of a SELECT."""
    return "".join(f", {table}.{name} AS {name}" for name in names)


def _by(names: Sequence[str], table: str) -> str:
    """Return the dimensions of a table as further keys."""
    return "".join(f", {table}.{name}" for name in names)


def _spans(measure: Measure, facts: Facts, dimensions: Mapping[str, str], conditions: Sequence[str]) -> str:
    """Return SQL of each active day of each user with the next one, once for each value of the dimensions."""
    columns = {"user_id": f"{FACT}.{facts.source.user}", "day": facts.day, **dimensions}
    if measure.next_day:
        columns["next_day"] = f"{FACT}.{measure.next_day}"
    listed = (f"{sql} AS {name}" for name, sql in columns.items())
    seen = facts.read(exp.select(*listed, dialect="duckdb"), conditions)
    if measure.next_day:
        return seen.sql("duckdb")
    names = list(dimensions)
    next_day = f"lead(t.day) OVER (PARTITION BY t.user_id{_by(names, 't')} ORDER BY t.day)"
    return (
        f"SELECT t.day AS day, {next_day} AS next_day{_split(names, 't')} FROM ({seen.distinct().sql('duckdb')}) AS t"
    )
