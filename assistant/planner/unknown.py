"""A name that nobody knows (dua, campaign foo, 来自foo的新增, experiment abc_test): asked back with the nearest names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from assistant.planner.language import normalise
from assistant.planner.lexicon import flat, lexicon_of, names_of
from assistant.planner.reading import Reading
from assistant.planner.types import AskBack, World
from assistant.planner.vocabulary import funnel_words
from assistant.planner.words import dimension_text, metric_text, nearest_values, value_problem, value_text
from knowledge.text import Text

_FROM = re.compile(
    r"(?:来自于?|通过|经由|渠道(?:为|是|=)|(?<![a-z])(?:from|via|through|acquired (?:by|from|through)) (?:the )?)$"
)
_CAMPAIGN = re.compile(r"活动|(?<![a-z])campaigns?(?![a-z])")
_SPLIT = re.compile(r"^(?:by|per|for each|按照?|各|分|每个) ?(?=.)")
_SHORT = 4
_T = TypeVar("_T", str, str | int)
_MOST = 5


def unknown_name(reading: Reading) -> AskBack | None:
    """Return the question back for the one piece of a question that looks like a name and is none; None for other words.

    A value where the words before it say so (来自…, campaign …) or where it is a slip of one; else a slip of a metric's name.
    """
    slots, world = reading.slots, reading.world
    if len(slots.unread) != 1:
        return None
    said = _SPLIT.sub("", whole_token(reading.text, slots.unread[0]))
    if slots.metrics or slots.ambiguous:
        return _value(reading, said) or _like_a_value(reading, said) or _like_a_dimension(reading, said)
    near = _like(said, _metric_names(world))
    if not near:
        return None
    names = tuple(metric_text(world, m) for m in near)
    return AskBack(
        Text(f"没有叫“{said}”的指标。是要问这个吗？", f"There is no metric called '{said}'. Is this the one meant?"),
        names,
    )


def whole_token(text: str, said: str) -> str:
    """Return the whole of a token that only a part of was not known: abc_test, not abc_."""
    word = said.strip()
    found = re.search(rf"[a-z0-9_]*{re.escape(word)}[a-z0-9_]*", text)
    return found[0] if found and found[0] else word


def _value(reading: Reading, said: str) -> AskBack | None:
    """The unknown value of a dimension that the words around it name: from foo, campaign foo, 火星计划活动."""
    slots, world = reading.slots, reading.world
    takes = _taken(reading)
    at = reading.text.find(said)
    if "campaign" in takes and _CAMPAIGN.search(reading.text) and not _held(slots.filters, "campaign"):
        return value_problem(world, "campaign", said)
    if at > 0 and _FROM.search(reading.text[:at]):
        for dimension in ("channel", "campaign"):
            if dimension in takes and world.values.get(dimension) and not _held(slots.filters, dimension):
                return value_problem(world, dimension, said)
    return None


def _held(filters: Sequence[dict[str, object]], dimension: str) -> bool:
    return any(f["dimension"] == dimension for f in filters)


def _taken(reading: Reading) -> list[str]:
    catalog = reading.world.catalog
    known = [m for m in reading.slots.metrics if m in catalog.metrics]
    sets = [set(catalog.dimensions_of(catalog.metrics[m])) for m in known]
    taken = set.intersection(*sets) if sets else set()
    return [d for d in catalog.dimensions if d in taken]


def _like_a_value(reading: Reading, said: str) -> AskBack | None:
    """A slip of a stored value's name: ioss, 断视频."""
    world = reading.world
    for dimension in _taken(reading):
        if world.catalog.dimensions[dimension].type == "number":
            continue
        names = ((v.value, name) for v in world.values.get(dimension, ()) for name in (str(v.value), *v.names))
        known = (
            (v.id, name) for v in world.catalog.dimensions[dimension].values for name in names_of(v.names, v.synonyms)
        )
        near = _like(said, [(value, name) for value, name in (*names, *known)])
        if near:
            name = dimension_text(world, dimension)
            return AskBack(
                Text(
                    f"{name.zh}里没有“{said}”。是指这个吗？",
                    f"There is no {name.en} called '{said}'. Is this the one meant?",
                ),
                tuple(value_text(world, dimension, value) for value in near),
            )
    return None


