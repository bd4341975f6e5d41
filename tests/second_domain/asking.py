"""Scores a question set of this folder with the planner alone: ``python -m tests.second_domain.asking first``."""

from __future__ import annotations

import sys
from pathlib import Path

from assistant.evaluation.ground import Ground
from assistant.evaluation.planning import planned
from assistant.evaluation.questions import Item, read_set
from assistant.evaluation.report import in_words
from assistant.evaluation.scores import Scores, score
from assistant.planner.types import World
from tests.second_domain.world import FOLDER, world


def scored(path: Path, asked_in: World) -> Scores:
    """Return the scores of a question set, asked of the planner in a world."""
    items = [item for item in read_set(path) if isinstance(item, Item)]
    return score(items, planned(items, asked_in), Ground.of(asked_in))


if __name__ == "__main__":
    for line in in_words(scored(FOLDER / f"{sys.argv[1]}.jsonl", world()), "en"):
        print(line)
