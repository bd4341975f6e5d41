"""Charts: which result gets which, and how plotly draws them on either page."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from assistant.answer.charts import MOST_BARS, MOST_CHARTS, MOST_SERIES, charts_of
from assistant.answer.model import Chart, Series
from assistant.answer.plotly_chart import figure
from knowledge.text import Language
from tests.assistant.answer.shapes import CATALOG, WEEK, result, results
from tools.semantic_layer.result import Result


def chart_of(found: Result, language: Language) -> Chart | None:
    """Return the only chart of a result, None for no chart."""
    charts = charts_of(found, CATALOG, language)
    assert len(charts) < 2
    return charts[0] if charts else None


MONTH = {"start": "2025-12-01", "end": "2025-12-31", "grain": "day"}


def trend(metric: str, unit: str, series: list[str]) -> Result:
    rows = [
        [f"2025-12-{day:02d}", name, day / 100 + index] for day in range(1, 32) for index, name in enumerate(series)
    ]
    return result(["period", "channel", metric], rows, unit, params={**MONTH, "dimensions": ["channel"]})


def test_trends_are_lines_and_dimensions_are_bars() -> None:
    """Over time a line per value; over a dimension a bar per value, with the base beside it; gaps stay gaps."""
    line = chart_of(trend("gmv", "CNY", ["kol", "search"]), "zh")
    assert line is not None
    assert (line.kind, [s.name for s in line.series], len(line.labels)) == ("line", ["KOL合作", "搜索引擎"], 31)
    rows = [["kol", 5, 4], [None, None, 7]]
    found = result(["channel", "orders", "orders__base"], rows, "count", params={**WEEK, "dimensions": ["channel"]})
    bar = chart_of(found, "en")
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
    assert chart_of(found, "zh") is None


def test_too_many_series_or_bars_are_left_out_and_said() -> None:
    """The largest series are drawn and the note counts the rest; metrics of another unit are not mixed in."""
    many = chart_of(trend("gmv", "CNY", [f"c{index}" for index in range(11)]), "zh")
    assert many is not None
    assert len(many.series) == MOST_SERIES
    assert many.series[-1].name == "c10"
    assert many.note == "另有 3 条线未画出，见表格"
    rows = [[f"c{index}", index] for index in range(40)]
    bars = chart_of(result(["channel", "orders"], rows, "count"), "en")
    assert bars is not None
    assert (len(bars.labels), bars.note) == (MOST_BARS, "9 more bars are in the table")


def test_a_chart_per_unit_and_size_each_named_by_what_it_draws() -> None:
    """CAC and ROI are two charts, orders and paying users one; what is far smaller is drawn apart; three at most."""
    units = {"cac": "CNY", "roi": "ratio", "orders": "count", "gmv": "CNY", "dau": "users"}
    rows = [["kol", 35.0, 2.5, 100, 9000.0, 50], ["search", 30.0, 1.5, 90, 8000.0, 60]]
    found = result(["channel", *units], rows, units, params={**WEEK, "dimensions": ["channel"]})
    charts = charts_of(found, CATALOG, "zh")
    assert [chart.title for chart in charts] == ["获客成本（CAC）", "投放ROI", "订单数"]
    assert [len(chart.series) for chart in charts] == [1, 1, 1]
    assert charts[-1].note == "未画出：成交额（GMV）、日活跃用户数，见表格"
    assert len(charts) == MOST_CHARTS
    alike = {"orders": "count", "payments": "count"}
    near = result(["channel", *alike], [["kol", 9, 8], ["search", 5, 4]], alike, params={**WEEK}, metrics=list(alike))
    assert [len(chart.series) for chart in charts_of(near, CATALOG, "zh")] == [2]


def test_every_metric_over_time_and_a_dimension_is_drawn() -> None:
    """Two metrics by month and channel are two charts with a line per channel."""
    units = {"orders": "count", "gmv": "CNY"}
    rows = [[f"2025-{m:02d}-01", c, m, m * 2.0] for m in (1, 2) for c in ("kol", "search")]
    params = {"start": "2025-01-01", "end": "2025-02-28", "grain": "month", "dimensions": ["channel"]}
    charts = charts_of(result(["period", "channel", *units], rows, units, params=params), CATALOG, "zh")
    assert [(chart.title, len(chart.series)) for chart in charts] == [("订单数", 2), ("成交额（GMV）", 2)]


def test_cut_rows_have_no_chart_unless_they_lead() -> None:
    """What the row limit cut is not drawn as if it were all; the head of a ranking is, and says so."""
    rows = [["kol", 9], ["search", 5]]
    params = {**WEEK, "dimensions": ["channel"]}
    assert charts_of(result(["channel", "orders"], rows, "count", params=params, truncated=True), CATALOG, "zh") == ()
    params["order_by"] = {"column": "orders", "direction": "desc"}
    lead = chart_of(result(["channel", "orders"], rows, "count", params=params, truncated=True), "zh")
    assert lead is not None
    assert lead.note == "只含前 2 行，另有更多"


def test_periods_that_the_range_cuts_are_not_drawn() -> None:
    """A week of three days would be a cliff; the note names what is left out; lines follow time, not the rows."""
    rows = [["2025-12-29", 9], ["2025-12-22", 130], ["2025-12-15", 90], ["2025-12-08", 150], ["2025-12-01", 5]]
    params = {"start": "2025-12-04", "end": "2025-12-31", "grain": "week"}
    chart = chart_of(result(["period", "orders"], rows, "count", params=params), "zh")
    assert chart is not None
    assert chart.labels == ("2025-12-08 当周", "2025-12-15 当周", "2025-12-22 当周")
    assert chart.note == "未画出不完整的 2025-12-01 当周、2025-12-29 当周"
    assert chart_of(result(["period", "orders"], rows[:2], "count", params=params), "zh") is None


def test_rankings_over_time_are_bars() -> None:
    """The best months side by side are no course; one that is not over is marked."""
    rows = [["2025-11-01", 9], ["2025-12-01", 8], ["2025-03-01", 7]]
    order = {"column": "orders", "direction": "desc"}
    params = {"start": "2025-01-01", "end": "2025-12-10", "grain": "month", "order_by": order, "limit": 3}
    chart = chart_of(result(["period", "orders"], rows, "count", params=params), "zh")
    assert chart is not None
    assert (chart.kind, chart.labels) == ("bar", ("2025年11月", "2025年12月（不完整）", "2025年3月"))


def bars(count: int, name: str = "渠道", **more: Any) -> dict[str, Any]:
    """Return the drawn figure of that many bars."""
    labels = tuple(f"{name}{index}" for index in range(count))
    series = (Series("订单数", tuple(float(index) for index in range(count))),)
    return figure(Chart("bar", "订单数", labels, more.get("series", series), "count", "R", "zh"), dark=None)


def test_every_bar_is_labelled_and_many_lie() -> None:
    """Few bars stand, many or long-named ones lie and make the chart taller; figures stand outside, with room."""
    few, many, long = bars(4), bars(31), bars(4, "一个名字很长很长的营销活动")
    assert "orientation" not in few["data"][0]
    for lying in (many, long):
        assert lying["data"][0]["orientation"] == "h"
        assert lying["layout"]["yaxis"]["dtick"] == 1
        assert lying["layout"]["yaxis"]["autorange"] == "reversed"
        assert lying["data"][0]["textposition"] == "outside"
        assert lying["layout"]["xaxis"]["range"][1] > max(lying["data"][0]["x"]) * 1.2
    assert many["layout"]["height"] > 31 * 19
    assert few["layout"]["yaxis"]["range"][1] > 3 * 1.1


def test_the_legend_has_its_own_margin_above_the_plot() -> None:
    """It never lies on the labels of the axis: the margin grows with its lines, and there is none for one series."""
    layouts = [
        bars(3, series=tuple(Series(f"系列{index}", (1.0, 2.0, 3.0)) for index in range(count)))["layout"]
        for count in (1, 2, 8)
    ]
    assert [layout["showlegend"] for layout in layouts] == [False, True, True]
    assert layouts[0]["margin"]["t"] < layouts[1]["margin"]["t"] < layouts[2]["margin"]["t"]
    assert (layouts[1]["legend"]["y"], layouts[1]["legend"]["yanchor"]) == (1, "bottom")


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=results)
def test_every_chart_can_be_drawn(found: Result) -> None:
    """Any result gives no chart or some whose figure is valid JSON with a value or a gap for every label."""
    for language in ("zh", "en"):
        charts = charts_of(found, CATALOG, language)
        assert len(charts) <= MOST_CHARTS
        for chart in charts:
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


_COHORTS = ["cohort", "size", "period", "users", "rate", "complete"]


def cohorts(count: int) -> Result:
    rows = [
        [f"2025-12-{day:02d}", 50, period, 50 - period * 10, 1 - period / 5, True]
        for day in range(1, count + 1)
        for period in range(4)
    ]
    return result(_COHORTS, rows, tool="retention_matrix", params={**WEEK})


def test_retention_is_a_curve_for_few_cohorts_and_a_heat_map_for_many() -> None:
    """Up to four cohorts are lines; more have a line of coloured cells each, none left out by the limit on series."""
    curve, heat = chart_of(cohorts(2), "zh"), chart_of(cohorts(12), "zh")
    assert curve
    assert heat
    assert (curve.kind, heat.kind) == ("line", "heat")
    assert len(heat.series) == 12
    assert heat.labels == ("第 0 天", "第 1 天", "第 2 天", "第 3 天")
    drawn = figure(heat, dark=True)
    assert drawn["data"][0]["type"] == "heatmap"
    assert len(drawn["data"][0]["z"]) == 12
    assert drawn["data"][0]["zmax"] == 0.8
    assert drawn["layout"]["showlegend"] is False


def test_a_lifecycle_has_those_who_fell_asleep_below_zero() -> None:
    """The flow stacks who came and stayed, dormant users below zero; the figures themselves stay positive."""
    columns = ["period", "active", "new", "retained", "resurrected", "dormant"]
    rows = [["2025-12-15", 100, 20, 70, 10, 30], ["2025-12-22", 110, 30, 70, 10, 25]]
    params = {"start": "2025-12-15", "end": "2025-12-28"}
    chart = chart_of(result(columns, rows, tool="lifecycle_flow", params=params), "zh")
    assert chart
    assert chart.kind == "flow"
    assert chart.series[-1].values == (-30, -25)
    drawn = figure(chart, dark=False)
    assert drawn["layout"]["barmode"] == "relative"
    assert drawn["data"][-1]["text"] == ["30", "25"]
    assert min(drawn["layout"]["yaxis"]["range"]) <= -30
    assert max(drawn["layout"]["yaxis"]["range"]) >= 110
    assert not any("-" in text for text in drawn["layout"]["yaxis"]["ticktext"])


def test_an_experiment_shows_the_interval_of_its_difference() -> None:
    """The interval plot holds both ends of the interval; the values of the arms are bars beside it."""
    columns = ["variant", "users", "value", "difference", "ci_low", "ci_high", "p_value", "srm_p"]
    rows = [["control", 100, 0.38, None, None, None, None, 0.5], ["treatment", 103, 0.45, 0.07, 0.03, 0.12, 0.01, 0.5]]
    found = result(columns, rows, "ratio", tool="experiment_readout", metrics=["retention_d7"], params={})
    interval, arms = charts_of(found, CATALOG, "zh")
    assert (interval.kind, arms.kind) == ("interval", "bar")
    assert (interval.series[0].low, interval.series[0].high) == ((0.03,), (0.12,))
    drawn = figure(interval, dark=None)
    assert drawn["data"][0]["error_x"]["array"] == pytest.approx([0.05])
    assert drawn["data"][0]["error_x"]["arrayminus"] == pytest.approx([0.04])
    low, high = drawn["layout"]["xaxis"]["range"]
    assert low <= 0
    assert high >= 0.12


def test_an_explanation_draws_the_parts_of_its_best_dimension_only() -> None:
    """The bars are the values that add up to the change: no total, and no value of another dimension."""
    columns = ["dimension", "value", "base", "current", "contribution", "mix", "rate"]
    rows: list[list[Any]] = [
        ["total", None, 300.0, 240.0, -60.0, None, None],
        ["channel", "kol", 100.0, 50.0, -50.0, -20.0, -30.0],
        ["channel", "(rest)", 200.0, 190.0, -10.0, 0.0, -10.0],
        ["platform", "ios", 80.0, 90.0, 10.0, 5.0, 5.0],
    ]
    chart = chart_of(result(columns, rows, "CNY", tool="explain_change", metrics=["gmv"]), "zh")
    assert chart
    assert chart.labels == ("KOL合作", "其余取值")
    assert chart.series[0].values == (-50.0, -10.0)
    assert chart.title.endswith("（渠道）")
