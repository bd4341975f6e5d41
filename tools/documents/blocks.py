"""What a reader finds in a file: blocks in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["title", "heading", "line", "paragraph", "point", "row", "link"]
"""``line`` is a line of a plain text or a PDF, not known yet to be a paragraph; ``link`` is nothing but a link."""


@dataclass(frozen=True)
class Block:
    """A piece of a document as its file has it.

    Attributes:
        kind: what the file says it is.
        text: its words, on one line.
        place: where in the file: ``¶12``, ``p. 3``, ``slide 4``, ``Sheet1!7``.
        level: depth of a heading, from 1.
        page: number of the page or slide, from 1; 0 where the format has none.
        apart: whether white space or a page break parts it from the block before.
        stem: of a point, the point's number or bullet as printed.
    """

    kind: Kind
    text: str
    place: str
    level: int = 0
    page: int = 0
    apart: bool = False
    stem: str = ""


def lines_of(text: str) -> list[Block]:
    """Return the lines of a plain text as blocks, placed by their count among the lines that are not empty."""
    out: list[Block] = []
    apart = False
    for line in text.splitlines():
        words = line.strip(" \t\r\f\v\u3000\xa0")
        if not words:
            apart = True
            continue
        indented = line.startswith(("\u3000\u3000", "    ", "\t"))
        out.append(Block("line", words, f"¶{len(out) + 1}", apart=apart or indented))
        apart = False
    return out
