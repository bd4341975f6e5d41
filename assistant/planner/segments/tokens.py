"""Cutting a description of people into tokens: of all that match, the cover that leaves least unread with the fewest pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistant.planner.lexicon import Lexicon
from assistant.planner.segments import quantities, times
from assistant.planner.segments.vocabulary import objects, people_words
from assistant.planner.types import Clock, World
from tools.segments.words import words as words_of

_UNREAD = 6.0
_COSTS = {
    "filler": 1.06,
    "command": 1.05,
    "ask": 1.05,
    "is": 1.03,
    "quantity": 1.01,
    "leaf": 0.97,
    "window": 0.99,
    "within": 0.98,
}
_FREE = re.compile(r"[\s.?!:？！：\"'`*#~·…《》“”]")
_JOINED = re.compile(r"(?<=[a-z\d])[-_](?=[a-z])|(?<=[a-z])[-_](?=\d)")
_QUOTED = re.compile(r"\"([^\"]{1,60})\"|'(?!s )([^']{1,60})'|“([^”]{1,60})”")
_REFERENCE = re.compile(r"(?:属于(?:人群)?|in (?:the segment )?)(?:\"([^\"]+)\"|'([^']+)')")
_COLUMN = re.compile(r"(?<=[(,]) ?(feature|keyword|功能|关键词|搜索词)(?:为| is )([^(),]+)")
_COLUMNS = {"功能": "feature", "关键词": "keyword", "搜索词": "keyword"}
_SPLIT_VERB = re.compile(
    r"(?P<verb>发布|发表|发|浏览|看|领取|领|点|写|打开|买|下)(?:过|了)(?=.{1,14}?(?P<object>的?(?:内容|帖子|帖|支付页|结算页|收银台|礼包|赞|评论|单|app|应用|东西)))"
)
_OBJECTS = objects()


@dataclass(frozen=True)
class Token:
    """A piece of the description: where it stands, and what it may be by kind."""

    start: int
    end: int
    text: str
    options: dict[str, Any]

    def has(self, *kinds: str) -> bool:
        """Return whether it may be of one of the kinds."""
        return any(kind in self.options for kind in kinds)

    def get(self, kind: str) -> Any:
        """Return its value as that kind, or None."""
        return self.options.get(kind)

    @property
    def unread(self) -> bool:
        """Whether nothing is known about it."""
        return not self.options


Candidates = dict[int, list[tuple[int, dict[str, Any]]]]


def cut(text: str, world: World, clock: Clock) -> list[Token]:
    """Return the tokens of a normalised text in order, unread runs included; blanks and plain punctuation are left out."""
    flat = _JOINED.sub(" ", text)
    lexicon = people_words(world)
    candidates: Candidates = {}
    for start, end, shape in _shapes(flat, clock):
        candidates.setdefault(start, []).append((end, shape))
    for start in range(len(flat)):
        for end, options in lexicon.at(flat, start):
            candidates.setdefault(start, []).append((end, dict(options)))
    candidates = _references(flat, candidates, lexicon, world)
    return _assemble(flat, _cover(flat, candidates))


def _shapes(text: str, clock: Clock) -> Iterator[tuple[int, int, dict[str, Any]]]:
    for kind, found in (
        ("rank", quantities.ranks(text)),
        ("quantity", quantities.quantities(text)),
        ("leaf", times.time_leaves(text)),
        ("within", times.withins(text)),
    ):
        yield from ((start, end, {kind: value}) for start, end, value in found)
    yield from ((start, end, {"filler": "x"}) for start, end in quantities.notes(text))
    yield from ((start, end, {**said}) for start, end, said in quantities.comparisons(text))
    yield from ((start, end, {kind: value}) for start, end, kind, value in times.windows(text, clock))
    yield from _marks(text)
    yield from _split_verbs(text)
    yield from _birthdays(text)


def _marks(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    for match in _QUOTED.finditer(text):
        yield match.start(), match.end(), {"quoted": next(g for g in match.groups() if g)}
    for match in re.finditer(r"(?<![\d.])\d+\.\d+(?:\.\d+)+(?![\d.])", text):
        yield match.start(), match.end(), {"version": match[0]}
    for match in re.finditer(r"[,;、/()]|rfm(?:为| is| class| classes| class is)?", text):
        yield match.start(), match.end(), _MARKS.get(match[0], {"filler": "x"})
    for match in _COLUMN.finditer(text):
        said = [part.strip(" \"'") for part in re.split(r"、| or ", match[2])]
        values = [None if part in ("未知", "unknown") else part for part in said]
        yield match.start(), match.end(), {"column": (_COLUMNS.get(match[1], match[1]), values)}
    for match in re.finditer(
        r"(之间没有其他行为|nothing else in between)|同一时刻不算先后|equal times do not count", text
    ):
        yield match.start(), match.end(), {"rule": "adjacent" if match[1] else "strict_time"}


def _birthdays(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    for match in re.finditer(r"(?P<n>\d{1,2})月(?:份)?(?:过)?生日|birthdays? in (?P<m>[a-z]+)", text):
        month = int(match["n"]) if match["n"] else _MONTHS.get(match["m"][:3], 0)
        if 1 <= month <= 12:
            yield match.start(), match.end(), {"leaf": {"attribute": "birth_month", "op": "in", "values": [month]}}


_MONTHS = {
    m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_MARKS: dict[str, dict[str, Any]] = {
    ",": {"comma": ","}, ";": {"comma": ";"}, "、": {"list": "、"}, "/": {"list": "/"}, "(": {"open": "("}, ")": {"close": ")"},
}  # fmt: skip


def _split_verbs(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield the halves of 发过3次以上内容: the verb is the event, its object adds nothing."""
    for match in _SPLIT_VERB.finditer(text):
        thing = match["object"].removeprefix("的").removesuffix("子")
        event = _OBJECTS.get((match["verb"][0], thing))
        if event is not None and match.end() < match.start("object"):
            kind = "measure" if event == "orders" else "event"
            yield match.start(), match.end(), {kind: event}
            yield match.start("object"), match.end("object"), {"filler": "x"}


