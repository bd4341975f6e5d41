"""The two ways a turn may end without figures, and the failure of a tool: small values that travel with the messages."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.errors import YunceError
from knowledge.text import Text


@dataclass(frozen=True)
class AskedBack:
    """The model asks one question back and offers replies."""

    question: Text
    choices: tuple[Text, ...]


@dataclass(frozen=True)
class Declined:
    """The model says no, why, and what it can do instead."""

    reason: Text
    choices: tuple[Text, ...]


@dataclass(frozen=True)
class ToolFailed:
    """A tool could not do what it was called for."""

    error: YunceError
