"""What a warehouse must be before it may serve: its tables, columns, types and the few facts every metric relies on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb

from knowledge.errors import WarehouseError
from knowledge.tables import ID, META_KEYS, TABLES, Table
from knowledge.text import Text, join

ID_TYPES: Final = ("BIGINT", "VARCHAR")
DATES: Final = (
    ("users", "register_date", "registered_at"),
    ("events", "event_date", "ts"),
    ("orders", "order_date", "paid_at"),
    ("touches", "touch_date", "touched_at"),
    ("messages", "sent_date", "sent_at"),
    ("invites", "invite_date", "invited_at"),
    ("surveys", "answer_date", "answered_at"),
    ("tickets", "open_date", "opened_at"),
)
"""Each DATE column and the TIMESTAMP column that it must be the day of."""

NEVER_NULL: Final = (
    ("users", ("user_id", "registered_at")),
    ("events", ("user_id", "ts", "event")),
    ("orders", ("order_id", "user_id", "paid_at", "amount")),
    ("assignments", ("experiment_id", "user_id", "variant", "assigned_at")),
)
"""Columns without which a row cannot be counted."""

UNIQUE: Final = (("users", "user_id"), ("orders", "order_id"), ("campaigns", "campaign_id"))
"""Columns whose value names one row."""

Columns = Mapping[str, Mapping[str, str]]


def refuse(faults: list[Text]) -> None:
    """End the publication, naming every fault at once; do nothing where there is none.

    Raises:
        WarehouseError: there are faults.
    """
    if not faults:
        return
    said = join(faults)
    raise WarehouseError(
        Text(
            f"数据不能发布，共 {len(faults)} 处问题：{said.zh}。请改正后重试；原有数据未受影响",
            f"The data cannot be published, faults found: {len(faults)}: {said.en}. Put them right and try again;"
            " what served before still does.",
        ),
        code="warehouse_faults",
    )


def columns_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> Columns:
    """Return the base tables of an attached database: table -> column -> DuckDB type."""
    rows = connection.execute(
        "SELECT c.table_name, c.column_name, c.data_type FROM duckdb_columns() c"
        " JOIN duckdb_tables() t ON t.database_name = c.database_name AND t.schema_name = c.schema_name"
        " AND t.table_name = c.table_name"
        " WHERE c.database_name = ? AND c.schema_name = 'main' ORDER BY c.table_name, c.column_index",
        [catalog],
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table.lower(), {})[column.lower()] = kind
    return found


def missing_faults(found: Columns) -> list[Text]:
    """Return one fault for each required table that is not there and each column that a present table lacks."""
    faults = []
    for table in TABLES.values():
        if table.name not in found:
            if table.required:
                faults.append(Text(f"缺少必需的表 {table.name}", f"the required table {table.name} is missing"))
            continue
        lacking = [column for column in table.columns if column not in found[table.name]]
        if lacking:
            names = ", ".join(lacking)
            faults.append(Text(f"表 {table.name} 缺少列 {names}", f"table {table.name} lacks {names}"))
    return faults


def type_fault(table: Table, column: str, actual: str) -> Text:
    """Return the fault that says which type a column has and which it must have."""
    wanted = table.columns[column]
    must = " 或 ".join(ID_TYPES) if wanted == ID else wanted
    should = " or ".join(ID_TYPES) if wanted == ID else wanted
    return Text(
        f"{table.name}.{column} 的类型是 {actual}，应为 {must}",
        f"{table.name}.{column} is {actual}; it must be {should}",
    )


def structure_faults(found: Columns) -> list[Text]:
    """Return every fault of tables, columns and exact types, and of user ids that could not be joined."""
    faults = missing_faults(found)
    for table in TABLES.values():
        for column, kind in table.columns.items():
            actual = found.get(table.name, {}).get(column)
            if actual is not None and actual not in (ID_TYPES if kind == ID else (kind,)):
                faults.append(type_fault(table, column, actual))
    return faults + user_id_faults(found)


def user_id_faults(found: Columns) -> list[Text]:
    """Return a fault for each column that holds a user's id in another type than ``users.user_id``."""
    own = found.get("users", {}).get("user_id")
    faults = []
    for table, columns in found.items():
        for column in ("user_id", "inviter_id", "accepted_user_id"):
            actual = columns.get(column, own)
            if table in TABLES and own in ID_TYPES and actual in ID_TYPES and actual != own:
                faults.append(
                    Text(
                        f"{table}.{column} 是 {actual}，而 users.user_id 是 {own}，两者无法对应",
                        f"{table}.{column} is {actual} but users.user_id is {own}: they cannot be joined",
                    )
                )
    return faults


def content_faults(connection: duckdb.DuckDBPyConnection) -> list[Text]:
    """Return the faults of the rows: missing keys, repeated ids, DATE columns that are not the day of their time."""
    faults: list[Text] = []
    for table, columns in NEVER_NULL:
        counts = connection.execute(
            "SELECT " + ", ".join(f"count(*) - count({column})" for column in columns) + f" FROM {table}"
        ).fetchone()
        for column, missing in zip(columns, counts or (), strict=True):
            if missing:
                faults.append(
                    Text(f"{table}.{column} 有 {missing} 行为空", f"{table}.{column} is null in {missing} rows")
                )
    for table, column in UNIQUE:
        faults += _repeated(connection, table, column)
    for table, day, moment in DATES:
        faults += _wrong_days(connection, table, day, moment)
    return faults


def _repeated(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> list[Text]:
    row = connection.execute(
        f"SELECT count(*), min({column}) FROM (SELECT {column} FROM {table} WHERE {column} IS NOT NULL"
        f" GROUP BY {column} HAVING count(*) > 1)"
    ).fetchone()
    if not row or not row[0]:
        return []
    return [
        Text(
            f"{table}.{column} 有 {row[0]} 个值重复（例如 {row[1]}），每个值只能出现一次",
            f"{table}.{column} repeats {row[0]} values ({row[1]} for one); each may occur once",
        )
    ]


def _wrong_days(connection: duckdb.DuckDBPyConnection, table: str, day: str, moment: str) -> list[Text]:
    row = connection.execute(
        f"SELECT count(*) FROM {table} WHERE {day} IS DISTINCT FROM CAST({moment} AS DATE)"
    ).fetchone()
    if not row or not row[0]:
        return []
    return [
        Text(
            f"{table} 有 {row[0]} 行的 {day} 不是 {moment} 当天的日期",
            f"{table} has {row[0]} rows whose {day} is not the day of {moment}",
        )
    ]


def meta_faults(meta: Mapping[str, str]) -> list[Text]:
    """Return a fault for each key that ``meta`` must hold and does not."""
    lacking = [key for key in META_KEYS if not meta.get(key)]
    if not lacking:
        return []
    names = ", ".join(lacking)
    return [Text(f"meta 缺少 {names}", f"meta lacks {names}")]
