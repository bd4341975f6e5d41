"""The slow, obvious answer to a metric query: plain loops over raw rows, day by day.

It imports nothing of the semantic layer. Every rule is written from the contract a second time, on purpose in another
way: ranges are lists of days, a calendar unit is whatever days share a label, a comparison is a list of other days.
Only the meaning is shared with the product; where the two differ, one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.tools.semantic_layer.oracle_activity import SPECS as ACTIVITY
from tests.tools.semantic_layer.oracle_commerce import SPECS as COMMERCE
from tests.tools.semantic_layer.oracle_rows import (
    PEOPLE,
    Ask,
    Days,
    Key,
    Spec,
    World,
    activated,
    active_users,
    base_days,
    buckets_of,
    cohort,
    days_between,
    days_of_metric,
    mean_dau,
    net,
    ordered,
    orders,
    paid_registrations,
    paid_revenue,
    payers,
    registrations,
    returned,
    spent,
    summed,
    whole_unit,
)

_EVENT = frozenset({"platform", "app_version"})
_ORDER = frozenset({"category", "product_type", "campaign"})
_SPEND = frozenset({"channel", "campaign", "creative"})
_GOODS = (*PEOPLE, "category", "product_type")
gross = summed(ordered, lambda row: row["amount"])
revenue = summed(ordered, net)
cost = summed(spent, lambda row: row["cost"])

SPECS: dict[str, Spec] = {
    "dau": Spec(mean_dau, own=_EVENT),
    "wau": Spec(active_users, calendar="week", own=_EVENT),
    "mau": Spec(active_users, calendar="month", own=_EVENT),
    "active_users": Spec(active_users, own=_EVENT),
    "stickiness": Spec(mean_dau, active_users, calendar="month", own=_EVENT),
    "new_users": Spec(registrations),
    "activation_rate": Spec(activated, cohort(2)),
    "retention_d1": Spec(returned(1), cohort(1)),
    "retention_d7": Spec(returned(7), cohort(7)),
    "retention_d30": Spec(returned(30), cohort(30)),
    "gmv": Spec(gross, own=_ORDER, takes=_GOODS, money=True),
    "revenue": Spec(revenue, own=_ORDER, takes=_GOODS, money=True),
    "orders": Spec(orders, own=_ORDER, takes=_GOODS),
    "paying_users": Spec(payers, own=_ORDER, takes=_GOODS),
    "paid_conversion": Spec(payers, active_users),
    "arpu": Spec(revenue, active_users, money=True),
    "arppu": Spec(revenue, payers, own=_ORDER, takes=_GOODS, money=True),
    "aov": Spec(revenue, orders, own=_ORDER, takes=_GOODS, money=True),
    "cost": Spec(cost, own=_SPEND, takes=("channel", "campaign", "creative"), money=True),
    "cac": Spec(cost, paid_registrations, takes=("channel", "campaign"), money=True),
    "roi": Spec(paid_revenue, cost, takes=("channel", "campaign")),
    "ctr": Spec(
        summed(spent, lambda row: row["clicks"]),
        summed(spent, lambda row: row["impressions"]),
        own=_SPEND,
        takes=("channel", "campaign", "creative"),
    ),
    **ACTIVITY,
    **COMMERCE,
}
_ORDER_OF_GRAINS = ("day", "week", "month", "quarter", "year")


def raised(grain: str, calendar: str | None) -> str:
    """Return the grain, or the metric's own where that is coarser."""
    if grain == "total" or calendar is None:
        return grain
    return _ORDER_OF_GRAINS[max(_ORDER_OF_GRAINS.index(grain), _ORDER_OF_GRAINS.index(calendar))]


def _quotient(top: Any, bottom: Any) -> float | None:
    return None if not bottom else float(top) / float(bottom)


def _cells(name: str, spec: Spec, side: _Side, key: Key) -> dict[str, Any]:
    top = side.top.get(key, 0)
    if spec.bottom is None:
        return {name: float(top)}
    bottom = side.bottom.get(tuple(part for part, kept in zip(key, side.kept, strict=True) if kept), 0)
    value = _quotient(top, bottom)
    if value is not None and spec.given and side.given.get(key, 0) <= 0:
        value = None
    value = None if value is None else value * spec.scale
    return {name: value, f"{name}__numerator": float(top), f"{name}__denominator": float(bottom)}


def _target(world: World, name: str, days: Days, grain: str, narrowed: bool) -> float | None:
    if narrowed:
        return None
    grains = _ORDER_OF_GRAINS if grain == "total" else (grain,)
    exact = [g for g in grains if list(days) == whole_unit(days[0], g)]
    for row in world.tables["targets"]:
        if row["metric"] == name and row["grain"] in exact and row["period"] == days[0]:
            return float(row["value"])
    return None


