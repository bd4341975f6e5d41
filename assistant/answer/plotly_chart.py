"""A chart drawn by plotly: legible on a light and on a dark page, in either language. Only this file knows plotly."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from assistant.answer.charts import MOST_SERIES
from assistant.answer.formats import format_value
from assistant.answer.model import Chart, Series

FONTS: Final = "Inter, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
# Okabe and Ito's palette without black and yellow, then two more: told apart by colour-blind readers on either page.
_COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8C6BB1", "#999999")
_DASHES: Final = ("solid", "dash", "dot", "dashdot")
_INK: Final = {True: "#E6E6E6", False: "#24292F", None: "#808890"}
_GRID: Final = "rgba(128,136,144,0.25)"
_TICKS: Final = 5
_HEIGHT: Final = 380
_BAR_LINE: Final = 20
_HEAT_LINE: Final = 26
_MOST_WRITTEN: Final = 13
"""Cells of a heat map with more columns than this are told when pointed at."""

_TITLE_FROM_TOP: Final = 12
_NOTE_LINE: Final = 20
_NOTE_SHIFT: Final = 8
"""By this much a title with a note would reach above the chart."""

_LEGEND_LINE: Final = 21
_LEGEND_MARK: Final = 44
_PHONE: Final = 300
"""The pixels that are left for a plot on the narrowest page."""

_CHARACTER: Final = 7
_MOST_STANDING: Final = 12
_HEADROOM: Final = {False: 0.12, True: 0.3}
"""How much longer than the longest bar the axis is, for the figure at its end; more where bars lie."""


def figure(chart: Chart, *, dark: bool | None) -> dict[str, Any]:
    """Return the chart as a plotly figure dictionary, ready for JSON.

    ``dark`` is the page's theme, or None where it is not known: then the ink has enough contrast on both. The
    background is transparent. Labels stay in their order as categories, so dates are not re-read as times.
    """
    from plotly import graph_objects  # noqa: PLC0415 - plotly takes a while to import and most answers draw nothing

    drawn = graph_objects.Figure(
        data=[_heat(chart)]
        if chart.kind == "heat"
        else [_trace(chart, series, index) for index, series in enumerate(chart.series[:MOST_SERIES])],
        layout=_layout(chart, _INK[dark]),
    )
    found: dict[str, Any] = drawn.to_plotly_json()
    return found


def _trace(chart: Chart, series: Series, index: int) -> dict[str, Any]:
    colour = _COLOURS[index % len(_COLOURS)]
    shared = {
        "name": _shown(series.name),
        "text": [format_value(value, chart.unit, chart.language) for value in series.values],
    }
    labels, values = [_shown(label) for label in chart.labels], list(series.values)
    if chart.kind == "interval":
        return {**_interval(series), "y": labels, "x": values, "marker": {"color": colour, "size": 10}, **shared}
    if chart.kind == "flow":
        return {
            "type": "bar",
            "marker": {"color": colour},
            "textposition": "none",
            "hovertemplate": "%{fullData.name}: %{text}<extra></extra>",
            "x": labels,
            "y": values,
            "name": shared["name"],
            "text": [format_value(None if v is None else abs(v), chart.unit, chart.language) for v in values],
        }
    if chart.kind == "bar":
        lying = _is_lying(chart)
        ends = {"x": values, "y": labels, "orientation": "h"} if lying else {"x": labels, "y": values}
        return {
            "type": "bar",
            "textposition": "outside",
            "textangle": 0,
            "cliponaxis": False,
            "marker": {"color": colour},
            "hovertemplate": f"%{{{'y' if lying else 'x'}}}<br>%{{fullData.name}}: %{{text}}<extra></extra>",
            **ends,
            **shared,
        }
    many = len(chart.labels) > 40
    return {
        "type": "scatter",
        "mode": "lines" if many else "lines+markers",
        "line": {"color": colour, "width": 2, "dash": _DASHES[index // 4 % len(_DASHES)]},
        "connectgaps": False,
        "hovertemplate": "%{x}<br>%{fullData.name}: %{text}<extra></extra>",
        "x": labels,
        "y": values,
        **shared,
    }


def _heat(chart: Chart) -> dict[str, Any]:
    """Return the heat map; the first column, which is everyone, does not set the scale of the colours."""
    rows = [list(series.values) for series in chart.series]
    later = [value for row in rows for value in row[1:] if value is not None]
    texts = [[format_value(v, chart.unit, chart.language) if v is not None else "" for v in row] for row in rows]
    return {
        "type": "heatmap",
        "x": [_shown(label) for label in chart.labels],
        "y": [_shown(series.name) for series in chart.series],
        "z": rows,
        "text": texts,
        "texttemplate": "%{text}" if len(chart.labels) <= _MOST_WRITTEN else "",
        "hovertemplate": "%{y}<br>%{x}: %{text}<extra></extra>",
        "hoverongaps": False,
        "showscale": False,
        "colorscale": [[0, "#E3EEF7"], [1, "#0072B2"]],
        "zmin": 0,
        "zmax": max(later, default=1.0) or 1.0,
        "xgap": 1,
        "ygap": 1,
    }


def _interval(series: Series) -> dict[str, Any]:
    """Return a point with the two arms of its interval."""
    known = [
        (v or 0.0, low or 0.0, high or 0.0) for v, low, high in zip(series.values, series.low, series.high, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - v for v, _, high in known],
            "arrayminus": [v - low for v, low, _ in known],
            "thickness": 2,
        },
        "hovertemplate": "%{y}<br>%{fullData.name}: %{text}<extra></extra>",
    }


def _is_lying(chart: Chart) -> bool:
    """Return whether bars lie: where there are many, or labels and figures would not fit side by side on a phone."""
    if chart.kind == "interval":
        return True
    drawn = chart.series[:MOST_SERIES]
    figures = [format_value(value, chart.unit, chart.language) for series in drawn for value in series.values]
    side_by_side = sum(_width(text) for text in figures)
    labels = len(chart.labels) * max(map(_width, chart.labels), default=0)
    return len(chart.labels) > _MOST_STANDING or max(side_by_side, labels) > _PHONE


def _width(text: str) -> int:
    """Return about how many pixels a text takes: a Chinese character about twice as many as another."""
    return sum(_CHARACTER * (2 if c > "\u2e7f" else 1) for c in text) + _CHARACTER


def _legend_rows(chart: Chart) -> int:
    """Return how many lines the legend takes on a phone; 0 without one."""
    if len(chart.series) < 2 or chart.kind == "heat":
        return 0
    rows, taken = 1, 0
    for series in chart.series[:MOST_SERIES]:
        width = _width(series.name) + _LEGEND_MARK
        if taken and taken + width > _PHONE:
            rows, taken = rows + 1, 0
        taken += width
    return rows


def _layout(chart: Chart, ink: str) -> dict[str, Any]:
    left_out = 0 if chart.kind == "heat" else len(chart.series) - MOST_SERIES
    note = chart.note or (f"… +{left_out}" if left_out > 0 else "")
    notes = re.split("；|; ", note) if note else []
    title = _shown(chart.title) + "".join(f"<br><sup>{_shown(line)}</sup>" for line in notes)
    axis = {"gridcolor": _GRID, "zerolinecolor": _GRID, "linecolor": _GRID, "automargin": True}
    lying = chart.kind in ("bar", "interval") and _is_lying(chart)
    values = {**axis, **_ticks(chart), "rangemode": "normal" if chart.kind == "line" else "tozero"}
    names = {**axis, "type": "category", "showgrid": False}
    names |= {"nticks": 10} if chart.kind in ("line", "flow", "heat") else {"tickmode": "linear", "dtick": 1}
    top = 44 + _NOTE_LINE * len(notes) + _LEGEND_LINE * _legend_rows(chart)
    usual = _HEIGHT + _LEGEND_LINE * max(0, _legend_rows(chart) - 1)
    height = max(usual, top + 40 + _bar_lines(chart) * _BAR_LINE) if lying else usual
    if chart.kind == "heat":
        height = top + 40 + len(chart.series) * _HEAT_LINE
        values = {
            **axis,
            "type": "category",
            "showgrid": False,
            "tickmode": "linear",
            "dtick": 1,
            "autorange": "reversed",
        }
    return {
        "title": {
            "text": title,
            "font": {"size": 15},
            "x": 0,
            "xanchor": "left",
            "xref": "paper",
            "yref": "container",
            "y": 1 - (_TITLE_FROM_TOP + _NOTE_SHIFT * bool(notes)) / height,
            "yanchor": "top",
        },
        "font": {"family": FONTS, "color": ink, "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "template": None,
        "colorway": list(_COLOURS),
        "barmode": "relative" if chart.kind == "flow" else "group",
        "height": height,
        "margin": {"l": 8, "r": 16, "t": top, "b": 8},
        "showlegend": len(chart.series) > 1 and chart.kind != "heat",
        # Above the plot, in the margin kept for it: below, it lies on the labels of the axis.
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1, "xanchor": "left", "x": 0, "traceorder": "normal"},
        "hovermode": "x unified" if chart.kind in ("line", "flow") else "closest",
        "xaxis": values | {"showticklabels": chart.kind == "interval", "zeroline": True} if lying else names,
        "yaxis": {**names, "autorange": "reversed"} if lying else values,
    }


def _bar_lines(chart: Chart) -> int:
    return len(chart.labels) * len(chart.series[:MOST_SERIES])


def _ticks(chart: Chart) -> dict[str, Any]:
    """Return the value axis with ticks at round numbers, written as the answer writes figures (38.2%, 1.2万, ¥)."""
    known = [v for v in _extents(chart) if v is not None and math.isfinite(v)]
    if not known:
        return {}
    low, high = min(known), max(known)
    if chart.kind != "line" or (low > 0 and low < (high - low) * 2):
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low - abs(low) * 0.1, high + abs(high) * 0.1) if low else (0.0, 1.0)
    step = _round_step((high - low) / _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    marks = [index * step for index in range(first, last + 1)]
    shown = [_tidy(abs(mark) if chart.kind == "flow" else mark, step) for mark in marks]
    texts = [format_value(mark, chart.unit, chart.language) for mark in shown]
    below, above = _room(chart, low, high)
    return {"tickvals": marks, "ticktext": texts, "range": [min(marks[0], below), max(marks[-1], above)]}


def _extents(chart: Chart) -> list[float | None]:
    """Return the figures that the value axis has to hold: those of the series, the ends of intervals, the sums of stacks."""
    drawn = chart.series[:MOST_SERIES]
    if chart.kind == "flow":
        stacks = [[series.values[i] or 0.0 for series in drawn] for i in range(len(chart.labels))]
        return [sum(v for v in stack if (v > 0) is above) for stack in stacks for above in (True, False)]
    return [v for series in drawn for v in (*series.values, *series.low, *series.high)]


def _room(chart: Chart, low: float, high: float) -> tuple[float, float]:
    """Return the range that has room for the figures at the ends of the bars."""
    if chart.kind != "bar":
        return low, high
    more = (high - low) * _HEADROOM[_is_lying(chart)]
    return low - more if low < 0 else low, high + more if high > 0 else high


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _tidy(mark: float, step: float) -> float:
    rounded = round(mark, max(0, 2 - math.floor(math.log10(step))))
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded


def _shown(text: str) -> str:
    """Return the text so that plotly, which reads a little HTML, shows it as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
