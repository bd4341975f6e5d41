"""``retention_matrix`` against plain loops over random rows, worked examples, and what it refuses."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
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
from tests.tools.semantic_layer.worlds import CHANNELS, PLATFORMS
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.toolbox import CALCULATIONS
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import serving_path

OWN = ("platform", "app_version")
ROLLED = {"day": 1, "week": 7, "month": 30}
Key = tuple[Any, ...]


# --- the oracle ---


def starters(bench: Bench, asked: dict[str, Any]) -> list[tuple[Any, date, Any, Key]]:
    """Return (user, first day of the cohort, moment, dimension values) of everyone who starts in the range."""
    unit, week = asked["cohort"], bench.layer.week_start
    start, end = asked["start"], asked["end"]
    found: list[tuple[Any, Any, dict[str, Any]]] = []
    if asked["start_event"] == "registration":
        found = [(user, moment, {}) for user, moment in bench.born.items()]
    else:
        rows = bench.events(asked["start_event"])
        if asked["cohort_rule"] == "recurring":
            rows = [row for row in rows if start <= row["ts"].date() <= end]
        seen: set[Key] = set()
        for row in rows:
            per: Key = (row["user_id"],)
            if asked["cohort_rule"] == "recurring" and asked["window"] == "calendar":
                per += (unit_first(row["ts"].date(), unit, week),)
            if per not in seen:
                seen.add(per)
                found.append((row["user_id"], row["ts"], dict(row)))
        if asked["cohort_rule"] == "first_ever" and isinstance(asked["start_event"], dict):
            ever: dict[Any, Any] = {}
            for row in bench.events(asked["start_event"]["event"]):
                ever.setdefault(row["user_id"], row["ts"])
            found = [each for each in found if ever[each[0]] == each[1]]
    registers = asked["start_event"] == "registration"
    return [
        (user, unit_first(moment.date(), unit, week), moment, values)
        for user, moment, row in found
        if start <= moment.date() <= end
        and (values := kept(bench, asked, user, {} if registers else row, registers)) is not None
    ]


def kept(bench: Bench, asked: dict[str, Any], user: Any, row: dict[str, Any], registers: bool) -> Key | None:
    """Return the dimension values of a start, None where a filter leaves it out."""

    def value(name: str) -> Any:
        return row.get(name) if name in OWN and not registers else bench.people(name)[user]

    used = [*asked["dimensions"], *(f["dimension"] for f in asked["filters"])]
    if user not in bench.born and any(name not in OWN or registers for name in used):
        return None
    if any(value(f["dimension"]) not in f["values"] for f in asked["filters"]):
        return None
    return tuple(value(name) for name in asked["dimensions"])


def spans_of(asked: dict[str, Any]) -> list[tuple[int, int]]:
    """Return the first and last unit of each period after period 0."""
    if not asked["brackets"]:
        return [(k, k) for k in range(1, asked["periods"] + 1)]
    ends = [sum(asked["brackets"][: n + 1]) for n in range(len(asked["brackets"]))]
    return [(high - size + 1, high) for high, size in zip(ends, asked["brackets"], strict=True)]


def good_units(bench: Bench, asked: dict[str, Any], user: Any, moment: Any, back: list[Any]) -> set[Any]:
    """Return the units with enough returns: numbers of 24-hour windows, or first days of calendar units."""
    times: Counter[Any] = Counter()
    for row in back:
        if row["user_id"] == user and asked["window"] == "24h" and row["ts"] >= moment:
            times[(row["ts"] - moment) // timedelta(days=ROLLED[asked["cohort"]])] += 1
        elif row["user_id"] == user and asked["window"] != "24h":
            times[unit_first(row["ts"].date(), asked["cohort"], bench.layer.week_start)] += 1
    return {unit for unit, count in times.items() if count >= asked["min_returns"]}


def came_back(bench: Bench, asked: dict[str, Any], cohort: date, good: set[Any], span: tuple[int, int]) -> bool:
    """Return whether one of the units lies in the period, or after it where that counts."""
    (low, high), later = span, asked["rule"] == "on_or_after"
    if asked["window"] == "24h":
        return any(k >= low if later else low <= k <= high for k in good)
    first, after = (unit_after(cohort, n, asked["cohort"], bench.layer.week_start) for n in (low, high + 1))
    return any(d >= first if later else first <= d < after for d in good)


def last_day(bench: Bench, asked: dict[str, Any], cohort: date, high: int) -> date:
    """Return the last day that must be over for a cell to be complete."""
    if asked["window"] == "24h" and high:
        ends = unit_after(cohort, 1, asked["cohort"], bench.layer.week_start) - DAY
        return ends + (high + 1) * ROLLED[asked["cohort"]] * DAY
    return unit_after(cohort, high + 1, asked["cohort"], bench.layer.week_start) - DAY


def matrix(bench: Bench, asked: dict[str, Any]) -> dict[Key, Key]:
    """Return (dimensions, cohort, period) -> (size, users, complete)."""
    unit, week = asked["cohort"], bench.layer.week_start
    who, spans = starters(bench, asked), spans_of(asked)
    hits: Counter[Key] = Counter()
    back = bench.events(asked["return_event"])
    for user, cohort, moment, values in who:
        good = good_units(bench, asked, user, moment, back)
        for period, span in enumerate(spans, start=1):
            hits[(values, cohort, period)] += came_back(bench, asked, cohort, good, span)
    sizes = Counter((values, cohort) for _, cohort, _, values in who)
    found: dict[Key, Key] = {}
    for values in {values for *_, values in who} if asked["dimensions"] else {()}:
        cohort = unit_first(asked["start"], unit, week)
        while cohort <= asked["end"]:
            size = sizes[(values, cohort)]
            for period, (_, high) in enumerate([(0, 0), *spans]):
                over = last_day(bench, asked, cohort, high) <= bench.as_of
                users = hits[(values, cohort, period)] if period else size
                found[(*values, cohort.isoformat(), period)] = (size, users if over else None, over)
            cohort = unit_after(cohort, 1, unit, week)
    return found


def random_ask(rng: random.Random, bench: Bench) -> dict[str, Any]:
    """Return parameters in full; dates as dates."""
    days = (bench.as_of - bench.data_start).days
    start = bench.data_start + rng.randrange(days) * DAY
    unit = rng.choice(("day", "week", "month"))
    event = (
        "active",
        "like",
        {"event": "app_open", "where": {"platform": ["ios", None]}},
        {"event": None, "where": {"app_version": ["5.9"]}},
    )
    end = min(start + rng.randrange(40) * DAY, bench.as_of)
    if rng.random() < 0.4:  # whole units, which rollups hold
        week = bench.layer.week_start
        whole = unit_first(start, unit, week), unit_after(unit_first(end, unit, week), 1, unit, week) - DAY
        start, end = whole if bench.data_start <= whole[0] and whole[1] <= bench.as_of else (start, end)
    return {
        "start": start,
        "end": end,
        "cohort": unit,
        "periods": rng.choice((1, 3, 7)),
        "rule": rng.choice(("on", "on_or_after")),
        "start_event": rng.choice(("registration", "registration", *event)),
        "return_event": rng.choice((*event, "active")),
        "cohort_rule": rng.choice(("first", "recurring", "first_ever")),
        "window": rng.choice(("calendar", "calendar", "24h")),
        "brackets": rng.choice(([], [], [2, 1, 4], [1, 150])),
        "min_returns": rng.choice((1, 1, 2)),
        "dimensions": rng.choice(([], [], ["channel"], ["platform"], ["app_version", "gender"])),
        "filters": rng.choice(
            (
                [],
                [{"dimension": "channel", "op": "in", "values": [rng.choice(CHANNELS)]}],
                [{"dimension": "platform", "op": "in", "values": [rng.choice(PLATFORMS), "ios"]}],
            )
        ),
    }


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> list[Bench]:
    """Random worlds: over a leap day and a year's end; weeks from Sunday, ids as text; one short month."""
    folder = tmp_path_factory.mktemp
    return [
        open_world(folder("a"), 21, date(2023, 12, 20), date(2024, 3, 6), users=30),
        open_world(folder("b"), 22, date(2024, 2, 5), date(2024, 4, 30), users=30, week_start="sunday", text=True),
        open_world(folder("c"), 23, date(2025, 1, 31), date(2025, 2, 28), users=25),
    ]


