"""What a summary of a period is: sections of figures, each with the receipt of the result it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from knowledge.summaries import Kind
from knowledge.text import Text
from tools.semantic_layer.result import Result
from tools.warehouse.rows import Scalar

SectionName = Literal[
    "headline", "moved", "trend", "funnel", "retention", "splits", "segments", "campaigns", "experiments"
]


@dataclass(frozen=True)
class Figure:
    """One figure of a result.

    Attributes:
        metric, unit: what it is, and its unit in the catalog.
        value: null where it is not known.
        against: what it is compared with; empty for nothing.
        base, change, change_pct: with ``against`` previous or year_ago; the change is absolute, and relative as a fraction.
        target, attainment: with ``against`` target.
        where: dimension values of its row.
        receipt: the receipt of its result.
    """

    metric: str
    unit: str
    value: float | None
    receipt: str
    against: Literal["", "previous", "year_ago", "target"] = ""
    base: float | None = None
    change: float | None = None
    change_pct: float | None = None
    target: float | None = None
    attainment: float | None = None
    where: tuple[tuple[str, Scalar], ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a summary: the results it is made of, in order, and the figures in them."""

    name: SectionName
    results: tuple[Result, ...]
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Risk:
    """What needs a look: a figure that is short of its target, went the wrong way, or is below the line of a playbook."""

    why: Literal["short_of_target", "worse", "below_line"]
    figure: Figure
    line: float | None = None


@dataclass(frozen=True)
class Step:
    """A next step: the playbook that speaks of a figure, by the id of its citation."""

    citation: str
    playbook: str
    metric: str


@dataclass(frozen=True)
class Summary(Result):
    """A summary of a period. Its own result has no rows; ``parts`` are the results that hold its figures.

    Attributes:
        kind: daily, weekly, monthly, quarterly or yearly.
        sections: in the order they are told; those without anything to tell are left out.
        campaigns: which campaigns began and ended in the period, also among ``notes``; None for none.
        experiments: names of the experiments that are read out, by id.
        risks, steps: what needs a look, and what to do about it.
        parts: every result that contributed, in the order they were made.
        citations: of the playbooks that the steps name, with the ids P1, P2 and so on.
    """

    kind: Kind = "monthly"
    sections: tuple[Section, ...] = ()
    campaigns: Text | None = None
    experiments: Mapping[str, str] = field(default_factory=dict)
    risks: tuple[Risk, ...] = ()
    steps: tuple[Step, ...] = ()
    parts: tuple[Result, ...] = ()
    citations: tuple[Mapping[str, Any], ...] = ()

    def section(self, name: SectionName) -> Section | None:
        """Return a section by name; None where there was nothing to tell."""
        return next((section for section in self.sections if section.name == name), None)
