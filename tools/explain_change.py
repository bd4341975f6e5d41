"""``explain_change``: which values of which dimensions carry the change of a metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from knowledge.errors import QueryError
from knowledge.model import Dimension, Metric, Words
from knowledge.text import Text
from tools.explanations.partitions import Partitions, partitions_of
from tools.explanations.ranking import Explanation
from tools.explanations.rows import OVERLAP, TIMES, calculate, explained, value_of
from tools.explanations.statement import DAY, PartsSql, TwoSides
from tools.semantic_layer.analysis import Analysis, Draft, Scope, carried_out, filters_done, run_analysis
from tools.semantic_layer.comparison import base_range, outside_data
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.plan import QueryPlan
from tools.semantic_layer.prepared import Table
from tools.semantic_layer.query import DateRange, Filter, MetricQuery
from tools.semantic_layer.resolver import resolve
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext
from tools.warehouse.rows import Scalar

_STANDS_OUT = 0.2
"""Values stand out when they explain the change at least this well (``ranking.py``)."""
_MORE_THAN_ALL = 1.05


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

    def words(self, dimension: str) -> Words:
        """Return what people call a dimension of the rows."""
        named = {d.id: d.names for d in self.partitions.dimensions}
        return named.get(dimension, Words(zh="日期", en="day"))

    def value_words(self, dimensions: Sequence[str], value: Scalar) -> Text:
        """Return a value of the rows as people read it: a day with the day it is compared with."""
        if value is None:
            return Text("未知", "unknown")
        if tuple(dimensions) != (DAY,):
            return Text(str(value), str(value))
        against = date.fromisoformat(str(value)) - (self.plan.buckets[0].first - self.base.start)
        return Text(f"{value}（对比 {against}）", f"{value} (against {against})")


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
    draft, finding = Draft(), _Finding(question)
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
        notes=(*plan.notes, *_notes(question)),
        row_notes=finding.notes,
        calculate=finding.calculate,
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

    def side(days: DateRange, grain: Literal["total", "day"]) -> QueryPlan:
        query = MetricQuery(metrics=(metric.id,), start=days.start, end=days.end, filters=params.filters, grain=grain)
        return resolve(query, layer.catalog, meta, values)

    sides = TwoSides(side(current, "total"), side(base, "total"), side(current, "day"), side(base, "day"))
    return _Question(metric, plan, base, sides, partitions)


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
            f"指标“{metric.names.zh}”没有可以相加的拆分维度{f'（{zh}的各部分之和不等于整体）' if zh else ''}，无法解释变化。"
            "请改问它的分子或分母指标。",
            f"Metric '{metric.id}' has no dimension whose parts add up to it{f' (not {en})' if en else ''}, so its change "
            "cannot be explained. Ask about what it is made of instead.",
        ),
        code="no_partition",
    )


def _notes(question: _Question) -> Iterator[Text]:
    """Yield what the parameters alone give to know."""
    plan, base, metric = question.plan, question.base, question.metric
    days = (plan.buckets[-1].last - plan.buckets[0].first).days + 1
    before = (base.end - base.start).days + 1
    per_day = question.partitions.by_day and not metric.is_ratio
    if days != before and per_day:
        yield Text(
            f"本期 {days} 天，对比期 {before} 天，天数不同会影响总量。",
            f"The range has {days} days and its base {before}; that alone moves a total.",
        )
    if metric.is_ratio:
        yield Text(
            "贡献 = 构成（mix，占比变化）+ 自身（rate，自身比率变化）；权重为分母占比。",
            "contribution = mix (its share changed) + rate (its own quotient changed), weighted by shares of the "
            "denominator.",
        )


@dataclass
class _Finding:
    """What was found, kept for the words about it: the explanations behind the rows, best first."""

    question: _Question
    explanations: Sequence[Explanation] = ()

    def calculate(self, _params: Mapping[str, Any], table: Table) -> Table:
        """Return the rows, as ``rows.calculate`` does, and keep the explanations."""
        shown, self.explanations = explained(table)
        return shown

    def notes(self, _columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterator[Text]:
        """Yield what the rows give to know."""
        yield from _change_notes(rows[0])
        if self.explanations and rows[0][4]:
            yield from _cause_notes(self.question, self.explanations[0])
        yield from _parts_notes(self.question, rows)


def _parts_notes(question: _Question, rows: Sequence[Sequence[Scalar]]) -> Iterator[Text]:
    shown = {name for row in rows for name in str(row[0]).split(TIMES)}
    missing = [d for d in question.partitions.named if d.id not in shown]
    if missing and len(rows) > 1:
        yield Text(
            f"未按{'、'.join(d.names.zh for d in missing)}拆分：同一用户可落在多个取值里，各部分之和与整体相差太多。",
            f"Not split by {', '.join(d.names.en for d in missing)}: a user may be in several values, so that the parts are "
            "too far from the whole.",
        )
    if any(row[1] == OVERLAP for row in rows):
        yield Text(
            "(overlap) 为同一用户在多个取值中重复计数的部分，使各行之和等于总变化。",
            "(overlap) is what is counted in several values at once; with it the rows add up to the change.",
        )


def _change_notes(total: Sequence[Scalar]) -> Iterator[Text]:
    base, change = total[2], total[4]
    if change is None:
        side = "本期" if base is not None else "对比期"
        side_en = "range" if base is not None else "base"
        yield Text(
            f"{side}的分母为 0，没有可以拆解的变化。",
            f"The denominator of the {side_en} is 0: there is no change to explain.",
        )
    elif change == 0:
        yield Text("指标没有变化；下列各部分的变化互相抵消。", "The metric did not change; the parts below cancel out.")
    elif not base:
        yield Text("对比期为 0，全部为新增。", "The base is 0: everything is new.")


def _cause_notes(question: _Question, best: Explanation) -> Iterator[Text]:
    """Yield the cause that the rows put first, that causes cancel out, or that there is none: all moved like the whole."""
    dimensions = [question.words(name) for name in best.split.dimensions]
    where = Text("×".join(name.zh for name in dimensions), TIMES.join(name.en for name in dimensions))
    values = [question.value_words(best.split.dimensions, value_of(part)) for part in best.carriers]
    who = Text("、".join(value.zh for value in values), ", ".join(value.en for value in values))
    carry = "carry" if len(values) > 1 else "carries"
    if best.score >= _STANDS_OUT:
        more = best.power > _MORE_THAN_ALL
        yield Text(
            f"变化主要来自{where.zh}：{who.zh}，{'合计' if len(values) > 1 else ''}占总变化的 {best.power:.0%}"
            f"{'，其余取值合计为反向变化' if more else ''}。",
            f"The change sits mainly in {where.en}: {who.en} {carry} {best.power:.0%} of it"
            f"{', and the other values together moved the other way' if more else ''}.",
        )
    elif best.power > _MORE_THAN_ALL:
        yield Text(
            f"总变化不大，是更大的变化互相抵消的结果：{where.zh} {who.zh} 相当于总变化的 {best.power:.0%}，其余取值合计为反向变化。",
            f"The change is small because larger ones cancel out: in {where.en}, {who.en} {carry} {best.power:.0%} of it, and "
            "the other values together moved the other way.",
        )
    else:
        yield Text(
            "没有哪个取值明显突出：各维度的各个取值大体同幅变化，属于整体性变化（如节假日、大促、全量改版），而非某个局部的问题。",
            "No value stands out: in every dimension the values moved much alike. The change is a general one (a holiday, a "
            "sale, a release to everyone), not that of some part.",
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
