"""Publishing swaps a checked warehouse in whole, and leaves the old one alone whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from knowledge.errors import WarehouseError
from knowledge.tables import META_KEYS, ROLLUPS, TABLES
from tools.warehouse.load import STAGES, load
from tools.warehouse.publish import Published, create_sql, draft, serving_path

ROOT = Path(__file__).parents[2]
META = {
    "snapshot": "small-1",
    "as_of": "2025-03-02",
    "business_date": "2025-03-02",
    "data_start": "2025-03-01",
    "time_zone": "Asia/Shanghai",
    "source": "test",
    "schema_version": "1",
}
EVENTS = (
    "(1, TIMESTAMP '2025-03-01 08:00:00', 'register'), (1, TIMESTAMP '2025-03-01 09:00:00', 'app_open'),"
    " (1, TIMESTAMP '2025-03-02 09:00:00', 'app_open'), (9, TIMESTAMP '2025-03-02 09:00:00', 'register_start')"
)


def fill(connection: duckdb.DuckDBPyConnection, snapshot: str = "small-1") -> None:
    """One user with three events, and somebody who only began to register."""
    connection.execute(
        "INSERT INTO users (user_id, registered_at, register_date, channel)"
        " VALUES (1, '2025-03-01 08:00:00', '2025-03-01', 'kol')"
    )
    connection.execute(
        f"INSERT INTO events (user_id, ts, event_date, event) SELECT u, ts, ts::DATE, e FROM (VALUES {EVENTS}) v(u, ts, e)"
    )
    connection.executemany("INSERT INTO meta VALUES (?, ?)", list({**META, "snapshot": snapshot}.items()))


def publish(home: Path, snapshot: str = "small-1", spoil: str = "") -> Published:
    with draft(home) as warehouse:
        warehouse.create("users", "events", "meta")
        fill(warehouse.connection)
        if spoil:
            warehouse.connection.execute(spoil)
        return warehouse.publish({**META, "snapshot": snapshot})


def rows(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file somebody else made, with the required tables only."""
    path = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name in ("users", "events", "meta"):
            connection.execute(create_sql(TABLES[name], "BIGINT"))
        fill(connection, "theirs-1")
    return path


def change(file: Path, sql: str) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute(sql)


def test_publishes_everything_at_once(tmp_path: Path) -> None:
    """Optional tables come out empty, the rollup has each day once without attempts to register, meta is written."""
    published = publish(tmp_path)
    assert published.path == serving_path(tmp_path)
    rollups = {"active_days": 2, "active_weeks": 1, "active_months": 1, "user_days": 2, "away_spells": 1}
    assert published.rows == {**dict.fromkeys(TABLES, 0), "users": 1, "events": 4, "meta": 7, **rollups}
    assert rows(published.path, "SELECT user_id, event_date::VARCHAR FROM active_days ORDER BY rowid") == [
        (1, "2025-03-01"),
        (1, "2025-03-02"),
    ]
    assert dict(rows(published.path, "FROM meta")) == META
    assert {name for (name,) in rows(published.path, "SHOW TABLES")} == {*TABLES, *ROLLUPS}
    assert [p.name for p in published.path.parent.iterdir() if p.suffix != ".lock"] == ["serving.duckdb"]


def test_readers_keep_the_old_file(tmp_path: Path) -> None:
    """An open connection reads the old snapshot to its end; the next one finds the new."""
    path = publish(tmp_path).path
    with duckdb.connect(str(path), read_only=True) as reader:
        code = (
            "import sys; from pathlib import Path; from tests.tools.test_publish import publish;"
            " publish(Path(sys.argv[1]), 'small-2')"
        )
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
        assert reader.execute("SELECT value FROM meta WHERE key = 'snapshot'").fetchone() == ("small-1",)
    assert rows(path, "SELECT value FROM meta WHERE key = 'snapshot'") == [("small-2",)]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_changes_nothing(tmp_path: Path, failure: type[BaseException]) -> None:
    """An error or Ctrl-C in a build leaves the old snapshot, and none of the build's files."""
    path = publish(tmp_path).path
    before = path.read_bytes()

    def interrupted_build() -> None:
        with draft(tmp_path) as warehouse:
            warehouse.create()
            raise failure

    with pytest.raises(failure):
        interrupted_build()
    assert path.read_bytes() == before
    assert not list(path.parent.glob("building-*"))
    assert publish(tmp_path, "small-3").snapshot == "small-3"


