"""Groups found by the data: planted ones with their definitions, none in a cloud, the same each time, and how rules are sought."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from knowledge.segments import All, Value, plain
from knowledge.segments.reading import conditions_of
from tests.tools.segments.members import members
from tests.tools.warehouse_fixture import build_warehouse
from tools.build_segment import SegmentParams, build_segment
from tools.segments import clusters
from tools.segments.clusters import Discovery, discover
from tools.segments.clusters_fit import fits, sampled
from tools.segments.clusters_names import group_names
from tools.segments.clusters_rules import Interval, best_rule
from tools.segments.clusters_sql import MEASURES
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.tool import ToolContext
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path

AS_OF = date(2025, 3, 31)
PAGE = (Path(__file__).parents[3] / "docs" / "segments.md").read_text(encoding="utf-8")
Habit = Callable[[random.Random], dict[str, int]]


def quiet(chance: random.Random) -> dict[str, int]:
    """A few days, next to nothing done."""
    return {"app_open": chance.randint(1, 3), "search": chance.randint(0, 1)}


def searching(chance: random.Random) -> dict[str, int]:
    """Most days, many searches and consults."""
    return {"app_open": chance.randint(14, 25), "search": chance.randint(9, 16), "consult": chance.randint(4, 8)}


def buying(chance: random.Random) -> dict[str, int]:
    """Some days, several orders."""
    return {"app_open": chance.randint(6, 12), "like": chance.randint(2, 6), "orders": chance.randint(3, 6)}


def drifting(chance: random.Random) -> dict[str, int]:
    """Everything by chance and nothing with anything else: a cloud."""
    return {
        name: chance.randint(0, 9)
        for name in ("like", "search", "consult", "checkin", "help_answer", "content_publish")
    }


def world(
    habits: dict[Habit, int], *, seed: int = 5, away: int = 40
) -> tuple[dict[str, list[dict[str, Any]]], list[set[int]]]:
    """Return tables with so many users of each habit, and ``away`` who did nothing for months; and who has which habit."""
    chance = random.Random(seed)
    users, events, orders, kinds = [], [], [], []
    for habit, count in habits.items():
        kinds.append(set(range(len(users) + 1, len(users) + count + 1)))
        for _ in range(count):
            user = len(users) + 1
            users.append({"user_id": user, "registered_at": "2025-01-02 10:00:00"})
            done = habit(chance)
            for _ in range(done.pop("orders", 0)):
                at = f"2025-03-{chance.randint(2, 31):02} 12:00:00"
                orders.append({"order_id": len(orders) + 1, "user_id": user, "paid_at": at, "amount": "90.00"})
            for event, times in done.items():
                days = chance.sample(range(30), times) if times <= 30 else range(30)
                for back in days:
                    at = datetime.combine(AS_OF - timedelta(days=back), time(9))
                    events.append({"user_id": user, "ts": at, "event": event, "duration_s": 120})
    for _ in range(away):
        users.append({"user_id": len(users) + 1, "registered_at": "2025-01-02 10:00:00"})
        events.append({"user_id": len(users), "ts": "2025-01-05 10:00:00", "event": "search", "duration_s": 60})
    return {"users": users, "events": events, "orders": orders}, kinds


def opened(home: Path, tables: dict[str, list[dict[str, Any]]]) -> SemanticLayer:
    """Publish tables and return the layer over them."""
    path = build_warehouse(home, tables, data_start=date(2025, 1, 1), as_of=AS_OF)
    return SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home))


def found(layer: SemanticLayer, day: date | None = None) -> Discovery:
    """Return the groups."""
    return discover(ToolContext(layer, "en", Interrupter()), day)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[SemanticLayer, list[set[int]], Discovery]:
    """Three planted groups of 150, 100 and 60 users."""
    tables, kinds = world({quiet: 150, searching: 100, buying: 60})
    layer = opened(tmp_path_factory.mktemp("planted"), tables)
    return layer, kinds, found(layer)


def test_planted_groups_are_found_with_their_definitions(
    planted: tuple[SemanticLayer, list[set[int]], Discovery],
) -> None:
    """Each group is one of those planted, the largest first; its definition holds at least 90% of it and 90% of it alone.

    Size, precision and recall are those of the definition as anybody else would count it, the inactive with them.
    """
    layer, kinds, discovery = planted
    assert (discovery.active_users, discovery.sample, discovery.as_of) == (310, 310, AS_OF)
    assert [group.users for group in discovery.groups] == [150, 100, 60]
    for group, kind in zip(discovery.groups, kinds, strict=True):
        assert group.definition is not None
        assert group.words is not None
        held = members(layer, plain(group.definition), AS_OF)
        assert group.size == len(held)
        assert group.precision == pytest.approx(len(held & kind) / len(held))
        assert group.recall == pytest.approx(len(held & kind) / len(kind))
        assert min(group.precision, group.recall) >= 0.9
        params = SegmentParams.model_validate({"definition": plain(group.definition), "as_of": AS_OF})
        assert build_segment(ToolContext(layer, "en", Interrupter()), params).records()[0]["size"] == group.size
        parts = list(conditions_of(group.definition))
        assert len(parts) <= 4
        assert all(isinstance(part, Value) and part.days == 30 for part in parts)
    assert discovery.groups[1].means["searches"] == pytest.approx(np.mean([12]), abs=1.5)
    assert discovery.means["orders"] == pytest.approx(discovery.groups[2].means["orders"] * 60 / 310)


def test_groups_are_named_and_told_in_both_languages(planted: tuple[SemanticLayer, list[set[int]], Discovery]) -> None:
    """Names say what sets a group apart, no two alike; words and notes are there in both; JSON holds the same."""
    discovery = planted[2]
    names = [group.name for group in discovery.groups]
    assert len({name.zh for name in names}) == len({name.en for name in names}) == 3
    assert "来得少" in names[0].zh
    assert "come seldom" in names[0].en
    assert "search much" in names[1].en or "consult much" in names[1].en
    assert "下单多" in names[2].zh
    for group in discovery.groups:
        assert group.words is not None
        assert "近 30 天" in group.words.zh
        assert "in the last 30 days" in group.words.en
        assert not re.search("[a-z]{3}", group.words.zh + group.name.zh)
    told = discovery.to_json("zh")
    assert [each["definition"] for each in told["groups"]] == [
        plain(g.definition) for g in discovery.groups if g.definition
    ]
    assert "轮廓系数" in told["notes"][1]
    assert "silhouette" in discovery.to_json("en")["notes"][1]


def test_the_same_data_give_the_same_groups_and_the_receipt_holds(
    planted: tuple[SemanticLayer, list[set[int]], Discovery], tmp_path: Path
) -> None:
    """Written in another order the data give the same groups under the same receipt; it holds there, and not on other data."""
    layer, _, before = planted
    tables, _ = world({quiet: 150, searching: 100, buying: 60})
    chance = random.Random(1)
    again = opened(tmp_path / "again", {name: chance.sample(rows, len(rows)) for name, rows in tables.items()})
    after = found(again)
    assert after.to_json("en") == before.to_json("en")
    receipt = layer.receipts.load(before.result.receipt)
    assert verify(receipt, layer.warehouse).outcome == "holds"
    assert verify(receipt, again.warehouse).outcome == "holds"
    other = opened(tmp_path / "other", world({quiet: 149, searching: 100, buying: 60})[0])
    assert verify(receipt, other.warehouse).outcome == "changed"


def test_a_sample_is_fitted_and_everyone_is_counted(
    planted: tuple[SemanticLayer, list[set[int]], Discovery], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitted on 120 of the 310 users, the same groups are found, and all 310 are counted in them."""
    layer, _, whole = planted
    monkeypatch.setattr(clusters, "sampled", lambda batches: sampled(batches, 120))
    part = found(layer)
    assert (part.active_users, part.sample) == (310, 120)
    assert sum(group.users for group in part.groups) == 310
    assert [group.users for group in part.groups] == [group.users for group in whole.groups]


