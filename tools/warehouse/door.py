"""The only door to the serving warehouse: read-only, bounded, interruptible, one cursor per request."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from knowledge.errors import WarehouseError
from knowledge.tables import META_KEYS, ROLLUPS, SCHEMA_VERSION
from knowledge.text import Text
from tools.warehouse.rows import Rows, Scalar

if TYPE_CHECKING:  # the guard loads a SQL parser, which reading the meta table does not need
    from tools.warehouse.guard import VettedQuery


_INSIST_SECONDS = 0.02


@dataclass(frozen=True)
class Meta:
    """What the warehouse says of itself. Dates are local days of ``time_zone``."""

    snapshot: str
    as_of: date
    business_date: date
    data_start: date
    time_zone: str
    source: str


class Interrupter:
    """Lets another thread stop a running query. ``stop`` may be called before, during or after it, any number of times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self.stopped = False

    def stop(self) -> None:
        """Interrupt the query that runs under this interrupter, or the next one before it starts."""
        with self._lock:
            pressed, self.stopped = self.stopped, True
        if not pressed and self._interrupt():
            threading.Thread(target=self._insist, name="interrupter", daemon=True).start()

    def _interrupt(self) -> bool:
        """Interrupt what runs; return whether anything is watched."""
        with self._lock:
            if self._cursor is not None:
                self._cursor.interrupt()
            return self._cursor is not None

    def _insist(self) -> None:
        """Interrupt until the query ends: DuckDB forgets an interruption that comes just before a query starts."""
        while self._interrupt():
            time.sleep(_INSIST_SECONDS)

    @contextmanager
    def watching(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Watch ``cursor`` for the length of the block."""
        with self._lock:
            self._cursor = cursor
        try:
            yield
        finally:
            with self._lock:
                self._cursor = None


class Warehouse:
    """A serving file, opened on first use and reopened when another snapshot is published over it.

    Args:
        path: the DuckDB file.
        seconds: time limit of one query.
        memory: DuckDB's memory limit.
    """

    def __init__(self, path: Path, *, seconds: float = 30.0, memory: str = "2GB") -> None:
        self.path = path
        self.seconds = seconds
        self.memory = memory
        self._turn = threading.Condition()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._meta: Meta | None = None
        self._running = 0
        self._publication = 0

    @property
    def engine(self) -> str:
        """The name and version of the database."""
        return f"DuckDB {duckdb.__version__}"

    @property
    def meta(self) -> Meta:
        """What the serving snapshot says of itself. Raises WarehouseError where it is missing or damaged."""
        with self._cursor():
            assert self._meta is not None  # noqa: S101 - set whenever a cursor is open
            return self._meta

    @property
    def publication(self) -> int:
        """The number of the file that serves, counted from the first that this process opened; another file, another number.

        Raises WarehouseError where there is none.
        """
        with self._cursor():
            return self._publication

    def run(self, query: VettedQuery, *, interrupter: Interrupter | None = None) -> Rows:
        """Return the rows of a vetted query.

        Raises:
            WarehouseError: no readable warehouse, out of time or memory, or interrupted.
        """
        watch = interrupter or Interrupter()
        with self._cursor() as cursor, watch.watching(cursor):
            snapshot = self._meta.snapshot if self._meta else ""
            started = time.perf_counter()
            with self._told(watch):
                cursor.execute(query.sql, dict(query.bound))
                columns = tuple(str(column[0]) for column in cursor.description or ())
                fetched = cursor.fetchmany(query.row_limit)
            elapsed = (time.perf_counter() - started) * 1000
        return Rows(columns, tuple(_scalars(row) for row in fetched), elapsed, snapshot)

    def stream(
        self, query: VettedQuery, *, rows_at_once: int = 20_000, interrupter: Interrupter | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a vetted query in lists of at most ``rows_at_once``, as DuckDB has them; never all at once.

        The row limit of the query does not count here. The file stays open until the iterator is done or closed.
        Raises as ``run`` does.
        """
        watch = interrupter or Interrupter()
        with self._cursor() as cursor, watch.watching(cursor):
            with self._told(watch):
                cursor.execute(query.sql, dict(query.bound))
            while True:
                with self._told(watch):
                    rows = cursor.fetchmany(rows_at_once)
                if not rows:
                    return
                yield rows

    @contextmanager
    def _told(self, watch: Interrupter) -> Iterator[None]:
        """Say of what DuckDB raises what it means."""
        if watch.stopped:
            raise _interrupted()
        try:
            yield
        except duckdb.InterruptException as error:
            raise _interrupted() if watch.stopped else _too_slow(self.seconds) from error
        except duckdb.OutOfMemoryException as error:
            raise _too_big(self.memory) from error
        except duckdb.Error as error:
            raise _failed(error) from error

    def close(self) -> None:
        """Close the file once the running queries are done."""
        with self._turn:
            self._turn.wait_for(lambda: self._running == 0)
            self._close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._turn:
            connection = self._open()
            self._running += 1
        cursor = connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
            with self._turn:
                self._running -= 1
                self._turn.notify_all()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Return the open connection, onto the newest published file.

        DuckDB shares one instance per path within a process, so a replaced file is only seen after the old connection is
        closed: running queries finish first.
        """
        stamp = _stamp(self.path)
        if self._connection is not None and stamp != self._stamp:
            self._turn.wait_for(lambda: self._running == 0)
            self._close()
        if self._connection is None:
            self._connection, self._stamp = _connect(self.path, self.seconds, self.memory), _stamp(self.path)
            self._publication += 1
            try:
                self._meta = _read_meta(self._connection, self.path)
            except BaseException:
                self._close()
                raise
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._stamp, self._meta = None, None, None


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise WarehouseError(
            Text(
                f"没有数据：{path.name} 不存在。先运行 yunce demo 生成演示数据，或用 yunce load 载入自己的数据。",
                f"There is no data: {path.name} does not exist. Run yunce demo to build the demo, or yunce load your own.",
            ),
            code="no_warehouse",
        ) from error
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _connect(path: Path, seconds: float, memory: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {
        "access_mode": "READ_ONLY",
        "memory_limit": memory,
        "max_execution_time": str(int(seconds * 1000)),
        "temp_directory": str(path.parent / "spill"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(str(path), read_only=True, config=config)  # noqa: TID251 - this is the door
    except duckdb.Error as error:
        raise WarehouseError(
            Text(
                f"数据文件无法打开：{path.name}（{_first_line(error)}）。它可能已损坏或由其他程序占用；"
                "用 yunce demo 重建演示数据，或重新 yunce load。",
                f"The data file cannot be opened: {path.name} ({_first_line(error)}). It may be damaged or in use by another "
                "program; rebuild the demo with yunce demo, or yunce load it again.",
            ),
            code="bad_warehouse",
        ) from error
    _harden(connection)
    return connection


def _harden(connection: duckdb.DuckDBPyConnection) -> None:
    """Shut external access and lock the settings; a second connection to the same file finds both done already."""
    locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if locked and locked[0]:
        return
    connection.execute("SET enable_external_access=false")
    connection.execute("SET python_enable_replacements=false")
    connection.execute("SET lock_configuration=true")


def _read_meta(connection: duckdb.DuckDBPyConnection, path: Path) -> Meta:
    try:
        rows: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except duckdb.Error as error:
        raise _not_ours(path, _first_line(error)) from error
    missing = [key for key in META_KEYS if not rows.get(key)]
    if missing:
        raise _not_ours(path, ", ".join(missing))
    if rows["schema_version"] != SCHEMA_VERSION:
        raise _older(path, rows["schema_version"])
    found = set(connection.execute("SELECT table_name, column_name FROM information_schema.columns").fetchall())
    if absent := [
        name for name, rollup in ROLLUPS.items() if not {(name, column) for column in rollup.columns} <= found
    ]:
        raise _without_rollups(path, absent)
    try:
        return Meta(
            snapshot=rows["snapshot"],
            as_of=date.fromisoformat(rows["as_of"]),
            business_date=date.fromisoformat(rows["business_date"]),
            data_start=date.fromisoformat(rows["data_start"]),
            time_zone=rows["time_zone"],
            source=rows["source"],
        )
    except ValueError as error:
        raise _not_ours(path, _first_line(error)) from error


def _without_rollups(path: Path, absent: Sequence[str]) -> WarehouseError:
    return WarehouseError(
        Text(
            f"{path.name} 由较早的版本生成，缺少汇总表：{'、'.join(absent)}。用 yunce demo 或 yunce load 重新生成。",
            f"{path.name} was made by an earlier version and lacks the rollups {', '.join(absent)}. "
            "Make it anew with yunce demo or yunce load.",
        ),
        code="older_warehouse",
    )


def _not_ours(path: Path, why: str) -> WarehouseError:
    return WarehouseError(
        Text(
            f"{path.name} 不是 Yunce 的数据文件（meta 表缺失或不完整：{why}）。用 yunce demo 或 yunce load 重新生成。",
            f"{path.name} is not a Yunce warehouse (its meta table is missing or incomplete: {why}). "
            "Make it anew with yunce demo or yunce load.",
        ),
        code="bad_warehouse",
    )


def _scalars(row: Sequence[Any]) -> tuple[Scalar, ...]:
    return tuple(_scalar(cell) for cell in row)


def _scalar(cell: Any) -> Scalar:
    if cell is None or isinstance(cell, (bool, int, float, str)):
        return cell
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return str(cell)


def _first_line(error: BaseException) -> str:
    return re.sub(r"\s+", " ", str(error).splitlines()[0] if str(error) else type(error).__name__)[:200]


def _older(path: Path, found: str) -> WarehouseError:
    return WarehouseError(
        Text(
            f"{path.name} 的结构版本是 {found}，本程序需要 {SCHEMA_VERSION}。运行 yunce demo 或 yunce load 重新生成。",
            f"{path.name} has schema version {found}; this program needs {SCHEMA_VERSION}. Make it anew with yunce demo or "
            "yunce load.",
        ),
        code="older_warehouse",
    )


def _interrupted() -> WarehouseError:
    return WarehouseError(Text("查询已停止。", "The query was stopped."), code="interrupted")


def _too_slow(seconds: float) -> WarehouseError:
    return WarehouseError(
        Text(
            f"查询超过了 {seconds:g} 秒的时间上限。请缩短时间范围或减少维度，或调大 YUNCE_QUERY_SECONDS。",
            f"The query took longer than the limit of {seconds:g} s. Ask for a shorter range or fewer dimensions, or raise "
            "YUNCE_QUERY_SECONDS.",
        ),
        code="too_slow",
    )


def _too_big(memory: str) -> WarehouseError:
    return WarehouseError(
        Text(
            f"查询需要的内存超过了 {memory} 的上限。请缩短时间范围或减少维度，或调大 YUNCE_MEMORY。",
            f"The query needs more memory than the limit of {memory}. Ask for a shorter range or fewer dimensions, or "
            "raise YUNCE_MEMORY.",
        ),
        code="too_big",
    )


def _failed(error: duckdb.Error) -> WarehouseError:
    return WarehouseError(
        Text(
            f"数据库无法完成查询：{_first_line(error)}。运行 yunce doctor 检查数据。",
            f"The database could not run the query: {_first_line(error)}. Run yunce doctor to check the data.",
        ),
        code="query_failed",
    )
