"""Asking every question of a set in one process, each session in a conversation of its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.evaluation.ground import Ground
from assistant.evaluation.questions import Item
from assistant.events import AnswerReady
from assistant.service import Assistant
from tools.warehouse.guard import vet

Report = Callable[[int, int], None]


async def ask_all(
    assistant: Assistant, items: Sequence[Item], report: Report | None = None
) -> dict[tuple[str, int], Any]:
    """Return the answers of the whole assistant, as ``yunce ask --json`` prints them, by id and turn.

    ``report`` is told how many items are done, of how many.
    """
    out: dict[tuple[str, int], Any] = {}
    for done, item in enumerate(items, start=1):
        session = f"eval-{uuid.uuid4().hex}"
        try:
            for number, asked in enumerate(item.turns, start=1):
                out[item.id, number] = await _answer(assistant, asked.question, session)
        finally:
            assistant.sessions.forget(session)
        if report:
            report(done, len(items))
    return out


async def _answer(assistant: Assistant, question: str, session: str) -> Mapping[str, Any]:
    async for event in assistant.ask(question, session=session):
        if isinstance(event, AnswerReady):
            return event.answer.to_json()
    message = "no answer came"
    raise AssertionError(message)


def ground_of(assistant: Assistant) -> Ground:
    """Return what the answers of an assistant are judged against. Raises WarehouseError without data."""
    sql = "SELECT experiment_id, primary_metric FROM experiments ORDER BY experiment_id"
    rows = assistant.layer.warehouse.run(vet(sql, {}, tables=["experiments"], row_limit=1000)).rows
    return Ground.of(assistant.world(), {str(row[0]): str(row[1]) for row in rows if row[1] is not None})
