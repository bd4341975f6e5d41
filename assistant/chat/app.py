"""The chat's handlers, as Chainlit calls them. Each says what happens and hands on to the module that does it."""

from __future__ import annotations

import asyncio
from typing import Any

import chainlit as cl
from chainlit.server import sio
from chainlit.session import WebsocketSession
from chainlit.types import ThreadDict

from assistant.chat import attachments, words
from assistant.chat.current import current
from assistant.chat.history import ChatHistory
from assistant.chat.storage import DiskStorage
from assistant.chat.turn import Turn
from assistant.planner.language import language_of
from knowledge.errors import YunceError
from knowledge.text import Language

LOCAL_USER = "local"


@cl.data_layer
def data_layer() -> ChatHistory:
    """Keep the conversations in SQLite under the home."""
    return ChatHistory(current().database, DiskStorage(current().files), current().forget)


@cl.header_auth_callback
async def local_user(_headers: Any) -> cl.User:
    """Take everyone who gets this far for the one local user; the guard before Chainlit lets nobody else in."""
    return cl.User(identifier=LOCAL_USER, display_name="Yunce")


@cl.set_starters
async def starters(_user: cl.User | None, language: str | None) -> list[cl.Starter]:
    """Offer questions in the browser's language."""
    side: Language = "zh" if (language or "").startswith("zh") else "en"
    return [cl.Starter(label=s.label.in_(side), message=s.question.in_(side)) for s in words.STARTERS]


@cl.on_message
async def on_message(message: cl.Message) -> None:
    """Answer a question."""
    await answer(message.content)


@cl.on_chat_resume
async def on_chat_resume(thread: ThreadDict) -> None:
    """Put the buttons back under the answers of a reopened conversation; Chainlit does not keep them."""
    stored = [
        (step["id"], step.get("metadata") or {}) for step in thread["steps"] if step["type"] == "assistant_message"
    ]
    for message_id, action in attachments.buttons(stored):
        await action.send(for_id=message_id)


@cl.action_callback(attachments.CHOOSE)
async def on_choose(action: cl.Action) -> None:
    """Ask the chosen reply as if it had been typed, in a task of its own that the stop button can end."""
    session = cl.context.session
    running = session.current_task
    if running is not None and not running.done():
        await cl.context.emitter.send_toast(words.BUSY_CHOICE.in_(_language()), "info")
        return
    session.current_task = asyncio.create_task(_ask_chosen(str(action.payload.get("question", ""))))


@cl.action_callback(attachments.SHOW_RECEIPT)
async def on_show_receipt(action: cl.Action) -> None:
    """Show a stored receipt in the side panel."""
    receipt = str(action.payload.get("receipt", ""))
    language: Language = "en" if action.payload.get("language") == "en" else "zh"
    try:
        stored = await asyncio.to_thread(current().receipt, receipt)
    except (YunceError, OSError, ValueError):
        await cl.context.emitter.send_toast(words.RECEIPT_MISSING.in_(language), "error")
        return
    await cl.ElementSidebar.set_elements(attachments.receipt_elements(receipt, stored, current().names, language))
    await cl.ElementSidebar.set_title(f"{words.RECEIPT.in_(language)} {receipt}")  # last: elements clear the title


@sio.on("stop")  # type: ignore[untyped-decorator]
async def on_stop(sid: str) -> None:
    """End the running question. In place of Chainlit's own handler, whose notice is in English only."""
    session = WebsocketSession.get(sid)
    if session is not None and session.current_task is not None:
        session.current_task.cancel()


async def answer(question: str) -> None:
    """Ask the assistant within the current conversation and show what comes."""
    language = language_of(question)
    session: Any = cl.user_session
    session.set("language", language)
    await cl.send_window_message({"yunceThread": cl.context.session.thread_id})
    turn = Turn(current(), language)
    await turn.show(current().assistant.ask(question, session=cl.context.session.thread_id))


async def _ask_chosen(question: str) -> None:
    emitter: Any = cl.context.emitter
    await emitter.task_start()
    try:
        message: Any = cl.Message(content=question, type="user_message", author=LOCAL_USER)
        await message.send()
        async with cl.Step(name="on_message", type="run", parent_id=message.id) as run:
            run.input = question
            await answer(question)
    except asyncio.CancelledError:
        pass
    finally:
        await emitter.task_end()


def _language() -> Language:
    session: Any = cl.user_session
    return "en" if session.get("language") == "en" else "zh"
