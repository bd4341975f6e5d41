"""Tables and CSV files: headings in words, formatted cells here, raw ones there, nothing that runs."""

from __future__ import annotations

import csv
import io

from assistant.answer.csv_export import csv_bytes
from assistant.answer.tables import table_of
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
    assert table_of(found, CATALOG, "zh").rows == (("1", "search", "5", "100%", "x"),)


def test_cells_have_no_control_characters() -> None:
    """A value from data cannot steer a terminal or turn text around."""
    found = result(
        ["campaign", "orders"], [["a\x1b[31m\u202eb\nc", 1]], "count", params={**WEEK, "dimensions": ["campaign"]}
    )
    assert table_of(found, CATALOG, "zh").rows[0][0] == "a[31mb c"


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
