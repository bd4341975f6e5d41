"""``stickiness_histogram`` against plain loops over random rows, worked examples, and what it refuses."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
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
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.toolbox import CALCULATIONS
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import serving_path

HOLDS = {
    "eq": lambda n, v: n == v,
    "gt": lambda n, v: n > v,
    "gte": lambda n, v: n >= v,
    "lt": lambda n, v: n < v,
    "lte": lambda n, v: n <= v,
}


def intervals(bench: Bench, asked: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    """Return the first moment of each interval of the range and that of the next."""
    if asked["interval"] == "hour":
        moment, found = datetime.combine(asked["start"], datetime.min.time()), []
        while moment.date() <= asked["end"]:
            found.append((moment, moment := moment + timedelta(hours=asked["interval_count"])))
        return found
    first, found = unit_first(asked["start"], asked["interval"], bench.layer.week_start), []
    while first <= asked["end"]:
        after = unit_after(first, asked["interval_count"], asked["interval"], bench.layer.week_start)
        found.append((datetime.combine(first, datetime.min.time()), datetime.combine(after, datetime.min.time())))
        first = after
    return found


def histogram(bench: Bench, asked: dict[str, Any]) -> list[tuple[int, int]]:
    """Return the rows by loops."""
    rows = [row for row in bench.events(asked["event"]) if asked["start"] <= row["ts"].date() <= asked["end"]]
    for each in asked["filters"]:
        values = bench.people(each["dimension"])
        rows = [row for row in rows if row["user_id"] in values and values[row["user_id"]] in each["values"]]
    counted: Counter[Any] = Counter()
    spans = intervals(bench, asked)
    for first, after in spans:
        done = Counter(row["user_id"] for row in rows if first <= row["ts"] < after)
        counted.update(user for user, n in done.items() if HOLDS[asked["times"]["op"]](n, asked["times"]["value"]))
    return [
        (k, sum(n >= k if asked["cumulative"] else n == k for n in counted.values())) for k in range(1, len(spans) + 1)
    ]


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> list[Bench]:
    """Random worlds: over a leap day and a year's end; weeks from Sunday, ids as text; one short month."""
    folder = tmp_path_factory.mktemp
    return [
        open_world(folder("a"), 41, date(2023, 12, 20), date(2024, 3, 6), users=40),
        open_world(folder("b"), 42, date(2024, 2, 5), date(2024, 4, 30), users=40, week_start="sunday", text=True),
        open_world(folder("c"), 43, date(2025, 1, 31), date(2025, 2, 28), users=30),
    ]


@pytest.mark.parametrize("number", range(45))
def test_equals_plain_loops(benches: list[Bench], number: int) -> None:
    """Whatever the parameters, every row is what loops over the rows give."""
    rng, bench = random.Random(number), benches[number % 3]
    start = bench.data_start + rng.randrange((bench.as_of - bench.data_start).days) * DAY
    asked: dict[str, Any] = {
        "start": start,
        "end": min(start + rng.randrange(40) * DAY, bench.as_of),
        "interval": rng.choice(("hour", "day", "day", "week", "month")),
        "interval_count": rng.choice((1, 1, 2, 5)),
        "cumulative": rng.random() < 0.4,
        "event": rng.choice(("active", "like", {"event": "app_open", "where": {"platform": ["ios", None]}})),
        "times": rng.choice(
            ({"op": "gte", "value": 1}, {"op": "eq", "value": 2}, {"op": "lte", "value": 1}, {"op": "gt", "value": 1})
        ),
        "filters": rng.choice(([], [], [{"dimension": "channel", "op": "in", "values": ["kol", None]}])),
    }
    result = bench.run("stickiness_histogram", **{**asked, "start": start.isoformat(), "end": asked["end"].isoformat()})
    assert result.columns == ("intervals", "users")
    assert list(result.rows) == histogram(bench, asked)


# --- worked examples ---

USERS = "1 2025-03-01T10:00 kol\n2 2025-03-01T10:00\n3 2025-03-01T10:00"
EVENTS = """
1 2025-03-01T00:00 app_open ios
1 2025-03-01T23:59 app_open web
1 2025-03-02T12:00 app_open ios
1 2025-03-04T12:00 share ios
2 2025-03-02T12:00 app_open web
2 2025-03-02T12:00 app_open web
3 2025-03-03T12:00 captcha_fail web
9 2025-03-03T12:00 app_open web
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Four days: user 1 on three of them, 2 on one, 3 never active, 9 without a row in users."""
    return small_bench(tmp_path_factory.mktemp("bench"), USERS, EVENTS, data_start="2025-03-01", as_of="2025-03-04")


def users(bench: Bench, **params: Any) -> list[Any]:
    """Return the users of each row."""
    return [
        row[1]
        for row in bench.run("stickiness_histogram", **{"start": "2025-03-01", "end": "2025-03-04", **params}).rows
    ]


