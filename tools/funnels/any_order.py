"""Funnels in any order: step k is reached by whoever did any k of the steps within the window.

An attempt starts with a row of any step; the others are looked for at or after it. A step that stands twice wants two rows.
"""

from __future__ import annotations

from tools.behaviour.events import Activity
from tools.funnels.writing import Writing, distinct, listed, of
from tools.semantic_layer.facts import FACT

_NEVER = 1 << 62


def add_any_order(writing: Writing) -> str:
    """Add the attempts of a funnel in any order and return the CTE that holds them: the keys and t1 … tN."""
    draft, numbers = writing.draft, writing.funnel.numbers
    kinds = distinct(writing.funnel.steps)
    draft.ctes["rows_of_steps"] = _rows(writing, kinds)
    draft.ctes["ahead"] = _ahead(writing, kinds)
    columns = {key: f"{FACT}.{key}" for key in writing.keys} | {"t": f"{FACT}.t"}
    columns |= {f"n{n}": f"{FACT}.n{n}" for n in numbers}
    draft.ctes["entries"] = writing.people.entries("ahead", columns, [writing.first_days])
    within = (f"CASE WHEN {writing.in_window(f'e.n{n}', 'e.t')} THEN e.n{n} END" for n in numbers)
    times = ", ".join(f"coalesce({each}, {_NEVER})" for each in within)
    draft.ctes["in_time"] = f"SELECT {of('e', writing.keys)}, list_sort([{times}]) AS times FROM entries AS e"
    reached = {f"t{n}": f"CASE WHEN i.times[{n}] < {_NEVER} THEN i.times[{n}] END" for n in numbers}
    draft.ctes["attempts"] = f"SELECT {of('i', writing.keys)}, {listed(reached)} FROM in_time AS i"
    return "attempts"


def _rows(writing: Writing, kinds: list[Activity]) -> str:
    tests = [f"coalesce({writing.matches(each, 'e')}, false)" for each in kinds]
    columns = {"user_id": "e.user_id", "t": "epoch_us(e.ts)", "event_date": "e.event_date", "platform": "e.platform"}
    flags = {f"m{place}": test for place, test in enumerate(tests, start=1)}
    return f"SELECT {listed(columns | flags)} FROM events AS e WHERE ({' OR '.join(tests)}) AND {writing.days('e')}"


def _ahead(writing: Writing, kinds: list[Activity]) -> str:
    """Return for each row when each step comes at or after it: n1 …; the second of two equal steps at the second row."""
    frame = "PARTITION BY r.user_id ORDER BY r.t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"
    steps = writing.funnel.steps
    columns = {name: f"r.{name}" for name in ("user_id", "t", "event_date", "platform")}
    for number, step in enumerate(steps, start=1):
        time = f"CASE WHEN r.m{kinds.index(step) + 1} THEN r.t END"
        turn = steps[:number].count(step)
        found = f"min({time})" if turn == 1 else f"nth_value({time}, {turn} IGNORE NULLS)"
        columns[f"n{number}"] = f"{found} OVER ({frame})"
    return f"SELECT {listed(columns)} FROM rows_of_steps AS r"
