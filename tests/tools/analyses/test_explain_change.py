"""``explain_change`` against figures worked out by hand, against the oracle's plain loops, and on the demo's story."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.conftest import DemoHome
from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.conftest import SHAPES, Bench, open_bench
from tests.tools.semantic_layer.oracle import answer
from tests.tools.semantic_layer.worlds import WorldMaker
from tests.tools.warehouse_fixture import build_warehouse, parse_table
from tools.demo.build import DEFAULT_SEED, DEFAULT_USERS
from tools.explanations.chance import Chance
from tools.explanations.contributions import Figures, effect_of
from tools.explanations.ranking import Explanation, ranked
from tools.explanations.rows import COLUMNS, DOT, OVERLAP, REST, TIMES, TOTAL, UNKNOWN
from tools.explanations.splits import Part, Split
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import CALCULATIONS, TOOLS
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path

DAY = timedelta(days=1)
DATA_START, AS_OF = date(2025, 2, 1), date(2025, 3, 31)
WEEK = {"start": "2025-03-10", "end": "2025-03-16", "compare": {"start": "2025-03-03", "end": "2025-03-09"}}
Rows = list[dict[str, Any]]


def layer_of(path: Path, home: Path) -> SemanticLayer:
    return SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home))


def explain(layer: SemanticLayer, metric: str, **params: Any) -> Result:
    return TOOLS["explain_change"].run(ToolContext(layer, "en", Interrupter()), {"metric": metric, **params})


def rows_of(result: Result, dimension: str) -> dict[Any, dict[str, Any]]:
    """Return the rows of one dimension by value."""
    return {row["value"]: row for row in result.records() if row["dimension"] == dimension}


def dimensions_of(result: Result) -> list[str]:
    return list(dict.fromkeys(str(cell) for cell in result.column("dimension")))


def said(result: Result) -> str:
    return "\n".join(note.en for note in result.notes)


def world(home: Path, **tables: str | Rows) -> SemanticLayer:
    rows = {name: parse_table(table) if isinstance(table, str) else table for name, table in tables.items()}
    return layer_of(build_warehouse(home, rows, data_start=DATA_START, as_of=AS_OF), home)


def people(counts: Mapping[tuple[Any, ...], tuple[int, int]], columns: Sequence[str]) -> Rows:
    """Return users: for each combination of values, so many in the week before and so many in the week."""
    users: Rows = []
    for values, both in counts.items():
        for day, many in zip(("2025-03-04", "2025-03-12"), both, strict=True):
            for _ in range(many):
                row = dict(zip(columns, values, strict=True))
                users.append({"user_id": len(users) + 1, "registered_at": f"{day} 12:00:00", **row})
    return users


def returning(users: Rows, shares: Mapping[Any, tuple[float, float]], column: str) -> Rows:
    """Return events that bring the given share of users back on the day after; others never come."""
    seen: dict[Any, int] = defaultdict(int)
    back: dict[Any, int] = defaultdict(int)
    events = []
    for user in users:
        late = user["registered_at"] > "2025-03-10"
        key = (user[column], late)
        seen[key] += 1
        if back[key] < round(shares[user[column]][late] * seen[key]):
            back[key] += 1
            day = date.fromisoformat(user["registered_at"][:10]) + DAY
            events.append({"user_id": user["user_id"], "ts": f"{day} 09:00:00", "event": "app_open"})
    return events


# --- by hand -----------------------------------------------------------------------------------------------------------

BY_HAND = """
    user_id registered_at     channel
    1       2025-03-03T00:00  kol
    2       2025-03-09T23:59  kol
    3       2025-03-05T10:00  search
    4       2025-03-05T10:00  -
    5       2025-03-10T00:00  kol
    6       2025-03-11T10:00  offline   # new in the range
    7       2025-03-11T10:00  offline
    8       2025-03-12T10:00  offline
    9       2025-03-16T23:59  -
    10      2025-03-16T10:00  kol
    11      2025-03-17T00:00  kol       # after the range
    12      2025-03-02T23:59  search    # before the base
"""
BACK = """
    user_id ts                event
    1       2025-03-04T08:00  app_open
    2       2025-03-10T08:00  app_open
    2       2025-03-10T09:00  like      # once is enough
    3       2025-03-06T08:00  captcha_fail   # no activity
    4       2025-03-07T08:00  app_open  # day 2 is not day 1
    5       2025-03-11T08:00  app_open
    6       2025-03-12T08:00  app_open
    9       2025-03-17T08:00  app_open
    10      2025-03-18T08:00  app_open