def test_exact_and_cumulative(bench: Bench) -> None:
    """Two platforms on one day are one day; anyone active counts, in as many rows as the range has days."""
    assert users(bench) == [2, 0, 1, 0]
    assert users(bench, cumulative=True) == [3, 1, 1, 0]
    assert users(bench, filters=[{"dimension": "channel", "values": [None]}]) == [1, 0, 0, 0]


def test_events_conditions_and_times(bench: Bench) -> None:
    """An event, its columns, and how often it must be done within a day; a day without it is no day with at most one."""
    assert users(bench, event="share") == [1, 0, 0, 0]
    assert users(bench, event={"where": {"platform": ["web"]}}) == [3, 0, 0, 0]
    assert users(bench, times={"op": "gte", "value": 2}) == [2, 0, 0, 0]
    assert users(bench, times={"op": "lte", "value": 1}) == [1, 1, 0, 0]


def test_longer_intervals(bench: Bench) -> None:
    """Several days are counted from the first of the range; a week that the range cuts is an interval, and said to be cut."""
    assert users(bench, interval_count=3) == [2, 1]
    assert users(bench, interval="week") == [2, 1]
    notes = bench.run("stickiness_histogram", start="2025-03-01", end="2025-03-04", interval="week").notes
    assert "incomplete" in notes[0].en


def test_hours(bench: Bench) -> None:
    """Hours are those of the local clock; equal moments are one."""
    assert users(bench, start="2025-03-01", end="2025-03-01", interval="hour")[:3] == [0, 1, 0]


def test_more_intervals_than_bits(tmp_path: Path) -> None:
    """Ranges on either side of what fits into one number are counted alike."""
    events = [{"user_id": 1, "ts": f"{date(2024, 1, 1) + 2 * n * DAY} 12:00", "event": "app_open"} for n in range(100)]
    tables: dict[str, Any] = {"users": [{"user_id": 1, "registered_at": "2024-01-01 00:00:00"}], "events": events}
    bench = open_bench(tmp_path, tables, date(2024, 1, 1), date(2024, 7, 18))
    for days in (62, 63, 64, 65, 126, 127, 128, 129, 199):
        end = (date(2024, 1, 1) + (days - 1) * DAY).isoformat()
        assert users(bench, start="2024-01-01", end=end) == [int(k == (days + 1) // 2) for k in range(1, days + 1)]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"interval": "year"}, "bad_params"),
        ({"interval_count": 0}, "bad_params"),
        ({"times": {"op": "in", "value": 2}}, "bad_params"),
        ({"times": {"value": 0}}, "bad_params"),
        ({"event": "shar"}, "unknown_event"),
        ({"event": {"event": "share", "where": {"keyword": []}}}, "bad_params"),
        ({"filters": [{"dimension": "event", "values": ["share"]}]}, "dimension_not_taken"),
    ],
)
def test_bad_input(bench: Bench, params: dict[str, Any], code: str) -> None:
    """What does not fit is refused in both languages."""
    with pytest.raises(QueryError) as caught:
        bench.run("stickiness_histogram", **params)
    assert caught.value.code == code
    assert caught.value.text.zh != caught.value.text.en


def test_too_many_intervals(tmp_path: Path) -> None:
    """More intervals than anyone reads are refused, with what to do."""
    bench = small_bench(tmp_path, USERS, EVENTS, data_start="2024-01-01", as_of="2025-03-04")
    with pytest.raises(QueryError) as caught:
        bench.run("stickiness_histogram", start="2024-01-01", end="2025-03-04", interval="hour")
    assert caught.value.code == "too_many_intervals"


def test_receipt_holds_until_the_data_change(tmp_path: Path) -> None:
    """A receipt runs again to the same rows, and says so when the data are others."""
    bench = small_bench(tmp_path, USERS, EVENTS, data_start="2025-03-01", as_of="2025-03-04")
    result = bench.run("stickiness_histogram", start="2025-03-01", end="2025-03-04", times={"value": 2})
    receipt = bench.layer.receipts.load(result.receipt)
    assert verify(receipt, bench.layer.warehouse, CALCULATIONS).outcome == "holds"
    more = EVENTS + "1 2025-03-02T13:00 share ios\n"
    small_bench(tmp_path, USERS, more, data_start="2025-03-01", as_of="2025-03-04")
    assert verify(receipt, bench.layer.warehouse, CALCULATIONS).outcome == "changed"


def test_demo_adds_up_to_active_users_and_days(demo_home: Path) -> None:
    """Users over all rows are active_users of the range; users times days are its active user-days."""
    layer = SemanticLayer(
        load_catalog(), Warehouse(serving_path(demo_home)), ReceiptStore(demo_home / "sticky_receipts")
    )
    bench = Bench(layer, {}, layer.warehouse.meta.data_start, layer.warehouse.meta.as_of)
    days = {"start": "2025-10-01", "end": "2025-10-31"}
    rows = records(bench.run("stickiness_histogram", **days))
    asked = records(bench.run("query_metrics", metrics=["active_users", "dau"], **days))[0]
    assert sum(row["users"] for row in rows) == asked["active_users"]
    assert sum(row["users"] * row["intervals"] for row in rows) == pytest.approx(asked["dau"] * 31)
