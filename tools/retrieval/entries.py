"""What goes into the index: passages of our own shelf and of added documents, with their views, words and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.catalog import Catalog, load_catalog
from knowledge.playbooks import Playbook, load_playbooks
from tools.documents.passages import Passage
from tools.retrieval import glossary, views
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
    """

    passage: Passage
    playbook: str
    views: Views
    labels: Labels
    tokens: Mapping[str, Counter[str]]


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
    if playbook is None:
        found = tokens("\n".join([*passage.section, passage.text]), glossaries)
        return Entry(passage, "", views.of_document(passage), labels(found["notions"], None), found)
    asked: tuple[str, ...] = ()
    if passage.section and passage.section[-1] in SUMMARIES:
        asked = (*playbook.keywords.zh, *playbook.keywords.en, playbook.title.en)
    found = tokens("\n".join([passage.title, *asked, passage.text]), glossaries)
    about = labels(found["notions"], playbook)
    return Entry(passage, playbook.id, views.of_playbook(passage, asked), about, found)