"""


@pytest.fixture
def by_hand(tmp_path: Path) -> SemanticLayer:
    return world(tmp_path, users=BY_HAND, events=BACK)


def test_a_count_is_explained_by_the_difference_of_each_value(by_hand: SemanticLayer) -> None:
    """Channels: kol 2 -> 2, search 1 -> 0, offline 0 -> 3, unknown 1 -> 1: together 4 -> 6."""
    result = explain(by_hand, "new_users", **WEEK)
    assert result.columns == COLUMNS
    assert result.rows[0] == (TOTAL, None, 4, 6, 2, None, None)
    channel = {
        row["value"]: (row["base"], row["current"], row["contribution"]) for row in rows_of(result, "channel").values()
    }
    assert channel == {"kol": (2, 2, 0), "search": (1, 0, -1), "offline": (0, 3, 3), None: (1, 1, 0)}
    assert all(row[5] is None and row[6] is None for row in result.rows)
    assert result.unit == "users"
    assert result.metrics == ("new_users",)
    assert result.base == {"start": "2025-03-03", "end": "2025-03-09"}


def test_a_ratio_is_explained_by_mix_and_rate(by_hand: SemanticLayer) -> None:
    """Worked by hand: R goes from 2/4 to 3/6; kol 2/2 -> 1/2, search 0/1 -> none, offline none -> 1/3, unknown 0/1 -> 1/1.

    kol: rate (2/6)(1/2 - 1) = -1/6, mix (2/6 - 2/4)(1 - 1/2) = -1/12. search left: -(1/4)(0 - 1/2) = 1/8, all mix. offline
    is new: (3/6)(1/3 - 1/2) = -1/12, all mix. unknown: rate (1/6)(1 - 0) = 1/6, mix (1/6 - 1/4)(0 - 1/2) = 1/24.
    """
    result = explain(by_hand, "retention_d1", **WEEK)
    assert result.rows[0] == (TOTAL, None, 0.5, 0.5, 0.0, None, None)
    expected = {
        "kol": (1.0, 0.5, -1 / 4, -1 / 12, -1 / 6),
        "search": (0.0, None, 1 / 8, 1 / 8, 0),
        "offline": (None, 1 / 3, -1 / 12, -1 / 12, 0),
        None: (0.0, 1.0, 5 / 24, 1 / 24, 1 / 6),
    }
    found = rows_of(result, "channel")
    assert found.keys() == expected.keys()
    for value, cells in expected.items():
        assert tuple(found[value].values())[2:] == pytest.approx(cells), value
    assert "did not change" in said(result)
    assert "contribution = mix" in said(result)


def test_values_that_are_not_listed_are_one_row(tmp_path: Path) -> None:
    """Of ten provinces six are listed, the largest; the others are together in a row, and all add up."""
    users = people({(f"p{n}",): (20, 20 + n) for n in range(1, 11)}, ["province"])
    result = explain(world(tmp_path, users=users), "new_users", **WEEK)
    found = rows_of(result, "province")
    assert set(found) == {"p10", "p9", "p8", "p7", "p6", "p5", REST}
    assert tuple(found[REST].values())[2:5] == (80, 90, 10)
    assert sum(row["contribution"] for row in found.values()) == result.rows[0][4] == 55


def test_seven_values_are_all_listed(tmp_path: Path) -> None:
    """A row for the rest that would hold one value alone names that value instead."""
    users = people({(f"p{n}",): (20, 20 + n) for n in range(1, 8)}, ["province"])
    assert len(rows_of(explain(world(tmp_path, users=users), "new_users", **WEEK), "province")) == 7


def test_money_stays_in_cents_and_adds_up(tmp_path: Path) -> None:
    """Thirds of a cent are rounded, in such a way that the contributions still add up to the change."""
    users = people({("a",): (3, 3), ("b",): (3, 3), (None,): (3, 3)}, ["channel"])
    orders = [
        {
            "order_id": n,
            "user_id": user["user_id"],
            "paid_at": user["registered_at"],
            "amount": f"{(n * 7) % 11}.{n:02d}",
        }
        for n, user in enumerate(users)
        if n % 2 == 0
    ]
    layer = world(tmp_path, users=users, orders=orders)
    nothing = explain(layer, "aov", **{**WEEK, "compare": {"start": "2025-02-03", "end": "2025-02-04"}})
    assert nothing.rows == ((TOTAL, None, None, round(float(nothing.rows[0][3] or 0), 2), None, None, None),)
    for metric in ("gmv", "revenue", "aov", "arppu"):
        result = explain(layer, metric, **WEEK)
        for dimension in dimensions_of(result):
            block = list(rows_of(result, dimension).values())
            assert round(sum(row["contribution"] for row in block), 2) == result.rows[0][4], (metric, dimension)
            for row in block:
                assert all(round(cell, 2) == cell for cell in row.values() if isinstance(cell, float)), (metric, row)
                if row["mix"] is not None:
                    assert round(row["mix"] + row["rate"], 2) == row["contribution"]


def test_people_who_count_in_several_values_are_a_row_of_their_own(tmp_path: Path) -> None:
    """One of 40 who come uses two platforms: the platforms are 41 users, the overlap is -1, and they add up to 40."""
    users = people({("a",): (60, 0)}, ["channel"])
    visit = [("2025-03-04", 30), ("2025-03-11", 40)]
    events = [
        {"user_id": user["user_id"], "ts": f"{day} 08:00:00", "event": "app_open", "platform": "ios"}
        for day, many in visit
        for user in users[:many]
    ]
    events.append({"user_id": 1, "ts": "2025-03-11 09:00:00", "event": "app_open", "platform": "web"})
    result = explain(world(tmp_path, users=users, events=events), "active_users", **WEEK)
    platform = {value: tuple(row.values())[2:5] for value, row in rows_of(result, "platform").items()}
    assert platform == {"ios": (30, 40, 10), "web": (0, 1, 1), OVERLAP: (0, -1, -1)}
    assert "(overlap)" in said(result)


def test_dimensions_that_overlap_too_much_are_left_out_with_a_note(tmp_path: Path) -> None:
    """Where everyone uses two platforms, the platforms do not make up the whole."""
    users = people({("a",): (20, 0)}, ["channel"])
    events = [
        {"user_id": user["user_id"], "ts": f"{day} 08:00:00", "event": "app_open", "platform": platform}
        for day, many in (("2025-03-04", 10), ("2025-03-11", 20))
        for user in users[:many]
        for platform in ("ios", "web")
    ]
    result = explain(world(tmp_path, users=users, events=events), "active_users", **WEEK)
    assert "platform" not in dimensions_of(result)
    assert "Not split by platform" in said(result)
    assert "channel" in dimensions_of(result)


def test_days_are_compared_place_by_place(tmp_path: Path) -> None:
    """A sale on one day of ten is found as that day; where the range is longer than its base no day is."""
    users = people({(None,): (1, 0)}, ["channel"])
    orders = [
        {
            "order_id": n,
            "user_id": 1,
            "paid_at": f"{date(2025, 3, 1) + n * DAY} 10:00:00",
            "amount": "500.00" if n == 24 else "10.00",
        }
        for n in range(30)
    ]
    layer = world(tmp_path, users=users, orders=orders)
    result = explain(
        layer, "gmv", start="2025-03-21", end="2025-03-30", compare={"start": "2025-03-11", "end": "2025-03-20"}
    )
    assert result.rows[1][:5] == ("day", "2025-03-25", 10.0, 500.0, 490.0)
    longer = explain(
        layer, "gmv", start="2025-03-21", end="2025-03-30", compare={"start": "2025-03-01", "end": "2025-03-12"}
    )
    assert rows_of(longer, "day")[REST]["base"] - rows_of(longer, "day")[REST]["current"] == 20
    unlike = explain(
        layer, "gmv", start="2025-03-21", end="2025-03-30", compare={"start": "2025-03-15", "end": "2025-03-20"}
    )
    assert "day" not in dimensions_of(unlike)
    assert "10 days and its base 6" in said(unlike)


# --- what is named as the cause ------------------------------------------------------------------------------------------


def versions(broken: float) -> tuple[Rows, Rows]:
    """Return users and events: half on android, of them half on 5.2.0, whose day-1 retention goes from .5 to ``broken``."""
    builds = (("android", "5.2.0"), ("android", "5.1.0"), ("ios", "5.1.0"), ("web", None))
    users = people(
        {(*build, channel): (100, 100) for build in builds for channel in "ab"}, ["platform", "app_version", "channel"]
    )
    marked = [{**user, "build": f"{user['platform']} {user['app_version']}"} for user in users]
    shares = {f"{p} {v}": (0.5, broken if v == "5.2.0" else 0.5) for p, v in builds}
    return users, returning(marked, shares, "build")


def test_a_broken_version_is_named_with_its_platform(tmp_path: Path) -> None:
    """5.2.0 exists on android alone: of the same people under two names the fuller one comes first."""
    users, events = versions(0.2)
    result = explain(world(tmp_path, users=users, events=events), "retention_d1", **WEEK)
    assert result.rows[1][:2] == ("platform × app_version", "android · 5.2.0")
    assert dimensions_of(result)[:4] == [TOTAL, "platform × app_version", "app_version", "platform"]
    assert result.rows[1][4] == pytest.approx(result.rows[0][4]) == pytest.approx(-0.075)
    assert "sits mainly in platform × app version: Android · 5.2.0 carries 100% of it" in said(result)


def test_nothing_is_named_where_every_value_moves_alike(tmp_path: Path) -> None:
    """Where all values lose the same share, none is the cause, and the note says so."""
    users = people({(c, p): (200, 150) for c in "abc" for p in ("ios", "web")}, ["channel", "platform"])
    result = explain(world(tmp_path, users=users), "new_users", **WEEK)
    assert "No value stands out" in said(result)
    assert result.rows[0][4] == -300


def test_a_pair_is_named_only_where_neither_of_its_dimensions_explains_as_well(tmp_path: Path) -> None:
    """Women of channel a leave: the pair carries all of it, the channel and the gender each only with much else."""
    counts = {(c, g): (300, 30 if (c, g) == ("a", "f") else 300) for c in "abcd" for g in "fmu"}
    result = explain(world(tmp_path, users=people(counts, ["channel", "gender"])), "new_users", **WEEK)
    assert result.rows[1][:5] == ("channel × gender", "a · f", 300, 30, -270)
    counts = {(c, g): (300, 200 if c == "a" else 300) for c in "abcd" for g in "fmu"}
    (tmp_path / "b").mkdir()
    result = explain(world(tmp_path / "b", users=people(counts, ["channel", "gender"])), "new_users", **WEEK)
    assert result.rows[1][:5] == ("channel", "a", 900, 600, -300)
    assert not any(TIMES in name for name in dimensions_of(result))


def test_an_unknown_value_of_a_pair_is_a_dash(tmp_path: Path) -> None:
    """A pair has one text for both values; a null among them shows as a dash."""
    counts = {(c, g): (300, 30 if (c, g) == ("a", None) else 300) for c in "abcd" for g in ("f", "m", None)}
    result = explain(world(tmp_path, users=people(counts, ["channel", "gender"])), "new_users", **WEEK)
    assert result.rows[1][:2] == ("channel × gender", f"a{DOT}{UNKNOWN}")


def test_a_new_version_that_takes_over_is_no_cause_of_a_sum(tmp_path: Path) -> None:
    """5.1 hands its users over to 5.2 while channel a doubles: the channel is the cause, the release is not."""
    counts = {
        (c, v): (200 if v == "5.1.0" else 0, 0 if v == "5.1.0" else 400 if c == "a" else 200)
        for c in "abc"
        for v in ("5.1.0", "5.2.0")
    }
    result = explain(world(tmp_path, users=people(counts, ["channel", "app_version"])), "new_users", **WEEK)
    assert result.rows[1][:5] == ("channel", "a", 200, 400, 200)


def test_movements_that_cancel_out_are_said(tmp_path: Path) -> None:
    """One channel gains what another loses but for little: the note does not call that a general change."""
    counts = {("a",): (300, 910), ("b",): (900, 300), ("c",): (500, 500), ("d",): (500, 500)}
    result = explain(world(tmp_path, users=people(counts, ["channel"])), "new_users", **WEEK)
    assert result.rows[1][:5] == ("channel", "a", 300, 910, 610)
    assert "larger ones cancel out: in channel, a carries 6100% of it" in said(result)


def test_chance_is_no_cause() -> None:
    """Three of five against one of five tells nothing; 300 of 500 against 100 of 500 does."""
    whole = Figures(4000, 4200, 10_000, 10_000)
    for size, expected in ((5, True), (500, False)):
        part = Figures(size // 5, 3 * size // 5, size, size)
        effect = effect_of(part, whole)
        assert effect is not None
        assert Chance(whole, "ratio", None).explains(part, effect, 10) is expected
    money = Chance.among(Figures(100.5, 90.5), "CNY", [])
    assert not money.explains(Figures(5.0, 1.0), effect_of(Figures(5.0, 1.0), money.whole), 10)  # type: ignore[arg-type]


def test_the_scatter_of_money_is_read_from_its_values() -> None:
    """Among many values that scatter alike none stands apart; one ten times as far off does."""
    pick = random.Random(5)
    bases = [float(pick.randrange(800, 1200)) for _ in range(40)]
    figures = [Figures(base + pick.gauss(0, 60), base) for base in bases]
    figures[7] = Figures(bases[7] - 700, bases[7])
    whole = Figures(sum(f.current_top for f in figures), sum(bases))
    split = _split("province", figures, whole)
    (best,) = ranked(whole, [split], "CNY")
    assert [part.values for part in best.carriers] == [(7,)]
    figures[7] = Figures(bases[7] - 60, bases[7])
    whole = Figures(sum(f.current_top for f in figures), sum(bases))
    assert ranked(whole, [_split("province", figures, whole)], "CNY") == [
        Explanation(_split("province", figures, whole))
    ]


def _split(name: str, figures: Sequence[Figures], whole: Figures) -> Split:
    effects = [effect_of(f, whole) for f in figures]
    parts = tuple(Part((n,), f, e) for n, (f, e) in enumerate(zip(figures, effects, strict=True)) if e)
    gross = sum(abs(part.effect.contribution) for part in parts)
    return Split((name,), parts, gross, len(parts), None, None)


def test_surprises_add_up_to_nothing() -> None:
    """What one part does beyond its due, the others do less: over all parts it is 0, for sums and for quotients."""
    pick = random.Random(3)
    for with_bottoms in (False, True):
        parts = []
        for _ in range(8):
            bottoms = (pick.randrange(50), pick.randrange(50)) if with_bottoms else (None, None)
            parts.append(Figures(pick.randrange(50), pick.randrange(50), *bottoms))
        zero = parts[0].minus([parts[0]])
        whole = zero.minus([zero.minus(parts)])
        effects = [effect_of(part, whole) for part in parts]
        assert sum(e.surprise for e in effects if e) == pytest.approx(0, abs=1e-12)
        assert sum(e.contribution for e in effects if e) == pytest.approx(whole.change)


# --- what cannot be explained ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"metric": "nosuch"}, "unknown_metric", "nosuch"),
        ({"metric": "new_users", "start": "2025-03-16", "end": "2025-03-10"}, "start_after_end", "2025-03-16"),
        ({"metric": "new_users", "start": "2026-03-16", "end": "2026-03-17"}, "outside_data", "2025-03-31"),
        ({"metric": "new_users", "start": "2025-02-01", "end": "2025-02-28"}, "outside_data", "2025-02-01"),
        ({"metric": "new_users", **WEEK, "compare": "year_ago"}, "outside_data", "2024-03-10"),
        (
            {"metric": "new_users", **WEEK, "compare": {"start": "2025-01-30", "end": "2025-02-05"}},
            "outside_data",
            "starts before",
        ),
        (
            {"metric": "new_users", **WEEK, "compare": {"start": "2025-03-05", "end": "2025-03-01"}},
            "start_after_end",
            "Swap",
        ),
        ({"metric": "new_users", **WEEK, "compare": "none"}, "bad_params", "compare"),
        ({"metric": "new_users", **WEEK, "compare": "target"}, "bad_params", "compare"),
        ({"metric": "new_users", **WEEK, "dimensions": ["channel"]}, "bad_params", "dimensions"),
        ({}, "bad_params", "metric"),
        ({"metric": "top20_revenue_share", **WEEK}, "no_partition", "add up"),
        (
            {"metric": "new_users", **WEEK, "filters": [{"dimension": "category", "values": ["x"]}]},
            "dimension_not_taken",
            "channel",
        ),
        (
            {"metric": "new_users", **WEEK, "filters": [{"dimension": "channel", "values": ["kool"]}]},
            "unknown_value",
            "kol",
        ),
    ],
)
def test_bad_input_is_answered_with_the_rule_and_what_is_right(
    by_hand: SemanticLayer, params: dict[str, Any], code: str, words: str
) -> None:
    """Each wrong parameter is refused in both languages, with the right names or dates."""
    with pytest.raises(QueryError) as caught:
        TOOLS["explain_change"].run(ToolContext(by_hand, "en", Interrupter()), params)
    assert caught.value.code == code
    assert words in caught.value.text.en + " ".join(caught.value.choices)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.text.zh)


def test_an_empty_base_is_said(by_hand: SemanticLayer) -> None:
    """With nobody in the base all are new; a quotient without a denominator has nothing to take apart."""
    before = {"start": "2025-02-10", "end": "2025-02-16"}
    result = explain(by_hand, "new_users", **{**WEEK, "compare": before})
    assert result.rows[0][2:5] == (0, 6, 6)
    assert {row["value"]: row["contribution"] for row in rows_of(result, "channel").values()} == {
        "offline": 3,
        "kol": 2,
        None: 1,
    }
    assert "everything is new" in said(result)
    result = explain(by_hand, "retention_d1", **{**WEEK, "compare": before})
    assert result.rows == ((TOTAL, None, None, 0.5, None, None, None),)
    assert "denominator of the base is 0" in said(result)


def test_nothing_on_either_side_is_said(by_hand: SemanticLayer) -> None:
    """Two empty weeks: no change, no rows to show, no crash."""
    result = explain(by_hand, "gmv", **WEEK)
    assert result.rows[0][2:5] == (0, 0, 0)
    assert "did not change" in said(result)


def test_filters_narrow_both_sides_and_a_pinned_dimension_is_not_split(by_hand: SemanticLayer) -> None:
    """Within kol there is no channel to tell apart; the figures are kol's."""
    result = explain(by_hand, "new_users", **WEEK, filters=[{"dimension": "channel", "values": ["KOL合作"]}])
    assert result.rows[0][2:5] == (2, 2, 0)
    assert "channel" not in dimensions_of(result)
    assert result.params["filters"] == [{"dimension": "channel", "op": "in", "values": ["kol"]}]


