"""Cutting a question into known spans: among all that match, the cover that leaves least unread with the fewest pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from assistant.planner import dates
from assistant.planner.language import has_chinese
from assistant.planner.lexicon import Lexicon, Options, flat
from assistant.planner.patterns import pattern_spans
from assistant.planner.types import Clock

_UNREAD = 6.0
_COSTS = {"filler": 1.06, "amount": 1.04, "date": 0.99, "count": 1.02, "version": 1.0, "limit": 1.0}
# Inside an analysis its own words come first: 搜索 is a step of a funnel before it is a channel.
_COSTS |= {"arg": 0.9, "event": 0.95, "part": 0.97}
_TOKEN = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_NEEDS_NO_READING = re.compile(r"[\s,.?!;:、，。？！；：/()（）\[\]【】《》\"'`*#~·|+&…\-]")


@dataclass
class Span:
    """A piece of the question and what it may be. ``used`` is set once something in the plan stands for it."""

    start: int
    end: int
    text: str
    options: Options
    used: bool = field(default=False)

    def has(self, kind: str) -> bool:
        """Return whether it may be of that kind."""
        return kind in self.options

    def get(self, kind: str) -> Any:
        """Return its value as that kind, or None."""
        return self.options.get(kind)

    @property
    def unread(self) -> bool:
        """Whether nothing at all is known about it."""
        return not self.options


def cut(text: str, lexicon: Lexicon, clock: Clock, own: Iterable[tuple[int, int, Options]] = ()) -> list[Span]:
    """Return the spans of a normalised question in order, unread runs included; blanks and punctuation are left out.

    ``own`` are start, end and options of what the analysis it asks for reads beside the known words.
    """
    matched = _flat_same_length(text)
    candidates: dict[int, list[tuple[int, Options]]] = {}
    for mention in dates.find(text, clock):
        candidates.setdefault(mention.start, []).append((mention.end, {"date": mention.value}))
    for begin, end, shape in pattern_spans(text):
        candidates.setdefault(begin, []).append((end, shape))
    for begin, end, options in own:
        candidates.setdefault(begin, []).append((end, options))
    for start in range(len(matched)):
        candidates.setdefault(start, []).extend(lexicon.at(matched, start))
    return _assemble(text, _best_cover(text, candidates))


def _flat_same_length(text: str) -> str:
    out = flat(text)
    return out if len(out) == len(text) else text.replace("_", " ")


def _bounded(text: str, start: int, end: int) -> bool:
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and at a position belong to one word or one number."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    if left.isascii() and right.isascii():
        return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())
    return False


def _best_cover(text: str, candidates: dict[int, list[tuple[int, Options]]]) -> list[tuple[int, int, Options]]:
    n = len(text)
    cost = [0.0] * (n + 1)
    nothing: dict[str, Any] = {}
    choice: list[tuple[int, Options]] = [(n, nothing)] * (n + 1)
    for i in range(n - 1, -1, -1):
        free = _NEEDS_NO_READING.match(text[i]) is not None
        cost[i], choice[i] = cost[i + 1] + (0.0 if free else _UNREAD), (i + 1, {})
        for end, options in candidates.get(i, ()):
            if end > i and _bounded(text, i, end):
                total = cost[end] + min(_COSTS.get(kind, 1.0) for kind in options)
                if total < cost[i] - 1e-9:
                    cost[i], choice[i] = total, (end, options)
    out, i = [], 0
    while i < n:
        end, options = choice[i]
        out.append((i, end, options))
        i = end
    return out


def _assemble(text: str, cover: list[tuple[int, int, Options]]) -> list[Span]:
    spans: list[Span] = []
    for start, end, options in cover:
        piece = text[start:end]
        if not options and _NEEDS_NO_READING.fullmatch(piece):
            if piece in ",、，/+&;；":
                spans.append(Span(start, end, piece, {"comma": piece}, used=True))
            continue
        last = spans[-1] if spans else None
        if not options and last is not None and last.unread and last.end == start:
            spans[-1] = Span(last.start, end, text[last.start : end], {})
        else:
            spans.append(Span(start, end, piece, options))
    spans = _whole_tokens(text, spans)
    return [s for s in spans if s.text.strip()] if has_chinese(text) else spans


def _whole_tokens(text: str, spans: list[Span]) -> list[Span]:
    """Leave a token like abc_test unread as a whole where a part of it is: its known parts are no words of their own."""
    for token in _TOKEN.finditer(text):
        inside = [s for s in spans if token.start() <= s.start and s.end <= token.end()]
        if any(s.unread for s in inside):
            first = spans.index(inside[0])
            spans[first : first + len(inside)] = [Span(token.start(), token.end(), token[0], {})]
    return spans
