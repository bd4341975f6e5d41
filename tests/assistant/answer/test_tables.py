"""Tables and CSV files: headings in words, formatted cells here, raw ones there, nothing that runs."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.column_formats import column_formatter
from assistant.answer.csv_export import csv_bytes
from assistant.answer.tables import needs_table, table_of
from knowledge.text import Language
from tests.assistant.answer.shapes import CATALOG, WEEK, result
from tools.semantic_layer.result import Result

COLUMNS = [
    *("period", "channel", "retention_d7", "retention_d7__numerator", "retention_d7__denominator"),
    *("retention_d7__base", "retention_d7__change", "retention_d7__change_pct"),
]
KEPT = result(
    COLUMNS,
    [
        ["2025-12-01", "kol", 0.38214, 412, 1078, 0.41414, -0.032, -0.07727],
        ["2025-12-01", None, None, 0, 0, None, None, None],
    ],
    "ratio",
    params={**WEEK, "grain": "month", "dimensions": ["channel"]},
)


def lines(found: Result, language: Language = "zh") -> list[list[str]]:
    raw = csv_bytes(found, CATALOG, language)
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_a_table_reads_like_the_answer() -> None:
    """Names for values, formats for figures, a dash for what is unknown, no numerators; in both languages."""
    table = table_of(KEPT, CATALOG, "zh")
    assert table.title == "7日留存率"
    assert table.columns == ("时间", "渠道", "7日留存率", "对比期", "变化", "变化率")
    assert table.rows[0] == ("2025年12月", "KOL合作", "38.2%", "41.4%", "-3.2 个百分点", "-7.7%")
    assert table.rows[1] == ("2025年12月", "未知", "—", "—", "—", "—")
    assert table_of(KEPT, CATALOG, "en").rows[0] == ("Dec 2025", "KOL", "38.2%", "41.4%", "-3.2 pp", "-7.7%")


def test_several_metrics_are_told_apart() -> None:
    """With several metrics the compared columns carry the metric's name."""
    found = result(
        ["orders", "orders__base", "gmv", "gmv__base"], [[1, 2, 3.0, 4.0]], {"orders": "count", "gmv": "CNY"}
    )
    assert table_of(found, CATALOG, "en").columns == ("Orders", "Orders: base", "GMV", "GMV: base")


def test_other_tools_have_headings() -> None:
    """Fixed columns have headings in words; a column nobody knows keeps its name."""
    found = result(["step", "event", "users", "rate", "odd"], [[1, "search", 5, 1.0, "x"]], tool="funnel")
    assert table_of(found, CATALOG, "zh").columns == ("步骤", "事件", "人数", "总转化率", "odd")
    assert table_of(found, CATALOG, "zh").rows == (("1", "搜索", "5", "100%", "x"),)


def test_cells_have_no_control_characters() -> None:
    """A value from data cannot steer a terminal or turn text around."""
    found = result(
        ["campaign", "orders"], [["a\x1b[31m\u202eb\nc", 1]], "count", params={**WEEK, "dimensions": ["campaign"]}
    )
    assert table_of(found, CATALOG, "zh").rows[0][0] == "a[31mb c"


@pytest.mark.parametrize(
    ("unit", "language", "values", "cells"),
    [
        ("CNY", "zh", [29950.0, 3067.49, 98400.0, 371700.5], ["¥29,950.00", "¥3,067.49", "¥98,400.00", "¥371,700.50"]),
        ("CNY", "zh", [371_700_000.0, 20_000_000.0], ["¥37,170.00万", "¥2,000.00万"]),
        ("CNY", "en", [371_700_000.0, 20_000_000.0], ["¥371.70M", "¥20.00M"]),
        ("CNY", "zh", [371_700_000.0, 3.5, 0.0], ["¥371,700,000.00", "¥3.50", "¥0.00"]),
        ("users", "zh", [272, 1_283_000, None], ["272", "1,283,000", "—"]),
        ("users", "zh", [235.32, 1283.0], ["235.3", "1,283.0"]),
        ("ratio", "zh", [0.38214, 0.0004, 0.0], ["38.21%", "0.04%", "0.00%"]),
        ("ratio", "zh", [0.9996, 1.0, 0.5], ["99.96%", "100.00%", "50.00%"]),
        ("seconds", "zh", [8.0, 120.0, 10800.0], ["0.1 分钟", "2.0 分钟", "180.0 分钟"]),
    ],
)
def test_a_column_has_one_scale_and_the_same_decimals(
    unit: str, language: Language, values: list[float | None], cells: list[str]
) -> None:
    """Figures one under the other can be compared; none above 0 is written as 0, no share below 1 as 100%."""
    write = column_formatter(values, unit, language, signed=False)
    assert [write(value) for value in values] == cells


