"""What the planner takes and gives: a world to read a question in, and a typed plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from knowledge.catalog.load import Catalog
from knowledge.text import Text
from knowledge.weeks import WeekStart


@dataclass(frozen=True)
class NamedPeriod:
    """A campaign or experiment and the days it ran, both included; no ``end`` while it still does."""

    kind: Literal["campaign", "experiment"]
    id: str
    names: tuple[str, ...]
    start: date
    end: date | None = None


@dataclass(frozen=True)
class Clock:
    """The days a question is read by, in the business time zone.

    Attributes:
        today: the business date.
        as_of: the last complete day loaded.
        data_start: the first day there is data for.
        named: campaigns and experiments whose days a question may mean: since launch of 星火计划.
        ahead: a day without a year is the next one to come, as for the start of a plan, and not the latest that has begun.
        week_start: the day weeks begin on.
    """

    today: date
    as_of: date
    data_start: date
    named: tuple[NamedPeriod, ...] = ()
    ahead: bool = False
    week_start: WeekStart = "monday"

    @property
    def last(self) -> date:
        """The last day that may be asked for: min(today, as_of)."""
        return min(self.today, self.as_of)


@dataclass(frozen=True)
class StoredValue:
    """A value as the warehouse stores it, with other names people use for it."""

    value: str | int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """Everything a question may be about: the catalog, the clock, stored values by dimension id, and the tools that exist."""

    catalog: Catalog
    clock: Clock
    values: Mapping[str, tuple[StoredValue, ...]]
    tools: frozenset[str]


@dataclass(frozen=True)
class Call:
    """One tool call; ``params`` are JSON-ready, defaults left out, dates ISO and always explicit."""

    tool: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """A next question that is one click away: what its button says, and what it asks."""

    label: Text
    question: Text


@dataclass(frozen=True)
class Calls:
    """The question is understood.

    ``said`` is how its words were read, where that is not plain from the words. ``offers`` are what may be asked next: to
    drop what was carried over, or to read the question the other way. ``export``: the rows are wanted as a file.
    ``act`` is what to do with the segment that is built: save (its name), export (csv, parquet) with attributes, profile.
    """

    calls: tuple[Call, ...]
    said: Text | None = None
    offers: tuple[Offer, ...] = ()
    export: bool = False
    act: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AskBack:
    """One question back. Each choice can be sent back as it stands and is then understood."""

    question: Text
    choices: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Decline:
    """It cannot or may not be done; ``choices`` are the nearest things that can."""

    reason: Text
    choices: tuple[Text, ...] = ()


Plan = Calls | AskBack | Decline


@dataclass(frozen=True)
class Turn:
    """An earlier question of the session, the plan made for it, and the values its answer showed, in order, by dimension."""

    question: str
    plan: Plan
    shown: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)


def to_json(turn: Turn) -> dict[str, Any]:
    """Return the turn as JSON-ready data; ``from_json`` gives the same turn back."""
    plan = turn.plan
    if isinstance(plan, Calls):
        said = list(plan.said) if plan.said else None
        data: dict[str, Any] = {"calls": [{"tool": c.tool, "params": dict(c.params)} for c in plan.calls], "said": said}
        data["offers"] = [[list(offer.label), list(offer.question)] for offer in plan.offers]
        data["export"] = plan.export
    elif isinstance(plan, AskBack):
        data = {"ask": list(plan.question), "choices": [list(c) for c in plan.choices]}
    else:
        data = {"decline": list(plan.reason), "choices": [list(c) for c in plan.choices]}
    return {"question": turn.question, "plan": data, "shown": {d: list(values) for d, values in turn.shown.items()}}


def from_json(data: Mapping[str, Any]) -> Turn:
    """Return the turn that ``to_json`` wrote. Raises KeyError or TypeError for data of another shape."""
    plan = data["plan"]
    choices = tuple(Text(*c) for c in plan.get("choices", ()))
    if "calls" in plan:
        said = Text(*plan["said"]) if plan["said"] else None
        offers = tuple(Offer(Text(*label), Text(*question)) for label, question in plan.get("offers", ()))
        calls = tuple(Call(c["tool"], c["params"]) for c in plan["calls"])
        made: Plan = Calls(calls, said, offers, export=bool(plan.get("export")))
    elif "ask" in plan:
        made = AskBack(Text(*plan["ask"]), choices)
    else:
        made = Decline(Text(*plan["decline"]), choices)
    return Turn(data["question"], made, {d: tuple(values) for d, values in (data.get("shown") or {}).items()})
