"""The statistics of two arms against published figures: GrowthBook's own tests and the Cookie Cats experiment."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.experiments import statistics
from tools.experiments.statistics import Moments, Prior, moments

A = moments(3407, 1396.87, 52377.9767)
B = moments(3461, 2422.7, 134698.29)
A_FEWER = moments(3000, 1396.87, 52377.9767)


def share(done: int, users: int) -> Moments:
    return moments(users, done, done)


def test_relative_differences_are_growthbooks() -> None:
    """Delta method, Welch's degrees of freedom: to five decimals; of shares to three, as theirs divide by n."""
    mean, shares = statistics.compare_relative(A, B), statistics.compare_relative(share(14, 28), share(16, 30))
    assert mean is not None
    assert shares is not None
    figures = [mean.difference, mean.low, mean.high, mean.p_value]
    assert figures == pytest.approx([0.70732, -0.03526, 1.44989, 0.06191], abs=6e-6)
    figures = [shares.difference, shares.low, shares.high, shares.p_value]
    assert figures == pytest.approx([0.06667, -0.47767, 0.61101, 0.80707], abs=0.011)


@pytest.mark.parametrize(
    ("arms", "tuning", "interval", "p_value"),
    [
        ((A_FEWER, B), 1000, (-0.55844, 1.56516), 1.0),
        ((share(1396, 3000), share(2422, 3461)), 5000, (0.40098, 0.60675), 0.0),
    ],
)
def test_always_valid_intervals_are_growthbooks(
    arms: tuple[Moments, Moments], tuning: float, interval: tuple[float, float], p_value: float
) -> None:
    """Wider than a fixed horizon's, and what GrowthBook's sequential test gives."""
    effect = statistics.compare_relative(*arms)
    assert effect is not None
    found = statistics.always_valid(effect, arms[0].n + arms[1].n, tuning=tuning)
    assert (found.low, found.high) == pytest.approx(interval, abs=3e-5)
    assert found.p_value == pytest.approx(p_value, abs=6e-6)
    assert found.high - found.low > effect.high - effect.low


def test_sums_that_no_users_can_have_give_no_result() -> None:
    """Two users cannot have that sum and so small a sum of squares: no test, even chances."""
    impossible = moments(2, 1396.87, 52377.9767)
    assert statistics.compare(impossible, B) is None
    assert statistics.compare_relative(impossible, B) is None
    assert statistics.posterior(None).chance == 0.5


def test_cookie_cats() -> None:
    """Day-1 retention is not significant, day 7 is, and the split is odd at 1% but not at 0.1%."""
    users = (44_700, 45_489)
    for returned, p_value in (((20_034, 20_119), 0.0744), ((8_502, 8_279), 0.00155)):
        effect = statistics.compare(share(returned[0], users[0]), share(returned[1], users[1]))
        assert effect is not None
        assert effect.p_value == pytest.approx(p_value, rel=5e-3)
    p_value = statistics.sample_ratio_p(users)
    assert p_value == pytest.approx(0.0086, abs=5e-5)
    assert statistics.SRM_ALPHA < p_value < 0.01


def test_power_is_that_of_the_test() -> None:
    """The textbook case: a share of 10% to 12%, 80% power at 5%, takes about 3,840 users an arm; both ways agree."""
    control, treatment = share(1000, 10_000), share(1200, 10_000)
    needed = statistics.needed_users(control, treatment, 0.02)
    assert needed == pytest.approx(2 * 0.09 * (1.96 + 0.8416) ** 2 / 0.02**2, rel=0.01)
    same_size = share(round(needed * 0.1), needed)
    assert statistics.detectable(same_size, same_size) == pytest.approx(0.02, rel=0.01)


def test_a_prior_pulls_the_difference_towards_itself() -> None:
    """Precision-weighted mean of prior and data; where lower is better, chance and risk change sides."""
    effect = statistics.compare(A, B)
    assert effect is not None
    pulled = statistics.posterior(effect, prior=Prior(0.0, effect.error**2))
    assert pulled.mean == pytest.approx(effect.difference / 2)
    assert pulled.error == pytest.approx(effect.error / 2**0.5)
    up, down = statistics.posterior(effect), statistics.posterior(effect, lower_is_better=True)
    assert up.chance + down.chance == pytest.approx(1)
    assert up.risk == down.risk[::-1]
    assert up.risk[0] - up.risk[1] == pytest.approx(effect.difference)


def test_nothing_slow_loads_before_the_first_read_out() -> None:
    """Importing every tool loads neither SciPy nor tea-tasting nor what they bring."""
    code = "import sys, tools.toolbox; print(sorted({'scipy', 'tea_tasting', 'ibis', 'pyarrow', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
