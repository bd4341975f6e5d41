"""What reading a document gives: passages, and the figures in them. Frozen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

Direction = Literal["up", "down", "level"]
"""How a figure moved; ``level`` is a figure that only stands there."""


@dataclass(frozen=True)
class Fact:
    """A figure that a passage states.

    Attributes:
        metric: id in the catalog; the name as printed where the catalog has none.
        from_value: the level before, or None.
        to_value: the level reached, or None.
        change: the difference, signed; with unit ``倍`` how many times the base. None where only levels are stated.
        unit: unit of the figures as printed, without 万 and 亿; ``%`` values are fractions (0.38).
        direction: up, down or level.
        segment: the users or the place it holds for, as printed; empty where the passage does not say.
        action: what was done, as printed; empty where the passage does not say.
        text: the clause of the passage that states it, word for word.
        name: what was measured, as printed.
    """

    metric: str
    from_value: float | None
    to_value: float | None
    change: float | None
    unit: str
    direction: Direction
    segment: str
    action: str
    text: str
    name: str = ""


@dataclass(frozen=True)
class Passage:
    """A piece of a document that states one practice or result.

    Attributes:
        id: stable: a hash of document, section and text.
        document: id of the playbook, or the hash of the document's content.
        source: name of the file it came from, as shown.
        title: title of the document.
        section: headings above it, outermost first.
        place: where in the file: ``p. 3`` (page), ``¶12`` (paragraph), ``slide 4``, ``Sheet1!7``.
        text: the words, as the document has them.
        facts: figures in it, in order.
    """

    id: str
    document: str
    source: str
    title: str
    section: tuple[str, ...]
    place: str
    text: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where passages come from: the document's id, the file's name as shown, the document's title."""

    document: str
    source: str
    title: str


def passage(origin: Origin, section: tuple[str, ...], place: str, text: str, facts: tuple[Fact, ...] = ()) -> Passage:
    """Return a passage with its id."""
    digest = hashlib.sha256("\x1f".join((origin.document, *section, text)).encode()).hexdigest()[:16]
    return Passage(digest, origin.document, origin.source, origin.title, section, place, text, facts)


def content_id(text: str) -> str:
    """Return the id of a document: a hash of its words, blind to white space."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:16]
