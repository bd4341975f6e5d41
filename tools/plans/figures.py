"""The figures of a plan, worked out of what the vetted tools found: pure, so that its receipt can be checked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tools.experiments.statistics import ALPHA, POWER, SRM_ALPHA, detectable, moments, needed_users
from tools.plans.model import HOLD_OUT, RUN_DAYS, STOP_ROI, TRIAL_DAYS, UPLIFT, WINDOW_DAYS
from tools.semantic_layer.prepared import Table
from tools.warehouse.rows import Scalar

UNITS: Final[Mapping[str, str]] = {
    "budget": "CNY", "size": "users", "reach_low": "users", "reach": "users", "hold_out": "users", "cost_per_head": "CNY",
    "base_rate": "ratio", "factor": "multiple", "target_rate": "ratio", "converted_low": "users", "converted_high": "users",
    "roi_low": "multiple", "roi_high": "multiple", "revenue_low": "CNY", "revenue_high": "CNY", "method": "",
    "budget_at_stop": "CNY", "sample_size": "users", "arm": "users", "shown_rate": "ratio", "days": "days",
    "window": "days", "run_days": "days", "trial_days": "days", "hold_out_share": "ratio", "power": "ratio", "alpha": "ratio",
    "srm": "p", "stop_roi": "multiple", "start": "", "trial_end": "", "run_end": "", "readout": "",
}  # fmt: skip
"""The columns of a plan's row with their units; method is cost, messages, other_goals or none."""


@dataclass(frozen=True)
class Found:
    """The rows that a plan is worked out of, by source."""

    table: Table

    def rows(self, source: str) -> Iterator[tuple[str, float | None, float | None]]:
        """Yield item and figures of a source's rows."""
        for name, item, first, second in self.table[1]:
            if name == source:
                yield str(item), _number(first), _number(second)

    def pair(self, source: str) -> tuple[float | None, float | None]:
        """Return the figures of a source with one row; None for what is not known."""
        return next(((first, second) for _, first, second in self.rows(source)), (None, None))


def calculate(params: Mapping[str, Any], table: Table) -> Table:
    """Return the one row of a plan.

    reach: the segment without the hold-out; in acquisition budget ÷ CAC, at its highest and lowest of the last months.
    base_rate: the segment's own share that converted within 30 days, from a month before. sample_size: users per arm for a
    relative difference of ``uplift`` with 80% power at 5%. ROI: see ``_roi``; budget_at_stop is what the revenue at best bears.
    """
    found, budget, acquires = Found(table), _number(params.get("budget")), params["goal"] == "acquire"
    size, _ = found.pair("size")
    converted, users = found.pair("base")
    rate = converted / users if converted is not None and users else None
    reach_low, reach = _reach(found, budget, size, acquires=acquires)
    low, high, method = _roi(found, budget, reach)
    revenue = tuple(None if roi is None or not budget else roi * budget for roi in (low, high))
    if method == "messages":
        revenue = _revenue(found, reach)
    sample = _sample(users, converted)
    arm = None if size is None else math.floor((size - math.floor(size * HOLD_OUT)) / 2)
    row: dict[str, Scalar] = {
        "budget": budget,
        "size": _whole(size),
        "reach_low": _whole(reach_low),
        "reach": _whole(reach),
        "hold_out": None if size is None else math.floor(size * HOLD_OUT),
        "cost_per_head": budget / reach if budget and reach else None,
        "base_rate": rate,
        "factor": 1 + UPLIFT,
        "target_rate": None if rate is None else min(1.0, rate * (1 + UPLIFT)),
        "roi_low": low,
        "roi_high": high,
        "revenue_low": revenue[0],
        "revenue_high": revenue[1],
        "method": method,
        "budget_at_stop": revenue[1] / STOP_ROI if revenue[1] is not None and method == "messages" else None,
        "sample_size": sample,
        "arm": arm,
        "shown_rate": _shown_rate(users, converted, arm),
        "days": _days(sample, users, is_flow=size is None),
        "window": WINDOW_DAYS,
        "run_days": RUN_DAYS,
        "trial_days": TRIAL_DAYS,
        "hold_out_share": HOLD_OUT,
        "power": POWER,
        "alpha": ALPHA,
        "srm": SRM_ALPHA,
        "stop_roi": STOP_ROI,
    }
    row |= _converted(row, acquires=acquires) | _dates(date.fromisoformat(str(params["start"])))
    return tuple(UNITS), (tuple(row[name] for name in UNITS),)


