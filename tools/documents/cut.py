"""Blocks into passages: along the document's own structure, with the headings above each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tools.documents.blocks import Block
from tools.documents.facts import facts_of
from tools.documents.model import Origin, Passage, passage
from tools.documents.splitting import LEAST, MOST, pieces, width

_LEAD_IN = ("：", ":")


@dataclass
class _Cut:
    """The passages cut so far, and what waits to be joined."""

    origin: Origin
    done: list[Passage] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    place: str = ""

    def add(self, block: Block) -> None:
        if block.kind == "heading":
            self.flush()
            self.headings = [each for each in self.headings if each[0] < block.level]
            self.headings.append((block.level, block.text.strip()))
        elif block.kind in {"point", "row"}:
            self._item(block)
        else:
            self._paragraph(block)

    def _item(self, block: Block) -> None:
        """Points and rows: short ones wait for the next of the same list, long ones stand alone."""
        if self.waiting and width("".join(self.waiting)) + width(block.text) > MOST:
            self.flush()
        if width(block.text) > MOST:
            self._paragraph(block)
            return
        self.place = self.place or block.place
        self.waiting.append(block.text)
        if width("".join(self.waiting)) >= LEAST:
            self.flush()

    def _paragraph(self, block: Block) -> None:
        lead = self.waiting if self.waiting and self.waiting[-1].endswith(_LEAD_IN) else []
        if not lead:
            self.flush()
        self.place = self.place or block.place
        if block.text.endswith(_LEAD_IN) and width(block.text) <= MOST - LEAST:
            self.waiting.append(block.text)
            return
        first, *rest = pieces(block.text)
        if width("".join(lead)) + width(first) > MOST:
            self.flush()
            self.place = block.place
        self.waiting.append(first)
        self.flush()
        for piece in rest:
            self._emit(piece, block.place)

    def flush(self) -> None:
        if self.waiting:
            self._emit("\n".join(self.waiting), self.place)
        self.waiting, self.place = [], ""

    def _emit(self, text: str, place: str) -> None:
        section = tuple(heading for _, heading in self.headings)
        self.done.append(passage(self.origin, section, place, text, facts_of(text)))


def passages_of_blocks(blocks: Iterable[Block], origin: Origin) -> tuple[Passage, ...]:
    """Return the passages of a document in order, each text under one section once."""
    cut = _Cut(origin)
    for block in blocks:
        if block.text.strip():
            cut.add(block)
    cut.flush()
    return tuple({each.id: each for each in _sensible(cut.done)}.values())


def _sensible(found: Iterable[Passage]) -> Iterator[Passage]:
    """Leave out passages without a single word."""
    return (each for each in found if any(char.isalnum() for char in each.text))
