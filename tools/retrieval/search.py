"""Search over the index: signals mixed by weights chosen on data, near-duplicates collapsed, and silence where nothing fits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from knowledge.catalog import load_catalog
from knowledge.catalog.nearest import maybe_nearest, nearest
from knowledge.errors import QueryError
from knowledge.playbooks.model import STAGES
from knowledge.text import Text
from tools.documents import shelf
from tools.documents.passages import Passage
from tools.retrieval import signals
from tools.retrieval.encoders import Encoder
from tools.retrieval.glossary import Glossary
from tools.retrieval.index import Index, Rows
from tools.retrieval.labels import Labels
from tools.retrieval.signals import Asked, Scores
from tools.retrieval.weights import Weights, weights_for
from tools.retrieval.words import plain

LONGEST_QUERY = 1_000
"""Characters of a query that are read."""
READ_CLOSELY = 1_000
"""Passages whose sentences are looked at, the best by their wholes; in a smaller index all."""
OF_ONE_PLAYBOOK = 2
"""Passages of one playbook among the hits: the rest of it is one click away."""
OUR_SHELF = "shelf"
"""The source that means our own playbooks."""
ALIKE = 0.8
"""Share of character pairs from which two passages say the same thing."""

OF_THE_FIELD = -0.5
"""How surely a query must be of the field: 1 is an ordinary question, -1 one of another field. See docs/retrieval.md."""
A_NOTION = 0.3
"""What a notion of the glossary in the query adds to that."""
MOST_NOTIONS = 3
LITERAL = 0.6
"""Share of a query's words in one passage from which its subject is not asked."""


@dataclass(frozen=True)
class Wanted:
    """What hits are restricted to; an empty field restricts nothing.

    Attributes:
        stages, segments: a passage must be about one of them.
        sources: file names, or ``shelf`` for our own playbooks.
    """

    stages: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def allows(self, labels: Labels, source: str, playbook: str) -> bool:
        """Whether a passage is among what is wanted."""
        return (
            (not self.stages or bool(set(self.stages) & set(labels.stages)))
            and (not self.segments or bool(set(self.segments) & set(labels.segments)))
            and (not self.sources or source in self.sources or bool(playbook and OUR_SHELF in self.sources))
        )


ANYTHING = Wanted()


def checked(
    stages: tuple[str, ...] = (), segments: tuple[str, ...] = (), sources: tuple[str, ...] = (), *, home: Path
) -> Wanted:
    """Return what hits are restricted to. Raises QueryError for a stage, segment or source that there is none of."""
    files = [name for each in shelf.added(home) for name in each.sources] if sources else []
    _known(stages, list(STAGES), Text("阶段", "stage"))
    _known(segments, list(load_catalog(home).segments) if segments else [], Text("分群", "segment"))
    _known(sources, [OUR_SHELF, *files], Text("来源", "source"))
    return Wanted(stages, segments, sources)


def _known(names: tuple[str, ...], every: list[str], what: Text) -> None:
    for name in names:
        if name not in every:
            near = maybe_nearest(name, every)
            raise QueryError(
                Text(
                    f"没有{what.zh} {name}。{near.zh}可用：{'、'.join(every[:12])}。",
                    f"There is no {what.en} {name}. {near.en}There are: {', '.join(every[:12])}.",
                ),
                code=f"unknown_{what.en}",
                choices=nearest(name, every),
            )


