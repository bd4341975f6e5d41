"""One question and its answer in the chat: events become steps, the checked answer becomes a message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import chainlit as cl

from assistant.answer.model import Answer
from assistant.chat import attachments, step_text, words
from assistant.chat.current import Chat
from assistant.chat.names import ICONS
from assistant.events import AnswerReady, Event, StepFinished, StepStarted
from knowledge.errors import YunceError
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result

_LOG = logging.getLogger("yunce.chat")
_MOST_CHUNKS = 60
_LEAST_CHUNK = 8
_CHUNK_PAUSE = 0.012


class Turn:
    """Shows the events of one question. ``language`` is the question's, until the answer says its own."""

    def __init__(self, chat: Chat, language: Language) -> None:
        self._names = chat.names
        self._receipt = chat.receipt
        self._language: Language = language
        self._open: dict[str, tuple[Any, StepStarted]] = {}

    async def show(self, events: AsyncIterator[Event]) -> None:
        """Show every event as it comes. A stop marks the running step and is passed on; an error is one line."""
        try:
            async with aclosing(events) as stream:  # type: ignore[type-var]
                async for event in stream:
                    await self._show_one(event)
        except asyncio.CancelledError:
            await self._close_steps(words.STOPPED_STEP)
            await _say(words.STOPPED.in_(self._language))
            raise
        except YunceError as error:
            await self._close_steps(error.text)
            await _say(error.in_(self._language))
        except Exception as error:  # noqa: BLE001 - the person gets one line, the terminal the rest
            _LOG.exception("a question could not be answered")
            text = Text(*(side.format(kind=type(error).__name__) for side in words.UNEXPECTED))
            await self._close_steps(text)
            await _say(text.in_(self._language))

    async def _show_one(self, event: Event) -> None:
        if isinstance(event, StepStarted):
            await self._begin(event)
        elif isinstance(event, StepFinished):
            await self._finish(event)
        elif isinstance(event, AnswerReady):
            await self._answer(event.answer)

    async def _begin(self, event: StepStarted) -> None:
        run = cl.context.current_run
        step: Any = cl.Step(
            name=self._names.call(event.tool, event.params, self._language),
            type="tool",
            parent_id=run.id if run else None,
            show_input=False,
            icon=ICONS.get(event.tool, "database"),
        )
        step.input = dict(event.params)
        step.output = step_text.parameters(event.params, self._language)
        step.start = _now()
        self._open[event.call_id] = (step, event)
        await step.send()

    async def _finish(self, event: StepFinished) -> None:
        if event.call_id not in self._open:
            return
        step, started = self._open.pop(event.call_id)
        if event.result is not None:
            step.output = step_text.finished(event.result, await self._bound(event.result), self._language)
        else:
            error = event.error or words.FAILED
            step.output = step_text.failed(started.params, error, self._language)
            step.is_error = True
        seconds = f"{event.elapsed_ms / 1000:.2f}"
        step.name = f"{step.name} · {seconds} {'秒' if self._language == 'zh' else 's'}"
        step.end = _now()
        await step.update()

    async def _bound(self, result: Result) -> Mapping[str, Any]:
        """Return the values of the statement's parameters from its receipt; none where there is no receipt to read."""
        if not result.receipt:
            return {}
        try:
            bound = (await asyncio.to_thread(self._receipt, result.receipt)).get("bound")
        except (YunceError, OSError):
            return {}
        return bound if isinstance(bound, Mapping) else {}

    async def _close_steps(self, reason: Text) -> None:
        for step, started in self._open.values():
            step.output = step_text.failed(started.params, reason, self._language)
            step.is_error = True
            step.end = _now()
            await step.update()
        self._open.clear()

    async def _answer(self, answer: Answer) -> None:
        self._language = answer.language
        metadata = attachments.metadata_of(answer)
        message: Any = cl.Message(content="", metadata=metadata)
        await message.send()  # before the first token: a message that was only streamed is lost when stopped
        try:
            for chunk in chunks(step_text.inert(answer.answer)):
                await message.stream_token(chunk)
                await asyncio.sleep(_CHUNK_PAUSE)
            for element in attachments.elements_of(answer, self._names):
                await element.send(for_id=message.id)  # one by one: sent together they come in any order
            message.actions = attachments.actions_of(metadata)
        finally:
            await message.update()


def chunks(text: str) -> list[str]:
    """Return the text in pieces, at most sixty, so that a long answer streams no longer than a short one."""
    size = max(_LEAST_CHUNK, -(-len(text) // _MOST_CHUNKS))
    return [text[start : start + size] for start in range(0, len(text), size)]


async def _say(markdown: str) -> None:
    message: Any = cl.Message(content=step_text.inert(markdown))
    await message.send()


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
