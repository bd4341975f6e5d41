"""How sure a reading is: what was left unread, what was read for something else, and what could be read two ways.

The score is 1 less what each doubt costs, and never below 0. Below ``LINE`` no figure is given: the words in doubt count as not
understood. The costs were set by hand, then held against the development set: every right answer with a figure stays above the
line. Look-ups of metrics take what words they know and are not held to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import OSA

from assistant.planner.reading import Reading
from assistant.planner.spans import Span

#: Below this nothing is answered.
LINE = 0.7
_UNREAD, _LOOSE, _SLIP, _SHARED = 0.4, 0.4, 0.3, 0.05
_NEUTRAL = ("filler", "comma", "connector", "follow", "courtesy", "greeting", "theirs")
# What may be kept to: 只看安卓, 仅上周, only the top 3. The number of a metric is kept to only where it is the one asked for.
_KEPT_TO = (
    "value",
    "filter",
    "age",
    "date",
    "dimension",
    "limit",
    "grain",
    "op",
    "amount",
    "cohort",
    "each",
    "hint",
    "version",
)
_NAMES = ("metric", "nth", "absent")


@dataclass(frozen=True)
class Doubt:
    """Words that lower the confidence, by how much, and why: ``unread``, ``loose``, ``slip`` or ``shared``."""

    words: str
    why: str
    cost: float


@dataclass(frozen=True)
class Confidence:
    """How sure a reading is, from 0 to 1, and what lowers it."""

    score: float
    doubts: tuple[Doubt, ...]

    def __str__(self) -> str:
        """Return it for a log: 0.60 (loose: 仅限会员)."""
        told = "; ".join(f"{doubt.why}: {doubt.words}" for doubt in self.doubts)
        return f"{self.score:.2f} ({told})" if told else f"{self.score:.2f}"


def confidence_of(reading: Reading) -> Confidence:
    """Return how sure a reading is, once all its slots are filled and its words accounted for."""
    doubts = (*_unread(reading), *_loose(reading), *_slips(reading), *_shared(reading))
    return Confidence(max(0.0, round(1 - sum(doubt.cost for doubt in doubts), 4)), doubts)


def hold_to_line(reading: Reading) -> None:
    """Count the words in doubt as not understood where the reading is not sure enough to be answered."""
    found = confidence_of(reading)
    slots = reading.slots
    if found.score < LINE and not slots.unread:
        slots.unread += [doubt.words for doubt in found.doubts if doubt.why in ("loose", "slip")]


def _unread(reading: Reading) -> list[Doubt]:
    """What nothing stands for: the more of the question it is, the less sure the rest."""
    whole = max(1, sum(len(s.text.strip()) for s in reading.spans if not any(map(s.has, _NEUTRAL))))
    return [Doubt(w, "unread", min(1.0, _UNREAD + len(w.strip()) / whole)) for w in reading.slots.unread]


def _loose(reading: Reading) -> list[Doubt]:
    """仅限会员的, members only: a word that keeps to something, beside another metric's name that is none asked for."""
    spans = reading.spans
    out: list[Doubt] = []
    for i, span in enumerate(spans):
        if not span.has("only") or any(span.has(kind) for kind in ("value", "metric", "order")):
            continue
        group = _group_of(spans, i)
        others = [
            s for s in spans if s is not group and any(map(s.has, _NAMES)) and s.text != (group.text if group else "")
        ]
        if group is not None and others:
            start, end = min(span.start, group.start), max(span.end, group.end)
            out.append(Doubt(reading.text[start:end], "loose", _LOOSE))
    return out


def _group_of(spans: list[Span], index: int) -> Span | None:
    """Return the metric's name that a word keeps to: right after it, else right before it; None where it keeps to anything else."""
    after = _beside(spans, index, 1)
    if after is not None and any(map(after.has, _KEPT_TO)) and not any(map(after.has, _NAMES)):
        return None
    if after is not None and any(map(after.has, _NAMES)):
        # 只看GMV和日活: the first words, and every metric comes after them, so these are what is asked for
        asked = not any(any(map(s.has, _NAMES)) for s in spans[:index])
        joined = any(s.has("connector") or s.has("comma") for s in spans[index:]) or _is_last(spans, after)
        return None if asked and joined else after
    before = _beside(spans, index, -1)
    return before if before is not None and any(map(before.has, _NAMES)) else None


def _is_last(spans: list[Span], name: Span) -> bool:
    return not any(any(map(s.has, _NAMES)) for s in spans[spans.index(name) + 1 :])


def _beside(spans: list[Span], index: int, step: int) -> Span | None:
    i = index + step
    while 0 <= i < len(spans):
        if not spans[i].has("filler") or any(map(spans[i].has, _KEPT_TO)):
            return None if spans[i].has("comma") else spans[i]
        i += step
    return None


def _slips(reading: Reading) -> list[Doubt]:
    """Words that were read for others a letter or two away: the shorter the word, the more a letter says."""
    out: list[Doubt] = []
    for said, read in reading.slots.said:
        if said.isascii() and read.isascii() and said.isalpha() and read.replace(" ", "").isalpha():
            distance = OSA.distance(said, read, score_cutoff=2)
            if 0 < distance <= 2:
                out.append(Doubt(said, "slip", _SLIP * distance / len(said) * 2))
    return out


def _shared(reading: Reading) -> list[Doubt]:
    """Names that several dimensions hold, settled by what the metric takes."""
    held = [s for s in reading.spans if s.used and len({d for d, _ in s.get("value") or ()}) > 1]
    return [Doubt(s.text, "shared", _SHARED) for s in held]
