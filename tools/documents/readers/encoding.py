"""The words of a plain text, whatever its encoding: UTF-8, UTF-16, GBK and GB18030, Big5."""

from __future__ import annotations

import codecs
import re
import unicodedata

from knowledge.text import Text
from tools.documents import refusals
from tools.documents.cleaning.common_characters import is_common

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.IGNORECASE)
_LIKELY = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_SAMPLE = 40_000
_LEAST = 0.7


def decode(data: bytes) -> str:
    """Return the words of a text file.

    By byte order mark; else UTF-8 where it is valid, or nearly; else what a web page names; else the encoding that gives
    the most characters in common use.

    Raises:
        YunceError: the bytes are no text in any of these encodings.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    return _utf8(data) or _named(data) or _likeliest(data)


def _utf8(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
        wide = sum(not char.isascii() for char in text)
        return text if text.count("\ufffd") <= 0.02 * wide else None
    return None if "\x00" in text else text


def _named(data: bytes) -> str | None:
    named = _CHARSET.search(data[:4096])
    if not named:
        return None
    name = named.group(1).decode("ascii")
    try:
        name = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(name.lower(), name)
        text = data.decode(name, errors="replace")
    except LookupError:
        return None
    return text if _share(text) >= _LEAST else None


def _likeliest(data: bytes) -> str:
    texts = [_tried(data, name) for name in _LIKELY if not name.startswith("utf-16") or len(data) % 2 == 0]
    best = max(texts, key=_share)
    if _share(best) >= _LEAST:
        return best
    latin = data.decode("cp1252", errors="replace")
    if sum(char.isascii() and (char.isprintable() or char.isspace()) for char in latin) > 0.8 * len(latin):
        return latin
    raise refusals.unknown_kind(Text("内容不是文字", "its content is no text"))


def _tried(data: bytes, name: str) -> str:
    return data.decode(name, errors="replace")


def _share(text: str) -> float:
    """Return which share of the characters is in common use; what never stands in a text counts against it."""
    sample = text[:_SAMPLE]
    if not sample:
        return 0.0
    wide = [char for char in sample if not char.isascii()]
    bad = sum(
        char == "\ufffd" or unicodedata.category(char) in {"Co", "Cn", "Cc"} for char in sample if not char.isspace()
    )
    if not wide:
        return 1.0 - 20 * bad / len(sample)
    return sum(map(is_common, wide)) / len(wide) - 5 * bad / len(sample)
