"""Markdown: headings, paragraphs, lists, tables and code, by markdown-it. Nothing in it is rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tools.documents.blocks import Block, Kind
from tools.documents.cleaning.pages import glue
from tools.documents.outline import heading_level, starts_new
from tools.documents.readers.rows import header_of, row_text

_FRONT = re.compile(r"\A---\r?\n(?P<front>.*?)\r?\n---\r?\n", re.DOTALL)
_TITLE = re.compile(r"^title\s*[:：]\s*(?P<title>.+)$", re.MULTILINE)


def read(text: str) -> Iterator[Block]:
    """Yield the blocks of a Markdown text; front matter comes as lines, its title as the title."""
    from markdown_it import MarkdownIt  # noqa: PLC0415

    front = _FRONT.match(text)
    made: list[tuple[Kind, int, str]] = list(_front(front["front"])) if front else []
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text[front.end() :] if front else text)
    made += _made(tokens)
    for number, (kind, level, words) in enumerate(made, start=1):
        if words.strip():
            yield Block(kind, words.strip(), f"¶{number}", level=level, apart=True)


def _front(front: str) -> Iterator[tuple[Kind, int, str]]:
    title = _TITLE.search(front)
    if title:
        yield "title", 0, title["title"].strip().strip("\"'")
    yield from (("paragraph", 0, line) for line in front.splitlines() if not _TITLE.match(line))


def _made(tokens: Sequence[Any]) -> Iterator[tuple[Kind, int, str]]:
    rows: list[list[str]] = []
    open_: list[str] = []
    number = ""
    for token in tokens:
        if token.nesting == 1:
            open_.append(token.tag if token.type == "heading_open" else token.type)
            if token.type == "list_item_open":
                number = f"{token.info}{token.markup} " if token.info else ""
            rows = rows if token.type != "table_open" else []
            if token.type == "tr_open":
                rows.append([])
        elif token.nesting == -1:
            open_.pop()
            if token.type == "table_close":
                header = header_of(rows)
                yield from (("row", 0, row_text(row, header)) for row in (rows[1:] if header else rows))
        elif "tr_open" in open_ and token.type == "inline":
            rows[-1].append(_inline(token.children or []))
        else:
            for kind, level, words in _block(token, open_):
                yield kind, level, number + words
                number = ""


def _block(token: Any, open_: Sequence[str]) -> Iterator[tuple[Kind, int, str]]:
    if token.type == "inline":
        if re.fullmatch("h[1-6]", open_[-1]):
            yield "heading", int(open_[-1][1]), _inline(token.children or [])
        elif "list_item_open" in open_:
            yield "point", 0, _inline(token.children or [])
        else:
            yield from (("paragraph", 0, words) for words in _paragraphs(token.children or []))
    elif token.type in {"fence", "code_block"}:
        yield from (("paragraph", 0, line) for line in token.content.splitlines())
    elif token.type == "html_block":
        from tools.documents.readers import web  # noqa: PLC0415 - loads lxml

        yield from ((block.kind, block.level, block.text) for block in web.read(token.content))


def _paragraphs(children: Sequence[Any]) -> Iterator[str]:
    """Yield the lines of a paragraph joined, but for numbered headings and points: those often lack the empty line."""
    group: list[str] = []
    for line in _lines(children):
        if group and (starts_new(line) or heading_level(group[-1])):
            yield _joined(group)
            group = []
        group.append(line)
    yield _joined(group)


def _inline(children: Sequence[Any]) -> str:
    return _joined(_lines(children))


def _lines(children: Sequence[Any]) -> list[str]:
    """Return the lines of a token as words: without marks, links and pictures with their address in brackets."""
    out, addresses = "", []
    for child in children:
        if child.type in {"text", "code_inline", "html_inline"}:
            out += child.content
        elif child.type in {"softbreak", "hardbreak"}:
            out += "\x1f"
        elif child.type == "image":
            out += f"{child.content}（{child.attrs.get('src', '')}）"
        elif child.type == "link_open":
            addresses.append(str(child.attrs.get("href", "")))
        elif child.type == "link_close":
            address = addresses.pop()
            out += "" if out.endswith(address) else f"（{address}）"
    return [line.strip() for line in out.split("\x1f")]


def _joined(lines: Sequence[str]) -> str:
    whole = list(lines[:1])
    for line in lines[1:]:
        both = glue(whole[-1], line)  # only the ends of two lines decide how they join
        whole[-1:] = [both[: -len(line)], line] if line and both.endswith(line) else [both]
    return "".join(whole)
