"""The index in memory: passages, their vectors by encoder, their words; and what each signal says of them for a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from knowledge.text import Language
from tools.documents.passages import Passage
from tools.retrieval.encoders import Encoder, Vectors
from tools.retrieval.labels import Labels
from tools.retrieval.postings import Postings

KINDS = ("words", "pairs", "notions")
_SAMPLE = 5_000
"""Passages that the spread is told from."""
_LEAST_SPREAD = 1e-3
"""A shelf of one passage has no spread."""
_QUESTIONS = Path(__file__).with_name("questions.yaml")
_NEAREST = 5
"""How many of the known questions a query is compared with on either side."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """Which vectors are what of each passage: ``rows[starts[i]:starts[i + 1]]`` are those of passage i."""

    rows: Rows
    starts: Rows

    def of(self, chosen: Rows) -> tuple[Rows, Rows]:
        """Return the rows of chosen passages one after the other, and where those of each start."""
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        starts = np.cumsum(lengths) - lengths
        steps = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
        return self.rows[np.repeat(self.starts[chosen], lengths) + steps], starts


@dataclass(frozen=True)
class Subject:
    """What tells questions of the field from others, by the vectors of questions whose subject is known."""

    ordinary: Vectors
    elsewhere: Vectors
    middle: float
    half: float

    def of(self, query: Vectors) -> float:
        """Return how surely a query is of the field: about 1 for an ordinary question, about -1 for one of another field."""
        return (self.margin(query) - self.middle) / self.half

    def margin(self, query: Vectors, skip: int = -1) -> float:
        """Return how much nearer a query is to the ordinary questions; ``skip`` is one of all that is left out."""
        cosines = np.concatenate([self.ordinary, self.elsewhere]) @ query
        if skip >= 0:
            cosines[skip] = -1.0
        inside, outside = np.split(cosines, [len(self.ordinary)])
        return float(np.sort(inside)[-_NEAREST:].mean() - np.sort(outside)[-_NEAREST:].mean())


@dataclass(frozen=True)
class Measure:
    """What cosines of an encoder are measured by: they differ between encoders, languages and shelves.

    Attributes:
        centres: the mean vector of ordinary questions, by language.
        middle: the mean vector of the passages.
        spread: standard deviation of the cosines of ordinary questions with the passages, each question from its own mean.
        subject: what tells questions of the field from others.
    """

    centres: Mapping[Language, Vectors]
    middle: Vectors
    spread: float
    subject: Subject


@dataclass(frozen=True)
class Index:
    """Everything that a search reads.

    Attributes:
        passages, playbooks, labels: by passage; ``playbooks`` has the id of the playbook of our own shelf, or is empty.
        figures: the kinds of figure that each passage states.
        whole: the vector row of each passage's whole text.
        sentences: the vector rows of its sentences.
        vectors: unit vectors of all texts, by name of the encoder.
        wholes: those of the whole passages, together in memory.
        measures: what cosines are measured by, by name of the encoder.
        postings: by kind of token.
        version: what identifies it; anything kept of it is worthless under another.
    """

    passages: Sequence[Passage]
    playbooks: Sequence[str]
    labels: Sequence[Labels]
    figures: Sequence[frozenset[str]]
    whole: Rows
    sentences: Spans
    vectors: Mapping[str, Vectors]
    wholes: Mapping[str, Vectors]
    measures: Mapping[str, Measure]
    postings: Mapping[str, Postings]
    version: str


@dataclass(frozen=True)
class Known:
    """Questions with known subjects, by language.

    Attributes:
        ordinary: of the field.
        elsewhere: of other fields, and noise.
    """

    ordinary: Mapping[Language, Sequence[str]]
    elsewhere: Mapping[Language, Sequence[str]]


@lru_cache(maxsize=1)
def known_questions() -> Known:
    """Return the questions that queries are measured by."""
    read = yaml.load(_QUESTIONS.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return Known(read["ordinary"], read["elsewhere"])


def measure(encoder: Encoder, wholes: Vectors) -> Measure:
    """Return what cosines with these passages are measured by."""
    known = known_questions()
    by_language = {language: encoder.encode_queries(list(texts)) for language, texts in known.ordinary.items()}
    centres = {language: vectors.mean(axis=0) for language, vectors in by_language.items()}
    ordinary = np.concatenate(list(by_language.values()))
    elsewhere = encoder.encode_queries([text for texts in known.elsewhere.values() for text in texts])
    subject = _subject(ordinary, elsewhere)
    if not len(wholes):
        return Measure(centres, np.zeros(encoder.dimension, np.float32), 1.0, subject)
    around = np.concatenate([vectors - centres[language] for language, vectors in by_language.items()])
    cosines = around @ wholes[:_SAMPLE].T
    spread = float((cosines - cosines.mean(axis=1, keepdims=True)).std())
    return Measure(centres, wholes.mean(axis=0), max(spread, _LEAST_SPREAD), subject)


def _subject(ordinary: Vectors, elsewhere: Vectors) -> Subject:
    """Return what tells the field from elsewhere: half-way between the two kinds of known questions, each left out once."""
    bare = Subject(ordinary, elsewhere, 0.0, 1.0)
    inside = np.array([bare.margin(vector, skip=i) for i, vector in enumerate(ordinary)])
    outside = np.array([bare.margin(vector, skip=len(ordinary) + i) for i, vector in enumerate(elsewhere)])
    middle = float(inside.mean() + outside.mean()) / 2
    return Subject(ordinary, elsewhere, middle, max(float(inside.mean() - outside.mean()) / 2, _LEAST_SPREAD))
