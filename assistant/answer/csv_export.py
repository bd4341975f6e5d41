"""A result as a CSV file that opens in a spreadsheet: every column, full precision, nothing that runs as a formula."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Final

from assistant.answer.columns import Column, metric_name
from assistant.answer.value_names import ValueNames, named
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result, Row
from tools.warehouse.rows import Scalar

_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PART_OF: Final = {
    "numerator": Text("{}（分子）", "{} (numerator)"),
    "denominator": Text("{}（分母）", "{} (denominator)"),
}
_STORED: Final = Text("{}（编号）", "{} (id)")


def csv_bytes(result: Result, catalog: Catalog, language: Language, *, value_names: ValueNames | None = None) -> bytes:
    """Return the result as UTF-8 CSV with a byte-order mark, so that spreadsheets read the Chinese in it.

    The first line holds the headings in words. A dimension has two columns: the names that the answer uses, then the
    stored values, empty for null. Figures are raw: ratios as fractions, money in CNY, dates ISO, unknown empty.
    Numerators and denominators have columns of their own. Text that a spreadsheet would run is preceded by an
    apostrophe (OWASP, CSV injection). ``value_names`` are the names that values carry in the data.
    """
    view = View(result, named(catalog, [result], value_names), language)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_cell(heading) for column in view.columns.values() for heading in _headings(view, column)])
    for row in result.rows:
        writer.writerow([_cell(value) for column in view.columns.values() for value in _values(view, row, column)])
    return codecs.BOM_UTF8 + buffer.getvalue().encode("utf-8", errors="replace")


def _headings(view: View, column: Column) -> Iterator[str]:
    heading = column.heading.in_(view.language)
    if column.part in _PART_OF:
        heading = (
            _PART_OF[column.part].in_(view.language).format(metric_name(column.metric, view.catalog).in_(view.language))
        )
    yield heading
    if _is_coded(view, column):
        yield _STORED.in_(view.language).format(heading)


def _values(view: View, row: Row, column: Column) -> Iterator[Scalar]:
    if _is_coded(view, column):
        unnamed = column.kind == "text" and view.value(row, column.name) is None
        yield "" if unnamed else view.text(row, column)
    yield view.value(row, column.name)


def _is_coded(view: View, column: Column) -> bool:
    """Return whether the cells are stored values that an answer calls by other names."""
    explained = view.result.tool == "explain_change" and column.name in ("dimension", "value")
    return column.kind == "dimension" or explained


def _cell(value: Scalar) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.replace("\x00", "")
        return (
            "'" + text
            if text.lstrip(" \ufeff").startswith(_STARTS_FORMULA) or text.startswith(_STARTS_FORMULA)
            else text
        )
    return repr(value) if isinstance(value, float) else str(value)
