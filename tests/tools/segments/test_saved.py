"""Segments that people save: names, versions, references, whole files, and their use in metrics."""

from __future__ import annotations

import errno
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import PolicyError, QueryError, WarehouseError, YunceError
from knowledge.segments.saved import SavedSegments
from tests.tools.segments.plain_world import DAYS, START, Evaluator, World, random_world
from tests.tools.warehouse_fixture import build_warehouse
from tools.build_segment import SegmentParams, build_segment
from tools.segments.keeping import check_saved, keep
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import Filter, MetricQuery
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.tool import ToolContext
from tools.toolbox import CALCULATIONS
from tools.warehouse.door import Interrupter, Warehouse

LAST = date.fromordinal(START.toordinal() + DAYS)
LIKES = {"did": "like", "op": "gte", "times": 1}
SHARES = {"did": "share", "op": "gte", "times": 1}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """A random world and its serving file."""
    made = random_world(11)
    path = build_warehouse(tmp_path_factory.mktemp("world"), made.tables, data_start=START, as_of=LAST)
    return made, path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    return tmp_path


def layer_of(world: tuple[World, Path], home: Path) -> SemanticLayer:
    """Return the layer with the catalog as the home has it now."""
    return SemanticLayer(load_catalog(home), Warehouse(world[1]), ReceiptStore(home))


@pytest.fixture
def save(world: tuple[World, Path], home: Path) -> Any:
    """Save a definition under a name, with a catalog read anew."""
    return lambda name, definition, **more: keep(
        layer_of(world, home), SavedSegments(home), name, definition, **{"owner": "Li", **more}
    )


def test_a_segment_is_saved_changed_and_deleted(world: tuple[World, Path], home: Path, save: Any) -> None:
    """Each change is a version that stays; old receipts hold after a change and after deleting."""
    first = save("爱点赞", LIKES)
    assert (first.saved.owner, first.saved.current.number) == ("Li", 1)
    layer = layer_of(world, home)
    named = build_segment(ToolContext(layer, "zh", Interrupter()), SegmentParams(name="爱点赞"))
    assert named.rows == first.size.rows
    assert "第 1 版" in named.notes[0].zh
    second = save("爱点赞", SHARES, replace=True, owner="Wang")
    assert [(v.number, v.by) for v in second.saved.versions] == [(1, "Li"), (2, "Wang")]
    assert second.saved.owner == "Li"
    assert second.size.rows != first.size.rows
    assert verify(layer.receipts.load(named.receipt), layer.warehouse, CALCULATIONS).outcome == "holds"
    SavedSegments(home).delete("爱点赞")
    assert "爱点赞" not in load_catalog(home).segments
    assert verify(layer.receipts.load(named.receipt), layer.warehouse, CALCULATIONS).outcome == "holds"
    assert [path.suffix for path in (home / "segments" / "deleted").iterdir()] == [".json"]
    save("爱点赞", LIKES)  # the name is free again


def test_a_saved_segment_is_a_filter_a_split_and_a_part(world: tuple[World, Path], home: Path, save: Any) -> None:
    """In metrics, and inside other definitions, as a ready-made one is."""
    save("likers", LIKES)
    save("both", {"all": [{"segment": "LIKERS"}, SHARES]})
    layer = layer_of(world, home)
    assert layer.catalog.segments["both"].definition.model_dump(by_alias=True)["all"][0] == {"segment": "likers"}
    evaluator = Evaluator(world[0], LAST)
    wanted = evaluator.members({"all": [LIKES, SHARES]})
    query = MetricQuery(
        metrics=("total_users",), start=LAST, end=LAST, filters=(Filter(dimension="segment", values=("both",)),)
    )
    assert layer.run(query).rows == ((len(wanted),),)
    split = layer.run(MetricQuery(metrics=("total_users",), start=LAST, end=LAST, dimensions=("segment",)))
    assert dict(split.rows)["likers"] == len(evaluator.members(LIKES))
    with pytest.raises(QueryError, match="both") as caught:
        SavedSegments(home).delete("likers")
    assert caught.value.code == "segment_in_use"