def _reach(
    found: Found, budget: float | None, size: float | None, *, acquires: bool
) -> tuple[float | None, float | None]:
    if not acquires:
        reach = None if size is None else size - math.floor(size * HOLD_OUT)
        return reach, reach
    prices = [cost / users for _, users, cost in found.rows("cac") if cost and users]
    if not budget or not prices:
        return None, None
    return budget / max(prices), budget / min(prices)


def _converted(row: Mapping[str, Scalar], *, acquires: bool) -> dict[str, Scalar]:
    """Return how many convert: at the base rate and at the target; in acquisition those who register."""
    if acquires:
        return {"converted_low": row["reach_low"], "converted_high": row["reach"]}
    reach, rates = _number(row["reach"]), (_number(row["base_rate"]), _number(row["target_rate"]))
    low, high = (None if reach is None or rate is None else _whole(reach * rate) for rate in rates)
    return {"converted_low": low, "converted_high": high}


def _roi(found: Found, budget: float | None, reach: float | None) -> tuple[float | None, float | None, str]:
    """Return the lowest and highest return of past campaigns, and how it was found.

    cost: revenue ÷ cost of campaigns of the same goal. messages: revenue for each message of campaigns of that goal without
    a cost, one message for each person, ÷ the budget. other_goals: as cost, over campaigns of every goal.
    """
    if known := _returns(found, "campaign"):
        return min(known), max(known), "cost"
    low, high = _revenue(found, reach)
    if low is not None and high is not None:
        return (low / budget, high / budget, "messages") if budget else (None, None, "messages")
    known = _returns(found, "any_campaign")
    return (min(known), max(known), "other_goals") if known else (None, None, "none")


def _returns(found: Found, source: str) -> list[float]:
    return [revenue / cost for _, revenue, cost in found.rows(source) if revenue is not None and cost]


def _revenue(found: Found, reach: float | None) -> tuple[float | None, float | None]:
    revenue = {item: first for item, first, _ in found.rows("campaign") if first}
    each = [revenue[item] / sent for item, sent, _ in found.rows("sent") if sent and item in revenue]
    return (min(each) * reach, max(each) * reach) if each and reach else (None, None)


def _sample(users: float | None, converted: float | None) -> int | None:
    """Return the users per arm that show a relative difference of ``UPLIFT`` at the base rate; None where nothing varies."""
    if not users or not converted or converted >= users:
        return None
    base = moments(int(users), converted, converted)
    return needed_users(base, base, converted / users * UPLIFT)


def _shown_rate(users: float | None, converted: float | None, arm: int | None) -> float | None:
    """Return the rate that arms of this size tell from the base rate with 80% power; None where there is none below 1."""
    if not users or not converted or converted >= users or not arm:
        return None
    rate = converted / users
    base = moments(arm, arm * rate, arm * rate)
    least = detectable(base, base)
    return rate + least if least is not None and rate + least < 1 else None


def _days(sample: int | None, users: float | None, *, is_flow: bool) -> int | None:
    """Return how long the experiment takes: the 30 days of the outcome; with new people until both arms are full."""
    if not is_flow:
        return WINDOW_DAYS
    return math.ceil(2 * sample / (users / WINDOW_DAYS)) if sample and users else None


def _dates(start: date) -> dict[str, Scalar]:
    end = start + timedelta(days=RUN_DAYS - 1)
    days = {"start": start, "trial_end": start + timedelta(days=TRIAL_DAYS - 1), "run_end": end}
    days["readout"] = end + timedelta(days=WINDOW_DAYS)
    return {name: day.isoformat() for name, day in days.items()}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _whole(value: float | None) -> int | None:
    return None if value is None else math.floor(value)
