"""A receipt in the side panel can be read: names, version, data, query on its own lines, values and result."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant.chat.receipt_panel import receipt_json, receipt_text
from knowledge.catalog import load_catalog
from knowledge.text import Language
from tests.assistant.chat.fake_assistant import RECEIPT, SQL


def _stored(**changes: Any) -> dict[str, Any]:
    stored: dict[str, Any] = {
        "id": RECEIPT,
        "tool": "query_metrics",
        "params": {"metrics": ["new_users"], "start": "2025-12-01"},
        "metrics": ({"id": "new_users", "version": 3, "content": "1d52a05a1447"},),
        "sql": SQL,
        "bound": {"current_from": "2025-12-01"},
        "engine": "DuckDB 2.0.0",
        "snapshot": "demo-s7",
        "as_of": "2025-12-31",
        "columns": ("channel", "new_users"),
        "rows": (("short_video", 82),),
        "created_at": "2026-11-21T23:41:53+00:00",
    }
    return {**stored, **changes}


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "zh",
            (
                f"`yunce verify {RECEIPT}`",
                "- **指标**：新增注册用户 `new_users` · 版本 3（1d52a05a1447）",
                "- **数据**：快照 `demo-s7`，截至 2025-12-31",
                "**查询结果**",
                "**参数**",
                "**查询语句**",
                "**绑定值**",
            ),
        ),
        (
            "en",
            (
                f"`yunce verify {RECEIPT}`",
                "- **Metric**: New users `new_users` · version 3 (1d52a05a1447)",
                "- **Data**: snapshot `demo-s7`, to 2025-12-31",
                "**Result**",
                "**Parameters**",
                "**Query**",
                "**Bound values**",
            ),
        ),
    ],
)
def test_everything_is_said_in_the_readers_language(language: Language, lines: tuple[str, ...]) -> None:
    """How to check it, each metric with its version, the data, and each part under its heading; the query in lines."""
    text = receipt_text(_stored(), load_catalog(), language)
    for line in lines:
        assert line in text
    assert "2026-11-21 23:41:53 UTC" in text
    assert "```sql\nSELECT\n  DATE_TRUNC(" in text
    assert "| short\\_video | 82 |" in text


def test_the_query_is_never_on_one_line() -> None:
    """A statement stored with line breaks keeps them: none is shown as an escape."""
    text = receipt_text(_stored(sql="SELECT\n  1"), load_catalog(), "en")
    assert "```sql\nSELECT\n  1\n```" in text


def test_values_do_not_break_the_table() -> None:
    """Pipes, markup, line breaks and unknown values stay inside their cells; many rows are counted, ten shown."""
    rows = [("a|b\n*c* ![x](http://evil.example/x.png)", None)] * 12
    lines = receipt_text(_stored(rows=rows), load_catalog(), "en").splitlines()
    cells = [line for line in lines if line.startswith("| a")]
    assert len(cells) == 10
    assert cells[0].startswith("| a\\|b \\*c\\* ")
    assert "![" not in cells[0]
    assert cells[0].endswith(" |  |")
    assert "12 rows, the first 10 shown." in lines


def test_a_receipt_of_an_unknown_metric_without_bound_values_is_shown() -> None:
    """A metric that has left the catalog goes by its id; empty parts are left out."""
    metrics = ({"id": "gone", "version": 1, "content": "x"},)
    text = receipt_text(_stored(metrics=metrics, bound={}, columns=(), rows=()), load_catalog(), "en")
    assert "`gone`" in text
    assert "Bound values" not in text
    assert "Result" not in text


def test_the_file_has_every_field() -> None:
    """The JSON beside it is the receipt as stored."""
    assert json.loads(receipt_json(_stored())) == json.loads(json.dumps(_stored()))
