"""The day weeks begin on: a setting of the workspace, Monday unless it says otherwise.

It is held for the length of a call in a context variable: calendar arithmetic reads it in many places, and none of them
should have to be handed it. Threads started with ``asyncio.to_thread`` see the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from typing import Literal

WeekStart = Literal["monday", "sunday"]
_START: ContextVar[WeekStart] = ContextVar("week_start", default="monday")


def week_start() -> WeekStart:
    """Return the day weeks begin on here and now."""
    return _START.get()


@contextmanager
def weeks_from(start: WeekStart) -> Iterator[None]:
    """Let weeks begin on ``start`` inside the block."""
    token = _START.set(start)
    try:
        yield
    finally:
        _START.reset(token)


def first_of_week(day: date) -> date:
    """Return the first day of the week that a day is in; the first day of the calendar for the days before its first week."""
    back = (day.weekday() + (_START.get() == "sunday")) % 7
    return day - timedelta(days=back) if day.toordinal() > back else date.min
