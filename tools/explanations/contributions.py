"""How much of a metric's change each part carries, and how much of that is the part's own doing. Pure arithmetic.

For a count or a sum the contribution of a part is ``current - base`` of the part. For a quotient, with the denominators'
shares as weights ``w``, the parts' quotients ``r`` and the whole's ``R``:

    rate = w_current * (r_current - r_base)             the part itself got better or worse
    mix  = (w_current - w_base) * (r_base - R_base)     the whole came to consist of other parts
    contribution = rate + mix

which is ``(n_current - R_base * d_current) / D_current - (n_base - R_base * d_base) / D_base`` in numerators and
denominators, so that the contributions of all parts add up to ``R_current - R_base``. A part that has no denominator on
one side has no rate to compare: all it carries is mix.

``surprise`` is what a part carries beyond its due if every part had moved like the whole: for sums
``current - base * (Current / Base)``, for quotients ``w_current * (r_current - R_current) - w_base * (r_base - R_base)``.
It adds up to 0 over the parts. Explanatory power is ``contribution / change``, as in Bhagwan et al., "Adtributor: Revenue
Debugging in Advertising Systems" (NSDI 2014); their surprise, a divergence of shares, orders the same parts first but does
not say in the metric's unit how much would be gone without the part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Number = int | float


@dataclass(frozen=True)
class Figures:
    """A part, or the whole, on both sides; bottoms are None for a metric that is no quotient."""

    current_top: Number
    base_top: Number
    current_bottom: Number | None = None
    base_bottom: Number | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether these are a quotient's."""
        return self.current_bottom is not None

    @property
    def current(self) -> Number | None:
        """The value now; None with a denominator of 0."""
        return _quotient(self.current_top, self.current_bottom)

    @property
    def base(self) -> Number | None:
        """The value before; None with a denominator of 0."""
        return _quotient(self.base_top, self.base_bottom)

    @property
    def change(self) -> Number | None:
        """``current - base``; None where either is unknown."""
        current, base = self.current, self.base
        return None if current is None or base is None else current - base

    def values(self) -> tuple[Number | None, ...]:
        """The figures as a tuple."""
        return self.current_top, self.base_top, self.current_bottom, self.base_bottom

    def minus(self, parts: Iterable[Figures]) -> Figures:
        """Return what is left without ``parts``."""
        left = list(self.values())
        for part in parts:
            left = [None if a is None or b is None else a - b for a, b in zip(left, part.values(), strict=True)]
        top, base_top, bottom, base_bottom = left
        return Figures(top or 0, base_top or 0, bottom, base_bottom)


@dataclass(frozen=True)
class Effect:
    """What a part carries of the whole's change, in the metric's unit. ``mix`` and ``rate`` are None for sums."""

    contribution: float
    surprise: float
    mix: float | None = None
    rate: float | None = None


def effect_of(part: Figures, whole: Figures) -> Effect | None:
    """Return what ``part`` carries of the change of ``whole``; None where the whole has no value on one side."""
    if not whole.is_ratio:
        return _effect_on_sum(part, whole)
    before, now = whole.base, whole.current
    if before is None or now is None:
        return None
    current_share, base_share = (
        _share(part.current_bottom, whole.current_bottom),
        _share(part.base_bottom, whole.base_bottom),
    )
    current_top, base_top = _share(part.current_top, whole.current_bottom), _share(part.base_top, whole.base_bottom)
    contribution = (current_top - before * current_share) - (base_top - before * base_share)
    surprise = (current_top - now * current_share) - (base_top - before * base_share)
    if part.current is None or part.base is None:
        return Effect(contribution, surprise, mix=contribution, rate=0.0)
    mix = (current_share - base_share) * (part.base - before)
    return Effect(contribution, surprise, mix=mix, rate=current_share * (part.current - part.base))


def _effect_on_sum(part: Figures, whole: Figures) -> Effect:
    contribution = part.current_top - part.base_top
    if whole.base_top == 0:
        return Effect(contribution, contribution)
    return Effect(contribution, part.current_top - part.base_top * (whole.current_top / whole.base_top))


def _share(part: Number | None, whole: Number | None) -> float:
    return (part or 0) / whole if whole else 0.0


def _quotient(top: Number, bottom: Number | None) -> Number | None:
    if bottom is None:
        return top
    return top / bottom if bottom else None
