"""A copy of Chainlit's web page that asks nobody but this machine.

The page that Chainlit ships links fonts and a style sheet from two content networks; with those hosts out of reach
the first paint waits for them. The copy is made from the installed package at start-up and is not kept in the project.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from knowledge.errors import YunceError
from knowledge.text import Text

_REMOTE_LINK = re.compile(r"\s*<link\b[^>]*\bhref=\"https?://[^\"]*\"[^>]*/?>", re.IGNORECASE)
_REMOTE_ADDRESS = re.compile(r"(?:src|href)=\"(?:https?:)?//", re.IGNORECASE)
_FIRST_SCRIPT = (
    "<script>document.documentElement.lang = /^zh/i.test(navigator.language) ? 'zh-CN' : 'en';"
    "localStorage.getItem('vite-ui-theme') || localStorage.setItem('vite-ui-theme', 'system');</script>"
)


def frontend_source() -> Path:
    """Return the folder of the web page in the installed Chainlit, found without importing it."""
    spec = find_spec("chainlit")
    if spec is None or not spec.submodule_search_locations:
        raise _unusable("chainlit")
    return Path(spec.submodule_search_locations[0]) / "frontend" / "dist"


def local_page(html: str) -> str:
    """Return the page without links to other hosts, with language and theme following the browser's.

    Raises YunceError where the page would still load something from another host.
    """
    page = _REMOTE_LINK.sub("", html)
    if _REMOTE_ADDRESS.search(page) or "<head>" not in page:
        raise _unusable(version("chainlit"))
    return page.replace("<head>", f"<head>\n    {_FIRST_SCRIPT}", 1)


def local_frontend(folder: Path, source: Path | None = None) -> Path:
    """Return ``folder/frontend-…``, the local copy of the web page; made once for each version of Chainlit.

    Safe where two chats start on one home: each builds under a name of its own and the first to finish is kept.
    """
    source = source or frontend_source()
    page = local_page((source / "index.html").read_text(encoding="utf-8"))
    key = hashlib.sha256(page.encode()).hexdigest()[:8]
    target = folder / f"frontend-{version('chainlit')}-{key}"
    if (target / "index.html").is_file():
        return target
    draft = Path(tempfile.mkdtemp(dir=folder, prefix=".frontend-"))
    shutil.copytree(source, draft, ignore=shutil.ignore_patterns("*.map"), dirs_exist_ok=True)
    (draft / "index.html").write_text(page, encoding="utf-8")
    try:
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not (target / "index.html").is_file():
            raise
    return target


def _unusable(found: str) -> YunceError:
    return YunceError(
        Text(
            zh=f"已安装的 Chainlit（{found}）的网页无法改为仅本机使用；请重新安装 chainlit==2.12.0。",
            en=f"The web page of the installed Chainlit ({found}) cannot be made local; reinstall chainlit==2.12.0.",
        ),
        code="chat_frontend",
    )
