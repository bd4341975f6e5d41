"""``write_summary``: what a day, week, month, quarter or year was like, from the results of the other tools."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from knowledge.errors import QueryError
from knowledge.summaries import Kind, outline_of
from knowledge.text import Language, Text, join
from tools.semantic_layer.result import Result
from tools.semantic_layer.stored_values import StoredPeriod
from tools.summaries.model import Section, Summary
from tools.summaries.parts import Parts, below
from tools.summaries.period import Days, days_of
from tools.summaries.risks import risks_of, roi_line, steps_of
from tools.tool import Params, Tool, ToolContext, plain_result

_MOST_NAMES = 5


class WriteSummary(Params):
    """The days, both included, and the kind. Without dates: the last whole period of the kind."""

    start: date | None = None
    end: date | None = None
    kind: Kind | None = None


def write_summary(context: ToolContext, params: WriteSummary) -> Summary:
    """Return the summary of a period: headline, what moved and why, funnel, retention, splits, campaigns, risks, steps.

    Its own result has no rows; ``parts`` are the results that hold its figures, each with its receipt.

    Raises:
        QueryError: the period has not come, is wholly outside the data, or holds nothing.
        WarehouseError: as the tools that are run raise it.
    """
    started = time.perf_counter()
    days = days_of(params.start, params.end, params.kind, context.layer.warehouse.meta, context.layer.week_start)
    outline = outline_of(days.kind)
    parts = Parts(context, days, outline)
    sections = parts.sections()
    headline = next((section for section in sections if section.name == "headline"), None)
    if headline is None or not any(figure.value for figure in headline.figures):
        raise _nothing(days)
    catalog = context.layer.catalog
    campaigns = next((section for section in sections if section.name == "campaigns"), None)
    low = below(campaigns, roi_line(), outline.least_cost_share)
    if low:  # the same campaigns again, as those that meet the condition: so the line itself has a receipt
        parts.query(
            ["campaign_roi", "cost"],
            dimensions=["campaign"],
            having=[
                {"column": "campaign_roi", "op": "lt", "value": roi_line()},
                {"column": "cost", "op": "gt", "value": 0},
            ],
        )
    risks = risks_of(headline, low, outline, catalog)
    steps, citations = steps_of(risks, headline.figures, context.language)
    began = _campaigns_told(parts.periods("campaign"), days)
    notes = (*days.notes, *([began] if began else []), *parts.notes)
    return Summary(
        **_bare(context, days, headline, notes, started),
        kind=days.kind,
        sections=sections,
        campaigns=began,
        experiments={period.id: period.name or period.id for period in parts.periods("experiment")},
        risks=risks,
        steps=steps,
        parts=tuple(parts.made),
        citations=citations,
    )


def _bare(
    context: ToolContext, days: Days, headline: Section, notes: tuple[Text, ...], started: float
) -> dict[str, Any]:
    """Return the fields that every result has; no receipt, for there are no rows of its own."""
    params = {"start": days.start.isoformat(), "end": days.end.isoformat(), "kind": days.kind}
    bare = plain_result(context, TOOL.name, params, (), ())
    told = {each.name: getattr(bare, each.name) for each in fields(Result)}
    base = headline.results[0].base if headline.results else None
    return told | {"notes": notes, "base": base, "elapsed_ms": (time.perf_counter() - started) * 1000}


def _campaigns_told(ran: Sequence[StoredPeriod], days: Days) -> Text | None:
    """Return which campaigns began and ended in the period; None where none did."""
    began = [period.name or period.id for period in ran if period.start >= days.start]
    ended = [period.name or period.id for period in ran if period.end is not None and period.end <= days.end]
    told = [
        Text(f"{zh}{_listed(names, 'zh')}", f"{en}{_listed(names, 'en')}")
        for zh, en, names in (("开始：", "began: ", began), ("结束：", "ended: ", ended))
        if names
    ]
    return join(told) if told else None


def _listed(names: Sequence[str], language: Language) -> str:
    kept = names[-_MOST_NAMES:]
    more = Text(f"等 {len(names)} 个", f" and {len(names) - len(kept)} more").in_(language)
    return ("、" if language == "zh" else ", ").join(kept) + (more if len(names) > len(kept) else "")


def _nothing(days: Days) -> QueryError:
    return QueryError(
        Text(
            f"{days.start} 至 {days.end} 没有任何记录，写不出总结。请换一个时间段，或先检查这几天的数据是否已导入。",
            f"There is not a single record from {days.start} to {days.end}, so there is nothing to summarise. Choose another "
            "period, or check that the data of these days was imported.",
        ),
        code="no_data",
    )


TOOL = Tool(
    name="write_summary",
    description=(
        "Write the summary of a day, week, month, quarter or year for a manager: headline figures with change and target, what "
        "moved and what carried it, funnel, retention, channels, segments, campaigns, experiments, risks and next steps. Call "
        "it for a daily brief, weekly report, monthly review and the like. Dates are ISO and inclusive; leave both out for the "
        "last whole period of the kind. It takes no filters."
    ),
    params=WriteSummary,
    function=write_summary,
)
