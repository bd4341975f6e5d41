"""What the params of a question set are read against: the clock, the catalog, and names that stand for ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from assistant.planner.types import Clock, World
from knowledge.catalog.load import Catalog
from tools.semantic_layer.periods import default_range, previous_range, year_ago_range

_DAY = timedelta(1)


@dataclass(frozen=True)
class Ground:
    """The clock and catalog of a workspace.

    Attributes:
        ids: by dimension, the stored value of each name that values carry in the data.
        levels: the stored values of each dimension that is a number, in order.
        primary: the primary metric of each experiment.
    """

    clock: Clock
    catalog: Catalog
    ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    levels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    primary: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, primary: Mapping[str, str] | None = None) -> Ground:
        """Return the ground of a planner's world."""
        ids = {d: {name: str(v.value) for v in held for name in v.names} for d, held in world.values.items()}
        numbers = [d.id for d in world.catalog.dimensions.values() if d.type == "number"]
        levels = {d: tuple(sorted(int(v.value) for v in world.values.get(d, ()))) for d in numbers}
        return cls(world.clock, world.catalog, ids, levels, primary or {})

    def is_state(self, metric: str) -> bool:
        """Return whether a metric is a state: of a range only its last day counts."""
        found = self.catalog.metrics.get(metric)
        held = [self.catalog.measures[m].standing for m in found.measures] if found else []
        return bool(held) and all(standing is not None and standing.on == "end" for standing in held)

    def is_weekly(self, metric: str) -> bool:
        """Return whether a metric is counted in calendar weeks."""
        found = self.catalog.metrics.get(metric)
        return found is not None and found.calendar == "week"

    def default_window(self, metrics: list[str], grain: str) -> tuple[date, date]:
        """Return the days that are meant where none are given."""
        known = [self.catalog.metrics[m].default_window for m in metrics if m in self.catalog.metrics]
        windows = set(known) if grain == "total" and len(known) == len(metrics) else set()
        found = default_range({str(window) for window in windows}, self.clock.last)
        return found.start, found.end

    def base(self, compare: str, start: date, end: date, *, weekly: bool) -> tuple[date, date]:
        """Return the days that ``previous`` or ``year_ago`` mean for a range."""
        if compare == "year_ago":
            found = year_ago_range(start, end, by_week=weekly)
        elif start.weekday() == 0 and end == self.clock.last and (end - start).days < 6:
            return start - 7 * _DAY, end - 7 * _DAY  # this week to date: the same days of the week before
        else:
            found = previous_range(start, end)
        return found.start, found.end
