"""The bilingual glossary: notions of the field with what people call them, so that different words for one thing meet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.catalog import Catalog
from knowledge.model import Metric
from knowledge.segments import Segment
from tools.retrieval.words import plain, stem

FILE = Path(__file__).with_name("glossary.yaml")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENGLISH = re.compile(r"[a-z0-9%+/]+")
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True)
class Glossary:
    """Notions by what they are called.

    Attributes:
        chinese: notions by form that is matched as characters.
        english: notions by form as stems of its words.
    """

    chinese: Mapping[str, frozenset[str]]
    english: Mapping[tuple[str, ...], frozenset[str]]

    def notions(self, text: str) -> Counter[str]:
        """Return the notions that a plain text names, with how often."""
        return Counter(self._in_chinese(text)) + Counter(self._in_english(text))

    def _in_chinese(self, text: str) -> Iterator[str]:
        lengths = range(1, max(map(len, self.chinese), default=0) + 1)
        for start in range(len(text)):
            for length in lengths:
                form = text[start : start + length]
                if len(form) == length and form in self.chinese and _stands_alone(text, start, start + length):
                    yield from self.chinese[form]

    def _in_english(self, text: str) -> Iterator[str]:
        stems = [stem(word) for word in _ENGLISH.findall(text.replace("'s", ""))]
        longest = max(map(len, self.english), default=0)
        for start in range(len(stems)):
            for length in range(1, longest + 1):
                form = tuple(stems[start : start + length])
                if len(form) == length and form in self.english:
                    yield from self.english[form]


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a Latin form (AR, KOC) is no part of a longer word (ARPU); Chinese forms always do."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (
        (_LATIN.match(text[start]) and _LATIN.match(before)) or (_LATIN.match(text[end - 1]) and _LATIN.match(after))
    )


def make(rows: Mapping[str, Mapping[str, list[str]]]) -> Glossary:
    """Return the glossary of notions with their forms by language."""
    chinese: dict[str, set[str]] = defaultdict(set)
    english: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for notion, forms in rows.items():
        for form in forms.get("zh", ()):
            chinese[plain(form)].add(notion)
        for form in forms.get("en", ()):
            stems = tuple(stem(word) for word in _ENGLISH.findall(plain(form).replace("'s", "")))
            if stems:
                english[stems].add(notion)
    return Glossary({k: frozenset(v) for k, v in chinese.items()}, {k: frozenset(v) for k, v in english.items()})


@lru_cache(maxsize=2)
def load_glossary(file: Path = FILE) -> Glossary:
    """Return the glossary of the field."""
    return make(yaml.load(file.read_text(encoding="utf-8"), _Loader))  # noqa: S506 - a safe loader


def of_catalog(catalog: Catalog) -> Mapping[str, Mapping[str, list[str]]]:
    """Return what the catalog calls its metrics and segments, as rows of a glossary."""
    named: list[tuple[str, Metric | Segment]] = [
        *(("metric", each) for each in catalog.metrics.values()),
        *(("segment", each) for each in catalog.segments.values()),
    ]
    return {
        f"{kind}:{each.id}": {
            "zh": [each.names.zh, *each.synonyms.zh],
            "en": [each.names.en, *each.synonyms.en],
        }
        for kind, each in named
    }
