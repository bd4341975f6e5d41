"""BM25 over token lists, exact, in numpy: which passages hold a query's tokens, and how much of the query they cover.

Of the kept libraries, rank-bm25 has rested since 2022 and scores every passage in Python; bm25s is kept and fast but takes a
second to import (scipy), and neither gives what is needed here: the share of the query that is covered. Plain BM25 has no
upper end, so a question that shares one chance word with a passage would look as sure as one that shares them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.5
UNKNOWN = 2.0
"""Added to what a whole query weighs: a query of one word is not fully covered by it, whatever the word."""


@dataclass(frozen=True)
class Postings:
    """The passages of each token with the weight it has there.

    Attributes:
        vocabulary: place of each token in ``starts``.
        starts: where a token's rows start; one more at the end.
        rows: passage numbers, by token.
        weights: BM25 weight of the token in that passage.
        passages: how many there are.
    """

    vocabulary: Mapping[str, int]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    passages: int

    def rarity(self, token: str) -> float:
        """Return the inverse document frequency of a token; that of one found nowhere is the highest."""
        place = self.vocabulary.get(token)
        found = 0 if place is None else int(self.starts[place + 1] - self.starts[place])
        return float(np.log1p((self.passages - found + 0.5) / (found + 0.5)))

    def coverage(self, tokens: Iterable[str]) -> NDArray[np.float32]:
        """Return for each passage its BM25 score over what the whole query weighs: 0 for nothing, about 1 for everything."""
        scores = np.zeros(self.passages, np.float32)
        whole = UNKNOWN
        for token in dict.fromkeys(tokens):
            rarity = self.rarity(token)
            whole += rarity
            place = self.vocabulary.get(token)
            if place is not None:
                span = slice(self.starts[place], self.starts[place + 1])
                scores[self.rows[span]] += rarity * self.weights[span]
        return scores / np.float32(whole)


def index(texts: Sequence[Counter[str]]) -> Postings:
    """Return the postings of passages given as tokens with their counts."""
    lengths = np.array([sum(each.values()) for each in texts], np.float32)
    usual = float(lengths.mean()) if len(lengths) else 1.0
    vocabulary: dict[str, int] = {}
    places: list[int] = []
    rows: list[int] = []
    counts: list[int] = []
    for row, each in enumerate(texts):
        for token, count in each.items():
            places.append(vocabulary.setdefault(token, len(vocabulary)))
            rows.append(row)
            counts.append(count)
    order = np.argsort(np.array(places, np.int64), kind="stable")
    sorted_rows = np.array(rows, np.int32)[order]
    tf = np.array(counts, np.float32)[order]
    norm = K1 * (1 - B + B * lengths[sorted_rows] / max(usual, 1e-6)) if len(tf) else tf
    starts = np.zeros(len(vocabulary) + 1, np.int64)
    np.cumsum(np.bincount(np.array(places, np.int64), minlength=len(vocabulary)), out=starts[1:])
    return Postings(vocabulary, starts, sorted_rows, (tf * (K1 + 1) / (tf + norm)).astype(np.float32), len(texts))
