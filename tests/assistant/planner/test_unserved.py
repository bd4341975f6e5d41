"""A question for a metric that is not vetted is declined with what changed and the next step; all others are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import Calls, Decline, World
from knowledge.catalog import load_catalog
from knowledge.catalog.catalog import Unserved
from knowledge.catalog.pins import Pin
from tests.assistant.planner.worlds import demo_world


def world_without(name: str) -> World:
    """Return the world of the demo with one metric changed since it was vetted."""
    whole = load_catalog()
    pin = Pin.of(name, 1, whole.parts(whole.metrics[name]), by="Mei Lin", when=date(2025, 11, 20))
    unserved = Unserved(name, "changed", whole.metrics[name], pin, ("definition",))
    metrics = {k: v for k, v in whole.metrics.items() if k != name}
    return demo_world(replace(whole, metrics=metrics, unserved={name: unserved}))


@pytest.mark.parametrize(
    "question",
    ["昨天日活多少", "DAU yesterday?", "上周各渠道的日活", "日活和新增用户", "日活是怎么算的", "how is DAU defined"],
)
def test_a_changed_metric_is_declined_with_the_reason(question: str) -> None:
    """However it is asked for, the refusal names the change, who vetted it when, and the command, in both languages."""
    made = plan(question, world_without("dau"))
    assert isinstance(made, Decline), made
    for text in made.reason:
        assert all(word in text for word in ("definition", "Mei Lin", "2025-11-20", "yunce metrics vet dau --by")), text


@pytest.mark.parametrize("question", ["上月周活", "上个月成交额", "WAU last week"])
def test_the_other_metrics_are_answered(question: str) -> None:
    """What is vetted is not touched."""
    made = plan(question, world_without("dau"))
    assert isinstance(made, Calls), made


def test_a_new_metric_is_known_by_its_own_names() -> None:
    """A metric that the planner has no words for is recognised by those of its entry."""
    whole = load_catalog()
    mine = whole.metrics["dau"].model_copy(
        update={
            "id": "tea_breaks",
            "names": whole.metrics["dau"].names.model_copy(update={"zh": "茶歇次数", "en": "Tea breaks"}),
            "synonyms": whole.metrics["dau"].synonyms.model_copy(update={"zh": ("茶歇",), "en": ("tea break",)}),
        }
    )
    world = demo_world(replace(whole, unserved={"tea_breaks": Unserved("tea_breaks", "new", mine)}))
    for question in ("昨天茶歇次数", "tea breaks yesterday"):
        made = plan(question, world)
        assert isinstance(made, Decline)
        assert "yunce metrics vet tea_breaks" in made.reason.en