@pytest.mark.parametrize("number", range(150))
def test_equals_plain_loops(benches: list[Bench], number: int) -> None:
    """Whatever the parameters, every cell is what loops over the rows give."""
    rng = random.Random(number)
    bench = benches[number % 3]
    asked = random_ask(rng, bench)
    given = {**asked, "start": asked["start"].isoformat(), "end": asked["end"].isoformat()}
    result = bench.run("retention_matrix", **given)
    width = len(asked["dimensions"])
    assert result.columns == (*asked["dimensions"], "cohort", "size", "period", "users", "rate", "complete")
    found = {
        (*row[: width + 1], row[width + 2]): (row[width + 1], row[width + 3], row[width + 5]) for row in result.rows
    }
    assert len(found) == len(result.rows)
    assert found == matrix(bench, asked)
    for row in records(result):
        whole = row["users"] / row["size"] if row["users"] is not None and row["size"] else None
        assert row["rate"] == whole


# --- worked examples ---

USERS = """
1 2025-03-30T23:00 kol
2 2025-03-31T08:00
3 2025-03-31T09:00 kol
4 2025-04-02T00:00
"""
EVENTS = """
1 2025-03-30T23:00 register ios
1 2025-03-31T01:00 app_open ios
1 2025-03-31T22:59 app_open ios
1 2025-04-01T23:00 app_open web
2 2025-03-31T08:00 register ios
2 2025-04-02T12:00 app_open ios
2 2025-04-02T12:00 app_open ios
3 2025-03-31T07:00 captcha_fail web
3 2025-04-01T09:00 captcha_fail web
3 2025-04-04T09:00 app_open web
9 2025-04-01T10:00 app_open web
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Four users around the end of March; 9 never registered; the data ends on April 3, user 3 comes back after it."""
    return small_bench(tmp_path_factory.mktemp("bench"), USERS, EVENTS, data_start="2025-03-30", as_of="2025-04-03")


