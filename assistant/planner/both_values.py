"""Users on both iOS and Android: two values of what a user has only one of are no group of either."""

from __future__ import annotations

import re

from assistant.planner.language import normalise
from assistant.planner.types import AskBack, World
from assistant.planner.understand import understand
from assistant.planner.words import dimension_text, value_text
from knowledge.text import Text

_BOTH = re.compile(r"(?<![a-z])both(?![a-z])|同时|既.+又|既.+也|都用")
_PEOPLE = re.compile(r"用户|的人|客户|多少人|(?<![a-z])(?:users|people|customers|sign-?ups|members|who)(?![a-z])")


def both_at_once(question: str, world: World) -> AskBack | None:
    """Return the question back for people who are said to have two values of one attribute at once; None for anything else."""
    text = normalise(question)
    said = _BOTH.search(text)
    if said is None or not _PEOPLE.search(text):
        return None
    reading = understand(question, world)
    if set(reading.slots.metrics) - {"new_users"}:
        return None  # the DAU of both iOS and Android is one figure of the two, and says so
    values = [(s.start, pair) for s in reading.spans for pair in s.get("value") or () if s.end > said.start()]
    for i, (_, (dimension, first)) in enumerate(values):
        known = world.catalog.dimensions.get(dimension)
        other = next((v for _, (d, v) in values[i + 1 :] if d == dimension and v != first), None)
        if known is not None and known.kind == "attribute" and other is not None:
            return _asked(world, dimension, first, other)
    return None


def _asked(world: World, dimension: str, first: str | int, other: str | int) -> AskBack:
    name, a, b = (
        dimension_text(world, dimension),
        value_text(world, dimension, first),
        value_text(world, dimension, other),
    )
    return AskBack(
        Text(
            f"每个用户只记一个{name.zh}，没有人同时是“{a.zh}”和“{b.zh}”。是指其中任意一个，还是只看一个？",
            f"Each user has one {name.en} on record, so nobody is '{a.en}' and '{b.en}' at once. Is either of them meant, or only one?",
        ),
        (
            Text(f"{name.zh}是{a.zh}或{b.zh}的用户", f"users whose {name.en} is {a.en} or {b.en}"),
            Text(f"{name.zh}是{a.zh}的用户", f"users whose {name.en} is {a.en}"),
            Text(f"{name.zh}是{b.zh}的用户", f"users whose {name.en} is {b.en}"),
        ),
    )
