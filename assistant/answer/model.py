"""The answer as the terminal prints it, the chat shows it and ``--json`` returns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from knowledge.text import Language
from tools.semantic_layer.result import Result

ChartKind = Literal["line", "bar", "heat", "flow", "interval"]
Status = Literal["answered", "clarify", "declined", "error"]


@dataclass(frozen=True)
class Series:
    """One line or one set of bars: its name as shown and a value per x label; None leaves a gap.

    ``low`` and ``high`` are the ends of the intervals around the values, where there are any.
    """

    name: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart, described apart from what draws it: a trend line over time or bars over a dimension.

    A ``heat`` map has a line per series and a column per label; a ``flow`` stacks its series, negative ones below zero; an
    ``interval`` chart shows values with the ends of their intervals.

    ``unit`` is the metric's unit (users, CNY, ratio …) and decides the axis format; ``receipt`` leads to its numbers.
    ``language`` decides how large numbers are written (万 or M); ``note`` says what is left out, empty for nothing.
    """

    kind: ChartKind
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str
    receipt: str
    language: Language = "zh"
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A result as a person reads it: headings and cells in the reader's language, formatted.

    ``more`` is True where these are the first rows only, because the row limit cut the rest.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    receipt: str
    more: bool = False


@dataclass(frozen=True)
class WrittenFile:
    """A file written for the person."""

    name: str
    path: Path
    mime: str


@dataclass(frozen=True)
class NextQuestion:
    """A question that is one click away: what its button says, and what it asks."""

    label: str
    question: str


@dataclass(frozen=True)
class Answer:
    """One answer. ``answer`` is Markdown without HTML; ``choices`` are ready-made replies to a question back.

    ``offers`` are questions that change this answer: without what was carried over, or read the other way.

    ``value_names`` are the names that values carry in the data, by dimension and stored value, for the CSV files.
    """

    question: str
    language: Language
    status: Status
    answer: str
    model: str
    elapsed_ms: float
    results: tuple[Result, ...] = ()
    citations: tuple[dict[str, Any], ...] = ()
    segments: tuple[dict[str, Any], ...] = ()
    files: tuple[WrittenFile, ...] = ()
    unsupported_numbers: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    offers: tuple[NextQuestion, ...] = ()
    tables: tuple[Table, ...] = field(default=())
    charts: tuple[Chart, ...] = field(default=())
    value_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``yunce ask --json`` prints."""
        return {
            "question": self.question,
            "language": self.language,
            "status": self.status,
            "answer": self.answer,
            "results": [result.to_json(self.language) for result in self.results],
            "citations": list(self.citations),
            "segments": list(self.segments),
            "files": [{"name": f.name, "path": str(f.path), "mime": f.mime} for f in self.files],
            "unsupported_numbers": list(self.unsupported_numbers),
            "model": self.model,
            "elapsed_ms": round(self.elapsed_ms, 1),
        }
