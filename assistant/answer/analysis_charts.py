"""The charts of analyses: retention as a heat map or curve, flows above and below zero, intervals, contributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answer.explained_names import DOT
from assistant.answer.explanations import best_split
from assistant.answer.model import Chart, ChartKind, Series
from assistant.answer.retention_table import is_matrix, period_name, periods_of
from assistant.answer.tables import title_of
from assistant.answer.view import View
from knowledge.text import Text
from tools.semantic_layer.result import Row

MOST_COHORTS: Final = 40
_CURVES: Final = 4
"""Up to this many cohorts are drawn as curves; more are a heat map."""

_FLOWS: Final = ("new", "retained", "resurrected", "dormant")


_NOTHING: Final = Text("", "")
_Drawn = tuple[Sequence[str], Sequence[Series], str]
"""Labels, series and their unit."""


def charts_of(view: View, rows: Sequence[Row]) -> list[Chart]:
    """Return the charts of a retention matrix, flow, experiment or explanation; ``rows`` are those to draw, in order."""
    tool = view.result.tool
    if tool == "retention_matrix" and is_matrix(view):
        found = _retention(view)
    elif tool == "lifecycle_flow":
        found = _flow(view, rows)
    elif tool == "experiment_readout":
        found = _intervals(view)
    elif tool == "explain_change":
        found = _contributions(view)
    else:
        found = None
    return [found] if found else []


def _chart(view: View, kind: ChartKind, drawn: _Drawn, *, note: Text = _NOTHING, about: Text = _NOTHING) -> Chart:
    title = title_of(view.result, view.catalog, view.language) + about.in_(view.language)
    labels, series, unit = drawn
    said = note.in_(view.language)
    return Chart(kind, title, tuple(labels), tuple(series), unit, view.result.receipt, view.language, said)


def _retention(view: View) -> Chart | None:
    periods = periods_of(view)
    lines: dict[str, dict[object, float | None]] = {}
    for row in view.result.rows:
        name = DOT.join((*(view.text(row, c) for c in view.dimensions), view.text(row, view.columns["cohort"])))
        lines.setdefault(name, {}).setdefault(view.value(row, "period"), view.number(row, "rate"))
    known = {name: cells for name, cells in lines.items() if sum(v is not None for v in cells.values()) > 1}
    if not known:
        return None
    kind: ChartKind = "line" if len(known) <= _CURVES else "heat"
    shown = list(known)[:MOST_COHORTS]
    left = len(lines) - len(shown)
    note = Text(f"另有 {left} 批未画出，见表格", f"{left} more cohorts are in the table") if left else Text("", "")
    series = [Series(name, tuple(known[name].get(p) for p in periods)) for name in shown]
    return _chart(view, kind, ([period_name(view, p) for p in periods], series, "ratio"), note=note)


def _flow(view: View, rows: Sequence[Row]) -> Chart | None:
    """Draw who came and stayed above zero and who fell asleep below it."""
    drawn = [view.columns[name] for name in _FLOWS if name in view.columns]
    if not rows or not drawn:
        return None
    labels = list(dict.fromkeys(view.text(row, view.columns["period"]) for row in rows))
    series = []
    for column in drawn:
        held: dict[str, float | None] = {}
        for row in rows:
            value = view.number(row, column.name)
            below = column.name == "dormant" and value is not None
            held.setdefault(view.text(row, view.columns["period"]), -value if below and value else value)
        series.append(Series(column.heading.in_(view.language), tuple(held[label] for label in labels)))
    note = Text("转入沉默的画在零线以下", "those who went dormant are drawn below zero")
    return _chart(view, "flow", (labels, series, "users"), note=note)


def _intervals(view: View) -> Chart | None:
    """Draw each difference from control with its 95% interval: one that does not touch zero is significant."""
    found = [
        (view.text(row, view.columns["variant"]), *numbers)
        for row in view.result.rows
        if "variant" in view.columns
        and None not in (numbers := tuple(view.number(row, n) for n in ("difference", "ci_low", "ci_high")))
    ]
    if not found:
        return None
    labels, values, low, high = zip(*found, strict=True)
    heading = view.columns["difference"].heading.in_(view.language)
    note = Text(
        "横线为 95% 区间；碰到零线的不显著", "lines are 95% intervals; one that touches zero is not significant"
    )
    series = Series(heading, values, low, high)
    return _chart(view, "interval", (labels, [series], view.columns["difference"].unit), note=note)


def _contributions(view: View) -> Chart | None:
    """Draw what the values of the dimension that explains the change best contribute; together they are the change."""
    rows = best_split(view)
    held: dict[str, float | None] = {}
    for row in rows:
        held.setdefault(view.text(row, view.columns["value"]), view.number(row, "contribution"))
    if sum(value is not None for value in held.values()) < 2:
        return None
    name = view.text(rows[0], view.columns["dimension"])
    about = Text(f"（{name}）", f" ({name})")
    column = view.columns["contribution"]
    series = Series(column.heading.in_(view.language), tuple(held.values()))
    return _chart(view, "bar", (list(held), [series], column.unit), about=about)
