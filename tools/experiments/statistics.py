"""Statistics of two arms from their moments: sums, no single user's rows.

The tests are those of tea-tasting (Welch's t-test, delta method for ratios, CUPED, power) and SciPy. What neither has is
written out here from its source: the delta method for a relative difference, the always-valid interval of a running
experiment, and the chance to be better. GrowthBook's published cases hold all of it to account (``tests/conformance``).

Importing this module is quick; the first figure loads tea-tasting and SciPy, which takes a second or two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates
    from tea_tasting.metrics import RatioOfMeans

Alternative = Literal["two-sided", "greater", "less"]

ALPHA = 0.05
POWER = 0.8
SRM_ALPHA = 0.001
"""Below this p-value a split is no chance: GrowthBook's threshold, and Microsoft's."""
SEQUENTIAL_TUNING = 5000.0
"""The number of users at which the always-valid interval is tightest: GrowthBook's default."""

_ROUNDING = 1e-12
"""A variance that is this small beside the mean square is what rounding leaves of none."""


@dataclass(frozen=True)
class Moments:
    """One arm: how many users, and the sums of their variables and of the products of these.

    Attributes:
        n: users.
        sums: variable -> sum over users. ``y`` is what is measured, ``d`` what it is divided by (ratios only), ``x`` and
            ``e`` the same two in the time before (CUPED only).
        products: pairs of variables, in alphabetical order -> sum over users of their product.
    """

    n: int
    sums: Mapping[str, float]
    products: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def mean(self, name: str) -> float:
        """Return the mean of a variable. Raises ZeroDivisionError without users."""
        return self.sums[name] / self.n

    def cov(self, one: str, other: str) -> float:
        """Return the sample covariance (n - 1). Raises ZeroDivisionError with fewer than two users."""
        first, second = sorted((one, other))
        return (self.products[first, second] - self.sums[one] * self.sums[other] / self.n) / (self.n - 1)

    @property
    def value(self) -> float | None:
        """The mean of ``y``, or the ratio of sums ``y`` ÷ ``d`` where there is a ``d``; None where that is no number."""
        below = self.sums.get("d", self.n)
        return self.sums["y"] / below if below else None

    @property
    def variance(self) -> float | None:
        """The variance of one user's ``y``, for ratios by the delta method.

        None with fewer than two users, without a base, or with sums that no users can have.
        """
        value = self.value
        if self.n < 2 or value is None:
            return None
        spread = self.cov("y", "y")
        if "d" in self.sums:
            spread += value**2 * self.cov("d", "d") - 2 * value * self.cov("d", "y")
        rounding = _ROUNDING * self.products["y", "y"] / self.n
        if abs(spread) <= rounding:
            return 0.0
        if spread < 0:
            return None
        return spread / self.mean("d") ** 2 if "d" in self.sums else spread

    def only(self, *names: str) -> Moments:
        """Return the same arm with some of its variables."""
        return Moments(
            self.n,
            {name: self.sums[name] for name in names},
            {pair: total for pair, total in self.products.items() if set(pair) <= set(names)},
        )


def moments(n: int, total: float, squares: float) -> Moments:
    """Return the moments of one variable from its sum and its sum of squares."""
    return Moments(n, {"y": total}, {("y", "y"): squares})


@dataclass(frozen=True)
class Effect:
    """What the treatment differs by, with its interval.

    Attributes:
        difference: treatment minus control (relative: divided by control).
        low, high: the ends of the interval; infinite on the open side of a one-sided test.
        p_value: of no difference.
        error: the standard error of ``difference``.
    """

    difference: float
    low: float
    high: float
    p_value: float
    error: float


def compare(
    control: Moments, treatment: Moments, *, alternative: Alternative = "two-sided", alpha: float = ALPHA
) -> Effect | None:
    """Return the absolute difference by Welch's t-test; None where an arm has fewer than two users or nothing varies.

    Where both arms have ``x``, the difference is CUPED-adjusted (Deng, Xu, Kohavi, Walker 2013): one slope for both arms.
    Ratios (``d``) take the delta method with the user as the unit (Deng, Knoblich, Lu 2018).
    """
    if not _can_test(control, treatment):
        return None
    adjusted = "x" in control.sums
    metric = _metric(control, adjusted=adjusted, alternative=alternative, confidence_level=1 - alpha)
    found = metric.analyze_aggregates(_aggregates(control), _aggregates(treatment))
    difference = float(found.effect_size)
    statistic = float(found.statistic)
    plain = _plain_error(control, treatment)
    error = difference / statistic if statistic else plain
    ends = float(found.effect_size_ci_lower), float(found.effect_size_ci_upper)
    if error <= math.sqrt(_ROUNDING) * plain or any(map(math.isnan, (error, *ends, float(found.pvalue)))):
        return None
    return Effect(difference, *ends, float(found.pvalue), error)


