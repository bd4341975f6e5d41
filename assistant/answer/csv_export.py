"""A result as a CSV file that opens in a spreadsheet: every column, full precision, nothing that runs as a formula."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Final

from assistant.answer.columns import Column, columns_of, metric_name
from knowledge.catalog import Catalog
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result
from tools.warehouse.rows import Scalar

_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PART_OF: Final = {
    "numerator": Text("{}（分子）", "{} (numerator)"),
    "denominator": Text("{}（分母）", "{} (denominator)"),
}


def csv_bytes(result: Result, catalog: Catalog, language: Language) -> bytes:
    """Return the result as UTF-8 CSV with a byte-order mark, so that spreadsheets read the Chinese in it.

    The first line holds the headings in words. Figures are raw: ratios as fractions, money in CNY, dates ISO, unknown
    empty. Numerators and denominators have columns of their own. Text that a spreadsheet would run is preceded by an
    apostrophe (OWASP, CSV injection).
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_cell(_heading(column, catalog, language)) for column in columns_of(result, catalog)])
    for row in result.rows:
        writer.writerow([_cell(value) for value in row])
    return codecs.BOM_UTF8 + buffer.getvalue().encode("utf-8", errors="replace")


def _heading(column: Column, catalog: Catalog, language: Language) -> str:
    if column.part in _PART_OF:
        return _PART_OF[column.part].in_(language).format(metric_name(column.metric, catalog).in_(language))
    return column.heading.in_(language)


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
