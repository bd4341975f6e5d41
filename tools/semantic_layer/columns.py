"""The columns a query returns, in order, and the check that thresholds and orders name one of them."""

from __future__ import annotations

from knowledge.catalog.load import nearest
from knowledge.errors import QueryError
from knowledge.model import Metric
from knowledge.text import Text
from tools.semantic_layer.plan import QueryPlan


def columns_of_metric(metric: Metric, plan: QueryPlan) -> tuple[str, ...]:
    """Return the columns one metric brings: itself, its two sides, and its comparison."""
    names = [metric.id]
    if metric.is_ratio:
        names += [f"{metric.id}__numerator", f"{metric.id}__denominator"]
    if plan.compares:
        names += [f"{metric.id}__base", f"{metric.id}__change", f"{metric.id}__change_pct"]
    if plan.query.compare == "target":
        names += [f"{metric.id}__target", f"{metric.id}__attainment"]
    return tuple(names)


def columns_of(plan: QueryPlan) -> tuple[str, ...]:
    """Return every column of the result, in order."""
    head = () if plan.is_total else ("period",)
    dimensions = tuple(dimension.id for dimension in plan.dimensions)
    return head + dimensions + tuple(c for m in plan.metrics for c in columns_of_metric(m.metric, plan))


def check_columns(plan: QueryPlan) -> None:
    """Raise QueryError where a threshold or the order names a column that the result does not have."""
    columns = columns_of(plan)
    named = [having.column for having in plan.having] + ([plan.order_by.column] if plan.order_by else [])
    for name in named:
        if name not in columns:
            near = nearest(name, list(columns))
            raise QueryError(
                Text(
                    f"结果里没有“{name}”这一列。可用的列：{'、'.join(columns)}。",
                    f"The result has no column '{name}'. Columns: {', '.join(columns)}.",
                ),
                code="unknown_column",
                choices=near,
            )
    keys = {"period", *(dimension.id for dimension in plan.dimensions)}
    for having in plan.having:
        if having.column in keys:
            raise QueryError(
                Text(
                    f"“{having.column}”不是数值列，不能设门槛；请改用筛选（filters）或日期范围。",
                    f"'{having.column}' holds no figures, so it takes no threshold; use filters or the dates instead.",
                ),
                code="having_column",
                choices=[name for name in columns if name not in keys],
            )
        if (having.op == "between") != isinstance(having.value, tuple):
            raise QueryError(
                Text(
                    "between 需要两个数，其余比较需要一个数。", "between takes two numbers; other comparisons take one."
                ),
                code="having_value",
            )
