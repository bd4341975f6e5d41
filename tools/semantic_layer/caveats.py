"""What to add about attribution, cost and conversions: which model was taken, what counts only with a cost, what may still come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from knowledge.text import Text
from tools.semantic_layer.credits import LOOK_BACK_DAYS
from tools.semantic_layer.plan import MetricPlan, QueryPlan
from tools.warehouse.door import Meta
from tools.warehouse.rows import Scalar

_MODELS = {
    "last_touch": Text("末次触点", "last touch"),
    "first_touch": Text("首次触点", "first touch"),
    "linear": Text("线性（各触点均分）", "linear (equal shares)"),
    "time_decay": Text("时间衰减（半衰期 7 天）", "time decay (half-life 7 days)"),
    "position": Text("位置（首末各 40%，中间共 20%）", "position (40% first, 40% last, 20% between)"),
}


def of_metric(metric: MetricPlan, plan: QueryPlan, meta: Meta) -> Iterator[Text]:
    """Yield what the plan alone says about one metric."""
    if "model" in metric.metric.options:
        yield from _attribution(metric, plan, meta)
    if any(m.with_cost == "campaign" for m in metric.measures) and "campaign" not in {d.id for d in plan.dimensions}:
        yield Text(
            f"{metric.metric.names.zh}：只计同期有花费的活动；没有花费的活动和不带活动的订单未计入。",
            f"{metric.metric.names.en}: only campaigns with a cost in the same period count; orders of other campaigns, or of none, "
            "are left out.",
        )
    hours = max((m.within.hours for m in metric.measures if m.within), default=0)
    if hours and max(bucket.last for bucket in plan.buckets) == plan.as_of:
        yield Text(
            f"{metric.metric.names.zh}：{plan.as_of} 开始的还不满 {hours} 小时，之后完成的未计入。",
            f"{metric.metric.names.en}: what began on {plan.as_of} has not had its {hours} hours yet; what is finished later is not "
            "in it.",
        )


def _attribution(metric: MetricPlan, plan: QueryPlan, meta: Meta) -> Iterator[Text]:
    model = _MODELS[str(plan.options["model"])]
    yield Text(
        f"归因模型：{model.zh}；取注册前 {LOOK_BACK_DAYS} 天内的触点，没有触点的归自然流量。",
        f"Attribution model: {model.en}; over the touches in the {LOOK_BACK_DAYS} days before a registration, none goes to organic.",
    )
    first = min(side.first for side in (metric.current, metric.base) if side)
    if first - timedelta(days=LOOK_BACK_DAYS) < meta.data_start:
        yield Text(
            f"归因回看 {LOOK_BACK_DAYS} 天，早于数据起点 {meta.data_start} 的触点可能不全，按已知的计算。",
            f"Attribution looks back {LOOK_BACK_DAYS} days; touches before the data starts ({meta.data_start}) may be missing, and "
            "those that are known were counted.",
        )


def without_users(metric: MetricPlan, columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterator[Text]:
    """Yield the note on quotients that have a cost but nobody it was spent for."""
    if metric.metric.given is None:
        return
    value, cost = columns.index(metric.metric.id), columns.index(f"{metric.metric.id}__denominator")
    empty = sum(1 for row in rows if row[value] is None and row[cost])
    if empty:
        yield Text(
            f"{metric.metric.names.zh}：有 {empty} 行有花费但没有可计的注册用户，比值为空而不是 0。",
            f"{metric.metric.names.en}: {empty} row(s) have a cost but no registered user that counts, so the ratio is empty rather "
            "than 0.",
        )
