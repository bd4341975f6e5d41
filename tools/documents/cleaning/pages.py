"""Rules about pages and lines: page marks, repeated headers and footers, line breaks inside a paragraph."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tools.documents.blocks import Block
from tools.documents.outline import starts_new
from tools.documents.splitting import width

_PAGE_MARK = re.compile(
    r"(?:PAGE|NUMPAGES)\s*(?:\\\*\s*MERGEFORMAT)?\s*\d*|第\s*[\d一二三四五六七八九十]+\s*页(?:\s*[/／,，、]?\s*共\s*\d+\s*页)?|共\s*\d+\s*页(?:\s*第\s*\d+\s*页)?"
    r"|[-—–－]\s*\d{1,4}\s*[-—–－]|Page\s*\d+(?:\s*(?:of|/)\s*\d+)?|[pP]\.\s?\d{1,4}|页码\s*[:：]?\s*\d+(?:\s*/\s*\d+)?",
    re.IGNORECASE,
)
_ENDS = tuple("。！？!?；;：:…”」』）】》")
_RUNS_ON = tuple("，,、")
_EDGE = 2
_LONGEST = 5_000
"""No paragraph grows longer by joining lines."""


def page_marks(blocks: Sequence[Block]) -> set[int]:
    """Lines that are only a page mark go: PAGE1, 第3页 共10页, - 3 -, Page 3 of 10; a bare number only as a page's number."""
    out = {i for i, block in enumerate(blocks) if _PAGE_MARK.fullmatch(block.text)}
    edges = [i for i in _edges(blocks) if re.fullmatch(r"\d{1,4}(?:\s*/\s*\d{1,4})?", blocks[i].text)]
    offsets = Counter(_number(blocks[i].text) - blocks[i].page for i in edges)
    return out | {i for i in edges if offsets[_number(blocks[i].text) - blocks[i].page] >= 2}


def _number(text: str) -> int:
    return int(re.split(r"\D", text, maxsplit=1)[0])


def running_heads(blocks: Sequence[Block]) -> set[int]:
    """A line at the top or bottom of three pages and half of all goes but for the first; with its page's number, all go.

    Lines that differ in any other figure stay: 第1章 and 第2章, 转化率12% and 转化率15%.
    """
    pages = {block.page for block in blocks if block.page}
    if len(pages) < 3:
        return set()
    alike: dict[str, list[int]] = {}
    numbered: dict[str, list[int]] = {}
    for i in _edges(blocks):
        text = blocks[i].text
        alike.setdefault(text, []).append(i)
        if not starts_new(text):
            for shape in _without_page(text, blocks[i].page):
                numbered.setdefault(shape, []).append(i)
    least = max(3, len(pages) / 2)
    again = {i for where in alike.values() if len({blocks[i].page for i in where}) >= least for i in where[1:]}
    every = (
        where for shape, where in numbered.items() if "\0" in shape and len({blocks[i].page for i in where}) >= least
    )
    return again | {i for where in every for i in where}


def _without_page(text: str, page: int) -> list[str]:
    """Return a line with its page's number as a mark, once for each place; the number of a chapter or a day is none."""
    number = re.compile(rf"(?<![\d.]){page}(?![\d.%％章节步条期周月年季日天点号])")
    return [text[: found.start()] + "\0" + text[found.end() :] for found in number.finditer(text)]


def _edges(blocks: Sequence[Block]) -> list[int]:
    """Return the first and last lines of every page."""
    by_page: dict[int, list[int]] = {}
    for i, block in enumerate(blocks):
        if block.page:
            by_page.setdefault(block.page, []).append(i)
    return sorted({i for where in by_page.values() for i in (*where[:_EDGE], *where[-_EDGE:])})


def hard_line_breaks(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with the lines of one paragraph joined: lines broken at a width, and lines that end in a comma."""
    wrap = _wrap_width(blocks)
    out: list[Block] = []
    last = ""
    for block in blocks:
        if out and _continues(out[-1], last, block, wrap):
            out[-1] = replace(out[-1], text=glue(out[-1].text, block.text))
        else:
            out.append(block)
        last = block.text
    return out


def _wrap_width(blocks: Sequence[Block]) -> float:
    """Return the width at which the lines of a document are broken, 0 where they are not.

    They are where at least four lines, and 40% of all, end within 15% of the width of the widest, and half of those have
    a comma or a full stop: a list of names has none.
    """
    lines = [block.text for block in blocks if block.kind == "line"]
    widths = sorted(map(width, lines))
    if len(widths) < 4:
        return 0.0
    widest = widths[int(len(widths) * 0.95) - 1 if len(widths) >= 20 else -1]
    near = [line for line in lines if 0.85 * widest <= width(line) <= 1.15 * widest]
    running = sum(bool(re.search(r"[，。；,;]|\.\s", line)) for line in near)
    is_wrapped = len(near) >= max(4, 0.4 * len(lines)) and running >= 0.5 * len(near)
    return widest if 14 <= widest <= 70 and is_wrapped else 0.0


def _continues(above: Block, last: str, block: Block, wrap: float) -> bool:
    if above.kind not in {"line", "point"} or block.kind != "line" or starts_new(block.text):
        return False
    if len(above.text) > _LONGEST:
        return False
    if last.endswith(_RUNS_ON) and not block.text.endswith((*_RUNS_ON, "：", ":")):
        return True
    if block.apart and not block.page:
        return False
    full = wrap > 0 and width(last) >= 0.85 * wrap
    if last.endswith(_ENDS):
        return full and not block.apart
    return full or (last.endswith("-") and last[-2:-1].isalpha() and block.text[:1].islower())


def glue(above: str, below: str) -> str:
    """Return two lines as one: no space between Chinese characters, one between words or figures, none after a hyphen."""
    if re.search(r"[a-z]-$", above) and below[:1].islower():
        return above[:-1] + below
    words = above[-1:].isascii() and below[:1].isascii()
    return above + (" " if words else "") + below
