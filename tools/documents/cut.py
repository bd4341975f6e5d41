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
    """What is cut so far.

    Attributes:
        origin: the document.
        done: its passages.
        headings: those above, with their levels.
        waiting: what is to be joined, from ``place`` on.
        bare: the place of a heading that nothing stands under yet.
        items: whether the last passage is of a list that still runs.
    """

    origin: Origin
    done: list[Passage] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    place: str = ""
    bare: str = ""
    items: bool = False

    def close(self, level: int = 0) -> None:
        """End what runs; a heading that nothing stands under is a passage itself, for it may say something."""
        self.flush()
        self.items = False
        if self.bare and self.headings and level <= self.headings[-1][0]:
            place, (_, text) = self.bare, self.headings.pop()
            self._emit(text, place)

    def add(self, block: Block) -> None:
        if block.kind == "heading":
            self.close(block.level)
            self.headings = [each for each in self.headings if each[0] < block.level]
            self.headings.append((block.level, block.text.strip()))
            self.bare = block.place
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
        is_full = width("".join(self.waiting)) >= (LEAST if block.kind == "row" else LEAST * 0.75)
        if is_full:
            self.flush()
            self.items = True

    def _paragraph(self, block: Block) -> None:
        lead = self.waiting if self.waiting and self.waiting[-1].endswith(_LEAD_IN) else []
        if not lead:
            self.flush()
        self.items = False
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
        """Make a passage of what waits; a crumb of a list joins the passage before, where that is of the same list."""
        text = "\n".join(self.waiting)
        last = self.done[-1] if self.done else None
        if last and self.items and width(text) < LEAST / 2 and width(last.text) + width(text) <= MOST and text:
            self.done.pop()
            self._emit(f"{last.text}\n{text}", last.place)
        elif text:
            self._emit(text, self.place)
        self.waiting, self.place = [], ""

    def _emit(self, text: str, place: str) -> None:
        self.bare = ""
        section = tuple(heading for _, heading in self.headings)
        self.done.append(passage(self.origin, section, place, text, facts_of(text)))


def passages_of_blocks(blocks: Iterable[Block], origin: Origin) -> tuple[Passage, ...]:
    """Return the passages of a document in order, each text under one section once."""
    cut = _Cut(origin)
    for block in blocks:
        if block.text.strip():
            cut.add(block)
    cut.close()
    return tuple({each.id: each for each in _sensible(cut.done)}.values())


def _sensible(found: Iterable[Passage]) -> Iterator[Passage]:
    """Leave out passages without a single word."""
    return (each for each in found if any(char.isalnum() for char in each.text))