INTERRUPTED = """
import os, signal, sys, threading
from pathlib import Path
from tests.tools.test_publish import draft
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite run in the background inherits SIGINT ignored
try:
    with draft(Path(sys.argv[1])) as warehouse:
        threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
        while True:  # a build is many statements, of a second or so each
            warehouse.connection.execute("SELECT sum(hash(a.i, b.i)) FROM range(1000) a(i), range(30000) b(i)")
except KeyboardInterrupt:
    print("interrupted", list(Path(sys.argv[1], "warehouse").glob("building-*")))
"""


def test_ctrl_c_in_a_query(tmp_path: Path) -> None:
    """Ctrl-C during a build ends it with the running statement, as KeyboardInterrupt, and the draft is gone."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.stdout == "interrupted []\n"


def test_second_build_ends_at_once(tmp_path: Path) -> None:
    """While one build runs, another is refused, in both languages; afterwards it may."""
    with draft(tmp_path), pytest.raises(WarehouseError) as caught, draft(tmp_path):
        pass
    assert caught.value.code == "warehouse_busy"
    assert "另一次" in caught.value.text.zh
    assert publish(tmp_path).snapshot == "small-1"


def test_leftovers_of_a_killed_build_go(tmp_path: Path) -> None:
    """What a killed build left is removed by the next one."""
    folder = serving_path(tmp_path).parent
    (folder / "building-dead.spill").mkdir(parents=True)
    (folder / "building-dead.duckdb").write_bytes(b"half")
    publish(tmp_path)
    assert not list(folder.glob("building-*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    """A folder that cannot be written is one clear error that names it."""
    tmp_path.chmod(0o500)
    with pytest.raises(WarehouseError) as caught:
        publish(tmp_path)
    assert caught.value.code == "warehouse_unwritable"
    assert str(tmp_path) in caught.value.text.en


def test_unwritable_place(tmp_path: Path) -> None:
    """A workspace below a file instead of a folder is one clear error."""
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError) as caught:
        publish(tmp_path / "file")
    assert caught.value.code == "warehouse_unwritable"


FULL_DISK = """
import resource, sys
from pathlib import Path
from knowledge.errors import WarehouseError
from tests.tools.test_publish import META, draft, fill
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    with draft(Path(sys.argv[1])) as warehouse:
        warehouse.create("users", "events", "meta")
        fill(warehouse.connection)
        warehouse.connection.execute(
            "INSERT INTO events (user_id, ts, event_date, event, session_id)"
            " SELECT hash(i) >> 2, '2025-03-01', '2025-03-01', 'like', hash(i + 1) >> 2 FROM range(1000000) t(i)"
        )
        warehouse.publish(META)
except WarehouseError as error:
    print(error.code, error.text.zh)
