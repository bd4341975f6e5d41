"""What a careful analyst would add stands in the notes, in both languages, and only where it is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from tests.tools.semantic_layer.fixtures import open_rows
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
SUMMER = {"start": date(2025, 7, 1), "end": date(2025, 8, 31)}
AUTUMN = {"start": date(2025, 10, 1), "end": date(2025, 10, 31)}
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
    ({"metrics": ("ltv_30",), **WEEK}, "2025-12-02 之后注册的用户还没有到第 29 天", "registered after 2025-12-02 have not reached"),
    ({"metrics": ("ltv_180",), **SUMMER}, "2025-07-05 之后注册的用户还没有到第 179 天", "after 2025-07-05 have not reached day 179"),
    ({"metrics": ("first_pay_d30",), **WEEK}, "还没有到第 29 天", "have not reached day 29"),
    ({"metrics": ("ltv_cac",), **AUTUMN}, "2025-10-03 之后的日子还没有到第 89 天", "registrations and their cost are left out"),
    ({"metrics": ("ltv_cac",), **WEEK}, "分母为 0", "denominator is 0"),
    ({"metrics": ("campaign_roi",), **SUMMER}, "只计同期有花费的活动", "only campaigns with a cost"),
    ({"metrics": ("register_conversion",), "start": date(2025, 12, 1), "end": date(2025, 12, 31)}, "不满 24 小时", "24 hours yet"),
    ({"metrics": ("payment_conversion",), "start": date(2025, 12, 31), "end": date(2025, 12, 31)}, "不满 24 小时", "24 hours yet"),
    ({"metrics": ("attributed_registrations",), **SUMMER}, "归因模型：末次触点；", "Attribution model: last touch;"),
    ({"metrics": ("attributed_registrations",), **SUMMER, "options": {"model": "time_decay"}}, "时间衰减（半衰期 7 天）",
     "time decay (half-life 7 days)"),
    ({"metrics": ("attributed_registrations",), **SUMMER, "options": {"model": "position"}}, "首末各 40%", "40% first, 40% last"),
    ({"metrics": ("attributed_registrations",), "start": date(2024, 7, 15), "end": date(2024, 7, 20)}, "早于数据起点 2024-07-01",
     "before the data starts (2024-07-01)"),
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


@pytest.mark.parametrize("metric", ["gmv", "first_pay_d30", "ltv_60", "payment_conversion", "k_factor", "cpm"])
def test_a_plain_figure_needs_no_note(layer: SemanticLayer, metric: str) -> None:
    """A whole month that is over, of a metric that is settled, speaks for itself."""
    assert notes(layer, metrics=(metric,), start=date(2025, 10, 1), end=date(2025, 10, 31)) == ([], [])


def test_cost_without_users_is_said_once(tmp_path: Path) -> None:
    """A cost that brought nobody leaves LTV/CAC empty, and the note says why: not a zero denominator."""
    bench = open_rows("ltv_cac", tmp_path, load_catalog())
    in_zh, in_en = notes(bench.layer, metrics=("ltv_cac",), start=date(2025, 1, 6), end=date(2025, 1, 10))
    bench.layer.warehouse.close()
    assert [note for note in in_zh if "有 1 行有花费但没有可计的注册用户" in note]
    assert [note for note in in_en if "1 row(s) have a cost but no registered user" in note]
    assert not [note for note in in_zh if "分母为 0" in note]


def test_campaigns_without_cost_are_counted_in_a_note(tmp_path: Path) -> None:
    """Split by campaign, the note says how many rows have no cost; that only those with a cost count is not said then."""
    bench = open_rows("campaign_roi", tmp_path, load_catalog())
    january = {"start": date(2025, 1, 1), "end": date(2025, 1, 31)}
    in_zh, in_en = notes(bench.layer, metrics=("campaign_roi",), dimensions=("campaign",), **january)
    bench.layer.warehouse.close()
    assert [note for note in in_zh if "有 2 行没有花费，比值为空而不是 0" in note]
    assert [note for note in in_en if "2 row(s) have no cost, so the ratio is empty" in note]
    assert not [note for note in in_zh if "只计同期有花费的活动" in note]
