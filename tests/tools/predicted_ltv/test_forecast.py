"""BG/NBD and gamma-gamma: what is published for the CDNOW sample, and a prediction that says that it is one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.conformance.cdnow import histories, needs_models
from tools.predicted_ltv.forecast import PurchaseModel, SpendModel, fit_purchases, fit_spend, predict_ltv
from tools.predicted_ltv.purchases import Customer
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse

PURCHASES = PurchaseModel(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = SpendModel(p=6.25, q=3.74, v=15.44)


@pytest.fixture(scope="module")
def fitted() -> PurchaseModel:
    needs_models()
    return fit_purchases(histories("cdnow_customers_summary.csv"))


def test_the_published_purchase_parameters_come_out(fitted: PurchaseModel) -> None:
    """Fader, Hardie and Lee 2005: r .243, alpha 4.414, a .793, b 2.426 (flat priors, maximum a posteriori)."""
    found = (fitted.r, fitted.alpha, fitted.a, fitted.b)
    assert found == pytest.approx((PURCHASES.r, PURCHASES.alpha, PURCHASES.a, PURCHASES.b), abs=5.1e-4)


def test_the_published_spend_parameters_come_out() -> None:
    """Fader and Hardie 2013: p 6.25, q 3.74, v 15.44 over the 946 customers who came back."""
    needs_models()
    found = fit_spend(histories("cdnow_customers_summary_with_transactions.csv"))
    assert (found.p, found.q, found.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.011)


def test_the_published_expectations_come_out(fitted: PurchaseModel) -> None:
    """E[X(t)] of a new customer, what the published one will buy in 39 weeks, and what ten will spend."""
    published = {0.1429: 0.0078, 1: 0.0532, 3: 0.1506, 31.8571: 1.0405, 32: 1.0437, 78: 1.8576}
    found = {weeks: fitted.expected_purchases_of_new(weeks) for weeks in published}
    assert found == pytest.approx(published, abs=5e-4)
    one = Customer(0, 2, 30.43, 38.86, 0.0)
    assert fitted.expected_purchases([one], 39) == pytest.approx([1.226], abs=1e-3)
    assert PURCHASES.chances_alive([Customer(0, 0, 0, 38.86, 0.0)]) == pytest.approx([1.0])
    ten = histories("cdnow_customers_summary_with_transactions.csv")[:10]
    assert SPEND.expected_spend(ten)[:3] == pytest.approx([24.65, 18.91, 35.17], abs=0.1)


def test_chances_of_so_many_purchases_add_up_and_have_the_expected_mean() -> None:
    """Equation 8 for no purchase is the published figure; over all counts it is a distribution."""
    assert PURCHASES.chance_of_purchases(0, 39) == pytest.approx(0.5737864, abs=1e-4)
    chances = [PURCHASES.chance_of_purchases(number, 39) for number in range(200)]
    assert sum(chances) == pytest.approx(1, abs=1e-6)
    assert sum(number * chance for number, chance in enumerate(chances)) == pytest.approx(1.2, abs=0.05)


def test_a_prediction_is_marked_as_one(demo_home: Path, tmp_path: Path) -> None:
    """Every customer of the demo has figures in their range, and the note says model, days and correlation."""
    needs_models()
    layer = SemanticLayer(load_catalog(), Warehouse(demo_home / "warehouse" / "serving.duckdb"), ReceiptStore(tmp_path))
    found = predict_ltv(layer, months=6)
    layer.warehouse.close()
    assert len(found.forecasts) > 500
    assert all(0 <= f.alive <= 1 and f.purchases >= 0 and f.spend > 0 and f.value >= 0 for f in found.forecasts)
    assert "A prediction, not data" in found.note.en
    assert "2025-12-31 for the next 6 months" in found.note.en
    assert found.note.zh.startswith("预测值，不是已发生的数据")


def test_too_few_who_came_back_are_refused() -> None:
    """Fits need a pattern to learn."""
    needs_models()
    with pytest.raises(QueryError) as caught:
        fit_purchases([Customer(n, n % 2, n % 2, 9, 5.0) for n in range(20)])
    assert caught.value.code == "too_few_repeaters"


@pytest.mark.skipif(importlib.util.find_spec("pymc_marketing") is not None, reason="the extra is installed here")
def test_without_the_extra_the_error_says_how_to_get_it() -> None:
    """In both languages, with the command and with what there is instead."""
    with pytest.raises(QueryError) as caught:
        fit_purchases([])
    assert caught.value.code == "extra_missing"
    for words in (caught.value.text.zh, caught.value.text.en):
        assert "pip install 'yunce[ltv]'" in words
        assert "ltv_curve" in words
