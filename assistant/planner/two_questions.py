"""Two questions in one: of the channel with the most new users its iOS users. One query answers the first half only."""

from __future__ import annotations

import re

from assistant.planner.reading import Reading
from assistant.planner.spans import Span
from assistant.planner.types import AskBack
from assistant.planner.words import two_orders_problem
from knowledge.text import Text

_INSIDE = re.compile("的|里|中|内|之中|当中|(?<![a-z])(?:of|in|from|within|among)(?![a-z])")


def check_two_questions(reading: Reading) -> None:
    """Add a question back where the rows that a ranking finds are asked about further than their figures tell."""
    ranked = [(i, s) for i, s in enumerate(reading.spans) if s.used and (s.has("order") or s.has("limit"))]
    if not ranked or reading.slots.tools or len(reading.slots.dimensions) != 1:
        return
    if _two_rankings(reading, [s for _, s in ranked]):
        reading.slots.problems.insert(0, two_orders_problem())
        return
    first, last = ranked[0][0], ranked[-1][0]
    asked = _asked_of_it(reading, last) if not reading.text.isascii() else _asked_of_it_en(reading, first)
    if asked is not None:
        reading.slots.problems.insert(0, _one_at_a_time(asked))


def _two_rankings(reading: Reading, ranked: list[Span]) -> bool:
    """新增前3且次留最低的渠道: a number of rows by one metric, and the last of another."""
    by = [_ranks_by(reading, span) for span in ranked]
    told = [metric for metric in by if metric is not None]
    return len(ranked) > 1 and len(set(told)) > 1


def _ranks_by(reading: Reading, span: Span) -> str | None:
    """Return the metric whose name stands right before a ranking, or right after it in English.

    新增 is one there, though it only says whose retention is meant elsewhere.
    """
    steps = (1, -1) if reading.text.isascii() else (-1,)
    index = reading.spans.index(span)
    for step in steps:
        found = reading.beside(index, step)
        named: list[str] = [*(found[1].get("metric") or ()), *(found[1].get("nth") or ())] if found else []
        if found and found[1].has("cohort"):
            return "new_users"
        if metric := next((m for m in named if m in reading.slots.metrics), None):
            return metric
    return None


def _asked_of_it(reading: Reading, ranking: int) -> tuple[str, str] | None:
    """ARPU最高的渠道里的iOS用户数: people or values that are said after the rows that were found."""
    spans = reading.spans
    split = next((i for i in range(ranking + 1, len(spans)) if _is_split(reading, spans[i])), None)
    if split is None or split + 1 >= len(spans):
        return None
    rest = spans[split + 1 :]
    link = reading.text[spans[split].end : spans[-1].end]
    if not re.match("(?:里面|里边|当中|之中|里|中|内)?的|里|中|内", link):
        return None
    if not any(_narrows(s) or _counts_people(s) for s in rest):
        return None
    return reading.text[: spans[split].end], reading.text[rest[0].start :]


def _asked_of_it_en(reading: Reading, ranking: int) -> tuple[str, str] | None:
    """IOS users in the channel with the highest ARPU: what is said before the rows that are to be found."""
    spans = reading.spans
    split = next((i for i in range(ranking) if _is_split(reading, spans[i])), None)
    if split is None:
        return None
    before = [s for s in spans[:split] if _narrows(s) or _counts_people(s)]
    between = reading.text[before[-1].end : spans[split].start] if before else ""
    if not before or not _INSIDE.search(between) or "with" not in reading.text[spans[split].end : spans[ranking].start]:
        return None
    return "which " + reading.text[spans[split].start :], reading.text[before[0].start : before[-1].end]


def _is_split(reading: Reading, span: Span) -> bool:
    return span.used and span.has("dimension") and span.get("dimension") in reading.slots.dimensions


def _narrows(span: Span) -> bool:
    return span.used and (span.has("filter") or span.has("age") or (span.has("value") and not span.has("dimension")))


def _counts_people(span: Span) -> bool:
    return bool(span.get("ambiguous") == "users")


def _one_at_a_time(asked: tuple[str, str]) -> AskBack:
    first, then = (
        re.sub("^(?:里面|里边|当中|之中|里|中|内)?的?", "", part.strip(" ,，.?？")).strip() for part in asked
    )
    return AskBack(
        Text(
            f"这是两步的问题：先找出“{first}”，再问它的“{then}”。条件对整个查询都生效，不能只用在第二步。先看第一步吗？",
            f"These are two steps: first '{first}', then '{then}' of what it finds. In one query a condition holds for both. "
            "Shall we begin with the first?",
        ),
        (Text(first, first),),
    )
