"""The tools as langchain sees them. Errors come back as artifacts, never as exceptions that would end the run."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool

from assistant.agent.outcomes import AskedBack, Declined, ToolFailed
from knowledge.errors import YunceError
from knowledge.text import Language, Text
from tools.cited import Cited
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import Tool, ToolContext
from tools.warehouse.door import Interrupter

if TYPE_CHECKING:
    from tools.retrieval.library import Library

ASK_BACK = "ask_back"
DECLINE = "decline"
ROWS_SHOWN_TO_MODEL = 60


@dataclass(frozen=True)
class RequestContext:
    """What every tool call of one question shares."""

    layer: SemanticLayer
    language: Language
    library: Library | None = None


@dataclass(frozen=True)
class Finished:
    """The artifact of a tool call: what came of it, and how long it took in milliseconds."""

    outcome: Result | ToolFailed
    elapsed_ms: float


def bind(tool: Tool) -> BaseTool:
    """Return a tool of ours as a langchain tool that returns (text for the model, ``Finished``)."""

    async def call(runtime: ToolRuntime[RequestContext, Any], **params: Any) -> tuple[str, Finished]:
        interrupter = Interrupter()
        request = runtime.context
        context = ToolContext(request.layer, request.language, interrupter, request.library)
        started = time.perf_counter()
        outcome: Result | ToolFailed
        try:
            outcome = await asyncio.to_thread(tool.run, context, params)
        except YunceError as error:
            outcome = ToolFailed(error)
        except asyncio.CancelledError:
            interrupter.stop()
            raise
        return _for_model(outcome, request.language), Finished(outcome, (time.perf_counter() - started) * 1000)

    return _structured(tool.name, tool.description, _schema(tool), call)


def control_tools() -> list[BaseTool]:
    """Return the two tools by which a model ends a turn without figures."""
    texts = {"type": "array", "items": {"type": "string"}, "description": "short replies the person can pick"}

    async def ask_back(question: Any, choices: Any = ()) -> tuple[str, AskedBack]:
        return "asked", AskedBack(_text(question), tuple(_text(choice) for choice in choices))

    async def decline(reason: Any, choices: Any = ()) -> tuple[str, Declined]:
        return "declined", Declined(_text(reason), tuple(_text(choice) for choice in choices))

    return [
        _structured(
            ASK_BACK,
            "Ask the person one question back when the request has several readings with different figures. Ends the turn.",
            {
                "type": "object",
                "properties": {"question": {"type": "string"}, "choices": texts},
                "required": ["question"],
            },
            ask_back,
            ends_turn=True,
        ),
        _structured(
            DECLINE,
            "Say plainly that the request cannot or may not be done, why, and the nearest thing that can. Ends the turn.",
            {"type": "object", "properties": {"reason": {"type": "string"}, "choices": texts}, "required": ["reason"]},
            decline,
            ends_turn=True,
        ),
    ]


def _structured(
    name: str,
    description: str,
    schema: dict[str, Any],
    call: Callable[..., Coroutine[Any, Any, tuple[str, Any]]],
    *,
    ends_turn: bool = False,
) -> BaseTool:
    return StructuredTool(
        name=name,
        description=description,
        args_schema=schema,
        coroutine=call,
        response_format="content_and_artifact",
        return_direct=ends_turn,
    )


def _schema(tool: Tool) -> dict[str, Any]:
    schema = tool.params.model_json_schema()
    schema.pop("title", None)
    return {"properties": {}, **schema}


def _text(value: Any) -> Text:
    """Return words in both languages: the offline planner gives both, a model only the person's own."""
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return Text(str(value[0]), str(value[1]))
    return Text(str(value), str(value))


def _for_model(outcome: Result | ToolFailed, language: Language) -> str:
    if isinstance(outcome, ToolFailed):
        content: dict[str, Any] = {"error": outcome.error.in_(language), "nearest": list(outcome.error.choices)}
    else:
        content = {
            "receipt": outcome.receipt,
            "params": dict(outcome.params),
            "unit": outcome.unit,
            "columns": list(outcome.columns),
            "rows": [list(row) for row in outcome.rows[:ROWS_SHOWN_TO_MODEL]],
            "row_count": outcome.row_count,
            "notes": [note.in_(language) for note in outcome.notes],
        }
    if isinstance(outcome, Cited):
        content["passages"] = [dict(citation) for citation in outcome.citations]
    return json.dumps(content, ensure_ascii=False, default=str)
