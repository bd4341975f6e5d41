"""The segment that a conversation is about, and what a follow-up makes of it: 再限定一线城市, excluding Android, as of September."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.planner.segments.asking import Leaf, UnclearError
from assistant.planner.segments.people import People, as_of_day, read_people
from assistant.planner.segments.vocabulary import pattern
from assistant.planner.types import AskBack, Calls, Turn, World
from knowledge.text import Text


@dataclass(frozen=True)
class Spoken:
    """The segment last spoken of: the params that counted it, and whether the turn before was about it."""

    params: Mapping[str, Any]
    latest: bool

    @property
    def definition(self) -> Leaf:
        """Its definition; a named one as a reference."""
        name = self.params.get("name")
        return {"segment": name} if name else dict(self.params["definition"])

    @property
    def as_of(self) -> date | None:
        """The day it was taken on, None for today."""
        day = self.params.get("as_of")
        return date.fromisoformat(str(day)) if day else None


def spoken_of(history: Sequence[Turn]) -> Spoken | None:
    """Return the segment that was last built in the conversation, or None."""
    latest = True
    for turn in reversed(history):
        if not isinstance(turn.plan, Calls):
            latest = latest and isinstance(turn.plan, AskBack)
            continue
        call = next((c for c in reversed(turn.plan.calls) if c.tool == "build_segment"), None)
        if call is not None and ("name" in call.params or "definition" in call.params):
            params = {k: v for k, v in call.params.items() if v is not None}
            if params.keys() & {"name", "definition"}:
                return Spoken(params, latest)
        latest = False
    return None


def narrowed(text: str, spoken: Spoken, world: World) -> People | AskBack | None:
    """Return the segment spoken of as a follow-up changes it; None where it is no follow-up."""
    rest, day = as_of_day(text, world.clock)
    if day is not None and re.fullmatch(
        r"(?:那|换成|改成|what about|how about|and|呢|的?呢|[?. ]|the same|同样的?)*", rest
    ):
        return People(spoken.definition, day)
    swaps = pattern("swaps").search(text) is not None
    if not (pattern("marked").search(text) or swaps):
        return None
    bare = re.sub(
        r"(?:呢|instead|吧)$|^(?:那|换成|改成|改为|换为|换|what about|how about|and for|switch to|change to)",
        "",
        text.strip(" ?."),
    ).strip()
    if not swaps:
        match = pattern("narrows").match(bare)
        bare = bare[match.end() :].strip() if match else bare
    try:
        more = read_people(bare, world)
    except UnclearError as error:
        return _kept_on(error.ask)
    changed = _swapped(spoken.definition, more.definition) if swaps else None
    return People(changed or _both(spoken.definition, more.definition), more.as_of or spoken.as_of)


def _kept_on(ask: AskBack) -> AskBack:
    """Return a question back whose choices go on narrowing, and so keep the conditions there are."""
    choices = tuple(
        Text(f"再限定{c.zh.removeprefix('圈出').removeprefix('：')}", f"only {c.en.removeprefix('segment: ')}")
        for c in ask.choices
    )
    return AskBack(ask.question, choices)


def _both(before: Leaf, more: Leaf) -> Leaf:
    parts = [*(before.get("all", [before])), *(more.get("all", [more]))]
    return {"all": parts}


def _swapped(before: Leaf, more: Leaf) -> Leaf | None:
    """Return the definition with its condition on the same attribute changed: 那iOS呢; None where it has none."""
    attribute = more.get("attribute")
    if attribute is None:
        return None
    if before.get("attribute") == attribute:
        return more
    parts = before.get("all")
    if parts is None or sum(part.get("attribute") == attribute for part in parts) != 1:
        return None
    return {"all": [more if part.get("attribute") == attribute else part for part in parts]}