def test_lifecycle_may_filter_and_never_splits(by_hand: SemanticLayer) -> None:
    """The stage follows from the activity to be explained; as a filter it works as everywhere."""
    result = explain(by_hand, "active_users", **WEEK, filters=[{"dimension": "lifecycle", "values": ["new"]}])
    assert "lifecycle" not in dimensions_of(explain(by_hand, "active_users", **WEEK))
    assert result.rows[0][3] == 3


def test_variants_split_within_their_experiment(tmp_path: Path) -> None:
    """With a filter on an experiment the arms are parts like any other."""
    users = people({("a",): (300, 300), ("b",): (300, 300)}, ["channel"])
    arms = [
        {
            "experiment_id": "x",
            "user_id": u["user_id"],
            "variant": "treatment" if u["user_id"] % 2 else "control",
            "assigned_at": "2025-03-01 00:00",
        }
        for u in users
        if not (u["user_id"] % 2 and u["registered_at"] > "2025-03-10" and u["user_id"] % 5)
    ]
    layer = world(tmp_path, users=users, assignments=arms, experiments=[{"experiment_id": "x", "name": "x"}])
    result = explain(layer, "new_users", **WEEK, filters=[{"dimension": "experiment", "values": ["x"]}])
    assert result.rows[1][:5] == ("variant", "treatment", 300, 60, -240)