def cells(bench: Bench, **params: Any) -> dict[str, list[Any]]:
    """Return users by cohort, in the order of periods."""
    found: dict[str, list[Any]] = {}
    for row in records(bench.run("retention_matrix", **params)):
        found.setdefault(row["cohort"], []).append(row["users"])
    return found


RANGE = {"start": "2025-03-30", "end": "2025-04-02", "periods": 3}


def test_calendar_days(bench: Bench) -> None:
    """Two hours later but past midnight is day 1; an event of before registration is no return; unfinished cells are null."""
    assert cells(bench, **RANGE) == {
        "2025-03-30": [1, 1, 1, 0],
        "2025-03-31": [2, 0, 1, 0],
        "2025-04-01": [0, 0, 0, None],
        "2025-04-02": [1, 0, None, None],
    }


def test_windows_of_24_hours(bench: Bench) -> None:
    """23 h 59 min later is still period 0, 48 hours exactly is period 2; the last to start in a day decides what is over."""
    assert cells(bench, **RANGE, window="24h") == {
        "2025-03-30": [1, 0, 1, 0],
        "2025-03-31": [2, 0, 1, None],
        "2025-04-01": [0, 0, None, None],
        "2025-04-02": [1, None, None, None],
    }


def test_on_or_after_counts_to_the_end_of_the_data(bench: Bench) -> None:
    """On or after looks at all that is known, but not past as_of: user 3's return on April 4 does not count."""
    assert cells(bench, **RANGE, rule="on_or_after")["2025-03-31"] == [2, 1, 1, 0]


