"""What each signal says of every passage for one query. Higher is better; nothing here is mixed yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.text import Language
from tools.retrieval import figures
from tools.retrieval.encoders import Encoder, Vectors
from tools.retrieval.entries import tokens
from tools.retrieval.glossary import Glossary
from tools.retrieval.index import Index, Measure, Rows
from tools.retrieval.words import plain, query_language

Scores = NDArray[np.float32]

ACROSS: Mapping[Language, float] = {"zh": 0.5, "en": 1.0}
"""How much of the centre of questions is taken off a query, by its language."""


@dataclass(frozen=True)
class Asked:
    """A query, read once.

    Attributes:
        tokens: by kind.
        figures: the kinds of figure it asks for.
        vectors: by name of the encoder, measured from the centre of questions in its language and in spreads: a dot product
            with a passage is how many standard deviations of ordinary questions it fits better.
        usual: the dot product with the middle of all passages, by name of the encoder.
        subject: how surely the query is of the field, by name of the encoder: about 1 or about -1.
    """

    tokens: Mapping[str, Sequence[str]]
    figures: frozenset[str]
    vectors: Mapping[str, Vectors]
    usual: Mapping[str, np.float32]
    subject: Mapping[str, float]


def ask(query: str, index: Index, encoders: Sequence[Encoder], glossaries: Sequence[Glossary]) -> Asked:
    """Return a query as the signals need it. The encoders are those of the index."""
    language = query_language(query)
    found = tokens(query, glossaries)
    raw: dict[str, Vectors] = {each.name: each.encode_queries([query])[0] for each in encoders}
    subject = {name: index.measures[name].subject.of(vector) for name, vector in raw.items()}
    vectors = {name: _measured(vector, language, index.measures[name]) for name, vector in raw.items()}
    usual = {name: np.float32(np.dot(vector, index.measures[name].middle)) for name, vector in vectors.items()}
    words = {kind: list(counts) for kind, counts in found.items()}
    return Asked(words, figures.asked(plain(query)), vectors, usual, subject)


def _measured(vector: Vectors, language: Language, measure: Measure) -> Vectors:
    away = vector - np.float32(ACROSS[language]) * measure.centres[language]
    return (away / np.float32(measure.spread)).astype(np.float32)


def lexical(asked: Asked, index: Index) -> dict[str, Scores]:
    """Return how much of the query each passage covers: in words, pairs of characters and notions."""
    return {kind: postings.coverage(asked.tokens[kind]) for kind, postings in index.postings.items()}


def coarse(asked: Asked, index: Index) -> dict[str, Scores]:
    """Return how well each whole passage fits, by encoder."""
    return {f"{name}:whole": index.wholes[name] @ query - asked.usual[name] for name, query in asked.vectors.items()}


def fine(asked: Asked, index: Index, chosen: Rows) -> dict[str, Scores]:
    """Return how well the best sentence of chosen passages fits, by encoder."""
    if not len(chosen):
        return {f"{name}:sentence": np.zeros(0, np.float32) for name in asked.vectors}
    rows, starts = index.sentences.of(chosen)
    return {
        f"{name}:sentence": np.maximum.reduceat(index.vectors[name][rows] @ query, starts) - asked.usual[name]
        for name, query in asked.vectors.items()
    }


def stated(asked: Asked, index: Index, chosen: Rows) -> Scores:
    """Return how far chosen passages state the kind of figure that is asked for."""
    if not asked.figures:
        return np.zeros(len(chosen), np.float32)
    return np.array([figures.agreement(asked.figures, index.figures[i]) for i in chosen], np.float32)
