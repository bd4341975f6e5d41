"""New users in a follow-up: 只看新用户 and October sign-ups say whose figures are meant, those asked for before."""

from __future__ import annotations

from assistant.planner.follow_up import State
from assistant.planner.read_metrics import from_cohorts
from assistant.planner.reading import Reading
from assistant.planner.types import World
from assistant.planner.words import cohort_problem

_SAYS_WHOSE = ("cohort", "only", "filler", "follow", "comma", "date", "connector", "theirs")


def only_newcomers(reading: Reading) -> bool:
    """Return whether a question says nothing but that new users are kept to: 只看新用户, only new users."""
    return _bare(reading) and reading.any("only")


def taken_as_people(reading: Reading, state: State, world: World) -> None:
    """Read new users as the people that the metrics before are about, where that is all a follow-up says.

    只看新用户 is refused of a metric that is counted over everyone. October sign-ups names the dates of a metric of new
    users for which none were said yet.
    """
    held, slots = state.draft.metrics if state.draft else (), reading.slots
    if (
        state.pending is not None
        or not held
        or slots.metrics != ["new_users"]
        or not _bare(reading)
        or held == ("new_users",)
    ):
        return
    theirs = all(from_cohorts(world, metric) for metric in held)
    dated = slots.time is not None and state.draft is not None and state.draft.period is None and theirs
    if not (reading.any("only") or dated):
        return
    slots.metrics.clear()
    slots.cohort = True
    if not theirs:
        said = next(span for span in reading.spans if span.has("cohort"))
        slots.problems.insert(0, cohort_problem(reading, said, [m for m in held if not from_cohorts(world, m)]))
    elif not dated:
        slots.follow, slots.time = True, state.draft.period if state.draft else None


def _bare(reading: Reading) -> bool:
    """Whether a question holds new users, dates, and words that decide nothing."""
    spans = reading.spans
    return any(s.has("cohort") for s in spans) and all(any(map(s.has, _SAYS_WHOSE)) for s in spans)
