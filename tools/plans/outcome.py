"""How many of a segment did what a plan is for, in the 30 days after it was taken: the segment's own base rate."""

from __future__ import annotations

from datetime import timedelta

from knowledge.text import Text
from tools.plans.model import WINDOW_DAYS, Outcome
from tools.segments.asked import Asked, scope_on, segment_sql
from tools.semantic_layer.analysis import Analysis, Draft, run_analysis
from tools.semantic_layer.result import Result
from tools.tool import ToolContext

TOOL = "segment_outcome"
_DONE: dict[str, tuple[str, str, str]] = {
    "active": ("events", "event_date", "t.event NOT IN ('register_start', 'captcha_fail')"),
    "feature": ("events", "event_date", "t.feature IS NOT NULL"),
    "paid": ("orders", "order_date", "TRUE"),
    "invited": ("invites", "invite_date", "TRUE"),
}
_WHO = {"invited": "inviter_id"}


def segment_outcome(context: ToolContext, asked: Asked, outcome: Outcome) -> Result:
    """Return one row: users of the segment 30 days ago, how many converted in the 30 days since, and the rate.

    Raises:
        WarehouseError: as ``run_analysis`` does.
    """
    layer = context.layer
    meta = layer.warehouse.meta
    end = min(meta.business_date, meta.as_of)
    day = max(meta.data_start, end - timedelta(days=WINDOW_DAYS))

    def prepare() -> Analysis:
        draft = Draft()
        sql = segment_sql(layer, draft, day)
        table, dated, test = _DONE[outcome]
        draft.ctes["people"] = sql.flags({"member": asked.definition})
        draft.tables |= {*sql.tables, table}
        since, until = draft.binder.day("after_day", day), draft.binder.day("to_day", end)
        draft.ctes["done"] = (
            f"SELECT DISTINCT t.{_WHO.get(outcome, 'user_id')} AS user_id FROM {table} AS t "
            f"WHERE t.{dated} > {since} AND t.{dated} <= {until} AND {test}"
        )
        return Analysis(
            scope_on(layer, day),
            draft,
            "SELECT count(*) FILTER (WHERE p.member) AS users, "
            "count(*) FILTER (WHERE p.member AND d.user_id IS NOT NULL) AS converted, "
            "count(*) FILTER (WHERE p.member AND d.user_id IS NOT NULL) / nullif(count(*) FILTER (WHERE p.member), 0) AS rate "
            "FROM people AS p LEFT JOIN done AS d ON d.user_id = p.user_id",
            {**asked.params, "outcome": outcome, "as_of": day.isoformat(), "end": end.isoformat()},
            unit={"users": "users", "converted": "users", "rate": "ratio"},
            notes=(
                Text(
                    f"基准率：{day} 时属于该人群的用户，在其后 {WINDOW_DAYS} 天内转化的占比。",
                    f"Base rate: of those in the segment on {day}, the share that converted in the {WINDOW_DAYS} days after.",
                ),
            ),
        )

    return run_analysis(layer, TOOL, prepare, interrupter=context.interrupter)
