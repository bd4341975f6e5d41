"""Which way of taking a change apart explains it best: few values that carry most of it, beyond their due.

As in Adtributor, a dimension explains a change by the values that carry at least ``_LEAST_POWER`` of it each, most
surprising first, until together they carry ``_ENOUGH_POWER``; dimensions are ordered by how surprising these values are.
Succinctness costs: every further value counts against the dimension, and so do movements that cancel out within it (a new
version takes the users of the old one: both move, nothing is explained).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.explanations.chance import Chance
from tools.explanations.contributions import Figures
from tools.explanations.partitions import PART_OF
from tools.explanations.splits import Part, Split
from tools.explanations.statement import DAY
from tools.warehouse.rows import Scalar

_LEAST_POWER = 0.1
_MOST_VALUES = 3
_LEAST_OWN = 0.1
_COST_OF_A_VALUE = 0.05
_MARGIN_OF_A_PAIR = 0.15
_POWER_OF_A_PAIR = 0.67
"""How much better than either of its dimensions, and how much of the change, a pair must explain to be shown."""
_LEAST_OF_A_DAY = 0.25
"""How well days must explain the change to be shown."""
_MOST_PAIRS = 2


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
    sizes = {split.dimensions[0]: split.size for split in splits if len(split.dimensions) == 1}
    fished = sum(split.size for split in splits if len(split.dimensions) == 2)

    def among(split: Split) -> int:
        named = [name for name in split.dimensions if name in PART_OF or len(split.dimensions) == 1]
        return sizes.get(named[0], fished) if _is_asked(split) else fished

    of_values, of_days = (
        _chance(whole, unit, [s for s in splits if (DAY in s.dimensions) is days]) for days in (False, True)
    )
    explained = [_explained(s, of_days if DAY in s.dimensions else of_values, among(s)) for s in splits]
    alone = {e.split.dimensions[0]: e for e in explained if len(e.split.dimensions) == 1}
    pairs = sorted((e for e in explained if len(e.split.dimensions) == 2 and _adds(e, alone)), key=_order)
    asked = [pair for pair in pairs if _is_asked(pair.split)]
    days = alone.pop(DAY, None)
    shown = [*alone.values(), *asked, *[pair for pair in pairs if pair not in asked][:_MOST_PAIRS]]
    if days and days.score >= _LEAST_OF_A_DAY:
        shown.append(days)
    return sorted(shown, key=_order)


def _chance(whole: Figures, unit: str, splits: Iterable[Split]) -> Chance:
    """Return what chance does, as the values of single dimensions show it."""
    told = [split for split in splits if len(split.dimensions) == 1 and split.size > 1]
    return Chance.among(whole, unit, [(part.figures, part.effect) for split in told for part in split.parts])


def _order(explanation: Explanation) -> tuple[float, int]:
    """Best first; of equals the more telling, a version with its platform before the version; else as the catalog has it."""
    dimensions = explanation.split.dimensions
    return -round(explanation.score, 2), 0 if _is_refined(dimensions) else len(dimensions)


def _is_asked(split: Split) -> bool:
    return len(split.dimensions) == 1 or _is_refined(split.dimensions)


def _is_refined(dimensions: Sequence[str]) -> bool:
    return any(PART_OF.get(name) in dimensions for name in dimensions)


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
    change = float(chance.whole.change or 0)
    sign = -1.0 if change < 0 else 1.0
    least = max(_LEAST_POWER * abs(change), 1e-12)
    candidates = [
        part
        for part in sorted(split.parts, key=lambda part: -sign * part.effect.surprise)
        if sign * part.effect.contribution >= least
        and sign * part.effect.surprise > 0
        and not (part.figures.current_bottom is None and _is_release(part, split))
        and not chance.explains(part.figures, part.effect, among)
    ][:_MOST_VALUES]
    sizes = range(1, len(candidates) + 1)
    best = max((_explanation(split, candidates[:size], change) for size in sizes), key=lambda e: e.score, default=None)
    return best if best and best.own >= _LEAST_OWN else Explanation(split)


def _is_release(part: Part, split: Split) -> bool:
    """Return whether a sum moved as sums do when versions follow one another.

    A version that gains takes over from older ones; one that loses while a newer one of its kind gains weight hands over
    to it.    Only a version that loses with none to follow it has something to tell.
    """
    place = next((place for place, name in enumerate(split.dimensions) if name in PART_OF), None)
    if place is None or part.values[place] is None:
        return False
    return part.effect.contribution > 0 or any(
        other.effect.surprise > 0 and _follows(other.values, part.values, place) for other in split.parts
    )


def _follows(newer: Sequence[Scalar], older: Sequence[Scalar], place: int) -> bool:
    """Return whether a version is a later one of the same kind: the same first number, the same other values."""
    others = [values[:place] + values[place + 1 :] for values in (tuple(newer), tuple(older))]
    numbers = [str(values[place]).split(".") for values in (newer, older)]
    if others[0] != others[1] or not all(number.isdigit() for each in numbers for number in each):
        return False
    left, right = ([int(number) for number in each] for each in numbers)
    return left[0] == right[0] and left > right


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
