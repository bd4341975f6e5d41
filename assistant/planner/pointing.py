"""What 它, that channel and the first one point at: a value that the last answer showed, or all of them."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.planner.follow_up import State, merged
from assistant.planner.numbers import whole
from assistant.planner.query_plan import Draft
from assistant.planner.reading import Reading, Slots
from assistant.planner.types import AskBack, World
from assistant.planner.wording import value_meant
from assistant.planner.words import dimension_text, value_text, which_dimension
from knowledge.text import Text, join

_MOST = 20
_ORDINALS = {"first": 1, "top": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1, "bottom": -1}
_ROW = re.compile(
    r"(?:^|[,，那看]|上面|上述|刚才)(?:排?第(?P<n>[一二三四五六七八九十]|\d{1,2})(?:名|个|位|的)?|(?P<last>最后一[名个位]|倒数第一))(?:的|那个)|"
    r"(?<![a-z])(?:the )?(?P<en>first|top|second|third|fourth|fifth|last|bottom) (?:one|of them|of those)(?:'s)?(?![a-z])"
)
_MANY = re.compile(r"它们|他们|这些|那些|这几个|那几个|(?<![a-z])(?:them|their|those|these)(?![a-z])")


def read_row(reading: Reading) -> None:
    """Fill ``rank`` from 第一名的…, the second one: a row of the answer before, where no dimension is named."""
    found = _ROW.search(reading.text)
    if found is None or any(s.has("dimension") or s.has("value") for s in reading.spans):
        return
    number = -1 if found["last"] else _ORDINALS[found["en"]] if found["en"] else whole(found["n"]) or 0
    if not number:
        return
    reading.slots.rank = number
    reading.slots.refers = reading.slots.refers or ""
    for span in reading.spans:
        if span.start < found.end() and span.end > found.start() and not span.has("metric"):
            span.used = True


def points_at_many(text: str) -> bool:
    """Return whether the words point at all that was shown: 它们, those channels."""
    return _MANY.search(text) is not None


def point(slots: Slots, state: State, world: World, text: str) -> State | tuple[AskBack, State]:
    """Return the state whose last query is about what the words point at, or the question back for which of the rows.

    Where the last answer showed no values it is the whole of what was asked before.
    """
    held = state.draft
    dimension = _dimension(slots, state)
    if dimension and (held is None or not (state.shown.get(dimension) or dimension in held.dimensions)):
        return _filtered(slots, state, world, dimension)
    if not dimension and held is not None and _of_one_campaign(slots, held):
        return _which(slots, state, replace(held, order=None, limit=None), world, "campaign")
    if not dimension or held is None:
        slots.follow = slots.follow or held is not None
        if slots.rank is not None:  # 第二名 of nothing that was ranked
            return which_dimension(world, ("channel", "platform", "province")), replace(state, pending=None, tool=None)
        return state
    values = _values(slots, state, dimension, text)
    left = replace(
        held, order=None, limit=None, having=(), dimensions=tuple(d for d in held.dimensions if d != dimension)
    )
    slots.follow, slots.order, slots.limit, slots.which = True, None, None, None
    if not values:
        return _which(slots, state, left, world, dimension)
    if len(values) > 1:
        left = replace(left, dimensions=(*left.dimensions, dimension))
    slots.filters.append({"dimension": dimension, "op": "in", "values": list(values)})
    names = join([value_text(world, dimension, v) for v in values], zh="、", en=", ")
    name = dimension_text(world, dimension)
    slots.notes.append(Text(f"指上一个答案里的{name.zh}：{names.zh}", f"{name.en} of the last answer: {names.en}"))
    return replace(state, draft=left, pending=None)


def _of_one_campaign(slots: Slots, held: Draft) -> bool:
    """Whether another metric is asked of it after a figure of campaigns, none of which was named: what did it cost."""
    named = any(f["dimension"] == "campaign" for f in held.filters)
    other = bool(slots.metrics) and not set(slots.metrics) & set(held.metrics)
    return other and not named and any(metric.startswith("campaign_") for metric in held.metrics)


def _dimension(slots: Slots, state: State) -> str:
    """Return the dimension whose value is pointed at; empty where the words mean the whole of what was asked."""
    if slots.refers:
        return slots.refers
    held = state.draft
    if held is None or not held.dimensions:
        return ""
    told = held.order is not None or slots.metrics or slots.rank or slots.tools
    return held.dimensions[0] if told else ""


def _values(slots: Slots, state: State, dimension: str, text: str) -> tuple[str | int, ...]:
    """Return the values that are pointed at; empty where it is not known which."""
    shown = state.shown.get(dimension, ())
    if points_at_many(text):
        return shown[:_MOST]
    if slots.rank is not None:
        row = slots.rank - 1 if slots.rank > 0 else slots.rank
        ranked = state.draft is not None and state.draft.order is not None
        return shown[row : row + 1 or None] if ranked and -len(shown) <= row < len(shown) else ()
    return shown if len(shown) == 1 else ()


def _which(slots: Slots, state: State, left: Draft, world: World, dimension: str) -> tuple[AskBack, State]:
    """Return the question back for which of the rows: the ones that were shown, in their order."""
    asked, shown = value_meant(world, dimension), state.shown.get(dimension, ())
    if shown:
        asked = AskBack(asked.question, tuple(value_text(world, dimension, v) for v in shown[:9]))
    return asked, replace(state, pending=merged(slots, left, world), tool=None, offered=())


def _filtered(slots: Slots, state: State, world: World, dimension: str) -> State | tuple[AskBack, State]:
    """Keep the one value that the last query was filtered by (上面那个渠道); ask where there is none."""
    held = state.draft
    kept = [f for f in held.filters if f["dimension"] == dimension and f["op"] == "in"] if held else []
    if len(kept) == 1:
        slots.follow = True
        return state
    return value_meant(world, dimension), replace(state, pending=None, tool=None, offered=())


def points_back(slots: Slots, state: State, text: str) -> bool:
    """Return whether 它, the second one or their stands for something of the answer before."""
    named = slots.metrics and not (slots.time or slots.dimensions or slots.filters or slots.tools)
    return slots.refers is not None or bool(named and state.draft is not None and points_at_many(text))
