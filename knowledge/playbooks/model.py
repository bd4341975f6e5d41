"""What a playbook of our own shelf is: its front matter and its body. Frozen; read from Markdown by ``load``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.model import Words
from knowledge.playbooks.figures import Figure
from knowledge.segments import Definition

Stage = Literal[
    "acquire", "activate", "retain", "win_back", "monetise", "refer", "membership", "service", "content", "experiment"
]
Goal = Literal["acquire", "activate", "retain", "win_back", "monetise"]
Op = Literal["lt", "lte", "gt", "gte"]
STAGES: Mapping[Stage, Words] = MappingProxyType(
    {
        "acquire": Words(zh="拉新", en="acquisition"),
        "activate": Words(zh="激活", en="activation"),
        "retain": Words(zh="留存", en="retention"),
        "win_back": Words(zh="召回", en="win-back"),
        "monetise": Words(zh="变现", en="monetisation"),
        "refer": Words(zh="裂变", en="referral"),
        "membership": Words(zh="会员", en="membership"),
        "service": Words(zh="服务", en="service"),
        "content": Words(zh="内容", en="content"),
        "experiment": Words(zh="实验与运营机制", en="experiments and operating practice"),
    }
)
"""The stages with their names."""

GOALS_OF: Mapping[Stage, tuple[Goal, ...]] = MappingProxyType(
    {
        "acquire": ("acquire",),
        "activate": ("activate",),
        "retain": ("retain",),
        "win_back": ("win_back",),
        "monetise": ("monetise",),
        "refer": ("acquire",),
        "membership": ("monetise", "retain"),
        "service": ("retain",),
        "content": ("retain",),
        "experiment": ("acquire", "activate", "retain", "win_back", "monetise"),
    }
)
"""The goals of a campaign plan that a stage serves, where a playbook does not name its own."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Audience(_Frozen):
    """Whom a playbook addresses.

    Attributes:
        segment: a ready-made segment of the catalog.
        definition: a segment in the language of the contract's section 7, where no ready-made one fits.
        words: who they are; required without ``segment``. Alone, they are people the warehouse has no rows of.
    """

    segment: str | None = None
    definition: Definition | None = None
    words: Words | None = None

    @model_validator(mode="after")
    def _one(self) -> Audience:
        if self.segment and self.definition:
            raise ValueError("give segment or definition, not both")
        if not self.segment and not self.words:
            raise ValueError("give words where there is no ready-made segment")
        return self


class Rule(_Frozen):
    """A metric against a threshold.

    Attributes:
        metric: its id in the catalog.
        value: in the metric's own unit; with ``against`` previous, year_ago or control_relative the relative change
            (-0.1 is 10% less), with control the difference in the metric's unit.
        against: what it is compared with; None is the level itself. Control is the control group or, without an
            experiment, everybody else.
    """

    metric: str
    op: Op
    value: float
    against: Literal["previous", "year_ago", "control", "control_relative"] | None = None


class Stop(Words):
    """When to stop: in words, and as rules what of the words the catalog can compute, any or all of which must hold."""

    when: Literal["any", "all"] = "any"
    rules: tuple[Rule, ...] = ()


class Effect(_Frozen):
    """What was achieved, where and by what, as a document reports it.

    Attributes:
        metric: the catalog's metric it is about; None where the catalog has none.
        name: what the document measured; required without ``metric``, or where it is narrower than the metric.
        before: the level before (``from`` in YAML).
        to: the level reached.
        change: the difference, signed: + up, - down.
        against: what a level or change is compared with, where that is not the time before.
        whom: the users or the place it holds for.
        done: what was done.
        source: title of the document.
    """

    metric: str | None = None
    name: Words | None = None
    before: Figure | None = Field(default=None, alias="from")
    to: Figure | None = None
    change: Figure | None = None
    against: Words | None = None
    whom: Words
    done: Words
    source: str

    @model_validator(mode="after")
    def _whole(self) -> Effect:
        if not (self.metric or self.name):
            raise ValueError("an effect names a metric of the catalog, or says in words what was measured")
        if not (self.to or self.change):
            raise ValueError("an effect has a level reached (to) or a change")
        if self.before and not self.to:
            raise ValueError("from needs to")
        if self.change and not self.change.sign:
            raise ValueError("a change is signed, as in '+28%'")
        return self

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures: before, reached, change."""
        return tuple(figure for figure in (self.before, self.to, self.change) if figure)


class Effort(_Frozen):
    """What it takes: our estimate, for ranking, not a quotation. ``person_days`` covers preparation up to the start."""

    level: Literal["low", "medium", "high"]
    person_days: int = Field(gt=0, le=200)


class Measure(_Frozen):
    """How the effect is measured: the primary metric, the comparison and how many days the metric is watched."""

    metric: str
    how: Literal["experiment", "before_after"]
    window_days: int = Field(gt=0, le=180)


class Keywords(_Frozen):
    """How people ask for it."""

    zh: tuple[str, ...] = Field(min_length=3)
    en: tuple[str, ...] = Field(min_length=3)


class FrontMatter(_Frozen):
    """The front matter of a playbook.

    Attributes:
        goals: goals of a campaign plan that it serves; those of its stage where none are named.
        segment: whom it addresses.
        trigger: the metric and threshold at which it is worth a look: ours, to be moved to one's own history.
        effects: what documents report; empty together with ``evidence: none``.
        sources: titles of the documents that describe the practice, those of effects among them.
        guardrails: metrics of the catalog, or words, that must not get worse.
        channels: media and places of contact.
        related: ids of playbooks to read with it.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
    title: Words
    summary: Words
    stage: Stage
    goals: tuple[Goal, ...] = ()
    segment: Audience
    trigger: tuple[Rule, ...] = Field(min_length=1)
    levers: tuple[Words, ...] = Field(min_length=1)
    evidence: Literal["cited", "none"]
    effects: tuple[Effect, ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)
    effort: Effort
    guardrails: tuple[str | Words, ...] = Field(min_length=1)
    measure: Measure
    stop: Stop
    channels: tuple[str, ...] = ()
    frequency: Words | None = None
    related: tuple[str, ...] = Field(min_length=1)
    keywords: Keywords

    @model_validator(mode="after")
    def _agrees(self) -> FrontMatter:
        if (self.evidence == "cited") != bool(self.effects):
            raise ValueError("evidence is cited with effects, none without")
        missing = {effect.source for effect in self.effects} - set(self.sources)
        if missing:
            raise ValueError(f"sources lacks {', '.join(sorted(missing))}")
        return self


class Section(_Frozen):
    """A part of the body: its heading and its Markdown."""

    heading: str
    text: str


class Playbook(FrontMatter):
    """A playbook: front matter, body in Chinese, and the English summary.

    Attributes:
        sections: the body's parts in Chinese, in order.
        english: the English summary.
        path: the file.
    """

    sections: tuple[Section, ...]
    english: str
    path: Path = Field(exclude=True)

    @property
    def serves(self) -> tuple[Goal, ...]:
        """The goals of a campaign plan that it serves."""
        return self.goals or GOALS_OF[self.stage]

    @property
    def body(self) -> str:
        """The Chinese body as Markdown."""
        return "\n\n".join(f"## {section.heading}\n\n{section.text}" for section in self.sections)
