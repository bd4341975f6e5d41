"""Nothing is wired to the demo: another business's catalog is read, planned and computed by the same code."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Decline
from tests.second_domain.asking import scored
from tests.second_domain.world import FOLDER, build, rows, world
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery

_DEMO = Path(__file__).parents[1] / "assistant" / "evaluation" / "questions.jsonl"


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    made = build(tmp_path_factory.mktemp("visits"))
    yield made
    made.warehouse.close()


@pytest.mark.parametrize(("name", "least"), [("first", 31), ("second", 30)])
def test_both_sets_are_read_at_least_as_when_they_were_first_run(name: str, least: int) -> None:
    """None of the 32 turns is answered wrong, and no fewer are right than at the first run."""
    scores = scored(FOLDER / f"{name}.jsonl", world())
    failed = [(f.id, f.question, f.note) for f in scores.failures]
    assert scores.count("wrong") == 0, failed
    assert scores.count("right") >= least, failed


def test_questions_about_the_demo_never_fail_or_borrow_its_metrics() -> None:
    """The demo's questions get a plan here too; no call names a metric that this catalog has not, no choice offers one."""
    here = world()
    for line in _DEMO.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        for turn in entry.get("session") or [entry]:
            made = plan(turn["question"], here)
            if isinstance(made, Calls):
                named = {m for c in made.calls for m in c.params.get("metrics", ())}
                assert named <= set(here.catalog.metrics), turn["question"]
            if isinstance(made, (AskBack, Decline)):
                assert "昨天的日活" not in [choice.zh for choice in made.choices]


def test_the_plans_compute_what_the_rows_say(layer: SemanticLayer) -> None:
    """PV and UV by page of last week are those counted from the rows in Python."""
    made = plan("上周各页面的PV和UV", world())
    assert isinstance(made, Calls)
    result = layer.run(MetricQuery.model_validate(made.calls[0].params))
    views: dict[str, int] = defaultdict(int)
    people: dict[str, set[int]] = defaultdict(set)
    for row in rows()["events"]:
        if row["event"] == "page_view" and "2026-03-09" <= str(row["ts"])[:10] <= "2026-03-15":
            views[row["feature"]] += 1
            people[row["feature"]].add(row["user_id"])
    at = {name: result.columns.index(name) for name in ("page", "pv", "uv")}
    got = {row[at["page"]]: (row[at["pv"]], row[at["uv"]]) for row in result.rows}
    assert got == {page: (views[page], len(people[page])) for page in views}
