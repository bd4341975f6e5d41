"""A result as a table: headings in words, cells formatted, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answer.column_formats import column_formatter
from assistant.answer.columns import Column, measured_name
from assistant.answer.model import Table
from assistant.answer.retention_table import is_matrix, matrix_of
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result
from tools.warehouse.rows import Scalar

_DUST: Final = 1e-3
_TITLES = {
    "retention_matrix": Text("留存矩阵", "Retention matrix"),
    "funnel": Text("转化漏斗", "Funnel"),
    "lifecycle_flow": Text("用户生命周期流转", "Lifecycle flow"),
    "stickiness_histogram": Text("活跃频次分布", "Active periods per user"),
    "ltv_curve": Text("累计用户价值（LTV）", "Lifetime value (LTV)"),
    "experiment_readout": Text("实验结果", "Experiment read-out"),
    "explain_change": Text("变化拆解", "What carries the change"),
    "build_segment": Text("人群", "Segment"),
    "segment_profile": Text("画像（与全部用户相比）", "Profile, against everyone"),
    "list_metrics": Text("指标列表", "Metrics"),
    "describe_metric": Text("指标说明", "About the metric"),
    "search_playbooks": Text("资料检索", "Playbook search"),
}


def title_of(result: Result, catalog: Catalog, language: Language) -> str:
    """Return a result's title: what was measured, for analyses with the metric's name."""
    names = ("、" if language == "zh" else ", ").join(
        measured_name(result, m, catalog).in_(language) for m in result.metrics
    )
    title = _TITLES.get(result.tool)
    if title is None:
        return names or result.tool
    if not names or result.tool in ("list_metrics", "describe_metric"):
        return title.in_(language)
    return title.in_(language) + ("：" if language == "zh" else ": ") + names


def table_of(result: Result, catalog: Catalog, language: Language) -> Table:
    """Return the table of a result. Numerators and denominators are left out; the CSV file has them.

    The figures of a column have one scale and the same decimals; see ``column_formats``. Where the row limit cut the
    result, ``more`` is True.
    Cells are plain text without control characters, not Markdown: whoever draws the table escapes it.
    """
    view = View(result, catalog, language)
    if is_matrix(view):
        headings, lines = matrix_of(view)
        return Table(title_of(result, catalog, language), headings, lines, result.receipt, result.truncated)
    shown = tuple(column for column in view.columns.values() if column.kind != "part")
    return Table(
        title=title_of(result, catalog, language),
        columns=tuple(column.heading.in_(language) for column in shown),
        rows=tuple(zip(*(_cells(view, column) for column in shown), strict=True)) if shown else (),
        receipt=result.receipt,
        more=result.truncated,
    )


def needs_table(result: Result) -> bool:
    """Return whether a table says more than a sentence: not of no row, and not of a single figure."""
    if len(result.rows) != 1 or result.tool != "query_metrics":
        return bool(result.rows)
    params = result.params
    return len(result.metrics) != 1 or bool(params.get("dimensions")) or params.get("compare", "none") != "none"


def _cells(view: View, column: Column) -> list[str]:
    rows = view.result.rows
    if column.kind != "figure":
        return [view.text(row, column) for row in rows]
    values = [view.value(row, column.name) for row in rows]
    if view.result.tool == "explain_change" and column.is_change:
        values = _without_dust(values)
    beside = view.columns.get(column.metric if column.part == "base" else f"{column.name}__base")
    pairs = [(view.value(row, column.name), view.value(row, beside.name)) for row in rows] if beside else []
    write = column_formatter(values, column.unit, view.language, signed=column.is_change, pairs=pairs)
    return [
        view.text(row, column) if isinstance(v, (str, bool)) else write(v) for row, v in zip(rows, values, strict=True)
    ]


def _without_dust(values: Sequence[Scalar]) -> list[Scalar]:
    """Return the parts of a change with those as 0 that are nothing beside the largest: they would only add decimals."""
    sizes = [abs(value) for value in values if isinstance(value, (int, float))]
    least = max(sizes, default=0.0) * _DUST
    return [0.0 if isinstance(value, (int, float)) and abs(value) < least else value for value in values]
