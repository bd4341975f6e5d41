"""Slips of the keyboard put right where only one word can be meant: pinyin left among Chinese words, a letter too many or too few.

Short words are never mended: an edit is allowed in words of seven letters and more, two in those of ten. Every slip that is
mended is told in the answer, and weighs in the confidence.
"""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA

from assistant.planner.language import has_chinese, pinyin_word
from assistant.planner.lexicon import Lexicon
from assistant.planner.spans import Span

_SHORTEST_PINYIN = 5
"""Letters of pinyin that are enough: he and ge are English and names too."""
_MOST = 4
"""Slips that are looked at in one question."""
_NAMES = frozenset({"metric", "ambiguous", "dimension", "value", "absent"})

Notes = list[tuple[str, str]]


def mend(text: str, spans: list[Span], lexicon: Lexicon) -> tuple[str, Notes]:
    """Return the text with its slips put right, and what was put right: as typed, as read."""
    text, notes = _pinyin(text, spans)
    mended, more = _letters(text, spans, lexicon)
    return mended, notes + more


def _pinyin(text: str, spans: list[Span]) -> tuple[str, Notes]:
    """Duan shipin的新增: a run of letters that is pinyin from end to end, beside Chinese words or on its own."""
    notes: Notes = []
    for run in _latin_runs(text, spans)[:_MOST]:
        read = pinyin_word(run.replace(" ", ""))
        if read is not None and (has_chinese(text) or " " in run):
            text = re.sub(rf" ?(?<![a-z]){re.escape(run)}(?![a-z]) ?", read, text, count=1)
            notes.append((run, read))
    return text, notes


def _latin_runs(text: str, spans: list[Span]) -> list[str]:
    """Return the runs of Latin words of which a part was not read, as they stand in the text, the longest first."""
    unread = [s for s in spans if s.unread]
    runs = [(m.start(), m.end(), m[0]) for m in re.finditer(r"[a-z]+(?: [a-z]+)*", text)]
    near = [run for start, end, run in runs if any(s.start < end and s.end > start for s in unread)]
    return sorted((run for run in near if len(run.replace(" ", "")) >= _SHORTEST_PINYIN), key=len, reverse=True)


def _letters(text: str, spans: list[Span], lexicon: Lexicon) -> tuple[str, Notes]:
    """Put long English words right that are a letter or two off the one known word they can be."""
    unread = {w for s in spans if s.unread for w in re.findall(r"[a-z]{7,24}", s.text)}
    if not unread:
        return text, []
    known = _long_words(lexicon)
    notes: Notes = []
    for word in sorted(unread)[:_MOST]:
        near = [k for k in known.get(word[0], ()) if _is_near(word, k)]
        if word not in near and len(near) == 1:
            text = re.sub(rf"(?<![a-z]){word}(?![a-z])", near[0], text)
            notes.append((word, near[0]))
    return text, notes


def _is_near(word: str, known: str) -> bool:
    most = 2 if len(word) >= 10 else 1
    return abs(len(known) - len(word)) <= most and OSA.distance(word, known, score_cutoff=most) <= most


def _long_words(lexicon: Lexicon) -> dict[str, set[str]]:
    words: dict[str, set[str]] = {}
    for term, options in lexicon.terms.items():
        if options.keys() & _NAMES:
            for word in re.findall(r"[a-z]{7,}", term):
                words.setdefault(word[0], set()).add(word)
    return words
