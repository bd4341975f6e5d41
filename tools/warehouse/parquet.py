"""A CSV file written again as Parquet, by a database of its own in memory that reads no warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from knowledge.errors import WarehouseError
from knowledge.text import Text


def parquet_of(csv: Path, target: Path, columns: Mapping[str, str], *, memory: str = "256MB") -> None:
    """Write the rows of ``csv``, which has a heading, to ``target``, in their order and at constant memory.

    Args:
        csv: UTF-8, with empty for null.
        target: the Parquet file; written over.
        columns: the columns in order, with their DuckDB types.
        memory: DuckDB's memory limit.

    Raises:
        WarehouseError: it cannot be written.
    """
    listed = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in columns.items())
    options = "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"'"
    read = f"read_csv({_text(str(csv))}, {options}, columns = {{{listed}}})"
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(target.parent),
        "threads": "1",
    }
    try:
        with duckdb.connect(":memory:", config=config) as connection:  # noqa: TID251 - a writer, beside the door
            connection.execute(f"COPY (SELECT * FROM {read}) TO {_text(str(target))} (FORMAT parquet)")
    except duckdb.Error as error:
        what = str(error).splitlines()[0][:200]
        raise WarehouseError(
            Text(
                f"Parquet 文件无法写入 {target.parent}：{what}。检查磁盘空间与权限，或导出为 CSV。",
                f"The Parquet file cannot be written to {target.parent}: {what}. Check the disk's room and permissions, or "
                "export CSV.",
            ),
            code="export_failed",
        ) from error


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
