"""The words the planner knows beside the catalog's, read from the YAML files of this folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.text import Text

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Ask:
    """A tool as people name it, and the words that ask for it."""

    name: Text
    words: tuple[str, ...]


@dataclass(frozen=True)
class MetricWords:
    """Names of metrics: by id, those that mean several, ROI alone, those of cohorts, and phrases that say one in a sentence.

    ``averages`` are metrics that are averages already; ``quotients`` the pairs of metrics that one comes near to;
    ``hints`` names of media by dimension and the stored value they may be counted under.
    """

    names: Mapping[str, tuple[str, ...]]
    ambiguous: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    roi_alone: frozenset[str]
    cohort: frozenset[str]
    averages: frozenset[str]
    phrases: tuple[tuple[re.Pattern[str], str], ...]
    quotients: Mapping[str, frozenset[tuple[str, str]]]
    hints: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class NamedFunnel:
    """A funnel known by name: its steps in order, the hours it is given where its name fixes them, its metric if there is one."""

    names: Text
    words: tuple[str, ...]
    steps: tuple[str, ...]
    window_hours: int | None = None
    metric: str | None = None


@dataclass(frozen=True)
class FunnelWords:
    """The events that can be steps of a funnel, with their names, and the funnels known by name."""

    events: Mapping[str, tuple[str, ...]]
    funnels: Mapping[str, NamedFunnel]


@dataclass(frozen=True)
class AnalysisPatterns:
    """Patterns of what only analyses read, by tool and by what they say; of what asks for one; of walks through events."""

    reads: Mapping[str, Mapping[str, tuple[str, ...]]]
    phrases: Mapping[str, tuple[str, ...]]
    walks: tuple[str, ...]


def _read(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader either way


@lru_cache(maxsize=1)
def fixed_words() -> tuple[Mapping[str, Mapping[str, list[str]]], ...]:
    """Return kind -> value -> words of each language."""
    return _read("zh"), _read("en")


@lru_cache(maxsize=1)
def metric_words() -> MetricWords:
    """Return the names of metrics."""
    data = _read("metrics")
    return MetricWords(
        names={metric: tuple(names) for metric, names in data["names"].items()},
        ambiguous={key: (tuple(entry["names"]), tuple(entry["metrics"])) for key, entry in data["ambiguous"].items()},
        roi_alone=frozenset(data["roi_alone"]),
        cohort=frozenset(data["cohort"]),
        averages=frozenset(data["averages"]),
        phrases=tuple(
            (re.compile(_whole(raw)), metric) for metric, patterns in data["phrases"].items() for raw in patterns
        ),
        quotients={m: frozenset((a, b) for a, b in pairs) for m, pairs in data["quotients"].items()},
        hints={d: {v: tuple(words) for v, words in by.items()} for d, by in data["hints"].items()},
    )


def _whole(raw: str) -> str:
    """A phrase in English begins and ends with whole words."""
    return rf"(?<![a-z])(?:{raw})(?![a-z])"


@lru_cache(maxsize=1)
def asks() -> Mapping[str, Ask]:
    """Return the tools as they are asked for, in the order in which one wins over another."""
    return {
        tool: Ask(Text(entry["name"]["zh"], entry["name"]["en"]), (*entry["zh"], *entry["en"]))
        for tool, entry in _read("asks").items()
    }


@lru_cache(maxsize=1)
def funnel_words() -> FunnelWords:
    """Return events and named funnels."""
    data = _read("events")
    return FunnelWords(
        events={event: tuple(words) for event, words in data["events"].items()},
        funnels={
            key: NamedFunnel(
                Text(entry["names"]["zh"], entry["names"]["en"]),
                tuple(entry["words"]),
                tuple(entry["steps"]),
                entry.get("window_hours"),
                entry.get("metric"),
            )
            for key, entry in data["funnels"].items()
        },
    )


@lru_cache(maxsize=1)
def analysis_patterns() -> AnalysisPatterns:
    """Return the patterns of analyses, as they stand in the file."""
    data = _read("analyses")
    return AnalysisPatterns(
        reads={tool: {said: tuple(raw) for said, raw in by.items()} for tool, by in data["reads"].items()},
        phrases={tool: tuple(raw) for tool, raw in data["phrases"].items()},
        walks=tuple(data["walks"]),
    )


@lru_cache(maxsize=1)
def pinyin() -> Mapping[str, str]:
    """Return words by their pinyin, without tones."""
    return {str(key): str(word) for key, word in _read("pinyin").items()}
