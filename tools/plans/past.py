"""What our own past campaigns of a goal brought: revenue and cost, and the messages they sent."""

from __future__ import annotations

from datetime import date, timedelta

from knowledge.playbooks.model import Goal
from tools.semantic_layer.query import Filter, MetricQuery
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.warehouse.guard import vet

PAST_DAYS = 365
_MOST = 1000
_OF_GOAL = (
    "SELECT c.campaign_id AS campaign_id FROM campaigns AS c WHERE c.goal = $goal AND c.campaign_id IS NOT NULL "
    "ORDER BY c.campaign_id"
)


def campaigns_of(context: ToolContext, goal: Goal, last: date) -> dict[str, Result]:
    """Return the results about a goal's campaigns in the year to ``last``, by name.

    campaign: their revenue and cost. sent: their messages. any_campaign: those of every goal, where the first two tell no return.

    Raises:
        WarehouseError: as ``SemanticLayer.run`` does.
    """
    layer = context.layer
    query = vet(_OF_GOAL, {"goal": goal}, tables=["campaigns"], row_limit=_MOST)
    ids = tuple(str(row[0]) for row in layer.warehouse.run(query, interrupter=context.interrupter).rows)
    start = max(last - timedelta(days=PAST_DAYS - 1), layer.warehouse.meta.data_start)

    def run(metric: str, *filters: Filter) -> Result:
        asked = MetricQuery(metrics=(metric,), start=start, end=last, dimensions=("campaign",), filters=filters)
        return layer.run(asked, interrupter=context.interrupter)

    found: dict[str, Result] = {}
    if ids:
        chosen = Filter(dimension="campaign", op="in", values=ids)
        found = {"campaign": run("campaign_roi", chosen), "sent": run("messages_sent", chosen)}
    if not ids or not (_has(found["campaign"], "campaign_roi") or _sold_by_message(found)):
        found["any_campaign"] = run("campaign_roi")
    return found


def _has(result: Result, column: str) -> bool:
    return any(result.column(column))


def _sold_by_message(found: dict[str, Result]) -> bool:
    """Return whether a campaign that sent messages has revenue."""
    sold = zip(found["campaign"].column("campaign"), found["campaign"].column("campaign_roi__numerator"), strict=True)
    return bool({name for name, revenue in sold if revenue} & set(found["sent"].column("campaign")))
