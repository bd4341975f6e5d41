"""``lifecycle_flow`` against plain loops over random rows, worked examples, its identity, and what it refuses."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError, WarehouseError
from tests.tools.analyses.behaviour_worlds import (
    DAY,
    Bench,
    open_bench,
    open_world,
    records,
    small_bench,
    unit_after,
    unit_first,
)
from tools.lifecycle_flow import check_identity
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.toolbox import CALCULATIONS
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import serving_path

FIGURES = ("active", "new", "retained", "resurrected", "dormant")


def flow(bench: Bench, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows by loops: sets of users on sets of days."""
    unit, week = asked["grain"], bench.layer.week_start
    rows = bench.events(asked["event"])
    born = {user: moment.date() for user, moment in bench.born.items()}
    for each in asked["filters"]:
        values = bench.people(each["dimension"])
        born = {user: day for user, day in born.items() if (values[user] in each["values"]) == (each["op"] == "in")}
    registering_counts = asked["event"] in ("active", None)

    def active(first: date, last: date) -> set[Any]:
        seen = {row["user_id"] for row in rows if first <= row["ts"].date() <= last}
        if registering_counts:
            seen |= {user for user, day in born.items() if first <= day <= last}
        return {user for user in seen if user in born and born[user] <= last}

    found = []
    whole = unit_first(asked["start"], unit, week)
    while whole <= asked["end"]:
        first, last = max(whole, asked["start"]), min(unit_after(whole, 1, unit, week) - DAY, asked["end"])
        here, before = active(first, last), active(unit_first(whole - DAY, unit, week), whole - DAY)
        new = {user for user in here if first <= born[user] <= last}
        old = here - new
        counts = (len(here), len(new), len(old & before), len(old - before), len(before - here))
        found.append((whole.isoformat(), *counts))
        whole = unit_after(whole, 1, unit, week)
    return found


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> list[Bench]:
    """Random worlds: over a leap day and a year's end; weeks from Sunday, ids as text; one short month."""
    folder = tmp_path_factory.mktemp
    return [
        open_world(folder("a"), 31, date(2023, 12, 20), date(2024, 3, 6), users=40),
        open_world(folder("b"), 32, date(2024, 2, 5), date(2024, 4, 30), users=40, week_start="sunday", text=True),
        open_world(folder("c"), 33, date(2025, 1, 31), date(2025, 2, 28), users=30),
    ]


@pytest.mark.parametrize("number", range(75))
def test_equals_plain_loops(benches: list[Bench], number: int) -> None:
    """Whatever the parameters, every figure is what sets of users give, and the parts add up."""
    rng, bench = random.Random(number), benches[number % 3]
    start = bench.data_start + rng.randrange((bench.as_of - bench.data_start).days) * DAY
    end = min(start + rng.randrange(60) * DAY, bench.as_of)
    unit, week = rng.choice(("day", "week", "month", "quarter", "year")), bench.layer.week_start
    if rng.random() < 0.4:  # whole units, which rollups hold
        whole = unit_first(start, unit, week), unit_after(unit_first(end, unit, week), 1, unit, week) - DAY
        start, end = whole if bench.data_start <= whole[0] and whole[1] <= bench.as_of else (start, end)
    asked: dict[str, Any] = {
        "start": start,
        "end": end,
        "grain": unit,
        "event": rng.choice(("active", "active", "like", {"event": "app_open", "where": {"platform": ["ios", None]}})),
        "filters": rng.choice(
            (
                [],
                [{"dimension": "channel", "op": "in", "values": ["kol"]}],
                [{"dimension": "channel", "op": "not_in", "values": ["kol"]}],
            )
        ),
    }
    result = bench.run("lifecycle_flow", **{**asked, "start": start.isoformat(), "end": end.isoformat()})
    assert result.columns == ("period", *FIGURES)
    assert list(result.rows) == flow(bench, asked)
    assert all(row[1] == row[2] + row[3] + row[4] for row in result.rows)


