"""Asking a question set of the planner alone: what it would carry out, without any query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.evaluation.questions import Item
from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Plan, Turn, World


def as_answer(made: Plan) -> dict[str, Any]:
    """Return a plan as the answer that it leads to: its status, and its calls as results with params only."""
    if isinstance(made, Calls):
        return {"status": "answered", "results": [{"tool": c.tool, "params": dict(c.params)} for c in made.calls]}
    return {"status": "clarify" if isinstance(made, AskBack) else "declined", "results": []}


def planned(items: Sequence[Item], world: World) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return the answers of the planner by id and turn, each session in its order."""
    out: dict[tuple[str, int], Mapping[str, Any]] = {}
    for item in items:
        history: list[Turn] = []
        for number, asked in enumerate(item.turns, start=1):
            made = plan(asked.question, world, history)
            history.append(Turn(asked.question, made))
            out[item.id, number] = as_answer(made)
    return out