def test_the_defaults_are_the_metrics_own(by_hand: SemanticLayer) -> None:
    """Without dates: the metric's own range and the period before, both in the parameters and the base."""
    result = explain(by_hand, "dau")
    assert result.params == {"metric": "dau", "start": "2025-03-31", "end": "2025-03-31"}
    assert result.base == {"start": "2025-03-30", "end": "2025-03-30"}
    with pytest.raises(QueryError, match="2025-01-31 to 2025-03-01, starts before the data does"):
        explain(by_hand, "new_users")


# --- against plain loops ---------------------------------------------------------------------------------------------

ROUNDS = 3
NEVER = {"top20_revenue_share"}
"""Metrics whose parts never make up the whole."""


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, ...]]:
    """Random worlds, as raw rows and as warehouses."""
    made = []
    for seed, data_start, as_of, users, text in SHAPES:
        home = tmp_path_factory.mktemp(f"explained{seed}")
        maker = WorldMaker(seed, data_start, as_of, users=users, ids_are_text=text)
        kind = "VARCHAR" if text else "BIGINT"
        path = build_warehouse(home, maker.tables(), data_start=data_start, as_of=as_of, id_type=kind)
        made.append(open_bench(home, path, load_catalog()))
    yield tuple(made)
    for bench in made:
        bench.layer.warehouse.close()


