"""Splits and filters: which dimension words split, which values keep or leave out, which words belong to nothing."""

from __future__ import annotations

import re
from typing import Any

from assistant.planner.reading import Reading
from assistant.planner.spans import Span
from assistant.planner.wording import either_problem
from assistant.planner.words import all_of_problem, value_problem

_PLAIN_LABEL = frozenset({"为", "是", "的", "the", "of", "in", "on", "=", ":", "等", "这个", "这", "那个"})


def read_dimensions(reading: Reading) -> None:
    """Fill dimensions, filters, drops and which from the spans. Runs once the metrics are known."""
    _read_model(reading)
    _read_but(reading)
    _read_pointers(reading)
    _read_excluded(reading)
    _read_excluded_before(reading)
    _read_removed(reading)
    _read_ages(reading)
    _read_filters(reading)
    _read_dimension_words(reading)
    _read_each(reading)
    _pin_compared(reading)


def _read_model(reading: Reading) -> None:
    if reading.slots.metrics and "attributed_registrations" not in reading.slots.metrics:
        return  # an attribution model of anything else is not known: its words stay unread
    for i, span in reading.of("model"):
        span.used = True
        reading.slots.model = span.get("model")
        for step in (-1, 1):
            if (word := reading.near(i, "model_word", step)) is not None:
                word.used = True
    if "attributed_registrations" in reading.slots.metrics:
        for _, span in reading.of("model_word"):
            span.used = True


_WHOLE = re.compile(r"(?<![a-z])(?:all|any|every|everyone|everybody|everything|anyone|anybody|anything|each)(?![a-z])")


def _read_but(reading: Reading) -> None:
    """Every platform but Android leaves out; 'but for iOS' says nothing; between these it stays unread."""
    for i, span in list(reading.of("but")):
        before, after = reading.text[: span.start].rpartition(",")[2], reading.next_to(i, 1)
        value = after is not None and any(after.has(kind) for kind in ("value", "filter", "age"))
        if _WHOLE.search(before):
            options: dict[str, Any] = {"exclude": ""}
        else:
            options = {} if value and i > 0 else {"filler": ""}
        reading.spans[i] = Span(span.start, span.end, span.text, options)


def _read_pointers(reading: Reading) -> None:
    """那个渠道, that channel, 它: a value of the answer before, which only the person can name."""
    slots = reading.slots
    for i, span in reading.of("dimension"):
        before = reading.next_to(i, -1)
        if before is not None and before.text in ("那个", "这个", "该", "那", "这", "that", "this", "那家"):
            span.used = before.used = True
            slots.refers = span.get("dimension")
    for _, span in reading.of("pronoun"):
        span.used = True
        slots.refers = slots.refers or ""


def _read_excluded(reading: Reading) -> None:
    for i, span in reading.of("exclude"):
        j, taken = i + 1, False
        while j < len(reading.spans) and _excludable(reading.spans[j], taken=taken):
            inner = reading.spans[j]
            if inner.has("value") or inner.has("filter"):
                taken = _take_filter(reading, j, inner, negate=True) or taken
            if inner.has("exclude_end"):
                inner.used = True
                break
            j += 1
        if taken:
            span.used = True
            _use_label(reading, i)
            _use_label(reading, min(j, len(reading.spans) - 1))
            _use_label(reading, j - 1)
            _use_closing(reading, j)


def _read_excluded_before(reading: Reading) -> None:
    """KOL以外的渠道: the values stand before the word that leaves them out."""
    for i, span in reading.of("exclude_end"):
        if not span.text.startswith(("以外", "之外")):
            continue
        j, taken, joined = i - 1, False, False
        dimensions: set[str] = set()
        while j >= 0 and (
            reading.spans[j].has("value")
            or reading.spans[j].has("filter")
            or reading.spans[j].has("connector")
            or reading.spans[j].text == "、"
        ):
            inner = reading.spans[j]
            if inner.has("connector") or inner.text == "、":
                joined = True
            elif not inner.used:
                own = {inner.get("filter")[0]} if inner.has("filter") else {d for d, _ in inner.get("value")}
                if dimensions and not own & dimensions:
                    if joined:  # 广东和安卓以外: neither, or not both at once
                        reading.slots.problems.append(either_problem(reading))
                    break  # 安卓5.2.0以外的版本: only the version is left out
                dimensions, joined = own, False
                taken = _take_filter(reading, j, inner, negate=True) or taken
            j -= 1
        span.used = taken
        if taken:
            _use_label(reading, i)


def _excludable(span: Span, *, taken: bool) -> bool:
    if span.has("value") or span.has("filter") or span.has("exclude_end"):
        return True
    if span.has("dimension"):
        return taken
    return (
        (not taken and span.has("filler"))
        or span.has("connector")
        or (span.has("comma") and span.text in "、/&+,")
        or span.text in ("的", "the")
    )


def _use_closing(reading: Reading, index: int) -> None:
    for span in reading.spans[index : index + 3]:
        if span.has("exclude_end"):
            span.used = True


def _use_label(reading: Reading, index: int) -> None:
    """短视频渠道: the word 渠道 beside its value is a label, not a split."""
    for step in (-1, 1):
        j = index + step
        while 0 <= j < len(reading.spans) and reading.spans[j].text in _PLAIN_LABEL:
            j += step
        if 0 <= j < len(reading.spans) and reading.spans[j].has("dimension") and not _asked_for(reading, j):
            filters = {f["dimension"] for f in reading.slots.filters}
            if reading.spans[j].get("dimension") in filters:
                reading.spans[j].used = True


