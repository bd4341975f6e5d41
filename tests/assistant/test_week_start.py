"""The week start is one setting: it moves figures by week, dates in words and what the answer says, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import Calls, Clock, World
from assistant.settings import read_settings
from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from knowledge.weeks import WeekStart
from tests.assistant.planner.worlds import demo_world
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import serving_path


def _layer(home: Path, receipts: Path, start: WeekStart) -> SemanticLayer:
    return SemanticLayer(load_catalog(), Warehouse(serving_path(home)), ReceiptStore(receipts), start)


def _rows(layer: SemanticLayer, **query: Any) -> list[dict[str, Any]]:
    result = layer.run(MetricQuery(**query))
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def test_figures_by_week_follow_the_setting(demo_home: Path, tmp_path: Path) -> None:
    """A Sunday week's users and money are those of its seven days, named by its Sunday, and the result says so."""
    layer = _layer(demo_home, tmp_path, "sunday")
    weeks = _rows(layer, metrics=("wau", "gmv"), start=date(2025, 11, 2), end=date(2025, 11, 15), grain="week")
    assert [row["period"] for row in weeks] == ["2025-11-02", "2025-11-09"]
    for row in weeks:
        first = date.fromisoformat(row["period"])
        last = first.replace(day=first.day + 6)
        own = _rows(layer, metrics=("gmv", "active_users"), start=first, end=last)[0]
        assert row["gmv"] == own["gmv"]
        assert row["wau"] == own["active_users"]
    monday = _layer(demo_home, tmp_path, "monday")
    assert _rows(monday, metrics=("wau",), start=date(2025, 11, 3), end=date(2025, 11, 9))[0]["wau"] != weeks[0]["wau"]
    by_week = layer.run(MetricQuery(metrics=("weekly_retention",), start=date(2025, 11, 2), end=date(2025, 11, 8)))
    assert "Weeks start on Sunday." in [note.en for note in by_week.notes]
    assert "active_weeks" not in by_week.sql


def test_without_the_setting_nothing_changes(demo_home: Path, tmp_path: Path) -> None:
    """By day and by month the statement is the same whichever day weeks begin on."""
    query = MetricQuery(metrics=("dau", "gmv"), start=date(2025, 11, 1), end=date(2025, 11, 30), grain="day")
    both = [_layer(demo_home, tmp_path, start).run(query) for start in ("monday", "sunday")]
    assert both[0].sql == both[1].sql
    assert both[0].rows == both[1].rows


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("本周GMV", ("2025-12-28", "2025-12-31")),
        ("上周的GMV", ("2025-12-21", "2025-12-27")),
        ("上周日的GMV", ("2025-12-21", "2025-12-21")),
        ("上周末的GMV", ("2025-12-27", "2025-12-28")),
        ("GMV last week", ("2025-12-21", "2025-12-27")),
        ("GMV this week", ("2025-12-28", "2025-12-31")),
        ("上个月的GMV", ("2025-11-01", "2025-11-30")),
    ],
)
def test_words_follow_the_setting(question: str, days: tuple[str, str]) -> None:
    """本周 and last week begin on the Sunday, and the answer says so; months do not move."""
    held = demo_world()
    clock = Clock(held.clock.today, held.clock.as_of, held.clock.data_start, week_start="sunday")
    made = plan(question, World(held.catalog, clock, held.values, held.tools))
    assert isinstance(made, Calls)
    assert (made.calls[0].params["start"], made.calls[0].params["end"]) == days
    assert (made.said is not None and "周日" in made.said.zh) == ("月" not in question)


def test_the_setting_is_checked(tmp_path: Path) -> None:
    """Monday and Sunday are taken in any case; another day is refused by name."""
    assert read_settings({"YUNCE_WEEK_START": "Sunday"}, folder=tmp_path).week_start == "sunday"
    assert read_settings({}, folder=tmp_path).week_start == "monday"
    with pytest.raises(QueryError, match="YUNCE_WEEK_START"):
        read_settings({"YUNCE_WEEK_START": "tuesday"}, folder=tmp_path)
