"""Paragraphs into passages: whole sentences, one practice or result each, about 80 to 250 characters."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

LEAST = 80
MOST = 250
_LONGEST = 600
_LETTERS = (string.ascii_letters + string.whitespace).encode()
_ENDS = "。！？!?…"
_HALTS = "；;"
_CLOSERS = "”’」』）)】》\"'"
_OPEN = dict(zip("（(「『【《“‘[", "）)」』】》”’]", strict=True))
_BACKWARDS = re.compile(
    r"(?:其中|例如|比如|具体而言|具体来说|该|此|这|据此|基于此|由此|因此|为此|最终|结果|上线后|实施后|落地后|经过|使|其[一-龥]"
    r"|This|That|These|Those|It |As a result|For example|Therefore)"
)
"""How a sentence begins that says little without the one before."""
_OPENS = re.compile(
    r"(?:在?[^，,。：:；;]{2,16}(?:方面|环节|维度|层面|领域|阶段|场景)(?:上|中)?[，,]|首先|其次|再次|最后|同时|此外|另外|与此同时|特别|针对|对于"
    r"|第[一二三四五]|First|Second|Third|Finally|Meanwhile|In addition|At the same time)"
)
"""How a sentence begins that opens a topic of its own."""


def width(text: str) -> float:
    """Return the length of a text in Chinese characters; Latin letters and spaces count a third, other ASCII a half."""
    narrow = text.encode("ascii", errors="ignore")
    others = len(narrow.translate(None, _LETTERS))
    return len(text) - 0.66 * (len(narrow) - others) - 0.5 * others


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph with their full stops. None ends inside brackets or between digits."""
    return [part for part in (piece.strip() for piece in _cut(text, _ENDS, latin=True)) if part]


def _cut(text: str, marks: str, *, latin: bool) -> Iterator[str]:
    closing: list[str] = []
    start = index = 0
    while index < len(text):
        char = text[index]
        if closing and char == closing[-1]:
            closing.pop()
        elif char in _OPEN and _OPEN[char] in text[index : index + MOST]:
            closing.append(_OPEN[char])
        elif not closing and (char in marks or (latin and _is_latin_end(text, index))):
            end = index + 1
            while end < len(text) and text[end] in marks + _CLOSERS:
                end += 1
            yield text[start:end]
            start, index = end, end - 1
        index += 1
    yield text[start:]


def _is_latin_end(text: str, index: int) -> bool:
    """Whether a full stop ends a sentence: white space and a capital or the end follow, no initial stands before."""
    if text[index] != "." or re.search(
        r"(?:\b[A-Za-z]|\b(?:e\.g|i\.e|vs|etc|No|Fig|Dr|Mr|Ms))$", text[max(0, index - 8) : index]
    ):
        return False
    return re.match(r"\s+[A-Z一-龥\"“(]|\s*$", text[index + 1 : index + 9]) is not None


def pieces(paragraph: str) -> list[str]:
    """Return a paragraph as passages, in order; joined they are the paragraph, but for white space between sentences.

    A sentence that leans on the one before (其中, 该机制 …) stays with it where both fit; one that opens a new topic
    (社交裂变环节，… or a headline such as 会员体系创新提升付费留存。) begins a passage. One longer than ``MOST`` is cut at its
    semicolons, and at nothing finer: a figure stays with its subject.
    """
    units = [unit for sentence in sentences(paragraph) for unit in _short_enough(sentence)]
    out: list[str] = []
    for unit in units:
        if out and _joins(out[-1], unit):
            out[-1] = _glue(out[-1], unit)
        else:
            out.append(unit)
    return _without_crumbs(out)


def is_headline(sentence: str) -> bool:
    """Whether a sentence only names the topic of those that follow: short, with no comma and no figure."""
    names = width(sentence) <= 26 and sentence.endswith("。") and not re.search(r"[，,；;：:0-9]", sentence)
    return names and not _BACKWARDS.match(sentence)


def _without_crumbs(out: list[str]) -> list[str]:
    """Return the pieces with those that are too short to stand alone joined to the one before."""
    whole: list[str] = []
    for number, piece in enumerate(out, start=1):
        announces = number < len(out) and is_headline(piece)
        crumb = width(piece) < LEAST * 0.6 and not announces and not _OPENS.match(piece)
        if whole and crumb and width(whole[-1]) + width(piece) <= MOST:
            whole[-1] = _glue(whole[-1], piece)
        else:
            whole.append(piece)
    return whole


def _joins(before: str, unit: str) -> bool:
    if width(before) + width(unit) > MOST or is_headline(unit):
        return False
    if is_headline(before):
        return True
    if width(before) < LEAST:
        return width(before) < LEAST / 2 or not _OPENS.match(unit)
    return _BACKWARDS.match(unit) is not None


def _short_enough(sentence: str) -> list[str]:
    if width(sentence) <= MOST:
        return [sentence]
    parts = [part for part in (piece.strip() for piece in _cut(sentence, _HALTS, latin=False)) if part]
    return [short for part in parts for short in (_chopped(part) if len(part) > _LONGEST else [part])]


def _chopped(part: str) -> list[str]:
    """Return words without any full stop for hundreds of characters in pieces: at commas, else anywhere but in figures."""
    out = [""]
    for word in re.findall(r"[\d.,%％]+|[^，,、\s]{1,40}?(?=\d)|[^，,、\s\d]{1,40}[，,、\s]*|[，,、\s]+", part):
        if len(out[-1]) + len(word) > MOST and out[-1]:
            out.append("")
        out[-1] += word if len(word) <= _LONGEST else word[:_LONGEST]
        out += [word[start : start + _LONGEST] for start in range(_LONGEST, len(word), _LONGEST)]
    return [piece for piece in out if piece.strip()]


def _glue(one: str, other: str) -> str:
    space = " " if one[-1].isascii() and other[:1].isascii() and one[-1] not in "\"'" else ""
    return one + space + other
