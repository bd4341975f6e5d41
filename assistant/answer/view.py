"""A result seen by one reader: its columns with their meaning, and its cells in the reader's words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from assistant.answer.columns import Column, columns_of, dimension_name, spoken_value, value_name
from assistant.answer.explained_names import TOTAL
from assistant.answer.formats import DASH, format_change, format_change_pct, format_period, format_value
from assistant.answer.markdown import clean
from knowledge.catalog import Catalog
from knowledge.text import Language
from tools.semantic_layer.result import Result, Row
from tools.warehouse.rows import Scalar


@dataclass(frozen=True)
class View:
    """One result, the catalog that names what is in it, and the language to say it in."""

    result: Result
    catalog: Catalog
    language: Language

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns by name, in the result's order."""
        return {column.name: column for column in columns_of(self.result, self.catalog)}

    @cached_property
    def figures(self) -> tuple[Column, ...]:
        """The columns of the metrics themselves, without their bases, changes and parts."""
        return tuple(c for c in self.columns.values() if c.kind == "figure" and not c.part)

    @cached_property
    def dimensions(self) -> tuple[Column, ...]:
        """The columns that hold values of dimensions."""
        return tuple(c for c in self.columns.values() if c.kind == "dimension")

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.result.columns)}

    @property
    def grain(self) -> str:
        """The calendar period of the rows; for cohorts that of the cohorts."""
        params = self.result.params
        if self.result.tool == "retention_matrix":
            return str(params.get("cohort") or "day")
        return str(params.get("grain") or ("week" if self.result.tool == "lifecycle_flow" else "day"))

    @property
    def is_cut(self) -> bool:
        """Whether there are, or may be, more rows than these: the row limit or the limit asked for was reached."""
        limit = self.result.params.get("limit")
        return self.result.truncated or (isinstance(limit, int) and len(self.result.rows) >= limit)

    @property
    def counted_in(self) -> str:
        """What a column of the unit ``index`` counts: days, or the weeks or months that the analysis was asked in."""
        names = {"retention_matrix": "cohort", "stickiness_histogram": "interval"}
        return str(self.result.params.get(names.get(self.result.tool, "")) or "day")

    @property
    def is_cumulative(self) -> bool:
        """Whether each row of a histogram counts those with so many periods or more, not exactly so many."""
        return self.result.tool == "stickiness_histogram" and bool(self.result.params.get("cumulative"))

    def value(self, row: Row, name: str) -> Scalar:
        """Return the raw cell of a column; None where the result does not have the column."""
        index = self._places.get(name)
        return None if index is None else row[index]

    def number(self, row: Row, name: str) -> float | None:
        """Return the raw cell as a number; None where it is unknown or no number."""
        value = self.value(row, name)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def texts(self, row: Row, columns: Sequence[Column] | None = None) -> tuple[str, ...]:
        """Return the row's cells as plain text: formatted, in the reader's words, without control characters."""
        return tuple(self.text(row, column) for column in columns or self.columns.values())

    def text(self, row: Row, column: Column) -> str:
        """Return one cell as plain text."""
        value = self.value(row, column.name)
        if column.kind == "period":
            return self.period(value)
        if column.kind == "figure":
            return DASH if column.name in ("base", "current") and self._is_share(row) else self._figure(value, column)
        dimension = self.dimension_of(row, column)
        if dimension == TOTAL:
            return DASH
        if dimension:
            return value_name(dimension, value, self.catalog, self.language)
        if self.result.tool == "explain_change" and column.name == "dimension" and value is not None:
            return dimension_name(clean(str(value)), self.catalog).in_(self.language)
        shown = clean(format_value(value, column.unit, self.language)) or DASH
        return f"≥ {shown}" if self.is_cumulative and column.name == "intervals" else shown

    def label(self, row: Row, columns: Sequence[Column] | None = None) -> str:
        """Return what a row is about: its dimension values (or those of ``columns``) joined by a dot."""
        return " · ".join(self.text(row, column) for column in (self.dimensions if columns is None else columns))

    def spoken(self, row: Row, without: Collection[str] = ()) -> str:
        """Return what a row is about as Markdown for a sentence, with the dimension before a value like 5.2 or 3.

        The dimensions ``without`` are left out.
        """
        return " · ".join(
            spoken_value(column.name, self.value(row, column.name), self.catalog, self.language)
            for column in self.dimensions
            if column.name not in without
        )

    def period(self, value: Scalar) -> str:
        """Return the name of the calendar period that starts on the ISO date ``value``."""
        try:
            return format_period(date.fromisoformat(str(value)[:10]), self.grain, self.language)
        except ValueError:
            return DASH if value is None else clean(str(value))

    def _is_share(self, row: Row) -> bool:
        """Whether a row is a day of a mean over days, explained: what it adds to the mean is not the figure of the day."""
        if self.result.tool != "explain_change" or self.value(row, "dimension") != "day":
            return False
        metric = self.catalog.metrics.get(self.result.metrics[0]) if self.result.metrics else None
        return metric is not None and any(self.catalog.measures[name].per_day for name in metric.measures)

    def _figure(self, value: Scalar, column: Column) -> str:
        if column.part == "change_pct":
            return format_change_pct(value, self.language)
        if column.is_change:
            return format_change(value, column.unit, self.language)
        text = format_value(value, column.unit, self.language)
        return (clean(text) or DASH) if isinstance(value, str) else text

    def dimension_of(self, row: Row, column: Column) -> str:
        """Return the id of the dimension that a cell is a value of; empty for none."""
        if column.kind == "dimension":
            return column.name
        if self.result.tool == "funnel" and column.name == "event":
            return "event"
        explained = self.result.tool == "explain_change" and column.name == "value"
        return str(self.value(row, "dimension")) if explained else ""
