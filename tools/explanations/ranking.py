"""Which way of taking a change apart explains it best: few values that carry most of it, beyond their due.

As in Adtributor, a dimension explains a change by the values that carry at least ``_LEAST_POWER`` of it each, most
surprising first, until together they carry ``_ENOUGH_POWER``; dimensions are ordered by how surprising these values are.
Succinctness costs: every further value counts against the dimension, and so do movements that cancel out within it (a new
version takes the users of the old one: both move, nothing is explained).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.explanations.chance import Chance
from tools.explanations.contributions import Figures
from tools.explanations.splits import Part, Split
from tools.explanations.statement import DAY

_LEAST_POWER = 0.1
_MOST_VALUES = 3
_LEAST_SCORE = 0.1
_COST_OF_A_VALUE = 0.05
_MARGIN_OF_A_PAIR = 0.15
_POWER_OF_A_PAIR = 0.67
"""How much better than either of its dimensions, and how much of the change, a pair must explain to be shown."""
_LEAST_OF_A_DAY = 0.25
"""How well days must explain the change to be shown."""
_MOST_PAIRS = 2
_PART_OF = {"app_version": "platform"}
"""Dimensions whose values mean something only together with one of another: a version is a build for a platform."""
_RELEASE = 0.02
"""A version with less than this share on one side came or went in between."""


@dataclass(frozen=True)
class Explanation:
    """A split and the values that explain the change by it.

    Attributes:
        power: the share of the change that they carry.
        own: the share of that which is beyond their due.
        score: how well they explain it: 1 where one value alone carries all, 0 where every value moved like the whole.
    """

    split: Split
    carriers: tuple[Part, ...] = ()
    power: float = 0.0
    own: float = 0.0
    score: float = 0.0


def ranked(whole: Figures, splits: Sequence[Split], unit: str) -> list[Explanation]:
    """Return the explanations, best first: each dimension, pairs that explain far more than either, days that explain.

    A value counts only if it moved more than chance moves the largest of its dimension's values; of pairs, which nobody
    asked for one by one, only if more than chance moves the largest of all pairs.
    """
    fished = sum(split.size for split in splits if len(split.dimensions) == 2)
    values = [(part.figures, part.effect) for split in splits if len(split.dimensions) == 1 for part in split.parts]
    chance = Chance.among(whole, unit, values)
    sizes = {split.dimensions[0]: split.size for split in splits if len(split.dimensions) == 1}

    def among(split: Split) -> int:
        named = [name for name in split.dimensions if name in _PART_OF or len(split.dimensions) == 1]
        return sizes.get(named[0], fished) if _is_asked(split) else fished

    explained = [_explained(split, chance, among(split)) for split in splits]
    alone = {e.split.dimensions[0]: e for e in explained if len(e.split.dimensions) == 1}
    pairs = sorted((e for e in explained if len(e.split.dimensions) == 2 and _adds(e, alone)), key=_order)
    asked = [pair for pair in pairs if _is_asked(pair.split)]
    days = alone.pop(DAY, None)
    shown = [*alone.values(), *asked, *[pair for pair in pairs if pair not in asked][:_MOST_PAIRS]]
    if days and days.score >= _LEAST_OF_A_DAY:
        shown.append(days)
    return sorted(shown, key=_order)


def _order(explanation: Explanation) -> tuple[float, int]:
    """Best first; of equals the more telling, a version with its platform before the version; else as the catalog has it."""
    dimensions = explanation.split.dimensions
    return -round(explanation.score, 2), 0 if _is_refined(dimensions) else len(dimensions)


def _is_asked(split: Split) -> bool:
    return len(split.dimensions) == 1 or _is_refined(split.dimensions)


def _is_refined(dimensions: Sequence[str]) -> bool:
    return any(_PART_OF.get(name) in dimensions for name in dimensions)


def _adds(pair: Explanation, alone: dict[str, Explanation]) -> bool:
    """Return whether a pair says more than its dimensions: a version with its platform also where it says the same."""
    singles = [alone[name] for name in pair.split.dimensions if name in alone]
    best = max(singles, key=lambda e: e.score, default=Explanation(pair.split))
    if _is_refined(pair.split.dimensions):
        return bool(pair.carriers) and round(pair.score - best.score, 2) >= 0
    better = min(pair.score - best.score, pair.own - best.own)
    return pair.power >= _POWER_OF_A_PAIR and round(better, 2) >= _MARGIN_OF_A_PAIR


def _explained(split: Split, chance: Chance, among: int) -> Explanation:
    """Return the first few most surprising values that explain the change best."""
    whole = chance.whole
    change = float(whole.change or 0)
    sign = -1.0 if change < 0 else 1.0
    least = max(_LEAST_POWER * abs(change), 1e-12)
    candidates = [
        part
        for part in sorted(split.parts, key=lambda part: -sign * part.effect.surprise)
        if sign * part.effect.contribution >= least
        and sign * part.effect.surprise > 0
        and not _is_release(part, split, whole)
        and not chance.explains(part.figures, part.effect, among)
    ][:_MOST_VALUES]
    sizes = range(1, len(candidates) + 1)
    best = max((_explanation(split, candidates[:size], change) for size in sizes), key=lambda e: e.score, default=None)
    return best if best and best.score >= _LEAST_SCORE else Explanation(split)


def _is_release(part: Part, split: Split, whole: Figures) -> bool:
    """Return whether a part of a sum is a version that came or went: it takes users from another, or hands them over."""
    if whole.is_ratio or not any(name in _PART_OF for name in split.dimensions):
        return False
    shares = (part.figures.current_top, whole.current_top), (part.figures.base_top, whole.base_top)
    return any(abs(mine) < _RELEASE * abs(all_) for mine, all_ in shares)


def _explanation(split: Split, carriers: Sequence[Part], change: float) -> Explanation:
    """Return how well ``carriers`` explain the change.

    That is how much of it they carry, no more and no less, times how much of that is beyond their due.
    """
    carried = sum(part.effect.contribution for part in carriers)
    power = carried / change if change else 0.0
    fit = power if power <= 1 else 1 / power
    own = min(1.0, sum(part.effect.surprise for part in carriers) / carried)
    score = fit * own - _COST_OF_A_VALUE * (len(carriers) - 1)
    return Explanation(split, tuple(carriers), power, own, max(0.0, score))
