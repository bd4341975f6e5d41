"""Reads the rows of the statement into splits: a whole, and its parts by one dimension or two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.explanations.contributions import Effect, Figures, Number, effect_of
from tools.explanations.statement import WHOLE
from tools.semantic_layer.prepared import Table
from tools.warehouse.rows import Scalar

_MOST_OVERLAP = 0.05
"""Parts that overlap by more than this share of the whole are not shown as its parts."""


@dataclass(frozen=True)
class Part:
    """One value of a dimension, or one of each of two."""

    values: tuple[Scalar, ...]
    figures: Figures
    effect: Effect


@dataclass(frozen=True)
class Split:
    """A metric by one dimension or two: the parts that carry most, what the others are together, what overlaps.

    Attributes:
        gross: the sizes of the contributions of all parts, added up: what moved, whichever way.
        size: how many parts there are, listed or not.
        others: the figures of the parts that are not listed; None where all are.
        overlap: whole less the sum of all parts; None where they add up.
    """

    dimensions: tuple[str, ...]
    parts: tuple[Part, ...]
    gross: float
    size: int
    others: Figures | None
    overlap: Figures | None


class Reader:
    """The rows of the statement by split."""

    def __init__(self, table: Table) -> None:
        columns, rows = table
        self._first, self._last = columns.index("current_top"), columns.index("gross")
        self._names = columns[1 : self._first]
        self._rows: dict[int, list[Sequence[Scalar]]] = {}
        for row in rows:
            self._rows.setdefault(int(row[0] or 0), []).append(row)
        self.whole = self._figures(self._rows[WHOLE][0])
        self.unit = str(self._rows[WHOLE][0][columns.index("unit")])

    def splits(self) -> Iterator[Split]:
        """Yield every split whose parts make up the whole."""
        width = len(self._names)
        joint = self._rows.get((1 << width) - 1)
        for mask, rows in self._rows.items():
            places = [place for place in range(width) if not mask >> (width - 1 - place) & 1]
            sums = self._rows.get(-2 - mask) or joint
            if mask >= 0 and places and sums:
                split = self._split(places, rows, self._figures(sums[0]))
                if split:
                    yield split

    def _split(self, places: Sequence[int], rows: Sequence[Sequence[Scalar]], total: Figures) -> Split | None:
        """Return a split, or None where its parts overlap too much, or the whole has no change to take apart."""
        overlap = self.whole.minus([total])
        if not _is_small(overlap, self.whole):
            return None
        parts = []
        for row in rows:
            figures = self._figures(row)
            effect = effect_of(figures, self.whole)
            if effect is None:
                return None
            parts.append(Part(tuple(row[1 + place] for place in places), figures, effect))
        others = total.minus([part.figures for part in parts])
        return Split(
            dimensions=tuple(self._names[place] for place in places),
            parts=tuple(parts),
            gross=float(_number(rows[0][self._last])),
            size=int(_number(rows[0][self._last + 1])),
            others=None if _is_nothing(others, self.whole) else others,
            overlap=None if _is_nothing(overlap, self.whole) else overlap,
        )

    def _figures(self, row: Sequence[Scalar]) -> Figures:
        return Figures(*(_number(cell) for cell in row[self._first : self._last]))


def _number(cell: Scalar) -> Number:
    return cell if isinstance(cell, (int, float)) else 0


def _is_small(overlap: Figures, whole: Figures) -> bool:
    return all(abs(a) <= _MOST_OVERLAP * abs(b) + _noise(b) for a, b in _pairs(overlap, whole))


def _is_nothing(left: Figures, whole: Figures) -> bool:
    """Return whether figures are no more than the last digits of floating sums."""
    return all(abs(a) <= _noise(b) for a, b in _pairs(left, whole))


def _pairs(left: Figures, whole: Figures) -> list[tuple[Number, Number]]:
    both = zip(left.values(), whole.values(), strict=True)
    return [(a, b) for a, b in both if a is not None and b is not None]


def _noise(whole: Number) -> float:
    return 1e-9 * abs(whole) + 1e-9
