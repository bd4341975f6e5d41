"""The check that runs on every answer before it is shown: each number in it must come from somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from assistant.answer.evidence import Evidence
from assistant.answer.mentions import BLANK, mentions
from assistant.answer.plain_text import plain_text
from knowledge.catalog import Catalog, load_catalog
from tools.semantic_layer.result import Result

_LIST_NUMBER: Final = re.compile(r"(?m)^[ \t>#]*(\d{1,2})(?:[.)、]|\s*\u20e3)(?=\s|[^\s\d.])")


def unsupported_numbers(
    text: str,
    *,
    results: Sequence[Result],
    citations: Sequence[Mapping[str, Any]] = (),
    question: str = "",
    said: str = "",
    catalog: Catalog | None = None,
) -> tuple[str, ...]:
    """Return the numbers of ``text`` that nothing supports, as written, in order; empty when all are supported.

    A figure is supported when a cell of a result, rounded to the place written and in the unit written, equals it, with
    the sign that a word such as 下降 gives it. Dates, durations, counts of rows, names with digits and the numbers of the
    question, of citations and of notes are supported by what they stand in. ``said`` is the wording of the dates taken.
    """
    evidence = Evidence(results, citations, (question, said), catalog or load_catalog())
    masked = evidence.mask(_without_list_numbers(plain_text(text)))
    return tuple(mention.text.strip() for mention in mentions(masked) if not evidence.supports(mention))


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