def test_min_returns_is_of_the_return_and_each_unit(bench: Bench) -> None:
    """Two returns within one day are needed; period 0 asks for none."""
    assert cells(bench, **RANGE, min_returns=2)["2025-03-31"] == [2, 0, 1, 0]
    assert cells(bench, **RANGE, min_returns=2)["2025-03-30"] == [1, 1, 0, 0]


def test_registration_is_by_users_and_events_by_anyone(bench: Bench) -> None:
    """Someone without a row in users starts with an event, and is in no cohort once users are looked up."""
    asked: dict[str, Any] = {**RANGE, "start_event": "app_open", "cohort_rule": "recurring"}
    assert [row[0] for row in cells(bench, **asked).values()] == [0, 1, 2, 1]
    kol = [{"dimension": "channel", "op": "in", "values": ["kol"]}]
    assert [row[0] for row in cells(bench, **asked, filters=kol).values()] == [0, 1, 1, 0]


def test_brackets_touch(bench: Bench) -> None:
    """Brackets follow each other from day 1, both edges in; a user counts once in each."""
    assert cells(bench, **{**RANGE, "periods": 7}, brackets=[2, 1])["2025-03-30"] == [1, 1, 0]
    assert cells(bench, **RANGE, brackets=[1, 2])["2025-03-31"] == [2, 0, 1]


def test_value_starts_with_the_start(tmp_path: Path) -> None:
    """What was spent earlier on the day of the start is not the cohort's; averages say what they divide by."""
    tables: dict[str, Any] = {
        "users": [{"user_id": n, "registered_at": f"2025-03-01 10:00:0{n}"} for n in (1, 2)],
        "events": [
            {"user_id": 1, "ts": "2025-03-01 08:00", "event": "consult", "duration_s": 999},
            {"user_id": 1, "ts": "2025-03-01 12:00", "event": "consult", "duration_s": 50},
            {"user_id": 1, "ts": "2025-03-02 12:00", "event": "consult", "duration_s": 30},
            {"user_id": 1, "ts": "2025-03-02 13:00", "event": "consult", "duration_s": None},
        ],
    }
    bench = open_bench(tmp_path, tables, date(2025, 3, 1), date(2025, 3, 3))
    asked: dict[str, Any] = {"start": "2025-03-01", "end": "2025-03-01", "periods": 3, "return_event": "consult"}

    def values(agg: str) -> list[Any]:
        result = bench.run("retention_matrix", **asked, value={"property": "duration_s", "agg": agg})
        return [row["value"] for row in records(result)]

    assert values("sum") == [50, 30, 0, None]
    assert values("avg") == [50, 30, None, None]
    assert values("avg_cohort") == [25, 15, 0, None]


def test_hours(bench: Bench) -> None:
    """Cohorts by hour are named by it, and run past midnight."""
    found = cells(
        bench,
        start="2025-03-30",
        end="2025-03-31",
        cohort="hour",
        periods=3,
        start_event="app_open",
        cohort_rule="recurring",
    )
    assert len(found) == 48
    assert found["2025-03-31T01:00:00"] == [1, 0, 0, 0]
    assert cells(bench, start="2025-03-30", end="2025-03-30", cohort="hour", periods=2)["2025-03-30T23:00:00"] == [
        1,
        0,
        1,
    ]


