"""A real Chromium. Without one the tests are skipped with the reason, or fail where a browser is required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _missing(reason: str) -> None:
    if os.environ.get("CI", "").lower() in ("1", "true") or os.environ.get("YUNCE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"a browser is required here: {reason}")
    pytest.skip(f"NO BROWSER TEST WAS RUN: {reason}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser of a module; each test opens its own context in it.

    Not of the whole session: while it lives, playwright's event loop runs in this thread, and no other test may have one.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed (make test installs it)")
    path = os.environ.get("YUNCE_CHROMIUM") or next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None or not Path(path).is_file():
        _missing("no Chromium found (apt-get install chromium, or set YUNCE_CHROMIUM to its path)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
