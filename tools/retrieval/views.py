"""What of a passage is encoded: the whole and each of its sentences; of the sentences the best-fitting one counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.documents.passages import Passage
from tools.documents.splitting import sentences

VERSION = 1
"""Changed with what is encoded: vectors of another version are not reused."""

_AFTER_SEMICOLON = re.compile(r"(?<=[;；])")
_SHORTEST = 6


@dataclass(frozen=True)
class Views:
    """The texts of one passage that are encoded, each once, and which of them are what.

    Attributes:
        texts: each text once; the whole passage is the first.
        sentences: their places in ``texts``.
    """

    texts: tuple[str, ...]
    sentences: tuple[int, ...]

    @property
    def key(self) -> str:
        """Return what identifies the texts, whatever passage they are of."""
        return hashlib.sha256("\x1f".join((str(VERSION), *self.texts)).encode("utf-8", "replace")).hexdigest()[:20]


def of_document(passage: Passage) -> Views:
    """Return what of a passage of a document is encoded: the whole and its sentences.

    Its title is left out: it names a report, not a practice, and with it recall falls.
    """
    said = _sentences(passage.text)
    return _views((passage.text, *said), said)


def of_playbook(passage: Passage, asked: Sequence[str] = ()) -> Views:
    """Return what of a passage of our own shelf is encoded: the whole after the playbook's title, which a step needs.

    Args:
        passage: the passage: short already, so that its sentences add time and little else.
        asked: how people ask for the playbook; they count as sentences of the passage.
    """
    whole = f"{passage.title}：{passage.text}"
    return _views((whole, *asked), tuple(asked) or (whole,))


def _views(texts: Sequence[str], said: Sequence[str]) -> Views:
    each = tuple(dict.fromkeys(texts))
    place = {text: number for number, text in enumerate(each)}
    return Views(each, tuple(place[text] for text in said))


def _sentences(text: str) -> list[str]:
    found = [part.strip() for sentence in sentences(text) for part in _AFTER_SEMICOLON.split(sentence)]
    return [part for part in dict.fromkeys(found) if len(part) >= _SHORTEST] or [text]
