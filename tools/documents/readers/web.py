"""HTML: the words a reader of the page sees, by lxml. Nothing is fetched, run or rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.documents.blocks import Block, Kind
from tools.documents.readers.rows import header_of, row_text

_GONE = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "embed",
        "nav",
        "form",
        "button",
        "select",
        "input",
        "textarea",
        "canvas",
        "audio",
        "video",
        "head",
    ]
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "blockquote",
        "pre",
        "ul",
        "ol",
        "dl",
        "li",
        "dd",
        "dt",
        "figure",
        "figcaption",
        "body",
        "html",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "details",
        "summary",
        "center",
        "address",
        "fieldset",
        "hr",
    ]
)
_LINK, _END, _BREAK = "\x1c", "\x1d", "\x1e"
"""Characters that no page has, around the words of a link and for a line break."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)


def read(text: str) -> Iterator[Block]:
    """Yield the blocks of a web page; links come with their address as text, a block that is only a link as ``link``."""
    from lxml import html  # noqa: PLC0415

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    tree = html.document_fromstring(_whole(text).encode("utf-8", errors="replace"), parser=parser)
    title = tree.findtext(".//title")
    if title and title.strip():
        yield Block("title", " ".join(title.split()), "¶0", apart=True)
    for number, (kind, level, words) in enumerate(_blocks(tree), start=1):
        yield Block(kind, words, f"¶{number}", level=level, apart=True)


def _whole(text: str) -> str:
    """Return the page without what the parser stumbles over; its declared encoding is that of the bytes it had."""
    bare = re.sub(r"<\?xml[^>]*\?>|<meta[^>]*charset[^>]*>", "", text.replace("\x00", ""), flags=re.IGNORECASE)
    return bare if bare.strip() else "<p></p>"


def _blocks(element: Any) -> Iterator[tuple[Kind, int, str]]:
    """Yield the blocks under an element; words between its block children are blocks of their own."""
    run: list[str] = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str) or _is_gone(child):
            run.append(child.tail or "")
            continue
        if child.tag == "table" or child.tag in _BLOCKS or _holds_blocks(child):
            yield from _said(run, element)
            run = [child.tail or ""]
            yield from _table(child) if child.tag == "table" else _blocks(child)
        else:
            run += [_inline(child), child.tail or ""]
    yield from _said(run, element)


def _said(run: list[str], element: Any) -> Iterator[tuple[Kind, int, str]]:
    whole = "".join(run)
    linked = sum(len("".join(found.split())) for found in re.findall(f"{_LINK}([^{_END}]*){_END}", whole))
    is_link = linked and linked >= 0.9 * len("".join(re.sub(f"[{_LINK}{_END}{_BREAK}]", "", whole).split()))
    for part in re.split(r"\n" if element.tag == "pre" else f"{_BREAK}+", re.sub(f"[{_LINK}{_END}]", "", whole)):
        words = " ".join(part.split())
        if not words:
            continue
        if re.fullmatch(r"h[1-6]", element.tag):
            yield "heading", int(element.tag[1]), words
        elif is_link:
            yield "link", 0, words
        else:
            yield ("point" if element.tag in {"li", "dd"} else "paragraph"), 0, words


def _is_gone(element: Any) -> bool:
    return element.tag in _GONE or element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _holds_blocks(element: Any) -> bool:
    return any(isinstance(each.tag, str) and each.tag in _BLOCKS for each in element.iterdescendants())


def _inline(element: Any) -> str:
    """Return the words of an inline element: a link with its address, a picture with its description, a break as one."""
    if element.tag == "br":
        return _BREAK
    if element.tag == "img":
        return f" {element.get('alt') or ''} "
    words = element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not _is_gone(child):
            words += _inline(child)
        words += child.tail or ""
    if element.tag != "a":
        return words
    address = (element.get("href") or "").strip()
    if address.startswith(("http://", "https://")) and words.strip() and address not in words:
        words = f"{words.strip()}（{address}）"
    return f"{_LINK}{words}{_END}"


def _plain(element: Any) -> str:
    return " ".join(re.sub(f"[{_LINK}{_END}{_BREAK}]", " ", _inline(element)).split())


def _table(table: Any) -> Iterator[tuple[Kind, int, str]]:
    rows = [[_plain(cell) for cell in row.iter("td", "th")] for row in table.iter("tr")]
    if max((len(row) for row in rows), default=0) < 2:
        yield from (("paragraph", 0, cell) for row in rows for cell in row if cell)
        return
    header = header_of(rows)
    for row in rows[1:] if header else rows:
        words = row_text(row, header)
        if words:
            yield "row", 0, words