@given(unit=st.sampled_from(["users", "CNY", "ratio", "pp", "days", "seconds", "multiple"]), data=st.data())
def test_columns_of_any_figures_are_fair(unit: str, data: st.DataObject) -> None:
    """Whatever the figures, all have as many decimals, and only 0 is written as 0."""
    values = data.draw(st.lists(st.floats(-1e12, 1e12).filter(lambda v: v == 0 or abs(v) > 1e-5), min_size=1))
    write = column_formatter(values, unit, "zh", signed=True)
    cells = [write(value) for value in values]
    assert len({len(decimals) for cell in cells for decimals in re.findall(r"\d(?:\.(\d+))?(?![\d.,])", cell)}) == 1
    for value, cell in zip(values, cells, strict=True):
        assert (re.search("[1-9]", cell) is None) == (value == 0)
        assert cell.startswith("-" if value < 0 else "+" if value > 0 else ("¥0", "0"))


def test_changes_in_a_column_have_signs() -> None:
    """A rise has its plus in the table as in the text."""
    columns = ["channel", "gmv", "gmv__base", "gmv__change", "gmv__change_pct"]
    found = result(columns, [["kol", 20000.0, 10000.0, 10000.0, 1.0], ["search", 5.0, 10.0, -5.0, -0.5]], "CNY")
    assert table_of(found, CATALOG, "zh").rows[0][3:] == ("+¥10,000.00", "+100.0%")
    assert table_of(found, CATALOG, "zh").rows[1][3:] == ("-¥5.00", "-50.0%")


def test_a_single_figure_needs_no_table() -> None:
    """One figure is a sentence; several, a split, a comparison, or another analysis is a table."""
    assert not needs_table(result(["orders"], [[5]], "count"))
    assert not needs_table(result(["orders"], [], "count"))
    assert needs_table(result(["orders"], [[5]], "count", params={**WEEK, "compare": "previous"}))
    assert needs_table(result(["orders", "gmv"], [[5, 6.0]], {"orders": "count", "gmv": "CNY"}))
    assert needs_table(result(["channel", "orders"], [["kol", 5]], "count", params={**WEEK, "dimensions": ["channel"]}))
    assert needs_table(result(["size", "share_all", "share_active"], [[5, 0.1, 0.2]], tool="build_segment"))


def test_a_cut_table_says_so() -> None:
    """Whoever draws the table knows that these are the first rows only."""
    found = result(["channel", "orders"], [["kol", 5]], "count", truncated=True)
    assert table_of(found, CATALOG, "zh").more
    assert not table_of(KEPT, CATALOG, "zh").more


def test_csv_is_raw_and_complete() -> None:
    """A byte-order mark, headings in words, every column, full precision, empty for unknown."""
    assert csv_bytes(KEPT, CATALOG, "zh").startswith(b"\xef\xbb\xbf")
    header, first, second = lines(KEPT)
    assert header[:6] == ["时间", "渠道", "渠道（编号）", "7日留存率", "7日留存率（分子）", "7日留存率（分母）"]
    assert first == ["2025-12-01", "KOL合作", "kol", "0.38214", "412", "1078", "0.41414", "-0.032", "-0.07727"]
    assert second == ["2025-12-01", "未知", "", "", "0", "0", "", "", ""]
    assert lines(KEPT, "en")[0][2:5:2] == ["channel (id)", "Day-7 retention (numerator)"]


def test_csv_text_runs_no_formula() -> None:
    """Text that a spreadsheet would run is preceded by an apostrophe; negative numbers stay numbers."""
    names = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", " =1", "plain", 'quote"d', "a,b", "双11"]
    found = result(
        ["campaign", "revenue"], [[name, -5.5] for name in names], "CNY", params={**WEEK, "dimensions": ["campaign"]}
    )
    cells = [row[1] for row in lines(found)[1:]]
    assert cells == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "'＝1", "' =1", "plain", 'quote"d', "a,b", "双11"]
    assert {row[2] for row in lines(found)[1:]} == {"-5.5"}
    assert not any(row[0].startswith(("=", "+", "-", "@", "＝", " =")) for row in lines(found)[1:])


def test_a_retention_matrix_is_a_matrix() -> None:
    """A line per cohort and a column per period, with a dash where a period is not over."""
    rows = [
        [start, 100, period, users, None if users is None else users / 100, users is not None]
        for start, line in (("2025-12-01", (100, 40, 30)), ("2025-12-08", (100, 50, None)))
        for period, users in enumerate(line)
    ]
    columns = ["cohort", "size", "period", "users", "rate", "complete"]
    found = result(columns, rows, tool="retention_matrix", params={**WEEK, "cohort": "week"})
    table = table_of(found, CATALOG, "zh")
    assert table.columns == ("注册日期", "人数", "第 0 周", "第 1 周", "第 2 周")
    assert table.rows == (
        ("2025-12-01", "100", "100%", "40.0%", "30.0%"),
        ("2025-12-08", "100", "100%", "50.0%", "—"),
    )
    assert table_of(found, CATALOG, "en").columns[2:] == ("Week 0", "Week 1", "Week 2")
