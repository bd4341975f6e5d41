"""DOCX: paragraphs, lists, tables, content controls and text boxes in reading order, opened by python-docx."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.documents.blocks import Block, Kind
from tools.documents.readers.rows import header_of, row_text

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLES = {"title", "标题"}
_Made = Iterator[tuple[Kind, int, str]]


def read(data: bytes) -> Iterator[Block]:
    """Yield the blocks of a Word document. Headers, footers and comments are left out; tracked deletions too."""
    from docx import Document  # noqa: PLC0415 - loads lxml

    document = Document(io.BytesIO(data))
    styles = {style.style_id: style.name or "" for style in document.styles}
    for number, (kind, level, text) in enumerate(_blocks(document.element.body, styles), start=1):
        yield Block(kind, text, f"¶{number}", level=level, apart=True)


def _blocks(parent: Any, styles: Mapping[str, str]) -> _Made:
    for element in parent:
        if element.tag == f"{_W}p":
            yield from _paragraph(element, styles)
        elif element.tag == f"{_W}tbl":
            yield from _table(element, styles)
        elif element.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo", f"{_W}customXml"}:
            yield from _blocks(element, styles)


def _paragraph(element: Any, styles: Mapping[str, str]) -> _Made:
    named = element.find(f"{_W}pPr/{_W}pStyle")
    style = styles.get(named.get(f"{_W}val"), "") if named is not None else ""
    heading = _HEADING.match(style)
    for number, line in enumerate(_lines(element)):
        if style.lower() in _TITLES and number == 0:
            yield "title", 0, line
        elif heading:
            yield "heading", int(heading.group(1)), line
        elif style.lower().startswith("list") or element.find(f"{_W}pPr/{_W}numPr") is not None:
            yield "point", 0, line
        else:
            yield "paragraph", 0, line
    for box in element.iter(f"{_W}txbxContent"):
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):  # a box stands there twice
            yield from _blocks(box, styles)


def _lines(element: Any) -> list[str]:
    """Return the words of a paragraph: inserted ones and links too, deleted ones and those of text boxes not."""
    parts: list[str] = []
    for node in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if any(above.tag == f"{_W}txbxContent" for above in _between(node, element)):
            continue
        tag = node.tag.removeprefix(_W)
        if tag == "t":
            parts.append(node.text or "")
        elif node.getparent().tag == f"{_W}r":  # a tab stop of the layout has the same name
            parts.append({"tab": " ", "noBreakHyphen": "-"}.get(tag, "\n"))
    return [line.strip() for line in "".join(parts).splitlines() if line.strip()]


def _between(node: Any, top: Any) -> Iterator[Any]:
    for above in node.iterancestors():
        if above is top:
            return
        yield above


def _table(table: Any, styles: Mapping[str, str]) -> _Made:
    """Yield the rows of a table; one with a single column only lays the page out and gives its blocks."""
    cells = [list(row.iterchildren(f"{_W}tc")) for row in table.iter(f"{_W}tr") if row.getparent() is table]
    if max((len(row) for row in cells), default=0) < 2:
        for row in cells:
            for cell in row:
                yield from _blocks(cell, styles)
        return
    rows = [[" ".join(line for node in cell.iter(f"{_W}p") for line in _lines(node)) for cell in row] for row in cells]
    header = header_of(rows)
    for row in rows[1:] if header else rows:
        text = row_text(row, header if header and len(row) == len(header) else None)
        if text:
            yield "row", 0, text
