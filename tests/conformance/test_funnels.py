"""PostHog's, ClickHouse's and Retentioneering's funnel cases, run through ``funnel``.

Every user of a case carries their own name as a property, so that a split by it gives the step each of them reached. An
event that a case asks for and nobody did is known to the workspace from a day before the data: the tool refuses names that
were never recorded.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.conformance.warehouse import Case, CaseWarehouse, build_case, cases, local

_NAME = "@name"
_UNIT_HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 720}
_ORDERS = {"ordered": "ordered", "unordered": "any", "any": "any", "strict": "strict"}
Row = Mapping[str, Any]


@pytest.mark.parametrize("case", [*cases("posthog_funnels.json"), *cases("retentioneering_funnels.json")])
def test_funnel_case(case: Case, tmp_path: Path) -> None:
    """The funnel holds the numbers that the peer's test expects."""
    params, expected = case["query"]["params"], case["expected"]
    warehouse = _warehouse(tmp_path, case)
    for key, wanted in expected.items():
        if key == "counts":
            _same(wanted, _column(_run(warehouse, params), "users"))
        elif key == "counts_by":
            found = _run(warehouse, params, _dimension(warehouse, params["breakdown"]))
            assert {name: [row["users"] for row in rows] for name, rows in found.items()} == wanted
        elif key == "users_at_step":
            levels = _levels(warehouse, params)
            for step, names in wanted.items():
                assert sorted(name for name, level in levels.items() if level >= int(step)) == sorted(names)
        elif key == "step_rate":
            rows = _run(warehouse, params)[""]
            _same(_null_where_undefined(wanted, rows), [row["step_rate"] for row in rows])
        elif key in ("median_seconds", "rate"):
            _same(wanted, _column(_run(warehouse, params), key))
        else:
            pytest.fail(f"no adapter for the expectation {key}")
    assert expected


@pytest.mark.parametrize("case", cases("clickhouse_window_funnel.json"))
def test_level_case(case: Case, tmp_path: Path) -> None:
    """Each user reaches the level that windowFunnel gives, or, in the two classes we decide otherwise, the one that follows."""
    params = case["query"]["params"]
    warehouse = _warehouse(tmp_path, case)
    levels = _levels(warehouse, params)
    found = {user: levels.get(user, 0) for user in case["expected"]["level_by_user"]}
    if (
        len(params["steps"]) == 1
    ):  # a funnel has two steps at least: the first row of a longer one is the level asked for
        found = {user: min(level, 1) for user, level in found.items()}
    wanted = case["expected"]["level_by_user"]
    if _one_row_for_two_steps(params):
        assert all(found[user] <= wanted[user] for user in wanted)
    elif _enters_again(case):
        assert all(found[user] >= wanted[user] for user in wanted)
    else:
        assert found == wanted


def _one_row_for_two_steps(params: Row) -> bool:
    """Whether windowFunnel would let one row serve equal steps, which we never do (docs/definitions.md)."""
    return len(set(params["steps"])) < len(params["steps"]) and not {"strict_once", "strict_increase"} & set(
        params["modes"]
    )


def _enters_again(case: Case) -> bool:
    """Whether strict_order stops somebody at a new entry, where we count the best attempt (docs/definitions.md)."""
    params = case["query"]["params"]
    if "strict_order" not in params["modes"] or "allow_reentry" in params["modes"] or len(params["steps"]) < 2:
        return False
    first, second = params["steps"][:2]
    for user in case["expected"]["level_by_user"]:
        names = [event["event"] for event in case["events"] if event["user"] == user]
        entered = names[names.index(first) :] if first in names else []
        if second in entered and first in entered[entered.index(second) :]:
            return True
    return False


def _null_where_undefined(wanted: Sequence[Any], rows: Sequence[Row]) -> list[Any]:
    """Return the expected step rates; where nobody reached the step before, ours is null and not 0 (docs/definitions.md)."""
    for before, row in itertools.pairwise(rows):
        if before["users"] == 0:
            assert row["step_rate"] is None
    return [None if i and rows[i - 1]["users"] == 0 else each for i, each in enumerate(wanted)]