def grains_of(query: Mapping[str, Any]) -> set[str]:
    """Return the grains at which the metrics of a query can be given."""
    return {raised(query.get("grain", "total"), SPECS[m].calendar) for m in query["metrics"]}


def range_of(world: World, query: Mapping[str, Any]) -> tuple[date, date]:
    """Return the first and last day of a query, cut to the data; the first is later where there is none."""
    first = max(date.fromisoformat(query["start"]), world.data_start)
    return first, min(date.fromisoformat(query["end"]), world.as_of)


def refusal(world: World, query: Mapping[str, Any]) -> str | None:
    """Return the code of the error that a query must end in; None for one that has an answer."""
    grains, (first, last), compare = grains_of(query), range_of(world, query), query.get("compare")
    if len(grains) > 1:
        return "grains_exclude"
    if first > last:
        return "outside_data"
    if isinstance(compare, Mapping) and grains != {"total"}:
        return "compare_needs_total"
    if isinstance(compare, Mapping) and date.fromisoformat(compare["start"]) > world.as_of:
        return "outside_data"
    return None


def answer(world: World, query: Mapping[str, Any]) -> dict[Key, dict[str, Any]]:
    """Return the unrounded cells by (period ISO, dimension values…); the period only where there is a grain.

    ``query`` has metrics, start, end and optionally grain, dimensions, filters, compare, and no ``refusal``.
    """
    (grain,) = grains_of(query)
    first, last = range_of(world, query)
    periods = buckets_of(days_between(first, last), grain)
    keys: dict[Key, None] = {} if query.get("dimensions") else {(): None}
    tables: dict[str, dict[date, _Figures]] = {}
    for name in query["metrics"]:
        tables[name] = {p: _figures(world, name, query, grain, days) for p, days in periods.items()}
        for figures in tables[name].values():
            keys |= dict.fromkeys(figures.keys())
    found = {}
    for period in periods:
        for key in keys:
            cells = {k: v for name in query["metrics"] for k, v in tables[name][period].cells(name, key).items()}
            found[(*(() if grain == "total" else (period.isoformat(),)), *key)] = cells
    return found


@dataclass
class _Side:
    """The tallies of one metric over some days; ``kept`` says which dimensions the denominator has."""

    top: dict[Key, Any]
    bottom: dict[Key, Any]
    given: dict[Key, Any]
    kept: list[bool]

    def keys(self) -> Iterator[Key]:
        """Yield the keys that have a row: those of the tallies that have every dimension."""
        yield from self.top
        if all(self.kept):
            yield from self.bottom
        yield from self.given


@dataclass
class _Figures:
    """One metric in one bucket: its own side, that of its base, its target."""

    spec: Spec
    side: _Side
    compared: bool = False
    base: _Side | None = None
    with_target: bool = False
    target: float | None = None

    def keys(self) -> Iterator[Key]:
        yield from self.side.keys()
        if self.base is not None:
            yield from self.base.keys()

    def cells(self, name: str, key: Key) -> dict[str, Any]:
        cells = _cells(name, self.spec, self.side, key)
        value = cells[name]
        if self.compared:
            base = None if self.base is None else _cells(name, self.spec, self.base, key)[name]
            change = None if base is None or value is None else value - base
            cells[f"{name}__base"] = base
            cells[f"{name}__change"] = change
            cells[f"{name}__change_pct"] = None if change is None or not base else change / base
        if self.with_target:
            cells[f"{name}__target"] = self.target
            cells[f"{name}__attainment"] = None if value is None or not self.target else value / self.target
        return cells


def _figures(world: World, name: str, query: Mapping[str, Any], grain: str, days: Days) -> _Figures:
    spec = SPECS[name]
    compare = query.get("compare", "none")
    dimensions, filters = query.get("dimensions", ()), query.get("filters", ())
    figures = _Figures(spec, _side(world, spec, query, days))
    if compare == "target":
        figures.with_target = True
        figures.target = _target(world, name, days, grain, bool(dimensions or filters))
    elif compare != "none":
        figures.compared = True
        base = base_days(days, grain, compare, by_week=spec.calendar == "week")
        if base[0] >= world.data_start:
            figures.base = _side(world, spec, query, [day for day in base if day <= world.as_of])
    return figures


def _side(world: World, spec: Spec, query: Mapping[str, Any], days: Days) -> _Side:
    ask = Ask(
        world, query.get("dimensions", ()), query.get("filters", ()), spec.own, days[-1], query.get("options", {})
    )
    kept = [name not in spec.untouched for name in ask.dimensions]
    below = replace(
        ask,
        dimensions=[name for name in ask.dimensions if name not in spec.untouched],
        filters=[rule for rule in ask.filters if rule["dimension"] not in spec.untouched],
    )
    taken = days_of_metric(days, spec.calendar)
    bottom = spec.bottom(below, taken) if spec.bottom else {}
    return _Side(spec.top(ask, taken), bottom, spec.given(ask, taken) if spec.given else {}, kept)
