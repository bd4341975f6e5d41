"""SQL of the figures of measures that share a scan, and of the rows that any of them counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp

from knowledge.model import Measure
from tools.semantic_layer.facts import FACT, Facts, on_rows


class Figures:
    """The aggregates of measures over the same rows.

    Attributes:
        measures: in the order of their columns.
        marks: for a measure, by id, a condition beyond its own on the rows it counts.
    """

    def __init__(self, measures: Sequence[Measure], facts: Facts, marks: Mapping[str, str]) -> None:
        self.measures = measures
        self.facts = facts
        self.marks = marks
        self.own = {measure.id: where for measure in measures if (where := _own_condition(measure, facts))}

    @property
    def conditions(self) -> list[str]:
        """The conditions that hold for every row that any of the measures counts, so that the scan skips others."""
        if len(self.measures) == 1:
            return [*self.own.values(), *self.marks.values()]
        found = list(dict.fromkeys(self.own.values()))
        if len(self.own) < len(self.measures) or (len(found) > 1 and self._plainly_counted):
            return []
        return [" OR ".join(f"({where})" for where in found)]

    @property
    def columns(self) -> dict[str, str]:
        """SQL of each measure by its id."""
        return {measure.id: self._figure(measure) for measure in self.measures}

    @property
    def having(self) -> list[str]:
        """The condition that a group has a row that counts; only where the scan does not see to it."""
        counted = len(self.own) == len(self.measures) > 1 and not self.conditions
        return [" OR ".join(f"{self._figure(measure)} > 0" for measure in self.measures)] if counted else []

    @property
    def _plainly_counted(self) -> bool:
        """Whether it is quicker to test each row once per count than to keep the scan from rows that none counts.

        Where most rows count for one measure or another, as messages do; of the events most count for none.
        """
        return self.facts.source.table != "events" and all(m.aggregate == "count" for m in self.measures)

    def _figure(self, measure: Measure) -> str:
        if measure.follow and measure.follow.sum:
            return f"sum({on_rows(measure.follow.sum, 'a')})"
        of, over = [on_rows(part, FACT) for part in measure.of], ""
        if measure.aggregate == "count":
            sql = "count(*)"
        elif measure.aggregate == "count_distinct":
            sql = f"count(DISTINCT {of[0]})" if len(of) == 1 else f"count(DISTINCT ({', '.join(of)}))"
        else:
            added, over = _divided(of[0])
            sql = f"sum({added})"
        where = self._filter(measure)
        return (f"{sql} FILTER (WHERE {where})" if where else sql) + over

    def _filter(self, measure: Measure) -> str:
        """Return the conditions that tell the rows of a measure from those of the others."""
        if len(self.measures) == 1:
            return ""
        same = len(self.own) == len(self.measures) and len(set(self.own.values())) == 1
        tests = [] if same else [self.own.get(measure.id, "")]
        return " AND ".join(filter(None, [*tests, self.marks.get(measure.id, "")]))


def _own_condition(measure: Measure, facts: Facts) -> str | None:
    """Return the condition on the rows that a measure counts; None where it counts them all.

    Of a user's rows in a window only the last is followed by a day after its end: counting those counts people.
    """
    where = on_rows(measure.where, FACT) if measure.where else None
    if measure.next_day is None:
        return where
    last_day = facts.bucketing.last_day(facts.day, facts.binder)
    last = f"({FACT}.{measure.next_day} IS NULL OR {FACT}.{measure.next_day} > {last_day})"
    return f"{where} AND {last}" if where else last


def _divided(sql: str) -> tuple[str, str]:
    """Return what an expression adds up and the division by a number that the sum can do once instead of every row."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    if isinstance(tree, exp.Div) and isinstance(tree.expression, exp.Literal):
        return tree.this.sql("duckdb"), f" / {tree.expression.sql('duckdb')}"
    return sql, ""