_NAMES = {
    "bad_name": ("", "   ", "x" * 300, "a/b", "a\\b", 'say "hi"', "it's", "“引号”", "a\nb", "..", "-x"),
    "name_taken": ("koc", "ＫＯＣ", "沉睡用户", "Taken"),
}


def test_a_name_that_does_not_fit_is_refused(save: Any, home: Path) -> None:
    """Empty, long, with slashes or quotes, or taken in any spelling: said, and nothing is written."""
    save("taken", LIKES)
    for code, names in _NAMES.items():
        for name in names:
            with pytest.raises(QueryError) as caught:
                save(name, SHARES)
            assert caught.value.code == code, name
    assert list(SavedSegments(home).all()) == ["taken"]


def test_a_definition_never_leads_back_to_itself(save: Any, home: Path) -> None:
    """Directly, or through others; and a reference that leads nowhere is named with the nearest."""
    with pytest.raises(QueryError) as caught:
        save("me", {"not": {"segment": "me"}})
    assert caught.value.code == "segment_cycle"
    save("a", LIKES)
    save("b", {"segment": "a"})
    save("c", {"not": {"segment": "b"}})
    with pytest.raises(QueryError, match="a → c → b → a") as caught:
        save("a", {"any": [SHARES, {"segment": "c"}]}, replace=True)
    assert caught.value.code == "segment_cycle"
    with pytest.raises(QueryError) as caught:
        save("d", {"segment": "aa"})
    assert caught.value.code == "unknown_segment"
    assert list(SavedSegments(home).all()) == ["a", "b", "c"]


def test_files_that_lead_in_a_circle_are_left_out_and_told(save: Any, home: Path) -> None:
    """Edited by hand or damaged: the others serve, the fault has its place."""
    save("good", LIKES)
    save("a", LIKES)
    save("b", {"segment": "a"})
    store = SavedSegments(home)
    path = store._path("a")
    data = json.loads(path.read_text(encoding="utf-8"))
    data["versions"][0]["definition"] = {"segment": "b"}
    path.write_text(json.dumps(data), encoding="utf-8")
    (home / "segments" / "broken.json").write_text('{"name": "x"', encoding="utf-8")
    catalog = load_catalog(home)
    assert "good" in catalog.segments
    assert not {"a", "b", "x"} & set(catalog.segments)
    assert any("a → b → a" in fault.text.en or "b → a → b" in fault.text.en for fault in catalog.faults)
    assert any(fault.file.name == "broken.json" for fault in catalog.faults)


def test_a_full_disk_loses_nothing(save: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old version stays, no half-written file is left, and the error says what to do."""
    save("mine", LIKES)
    before = sorted(path.name for path in (home / "segments").iterdir())

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("knowledge.segments.saved.os.fsync", full)
    for replace in (True, False):
        with pytest.raises(WarehouseError, match="unchanged") as caught:
            save("mine" if replace else "other", SHARES, replace=replace)
        assert caught.value.code == "segment_not_saved"
    monkeypatch.undo()
    assert sorted(path.name for path in (home / "segments").iterdir()) == before
    assert SavedSegments(home).get("mine").current.number == 1


def test_what_a_killed_save_left_is_no_segment(save: Any, home: Path) -> None:
    """A temporary file of a process that was killed is not read."""
    save("mine", LIKES)
    (home / "segments" / ".new-abc").write_text('{"name": "half', encoding="utf-8")
    assert list(SavedSegments(home).all()) == ["mine"]
    assert not SavedSegments(home).damaged()


def test_ready_made_segments_cannot_be_changed(save: Any, home: Path, world: tuple[World, Path]) -> None:
    """Neither saved over nor deleted; an owner must be named."""
    catalog = load_catalog(home)
    with pytest.raises(PolicyError):
        check_saved(SavedSegments(home), "koc", catalog)
    for wrong in ({"name": "koc", "replace": True}, {"name": "x", "owner": " "}):
        with pytest.raises(YunceError):
            save(wrong.pop("name"), LIKES, **wrong)
    assert SavedSegments(home).all() == {}
