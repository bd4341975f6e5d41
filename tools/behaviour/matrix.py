"""What a retention matrix is of: cohorts, periods, the event that starts and the one that returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tools.behaviour.events import OWN_COLUMNS, Activity
from tools.behaviour.units import Units
from tools.semantic_layer.analysis import Scope
from tools.semantic_layer.binder import Binder

CohortRule = Literal["first", "recurring", "first_ever"]
_UNIT_DAYS = {"hour": 0, "day": 1, "week": 7, "month": 30}


@dataclass(frozen=True)
class Period:
    """One column of the matrix: ``number`` names it, ``low`` to ``high`` are the units it spans, both included."""

    number: int
    low: int
    high: int


@dataclass(frozen=True)
class Value:
    """A figure summed over the return events of a cell."""

    column: str
    agg: Literal["sum", "avg", "avg_cohort"]


@dataclass(frozen=True)
class Matrix:
    """What a retention matrix is of.

    Attributes:
        scope: days of cohort entry and people.
        units: cohorts by number; unit 0 holds the first day.
        start: the event that starts; None for registration.
        back: the event that returns.
        rolling: whether periods are multiples of 24 hours from each user's own start.
        on_or_after: whether a return in any later unit counts too.
        periods: the columns after period 0.
        min_returns: how many return events a unit must hold.
    """

    scope: Scope
    units: Units
    start: Activity | None
    back: Activity
    rule: CohortRule
    rolling: bool
    on_or_after: bool
    periods: tuple[Period, ...]
    min_returns: int
    value: Value | None

    @property
    def last_cohort(self) -> int:
        """The number of the last cohort."""
        return self.units.last_index(self.scope.end)

    @property
    def own(self) -> frozenset[str]:
        """Dimensions that are those of the event that starts; the others are the user's."""
        return frozenset(OWN_COLUMNS) if self.start else frozenset()

    @property
    def unit_days(self) -> int:
        """How many times 24 hours a rolling unit has."""
        return _UNIT_DAYS[self.units.unit]

    @property
    def returns_end(self) -> date:
        """The last day on which a return can count."""
        as_of = self.scope.meta.as_of
        if self.on_or_after:
            return as_of
        high = max(period.high for period in self.periods)
        if self.rolling:
            return min(as_of, self.scope.end + timedelta(days=(high + 1) * self.unit_days))
        return min(as_of, self.units.last(self.last_cohort + high))

    @property
    def hourly(self) -> bool:
        """Whether units are hours, which only moments tell apart."""
        return self.units.unit == "hour"

    @property
    def start_raw(self) -> bool:
        """Whether the moment of each start is needed."""
        return self.rolling or self.hourly or self.value is not None

    @property
    def back_raw(self) -> bool:
        """Whether the moment or the number of return events is needed."""
        return self.rolling or self.hourly or self.min_returns > 1

    @property
    def whole_units(self) -> bool:
        """Whether the range is cut at no unit, so that its units can be read whole."""
        return self.units.anchor == self.scope.start and self.units.last(self.last_cohort) == self.scope.end

    def number(self, binder: Binder, alias: str, day: str = "event_date") -> str:
        """Return SQL of the unit that a row of events, or of a rollup of them, lies in."""
        return self.units.sql(f"{alias}.{'ts' if self.hourly else day}", binder)
