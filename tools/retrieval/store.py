"""The index on disk: one folder a generation, a pointer that is replaced whole, and vectors that outlive both.

- ``index/current.json``: which generation serves.
- ``index/g-<version>/``: passages.jsonl, spans.npz, postings.npz, vectors-<n>.npy, measure-<n>.npz, manifest.json.
- ``index/pending/``: vectors encoded so far by a build that has not finished; a killed build goes on from here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from knowledge.text import Language
from tools.documents.passages import Fact, Passage
from tools.retrieval.entries import Entry
from tools.retrieval.index import KINDS, Index, Measure, Rows, Spans, Subject
from tools.retrieval.labels import Labels
from tools.retrieval.postings import Postings, index

FORMAT = 2
"""Changed with the files: an index of another format is built again."""

SHIPPED = Path(__file__).with_name("vectors")
"""Vectors of our own shelf that come with the package: without them the first search would encode for minutes."""

Half = NDArray[np.float16]


def folder(home: Path) -> Path:
    """Return where the index of a workspace lives."""
    return home / "playbooks" / "index"


def write_json(path: Path, content: Any) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def manifest(home: Path) -> dict[str, Any] | None:
    """Return what the serving generation says of itself, or None where none serves (or none of this format)."""
    about = _current(home)
    return about if about and about.get("format") == FORMAT else None


def _current(home: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        current = json.loads((folder(home) / "current.json").read_text(encoding="utf-8"))
        path = folder(home) / str(current["generation"])
        read: dict[str, Any] = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        return read | {"folder": str(path)}
    return None


def write(
    home: Path,
    version: str,
    about: Mapping[str, Any],
    *,
    entries: list[Entry],
    vectors: Mapping[str, Half],
    measures: Mapping[str, Measure],
) -> None:
    """Write a generation and let it serve; then remove the ones before. Until the pointer moves, the old one serves."""
    root = folder(home)
    path = root / f"g-{version}"
    making = root / f"making-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    with (making / "passages.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_row(entry), ensure_ascii=False) + "\n" for entry in entries)
    _save(making / "spans.npz", _spans(entries))
    _save(making / "postings.npz", _postings(entries))
    names = sorted(vectors)
    for number, name in enumerate(names):
        np.save(making / f"vectors-{number}.npy", vectors[name])
    for number, name in enumerate(names):
        _save(making / f"measure-{number}.npz", _parts(measures[name]))
    keys = [entry.views.key for entry in entries]
    write_json(making / "manifest.json", {"format": FORMAT, "version": version, "names": names, "keys": keys, **about})
    shutil.rmtree(path, ignore_errors=True)
    making.replace(path)
    write_json(root / "current.json", {"generation": path.name})
    for old in root.glob("*-*"):
        if old.is_dir() and old != path:
            shutil.rmtree(old, ignore_errors=True)


def _save(path: Path, arrays: Mapping[str, Any]) -> None:
    save: Any = np.savez  # its stub takes the first keyword for an option
    save(path, **arrays)


def read(home: Path) -> Index | None:
    """Return the serving index, or None where there is none. A generation replaced while it is read is read again."""
    for _ in range(3):
        about = manifest(home)
        if about is None:
            return None
        with suppress(FileNotFoundError):
            return _read(Path(about["folder"]), about)
    return None


def _read(path: Path, about: Mapping[str, Any]) -> Index:
    lines = (path / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    names = about["names"]
    vectors = {name: np.load(path / f"vectors-{n}.npy").astype(np.float32) for n, name in enumerate(names)}
    with np.load(path / "spans.npz") as spans:
        whole = spans["whole"]
        sentences = Spans(spans["sentence_rows"], spans["sentence_starts"])
    return Index(
        passages=[_passage(row) for row in rows],
        playbooks=[row["playbook"] for row in rows],
        labels=[Labels(tuple(row["stages"]), tuple(row["segments"])) for row in rows],
        figures=[frozenset(row["figures"]) for row in rows],
        whole=whole,
        sentences=sentences,
        vectors=vectors,
        wholes={name: np.ascontiguousarray(matrix[whole]) for name, matrix in vectors.items()},
        measures={name: _measure(path / f"measure-{n}.npz") for n, name in enumerate(names)},
        postings=_read_postings(path / "postings.npz", len(rows)),
        version=about["version"],
    )


def old_vectors(home: Path, name: str) -> dict[str, Half]:
    """Return the vectors of an encoder that there are already, by key of the views.

    Those that come with our own shelf, and those of the serving generation, whatever its format: vectors outlive it.
    """
    found = _kept(shipped(name), name)
    about = _current(home)
    if about is not None:
        with suppress(OSError, ValueError, KeyError):
            number = about["names"].index(name)
            matrix = np.load(Path(about["folder"]) / f"vectors-{number}.npy")
            with np.load(Path(about["folder"]) / "spans.npz") as spans:
                bounds = [*spans["whole"], len(matrix)]
            found |= {key: matrix[bounds[i] : bounds[i + 1]] for i, key in enumerate(about["keys"])}
    return found


def _kept(path: Path, name: str) -> dict[str, Half]:
    """Return the vectors of one file written by ``keep``; a file cut short or of another encoder counts for nothing."""
    with suppress(OSError, ValueError, KeyError, EOFError, BadZipFile), np.load(path) as file:
        if str(file["name"]) == name:
            bounds, matrix = file["bounds"], file["matrix"]
            return {str(key): matrix[bounds[i] : bounds[i + 1]] for i, key in enumerate(file["keys"])}
    return {}


def shipped_vectors(name: str) -> dict[str, Half]:
    """Return the vectors of our own shelf that come with the package, by key of the views."""
    return _kept(shipped(name), name)


def shipped(name: str) -> Path:
    """Return the file of vectors of our own shelf that comes with the package, for an encoder."""
    return SHIPPED / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.npz"


def pending(home: Path, name: str) -> dict[str, Half]:
    """Return the vectors that an unfinished build has encoded."""
    found: dict[str, Half] = {}
    for path in sorted((folder(home) / "pending").glob("*.npz")):
        found |= _kept(path, name)
    return found


def keep(root: Path, name: str, done: Mapping[str, Half], file: str | None = None) -> None:
    """Write vectors down, whole or not at all, under a name of their own or ``file``."""
    root.mkdir(parents=True, exist_ok=True)
    bounds = np.cumsum([0, *(len(rows) for rows in done.values())])
    handle, made = tempfile.mkstemp(dir=root, suffix=".new")
    with os.fdopen(handle, "wb") as out:
        keys, matrix = np.array(list(done)), np.concatenate(list(done.values()))
        np.savez_compressed(out, name=np.array(name), keys=keys, bounds=bounds, matrix=matrix)
    Path(made).chmod(0o644)
    Path(made).replace(root / file if file else Path(made).with_suffix(".npz"))


def keep_pending(home: Path, name: str, done: Mapping[str, Half]) -> None:
    """Write vectors down for a build to go on from."""
    keep(folder(home) / "pending", name, done)


def drop_pending(home: Path) -> None:
    """Remove what an unfinished build left."""
    shutil.rmtree(folder(home) / "pending", ignore_errors=True)


def _measure(path: Path) -> Measure:
    with np.load(path) as file:
        centres: dict[Language, NDArray[np.float32]] = {"zh": file["zh"], "en": file["en"]}
        subject = Subject(file["ordinary"], file["elsewhere"], float(file["half_way"]), float(file["half"]))
        return Measure(centres, file["middle"], float(file["spread"]), subject)


def _parts(measure: Measure) -> dict[str, Any]:
    subject = measure.subject
    about = {
        "ordinary": subject.ordinary,
        "elsewhere": subject.elsewhere,
        "half_way": subject.middle,
        "half": subject.half,
    }
    centres = {"zh": measure.centres["zh"], "en": measure.centres["en"]}
    return {**centres, "middle": measure.middle, "spread": measure.spread, **about}


def _row(entry: Entry) -> dict[str, Any]:
    labels = {"stages": entry.labels.stages, "segments": entry.labels.segments}
    return {"playbook": entry.playbook, **labels, "figures": sorted(entry.figures), "passage": asdict(entry.passage)}


def _passage(row: Mapping[str, Any]) -> Passage:
    fields = dict(row["passage"])
    facts = tuple(Fact(**fact) for fact in fields.pop("facts", ()))
    return Passage(**{**fields, "section": tuple(fields["section"])}, facts=facts)


def firsts(entries: list[Entry]) -> Rows:
    """Return the vector row of each entry's whole text."""
    return np.cumsum([0, *(len(entry.views.texts) for entry in entries)], dtype=np.int64)[:-1]


