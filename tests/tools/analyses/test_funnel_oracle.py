"""The funnel against every path tried in plain Python, over small random worlds full of ties."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.tools.analyses.funnel_oracle import FunnelOracle
from tests.tools.warehouse_fixture import build_warehouse
from tools.funnels import chains
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.tool import ToolContext
from tools.toolbox import TOOLS
from tools.warehouse.door import Interrupter, Warehouse

START, AS_OF = date(2025, 2, 26), date(2025, 3, 4)
EVENTS = ("checkout_view", "pay_method", "pay_submit", "like", "register_start")
PLATFORMS = ("ios", "android", None)
World = tuple[SemanticLayer, FunnelOracle]


def _world(home: Path, seed: int, *, ties: bool = True) -> World:
    draw = random.Random(seed)
    names = [f"u{n:02d}" for n in range(40)]
    users = [
        {
            "user_id": name,
            "registered_at": "2025-02-20 10:00:00",
            "platform": "web",
            "channel": draw.choice(("kol", "organic", None)),
        }
        for name in names[:34]
    ]
    events = []
    for name in names:
        for turn in range(draw.choice((0, 3, 8, 12, 16))):
            day = START + timedelta(days=draw.randint(-1, 7))
            ts = datetime.combine(day, time()) + timedelta(minutes=draw.choice((0, 20, 40, 60, 1420, 1439)))
            ts += timedelta(seconds=0 if ties else turn)
            events.append(
                {
                    "user_id": name,
                    "ts": ts,
                    "event": draw.choice(EVENTS),
                    "platform": draw.choice(PLATFORMS),
                    "feature": draw.choice(("a", "b", None)),
                }
            )
    path = build_warehouse(home, {"users": users, "events": events}, data_start=START, as_of=AS_OF, id_type="VARCHAR")
    layer = SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home))
    return layer, FunnelOracle(users, events, AS_OF)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[World]]:
    """Three worlds full of ties and one without; the data reach a day before what is known, and some days beyond."""
    made = [_world(tmp_path_factory.mktemp(f"funnel{seed}"), seed, ties=seed < 4) for seed in (1, 2, 3, 4)]
    yield made
    for layer, _ in made:
        layer.warehouse.close()


def _asked(draw: random.Random, family: str) -> dict[str, Any]:
    """Return parameters of a family of funnels."""
    steps: list[Any] = draw.sample(EVENTS, draw.choice((2, 2, 3, 4)))
    if family == "repeated":
        steps.insert(draw.randrange(len(steps) + 1), draw.choice(steps))
    if family == "any activity":
        steps[draw.randrange(len(steps))] = {"event": None}
    if draw.random() < 0.3:
        turn = draw.randrange(len(steps))
        kind = steps[turn] if isinstance(steps[turn], str) else None
        steps[turn] = {"event": kind, "where": {"feature": draw.choice((["a"], ["a", "b"], [None, "b"]))}}
    start = START + timedelta(days=draw.randrange(4))
    asked: dict[str, Any] = {
        "steps": steps,
        "start": start,
        "end": min(AS_OF, start + timedelta(days=draw.randrange(6))),
        "window_hours": draw.choice((1 / 3, 2, 24, 24.5, 168, None)),
        "order": family if family in ("any", "strict") else "ordered",
    }
    if family != "any":
        asked["strict_time"] = draw.random() < 0.2
    if family in ("strict", "repeats"):
        asked["repeats"] = draw.choice(("ignore", "stop"))
    if family == "exclusions" or (family == "strict" and draw.random() < 0.3):
        after = draw.randint(1, len(steps) - 1)
        event = draw.choice(EVENTS)
        asked["exclusions"] = [
            {"event": event, "after_step": after, "before_step": draw.randint(after + 1, len(steps))}
            for _ in range(draw.choice((1, 1, 2)))
        ]
    if draw.random() < 0.4:
        asked["dimensions"] = [draw.choice(("platform", "channel"))]
    if draw.random() < 0.4:
        name, values = draw.choice((("platform", ["ios"]), ("platform", [None, "android"]), ("channel", ["kol"])))
        asked["filters"] = [{"dimension": name, "op": draw.choice(("in", "not_in")), "values": values}]
    return asked


def _without_strangers_attributes(layer: SemanticLayer, asked: dict[str, Any]) -> None:
    """Check that a funnel of people without an account refuses attributes of users, and drop them."""
    kinds = {step if isinstance(step, str) else step["event"] for step in asked["steps"]}
    used = {*asked.get("dimensions", ()), *(each["dimension"] for each in asked.get("filters", ()))}
    if "register_start" in kinds and "channel" in used:
        with pytest.raises(QueryError, match=r"account|账号"):
            TOOLS["funnel"].run(ToolContext(layer, "en", Interrupter()), asked)
        asked["dimensions"] = [name for name in asked.get("dimensions", ()) if name != "channel"]
        asked["filters"] = [each for each in asked.get("filters", ()) if each["dimension"] != "channel"]


FAMILIES = ("plain", "in parts", "repeated", "any activity", "exclusions", "repeats", "strict", "any")


@pytest.mark.parametrize("family", FAMILIES)
def test_agrees_with_every_path_tried(worlds: list[World], family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure of 30 random funnels of each family is the one that trying all paths gives."""
    if family == "in parts":
        monkeypatch.setattr(chains, "PART_DAYS", 2)
    draw = random.Random(family)
    reached = 0
    for turn in range(30):
        # Which of several rows of one moment serves which of steps that overlap without being equal is not tried out.
        layer, oracle = worlds[3 if family == "any activity" else turn % len(worlds)]
        asked = _asked(draw, family)
        if family == "any":
            kinds = [step if isinstance(step, str) else step["event"] for step in asked["steps"]]
            asked["steps"] = [step for n, step in enumerate(asked["steps"]) if kinds.index(kinds[n]) == n] + kinds[
                :1
            ] * (isinstance(asked["steps"][0], str) and draw.random() < 0.3)
        _without_strangers_attributes(layer, asked)
        result = TOOLS["funnel"].run(ToolContext(layer, "en", Interrupter()), asked)
        expected = oracle.rows(asked)
        assert [tuple(row) for row in result.rows] == [
            tuple(pytest.approx(cell) if isinstance(cell, float) else cell for cell in row) for row in expected
        ], asked
        reached += sum(row[-4] for row in expected if row[-6] > 1)
    assert reached > 60, "the worlds let too few people through to prove anything"
