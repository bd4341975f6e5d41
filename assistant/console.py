"""The terminal's language and streams."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping

from assistant.settings import Settings
from knowledge.text import Language


def console_language(settings: Settings, environ: Mapping[str, str] | None = None) -> Language:
    """Return the language of the command line: the setting's, else Chinese where the system speaks it, else English."""
    if settings.language is not None:
        return settings.language
    source = os.environ if environ is None else environ
    spoken = next((source[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if source.get(name)), "")
    if not spoken and environ is None:
        spoken = locale.getlocale()[0] or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def speak_utf8() -> None:
    """Make standard output and error UTF-8, whatever the locale: answers are in Chinese as often as not."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
