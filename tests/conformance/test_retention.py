"""PostHog's retention cases, run through ``retention_matrix``.

PostHog pads what is not over with zeros; our cells are null there. In a triangular case the data end with the last cohort,
so that exactly the cells it asserts are complete, and the others must be null; in a full one they end after its last cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.warehouse import Case, CaseWarehouse, build_case, cases
from tools.behaviour.units import Units

_COHORT_RULES = {
    "recurring": "recurring",
    "first": "first",
    "first_time": "first",
    "first_occurrence": "first",
    "first_matching_filters": "first",
    "first_occurrence_matching_filters": "first",
    "first_ever": "first_ever",
    "first_ever_occurrence": "first_ever",
}
_VALUE_COLUMN = "duration_s"
Row = Mapping[str, Any]
Cohorts = Sequence[Sequence[Row]]


@pytest.mark.parametrize("case", cases("posthog_retention.json"))
def test_retention_case(case: Case, tmp_path: Path) -> None:
    """The matrix holds the numbers that PostHog's test expects."""
    params, expected = case["query"]["params"], case["expected"]
    first = datetime.fromisoformat(params["first_cohort"])
    units = Units(params["period"], first.date())
    end = units.index(first.date()) + first.hour * (params["period"] == "hour") + params["n_cohorts"] - 1
    width = _width(params, expected)
    triangular = params.get("shape") == "triangular" and not params.get("brackets")
    value = params.get("value")
    warehouse = build_case(
        tmp_path,
        case,
        since=units.anchor,
        until=units.last(end if triangular else end + width + 1),
        numbers={value["property"]: _VALUE_COLUMN} if value else None,
    )
    rows = _run(warehouse, params, width, units.first(0), units.last(end))
    groups = {"": rows} if "breakdown" not in params else _by_value(rows, warehouse, params["breakdown"])
    cohorts = {name: _cohorts(found, first, params["n_cohorts"]) for name, found in groups.items()}
    _compare(expected, cohorts)
    if triangular and params["period"] != "hour":
        assert all(
            row["users"] is None
            for found in cohorts.values()
            for i, c in enumerate(found)
            for row in c[len(found) - i :]
        )


def _width(params: Row, expected: Row) -> int:
    """Return the number of periods after period 0 that the case speaks of, in units."""
    if params.get("brackets"):
        return sum(params["brackets"])
    asked = params.get("n_intervals") or params["n_cohorts"]
    return max([asked - 1, 1, *(cell["col"] for cell in expected.get("cells", ()))])


def _run(warehouse: CaseWarehouse, params: Row, width: int, start: date, end: date) -> list[Row]:
    value = params.get("value")
    asked = {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "cohort": params["period"],
        "periods": width,
        "rule": params["return_rule"],
        "start_event": _event(warehouse, params, "target"),
        "return_event": _event(warehouse, params, "return"),
        "cohort_rule": _COHORT_RULES[params["cohort_rule"]],
        "window": "24h"
        if params.get("window", "calendar") not in ("calendar", "strict_calendar_dates")
        else "calendar",
        "brackets": params.get("brackets") or [],
        "min_returns": params.get("min_return_events", 1),
        "value": {"agg": value["agg"], "property": _VALUE_COLUMN} if value else None,
        "filters": warehouse.filters(_properties(params, "filter", "user_property"))
        + warehouse.filters(_properties(params, "exclude", "user_property"), op="not_in"),
        "dimensions": [_dimension(warehouse, params["breakdown"])] if "breakdown" in params else [],
    }
    result = warehouse.run("retention_matrix", asked)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def _event(warehouse: CaseWarehouse, params: Row, side: str) -> dict[str, Any]:
    """Return the event that starts (``target``) or returns, with the conditions on both and on it alone."""
    held = {
        **_properties(params, "filter", "event_property"),
        **_properties(params, f"{side}_filter", "event_property"),
    }
    return {"event": params[f"{side}_event"], "where": warehouse.where(held)}


def _properties(params: Row, name: str, kind: str) -> Row:
    found: Row = (params.get(name) or {}).get(kind) or {}
    return found


def _dimension(warehouse: CaseWarehouse, breakdown: Row) -> str:
    if "user_property" in breakdown:
        return warehouse.dimension(breakdown["user_property"])
    return warehouse.event_columns[breakdown["event_property"]]


def _by_value(rows: Sequence[Row], warehouse: CaseWarehouse, breakdown: Row) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        value = row[_dimension(warehouse, breakdown)]
        found.setdefault("" if value is None else str(value), []).append(row)
    return found


def _cohorts(rows: Sequence[Row], first: datetime, number: int) -> Cohorts:
    """Return the rows of each cohort from ``first`` on."""
    found = [list(each) for _, each in groupby(rows, key=lambda row: row["cohort"])]
    return [each for each in found if datetime.fromisoformat(each[0]["cohort"]) >= first][:number]


def _compare(expected: Row, cohorts: Mapping[str, Cohorts]) -> None:
    """Compare every figure that a case expects; a kind of figure that is not known fails the case."""
    only = cohorts.get("", ())
    compared = 0
    for key, wanted in expected.items():
        compared += 1
        if key == "counts":
            _same_counts(wanted, only)
        elif key == "counts_by":
            for name, counts in wanted.items():
                _same_counts(counts, cohorts[name])
        elif key in ("cells", "value_cells"):
            for cell in wanted:
                row = cohorts[cell.get("breakdown", "")][cell["row"]][cell["col"]]
                name = "value" if key == "value_cells" else "users"
                assert row[name] == pytest.approx(cell["value" if key == "value_cells" else "count"])
        elif key.startswith("row") and key[3:].isdigit():
            _same_counts([wanted], only[int(key[3:]) :][:1])
        elif key == "labels":
            assert len(wanted) == len(only[0])
        else:
            pytest.fail(f"no adapter for the expectation {key}")
    assert compared


def _same_counts(wanted: Sequence[Sequence[int]], cohorts: Cohorts) -> None:
    found = [[row["users"] for row in cohort[: len(counts)]] for counts, cohort in zip(wanted, cohorts, strict=True)]
    assert found == [list(counts) for counts in wanted]
