"""The figures of a result as values of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from knowledge.catalog import Catalog
from tools.semantic_layer.result import Result
from tools.summaries.model import Figure
from tools.warehouse.rows import Scalar

Against = Literal["", "previous", "year_ago", "target"]


def figures_of(result: Result, against: Against, catalog: Catalog) -> tuple[Figure, ...]:
    """Return the figures of a result of ``query_metrics``, row by row, each with what it is compared with."""
    return tuple(
        _figure(result, metric, record, against, catalog) for record in result.records() for metric in result.metrics
    )


def _figure(result: Result, metric: str, record: Mapping[str, Scalar], against: Against, catalog: Catalog) -> Figure:
    return Figure(
        metric=metric,
        unit=catalog.metric(metric).unit,
        value=number(record.get(metric)),
        receipt=result.receipt,
        against=against,
        base=number(record.get(f"{metric}__base")),
        change=number(record.get(f"{metric}__change")),
        change_pct=number(record.get(f"{metric}__change_pct")),
        target=number(record.get(f"{metric}__target")),
        attainment=number(record.get(f"{metric}__attainment")),
        where=tuple((k, v) for k, v in record.items() if k in catalog.dimensions or k == "period"),
    )


def number(value: Scalar) -> float | None:
    """Return a cell as a number; None where it is unknown or no number."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
