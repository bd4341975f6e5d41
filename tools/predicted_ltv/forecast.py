"""BG/NBD with gamma-gamma: how often customers will buy, what they will spend, through pymc-marketing (extra ``ltv``).

Models: Fader, Hardie and Lee, "Counting your customers the easy way" (Marketing Science 24, 2005); Fader and Hardie, "The
gamma-gamma model of monetary value" (2013). Fits are maxima a posteriori under flat priors, which is maximum likelihood:
they reproduce the parameters published for the CDNOW sample.

Importing this module is quick; the first fit loads pymc-marketing, which takes some 15 seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from knowledge.errors import QueryError
from knowledge.text import Text
from tools.predicted_ltv.purchases import Customer, purchase_histories
from tools.semantic_layer.engine import SemanticLayer
from tools.warehouse.rows import Scalar

LEAST_REPEATERS: Final = 30
"""Fewer customers who came back than this, and there is nothing to learn a pattern from."""
INSTALL: Final = "pip install 'yunce[ltv]'"


@dataclass(frozen=True)
class PurchaseModel:
    """A fitted BG/NBD model: purchase rates are gamma(r, alpha), chances to leave after a purchase beta(a, b).

    Times are in the unit of the histories that it was fitted to.
    """

    r: float
    alpha: float
    a: float
    b: float

    @cached_property
    def fitted(self) -> Any:
        """The model of pymc-marketing with these parameters. Raises QueryError without the extra."""
        return _with_parameters("BetaGeoModel", {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b})

    def expected_purchases(self, customers: Sequence[Customer], units: float) -> list[float]:
        """Return how many purchases each customer is expected to make in the next ``units``."""
        return _means(self.fitted.expected_purchases(_frame(customers), future_t=units))

    def chances_alive(self, customers: Sequence[Customer]) -> list[float]:
        """Return the chance that each customer has not left; it is 1 for everyone without a repeat, by the model."""
        return _means(self.fitted.expected_probability_alive(_frame(customers)))

    def expected_purchases_of_new(self, units: float) -> float:
        """Return how many purchases a new customer is expected to make in the first ``units`` after the first."""
        frame = _frame([Customer(0, 0, 0, 0, 0.0)])
        (found,) = _means(self.fitted.expected_purchases_new_customer(frame, t=units))
        return found

    def chance_of_purchases(self, number: int, units: float) -> float:
        """Return the chance that a new customer makes exactly ``number`` repeat purchases in ``units``.

        Equation 8 of Fader, Hardie and Lee 2005, which the library does not have.
        """
        r, alpha, a, b, x = self.r, self.alpha, self.a, self.b, number
        rate = _log_beta(a, b + x) - _log_beta(a, b) + math.lgamma(r + x) - math.lgamma(r) - math.lgamma(x + 1)
        rate += r * math.log(alpha / (alpha + units)) + x * math.log(units / (alpha + units))
        if not x:
            return math.exp(rate)
        shares = [
            math.exp(math.lgamma(r + j) - math.lgamma(r) - math.lgamma(j + 1) + j * math.log(units / (alpha + units)))
            for j in range(x)
        ]
        left = math.exp(_log_beta(a + 1, b + x - 1) - _log_beta(a, b))
        return math.exp(rate) + left * (1 - math.exp(r * math.log(alpha / (alpha + units))) * sum(shares))


@dataclass(frozen=True)
class SpendModel:
    """A fitted gamma-gamma model of the value of a purchase, with shape parameters p and q and scale v."""

    p: float
    q: float
    v: float

    @cached_property
    def fitted(self) -> Any:
        """The model of pymc-marketing with these parameters. Raises QueryError without the extra."""
        return _with_parameters("GammaGammaModel", {"p": self.p, "q": self.q, "v": self.v})

    def expected_spend(self, customers: Sequence[Customer]) -> list[float]:
        """Return the value that a purchase of each customer is expected to have."""
        return _means(self.fitted.expected_customer_spend(_frame(customers)))


@dataclass(frozen=True)
class Forecast:
    """What one customer is expected to bring.

    Attributes:
        purchases: expected number in the months ahead.
        alive: the chance that the customer has not left.
        spend: expected value of a purchase, CNY.
        value: expected net revenue of the months ahead, discounted, CNY.
    """

    user_id: Scalar
    purchases: float
    alive: float
    spend: float
    value: float


@dataclass(frozen=True)
class PredictedLtv:
    """A prediction, marked as one: it goes nowhere without ``note``.

    Attributes:
        forecasts: by customer.
        purchase_model, spend_model: what was fitted, with weeks as units.
        observed_from, observed_to: the days of the data that the models were fitted to.
        months, monthly_discount: how far ahead, and how much less a later month counts.
        note: says that this is a model's prediction, which, from what, and how well its assumption holds.
    """

    forecasts: tuple[Forecast, ...]
    purchase_model: PurchaseModel
    spend_model: SpendModel
    observed_from: date
    observed_to: date
    months: int
    monthly_discount: float
    note: Text


def predict_ltv(
    layer: SemanticLayer, *, months: int = 12, monthly_discount: float = 0.01, until: date | None = None
) -> PredictedLtv:
    """Return what everybody who ordered by ``until`` is expected to bring in the next ``months``, by user.

    Purchases are weeks with an order, their value is net revenue in CNY; later months are discounted.

    Raises:
        QueryError: the extra is not installed; too few customers came back; ``until`` lies outside the data.
        WarehouseError: as every query does.
    """
    _library()
    meta = layer.warehouse.meta
    customers = purchase_histories(layer, unit="week", until=until)
    purchases, spend = fit_purchases(customers), fit_spend(customers)
    values = spend.fitted.expected_customer_lifetime_value(
        purchases.fitted, _frame(customers), future_t=months, discount_rate=monthly_discount, time_unit="W"
    )
    weeks = months * 365.25 / 12 / 7
    figures = zip(
        customers,
        purchases.expected_purchases(customers, weeks),
        purchases.chances_alive(customers),
        spend.expected_spend(customers),
        _means(values),
        strict=True,
    )
    end = until or meta.as_of
    return PredictedLtv(
        forecasts=tuple(Forecast(c.user_id, *numbers) for c, *numbers in figures),
        purchase_model=purchases,
        spend_model=spend,
        observed_from=meta.data_start,
        observed_to=end,
        months=months,
        monthly_discount=monthly_discount,
        note=_note(customers, meta.data_start, end, months, monthly_discount),
    )


def fit_purchases(customers: Sequence[Customer]) -> PurchaseModel:
    """Return the BG/NBD model of purchase histories. Raises QueryError without the extra or with too few who came back."""
    _library()
    _enough(customers)
    found = _fit("BetaGeoModel", ("r", "alpha", "a", "b"), _frame(customers))
    return PurchaseModel(**found)


def fit_spend(customers: Sequence[Customer]) -> SpendModel:
    """Return the gamma-gamma model of what customers who came back spend. Raises QueryError as ``fit_purchases``."""
    _library()
    spenders = _spenders(customers)
    _enough(spenders)
    found = _fit("GammaGammaModel", ("p", "q", "v"), _frame(spenders))
    return SpendModel(**found)


def _spenders(customers: Sequence[Customer]) -> list[Customer]:
    """Return who came back and paid for it: a gamma has no place for 0 and less (all refunded)."""
    return [customer for customer in customers if customer.frequency and customer.monetary_value > 0]


def _enough(customers: Sequence[Customer]) -> None:
    repeaters = sum(1 for customer in customers if customer.frequency)
    if repeaters < LEAST_REPEATERS:
        raise QueryError(
            Text(
                f"只有 {repeaters} 名用户复购，至少需要 {LEAST_REPEATERS} 名才能拟合 LTV 预测。请用更长的历史，或改看 ltv_curve。",
                f"Only {repeaters} customers came back; a lifetime value model takes at least {LEAST_REPEATERS}. Use a longer "
                "history, or look at ltv_curve instead.",
            ),
            code="too_few_repeaters",
        )


def _library() -> Any:
    """Return pymc-marketing's models. Raises QueryError where the extra is not installed."""
    try:
        from pymc_marketing import clv  # noqa: PLC0415 - 700 MB and some 15 seconds, in an extra of its own
    except ImportError as error:
        raise QueryError(
            Text(
                f"LTV 预测需要可选组件 ltv（pymc-marketing，约 700 MB），目前没有安装。运行 {INSTALL} 后再试；"
                "已发生的 LTV 请用 ltv_curve 或指标 ltv_30 至 ltv_180。",
                f"Predicted lifetime value needs the optional extra ltv (pymc-marketing, some 700 MB), which is not installed. "
                f"Run {INSTALL} and try again; for lifetime value so far use ltv_curve or the metrics ltv_30 to ltv_180.",
            ),
            code="extra_missing",
        ) from error
    return clv