def test_a_cloud_has_no_definitions(tmp_path: Path) -> None:
    """Where nothing goes with anything the groups are cuts through a cloud: none has a definition, and the notes say why."""
    layer = opened(tmp_path, world({drifting: 300})[0])
    discovery = found(layer)
    assert [group.definition for group in discovery.groups] == [None] * len(discovery.groups)
    assert [group.size for group in discovery.groups] == [None] * len(discovery.groups)
    assert max(score for score in discovery.silhouettes.values() if score is not None) < 0.25
    notes = [note.in_(language) for note in discovery.result.notes for language in ("zh", "en")]
    assert any("no distinct groups" in note for note in notes)
    assert any("没有分明的群体" in note for note in notes)


def test_a_group_that_no_four_conditions_tell_has_none() -> None:
    """Every other user by parity is no box: the best rule stays under the goal and says how far it got."""
    chance = np.random.default_rng(3)
    rows = np.zeros((2000, len(MEASURES)))
    at = [MEASURES.index(name) for name in ("active_days", "searches", "consults")]
    rows[:, at] = chance.integers(1, 31, size=(2000, 3))
    inside = rows[:, at].sum(axis=1) % 2 == 0
    rule = best_rule(rows, inside, MEASURES)
    assert 0.4 < rule.score < 0.9


def test_rules_are_plain_and_keep_the_inactive_out() -> None:
    """A planted box comes back with its bounds, needless ones are left out, and active days from 1 are asked for where needed."""
    chance = np.random.default_rng(4)
    rows = np.zeros((3000, len(MEASURES)))
    place = {name: number for number, name in enumerate(MEASURES)}
    rows[:, place["active_days"]] = chance.integers(1, 31, 3000)
    rows[:, place["minutes"]] = chance.uniform(0, 300, 3000)
    rows[:, place["orders"]] = chance.integers(0, 6, 3000)
    few = (rows[:, place["orders"]] == 0) & (rows[:, place["minutes"]] <= 60)
    rule = best_rule(rows, few, MEASURES)
    assert set(rule.intervals) == {Interval("minutes", None, 60), Interval("orders", None, 0)}
    definition = rule.definition(30)
    assert isinstance(definition, All)
    assert definition.all[0] == Value(measure="active_days", op="gte", value=1, days=30)
    many = (rows[:, place["active_days"]] >= 12) & (rows[:, place["active_days"]] <= 20)
    assert best_rule(rows, many, MEASURES).definition(30) == Value(
        measure="active_days", op="between", value=(12, 20), days=30
    )