# --- worked examples ---

USERS = """
1 2025-03-03T10:00 kol
2 2025-03-10T10:00
3 2025-03-12T10:00 kol
4 2025-04-01T10:00
"""
EVENTS = """
1 2025-03-03T10:00 register
1 2025-03-09T23:59 app_open
1 2025-03-10T00:00 app_open
1 2025-03-24T12:00 app_open
2 2025-03-09T09:00 app_open
2 2025-03-18T12:00 app_open
3 2025-03-17T12:00 captcha_fail
4 2025-03-20T12:00 app_open
9 2025-03-11T12:00 app_open
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Three users of March; 2 and 4 have events before they register, 9 never does, 3 only ever registers."""
    return small_bench(tmp_path_factory.mktemp("bench"), USERS, EVENTS, data_start="2025-03-03", as_of="2025-03-30")


def test_weeks(bench: Bench) -> None:
    """Registering is activity; who has not registered yet is in no figure; a captcha failure brings nobody back."""
    rows = bench.run("lifecycle_flow", start="2025-03-03", end="2025-03-30").rows
    assert rows == (
        ("2025-03-03", 1, 1, 0, 0, 0),
        ("2025-03-10", 3, 2, 1, 0, 0),
        ("2025-03-17", 1, 0, 1, 0, 2),
        ("2025-03-24", 1, 0, 0, 1, 1),
    )


def test_with_an_event_registering_does_not_count(bench: Bench) -> None:
    """Where an event is named, a new user counts only having done it."""
    rows = bench.run("lifecycle_flow", start="2025-03-03", end="2025-03-30", event="app_open").rows
    assert [row[1:] for row in rows] == [(1, 1, 0, 0, 0), (1, 0, 1, 0, 0), (1, 0, 0, 1, 1), (1, 0, 0, 1, 1)]


def test_a_cut_period_is_beside_the_whole_one_before(bench: Bench) -> None:
    """A week that the range cuts is counted on its days in the range; the week before it is whole."""
    result = bench.run("lifecycle_flow", start="2025-03-12", end="2025-03-18")
    assert result.rows == (("2025-03-10", 1, 1, 0, 0, 1), ("2025-03-17", 1, 0, 1, 0, 2))
    said = " ".join(note.en for note in result.notes)
    assert "it holds 2025-03-12 to 2025-03-16 only" in said
    assert "it holds 2025-03-17 to 2025-03-18 only" in said


def test_an_empty_day_is_a_row_of_zeros(bench: Bench) -> None:
    """Days without anybody are rows, and nobody at all is said."""
    assert bench.run("lifecycle_flow", start="2025-03-05", end="2025-03-06", grain="day").rows[0] == (
        "2025-03-05",
        0,
        0,
        0,
        0,
        0,
    )
    assert (
        "没有符合条件的用户"
        in bench.run("lifecycle_flow", start="2025-03-05", end="2025-03-06", grain="day").notes[-1].zh
    )


def test_weeks_from_sunday(tmp_path: Path) -> None:
    """With weeks from Sunday, Sunday's activity is the next week's; the setting is said."""
    bench = small_bench(tmp_path, USERS, EVENTS, data_start="2025-03-02", as_of="2025-03-29", week_start="sunday")
    result = bench.run("lifecycle_flow", start="2025-03-02", end="2025-03-15")
    assert result.rows == (("2025-03-02", 1, 1, 0, 0, 0), ("2025-03-09", 3, 2, 1, 0, 0))
    assert result.notes[0].zh == "一周从周日开始。"


