"""What a query is compared with: the given dates, the period before, the year before, each for every bucket."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.errors import QueryError
from knowledge.model import Metric
from knowledge.text import Text
from tools.semantic_layer.periods import Bucket, previous_bucket, previous_range, year_ago_bucket, year_ago_range
from tools.semantic_layer.query import Compare, DateRange, Grain, MetricQuery
from tools.warehouse.door import Meta


def resolve_compare(query: MetricQuery, grain: Grain, meta: Meta) -> Compare:
    """Return the comparison as it is made: given dates end with the data, as every range does.

    Raises:
        QueryError: given dates together with a grain, in the wrong order, or after the data.
    """
    compare = query.compare
    if not isinstance(compare, DateRange):
        return compare
    if grain != "total":
        raise QueryError(
            Text(
                "与指定区间对比时不能再按时间拆分；请用 previous 或 year_ago，或去掉粒度。",
                "A comparison with given dates works over the whole range only; use previous or year_ago, or drop the grain.",
            ),
            code="compare_needs_total",
        )
    if compare.start > compare.end:
        raise QueryError(
            Text(
                f"对比区间的开始日期 {compare.start} 晚于结束日期 {compare.end}。请交换两者。",
                f"The comparison's start {compare.start} is after its end {compare.end}. Swap them.",
            ),
            code="start_after_end",
        )
    if compare.start > meta.as_of:
        raise outside_data(compare, meta)
    return DateRange(start=compare.start, end=min(compare.end, meta.as_of))


def check_range(asked: DateRange, meta: Meta) -> None:
    """Raise QueryError for a range that holds no day, or no day of the data."""
    if asked.start > asked.end:
        raise QueryError(
            Text(
                f"开始日期 {asked.start} 晚于结束日期 {asked.end}，这个区间是 0 天。请交换两者。",
                f"The start {asked.start} is after the end {asked.end}: a range of no days. Swap them.",
            ),
            code="start_after_end",
        )
    if asked.end < meta.data_start or asked.start > meta.as_of:
        raise outside_data(asked, meta)


def outside_data(asked: DateRange, meta: Meta) -> QueryError:
    """Return the error that says which dates there are."""
    return QueryError(
        Text(
            f"{asked.start} 至 {asked.end} 没有数据。现有数据为 {meta.data_start} 至 {meta.as_of}。",
            f"There is no data from {asked.start} to {asked.end}. The data covers {meta.data_start} to {meta.as_of}.",
        ),
        code="outside_data",
    )


def base_range(compare: Compare, cut: DateRange, metrics: Sequence[Metric]) -> DateRange | None:
    """Return the base of the whole range ``cut`` for metrics asked together; None without one."""
    if isinstance(compare, DateRange):
        return compare
    if compare == "previous":
        return previous_range(cut.start, cut.end)
    if compare == "year_ago":
        return year_ago_range(cut.start, cut.end, by_week=all(m.calendar == "week" for m in metrics))
    return None


def bases_of(metric: Metric, compare: Compare, buckets: Sequence[Bucket], grain: Grain) -> list[Bucket]:
    """Return the bucket that each bucket of a metric is compared with; empty without a comparison."""
    if grain == "total":
        whole = base_range(compare, DateRange(start=buckets[0].first, end=buckets[0].last), [metric])
        return [Bucket(whole.start, whole.start, whole.end)] if whole else []
    if compare == "previous":
        return [previous_bucket(bucket, grain) for bucket in buckets]
    if compare == "year_ago":
        return [year_ago_bucket(bucket, grain) for bucket in buckets]
    return []
