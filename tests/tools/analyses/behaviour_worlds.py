"""Warehouses for retention, lifecycle and stickiness, each as raw rows too, and the calendar by plain loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from knowledge.catalog import load_catalog
from tests.tools.semantic_layer.worlds import PASSIVE, WorldMaker
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.engine import SemanticLayer, WeekStart
from tools.semantic_layer.receipts import ReceiptStore
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import TOOLS
from tools.warehouse.door import Interrupter, Warehouse

DAY = timedelta(days=1)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Bench:
    """One warehouse twice: behind the tools, and as the rows it was made of."""

    layer: SemanticLayer
    tables: Mapping[str, Sequence[Row]]
    data_start: date
    as_of: date

    def run(self, tool: str, **params: Any) -> Result:
        """Return the tool's result. Raises YunceError as it does."""
        return TOOLS[tool].run(ToolContext(self.layer, "zh", Interrupter()), params)

    @property
    def born(self) -> dict[Any, datetime]:
        """When each user registered."""
        return {user["user_id"]: user["registered_at"] for user in self.tables["users"]}

    def people(self, column: str) -> dict[Any, Any]:
        """Return a column of users by user."""
        return {user["user_id"]: user.get(column) for user in self.tables["users"]}

    def events(self, choice: Any) -> list[Row]:
        """Return the rows of events that an event parameter means, up to as_of, in the order of time."""
        name, where = (choice.get("event"), choice.get("where", {})) if isinstance(choice, dict) else (choice, {})
        rows = [
            row
            for row in self.tables["events"]
            if (row["event"] not in PASSIVE if name in (None, "active") else row["event"] == name)
            and all(row.get(column) in values for column, values in where.items())
            and row["ts"].date() <= self.as_of
        ]
        return sorted(
            rows,
            key=lambda row: (row["ts"], *((row.get(c) is None, row.get(c) or "") for c in ("platform", "app_version"))),
        )


def open_world(
    home: Path,
    seed: int,
    data_start: date,
    as_of: date,
    *,
    users: int,
    week_start: WeekStart = "monday",
    text: bool = False,
) -> Bench:
    """Return a random world: gaps, ties, nulls, strangers, events after as_of, people older than the data."""
    tables = WorldMaker(seed, data_start, as_of, users=users, ids_are_text=text).tables()
    return open_bench(home, tables, data_start, as_of, week_start=week_start, id_type="VARCHAR" if text else "BIGINT")


def open_bench(
    home: Path,
    tables: Mapping[str, Sequence[Row]],
    data_start: date,
    as_of: date,
    *,
    week_start: WeekStart = "monday",
    id_type: str = "BIGINT",
    snapshot: str = "fixture",
) -> Bench:
    """Return the bench of rows written down in a test."""
    path = build_warehouse(home, tables, data_start=data_start, as_of=as_of, id_type=id_type, snapshot=snapshot)
    layer = SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home / "receipts"), week_start=week_start)
    return Bench(layer, tables, data_start, as_of)


def small_bench(
    home: Path, users: str, events: str, *, data_start: str, as_of: str, week_start: WeekStart = "monday"
) -> Bench:
    """Return a bench of ``user moment [channel]`` lines and of ``user moment event [platform]`` lines; ``T`` parts date and time."""
    people = [
        {
            "user_id": int(cells[0]),
            "registered_at": datetime.fromisoformat(cells[1]),
            "channel": (cells[2:] or [None])[0],
        }
        for cells in (line.split() for line in users.strip().splitlines())
    ]
    rows = [
        {
            "user_id": int(cells[0]),
            "ts": datetime.fromisoformat(cells[1]),
            "event": cells[2],
            "platform": (cells[3:] or [None])[0],
        }
        for cells in (line.split() for line in events.strip().splitlines())
    ]
    tables = {"users": people, "events": rows}
    return open_bench(home, tables, date.fromisoformat(data_start), date.fromisoformat(as_of), week_start=week_start)


def records(result: Result) -> list[dict[str, Any]]:
    """Return the rows of a result by column."""
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def unit_first(day: date, unit: str, week_start: str = "monday") -> date:
    """Return the first day of the unit a day lies in, found by walking back."""
    starts = {
        "day": lambda d: True,
        "week": lambda d: d.strftime("%A").lower() == week_start,
        "month": lambda d: d.day == 1,
        "quarter": lambda d: d.day == 1 and d.month in (1, 4, 7, 10),
        "year": lambda d: (d.day, d.month) == (1, 1),
    }[unit]
    while not starts(day):
        day -= DAY
    return day


def next_first(first: date, unit: str, week_start: str = "monday") -> date:
    """Return the first day of the unit after the one that starts on ``first``, found by walking on."""
    day = first + DAY
    while unit_first(day, unit, week_start) == first:
        day += DAY
    return day


def unit_after(first: date, count: int, unit: str, week_start: str = "monday") -> date:
    """Return the first day of the unit ``count`` units after the one that starts on ``first``."""
    for _ in range(count):
        first = next_first(first, unit, week_start)
    return first
