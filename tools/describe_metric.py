"""``describe_metric``: how a metric is defined, what it takes, who owns it."""

from __future__ import annotations

from pydantic import Field

from knowledge.catalog.catalog import STATUSES, Catalog
from knowledge.model import Metric
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext, plain_result

_FIELDS: dict[str, Text] = {
    "id": Text("编号", "id"),
    "name": Text("名称", "name"),
    "synonyms": Text("也叫", "also called"),
    "definition": Text("定义", "definition"),
    "formula": Text("公式", "formula"),
    "unit": Text("单位", "unit"),
    "direction": Text("方向", "direction"),
    "default": Text("不说时间时", "without dates"),
    "dimensions": Text("可用维度", "dimensions"),
    "owner": Text("负责方", "owner"),
    "version": Text("版本", "version"),
    "status": Text("状态", "status"),
}
_UNITS = {
    "users": Text("人", "users"),
    "count": Text("次数", "count"),
    "CNY": Text("元（人民币）", "CNY"),
    "ratio": Text("比值", "ratio"),
    "days": Text("天", "days"),
    "minutes": Text("分钟", "minutes"),
    "points": Text("分", "points"),
}
_DIRECTIONS = {
    "up": Text("越高越好", "higher is better"),
    "down": Text("越低越好", "lower is better"),
    "none": Text("不分好坏", "neither"),
}
_WINDOWS = {
    "day": Text("最近一天", "the latest day"),
    "last_week": Text("上一个完整周", "the last complete week"),
    "last_month": Text("上一个完整月", "the last complete month"),
    "last_30_days": Text("近 30 天", "the last 30 days"),
}


class DescribeMetric(Params):
    """Which metric to describe, by id."""

    metric: str = Field(min_length=1, max_length=100)


def describe_metric(context: ToolContext, params: DescribeMetric) -> Result:
    """Return one row per field of the metric's entry, in the reader's language. Raises QueryError for an unknown id."""
    metric = context.layer.catalog.metric(params.metric)
    rows = tuple(description(metric, context.layer.catalog, context.language))
    return plain_result(context, TOOL.name, params.model_dump(), ("field", "value"), rows)


def description(metric: Metric, catalog: Catalog, language: Language) -> list[tuple[str, str]]:
    """Return what people should know of a metric as (field, value) in ``language``, in reading order."""
    separator = "、" if language == "zh" else ", "
    synonyms = metric.synonyms.zh if language == "zh" else metric.synonyms.en
    dimensions = [catalog.dimensions[d].names.text.in_(language) for d in catalog.dimensions_of(metric)]
    values = {
        "id": metric.id,
        "name": metric.names.text.in_(language),
        "synonyms": separator.join(synonyms),
        "definition": metric.definition.text.in_(language),
        # Formulas are written in English with column names; the definition says the same in Chinese.
        "formula": metric.formula if language == "en" else "",
        "unit": _UNITS[metric.unit].in_(language),
        "direction": _DIRECTIONS[metric.direction].in_(language),
        "default": _WINDOWS[metric.default_window].in_(language),
        "dimensions": separator.join(dimensions),
        "owner": metric.owner,
        "version": f"{metric.version} ({catalog.content_hash(metric)})",
        "status": STATUSES[catalog.status(metric.id)].in_(language),
    }
    return [(_FIELDS[name].in_(language), value) for name, value in values.items() if value]


TOOL = Tool(
    name="describe_metric",
    description="Explain one metric by id: definition, formula, unit, direction, dimensions, owner and version.",
    params=DescribeMetric,
    function=describe_metric,
)
