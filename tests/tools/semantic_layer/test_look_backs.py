"""Where a figure rests on days before the data, or on its last day alone, the notes say so in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.segments import All, Not, Recency, Reference, State, Value
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.look_backs import reach
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse


@pytest.fixture(scope="module")
def layer(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    """The semantic layer over the demo, whose data starts on Monday 2024-07-01."""
    warehouse = Warehouse(demo_home / "warehouse" / "serving.duckdb")
    yield SemanticLayer(load_catalog(), warehouse, ReceiptStore(tmp_path_factory.mktemp("receipts")))
    warehouse.close()


def notes(layer: SemanticLayer, metric: str, start: str, end: str, **more: Any) -> tuple[list[str], list[str]]:
    """Return the notes of a query, Chinese and English."""
    query = {"metrics": [metric], "start": start, "end": end, **more}
    found = layer.run(MetricQuery.model_validate(query)).notes
    return [note.zh for note in found], [note.en for note in found]


REACHING = (
    ("rolling_wau", "2024-07-06", "2024-07-06", "2024-06-30"),
    ("rolling_mau", "2024-07-29", "2024-07-29", "2024-06-30"),
    ("weekly_retention", "2024-07-01", "2024-07-07", "2024-06-24"),
    ("monthly_retention", "2024-07-01", "2024-07-31", "2024-06-01"),
    ("churn_rate", "2024-07-01", "2024-07-31", "2024-06-01"),
    ("dormant_users", "2024-08-29", "2024-08-29", "2024-06-30"),
    ("lost_users", "2024-08-29", "2024-08-29", "2024-06-30"),
    ("declining_users", "2024-07-13", "2024-07-13", "2024-06-30"),
    ("reactivation_rate", "2024-08-30", "2024-09-30", "2024-06-30"),
)
"""Metric, first and last day, and the day that it looks back to: the last that is before the data."""


@pytest.mark.parametrize(("metric", "start", "end", "back"), REACHING, ids=[case[0] for case in REACHING])
def test_a_look_back_before_the_data_is_said(
    layer: SemanticLayer, metric: str, start: str, end: str, back: str
) -> None:
    """The note names the day looked back to and the day the data starts, once in each language."""
    in_zh, in_en = notes(layer, metric, start, end)
    assert len([n for n in in_zh if f"要回看到 {back}，早于数据起点 2024-07-01" in n]) == 1, in_zh
    assert len([n for n in in_en if f"looks back to {back}, before the data starts (2024-07-01)" in n]) == 1, in_en


SETTLED = (
    ("rolling_wau", "2024-07-07", "2024-07-07"),
    ("rolling_mau", "2024-07-30", "2024-07-30"),
    ("weekly_retention", "2024-07-08", "2024-07-14"),
    ("monthly_retention", "2024-08-01", "2024-08-31"),
    ("churn_rate", "2024-08-01", "2024-08-31"),
    ("dormant_users", "2024-08-30", "2024-08-30"),
    ("lost_users", "2024-08-30", "2024-08-30"),
    ("declining_users", "2024-07-14", "2024-07-14"),
    ("reactivation_rate", "2024-08-31", "2024-09-30"),
    ("total_users", "2024-07-01", "2024-07-01"),
    ("members", "2024-07-01", "2024-07-01"),
)
"""The first days from which the look-back lies in the data, and metrics that look back to no activity."""


@pytest.mark.parametrize(("metric", "start", "end"), SETTLED, ids=[case[0] for case in SETTLED])
def test_a_look_back_within_the_data_needs_no_note(layer: SemanticLayer, metric: str, start: str, end: str) -> None:
    """A day later, everything that the figure rests on is known, and nothing is said."""
    assert notes(layer, metric, start, end) == ([], [])


def test_the_look_back_of_a_base_is_said(layer: SemanticLayer) -> None:
    """August is compared with July, whose own month before is before the data."""
    in_zh, in_en = notes(layer, "monthly_retention", "2024-08-01", "2024-08-31", compare="previous")
    assert [n for n in in_zh if "要回看到 2024-06-01" in n]
    assert [n for n in in_en if "looks back to 2024-06-01" in n]


def test_the_look_back_of_a_period_is_said(layer: SemanticLayer) -> None:
    """Of all periods the first decides."""
    assert [n for n in notes(layer, "dormant_users", "2024-07-01", "2024-12-31", grain="month")[1] if "2024-06-01" in n]


@pytest.mark.parametrize(("day", "said"), [("2025-06-29", True), ("2025-06-30", False)])
def test_a_segment_that_looks_back_before_the_data_is_said(layer: SemanticLayer, day: str, said: bool) -> None:
    """High-value users are the top by revenue in 365 days; on the 364th day of the data one is missing."""
    filters = [{"dimension": "segment", "values": ["high_value"]}]
    in_zh, in_en = notes(layer, "dau", day, day, filters=filters)
    assert bool([n for n in in_zh if "高价值用户" in n and "数据始于 2024-07-01" in n]) is said
    assert bool([n for n in in_en if "High-value users" in n and "the data starts 2024-07-01" in n]) is said


@pytest.mark.parametrize(("day", "said"), [("2024-08-29", True), ("2024-08-30", False)])
def test_a_lifecycle_that_looks_back_before_the_data_is_said(layer: SemanticLayer, day: str, said: bool) -> None:
    """Sixty days back have to be known to tell the dormant from the lost."""
    in_zh, in_en = notes(layer, "new_users", day, day, dimensions=["lifecycle"])
    assert bool([n for n in in_zh if "生命周期按已知" in n]) is said
    assert bool([n for n in in_en if "Lifecycle stages rest on" in n]) is said


STANDING = ("rolling_wau", "rolling_mau", "total_users", "dormant_users", "lost_users", "declining_users", "members")


@pytest.mark.parametrize("metric", STANDING)
def test_that_only_the_end_of_a_range_counts_is_said(layer: SemanticLayer, metric: str) -> None:
    """Over several days the note names the one that counts; by week or month it says that it is the last of each."""
    in_zh, in_en = notes(layer, metric, "2025-10-01", "2025-12-31")
    assert len([n for n in in_zh if "只看区间的最后一天 2025-12-31" in n]) == len(in_zh) == 1
    assert len([n for n in in_en if "only its last day, 2025-12-31, counts" in n]) == len(in_en) == 1
    in_zh, in_en = notes(layer, metric, "2025-10-01", "2025-12-31", grain="month")
    assert len([n for n in in_zh if "只看每月的最后一天" in n]) == len(in_zh) == 1
    assert len([n for n in in_en if "of each month only its last day counts" in n]) == len(in_en) == 1


@pytest.mark.parametrize("metric", STANDING)
def test_a_day_is_its_own_end(layer: SemanticLayer, metric: str) -> None:
    """Of one day, and by day, nothing has to be said."""
    assert notes(layer, metric, "2025-12-31", "2025-12-31") == ([], [])
    assert notes(layer, metric, "2025-12-29", "2025-12-31", grain="day") == ([], [])


@pytest.mark.parametrize("metric", ["reactivation_rate", "active_users", "renewal_rate"])
def test_what_counts_the_whole_range_does_not_say_so(layer: SemanticLayer, metric: str) -> None:
    """Who is dormant is asked before the range, who comes back in all of it."""
    assert not [n for n in notes(layer, metric, "2025-10-01", "2025-11-30")[1] if "last day" in n]


def test_memberships_too_young_are_said_as_such(layer: SemanticLayer) -> None:
    """A membership has a week to be renewed; the note speaks of memberships and not of who registered."""
    in_zh, in_en = notes(layer, "renewal_rate", "2025-12-01", "2025-12-31")
    assert [n for n in in_zh if "2025-12-24 之后到期的会员还没有满 7 天" in n]
    assert [n for n in in_en if "memberships that expired after 2025-12-24 have not had 7 days" in n]
    assert not [n for n in in_en if "registered" in n]


def test_a_definition_reaches_as_far_as_its_farthest_part() -> None:
    """Windows include the day itself; parts, names and negations do not hide how far they look."""
    segments = load_catalog().segments
    year = Value(measure="revenue", op="gt", value=0, days=365)
    assert reach(year, segments) == 364
    assert reach(Recency(last_active_days={"between": (30, 60)}), segments) == 60
    assert reach(State(state="declining"), segments) == 13
    assert reach(All(all=(State(state="declining"), Not.model_validate({"not": year}))), segments) == 364
    assert reach(Reference(segment="high_value"), segments) == 364
    assert reach(Value(measure="orders", op="gt", value=0), segments) == 0, "ever is as far as there is"


def test_the_two_dates_are_those_of_the_demo(layer: SemanticLayer) -> None:
    """The cases above stand at the edge of the demo's data."""
    meta = layer.warehouse.meta
    assert (meta.data_start, meta.as_of) == (date(2024, 7, 1), date(2025, 12, 31))
