"""The cases of lifetimes: purchase histories through our SELECT, its BG/NBD and gamma-gamma figures through our models.

The models need the extra ``ltv`` and, for the published CDNOW figures, the data in the package Lifetimes: ``make test-ltv``
runs them in an environment of their own. Elsewhere they skip, saying so; ``YUNCE_REQUIRE_LTV=1`` makes that a failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.cdnow import histories, needs_data, needs_models
from tests.conformance.warehouse import Case, build_case, cases
from tools.predicted_ltv.forecast import PurchaseModel, SpendModel, fit_purchases, fit_spend
from tools.predicted_ltv.purchases import Customer, purchase_histories

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
"""Fader, Hardie and Lee 2005, table 2."""
_NAMES = {
    "frequency": "frequency",
    "recency": "recency",
    "T": "age",
    "monetary_value": "monetary_value",
    "frequency_cal": "frequency",
    "recency_cal": "recency",
    "T_cal": "age",
    "monetary_value_cal": "monetary_value",
    "frequency_holdout": "holdout_frequency",
    "monetary_value_holdout": "holdout_value",
}
"""Column of lifetimes -> ours."""


@pytest.mark.parametrize("case", cases("lifetimes_rfm_clv.json"))
def test_customer_case(case: Case, tmp_path: Path) -> None:
    """The histories, fits and predictions are those that the test of lifetimes expects."""
    query, expected = case["query"], dict(case["expected"])
    if "events" in case:
        _histories(case, tmp_path)
        return
    decimals, atol = expected.pop("decimals", None), expected.pop("atol", 1e-6)
    tolerance = 0.5 * 10**-decimals * 1.001 if decimals is not None else atol
    found = _ANSWERS[query["kind"]](query["params"])
    for name, wanted in expected.items():
        assert found[name] == pytest.approx(wanted, abs=tolerance), name


def _histories(case: Case, home: Path) -> None:
    params = case["query"]["params"]
    value = params.get("value")
    orders = [
        {
            "order_id": str(number),
            "user_id": event["user"],
            "paid_at": event["timestamp"].removesuffix("Z").replace("T", " "),
            "amount": str(event["properties"][value] if value else 1),
        }
        for number, event in enumerate(case["events"])
    ]
    ends = [params[key] for key in ("calibration_end", "calibration_period_end") if key in params]
    whole = date.fromisoformat(params.get("observation_end") or max(order["paid_at"] for order in orders)[:10])
    until = date.fromisoformat(ends[0]) if ends else whole
    warehouse = build_case(home, case, until=whole, tables={"orders": orders})
    unit = params.get("period", "day")
    found = purchase_histories(warehouse.layer, unit=unit, until=until, holdout_until=whole if ends else None)
    by_user = {str(customer.user_id): customer for customer in found}
    rows: Mapping[str, Mapping[str, float]] = case["expected"]["rows"]
    for user, wanted in rows.items():
        for column, number in wanted.items():
            assert getattr(by_user[user], _NAMES[column]) == pytest.approx(number), f"{user} {column}"


def _purchase_model(params: Mapping[str, Any]) -> PurchaseModel:
    given = {name: params.get(name, PUBLISHED[name]) for name in PUBLISHED}
    return PurchaseModel(**given)


def _customer(params: Mapping[str, Any]) -> Customer:
    # The model takes weeks with fractions, as the published example has them.
    return Customer(0, params.get("x", 0), params.get("t_x", 0), params.get("T", 0), 0.0)


def _purchases_fit(_params: Mapping[str, Any]) -> dict[str, Any]:
    needs_models()
    return vars(fit_purchases(histories("cdnow_customers_summary.csv")))


def _purchases_ahead(params: Mapping[str, Any]) -> dict[str, Any]:
    needs_models()
    model = _purchase_model(params)
    if "x" not in params:
        return {"expected_purchases": model.expected_purchases_of_new(params["t"])}
    (ahead,) = model.expected_purchases([_customer(params)], params["t"])
    return {"expected_purchases": ahead}


def _alive(params: Mapping[str, Any]) -> dict[str, Any]:
    needs_models()
    (chance,) = _purchase_model(params).chances_alive([_customer(params)])
    return {"value": chance, "p_alive": chance}


def _chance_of_purchases(params: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": _purchase_model(params).chance_of_purchases(params["n"], params["t"])}


def _spend_fit(_params: Mapping[str, Any]) -> dict[str, Any]:
    needs_models()
    return vars(fit_spend(histories("cdnow_customers_summary_with_transactions.csv")))


def _spend_ahead(params: Mapping[str, Any]) -> dict[str, Any]:
    needs_models()
    count = int(re.search(r"first (\d+)", params["rows"]).group(1))  # type: ignore[union-attr]
    customers = histories("cdnow_customers_summary_with_transactions.csv")[:count]
    return {"values": SpendModel(params["p"], params["q"], params["v"]).expected_spend(customers)}


_ANSWERS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "bgnbd_fit": _purchases_fit,
    "bgnbd_predict": _purchases_ahead,
    "bgnbd_expected": _purchases_ahead,
    "bgnbd_alive": _alive,
    "bgnbd_pmf": _chance_of_purchases,
    "gamma_gamma_fit": _spend_fit,
    "gamma_gamma_predict": _spend_ahead,
}


def test_the_data_are_read_from_the_package() -> None:
    """Where Lifetimes is installed, its files hold what the published figures were computed from."""
    needs_data()
    assert len(histories("cdnow_customers_summary.csv")) == 2357
    assert sum(c.frequency > 0 for c in histories("cdnow_customers_summary_with_transactions.csv")) == 946
