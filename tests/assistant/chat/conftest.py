"""A chat without a server: Chainlit's real session, context and history, with the browser's side recorded."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

# Chainlit reads its folder while it is imported and writes there; never into the project.
os.environ["CHAINLIT_APP_ROOT"] = tempfile.mkdtemp(prefix="yunce-chat-tests-")
os.environ["CHAINLIT_ENV_FILE"] = os.devnull
os.environ["CHAINLIT_AUTH_SECRET"] = "a-secret-of-the-tests-that-is-long-enough"


@dataclass
class Browser:
    """What the browser was sent, as ``(event, data)``."""

    sent: list[tuple[str, Any]] = field(default_factory=list)
    tool_began: asyncio.Event = field(default_factory=asyncio.Event)

    async def emit(self, event: str, data: Any) -> None:
        """Record one event, copied as it was then."""
        self.sent.append((event, dict(data) if isinstance(data, dict) else data))
        if event == "new_message" and data["type"] == "tool":
            self.tool_began.set()

    def last(self, event: str) -> Any:
        """Return the data of the last event of a kind."""
        return next(data for name, data in reversed(self.sent) if name == event)

    def all(self, event: str) -> list[Any]:
        """Return the data of every event of a kind, in order."""
        return [data for name, data in self.sent if name == event]


@pytest.fixture
def quiet() -> Iterator[None]:
    """Fail the test on any warning of Chainlit's: its data layer reports a lost write nowhere else."""
    records: list[str] = []

    class _Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                records.append(record.getMessage())

    handler = _Collect()
    logger = logging.getLogger("chainlit")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    assert records == []


@pytest.fixture
async def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: None) -> AsyncIterator[Any]:
    """The conversations in a fresh SQLite file, as Chainlit's data layer of this test."""
    from chainlit import data

    from assistant.chat.history import ChatHistory
    from assistant.chat.storage import DiskStorage

    forgotten: list[str] = []
    kept: Any = ChatHistory(tmp_path / "chat.db", DiskStorage(tmp_path / "files"), forgotten.append)
    kept.forgotten = forgotten
    monkeypatch.setattr(data, "_data_layer", kept)
    monkeypatch.setattr(data, "_data_layer_initialized", True)
    yield kept
    await settled()
    await kept.close()


@pytest.fixture
async def browser(history: Any) -> AsyncIterator[Browser]:
    """One open conversation of the local user, its first message just sent."""
    from chainlit.context import init_ws_context
    from chainlit.session import WebsocketSession
    from chainlit.user import User

    user = await history.create_user(User(identifier="local"))
    seen = Browser()
    session = WebsocketSession(
        id="session",
        socket_id="socket",
        emit=seen.emit,  # type: ignore[arg-type]
        emit_call=seen.emit,
        user_env={},
        client_type="webapp",
        user=user,
    )
    context = init_ws_context(session)
    session.has_first_interaction = True
    await context.emitter.init_thread("x" * 300)
    yield seen
    await session.delete()


async def settled() -> None:
    """Wait until every task that Chainlit started in the background is done."""
    me = asyncio.current_task()
    for _ in range(50):
        others = [task for task in asyncio.all_tasks() if task is not me]
        if not others:
            return
        await asyncio.wait(others, timeout=0.2)
