"""Splits: which dimension words split, and which values side by side are split as well as kept."""

from __future__ import annotations

import re

from assistant.planner.read_filters import (
    asked_for,
    read_ages,
    read_but,
    read_excluded,
    read_excluded_before,
    read_filters,
)
from assistant.planner.reading import Reading
from assistant.planner.spans import Span
from assistant.planner.vocabulary import fixed_words
from assistant.planner.words import all_of_problem


def read_dimensions(reading: Reading) -> None:
    """Fill dimensions, filters, drops and which from the spans. Runs once the metrics are known."""
    _read_model(reading)
    read_but(reading)
    _read_pointers(reading)
    read_excluded(reading)
    read_excluded_before(reading)
    _read_removed(reading)
    read_ages(reading)
    read_filters(reading)
    _read_dimension_words(reading)
    _read_each(reading)
    _pin_compared(reading)


def _read_model(reading: Reading) -> None:
    if reading.slots.metrics and "attributed_registrations" not in reading.slots.metrics:
        return  # an attribution model of anything else is not known: its words stay unread
    for i, span in reading.of("model"):
        span.used = True
        reading.slots.model = span.get("model")
        reading.slots.models.append(span.get("model"))
        if (before := reading.next_to(i, -1)) is not None and before.text in ("按", "用", "按照", "by", "under", "以"):
            before.used = True
        for step in (-1, 1):
            if (word := reading.near(i, "model_word", step)) is not None:
                word.used = True
    _read_every_model(reading)
    if len(reading.slots.models) > 1:  # 首次触点和末次触点对比: one query each, side by side
        for _, span in reading.of("than"):
            span.used = True
    if "attributed_registrations" in reading.slots.metrics:
        for _, span in reading.of("model_word"):
            span.used = True


_EVERY_MODEL = re.compile(
    r"(?:不同|各种?|所有|全部|每种|五种)的?归因(?:模型|方式|方法)|"
    r"(?<![a-z])(?:by|under|across|for)? ?(?:all|each|every|(?:the )?different|(?:the )?five) (?:of the )?(?:attribution )?models?(?![a-z])"
)


def _read_every_model(reading: Reading) -> None:
    """不同归因模型下的注册: one query for each model there is."""
    found = _EVERY_MODEL.search(reading.text)
    if found is None or "attributed_registrations" not in reading.slots.metrics:
        return
    for span in reading.spans:
        span.used = span.used or (span.start < found.end() and span.end > found.start())
    reading.slots.models = [model for vocabulary in fixed_words()[:1] for model in vocabulary["model"]]
    reading.slots.model = reading.slots.models[-1]


_OF_IT = re.compile(r"(?<![a-z])(?:for|of|from|on|in|with|at|about) (?:it|that one|this one)(?![a-z])")


def _read_pointers(reading: Reading) -> None:
    """那个渠道, that channel, 它: a value of the answer before, which only the person can name."""
    slots = reading.slots
    for i, span in reading.of("dimension"):
        before = reading.next_to(i, -1)
        if before is not None and before.text in ("那个", "这个", "该", "那", "这", "that", "this", "那家"):
            span.used = before.used = True
            slots.refers = span.get("dimension")
    for i, span in reading.of("pronoun"):
        span.used = True
        if not any(
            s.has("metric") or s.has("nth") for s in reading.spans[:i]
        ):  # GMV and its trend: the metric just named
            slots.refers = slots.refers or ""
    if slots.refers is None and _OF_IT.search(reading.text):
        slots.refers = ""


def _read_removed(reading: Reading) -> None:
    """不分渠道, 所有平台: a split or a filter to take away in a follow-up."""
    for kind in ("drop", "exclude"):
        for i, _ in reading.of(kind):
            found = reading.beside(i, 1, over=("filler", "each"))  # not by channel
            if found and found[1].has("dimension"):
                for inner in reading.spans[i : found[0] + 1]:
                    inner.used = True
                reading.slots.drops.append(found[1].get("dimension"))
    for i, span in reading.of("all"):
        after = reading.next_to(i, 1)
        if after and after.has("dimension") and not after.used:
            span.used = after.used = True
            reading.slots.all_of.append(after.get("dimension"))
        elif after and (after.has("filler") or after.has("metric") or after.has("date")):
            span.used = True


def _read_dimension_words(reading: Reading) -> None:
    slots = reading.slots
    ranked = bool(slots.tools) or any(reading.any(kind) for kind in ("order", "limit", "sort", "op", "op_after", "gap"))
    ranked = ranked or any(s.get("each") == "after" for s in reading.spans)
    bare = []
    for i, span in reading.of("dimension"):
        dimension = span.get("dimension")
        asked = asked_for(reading, i) or span.text == "男女" or span.text.startswith("各") or span.text.endswith("分布")
        if _no_split(reading, i, asked=asked):
            continue
        span.used = True
        _read_which_before(reading, i, span)
        listed = (
            (joint := reading.next_to(i, -1)) is not None
            and (joint.has("connector") or joint.has("comma"))
            and slots.dimensions
        )
        if not (asked or listed or ranked or slots.which or reading.near(i, "each", 1) or reading.any("change")):
            bare.append(dimension)
        if dimension not in slots.dimensions:
            slots.dimensions.append(dimension)
    if bare and slots.metrics and not slots.follow and not slots.adds:
        # 平台日活: each platform, or the platform's total? The word alone does not say.
        slots.problems.append(all_of_problem(reading, bare[0]))
        slots.dimensions = [d for d in slots.dimensions if d not in bare]
    _read_which_alone(reading)