def _spans(entries: list[Entry]) -> dict[str, Rows]:
    first = firsts(entries)
    out: dict[str, Rows] = {"whole": first}
    places = [entry.views.sentences for entry in entries]
    out["sentence_rows"] = np.array([int(first[i]) + place for i, of in enumerate(places) for place in of], np.int64)
    out["sentence_starts"] = np.cumsum([0, *map(len, places)]).astype(np.int64)
    return out


def postings(entries: list[Entry]) -> dict[str, Postings]:
    """Return the postings of entries by kind of token."""
    return {kind: index([Counter(entry.tokens[kind]) for entry in entries]) for kind in KINDS}


def _postings(entries: list[Entry]) -> dict[str, NDArray[Any]]:
    out: dict[str, NDArray[Any]] = {}
    for kind, made in postings(entries).items():
        out[f"{kind}_vocabulary"] = np.array("\n".join(made.vocabulary))
        out |= {f"{kind}_starts": made.starts, f"{kind}_rows": made.rows, f"{kind}_weights": made.weights}
    return out


def _read_postings(path: Path, passages: int) -> dict[str, Postings]:
    out = {}
    with np.load(path) as file:
        for kind in KINDS:
            words = str(file[f"{kind}_vocabulary"]).split("\n")
            vocabulary = {word: place for place, word in enumerate(words)} if words != [""] else {}
            parts = file[f"{kind}_starts"], file[f"{kind}_rows"], file[f"{kind}_weights"]
            out[kind] = Postings(vocabulary, *parts, passages)
    return out
