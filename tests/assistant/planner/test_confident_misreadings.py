"""Questions that were once answered with the wrong dates or without their condition, and their siblings in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Turn, World
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


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("中秋节当天订单数", "2025-10-06"),
        ("国庆当天日活", "2025-10-01"),
        ("DAU on National Day", "2025-10-01"),
        ("春节当天订单数", "2025-01-29"),
        ("清明节当天订单数", "2025-04-04"),
        ("端午节那天的订单数", "2025-05-31"),
        ("去年中秋当天订单数", "2024-09-17"),
        ("orders on Mid-Autumn Festival", "2025-10-06"),
    ],
)
def test_the_day_of_a_festival_is_not_its_holiday(question: str, day: str, world: World) -> None:
    """当天 and on … are the festival's own day; its name alone is still the days off, and a day that is not held is asked."""
    params = _params(question, world)
    assert (params["start"], params["end"]) == (day, day)
    assert _params("国庆日活", world)["end"] == "2025-10-08"
    assert _params("DAU over National Day holiday", world)["end"] == "2025-10-08"
    assert isinstance(plan("2019年春节当天订单数", world), AskBack)


@pytest.mark.parametrize("question", ["上月同期GMV", "上个月同期新增", "GMV same period last month"])
def test_the_same_days_of_last_month_are_dates(question: str, world: World) -> None:
    """上月同期 beside a metric is last month up to the same day; with 比 it stays what the range is compared with."""
    params = _params(question, demo_world(today=date(2025, 12, 15)))
    assert (params["start"], params["end"], params.get("compare")) == ("2025-11-01", "2025-11-15", None)
    assert _params("本月GMV比上月同期", world)["compare"] == "previous"


def _last(questions: list[str], world: World) -> dict[str, Any]:
    history: list[Turn] = []
    for question in questions:
        history.append(Turn(question, plan(question, world, history)))
    made = history[-1].plan
    assert isinstance(made, Calls), questions
    return dict(made.calls[0].params)


@pytest.mark.parametrize(
    "questions",
    [
        ["去年双11当天GMV", "和今年比"],
        ["去年双11当天GMV", "比今年"],
        ["GMV during Singles Day last year", "vs this year"],
    ],
)
def test_this_year_beside_days_of_last_year_is_the_same_days(questions: list[str], world: World) -> None:
    """One day of last year is set beside that day of this year, never beside the whole of it."""
    params = _last(questions, world)
    assert (params["start"], params["end"], params["compare"]) == ("2025-11-11", "2025-11-11", "year_ago")


def test_a_bare_difference_keeps_what_was_compared_with(world: World) -> None:
    """Difference after the same day last week is the difference from that day; 环比 still names its own base."""
    params = _last(["DAU yesterday", "same for GMV", "same day last week", "difference"], world)
    assert params["compare"] == {"start": "2025-12-23", "end": "2025-12-23"}
    assert _last(["12月GMV同比", "涨了多少"], world)["compare"] == "year_ago"
    assert _last(["12月GMV同比", "环比呢"], world)["compare"] == "previous"
