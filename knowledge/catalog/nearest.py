"""The right names nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.text import Text


def nearest(name: str, names: list[str], *, limit: int = 3, least: float = 60) -> list[str]:
    """Return up to ``limit`` of ``names`` most like ``name``, best first; none that is unlike it."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only a wrong name needs it

    found = process.extract(name.lower(), names, scorer=fuzz.WRatio, limit=limit, score_cutoff=least)
    return [match for match, _, _ in found]


def nearest_said(near: Sequence[str]) -> Text:
    """Return the sentence that gives the nearest names; nothing where there are none."""
    return Text(f"最接近的是：{'、'.join(near)}。", f"Nearest: {', '.join(near)}. ") if near else Text("", "")


def maybe_nearest(name: str, names: list[str]) -> Text:
    """Return the sentence that gives the names nearest to ``name``; nothing where none is like it."""
    return nearest_said(nearest(name, names))
