"""The folder that Chainlit runs from, built under ``$YUNCE_HOME/chat``.

One folder for each port, because Chainlit empties its session files when a server stops; the conversations and the
local copy of the web page are shared by every chat on the same home.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.chat.frontend import frontend_source, local_frontend
from assistant.chat.words import TRANSLATIONS
from knowledge.errors import YunceError
from knowledge.text import Text

_PACKAGE = Path(__file__).resolve().parent
_PAGES = {"en": "chainlit.md", "zh": "chainlit_zh-CN.md"}


@dataclass(frozen=True)
class ChatFolders:
    """Where the chat keeps things.

    Attributes:
        root: what Chainlit calls its application root, one for each port.
        frontend: the local copy of the web page.
        database: the SQLite file with the conversations.
        files: the tables, charts and files of the conversations; served only to the person they belong to.
    """

    root: Path
    frontend: Path
    database: Path
    files: Path


def prepare_folders(home: Path, port: int) -> ChatFolders:
    """Build and return the chat's folders. Raises YunceError where ``home`` cannot be written."""
    base = home / "chat"
    try:
        for folder in (home, base, base / "files"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = _build_root(base / f"port-{port}")
        frontend = local_frontend(base)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise YunceError(
            Text(
                zh=f"无法写入 {base}（{reason}）；请检查权限和磁盘空间，或用 YUNCE_HOME 指定别的目录。",
                en=f"Cannot write {base} ({reason}); check permissions and disk space, or set YUNCE_HOME.",
            ),
            code="chat_home_unwritable",
        ) from error
    return ChatFolders(root=root, frontend=frontend, database=base / "chat.db", files=base / "files")


def _build_root(root: Path) -> Path:
    shutil.rmtree(root, ignore_errors=True)
    translations = root / ".chainlit" / "translations"
    translations.mkdir(mode=0o700, parents=True)
    resources = _resources()
    shutil.copyfile(resources / ".chainlit" / "config.toml", root / ".chainlit" / "config.toml")
    # The browser's language is narrowed to these two before Chainlit sees it, so each needs its own page.
    for name, page in (("chainlit.md", "en"), ("chainlit_en-US.md", "en"), ("chainlit_zh-CN.md", "zh")):
        shutil.copyfile(resources / _PAGES[page], root / name)
    shutil.copytree(_PACKAGE / "public", root / "public")
    shipped = frontend_source().parents[1] / "translations"
    for name, changes in TRANSLATIONS.items():
        words = json.loads((shipped / f"{name}.json").read_text(encoding="utf-8"))
        _overlay(words, changes)
        (translations / f"{name}.json").write_text(json.dumps(words, ensure_ascii=False, indent=1), encoding="utf-8")
    return root


def _resources() -> Path:
    """Return the folder that holds the welcome pages and the settings: in the wheel, else the project's own."""
    packaged = _PACKAGE / "root"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1]


def _overlay(words: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict):
            _overlay(words.setdefault(key, {}), value)
        else:
            words[key] = value
