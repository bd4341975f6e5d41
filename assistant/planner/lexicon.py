"""Every known name and word, ready to be found in a question: built once from the catalog, the stored values and the vocabulary."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.planner.language import has_chinese, normalise
from assistant.planner.types import StoredValue, World
from assistant.planner.vocabulary import asks, fixed_words, metric_words
from knowledge.catalog.load import Catalog
from knowledge.model import Dimension, Synonyms, Words

#: What a word may be: kind -> value, or for ``value`` all (dimension, stored value) pairs of that name.
Options = Mapping[str, Any]
_JOINED = re.compile(r"(?<=[a-z\d])[-_](?=[a-z])|(?<=[a-z])[-_](?=\d)")
_PARENS = re.compile(r"[（(]([^）)]*)[）)]")
# Single English words that name a stored value but mostly mean something else; they count with their dimension's name only.
_TOO_COMMON = frozenset({"new", "growing", "lost", "unknown", "other", "man", "none", "null", "like", "call"})


@dataclass
class Lexicon:
    """Terms by text, in the form that questions are matched in (hyphens and underscores as spaces)."""

    terms: dict[str, dict[str, Any]] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)

    def add(self, text: str, kind: str, value: Any) -> None:
        """Add one name; a text may have several kinds, and several values of the kind ``value``."""
        term = flat(text)
        if not term:
            return
        options = self.terms.setdefault(term, {})
        if kind == "value":
            options["value"] = tuple(dict.fromkeys((*options.get("value", ()), value)))
        elif kind == "metric":
            options["metric"] = tuple(dict.fromkeys((*options.get("metric", ()), value)))
        else:
            options.setdefault(kind, value)
        self.longest[term[0]] = max(self.longest.get(term[0], 0), len(term))

    def at(self, text: str, start: int) -> Iterator[tuple[int, Options]]:
        """Yield the end and the options of every term that begins at ``start`` of a flat text."""
        longest = min(self.longest.get(text[start], 0), len(text) - start)
        for length in range(longest, 0, -1):
            options = self.terms.get(text[start : start + length])
            if options is not None:
                yield start + length, options


def flat(text: str) -> str:
    """Return the text as terms are compared: hyphens and underscores between words are spaces."""
    text = text.lower().strip()
    return _JOINED.sub(" ", text) if "-" in text or "_" in text else text


def names_of(names: Words, synonyms: Synonyms, identity: str | int | None = None) -> Iterator[str]:
    """Yield every name in both languages, with what stands in brackets apart: 成交额（GMV） is 成交额 and GMV."""
    for name in (names.zh, names.en, *synonyms.zh, *synonyms.en, *([str(identity)] if identity is not None else [])):
        yield name
        if "（" in name or "(" in name:
            yield from (part for part in (_PARENS.sub("", name).strip(), *_PARENS.findall(name)) if part)


_LOCK = threading.Lock()
_BUILT: OrderedDict[tuple[int, int], tuple[Catalog, dict[str, tuple[StoredValue, ...]], Lexicon]] = OrderedDict()


def lexicon_of(world: World) -> Lexicon:
    """Return the lexicon of a world; the last few are kept. Safe to call from several threads."""
    values = {dimension: tuple(found) for dimension, found in world.values.items()}
    key = id(world.catalog), hash(tuple(sorted((d, v) for d, v in ((d, hash(v)) for d, v in values.items()))))
    with _LOCK:
        held = _BUILT.get(key)
        if held and held[0] is world.catalog and held[1] == values:
            _BUILT.move_to_end(key)
            return held[2]
    lexicon = _build(world.catalog, values)
    with _LOCK:
        _BUILT[key] = (world.catalog, values, lexicon)
        while len(_BUILT) > 4:
            _BUILT.popitem(last=False)
    return lexicon


def _build(catalog: Catalog, values: Mapping[str, tuple[StoredValue, ...]]) -> Lexicon:
    lexicon = Lexicon()
    for kind, by_value in (entry for vocabulary in fixed_words() for entry in vocabulary.items()):
        for value, words in by_value.items():
            for word in words:
                lexicon.add(word, kind, value)
    for tool, ask in asks().items():
        for word in ask.words:
            lexicon.add(word, "tool", tool)
    _add_metrics(lexicon, catalog)
    _add_hints(lexicon)
    for dimension in catalog.dimensions.values():
        if dimension.id != "segment" or values.get("segment"):  # segments are spoken of once there are any to filter by
            _add_dimension(lexicon, dimension, values.get(dimension.id, ()))
    _part_names_of_values(lexicon)
    return lexicon


def _part_names_of_values(lexicon: Lexicon) -> None:
    """Drop names of metrics that are a message medium and another name: 短信送达率 is the delivery rate of one medium only."""
    media = [term for term, held in lexicon.terms.items() if any(d == "medium" for d, _ in held.get("value", ()))]
    for term, options in list(lexicon.terms.items()):
        if not options.keys() & {"metric", "absent"}:
            continue
        rests = [term[len(name) :].strip() for name in media if term.startswith(name) and term != name]
        if any(lexicon.terms.get(rest, {}).keys() & {"metric", "absent", "ambiguous"} for rest in rests):
            options.pop("metric", None)
            options.pop("absent", None)
            if not options:
                del lexicon.terms[term]


def _add_metrics(lexicon: Lexicon, catalog: Catalog) -> None:
    for metric in catalog.metrics.values():
        for name in names_of(metric.names, metric.synonyms, metric.id):
            lexicon.add(normalise(name), "metric", metric.id)
    words = metric_words()
    for metric_id, names in words.names.items():
        kind = "metric" if metric_id in catalog.metrics else "absent"
        for name in names:
            if kind == "metric" or "metric" not in lexicon.terms.get(flat(name), {}):
                lexicon.add(name, kind, metric_id)
    _add_unserved(lexicon, catalog)
    for key, (names, meant) in words.ambiguous.items():
        for name in names:
            _add_shared(lexicon, name, ("ambiguous", key), meant)
    for kind, known, meant in (
        ("cohort", words.cohort, ("new_users",)),
        ("roi_alone", words.roi_alone, ("roi", "campaign_roi")),
    ):
        for name in known:
            _add_shared(lexicon, name, (kind, ""), meant)


def _add_shared(lexicon: Lexicon, name: str, option: tuple[str, str], meant: Iterable[str]) -> None:
    """Add a name of several metrics, or of people, where this catalog is about them; its own metric of that name goes first."""
    own = lexicon.terms.get(flat(name), {}).get("metric", ())
    if set(own) <= set(meant):
        lexicon.add(name, *option)


def _add_unserved(lexicon: Lexicon, catalog: Catalog) -> None:
    """Know the entries that are not served by their own names too, to say why."""
    for unserved in catalog.unserved.values():
        metric = unserved.metric
        names = names_of(metric.names, metric.synonyms, unserved.id) if metric else [unserved.id]
        for name in map(normalise, names):
            if "metric" not in lexicon.terms.get(flat(name), {}):
                lexicon.add(name, "absent", unserved.id)


def _add_hints(lexicon: Lexicon) -> None:
    for dimension, by_value in metric_words().hints.items():
        for name in (name for names in by_value.values() for name in names):
            lexicon.add(name, "hint", dimension)


def _add_dimension(lexicon: Lexicon, dimension: Dimension, stored: tuple[StoredValue, ...]) -> None:
    for name in names_of(dimension.names, dimension.synonyms, dimension.id):
        lexicon.add(normalise(name), "dimension", dimension.id)
    for known in dimension.values:
        for name in names_of(known.names, known.synonyms, known.id if isinstance(known.id, str) else None):
            _add_value(lexicon, dimension, normalise(name), known.id)
    for value in stored:
        own = [value.value] if isinstance(value.value, str) and dimension.type != "number" else []
        for name in (*own, *value.names):
            _add_value(lexicon, dimension, normalise(str(name)), value.value)


def _add_value(lexicon: Lexicon, dimension: Dimension, name: str, value: str | int) -> None:
    if (len(name) < 2 and not has_chinese(name)) or name in _TOO_COMMON or name.isdigit():
        return
    lexicon.add(name, "value", (dimension.id, value))
    if dimension.id == "province":
        for suffix in ("省", "市", "地区", "自治区"):
            lexicon.add(name + suffix, "value", (dimension.id, value))
