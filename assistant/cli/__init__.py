"""The ``yunce`` command: one file for each command, words in both languages in ``words``."""

from __future__ import annotations

from assistant.cli.main import main

__all__ = ["main"]
