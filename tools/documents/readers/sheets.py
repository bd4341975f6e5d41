"""XLSX: every row under the names of its columns, by openpyxl."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from tools.documents import refusals
from tools.documents.blocks import Block
from tools.documents.readers.rows import header_of, row_text

_MOST_ROWS = 100_000
_MOST_COLUMNS = 200


def read(data: bytes) -> Iterator[Block]:
    """Yield the rows of a workbook, sheet by sheet: figures as Excel shows them (38%, not 0.38), formulas by their value."""
    from openpyxl import load_workbook  # noqa: PLC0415

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            yield Block("heading", sheet.title, f"{sheet.title}!1", level=1, apart=True)
            yield from _rows(sheet)
    finally:
        book.close()


def _rows(sheet: Any) -> Iterator[Block]:
    found = []
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), start=1):
        cells = [_shown(cell) for cell in row]
        if any(cells):
            found.append((number, cells))
        if len(found) > _MOST_ROWS:
            raise refusals.too_long(_MOST_ROWS)
    used = {i for _, cells in found for i, cell in enumerate(cells) if cell}
    last = max(used, default=-1) + 1
    start = next((i for i, (_, cells) in enumerate(found) if sum(map(bool, cells)) > 1), len(found))
    header = header_of([cells[:last] for _, cells in found[start : start + 2]])
    for number, cells in found[:start]:
        yield Block("paragraph", row_text(cells, None), f"{sheet.title}!{number}", apart=True)
    for number, cells in islice(found, start + (1 if header else 0), None):
        yield Block("row", row_text(cells[:last], header), f"{sheet.title}!{number}", apart=True)


def _shown(cell: Any) -> str:
    """Return a cell as it reads on the sheet: percent, dates, whole numbers without a point."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, int | float):
        if "%" in str(getattr(cell, "number_format", "") or ""):
            return f"{round(value * 100, 6):.10g}%"
        return f"{value:.12g}"
    return " ".join(str(value).split())
