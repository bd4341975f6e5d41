"""What a plan is asked with, and what is wrong with it: goal, segment, start and budget."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from knowledge.errors import QueryError
from knowledge.playbooks.model import Goal
from knowledge.text import Text
from tools.plans.model import GOALS, LARGEST_BUDGET, SMALLEST
from tools.segments.asked import Asked, asked_for
from tools.semantic_layer.engine import SemanticLayer
from tools.tool import Params
from tools.warehouse.door import Meta

_YEARS_AHEAD = 2


class CampaignPlan(Params):
    """What to plan: the goal; whom (name or definition of a segment), from which day, for how much (CNY), where known."""

    goal: Goal
    segment: str | dict[str, Any] | None = None
    start: date | None = None
    budget: float | None = None


def start_of(params: CampaignPlan, meta: Meta) -> date:
    """Return the first day of the plan; tomorrow where none is named. Raises QueryError for one that is past or far off."""
    today = meta.business_date
    start = params.start or today + timedelta(days=1)
    if start < today:
        raise QueryError(
            Text(
                f"开始日期 {start} 已经过去（今天是 {today}）。请换一个今天或以后的日期；过去的活动可以问它的效果。",
                f"The start {start} has passed (today is {today}). Name today or a later day; of a past campaign ask how it did.",
            ),
            code="start_past",
        )
    if start > today + timedelta(days=366 * _YEARS_AHEAD):
        raise QueryError(
            Text(
                f"开始日期 {start} 太远：现在的基准数据到那时已不适用。请换一个 {_YEARS_AHEAD} 年以内的日期。",
                f"The start {start} is too far off: today's base rates will not hold. Name a day within {_YEARS_AHEAD} years.",
            ),
            code="start_far",
        )
    return start


def check_budget(budget: float | None) -> None:
    """Raise QueryError for a budget that is 0, negative or beyond a billion."""
    if budget is None:
        return
    if not budget > 0:
        raise QueryError(
            Text(
                f"预算 {budget:,.0f} 元不能做方案：预算要大于 0。请给出金额（如 20万），或不写预算，先看能承受多少。",
                f"A budget of {budget:,.0f} CNY makes no plan: it must be above 0. Name an amount such as 200k, or leave it out.",
            ),
            code="bad_budget",
        )
    if budget > LARGEST_BUDGET:
        raise QueryError(
            Text(
                f"预算 {budget:,.0f} 元超过单个方案的上限 {LARGEST_BUDGET:,.0f} 元。请核对单位（万、亿），或拆成几个方案。",
                f"A budget of {budget:,.0f} CNY is above the most one plan takes, {LARGEST_BUDGET:,.0f} CNY. Check the unit "
                "(k, M), or split it into several plans.",
            ),
            code="bad_budget",
        )


def segment_of(params: CampaignPlan, layer: SemanticLayer) -> Asked | None:
    """Return whom the plan is for; the goal's own segment where none is named, None for acquisition without one.

    Raises:
        QueryError: an unknown segment, or a definition that does not fit.
    """
    wanted = params.segment if params.segment is not None else GOALS[params.goal].segment
    if wanted is None:
        return None
    return asked_for(layer, name=wanted) if isinstance(wanted, str) else asked_for(layer, definition=wanted)


def check_size(size: int, asked: Asked) -> None:
    """Raise QueryError for a segment of nobody or of so few that nothing could be measured."""
    if size >= SMALLEST:
        return
    zh, en = ("没有人", "nobody") if size == 0 else (f"只有 {size} 人", f"only {size}")
    raise QueryError(
        Text(
            f"人群“{asked.name.zh}”{zh}，少于 {SMALLEST} 人，无法做对照，也测不出效果。请放宽条件，或换一个人群。",
            f"The segment '{asked.name.en}' holds {en}: with fewer than {SMALLEST} people no control group can be kept and no "
            "effect shown. Loosen a condition, or take another segment.",
        ),
        code="segment_too_small",
    )
