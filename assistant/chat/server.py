"""Start the chat: take the port, prepare the folders, and serve Chainlit to this machine until Ctrl-C.

Chainlit reads its folder and its switches from the environment while it is imported, so nothing here imports it before
they are set; that also keeps ``yunce --help`` quick.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat import words
from assistant.chat.approot import ChatFolders, prepare_folders
from assistant.chat.current import Asker, Chat, start
from assistant.chat.port import HOST, listen
from assistant.console import console_language
from assistant.settings import Settings
from knowledge.text import Language

if TYPE_CHECKING:
    import uvicorn

# Chainlit and what it imports look at these; none may call out, and none may bring in another host's service.
_ENVIRONMENT = {
    "TRACELOOP_TELEMETRY": "false",
    "OTEL_SDK_DISABLED": "true",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "ANONYMIZED_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "CHAINLIT_ENV_FILE": os.devnull,
}
_NOT_FOR_CHAINLIT = (
    "LITERAL_API_KEY",
    "LITERAL_API_URL",
    "DATABASE_URL",
    "DISCORD_BOT_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_WEBSOCKET_TOKEN",
    "TEAMS_APP_ID",
    "TEAMS_APP_PASSWORD",
    "CHAINLIT_ROOT_PATH",
    "CHAINLIT_PARENT_ROOT_PATH",
    "CHAINLIT_CUSTOM_AUTH",
    "CHAINLIT_URL",
    "CHAINLIT_COOKIE_SAMESITE",
    "CHAINLIT_AUTH_COOKIE_NAME",
)
_SHUTDOWN_SECONDS = 3


def serve(settings: Settings, *, port: int, open_browser: bool, assistant: Asker | None = None) -> None:
    """Serve the chat at ``http://127.0.0.1:port`` until Ctrl-C, then end the process.

    ``assistant`` answers in place of the one that ``settings`` describe. Raises YunceError where the port cannot be
    used or the home cannot be written. Once it serves, Chainlit ends the process itself, with exit status 0.
    """
    language = console_language(settings)
    sock = listen(port)
    try:
        folders = prepare_folders(settings.home, port)
        _set_environment(folders.root)
        chat = _chat(settings, folders, assistant)
        start(chat)
        app = _application(folders)
        asyncio.run(_run(app, sock, chat, language=language, open_browser=open_browser))
    except KeyboardInterrupt:  # before it serves; afterwards uvicorn takes the signal and Chainlit ends the process
        print(words.BYE.in_(language), flush=True)
    finally:
        sock.close()


def _set_environment(root: Path) -> None:
    for name in _NOT_FOR_CHAINLIT:
        os.environ.pop(name, None)
    os.environ.update(_ENVIRONMENT)
    os.environ["CHAINLIT_APP_ROOT"] = str(root)
    # Signs the session token that the guard hands to every request; nothing outlives the process, so neither does this.
    os.environ["CHAINLIT_AUTH_SECRET"] = secrets.token_urlsafe(48)


def _chat(settings: Settings, folders: ChatFolders, assistant: Asker | None) -> Chat:
    from assistant.chat.names import Names  # noqa: PLC0415 - the catalog is read only when the chat starts
    from assistant.sessions import Sessions  # noqa: PLC0415
    from knowledge.catalog import load_catalog  # noqa: PLC0415

    if assistant is None:
        from assistant.service import Assistant  # noqa: PLC0415 - brings in the whole assistant

        assistant = Assistant.open(settings)
    return Chat(
        assistant=assistant,
        names=Names(load_catalog(settings.home)),
        receipt=_receipts(settings.home),
        forget=Sessions(settings.home).forget,
        database=folders.database,
        files=folders.files,
    )


def _receipts(home: Path) -> Callable[[str], Mapping[str, Any]]:
    def load(receipt: str) -> Mapping[str, Any]:
        from tools.semantic_layer.receipts import ReceiptStore  # noqa: PLC0415

        return asdict(ReceiptStore(home).load(receipt))

    return load


def _application(folders: ChatFolders) -> Any:
    """Import Chainlit, set what cannot be said in its settings file, and return it behind the guard."""
    from chainlit.config import config  # noqa: PLC0415

    config.ui.custom_build = os.path.relpath(folders.frontend, folders.root)
    config.run.headless = True  # the browser is opened below, once the server answers
    config.run.host = HOST
    from chainlit.server import app  # noqa: PLC0415

    import assistant.chat.app  # noqa: F401, PLC0415 - registers the handlers
    from assistant.chat.files_route import add_files_route  # noqa: PLC0415
    from assistant.chat.guard import LocalOnly  # noqa: PLC0415

    logging.getLogger("chainlit").setLevel(logging.WARNING)
    add_files_route(app)
    return LocalOnly(app, issue_token=_local_token)


def _local_token() -> str:
    from chainlit.auth import create_jwt  # noqa: PLC0415
    from chainlit.user import User  # noqa: PLC0415

    from assistant.chat.app import LOCAL_USER  # noqa: PLC0415

    return create_jwt(User(identifier=LOCAL_USER, display_name="Yunce"))


async def _run(app: Any, sock: socket.socket, chat: Chat, *, language: Language, open_browser: bool) -> None:
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        app, log_level="error", access_log=False, timeout_graceful_shutdown=_SHUTDOWN_SECONDS, server_header=False
    )
    server = uvicorn.Server(config)
    url = f"http://{HOST}:{sock.getsockname()[1]}"
    ready = asyncio.create_task(_when_ready(server, url, chat, language=language, open_browser=open_browser))
    with _farewell(language):
        await server.serve(sockets=[sock])
    ready.cancel()


async def _when_ready(server: uvicorn.Server, url: str, chat: Chat, *, language: Language, open_browser: bool) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.05)
    # Before anyone is told, so that the first question is answered as fast as the next one.
    await asyncio.to_thread(chat.assistant.warm)
    print(words.READY.in_(language).format(url=url), flush=True)
    if open_browser:
        await asyncio.to_thread(webbrowser.open, url)


@contextlib.contextmanager
def _farewell(language: Language) -> Any:
    """Say goodbye when Chainlit ends the process: it does so with ``os._exit``, past every ``finally`` of ours."""
    from chainlit.config import config  # noqa: PLC0415

    async def say_bye() -> None:
        print(f"\n{words.BYE.in_(language)}", flush=True)
        sys.stderr.flush()

    config.code.on_app_shutdown = say_bye
    yield
