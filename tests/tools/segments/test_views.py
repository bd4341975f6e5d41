"""Previews, overlaps, movements and exports against sets of users that a plain evaluator finds."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import PolicyError, QueryError, WarehouseError
from tests.tools.segments.plain_world import DAYS, START, Evaluator, World, random_world
from tests.tools.warehouse_fixture import build_warehouse
from tools.segments.asked import asked_for
from tools.segments.export import export, manifest_path
from tools.segments.movement import flow, movement
from tools.segments.preview import PROFILED, key_metrics, overlap, preview, profile, trend
from tools.segments.snapshots import snapshots, take_snapshot
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import CALCULATIONS
from tools.warehouse.door import Interrupter, Warehouse

LAST = START + timedelta(days=DAYS)
EARLIER = date(2025, 3, 1)
OFTEN: dict[str, Any] = {"measure": "active_days", "op": "gte", "value": 3}
KOL: dict[str, Any] = {"attribute": "channel", "op": "in", "values": ["kol"]}
PAYS: dict[str, Any] = {"measure": "orders", "op": "gte", "value": 1}


@pytest.fixture(scope="module")
def world() -> World:
    """Two hundred people."""
    return random_world(21, people=200)


@pytest.fixture(scope="module")
def layer(world: World, tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    """The layer over them."""
    home = tmp_path_factory.mktemp("views")
    path = build_warehouse(home, world.tables, data_start=START, as_of=LAST)
    return SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home))


def context(layer: SemanticLayer) -> ToolContext:
    """Return what a tool is handed."""
    return ToolContext(layer, "en", Interrupter())


def holds(layer: SemanticLayer, result: Result) -> bool:
    """Return whether a receipt holds."""
    return verify(layer.receipts.load(result.receipt), layer.warehouse, CALCULATIONS).outcome == "holds"


def test_the_trend_is_the_size_on_each_day(world: World, layer: SemanticLayer) -> None:
    """Twelve weeks, each rebuilt as of its own day; days before the data are left out."""
    result = trend(layer, asked_for(layer, definition=OFTEN), LAST)
    assert len(result.rows) == 12
    for period, size, share in result.rows:
        evaluator = Evaluator(world, date.fromisoformat(str(period)))
        assert size == len(evaluator.members(OFTEN))
        assert share == pytest.approx(size / len(evaluator.everyone))
    assert holds(layer, result)
    assert len(trend(layer, asked_for(layer, definition=OFTEN), START + timedelta(days=15)).rows) == 3


@pytest.mark.parametrize("smallest", [1, 10, 25])
def test_a_profile_compares_with_everyone_and_hides_small_groups(
    world: World, layer: SemanticLayer, smallest: int
) -> None:
    """Shares and lifts are right, no group is smaller than allowed, and no difference gives a small one away."""
    result = profile(layer, asked_for(layer, definition=OFTEN), LAST, smallest=smallest)
    evaluator = Evaluator(world, LAST)
    inside = evaluator.members(OFTEN)
    for attribute in PROFILED:
        rows = [row for row in result.records() if row["attribute"] == attribute]
        assert sum(row["users"] for row in rows) == len(inside)
        all_counts = Counter(evaluator._value_of(user, attribute) for user in evaluator.everyone)
        counts = Counter(evaluator._value_of(user, attribute) for user in inside)
        assert all(row["users"] >= smallest for row in rows)
        for row in rows:
            if row["merged"]:
                continue
            value = int(row["value"]) if attribute == "city_tier" and row["value"] else row["value"]
            assert row["users"] == counts[value]
            assert row["share"] == pytest.approx(counts[value] / len(inside))
            assert row["share_all"] == pytest.approx(all_counts[value] / len(evaluator.everyone))
            assert row["lift"] == pytest.approx(row["share"] / row["share_all"])
        small = [value for value in counts if counts[value] < smallest]
        assert sum(bool(row["merged"]) for row in rows) == bool(small)
    assert holds(layer, result)


def test_a_segment_smaller_than_a_group_has_no_profile(layer: SemanticLayer) -> None:
    """Fewer than ten users: no rows, and a note; the least must be at least one."""
    few = asked_for(layer, definition={"attribute": "user_id", "values": ["1", "2"]})
    result = profile(layer, few, LAST)
    assert result.rows == ()
    assert any("fewer than 10" in note.en for note in result.notes)
    with pytest.raises(QueryError):
        profile(layer, few, LAST, smallest=0)


def test_an_overlap_counts_every_combination(world: World, layer: SemanticLayer) -> None:
    """Three segments: each combination that somebody is in, as sets have it; fewer than two are refused."""
    definitions = [OFTEN, KOL, PAYS]
    asked = [asked_for(layer, definition=d) for d in definitions]
    evaluator = Evaluator(world, LAST)
    sets = [evaluator.members(d) for d in definitions]
    wanted = Counter(tuple(user in each for each in sets) for user in frozenset.union(*sets))
    result = overlap(context(layer), asked)
    assert {tuple(row[:3]): row[3] for row in result.rows} == dict(wanted)
    assert holds(layer, result)
    pair = overlap(context(layer), asked[:2])
    assert f"{len(sets[0] & sets[1]):,} users are in both" in pair.notes[-1].en
    for number in (1, 6):
        with pytest.raises(QueryError):
            overlap(context(layer), [asked[0]] * number)


def test_movement_says_who_came_and_who_left(world: World, layer: SemanticLayer) -> None:
    """Start = stayed + left, end = stayed + entered, as sets have it."""
    recent = {"last_active_days": {"lte": 20}}
    then, now = Evaluator(world, EARLIER), Evaluator(world, LAST)
    before, after = then.members(recent), now.members(recent)
    result = movement(context(layer), asked_for(layer, definition=recent), EARLIER)
    assert result.records() == [
        {
            "size_start": len(before),
            "stayed": len(before & after),
            "left": len(before - after),
            "entered": len(after - before),
            "registered_since": len(after - then.everyone),
            "size_end": len(after),
        }
    ]
    assert holds(layer, result)
    with pytest.raises(QueryError, match="before the last"):
        movement(context(layer), asked_for(layer, definition=recent), LAST, EARLIER)


def test_the_flow_between_stages_adds_up(world: World, layer: SemanticLayer) -> None:
    """Every user registered by the end goes from one place to one other; shares of a source add up to 1."""
    result = flow(context(layer), EARLIER, LAST)
    then, now = Evaluator(world, EARLIER), Evaluator(world, LAST)
    wanted = Counter(
        (then._stage(user) if user in then.users else "unregistered", now._stage(user)) for user in now.everyone
    )
    assert {(row[0], row[1]): row[2] for row in result.rows} == dict(wanted)
    sources = {row[0] for row in result.rows}
    assert all(sum(row[3] for row in result.rows if row[0] == s) == pytest.approx(1) for s in sources)
    assert holds(layer, result)


def test_key_metrics_of_a_segment_and_of_the_rest(world: World, layer: SemanticLayer) -> None:
    """Each side is of its own people; who has no account is among the rest."""
    inside, outside = key_metrics(layer, asked_for(layer, definition=OFTEN), LAST, metrics=("paid_conversion",))
    everyone = Evaluator(world, LAST)
    active = {user for table, user in everyone.known if table == "events" and everyone._active_days(user, 30)}
    assert inside.records()[0]["paid_conversion__denominator"] == len(active & everyone.members(OFTEN))
    assert outside.records()[0]["paid_conversion__denominator"] == len(active - everyone.members(OFTEN))
    whole = preview(context(layer), asked_for(layer, name="koc"))
    assert whole.size.params["name"] == "koc"
    assert {len(result.rows) for result in whole.metrics} == {1}


def test_an_export_lists_the_members_with_a_manifest(world: World, layer: SemanticLayer, tmp_path: Path) -> None:
    """CSV and Parquet hold the same rows in order; the manifest says what they are, and its digest is the file's."""
    asked = asked_for(layer, definition=OFTEN)
    wanted = sorted(Evaluator(world, EARLIER).members(OFTEN))
    attributes = ["channel", "registered_at", "lifecycle", "inviter_id", "age_days"]
    target = tmp_path / "members.csv"
    manifest = export(layer, asked, target, attributes=attributes, as_of=EARLIER)
    rows = list(csv.DictReader(target.open(encoding="utf-8")))
    assert [int(row["user_id"]) for row in rows] == wanted
    users = {user["user_id"]: user for user in world.users}
    assert [row["channel"] or None for row in rows] == [users[user]["channel"] for user in wanted]
    assert manifest.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    told = json.loads(manifest_path(target).read_text(encoding="utf-8"))
    assert (told["rows"], told["as_of"], told["snapshot"]) == (len(wanted), "2025-03-01", "fixture")
    assert told["definition"] == OFTEN
    assert told["words"] == asked.words._asdict()
    parquet = tmp_path / "members.parquet"
    export(layer, asked, parquet, attributes=attributes, as_of=EARLIER)
    with duckdb.connect() as connection:
        read = connection.execute("SELECT * FROM read_parquet($1)", [str(parquet)])
        names = [column[0] for column in read.description]
        held = [dict(zip(names, row, strict=True)) for row in read.fetchall()]
    assert names == ["user_id", *attributes]
    assert [row["user_id"] for row in held] == wanted
    assert [row["inviter_id"] for row in held] == [users[user]["inviter_id"] for user in wanted]
    assert [row["registered_at"] for row in held] == [users[user]["registered_at"] for user in wanted]
    again = export(layer, asked, target, attributes=attributes, as_of=EARLIER, replace=True)
    assert again.sha256 == manifest.sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "members.csv", "members.csv.manifest.json", "members.parquet", "members.parquet.manifest.json",
    ]  # fmt: skip