def _flat(names: Sequence[str]) -> dict[str, Any]:
    from pymc_extras.prior import Prior  # noqa: PLC0415 - with the extra

    return {name: Prior("HalfFlat") for name in names}


def _fit(model: str, names: Sequence[str], frame: Any) -> dict[str, float]:
    fitted = getattr(_library(), model)(model_config=_flat(names))
    fitted.fit(data=frame, method="map", progressbar=False)
    return {name: float(fitted.fit_result[name].mean()) for name in names}


def _with_parameters(model: str, parameters: dict[str, float]) -> Any:
    """Return a model of the library that takes these parameters as fitted."""
    made = getattr(_library(), model)(model_config=_flat(list(parameters)))
    import arviz  # noqa: PLC0415 - with the extra

    made.build_model(data=_frame([Customer(0, 1, 1, 2, 1.0)]))  # the data play no part in what is predicted for others
    made.idata = arviz.from_dict(posterior={name: [[value]] for name, value in parameters.items()})
    return made


def _frame(customers: Sequence[Customer]) -> Any:
    import pandas as pd  # noqa: PLC0415 - with the extra

    return pd.DataFrame(
        {
            "customer_id": range(len(customers)),
            "frequency": [float(customer.frequency) for customer in customers],
            "recency": [float(customer.recency) for customer in customers],
            "T": [float(customer.age) for customer in customers],
            "monetary_value": [customer.monetary_value for customer in customers],
        }
    )


