"""What every command file shares: the settings, the language, the help words, exit statuses and standard error."""

from collections.abc import Callable
from typing import Any

import typer

from assistant.settings import Settings
from knowledge.text import Language

# Typer carries its own copy of click and exports only the leaves of its exceptions.
UsageError: Any = typer.BadParameter.__base__

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130


def say(line: str) -> None:
    """Print to standard error."""
    typer.echo(line, err=True)


class Frame:
    """What a command file needs: where to add its commands, the settings, the language and the help words."""

    def __init__(self, app: typer.Typer, settings: Settings, language: Language, words: Callable[[str], str]) -> None:
        self.app = app
        self.settings = settings
        self.language = language
        self.words = words
