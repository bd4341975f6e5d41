"""Builds canonical warehouses out of rows, through the same publication that a user's data goes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from knowledge.tables import ID, SCHEMA_VERSION, TABLES
from tools.warehouse.publish import draft

Row = Mapping[str, Any]

DAY_OF = {
    "users": ("register_date", "registered_at"),
    "events": ("event_date", "ts"),
    "orders": ("order_date", "paid_at"),
    "touches": ("touch_date", "touched_at"),
    "messages": ("sent_date", "sent_at"),
    "invites": ("invite_date", "invited_at"),
    "surveys": ("answer_date", "answered_at"),
    "tickets": ("open_date", "opened_at"),
}
"""The DATE column that each table derives from its timestamp."""


def build_warehouse(
    home: Path,
    tables: Mapping[str, Sequence[Row]],
    *,
    data_start: date,
    as_of: date,
    business_date: date | None = None,
    snapshot: str = "fixture",
    id_type: str = "BIGINT",
    time_zone: str = "Asia/Shanghai",
) -> Path:
    """Publish ``tables`` under ``home`` and return the serving file. Missing columns are null, missing tables empty."""
    with draft(home, threads=1) as warehouse:
        warehouse.create(id_type=id_type)
        for name, rows in tables.items():
            _insert(warehouse.connection, name, rows, id_type)
        return warehouse.publish(
            {
                "snapshot": snapshot,
                "as_of": as_of.isoformat(),
                "business_date": (business_date or as_of).isoformat(),
                "data_start": data_start.isoformat(),
                "time_zone": time_zone,
                "source": "fixture",
                "schema_version": SCHEMA_VERSION,
            }
        ).path


def _insert(connection: Any, name: str, rows: Sequence[Row], id_type: str) -> None:
    columns = TABLES[name].columns
    unknown = {key for row in rows for key in row} - set(columns)
    if unknown:
        raise ValueError(f"{name} has no columns {sorted(unknown)}")
    lists = {column: [_text(_cell(name, column, row)) for row in rows] for column in columns}
    types = {column: id_type if kind == ID else kind for column, kind in columns.items()}
    picked = ", ".join(f"CAST(unnest(CAST(${c} AS VARCHAR[])) AS {types[c]})" for c in columns)
    if rows:
        connection.execute(f"INSERT INTO {name} SELECT {picked}", lists)


def _cell(table: str, column: str, row: Row) -> Any:
    day, moment = DAY_OF.get(table, ("", ""))
    if column == day and column not in row:
        return str(row[moment])[:10]
    return row.get(column)


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else str(cell)


def parse_table(text: str) -> list[dict[str, str | None]]:
    """Return the rows of a table written as columns apart by blanks, the first line naming them; ``-`` is null."""
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    header, *rows = [cells for cells in lines if cells]
    for cells in rows:
        if len(cells) != len(header):
            raise ValueError(f"{cells} does not fit {header}")
    return [{name: None if cell == "-" else cell for name, cell in zip(header, cells, strict=True)} for cells in rows]