def test_samples_do_not_depend_on_how_rows_come() -> None:
    """In batches of any length the same rows are drawn, in their order and evenly from everywhere."""
    rows = [(float(number),) for number in range(10_000)]
    drawn = [
        sampled((rows[start : start + step] for start in range(0, len(rows), step)), 1000) for step in (7, 900, 10_000)
    ]
    assert all(total == 10_000 and np.array_equal(kept, drawn[0][0]) for kept, total in drawn)
    kept = drawn[0][0][:, 0]
    assert len(kept) == 1000
    assert np.array_equal(kept, np.sort(kept))
    assert np.histogram(kept, bins=4, range=(0, 10_000))[0] == pytest.approx([250] * 4, abs=45)


def test_numbers_of_groups_near_the_best_are_offered() -> None:
    """Well apart, four clouds give four groups alone, the largest first; every centre is where a cloud is."""
    chance = np.random.default_rng(6)
    centres = np.array([[2, 2], [2, 20], [20, 2], [20, 20]])
    rows = np.vstack(
        [chance.normal(at, 0.5, size=(size, 2)) for at, size in zip(centres, (90, 80, 70, 60), strict=True)]
    )
    offered = fits(rows)
    assert [len(each.centres) for each in offered] == [4]
    assert np.bincount(offered[0].labels).tolist() == [90, 80, 70, 60]
    assert offered[0].silhouette > 0.9


def test_names_differ_where_the_first_traits_are_the_same() -> None:
    """A third trait tells two groups apart; where there is none a number does; a group near the average says so."""
    base = [0.0] * len(MEASURES)
    one, two = base.copy(), base.copy()
    one[:3], two[:3] = [2.0, 1.5, 1.0], [2.0, 1.5, -1.0]
    names = group_names([one, two, one, base], MEASURES)
    assert len({name.zh for name in names}) == len({name.en for name in names}) == 4
    assert names[1].en == "come often, stay long, interact little"
    assert names[3].zh == "各项接近平均"


@pytest.mark.parametrize(
    ("habits", "code", "said"),
    [({searching: 60}, "too_few_users", "60"), ({lambda _: {"app_open": 2}: 150}, "no_groups", "150")],
)
def test_too_little_to_group_is_told(tmp_path: Path, habits: dict[Habit, int], code: str, said: str) -> None:
    """Too few active users, and users all alike, are told with their number in both languages."""
    layer = opened(tmp_path, world(habits)[0])
    with pytest.raises(QueryError) as caught:
        found(layer)
    assert caught.value.code == code
    assert said in caught.value.text.zh
    assert said in caught.value.text.en


def test_a_number_of_groups_can_be_asked_for(planted: tuple[SemanticLayer, list[set[int]], Discovery]) -> None:
    """Four groups where four are asked for, and the notes say that; a number that cannot be is told."""
    context = ToolContext(planted[0], "en", Interrupter())
    asked = discover(context, groups=4)
    assert (len(asked.groups), list(asked.silhouettes)) == (4, [4])
    assert sum(group.users for group in asked.groups) == 310
    assert "4 groups, as asked for" in asked.result.notes[1].en
    with pytest.raises(QueryError) as caught:
        discover(context, groups=2)
    assert "3 to 8" in caught.value.text.en


def test_days_outside_the_data_and_before_anybody_came(
    planted: tuple[SemanticLayer, list[set[int]], Discovery],
) -> None:
    """A day outside the data is refused; on a day when few were active there are too few to group."""
    layer = planted[0]
    for day, code in ((date(2026, 1, 1), "outside_data"), (date(2025, 1, 20), "too_few_users")):
        with pytest.raises(QueryError) as caught:
            found(layer, day)
        assert caught.value.code == code


def test_scikit_learn_is_loaded_by_the_first_fit_only() -> None:
    """Importing discovery stays quick."""
    code = "import sys, tools.segments.clusters\nprint('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_page_shows_the_demo_s_groups(default_home: Path, tmp_path: Path) -> None:
    """The table of docs/segments.md is what the default demo gives."""
    layer = SemanticLayer(load_catalog(), Warehouse(serving_path(default_home)), ReceiptStore(tmp_path))
    rows = re.findall(
        r"^\| (\d) \| (\S+) \| (.+) \| ([\d,]+) \| ([\d,]+) \| ([\d.]+)% \| ([\d.]+)% \|$", PAGE, re.MULTILINE
    )
    groups = found(layer).groups
    assert rows == [
        (
            str(g.number),
            g.name.zh,
            g.words.en,
            f"{g.users:,}",
            f"{g.size:,}",
            f"{g.precision:.1%}"[:-1],
            f"{g.recall:.1%}"[:-1],
        )
        for g in groups
        if g.words
    ]
    assert len(rows) == len(groups)
