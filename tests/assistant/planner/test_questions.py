"""The planner's own questions: each means exactly these calls, this question back, or this refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Decline, Plan, Turn, World, from_json, to_json
from tests.assistant.planner.worlds import demo_world, small_catalog

_LINES = [
    json.loads(line) for line in (Path(__file__).parent / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]


#: Lines that say ``"world": "whole"`` are asked of the whole catalog with every analysis, ``"segments"`` of the same with the
#: ready-made segments, the others of the first metrics of the catalog.
_WORLDS: dict[str, World] = {
    "first": demo_world(small_catalog()),
    "whole": demo_world(analyses=True),
    "segments": demo_world(analyses=True, segments=True),
}


@pytest.fixture(scope="module")
def world() -> World:
    return _WORLDS["first"]


def _world_of(line: dict[str, Any]) -> World:
    return _WORLDS[line.get("world", "first")]


def _turns(line: dict[str, Any]) -> list[dict[str, Any]]:
    return list(line.get("session") or [line])


def _shown(made: Plan) -> dict[str, Any]:
    if isinstance(made, Calls):
        return {"calls": [{"tool": call.tool, "params": dict(call.params)} for call in made.calls]}
    kind = "ask" if isinstance(made, AskBack) else "decline"
    return {kind: [choice.zh for choice in made.choices]}


def _name(line: dict[str, Any]) -> str:
    return str(_turns(line)[0]["question"])


@pytest.mark.parametrize("line", _LINES, ids=_name)
def test_a_question_means_what_is_written(line: dict[str, Any]) -> None:
    """Every turn leads to exactly the plan written beside it, and survives the way through JSON."""
    world = _world_of(line)
    history: list[Turn] = []
    for turn in _turns(line):
        made = plan(turn["question"], world, history)
        assert _shown(made) == turn["expect"], turn["question"]
        history.append(Turn(turn["question"], made))
        assert from_json(json.loads(json.dumps(to_json(history[-1])))) == history[-1]


def test_there_are_enough_questions() -> None:
    """The fixture holds at least 150 questions, both languages and sessions among them."""
    assert len(_LINES) >= 150
    assert {line["lang"] for line in _LINES} == {"zh", "en"}
    assert sum("session" in line for line in _LINES) >= 10


def _asked() -> Iterator[Any]:
    for line in _LINES:
        for turn in _turns(line)[:1]:
            if "ask" in turn["expect"]:
                yield pytest.param(turn["question"], _world_of(line), id=turn["question"])


@pytest.mark.parametrize(("question", "world"), list(_asked()))
def test_every_choice_of_a_question_back_works_as_a_reply(question: str, world: World) -> None:
    """Each choice, in either language, can be sent back as it stands and settles what was asked."""
    first = plan(question, world)
    assert isinstance(first, AskBack)
    for choice in first.choices:
        for reply in choice:
            second = plan(reply, world, [Turn(question, first)])
            assert isinstance(second, Calls), (question, reply, second)


def test_a_turn_from_another_planner_is_followed_up(world: World) -> None:
    """A call that these words alone would not have made is still what a follow-up changes."""
    ran = Calls((_call("gmv"),))
    again = plan("分渠道", world, [Turn("随便一句看不懂的话", ran)])
    assert isinstance(again, Calls)
    assert again.calls[0].params == {
        "metrics": ["gmv"],
        "start": "2025-11-01",
        "end": "2025-11-30",
        "dimensions": ["channel"],
    }


def _call(metric: str) -> Any:
    from assistant.planner.types import Call

    return Call("query_metrics", {"metrics": [metric], "start": "2025-11-01", "end": "2025-11-30"})


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("打开率", "打开率"),
        ("D14 retention", "14"),
        ("火星市日活", "火星"),
        ("NPS", "净推荐值"),
    ],
)
def test_what_is_not_understood_is_named(question: str, names: str, world: World) -> None:
    """A refusal says the very words, and offers the nearest names there are."""
    made = plan(question, world)
    assert isinstance(made, Decline)
    assert names in made.reason.zh
    assert made.choices
