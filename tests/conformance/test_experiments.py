"""GrowthBook's test cases (gbstats), run through the statistics that ``experiment_readout`` shows and says.

The cases give sums over users instead of users, so they start where a read-out's SELECT ends: at the moments of two arms.
GrowthBook says "no result" as an effect of 0, an interval from 0 to 0, a p-value of 1 and even chances; our read-out has null
there (our chance is 0.5 as well), and the adapter spells it their way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.conformance.warehouse import Case, cases
from tools.experiments import statistics
from tools.experiments.statistics import Effect, Moments, Posterior, Prior

_NO_RESULT = {"effect": 0.0, "ci": [0.0, 0.0], "ci_low": 0.0, "ci_high": 0.0, "se": 0.0, "p": 1.0}
_ALTERNATIVES = {"greater": "greater", "lesser": "less", "less": "less", "two_sided": "two-sided"}


@pytest.mark.parametrize("case", cases("gbstats_ab.json"))
def test_ab_case(case: Case) -> None:
    """Effect, interval, error, p-value, chance and risk are those that GrowthBook's test expects."""
    query, expected = case["query"], dict(case["expected"])
    decimals = expected.pop("decimals", None)
    found = _found(query["kind"], query["params"])
    assert set(expected) <= set(found), f"the adapter does not know {set(expected) - set(found)}"
    for name, wanted in expected.items():
        near = {"abs": 0.5 * 10**-decimals * 1.001} if decimals is not None else {"rel": 1e-9, "abs": 1e-12}
        assert found[name] == pytest.approx(wanted, **near), name


def _found(kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    arms = _arm(params["control"]), _arm(params["treatment"])
    compare = statistics.compare if params.get("difference") == "absolute" else statistics.compare_relative
    alpha = params.get("alpha", 0.05)
    alternative = next((ours for theirs, ours in _ALTERNATIVES.items() if theirs in kind), "two-sided")
    effect = compare(*arms, alternative=alternative, alpha=alpha)  # type: ignore[arg-type]
    if "bayes" in kind:
        return _belief(
            statistics.posterior(effect, prior=_prior(params), lower_is_better=_inverse(params), alpha=alpha)
        )
    if effect is None:
        return dict(_NO_RESULT)
    if "sequential" in kind:
        tuning = params.get("sequential_tuning_parameter", params.get("tuning", statistics.SEQUENTIAL_TUNING))
        effect = statistics.always_valid(effect, arms[0].n + arms[1].n, alpha=alpha, tuning=tuning)
    return _frequentist(effect)


def _arm(given: Mapping[str, float]) -> Moments:
    """Return the moments of an arm.

    A proportion has no sum of squares. GrowthBook gives it the variance p(1 - p), which divides by n; ours divide by n - 1.
    """
    n, total = int(given["n"]), given["sum"]
    squares = given.get("sum_squares")
    if squares is None:
        squares = total * (1 - total / n) * (n - 1) / n + total**2 / n if n else 0.0
    return statistics.moments(n, total, squares)


def _prior(params: Mapping[str, Any]) -> Prior | None:
    given = params.get("prior") or params.get("prior_effect")
    return Prior(given["mean"], given["variance"]) if given and given.get("proper", True) else None


def _inverse(params: Mapping[str, Any]) -> bool:
    return bool(params.get("inverse", False))


def _frequentist(effect: Effect) -> dict[str, Any]:
    ends = {"ci": [effect.low, effect.high], "ci_low": effect.low, "ci_high": effect.high}
    return {"effect": effect.difference, "se": effect.error, "p": effect.p_value, **ends}


def _belief(belief: Posterior) -> dict[str, Any]:
    ends = {"ci": [belief.low, belief.high], "ci_low": belief.low, "ci_high": belief.high}
    risk = list(belief.risk)
    return {"effect": belief.mean, "se": belief.error, "chance_to_win": belief.chance, "risk": risk, **ends}
