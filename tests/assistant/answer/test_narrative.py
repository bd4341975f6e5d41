"""Sentences that are true on their own: of cut rows, rankings, conditions and periods that the range cuts."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.answer.compose import compose
from knowledge.text import Language
from tests.assistant.answer.shapes import CATALOG, WEEK, result
from tools.semantic_layer.result import Result

YEAR = {"start": "2025-01-01", "end": "2025-12-31"}
MONTHS = ["2025-10-01", "2025-11-01", "2025-12-01"]
SUPERLATIVES = ("最高", "最低", "变化最大", "上升", "下降", "highest", "lowest", "biggest", "went from", "up ", "down ")


def told(found: Result, language: Language = "zh") -> str:
    """Return the sentences before the fixed parts, which must all have passed the number check."""
    answer = compose("", language, [found], CATALOG).answer
    return answer.split("\n\n- **", maxsplit=1)[0]


def over_time(rows: list[list[Any]], columns: list[str], unit: str = "CNY", **params: Any) -> Result:
    return result(["period", *columns], rows, unit, params={**YEAR, "grain": "month", **params})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cut_rows_are_not_compared(language: Language) -> None:
    """Rows that the limit cut say how many are shown, never which is highest, lowest, or how it went."""
    rows = [[f"2025-01-{day:02d}", name, day] for day in range(1, 32) for name in ("kol", "search", "organic")]
    params = {**YEAR, "grain": "day", "dimensions": ["channel"]}
    found = result(["period", "channel", "dau"], rows, "users", params=params, truncated=True)
    said = told(found, language)
    assert not any(word in said.lower() for word in SUPERLATIVES), said
    assert ("显示前 93 行，另有更多" if language == "zh" else "first 93 rows are shown; there are more") in said
    columns = ["new_users", "new_users__base", "new_users__change", "new_users__change_pct"]
    split = result(
        ["channel", *columns],
        [[f"c{index}", index, 1, index - 1, index - 1.0] for index in range(100)],
        "users",
        params={**WEEK, "dimensions": ["channel"]},
        truncated=True,
    )
    assert not any(word in told(split, language).lower() for word in SUPERLATIVES)


def test_cut_rows_in_order_of_a_figure_still_tell_the_leaders() -> None:
    """The head of an ordered list is known whatever was cut off its end."""
    rows = [[f"c{index}", 1000 - index] for index in range(100)]
    order = {"column": "orders", "direction": "desc"}
    params = {**WEEK, "dimensions": ["channel"], "order_by": order}
    said = told(result(["channel", "orders"], rows, "count", params=params, truncated=True))
    assert "订单数从高到低：**c0**（1,000）、**c1**（999）" in said
    assert said.endswith("显示前 100 行，另有更多。")


def test_a_ranking_over_time_is_no_trend() -> None:
    """The three months with the highest GMV are told in that order: none of them is the lowest, nothing rose."""
    rows = [["2025-11-01", 30.0], ["2025-12-01", 20.0], ["2025-10-01", 10.0]]
    found = over_time(rows, ["gmv"], order_by={"column": "gmv", "direction": "desc"}, limit=3)
    assert told(found) == (
        "2025-01-01 至 12-31，按月份看，成交额（GMV）从高到低："
        "**2025年11月**（¥30.00）、**2025年12月**（¥20.00）、**2025年10月**（¥10.00）。"
    )
    only = over_time(rows[:1], ["gmv"], order_by={"column": "gmv", "direction": "desc"}, limit=1)
    assert told(only, "en").endswith("by month, the highest GMV is **Nov 2025** (¥30.00).")


def test_a_ranking_marks_a_period_that_the_range_cuts() -> None:
    """The lowest month may be lowest only because it is not over."""
    rows = [["2025-12-01", 5.0], ["2025-11-01", 9.0]]
    order = {"column": "gmv", "direction": "asc"}
    params = {"start": "2025-01-01", "end": "2025-12-10", "grain": "month", "order_by": order, "limit": 2}
    said = told(result(["period", "gmv"], rows, "CNY", params=params))
    assert "**2025年12月（不完整）**（¥5.00）、**2025年11月**（¥9.00）" in said


def test_a_limit_without_an_order_of_figures_has_no_lowest() -> None:
    """A limit reached cuts rows; what is left is listed where it is short and is never a minimum."""
    rows = [["kol", 9], ["search", 5], ["organic", 4], ["community", 4], ["offline", 1]]
    params = {**WEEK, "dimensions": ["channel"], "limit": 5}
    said = told(result(["channel", "orders"], rows, "count", params=params))
    assert "订单数：KOL合作 **9**、" in said
    assert not any(word in said for word in SUPERLATIVES)
    many = [[f"c{index}", index] for index in range(9)]
    said = told(result(["channel", "orders"], many, "count", params={**params, "limit": 9}))
    assert said.endswith("只取了 9 行，见表格。")


def test_conditions_on_figures_are_part_of_the_sentence() -> None:
    """Of the rows that meet a condition the sentence says so, and how many there are."""
    rows = [["kol", 9.0], ["search", 5.0], ["organic", 4.0], ["community", 3.0], ["offline", 1.0]]
    having = [{"column": "gmv", "op": "lt", "value": 10000}]
    params = {**WEEK, "dimensions": ["channel"], "having": having}
    found = result(["channel", "gmv"], rows, "CNY", params=params)
    assert "在 成交额（GMV） < ¥1万 的渠道中（共 5 项），成交额（GMV）最高的是 KOL合作" in told(found)
    assert "where GMV < ¥10,000 (5 rows), by channel, GMV highest in KOL" in told(found, "en")
    one = result(["channel", "gmv"], rows[:1], "CNY", params=params)
    assert told(one).endswith("在 成交额（GMV） < ¥1万 的渠道中（共 1 项），成交额（GMV）：KOL合作 **¥9.00**。")


def test_a_total_that_meets_a_condition_says_so() -> None:
    """The condition stands before the figure also where there is nothing to compare."""
    having = [{"column": "gmv", "op": "gt", "value": 10000}]
    found = result(["gmv"], [[20000.0]], "CNY", params={**WEEK, "having": having})
    assert told(found).endswith("符合 成交额（GMV） > ¥1万，成交额（GMV） **¥2万**。")


def test_months_that_meet_a_condition_are_no_trend() -> None:
    """A condition takes months away, so there is no course from the first to the last that is left."""
    found = over_time(
        [["2025-03-01", 9.0], ["2025-11-01", 5.0]], ["gmv"], having=[{"column": "gmv", "op": "lt", "value": 10}]
    )
    assert told(found).endswith(
        "在 成交额（GMV） < ¥10.00 的月份中（共 2 项），成交额（GMV）：2025年3月 **¥9.00**、2025年11月 **¥5.00**。"
    )


def test_rows_of_one_period_are_told() -> None:
    """Good rows are never called unavailable because there is one period only."""
    rows = [["2025-12-01", "kol", 30.0], ["2025-12-01", "search", 20.0], ["2025-12-01", "organic", None]]
    params = {"start": "2025-12-02", "end": "2025-12-31", "grain": "month", "dimensions": ["channel"]}
    said = told(result(["period", "channel", "gmv"], rows, "CNY", params=params))
    assert "2025年12月（不完整） · KOL合作 **¥30.00**、2025年12月（不完整） · 搜索引擎 **¥20.00**。" in said
    assert "暂无" not in said


def test_the_last_whole_period_stands_for_series_without_a_course() -> None:
    """With one whole period and a cut one, the values of the whole one are compared, not the cut with the whole."""
    rows = [[month, name, value] for month in MONTHS[1:] for name, value in (("kol", 30.0), ("search", 20.0))]
    params = {"start": "2025-11-01", "end": "2025-12-05", "grain": "month", "dimensions": ["channel"]}
    said = told(result(["period", "channel", "gmv"], rows, "CNY", params=params), "en")
    assert said.endswith("GMV: Nov 2025 · KOL **¥30.00**, Nov 2025 · Search **¥20.00**.")


def test_cut_periods_make_no_trend() -> None:
    """A whole month and five days of the next are two figures, not a fall."""
    params = {"start": "2025-11-01", "end": "2025-12-05", "grain": "month"}
    said = told(result(["period", "gmv"], [["2025-11-01", 90.0], ["2025-12-01", 9.0]], "CNY", params=params))
    assert said.endswith("成交额（GMV）：2025年11月 **¥90.00**、2025年12月（不完整） **¥9.00**。")


@pytest.mark.parametrize(
    ("start", "end", "grain", "period", "opening"),
    [
        ("2025-12-29", "2025-12-29", "day", "2025-12-29", "2025-12-29，新增"),
        ("2025-12-01", "2025-12-31", "month", "2025-12-01", "2025-12-01 至 12-31，新增"),
        ("2025-11-01", "2025-12-31", "month", "2025-12-01", "2025-11-01 至 12-31，2025年12月：新增"),
    ],
)
def test_a_date_is_said_once(start: str, end: str, grain: str, period: str, opening: str) -> None:
    """The only period of a result is named where the range has not said it already."""
    params = {"start": start, "end": end, "grain": grain}
    assert told(result(["period", "new_users"], [[period, 7]], "users", params=params)).startswith(opening)
