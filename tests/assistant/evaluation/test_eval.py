"""``yunce eval`` over files, and the question set that the repository brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.evaluation.ground import Ground
from assistant.evaluation.planning import planned
from assistant.evaluation.questions import Item, read_set
from assistant.evaluation.scores import score
from knowledge.errors import QueryError
from tests.assistant.cli.running import yunce
from tests.assistant.planner.worlds import demo_world

QUESTIONS = Path(__file__).parent / "questions.jsonl"


def _items() -> list[Item]:
    return [item for item in read_set(QUESTIONS) if isinstance(item, Item)]


def test_the_own_set_is_of_both_languages_and_half_nasty() -> None:
    """The set has at least 60 items, a third in each language, and half of the single questions are nasty."""
    items = _items()
    assert len(items) >= 60
    assert min(sum(item.language == language for item in items) for language in ("zh", "en")) >= len(items) // 3
    single = [item for item in items if not item.is_session]
    assert 2 * sum("nasty" in item.tags for item in single) >= len(single)


def test_the_own_set_is_read_right_and_never_answered_wrong() -> None:
    """At least 95% of the turns are right, and none is answered wrong."""
    items, world = _items(), demo_world(analyses=True)
    scores = score(items, planned(items, world), Ground.of(world))
    failed = [(f.id, f.question, f.note) for f in scores.failures]
    assert scores.count("wrong") == 0, failed
    assert scores.count("right") >= 0.95 * sum(len(item.turns) for item in items), failed


def _line(**more: Any) -> str:
    return json.dumps({"lang": "zh", "tags": ["t"], **more}, ensure_ascii=False)


def _expect(metric: str, day: str) -> dict[str, Any]:
    return {"status": "answered", "tool": "query_metrics", "params": {"metrics": [metric], "start": day, "end": day}}


def test_a_file_is_scored_and_its_failures_are_shown(demo_home: Path, tmp_path: Path) -> None:
    """Right, wrong and refused stand apart, in JSON and in words; each failure is one block."""
    file = tmp_path / "set.jsonl"
    turns = [
        {"question": "昨天的日活", "expect": _expect("dau", "2025-12-30")},
        {"question": "前天呢", "expect": _expect("dau", "2025-12-29")},
    ]
    lines = [
        _line(id="a", session=turns),
        _line(id="b", question="昨天的日活", expect=_expect("gmv", "2025-12-30")),
        _line(id="c", question="昨天的毛利率", expect=_expect("gmv", "2025-12-30")),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    done = yunce(demo_home, "eval", str(file), "--json")
    scores = json.loads(done.out)
    assert scores["total"]["turns"] == {"right": 2, "wrong": 1, "refused": 1}
    assert scores["total"]["items"] == {"right": 1, "wrong": 1, "refused": 1}
    assert [f["id"] for f in scores["failures"]] == ["b", "c"]
    words = yunce(demo_home, "eval", str(file)).out
    assert "wrong b (other tool or params) 昨天的日活\n" in words
    assert words.count("gmv") == 2


def test_bad_lines_are_named_before_anything_is_asked(tmp_path: Path) -> None:
    """Every unreadable line is named with its number."""
    file = tmp_path / "set.jsonl"
    file.write_text('{"id": 1}\nno json\n' + _line(id="a", question="?", expect={"status": "maybe"}), encoding="utf-8")
    with pytest.raises(QueryError) as caught:
        read_set(file)
    assert all(f"\n  {n}: " in caught.value.text.en for n in (1, 2, 3))
    with pytest.raises(QueryError):
        read_set(tmp_path / "none.jsonl")
