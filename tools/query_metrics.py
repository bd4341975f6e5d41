"""``query_metrics``: vetted metrics over a range, by grain and dimension, filtered and compared."""

from __future__ import annotations

from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.result import Result
from tools.tool import Tool, ToolContext


def query_metrics(context: ToolContext, query: MetricQuery) -> Result:
    """Return the figures of ``query`` with their receipt. Raises YunceError as ``SemanticLayer.run`` does."""
    return context.layer.run(query, interrupter=context.interrupter)


TOOL = Tool(
    name="query_metrics",
    description=(
        "Return vetted metric figures for a date range. Metrics, dimensions and stored values are named by their ids; call "
        "list_metrics or describe_metric when unsure, never invent one. Dates are ISO and inclusive; leave both out for the "
        "metric's own default. grain splits the range over time (total does not). compare adds base and change: previous, "
        "year_ago, target, or {start, end}. having sets thresholds on columns of the result; ratios are fractions. "
        "It cannot forecast, and it holds no data about single persons."
    ),
    params=MetricQuery,
    function=query_metrics,
)
