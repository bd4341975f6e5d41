"""Retentioneering's segment cases, run through ``build_segment``.

A case says conditions in words of its own; the adapter puts each as our language has it, nested as it stands. Who is in the
segment is asked user by user, with a condition on user_id beside it. An event that a case asks for and nobody did is known
to the workspace from a day before the data: the tool refuses names that were never recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.warehouse import Case, CaseWarehouse, build_case, cases

_OPS = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt", "=": "eq", "==": "eq"}
_NOBODY = "@nobody"


@pytest.mark.parametrize("case", cases("retentioneering_segments.json"))
def test_segment_case(case: Case, tmp_path: Path) -> None:
    """The segment holds exactly the users that the peer's test expects, and its size and shares say so."""
    warehouse = _warehouse(tmp_path, case)
    definition = _ours(case["query"]["params"]["condition"], warehouse)
    users = sorted({event["user"] for event in case["events"]})
    assert [user for user in users if _size(warehouse, {"all": [_only(user), definition]})] == case["expected"]["users"]
    result = warehouse.run("build_segment", {"definition": {"all": [{"not": _only(_NOBODY)}, definition]}})
    assert result.columns == ("size", "share_all", "share_active")
    wanted = len(case["expected"]["users"])
    everyone = len(users) + any(each not in _done(case) for each in _asked(case))
    assert result.rows[0][:2] == (wanted, pytest.approx(wanted / everyone))


def _warehouse(home: Path, case: Case) -> CaseWarehouse:
    first = min(datetime.fromisoformat(event["timestamp"]) for event in case["events"])
    earlier = (first - timedelta(days=400)).isoformat()
    known = [
        {"user": _NOBODY, "event": name, "timestamp": earlier, "properties": {}}
        for name in _asked(case)
        if name not in _done(case)
    ]
    return build_case(home, {**case, "events": [*case["events"], *known]}, since=first.date())


def _done(case: Case) -> set[str]:
    return {event["event"] for event in case["events"]}


def _asked(case: Case) -> list[str]:
    return list(dict.fromkeys(_events_named(case["query"]["params"]["condition"])))


def _events_named(condition: Mapping[str, Any]) -> Iterator[str]:
    for key, value in condition.items():
        if key == "did":
            yield value
        elif key == "sequence":
            yield from value
        elif key == "not":
            yield from _events_named(value)
        elif key in ("and", "or"):
            for part in value:
                yield from _events_named(part)


def _ours(condition: Mapping[str, Any], warehouse: CaseWarehouse) -> dict[str, Any]:
    for theirs, ours in (("and", "all"), ("or", "any")):
        if theirs in condition:
            return {ours: [_ours(part, warehouse) for part in condition[theirs]]}
    if "not" in condition:
        return {"not": _ours(condition["not"], warehouse)}
    if "did" in condition:
        assert set(condition) <= {"did", "count_op", "count", "filter"}, f"the adapter does not know {set(condition)}"
        count = {"op": _OPS[condition.get("count_op", ">=")], "times": condition.get("count", 1)}
        held = (condition.get("filter") or {}).get("event_property") or {}
        return {"did": condition["did"], **count, "where": warehouse.where(held)}
    if "sequence" in condition:
        taken = {"sequence", "adjacent", "within_seconds", "within_hours", "strict_time", "negate"}
        assert set(condition) <= taken, f"the adapter does not know {set(condition) - taken}"
        return dict(condition)
    pytest.fail(f"no adapter for the condition {condition}")


def _only(user: str) -> dict[str, Any]:
    return {"attribute": "user_id", "op": "in", "values": [user]}


def _size(warehouse: CaseWarehouse, definition: Mapping[str, Any]) -> int:
    return int(warehouse.run("build_segment", {"definition": definition}).rows[0][0])
