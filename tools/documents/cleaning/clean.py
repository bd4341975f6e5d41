"""The rules in their order, and what each did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tools.documents.blocks import Block, lines_of
from tools.documents.cleaning import boilerplate, characters, pages
from tools.documents.cleaning.characters import LOST, Edit
from tools.documents.cleaning.lost_bytes import shifted_bytes
from tools.documents.cleaning.report import MOST_EXAMPLES, Applied, Report

_CHARACTERS: tuple[Callable[[str], Iterator[Edit]], ...] = (
    characters.invisible_characters,
    shifted_bytes,
    characters.planted_pinyin,
    characters.lost_characters,
    characters.full_width_forms,
    characters.traditional_to_simplified,
    characters.markup_as_text,
    characters.spaces,
)
_DROPS: tuple[Callable[[Sequence[Block]], set[int]], ...] = (
    pages.page_marks,
    pages.running_heads,
    boilerplate.site_boilerplate,
    boilerplate.link_lists,
)
_AROUND = 8


@dataclass(frozen=True)
class Cleaned:
    """The blocks that are left, and the report."""

    blocks: tuple[Block, ...]
    report: Report

    @property
    def text(self) -> str:
        """The words, a block a line."""
        return "\n".join(block.text for block in self.blocks)


def clean(blocks: Sequence[Block]) -> Cleaned:
    """Return the blocks cleaned by every rule in turn, with what each rule did."""
    applied: list[Applied] = []
    current = list(blocks)
    for edit in _CHARACTERS:
        if edit is characters.planted_pinyin and not characters.has_planted_pinyin("\n".join(b.text for b in current)):
            continue
        current, done = _edited(current, edit)
        applied += done
    current = [block for block in current if block.text]
    for drop in _DROPS:
        current, done = _dropped(current, drop)
        applied += done
    current, done = _joined(current)
    doubts = tuple(around for block in current for around in _doubts(block.text))
    return Cleaned(tuple(current), Report(tuple(applied + done), doubts))


def clean_text(text: str) -> Cleaned:
    """Return a plain text cleaned."""
    return clean(lines_of(text))


def _edited(blocks: list[Block], rule: Callable[[str], Iterator[Edit]]) -> tuple[list[Block], list[Applied]]:
    out: list[Block] = []
    examples: list[tuple[str, str]] = []
    count = 0
    for block in blocks:
        edits = sorted(rule(block.text))
        if not edits:
            out.append(block)
            continue
        count += len(edits)
        examples += [(_span(block.text, edit), edit[2]) for edit in edits[: MOST_EXAMPLES - len(examples)]]
        out.append(replace(block, text=_apply(block.text, edits)))
    return out, [Applied(rule.__name__, count, tuple(examples))] if count else []


def _span(text: str, edit: Edit) -> str:
    return text[edit[0] : edit[1]]


def _apply(text: str, edits: Sequence[Edit]) -> str:
    parts, at = [], 0
    for start, end, new in edits:
        parts += [text[at:start], new]
        at = end
    return "".join((*parts, text[at:]))


def _dropped(blocks: list[Block], rule: Callable[[Sequence[Block]], set[int]]) -> tuple[list[Block], list[Applied]]:
    gone = rule(blocks)
    if not gone:
        return blocks, []
    lines = tuple(blocks[i].text for i in sorted(gone))
    examples = tuple((line, "") for line in lines[:MOST_EXAMPLES])
    kept, apart = [], False
    for i, block in enumerate(blocks):
        if i in gone:
            apart = True
        else:
            kept.append(replace(block, apart=True) if apart and not block.page else block)
            apart = False
    return kept, [Applied(rule.__name__, len(gone), examples, lines)]


def _joined(blocks: list[Block]) -> tuple[list[Block], list[Applied]]:
    joined = pages.hard_line_breaks(blocks)
    count = len(blocks) - len(joined)
    if not count:
        return blocks, []
    before = {block.place + block.text for block in blocks}
    examples = tuple((block.text[:60], "") for block in joined if block.place + block.text not in before)[
        :MOST_EXAMPLES
    ]
    return joined, [Applied("hard_line_breaks", count, examples)]


def _doubts(text: str) -> Iterator[str]:
    at = text.find(LOST)
    while at >= 0:
        yield text[max(0, at - _AROUND) : at + _AROUND + 1]
        at = text.find(LOST, at + 1)
