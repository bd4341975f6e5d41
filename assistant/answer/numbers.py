"""The check that runs on every answer before it is shown: each number in it must come from somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypedDict, Unpack

from assistant.answer.evidence import Evidence
from assistant.answer.figures import Sentence
from assistant.answer.mentions import BLANK, Mention, mentions
from assistant.answer.plain_text import plain_text
from assistant.answer.value_names import ValueNames, named
from knowledge.catalog import Catalog, load_catalog
from tools.semantic_layer.result import Result

_SENTENCE_END: Final = re.compile(r"[。！？；;\n]|[.!?](?=\s|$)")
_LIST_NUMBER: Final = re.compile(r"(?m)^[ \t>#]*(\d{1,2})(?:[.)、]|\s*\u20e3)(?=\s|[^\s\d.])")


class Sources(TypedDict, total=False):
    """What numbers may come from beside results.

    ``said`` is the wording of the dates that were taken; ``catalog`` defaults to the one that comes with Yunce.
    ``value_names`` are the names that values carry in the data, by dimension and stored value.
    """

    citations: Sequence[Mapping[str, Any]]
    question: str
    said: str
    catalog: Catalog | None
    value_names: ValueNames | None


class NumberCheck:
    """The check against one set of sources, for any number of texts."""

    def __init__(self, results: Sequence[Result], **sources: Unpack[Sources]) -> None:
        known = named(sources.get("catalog") or load_catalog(), results, sources.get("value_names"))
        words = (sources.get("question", ""), sources.get("said", ""))
        self._evidence = Evidence(results, sources.get("citations", ()), words, known)

    def unsupported(self, text: str) -> tuple[str, ...]:
        """Return the numbers of ``text`` that nothing supports, as written, in order; empty when all are supported."""
        plain = _without_list_numbers(plain_text(text))
        masked = self._evidence.mask(plain)
        return tuple(
            mention.text.strip()
            for sentence, within in _by_sentence(plain, masked, mentions(masked))
            for mention in within
            if not self._evidence.supports(mention, sentence)
        )


def unsupported_numbers(text: str, *, results: Sequence[Result], **sources: Unpack[Sources]) -> tuple[str, ...]:
    """Return the numbers of ``text`` that nothing supports, as written, in order; empty when all are supported.

    A figure is supported when a cell of a result, rounded to the place written and in the unit written, equals it, with
    the sign that a word such as 下降 gives it, and is in a row that the sentence may be about (see ``figures``). Dates,
    durations, counts of rows, names with digits and the numbers of the question, of citations and of notes are
    supported by what they stand in.
    """
    return NumberCheck(results, **sources).unsupported(text)


def _by_sentence(plain: str, masked: str, found: Sequence[Mention]) -> Iterator[tuple[Sentence, Sequence[Mention]]]:
    """Yield each sentence with the numbers in it. Names do not end a sentence, whatever characters they hold."""
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(masked)), len(masked)]:
        within = [mention for mention in found if start <= mention.start < end]
        days = tuple(mention.day for mention in within if mention.kind == "date" and mention.day)
        yield Sentence(plain[start:end].casefold(), days), within
        start = end


def _without_list_numbers(text: str) -> str:
    """Blank the numbers at line starts that count a list from 1 without a gap; any other is a number like the rest."""
    spans = list(_counting(text))
    for start, end in spans:
        text = text[:start] + BLANK * (end - start) + text[end:]
    return text


def _counting(text: str) -> Iterator[tuple[int, int]]:
    due = 1
    for match in _LIST_NUMBER.finditer(text):
        number = int(match.group(1))
        if number in (1, due):
            due = number + 1
            yield match.span(1)
