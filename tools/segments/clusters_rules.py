"""A plain rule for a group: at most four intervals of measures that hold its users and nobody else, thresholds as people say them.

A beam search: from the rules so far, each interval of each measure that is best by F1 is tried; what is found is then made
plainer, a bound at a time, as long as it is good enough. It looks at a sample; whoever uses a rule counts it on everyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.segments import All, Definition, Value, ValueMeasure
from tools.segments.clusters_fit import Numbers

MOST_CONDITIONS = 4
GOAL = 0.9
"""The least precision and recall of a definition."""
_BEAM, _TRIED = 25, 5
_NEXT_TO_NOTHING = 0.01
_LADDER = (0, *range(1, 11), 12, 15, 18, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 180, 200, 250, 300, 400, 500, 600, 800, 1_000,
           1_200, 1_500, 2_000, 3_000, 5_000, 8_000, 10_000, 20_000, 50_000, 100_000)  # fmt: skip
_DAYS = tuple(range(31))
_ACTS = frozenset(("active_days", "interactions", "content", "help_answers", "consults", "searches", "checkins"))
"""Measures that only active users have any of."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """Values of a measure from ``low`` to ``high``, both included; None: no bound."""

    measure: ValueMeasure
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Rule:
    """Users in every interval. ``score`` is the lesser of precision and recall on the sample."""

    intervals: tuple[Interval, ...]
    score: float

    def definition(self, days: int) -> Definition:
        """Return the rule in the language of segments, held to users active in the window."""
        parts = tuple(_condition(part, days) for part in _of_the_active(self.intervals))
        return parts[0] if len(parts) == 1 else All(all=parts)


def best_rule(rows: Numbers, inside: Flags, measures: Sequence[ValueMeasure], goal: float = GOAL) -> Rule:
    """Return the rule with the fewest conditions that reaches the goal on the sample, the best of them; else the best there is.

    Args:
        rows: a row per user of the sample, a column per measure.
        inside: which of them are of the group.
        measures: the columns' names.
        goal: what precision and recall should reach.
    """
    table = _Table(rows, inside, tuple(measures))
    rules = [Rule((), table.score(()))]
    for found in table.found():
        refined = table.refined(found)
        plainer = table.plainer(refined, goal)
        rules += [Rule(each, table.score(each)) for each in dict.fromkeys((refined, plainer))]
    kept = [rule for rule in rules if len(_of_the_active(rule.intervals)) <= MOST_CONDITIONS]
    reach = [rule for rule in kept if rule.score >= goal]
    if not reach:
        return max(kept, key=lambda rule: rule.score)
    return min(reach, key=lambda rule: (len(_of_the_active(rule.intervals)), -round(rule.score, 2), _bounds(rule)))


def _bounds(rule: Rule) -> int:
    return sum((part.low is not None) + (part.high is not None) for part in rule.intervals)


class _Table:
    """A sample with each value as its place on the ladder of thresholds.

    A value equal to the threshold number i has the place 2i + 1, one between it and the next 2i + 2.
    """

    def __init__(self, rows: Numbers, inside: Flags, measures: tuple[ValueMeasure, ...]) -> None:
        self.inside, self.measures = inside, measures
        self.positives = int(inside.sum())
        self.ladders: list[tuple[int, ...]] = []
        self.highs: list[tuple[int, ...]] = []
        self.places: list[NDArray[np.int64]] = []
        for name, column in zip(measures, rows.T, strict=True):
            most = float(column.max(initial=0.0))
            ladder = tuple(v for v in (_DAYS if name == "active_days" else _LADDER) if v <= most)
            self.ladders.append(ladder)
            self.highs.append(
                tuple(v for v in ladder if v < most)
            )  # above the greatest value there is nothing to bound
            self.places.append(np.searchsorted(ladder, column, "left") + np.searchsorted(ladder, column, "right"))

    def mask(self, rule: Sequence[Interval]) -> Flags:
        """Return who is in every interval."""
        held = np.ones(len(self.inside), dtype=np.bool_)
        for part in rule:
            number = self.measures.index(part.measure)
            places, ladder = self.places[number], self.ladders[number]
            if part.low is not None:
                held &= places >= 2 * ladder.index(part.low) + 1
            if part.high is not None:
                held &= places <= 2 * ladder.index(part.high) + 1
        return held

    def score(self, rule: Sequence[Interval]) -> float:
        """Return the lesser of precision and recall."""
        held = self.mask(rule)
        both = int((held & self.inside).sum())
        return both / max(int(held.sum()), self.positives, 1)

    def found(self) -> Iterator[tuple[Interval, ...]]:
        """Yield rules to look at: of one condition the best first, then of two, up to four."""
        beam: list[tuple[Interval, ...]] = [()]
        for _ in range(MOST_CONDITIONS):
            grown = {}
            for rule in beam:
                held = self.mask(rule)
                taken = {part.measure for part in rule}
                for number, name in enumerate(self.measures):
                    if name not in taken:
                        for f1, part in self._intervals(number, held):
                            longer = tuple(sorted((*rule, part), key=lambda p: self.measures.index(p.measure)))
                            grown[longer] = f1
            ranked = sorted(grown, key=lambda rule: (-grown[rule], str(rule)))
            beam = ranked[:_BEAM]
            yield from sorted(beam, key=lambda rule: (-self.score(rule), str(rule)))[:_TRIED]

    def _intervals(self, number: int, held: Flags) -> list[tuple[float, Interval]]:
        """Return the best intervals of a measure by F1 among the users held so far, the best first."""
        lows, highs, both, chosen = self._counts(number, held)
        f1 = 2 * both / np.maximum(chosen + self.positives, 1)
        order = np.argsort(-f1, axis=None, kind="stable")[:_TRIED]
        return [
            (float(f1.flat[at]), Interval(self.measures[number], lows[at // len(highs)], highs[at % len(highs)]))
            for at in map(int, order)
        ]

    def _counts(self, number: int, held: Flags) -> tuple[list[int | None], list[int | None], Numbers, Numbers]:
        """Return the bounds there are, and by pair how many of the group and of all lie between them."""
        places, ladder = self.places[number], self.ladders[number]
        length = 2 * len(ladder) + 2
        everyone = np.concatenate([[0], np.cumsum(np.bincount(places[held], minlength=length))])
        group = np.concatenate([[0], np.cumsum(np.bincount(places[held & self.inside], minlength=length))])
        lows: list[int | None] = [None, *ladder[1:]]
        highs: list[int | None] = [None, *self.highs[number]]
        starts = np.array([0, *(2 * at + 1 for at in range(1, len(ladder)))])
        ends = np.array([length, *(2 * at + 2 for at in range(len(highs) - 1))])
        both, chosen = (np.maximum(sums[ends][None, :] - sums[starts][:, None], 0) for sums in (group, everyone))
        return lows, highs, both.astype(np.float64), chosen.astype(np.float64)

    def refined(self, rule: tuple[Interval, ...]) -> tuple[Interval, ...]:
        """Return the rule with each interval chosen anew for the lesser of precision and recall, the others as they are."""
        for _ in range(2):
            for place, part in enumerate(rule):
                others = rule[:place] + rule[place + 1 :]
                number = self.measures.index(part.measure)
                lows, highs, both, chosen = self._counts(number, self.mask(others))
                score = both / np.maximum(np.maximum(chosen, self.positives), 1)
                at = int(np.argmax(score))
                if score.flat[at] > self.score(rule) + 1e-12:
                    better = Interval(part.measure, lows[at // len(highs)], highs[at % len(highs)])
                    rule = (*rule[:place], better, *rule[place + 1 :])
        return tuple(part for part in rule if (part.low, part.high) != (None, None))

    def plainer(self, rule: tuple[Interval, ...], goal: float) -> tuple[Interval, ...]:
        """Return the rule without the bounds that add next to nothing, as long as the goal is reached."""
        least = max(goal, self.score(rule) - _NEXT_TO_NOTHING)
        for number in range(len(rule)):
            for low, high in ((None, rule[number].high), (rule[number].low, None)):
                shorter = (*rule[:number], Interval(rule[number].measure, low, high), *rule[number + 1 :])
                if (low, high) != (None, None) and shorter != rule and self.score(shorter) >= least:
                    rule = shorter
        return rule


def _of_the_active(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return the intervals with what keeps the inactive out: a bound that only the active reach, or active days from 1."""
    if any(part.measure in _ACTS and part.low for part in intervals):
        return tuple(intervals)
    days = next((part for part in intervals if part.measure == "active_days"), None)
    rest = tuple(part for part in intervals if part is not days)
    return (Interval("active_days", 1, days.high if days else None), *rest)


def _condition(part: Interval, days: int) -> Value:
    if part.low is None:
        return Value(measure=part.measure, op="lte", value=part.high or 0, days=days)
    if part.high is None:
        return Value(measure=part.measure, op="gte", value=part.low, days=days)
    return Value(measure=part.measure, op="between", value=(part.low, part.high), days=days)
