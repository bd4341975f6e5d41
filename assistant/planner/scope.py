"""Which parts of a question belong together: what ``or`` joins, whose filter it is, and what cannot be asked in one breath."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from assistant.planner.reading import Reading
from assistant.planner.spans import Span
from assistant.planner.two_questions import check_two_questions
from assistant.planner.vocabulary import metric_words
from assistant.planner.wording import (
    contradiction_problem,
    either_problem,
    own_filters_problem,
    quotient_problem,
    within_groups_problem,
)

_METRIC = ("nth", "metric", "roi_alone", "cohort")
_OVER = ("/", "÷", "除以", "divided by", "per", "比上")


def check_scope(reading: Reading) -> None:
    """Add a problem for everything a single query would read otherwise than it was said. Runs once all slots are filled."""
    _check_quotient(reading)
    _check_either(reading)
    _check_own_filters(reading)
    _check_contradiction(reading)
    _check_groups(reading)
    check_two_questions(reading)


def metric_said(reading: Reading, span: Span) -> str | None:
    """Return the metric of the slots that a span names, or None."""
    if not any(span.has(kind) for kind in _METRIC):
        return None
    named = [*(span.get("nth") or ()), *(span.get("metric") or ())]
    if span.has("roi_alone"):
        named = ["campaign_roi", "roi"]
    if span.has("cohort"):
        named.append("new_users")
    return next((m for m in named if m in reading.slots.metrics), None)


def _filtered(reading: Reading, span: Span) -> str | None:
    """Return the dimension of the filter that a span became, or None."""
    if not span.used or metric_said(reading, span) is not None:
        return None
    held = {f["dimension"] for f in reading.slots.filters}
    if span.has("filter"):
        return str(span.get("filter")[0])
    if span.has("age"):
        return "age_band"
    return next((d for d, _ in span.get("value") or () if d in held), None)


def _check_quotient(reading: Reading) -> None:
    named = [(i, s) for i, s in enumerate(reading.spans) if metric_said(reading, s)]
    pairs = list(itertools.pairwise(named))
    over = [(a, b) for a, b in pairs if reading.text[a[1].end : b[1].start].strip() in _OVER]
    if len(over) != 1 or len(named) != 2:
        return  # DAU/WAU/MAU is a list
    (i, first), (j, second) = over[0]
    above, below = metric_said(reading, first) or "", metric_said(reading, second) or ""
    for span in reading.spans[i + 1 : j]:
        span.used = True
    near = next((m for m, held in metric_words().quotients.items() if (above, below) in held), None)
    reading.slots.problems.insert(0, quotient_problem(reading.world, above, below, near))


def _check_either(reading: Reading) -> None:
    for i, span in reading.of("either", free=False):
        if not (span.has("connector") or span.text == "either") or reading.slots.tools:
            continue
        left = next((d for s in reversed(reading.spans[:i]) if (d := _filtered(reading, s))), None)
        right = next((d for s in reading.spans[i + 1 :] if (d := _filtered(reading, s))), None)
        amounts = [any(s.has("amount") and s.used for s in part) for part in _sides(reading, i)]
        if (left and right and left != right) or (all(amounts) and len(reading.slots.having) > 1):
            reading.slots.problems.insert(0, either_problem(reading))
            return
        before, after = reading.next_to(i, -1), reading.next_to(i, 1)
        if before and after and before.has("dimension") and after.has("dimension") and before.used and after.used:
            reading.slots.problems.insert(0, either_problem(reading))
            return


def _sides(reading: Reading, index: int) -> tuple[list[Span], list[Span]]:
    return reading.spans[:index], reading.spans[index + 1 :]


def _check_own_filters(reading: Reading) -> None:
    """iOS的DAU和安卓的GMV: each metric has a filter of its own, and one query has one filter for all."""
    if reading.slots.tools:
        return
    runs = _runs(reading, splits=True)
    kinds, filtered = _kinds(runs), _kinds(_runs(reading, splits=False))
    metrics = {m for kind, part in runs if kind == "m" for s in part if (m := metric_said(reading, s))}
    apart = "fmfm" in kinds or "mfmf" in kinds
    about = {frozenset(_filtered(reading, s) or "" for s in part) for kind, part in runs if kind == "f"}
    if (apart and (len(metrics) > 1 or len(about) > 1)) or (len(metrics) > 1 and "mfm" in filtered):
        reading.slots.problems.insert(0, own_filters_problem(reading))
        return
    groups = _groups(reading)
    paired = sum(len(set(g)) > 1 for g in groups) > 1
    tail = len(groups) > 1 and len(set(groups[0])) > 1 and len(set(groups[-1])) == 1 and groups[-1][0] == groups[0][0]
    if (paired or tail) and any(set(a) & set(b) for a, b in itertools.pairwise(groups)):
        reading.slots.problems.insert(0, own_filters_problem(reading))


def _runs(reading: Reading, *, splits: bool) -> list[tuple[str, list[Span]]]:
    """Return metrics (m) and conditions (f) in the order they are said, those side by side together."""
    events = _events(reading, splits=splits)
    return [(kind, [s for _, s in part]) for kind, part in itertools.groupby(events, key=lambda e: e[0])]


def _kinds(runs: list[tuple[str, list[Span]]]) -> str:
    return "".join(kind for kind, _ in runs)


def _events(reading: Reading, *, splits: bool) -> Iterator[tuple[str, Span]]:
    slots = reading.slots
    several = len({s.get("dimension") for s in reading.spans if _splits(reading, s)}) > 1
    split = splits and (several or bool(slots.filters and not slots.order and not slots.having))
    for span in reading.spans:
        if metric_said(reading, span) is not None:
            yield "m", span
        elif _filtered(reading, span) is not None or (split and _splits(reading, span)):
            yield "f", span


def _splits(reading: Reading, span: Span) -> bool:
    return span.used and span.has("dimension") and span.get("dimension") in reading.slots.dimensions


def _groups(reading: Reading) -> list[list[str]]:
    """Return the dimensions of the filters, in groups parted by connectors and commas."""
    groups: list[list[str]] = [[]]
    for span in reading.spans:
        dimension = _filtered(reading, span)
        if dimension is not None:
            groups[-1].append(dimension)
        elif (span.has("connector") or span.has("comma")) and groups[-1]:
            groups.append([])
    return [g for g in groups if g]


def _check_contradiction(reading: Reading) -> None:
    filters = reading.slots.filters
    for kept in filters:
        left_out = [f for f in filters if f["dimension"] == kept["dimension"] and f["op"] == "not_in"]
        if kept["op"] == "in" and left_out:
            reading.slots.problems.insert(0, contradiction_problem(reading.world, kept, left_out[0]))
            return


def _check_groups(reading: Reading) -> None:
    """每个省份GMV最高的渠道: the best of each group, without a number of rows."""
    slots = reading.slots
    spread = len(slots.dimensions) + (slots.grain is not None or slots.trend)
    ranked = any(s.has("order") and s.used and not s.has("sort") for s in reading.spans)
    if spread > 1 and ranked and slots.order is not None and slots.limit is None:
        slots.problems.append(within_groups_problem(reading.world, slots.metrics, slots.dimensions))
