"""Filters: which values are kept or left out, and which words are only their labels."""

from __future__ import annotations

import re
from typing import Any

from assistant.planner.reading import Reading
from assistant.planner.spans import Span
from assistant.planner.wording import either_problem
from assistant.planner.words import value_problem

_PLAIN_LABEL = frozenset({"为", "是", "的", "the", "of", "in", "on", "=", ":", "等", "这个", "这", "那个"})


_WHOLE = re.compile(r"(?<![a-z])(?:all|any|every|everyone|everybody|everything|anyone|anybody|anything|each)(?![a-z])")


def read_but(reading: Reading) -> None:
    """Every platform but Android leaves out; 'but for iOS' says nothing; between these it stays unread."""
    for i, span in list(reading.of("but")):
        before, after = reading.text[: span.start].rpartition(",")[2], reading.next_to(i, 1)
        value = after is not None and any(after.has(kind) for kind in ("value", "filter", "age"))
        if _WHOLE.search(before):
            options: dict[str, Any] = {"exclude": ""}
        else:
            options = {} if value and i > 0 else {"filler": ""}
        reading.spans[i] = Span(span.start, span.end, span.text, options)


def read_excluded(reading: Reading) -> None:
    """除短视频外, excluding KOL: the values after the word are left out."""
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


def read_excluded_before(reading: Reading) -> None:
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
        if 0 <= j < len(reading.spans) and reading.spans[j].has("dimension") and not asked_for(reading, j):
            filters = {f["dimension"] for f in reading.slots.filters}
            if reading.spans[j].get("dimension") in filters:
                reading.spans[j].used = True


def asked_for(reading: Reading, index: int) -> bool:
    """Return whether 各, by, 哪个 … stands before a dimension word."""
    before = reading.next_to(index, -1)
    if before is not None and before.has("comma"):
        return False
    found = reading.beside(index, -1)
    return bool(found and any(found[1].has(kind) for kind in ("each", "which", "order", "limit", "count", "all")))


def read_filters(reading: Reading) -> None:
    """Take every value that is named as a filter. Runs once the values that are left out are taken."""
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


def read_ages(reading: Reading) -> None:
    """36岁以上: the stored age bands that make it up exactly, else a question back."""
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
    # 分享 and 评论 are values only of metrics that count events; with any other they are words like others
    pairs: list[tuple[str, Any]] = [
        p for p in span.get("value") if p[0] != "event" or (reading.slots.metrics and _all_take(reading, "event"))
    ]
    if not pairs:
        return None
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
