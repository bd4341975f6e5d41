"""PostHog's lifecycle and stickiness cases, run through ``lifecycle_flow`` and ``stickiness_histogram``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.conformance.warehouse import Case, CaseWarehouse, build_case, cases, local
from tools.behaviour.units import Units, unit_start

_COLUMNS = {"new": "new", "returning": "retained", "resurrecting": "resurrected", "dormant": "dormant"}
_OPS = {"exact": "eq", "gte": "gte", "lte": "lte", "gt": "gt", "lt": "lt"}
Row = Mapping[str, Any]


@pytest.mark.parametrize("case", cases("posthog_lifecycle_stickiness.json"))
def test_case(case: Case, tmp_path: Path) -> None:
    """The tool gives the numbers that PostHog's test expects."""
    params, expected = case["query"]["params"], case["expected"]
    unit = params.get("period") or params["interval"]
    start, end = _range(case, params, unit)
    warehouse = build_case(tmp_path, case, since=start, until=end)
    if case["query"]["kind"] == "lifecycle":
        _compare_lifecycle(expected, warehouse, params, start, end)
    else:
        _compare_stickiness(expected, warehouse, params, start, end)


def _range(case: Case, params: Row, unit: str) -> tuple[date, date]:
    """Return the days of the case: PostHog reads whole periods, also of those that its dates cut.

    Without a first day they begin with the first event; without a last one they end today (``now``).
    """
    days = [local(event["timestamp"], ZoneInfo(params["timezone"])).date() for event in case["events"]]
    start = datetime.fromisoformat(params["from"]).date() if params.get("from") else min(days)
    until = params.get("to") or params.get("now")
    end = datetime.fromisoformat(until).date() if until else max(days)
    if unit in ("hour", "day"):
        return start, end
    units = Units(unit, unit_start(start, unit, params["week_start"]))
    return units.anchor, units.last(units.index(end))


def _asked(warehouse: CaseWarehouse, params: Row, start: date, end: date) -> dict[str, Any]:
    held = (params.get("filter") or {}).get("event_property") or {}
    people = (params.get("filter") or {}).get("user_property") or {}
    left_out = (params.get("exclude") or {}).get("user_property") or {}
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "event": {"event": params["event"], "where": warehouse.where(held)},
        "filters": warehouse.filters(people) + warehouse.filters(left_out, op="not_in"),
    }


def _compare_lifecycle(expected: Row, warehouse: CaseWarehouse, params: Row, start: date, end: date) -> None:
    asked = {**_asked(warehouse, params, start, end), "grain": params["period"]}
    result = warehouse.run("lifecycle_flow", asked)
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    assert set(expected) <= {*_COLUMNS, "periods", "totals"}, "no adapter for an expectation"
    assert expected
    for key, column in _COLUMNS.items():
        sign = -1 if key == "dormant" else 1  # PostHog draws the dormant downwards
        if key in expected:
            assert [sign * row[column] for row in rows] == expected[key], key
        if key in expected.get("totals", {}):
            assert sum(sign * row[column] for row in rows) == expected["totals"][key], key
    if "periods" in expected:
        assert [row["period"] for row in rows] == expected["periods"]


def _compare_stickiness(expected: Row, warehouse: CaseWarehouse, params: Row, start: date, end: date) -> None:
    asked = {
        **_asked(warehouse, params, start, end),
        "interval": params["interval"],
        "interval_count": params.get("interval_count") or 1,
        "cumulative": params.get("computed") == "cumulative",
    }
    if "day_criteria" in params:
        asked["times"] = {"op": _OPS[params["day_criteria"]["op"]], "value": params["day_criteria"]["value"]}
    users = [row[1] for row in warehouse.run("stickiness_histogram", asked).rows]
    wanted = expected["data"]
    if params["interval"] == "hour":  # our range is whole days: the hours outside the case's hold nobody
        assert users == [*wanted, *[0] * (len(users) - len(wanted))]
    else:
        assert users == wanted