def ranges(pick: random.Random, bench: Bench) -> tuple[dict[str, str], dict[str, str]]:
    """Return two random ranges within the data."""
    first, last = bench.world.data_start, bench.world.as_of

    def one() -> dict[str, str]:
        start = first + pick.randrange((last - first).days) * DAY
        return {"start": start.isoformat(), "end": min(start + pick.randrange(1, 60) * DAY, last).isoformat()}

    return one(), one()


def keyed(
    world: oracle.World, metric: str, days: Mapping[str, str], dimensions: Sequence[str]
) -> dict[Any, tuple[float, float | None]]:
    """Return numerator and denominator by value, from the oracle; the denominator is None for a metric that is none."""
    query = {"metrics": [metric], **days, "dimensions": list(dimensions)}
    scale = oracle.SPECS[metric].scale
    found = {}
    for key, cells in answer(world, query).items():
        if f"{metric}__denominator" in cells:
            found[key] = (cells[f"{metric}__numerator"] * scale, cells[f"{metric}__denominator"])
        else:
            found[key] = (cells[metric], None)
    if metric == "campaign_roi" and dimensions:  # a campaign without a cost shows, and is no part of the whole
        found = {key: cells for key, cells in found.items() if cells[1]}
    return found


def named(key: tuple[Any, ...]) -> Any:
    return key[0] if len(key) == 1 else DOT.join(UNKNOWN if part is None else str(part) for part in key)


