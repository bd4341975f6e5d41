"""The conformance warehouse says what a case says: local times, properties in columns, people without properties kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.conformance.warehouse import build_case

_CASE = {
    "users": {"b": {"email": None}, "c": {"email": "x@y.z"}},
    "events": [
        {"user": "a", "event": "open", "timestamp": "2025-03-01T23:30:00Z", "properties": {"$n": 1}},
        {"user": "a", "event": "signup", "timestamp": "2025-03-02T01:00:00Z", "properties": {"other": "t"}},
        {"user": "c", "event": "open", "timestamp": 1740873600, "properties": {}},
    ],
    "query": {"params": {"timezone": "Asia/Shanghai", "week_start": "sunday", "filter": {"$n": 1}}},
}


def test_local_days_and_columns(tmp_path: Path) -> None:
    """Times are the case's zone, the property that is asked for has the first column, and days are those of the events."""
    case = build_case(tmp_path, _CASE)
    meta = case.layer.warehouse.meta
    assert (meta.time_zone, meta.data_start, meta.as_of) == ("Asia/Shanghai", date(2025, 3, 2), date(2025, 3, 2))
    assert case.layer.week_start == "sunday"
    assert case.where({"$n": 1}) == {"keyword": ["1"]}
    assert case.filters({"email": "x@y.z"}) == [{"dimension": "channel", "op": "in", "values": ["x@y.z"]}]


def test_registration_by_event(tmp_path: Path) -> None:
    """Who never has the event that registers is no registered user, as a stranger is in our own data."""
    case = build_case(tmp_path, _CASE, registered_by="signup")
    rows = case.run("query_metrics", {"metrics": ["new_users"]})
    assert rows.rows[0][0] == 1
