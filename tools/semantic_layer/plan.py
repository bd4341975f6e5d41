"""The plan of a query: every name resolved, every date fixed; what is left is to write the SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from knowledge.model import Dimension, Measure, Metric
from knowledge.text import Text
from tools.semantic_layer.periods import Bucket
from tools.semantic_layer.query import DateRange, FilterOp, Grain, Having, MetricQuery, OrderBy
from tools.warehouse.rows import Scalar


@dataclass(frozen=True)
class ResolvedFilter:
    """A filter whose dimension is known and whose values are as stored."""

    dimension: Dimension
    op: FilterOp
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Window:
    """The days a metric is taken on for one period of the result; ``unit`` names the calendar unit they lie in."""

    period: date
    first: date
    last: date
    unit: date


@dataclass(frozen=True)
class Windows:
    """The windows of one metric on one side of a comparison, aligned with the periods of the result.

    Attributes:
        grain: the calendar unit of every window, or ``total`` for a single window of any length.
        states: for each window the day on which lifecycle is taken: the end of its bucket.
    """

    grain: Grain
    windows: tuple[Window, ...]
    states: tuple[date, ...]

    @property
    def first(self) -> date:
        """The first day of any window."""
        return min(window.first for window in self.windows)

    @property
    def last(self) -> date:
        """The last day of any window."""
        return max(window.last for window in self.windows)


@dataclass(frozen=True)
class MetricPlan:
    """One metric with its measures and its windows.

    Attributes:
        measures: numerator first; the last one is what must be above 0, where the metric has a ``given``.
        own: dimensions that come from the facts themselves; the others come from the user.
        base: the windows of the comparison that lie in the data; None where there are none.
        base_known: for each bucket, whether its own base starts no earlier than the data; empty without a comparison.
    """

    metric: Metric
    measures: tuple[Measure, ...]
    own: frozenset[str]
    current: Windows
    base: Windows | None
    base_known: tuple[bool, ...] = ()


@dataclass(frozen=True)
class QueryPlan:
    """A query as it will be carried out.

    Attributes:
        query: the query with dates cut and resolved, so that it says what was done.
        buckets: the periods of the result, in order.
        targets: for each bucket the (period, grain) of ``targets`` it equals, or None.
        notes: what a careful analyst would add.
        base_range: the base of a comparison over the whole range, for the answer to state.
        snapshot: the published data that the plan was made for.
        options: the choices of the metrics, each with its default where none was made.
    """

    query: MetricQuery
    grain: Grain
    buckets: tuple[Bucket, ...]
    metrics: tuple[MetricPlan, ...]
    dimensions: tuple[Dimension, ...]
    filters: tuple[ResolvedFilter, ...]
    targets: tuple[tuple[date, str] | None, ...]
    having: tuple[Having, ...]
    order_by: OrderBy | None
    as_of: date
    notes: tuple[Text, ...]
    base_range: DateRange | None
    snapshot: str
    options: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def compares(self) -> bool:
        """Whether the result has base columns."""
        return self.query.compare not in ("none", "target")

    @property
    def is_total(self) -> bool:
        """Whether the result has no period column."""
        return self.grain == "total"