def test_notes(bench: Bench) -> None:
    """It says that cells are not over, that a cohort is cut, that first is first in the data, and what brackets mean."""
    said = " ".join(note.zh for note in bench.run("retention_matrix", **RANGE).notes)
    assert "尚未结束" in said
    asked = {"start": "2025-03-30", "end": "2025-04-02", "cohort": "week"}
    said = " ".join(n.en for n in bench.run("retention_matrix", **asked, brackets=[1, 2], start_event="app_open").notes)
    assert "it holds those who entered 2025-03-30 to 2025-03-30 only" in said
    assert "starts 2025-03-30" in said
    assert "1 = week 1-1, 2 = week 2-3" in said


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"start_event": "app_opne"}, "unknown_event", "app_open"),
        ({"return_event": "registration"}, "bad_params", "register"),
        ({"start_event": {"event": "registration"}}, "bad_params", "register"),
        ({"return_event": {"where": {"platform": []}}}, "bad_params", "platform"),
        ({"return_event": {"where": {"channel": ["kol"]}}}, "bad_params", "where"),
        ({"brackets": [7, 0]}, "bad_params", "1"),
        ({"cohort": "hour", "window": "24h"}, "bad_params", "day"),
        ({"value": {"property": "duration_s"}, "rule": "on_or_after"}, "bad_params", "on"),
        ({"value": {"property": "ts"}}, "bad_params", "duration_s"),
        ({"cohort": "fortnight"}, "bad_params", "week"),
        ({"periods": 0}, "bad_params", "periods"),
        ({"min_returns": 0}, "bad_params", "min_returns"),
        ({"dimensions": ["category"]}, "dimension_not_taken", ""),
        ({"filters": [{"dimension": "channel", "values": ["koll"]}]}, "unknown_value", "kol"),
        ({"start": "2025-04-02", "end": "2025-04-01"}, None, ""),
        ({"start": "2030-01-01", "end": "2030-01-02"}, None, "2025-04-03"),
    ],
)
def test_bad_input(bench: Bench, params: dict[str, Any], code: str | None, words: str) -> None:
    """What does not fit is refused in both languages, naming what would."""
    with pytest.raises(QueryError) as caught:
        bench.run("retention_matrix", **{**RANGE, **params})
    assert code in (None, caught.value.code)
    assert words in caught.value.text.en
    assert words in caught.value.text.zh


def test_too_many_cells(tmp_path: Path) -> None:
    """A matrix nobody can read is refused before it runs."""
    bench = small_bench(tmp_path, USERS, EVENTS, data_start="2024-01-01", as_of="2025-04-03")
    with pytest.raises(QueryError) as caught:
        bench.run("retention_matrix", start="2024-01-01", end="2025-04-03", periods=400)
    assert caught.value.code == "too_many_cells"


# --- receipts, and the demo ---


def test_receipt_holds_until_the_data_change(tmp_path: Path) -> None:
    """A receipt is worked out again on the same data, and says so when the data are others."""
    bench = small_bench(tmp_path, USERS, EVENTS, data_start="2025-03-30", as_of="2025-04-03")
    result = bench.run(
        "retention_matrix", **RANGE, dimensions=["channel"], start_event="active", cohort_rule="recurring"
    )
    receipt = bench.layer.receipts.load(result.receipt)
    assert verify(receipt, bench.layer.warehouse, CALCULATIONS).outcome == "holds"
    more = EVENTS + "2 2025-04-01T12:00 app_open ios\n"
    small_bench(tmp_path, USERS, more, data_start="2025-03-30", as_of="2025-04-03")
    assert verify(receipt, bench.layer.warehouse, CALCULATIONS).outcome == "changed"


def test_more_units_than_bits(tmp_path: Path) -> None:
    """Ranges on either side of what fits into one number are counted alike: one user, active on every second day."""
    events = [{"user_id": 1, "ts": f"{date(2024, 1, 1) + 2 * n * DAY} 12:00", "event": "app_open"} for n in range(150)]
    tables: dict[str, Any] = {"users": [{"user_id": 1, "registered_at": "2024-01-01 00:00:00"}], "events": events}
    bench = open_bench(tmp_path, tables, date(2024, 1, 1), date(2024, 10, 20))
    for periods in (61, 62, 63, 125, 126, 127, 150):
        for rule, start in (("first", "registration"), ("recurring", "active")):
            for brackets in ([], [periods]):
                asked: dict[str, Any] = {
                    "start_event": start,
                    "cohort_rule": rule,
                    "periods": periods,
                    "brackets": brackets,
                }
                found = cells(bench, start="2024-01-01", end="2024-01-01", **asked)["2024-01-01"]
                assert found == ([1, 1] if brackets else [1 - n % 2 for n in range(periods + 1)]), asked
    for days in (61, 62, 63, 64, 118, 119, 120, 121):
        asked = {
            "start_event": "active",
            "cohort_rule": "recurring",
            "end": (date(2024, 1, 1) + (days - 1) * DAY).isoformat(),
        }
        found_all = cells(bench, start="2024-01-01", **asked)
        assert len(found_all) == days
        assert all(row == ([0] * 8 if n % 2 else [1, 0] * 4) for n, row in enumerate(found_all.values()))


