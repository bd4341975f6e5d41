"""How well and how fast playbooks are searched: ``python -m benchmarks.retrieval quality FILE…`` or ``speed``.

``quality`` reads retrieval sets ({"id", "lang", "query", "relevant": [{"source", "must_contain"}]} a line) and scores them on
the shelf of YUNCE_HOME: each signal alone, all mixed, and the search as it is. ``speed`` times searches over passages made up
for it, 1,000 and 100,000 of them, with the packaged encoders for the queries and random vectors for the passages.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from assistant.evaluation.questions import Lookup, read_set
from assistant.evaluation.retrieval import score_search
from assistant.settings import read_settings
from tools.documents.model import Passage
from tools.retrieval import signals
from tools.retrieval.citations import citations
from tools.retrieval.encoders import Vectors, packaged_encoders
from tools.retrieval.entries import tokens, vocabulary
from tools.retrieval.index import KINDS, Index, Spans, known_questions, measure
from tools.retrieval.labels import Labels
from tools.retrieval.library import library
from tools.retrieval.postings import index as postings_of
from tools.retrieval.search import Searcher
from tools.retrieval.weights import Weights

ALONE: dict[str, Callable[[str], bool]] = {
    "BM25 (words and pairs)": lambda name: name in {"words", "pairs"},
    "glossary": lambda name: name == "notions",
    "USE": lambda name: name.startswith("use:"),
    "e5": lambda name: name.startswith("e5:"),
    "fused, wholes only": lambda name: not name.endswith(":sentence") and name != "figure",
    "fused and read closely": lambda _: True,
}
"""Which signals each row of the table is made of."""


def quality(files: Sequence[Path]) -> None:
    """Print recall and MRR by language for each signal alone, mixed, and the search as it is."""
    settings = read_settings()
    searcher = library(settings.home, settings.embedding_model).searcher()
    for file in files:
        lookups = [each for each in read_set(file) if isinstance(each, Lookup)]
        for name, keep in ALONE.items():
            weights = {key: value for key, value in searcher.weights.by_signal.items() if keep(key)}
            mixed = replace(searcher.weights, by_signal=MappingProxyType(weights))
            _row(file, name, lookups, lambda query, k, w=mixed: _ranked(searcher, w, query, k))
        _row(file, "the search", lookups, lambda query, k: citations(searcher.search(query, k)))


def _ranked(searcher: Searcher, weights: Weights, query: str, limit: int) -> list[dict[str, object]]:
    """Return the documents' passages in the order of these weights, without threshold or collapsing."""
    asked = signals.ask(query, searcher.index, searcher.encoders, searcher.glossaries)
    chosen, said = searcher.measure(asked)
    scores = np.where(said["shelf"] == 0, weights.mix(said), -np.inf)
    best = [searcher.index.passages[int(chosen[i])] for i in np.argsort(-scores, kind="stable")[:limit]]
    return [{"source": each.source, "passage": each.text} for each in best]


def _row(file: Path, name: str, lookups: Sequence[Lookup], search: Callable[[str, int], object]) -> None:
    for group, found in score_search(lookups, search).items():  # type: ignore[arg-type]
        if group in {"all", "zh", "en"}:
            recall = " ".join(f"@{k} {value:.3f}" for k, value in found.recall.items())
            print(f"{file.stem:18} {name:24} {group:4} {recall} MRR {found.mrr:.3f} ({found.queries})")


def speed() -> None:
    """Print the median time of a warm search."""
    encoders, glossaries = packaged_encoders(), vocabulary()
    questions = [text for texts in known_questions().ordinary.values() for text in texts]
    for count in (1_000, 100_000):
        searcher = Searcher.of(_made_up(count, {each.name: each.dimension for each in encoders}), encoders, glossaries)
        times = []
        for question in questions:
            start, busy = time.perf_counter(), time.process_time()
            searcher.search(question)
            times.append((time.perf_counter() - start, time.process_time() - busy))
        wall, cpu = (statistics.median(each) * 1000 for each in zip(*times, strict=True))
        print(f"{count:7,} passages: {wall:.0f} ms a search (median), {cpu:.0f} ms of processor time")


def _made_up(count: int, dimensions: dict[str, int], sentences: int = 2) -> Index:
    """Return an index of passages with random vectors and words drawn from ordinary questions."""
    random = np.random.default_rng(7)
    every = [tokens(text, vocabulary()) for texts in known_questions().ordinary.values() for text in texts]
    drawn = random.integers(0, len(every), (count, 3))
    words = {kind: [sum((every[i][kind] for i in row), Counter()) for row in drawn] for kind in KINDS}
    vectors: dict[str, Vectors] = {}
    for name, dimension in dimensions.items():
        rows = random.standard_normal((count * (1 + sentences), dimension), dtype=np.float32)
        vectors[name] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    whole = np.arange(count, dtype=np.int64) * (1 + sentences)
    said = np.delete(np.arange(count * (1 + sentences), dtype=np.int64), whole)
    wholes = {name: np.ascontiguousarray(rows[whole]) for name, rows in vectors.items()}
    return Index(
        passages=[
            Passage(f"p{i}", f"d{i}", f"{i}.txt", "", (), "", f"第{i}段 {random.bytes(40).hex()}") for i in range(count)
        ],
        playbooks=[""] * count,
        labels=[Labels()] * count,
        figures=[frozenset({"share", "amount"})] * count,
        whole=whole,
        sentences=Spans(said, np.arange(0, count * sentences + 1, sentences, dtype=np.int64)),
        vectors=vectors,
        wholes=wholes,
        measures={each.name: measure(each, wholes[each.name]) for each in packaged_encoders()},
        postings={kind: postings_of(words[kind]) for kind in KINDS},
        version="made up",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["quality"] and sys.argv[2:]:
        quality([Path(name) for name in sys.argv[2:]])
    elif sys.argv[1:] == ["speed"]:
        speed()
    else:
        sys.exit(__doc__)