def _references(text: str, candidates: Candidates, lexicon: Lexicon, world: World) -> Candidates:
    """Read 属于“高价值用户”（…) as the segment of that name, where the words in brackets are its definition's."""
    from assistant.planner.language import normalise  # noqa: PLC0415 - a name that the caller's module also has

    by_name = {normalise(n): s for s in world.catalog.segments.values() for n in (s.names.zh, s.names.en, s.id)}
    for match in _REFERENCE.finditer(text):
        name = _JOINED.sub(" ", (match[1] or match[2]).strip())
        segment = next((s for n, s in by_name.items() if _JOINED.sub(" ", n) == name), None)
        if segment is None:
            found = lexicon.terms.get(name, {}).get("segment")
            segment = world.catalog.segments.get(str(found)) if found else None
        if segment is None:
            continue
        end = match.end()
        said = words_of(segment.definition, world.catalog)
        for shown in said:
            meaning = f"({_JOINED.sub(' ', normalise(shown))})"
            after = re.match(" ?", text[end:])
            begin = end + (after.end() if after else 0)
            if text.startswith(meaning, begin):
                end = begin + len(meaning)
                break
        candidates.setdefault(match.start(), []).append((end, {"segment": segment.id, "exact": True}))
    return candidates


def _joined(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    if (left == "." and right.isdigit()) or (right == "." and left.isdigit() and text[at + 1 : at + 2].isdigit()):
        return True
    if left.isascii() and right.isascii():
        return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())
    return False


def _cover(text: str, candidates: Candidates) -> list[tuple[int, int, dict[str, Any]]]:
    n = len(text)
    cost = [0.0] * (n + 1)
    choice: list[tuple[int, dict[str, Any]]] = [(n, {})] * (n + 1)
    for i in range(n - 1, -1, -1):
        free = _FREE.match(text[i]) is not None
        cost[i], choice[i] = cost[i + 1] + (0.0 if free else _UNREAD), (i + 1, {})
        merged: dict[int, dict[str, Any]] = {}
        for end, options in candidates.get(i, ()):
            if end > i and not _joined(text, i) and not _joined(text, end):
                merged.setdefault(end, {}).update({k: v for k, v in options.items() if k not in merged.get(end, {})})
        for end, options in merged.items():
            total = cost[end] + min(_COSTS.get(kind, 1.0) for kind in options)
            if total < cost[i] - 1e-9 or (abs(total - cost[i]) < 1e-9 and end > choice[i][0]):
                cost[i], choice[i] = total, (end, options)
    out, i = [], 0
    while i < n:
        end, options = choice[i]
        out.append((i, end, options))
        i = end
    return out


def _assemble(text: str, cover: list[tuple[int, int, dict[str, Any]]]) -> list[Token]:
    tokens: list[Token] = []
    for start, end, options in cover:
        piece = text[start:end]
        if not options and _FREE.fullmatch(piece):
            continue
        last = tokens[-1] if tokens else None
        if not options and last is not None and last.unread and last.end == start:
            tokens[-1] = Token(last.start, end, text[last.start : end], {})
        elif piece.strip():
            tokens.append(Token(start, end, piece, options))
    return tokens
