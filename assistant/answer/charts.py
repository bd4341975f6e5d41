"""Which chart helps, and what is on it: lines over time, bars over a dimension; none where it would show nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from assistant.answer.columns import Column, metric_name
from assistant.answer.model import Chart, Series
from assistant.answer.tables import title_of
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result

MOST_SERIES: Final = 8
MOST_BARS: Final = 20

_Kind = Literal["line", "bar"]
_Grid = dict[str, dict[str, float | None]]
"""Values by series, then by label."""

_LINES: Final = {"retention_matrix": ("period", "rate", "cohort"), "ltv_curve": ("day", "value", None)}
_BARS: Final = {
    "funnel": ("event", "users"),
    "stickiness_histogram": ("intervals", "users"),
    "experiment_readout": ("variant", "value"),
    "explain_change": ("value", "contribution"),
}
_FLOWS: Final = ("new", "retained", "resurrected", "dormant")


def chart_of(result: Result, catalog: Catalog, language: Language) -> Chart | None:
    """Return the chart of a result, or None where a sentence says it all: fewer than two values to draw.

    At most ``MOST_SERIES`` series are drawn, those with the largest values, and the first ``MOST_BARS`` bars; the note
    says how many are left out. A value that is unknown leaves a gap.
    """
    view = View(result, catalog, language)
    if result.tool == "query_metrics":
        return _of_query(view)
    if result.tool == "lifecycle_flow":
        return _chart("line", view, _by_columns(view, [view.columns[n] for n in _FLOWS if n in view.columns]), "users")
    if result.tool in _LINES:
        label, value, series = _LINES[result.tool]
        by = [view.columns[series]] if series in view.columns else view.dimensions
        return _by_cells("line", view, label, value, by)
    if result.tool in _BARS:
        label, value = _BARS[result.tool]
        return _by_cells("bar", view, label, value, [c for c in view.dimensions if c.name != label])
    return None


def _of_query(view: View) -> Chart | None:
    kind: _Kind = "line" if "period" in view.columns else "bar"
    if not view.figures or (kind == "bar" and not view.dimensions):
        return None
    first = view.figures[0]
    if kind == "line" and view.dimensions:
        return _by_cells("line", view, "period", first.name, view.dimensions)
    compared = [c for c in view.columns.values() if c.part in ("base", "target")]
    alike = [c for c in view.figures if c.unit == first.unit]
    return _chart(kind, view, _by_columns(view, [first, *compared] if len(view.figures) == 1 else alike), first.unit)


def _by_columns(view: View, drawn: Sequence[Column]) -> _Grid:
    """Return a series per column, over time where there is a period, else over the dimensions together."""
    over = [view.columns["period"]] if "period" in view.columns else view.dimensions
    grid: _Grid = {_series_name(column, view): {} for column in drawn}
    for row in view.result.rows:
        for column in drawn:
            grid[_series_name(column, view)].setdefault(view.label(row, over), view.number(row, column.name))
    return grid


def _by_cells(kind: _Kind, view: View, label: str, value: str, by: Sequence[Column]) -> Chart | None:
    """Return the chart of one value column over one label column, with a series per value of the columns ``by``."""
    if label not in view.columns or value not in view.columns:
        return None
    grid: _Grid = {}
    for row in view.result.rows:
        name = view.label(row, by) if by else _series_name(view.columns[value], view)
        grid.setdefault(name, {}).setdefault(view.text(row, view.columns[label]), view.number(row, value))
    return _chart(kind, view, grid, view.columns[value].unit)


def _chart(kind: _Kind, view: View, grid: _Grid, unit: str) -> Chart | None:
    known = {name: [abs(v) for v in values.values() if v is not None] for name, values in grid.items()}
    if max(map(len, known.values()), default=0) < 2 and not (kind == "bar" and sum(map(len, known.values())) > 1):
        return None
    labels = list(dict.fromkeys(label for values in grid.values() for label in values))
    largest = set(sorted(grid, key=lambda name: -max(known[name], default=-1))[:MOST_SERIES])
    shown = labels[:MOST_BARS] if kind == "bar" else labels
    return Chart(
        kind=kind,
        title=title_of(view.result, view.catalog, view.language),
        labels=tuple(shown),
        series=tuple(Series(name, tuple(map(grid[name].get, shown))) for name in grid if name in largest),
        unit=unit,
        receipt=view.result.receipt,
        language=view.language,
        note=_left_out(len(grid) - len(largest), len(labels) - len(shown), view.language),
    )


def _left_out(series: int, bars: int, language: Language) -> str:
    said = []
    if series > 0:
        said.append(Text(f"另有 {series} 条线未画出，见表格", f"{series} more series are in the table"))
    if bars > 0:
        said.append(Text(f"另有 {bars} 项未画出，见表格", f"{bars} more bars are in the table"))
    return ("；" if language == "zh" else "; ").join(text.in_(language) for text in said)


def _series_name(column: Column, view: View) -> str:
    named = column.metric and not column.part and view.result.tool == "query_metrics"
    return (metric_name(column.metric, view.catalog) if named else column.heading).in_(view.language)
