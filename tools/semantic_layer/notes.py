"""What a careful analyst would add to the figures, said once each in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from knowledge.segments import Segment
from knowledge.text import Text
from tools.semantic_layer import caveats, look_backs
from tools.semantic_layer.comparison import base_range
from tools.semantic_layer.periods import GRAIN_ORDER, calendar_window, is_cut
from tools.semantic_layer.plan import MetricPlan, QueryPlan
from tools.semantic_layer.query import DateRange, MetricQuery
from tools.warehouse.door import Meta
from tools.warehouse.rows import Scalar

_OPS = {
    "in": Text("为", "is"),
    "not_in": Text("不为", "is not"),
    "gt": Text("大于", "above"),
    "gte": Text("不小于", "at least"),
    "lt": Text("小于", "below"),
    "lte": Text("不大于", "at most"),
    "between": Text("介于", "between"),
}
_SIDES = ("__numerator", "__denominator")
_UNIT_ZH = {"day": "那天", "week": "那一周", "month": "那个月", "quarter": "那个季度", "year": "那一年"}
_GRAIN_ZH = {"day": "天", "week": "周", "month": "月", "quarter": "季度", "year": "年", "total": "整段"}


def of_plan(
    plan: QueryPlan, asked: MetricQuery, asked_range: DateRange, meta: Meta, segments: Mapping[str, Segment]
) -> Iterator[Text]:
    """Yield the notes that follow from the plan alone."""
    yield from _cut(plan, asked_range)
    yield from _raised(plan, asked)
    yield from _incomplete(plan)
    for metric in plan.metrics:
        yield from _calendar(metric, plan)
        yield from _young(metric, plan)
        yield from caveats.of_metric(metric, plan, meta)
    yield from _base(plan, asked, meta)
    yield from _targets(plan)
    yield from _event_attribution(plan)
    yield from look_backs.of_plan(plan, meta, segments)


def _cut(plan: QueryPlan, asked: DateRange) -> Iterator[Text]:
    start, end = plan.query.start, plan.query.end
    if (asked.start, asked.end) != (start, end):
        yield Text(
            f"所问区间 {asked.start} 至 {asked.end} 超出数据范围，已截取为 {start} 至 {end}。",
            f"The range asked for, {asked.start} to {asked.end}, reaches beyond the data; it was cut to {start} to {end}.",
        )


def _raised(plan: QueryPlan, asked: MetricQuery) -> Iterator[Text]:
    if asked.grain != plan.grain:
        yield Text(
            f"该指标按{_GRAIN_ZH[plan.grain]}定义，已由按{_GRAIN_ZH[asked.grain]}改为按{_GRAIN_ZH[plan.grain]}。",
            f"The metric is defined by {plan.grain}, so the grain was raised from {asked.grain} to {plan.grain}.",
        )


def _incomplete(plan: QueryPlan) -> Iterator[Text]:
    for bucket in plan.buckets:
        if is_cut(bucket, plan.grain):
            yield Text(
                f"{bucket.period} 起的{_UNIT_ZH[plan.grain]}不完整，只含 {bucket.first} 至 {bucket.last}。",
                f"The {plan.grain} starting {bucket.period} is incomplete: it holds {bucket.first} to {bucket.last} only.",
            )


def _calendar(metric: MetricPlan, plan: QueryPlan) -> Iterator[Text]:
    calendar = metric.metric.calendar
    if calendar is None or GRAIN_ORDER.index(plan.grain) <= GRAIN_ORDER.index(calendar):
        return
    parts = []
    for bucket in plan.buckets:
        first, last, whole = calendar_window(bucket, calendar)
        if not whole:
            parts.append(f"{first}..{last}")
        elif plan.is_total and (first, last) != (bucket.first, bucket.last):
            yield Text(
                f"{metric.metric.names.zh}取区间内最后一个完整{_GRAIN_ZH[calendar]}：{first} 至 {last}。",
                f"{metric.metric.names.en} is that of the last whole {calendar} in the range: {first} to {last}.",
            )
    if parts:
        yield Text(
            f"{metric.metric.names.zh}：区间内没有完整的{_GRAIN_ZH[calendar]}，按现有部分计算（{'、'.join(parts)}）。",
            f"{metric.metric.names.en}: there is no whole {calendar} in the range; the part there is was used ({', '.join(parts)}).",
        )


def _young(metric: MetricPlan, plan: QueryPlan) -> Iterator[Text]:
    after = metric.metric.young_after
    if after is None:
        return
    settled = plan.as_of - timedelta(days=after)
    last = max(bucket.last for bucket in plan.buckets)
    if last <= settled:
        return
    if any(m.source == "spend" and m.mature_after is not None for m in metric.measures):
        yield Text(
            f"{metric.metric.names.zh}：{settled} 之后的日子还没有到第 {after} 天（数据截至 {plan.as_of}），其注册用户与花费都未计入。",
            f"{metric.metric.names.en}: the days after {settled} have not reached day {after} yet (data to {plan.as_of}); their "
            "registrations and their cost are left out.",
        )
    elif metric.measures[0].source == "memberships":
        yield Text(
            f"{metric.metric.names.zh}：{settled} 之后到期的会员还没有满 {after} 天（数据截至 {plan.as_of}），未计入。",
            f"{metric.metric.names.en}: memberships that expired after {settled} have not had {after} days yet (data to "
            f"{plan.as_of}) and are left out.",
        )
    elif metric.measures[0].mature_after is not None:
        yield Text(
            f"{metric.metric.names.zh}：{settled} 之后注册的用户还没有到第 {after} 天（数据截至 {plan.as_of}），未计入。",
            f"{metric.metric.names.en}: users who registered after {settled} have not reached day {after} yet (data to "
            f"{plan.as_of}) and are left out.",
        )
    else:
        yield Text(
            f"{metric.metric.names.zh}：{settled} 之后注册的用户不满 {after + 1} 天，收入仍会增加。",
            f"{metric.metric.names.en}: users who registered after {settled} are younger than {after + 1} days; their revenue "
            "will still grow.",
        )


def _base(plan: QueryPlan, asked: MetricQuery, meta: Meta) -> Iterator[Text]:
    done = plan.query.compare
    if isinstance(done, DateRange) and done != asked.compare:
        yield Text(
            f"对比区间超出数据范围，已截取为 {done.start} 至 {done.end}。",
            f"The dates compared with reach beyond the data; they were cut to {done.start} to {done.end}.",
        )
    cut = DateRange(start=plan.buckets[0].first, end=plan.buckets[-1].last)
    for metric in plan.metrics if plan.base_range else ():
        own = base_range(done, cut, [metric.metric])
        if own and own != plan.base_range:
            yield Text(
                f"{metric.metric.names.zh}的对比期为 {own.start} 至 {own.end}。",
                f"{metric.metric.names.en} is compared with {own.start} to {own.end}.",
            )
    if not all(known for metric in plan.metrics for known in metric.base_known):
        yield Text(
            f"对比期早于数据起点 {meta.data_start}，无法对比的部分为空。",
            f"The base of the comparison starts before the data does ({meta.data_start}); what cannot be compared is empty.",
        )


def _targets(plan: QueryPlan) -> Iterator[Text]:
    if plan.query.compare == "target" and None in plan.targets:
        yield Text(
            "目标只按完整的日、周、月、季、年整体设定；不是恰好一个周期，或带有维度或筛选时，目标为空。",
            "Targets are set for whole days, weeks, months, quarters and years overall; the target is empty where the range is "
            "not exactly one of them or is split or filtered.",
        )


def _event_attribution(plan: QueryPlan) -> Iterator[Text]:
    if any(d.id == "segment" for d in plan.dimensions):
        yield Text(
            "各人群可能重叠：一个用户属于几个人群就计入几行，各行相加不等于总数。",
            "Segments may overlap: a user is in the row of each segment they belong to, so rows do not add up to the total.",
        )
    used = {d.id for d in plan.dimensions} & {"platform", "app_version"}
    if used and any("platform" in metric.own for metric in plan.metrics):
        yield Text(
            "平台与版本按行为发生时计，一个用户用过多个会重复出现，各行相加不等于总数。",
            "Platform and version are those of the activity itself: a user on several is in each row, so rows do not add up to "
            "the total.",
        )


def of_rows(plan: QueryPlan, columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterator[Text]:
    """Yield the notes that follow from what came back: zero denominators, filters that matched nothing, missing targets."""
    if not rows:
        yield Text("没有符合条件的行。", "No row meets the conditions.")
    for metric in plan.metrics:
        yield from _zero_denominators(metric, columns, rows)
        yield from caveats.without_users(metric, columns, rows)
        if plan.query.compare == "target" and None not in plan.targets:
            index = columns.index(f"{metric.metric.id}__target")
            if any(row[index] is None for row in rows):
                yield Text(
                    f"{metric.metric.names.zh}在该周期没有设定目标。",
                    f"No target is set for {metric.metric.names.en} in this period.",
                )
    if plan.filters and rows and _nothing_counted(plan, columns, rows):
        zh = "；".join(f"{f.dimension.names.zh}{_OPS[f.op].zh} {'、'.join(map(str, f.values))}" for f in plan.filters)
        en = "; ".join(f"{f.dimension.names.en} {_OPS[f.op].en} {', '.join(map(str, f.values))}" for f in plan.filters)
        yield Text(f"筛选条件（{zh}）在该时间没有匹配到数据。", f"The filter ({en}) matched no data in this period.")


def _zero_denominators(metric: MetricPlan, columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterator[Text]:
    if not metric.metric.is_ratio:
        return
    index = columns.index(f"{metric.metric.id}__denominator")
    empty = sum(1 for row in rows if not row[index])
    if empty and any(measure.with_cost == "campaign" for measure in metric.measures):
        yield Text(
            f"{metric.metric.names.zh}：有 {empty} 行没有花费，比值为空而不是 0。",
            f"{metric.metric.names.en}: {empty} row(s) have no cost, so the ratio is empty rather than 0.",
        )
    elif empty:
        yield Text(
            f"{metric.metric.names.zh}：有 {empty} 行的分母为 0，比值为空而不是 0。",
            f"{metric.metric.names.en}: the denominator is 0 in {empty} row(s), so the ratio is empty rather than 0.",
        )


def _nothing_counted(plan: QueryPlan, columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> bool:
    """Return whether no row was counted on any side: a share of 0 out of many has matched the many."""
    names = [f"{m.metric.id}{side}" for m in plan.metrics for side in (_SIDES if m.metric.is_ratio else ("",))]
    indexes = [columns.index(name) for name in names]
    return all(not row[index] for row in rows for index in indexes)
