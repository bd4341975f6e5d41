"""A chat in a process of its own, on a free port, with a home of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

SCRIPT = Path(__file__).with_name("serve_chat.py")
_START_SECONDS = 90
_STOP_SECONDS = 20


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningChat:
    """Started on entering, stopped on leaving; ``stop`` and ``start`` may be called in between.

    ``assistant`` is ``fake`` or ``real``; ``language`` is the terminal's.
    """

    def __init__(self, home: Path, *, assistant: str = "fake", port: int | None = None, language: str = "en") -> None:
        self.home = home
        self.port = port or free_port()
        self.calls = home / "calls-to-other-hosts.txt"
        self._assistant = assistant
        self._language = language
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """The chat's address."""
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> subprocess.Popen[str]:
        """Start the process without waiting for it to answer. It runs from a folder that is not the project's."""
        self.home.mkdir(parents=True, exist_ok=True)
        environ = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("CHAINLIT", "YUNCE", "OPENAI"))
            },
            "YUNCE_HOME": str(self.home),
            "YUNCE_LANG": self._language,
            "YUNCE_TEST_CALLS": str(self.calls),
            "PYTHONUNBUFFERED": "1",
        }
        command = [sys.executable, str(SCRIPT), str(self.port), self._assistant]
        self._process = subprocess.Popen(
            command, cwd=self.home, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return self._process

    def start(self) -> RunningChat:
        """Start and wait until it answers. Raises RuntimeError with its output where it does not."""
        process = self.launch()
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if process.poll() is not None:
                output = process.stdout.read() if process.stdout else ""
                raise RuntimeError(f"the chat did not start: {output}")
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        self.stop()
        raise RuntimeError("the chat did not answer in time")

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit status and everything it printed."""
        process = self._process
        if process is None:
            return 0, ""
        self._process = None
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            output, _ = process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            raise RuntimeError(f"the chat did not stop on Ctrl-C: {output}") from None
        return process.returncode, output

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Return status and text of a request."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")

    def __enter__(self) -> RunningChat:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
