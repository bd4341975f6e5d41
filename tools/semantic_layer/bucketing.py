"""Which window a row falls in: the calendar unit of its day, or a join on the days themselves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from knowledge.weeks import week_start
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.periods import DAY, unit_end
from tools.semantic_layer.plan import Windows

_LENGTHS = {"day": "1 DAY", "week": "7 DAY", "month": "1 MONTH", "quarter": "3 MONTH", "year": "1 YEAR"}


def windows_rows(windows: Windows, side: str, binder: Binder) -> str:
    """Return a SELECT of the windows: period, unit, first_day, last_day, state_day, one row each."""
    each = windows.windows
    return (
        f"SELECT {binder.days(f'{side}_period', [w.period for w in each])} AS period, "
        f"{binder.days(f'{side}_unit', [w.unit for w in each])} AS unit, "
        f"{binder.days(f'{side}_first', [w.first for w in each])} AS first_day, "
        f"{binder.days(f'{side}_last', [w.last for w in each])} AS last_day, "
        f"{binder.days(f'{side}_state', list(windows.states))} AS state_day"
    )


def _unit_start(grain: str, day: str) -> str:
    """Return SQL of the first day of the unit that a DATE is in; of a week that begins on a Sunday, that Sunday."""
    if grain == "week" and week_start() == "sunday":
        return f"(date_trunc('week', {day} + 1) - INTERVAL 1 DAY)"
    return f"date_trunc('{grain}', {day})"


@dataclass(frozen=True)
class Bucketing:
    """How rows find their window. ``table`` is the CTE that holds the windows.

    ``single``: one window, no bucket at all. ``unit``: by calendar unit, then the windows give the period. ``span``: by
    a join on the days themselves, where a window ends inside a unit that has rows of others, or windows overlap.
    """

    windows: Windows
    side: str
    table: str
    overlaps: bool = False

    @property
    def kind(self) -> str:
        """One of ``single``, ``unit``, ``span``."""
        if self.windows.grain == "total":
            return "single"
        if self.overlaps:
            return "span"
        first, last = self.windows.first, self.windows.last
        clean = all(
            w.first in (w.unit, first) and w.last in (unit_end(w.first, self.windows.grain), last)
            for w in self.windows.windows
        )
        return "unit" if clean else "span"

    @property
    def has_gaps(self) -> bool:
        """Whether there are days between the first and the last that are in no window."""
        ordered = sorted(self.windows.windows, key=lambda window: window.first)
        return any(later.first != earlier.last + DAY for earlier, later in pairwise(ordered))

    @property
    def is_identity(self) -> bool:
        """Whether every period is named by its own unit, so that the unit is the period."""
        return all(window.period == window.unit for window in self.windows.windows)

    def bucket(self, day: str) -> str:
        """Return SQL of the bucket of the DATE ``day``; only where there is one."""
        if self.kind == "span":
            return "w.period"
        if self.windows.grain == "day":
            return day
        return f"CAST({_unit_start(self.windows.grain, day)} AS DATE)"

    def last_day(self, day: str, binder: Binder) -> str:
        """Return SQL of the last day of the window that the DATE ``day`` falls in."""
        if self.kind == "span":
            return "w.last_day"
        end = binder.day(f"{self.side}_to", self.windows.last)
        if self.kind == "single":
            return end
        grain = self.windows.grain
        return f"least(CAST({_unit_start(grain, day)} + INTERVAL {_LENGTHS[grain]} AS DATE) - 1, {end})"

    def first_day(self, day: str, binder: Binder) -> str:
        """Return SQL of the first day of the window that the DATE ``day`` falls in."""
        if self.kind == "span":
            return "w.first_day"
        start = binder.day(f"{self.side}_from", self.windows.first)
        if self.kind == "single":
            return start
        return f"greatest({self.bucket(day)}, {start})"

    def between(self, day: str, binder: Binder) -> str:
        """Return the condition that keeps the rows of any window."""
        first = binder.day(f"{self.side}_from", self.windows.first)
        last = binder.day(f"{self.side}_to", self.windows.last)
        return f"{day} BETWEEN {first} AND {last}"

    def span_join(self, day: str) -> list[tuple[str, str, str]]:
        """Return the join that a ``span`` needs, as (table, condition, kind); empty otherwise."""
        if self.kind != "span":
            return []
        # Day by day, so that the rows are joined by equality: many times faster than by a range.
        days = "unnest(generate_series(x.first_day, x.last_day, INTERVAL 1 DAY))"
        named = ", ".join(f"x.{name} AS {name}" for name in ("period", "first_day", "last_day"))
        each = f"SELECT {named}, CAST({days} AS DATE) AS day FROM {self.table} AS x"
        return [(f"({each}) AS w", f"w.day = {day}", "inner")]


def lifecycle_name(bucketing: Bucketing) -> str:
    """Return the name of the CTE that holds the lifecycle of every user at the end of each bucket."""
    return f"{bucketing.table}_lifecycle"


def segments_name(bucketing: Bucketing) -> str:
    """Return the name of the CTE that holds the members of segments at the end of each bucket."""
    return f"{bucketing.table}_segments"


def days_rows(bucketing: Bucketing) -> str:
    """Return a SELECT of bucket and day: the days on which lifecycle and segments are taken."""
    key = "period" if bucketing.kind == "span" else "unit"
    return f"SELECT DISTINCT {key} AS bucket, state_day AS day FROM {bucketing.table}"
