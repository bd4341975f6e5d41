"""Which charts help, and what is on them: lines over time, bars side by side; none where they would show nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from assistant.answer.analysis_charts import charts_of as own_charts
from assistant.answer.columns import Column, measured_name
from assistant.answer.model import Chart, Series
from assistant.answer.ranks import ranked_column
from assistant.answer.tables import title_of
from assistant.answer.trends import is_whole
from assistant.answer.view import View
from assistant.answer.wording import unfinished
from knowledge.catalog import Catalog
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result, Row

MOST_CHARTS: Final = 3
MOST_SERIES: Final = 8
MOST_BARS: Final = 31
MOST_APART: Final = 20.0
"""Figures that are this many times as large as others make those a flat line: they are drawn apart."""

_Kind = Literal["line", "bar"]
_Grid = dict[str, dict[str, float | None]]
"""Values by series, then by label."""

_LINES: Final = {"retention_matrix": ("period", "rate", "cohort"), "ltv_curve": ("day", "value", None)}
_BARS: Final = {
    "funnel": ("event", "users"),
    "stickiness_histogram": ("intervals", "users"),
    "experiment_readout": ("variant", "value"),
}


def charts_of(result: Result, catalog: Catalog, language: Language) -> tuple[Chart, ...]:
    """Return the charts of a result, at most ``MOST_CHARTS``; none where a sentence says it all.

    Metrics share a chart where they have one unit and are of one size (see ``MOST_APART``); the title names what is
    drawn. At most ``MOST_SERIES`` series are drawn, those with the largest values, and the first ``MOST_BARS`` bars.
    Periods that the range cuts are not drawn. The note says what is left out. Rows that the row limit cut have no
    chart, unless they are the head of a ranking. A value that is unknown leaves a gap.
    """
    view = View(result, catalog, language)
    if result.truncated and ranked_column(view) is None:
        return ()
    if result.tool == "query_metrics":
        return _of_query(view)
    found = own_charts(view, _drawn_rows("line", view))
    if not found or result.tool == "experiment_readout":
        found += [chart for chart in [_of_analysis(view)] if chart]
    return tuple(_with_cut_periods(chart, view) for chart in found)


def _with_cut_periods(chart: Chart, view: View) -> Chart:
    """Return a flow with the note that names the periods it leaves out."""
    unfinished = _unfinished("line", view) if chart.kind == "flow" else ""
    return replace(chart, note=_notes([chart.note, unfinished], view.language)) if unfinished else chart


def _of_analysis(view: View) -> Chart | None:
    tool, title = view.result.tool, title_of(view.result, view.catalog, view.language)
    if tool in _LINES:
        label, value, series = _LINES[tool]
        by = [view.columns[series]] if series in view.columns else view.dimensions
        return _by_cells("line", view, (label, value), by, title)
    if tool in _BARS:
        label, value = _BARS[tool]
        return _by_cells("bar", view, (label, value), [c for c in view.dimensions if c.name != label], title)
    return None


def _of_query(view: View) -> tuple[Chart, ...]:
    kind = _kind(view)
    if kind == "bar" and not view.dimensions and "period" not in view.columns:
        return ()
    split = kind == "line" and bool(view.dimensions)
    groups = [[column] for column in view.figures] if split or _compared(view) else _alike(view)
    found = []
    for group in groups:
        title = _joined([_series_name(column, view) for column in group], view.language)
        if split:
            chart = _by_cells("line", view, ("period", group[0].name), view.dimensions, title)
        else:
            beside = [c for c in _compared(view) if len(group) == 1 and c.metric == group[0].metric]
            chart = _by_columns(kind, view, [*group, *beside], title)
        if chart:
            found.append(chart)
    return _first_charts(found, view.language)


def _kind(view: View) -> _Kind:
    """Return bars for rows that are no unbroken course over time: a ranking, or what a condition left."""
    broken = ranked_column(view) or view.is_cut or view.result.params.get("having")
    return "line" if "period" in view.columns and not broken else "bar"


def _compared(view: View) -> list[Column]:
    return [column for column in view.columns.values() if column.part in ("base", "target")]


def _alike(view: View) -> list[list[Column]]:
    """Return the metrics that can share an axis: of one unit, none so large that another is a flat line beside it."""
    groups: list[list[Column]] = []
    for column in view.figures:
        group = next((g for g in groups if all(_share_an_axis(view, column, other) for other in g)), None)
        if group is None:
            groups.append([column])
        else:
            group.append(column)
    return groups


def _share_an_axis(view: View, one: Column, other: Column) -> bool:
    sizes = sorted(
        max((abs(view.number(r, c.name) or 0.0) for r in view.result.rows), default=0.0) for c in (one, other)
    )
    return one.unit == other.unit and sizes[1] <= MOST_APART * sizes[0]


def _first_charts(charts: Sequence[Chart], language: Language) -> tuple[Chart, ...]:
    """Return the first charts; the note of the last one names what is not drawn."""
    shown, left = list(charts[:MOST_CHARTS]), charts[MOST_CHARTS:]
    if left:
        names = _joined([chart.title for chart in left], language)
        more = Text(f"未画出：{names}，见表格", f"not drawn, see the table: {names}").in_(language)
        shown[-1] = replace(shown[-1], note=_notes([shown[-1].note, more], language))
    return tuple(shown)


def _drawn_rows(kind: _Kind, view: View) -> list[Row]:
    """Return the rows to draw: over time in its order, without the periods that the range cuts."""
    rows = list(view.result.rows)
    period = view.columns.get("period")
    if kind == "bar" or period is None or period.kind != "period":
        return rows
    return sorted((row for row in rows if is_whole(view, row)), key=lambda row: str(view.value(row, "period")))


def _by_columns(kind: _Kind, view: View, drawn: Sequence[Column], title: str) -> Chart | None:
    """Return the chart with a series per column, over time and the dimensions together."""
    grid: _Grid = {_series_name(column, view): {} for column in drawn}
    for row in _drawn_rows(kind, view):
        for column in drawn:
            grid[_series_name(column, view)].setdefault(_label(view, row), view.number(row, column.name))
    return _chart(kind, view, grid, drawn[0].unit, title) if drawn else None


def _label(view: View, row: Row) -> str:
    period = view.columns.get("period")
    when = view.text(row, period) + unfinished(view, row) if period else ""
    return " · ".join(part for part in (when, view.label(row)) if part)


def _by_cells(kind: _Kind, view: View, over: tuple[str, str], by: Sequence[Column], title: str) -> Chart | None:
    """Return the chart of one value column over one label column, with a series per value of the columns ``by``.

    ``over`` holds the names of the two.
    """
    label, value = over
    if label not in view.columns or value not in view.columns:
        return None
    grid: _Grid = {}
    for row in _drawn_rows(kind, view):
        name = view.label(row, by) if by else _series_name(view.columns[value], view)
        grid.setdefault(name, {}).setdefault(view.text(row, view.columns[label]), view.number(row, value))
    return _chart(kind, view, grid, view.columns[value].unit, title)


def _chart(kind: _Kind, view: View, grid: _Grid, unit: str, title: str) -> Chart | None:
    known = {name: [abs(v) for v in values.values() if v is not None] for name, values in grid.items()}
    if max(map(len, known.values()), default=0) < 2 and not (kind == "bar" and sum(map(len, known.values())) > 1):
        return None
    labels = list(dict.fromkeys(label for values in grid.values() for label in values))
    largest = _drawn_series(known, view)
    shown = labels[:MOST_BARS] if kind == "bar" else labels
    left_out = _left_out(len(grid) - len(largest), len(labels) - len(shown), view.language)
    return Chart(
        kind=kind,
        title=title,
        labels=tuple(shown),
        series=tuple(Series(name, tuple(map(grid[name].get, shown))) for name in grid if name in largest),
        unit=unit,
        receipt=view.result.receipt,
        language=view.language,
        note=_notes([left_out, _unfinished(kind, view), _cut(view)], view.language),
    )


def _drawn_series(known: Mapping[str, Sequence[float]], view: View) -> set[str]:
    """Return the series to draw: those with the largest values; of LTV curves the highest and the lowest on their last common day.

    The sentences name these.
    """
    ranked = sorted(known, key=lambda name: -max(known[name], default=-1))
    if view.result.tool != "ltv_curve" or len(ranked) <= MOST_SERIES:
        return set(ranked[:MOST_SERIES])
    common = min((len(values) for values in known.values() if values), default=0)
    at = {name: values[common - 1] for name, values in known.items() if values}
    ranked = sorted(at, key=lambda name: -at[name])
    return {*ranked[: MOST_SERIES - 1], ranked[-1]}


def _left_out(series: int, bars: int, language: Language) -> str:
    said = []
    if series > 0:
        said.append(Text(f"另有 {series} 条线未画出，见表格", f"{series} more series are in the table").in_(language))
    if bars > 0:
        said.append(Text(f"另有 {bars} 项未画出，见表格", f"{bars} more bars are in the table").in_(language))
    return _notes(said, language)


def _unfinished(kind: _Kind, view: View) -> str:
    """Return which periods are not drawn because the range cuts them."""
    drawn, period = _drawn_rows(kind, view), view.columns.get("period")
    if period is None or len(drawn) == len(view.result.rows):
        return ""
    left = sorted({str(view.value(row, "period")) for row in view.result.rows if not is_whole(view, row)})
    names = _joined([view.period(day) for day in left], view.language)
    return Text(f"未画出不完整的 {names}", f"not drawn, as incomplete: {names}").in_(view.language)


def _cut(view: View) -> str:
    count = len(view.result.rows)
    more = Text(f"只含前 {count:,} 行，另有更多", f"the first {count:,} rows only; there are more")
    return more.in_(view.language) if view.result.truncated else ""


def _notes(notes: Sequence[str], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(note for note in notes if note)


def _joined(names: Sequence[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(names)


def _series_name(column: Column, view: View) -> str:
    named = column.metric and not column.part and view.result.tool == "query_metrics"
    return (measured_name(view.result, column.metric, view.catalog) if named else column.heading).in_(view.language)
