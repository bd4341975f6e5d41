"""The index: built once, only what is new is encoded, a kill costs little, models never mix, the old one serves till the end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tools.retrieval.small_shelf import CharacterEncoder, small_shelf
from tools.documents.model import Passage
from tools.retrieval import build, store
from tools.retrieval.build import Progress
from tools.retrieval.entries import vocabulary
from tools.retrieval.search import Searcher


def made(home: Path, passages: list[Passage], version: str, encoder: CharacterEncoder) -> int:
    """Build, and return how many texts were encoded for it."""
    before = encoder.encoded
    build.build(home, passages, version, [encoder], playbooks={})
    return encoder.encoded - before


def test_only_new_passages_are_encoded_and_a_second_build_does_nothing(tmp_path: Path) -> None:
    """Adding one passage encodes one; removing encodes none; the same again encodes none."""
    encoder, shelf = CharacterEncoder(), small_shelf()
    first = made(tmp_path, shelf[:-1], "a", encoder)
    assert first >= len(shelf) - 1
    assert made(tmp_path, shelf[:-1], "a", encoder) == 0
    assert 1 <= made(tmp_path, shelf, "b", encoder) <= 2
    assert made(tmp_path, shelf[2:], "c", encoder) == 0
    index = store.read(tmp_path)
    assert index is not None
    assert [each.id for each in index.passages] == [each.id for each in shelf[2:]]
    own = encoder.encode_passages([each.text for each in shelf[2:]])
    assert np.allclose(index.wholes[encoder.name], own, atol=1e-3)


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_killed_build_goes_on_and_the_old_index_serves_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was encoded before the kill is not encoded again, and nothing half-built is ever read."""
    encoder, shelf = CharacterEncoder(), small_shelf()
    made(tmp_path, shelf[:1], "a", encoder)
    monkeypatch.setattr(build, "SAVE_SECONDS", -1.0)
    monkeypatch.setattr(build, "_BATCH", 1)

    def kill(told: Progress) -> None:
        if told.done >= 4:
            raise Killed

    before = encoder.encoded
    monkeypatch.setattr(
        build._Clock, "add", lambda self, texts: (_count(self, texts), kill(Progress(self._done, self._total, None)))
    )
    with pytest.raises(Killed):
        build.build(tmp_path, shelf, "b", [encoder], playbooks={})
    monkeypatch.undo()
    lost = encoder.encoded - before
    old = store.read(tmp_path)
    assert old is not None
    assert len(old.passages) == 1
    whole = made(tmp_path, shelf, "b", encoder)
    index = store.read(tmp_path)
    assert index is not None
    assert len(index.passages) == len(shelf)
    assert 0 < whole < lost + whole - 2, "what was saved before the kill was used"
    assert not (store.folder(tmp_path) / "pending").exists()
    assert len(list(store.folder(tmp_path).glob("g-*"))) == 1


def _count(clock: build._Clock, texts: int) -> None:
    clock._done += texts


def test_another_model_builds_another_index(tmp_path: Path) -> None:
    """Vectors of two models never meet: all are encoded again, and the manifest names the model."""
    shelf = small_shelf()
    made(tmp_path, shelf, "a", CharacterEncoder())
    other = CharacterEncoder("characters/2", 32)
    assert made(tmp_path, shelf, "a", other) >= len(shelf)
    about = store.manifest(tmp_path)
    assert about is not None
    assert about["encoders"] == [{"name": "characters/2", "dimension": 32}]
    index = store.read(tmp_path)
    assert index is not None
    assert set(index.vectors) == {"characters/2"}


def test_damage_is_no_crash(tmp_path: Path) -> None:
    """A broken pointer, manifest or leftover of a build counts as none: everything is built again."""
    encoder, shelf = CharacterEncoder(), small_shelf()[:2]
    made(tmp_path, shelf, "a", encoder)
    (store.folder(tmp_path) / "pending").mkdir()
    (store.folder(tmp_path) / "pending" / "cut.npz").write_bytes(b"PK\x03\x04 cut short")
    (store.folder(tmp_path) / "current.json").write_text("{", encoding="utf-8")
    assert store.read(tmp_path) is None
    made(tmp_path, shelf, "b", encoder)
    assert store.read(tmp_path) is not None
    path = Path(str((store.manifest(tmp_path) or {})["folder"])) / "manifest.json"
    path.write_text(json.dumps({"format": -1}), encoding="utf-8")
    assert store.read(tmp_path) is None


def test_an_empty_shelf_answers_with_nothing(tmp_path: Path) -> None:
    """No passages is no error."""
    encoder = CharacterEncoder()
    made(tmp_path, [], "a", encoder)
    index = store.read(tmp_path)
    assert index is not None
    assert Searcher.of(index, [encoder], vocabulary()).search("怎么召回") == []
