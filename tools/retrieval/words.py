"""The words of a text as search matches them: Simplified, lower case; jieba's words and character pairs."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import Any

from knowledge.text import Language

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAS_CJK = re.compile(f"[{_CJK}]")
_RUNS = re.compile(rf"[{_CJK}]+|[a-z]+|\d+(?:\.\d+)?%?")
_LOCK = threading.Lock()

_STOP = """
的 了 是 在 和 与 及 或 吗 呢 吧 啊 怎么 怎样 怎么样 如何 什么 哪 哪些 哪个 哪里 多少
几 几个 多大 多久 多长 多快 谁 为什么 有 没有 被 把 让 给 从 到 这 那 这个 那个 我们 他们
你们 一个 之后 以后 后来 都 也 就 还 能 会 要 做 里 上 下 中 个 条 人 请 问
一下 介绍 说说
the a an of to in on for and or is are was were do does did how what which who whom whose when where why much many
by it its with from as at that this these those we they them their be been has have had can could should would our
us you your i me my there than then so if not no any some into about please tell show
"""
STOP = frozenset(_STOP.split())
"""Words that ask or join: they say nothing of the subject."""


def query_language(text: str) -> Language:
    """Return ``zh`` for a text with any Chinese character, else ``en``."""
    return "zh" if _HAS_CJK.search(text) else "en"


def plain(text: str) -> str:
    """Return a text in the one form in which words are matched: half-width, Simplified, lower case."""
    text = unicodedata.normalize("NFKC", text).lower()
    return str(_converter().convert(text)) if _HAS_CJK.search(text) else text


def words(text: str) -> list[str]:
    """Return the words of a plain text: jieba's, with the shorter ones inside long ones; English ones by their stem."""
    out: list[str] = []
    for run in _RUNS.findall(text):
        if _HAS_CJK.match(run):
            out += _segmenter().cut_for_search(run)
        else:
            out.append(stem(run))
    return [word for word in out if word not in STOP]


def pairs(text: str) -> list[str]:
    """Return the pairs of neighbouring Chinese characters of a plain text, and its other words whole.

    Words that ask or join are cut out first, so that no pair bridges them.
    """
    out: list[str] = []
    for run in _RUNS.findall(text):
        if not _HAS_CJK.match(run):
            out += [] if run in STOP else [stem(run)]
            continue
        kept = "".join(" " if word in STOP else word for word in _segmenter().cut(run))
        for part in kept.split():
            out += [part[i : i + 2] for i in range(len(part) - 1)] or [part]
    return out


def stem(word: str) -> str:
    """Return an English word without plural, -ed and -ing: crude, and the same for question and passage."""
    if not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC  # noqa: PLC0415 - loads dictionaries

    return OpenCC("t2s")


def _segmenter() -> Any:
    """Return jieba, loaded at first use: its dictionary takes about a second."""
    with _LOCK:
        return _load_jieba()


@lru_cache(maxsize=1)
def _load_jieba() -> Any:
    import jieba  # noqa: PLC0415

    jieba.setLogLevel(60)
    jieba.initialize()
    return jieba
