"""What a careful analyst would add stands in the notes, in both languages, and only where it is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse


@pytest.fixture(scope="module")
def layer(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    """The semantic layer over the demo, with receipts of its own."""
    warehouse = Warehouse(demo_home / "warehouse" / "serving.duckdb")
    yield SemanticLayer(load_catalog(), warehouse, ReceiptStore(tmp_path_factory.mktemp("receipts")))
    warehouse.close()


def notes(layer: SemanticLayer, **query: Any) -> tuple[list[str], list[str]]:
    """Return the notes of a query, Chinese and English."""
    found = layer.run(MetricQuery(**query)).notes
    return [note.zh for note in found], [note.en for note in found]


WEEK = {"start": date(2025, 12, 22), "end": date(2025, 12, 28)}
CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"metrics": ("dau", "wau"), **WEEK, "compare": "year_ago"}, "对比期为 2024-12-23", "compared with 2024-12-23"),
    ({"metrics": ("gmv",), "start": date(2024, 1, 1), "end": date(2024, 7, 31)}, "已截取", "was cut"),
    ({"metrics": ("mau",), "start": date(2025, 11, 1), "end": date(2025, 11, 30), "grain": "day"}, "改为按月", "raised from day"),
    ({"metrics": ("gmv",), "start": date(2025, 11, 3), "end": date(2025, 11, 30), "grain": "month"}, "不完整", "is incomplete"),
    ({"metrics": ("mau",), "start": date(2025, 10, 1), "end": date(2025, 12, 10)}, "最后一个完整月", "last whole month"),
    ({"metrics": ("retention_d7",), "start": date(2025, 12, 1), "end": date(2025, 12, 31)}, "未计入", "are left out"),
    ({"metrics": ("roi",), "start": date(2025, 12, 1), "end": date(2025, 12, 31)}, "仍会增加", "will still grow"),
    ({"metrics": ("gmv",), "start": date(2024, 7, 1), "end": date(2024, 7, 31), "compare": "previous"}, "无法对比", "cannot be compared"),
    ({"metrics": ("gmv",), **WEEK, "compare": "target", "dimensions": ("platform",)}, "目标为空", "target is empty"),
    ({"metrics": ("dau",), "dimensions": ("platform",)}, "不等于总数", "do not add up"),
    ({"metrics": ("retention_d30",), **WEEK}, "分母为 0", "denominator is 0"),
    (
        {"metrics": ("gmv",), "start": date(2024, 7, 1), "end": date(2024, 7, 2),
         "filters": [{"dimension": "campaign", "values": ["spark"]}]},
        "活动为 spark", "campaign is spark",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "zh", "en"), CASES, ids=[case[2] for case in CASES])
def test_what_is_due_is_said_once_in_each_language(
    layer: SemanticLayer, query: dict[str, Any], zh: str, en: str
) -> None:
    """The note is there, in Chinese and in English, and not twice."""
    in_zh, in_en = notes(layer, **query)
    assert len([note for note in in_zh if zh in note]) == 1, in_zh
    assert len([note for note in in_en if en in note]) == 1, in_en


def test_a_plain_figure_needs_no_note(layer: SemanticLayer) -> None:
    """A whole month that is over, of a metric that is settled, speaks for itself."""
    assert notes(layer, metrics=("gmv",), start=date(2025, 10, 1), end=date(2025, 10, 31)) == ([], [])
