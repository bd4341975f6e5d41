"""Questions that were once answered with the wrong dates or without their condition, and their siblings in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, World
from tests.assistant.planner.worlds import demo_world


@pytest.fixture(scope="module")
def world() -> World:
    return demo_world(analyses=True)


def _params(question: str, world: World) -> dict[str, Any]:
    made = plan(question, world)
    assert isinstance(made, Calls), question
    return dict(made.calls[0].params)


def _asked(question: str, world: World) -> list[str]:
    made = plan(question, world)
    assert isinstance(made, AskBack), question
    return [choice.zh for choice in made.choices]


@pytest.mark.parametrize(
    ("day", "until"),
    [
        ("12月10日", "2025-12-09"),
        ("12月5日", "2025-12-04"),
        ("12月20号", "2025-12-19"),
        ("十二月二十日", "2025-12-19"),
        ("11月3日", "2025-11-02"),
        ("15号", "2025-12-14"),
        ("11月", "2025-10-31"),
    ],
)
def test_before_a_date_is_never_so_many_days_ago(day: str, until: str, world: World) -> None:
    """12月10日前 is up to the 9th, asked from when; it is not ten days ago, nor does the month get lost."""
    for form in (f"{day}前的GMV", f"{day}之前的订单数", f"{day}前新增"):
        assert all(until in choice for choice in _asked(form, world)), form


def test_days_and_months_ago_still_count_from_today(world: World) -> None:
    """3天前 is a day; 11月前10天, 12月10日前7天 and 11月前三 keep their number."""
    assert _params("3天前的GMV", world)["start"] == "2025-12-28"
    assert _params("11月前10天GMV", world)["end"] == "2025-11-10"
    assert _params("12月10日前7天GMV", world)["start"] == "2025-12-03"
    assert _params("11月GMV前三的渠道", world)["limit"] == 3


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("channels where CAC rose in Q4 vs Q3", {"column": "cac__change_pct", "op": "gt", "value": 0}),
        ("channels whose GMV fell in Q4 vs Q3", {"column": "gmv__change_pct", "op": "lt", "value": 0}),
        ("provinces where GMV dropped in December", {"column": "gmv__change_pct", "op": "lt", "value": 0}),
        ("provinces where GMV went down in December", {"column": "gmv__change_pct", "op": "lt", "value": 0}),
        (
            "channels where GMV dropped more than 10% in December",
            {"column": "gmv__change_pct", "op": "lt", "value": -0.1},
        ),
        ("CAC上升的渠道 Q4比Q3", {"column": "cac__change_pct", "op": "gt", "value": 0}),
        ("12月GMV没有下降的省份", {"column": "gmv__change_pct", "op": "gte", "value": 0}),
    ],
)
def test_a_change_is_a_condition_on_the_rows(question: str, condition: dict[str, Any], world: World) -> None:
    """Rows where it rose or fell are only those, in both languages; not every row with its change."""
    assert _params(question, world)["having"] == [condition]
