"""``list_metrics``: what can be asked."""

from __future__ import annotations

from pydantic import Field

from knowledge.catalog.matching import matching
from knowledge.model import Metric
from knowledge.text import Language
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext, plain_result

COLUMNS = ("metric", "name", "definition", "unit", "family")


class ListMetrics(Params):
    """Which metrics to list: all, or those that a word fits."""

    query: str | None = Field(default=None, max_length=200)


def list_metrics(context: ToolContext, params: ListMetrics) -> Result:
    """Return the metrics whose names, synonyms, definition or family hold the words asked for; all without words."""
    found = matching(context.layer.catalog, params.query)
    rows = tuple(metric_row(metric, context.language) for metric in found)
    return plain_result(context, TOOL.name, params.model_dump(exclude_none=True), COLUMNS, rows)


def metric_row(metric: Metric, language: Language) -> tuple[str, str, str, str, str]:
    """Return one row of the list, in ``language``."""
    return (
        metric.id,
        metric.names.text.in_(language),
        metric.definition.text.in_(language),
        metric.unit,
        metric.family,
    )


TOOL = Tool(
    name="list_metrics",
    description="List the metrics that can be asked for, with id, name, definition and unit; `query` narrows by a word.",
    params=ListMetrics,
    function=list_metrics,
)
