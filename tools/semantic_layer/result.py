"""What a tool returns: rows with the receipt that proves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from knowledge.text import Language, Text
from tools.warehouse.rows import Scalar

Row = tuple[Scalar, ...]


@dataclass(frozen=True)
class Result:
    """The outcome of one tool call.

    Attributes:
        receipt: the receipt's id (``R-…``); empty for tools that show no figures.
        tool: the tool's name.
        metrics: metric ids, in the order asked.
        params: the parameters as carried out, dates resolved and cut, ISO; keys at their default left out.
        columns: column names; ``period`` is the first day of a bucket as ISO date.
        rows: cells as JSON scalars; ratios are fractions, money is CNY with 2 decimals, unknown is None.
        truncated: whether rows were cut by the row limit nobody asked for.
        unit: the metric's unit, or a map by metric where there are several.
        sql: the statement that ran, with named parameters.
        engine: name and version of the database.
        snapshot: the published data that was read.
        as_of: the last complete day of that data, ISO.
        notes: what a careful analyst would add.
        elapsed_ms: wall time of the call.
        base: the dates compared with over the whole range, as ``start`` and ``end``; None with a grain or no comparison.
    """

    receipt: str
    tool: str
    metrics: tuple[str, ...]
    params: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    truncated: bool
    unit: str | Mapping[str, str] | None
    sql: str
    engine: str
    snapshot: str
    as_of: str
    notes: tuple[Text, ...]
    elapsed_ms: float
    base: Mapping[str, str] | None = None

    @property
    def row_count(self) -> int:
        """The number of rows returned."""
        return len(self.rows)

    def unit_of(self, metric: str) -> str:
        """Return the unit of ``metric`` in this result; empty where the result has none."""
        if isinstance(self.unit, Mapping):
            return self.unit.get(metric, "")
        return self.unit or ""

    def column(self, name: str) -> list[Scalar]:
        """Return the cells of one column. Raises ValueError for a column the result does not have."""
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    def records(self) -> list[dict[str, Scalar]]:
        """Return the rows as dictionaries by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_json(self, language: Language) -> dict[str, Any]:
        """Return the result object of ``yunce ask --json`` with its notes in ``language``."""
        return {
            "receipt": self.receipt,
            "tool": self.tool,
            "metrics": list(self.metrics),
            "params": dict(self.params),
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "row_count": self.row_count,
            "truncated": self.truncated,
            "unit": dict(self.unit) if isinstance(self.unit, Mapping) else self.unit,
            "sql": self.sql,
            "engine": self.engine,
            "snapshot": self.snapshot,
            "as_of": self.as_of,
            "notes": [note.in_(language) for note in self.notes],
            "elapsed_ms": round(self.elapsed_ms, 1),
        }
