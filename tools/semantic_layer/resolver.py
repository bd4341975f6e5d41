"""From names and dates as asked to a plan: every name known, every date cut to the data, every conflict said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from knowledge.catalog import Catalog
from knowledge.errors import QueryError
from knowledge.model import Dimension, Metric
from knowledge.text import Text
from tools.semantic_layer import notes
from tools.semantic_layer.columns import check_columns
from tools.semantic_layer.comparison import base_range, bases_of, check_range, resolve_compare
from tools.semantic_layer.filters import check_dimensions, resolve_filters
from tools.semantic_layer.periods import (
    GRAIN_ORDER,
    Bucket,
    calendar_window,
    default_range,
    split,
    unit_end,
    unit_start,
)
from tools.semantic_layer.plan import MetricPlan, QueryPlan, ResolvedFilter, Window, Windows
from tools.semantic_layer.query import Compare, DateRange, Filter, Grain, MetricQuery
from tools.semantic_layer.stored_values import StoredValues
from tools.warehouse.door import Meta
from tools.warehouse.rows import Scalar


def resolve(query: MetricQuery, catalog: Catalog, meta: Meta, values: StoredValues) -> QueryPlan:
    """Return the plan of ``query``.

    Raises:
        QueryError: an unknown name or value, a dimension a metric does not take, a range that is empty or holds no data,
            metrics whose grains exclude each other, a comparison that cannot be made.
    """
    metrics = [catalog.metric(name) for name in query.metrics]
    dimensions = _dimensions(query, metrics, catalog)
    filters = resolve_filters(query.filters, metrics, catalog, values)
    check_variant(dimensions, query.filters)
    grain = _grain(query, metrics)
    asked = _range(query, metrics, meta)
    cut = DateRange(start=max(asked.start, meta.data_start), end=min(asked.end, meta.as_of))
    buckets = split(cut.start, cut.end, grain)
    compare = resolve_compare(query, grain, meta)
    plans = tuple(_metric_plan(metric, catalog, compare, grain, buckets, meta=meta) for metric in metrics)
    done = query.model_copy(
        update={
            "start": cut.start,
            "end": cut.end,
            "grain": grain,
            "filters": _filters_done(filters),
            "compare": compare,
        }
    )
    plan = QueryPlan(
        query=done,
        grain=grain,
        buckets=buckets,
        metrics=plans,
        dimensions=dimensions,
        filters=filters,
        targets=tuple(_target_period(bucket, grain, bool(dimensions or filters)) for bucket in buckets),
        having=query.having,
        order_by=query.order_by,
        as_of=meta.as_of,
        notes=(),
        base_range=base_range(compare, cut, metrics) if grain == "total" else None,
        snapshot=meta.snapshot,
        options=_options(query, metrics),
    )
    check_columns(plan)
    return replace(plan, notes=tuple(notes.of_plan(plan, query, asked, meta, catalog.segments)))


def _dimensions(query: MetricQuery, metrics: Sequence[Metric], catalog: Catalog) -> tuple[Dimension, ...]:
    dimensions = tuple(catalog.dimension(name) for name in query.dimensions)
    for dimension in dimensions:
        if dimension.filter_only:
            raise QueryError(
                Text(
                    f"“{dimension.names.zh}”只能用作筛选，不能用来拆分。",
                    f"'{dimension.id}' can only filter; it cannot split.",
                ),
                code="filter_only_dimension",
                choices=("variant",),
            )
    check_dimensions(metrics, [d.id for d in dimensions], catalog)
    return dimensions


def check_variant(dimensions: Sequence[Dimension], filters: Sequence[Filter]) -> None:
    """Raise QueryError where variants are asked for without the one experiment they belong to."""
    uses = any(d.id == "variant" for d in dimensions) or any(f.dimension == "variant" for f in filters)
    experiments = [f for f in filters if f.dimension == "experiment"]
    if any(f.op != "in" or len(f.values) != 1 for f in experiments) or (uses and len(experiments) != 1):
        raise QueryError(
            Text(
                '按实验组别拆分时，需要且只能筛选一个实验，例如 experiment in ["onboarding_3_tasks"]。',
                'To split by variant, filter on exactly one experiment, such as experiment in ["onboarding_3_tasks"].',
            ),
            code="variant_needs_experiment",
        )


def _options(query: MetricQuery, metrics: Sequence[Metric]) -> dict[str, Scalar]:
    """Return the choices of all metrics, with the default of each that was not made."""
    offered = {name: option for metric in metrics for name, option in metric.options.items()}
    for name, value in query.options.items():
        choices = list(offered[name].values) if name in offered else list(offered)
        if name not in offered or value not in choices:
            listed_zh, listed_en = "、".join(choices) or "无", ", ".join(choices) or "none"
            raise QueryError(
                Text(
                    f"选项 {name} = {value} 不适用。可用：{listed_zh}。",
                    f"The option {name} = {value} does not fit. Available: {listed_en}.",
                ),
                code="unknown_option",
                choices=choices,
            )
    return {name: query.options.get(name, option.values[0]) for name, option in offered.items()}


def _grain(query: MetricQuery, metrics: Sequence[Metric]) -> Grain:
    if query.grain == "total":
        return "total"
    raised = {metric.id: _raised(query.grain, metric) for metric in metrics}
    if len(set(raised.values())) > 1:
        listed = ", ".join(f"{name}: {grain}" for name, grain in raised.items())
        raise QueryError(
            Text(
                f"这些指标的最细粒度不同，不能放在同一张表里：{listed}。请分开提问，或改用更粗的粒度。",
                f"These metrics have different finest grains and do not fit one table: {listed}. Ask for them apart, or use a "
                "coarser grain.",
            ),
            code="grains_exclude",
        )
    return next(iter(raised.values()))


def _raised(grain: Grain, metric: Metric) -> Grain:
    if metric.calendar is None:
        return grain
    return max(grain, metric.calendar, key=GRAIN_ORDER.index)


def _range(query: MetricQuery, metrics: Sequence[Metric], meta: Meta) -> DateRange:
    today = min(meta.business_date, meta.as_of)
    default = default_range({m.default_window for m in metrics} if query.grain == "total" else set(), today)
    if query.start is None and query.end is None:
        asked = default
    else:
        end = query.end or today
        asked = DateRange(start=query.start or min(default.start, end), end=end)
    check_range(asked, meta)
    return asked


def _metric_plan(
    metric: Metric, catalog: Catalog, compare: Compare, grain: Grain, buckets: tuple[Bucket, ...], *, meta: Meta
) -> MetricPlan:
    measures = tuple(catalog.measures[m] for m in metric.measures)
    shared = [set(catalog.sources[measure.source].own) | set(measure.ignores) for measure in measures]
    bases = bases_of(metric, compare, buckets, grain)
    known = tuple(meta.data_start <= base.first for base in bases)
    pairs = [pair for pair, is_known in zip(zip(buckets, bases, strict=False), known, strict=False) if is_known]
    return MetricPlan(
        metric=metric,
        measures=measures,
        own=frozenset(set.intersection(*shared)),
        current=_windows(metric, buckets, buckets, grain),
        base=_windows(metric, [bucket for bucket, _ in pairs], [base for _, base in pairs], grain) if pairs else None,
        base_known=known,
    )


def _windows(metric: Metric, labels: Sequence[Bucket], buckets: Sequence[Bucket], grain: Grain) -> Windows:
    """Return where the metric is taken in each bucket, under the period names of ``labels``."""
    if metric.calendar is None or metric.calendar == grain:
        days = [(bucket.first, bucket.last) for bucket in buckets]
        unit: Grain = grain
    else:
        days = [calendar_window(bucket, metric.calendar)[:2] for bucket in buckets]
        unit = "total" if grain == "total" else metric.calendar
    windows = tuple(
        Window(label.period, first, last, unit_start(first, unit))
        for label, (first, last) in zip(labels, days, strict=True)
    )
    return Windows(unit, windows, tuple(bucket.last for bucket in buckets))


def _target_period(bucket: Bucket, grain: Grain, narrowed: bool) -> tuple[date, str] | None:
    """Return the one period of ``targets`` that the bucket is: the largest unit it fills exactly."""
    if narrowed:
        return None
    candidates: tuple[Grain, ...] = ("year", "quarter", "month", "week", "day") if grain == "total" else (grain,)
    for unit in candidates:
        if bucket.first == unit_start(bucket.first, unit) and bucket.last == unit_end(bucket.first, unit):
            return bucket.first, unit
    return None


def _filters_done(filters: Iterable[ResolvedFilter]) -> tuple[Filter, ...]:
    return tuple(Filter(dimension=f.dimension.id, op=f.op, values=f.values) for f in filters)
