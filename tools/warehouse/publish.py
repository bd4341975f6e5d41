"""Publishing: a warehouse is built into a new file, checked, and swapped in whole.

Whoever reads while another snapshot is published keeps the old file until the next connection. The old file stays
as it was whenever anything fails on the way.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb
from filelock import FileLock, Timeout

from knowledge.errors import WarehouseError
from knowledge.tables import ID, ROLLUPS, TABLES, Table
from knowledge.text import Text
from tools.warehouse.checks import columns_of, content_faults, meta_faults, refuse, structure_faults
from tools.warehouse.rollups import fill_rollups

MEMORY_LIMIT: Final = "2GB"
SPILL_LIMIT: Final = "200GB"
PREFIX: Final = "building-"


@dataclass(frozen=True)
class Published:
    """A snapshot that serves: its file, its id, its last complete day, its "today", and the rows of each table."""

    path: Path
    snapshot: str
    as_of: date
    business_date: date
    rows: Mapping[str, int]


def serving_path(home: Path) -> Path:
    """Return the file that serves under ``home``, whether or not there is one yet."""
    return home / "warehouse" / "serving.duckdb"


class Draft:
    """A warehouse being built in a new file: fill the canonical tables through ``connection``, then ``publish``."""

    def __init__(self, home: Path, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.home = home
        self.connection = connection
        self.path = path

    def create(self, *names: str, id_type: str = "BIGINT") -> None:
        """Create the named canonical tables, empty (all that are not there yet, without names)."""
        existing = columns_of(self.connection, self.path.stem)
        for name in names or [name for name in TABLES if name not in existing]:
            self.connection.execute(create_sql(TABLES[name], id_type))

    def publish(self, meta: Mapping[str, str]) -> Published:
        """Check what was built, compute the rollups, write ``meta`` and swap the file in.

        Raises:
            WarehouseError: the data cannot serve (every fault at once), or the file cannot be written.
        """
        refuse(meta_faults(meta))
        found = columns_of(self.connection, self.path.stem)
        id_type = found.get("users", {}).get("user_id", "BIGINT")
        required = [name for name, table in TABLES.items() if table.required and name != "meta"]
        refuse(structure_faults({**found, "meta": dict(TABLES["meta"].columns)}))
        self.create(*(name for name in TABLES if name not in found and name not in required), id_type=id_type)
        refuse(content_faults(self.connection))
        fill_rollups(self.connection, lambda name: self._execute(create_sql(ROLLUPS[name], id_type)))
        self.connection.execute("DELETE FROM meta")
        self.connection.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
        rows = {name: _count(self.connection, name) for name in (*TABLES, *ROLLUPS)}
        self._swap()
        return Published(
            path=serving_path(self.home),
            snapshot=meta["snapshot"],
            as_of=date.fromisoformat(meta["as_of"]),
            business_date=date.fromisoformat(meta["business_date"]),
            rows=MappingProxyType(rows),
        )

    def _execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def _swap(self) -> None:
        self.connection.execute("CHECKPOINT")
        self.connection.close()
        _sync(self.path)
        self.path.replace(serving_path(self.home))
        _sync(self.path.parent)


@contextmanager
def draft(home: Path, *, memory_limit: str = MEMORY_LIMIT, threads: int | None = None) -> Iterator[Draft]:
    """Yield a new, empty warehouse beside the serving one; what is not published is gone at the end.

    Args:
        home: the workspace; the warehouse lives in ``home/warehouse``.
        memory_limit: what DuckDB may hold in memory; beyond it, it spills beside the file.
        threads: how many threads DuckDB may use; all cores by default.

    Raises:
        WarehouseError: another build runs, the folder cannot be written, or there is no room.
    """
    folder = serving_path(home).parent
    with _room_for(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "build.lock")
        _take(lock)
        try:
            _sweep(folder)
            path = folder / f"{PREFIX}{secrets.token_hex(4)}.duckdb"
            connection = _open(path, memory_limit, threads)
            try:
                yield Draft(home, connection, path)
            finally:
                connection.close()
                _sweep(folder)
        finally:
            lock.release()


def create_sql(table: Table, id_type: str) -> str:
    """Return the statement that creates a canonical table with identifiers of ``id_type``."""
    columns = ", ".join(f"{name} {id_type if kind == ID else kind}" for name, kind in table.columns.items())
    return f"CREATE TABLE {table.name} ({columns})"


def _open(path: Path, memory_limit: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(path.with_suffix(".spill")),
        "max_temp_directory_size": SPILL_LIMIT,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        config["threads"] = threads
    return duckdb.connect(str(path), config=config)  # noqa: TID251 - building opens its own new file


def _take(lock: FileLock) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WarehouseError(
            Text(
                "另一次数据构建正在进行，请等它结束后再试；现有数据照常可用",
                "Another build of the warehouse is running. Try again when it has ended; the present data serves on.",
            ),
            code="warehouse_busy",
        ) from None


def _sweep(folder: Path) -> None:
    """Remove what an unpublished or killed build left: only ever called under the lock."""
    for leftover in folder.glob(f"{PREFIX}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


@contextmanager
def _room_for(folder: Path) -> Iterator[None]:
    """Turn a read-only, forbidden or full disk into one clear error, and Ctrl-C in a query into what it is elsewhere."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise WarehouseError(_disk_text(folder, error), code="warehouse_unwritable") from error


NO_ROOM: Final = ("No space left", "File too large", "Disk quota exceeded", "max_temp_directory_size")
NOT_ALLOWED: Final = ("Permission denied", "Read-only file system", "Operation not permitted")


def _disk_text(folder: Path, error: Exception) -> Text:
    """Return what went wrong with the folder; DuckDB gives the system's words, not its number."""
    said = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if any(words in said for words in NO_ROOM):
        return Text(
            f"磁盘空间不足，{folder} 中的数据未能写完；请腾出空间后重试，现有数据未受影响",
            f"The disk is full: the warehouse in {folder} could not be written. Free some room and try again;"
            " what served before still does.",
        )
    if any(words in said for words in NOT_ALLOWED):
        return Text(
            f"没有权限写入 {folder}；请检查该目录的权限，或用 YUNCE_HOME 指定另一个目录",
            f"{folder} cannot be written. Check its permissions, or name another folder in YUNCE_HOME.",
        )
    return Text(
        f"无法在 {folder} 构建数据（{said}）；现有数据未受影响",
        f"The warehouse in {folder} could not be built ({said}); what served before still does.",
    )


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
