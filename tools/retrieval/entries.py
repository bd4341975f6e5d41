"""What goes into the index: passages of our own shelf and of added documents, with their views, words and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.catalog import Catalog, load_catalog
from knowledge.playbooks import Playbook, load_playbooks
from tools.documents.passages import Passage
from tools.retrieval import glossary, views
from tools.retrieval.figures import stated
from tools.retrieval.glossary import Glossary
from tools.retrieval.labels import Labels, labels
from tools.retrieval.views import Views
from tools.retrieval.words import pairs, plain, words

SUMMARIES = ("摘要",)
"""Sections of a playbook that stand for the whole of it: they also carry how people ask for it."""


@dataclass(frozen=True)
class Entry:
    """A passage ready to be indexed.

    Attributes:
        passage: the passage.
        playbook: id of the playbook of our own shelf that it is of; empty for a document.
        views: what of it is encoded.
        labels: what it is about.
        tokens: its words, pairs of characters and notions, with counts.
        figures: the kinds of figure it states.
    """

    passage: Passage
    playbook: str
    views: Views
    labels: Labels
    tokens: Mapping[str, Counter[str]]
    figures: frozenset[str]


def vocabulary(catalog: Catalog | None = None) -> tuple[Glossary, Glossary]:
    """Return the two glossaries: of the field, and of the catalog (its metrics and segments)."""
    return glossary.load_glossary(), glossary.make(glossary.of_catalog(catalog or load_catalog()))


def tokens(text: str, glossaries: Sequence[Glossary]) -> dict[str, Counter[str]]:
    """Return the tokens of a text by kind: ``words``, ``pairs``, ``notions``."""
    read = plain(text)
    notions: Counter[str] = Counter()
    for each in glossaries:
        notions += each.notions(read)
    return {"words": Counter(words(read)), "pairs": Counter(pairs(read)), "notions": notions}


def entries(passages: Sequence[Passage], playbooks: Mapping[str, Playbook] | None = None) -> list[Entry]:
    """Return the passages with what is indexed of them, in order."""
    known = load_playbooks() if playbooks is None else playbooks
    glossaries = vocabulary()
    return [_entry(each, known.get(each.document), glossaries) for each in passages]


def _entry(passage: Passage, playbook: Playbook | None, glossaries: Sequence[Glossary]) -> Entry:
    asked: tuple[str, ...] = ()
    if playbook is not None and passage.section and passage.section[-1] in SUMMARIES:
        asked = (*playbook.keywords.zh, *playbook.keywords.en, playbook.title.en)
    headings = passage.section if playbook is None else (passage.title, *asked)
    found = tokens("\n".join([*headings, passage.text]), glossaries)
    return Entry(
        passage=passage,
        playbook=playbook.id if playbook else "",
        views=views.of_playbook(passage, asked) if playbook else views.of_document(passage),
        labels=labels(found["notions"], playbook),
        tokens=found,
        figures=stated(plain(passage.text)),
    )