def test_birth_dates_never_leave(layer: SemanticLayer, tmp_path: Path) -> None:
    """Asked for by name they are refused; by default nothing but the id is written."""
    asked = asked_for(layer, definition=OFTEN)
    for column in ("birth_month", "birth_day"):
        with pytest.raises(PolicyError):
            export(layer, asked, tmp_path / "x.csv", attributes=["channel", column])
    assert export(layer, asked, tmp_path / "x.csv").columns == ("user_id",)


@pytest.mark.parametrize(
    ("file", "more", "code"),
    [
        ("x.txt", {}, "bad_export_file"),
        ("there.csv", {}, "file_exists"),
        ("x.csv", {"attributes": ["chanel"]}, "unknown_attribute"),
        ("x.csv", {"as_of": date(2031, 1, 1)}, "outside_data"),
        ("nowhere/x.csv", {}, "export_failed"),
    ],
)
def test_an_export_that_cannot_be_is_told(
    layer: SemanticLayer, tmp_path: Path, file: str, more: dict[str, Any], code: str
) -> None:
    """Another kind of file, one that is there, a wrong attribute or day, a folder that is not there: nothing is written."""
    (tmp_path / "there.csv").write_text("mine", encoding="utf-8")
    with pytest.raises((QueryError, WarehouseError)) as caught:
        export(layer, asked_for(layer, definition=OFTEN), tmp_path / file, **more)
    assert caught.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == "mine"