def test_demo_captcha_week(demo_home: Path) -> None:
    """The planted fault shows: those who registered on android 5.2.0 in its week came back on day 1 about half as often."""
    layer = SemanticLayer(
        load_catalog(), Warehouse(serving_path(demo_home)), ReceiptStore(demo_home / "matrix_receipts")
    )
    bench = Bench(layer, {}, layer.warehouse.meta.data_start, layer.warehouse.meta.as_of)
    slice_ = [
        {"dimension": "platform", "op": "in", "values": ["android"]},
        {"dimension": "app_version", "op": "in", "values": ["5.2.0"]},
    ]
    asked: dict[str, Any] = {"cohort": "day", "periods": 1, "filters": slice_}
    rates = []
    for start, end in (("2025-03-03", "2025-03-09"), ("2025-03-10", "2025-03-16")):
        rows = [r for r in records(bench.run("retention_matrix", start=start, end=end, **asked)) if r["period"] == 1]
        rates.append((sum(r["users"] for r in rows) / sum(r["size"] for r in rows), sum(r["size"] for r in rows)))
    (before, _), (during, people) = rates
    assert abs(during - 0.24) <= max(0.02, 2 * (0.24 * 0.76 / people) ** 0.5)
    assert during < before


def test_demo_agrees_with_the_metrics(demo_home: Path) -> None:
    """The matrix by day adds up to retention_d7 and new_users of the same range."""
    layer = SemanticLayer(
        load_catalog(), Warehouse(serving_path(demo_home)), ReceiptStore(demo_home / "matrix_receipts")
    )
    bench = Bench(layer, {}, layer.warehouse.meta.data_start, layer.warehouse.meta.as_of)
    days = {"start": "2025-10-01", "end": "2025-11-30"}
    rows = records(bench.run("retention_matrix", **days))
    asked = bench.run("query_metrics", metrics=["retention_d7", "new_users"], **days)
    metric = dict(zip(asked.columns, asked.rows[0], strict=True))
    assert sum(row["users"] for row in rows if row["period"] == 7) == metric["retention_d7__numerator"]
    assert sum(row["size"] for row in rows if row["period"] == 0) == metric["new_users"]


def test_reads_the_smallest_table_that_says_the_same(benches: list[Bench]) -> None:
    """Months of activity come from their rollup; a latest return may lie in a part of one: of that its days are read."""
    asked: dict[str, Any] = {"cohort": "month", "start": "2024-02-05", "end": "2024-04-30"}
    assert "active_months" in benches[1].run("retention_matrix", **asked).sql
    late = {**asked, "end": "2024-03-06", "start": "2024-01-01", "rule": "on_or_after"}
    assert {"active_months", "active_days"} <= set(benches[0].run("retention_matrix", **late).sql.split())
    assert "active_weeks" in benches[0].run("retention_matrix", **{**asked, "cohort": "week", "end": "2024-03-03"}).sql
    assert "active_weeks" not in benches[1].run("retention_matrix", **{**asked, "cohort": "week"}).sql
    assert (
        "events" not in benches[0].run("retention_matrix", **{**asked, "end": "2024-03-06"}, return_event="active").sql
    )