def faults(result: Result, bench: Bench, metric: str, days: Mapping[str, str], base: Mapping[str, str]) -> list[str]:
    """Return in what the rows differ from the definition, worked out from the oracle's numerators and denominators."""
    nothing = (0.0, 0.0 if oracle.SPECS[metric].bottom else None)
    (now,), (before,) = (keyed(bench.world, metric, each, ()).values() for each in (days, base))
    tolerance = 0.0101 if result.unit == "CNY" else 1e-9
    wrong = []
    for dimension in dimensions_of(result):
        if dimension in (TOTAL, "day"):
            continue
        names = dimension.split(TIMES)
        current, earlier = (
            {named(key): cells for key, cells in keyed(bench.world, metric, each, names).items()}
            for each in (days, base)
        )
        for value, row in rows_of(result, dimension).items():
            if value not in (REST, OVERLAP):
                expected = by_definition(current.get(value, nothing), earlier.get(value, nothing), now, before)
                found = [row["base"], row["current"], row["contribution"]]
                wrong += [
                    f"{metric} {dimension} {value}: {b} by loops, {a} found"
                    for a, b in zip(found, expected, strict=True)
                    if (a is None) != (b is None) or (a is not None and abs(a - b) > tolerance * max(1, abs(b)))
                ]
    return wrong


