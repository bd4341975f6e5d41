"""The offline planner as a chat model: it emits tool calls by rule, with no key and no network."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from assistant.agent.bindings import ASK_BACK, DECLINE
from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Plan, Turn, World, from_json, to_json

TURN = "turn"
SAID = "said"
OFFERS = "offers"
EXPORT = "export"
ACT = "act"


class OfflinePlanner(BaseChatModel):
    """Plans a question with ``assistant.planner`` and speaks langchain. Deterministic but for call ids."""

    _world: Callable[[], World] = PrivateAttr()

    def __init__(self, world: Callable[[], World]) -> None:
        super().__init__()
        self._world = world

    @property
    def _llm_type(self) -> str:
        return "yunce-offline-planner"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any) -> Runnable[Any, AIMessage]:  # noqa: ARG002
        """Return the model itself: the planner knows its tools from its world."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._reply(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> Iterator[ChatGenerationChunk]:
        reply = self._reply(messages)
        chunks = [
            tool_call_chunk(name=c["name"], args=json.dumps(c["args"], ensure_ascii=False), id=c["id"], index=i)
            for i, c in enumerate(reply.tool_calls)
        ]
        chunk = AIMessageChunk(content=reply.text, tool_call_chunks=chunks, response_metadata=reply.response_metadata)
        yield ChatGenerationChunk(message=chunk)

    def _reply(self, messages: Sequence[BaseMessage]) -> AIMessage:
        last = max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage))
        if any(isinstance(message, ToolMessage) for message in messages[last:]):
            return AIMessage("")  # the answer is composed from the results, not from words of the planner
        history = [from_json(m.additional_kwargs[TURN]) for m in messages[:last] if TURN in m.additional_kwargs]
        return as_message(plan(messages[last].text, self._world(), history))


def as_message(made: Plan) -> AIMessage:
    """Return a plan as the message of a model that calls tools."""
    if isinstance(made, Calls):
        calls = [_call(call.tool, dict(call.params)) for call in made.calls]
        return AIMessage("", tool_calls=calls, response_metadata=_beside(made))
    choices = [list(choice) for choice in made.choices]
    if isinstance(made, AskBack):
        return AIMessage("", tool_calls=[_call(ASK_BACK, {"question": list(made.question), "choices": choices})])
    return AIMessage("", tool_calls=[_call(DECLINE, {"reason": list(made.reason), "choices": choices})])


def _beside(made: Calls) -> dict[str, Any]:
    """Return what a plan says beside its calls: how it was read, what may be asked next, whether a file is wanted."""
    offers = [[list(offer.label), list(offer.question)] for offer in made.offers]
    beside = {SAID: list(made.said) if made.said else None, OFFERS: offers, EXPORT: made.export, ACT: dict(made.act)}
    return {key: value for key, value in beside.items() if value}


def _call(name: str, args: dict[str, Any]) -> Any:
    return {"name": name, "args": args, "id": f"call_{uuid.uuid4().hex}", "type": "tool_call"}


def earlier_messages(turns: Sequence[Turn]) -> list[BaseMessage]:
    """Return the messages of earlier turns: what was asked, and what was made of it, in few words for a model."""
    messages: list[BaseMessage] = []
    for turn, data in ((turn, to_json(turn)) for turn in turns):
        messages.append(HumanMessage(turn.question, additional_kwargs={TURN: data}))
        messages.append(AIMessage(json.dumps(data["plan"], ensure_ascii=False)))
    return messages
