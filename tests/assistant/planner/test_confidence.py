"""A word that is not understood is never dropped: garbled questions are asked back or declined."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.evaluation.questions import Item, read_set
from assistant.planner.confidence import LINE, confidence_of
from assistant.planner.plan import plan
from assistant.planner.types import Calls, World
from assistant.planner.understand import understand
from tests.assistant.planner.worlds import demo_world

_QUESTIONS = Path(__file__).parents[1] / "evaluation" / "questions.jsonl"
_ZH = ("剔除退货的", "仅限会员的", "按小时", "去重后的", "不算内部员工的")
_EN = ("excluding refunds", "for members only", "by hour", "net of tax", "members only")
_CONTENT = ("metric", "nth", "value", "dimension", "date", "grain", "compare", "order")
_ABOUT_MEMBERS = ("会员", "members", "实验")


@pytest.fixture(scope="module")
def world() -> World:
    return demo_world(analyses=True, segments=True)


@pytest.fixture(scope="module")
def answered(world: World) -> list[str]:
    items = [item for item in read_set(_QUESTIONS) if isinstance(item, Item) and not item.is_session]
    asked = [i.turns[0].question for i in items if i.turns[0].expect.tool in ("query_metrics", "explain_change")]
    return [q for q in asked if isinstance(plan(q, world), Calls)]


def _is_chinese(question: str) -> bool:
    return not question.isascii()


def test_right_answers_stand_above_the_line(world: World, answered: list[str]) -> None:
    """Everything that is answered is sure enough to be."""
    assert len(answered) >= 25
    assert [q for q in answered if confidence_of(understand(q, world)).score < LINE] == []


def test_an_unread_qualifier_is_never_dropped(world: World, answered: list[str]) -> None:
    """A qualifier that no plan stands for, before or after the question, is asked about or declined."""
    dropped = []
    for question in answered:
        if any(word in question for word in _ABOUT_MEMBERS):
            continue
        more = _ZH if _is_chinese(question) else _EN
        bare = question.rstrip("?？。")
        tried = [f"{bare}，{m}" if _is_chinese(question) else f"{bare}, {m}" for m in more]
        dropped += [asked for asked in tried if isinstance(plan(asked, world), Calls)]
    assert dropped == []


def test_a_nonsense_word_in_place_of_a_content_word_is_never_dropped(world: World, answered: list[str]) -> None:
    """A metric, value, dimension, date, grain or ranking turned into nonsense is asked about or declined."""
    dropped = []
    for question in answered:
        reading = understand(question, world)
        for span in reading.spans:
            if any(map(span.has, _CONTENT)) and not span.has("filler"):
                odd = " 哔卟" if _is_chinese(question) else "blorp"
                asked = reading.text[: span.start] + odd + reading.text[span.end :]
                dropped += [asked] if isinstance(plan(asked, world), Calls) else []
    assert dropped == []


def test_only_keeps_to_what_is_asked_for(world: World) -> None:
    """只看 before the metric that is asked for, a value or dates lowers nothing."""
    for question in ("只看昨天的日活", "只看GMV和日活，上周", "近7天的日活，只看安卓", "Only iOS DAU last week"):
        assert confidence_of(understand(question, world)).score == 1, question
    assert confidence_of(understand("昨天的日活，仅限会员的", world)).score < LINE
