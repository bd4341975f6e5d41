"""The language of a question, and the one form in which its words are matched."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Protocol

from assistant.planner.vocabulary import pinyin
from knowledge.text import Language

#: Questions longer than this are not read; the person is asked to shorten them.
LONGEST = 1000

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAS_CJK = re.compile(f"[{_CJK}]")
# Spellings that differ from the usual word by a character everyone mixes up, and words of Taiwan and Hong Kong.
_VARIANTS = (
    ("转换率", "转化率"),
    ("帐", "账"),
    ("黏性", "粘性"),
    ("使用者", "用户"),
    ("礼拜", "星期"),
    ("生命周期各阶段", "各生命周期阶段"),
    ("各个阶段", "各生命周期阶段"),
    ("城市各等级", "各城市等级"),
)


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def language_of(question: str) -> Language:
    """Return ``zh`` for a question with any Chinese character or written in pinyin, else ``en``."""
    text = unicodedata.normalize("NFKC", question[: 4 * LONGEST])
    return "zh" if _HAS_CJK.search(text) or from_pinyin(text[:LONGEST].lower()) is not None else "en"


_ASKED_ON = re.compile(r"na(?:me)? (?P<what>[a-z0-9][a-z0-9 ]{0,30}?) ?ne[?!. ]*")


def from_pinyin(text: str) -> str | None:
    """Return a question typed in pinyin with its known words as Chinese ones, or None where it is not pinyin.

    It is, where at least one longer word is pinyin of the vocabulary and most of the others are too, or as na … ne (那…呢).
    """
    if not text.isascii():
        return None
    if (asked := _ASKED_ON.fullmatch(text.strip())) is not None:
        return f"那{from_pinyin(asked['what']) or asked['what']}呢"
    words = text.split()
    read = [pinyin_word(word.strip("?!.,")) for word in words]
    letters = [word for word in words if word.isalpha()]
    known = [word for word, found in zip(words, read, strict=True) if found]
    if not any(len(word) >= 5 for word in known) or 2 * len(known) < len(letters):
        return None
    return "".join(found or f" {word} " for word, found in zip(words, read, strict=True)).strip()


def pinyin_word(word: str) -> str | None:
    """Return one run of pinyin, without blanks, as Chinese, cut into the longest known words, or None."""
    known, out = pinyin(), ""
    while word:
        length = next((n for n in range(len(word), 1, -1) if word[:n] in known), 0)
        if not length:
            return None
        out, word = out + known[word[:length]], word[length:]
    return out or None


def has_chinese(text: str) -> bool:
    """Return whether any Chinese character occurs in ``text``."""
    return bool(_HAS_CJK.search(text))


def normalise(question: str) -> str:
    """Return the question as it is matched: NFKC, lower case, Simplified, plain quotes and dashes, single spaces."""
    text = unicodedata.normalize("NFKC", question).lower()
    text = "".join(
        " " if unicodedata.category(c) in {"Cc", "Cf", "Cn", "Co", "Cs", "So", "Sk", "Zl", "Zp", "Zs"} else c
        for c in text
    )
    text = text.translate(_PLAIN)
    text = from_pinyin(re.sub(r" +", " ", text).strip()) or text
    text = simplified(text)
    for variant, usual in _VARIANTS:
        text = text.replace(variant, usual)
    text = re.sub(r" +", " ", text).strip()
    return re.sub(f"(?<=[{_CJK}]) (?=\\d)|(?<=\\d) (?=[{_CJK}])", "", text)


_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "～": "~", "。": ".", "、": "、", "×": "x"}
)


def simplified(text: str) -> str:
    """Return Traditional characters as Simplified ones; text without any comes back as it is, without loading the converter."""
    if not _HAS_CJK.search(text):
        return text
    try:
        # GB 2312 holds the Simplified characters in use and hardly a Traditional one: most questions stop here.
        "".join(_HAS_CJK.findall(text)).encode("gb2312")
    except UnicodeEncodeError:
        converted = _converter().convert(text)
        return converted if len(converted) == len(text) else text
    return text


@lru_cache(maxsize=1)
def _converter() -> _Converter:
    # Loaded on first use: its tables take longer than all the rest of the planner.
    from opencc import OpenCC  # noqa: PLC0415

    converter: _Converter = OpenCC("t2s")
    return converter
