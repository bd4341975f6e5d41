"""Build the index: only texts that are new are encoded, a kill costs seconds, and the old index serves until the end."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock

from knowledge.playbooks import Playbook
from tools.documents.passages import Passage
from tools.retrieval import glossary, index, store, views
from tools.retrieval.encoders import Encoder
from tools.retrieval.entries import Entry, entries
from tools.retrieval.store import Half

SAVE_SECONDS = 5.0
"""How much encoding a kill may cost."""
_BATCH = 64
"""Texts handed to an encoder at once."""


@dataclass(frozen=True)
class Progress:
    """How far a build is: texts encoded, texts to encode, and the seconds left at the speed so far (None at first)."""

    done: int
    total: int
    seconds_left: float | None


def version_of(passages_version: str, encoders: Sequence[Encoder]) -> str:
    """Return what identifies an index: its passages, its models, and how both were read."""
    words = hashlib.sha256(glossary.FILE.read_bytes()).hexdigest()[:12]
    said = [passages_version, store.FORMAT, views.VERSION, words, *((each.name, each.dimension) for each in encoders)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def build(
    home: Path,
    passages: Sequence[Passage],
    passages_version: str,
    encoders: Sequence[Encoder],
    *,
    playbooks: Mapping[str, Playbook] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> str:
    """Make the index of these passages with these encoders serve; return its version. Nothing is done where it does.

    One process builds at a time; another waits for it and then finds the work done.
    """
    version = version_of(passages_version, encoders)
    store.folder(home).mkdir(parents=True, exist_ok=True)
    with FileLock(store.folder(home) / "building.lock"):
        serving = store.manifest(home)
        if serving is not None and serving["version"] == version:
            return version
        ready = entries(passages, playbooks)
        vectors = _vectors(home, ready, encoders, progress)
        first = store.firsts(ready)
        measures = {each.name: index.measure(each, vectors[each.name][first].astype(np.float32)) for each in encoders}
        models = [{"name": each.name, "dimension": each.dimension} for each in encoders]
        about = {"passages": passages_version, "encoders": models}
        store.write(home, version, about, entries=ready, vectors=vectors, measures=measures)
        store.drop_pending(home)
    return version


def _vectors(
    home: Path, ready: Sequence[Entry], encoders: Sequence[Encoder], progress: Callable[[Progress], None] | None
) -> dict[str, Half]:
    """Return the vectors of all texts by encoder, in order; what was encoded before is not encoded again."""
    known = {each.name: store.old_vectors(home, each.name) | store.pending(home, each.name) for each in encoders}
    todo = {name: {e.views.key: e for e in ready if e.views.key not in have} for name, have in known.items()}
    clock = _Clock(sum(len(e.views.texts) for missing in todo.values() for e in missing.values()), progress)
    for encoder in encoders:
        for done in _encode(encoder, list(todo[encoder.name].values()), clock):
            store.keep_pending(home, encoder.name, done)
            known[encoder.name] |= done
    return {
        each.name: np.concatenate([known[each.name][e.views.key] for e in ready])
        if ready
        else np.zeros((0, each.dimension), np.float16)
        for each in encoders
    }


class _Clock:
    """Tells how far a build is, at most a few times a second."""

    def __init__(self, total: int, progress: Callable[[Progress], None] | None) -> None:
        self._total, self._progress, self._done = total, progress, 0
        self._start = self._told = time.monotonic()

    def add(self, texts: int) -> None:
        self._done += texts
        now = time.monotonic()
        if self._progress and (now - self._told > 0.2 or self._done == self._total):
            self._told = now
            left = (now - self._start) / self._done * (self._total - self._done)
            self._progress(Progress(self._done, self._total, left))


def _encode(encoder: Encoder, missing: Sequence[Entry], clock: _Clock) -> Iterator[dict[str, Half]]:
    """Yield the vectors of entries by key of their views, every few seconds."""
    done: dict[str, Half] = {}
    saved = time.monotonic()
    for group in _groups(missing):
        texts = [text for entry in group for text in entry.views.texts]
        rows = encoder.encode_passages(texts).astype(np.float16)
        start = 0
        for entry in group:
            done[entry.views.key] = rows[start : start + len(entry.views.texts)]
            start += len(entry.views.texts)
        clock.add(len(texts))
        if time.monotonic() - saved > SAVE_SECONDS:
            yield done
            done, saved = {}, time.monotonic()
    if done:
        yield done


def _groups(missing: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield entries in groups of about a batch of texts: no passage is encoded in two parts."""
    group: list[Entry] = []
    for entry in missing:
        group.append(entry)
        if sum(len(each.views.texts) for each in group) >= _BATCH:
            yield group
            group = []
    if group:
        yield group
