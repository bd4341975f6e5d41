"""Publishing somebody else's file: a DuckDB database that already has the canonical tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from knowledge.errors import WarehouseError
from knowledge.tables import ID, META_KEYS, SCHEMA_VERSION, TABLES, Table
from knowledge.text import Text
from tools.warehouse.checks import ID_TYPES, Columns, columns_of, missing_faults, refuse, type_fault, user_id_faults
from tools.warehouse.publish import Draft, Published, draft

STAGES: Final = ("check", "copy", "publish")
"""The ids of the stages, in order, as ``on_progress`` gets them."""

SOURCE: Final = "loaded"
INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
Progress = Callable[[str, float], None]

ORDER: Final = {"events": "event_date", "orders": "order_date", "messages": "sent_date", "touches": "touch_date"}
"""What the big tables are copied in the order of, so that a query over some days reads only those days."""


def load(home: Path, file: Path, on_progress: Progress | None = None) -> Published:
    """Publish a copy of ``file`` as the serving snapshot of ``home``; ``file`` itself is only read.

    Columns that the canonical tables do not have are left out. Whole numbers, decimals and timestamps of another
    width, and columns with nothing in them, are brought to the canonical type. What ``meta`` does not say is taken
    from the data: ``as_of`` and ``data_start`` from the events, the snapshot's id from the rows.

    Args:
        home: the workspace.
        file: a DuckDB database with the tables of ``knowledge.tables``.
        on_progress: called with a stage of ``STAGES`` and the share of it that is done, 0 to 1.

    Raises:
        WarehouseError: the file cannot be read, has faults (all are named at once), or cannot be copied.
    """
    report = on_progress or (lambda _stage, _share: None)
    with draft(home) as warehouse:
        report("check", 0.0)
        _attach(warehouse.connection, file)
        found = columns_of(warehouse.connection, SOURCE)
        refuse(
            missing_faults(found)
            + _type_faults(warehouse.connection, found)
            + user_id_faults(_joinable(warehouse.connection, found))
        )
        _copy(warehouse, found, report)
        meta = _meta(warehouse.connection, file)
        warehouse.connection.execute(f"DETACH {SOURCE}")
        report("publish", 0.0)
        published = warehouse.publish(meta)
        report("publish", 1.0)
        return published


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    if not file.is_file():
        raise WarehouseError(
            Text(f"找不到文件 {file}，请检查路径", f"There is no file {file}; check the path."), code="load_missing"
        )
    quoted = str(file).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS {SOURCE} (READ_ONLY)")
    except duckdb.Error as error:
        said = str(error).strip().splitlines()[0]
        raise WarehouseError(
            Text(
                f"无法打开 {file}：它不是可读的 DuckDB 文件，或正被其他程序写入（{said}）",
                f"{file} cannot be opened: it is not a DuckDB file that can be read, or another program writes it ({said}).",
            ),
            code="load_unreadable",
        ) from error


def _type_faults(connection: duckdb.DuckDBPyConnection, found: Columns) -> list[Text]:
    faults = []
    for table in TABLES.values():
        for column in table.columns:
            actual = found.get(table.name, {}).get(column)
            fits = actual is None or _fits(table.columns[column], actual)
            if not fits and not _is_empty(connection, table, column):
                faults.append(type_fault(table, column, str(actual)))
    return faults


def _fits(wanted: str, actual: str) -> bool:
    """Return whether every value of the actual type can be the wanted one without losing anything but room."""
    kind = actual.split("(", maxsplit=1)[0]
    if wanted == ID:
        return kind in INTEGERS or actual == "VARCHAR"
    if wanted in ("INTEGER", "BIGINT"):
        return kind in INTEGERS
    if wanted == "DOUBLE":
        return kind in (*INTEGERS, "DECIMAL", "FLOAT", "DOUBLE")
    if wanted.startswith("DECIMAL"):
        return kind in INTEGERS or (kind == "DECIMAL" and int(actual.rstrip(")").split(",")[1]) <= 2)
    if wanted == "TIMESTAMP":
        return kind in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
    return wanted == kind or (wanted == "VARCHAR" and kind == "ENUM")


def _joinable(connection: duckdb.DuckDBPyConnection, found: Columns) -> Columns:
    """Return the columns as they will be: whole numbers as BIGINT, and those with nothing in them as any type."""
    return {
        name: {
            column: "BIGINT" if kind in INTEGERS else kind
            for column, kind in columns.items()
            if column in TABLES[name].columns and not _is_empty(connection, TABLES[name], column)
        }
        for name, columns in found.items()
        if name in TABLES
    }


def _is_empty(connection: duckdb.DuckDBPyConnection, table: Table, column: str) -> bool:
    row = connection.execute(f"SELECT count({column}) FROM {SOURCE}.main.{table.name}").fetchone()
    return row is not None and row[0] == 0


def _copy(warehouse: Draft, found: Columns, report: Progress) -> None:
    id_type = "VARCHAR" if found["users"]["user_id"] == ID_TYPES[1] else ID_TYPES[0]
    faults = []
    for place, table in enumerate(TABLES.values()):
        report("copy", place / len(TABLES))
        types = {column: _target(found, table, column, id_type) for column in table.columns}
        columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
        warehouse.connection.execute(f"CREATE TABLE {table.name} ({columns})")
        if table.name not in found or table.name == "meta":
            continue
        order = f" ORDER BY {ORDER[table.name]}" if table.name in ORDER else ""
        try:
            warehouse.connection.execute(
                f"INSERT INTO {table.name} SELECT {', '.join(table.columns)} FROM {SOURCE}.main.{table.name}{order}"
            )
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            said = str(error).strip().splitlines()[0]
            faults.append(
                Text(
                    f"{table.name} 有放不进规定类型的值（{said}）",
                    f"{table.name} holds a value its type cannot ({said})",
                )
            )
    refuse(faults)


def _target(found: Columns, table: Table, column: str, id_type: str) -> str:
    """Return the type a column gets: identifiers keep what they are, others are as the canonical table says."""
    if table.columns[column] != ID:
        return table.columns[column]
    actual = found.get(table.name, {}).get(column, id_type)
    if column in ("user_id", "inviter_id", "accepted_user_id"):
        return id_type
    return "VARCHAR" if actual == "VARCHAR" else "BIGINT"


def _meta(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    """Return what the file says of itself, completed from its data."""
    said = {
        str(key): str(value)
        for key, value in connection.execute(f"SELECT key, value FROM {SOURCE}.main.meta").fetchall()
        if value is not None
    }
    first, last = connection.execute("SELECT min(event_date), max(event_date) FROM events").fetchone() or (None, None)
    if last is None:
        refuse([Text("events 表没有任何行", "events has no rows")])
    as_of = said.get("as_of", str(last))
    derived = {
        "snapshot": f"{file.stem}-{as_of}-{_digest(connection)[:8]}",
        "as_of": as_of,
        "business_date": as_of,
        "data_start": str(first),
        "time_zone": "Asia/Shanghai",
        "source": file.name,
        "schema_version": SCHEMA_VERSION,
    }
    meta = {**derived, **said}
    refuse(_value_faults(meta))
    return {key: meta[key] for key in (*META_KEYS, *(key for key in meta if key not in META_KEYS))}


def _value_faults(meta: dict[str, str]) -> list[Text]:
    faults = []
    for key in ("as_of", "business_date", "data_start"):
        try:
            date.fromisoformat(meta[key])
        except ValueError:
            faults.append(
                Text(
                    f"meta 的 {key} 是“{meta[key]}”，应为 2025-12-31 这样的日期",
                    f"meta says {key} is “{meta[key]}”; it must be a date such as 2025-12-31",
                )
            )
    if meta["schema_version"] != SCHEMA_VERSION:
        faults.append(
            Text(
                f"schema_version 是 {meta['schema_version']}，本程序读取 {SCHEMA_VERSION}",
                f"schema_version is {meta['schema_version']}; this program reads {SCHEMA_VERSION}",
            )
        )
    return faults


def _digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Return a digest of the users and events, whatever the order of their rows."""
    digest = hashlib.sha256()
    for name in ("users", "events"):
        columns = ", ".join(TABLES[name].columns)
        row = connection.execute(f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM {name}").fetchone()
        digest.update(f"{name}:{row}".encode())
    return digest.hexdigest()