def test_a_full_disk_leaves_no_half_written_file(
    layer: SemanticLayer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old file stays as it was, and the error says that the disk is full."""
    target = tmp_path / "members.csv"
    target.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tools.segments.export.os.fsync", full)
    with pytest.raises(WarehouseError, match="the disk is full"):
        export(layer, asked_for(layer, definition=OFTEN), target, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["members.csv"]
    assert target.read_text(encoding="utf-8") == "old"


def test_stopping_an_export_leaves_nothing(layer: SemanticLayer, tmp_path: Path) -> None:
    """A stop that comes while rows are written ends it."""
    stop = Interrupter()
    stop.stop()
    with pytest.raises(WarehouseError, match="stopped"):
        export(layer, asked_for(layer, definition=OFTEN), tmp_path / "x.csv", interrupter=stop)
    assert list(tmp_path.iterdir()) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from knowledge.catalog import load_catalog
from tools.segments.asked import asked_for
from tools.segments.export import export
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse
layer = SemanticLayer(load_catalog(), Warehouse(Path(sys.argv[1])), ReceiptStore(Path(sys.argv[2])))
asked = asked_for(layer, definition={"measure": "active_days", "op": "gte", "value": 0})
export(layer, asked, Path(sys.argv[2]) / "x.csv", on_rows=lambda rows: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_killed_export_leaves_no_file_by_its_name(layer: SemanticLayer, tmp_path: Path) -> None:
    """Killed with rows written: neither the list nor its manifest is there."""
    command = [sys.executable, "-c", _KILLED, str(layer.warehouse.path), str(tmp_path)]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[3], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not (tmp_path / "x.csv").exists()
    assert not manifest_path(tmp_path / "x.csv").exists()


def test_member_lists_are_kept(world: World, layer: SemanticLayer, tmp_path: Path) -> None:
    """A snapshot of a named segment lies under the home with its manifest; the same day again is the same file."""
    asked = asked_for(layer, name="low_frequency")
    path, manifest = take_snapshot(layer, tmp_path, asked, as_of=EARLIER)
    assert take_snapshot(layer, tmp_path, asked, as_of=EARLIER)[0] == path
    (kept,) = snapshots(tmp_path, "low_frequency")
    assert (kept["rows"], kept["sha256"], kept["path"]) == (manifest.rows, manifest.sha256, str(path))
    with pytest.raises(QueryError):
        take_snapshot(layer, tmp_path, asked_for(layer, definition=OFTEN))
