"""Charts: which result gets which, and how plotly draws them on either page."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from assistant.answer.charts import MOST_BARS, MOST_SERIES, chart_of
from assistant.answer.model import Chart, Series
from assistant.answer.plotly_chart import figure
from tests.assistant.answer.shapes import CATALOG, WEEK, result, results
from tools.semantic_layer.result import Result

MONTH = {"start": "2025-12-01", "end": "2025-12-31", "grain": "day"}


def trend(metric: str, unit: str, series: list[str]) -> Result:
    rows = [
        [f"2025-12-{day:02d}", name, day / 100 + index] for day in range(1, 32) for index, name in enumerate(series)
    ]
    return result(["period", "channel", metric], rows, unit, params={**MONTH, "dimensions": ["channel"]})


def test_trends_are_lines_and_dimensions_are_bars() -> None:
    """Over time a line per value; over a dimension a bar per value, with the base beside it; gaps stay gaps."""
    line = chart_of(trend("gmv", "CNY", ["kol", "search"]), CATALOG, "zh")
    assert line is not None
    assert (line.kind, [s.name for s in line.series], len(line.labels)) == ("line", ["KOL合作", "搜索引擎"], 31)
    rows = [["kol", 5, 4], [None, None, 7]]
    found = result(["channel", "orders", "orders__base"], rows, "count", params={**WEEK, "dimensions": ["channel"]})
    bar = chart_of(found, CATALOG, "en")
    assert bar is not None
    assert (bar.kind, bar.labels, bar.unit, bar.receipt) == ("bar", ("KOL", "unknown"), "count", "R-7Q2M4K8Z1A")
    assert bar.series == (Series("Orders", (5.0, None)), Series("base", (4.0, 7.0)))


@pytest.mark.parametrize(
    "found",
    [
        result(["orders"], [[5]], "count"),
        result(["channel", "orders"], [["kol", 5]], "count"),
        result(["channel", "orders"], [["kol", None], ["search", None]], "count"),
        result(["period", "orders"], [["2025-12-01", 5]], "count", params=MONTH),
        result(["channel", "orders"], [], "count"),
        result(["metric", "name"], [["gmv", "GMV"], ["dau", "DAU"]], tool="list_metrics"),
    ],
)
def test_no_chart_where_there_is_nothing_to_see(found: Result) -> None:
    """One value, or none that is known, is no chart."""
    assert chart_of(found, CATALOG, "zh") is None


def test_too_many_series_or_bars_are_left_out_and_said() -> None:
    """The largest series are drawn and the note counts the rest; metrics of another unit are not mixed in."""
    many = chart_of(trend("gmv", "CNY", [f"c{index}" for index in range(11)]), CATALOG, "zh")
    assert many is not None
    assert len(many.series) == MOST_SERIES
    assert many.series[-1].name == "c10"
    assert many.note == "另有 3 条线未画出，见表格"
    rows = [[f"c{index}", index, index / 10.0] for index in range(30)]
    units = {"orders": "count", "gmv": "CNY"}
    bars = chart_of(result(["channel", "orders", "gmv"], rows, units), CATALOG, "en")
    assert bars is not None
    assert (len(bars.labels), [s.name for s in bars.series], bars.note) == (
        MOST_BARS,
        ["Orders"],
        "10 more bars are in the table",
    )


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=results)
def test_every_chart_can_be_drawn(found: Result) -> None:
    """Any result gives no chart or one whose figure is valid JSON with a value or a gap for every label."""
    for language in ("zh", "en"):
        chart = chart_of(found, CATALOG, language)
        if chart is None:
            continue
        drawn = json.loads(json.dumps(figure(chart, dark=True), allow_nan=False))
        assert len(drawn["data"]) == len(chart.series) <= MOST_SERIES
        assert all(len(series.values) == len(chart.labels) for series in chart.series)


def drawn(
    unit: str, values: tuple[float | None, ...], *, dark: bool | None = None, language: Any = "zh"
) -> dict[str, Any]:
    labels = tuple(f"2025-{index:02d}" for index in range(1, len(values) + 1))
    chart = Chart(
        "line", "标题 <b>x</b>", labels, (Series("<i>名</i>", values),), unit, "R-7Q2M4K8Z1A", language, "另有 1 条线"
    )
    return figure(chart, dark=dark)


def test_figures_suit_both_pages_and_both_languages() -> None:
    """Transparent, categories kept as text, Chinese fonts, readable ink on light, dark and unknown pages, no HTML."""
    layouts = {dark: drawn("ratio", (0.1, 0.2, None), dark=dark)["layout"] for dark in (True, False, None)}
    for layout in layouts.values():
        assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
        assert layout["xaxis"]["type"] == "category"
        assert "PingFang SC" in layout["font"]["family"]
        assert "&lt;b&gt;" in layout["title"]["text"]
    assert contrast(layouts[True]["font"]["color"], "#000000") > 7
    assert contrast(layouts[False]["font"]["color"], "#FFFFFF") > 7
    assert min(contrast(layouts[None]["font"]["color"], page) for page in ("#FFFFFF", "#1B1B1F")) > 3


@pytest.mark.parametrize(
    ("unit", "language", "values", "ticks"),
    [
        ("ratio", "zh", (0.1, 0.5), ["0%", "10.0%", "20.0%", "30.0%", "40.0%", "50.0%"]),
        ("users", "zh", (0.0, 500_000.0), ["0", "10万", "20万", "30万", "40万", "50万"]),
        ("users", "en", (0.0, 5_000_000.0), ["0", "1M", "2M", "3M", "4M", "5M"]),
        ("CNY", "zh", (0.0, 50_000.0), ["¥0.00", "¥1万", "¥2万", "¥3万", "¥4万", "¥5万"]),
    ],
)
def test_axes_are_written_like_the_answer(
    unit: str, language: str, values: tuple[float, ...], ticks: list[str]
) -> None:
    """Percent, yuan, 万 and M on the axis, at round numbers."""
    assert drawn(unit, values, language=language)["layout"]["yaxis"]["ticktext"] == ticks


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_composing_imports_no_plotly_rich_or_chat() -> None:
    """Answers are composed without the packages that take long to import."""
    heavy = ["plotly", "rich", "chainlit", "langchain", "pandas", "duckdb"]
    modules = "assistant.answer.compose, assistant.answer.terminal, assistant.answer.plotly_chart"
    code = f"import sys, {modules}; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
