"""The scorer judges as it is written that answers are judged, and agrees with the shared one."""

from __future__ import annotations

import importlib.util
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assistant.evaluation.ground import Ground
from assistant.evaluation.judge import judge
from assistant.evaluation.planning import planned
from assistant.evaluation.questions import Asked, Item, Reading, read_set
from assistant.evaluation.scores import score
from assistant.planner.types import Call, Calls, Clock, StoredValue, World
from knowledge.catalog.load import load_catalog
from tests.assistant.planner.worlds import demo_world

_SHARED = Path(os.environ.get("YUNCE_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "eval"
_PRIMARY = {"onboarding_3_tasks": "retention_d7", "winback_personalised": "reactivation_rate"}
needs_shared = pytest.mark.skipif(not _SHARED.is_dir(), reason="the shared development set is not beside this checkout")


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground.of(demo_world(analyses=True, segments=True), _PRIMARY)


def _judged(ground: Ground, expect: dict[str, Any], *results: dict[str, Any], **answer: Any) -> str:
    asked = Asked("?", Reading(expect.get("status", "answered"), expect.get("tool"), expect.get("params", {})))
    made = {"status": "answered", "results": list(results), **answer}
    return judge(asked, made, ground)[0]


def _query(**params: Any) -> dict[str, Any]:
    return {"tool": "query_metrics", "params": params}


SAME = [
    (_query(metrics=["gmv"]), _query(metrics=["gmv"], start="2025-12-02", end="2025-12-31")),
    (_query(metrics=["wau"]), _query(metrics=["wau"], start="2025-12-22", end="2025-12-28", grain="week")),
    (_query(metrics=["members"], end="2025-12-31"), _query(metrics=["members"], start="2025-12-01", end="2025-12-31")),
    (
        _query(metrics=["gmv"], start="2025-12-29", end="2025-12-31", compare="previous"),
        _query(metrics=["gmv"], start="2025-12-29", end="2025-12-31", compare={"start": "2025-12-22", "end": "2025-12-24"}),
    ),
    (
        _query(metrics=["wau"], start="2025-12-22", end="2025-12-28", compare="year_ago"),
        _query(metrics=["wau"], start="2025-12-22", end="2025-12-28", compare={"start": "2024-12-23", "end": "2024-12-29"}),
    ),
    (
        _query(metrics=["gmv"], filters=[{"dimension": "city_tier", "op": "gte", "values": [3]}]),
        _query(metrics=["gmv"], filters=[{"dimension": "city_tier", "op": "in", "values": [5, "4", 3]}]),
    ),
    (
        _query(metrics=["gmv"], filters=[{"dimension": "campaign", "values": ["引力场计划"]}], dimensions=["campaign"]),
        _query(metrics=["gmv"], filters=[{"dimension": "campaign", "op": "in", "values": ["gravity"]}]),
    ),
    (
        _query(metrics=["gmv"], dimensions=["channel"], start="2024-01-01", end="2026-02-01"),
        _query(metrics=["gmv"], dimensions=["channel"], start="2024-07-01", end="2025-12-31"),
    ),
    (
        {"tool": "build_segment", "params": {"name": "creators"}},
        {
            "tool": "build_segment",
            "params": {"definition": {"all": [{"did": "content_publish", "op": "gt", "times": 3, "days": 30}]}},
        },
    ),
    (
        {"tool": "build_segment", "params": {"definition": {"not": {"did": "share", "op": "gte", "times": 1, "days": 7}}}},
        {"tool": "build_segment", "params": {"definition": {"did": "share", "op": "eq", "times": 0, "days": 7}}},
    ),
    (
        {"tool": "experiment_readout", "params": {"experiment": "个性化唤醒"}},
        {"tool": "experiment_readout", "params": {"experiment": "winback_personalised", "metric": "reactivation_rate"}},
    ),
]  # fmt: skip
OTHER = [
    (_query(metrics=["gmv"]), _query(metrics=["gmv", "aov"])),
    (_query(metrics=["gmv"]), _query(metrics=["gmv"], start="2025-12-01", end="2025-12-31")),
    (_query(metrics=["gmv"], start="2025-11-01", end="2025-11-30"), _query(metrics=["gmv"], start="2025-11-01")),
    (_query(metrics=["gmv"], dimensions=["channel"]), _query(metrics=["gmv"], dimensions=["platform"])),
    (_query(metrics=["gmv"], dimensions=["channel"]), _query(metrics=["gmv"], dimensions=["channel"], limit=5)),
    (
        _query(metrics=["gmv"], start="2025-12-01", end="2025-12-02", grain="day"),
        _query(metrics=["gmv"], start="2025-12-01", end="2025-12-02"),
    ),
    (_query(metrics=["gmv"]), {"tool": "explain_change", "params": {"metric": "gmv"}}),
    (_query(metrics=["gmv"]), _query(metrics=["gmv"], start="tomorrow")),
    ({"tool": "funnel", "params": {"steps": ["a", "b"]}}, {"tool": "funnel", "params": {"steps": ["b", "a"]}}),
]  # fmt: skip


def test_the_same_request_written_another_way_is_right(ground: Ground) -> None:
    """Defaults, names, cut ranges and segments in other words compare equal, either way round."""
    for one, other in SAME:
        assert _judged(ground, one, other) == "right", (one, other)
        assert _judged(ground, other, one) == "right", (other, one)


def test_an_order_counts_where_it_was_asked_for(ground: Ground) -> None:
    """Rows in an order nobody asked for are no difference; an order that was asked for and is not there is one."""
    plain = _query(metrics=["gmv"], dimensions=["channel"])
    ordered = _query(metrics=["gmv"], dimensions=["channel"], order_by={"column": "gmv", "direction": "desc"})
    assert _judged(ground, plain, ordered) == "right"
    assert _judged(ground, ordered, plain) == "wrong"


def test_another_request_is_wrong(ground: Ground) -> None:
    """Another metric, range, grain, split, limit, tool or unreadable params are wrong."""
    for one, other in OTHER:
        assert _judged(ground, one, other) == "wrong", (one, other)


def test_refusals_are_told_from_errors_of_judgement(ground: Ground) -> None:
    """A question back where an answer was due is refused; an answer where a question back was due is wrong."""
    due, gmv = {"status": "clarify"}, _query(metrics=["gmv"])
    assert _judged(ground, gmv, status="clarify") == "refused"
    assert _judged(ground, gmv, status="error") == "refused"
    assert _judged(ground, due, gmv) == "wrong"
    assert _judged(ground, due, status="declined") == "wrong"
    assert _judged(ground, due, status="clarify") == "right"


def test_the_last_result_decides_and_metrics_of_equal_ones_count_together(ground: Ground) -> None:
    """Two queries that differ in metrics only are one; a look-up beside a number is passed over."""
    first, second = _query(metrics=["gmv"]), _query(metrics=["aov"])
    side = {"tool": "describe_metric", "params": {"metric": "gmv"}}
    assert _judged(ground, _query(metrics=["gmv", "aov"]), first, second, side) == "right"
    assert _judged(ground, _query(metrics=["gmv"]), second, first) == "right"
    assert _judged(ground, {"tool": "describe_metric", "params": {"metric": "gmv"}}, side, first) == "right"
    assert _judged(ground, {"tool": "search_playbooks"}, citations=[{"id": "P1"}]) == "right"


def test_the_clock_and_catalog_of_the_workspace_are_used(ground: Ground) -> None:
    """Defaults follow the clock: nothing is pinned to the demo's dates or metrics."""
    clock = Clock(date(2026, 3, 18), date(2026, 3, 17), date(2025, 1, 1))
    world = World(load_catalog(), clock, {"city_tier": (StoredValue(1), StoredValue(9))}, frozenset())
    there = Ground.of(world)
    assert (
        _judged(there, _query(metrics=["gmv"]), _query(metrics=["gmv"], start="2026-02-16", end="2026-03-17"))
        == "right"
    )
    assert (
        _judged(there, _query(metrics=["dau"]), _query(metrics=["dau"], start="2026-03-17", end="2026-03-17"))
        == "right"
    )
    tier = [{"dimension": "city_tier", "op": "gt", "values": [1]}]
    nine = [{"dimension": "city_tier", "op": "in", "values": [9]}]
    assert _judged(there, _query(metrics=["gmv"], filters=tier), _query(metrics=["gmv"], filters=nine)) == "right"
    assert _judged(ground, _query(metrics=["gmv"], filters=tier), _query(metrics=["gmv"], filters=nine)) == "wrong"


def _variants(pick: random.Random, tool: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield answers near to a call: itself, without one key, a day or a month later, with another metric, and refusals."""
    made = [params, *({k: v for k, v in params.items() if k != gone} for gone in params)]
    for name in ("start", "end"):
        if name in params:
            moved = date.fromisoformat(params[name]) + timedelta(pick.choice((-31, -1, 1)))
            made.append({**params, name: moved.isoformat()})
    if "metrics" in params:
        made += [{**params, "metrics": [*params["metrics"], "orders"]}, {**params, "metrics": ["mau"]}]
        made += [{**params, "grain": g} for g in ("week", "month")]
        made += [{**params, "compare": c} for c in ("previous", "year_ago", "none")]
        made += [{**params, "dimensions": d} for d in ([], ["channel"], ["plan", "channel"])]
    for each in made:
        yield {"status": "answered", "results": [{"tool": tool, "params": each}]}
    for status in ("clarify", "declined", "error"):
        yield {"status": status, "results": []}


@needs_shared
def test_it_agrees_with_the_shared_scorer() -> None:
    """Over every expectation of the development set, and answers near to it, both scorers come to the same judgement."""
    shared, pick = _scorer(), random.Random(3)
    # The primary metric of an experiment and the ready-made segments are pinned there; the same are handed in here.
    own = Ground.of(demo_world(analyses=True, segments=True), _PRIMARY)
    counts: Counter[str] = Counter()
    differ = []
    lines = (_SHARED / "dev_questions.jsonl").read_text(encoding="utf-8").splitlines()
    items = {item.id: item for item in read_set(_SHARED / "dev_questions.jsonl") if isinstance(item, Item)}
    for entry in map(json.loads, lines):
        for asked, turn in zip(items[entry["id"]].turns, entry.get("session") or [entry], strict=True):
            expect = turn["expect"]
            readings = [r for r in (expect, *expect.get("alternatives", ())) if r.get("tool")]
            near = readings or [_query(metrics=["gmv"])]
            for answer in (a for r in near for a in _variants(pick, r["tool"], r["params"])):
                theirs, _ = shared.judge(expect, answer)
                ours, _ = judge(asked, answer, own)
                counts[ours] += 1
                if ours != theirs:
                    differ.append((entry["id"], theirs, ours, answer))
    assert not differ, differ[:5]
    assert min(counts[o] for o in ("right", "wrong", "refused")) > 100


@needs_shared
def test_totals_on_the_development_set_agree() -> None:
    """The counts over the planner's own answers are those of the shared scorer."""
    world, shared = demo_world(analyses=True), _scorer()
    items = [item for item in read_set(_SHARED / "dev_questions.jsonl") if isinstance(item, Item)]
    answers = planned(items, world)
    entries = map(json.loads, (_SHARED / "dev_questions.jsonl").read_text(encoding="utf-8").splitlines())
    theirs: Counter[str] = Counter()
    for entry in entries:
        for number, turn in enumerate(entry.get("session") or [entry], start=1):
            theirs[shared.judge(turn["expect"], answers[entry["id"], number])[0]] += 1
    ours = score(items, answers, Ground.of(world, _PRIMARY)).tables["total"]["turns"]
    assert dict(ours) == dict(theirs)
    assert ours["wrong"] == 0


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_score", _SHARED / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_call_is_what_it_plans() -> None:
    """A plan stands for the answer with its calls as results."""
    from assistant.evaluation.planning import as_answer

    made = Calls((Call("query_metrics", {"metrics": ["gmv"]}),))
    assert as_answer(made) == {"status": "answered", "results": [_query(metrics=["gmv"])]}
