"""Charts as Plotly figures: quiet, readable on light and dark, with the labels as they are."""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING, Any

from assistant.answer.model import Chart, Series

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLOURS = ("#3b76d6", "#e08a3c", "#3a9d78", "#9a6dd7", "#d65f6b", "#4fa3bf", "#b59b3b", "#7b8794")
_TITLE_WIDTH = 56
_GREY = "#7d8590"
_GRID = "rgba(125, 133, 144, 0.22)"
_FONT = "Inter, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', system-ui, sans-serif"
_FORMATS: dict[str, dict[str, str]] = {
    "ratio": {"tickformat": ".0%", "hoverformat": ".2%"},
    "CNY": {"tickprefix": "¥", "tickformat": ",~f", "hoverformat": ",.2f"},
    "users": {"tickformat": ",~f", "hoverformat": ",.0f"},
    "count": {"tickformat": ",~f", "hoverformat": ",.2~f"},
}


def figure(chart: Chart) -> go.Figure:
    """Return the figure of a chart. A missing value leaves a gap; labels are categories, never guessed dates."""
    import plotly.graph_objects as go  # noqa: PLC0415 - takes a second and is needed with the first chart only

    return go.Figure(
        {"data": [_trace(chart, series, i) for i, series in enumerate(chart.series)], "layout": _layout(chart)}
    )


def _trace(chart: Chart, series: Series, index: int) -> dict[str, Any]:
    colour = COLOURS[index % len(COLOURS)]
    trace: dict[str, Any] = {
        "x": [html.escape(label, quote=False) for label in chart.labels],
        "y": list(series.values),
        "name": html.escape(series.name, quote=False),
    }
    if chart.kind == "bar":
        return {**trace, "type": "bar", "marker": {"color": colour}}
    few = len(chart.labels) <= 31
    return {
        **trace,
        "type": "scatter",
        "mode": "lines+markers" if few else "lines",
        "line": {"color": colour, "width": 2},
        "marker": {"size": 5, "color": colour},
        "connectgaps": False,
    }


def _layout(chart: Chart) -> dict[str, Any]:
    title = "<br>".join(html.escape(line, quote=False) for line in _wrapped(chart.title, _TITLE_WIDTH))
    several = len(chart.series) > 1
    axis = {"gridcolor": _GRID, "zerolinecolor": _GRID, "linecolor": _GRID, "automargin": True}
    return {
        "template": "none",
        "title": {
            "text": title,
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "pad": {"l": 12},
            "font": {"size": 14},
        },
        "height": 360,
        "margin": {"l": 12, "r": 12, "t": 44 + 18 * title.count("<br>"), "b": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": _FONT, "size": 12, "color": _GREY},
        "colorway": list(COLOURS),
        "hovermode": "x unified",
        "barmode": "group",
        "bargap": 0.35,
        "showlegend": several,
        "legend": {"orientation": "h", "x": 0, "y": -0.18, "yanchor": "top"},
        "xaxis": {**axis, "type": "category", "showgrid": False, "nticks": 12, "fixedrange": True},
        "yaxis": {**axis, **_FORMATS.get(chart.unit, {}), "rangemode": "tozero", "fixedrange": True},
    }


def _wrapped(text: str, width: int) -> list[str]:
    """Return the text in lines of at most ``width`` columns; a Chinese character takes two."""
    lines, used = [""], 0
    for char in " ".join(text.split()):
        wide = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used + wide > width:
            lines, used = [*lines, ""], 0
        lines[-1] += char
        used += wide
    return lines
