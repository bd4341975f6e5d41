"""A result as CSV that opens right in Excel: UTF-8 with a byte order mark, and no cell that runs as a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

from tools.warehouse.rows import Scalar

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


def csv_bytes(headings: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> bytes:
    """Return the file: headings as given, values unformatted (ratios as fractions), an empty cell where unknown."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(heading) for heading in headings])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def file_name(title: str, receipt: str) -> str:
    """Return ``title_receipt.csv`` without what file systems refuse; at most 80 characters before the receipt."""
    clean = _NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", title)).strip(" ._")[:80].rstrip(" ._")
    return "_".join(part for part in (clean, receipt) if part) + ".csv"


def _cell(value: Scalar) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _harmless(value) if isinstance(value, str) else value


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
