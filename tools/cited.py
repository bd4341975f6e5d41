"""The result of a tool that finds passages: it loads nothing, so that whoever tells it stays quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.semantic_layer.result import Result


@dataclass(frozen=True)
class Cited(Result):
    """A result without rows: what was found are passages.

    Attributes:
        citations: ``id`` (P1, P2 and so on), playbook, title, section, passage, source, score; best first.
    """

    citations: tuple[Mapping[str, Any], ...] = ()
