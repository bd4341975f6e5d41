"""The structure a document shows in its words: its title, headings by their numbers, points by theirs."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import replace

from tools.documents.blocks import Block
from tools.documents.splitting import width

_HAN_NUMBER = "[一二三四五六七八九十百]{1,4}"
_HEADINGS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(rf"第{_HAN_NUMBER}[章篇部编](?:分)?[\s、：:]?")),
    (2, re.compile(rf"第{_HAN_NUMBER}节[\s、：:]?")),
    (1, re.compile(rf"{_HAN_NUMBER}、\s*")),
    (2, re.compile(rf"[(（]{_HAN_NUMBER}[)）]、?\s*")),
    (1, re.compile(r"(?:Chapter|Part)\s+\d+\b[.:]?\s*", re.IGNORECASE)),
)
_IN_BRACKETS = _HEADINGS[3][1]
_DECIMAL = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){1,3})\.?(?!\d)(?![%％倍万亿])\s*(?=[一-鿿A-Za-z])")
_POINT = re.compile(
    r"(?P<stem>[(（]?\d{1,2}[)）]|\d{1,2}[.、．](?!\d)|[①-⑳]|[•●■◆▪◇○★✓√·]|[-–—*](?=\s|[一-鿿])|[a-zA-Z][.)](?=\s))\s*(?=\S)"
)
_MARKDOWN = re.compile(r"(?P<marks>#{1,6})\s+(?=\S)")
_SENTENCE = re.compile(r"[。；;！？!?，,]")
_SUFFIX = re.compile(r"\.(?:docx?|pptx?|pdf|xlsx?|txt|wps|md|markdown|html?)(?:VIP)?$", re.IGNORECASE)
_BYLINE = re.compile(r"[_＿]+[^_＿\s]{0,12}$")
_LABEL = re.compile(r"^【[^【】]{1,8}】\s*(?=\S)")
_GLUED_TITLE = re.compile(
    r"^(?P<title>[^，,。；;：:！？!?\n]{6,60}?(?:总结|报告|方案|计划|复盘|手册|白皮书|指南|实践|汇报|分析|策略))"
    r"(?=(?:19|20)\d\d年|随着|当前|近年|过去|本文|本报告|为了|面对|在[一-鿿]{2,})"
)
_GLUED_HEADING = re.compile(
    r"(?<=[。！？])(?P<heading>[一-鿿]{2,10}[:：][一-鿿A-Za-z]{2,12}[与和及][一-鿿A-Za-z]{2,8}?)"
    r"(?=(?:19|20)\d\d年|面对|针对|随着|在[一-鿿]{2,}|通过|为了|围绕|基于|当前|本年|全年|我们)"
)
_LONG_HEADING = 42
_LONGEST = 300
"""No title is longer."""


def starts_new(text: str) -> bool:
    """Whether a line opens a heading or a point of its own."""
    return bool(
        _MARKDOWN.match(text) or _POINT.match(text) or _DECIMAL.match(text) or any(p.match(text) for _, p in _HEADINGS)
    )


def heading_level(text: str) -> int:
    """Return the level that a line's number gives it as a heading, 0 where it is none: too long, or a sentence."""
    markdown = _MARKDOWN.match(text)
    if markdown and _is_short(text):
        return len(markdown["marks"])
    if width(text) > _LONG_HEADING or text.endswith(tuple("。；;，,！？!?")):
        return 0
    for level, pattern in _HEADINGS:
        found = pattern.match(text)
        if found and not re.search(r"[。；;！？!?]", text) and text[found.end() :]:
            return level
    decimal = _DECIMAL.match(text)
    if decimal and not _SENTENCE.search(text):
        return decimal["number"].count(".") + 1
    return 0


def outline(blocks: Sequence[Block], *, name: str, never: Container[str] = ()) -> tuple[str, list[Block], list[str]]:
    """Return the document's title, its blocks with headings and points told apart, and the repeats of the title.

    The title is the one the file marks as such; else the first line before any other text, where it reads like one;
    else the words glued to the front of the first paragraph; else the file's name. A line of ``never`` is none: the head of every page.
    """
    body = told_apart(blocks)
    title, body = _title(body, name, never)
    repeats = [block.text for block in body if _same_title(block.text, title)]
    body = [block for block in body if not _same_title(block.text, title)]
    return title, _unglued(body), repeats


