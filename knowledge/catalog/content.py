"""What vetting covers: everything that decides a metric's number or what people are told about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from knowledge.model import Measure, Metric, Source
from knowledge.segments import Segment

NOT_VETTED = frozenset({"status", "owner"})
"""Fields of a metric that neither decide a number nor are part of its definition."""
IMPLIED: Mapping[str, str] = {"with_cost": "spend"}
"""Fields of a measure that read a source which they do not name."""


@dataclass(frozen=True)
class Parts:
    """The parts of a metric: fields of its entry, and whatever it is built from, by name; each as plain data."""

    of: Mapping[str, Any]

    @property
    def content(self) -> str:
        """12 hex digits over all of it."""
        return digest(self.of)

    def digests(self) -> str:
        """Return each part with 6 hex digits over it, as the pin keeps them."""
        return ", ".join(f"{name} {digest(part)[:6]}" for name, part in self.of.items())

    def changed_from(self, digests: str) -> list[str]:
        """Return the names of the parts that differ from what a pin kept, those that are gone included."""
        then = dict(pair.rsplit(" ", 1) for pair in digests.split(", ") if " " in pair)
        now = {name: digest(part)[:6] for name, part in self.of.items()}
        return [name for name in [*now, *(n for n in then if n not in now)] if then.get(name) != now.get(name)]


def digest(data: Any) -> str:
    """Return 12 hex digits over plain data, whatever the order of its keys."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def parts_of(
    metric: Metric,
    *,
    measures: Mapping[str, Measure],
    sources: Mapping[str, Source],
    segments: Mapping[str, Segment],
) -> Parts:
    """Return the parts of a metric. Every field counts that is not at its default, later fields of the model with them."""
    parts: dict[str, Any] = _plain(metric, NOT_VETTED)
    used = [_plain(measures[m]) for m in dict.fromkeys(metric.measures)]
    parts |= {f"measure {measure['id']}": measure for measure in used}
    parts |= {f"source {name}": _plain(sources[name]) for name in sorted(_sources(used)) if name in sources}
    named = sorted(_closed(set(_named(used, "segment")), segments))
    parts |= {f"segment {name}": _plain(segments[name].definition) for name in named}
    return Parts(parts)


def _plain(entry: BaseModel, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude=set(without), exclude_defaults=True)


def _sources(measures: list[dict[str, Any]]) -> set[str]:
    implied = {source for field, source in IMPLIED.items() if any(_named(measures, field))}
    return implied | {str(source) for source in _named(measures, "source")}


def _named(data: Any, key: str) -> Iterator[Any]:
    """Yield what stands under ``key``, however deep."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from _named(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _named(value, key)


def _closed(names: set[str], segments: Mapping[str, Segment]) -> set[str]:
    """Return the segments and those that they are made of."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in segments and name not in found:
            found.add(name)
            waiting += [str(n) for n in _named(_plain(segments[name].definition), "segment")]
    return found


def segments_named(segment: Segment) -> list[str]:
    """Return the segments that a segment's definition names."""
    return [str(name) for name in _named(segment.definition.model_dump(mode="json"), "segment")]
