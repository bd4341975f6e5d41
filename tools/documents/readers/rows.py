"""Rows of tables as words: each cell under the name of its column."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FIGURE = re.compile(r"[-+±]?[\d.,]+\s*[%％]?")


def header_of(rows: Sequence[Sequence[str]]) -> Sequence[str] | None:
    """Return the first row where it names the columns: every cell but the first has words, none is a figure."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    first = rows[0]
    named = all(cell.strip() for cell in first[1:]) and not any(_FIGURE.fullmatch(cell.strip()) for cell in first)
    return first if named and len(set(first)) == len(first) else None


def row_text(cells: Sequence[str], header: Sequence[str] | None) -> str:
    """Return a row as ``渠道：短视频；成本：32元``, without empty cells; without a header, the cells alone."""
    words = [" ".join(cell.split()) for cell in cells]
    if header is None:
        return "；".join(word for word in words if word)
    names = [" ".join(name.split()) for name in header]
    pairs = zip(names, words, strict=False)
    return "；".join(f"{name}：{word}" if name else word for name, word in pairs if word)