def _warehouse(home: Path, case: Case) -> CaseWarehouse:
    params = case["query"]["params"]
    days = [local(event["timestamp"], ZoneInfo("UTC")).date() for event in case["events"]]
    entry = [date.fromisoformat(params[name][:10]) for name in ("entry_from", "entry_to") if params.get(name)]
    since, until = min([*days, *entry]), max([*days, *entry])
    done = {event["event"] for event in case["events"]}
    asked = [_event(each) for each in [*params["steps"], *params.get("exclusions", ())]]
    earlier = datetime(since.year, since.month, since.day, tzinfo=UTC) - timedelta(days=400)
    known = [
        {"user": "@nobody", "event": name, "timestamp": earlier.isoformat(), "properties": {}}
        for name in dict.fromkeys(asked)
        if name is not None and name not in done
    ]
    people = {event["user"]: {**(case.get("users") or {}).get(event["user"], {})} for event in case["events"]}
    own = (params.get("breakdown") or {}).get("event_property")
    return build_case(
        home,
        {
            **case,
            "events": [*case["events"], *known],
            "users": {name: {**held, _NAME: name} for name, held in people.items()},
        },
        since=since,
        until=until,
        numbers={own: "platform"} if own else None,
    )


def _event(step: Any) -> str | None:
    name: str | None = step if isinstance(step, str) else step["event"]
    return name


def _asked(warehouse: CaseWarehouse, params: Row) -> dict[str, Any]:
    modes = set(params.get("modes", ()))
    order = "strict" if "strict_order" in modes else _ORDERS[params.get("order", "ordered")]
    steps = params["steps"] if len(params["steps"]) > 1 else params["steps"] * 2
    asked = {
        "steps": [_condition(warehouse, step) for step in steps],
        "start": (params.get("entry_from") or "")[:10] or None,
        "end": (params.get("entry_to") or "")[:10] or None,
        "window_hours": _hours(params),
        "order": order,
        "strict_time": "strict_increase" in modes,
        "repeats": "stop" if "strict_deduplication" in modes else "ignore" if "strict_order" in modes else None,
        "exclusions": [
            {
                **_condition(warehouse, each),
                "after_step": each["after_step"] + 1,  # a case counts steps from 0, we from 1 as our rows do
                "before_step": each["before_step"] + 1,
            }
            for each in params.get("exclusions", ())
        ],
        "filters": warehouse.filters((params.get("filter") or {}).get("user_property") or {})
        + warehouse.filters((params.get("exclude") or {}).get("user_property") or {}, op="not_in"),
    }
    meta = warehouse.layer.warehouse.meta
    return {**asked, "start": asked["start"] or meta.data_start, "end": asked["end"] or meta.as_of}


def _condition(warehouse: CaseWarehouse, step: Any) -> dict[str, Any]:
    held = {} if isinstance(step, str) else (step.get("filter") or {}).get("event_property") or {}
    return {"event": _event(step), "where": warehouse.where(held)}


def _hours(params: Row) -> float | None:
    if "window_seconds" in params:
        return float(params["window_seconds"]) / 3600
    window = params.get("window")
    return None if window is None else float(window["value"]) * _UNIT_HOURS[window["unit"].rstrip("s")]


def _run(warehouse: CaseWarehouse, params: Row, dimension: str | None = None) -> dict[str, list[Row]]:
    """Return the rows by the value of the dimension; under an empty name without one."""
    result = warehouse.run("funnel", {**_asked(warehouse, params), "dimensions": [dimension] if dimension else []})
    found: dict[str, list[Row]] = {}
    for record in result.records():
        value = record[dimension] if dimension else ""
        found.setdefault("" if value is None else str(value), []).append(record)
    return found


def _levels(warehouse: CaseWarehouse, params: Row) -> dict[str, int]:
    """Return the last step that each user reached."""
    found = _run(warehouse, params, warehouse.dimension(_NAME))
    return {name: sum(row["users"] for row in rows) for name, rows in found.items()}


def _dimension(warehouse: CaseWarehouse, breakdown: Row) -> str:
    return "platform" if "event_property" in breakdown else warehouse.dimension(breakdown["user_property"])


def _column(found: Mapping[str, Sequence[Row]], name: str) -> list[Any]:
    return [row[name] for row in found[""]]


def _same(wanted: Sequence[Any], found: Sequence[Any]) -> None:
    """Compare figure by figure; null in a case is not asserted."""
    assert len(wanted) == len(found)
    assert [f for w, f in zip(wanted, found, strict=True) if w is not None] == pytest.approx(
        [w for w in wanted if w is not None]
    )
