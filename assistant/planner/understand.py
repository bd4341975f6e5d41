"""Reading one question: spans to slots, with every word accounted for."""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA

from assistant.planner.language import normalise
from assistant.planner.lexicon import Lexicon, lexicon_of
from assistant.planner.read_dimensions import read_dimensions
from assistant.planner.read_metrics import read_metrics
from assistant.planner.read_order import read_order
from assistant.planner.read_time import read_time
from assistant.planner.reading import Reading
from assistant.planner.spans import Span, cut
from assistant.planner.types import World
from assistant.planner.vocabulary import asks, metric_words
from assistant.planner.words import value_problem

_NEUTRAL = ("filler", "yes_no", "connector", "comma", "greeting", "follow")
_AD_METRICS = frozenset({"cost", "ctr", "cpc", "cpm", "roi", "cac", "impressions", "clicks", "ltv_cac"})


def understand(question: str, world: World) -> Reading:
    """Return the reading of a question: slots filled, and the words that nothing stands for in ``unread``."""
    lexicon = lexicon_of(world)
    text = normalise(question)
    spans = cut(text, lexicon, world.clock)
    mended, notes = _mend_typos(text, spans, lexicon)
    if notes:
        text, spans = mended, cut(mended, lexicon, world.clock)
    reading = Reading(text, spans, world)
    reading.slots.said += notes
    _read_tools(reading)
    _read_follow(reading)
    read_metrics(reading)
    read_time(reading)
    read_dimensions(reading)
    read_order(reading)
    _settle_change(reading)
    reading.slots.yes_no = reading.any("yes_no")
    _account(reading)
    return reading


def _read_tools(reading: Reading) -> None:
    named = {
        s.get("tool")
        for _, s in reading.of("tool")
        if not (s.has("value") or s.has("filler")) or s.get("tool") == "experiment_readout"
    }
    reading.slots.tools = [tool for tool in asks() if tool in named]
    if named:
        for _, span in reading.of("tool"):
            span.used = not span.has("dimension") or span.get("tool") in named


def _read_follow(reading: Reading) -> None:
    slots, spans = reading.slots, reading.spans
    content = [s for s in spans if not s.has("comma")]
    for i, span in enumerate(content):
        if not span.has("follow"):
            continue
        leading = i == 0 or all(s.has("follow") or s.has("filler") or s.has("connector") for s in content[:i])
        if span.get("follow") == "adds" and (leading or i == len(content) - 1):
            slots.adds = True
        if span.get("follow") == "swap" and (leading or span.text in ("呢", "换成", "改成", "改为", "instead", "换为")):
            slots.follow = True
        if leading and span.text == "and" and len(content) > 1:
            slots.follow = True


def _settle_change(reading: Reading) -> None:
    """涨了多少 alone is a comparison with the period before; beside another comparison it adds nothing."""
    slots = reading.slots
    changed = [s for _, s in reading.of("change")]
    if changed and not slots.tools and slots.compare is None and not (slots.grain and not slots.base):
        slots.compare = "previous"
    for span in changed:
        span.used = True
    if slots.compare or slots.base or any(f["op"] == "in" and len(f["values"]) > 1 for f in slots.filters):
        for _, span in reading.of("gap"):
            span.used = True
    pinned = slots.dimensions or len(slots.metrics) > 1 or slots.compare
    for _, span in reading.of("than"):
        span.used = span.used or bool(pinned and span.text not in ("than", "against", "比", "较"))


def _account(reading: Reading) -> None:
    slots, last = reading.slots, -2
    for i, span in enumerate(reading.spans):
        if (
            span.used
            or any(span.has(kind) for kind in _NEUTRAL)
            or _plain_channel_word(reading, span)
            or _counts_listed(reading, i)
        ):
            continue
        if span.unread and (dimension := _labelled(reading, i)) is not None:
            slots.problems.insert(0, value_problem(reading.world, dimension, span.text.strip()))
            continue
        if last == i - 1 and slots.unread:  # words side by side are named as one: gross margin
            slots.unread[-1] = reading.text[reading.text.index(slots.unread[-1], 0, span.start) : span.end]
        else:
            slots.unread.append(span.text)
        last = i


def _counts_listed(reading: Reading, index: int) -> bool:
    """广东、浙江和江苏三省: the number only counts the values before it."""
    span, after = reading.spans[index], reading.next_to(index, 1)
    if span.has("counted"):
        return any(
            f["dimension"] == "province" and len(f["values"]) == span.get("counted") for f in reading.slots.filters
        )
    listed = [
        len(f["values"])
        for f in reading.slots.filters
        if after is not None and f["dimension"] == after.get("dimension")
    ]
    return span.has("count") and span.get("count") in listed


def _plain_channel_word(reading: Reading, span: Span) -> bool:
    metrics = set(reading.slots.metrics)
    if span.has("average"):
        return bool(metrics) and metrics <= metric_words().averages
    if span.has("ad_word"):
        return bool(metrics) and metrics <= _AD_METRICS
    if span.has("message_word"):
        family = {m.family for m in reading.world.catalog.metrics.values() if m.id in metrics}
        return (
            bool(metrics)
            and family == {"messages"}
            and span.text in ("消息", "触达", "message", "messages", "messaging")
        )
    return span.has("campaign_word") and metrics == {"campaign_roi"}


def _labelled(reading: Reading, index: int) -> str | None:
    """The dimension whose name stands right after an unread word: 火星渠道, Mars channel."""
    after = reading.next_to(index, 1)
    if after is not None and after.has("dimension") and reading.slots.metrics and not after.has("tool"):
        return str(after.get("dimension"))
    return None


def _mend_typos(text: str, spans: list[Span], lexicon: Lexicon) -> tuple[str, list[tuple[str, str]]]:
    """Return the text with long English words a letter off a known word put right, and what was put right."""
    unread = {w for s in spans if s.unread for w in re.findall(r"[a-z]{7,24}", s.text)}
    if not unread:
        return text, []
    known = _long_words(lexicon)
    notes = []
    for word in sorted(unread)[:4]:
        near = [
            k
            for k in known.get(word[0], ())
            if abs(len(k) - len(word)) <= 2 and OSA.distance(word, k, score_cutoff=2) <= (2 if len(word) >= 10 else 1)
        ]
        if word not in near and len(near) == 1:
            text = re.sub(rf"(?<![a-z]){word}(?![a-z])", near[0], text)
            notes.append((word, near[0]))
    return text, notes


def _long_words(lexicon: Lexicon) -> dict[str, set[str]]:
    words: dict[str, set[str]] = {}
    for term, options in lexicon.terms.items():
        if options.keys() & {"metric", "ambiguous", "dimension", "value", "absent"}:
            for word in re.findall(r"[a-z]{7,}", term):
                words.setdefault(word[0], set()).add(word)
    return words
