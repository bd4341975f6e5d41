"""Random definitions against an evaluator without SQL, as of several days, and the algebra of sets."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.segments import plain, read_definition
from tests.tools.segments.members import members, members_on
from tests.tools.segments.plain_world import DAYS, START, Evaluator, World, random_definition, random_world
from tests.tools.warehouse_fixture import build_warehouse
from tools.segments.asked import asked_for
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse

LAST = START + timedelta(days=DAYS)
EARLIER = date(2025, 3, 1)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[World, SemanticLayer]]:
    """Three random worlds, published."""
    found = []
    for seed in (1, 2, 3):
        home = tmp_path_factory.mktemp(f"world{seed}")
        world = random_world(seed)
        path = build_warehouse(home, world.tables, data_start=START, as_of=LAST)
        found.append((world, SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home))))
    return found


def test_random_definitions_hold_whom_a_plain_evaluator_finds(worlds: list[tuple[World, SemanticLayer]]) -> None:
    """Every form, nested at random, on one day and on several at once, at the end of the data and in the past."""
    found_some = 0
    for seed in range(110):
        chance = random.Random(seed)
        world, layer = worlds[seed % len(worlds)]
        definition = random_definition(chance)
        day = chance.choice((LAST, EARLIER))
        expected = Evaluator(world, day).members(definition)
        assert members(layer, definition, day) == expected, (seed, day, definition)
        found_some += 0 < len(expected) < len(world.users)
        if seed % 4 == 0:
            both = members_on(layer, definition, [LAST, EARLIER])
            assert both == {d: Evaluator(world, d).members(definition) for d in (LAST, EARLIER)}, (seed, definition)
    assert found_some > 35


@pytest.mark.parametrize("kind", ["attribute", "did", "measure", "last_active_days", "sequence", "rfm"])
def test_every_leaf_by_itself(worlds: list[tuple[World, SemanticLayer]], kind: str) -> None:
    """Sixteen random leaves of each kind, so that none hides in a combination."""
    chance, tried = random.Random(kind), 0
    while tried < 16:
        definition = random_definition(chance, depth=0)
        if kind not in definition:
            continue
        tried += 1
        world, layer = worlds[tried % len(worlds)]
        expected = Evaluator(world, LAST).members(definition)
        assert members(layer, definition, LAST) == expected, definition


LAWS: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "not not a = a": lambda a, _: ({"not": {"not": a}}, a),
    "not (a and b) = not a or not b": lambda a, b: ({"not": {"all": [a, b]}}, {"any": [{"not": a}, {"not": b}]}),
    "not (a or b) = not a and not b": lambda a, b: ({"not": {"any": [a, b]}}, {"all": [{"not": a}, {"not": b}]}),
    "a and a = a": lambda a, _: ({"all": [a, a]}, a),
    "a or (a and b) = a": lambda a, b: ({"any": [a, {"all": [a, b]}]}, a),
}


def test_the_algebra_of_sets(worlds: list[tuple[World, SemanticLayer]]) -> None:
    """|A or B| + |A and B| = |A| + |B|, |A| + |not A| = everyone, and the laws, on random definitions."""
    for seed in range(1000, 1012):
        chance = random.Random(seed)
        world, layer = worlds[seed % len(worlds)]
        a, b = random_definition(chance, 2), random_definition(chance, 2)
        in_a, in_b = members(layer, a, LAST), members(layer, b, LAST)
        either, both = members(layer, {"any": [a, b]}, LAST), members(layer, {"all": [a, b]}, LAST)
        assert len(either) + len(both) == len(in_a) + len(in_b)
        assert len(in_a) + len(members(layer, {"not": a}, LAST)) == len(world.users)
        name, law = chance.choice(list(LAWS.items()))
        left, right = law(a, b)
        assert members(layer, left, LAST) == members(layer, right, LAST), (seed, name)


def test_a_definition_reads_back_as_it_was_written(worlds: list[tuple[World, SemanticLayer]]) -> None:
    """The JSON of a definition gives the same definition; the operator is always written."""
    _, layer = worlds[0]
    for seed in range(200):
        definition = read_definition(random_definition(random.Random(seed)))
        assert read_definition(plain(definition)) == definition
    assert plain(read_definition({"did": "like", "times": 1})) == {"did": "like", "op": "gte", "times": 1}
    assert asked_for(layer, definition={"segment": "koc"}).segment is not None
