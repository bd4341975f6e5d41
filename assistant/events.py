"""What happens while an answer is made, in order: steps start and finish, then one answer comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.answer.model import Answer
from knowledge.text import Text
from tools.semantic_layer.result import Result


@dataclass(frozen=True)
class StepStarted:
    """A tool call begins: its id, the tool's name and the parameters as the model gave them."""

    call_id: str
    tool: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class StepFinished:
    """A tool call ended: with a result, or with the error that a person may read."""

    call_id: str
    result: Result | None
    error: Text | None
    elapsed_ms: float


@dataclass(frozen=True)
class AnswerReady:
    """The checked answer. Always the last event of a question."""

    answer: Answer


Event = StepStarted | StepFinished | AnswerReady
