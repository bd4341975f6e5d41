"""A funnel whose every name is resolved: what its steps count, which of them share events, its window and exclusions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from knowledge.tables import NOT_ACTIVITY
from tools.behaviour.events import Activity

Order = Literal["ordered", "any", "strict"]
Repeats = Literal["ignore", "stop"]
HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Exclusion:
    """An attempt is left out altogether where this comes after step ``after`` and before step ``before`` (from 1)."""

    activity: Activity
    after: int
    before: int


@dataclass(frozen=True)
class Funnel:
    """What the SQL of a funnel is written from.

    Attributes:
        steps: what counts for each step.
        start, end: the days of the first step; as_of: the last day any step may fall on.
        window_us: microseconds from the first step to the last, the edge included; None for no limit.
        strict_time: steps at an equal timestamp do not count.
        repeats: whether a step that comes again between two others is ignored, or stops the attempt.
    """

    steps: tuple[Activity, ...]
    start: date
    end: date
    as_of: date
    window_us: int | None
    order: Order
    strict_time: bool = False
    repeats: Repeats = "ignore"
    exclusions: tuple[Exclusion, ...] = field(default=())

    @property
    def last_day(self) -> date:
        """The last day a later step may fall on: the window after ``end``, within the data."""
        if self.window_us is None:
            return self.as_of
        days = -(-self.window_us // (24 * HOUR_US))
        return min(self.as_of, self.end + timedelta(days=min(days, (self.as_of - self.end).days)))

    @property
    def numbers(self) -> range:
        """The steps' numbers, from 1."""
        return range(1, len(self.steps) + 1)

    def step(self, number: int) -> Activity:
        """Return what counts for a step, by its number from 1."""
        return self.steps[number - 1]

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """For each step the number of the first step that one row could serve as well: one row serves one step."""
        return tuple(
            next(j for j, other in enumerate(self.steps, start=1) if _may_meet(other, step)) for step in self._merged()
        )

    def _merged(self) -> Sequence[Activity]:
        """Return the steps, with any activity standing for each kind of activity where a step counts any."""
        general = next((step for step in self.steps if step.event is None), None)
        if general is None:
            return self.steps
        return [step if step.event in NOT_ACTIVITY else general for step in self.steps]

    def group_of(self, number: int) -> int:
        """Return the group of a step, by its number from 1."""
        return self.groups[number - 1]

    def shares(self, number: int) -> bool:
        """Return whether rows of a step could serve another one."""
        return self.groups.count(self.group_of(number)) > 1

    @property
    def any_shared(self) -> bool:
        """Whether any row could serve two steps."""
        return len(set(self.groups)) < len(self.groups)

    def before_in_group(self, number: int) -> int | None:
        """Return the last step before ``number`` that its rows could serve, or None."""
        return max((j for j in range(1, number) if self.group_of(j) == self.group_of(number)), default=None)


def _may_meet(one: Activity, other: Activity) -> bool:
    """Return whether one row may be both, going by the kind of event alone."""
    if one.event is None or other.event is None:
        return one.event not in NOT_ACTIVITY and other.event not in NOT_ACTIVITY
    return one.event == other.event