def _like_a_dimension(reading: Reading, said: str) -> AskBack | None:
    """A slip of a dimension's name: by chanel."""
    dimensions, taken = reading.world.catalog.dimensions, _taken(reading)
    near = _like(said, ((d, name) for d in taken for name in names_of(dimensions[d].names, dimensions[d].synonyms, d)))
    if not near:
        return None
    names = [dimension_text(reading.world, d) for d in near]
    return AskBack(
        Text(f"没有叫“{said}”的维度。是指这个吗？", f"There is no dimension called '{said}'. Is this the one meant?"),
        tuple(Text(f"按{n.zh}", f"by {n.en}") for n in names),
    )


def _metric_names(world: World) -> Iterable[tuple[str, str]]:
    for term, options in lexicon_of(world).terms.items():
        for metric in options.get("metric", ()):
            yield metric, term


def _like(said: str, names: Iterable[tuple[_T, str]]) -> list[_T]:
    """Return what has a name a slip away: two letters exchanged, one too many or too few, one other in a longer name."""
    word, near = flat(normalise(said)), dict[_T, None]()
    for what, name in names:
        term = flat(normalise(name))
        if (
            abs(len(term) - len(word)) > 1
            or min(len(term), len(word)) < 3
            or OSA.distance(term, word, score_cutoff=1) != 1
        ):
            continue
        if sorted(term) == sorted(word) or len(term) != len(word) or len(term) > _SHORT or not term.isascii():
            near[what] = None
    return list(near)[:_MOST]


def unknown_experiment(reading: Reading) -> AskBack | None:
    """Return the question back for an experiment that there is not, the nearest first; None where every word is known."""
    if not reading.slots.unread or "experiment" in reading.slots.args:
        return None
    world, said = reading.world, whole_token(reading.text, reading.slots.unread[0])
    near = nearest_values(world, "experiment", said)
    return AskBack(
        Text(f"没有叫“{said}”的实验。要看哪个实验？", f"There is no experiment called '{said}'. Which one is meant?"),
        tuple(Text(value_text(world, "experiment", v).zh, str(v)) for v in near),
    )


def unknown_event(reading: Reading) -> AskBack | None:
    """Return the question back for a step that is no event: the same funnel with the nearest events in its place."""
    names = [word for word in (w.strip(" →>-=") for w in reading.slots.unread) if len(word) > 1]
    unread = [s for s in reading.spans if s.unread and names and names[0] in s.text]
    if len(names) != 1 or not unread or "named" in reading.slots.args:
        return None
    said, events = whole_token(reading.text, names[0]), funnel_words().events
    steps = [s.get("event") if s.has("event") else None for s in reading.spans if s.has("event") or s is unread[0]]
    if not any(steps):
        return None
    scored = sorted(events, key=lambda e: -max(fuzz.ratio(said, flat(n)) for n in (e, *events[e])))
    near = [e for e in scored if e not in steps][:_MOST]
    return AskBack(
        Text(f"没有“{said}”这个事件。这一步是指哪个？", f"There is no event '{said}'. Which one is meant?"),
        tuple(_funnel_of([step or event for step in steps]) for event in near),
    )


def _funnel_of(steps: Sequence[str]) -> Text:
    names = [event_name(step) for step in steps]
    first, rest = names[0], names[1:]
    return Text(
        "从" + "到".join([first.zh, *(n.zh for n in rest)]) + "的漏斗",
        " to ".join(["funnel from " + first.en, *(n.en for n in rest)]),
    )


def event_name(event: str) -> Text:
    """Return what an event is called in both languages."""
    words = funnel_words().events[event]
    return Text(next((w for w in words if not w.isascii()), event), event.replace("_", " "))