def compare_relative(
    control: Moments, treatment: Moments, *, alternative: Alternative = "two-sided", alpha: float = ALPHA
) -> Effect | None:
    """Return the difference relative to control, by the delta method; None where it has no error that could be told.

    That is so where control's value is 0, nothing varies, or all that varies is control's while treatment's value is 0.

    The variance is s_t²/(n_t·m_c²) + s_c²·m_t²/(n_c·m_c⁴) and the degrees of freedom are Welch's, as in GrowthBook's
    statistics (packages/stats). The p-value tests the relative difference: it is not that of the absolute one.
    """
    if not _can_test(control, treatment) or not control.value or not _relative_error(control, treatment):
        return None
    from scipy.stats import t  # noqa: PLC0415 - slow to load, and needed by read-outs only

    difference = (_value(treatment) - _value(control)) / _value(control)
    error = _relative_error(control, treatment)
    spread = t(df=_degrees_of_freedom(control, treatment), scale=error)
    low, high = -math.inf, math.inf
    if alternative != "less":
        low = difference - float(spread.ppf(1 - alpha / (2 if alternative == "two-sided" else 1)))
    if alternative != "greater":
        high = difference + float(spread.ppf(1 - alpha / (2 if alternative == "two-sided" else 1)))
    p_value = {
        "two-sided": 2 * float(spread.sf(abs(difference))),
        "greater": float(spread.sf(difference)),
        "less": float(spread.cdf(difference)),
    }[alternative]
    return Effect(difference, low, high, p_value, error)


def always_valid(effect: Effect, users: int, *, alpha: float = ALPHA, tuning: float = SEQUENTIAL_TUNING) -> Effect:
    """Return the effect with an interval and p-value that hold however often one looks.

    The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
    theory and asymptotic confidence sequences" (arXiv 2103.06476v7): eq. 9 for the interval, eq. 155 for the p-value and
    eq. 161 for the parameter that makes it tightest at ``tuning`` users.
    """
    rho_squared = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tuning
    inner = users * rho_squared + 1
    width = effect.error * math.sqrt(2 * inner * math.log(math.sqrt(inner) / alpha) / (users * rho_squared))
    log_evidence = rho_squared * users * (effect.difference / effect.error) ** 2 / (2 * inner) - math.log(inner) / 2
    p_value = min(1.0, math.exp(-log_evidence)) if log_evidence > -700 else 1.0
    return Effect(effect.difference, effect.difference - width, effect.difference + width, p_value, effect.error)


@dataclass(frozen=True)
class Prior:
    """What is believed of the difference before any data: a normal. Flat without one."""

    mean: float
    variance: float


@dataclass(frozen=True)
class Posterior:
    """What is believed of the difference after the data: a normal.

    Attributes:
        mean, error: of the difference.
        low, high: the credible interval.
        chance: that the treatment is better.
        risk: expected loss by staying with control, by taking the treatment.
    """

    mean: float
    error: float
    low: float
    high: float
    chance: float
    risk: tuple[float, float]


NOTHING_KNOWN = Posterior(0.0, 0.0, 0.0, 0.0, 0.5, (0.0, 0.0))
"""Without data: as likely better as worse, and no interval."""


def posterior(
    effect: Effect | None, *, prior: Prior | None = None, lower_is_better: bool = False, alpha: float = ALPHA
) -> Posterior:
    """Return what is believed after the data: normal likelihood, normal or flat prior; ``NOTHING_KNOWN`` without data.

    The conjugate update of a normal mean with known variance (Gelman and others, Bayesian Data Analysis, 2.5), on the
    difference itself as GrowthBook does; the risk is the mean loss over the half of the posterior where one is wrong.
    """
    if effect is None:
        return NOTHING_KNOWN
    from scipy.stats import norm  # noqa: PLC0415 - slow to load, and needed by read-outs only

    precision = 1 / effect.error**2 + (1 / prior.variance if prior else 0.0)
    weighed = effect.difference / effect.error**2 + (prior.mean / prior.variance if prior else 0.0)
    mean, error = weighed / precision, math.sqrt(1 / precision)
    belief = norm(loc=mean, scale=error)
    density = float(error * norm.pdf(mean / error))
    lose_by_staying = mean * float(belief.sf(0)) + density
    lose_by_changing = lose_by_staying - mean
    risk = (lose_by_changing, lose_by_staying) if lower_is_better else (lose_by_staying, lose_by_changing)
    chance = float(belief.cdf(0) if lower_is_better else belief.sf(0))
    return Posterior(mean, error, float(belief.ppf(alpha / 2)), float(belief.ppf(1 - alpha / 2)), chance, risk)