"""


def test_full_disk(tmp_path: Path) -> None:
    """Running out of room is one clear error; the old snapshot stays and nothing else is left."""
    path = publish(tmp_path).path
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.startswith("warehouse_unwritable 磁盘空间不足")
    assert rows(path, "SELECT value FROM meta WHERE key = 'snapshot'") == [("small-1",)]
    assert not list(path.parent.glob("building-*"))


SPOILS = {
    "INSERT INTO users SELECT * FROM users": "users.user_id repeats 1 values",
    "UPDATE events SET event_date = '2025-02-01' WHERE event = 'register'": "1 rows whose event_date is not the day of ts",
    "UPDATE events SET event = NULL": "events.event is null in 4 rows",
    "ALTER TABLE events ALTER duration_s TYPE DOUBLE": "events.duration_s is DOUBLE; it must be INTEGER",
    "ALTER TABLE events DROP keyword": "table events lacks keyword",
    "ALTER TABLE events ALTER user_id TYPE VARCHAR": "cannot be joined",
    "DROP TABLE events": "required table events is missing",
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_faults_are_refused(tmp_path: Path, spoil: str) -> None:
    """Data that cannot serve is refused with the fault in words, and nothing is published."""
    with pytest.raises(WarehouseError, match=SPOILS[spoil]) as caught:
        publish(tmp_path, spoil=spoil)
    assert caught.value.code == "warehouse_faults"
    assert not serving_path(tmp_path).exists()


def test_all_faults_are_named_together(file: Path, tmp_path: Path) -> None:
    """Two tables, two faults, one message, in both languages."""
    change(file, "ALTER TABLE users DROP channel; ALTER TABLE events ALTER event_date TYPE VARCHAR")
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path, file)
    for said in caught.value.text:
        assert "channel" in said
        assert "events.event_date" in said


def test_load_publishes_a_copy(file: Path, tmp_path: Path) -> None:
    """A file with the tables is published under its own snapshot id, and itself stays as it was."""
    before = file.read_bytes()
    stages: list[str] = []
    published = load(tmp_path, file, lambda stage, _share: stages.append(stage))
    assert published.snapshot == "theirs-1"
    assert published.rows["active_days"] == 2
    assert list(dict.fromkeys(stages)) == list(STAGES)
    assert file.read_bytes() == before


def test_load_takes_what_is_only_wider_or_missing(file: Path, tmp_path: Path) -> None:
    """Other whole numbers, extra columns, empty columns of another type and a short meta are brought into form."""
    change(
        file,
        "ALTER TABLE users ALTER user_id TYPE INTEGER; ALTER TABLE users ALTER followers TYPE SMALLINT;"
        "ALTER TABLE users ADD nickname VARCHAR; ALTER TABLE events ALTER keyword TYPE INTEGER;"
        "DELETE FROM meta WHERE key IN ('snapshot', 'as_of', 'business_date', 'data_start', 'source')",
    )
    published = load(tmp_path, file)
    assert published.snapshot.startswith("theirs-2025-03-02-")
    assert dict(rows(published.path, "SELECT key, value FROM meta")).keys() == set(META_KEYS)
    assert published.as_of.isoformat() == "2025-03-02"
    kinds = dict(rows(published.path, "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'users'"))
    assert kinds["user_id"] == "BIGINT"
    assert "nickname" not in kinds


def test_load_keeps_text_ids(file: Path, tmp_path: Path) -> None:
    """Identifiers that are text stay text, in the empty tables and the rollup too."""
    change(file, "ALTER TABLE users ALTER user_id TYPE VARCHAR; ALTER TABLE events ALTER user_id TYPE VARCHAR")
    path = load(tmp_path, file).path
    kinds = rows(path, "SELECT DISTINCT data_type FROM duckdb_columns() WHERE column_name IN ('user_id', 'inviter_id')")
    assert kinds == [("VARCHAR",)]


LOSSY = {
    "ALTER TABLE events ADD COLUMN x INTEGER; ALTER TABLE users ALTER followers TYPE BIGINT;"
    " UPDATE users SET followers = 3000000000": "users holds a value",
    "ALTER TABLE users ALTER registered_at TYPE TIMESTAMPTZ": "users.registered_at is TIMESTAMP WITH TIME ZONE",
    "UPDATE meta SET value = 'soon' WHERE key = 'as_of'": "as_of",
    "UPDATE meta SET value = '9' WHERE key = 'schema_version'": "schema_version is 9",
    "DELETE FROM events": "events has no rows",
    "DROP TABLE meta": "required table meta is missing",
    "ALTER TABLE events ALTER user_id TYPE VARCHAR": "cannot be joined",
}


@pytest.mark.parametrize("spoil", LOSSY)
def test_load_refuses(file: Path, tmp_path: Path, spoil: str) -> None:
    """What would lose or mean something else is refused, and nothing is published."""
    change(file, spoil)
    with pytest.raises(WarehouseError, match=LOSSY[spoil]):
        load(tmp_path, file)
    assert not serving_path(tmp_path).exists()


@pytest.mark.parametrize(("name", "code"), [("none.duckdb", "load_missing"), ("text.duckdb", "load_unreadable")])
def test_load_of_no_warehouse(tmp_path: Path, name: str, code: str) -> None:
    """A path without a file, and a file that is no database, are each one clear error."""
    (tmp_path / "text.duckdb").write_text("user_id,name\n" * 1000)
    with pytest.raises(WarehouseError) as caught:
        load(tmp_path / "home", tmp_path / name)
    assert caught.value.code == code
