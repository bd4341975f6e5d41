"""Words shifted by a lost byte.

A Chinese text in GBK has two bytes a character. Where one byte is lost, the halves pair up wrongly until an ASCII byte
sets them right again: 情景劇（聚焦用戶痛點 turns into 情景?。ň劢褂脩敉袋c. All the other bytes are still there, so pairing them
up the other way brings the words back; only the character that lost its byte has to be told from what stands before it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tools.documents.cleaning.characters import LOST, Edit
from tools.documents.cleaning.common_characters import is_common, simplified

_MARK = re.compile(r"[?�]")
_READING = re.compile(r"[a-zü]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-z]*[)）]")
_ASIDE = re.compile(r"[(（][^()（）]*[)）]")
_LONGEST = 60
_HALF_WIDTH = {";": "；", ",": "，", "(": "（", ":": "：", "!": "！"}
_MEASURES = "个個名条條项項次天类類大种種位家款倍万萬元"


def shifted_bytes(text: str) -> Iterator[Edit]:
    """Words shifted by a lost byte (a ? or � stands where it was) come back; what no byte tells becomes □."""
    end = 0
    for mark in _MARK.finditer(text):
        if mark.start() < end:
            continue
        found = _based_on(text, mark.start()) or _shifted(text, mark.start())
        if found:
            yield mark.start(), found[0], found[1]
            end = found[0]


def _based_on(text: str, at: int) -> tuple[int, str] | None:
    """Mend 。基于…, which turns into ?;诖… because the pair F9 D3 has no character."""
    if text[at + 1 : at + 2] not in {";", "；"} or not text[at + 2 : at + 3]:
        return None
    run = _run(text, at + 2)
    data = _bytes(run)
    if data is None or data[:1] != b"\xda":
        return None
    rest = _decoded(data[1:], text, at + 2 + len(run), "基于")
    if rest is None:
        return None
    return rest[0], "。基于" + rest[1]


def _shifted(text: str, at: int) -> tuple[int, str] | None:
    """Mend a run whose first character lost its leading byte; that character is told from the word before it."""
    run = _run(text, at + 1)
    data = _bytes(_HALF_WIDTH.get(run[:1], run[:1]) + run[1:]) if run else None
    if data is None or len(run) < 2 or not _is_odd(run):
        return None
    rest = _decoded(data[1:], text, at + 1 + len(run), "")
    if rest is None:
        return None
    first = _first(data[:1], _ASIDE.sub("", text[max(0, at - 40) : at])[-3:], rest[1][:2])
    if len(run) < 4 and LOST in first + rest[1]:
        return None  # too short to be sure by its bytes alone
    return rest[0], first + rest[1]


def _run(text: str, start: int) -> str:
    """Return the shifted characters from ``start``: up to the next ASCII character or question mark."""
    found = re.match(r"[^\x00-\x7f�]*", text[start : start + _LONGEST])
    run = found.group() if found else ""
    return run if run or text[start : start + 1] not in _HALF_WIDTH else text[start : start + 1]


def _bytes(run: str) -> bytes | None:
    try:
        data = run.encode("gb18030")
    except UnicodeEncodeError:
        return None
    return data if data and len(data) == 2 * len(run) else None


def _decoded(data: bytes, text: str, end: int, before: str) -> tuple[int, str] | None:
    """Return where the run ends and its words: the last byte pairs with the ASCII character after it, or with a ?."""
    after = text[end : end + 1]
    if len(data) % 2 and after and after not in "?�" and "@" <= after <= "~":
        data, end = data + after.encode(), end + 1
        after = ""
    tail = data[-1:] if len(data) % 2 else b""
    try:
        words = (data[: len(data) - len(tail)]).decode("gb18030")
    except UnicodeDecodeError:
        return None
    if words and not _is_plain(words):
        return None
    if not tail:
        return end, words
    if after not in {"?", "�"} or not after:
        return None
    reading = _READING.match(text, end + 1)  # the bracket before the pinyin was taken for the second byte
    end = reading.end() if reading else end + 1
    following = text[end : end + 2]
    if not reading and following[:1] and following[0] in _MEASURES:  # a digit was taken for the second byte
        return end, words + _last(tail, (before + words)[-3:], "") + LOST
    return end, words + _last(tail, (before + words)[-3:], following)


def _is_odd(run: str) -> bool:
    """Whether a run has characters that running Chinese text hardly has."""
    return sum(not is_common(char) for char in run) >= max(2 if len(run) > 3 else 1, len(run) // 4)


def _is_plain(words: str) -> bool:
    return all(is_common(char) for char in words)


@lru_cache(maxsize=4096)
def _first(trail: bytes, before: str, after: str) -> str:
    """Return the character with that second byte that makes a word with what stands around it; □ where none does."""
    return _best((bytes([lead]) + trail for lead in range(0x81, 0xFE)), before, after)


@lru_cache(maxsize=4096)
def _last(lead: bytes, before: str, after: str) -> str:
    """Return the character with that first byte that makes a word with what stands around it; □ where none does."""
    return _best((lead + bytes([trail]) for trail in range(0x40, 0xFF) if trail != 0x7F), before, after)


def _best(codes: Iterator[bytes], before: str, after: str) -> str:
    best, weight = LOST, 0
    for code in codes:
        try:
            char = code.decode("gbk")
        except UnicodeDecodeError:
            continue
        plain = simplified(char)
        score = _weight(plain, _plain(before[-3:]), _plain(after)) if is_common(char) else 0
        if score > weight:
            best, weight = plain, score
    return best


def _plain(text: str) -> str:
    return "".join(map(simplified, text))


def _weight(char: str, before: str, after: str) -> int:
    """Return how common the words are that a character makes with its neighbours; longer ones weigh more."""
    words = [before[-length:] + char for length in (1, 2, 3) if len(before) >= length]
    words += [char + after[:length] for length in (1, 2) if len(after) >= length]
    return max((_frequency(word) * len(word) ** 2 for word in words), default=0)


def _frequency(word: str) -> int:
    return int(_words().FREQ.get(word, 0))


@lru_cache(maxsize=1)
def _words() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its source has escapes that newer Pythons warn of
        import jieba  # noqa: PLC0415 - loads a dictionary

    jieba.setLogLevel(60)
    jieba.initialize()
    return jieba.dt
