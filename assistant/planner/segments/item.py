"""One condition of a description, or a mark between conditions; and the kinds of tokens that link them or say nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.planner.segments.asking import Leaf

SKIPPED = ("head", "filler", "is", "command", "ask", "this_order")
LINKS = ("and", "but", "or", "list", "list_and", "comma", "then", "but_not")


@dataclass
class Item:
    """A condition, or a mark between conditions.

    ``kind``: leaf, and, or, but, list, comma, not, open, close, exclude, exclude_end. ``window``: the days of a condition
    on what users did, None where none was said; ``bare``: it is one event and no more.
    """

    kind: str
    leaf: Leaf = field(default_factory=dict)
    text: str = ""
    timed: bool = False
    window: int | None = None
    bare: bool = False
