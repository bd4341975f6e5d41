"""What every command file shares: the settings, the language, the help words, exit statuses and standard error."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

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


_HELP_ZH = (
    ("Usage: ", "用法："),
    ("Options:", "选项："),
    ("Arguments:", "参数："),
    ("Commands:", "命令："),
    ("[OPTIONS]", "[选项]"),
    ("COMMAND [ARGS]...", "命令 [参数]…"),
    ("Show this message and exit.", "显示本说明并退出。"),
    ("[required]", "[必填]"),
    ("[default: ", "[默认："),
    ("[default:", "[默认："),
)


def in_chinese(help_text: str) -> str:
    """Return a help page whose frame, which Typer writes in English only, is in Chinese."""
    for english, chinese in _HELP_ZH:
        help_text = help_text.replace(english, chinese)
    return help_text


class ChineseGroup(TyperGroup):
    """A group of commands with its help page in Chinese."""

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return in_chinese(super().get_help(ctx))


class ChineseCommand(TyperCommand):
    """A command with its help page in Chinese."""

    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return in_chinese(super().get_help(ctx))


class Frame:
    """What a command file needs: where to add its commands, the settings, the language and the help words."""

    def __init__(self, app: typer.Typer, settings: Settings, language: Language, words: Callable[[str], str]) -> None:
        self.app = app
        self.settings = settings
        self.language = language
        self.words = words
        self.command_class = ChineseCommand if language == "zh" else TyperCommand
        self.group_class = ChineseGroup if language == "zh" else TyperGroup
