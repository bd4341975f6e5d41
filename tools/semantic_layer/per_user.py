"""Measures that bring rows together by user first: users with enough of them, and what the top users bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from knowledge.model import Measure
from tools.semantic_layer.facts import FACT, Facts, on_rows


def per_user(
    measures: Sequence[Measure], facts: Facts, keys: Mapping[str, str], conditions: Sequence[str]
) -> exp.Select:
    """Return the SELECT of ``keys`` and the measures, over one row per user, bucket and dimension value.

    The first measure says how the rows are brought together; others count the users or add up the same amounts.
    """
    lead, *others = measures
    rule = lead.per_user
    assert rule is not None  # noqa: S101 - the caller asks for such measures only
    value = "count(*)" if rule.at_least else f"sum({on_rows(lead.of[0], FACT)})"
    user = f"{FACT}.{facts.source.user}"
    columns = [*(f"{sql} AS {name}" for name, sql in keys.items()), f"{user} AS user_id", f"{value} AS amount"]
    inner = facts.read(exp.select(*columns, dialect="duckdb"), conditions)
    inner = inner.group_by(*keys.values(), user, dialect="duckdb", copy=False)
    if rule.at_least:
        kept, people = f"p.amount >= {facts.binder.value('at_least', rule.at_least)}", inner
        figure = "count(*)"
    else:
        # place <= ceil(users × percent / 100), in whole numbers.
        percent = facts.binder.value("top_percent", rule.top_percent)
        kept, people, figure = f"(p.place - 1) * 100 < p.users * {percent}", _ranked(inner, keys), "sum(p.amount)"
    figures = {lead.id: f"{figure} FILTER (WHERE {kept})" if others else figure}
    figures |= {m.id: "count(*)" if m.aggregate == "count_distinct" else "sum(p.amount)" for m in others}
    names = [f"p.{name} AS {name}" for name in keys] + [f"{sql} AS {name}" for name, sql in figures.items()]
    outer = exp.select(*names, dialect="duckdb").from_(people.subquery("p", copy=False))
    outer = outer if others else outer.where(kept, dialect="duckdb", copy=False)
    return outer.group_by(*(f"p.{name}" for name in keys), dialect="duckdb", copy=False) if keys else outer


def _ranked(people: exp.Select, keys: Mapping[str, str]) -> exp.Select:
    """Return the users with their place by amount and how many there are, within each bucket and dimension value."""
    within = f"PARTITION BY {', '.join(f'q.{name}' for name in keys)} " if keys else ""
    return exp.select(
        *(f"q.{name} AS {name}" for name in keys),
        "q.amount AS amount",
        f"row_number() OVER ({within}ORDER BY q.amount DESC, q.user_id) AS place",
        f"count(*) OVER ({within.strip()}) AS users",
        dialect="duckdb",
    ).from_(people.subquery("q", copy=False))