def _no_split(reading: Reading, index: int, *, asked: bool) -> bool:
    """Whether a dimension's word here is part of something else; it is then marked used where that is settled."""
    slots, span = reading.slots, reading.spans[index]
    if span.has("counted") and any(
        f["dimension"] == "province" and len(f["values"]) == span.get("counted") for f in slots.filters
    ):
        return True  # 广东、浙江和江苏三省: a count of the values before it
    campaigns = (
        span.get("dimension") == "campaign"
        and "campaign_roi" in [*slots.metrics, *slots.absent]
        and not reading.any("op")
    )
    creatives = span.has("ad_word") and "ctr" in slots.metrics and not reading.any("order")
    if not asked and (campaigns or creatives):
        span.used = True
        return True
    return span.has("tool") and bool(slots.tools)


def _read_which_before(reading: Reading, index: int, span: Span) -> None:
    slots = reading.slots
    which = reading.beside(index, -1, over=("filler", "order", "limit", "count", "connector"))
    if which and which[1].has("which"):
        which[1].used = True
        plural = which[1].get("which") == "many" or (span.text.isascii() and span.text.endswith("s"))
        slots.which = "many" if plural else which[1].get("which")


_UNITS = frozenset({"day", "week", "month", "quarter", "year"})


def _read_which_alone(reading: Reading) -> None:
    """花费最高的是哪个, 前三名是哪几个, which is highest: the dimension stands elsewhere or in the turn before."""
    slots = reading.slots
    for _, span in reading.of("which"):
        if span.has("filler") and not (span.text in ("which", "which one") and not slots.dimensions):
            continue
        if (
            slots.order
            or reading.any("order")
            or reading.any("limit")
            or reading.any("gap")
            or slots.dimensions
            or reading.any("op")
        ):
            span.used = True
            slots.which = slots.which or span.get("which")
    for i, span in enumerate(reading.spans):  # the best day for GMV
        before = reading.next_to(i, -1)
        if span.unread and span.text.strip() in _UNITS and before is not None and before.has("order"):
            span.used, slots.which = True, "one"
            slots.grain = slots.grain or span.text.strip()  # type: ignore[assignment]
    for _, span in reading.of("grain_of"):
        if reading.any("order") or reading.any("op"):
            span.used = True
            slots.grain = slots.grain or span.get("grain_of")
            plural = "几" in span.text or span.text.endswith("s")
            slots.which = "many" if plural else "one"


def _read_each(reading: Reading) -> None:
    for i, span in reading.of("each"):
        before, after = reading.beside(i, -1), reading.beside(i, 1)
        fits = [
            s
            for _, s in (x for x in (before, after) if x)
            if s.has("dimension") or s.has("value") or s.has("grain") or s.has("each")
        ]
        ordered = reading.slots.order is not None and after is not None and after[1].has("metric")
        if fits or ordered or (reading.slots.dimensions and span.get("each") == "after"):
            span.used = True
        elif (
            span.text in ("by", "按", "按照", "用", "between")
            and after
            and (after[1].has("metric") or after[1].has("sort") or after[1].has("nth") or after[1].has("date"))
        ):
            span.used = True  # top 5 channels by GMV, 按GMV排名


def _pin_compared(reading: Reading) -> None:
    """短视频和KOL哪个高, iOS vs Android: named values side by side are split as well as kept."""
    slots = reading.slots
    marks = [
        s
        for s in reading.spans
        if s.has("than")
        or s.has("gap")
        or (s.has("which") and not s.has("filler"))
        or s.has("apart")
        or s.text == "between"
        or s.text.startswith("分别")
    ]
    marks = [
        s for s in marks if s.text != "from" and not (s.has("each") and s.text != "between" and not s.has("apart"))
    ]
    twice = _said_twice(reading)
    for kept in slots.filters:
        if (
            kept["op"] == "in"
            and len(kept["values"]) >= 2
            and (marks or twice)
            and kept["dimension"] not in slots.dimensions
        ):
            slots.dimensions.append(kept["dimension"])
            for mark in marks:
                mark.used = True
    left_out = {f["dimension"] for f in slots.filters}
    ranked = any(reading.any(kind) for kind in ("sort", "order", "limit", "op", "op_after"))
    for dimension in list(slots.all_of):
        if dimension in left_out or (
            ranked and slots.metrics
        ):  # all channels except KOL, 所有渠道从低到高: each of them
            slots.all_of.remove(dimension)
            slots.dimensions = list(dict.fromkeys([*slots.dimensions, dimension]))
    if slots.all_of and slots.metrics and not slots.follow and not slots.dimensions:
        slots.problems.append(all_of_problem(reading, slots.all_of[0]))


def _said_twice(reading: Reading) -> bool:
    """iOS的DAU和安卓的DAU: one metric named once for each value."""
    named = [s for s in reading.spans if s.used and (s.has("metric") or s.has("nth"))]
    values = [s for s in reading.spans if s.used and s.has("value")]
    return len(reading.slots.metrics) == 1 and len(named) > 1 and len(values) > 1
