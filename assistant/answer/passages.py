"""Passages of playbooks and documents as an answer quotes them, in the language of the question, and the list of their sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from assistant.answer.markdown import clean, cut, escape, value_text
from knowledge.catalog import Catalog, load_catalog
from knowledge.playbooks.load import load_playbooks
from knowledge.playbooks.model import Playbook
from knowledge.playbooks.words import effect_text
from knowledge.text import Language, Text

_MOST: Final = 3
_LONGEST: Final = 200
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_HEADINGS: Final = {
    "摘要": "Summary", "适用场景": "When to use it", "做法": "What to do", "话术与素材": "Wording and material",
    "节奏与频次": "Timing and frequency", "衡量与止损": "Measuring and stopping", "风险": "Risks", "效果": "Effects",
}  # fmt: skip
Citation = Mapping[str, Any]


def quoted(citations: Sequence[Citation], catalog: Catalog, language: Language) -> str:
    """Return the first passages that were found, each with its mark, then where they stand.

    Our own playbooks are told by their English words in English. A passage of an added document stays as it is written: in an
    English answer a Chinese one is quoted and said to be Chinese.
    """
    first = citations[:_MOST]
    if not first:
        return ""
    lines = list(_in_chinese(first) if language == "zh" else _in_english(first, catalog))
    return "\n".join([*lines, "", *_sources(first, language)])


def words_of(citations: Sequence[Citation]) -> tuple[str, ...]:
    """Return what the playbooks that are cited say in English: numbers in an English answer may come from it."""
    books = {book.id: book for citation in citations if (book := _book(citation)) is not None}
    if not books:
        return ()
    catalog = load_catalog()
    return tuple(
        text
        for book in books.values()
        for text in (book.title.en, book.summary.en, book.english, *(effect_text(e, catalog).en for e in book.effects))
    )


def _in_chinese(citations: Sequence[Citation]) -> Iterator[str]:
    for citation in citations:
        yield f"- {_title(citation)}：{_passage(citation)} {_mark(citation)}"


def _in_english(citations: Sequence[Citation], catalog: Catalog) -> Iterator[str]:
    told: set[str] = set()
    for citation in citations:
        book = _book(citation)
        if book is None:
            yield f"- {_from_document(citation)} {_mark(citation)}"
        elif book.id not in told:
            told.add(book.id)
            marks = " ".join(_mark(c) for c in citations if c.get("playbook") == book.id)
            yield f"- **{escape(clean(book.title.en))}**: {_told(book, catalog)} {marks}"


def _told(book: Playbook, catalog: Catalog) -> str:
    """Return a playbook's summary, and the first effect that a document reports."""
    parts = [cut(clean(book.summary.en), 2 * _LONGEST)]
    if book.effects:
        parts.append(f"Reported: {clean(effect_text(book.effects[0], catalog).en)}")
    return escape(" ".join(parts))


def _from_document(citation: Citation) -> str:
    passage = _passage(citation)
    if not _CHINESE.search(passage):
        return f"{_title(citation)}: {passage}"
    return f"{_title(citation)} says, in Chinese: “{passage}”"


def _sources(citations: Sequence[Citation], language: Language) -> list[str]:
    """Return the list under an answer: what each mark stands for, by title and section."""
    name = Text("来源", "Sources").in_(language)
    lines = [f"- **{name}**{'：' if language == 'zh' else ':'}"]
    for citation in citations:
        book, section = _book(citation), escape(clean(str(citation.get("section") or "")))
        title = _title(citation)
        if book is not None and language == "en":
            title, section = escape(clean(book.title.en)), _HEADINGS.get(section, section)
        where = f" › {section}" if section and section != title else ""
        lines.append(f"  - {_mark(citation)} {title}{where}")
    return lines


def _book(citation: Citation) -> Playbook | None:
    key = citation.get("playbook")
    return load_playbooks().get(str(key)) if key else None


def _title(citation: Citation) -> str:
    return value_text(str(citation.get("title") or citation.get("playbook") or ""))


def _passage(citation: Citation) -> str:
    return escape(cut(clean(str(citation.get("passage", ""))), _LONGEST))


def _mark(citation: Citation) -> str:
    return f"[{citation.get('id', '')}]"
