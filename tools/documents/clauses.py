"""Sentences into clauses, with what brackets and quotes hold set aside, so that no figure in them is taken for a result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.documents.splitting import sentences

_ASIDE = re.compile(r"[（(][^()（）]*[)）]")
_QUOTED = re.compile(r"《[^《》]*》|“[^“”]*”|「[^「」]*」|\"[^\"]*\"|'[^']*'")
_BREAK = re.compile(r"[，；;]|：(?!\s*\d)|[,:](?!\d)|,(?=\d)(?<!\d,)|\n")
_DEEPEST = 4
_ASIDE_MARK, _QUOTED_MARK = "\ue000", "\ue001"


@dataclass(frozen=True)
class Clause:
    """A clause.

    Attributes:
        text: its words as printed.
        bare: its words without brackets, quotes as a mark.
        aside: what stands in its first brackets.
        label: whether it ends in a colon.
    """

    text: str
    bare: str
    aside: str
    label: bool


def clauses_of(text: str) -> Iterator[list[Clause]]:
    """Yield the clauses of each sentence; a semicolon ends a sentence here, for what stands before it is done with."""
    for line in text.split("\n"):
        for sentence in sentences(line):
            yield from _clauses(sentence)


def _clauses(sentence: str) -> Iterator[list[Clause]]:
    masked = _QUOTED.sub(_hidden, _mask(sentence))
    out: list[Clause] = []
    start = 0
    for found in (*_BREAK.finditer(masked), None):
        end = found.start() if found else len(sentence)
        part, shown = masked[start:end], sentence[start:end].strip("。！？!?. ")
        if shown:
            aside = next((m.group()[1:-1] for m in _ASIDE.finditer(sentence[start:end])), "")
            bare = re.sub(f"{_QUOTED_MARK}+", _QUOTED_MARK, part.replace(_ASIDE_MARK, "")).strip("。！？!? ")
            out.append(Clause(shown, bare, aside, bool(found and found.group() in "：:")))
        start = found.end() if found else end
        if found and found.group() in {"；", ";"}:
            yield out
            out = []
    if out:
        yield out


def _hidden(quoted: re.Match[str]) -> str:
    """Return a quotation as it is where it is but a name, replaced by a mark where it has figures or clauses of its own."""
    words = quoted.group()
    return _QUOTED_MARK * len(words) if re.search(r"[\d，,；;：:。《]", words) else words


def _mask(sentence: str) -> str:
    """Return a sentence with every character of its brackets, those inside others too, replaced by a mark."""
    for _ in range(_DEEPEST):
        if not _ASIDE.search(sentence):
            break
        sentence = _ASIDE.sub(lambda m: _ASIDE_MARK * len(m.group()), sentence)
    return sentence
