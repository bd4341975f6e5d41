"""A document as it is kept: its title, its clean words, its passages and what cleaning did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tools.documents.blocks import Block
from tools.documents.cleaning import Applied, Report, clean
from tools.documents.cut import passages_of_blocks
from tools.documents.model import Origin, Passage, content_id
from tools.documents.outline import outline


@dataclass(frozen=True)
class Document:
    """A document that was read and cleaned.

    Attributes:
        id: hash of its clean words.
        source: name of the file, as shown.
        title: its title.
        text: its clean words as Markdown: headings with #, everything else a line a block.
        passages: what it says, piece by piece.
        report: what cleaning did.
    """

    id: str
    source: str
    title: str
    text: str
    passages: tuple[Passage, ...]
    report: Report


def document_of(blocks: Sequence[Block], *, source: str, title: str = "") -> Document:
    """Return the document that blocks of a file make.

    Args:
        blocks: what the reader found.
        source: name of the file, as shown.
        title: its title where it is known; else it is told from the document itself, or from the file's name.
    """
    cleaned = clean(blocks)
    heads = {line for each in cleaned.report.applied if each.rule == "running_heads" for line in each.dropped}
    found, body, repeats = outline(cleaned.blocks, name=source, never=heads)
    report = cleaned.report
    if repeats:
        again = Applied("repeated_titles", len(repeats), tuple((each, "") for each in repeats), tuple(repeats))
        report = replace(report, applied=(*report.applied, again))
    text = "\n".join(f"{'#' * block.level} {block.text}" if block.kind == "heading" else block.text for block in body)
    origin = Origin(content_id(text), source, title or found)
    return Document(origin.document, source, origin.title, text, passages_of_blocks(body, origin), report)
