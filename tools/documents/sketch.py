"""Near-duplicates: how much of one text stands in another, by a sample of its five-character shingles."""

from __future__ import annotations

import re
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

_WORDS = re.compile(r"[^\W_]", re.UNICODE)
_FIGURES = re.compile(r"\d+(?:\.\d+)?%?")
_SHINGLE = 5
_ONE_IN = 2
_LEAST_SHINGLES = 30
_CONTAINED = 0.93


@dataclass(frozen=True)
class Sketch:
    """A sample of a text's shingles, and the figures in it.

    A shingle is in the sample by its own hash, so two samples agree on what they hold in common.
    """

    shingles: frozenset[int]
    figures: Mapping[str, int]

    def to_bytes(self) -> bytes:
        """Return the sketch as bytes: the shingles, then the figures as text."""
        packed = array("I", sorted(self.shingles)).tobytes()
        figures = " ".join(f"{figure}*{count}" for figure, count in sorted(self.figures.items()))
        return len(packed).to_bytes(8, "little") + packed + figures.encode()

    @staticmethod
    def from_bytes(data: bytes) -> Sketch:
        """Return the sketch that ``to_bytes`` wrote."""
        size = int.from_bytes(data[:8], "little")
        shingles = array("I")
        shingles.frombytes(data[8 : 8 + size])
        pairs = (each.rsplit("*", 1) for each in data[8 + size :].decode().split())
        return Sketch(frozenset(shingles), {figure: int(count) for figure, count in pairs})


def sketch_of(text: str) -> Sketch:
    """Return the sketch of a text, blind to white space, punctuation and case."""
    letters = "".join(_WORDS.findall(text)).casefold()
    hashes = (zlib.crc32(letters[i : i + _SHINGLE].encode()) for i in range(max(0, len(letters) - _SHINGLE + 1)))
    return Sketch(frozenset(each for each in hashes if each % _ONE_IN == 0), Counter(_FIGURES.findall(text)))


def holds(whole: Sketch, part: Sketch) -> bool:
    """Whether a text holds another, near enough: 93% of its shingles, and every one of its figures.

    Two years' reports may share nearly every word; where a figure differs they are two documents. Texts too short for a
    judgement hold nothing.
    """
    if len(part.shingles) < _LEAST_SHINGLES:
        return False
    shared = len(part.shingles & whole.shingles) / len(part.shingles)
    return shared >= _CONTAINED and all(whole.figures.get(figure, 0) >= count for figure, count in part.figures.items())
