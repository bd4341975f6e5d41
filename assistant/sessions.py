"""Conversations: what was asked and how it was read, kept so that a follow-up works after a restart."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from assistant.planner.types import Turn, from_json, to_json

KEPT_TURNS = 30


@dataclass(frozen=True)
class Sessions:
    """Conversations under a home folder, one JSON file each, the last 30 turns of each."""

    home: Path

    def turns(self, session: str) -> tuple[Turn, ...]:
        """Return the earlier turns, oldest first; none for a new or unreadable conversation."""
        path = self._path(session)
        try:
            return tuple(from_json(row) for row in json.loads(path.read_text(encoding="utf-8")))
        except OSError:
            return ()
        except (ValueError, KeyError, TypeError):
            with suppress(OSError):
                path.replace(path.with_suffix(".damaged"))  # kept for a look; the conversation starts anew
            return ()

    def append(self, session: str, turn: Turn) -> None:
        """Add a turn. A conversation that cannot be written is only shorter, so failures are passed over."""
        path = self._path(session)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(str(path) + ".lock", timeout=10):
                self._write(path, (*self.turns(session), turn)[-KEPT_TURNS:])
        except (OSError, TimeoutError):
            return

    def forget(self, session: str) -> None:
        """Remove a conversation, if there is one."""
        path = self._path(session)
        path.unlink(missing_ok=True)
        Path(f"{path}.lock").unlink(missing_ok=True)

    def _write(self, path: Path, turns: Sequence[Turn]) -> None:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump([to_json(turn) for turn in turns], file, ensure_ascii=False, indent=1)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _path(self, session: str) -> Path:
        """Return the file of a conversation; ids may be any text, so only a plain one names its file itself."""
        plain = re.fullmatch(r"[A-Za-z0-9_-]{1,80}", session)
        name = session if plain else "s-" + hashlib.sha256(session.encode()).hexdigest()[:32]
        return self.home / "sessions" / f"{name}.json"
