"""Run the chat for the browser tests, with a guard that no socket of the server reaches beyond this machine.

Arguments: port, and ``fake`` or ``real``. Settings come from the environment. A call to another host is refused and
written to the file named by ``YUNCE_TEST_CALLS``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
LOOPBACK = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host not in LOOPBACK:
        with Path(os.environ["YUNCE_TEST_CALLS"]).open("a", encoding="utf-8") as calls:
            calls.write(f"{event} {host}\n")
        raise OSError(f"the chat called {host}")


def main() -> None:
    """Serve until stopped."""
    sys.addaudithook(_watch)
    from assistant.chat.server import serve
    from assistant.console import console_language
    from assistant.settings import read_settings
    from knowledge.errors import YunceError

    assistant = None
    if sys.argv[2] == "fake":
        from tests.assistant.chat.fake_assistant import FakeAssistant

        assistant = FakeAssistant()
    settings = read_settings()
    try:
        serve(settings, port=int(sys.argv[1]), open_browser=False, assistant=assistant)
    except YunceError as error:
        sys.exit(error.in_(console_language(settings)))


if __name__ == "__main__":
    main()
