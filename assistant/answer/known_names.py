"""Names that hold digits and are no figures: 5.2.0, 18-24, 双11大促, 7日留存率, a receipt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Final

from assistant.answer.columns import ABSENT, UNKNOWN, dimension_name, value_name
from assistant.answer.markdown import clean, cut, escape
from assistant.answer.mentions import BLANK
from assistant.answer.number_patterns import reads_as_figure
from assistant.answer.numerals import CHINESE, ENGLISH
from assistant.answer.plain_text import plain_text
from assistant.answer.value_names import known_value
from knowledge.catalog import Catalog
from knowledge.text import Language

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_NUMERIC: Final = re.compile(
    rf"[\d半{CHINESE}]|[^\x00-\u02ff\u3040-\u9fff]|[½¼¾¹²³]|[IVXLCDM]{{2}}"
    rf"|(?i:{ENGLISH}|hal[fv]|doubl|twice|tripl|quadr|thr?i[cr])"
)


def may_be_a_number(text: str) -> bool:
    """Return whether anything in a name could be read as a number; most names hold nothing of the kind."""
    return _NUMERIC.search(text) is not None


def names_of(dimension: str, value: Any, catalog: Catalog) -> Iterator[str]:
    """Yield what a stored value may be called: itself, its names and synonyms in the catalog, ``未知`` for null."""
    if value is None:
        yield from (*UNKNOWN, *ABSENT.get(dimension, ()))
        return
    yield str(value)
    yield from (value_name(dimension, value, catalog, language) for language in LANGUAGES)
    known = known_value(catalog.dimensions.get(dimension), value)
    if known is not None:
        yield from (*known.synonyms.zh, *known.synonyms.en)


@lru_cache(maxsize=8192)
def forms_of(name: str) -> frozenset[str]:
    """Return a name as it may stand in plain text: whole or cut, with the markup in it escaped or not."""
    whole = clean(name)
    written = {name, whole, cut(whole), escape(whole), escape(cut(whole))}
    return frozenset(form for form in (plain_text(text).strip() for text in written) if form)


def as_name(form: str) -> str:
    """Return a pattern for a form where it stands for itself: not inside a word or number, with no unit after it."""
    before = r"\d.A-Za-z" if re.match(r"[A-Za-z]", form) else r"\d."
    after = r"(?![A-Za-z])" if re.search(r"[A-Za-z]$", form) else ""
    return rf"(?<!\d[\s-])(?<![{before}]){re.escape(form)}{after}(?![\d%‰]|\.\d|\s*(?:[万亿%‰]|个?百分点))"


class KnownNames:
    """The names that one answer may hold; a name that reads as a figure counts only right after its dimension."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._in_context: set[tuple[str, str]] = set()

    def add(self, name: str, *contexts: str) -> None:
        """Know a name. ``contexts`` are the words that must precede it where it reads as a figure (版本 5.2)."""
        for form in forms_of(name):
            if len(form) == 1 or reads_as_figure(form):
                self._in_context |= {(plain_text(context), form) for context in contexts if context}
            else:
                self._names.add(form)

    def add_value(self, dimension: str, value: Any, catalog: Catalog) -> None:
        """Know a stored value by all its names, with its dimension's names as the context of what is shown of it."""
        found, said = catalog.dimensions.get(dimension), dimension_name(dimension, catalog)
        others = (*found.synonyms.zh, *found.synonyms.en) if found else ()
        for index, name in enumerate(names_of(dimension, value, catalog)):
            self.add(name, *((said.zh, said.en, dimension, *others) if index <= len(LANGUAGES) else ()))

    def mask(self, text: str) -> str:
        """Return plain text with the names blanked, longest first; every other character keeps its place."""
        for context, value in self._in_context:
            if value in text:
                after = r"(?![\d.]*\d|\s*[%万亿])"
                text = _blank(
                    rf"(?i)(?:{re.escape(context)})(?:\s|[:：=是为≥≤<>“‘'\"])*{re.escape(value)}{after}", text
                )
        for name in self._longest_first:
            if name in text:
                text = _blank(as_name(name), text)
        return text

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted(self._names, key=len, reverse=True)


def _blank(pattern: str, text: str) -> str:
    return re.sub(pattern, lambda match: BLANK * len(match.group()), text)
