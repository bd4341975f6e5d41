"""Rules that change characters inside a block. Each returns its edits; none sees anything but the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

Edit = tuple[int, int, str]
"""Characters from start to end become the text."""

LOST = "□"
"""Stands where a character is lost that may carry a meaning."""

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\U000e0000-\U000e01ef]+"
)
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_PINYIN = re.compile(rf"(?<=[一-鿿])(?:[(（](?P<syllable>[a-zü]{{0,4}}[{_TONED}][a-zü]{{0,4}})[)）])+")
_NEUTRAL = re.compile(
    r"(?:的\(de\)|了\(le\)|们\(men\)|們\(men\)|子\(zi\)|么\(me\)|麼\(me\)|个\(ge\)|個\(ge\)|吗\(ma\)|嗎\(ma\)|吧\(ba\)|呢\(ne\))"
)
_SYLLABLE = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:a|o|e|ai|ei|ao|ou|an|en|ang|eng|ong|i|ia|ie|iao|iu|ian|in|iang|ing|iong|u|ua"
    r"|uo|uai|ui|uan|un|uang|ue|ü|üe|üan|ün|er|ng|n)"
)
_LOST = re.compile(r"(?:�|锟斤拷|錕斤拷|烫烫烫+|[\ue000-\uf8ff])+")
_GLYPH_BULLET = re.compile(r"^[\ue000-\uf8ff]\s*")
_FULL_WIDTH = re.compile(
    r"[０-９Ａ-Ｚａ-ｚ％＋－＝／＜＞＆＠＃＊＄＿～｜㎡℃]+|(?<=[0-9０-９])[．](?=[0-9０-９])|(?<=[0-9０-９])[，](?=[0-9０-９]{3}(?![0-9０-９]))"
)
_SPACES = re.compile(r"[ \t\u00a0\u2002-\u200a\u3000]+")
_PARTICLE = re.compile("(?<![名显卓原专论编译土昭拙巨合遗])著(?![名作述称者录书])")
_HAN = re.compile(r"[一-鿿，。；：、！？（）“”《》]")
_IMAGE = re.compile(r"!\[(?P<words>[^\[\]\n]*)\]\((?P<address>[^()\s]*(?:\([^()\s]*\))?[^()\s]*)(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"\[(?P<words>[^\[\]\n]+)\]\((?P<address>[^()\s]*(?:\([^()\s]*\))?[^()\s]*)(?:\s+\"[^\"]*\")?\)")
_TAGS = (
    "a|abbr|article|audio|b|base|body|br|button|canvas|center|code|div|em|embed|font|footer|form|frame|h[1-6]|head|header"
    "|hr|html|i|iframe|img|input|ins|li|link|main|meta|nav|object|ol|option|p|pre|script|section|select|small|span|strong"
    "|style|sub|sup|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|u|ul|video"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<!--.{{0,2000}}?-->|<!doctype[^<>]*>", re.IGNORECASE)


def invisible_characters(text: str) -> Iterator[Edit]:
    """Control characters, zero-width characters, byte order marks and text-direction marks go."""
    for found in _INVISIBLE.finditer(text):
        yield found.start(), found.end(), ""


def planted_pinyin(text: str) -> Iterator[Edit]:
    """A toned syllable in brackets right after its character goes: 權(quán)說(shuō). (DAU), (CAC) and (投资回报率) stay."""
    for each in _readings(text):
        yield each.start(), each.end(), ""
    for each in _NEUTRAL.finditer(text):
        yield each.start() + 1, each.end(), ""


def has_planted_pinyin(document: str) -> bool:
    """Whether readings are planted in a document: one alone may be meant (仇(qiú)先生), three or more are not."""
    return sum(1 for _ in _readings(document)) >= 3


def _readings(text: str) -> Iterator[re.Match[str]]:
    return (each for each in _PINYIN.finditer(text) if _is_syllable(each["syllable"]))


def _is_syllable(word: str) -> bool:
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if c not in "\u0304\u0301\u030c\u0300")
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", bare)) is not None


def lost_characters(text: str) -> Iterator[Edit]:
    """Replacement characters and glyphs of unknown fonts go; beside a digit a □ stays, for a figure may be cut.

    At the start of a block such a glyph is a bullet of a symbol font.
    """
    bullet = _GLYPH_BULLET.match(text)
    if bullet:
        yield 0, bullet.end(), "• "
    for found in _LOST.finditer(text, bullet.end() if bullet else 0):
        beside = text[found.start() - 1 : found.start()] + text[found.end() : found.end() + 1]
        yield found.start(), found.end(), LOST if re.search(r"[0-9%％.]", beside) else ""


def full_width_forms(text: str) -> Iterator[Edit]:
    """Full-width letters, digits, percent and arithmetic signs become half-width; Chinese punctuation stays."""
    for found in _FULL_WIDTH.finditer(text):
        new = unicodedata.normalize("NFKC", found.group()) if found.group() not in "㎡℃" else found.group()
        if new != found.group():
            yield found.start(), found.end(), new


def markup_as_text(text: str) -> Iterator[Edit]:
    """Markdown links and images become their words with the address in brackets; HTML tags go. 「ROI<1.5」 stays."""
    taken: list[tuple[int, int]] = []
    for pattern in (_IMAGE, _LINK):
        for found in pattern.finditer(text):
            if any(start < found.end() and found.start() < end for start, end in taken):
                continue
            taken.append(found.span())
            words, address = found["words"].strip(), found["address"]
            yield (
                found.start(),
                found.end(),
                f"{words}（{address}）" if address and words != address else words or address,
            )
    for found in _TAG.finditer(text):
        if not any(start < found.end() and found.start() < end for start, end in taken):
            yield found.start(), found.end(), " "


def spaces(text: str) -> Iterator[Edit]:
    """Runs of white space become one space, none between two Chinese characters nor at the ends."""
    for found in _SPACES.finditer(text):
        before, after = text[max(0, found.start() - 1) : found.start()], text[found.end() : found.end() + 1]
        at_end = not before or not after
        new = "" if at_end or (_HAN.match(before) and _HAN.match(after)) else " "
        if new != found.group():
            yield found.start(), found.end(), new


def traditional_to_simplified(text: str) -> Iterator[Edit]:
    """Traditional Chinese becomes Simplified, word by word (OpenCC t2s), so 乾隆 and 著名 stay right."""
    simplified = _converter().convert(text)
    if simplified == text:
        return
    simplified = _PARTICLE.sub(
        "着", simplified
    )  # OpenCC leaves 著 alone, which Simplified keeps for 著名 and 显著 only
    if len(simplified) != len(text):
        yield 0, len(text), simplified
        return
    start = None
    for index, (old, new) in enumerate(zip(text, simplified, strict=True)):
        if old != new and start is None:
            start = index
        elif old == new and start is not None:
            yield start, index, simplified[start:index]
            start = None
    if start is not None:
        yield start, len(text), simplified[start:]


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC  # noqa: PLC0415 - loads dictionaries

    return OpenCC("t2s")
