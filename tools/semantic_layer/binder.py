"""Named parameters: every value that comes from outside reaches the database bound, never as text of the statement."""

from __future__ import annotations

from datetime import date
from typing import Any


class Binder:
    """Collects the values of one statement.

    Dates are bound as ISO text and cast where they are used, so that the statement and its values, as a receipt keeps
    them, can be run again by hand.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def value(self, name: str, value: Any) -> str:
        """Bind ``value`` as ``name`` (numbered where the name is taken by another value) and return its SQL."""
        bound = value.isoformat() if isinstance(value, date) else value
        free = name
        number = 1
        while free in self.values and self.values[free] != bound:
            number += 1
            free = f"{name}_{number}"
        self.values[free] = bound
        return f"${free}"

    def day(self, name: str, day: date) -> str:
        """Bind a day and return its SQL of type DATE."""
        return f"CAST({self.value(name, day)} AS DATE)"

    def days(self, name: str, days: list[date | None]) -> str:
        """Bind a list of days and return SQL that unnests it to rows of type DATE."""
        return f"unnest(CAST({self.value(name, [d.isoformat() if d else None for d in days])} AS DATE[]))"
