"""Whether a part moved more than chance alone moves parts of its size.

Counts are taken as Poisson (for people who come again this overstates chance, which is the safe side), shares (so many of so
many) as drawn one by one. Sums of money and other quotients do not say how they scatter: that is read from the values
themselves, most of which have nothing to do with the change (their median square, for their size).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from tools.explanations.contributions import Effect, Figures, Number

_COUNTED = ("users", "count")
_LEAST_VALUES = 6
"""Fewer values do not tell how they scatter."""
_MEDIAN_OF_SQUARES = 0.455
"""The median of the square of a standard normal variable."""
_ONE_IN = 20


@dataclass(frozen=True)
class Chance:
    """What chance does to the parts of one whole.

    Attributes:
        general: how most values moved: of a sum by what share of itself, of a quotient by how much. Not how the whole did,
            which a single value may have moved.
        scatter: for what is no count, the mean square by which values of size 1 differ from that; None where unknown.
    """

    whole: Figures
    unit: str
    general: float = 0.0
    scatter: float | None = None

    @classmethod
    def among(cls, whole: Figures, unit: str, parts: Sequence[tuple[Figures, Effect]]) -> Chance:
        """Return what chance does, as the values ``parts`` show it."""
        chance = cls(whole, unit, _weighted_median([_movement(part, whole) for part, _ in parts]))
        sized = [(part, effect) for part, effect in parts if _size(part, whole) > 0]
        if len(sized) < _LEAST_VALUES:
            return chance
        squares = [chance._apart(part, effect) ** 2 / _size(part, whole) for part, effect in sized]
        return replace(chance, scatter=median(squares) / _MEDIAN_OF_SQUARES)

    def explains(self, part: Figures, effect: Effect, among: int) -> bool:
        """Return whether a part stands apart no more than the largest of ``among`` parts does by chance.

        That is, in 19 cases of 20. False where it cannot be told.
        """
        errors = self._errors(part, effect)
        return errors is not None and among * math.erfc(errors / math.sqrt(2)) > 1 / _ONE_IN

    def _errors(self, part: Figures, effect: Effect) -> float | None:
        """Return by how many standard errors a part stands apart from the others."""
        rest = self.whole.minus([part])
        if self.unit == "ratio" and _is_share(part) and _is_share(rest):
            return _surprise_of_share(part, rest)
        if not self.whole.is_ratio and self.unit in _COUNTED:
            return _surprise_of_count(part, rest)
        if self.scatter is None:
            return None
        error = math.sqrt(self.scatter * _size(part, self.whole))
        return abs(self._apart(part, effect)) / error if error else math.inf

    def _apart(self, part: Figures, effect: Effect) -> float:
        """Return what a part carries beyond what it would carry had it moved as most did."""
        weight = part.base_top
        if self.whole.is_ratio:
            weight = (part.current_bottom or 0) / (self.whole.current_bottom or 1)
        return effect.contribution - weight * self.general


def _movement(part: Figures, whole: Figures) -> tuple[float, float]:
    """Return how a part moved, and its weight."""
    if whole.is_ratio:
        return float(part.change or 0), 0.0 if part.change is None else _size(part, whole)
    return (part.current_top / part.base_top - 1, part.base_top) if part.base_top > 0 else (0.0, 0.0)


def _weighted_median(movements: Iterable[tuple[float, float]]) -> float:
    ordered = sorted(each for each in movements if each[1] > 0)
    half = sum(weight for _, weight in ordered) / 2
    for movement, weight in ordered:
        half -= weight
        if half <= 0:
            return movement
    return 0.0


def _size(part: Figures, whole: Figures) -> float:
    if not whole.is_ratio:
        return abs(part.current_top) + abs(part.base_top)
    shares = ((part.current_bottom, whole.current_bottom), (part.base_bottom, whole.base_bottom))
    return sum(abs(mine or 0) / all_ for mine, all_ in shares if all_)


def _surprise_of_count(part: Figures, rest: Figures) -> float:
    """Return by how many standard errors a count differs from one that grew as the rest did."""
    growth = rest.current_top / rest.base_top if rest.base_top > 0 else 1.0
    error = math.sqrt(max(part.current_top + part.base_top * growth * growth, 1.0))
    return abs(part.current_top - part.base_top * growth) / error


def _surprise_of_share(part: Figures, rest: Figures) -> float:
    """Return by how many standard errors a quotient moved otherwise than the rest's, or stands apart while its weight moved."""
    return max(_moved(part, rest), min(_weight_moved(part, rest), _apart(part, rest)))


def _moved(part: Figures, rest: Figures) -> float:
    sides = (part.current, part.base, rest.current, rest.base)
    if None in sides:
        return 0.0
    now, before, others, others_before = (float(side or 0) for side in sides)
    error = _error(part, rest, (part.current_bottom, part.base_bottom, rest.current_bottom, rest.base_bottom))
    return abs((now - before) - (others - others_before)) / error


def _apart(part: Figures, rest: Figures) -> float:
    """Return how far the part's quotient stands from the rest's, over both sides together."""
    mine, bottom = part.current_top + part.base_top, (part.current_bottom or 0) + (part.base_bottom or 0)
    others, others_bottom = rest.current_top + rest.base_top, (rest.current_bottom or 0) + (rest.base_bottom or 0)
    if bottom <= 0 or others_bottom <= 0:
        return 0.0
    return abs(mine / bottom - others / others_bottom) / _error(part, rest, (bottom, others_bottom))


def _weight_moved(part: Figures, rest: Figures) -> float:
    def bottoms(figures: Figures) -> Figures:
        return Figures(figures.current_bottom or 0, figures.base_bottom or 0)

    return _surprise_of_count(bottoms(part), bottoms(rest))


def _error(part: Figures, rest: Figures, bottoms: tuple[Number | None, ...]) -> float:
    """Return the standard error of a difference of quotients over ``bottoms``, if all of them were one."""
    tops = sum(figures.current_top + figures.base_top for figures in (part, rest))
    every = sum((figures.current_bottom or 0) + (figures.base_bottom or 0) for figures in (part, rest))
    share = tops / every if every else 0.0
    return math.sqrt(max(share * (1 - share), 1e-9) * sum(1 / bottom for bottom in bottoms if bottom))


def _is_share(figures: Figures) -> bool:
    """Return whether a quotient says how many of a number of things are such."""
    sides = ((figures.current_top, figures.current_bottom), (figures.base_top, figures.base_bottom))
    return all(
        bottom is not None and 0 <= top <= bottom and float(top).is_integer() and float(bottom).is_integer()
        for top, bottom in sides
    )