def sample_ratio_p(users: Sequence[int]) -> float | None:
    """Return the p-value of an equal split over the arms (chi-square); None for one arm or nobody."""
    if len(users) < 2 or not sum(users):
        return None
    from scipy.stats import chisquare  # noqa: PLC0415 - slow to load, and needed by read-outs only

    return float(chisquare(users).pvalue)


def exact_p(control: Moments, treatment: Moments) -> float:
    """Return the p-value of two shares by Fisher's exact test: for counts too small for a normal."""
    from tea_tasting.metrics import Proportion  # noqa: PLC0415 - slow to load, and needed by read-outs only

    found = Proportion("y", method="fisher").analyze_aggregates(_aggregates(control), _aggregates(treatment))
    return float(found.pvalue)


def detectable(control: Moments, treatment: Moments) -> float | None:
    """Return the smallest difference that arms of these sizes show with 80% power at 5%.

    None where nothing varies, or the arms are too small for any.
    """
    ratio, users = treatment.n / max(control.n, 1), control.n + treatment.n
    found = _solved(control, treatment, "effect_size", ratio=ratio, n_obs=users)
    return None if found is None else abs(float(found.effect_size))


def needed_users(control: Moments, treatment: Moments, difference: float) -> int | None:
    """Return how many users each arm needs to show ``difference`` with 80% power at 5%, in two equal arms.

    None where nothing varies, or the difference is too small for any number.
    """
    if not difference:
        return None
    found = _solved(control, treatment, "n_obs", ratio=1, effect_size=abs(difference))
    return None if found is None else math.ceil(float(found.n_obs) / 2)


def _solved(control: Moments, treatment: Moments, parameter: str, **settings: float) -> Any:
    """Return what tea-tasting finds for one parameter of the test's power; None where there is none."""
    if not _can_test(control, treatment):
        return None
    metric = _metric(control, adjusted="x" in control.sums, alpha=ALPHA, power=POWER, **settings)
    try:
        (found,) = metric.solve_power_from_aggregates(_base(control, treatment), parameter)
    except (RuntimeError, ValueError, OverflowError):  # SciPy's solver: no root, or not a number on the way
        return None
    return found


def _can_test(control: Moments, treatment: Moments) -> bool:
    spreads = (control.variance, treatment.variance)
    return None not in spreads and any(spreads)


def _value(arm: Moments) -> float:
    assert arm.value is not None  # noqa: S101 - whoever calls has asked _can_test
    return arm.value


def _error_squared(arm: Moments) -> float:
    return (arm.variance or 0.0) / arm.n


def _plain_error(control: Moments, treatment: Moments) -> float:
    return math.sqrt(_error_squared(control) + _error_squared(treatment))


def _relative_error(control: Moments, treatment: Moments) -> float:
    base, ratio = _value(control), _value(treatment) / _value(control)
    return math.sqrt(_error_squared(treatment) + _error_squared(control) * ratio**2) / abs(base)


def _degrees_of_freedom(control: Moments, treatment: Moments) -> float:
    """Return Welch's and Satterthwaite's degrees of freedom."""
    one, other = _error_squared(control), _error_squared(treatment)
    return (one + other) ** 2 / (one**2 / (control.n - 1) + other**2 / (treatment.n - 1))


def _metric(arm: Moments, *, adjusted: bool, **settings: Any) -> RatioOfMeans:
    from tea_tasting.metrics import RatioOfMeans  # noqa: PLC0415 - slow to load, and needed by read-outs only

    ratio = "d" in arm.sums
    return RatioOfMeans(
        "y",
        "d" if ratio else None,
        "x" if adjusted else None,
        "e" if adjusted and ratio else None,
        equal_var=False,
        use_t=True,
        **settings,
    )


def _aggregates(arm: Moments) -> Aggregates:
    from tea_tasting.aggr import Aggregates  # noqa: PLC0415 - slow to load, and needed by read-outs only

    pairs = [(one, other) for one in arm.sums for other in arm.sums if one < other]
    return Aggregates(
        count_=arm.n,
        mean_={name: arm.mean(name) for name in arm.sums},
        var_={name: arm.cov(name, name) for name in arm.sums},
        cov_={pair: arm.cov(*pair) for pair in pairs},
    )


def _base(control: Moments, treatment: Moments) -> Aggregates:
    """Return what a new sample is expected to be like: control, or both arms where nothing varies in control."""
    return _aggregates(control) if control.variance else _aggregates(control) + _aggregates(treatment)
