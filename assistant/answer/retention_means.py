"""The retention of all cohorts together in one period: users who stayed of all cohorts that have lived through it.

It is no cell of a result; the number check recomputes it by the same function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.answer.view import View
from tools.semantic_layer.result import Row

LEAST_USERS: Final = 30
"""Of fewer users than this a cohort is not called the highest or lowest: a single user would move it by percents."""

_LEAST_PART: Final = 0.5
"""A period is told where cohorts with at least this part of the users have lived through it."""


@dataclass(frozen=True)
class RetentionMean:
    """What whole cohorts retained together in one period.

    Attributes:
        rows: the complete cells of the period.
        size: the users that these cohorts began with.
        rate: those of them who stayed, as a part of ``size``: the mean of the cohorts, weighted by their users.
    """

    rows: Sequence[Row]
    size: float
    rate: float


def mean_of(view: View) -> RetentionMean | None:
    """Return the mean of the last period that cohorts with half of the users have lived through.

    None where no cohort has lived through any period after its first. A period is not told before most cohorts have
    lived through it: otherwise a few old cohorts would stand for all.
    """
    found: dict[float, list[Row]] = {}
    for row in view.result.rows:
        period = view.number(row, "period")
        if period and _is_known(view, row):
            found.setdefault(period, []).append(row)
    if not found:
        return None
    sizes = {period: sum(view.number(row, "size") or 0.0 for row in rows) for period, rows in found.items()}
    told = max(period for period, size in sizes.items() if size >= _LEAST_PART * max(sizes.values()))
    stayed = sum(view.number(row, "users") or 0.0 for row in found[told])
    return RetentionMean(found[told], sizes[told], stayed / sizes[told])


def _is_known(view: View, row: Row) -> bool:
    known = None not in (view.number(row, "users"), view.number(row, "rate"))
    return known and bool(view.value(row, "complete")) and (view.number(row, "size") or 0.0) > 0
