"""The words that descriptions of people are made of: fixed ones, and the names of attributes, values and segments of a world."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.planner.language import normalise
from assistant.planner.lexicon import Lexicon, lexicon_of, names_of
from assistant.planner.types import World
from assistant.planner.vocabulary import funnel_words
from knowledge.model import Dimension
from knowledge.tables import TABLES
from tools.segments.words import attribute_words, event_words

_LOCK = threading.Lock()
_BUILT: OrderedDict[int, tuple[Lexicon, Lexicon]] = OrderedDict()
_COMMON = frozenset(
    {"new", "growing", "lost", "unknown", "other", "none", "null", "like", "call", "all", "search", "home"}
)
"""English names of values that mostly mean something else: they count with their attribute's name only."""
ATTRIBUTES = (*TABLES["users"].columns, "lifecycle", "age_days")
#: What an event's own columns are called where a definition looks at them.
EVENT_COLUMNS = ("feature", "keyword")


def _read(name: str) -> Any:
    """Return a file of words, all text: neither "no" nor "on" is a truth value here."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return yaml.load((Path(__file__).parent / name).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - it builds text only


@lru_cache(maxsize=1)
def fixed_words() -> dict[str, dict[str, list[str]]]:
    """Return kind -> value -> words."""
    found: dict[str, dict[str, list[str]]] = _read("words.yaml")
    return found


@lru_cache(maxsize=1)
def _patterns() -> Any:
    return _read("patterns.yaml")


def words_by(name: str) -> dict[str, str]:
    """Return the words of a list of quantities, each with what it stands for."""
    return {word: value for value, words in _patterns()[name].items() for word in words}


def objects() -> dict[tuple[str, str], str]:
    """Return the event of a verb's first character and its object."""
    return {(verb, thing): event for event, pairs in _patterns()["objects"].items() for verb, thing in pairs}


def fragment(name: str) -> str:
    """Return a piece of the patterns of time."""
    return str(_patterns()["fragments"][name])


@lru_cache(maxsize=64)
def pattern(name: str) -> re.Pattern[str]:
    """Return one of the patterns by which questions about groups of users are told."""
    return re.compile("|".join(f"(?:{part})" for part in _patterns()["patterns"][name]), re.IGNORECASE)


def people_words(world: World) -> Lexicon:
    """Return the words that descriptions of people in a world are made of; the last few are kept."""
    known = lexicon_of(world)
    with _LOCK:
        held = _BUILT.get(id(known))
        if held and held[0] is known:
            return held[1]
    built = _build(world)
    with _LOCK:
        _BUILT[id(known)] = (known, built)
        while len(_BUILT) > 4:
            _BUILT.popitem(last=False)
    return built


def _build(world: World) -> Lexicon:
    words = Lexicon()
    for kind, by_value in fixed_words().items():
        for value, names in by_value.items():
            for name in names:
                words.add(name, kind, value)
    _add_names(words, "event", ((e, (*known, *event_words(e), e)) for e, known in funnel_words().events.items()))
    _add_names(words, "attr", _attribute_names(world))
    for dimension in attributes_of(world).values():
        _add_values(words, dimension, world)
    for segment in world.catalog.segments.values():
        for name in names_of(segment.names, segment.synonyms, segment.id):
            words.add(normalise(name), "segment", segment.id)
    return words


def _add_names(words: Lexicon, kind: str, named: Iterable[tuple[str, Iterable[str]]]) -> None:
    for value, names in named:
        for name in names:
            words.add(normalise(name), kind, value)


def attributes_of(world: World) -> dict[str, Dimension]:
    """Return the dimensions that hold the values of attributes, by attribute."""
    held = {}
    for dimension in world.catalog.dimensions.values():
        if dimension.kind == "attribute" and dimension.column:
            held[str(dimension.column)] = dimension
        elif dimension.kind == "state" and dimension.id in ATTRIBUTES:
            held[dimension.id] = dimension
    return held


def _attribute_names(world: World) -> Iterator[tuple[str, list[str]]]:
    known = attributes_of(world)
    for attribute in ATTRIBUTES:
        dimension = known.get(attribute)
        own = list(names_of(dimension.names, dimension.synonyms, dimension.id)) if dimension else []
        yield attribute, [*own, *attribute_words(attribute, world.catalog), attribute, *_MORE_NAMES.get(attribute, ())]
    for column in EVENT_COLUMNS:
        yield column, [column, *_MORE_NAMES[column]]


_MORE_NAMES = {
    "followers": ("粉丝", "粉丝量", "follower", "follower count"),
    "birth_month": ("生日", "出生月份", "birthday", "birthday month"),
    "feature": ("功能",),
    "keyword": ("关键词", "搜索词", "关键字", "search term"),
}


def _add_values(words: Lexicon, dimension: Dimension, world: World) -> None:
    attribute = str(dimension.column or dimension.id)
    suffixes = _SUFFIXES.get(dimension.id, ())
    for value, name in _value_names(dimension, world):
        term = normalise(name)
        if not term or (len(term) < 2 and term.isascii()) or term.isdigit():
            continue
        kind = "named_value" if term in _COMMON else "value"
        words.add(term, kind, (attribute, value))
        if (
            dimension.id == "channel" and term.endswith("渠道") and len(term) > 3
        ):  # 来自搜索 is the channel, 搜索过 the event
            words.add(term.removesuffix("渠道"), "named_value", (attribute, value))
        for suffix in suffixes:
            words.add(term + suffix, "value", (attribute, value))


_SUFFIXES = {
    "channel": ("渠道", " channel", "渠道来", "渠道来的", "渠道注册"),
    "platform": ("端", "平台", " platform", "系统"),
    "province": ("省", "市", "地区", "自治区", " province"),
    "lifecycle": ("阶段", " stage"),
    "campaign": ("活动", " campaign"),
}


def _value_names(dimension: Dimension, world: World) -> Iterator[tuple[Any, str]]:
    for known in dimension.values:
        for name in names_of(known.names, known.synonyms, known.id if isinstance(known.id, str) else None):
            yield known.id, name
    for stored in world.values.get(dimension.id, ()):
        own = [stored.value] if isinstance(stored.value, str) and dimension.type != "number" else []
        for name in (*own, *stored.names):
            yield stored.value, str(name)
