"""The only door to the data: it reads and nothing else, within bounds, while snapshots come and go."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import pytest

from knowledge.errors import WarehouseError
from tests.tools.warehouse_fixture import build_warehouse
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.guard import VettedQuery

LONG = "SELECT count(*) FROM range(100000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 1"
COUNT = VettedQuery("SELECT count(*) AS n FROM users", {}, 10)
SECONDS = 20.0


def publish(home: Path, people: int, snapshot: str) -> Path:
    """Publish a warehouse with so many users."""
    users = [{"user_id": n, "registered_at": "2025-01-01 00:00:00"} for n in range(people)]
    start, end = date(2025, 1, 1), date(2025, 1, 2)
    return build_warehouse(home, {"users": users}, data_start=start, as_of=end, snapshot=snapshot)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A warehouse of three users, snapshot ``one``."""
    return publish(tmp_path, 3, "one")


@pytest.fixture
def warehouse(path: Path) -> Iterator[Warehouse]:
    """The door to it."""
    door = Warehouse(path, seconds=SECONDS, memory="256MB")
    yield door
    door.close()


def code_of(door: Warehouse, sql: str) -> str:
    """Return the code of the error that a statement ends in. It did not go through the guard: the door is on its own."""
    with pytest.raises(WarehouseError) as error:
        door.run(VettedQuery(sql, {}, 10))
    assert error.value.text.zh != error.value.text.en
    return error.value.code


def test_reads_rows_as_json_scalars(warehouse: Warehouse) -> None:
    """Dates come as ISO text, money as numbers, null as None, with the snapshot they were read from."""
    sql = (
        "SELECT DATE '2025-01-31' AS d, TIMESTAMP '2025-01-31 10:00:00' AS t, 12.50::DECIMAL(18,2) AS m, NULL AS n,"
        " true AS b, 'x' AS s, 7 AS i"
    )
    rows = warehouse.run(VettedQuery(sql, {}, 10))
    assert rows.rows == (("2025-01-31", "2025-01-31T10:00:00", 12.5, None, True, "x", 7),)
    assert rows.columns == ("d", "t", "m", "n", "b", "s", "i")
    assert rows.snapshot == "one"
    assert warehouse.meta.as_of == date(2025, 1, 2)


def test_no_more_rows_than_the_limit(warehouse: Warehouse) -> None:
    """A statement that would return more is cut at its row limit."""
    assert len(warehouse.run(VettedQuery("SELECT range AS n FROM range(1000)", {}, 7)).rows) == 7


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO users (user_id) VALUES (9)",
        "DELETE FROM users",
        "CREATE TABLE x AS SELECT 1 AS one",
        "DROP TABLE users",
        "UPDATE meta SET value = 'two'",
    ],
)
def test_writes_nothing(warehouse: Warehouse, path: Path, sql: str) -> None:
    """Even a statement that never saw the guard cannot write, and the file stays as it was."""
    before = path.read_bytes()
    assert code_of(warehouse, sql) == "query_failed"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT content FROM read_text('/etc/passwd')",
        "SELECT file FROM glob('/*')",
        "COPY users TO 'stolen.csv'",
        "ATTACH 'other.duckdb' AS other",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET max_execution_time = 0",
        "SET lock_configuration = false",
    ],
)
def test_reaches_nothing_outside(warehouse: Warehouse, sql: str) -> None:
    """No files, no other databases, no extensions, no other settings."""
    assert code_of(warehouse, sql) == "query_failed"
    assert not Path("stolen.csv").exists()


def test_python_objects_are_not_tables(warehouse: Warehouse) -> None:
    """A name is never looked up among the caller's variables."""
    secret_rows = duckdb.sql("SELECT 1 AS one")
    assert secret_rows is not None
    assert code_of(warehouse, "SELECT one FROM secret_rows") == "query_failed"


def test_time_limit(path: Path) -> None:
    """A query over the limit is stopped soon after it, and the door works on."""
    door = Warehouse(path, seconds=0.3)
    started = time.perf_counter()
    assert code_of(door, LONG) == "too_slow"
    assert time.perf_counter() - started < 5
    assert door.run(COUNT).rows == ((3,),)
    door.close()


def test_memory_limit(path: Path) -> None:
    """A query that needs more memory than allowed fails alone."""
    door = Warehouse(path, seconds=SECONDS, memory="40MB")
    assert code_of(door, "SELECT len(list(range)) AS n FROM range(30000000)") == "too_big"
    assert door.run(COUNT).rows == ((3,),)
    door.close()


def test_interrupt_from_another_thread(warehouse: Warehouse) -> None:
    """A running query stops soon after it is told to, from any thread; others go on."""
    interrupter = Interrupter()
    threading.Timer(0.3, interrupter.stop).start()
    started = time.perf_counter()
    with pytest.raises(WarehouseError) as error:
        warehouse.run(VettedQuery(LONG, {}, 1), interrupter=interrupter)
    assert error.value.code == "interrupted"
    assert time.perf_counter() - started < 5
    assert warehouse.run(COUNT).rows == ((3,),)


def test_interrupt_before_and_after(warehouse: Warehouse) -> None:
    """Stopped before it starts, a query never runs; stopped after its end, nothing happens to the next."""
    early = Interrupter()
    early.stop()
    with pytest.raises(WarehouseError) as error:
        warehouse.run(COUNT, interrupter=early)
    assert error.value.code == "interrupted"
    late = Interrupter()
    warehouse.run(COUNT, interrupter=late)
    late.stop()
    late.stop()
    assert warehouse.run(COUNT).rows == ((3,),)