def by_definition(
    now: tuple[float, float | None], before: tuple[float, float | None], whole: Any, whole_before: Any
) -> list[float | None]:
    """Return base, current and contribution of one value: the change of a sum, mix and rate of a quotient."""
    if now[1] is None:
        return [before[0], now[0], now[0] - before[0]]
    r1, r0 = (top / bottom if bottom else None for top, bottom in (now, before))
    w1, w0, whole_r0 = now[1] / whole[1], (before[1] or 0) / whole_before[1], whole_before[0] / whole_before[1]
    if r1 is not None and r0 is not None:
        return [r0, r1, w1 * (r1 - r0) + (w1 - w0) * (r0 - whole_r0)]
    return [r0, r1, (now[0] / whole[1] - w1 * whole_r0) - (before[0] / whole_before[1] - w0 * whole_r0)]


@pytest.mark.parametrize("metric", sorted(set(oracle.SPECS) & set(load_catalog().metrics) - NEVER))
def test_random_worlds_are_explained_as_plain_loops_explain_them(benches: tuple[Bench, ...], metric: str) -> None:
    """Over random data and ranges every row is what the definitions give, and each dimension adds up to the change."""
    pick = random.Random(metric)
    wrong: list[str] = []
    rows = 0
    for _ in range(ROUNDS):
        bench = pick.choice(benches)
        days, base = ranges(pick, bench)
        result = explain(bench.layer, metric, **days, compare=base)
        rows += len(result.rows)
        total = result.rows[0][4]
        for dimension in dimensions_of(result):
            added = sum(row["contribution"] or 0 for row in rows_of(result, dimension).values())
            wrong += [f"{dimension}: {added} is not {total}"] if abs(added - (total or 0)) > 1e-6 else []
        wrong += faults(result, bench, metric, days, base)
    assert wrong == []
    assert rows


# --- receipts --------------------------------------------------------------------------------------------------------


def test_a_receipt_holds_until_the_data_change(tmp_path: Path) -> None:
    """The statement runs again and the rows are worked out again; with one more user they are others."""
    users, events = versions(0.2)
    layer = world(tmp_path, users=users, events=events)
    result = explain(layer, "retention_d1", **WEEK)
    receipt = layer.receipts.load(result.receipt)
    assert verify(receipt, layer.warehouse, CALCULATIONS).outcome == "holds"
    more = [*users, {**users[0], "user_id": 99_999, "registered_at": "2025-03-12 10:00:00"}]
    again = world(tmp_path / "again", users=more, events=events)
    assert verify(receipt, again.warehouse, CALCULATIONS).outcome != "holds"


# --- the demo's story ------------------------------------------------------------------------------------------------

INCIDENT = {"start": "2025-03-10", "end": "2025-03-17", "compare": {"start": "2025-03-03", "end": "2025-03-09"}}
COHORTS = {"start": "2025-03-10", "end": "2025-03-16", "compare": {"start": "2025-03-03", "end": "2025-03-09"}}
GRAVITY = {"start": "2025-04-01", "end": "2025-07-31", "compare": {"start": "2024-12-01", "end": "2025-03-31"}}


