"""A question as read: its spans, and the slots they fill, before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.planner.date_words import DateSaid
from assistant.planner.periods import Period
from assistant.planner.spans import Span
from assistant.planner.types import AskBack, Decline, World
from assistant.planner.vocabulary import metric_words
from knowledge.text import Text
from tools.semantic_layer.query import Grain


@dataclass
class Order:
    """A ranking that was asked for: how, and by which metric where that was said."""

    how: str
    metric: str | None = None


@dataclass
class Slots:
    """What a question says, slot by slot; None and empty mean it says nothing of that kind.

    ``refers`` is the dimension of a value that the words only point at (那个渠道), empty where not even that is said (它).
    ``also``: further dates that are answered like ``time``, each on its own (1月和12月).
    ``pair``: two things are asked for at once, 哪个渠道哪天; ``year_ago``: 一年前 is all that is said of time.
    ``bare_change``: ``compare`` comes from a word like difference alone, which names no base.
    ``args`` is what only an analysis takes: steps, window_hours, periods …; ``carried``: the analysis in ``tools`` is the one
    spoken of, not named. ``models`` are all attribution models that were said, ``model`` the last.
    ``undo`` is what of the turn before is taken back (grain, compare, order, all); ``export``: the rows are wanted as a file;
    ``rank``: the row of the answer before that is pointed at (第二名: 2, 最后一名: -1).
    ``notes`` are further sentences for the answer.
    ``said`` collects how words were read where the answer should tell; ``problems`` are questions back and refusals, the first wins.
    """

    metrics: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    cohort: bool = False
    time: DateSaid | None = None
    also: tuple[Period, ...] = ()
    base: Period | None = None
    grain: Grain | None = None
    trend: bool = False
    dimensions: list[str] = field(default_factory=list)
    filters: list[dict[str, Any]] = field(default_factory=list)
    having: list[dict[str, Any]] = field(default_factory=list)
    compare: str | None = None
    bare_change: bool = False
    order: Order | None = None
    limit: int | None = None
    which: str | None = None
    pair: bool = False
    year_ago: bool = False
    model: str | None = None
    models: list[str] = field(default_factory=list)
    yes_no: bool = False
    tools: list[str] = field(default_factory=list)
    args: dict[str, Any] = field(default_factory=dict)
    carried: bool = False
    follow: bool = False
    adds: bool = False
    drops: list[str] = field(default_factory=list)
    all_of: list[str] = field(default_factory=list)
    refers: str | None = None
    shift: int | None = None
    unread: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    undo: set[str] = field(default_factory=set)
    export: bool = False
    rank: int | None = None
    problems: list[AskBack | Decline] = field(default_factory=list)


@dataclass
class Reading:
    """The spans of one question in a world, and the slots filled so far. ``topic``: the one metric of the turn before."""

    text: str
    spans: list[Span]
    world: World
    slots: Slots = field(default_factory=Slots)
    topic: str | None = None

    def of(self, kind: str, *, free: bool = True) -> Iterator[tuple[int, Span]]:
        """Yield index and span of every span that may be of that kind; used ones only with ``free=False``."""
        for i, span in enumerate(self.spans):
            if span.has(kind) and not (free and span.used):
                yield i, span

    def any(self, kind: str) -> bool:
        """Return whether any span, used or not, may be of that kind."""
        return any(span.has(kind) for span in self.spans)

    def beside(self, index: int, step: int, *, over: tuple[str, ...] = ("filler",)) -> tuple[int, Span] | None:
        """Return the next span before (-1) or after (+1), passing over spans that may be of the kinds ``over``."""
        i = index + step
        while 0 <= i < len(self.spans):
            span = self.spans[i]
            if not any(span.has(kind) for kind in over) or span.has("value") or span.has("dimension"):
                return i, span
            i += step
        return None

    def next_to(self, index: int, step: int) -> Span | None:
        """Return the span directly before or after, whatever it is."""
        return self.spans[index + step] if 0 <= index + step < len(self.spans) else None

    def near(self, index: int, kind: str, step: int, *, over: tuple[str, ...] = ("filler",)) -> Span | None:
        """Return the next span in a direction if it may be of that kind."""
        found = self.beside(index, step, over=over)
        return found[1] if found and found[1].has(kind) else None


def meanings(world: World, key: str) -> list[str]:
    """Return the metrics of the catalog that an ambiguous name may mean, in the order they are offered."""
    return [metric for metric in metric_words().ambiguous[key][1] if metric in world.catalog.metrics]
