"""Which attempt counts for a user: the furthest; of those the one that got there first; of those the one entered last."""

from __future__ import annotations

from collections.abc import Sequence

from tools.funnels.definition import Exclusion
from tools.funnels.writing import Writing, moments, of

PLACES = 1 << 52
"""More than the microseconds of any date on either side of 1970: places for one number beside another in a HUGEINT."""


def add_best(writing: Writing, attempts: str) -> None:
    """Add the CTE ``best`` from ``attempts``: the keys and t1 … tN, each null where it was not reached.

    ``best`` holds the keys, level, and d2 … dN: the microseconds from the step before.
    """
    draft, last = writing.draft, len(writing.funnel.steps)
    kept = attempts
    for place, exclusion in enumerate(writing.funnel.exclusions, start=1):
        draft.ctes[f"kept_{place}"] = _without(writing, kept, exclusion)
        kept = f"kept_{place}"
    level = "".join(f"WHEN a.t{number} IS NOT NULL THEN {number} " for number in range(last, 1, -1))
    done = ", ".join(f"a.{name}" for name in reversed(moments(1, last)))
    draft.ctes["ranked"] = (
        f"SELECT {of('a', [*writing.keys, *moments(1, last)])}, CASE {level}ELSE 1 END AS level, coalesce({done}) AS done "
        f"FROM {kept} AS a"
    )
    key = f"(CAST(r.level AS HUGEINT) * {PLACES} - r.done) * {PLACES} + r.t1"
    gaps = "".join(f", arg_max(r.t{n} - r.t{n - 1}, {key}) AS d{n}" for n in range(2, last + 1))
    keys = of("r", writing.keys)
    draft.ctes["best"] = (
        f"SELECT {keys}, max(r.level) AS level{gaps} FROM ranked AS r GROUP BY {_names('r', writing.keys)}"
    )


def _without(writing: Writing, attempts: str, exclusion: Exclusion) -> str:
    """Return the attempts in which the event did not come between its two steps, within the window.

    An event at the very moment of one of the two does not come between them.
    """
    columns = of("a", [*writing.keys, *moments(1, len(writing.funnel.steps))])
    return (
        f"SELECT {columns} FROM {attempts} AS a ASOF LEFT JOIN ({writing.rows(exclusion.activity)}) AS x "
        f"ON x.user_id = a.user_id AND x.t > a.t{exclusion.after} "
        f"WHERE x.t IS NULL OR NOT ({writing.in_window('x.t', 'a.t1')}) OR x.t >= a.t{exclusion.before}"
    )


def _names(alias: str, names: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)