def _asked_for(reading: Reading, index: int) -> bool:
    """Whether 各, by, 哪个 … stands before a dimension word."""
    before = reading.next_to(index, -1)
    if before is not None and before.has("comma"):
        return False
    found = reading.beside(index, -1)
    return bool(found and any(found[1].has(kind) for kind in ("each", "which", "order", "limit", "count", "all")))


def _read_removed(reading: Reading) -> None:
    """不分渠道, 所有平台: a split or a filter to take away in a follow-up."""
    for kind in ("drop", "exclude"):
        for i, span in reading.of(kind):
            found = reading.beside(i, 1)
            if found and found[1].has("dimension"):
                span.used = found[1].used = True
                reading.slots.drops.append(found[1].get("dimension"))
    for i, span in reading.of("all"):
        after = reading.next_to(i, 1)
        if after and after.has("dimension") and not after.used:
            span.used = after.used = True
            reading.slots.all_of.append(after.get("dimension"))
        elif after and (after.has("filler") or after.has("metric") or after.has("date")):
            span.used = True


def _read_filters(reading: Reading) -> None:
    for i, span in enumerate(reading.spans):
        if not span.used and (span.has("value") or span.has("filter")) and _take_filter(reading, i, span):
            _use_label(reading, i)
    for _, span in reading.of("only"):
        span.used = True
    for _, span in reading.of("message_word"):
        # 推送 and 短信 beside a message metric say which medium only where such values are stored; else they stay unread
        span.used = span.used or any(d == "medium" for d, _ in span.get("value") or ())


def _take_filter(reading: Reading, index: int, span: Span, *, negate: bool = False) -> bool:
    if span.has("filter"):
        dimension, op, values = span.get("filter")
        for version in span.get("version") or ():
            if not _known_version(reading, version):
                reading.slots.problems.append(value_problem(reading.world, "app_version", version))
    else:
        pair = _which_value(reading, index, span)
        if pair is None:
            return False
        dimension, op, values = pair[0], "in", (pair[1],)
    if negate and op == "between":
        return False
    span.used = True
    if negate:
        op = {"in": "not_in", "gte": "lt", "lte": "gt", "gt": "lte", "lt": "gte"}[op]
    _merge(reading.slots.filters, dimension, op, values)
    return True


def _bands(reading: Reading, low: int, high: int) -> list[str] | None:
    """Return the stored age bands that make up an age range exactly, or None where a band is cut in two."""
    inside = []
    for stored in reading.world.values.get("age_band", ()):
        first, _, last = str(stored.value).rstrip("+").partition("-")
        if not first.isdigit():
            continue
        a, b = int(first), int(last) if last.isdigit() else 200
        if low <= a and b <= high:
            inside.append(str(stored.value))
        elif a <= high and low <= b:
            return None
    return inside or None


def _read_ages(reading: Reading) -> None:
    for _, span in reading.of("age"):
        span.used = True
        bands = _bands(reading, *span.get("age"))
        if bands is None:
            reading.slots.problems.append(value_problem(reading.world, "age_band", span.text))
        else:
            _merge(reading.slots.filters, "age_band", "in", tuple(bands))


def _known_version(reading: Reading, version: str) -> bool:
    stored = reading.world.values.get("app_version", ())
    return not stored or any(str(v.value) == version for v in stored)


def _which_value(reading: Reading, index: int, span: Span) -> tuple[str, Any] | None:
    """Return the stored value a name stands for: that of the dimension named beside it, else of one the metrics take."""
    pairs: tuple[tuple[str, Any], ...] = span.get("value")
    if len(pairs) == 1:
        return pairs[0]
    for step in (-1, 1):
        label = reading.next_to(index, step)
        if label is not None and label.has("dimension"):
            match = [p for p in pairs if p[0] == label.get("dimension")]
            if match:
                return match[0]
    taken = [p for p in pairs if _all_take(reading, p[0])]
    return taken[0] if taken else pairs[0]


def _all_take(reading: Reading, dimension: str) -> bool:
    catalog = reading.world.catalog
    return all(dimension in catalog.dimensions_of(catalog.metrics[m]) for m in reading.slots.metrics)


def _merge(filters: list[dict[str, Any]], dimension: str, op: str, values: tuple[Any, ...]) -> None:
    for held in filters:
        if held["dimension"] == dimension and held["op"] == op and op in ("in", "not_in"):
            held["values"] = list(dict.fromkeys([*held["values"], *values]))
            return
    filters.append({"dimension": dimension, "op": op, "values": list(values)})


def _read_dimension_words(reading: Reading) -> None:
    slots = reading.slots
    ranked = bool(slots.tools) or any(reading.any(kind) for kind in ("order", "limit", "sort", "op", "op_after", "gap"))
    ranked = ranked or any(s.get("each") == "after" for s in reading.spans)
    bare = []
    for i, span in reading.of("dimension"):
        dimension = span.get("dimension")
        asked = (
            _asked_for(reading, i) or span.text == "男女" or span.text.startswith("各") or span.text.endswith("分布")
        )
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
            and (after[1].has("metric") or after[1].has("sort") or after[1].has("nth"))
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