def test_parts_that_do_not_add_up_are_not_shown() -> None:
    """A row whose parts differ from the whole is an error, in both languages, never an answer."""
    columns = ("period", *FIGURES)
    good = (columns, (("2025-03-03", 3, 1, 1, 1, 0),))
    assert check_identity({}, good) == good
    with pytest.raises(WarehouseError) as caught:
        check_identity({}, (columns, (("2025-03-03", 3, 1, 1, 1, 0), ("2025-03-10", 3, 1, 1, 0, 0))))
    assert caught.value.code == "identity_broken"
    assert "2025-03-10" in caught.value.text.zh
    assert "2025-03-10" in caught.value.text.en


def test_more_periods_than_bits(tmp_path: Path) -> None:
    """Ranges on either side of what fits into one number are counted alike: one user, two days on, one day off."""
    days = [date(2024, 1, 1) + n * DAY for n in range(140)]
    events = [{"user_id": 1, "ts": f"{day} 12:00", "event": "app_open"} for n, day in enumerate(days) if n % 3 < 2]
    tables: dict[str, Any] = {"users": [{"user_id": 1, "registered_at": "2024-01-01 00:00:00"}], "events": events}
    bench = open_bench(tmp_path, tables, date(2024, 1, 1), days[-1])
    cycle = [(1, 0, 0, 1, 0), (1, 0, 1, 0, 0), (0, 0, 0, 0, 1)]
    for count in (61, 62, 63, 64, 125, 126, 127, 128, 140):
        rows = bench.run("lifecycle_flow", start="2024-01-01", end=days[count - 1].isoformat(), grain="day").rows
        assert [row[1:] for row in rows] == [(1, 1, 0, 0, 0), *(cycle[n % 3] for n in range(1, count))]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"grain": "hour"}, "bad_params"),
        ({"grain": "total"}, "bad_params"),
        ({"dimensions": ["channel"]}, "bad_params"),
        ({"event": "app_opne"}, "unknown_event"),
        ({"filters": [{"dimension": "medium", "values": ["push"]}]}, "dimension_not_taken"),
        ({"filters": [{"dimension": "channel", "values": ["kool"]}]}, "unknown_value"),
    ],
)
def test_bad_input(bench: Bench, params: dict[str, Any], code: str) -> None:
    """What does not fit is refused in both languages."""
    with pytest.raises(QueryError) as caught:
        bench.run("lifecycle_flow", **params)
    assert caught.value.code == code
    assert caught.value.text.zh != caught.value.text.en


def test_receipt_holds_until_the_data_change(tmp_path: Path) -> None:
    """A receipt is worked out again, identity included, and says so when the data are others."""
    bench = small_bench(tmp_path, USERS, EVENTS, data_start="2025-03-03", as_of="2025-03-30")
    result = bench.run("lifecycle_flow", start="2025-03-03", end="2025-03-30")
    receipt = bench.layer.receipts.load(result.receipt)
    assert verify(receipt, bench.layer.warehouse, CALCULATIONS).outcome == "holds"
    more = EVENTS + "3 2025-03-26T12:00 app_open\n"
    small_bench(tmp_path, USERS, more, data_start="2025-03-03", as_of="2025-03-30")
    assert verify(receipt, bench.layer.warehouse, CALCULATIONS).outcome == "changed"


def test_demo_agrees_with_the_metrics(demo_home: Path) -> None:
    """By week, active and new are wau and new_users; a week's dormant are those of the week before who were not retained."""
    layer = SemanticLayer(load_catalog(), Warehouse(serving_path(demo_home)), ReceiptStore(demo_home / "flow_receipts"))
    bench = Bench(layer, {}, layer.warehouse.meta.data_start, layer.warehouse.meta.as_of)
    days = {"start": "2025-09-01", "end": "2025-12-28"}
    rows = records(bench.run("lifecycle_flow", **days))
    asked = records(bench.run("query_metrics", metrics=["wau", "new_users"], grain="week", **days))
    assert [(r["period"], r["active"], r["new"]) for r in rows] == [
        (r["period"], r["wau"], r["new_users"]) for r in asked
    ]
    for before, after in pairwise(rows):
        assert after["dormant"] == before["active"] - after["retained"]
