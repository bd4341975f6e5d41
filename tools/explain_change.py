"""``explain_change``: which values of which dimensions carry the change of a metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import Field

from knowledge.errors import QueryError
from knowledge.model import Dimension, Metric
from knowledge.text import Text
from tools.explanations.partitions import Partitions, partitions_of
from tools.explanations.rows import calculate
from tools.explanations.statement import PartsSql, TwoSides
from tools.explanations.words import Story
from tools.semantic_layer.analysis import Analysis, Draft, Scope, carried_out, filters_done, run_analysis
from tools.semantic_layer.comparison import base_range, outside_data
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.plan import QueryPlan
from tools.semantic_layer.query import DateRange, Filter, MetricQuery
from tools.semantic_layer.resolver import resolve
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext


class ExplainParams(Params):
    """The metric, the days, and what they are compared with. Absent dates mean the metric's own default."""

    metric: str
    start: date | None = None
    end: date | None = None
    compare: Literal["previous", "year_ago"] | DateRange = "previous"
    filters: tuple[Filter, ...] = Field(default=(), max_length=50)


@dataclass(frozen=True)
class _Question:
    """A change to explain, resolved: the metric, its plan with the comparison, its base, and how it is taken apart."""

    metric: Metric
    plan: QueryPlan
    base: DateRange
    sides: TwoSides
    partitions: Partitions
    grows_with_days: bool


def explain_change(context: ToolContext, params: ExplainParams) -> Result:
    """Return the change of a metric and the parts that carry it, with the receipt.

    The first row is the whole metric (dimension ``total``, value null, contribution = its change). Then each dimension
    that splits the metric, best explanation first, and pairs of dimensions that explain far more than either
    (``platform × app_version``, value ``android · 5.2.0``); a dimension's contributions add up to the change, through the
    row ``(rest)`` where not every value is listed. Contributions are in the metric's unit; for quotients they are the sum
    of ``mix`` and ``rate`` (defined in ``explanations/contributions.py``).

    Raises:
        QueryError: as ``SemanticLayer.run`` does; the base starts before the data; the metric has no dimension.
    """
    layer = context.layer
    return run_analysis(layer, "explain_change", lambda: _prepare(layer, params), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: ExplainParams) -> Analysis:
    question = _resolved(layer, params)
    plan, metric, meta = question.plan, question.metric, layer.warehouse.meta
    draft, story = Draft(), _story(question, layer)
    sql = PartsSql(draft, question.sides, metric, layer.catalog, question.partitions)
    start, end = plan.buckets[0].first, plan.buckets[-1].last
    return Analysis(
        scope=Scope(start=start, end=end, meta=meta, catalog=layer.catalog),
        draft=draft,
        select=sql.select(),
        params=carried_out(
            params,
            metric=metric.id,
            start=start,
            end=end,
            compare=plan.query.compare,
            filters=filters_done(plan.filters),
        ),
        metrics=(metric.id,),
        unit=metric.unit,
        notes=(*plan.notes, *story.before()),
        row_notes=story.after,
        calculate=story.calculate,
        base=question.base.model_dump(mode="json"),
    )


def _resolved(layer: SemanticLayer, params: ExplainParams) -> _Question:
    metric = layer.catalog.metric(params.metric)
    meta, values = layer.warehouse.meta, layer.values
    asked = MetricQuery(
        metrics=(metric.id,), start=params.start, end=params.end, filters=params.filters, compare=params.compare
    )
    plan = resolve(asked, layer.catalog, meta, values)
    current = DateRange(start=plan.buckets[0].first, end=plan.buckets[-1].last)
    base = base_range(plan.query.compare, current, [metric]) or current
    if base.start < meta.data_start:
        raise _base_before_data(base, meta.data_start) if base.end >= meta.data_start else outside_data(base, meta)
    partitions = partitions_of(metric, layer.catalog, plan.filters)
    if not partitions.dimensions and not partitions.by_day:
        raise _nothing_to_split(metric, partitions.skipped)
    grows_with_days = partitions.by_day and not metric.is_ratio and not _per_day(metric, layer)
    if (current.end - current.start) > (base.end - base.start):
        partitions = replace(partitions, by_day=False)  # a 31st beside no 31st is no cause, only a longer month

    def side(days: DateRange, grain: Literal["total", "day"]) -> QueryPlan:
        query = MetricQuery(metrics=(metric.id,), start=days.start, end=days.end, filters=params.filters, grain=grain)
        return resolve(query, layer.catalog, meta, values)

    sides = TwoSides(side(current, "total"), side(base, "total"), side(current, "day"), side(base, "day"))
    return _Question(metric, plan, base, sides, partitions, grows_with_days)


def _per_day(metric: Metric, layer: SemanticLayer) -> bool:
    return layer.catalog.measures[metric.measures[0]].per_day


def _story(question: _Question, layer: SemanticLayer) -> Story:
    plan, metric = question.plan, question.metric
    return Story(
        metric=metric,
        current=DateRange(start=plan.buckets[0].first, end=plan.buckets[-1].last),
        base=question.base,
        partitions=question.partitions,
        grows_with_days=question.grows_with_days,
        values=layer.values,
    )


def _base_before_data(base: DateRange, data_start: date) -> QueryError:
    return QueryError(
        Text(
            f"对比期 {base.start} 至 {base.end} 早于数据起点 {data_start}，无法拆解变化。请把时间往后移，或用 compare 指定对比区间。",
            f"The base, {base.start} to {base.end}, starts before the data does ({data_start}), so the change cannot be "
            "taken apart. Choose later dates, or give the dates to compare with.",
        ),
        code="outside_data",
    )


def _nothing_to_split(metric: Metric, skipped: Sequence[Dimension]) -> QueryError:
    zh = "、".join(d.names.zh for d in skipped)
    en = ", ".join(d.id for d in skipped)
    return QueryError(
        Text(
            f"在这些条件下，指标“{metric.names.zh}”没有可以相加的拆分维度{f'（{zh}的各部分之和不等于整体）' if zh else ''}，无法解释变化。"
            "请改问它的分子或分母指标，或减少筛选。",
            f"Metric '{metric.id}' has no dimension, as it is filtered, whose parts add up to it{f' (not {en})' if en else ''}, so its "
            "change cannot be explained. Ask about what it is made of, or filter less.",
        ),
        code="no_partition",
    )


TOOL = Tool(
    name="explain_change",
    description=(
        "Say why a metric changed: which values of which dimensions carry the change between a range and its base "
        "(compare: previous, year_ago, or {start, end}). Rows: the whole first, then dimensions and pairs of them, best "
        "explanation first; contributions of a dimension add up to the change, for ratios as mix + rate. It shows where a "
        "change sits, not what people intended."
    ),
    params=ExplainParams,
    function=explain_change,
    calculate=calculate,
)