@dataclass(frozen=True)
class Hit:
    """A passage that fits.

    Attributes:
        passage: the passage.
        playbook: id of the playbook it is of; empty for a document.
        score: how well it fits, 0 to 1, 0.75 for the usual right passage; below ``Weights.least`` nothing is returned.
        also: names of other files that say the same.
        signals: what each signal said, for explanations and for fitting.
    """

    passage: Passage
    playbook: str
    score: float
    also: tuple[str, ...] = ()
    signals: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Searcher:
    """Searches one index with the encoders it was built with."""

    index: Index
    encoders: Sequence[Encoder]
    glossaries: Sequence[Glossary]
    weights: Weights

    @classmethod
    def of(cls, index: Index, encoders: Sequence[Encoder], glossaries: Sequence[Glossary]) -> Searcher:
        """Return a searcher with the weights that were chosen for these encoders."""
        return cls(index, encoders, glossaries, weights_for([each.name for each in encoders]))

    def search(self, query: str, limit: int = 5, wanted: Wanted = ANYTHING) -> list[Hit]:
        """Return the passages that fit, best first; none where nothing does. Near-duplicates count once.

        Passages of added documents go before our own shelf where they fit solidly: the shelf restates what such reports say,
        and the first-hand figure is the one to cite.
        """
        if not self.index.passages or not plain(query).strip() or limit < 1:
            return []
        asked = signals.ask(query[:LONGEST_QUERY], self.index, self.encoders, self.glossaries)
        chosen, said = self.measure(asked)
        if not self.fits(asked, said):
            return []
        scores = self.weights.mix(said)
        solid = (said["shelf"] == 0) & (scores >= _score_of(self.weights.solid))
        order = np.lexsort((-scores, ~solid))
        allowed = np.array([self._allowed(int(i), wanted) for i in chosen], bool)
        hits = (self._hit(int(chosen[i]), float(scores[i]), said, int(i)) for i in order if allowed[i])
        return _collapsed((hit for hit in hits if hit.score >= self.weights.least), limit)

    def fits(self, asked: Asked, said: Mapping[str, Scores]) -> bool:
        """Whether a query is of the field, or in the very words of some passage."""
        if float(said["words"].max()) >= LITERAL:
            return True
        subject = sum(asked.subject.values()) / len(asked.subject)
        return subject + A_NOTION * min(len(asked.tokens["notions"]), MOST_NOTIONS) >= OF_THE_FIELD

    def measure(self, asked: Asked) -> tuple[Rows, dict[str, Scores]]:
        """Return the passages looked at closely, and what every signal says of each."""
        broad = signals.lexical(asked, self.index) | signals.coarse(asked, self.index)
        count = len(self.index.passages)
        if count > READ_CLOSELY:
            rough = self.weights.mix(broad)
            chosen = np.argpartition(-rough, READ_CLOSELY)[:READ_CLOSELY].astype(np.int64)
        else:
            chosen = np.arange(count, dtype=np.int64)
        said = {name: scores[chosen] for name, scores in broad.items()}
        said |= signals.fine(asked, self.index, chosen)
        said["figure"] = signals.stated(asked, self.index, chosen)
        said["shelf"] = np.array([bool(self.index.playbooks[i]) for i in chosen], np.float32)
        return chosen, said

    def _allowed(self, row: int, wanted: Wanted) -> bool:
        if wanted is ANYTHING:
            return True
        return wanted.allows(self.index.labels[row], self.index.passages[row].source, self.index.playbooks[row])

    def _hit(self, row: int, score: float, said: dict[str, Scores], place: int) -> Hit:
        likely = 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
        each = {name: round(float(values[place]), 4) for name, values in said.items()}
        return Hit(self.index.passages[row], self.index.playbooks[row], round(likely, 4), signals=each)


def _score_of(fit: float) -> float:
    return math.log(fit / (1 - fit))


def _collapsed(hits: Iterator[Hit], limit: int) -> list[Hit]:
    """Return the first hits without those that say what a better one says, and without a third of one playbook."""
    kept: list[tuple[Hit, Counter[str]]] = []
    for hit in hits:
        said = _bigrams(hit.passage.text)
        twin = next((i for i, (_, other) in enumerate(kept) if alike(said, other) >= ALIKE), None)
        if twin is not None:
            kept[twin] = _with_source(kept[twin][0], hit.passage.source), kept[twin][1]
        elif not (hit.playbook and sum(each.playbook == hit.playbook for each, _ in kept) >= OF_ONE_PLAYBOOK):
            if len(kept) == limit:
                break
            kept.append((hit, said))
    return [hit for hit, _ in kept]


def _bigrams(text: str) -> Counter[str]:
    """Return the pairs of neighbouring characters of a text: of all of them, for this is about wording, not subject."""
    bare = "".join(plain(text).split())
    return Counter(bare[i : i + 2] for i in range(len(bare) - 1))


def alike(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of character pairs that two texts have in common, of those of both."""
    either = (one | other).total()
    return (one & other).total() / either if either else 0.0


def _with_source(hit: Hit, source: str) -> Hit:
    if source == hit.passage.source or source in hit.also:
        return hit
    return Hit(hit.passage, hit.playbook, hit.score, (*hit.also, source), hit.signals)
