"""From the attempt that counts for each user to the rows of a funnel."""

from __future__ import annotations

from collections.abc import Sequence

from tools.funnels.writing import Writing

FIGURES = ("step", "event", "users", "rate", "step_rate", "median_seconds")
"""The columns after those of the dimensions."""


def add_totals(writing: Writing) -> None:
    """Add the CTE ``totals``: for each value of the dimensions u1 … uN (users) and s2 … sN (median seconds)."""
    numbers, dimensions = writing.funnel.numbers, list(writing.people.columns)
    carried = ["level", *(f"d{n}" for n in numbers[1:])]
    writing.draft.ctes["tagged"] = writing.people.tagged("best", {name: f"f.{name}" for name in carried})
    users = [f"count(CASE WHEN g.level >= {n} THEN 1 END) AS u{n}" for n in numbers]
    seconds = [f"median(CASE WHEN g.level >= {n} THEN g.d{n} END) / 1000000.0 AS s{n}" for n in numbers[1:]]
    columns = [f"g.{name} AS {name}" for name in dimensions] + users + seconds
    grouped = f" GROUP BY {', '.join(f'g.{name}' for name in dimensions)}" if dimensions else ""
    writing.draft.ctes["totals"] = f"SELECT {', '.join(columns)} FROM tagged AS g{grouped}"


def rows_of(writing: Writing, labels: Sequence[str]) -> str:
    """Return the SELECT of the rows shown: by dimension and step, with shares of the first step and of the one before."""
    dimensions = list(writing.people.columns)
    heads = "".join(f"t.{name} AS {name}, " for name in dimensions)
    selects = []
    for number, label in zip(writing.funnel.numbers, labels, strict=True):
        before = max(1, number - 1)
        selects.append(
            f"SELECT {heads}{number} AS step, {writing.draft.binder.value('label', label)} AS event, t.u{number} AS users, "
            f"t.u{number} / nullif(t.u1, 0) AS rate, t.u{number} / nullif(t.u{before}, 0) AS step_rate, "
            f"{f't.s{number}' if number > 1 else 'CAST(NULL AS DOUBLE)'} AS median_seconds FROM totals AS t"
        )
    columns = ", ".join(f"r.{name} AS {name}" for name in [*dimensions, *FIGURES])
    order = ", ".join([*(f"r.{name}" for name in dimensions), "r.step"])
    return f"SELECT {columns} FROM ({' UNION ALL '.join(selects)}) AS r ORDER BY {order}"
