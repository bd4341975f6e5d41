"""A rise or fall that a question takes for granted is denied first where it did not happen."""

from __future__ import annotations

import pytest

from assistant.answer.compose import compose
from assistant.answer.view import View
from knowledge.text import Language
from tests.assistant.answer.shapes import CATALOG, result

_EXPLAINED = ["dimension", "value", "base", "current", "contribution", "mix", "rate"]
_ROSE = [["total", None, 5680.2, 6094.8, 414.6, None, None], ["day", "2025-12-13", 183.8, 201.9, 18.1, None, None]]
_FELL = [["total", None, 6094.8, 5680.2, -414.6, None, None]]
_DAYS = {"start": "2025-12-01", "end": "2025-12-31"}


def _first(question: str, rows: list[list[object]], language: Language) -> str:
    found = result(_EXPLAINED, rows, "users", tool="explain_change", metrics=["dau"], params={"metric": "dau", **_DAYS})
    return compose(question, language, [found], CATALOG).answer.split("\n", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("question", "rows", "language", "said"),
    [
        ("why did DAU drop in December?", _ROSE, "en", "Daily active users did not fall but rose."),
        ("why was DAU falling in December", _ROSE, "en", "Daily active users did not fall but rose."),
        ("why did DAU grow in December?", _FELL, "en", "Daily active users did not rise but fell."),
        ("为什么12月日活下降", _ROSE, "zh", "日活跃用户数并没有下降，而是上升了。"),
        ("为什么12月日活涨了", _FELL, "zh", "日活跃用户数并没有上升，而是下降了。"),
    ],
)
def test_a_false_premise_is_denied_first(
    question: str, rows: list[list[object]], language: Language, said: str
) -> None:
    """The first sentence says that it did not drop, or rise; what happened follows."""
    told = _first(question, rows, language)
    assert told.startswith(said)
    assert "6,094.8" in told


def test_a_true_premise_is_not_denied() -> None:
    """Where it happened as asked, or no direction was said, nothing is denied."""
    for question, rows in (("为什么12月日活上升", _ROSE), ("为什么12月日活下降", _FELL), ("12月日活为什么变化", _ROSE)):
        assert "并没有" not in _first(question, rows, "zh")
    for question, rows in (("why did DAU drop?", _FELL), ("why did DAU rise?", _ROSE), ("explain DAU", _ROSE)):
        assert "did not" not in _first(question, rows, "en")


def test_dropped_the_most_where_none_dropped() -> None:
    """A ranking by the change says first that none moved that way; where one did, it says nothing of it."""
    columns = ["province", "gmv", "gmv__base", "gmv__change", "gmv__change_pct"]
    order = {"column": "gmv__change_pct", "direction": "asc"}
    for change, denied in ((0.02, True), (-0.02, False)):
        row = ["吉林", 100.0 * (1 + change), 100.0, 100.0 * change, change]
        params = {**_DAYS, "dimensions": ["province"], "compare": "previous", "order_by": order, "limit": 1}
        found = result(columns, [row], "CNY", params=params)
        told = compose("which province's GMV dropped the most", "en", [found], CATALOG).answer
        assert told.startswith("GMV fell in none of them") is denied


def test_a_day_of_a_mean_is_not_shown_as_its_share() -> None:
    """What one day adds to a mean of 31 is told as its contribution, never as what the day itself had."""
    rows = [*_ROSE[:1], ["day", "2025-12-13", 183.8, 201.9, 318.1, None, None]]
    found = result(_EXPLAINED, rows, "users", tool="explain_change", metrics=["dau"], params={"metric": "dau", **_DAYS})
    assert "183.8" not in compose("为什么12月日活上升", "zh", [found], CATALOG).answer
    view = View(found, CATALOG, "zh")
    assert [view.text(found.rows[1], view.columns[name]) for name in ("base", "current")] == ["—", "—"]
    assert view.text(found.rows[0], view.columns["base"]) == "5,680.2"
