"""How well a search finds passages: recall among the first hits, and the rank of the first that is relevant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.evaluation.questions import Lookup, Passage
from assistant.planner.language import simplified

AT = (1, 3, 5)
DEEPEST = 10
"""How many hits a search is asked for: a first relevant one beyond them counts as none."""

Hit = Mapping[str, Any]
"""One citation: its ``source`` and its ``passage`` among other fields."""
Search = Callable[[str, int], Sequence[Hit]]
"""A search: the query and the number of hits wanted, to citations, best first."""

_PINYIN = re.compile(r"[（(][a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ' ]+[)）]", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """The scores of some queries: their number, mean recall at each of ``AT``, MRR, mean length of the hits in characters."""

    queries: int
    recall: Mapping[int, float]
    mrr: float
    length: float

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        recall = {f"recall@{k}": round(value, 4) for k, value in self.recall.items()}
        return {"queries": self.queries, **recall, "mrr": round(self.mrr, 4), "passage_length": round(self.length)}


def score_search(lookups: Sequence[Lookup], search: Search) -> dict[str, Found]:
    """Return the scores of a search: of all queries, of each language, of those with one and with several passages."""
    groups: dict[str, list[tuple[Lookup, Sequence[Hit]]]] = defaultdict(list)
    for lookup in lookups:
        pair = lookup, list(search(lookup.query, DEEPEST))[:DEEPEST]
        many = "several passages" if len(lookup.relevant) > 1 else "one passage"
        for group in ("all", lookup.language, many):
            groups[group].append(pair)
    return {name: _found(pairs) for name, pairs in groups.items()}


def is_relevant(hit: Hit, passage: Passage) -> bool:
    """Return whether a hit is the passage: the same file, holding its words but for blanks, Traditional forms and pinyin."""
    if str(hit.get("source")) != passage.source:
        return False
    return _bare(passage.must_contain) in _bare(str(hit.get("passage", "")))


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", simplified(_PINYIN.sub("", text)))


def _found(pairs: Sequence[tuple[Lookup, Sequence[Hit]]]) -> Found:
    n = len(pairs)
    recall = {k: sum(_recall(lookup, hits[:k]) for lookup, hits in pairs) / n for k in AT}
    lengths = [len(str(hit.get("passage", ""))) for _, hits in pairs for hit in hits]
    mean = sum(lengths) / len(lengths) if lengths else 0.0
    return Found(n, recall, sum(_reciprocal(lookup, hits) for lookup, hits in pairs) / n, mean)


def _recall(lookup: Lookup, hits: Sequence[Hit]) -> float:
    return sum(any(is_relevant(hit, p) for hit in hits) for p in lookup.relevant) / len(lookup.relevant)


def _reciprocal(lookup: Lookup, hits: Sequence[Hit]) -> float:
    ranks = (i for i, hit in enumerate(hits, start=1) if any(is_relevant(hit, p) for p in lookup.relevant))
    first = next(ranks, None)
    return 1 / first if first else 0.0
