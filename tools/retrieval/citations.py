"""Hits as citations: what answers, the command line and programs show of a passage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tools.retrieval.search import Hit

BETWEEN = " › "


def citations(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Return the citations of hits, in order, with the ids P1, P2 and so on.

    ``playbook`` is the id of one of our own playbooks, null for an added document; ``score`` is how well the passage fits, 0 to 1.
    """
    return [
        {
            "id": f"P{number}",
            "playbook": hit.playbook or None,
            "title": hit.passage.title,
            "section": BETWEEN.join(hit.passage.section),
            "passage": hit.passage.text,
            "source": hit.passage.source,
            "score": hit.score,
        }
        for number, hit in enumerate(hits, start=1)
    ]