def _means(found: Any) -> list[float]:
    """Return one number for each customer: the mean over what was drawn, of which a maximum has one."""
    draws = [name for name in ("chain", "draw") if name in found.dims]
    return [float(number) for number in found.mean(draws).to_numpy().reshape(-1)]


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _correlation(customers: Sequence[Customer]) -> float:
    """Return how frequency and spend go together among those who came back; the models assume that they do not."""
    pairs = [(float(customer.frequency), customer.monetary_value) for customer in _spenders(customers)]
    means = [sum(values) / len(pairs) for values in zip(*pairs, strict=True)]
    together = sum((x - means[0]) * (y - means[1]) for x, y in pairs)
    spreads = [
        math.sqrt(sum((value - mean) ** 2 for value in v))
        for v, mean in zip(zip(*pairs, strict=True), means, strict=True)
    ]
    return together / (spreads[0] * spreads[1]) if all(spreads) else 0.0


def _note(customers: Sequence[Customer], start: date, end: date, months: int, discount: float) -> Text:
    together = _correlation(customers)
    return Text(
        f"预测值，不是已发生的数据：由 BG/NBD 与 gamma-gamma 模型根据 {start} 至 {end} 的订单推算未来 {months} 个月"
        f"（月折现率 {discount:.1%}）。模型假设复购次数与客单无关，数据中两者的相关系数为 {together:.2f}。",
        f"A prediction, not data: expected by a BG/NBD and gamma-gamma model from the orders of {start} to {end} for the next "
        f"{months} months (discounted {discount:.1%} a month). The models take how often and how much to be unrelated; in the "
        f"data their correlation is {together:.2f}.",
    )
