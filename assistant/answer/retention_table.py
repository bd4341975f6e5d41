"""A retention matrix laid out as one: a line per cohort, a column per period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from assistant.answer.column_formats import column_formatter
from assistant.answer.markdown import clean
from assistant.answer.view import View
from knowledge.text import Text
from tools.semantic_layer.result import Row
from tools.warehouse.rows import Scalar

MOST_PERIODS: Final = 31
_FIXED: Final = {"cohort", "size", "period", "users", "rate", "complete"}
_UNITS: Final[Mapping[str, Text]] = {"day": Text("天", "Day"), "week": Text("周", "Week"), "month": Text("月", "Month")}


def is_matrix(view: View) -> bool:
    """Return whether a result fits a matrix: cohorts and periods, not too many of these, and nothing else."""
    names = {name for name, column in view.columns.items() if column.kind != "dimension"}
    return view.result.tool == "retention_matrix" and names == _FIXED and len(periods_of(view)) <= MOST_PERIODS


def periods_of(view: View) -> list[Scalar]:
    """Return the periods of the matrix from the first to the last."""
    found = {view.value(row, "period") for row in view.result.rows}
    return sorted(found, key=lambda value: float(value) if isinstance(value, (int, float)) else -1.0)


def period_name(view: View, period: Scalar) -> str:
    """Return what a period is called: 第 7 天, Week 3."""
    unit = _UNITS.get(view.counted_in, Text("期", "Period"))
    return Text(f"第 {period} {unit.zh}", f"{unit.en} {period}").in_(view.language)


def matrix_of(view: View) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the headings and the lines: dimension values, cohort, size, and the rate of each period, a dash where unknown."""
    periods = periods_of(view)
    write = column_formatter(view.result.column("rate"), "ratio", view.language, signed=False)
    lines: dict[tuple[str, ...], dict[Scalar, str]] = {}
    leading = [*view.dimensions, view.columns["cohort"], view.columns["size"]]
    for row in view.result.rows:
        cells = lines.setdefault(_line(view, row), {})
        rate = view.value(row, "rate")
        cells.setdefault(view.value(row, "period"), "100%" if rate == 1 else write(rate))
    headings = [column.heading.in_(view.language) for column in leading]
    headings += [period_name(view, period) for period in periods]
    return tuple(headings), tuple((*line, *(cells.get(p, "—") for p in periods)) for line, cells in lines.items())


def _line(view: View, row: Row) -> tuple[str, ...]:
    """Return what a line begins with; a week is named by its first day alone, as the headings say that weeks are counted."""
    cohort = view.columns["cohort"]
    start = str(view.value(row, "cohort")) if view.counted_in == "week" else view.text(row, cohort)
    return (*(view.text(row, column) for column in view.dimensions), clean(start), view.text(row, view.columns["size"]))