@pytest.fixture(
    scope="module",
    params=[
        (DEFAULT_USERS, DEFAULT_SEED),
        pytest.param((DEFAULT_USERS, 20250310), marks=pytest.mark.slow),
        pytest.param((DEFAULT_USERS, 99), marks=pytest.mark.slow),
        pytest.param((200_000, 3), marks=pytest.mark.slow),
    ],
    ids=str,
)
def demo(
    request: pytest.FixtureRequest, built: DemoHome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SemanticLayer]:
    """The demo at its default size; slowly also with other seeds and larger."""
    layer = layer_of(serving_path(built(*request.param)), tmp_path_factory.mktemp("story"))
    yield layer
    layer.warehouse.close()


def test_the_captcha_failures_are_found(demo: SemanticLayer) -> None:
    """Conversion, new users and the retention of those who got through: android 5.2.0 on top, with nearly all of the drop."""
    for metric, days in (("register_conversion", INCIDENT), ("retention_d1", COHORTS), ("new_users", COHORTS)):
        result = explain(demo, metric, **days)
        top, total = result.records()[1], result.rows[0][4]
        assert (top["dimension"], top["value"]) == ("platform × app_version", "android · 5.2.0"), metric
        assert 0.8 < top["contribution"] / total < 1.35, metric
        assert "Android · 5.2.0" in said(result)
    conversion = explain(demo, "register_conversion", **INCIDENT).records()[1]
    assert conversion["base"] == pytest.approx(0.62, abs=0.02)
    assert conversion["current"] == pytest.approx(0.30, abs=0.02)


def test_gravity_is_found(demo: SemanticLayer) -> None:
    """The plan carries the growth in new users, in its two channels, and brings the cost of a user down."""
    result = explain(demo, "new_users", **GRAVITY)
    assert result.rows[1][:3] == ("campaign", "gravity", 0)
    channel = rows_of(result, "channel")
    assert all(channel[name]["current"] >= 1.6 * channel[name]["base"] for name in ("kol", "short_video"))
    result = explain(demo, "cac", **GRAVITY)
    assert result.rows[1][:2] == ("campaign", "gravity")
    assert result.rows[0][4] / result.rows[0][2] == pytest.approx(-0.23, abs=0.02)


def test_summer_flash_is_found(demo: SemanticLayer) -> None:
    """The campaign that should have been stopped: it is what August's spend grew by, and where its orders came from."""
    for metric in ("cost", "cac"):
        result = explain(demo, metric, start="2025-08-01", end="2025-08-31")
        assert result.rows[1][:2] == ("campaign", "summer_flash"), metric
        assert any("夏日闪购" in note.zh for note in result.notes)


def test_summer_flash_is_found_by_its_return(demo: SemanticLayer) -> None:
    """The return over all campaigns falls in August by summer_flash, which returns .9."""
    result = explain(demo, "campaign_roi", start="2025-08-01", end="2025-08-31")
    assert result.rows[1][:3] == ("campaign", "summer_flash", None)
    assert result.rows[1][3] == pytest.approx(0.9, abs=0.02)


def test_double_11_is_found(demo: SemanticLayer) -> None:
    """November's growth is one day's."""
    result = explain(demo, "gmv", start="2025-11-01", end="2025-11-30")
    assert result.rows[1][:2] == ("day", "2025-11-11")
    assert "2025-11-11 (against 2025-10-11)" in said(result)


def test_a_holiday_is_everyones(demo: SemanticLayer) -> None:
    """The dip of the national holiday runs through all values; none is named."""
    compare = {"start": "2025-09-23", "end": "2025-09-30"}
    result = explain(demo, "dau", start="2025-10-01", end="2025-10-08", compare=compare)
    assert result.rows[0][4] / result.rows[0][2] == pytest.approx(-0.18, abs=0.02)
    assert "No value stands out" in said(result)


def test_every_metric_is_explained(demo_home: Path, tmp_path: Path) -> None:
    """Each metric of the catalog has an explanation that adds up, or says why there is none."""
    layer = layer_of(demo_home / "warehouse" / "serving.duckdb", tmp_path)
    for metric in layer.catalog.metrics:
        if metric in NEVER:
            continue
        result = explain(layer, metric, start="2025-05-01", end="2025-05-31")
        total = result.rows[0][4]
        for dimension in dimensions_of(result):
            added = sum(row["contribution"] or 0 for row in rows_of(result, dimension).values())
            assert added == pytest.approx(total or 0, abs=1e-6 * max(1, abs(result.rows[0][2] or 0))), (
                metric,
                dimension,
            )
    layer.warehouse.close()
