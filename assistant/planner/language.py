"""The language of a question, and the one form in which its words are matched."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Protocol

from knowledge.text import Language

#: Questions longer than this are not read; the person is asked to shorten them.
LONGEST = 1000

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAS_CJK = re.compile(f"[{_CJK}]")
_WORD = re.compile(r"[a-z]+")
# Spellings that differ from the usual word by a character everyone mixes up, and words of Taiwan and Hong Kong.
_VARIANTS = (("转换率", "转化率"), ("帐", "账"), ("黏性", "粘性"), ("使用者", "用户"), ("礼拜", "星期"))
_INITIALS = [
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "zh",
    "ch",
    "sh",
    "r",
    "z",
    "c",
    "s",
    "y",
    "w",
]
_FINALS = [
    "a",
    "o",
    "e",
    "i",
    "u",
    "v",
    "ai",
    "ei",
    "ui",
    "ao",
    "ou",
    "iu",
    "ie",
    "ve",
    "er",
    "an",
    "en",
    "in",
    "un",
    "vn",
    "ang",
    "eng",
    "ing",
    "ong",
    "ia",
    "iao",
    "ian",
    "iang",
    "iong",
    "ua",
    "uo",
    "uai",
    "uan",
    "uang",
    "ue",
]
_SYLLABLES = frozenset(
    [i + f for i in _INITIALS for f in _FINALS] + ["a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "er"]
)
_PINYIN_WORDS = frozenset(
    [
        "duoshao",
        "shangzhou",
        "shangyue",
        "shangge",
        "benzhou",
        "benyue",
        "zuotian",
        "jintian",
        "qunian",
        "jinnian",
        "rihuo",
        "zhouhuo",
        "yuehuo",
        "xinzeng",
        "qudao",
        "liucun",
        "shouru",
        "huodong",
        "yonghu",
        "huanbi",
        "tongbi",
        "qushi",
        "dingdan",
        "zhuanhua",
        "zhuanhualv",
        "fenqudao",
        "gequdao",
        "chengjiao",
        "jine",
        "ge",
        "zenme",
        "yang",
        "zenmeyang",
        "shi",
        "ma",
        "ne",
        "de",
        "zhuce",
        "fufei",
        "kedanjia",
        "jinqitian",
        "mei",
        "tian",
        "meitian",
        "meizhou",
        "meiyue",
        "pingtai",
        "anzhuo",
        "duanshipin",
    ]
)


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def language_of(question: str) -> Language:
    """Return ``zh`` for a question with any Chinese character or written in pinyin, else ``en``."""
    if _HAS_CJK.search(unicodedata.normalize("NFKC", question[: 4 * LONGEST])):
        return "zh"
    return "zh" if _is_pinyin(question[:LONGEST].lower()) else "en"


def _is_pinyin(text: str) -> bool:
    words = _WORD.findall(text)
    known = sum(len(w) > 3 and w in _PINYIN_WORDS for w in words)
    readable = all(_syllables(w) for w in words if len(w) > 3)
    return known >= 1 and readable


def _syllables(word: str) -> bool:
    reach = {0}
    for i in range(len(word)):
        if i in reach:
            reach |= {j for j in range(i + 1, min(i + 6, len(word)) + 1) if word[i:j] in _SYLLABLES}
    return len(word) in reach


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
