"""What the running chat works with. Chainlit's handlers are plain functions, so they look it up here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from assistant.events import Event

if TYPE_CHECKING:
    from assistant.chat.names import Names


class Asker(Protocol):
    """What answers: the assistant, or a stand-in with the same manners."""

    def ask(self, question: str, *, session: str | None = None) -> AsyncIterator[Event]:
        """Answer a question as a stream of events; ``session`` keeps the context of a conversation."""

    def warm(self) -> None:
        """Load what the first question needs."""


@dataclass(frozen=True)
class Chat:
    """One running chat.

    Attributes:
        assistant: what answers the questions.
        names: plain names for tools, metrics and columns.
        receipt: returns a stored receipt by id; raises YunceError or OSError where there is none.
        forget: drops what the assistant remembers of a conversation, by the conversation's id.
        database, files: where the conversations and their files are kept.
    """

    assistant: Asker
    names: Names
    receipt: Callable[[str], Mapping[str, Any]]
    forget: Callable[[str], None]
    database: Path
    files: Path


_running: list[Chat] = []


def start(chat: Chat) -> None:
    """Make ``chat`` the one that the handlers use."""
    _running[:] = [chat]


def current() -> Chat:
    """Return the running chat. Raises RuntimeError before ``start``."""
    if not _running:
        raise RuntimeError("the chat is started with `yunce chat`")
    return _running[0]