def told_apart(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with lines told apart into headings, points and paragraphs."""
    return _nested([_read(block) for block in blocks])


def _nested(body: list[Block]) -> list[Block]:
    """Return the blocks with 2.1 below （一）, where a document numbers its headings both ways."""
    if not any(block.kind == "heading" and _IN_BRACKETS.match(block.text) for block in body):
        return body
    return [
        replace(block, level=block.level + 1) if block.kind == "heading" and _DECIMAL.match(block.text) else block
        for block in body
    ]


def _is_short(text: str) -> bool:
    """Whether words are short enough for a heading that a file marks as one; whole paragraphs are marked so, too."""
    return width(text) <= 1.5 * _LONG_HEADING and "。" not in text[:-1]


def _read(block: Block) -> Block:
    if block.kind in {"title", "heading"} and not _is_short(block.text):
        return replace(block, kind="paragraph", level=0)
    if block.kind not in {"line", "paragraph", "point"}:
        return block
    level = heading_level(block.text)
    if level and block.kind != "point":
        return replace(block, kind="heading", level=level, text=_MARKDOWN.sub("", block.text))
    point = _POINT.match(block.text)
    if point and not block.stem:
        return replace(block, kind="point", stem=point["stem"])
    return replace(block, kind="paragraph") if block.kind == "line" else block


def _title(body: list[Block], name: str, never: Container[str]) -> tuple[str, list[Block]]:
    marked = next((block for block in body if block.kind == "title"), None)
    if marked:
        return plain_title(marked.text), [block for block in body if block is not marked]
    first = body[0] if body and body[0].text not in never else None
    if first and first.kind == "paragraph":
        if (
            len(first.text) <= _LONGEST
            and 4 <= width(first.text) <= _LONG_HEADING
            and not _SENTENCE.search(_BYLINE.sub("", first.text))
        ):
            return plain_title(first.text), body[1:]
        glued = _GLUED_TITLE.match(first.text)
        if glued:
            return plain_title(glued["title"]), [replace(first, text=first.text[glued.end() :]), *body[1:]]
    if (
        first
        and first.kind == "heading"
        and first.level == 1
        and sum(b.kind == "heading" and b.level == 1 for b in body) == 1
    ):
        return plain_title(first.text), body[1:]
    return plain_title(name), body


def plain_title(text: str) -> str:
    """Return a title without file suffix, label in 【】, byline after an underscore, and the 《》 around it."""
    if len(text) > _LONGEST:
        return text.strip()
    out = _SUFFIX.sub("", text.strip())
    for _ in range(2):
        out = _BYLINE.sub("", out) or out
    out = _LABEL.sub("", out)
    if out.startswith("《") and out.endswith("》") and out.count("《") == 1:
        out = out[1:-1]
    return out.strip() or text.strip()


def _same_title(text: str, title: str) -> bool:
    """Whether a short line only repeats the title."""
    return width(text) <= 2 * _LONG_HEADING and plain_title(text) == title and len(title) >= 4


def _unglued(body: list[Block]) -> list[Block]:
    """Return the blocks with headings that lost their line break (…。用户留存：体验与情感2025年…) on lines of their own.

    Two of one shape at least are asked for: a single one may be a sentence.
    """
    out: list[Block] = []
    for block in body:
        found = list(_GLUED_HEADING.finditer(block.text)) if block.kind == "paragraph" else []
        if len(found) < 2:
            out.append(block)
            continue
        level = 1 + max((each.level for each in out if each.kind == "heading"), default=0)
        start = 0
        for each in found:
            out.append(replace(block, text=block.text[start : each.start()]))
            out.append(replace(block, kind="heading", level=level, text=each["heading"], apart=True))
            start = each.end()
        out.append(replace(block, text=block.text[start:]))
    return out
