"""Purchase histories as models of lifetime value take them: frequency, recency, age and mean value, by unit of time.

In this field *frequency* counts repeat units (the first purchase is left out, several in one unit are one) and *recency*
is last minus first purchase. In RFM, as our segments have it, they are the number of orders and the days since the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

from knowledge.errors import QueryError
from knowledge.text import Text
from tools.behaviour.units import unit_start
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.engine import SemanticLayer
from tools.warehouse.door import Interrupter
from tools.warehouse.guard import vet
from tools.warehouse.rows import Scalar

Unit = Literal["day", "week", "month"]
NET: Final = "o.amount - coalesce(o.discount, 0) - coalesce(o.refund_amount, 0)"
_MOST: Final = 5_000_000
_DAYS: Final[Mapping[str, int]] = MappingProxyType({"day": 1, "week": 7})


@dataclass(frozen=True)
class Customer:
    """One customer's purchases up to the end of observation, in units of time.

    Attributes:
        user_id: whose.
        frequency: units with a purchase after the first such unit.
        recency: units between the first and the last with a purchase.
        age: units between the first with a purchase and that of the end of observation (T in the literature).
        monetary_value: mean net revenue of the repeat units; 0 without any.
        holdout_frequency: units with a purchase after the observation, up to the end of the hold-out.
        holdout_value: mean net revenue of an order of the hold-out; 0 without any.
    """

    user_id: Scalar
    frequency: int
    recency: float
    age: float
    monetary_value: float
    holdout_frequency: int = 0
    holdout_value: float = 0.0


def purchase_histories(
    layer: SemanticLayer,
    *,
    unit: Unit = "week",
    until: date | None = None,
    holdout_until: date | None = None,
    interrupter: Interrupter | None = None,
) -> tuple[Customer, ...]:
    """Return everybody who ordered by ``until`` (default: the last day with data), by user.

    Units are calendar ones in the business time zone; weeks begin as the workspace says. The value of a unit is the sum of
    its orders' net revenue. With ``holdout_until`` the purchases after ``until`` are counted as well, for checking a model.

    Raises:
        QueryError: the end lies outside the data, or the hold-out ends before it begins.
        WarehouseError: as every query does.
    """
    meta = layer.warehouse.meta
    end = until or meta.as_of
    _check(end, holdout_until, meta.data_start, meta.as_of)
    binder = Binder()
    sql = _select(binder, unit, end, holdout_until, sunday=layer.week_start == "sunday")
    rows = layer.warehouse.run(
        vet(sql, binder.values, tables=["orders"], row_limit=_MOST), interrupter=interrupter
    ).rows
    return tuple(
        Customer(user, int(f or 0), int(r or 0), int(t or 0), float(m or 0), int(hf or 0), float(hm or 0))
        for user, f, r, t, m, hf, hm in rows
    )


def _check(end: date, holdout: date | None, data_start: date, as_of: date) -> None:
    if end < data_start or max(end, holdout or end) > as_of:
        raise QueryError(
            Text(
                f"观察期末 {holdout or end} 超出数据范围（{data_start} 至 {as_of}）。请在其中选一天。",
                f"The end of observation {holdout or end} lies outside the data ({data_start} to {as_of}). Take a day within.",
            ),
            code="outside_data",
        )
    if holdout is not None and holdout <= end:
        raise QueryError(
            Text(
                f"留出期末 {holdout} 不晚于观察期末 {end}，没有留出的日子。请把它往后移。",
                f"The hold-out ends on {holdout}, not after the observation's end {end}: it has no day. Move it later.",
            ),
            code="no_days",
        )


def _select(binder: Binder, unit: Unit, end: date, holdout: date | None, *, sunday: bool) -> str:
    last, late = binder.day("until", end), binder.day("holdout_until", holdout or end)
    shift = 1 if unit == "week" and sunday else 0  # DuckDB's weeks begin on Mondays
    day = f"o.order_date + {shift}" if shift else "o.order_date"
    number = day if unit == "day" else f"CAST(date_trunc('{unit}', {day}) AS DATE)"
    ended = binder.day("ended", unit_start(end, unit, "sunday" if sunday else "monday") + timedelta(days=shift))

    def between(first: str, second: str) -> str:
        steps = f"date_diff('{'month' if unit == 'month' else 'day'}', {first}, {second})"
        return f"CAST({steps} / {_DAYS.get(unit, 1)} AS INTEGER)"

    in_time = f"o.order_date <= {last}"
    units = (
        f"SELECT o.user_id AS user_id, {number} AS unit, CASE WHEN {in_time} THEN 1 ELSE 0 END AS seen, "
        f"sum(coalesce({NET}, 0)) AS value, count(*) AS orders FROM orders AS o "
        f"WHERE o.order_date <= {late} AND o.user_id IS NOT NULL GROUP BY o.user_id, {number}, {in_time}"
    )
    firsts = (
        "SELECT u.user_id AS user_id, min(u.unit) AS first, max(u.unit) AS last FROM units AS u WHERE u.seen = 1 "
        "GROUP BY u.user_id"
    )
    repeat = "u.seen = 1 AND u.unit > f.first"
    later = "u.seen = 0"
    return (
        f"WITH units AS ({units}), firsts AS ({firsts}) SELECT f.user_id AS user_id, "
        f"sum(CASE WHEN {repeat} THEN 1 ELSE 0 END) AS frequency, {between('f.first', 'f.last')} AS recency, "
        f"{between('f.first', ended)} AS age, "
        f"coalesce(sum(CASE WHEN {repeat} THEN u.value END) / nullif(sum(CASE WHEN {repeat} THEN 1 ELSE 0 END), 0), 0) AS value, "
        f"sum(CASE WHEN {later} THEN 1 ELSE 0 END) AS holdout_frequency, "
        f"coalesce(sum(CASE WHEN {later} THEN u.value END) / nullif(sum(CASE WHEN {later} THEN u.orders END), 0), 0) AS holdout "
        "FROM firsts AS f JOIN units AS u ON u.user_id = f.user_id GROUP BY f.user_id, f.first, f.last ORDER BY f.user_id"
    )
