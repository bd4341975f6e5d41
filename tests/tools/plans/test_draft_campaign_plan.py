"""A campaign plan: its figures are worked out of receipts, its experiment is sized by the book, bad input is told plainly."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from assistant.answer.numbers import unsupported_numbers
from assistant.answer.plans import in_plan_words, plan_text
from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from knowledge.text import Language
from tools.draft_campaign_plan import TOOL
from tools.plans.figures import calculate
from tools.plans.model import Drafted, results_of
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.tool import ToolContext
from tools.toolbox import CALCULATIONS
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path

COLUMNS = ("source", "item", "first", "second")


@pytest.fixture(scope="module")
def layer(demo_home: Path) -> SemanticLayer:
    """The demo of 6,000 users."""
    return SemanticLayer(load_catalog(), Warehouse(serving_path(demo_home)), ReceiptStore(demo_home))


def drafted(layer: SemanticLayer, language: Language = "zh", **params: Any) -> Drafted:
    """Return the plan for these params."""
    made = TOOL.run(ToolContext(layer, language, Interrupter()), params)
    assert isinstance(made, Drafted)
    return made


def figures(params: dict[str, Any], *rows: tuple[Any, ...]) -> dict[str, Any]:
    """Return the figures of a plan worked out of rows, by name."""
    columns, (row,) = calculate(params, (COLUMNS, rows))
    return dict(zip(columns, row, strict=True))


def test_sample_size_is_that_of_the_textbook() -> None:
    """Base rate 10%, target 12%: (1.96 + 0.8416)² × 2 × 0.1 × 0.9 ÷ 0.02² = 3,532 per arm, give or take the t for the z."""
    found = figures(
        {"goal": "win_back", "start": "2026-01-05"}, ("base", None, 1000.0, 10000.0), ("size", None, 5000.0, None)
    )
    by_hand = (1.959964 + 0.841621) ** 2 * 2 * 0.1 * 0.9 / 0.02**2
    assert by_hand == pytest.approx(3532, abs=1)
    assert found["sample_size"] == pytest.approx(by_hand, abs=3)
    assert (found["hold_out"], found["reach"], found["arm"]) == (500, 4500, 2250)
    assert found["shown_rate"] == pytest.approx(0.1 + 2.801585 * math.sqrt(2 * 0.09 / 2250), abs=1e-4)
    assert found["readout"] == "2026-02-17"  # 14 days from the 5th end on the 18th, and 30 days are watched after that


def test_return_is_the_range_of_past_campaigns() -> None:
    """With costs it is revenue ÷ cost; without, revenue per message × people ÷ budget; of other goals only where nothing is left."""
    params = {"goal": "win_back", "start": "2026-01-05", "budget": 1000}
    people = (("base", None, 10.0, 100.0), ("size", None, 1000.0, None))
    spent = figures(
        params, *people, ("campaign", "a", 200.0, 100.0), ("campaign", "b", 90.0, 60.0), ("campaign", "c", 9.0, None)
    )
    assert (spent["roi_low"], spent["roi_high"], spent["method"]) == (1.5, 2.0, "cost")
    sold = figures(params, *people, ("campaign", "a", 200.0, 0.0), ("sent", "a", 100.0, None), ("sent", "b", 5.0, None))
    assert (sold["revenue_high"], sold["roi_high"], sold["budget_at_stop"]) == (1800.0, 1.8, 1200.0)
    assert sold["method"] == "messages"
    other = figures(params, *people, ("any_campaign", "z", 30.0, 10.0))
    assert (other["roi_low"], other["method"]) == (3.0, "other_goals")
    assert figures(params, *people)["method"] == "none"


def test_acquisition_reaches_what_the_budget_buys() -> None:
    """At a CAC of 10 and 25, a budget of 1,000 brings 40 to 100 users."""
    found = figures(
        {"goal": "acquire", "start": "2026-01-05", "budget": 1000},
        ("base", None, 300.0, 600.0), ("cac", "kol", 10.0, 250.0), ("cac", "search", 5.0, 50.0),
    )  # fmt: skip
    assert (found["reach_low"], found["reach"]) == (40, 100)
    assert found["days"] == math.ceil(2 * found["sample_size"] / 20)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_of_the_text_has_a_source(layer: SemanticLayer, language: Language) -> None:
    """On the demo, for each goal, no number of the plan is unsupported, and its parts hold when run again."""
    for params in (
        {"goal": "win_back", "budget": 200_000},
        {"goal": "acquire", "budget": 50_000},
        {"goal": "retain", "segment": "high_value", "budget": 20_000},
        {"goal": "activate", "start": "2026-03-02"},
        {"goal": "monetise", "segment": {"last_active_days": {"lte": 7}}, "budget": 1},
    ):
        plan = drafted(layer, language, **params)
        text = plan_text(plan, layer.catalog, language)
        results = in_plan_words(results_of(plan), layer.catalog, language)
        assert unsupported_numbers(text, results=results, citations=plan.citations) == (), params
        assert text.count("## ") >= 11
        assert "[P1]" in text
    for result in results_of(plan):
        assert verify(layer.receipts.load(result.receipt), layer.warehouse, CALCULATIONS).outcome == "holds"


def test_a_falsified_number_is_found(layer: SemanticLayer) -> None:
    """The check is one that can fail: another size than the segment's is not supported."""
    plan = drafted(layer, "en", goal="win_back", budget=200_000)
    text = plan_text(plan, layer.catalog, "en").replace("Size **", "Size **9")
    results = in_plan_words(results_of(plan), layer.catalog, "en")
    assert unsupported_numbers(text, results=results, citations=plan.citations)


def test_levers_fit_the_segment(layer: SemanticLayer) -> None:
    """Dormant users get the playbooks written for them first; priorities fall."""
    plan = drafted(layer, goal="win_back")
    assert plan.levers[0].segment.segment == "dormant_30_60"
    assert all("win_back" in each.serves for each in plan.levers)
    scores = [row[-1] for row in plan.parts["priorities"].rows]
    assert scores == sorted(scores, key=lambda score: -float(str(score)))


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"budget": 0}, "bad_budget"),
        ({"budget": -5}, "bad_budget"),
        ({"budget": 10_000_000_000}, "bad_budget"),
        ({"budget": float("nan")}, "bad_budget"),
        ({"start": "2025-11-01"}, "start_past"),
        ({"start": "2199-01-01"}, "start_far"),
        ({"segment": "no_such_people"}, "unknown_segment"),
        ({"segment": {"did": "share", "op": "gte", "times": 100_000, "days": 30}}, "segment_too_small"),
        ({"goal": "world_peace"}, "bad_params"),
    ],
)
def test_bad_input_is_told_plainly(layer: SemanticLayer, params: dict[str, Any], code: str) -> None:
    """A goal without playbooks, a budget or start that cannot be, a segment that is unknown or empty: a code and both languages."""
    with pytest.raises(QueryError) as told:
        drafted(layer, **{"goal": "win_back", **params})
    assert told.value.code == code
    assert told.value.text.zh
    assert told.value.text.en
