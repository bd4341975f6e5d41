"""The chat as a person uses it: a page in its own browser context, with everything it asked for noted."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

_NOISE = ("is not a valid MIME type", "`DialogContent` requires", "Missing `Description`")


class ChatPage:
    """One browser window. On leaving, nothing may have been asked of another host and nothing may have failed."""

    def __init__(
        self, chromium: Any, url: str, *, locale: str, dark: bool = False, width: int = 1280, height: int = 900
    ) -> None:
        self.url = url
        self.requests: list[str] = []
        self.faults: list[str] = []
        self._context = chromium.new_context(
            locale=locale,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": height},
            accept_downloads=True,
        )
        self.page = self._context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._note)
        self.page.on("response", lambda response: self._note_status(response.status, response.url))

    def _note(self, message: Any) -> None:
        if message.type == "error" and not any(noise in message.text for noise in _NOISE):
            self.faults.append(message.text)

    def _note_status(self, status: int, url: str) -> None:
        if status >= 400:
            self.faults.append(f"{status} {url}")

    def open(self, path: str = "/") -> ChatPage:
        """Open the chat; it is ready when a question can be typed."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector("#chat-input")
        return self

    def ask(self, question: str) -> None:
        """Type a question and send it; typed again where the page was still being built and lost it."""
        for _ in range(20):
            self.page.locator("#chat-input").fill(question)
            self.page.wait_for_timeout(250)
            if self.page.locator("#chat-submit").is_enabled():
                break
        self.page.locator("#chat-submit").click()

    def see_answer(self, *, charts: int = 1) -> None:
        """Wait for the table and the charts of an answer."""
        self.page.locator(".yunce-table").first.wait_for(timeout=60_000)
        self.page.locator(".js-plotly-plot .main-svg").nth(charts - 1).wait_for(timeout=60_000)

    def see(self, text: str) -> None:
        """Wait until a text can be read on the page."""
        self.page.get_by_text(text).first.wait_for(timeout=60_000)

    def download(self, folder: Path) -> tuple[str, bytes]:
        """Press the CSV file; return its name and its bytes."""
        with self.page.expect_download() as expected:
            self.page.locator("a.inline-file").first.click()
        path = folder / "download"
        expected.value.save_as(path)
        return expected.value.suggested_filename, path.read_bytes()

    def width(self) -> int:
        """Return the width that the page would need, in pixels."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))

    def elsewhere(self) -> list[str]:
        """Return the addresses on other hosts that the page asked for."""
        local = ("127.0.0.1", "localhost", None)
        return [url for url in self.requests if urlsplit(url).hostname not in local]

    def shot(self, name: str) -> None:
        """Save a picture where ``YUNCE_SHOTS`` says; nothing without it."""
        import os

        if folder := os.environ.get("YUNCE_SHOTS"):
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))

    def __enter__(self) -> ChatPage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()
        if error is None:
            assert self.elsewhere() == []
            assert self.faults == []
