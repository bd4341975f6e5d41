"""PPTX: titles, text, tables and notes of each slide, by python-pptx."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from tools.documents.blocks import Block, Kind
from tools.documents.readers.rows import header_of, row_text


def read(data: bytes) -> Iterator[Block]:
    """Yield the blocks of a presentation, slide by slide, from the top left; the notes come after."""
    from pptx import Presentation  # noqa: PLC0415 - loads lxml

    for number, slide in enumerate(Presentation(io.BytesIO(data)).slides, start=1):
        place = f"slide {number}"
        title = slide.shapes.title
        for shape in _flat(slide.shapes):
            is_title = title is not None and shape.shape_id == title.shape_id
            for kind, text in _words(shape, is_title=is_title):
                yield Block(kind, text, place, level=int(kind == "heading"), page=number, apart=True)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            for line in slide.notes_slide.notes_text_frame.text.splitlines():
                if line.strip():
                    yield Block("paragraph", line.strip(), place, page=number, apart=True)


def _flat(shapes: Iterable[Any]) -> Iterator[Any]:
    """Yield shapes from the top left, those of groups among them."""
    for shape in sorted(shapes, key=lambda each: (each.top or 0, each.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _flat(shape.shapes)
        else:
            yield shape


def _words(shape: Any, *, is_title: bool) -> Iterator[tuple[Kind, str]]:
    if getattr(shape, "has_table", False):
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        header = header_of(rows)
        for row in rows[1:] if header else rows:
            text = row_text(row, header)
            if text:
                yield "row", text
    elif getattr(shape, "has_text_frame", False):
        if is_title:
            text = " ".join(shape.text_frame.text.split())
            if text:
                yield "heading", text
            return
        for paragraph in shape.text_frame.paragraphs:
            text = " ".join(paragraph.text.split())
            if text:
                yield "paragraph" if text[-1:] in "。.！!" else "point", text
