"""``draft_campaign_plan``: a campaign plan whose every figure comes from our own data, with a receipt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from knowledge.text import Text
from tools.build_segment import SegmentParams, build_segment
from tools.plans import levers as shelf
from tools.plans.ask import CampaignPlan, check_budget, check_size, segment_of, start_of
from tools.plans.figures import UNITS, calculate
from tools.plans.model import GOALS, WINDOW_DAYS, Drafted
from tools.plans.outcome import segment_outcome
from tools.plans.past import campaigns_of
from tools.plans.sources import Source, Working, calculated, joined
from tools.segments.asked import Asked
from tools.segments.preview import profile
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.result import Result
from tools.tool import Tool, ToolContext

_MESSAGE_DAYS = 90


def draft_campaign_plan(context: ToolContext, params: CampaignPlan) -> Drafted:
    """Return the plan's figures as one row, with the results behind them and the playbooks it cites.

    Money is CNY, shares are fractions, days are calendar days of the business time zone.

    Raises:
        QueryError: a start that is past, a budget of 0 or beyond a billion, an unknown segment or one of nearly nobody.
        WarehouseError: as ``run_analysis`` does.
    """
    started = time.perf_counter()
    layer = context.layer
    start = start_of(params, layer.warehouse.meta)
    check_budget(params.budget)
    asked = segment_of(params, layer)
    parts = _parts(context, params, asked)
    chosen = shelf.levers(params.goal, asked.segment.id if asked and asked.segment else None)
    statement = joined(layer, list(_sources(parts)))
    done = _done(params, asked, start)
    ranked = {"goal": params.goal, "levers": shelf.rice_inputs(chosen, params.goal)}
    parts["priorities"] = calculated(
        context, statement, Working(shelf.PRIORITIES, ranked, shelf.prioritise, dict(shelf.PRIORITY_UNITS))
    )
    figures = calculated(context, statement, Working(TOOL.name, done, calculate, dict(UNITS)))
    told = {each.name: getattr(figures, each.name) for each in fields(figures)}
    told |= {"notes": tuple(_notes(params, asked)), "elapsed_ms": (time.perf_counter() - started) * 1000}
    citations = shelf.cited(chosen, layer.catalog, context.language)
    return Drafted(**told, citations=citations, parts=parts, levers=tuple(lever.playbook for lever in chosen))


def _done(params: CampaignPlan, asked: Asked | None, start: date) -> dict[str, Any]:
    done: dict[str, Any] = {"goal": params.goal, "start": start.isoformat()}
    if asked:
        done["segment"] = asked.segment.id if asked.segment else asked.params["definition"]
    if params.budget is not None:
        done["budget"] = int(params.budget) if params.budget.is_integer() else params.budget
    return done


def _parts(context: ToolContext, params: CampaignPlan, asked: Asked | None) -> dict[str, Result]:
    meta, facts = context.layer.warehouse.meta, GOALS[params.goal]
    last = min(meta.business_date, meta.as_of)
    parts = {"baseline": _run(context, metrics=(facts.metric,))}
    if asked:
        parts["segment"] = build_segment(context, SegmentParams.model_validate(asked.params))
        check_size(int(str(parts["segment"].rows[0][0])), asked)
        parts["profile"] = profile(context.layer, asked, last, interrupter=context.interrupter)
    outcome = facts.outcome
    if asked and outcome == "registered":  # people who are users already bring others: the invitation is what they do
        outcome = "invited"
    if asked:
        parts["base_rate"] = segment_outcome(context, asked, outcome)
    else:
        parts["base_rate"] = _last(context, last, WINDOW_DAYS, "register_conversion")
    parts["messages"] = _last(
        context, last, _MESSAGE_DAYS, "messages_sent", "click_rate", "unsubscribe_rate", dimensions=("medium",)
    )
    if params.goal == "acquire":
        parts["cac"] = _last(context, last, _MESSAGE_DAYS, "cac", dimensions=("channel",))
    parts |= campaigns_of(context, params.goal, last)
    return {name: result for name, result in parts.items() if result.rows}


def _run(context: ToolContext, **query: Any) -> Result:
    return context.layer.run(MetricQuery(**query), interrupter=context.interrupter)


def _last(context: ToolContext, last: date, days: int, *metrics: str, **query: Any) -> Result:
    start = max(last - timedelta(days=days - 1), context.layer.warehouse.meta.data_start)
    return _run(context, metrics=metrics, start=start, end=last, **query)


def _sources(parts: Mapping[str, Result]) -> list[Source]:
    """Return what the figures of the plan are worked out of."""
    found = []
    if "segment" in parts:
        found.append(Source("size", parts["segment"], "size"))
    base = parts["base_rate"]
    if base.tool == "query_metrics":
        above, below = "register_conversion__numerator", "register_conversion__denominator"
        found.append(Source("base", base, above, below))
    else:
        found.append(Source("base", base, "converted", "users"))
    if "cac" in parts:
        found.append(Source("cac", parts["cac"], "cac__denominator", "cac__numerator", "channel"))
    for name in ("campaign", "any_campaign"):
        if name in parts:
            spent = ("campaign_roi__numerator", "campaign_roi__denominator")
            found.append(Source(name, parts[name], *spent, "campaign"))
    if "sent" in parts:
        found.append(Source("sent", parts["sent"], "messages_sent", None, "campaign"))
    return found


def _notes(params: CampaignPlan, asked: Asked | None) -> list[Text]:
    notes = []
    if params.segment is None and asked:
        name = asked.name
        notes.append(
            Text(f"没有指定人群，按目标取“{name.zh}”。", f"No segment was named: '{name.en}' was taken for this goal.")
        )
    if params.start is None:
        notes.append(Text("没有指定开始日期，从明天开始。", "No start was named: it starts tomorrow."))
    return notes


TOOL = Tool(
    name="draft_campaign_plan",
    description=(
        "Draft a campaign plan (活动方案, 唤醒方案, 拉新方案, campaign plan): goal is acquire, activate, retain, win_back or "
        "monetise; segment a name or a definition as in build_segment; start an ISO date (default tomorrow); budget in CNY. It "
        "gives baseline, segment, playbooks to cite, budget and ROI range from past campaigns, experiment size, dates, stop "
        "rules. Refuses past dates, a budget of 0, and segments of nearly nobody. It sends nothing."
    ),
    params=CampaignPlan,
    function=draft_campaign_plan,
    calculate=calculate,
)
