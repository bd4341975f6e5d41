"""Builds the canonical warehouse of a conformance case: its users, its events, its properties in the columns we have.

A case names properties of its own (``$browser``, ``email``). Our tables carry a fixed set of columns, so each property of
an event stands in a text column of ``events`` and each property of a person in one of ``users``; ``CaseWarehouse`` says
which. Timestamps of a case are UTC; they are stored in the case's time zone, as our warehouses are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from knowledge.catalog import load_catalog
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import TOOLS
from tools.warehouse.door import Interrupter, Warehouse

Case = Mapping[str, Any]

EVENT_COLUMNS = ("keyword", "feature", "platform", "app_version")
"""The text columns of ``events`` that a case's event properties are put in, in this order."""
USER_COLUMNS = ("channel", "province", "gender", "age_band", "campaign_id")
"""The text columns of ``users`` that a case's person properties are put in, in this order."""
DIMENSION_OF = {"campaign_id": "campaign"}
"""Where the dimension of a column of ``users`` has another name."""


def cases(file: str) -> list[Any]:
    """Return the cases of a file of conformance cases as pytest parameters; one that skips, saying why, where it is not there."""
    shared = Path(os.environ.get("YUNCE_SHARED", Path(__file__).parents[2].parent / "shared"))
    path = shared / "conformance" / file
    if not path.is_file():
        reason = f"{path} is not there: set YUNCE_SHARED to the folder that holds conformance/"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="absent")]
    found = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["name"]) for case in found]


@dataclass(frozen=True)
class CaseWarehouse:
    """The warehouse of one case, open for tools.

    Attributes:
        layer: what the tools run on.
        event_columns, user_columns: property of the case -> column of ``events``, of ``users``.
    """

    layer: SemanticLayer
    event_columns: Mapping[str, str]
    user_columns: Mapping[str, str]

    def run(self, tool: str, params: Mapping[str, Any]) -> Result:
        """Return the result of the product's own tool. Raises YunceError as the tool does."""
        return TOOLS[tool].run(ToolContext(self.layer, "en", Interrupter()), dict(params))

    def where(self, properties: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return a condition on event properties as the ``where`` of an event: column -> values."""
        return {self.event_columns[name]: [_text(v) for v in _listed(value)] for name, value in properties.items()}

    def filters(self, properties: Mapping[str, Any], *, op: str = "in") -> list[dict[str, Any]]:
        """Return a condition on person properties as ``filters`` of a tool."""
        columns = {name: self.user_columns[name] for name in properties}
        return [
            {
                "dimension": DIMENSION_OF.get(columns[name], columns[name]),
                "op": op,
                "values": [_text(v) for v in _listed(value)],
            }
            for name, value in properties.items()
        ]

    def dimension(self, name: str) -> str:
        """Return the id of the dimension that holds a person property."""
        return DIMENSION_OF.get(self.user_columns[name], self.user_columns[name])


def build_case(
    home: Path,
    case: Case,
    *,
    registered_by: str | None = None,
    until: date | None = None,
    since: date | None = None,
    numbers: Mapping[str, str] | None = None,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> CaseWarehouse:
    """Publish the events of a case under ``home`` and return the warehouse.

    Args:
        home: an empty folder.
        case: with ``events`` (user, event, timestamp, properties), perhaps ``users`` (person properties by user), and in
            ``query.params`` perhaps ``timezone`` and ``week_start``.
        registered_by: the event that makes a user registered, at its first occurrence; who never has it has no row in
            ``users``. By default users are registered at their first event.
        until: the last day that is complete; by default the last day with an event.
        since: a day that the data must cover; they start there, or with the first event where that is earlier.
        numbers: properties that are numbers -> the INTEGER column of ``events`` they are put in.
        tables: rows of further tables (orders, assignments …).
    """
    params = case.get("query", {}).get("params", {})
    zone = ZoneInfo(params.get("timezone") or "UTC")
    moments = [local(event["timestamp"], zone) for event in case.get("events") or ()]
    numbers = numbers or {}
    fixed = dict(numbers)
    if split := (params.get("breakdown") or {}).get("event_property"):
        fixed[split] = "platform"  # the column of events that is a dimension too
    event_columns = _columns(_asked_first(_names(case["events"], "properties"), params), EVENT_COLUMNS, fixed)
    user_columns = _columns(
        _asked_first(sorted({k for p in _people(case).values() for k in p}), params), USER_COLUMNS, {}
    )
    days = [moment.date() for moment in moments]
    first = min([*days, *([since] if since else [])], default=until or date(2020, 1, 1))
    last = max(days, default=first)
    path = build_warehouse(
        home,
        {
            "users": _users(case, moments, registered_by, user_columns),
            "events": _events(case, moments, event_columns),
            **(tables or {}),
        },
        data_start=first,
        as_of=until or last,
        id_type="VARCHAR",
        time_zone=str(zone),
    )
    warehouse = Warehouse(path)
    layer = SemanticLayer(
        load_catalog(), warehouse, ReceiptStore(home / "receipts"), week_start=params.get("week_start") or "monday"
    )
    return CaseWarehouse(layer, event_columns, user_columns)


def local(timestamp: str | float, zone: ZoneInfo) -> datetime:
    """Return a case's timestamp (ISO in UTC, or seconds since 1970) as plain local time."""
    if isinstance(timestamp, (int, float)):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timestamp)).astimezone(zone).replace(tzinfo=None)
    moment = datetime.fromisoformat(timestamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).replace(tzinfo=None)


def _people(case: Case) -> dict[str, Mapping[str, Any]]:
    """Return the person properties of everybody the case names."""
    people: dict[str, Mapping[str, Any]] = {event["user"]: {} for event in case.get("events") or ()}
    return people | dict(case.get("users") or {})


def _users(
    case: Case, moments: Sequence[datetime], registered_by: str | None, columns: Mapping[str, str]
) -> list[dict[str, Any]]:
    first: dict[str, datetime] = {}
    for event, moment in zip(case["events"], moments, strict=True):
        if registered_by in (None, event["event"]):
            first[event["user"]] = min(moment, first.get(event["user"], moment))
    people = _people(case)
    return [
        {
            "user_id": user,
            "registered_at": moment,
            **{columns[name]: _text(value) for name, value in people[user].items() if name in columns},
        }
        for user, moment in first.items()
    ]


def _events(case: Case, moments: Sequence[datetime], columns: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "user_id": event["user"],
            "ts": moment,
            "event": event["event"],
            **{columns[n]: _text(value) for n, value in (event.get("properties") or {}).items() if n in columns},
        }
        for event, moment in zip(case["events"], moments, strict=True)
    ]


def _names(rows: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    return sorted({name for row in rows for name in row.get(key) or {}})


def _asked_first(names: Iterable[str], params: Mapping[str, Any]) -> list[str]:
    """Return the properties that the query names, then the others: there are more properties than columns in some cases."""
    said = json.dumps(params, ensure_ascii=False)
    return sorted(names, key=lambda name: json.dumps(name, ensure_ascii=False) not in said)


def _columns(names: Sequence[str], free: Sequence[str], fixed: Mapping[str, str]) -> dict[str, str]:
    """Return the column of each property: those that are fixed, then the free ones in order; the last may have none."""
    left = [column for column in free if column not in fixed.values()]
    return {**dict(zip([name for name in names if name not in fixed], left, strict=False)), **fixed}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
