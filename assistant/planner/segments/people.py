"""A description of people in words, read as a definition and the day it is taken on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assistant.planner import dates
from assistant.planner.date_words import Until
from assistant.planner.language import normalise
from assistant.planner.periods import Period
from assistant.planner.segments.asking import Leaf, UnclearError, as_leaf, two_readings
from assistant.planner.segments.item import Item
from assistant.planner.segments.items import Walk
from assistant.planner.segments.tokens import Token, cut
from assistant.planner.segments.tree import definition_of
from assistant.planner.types import AskBack, Clock, World
from knowledge.errors import QueryError
from knowledge.segments import read_definition
from knowledge.text import Text

_DAY_MARK = re.compile(r"(?:截至到?|截止到?|截止至|as of|as at|as on)(?: the)? ?$")


@dataclass(frozen=True)
class People:
    """What a description says: a definition as JSON, the as-of day where one is named, how words were read where that matters."""

    definition: Leaf
    as_of: date | None = None
    said: tuple[Text, ...] = ()


def read_people(description: str, world: World) -> People:
    """Return the definition that a description of people means.

    Raises:
        UnclearError: a word that is not understood, a missing threshold, two readings with different people. No word is
        ever left out.
    """
    text = normalise(description)
    text, day = as_of_day(text, world.clock)
    clock = world.clock if day is None else replace(world.clock, today=day, as_of=day)
    tokens = cut(text, world, clock)
    items = Walk(text, tokens, world).run()
    _check_windows(items, world)
    definition = definition_of(items, world)
    try:
        read_definition(definition)
    except QueryError as error:
        raise UnclearError(AskBack(error.text)) from error
    return People(as_leaf(definition), day)


def _check_windows(items: list[Item], world: World) -> None:
    """Ask back where one condition says when and another, on what users did too, does not."""
    said = [item.window for item in items if item.timed and item.window is not None and item.window > 0]
    open_ones = [i for i, item in enumerate(items) if item.timed and item.window is None]
    if not said or not open_ones:
        return
    shared = [
        replace(item, leaf=_with_days(item.leaf, said[-1])) if i in open_ones else item for i, item in enumerate(items)
    ]
    readings = [*_readings(shared, world), *_readings(items, world)]
    why = Text(
        "只有一部分条件说了时间，其余是同一时间段还是历史上任何时候？",
        "Only some of the conditions say when: are the others in the same time, or ever?",
    )
    raise two_readings(readings, world, why)


def _readings(items: list[Item], world: World) -> list[Leaf]:
    try:
        return [definition_of(items, world)]
    except UnclearError as error:
        return list(error.readings)


def _with_days(leaf: Leaf, days: int) -> Leaf:
    if "all" in leaf or "any" in leaf:
        return {key: [_with_days(part, days) for part in parts] for key, parts in leaf.items()}
    if "not" in leaf:
        return {"not": _with_days(leaf["not"], days)}
    return {**leaf, "days": days} if leaf.keys() & {"did", "measure", "sequence"} else leaf


def as_of_day(text: str, clock: Clock) -> tuple[str, date | None]:
    """Return the text without its as-of day (截至上月底, as of 2025-09-30), and that day."""
    best: tuple[int, int, date] | None = None
    for mention in dates.find(text, clock):
        mark = _DAY_MARK.search(text[: mention.start])
        if isinstance(mention.value, Until):
            day = mention.value.day
        elif isinstance(mention.value, Period) and mark:
            day = mention.value.end
        else:
            continue
        start = mark.start() if mark else mention.start
        if best is None or mention.end - start > best[1] - best[0]:
            best = start, mention.end, day
    if best is None:
        return text, None
    start, end, day = best
    rest = re.sub(r"^(?:为止|时|那天|当天)?的?[,，]? ?", "", text[end:])
    return (text[:start].rstrip() + (" " if text.isascii() else "") + rest).strip(), day


def said_tokens(text: str, world: World, clock: Clock | None = None) -> list[Token]:
    """Return the tokens of a normalised text, for those who look at what kind of words it holds."""
    return cut(text, world, clock or world.clock)


def as_params(people: People, clock: Clock) -> dict[str, Any]:
    """Return the params of ``build_segment``: a name where the definition is one segment, and the day where it is not today."""
    only = people.definition.get("segment")
    params: dict[str, Any] = (
        {"name": only} if only and len(people.definition) == 1 else {"definition": people.definition}
    )
    if people.as_of is not None and people.as_of != clock.last:
        params["as_of"] = people.as_of.isoformat()
    return params
