"""The planner against the shared development set, scored by that set's own scorer."""

from __future__ import annotations

import importlib.util
import json
import os
import warnings
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Plan, Turn, World
from tests.assistant.planner.worlds import demo_world

_SHARED = Path(os.environ.get("YUNCE_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "eval"


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_score", _SHARED / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _answer(made: Plan) -> dict[str, Any]:
    if isinstance(made, Calls):
        return {"status": "answered", "results": [{"tool": c.tool, "params": dict(c.params)} for c in made.calls]}
    return {"status": "clarify" if isinstance(made, AskBack) else "declined", "results": []}


def _covered(turn: dict[str, Any], world: World) -> bool:
    """Whether the catalog, the stored values and the tools of this world hold all that the expected answer names."""
    expect, params = turn["expect"], turn["expect"]["params"]
    if expect["status"] == "clarify":
        return (
            not any(word in turn["question"].lower() for word in ("experiment", "实验"))
            or "experiment_readout" in world.tools
        )
    metrics = [*params.get("metrics", []), *([params["metric"]] if "metric" in params else [])]
    named = [*params.get("dimensions", []), *(f["dimension"] for f in params.get("filters", []))]
    known_tool = expect["tool"] is None or expect["tool"] in world.tools
    values_held = "segment" not in named or "segment" in world.values
    return (
        known_tool
        and values_held
        and set(metrics) <= set(world.catalog.metrics)
        and set(named) <= set(world.catalog.dimensions)
    )


@pytest.mark.skipif(not _SHARED.is_dir(), reason="the shared development set is not beside this checkout")
def test_the_development_set_is_read_right_and_never_answered_wrong() -> None:
    """Of the turns whose metrics, values and tools exist at least 95% are right, and none of all turns is answered wrong."""
    world, scorer = demo_world(analyses=True), _scorer()
    counts: Counter[str] = Counter()
    missed, wrong = [], []
    for line in (_SHARED / "dev_questions.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        history: list[Turn] = []
        reachable = True
        for turn in entry.get("session") or [entry]:
            made = plan(turn["question"], world, history)
            history.append(Turn(turn["question"], made))
            outcome, note = scorer.judge(turn["expect"], _answer(made))
            reachable = reachable and _covered(turn, world)
            if outcome == "wrong" and isinstance(made, Calls):
                wrong.append((entry["id"], turn["question"], note))
            if reachable:
                counts[outcome] += 1
                if outcome != "right":
                    missed.append((entry["id"], turn["question"], outcome))
    assert not wrong
    total = sum(counts.values())
    warnings.warn(f"development set: {counts['right']} of {total} turns right", stacklevel=1)
    assert total >= 50
    assert counts["right"] >= 0.95 * total, missed
