"""Rows that stand for a stretch of days: who stands on a day, and how many on each of many days in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Measure, Standing
from knowledge.segments import Recency
from tools.semantic_layer.facts import FACT, Facts
from tools.semantic_layer.rolling import counted_in_windows
from tools.warehouse.rollups import AWAY_AFTER_DAYS


@dataclass(frozen=True)
class Stretch:
    """From when to when a row stands, one row per user on any day.

    Attributes:
        table: where the rows are.
        column: the DATE that the days are counted from.
        low: the row stands from this many days after it.
        high: and at most until this many days after it; None for no end.
        until: the DATE column before which it stands; empty for none.
    """

    table: str
    column: str
    low: int = 0
    high: int | None = None
    until: str = ""

    @property
    def day(self) -> str:
        """SQL of the day that is counted from."""
        return f"{FACT}.{self.column}"

    @property
    def leaves(self) -> str:
        """SQL of the first day on which the row stands no more; empty where it stands for good."""
        ends = [f"{FACT}.{self.until}"] if self.until else []
        ends += [f"{self.day} + {self.high + 1}"] if self.high is not None else []
        return f"least({', '.join(ends)})" if len(ends) > 1 else "".join(ends)

    def on(self, first: str, last: str = "") -> list[str]:
        """Return the conditions that a row stands on the day ``first``; with ``last``, on any of the days between."""
        conditions = [f"{self.day} <= {last or first} - {self.low}"]
        if self.high is not None:
            conditions.append(f"{self.day} >= {first} - {self.high}")
        if self.until:
            conditions.append(f"{FACT}.{self.until} > {first}")
        return conditions

    def ever(self) -> list[str]:
        """Return the condition that a row stands at all."""
        return [f"{FACT}.{self.until} > {self.day} + {self.low}"] if self.until else []


def stretch_of(standing: Standing, table: str, catalog: Catalog) -> Stretch | None:
    """Return the stretch that the rows of a measure stand for; None where it is none of the two that can be told.

    A row that stands from a day of its own on (``registered <= day``), or the absence of users who were last active long
    enough before: the rollup of such absences holds each as a row.
    """
    if standing.segment:
        definition = catalog.segments[standing.segment].definition
        low, high = _bounds(definition) if isinstance(definition, Recency) else (0, None)
        if low < AWAY_AFTER_DAYS:
            return None
        return Stretch("away_spells", "last_day", low, high, "next_day")
    tree = sqlglot.parse_one(standing.where or "day", read="duckdb")
    if isinstance(tree, exp.LTE) and isinstance(tree.this, exp.Column) and tree.expression.sql() == "day":
        return Stretch(table, tree.this.name)
    return None


def counts_by_end(standing: Standing, catalog: Catalog) -> bool:
    """Return whether those active in the bucket are the rows that end in it: absences end with the next active day."""
    stretch = stretch_of(standing, "", catalog) if standing.then_active else None
    return stretch is not None and bool(stretch.until)


def _bounds(definition: Recency) -> tuple[int, int | None]:
    """Return the fewest and the most days since a user was last active; None for no end."""
    ((op, value),) = definition.last_active_days.items()
    if isinstance(value, tuple):
        return value
    if op in ("lt", "lte"):
        return 0, value - (op == "lt")
    return value + (op == "gt"), value if op == "eq" else None


def standing_users(measure: Measure, stretch: Stretch, facts: Facts, dimensions: Mapping[str, str]) -> exp.Select:
    """Return the SELECT of bucket, dimensions and how many rows stand on the day of each bucket.

    Those that stand on the first day are counted; from then on each row adds one on the day it begins to stand and takes
    one away on the day it no longer does, and a running sum gives every day its count.
    """
    windows, binder = facts.bucketing.windows, facts.binder
    first, last = binder.day(f"{facts.side}_from", windows.first), binder.day(f"{facts.side}_to", windows.last)
    begins = f"{stretch.day} BETWEEN {first} - {stretch.low} + 1 AND {last} - {stretch.low}"
    steps = [
        _step(facts, first, "count(*)", dimensions, stretch.on(first), grouped=False),
        _step(facts, f"{stretch.day} + {stretch.low}", "count(*)", dimensions, [begins, *stretch.ever()]),
    ]
    if stretch.leaves:
        ends = f"{stretch.leaves} BETWEEN {first} + 1 AND {last}"
        among = stretch.on(first, last)
        steps.append(_step(facts, stretch.leaves, "0 - count(*)", dimensions, [ends, *among, *stretch.ever()]))
    return counted_in_windows(measure.id, " UNION ALL ".join(steps), list(dimensions), facts.bucketing.table)


def _step(
    facts: Facts, day: str, step: str, dimensions: Mapping[str, str], conditions: Sequence[str], *, grouped: bool = True
) -> str:
    """Return a SELECT of day, step and dimensions over the rows of which the conditions hold."""
    columns = [f"{day} AS day", f"{step} AS step", *(f"{sql} AS {name}" for name, sql in dimensions.items())]
    select = facts.read(exp.select(*columns, dialect="duckdb"), [*conditions, *facts.conditions])
    keys = [*([day] if grouped else []), *dimensions.values()]
    return (select.group_by(*keys, dialect="duckdb") if keys else select).sql("duckdb")


def woken_users(stretch: Stretch, facts: Facts) -> list[str]:
    """Return the conditions that a row ends within its bucket and stood on the day before it.

    The rows are dated by the day they end on, so that each falls into one bucket.
    """
    windows, binder = facts.bucketing.windows, facts.binder
    first, last = binder.day(f"{facts.side}_from", windows.first), binder.day(f"{facts.side}_to", windows.last)
    before = f"{facts.bucketing.first_day(facts.day, binder)} - 1"
    return [
        # Implied by the others; it lets the scan skip whole blocks of other days.
        *([f"{stretch.day} >= {first} - {stretch.high + 1}"] if stretch.high is not None else []),
        f"{stretch.day} <= {last} - {stretch.low + 1}",
        *stretch.on(before),
    ]