def test_interrupt_at_any_moment(warehouse: Warehouse) -> None:
    """However early the stop comes, the query ends: one that comes as the query starts is not forgotten."""
    for turn in range(60):
        interrupter = Interrupter()
        timer = threading.Timer(turn * 0.0001, interrupter.stop)
        timer.start()
        started = time.perf_counter()
        with pytest.raises(WarehouseError) as error:
            warehouse.run(VettedQuery(LONG, {}, 1), interrupter=interrupter)
        assert error.value.code == "interrupted"
        assert time.perf_counter() - started < 5
        timer.join()


def test_a_published_snapshot_is_seen(warehouse: Warehouse, path: Path, tmp_path: Path) -> None:
    """After another snapshot is published over the file, the next query reads it."""
    assert warehouse.run(COUNT).snapshot == "one"
    publish(tmp_path, 5, "two")
    rows = warehouse.run(COUNT)
    assert (rows.rows, rows.snapshot, warehouse.meta.snapshot) == (((5,),), "two", "two")


def test_a_running_query_keeps_its_snapshot(warehouse: Warehouse, path: Path, tmp_path: Path) -> None:
    """A query that runs while another snapshot is swapped in ends on the one it began with; the next reads the new."""
    slow = VettedQuery(
        "SELECT count(*) AS n, (SELECT count(*) FROM users) AS people FROM range(60000000) WHERE range % 7 = 1", {}, 1
    )
    assert warehouse.run(COUNT).snapshot == "one"
    other = publish(tmp_path / "next", 5, "two")
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(warehouse.run, slow)
        wait_until(lambda: warehouse._running == 1)
        other.replace(path)
        following = pool.submit(warehouse.run, COUNT)
        assert following.result(SECONDS).rows == ((5,),)
        first = running.result(SECONDS)
    assert (first.snapshot, first.rows[0][1]) == ("one", 3)


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    for _ in range(2000):
        if true():
            return
        time.sleep(0.001)
    raise AssertionError("it never came about")


def test_many_threads_over_changing_snapshots(warehouse: Warehouse, path: Path, tmp_path: Path) -> None:
    """Eight threads read while snapshots change: each answer is whole, of the snapshot it names; nothing hangs."""
    people = {"one": 3, "two": 5}
    (tmp_path / "a").mkdir()
    shutil.copy(path, tmp_path / "a" / "one.duckdb")
    shutil.copy(publish(tmp_path / "b", 5, "two"), tmp_path / "a" / "two.duckdb")
    stop = threading.Event()

    def read() -> int:
        done = 0
        while not stop.is_set() or done < 5:
            rows = warehouse.run(COUNT)
            assert rows.rows == ((people[rows.snapshot],),)
            assert warehouse.meta.snapshot in people
            done += 1
        return done

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        for turn in range(12):
            fresh = tmp_path / "a" / f"new{turn}.duckdb"
            shutil.copy(tmp_path / "a" / f"{('two', 'one')[turn % 2]}.duckdb", fresh)
            fresh.replace(path)
            time.sleep(0.05)
        stop.set()
        assert all(reader.result(SECONDS) >= 5 for reader in readers)


def test_no_file(tmp_path: Path) -> None:
    """Without a file the error says what to do; once there is one, the same door opens it."""
    door = Warehouse(tmp_path / "warehouse" / "serving.duckdb")
    with pytest.raises(WarehouseError) as error:
        _ = door.meta
    assert error.value.code == "no_warehouse"
    assert "yunce demo" in error.value.text.en
    publish(tmp_path, 3, "one")
    assert door.run(COUNT).rows == ((3,),)
    door.close()


@pytest.mark.parametrize("content", [b"", b"not a database", b"\0" * 20_000])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    """An empty or foreign file gives one clear error, each time, and the door recovers when it is replaced."""
    path = tmp_path / "warehouse" / "serving.duckdb"
    path.parent.mkdir()
    path.write_bytes(content)
    door = Warehouse(path)
    for _ in range(2):
        with pytest.raises(WarehouseError) as error:
            door.run(COUNT)
        assert error.value.code == "bad_warehouse"
    publish(tmp_path, 3, "one")
    assert door.run(COUNT).rows == ((3,),)
    door.close()


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """A folder where the file should be is as bad as a damaged file."""
    with pytest.raises(WarehouseError) as error:
        _ = Warehouse(tmp_path).meta
    assert error.value.code == "bad_warehouse"


def test_a_cut_file(path: Path) -> None:
    """A file that was cut short is an error, not wrong figures."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(WarehouseError) as error:
        Warehouse(path).run(COUNT)
    assert error.value.code in ("bad_warehouse", "query_failed")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE meta SET value = '0' WHERE key = 'schema_version'", "older_warehouse"),
        ("DELETE FROM meta WHERE key = 'as_of'", "bad_warehouse"),
        ("UPDATE meta SET value = 'yesterday' WHERE key = 'as_of'", "bad_warehouse"),
        ("DROP TABLE meta", "bad_warehouse"),
    ],
)
def test_a_database_that_is_no_warehouse(path: Path, change: str, code: str) -> None:
    """A database of another version, or without its meta rows, is named as such."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(change)
    with pytest.raises(WarehouseError) as error:
        _ = Warehouse(path).meta
    assert error.value.code == code


def test_close_waits_for_running_queries(warehouse: Warehouse) -> None:
    """Closing the door does not cut a query off, and a closed door opens again."""
    slow = VettedQuery("SELECT count(*) AS n FROM range(30000000) WHERE range % 7 = 1", {}, 1)
    warehouse.run(COUNT)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(warehouse.run, slow)
        wait_until(lambda: warehouse._running == 1)
        warehouse.close()
        assert running.result(SECONDS).rows[0][0]
    assert warehouse.run(COUNT).rows == ((3,),)
