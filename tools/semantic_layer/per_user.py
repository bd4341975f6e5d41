"""Measures that bring rows together by user first: users with enough of them, and what the top users bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from knowledge.model import Measure
from tools.semantic_layer.facts import FACT, Facts, on_rows


def per_user(measure: Measure, facts: Facts, keys: Mapping[str, str], conditions: Sequence[str]) -> exp.Select:
    """Return the SELECT of ``keys`` and the measure, over one row per user, bucket and dimension value."""
    rule = measure.per_user
    assert rule is not None  # noqa: S101 - the caller asks for such measures only
    value = "count(*)" if rule.at_least else f"sum({on_rows(measure.of[0], FACT)})"
    user = f"{FACT}.{facts.source.user}"
    columns = [*(f"{sql} AS {name}" for name, sql in keys.items()), f"{user} AS user_id", f"{value} AS amount"]
    inner = facts.read(exp.select(*columns, dialect="duckdb"), conditions)
    inner = inner.group_by(*keys.values(), user, dialect="duckdb", copy=False)
    names = [f"p.{name} AS {name}" for name in keys]
    if rule.at_least:
        enough = facts.binder.value("at_least", rule.at_least)
        outer = exp.select(*names, f"count(*) AS {measure.id}", dialect="duckdb").from_(inner.subquery("p", copy=False))
        outer = outer.where(f"p.amount >= {enough}", dialect="duckdb", copy=False)
    else:
        within = f"PARTITION BY {', '.join(f'q.{name}' for name in keys)} " if keys else ""
        ranked = exp.select(
            *(f"q.{name} AS {name}" for name in keys),
            "q.amount AS amount",
            f"row_number() OVER ({within}ORDER BY q.amount DESC, q.user_id) AS place",
            f"count(*) OVER ({within.strip()}) AS users",
            dialect="duckdb",
        ).from_(inner.subquery("q", copy=False))
        percent = facts.binder.value("top_percent", rule.top_percent)
        outer = exp.select(*names, f"sum(p.amount) AS {measure.id}", dialect="duckdb").from_(
            ranked.subquery("p", copy=False)
        )
        # place <= ceil(users × percent / 100), in whole numbers.
        outer = outer.where(f"(p.place - 1) * 100 < p.users * {percent}", dialect="duckdb", copy=False)
    return outer.group_by(*(f"p.{name}" for name in keys), dialect="duckdb", copy=False) if keys else outer
