"""Funnels in any order: step k is reached by whoever did any k of the steps within the window.

An attempt starts with a row of any step; the others are looked for at or after it. A step that stands twice wants two rows.
"""

from __future__ import annotations

from tools.behaviour.events import Activity
from tools.funnels.best import PLACES
from tools.funnels.writing import Writing, distinct, listed, of
from tools.semantic_layer.facts import FACT

_NEVER = 1 << 62


def add_any_order(writing: Writing) -> None:
    """Add the CTE ``best``: the keys, level and d2 … dN of the attempt that counts, as ``add_best`` does."""
    draft, numbers = writing.draft, writing.funnel.numbers
    draft.ctes["ahead"] = _ahead(writing)
    in_time = {
        f"n{n}": f"CASE WHEN {writing.in_window(f'{FACT}.n{n}', f'{FACT}.t')} THEN {FACT}.n{n} END" for n in numbers
    }
    columns = {key: f"{FACT}.{key}" for key in writing.keys} | {"t": f"{FACT}.t"} | in_time
    draft.ctes["entries"] = writing.people.entries("ahead", columns, [writing.first_days()])
    reached = " + ".join(f"CASE WHEN e.n{n} IS NULL THEN 0 ELSE 1 END" for n in numbers)
    done = f"greatest({', '.join(f'coalesce(e.n{n}, e.t)' for n in numbers)})"
    times = {f"n{n}": f"coalesce(e.n{n}, {_NEVER})" for n in numbers}
    key = f"(CAST({reached} AS HUGEINT) * {PLACES} - {done}) * {PLACES} + e.t"
    ranked = f"SELECT {of('e', writing.keys)}, {listed(times)}, {reached} AS level, {key} AS place FROM entries AS e"
    found = "".join(f", arg_max(r.n{n}, r.place) AS n{n}" for n in numbers)
    grouped = ", ".join(f"r.{name}" for name in writing.keys)
    draft.ctes["furthest"] = (
        f"SELECT {of('r', writing.keys)}, max(r.level) AS level{found} FROM ({ranked}) AS r GROUP BY {grouped}"
    )
    listing = ", ".join(f"b.n{n}" for n in numbers)
    draft.ctes["sorted"] = (
        f"SELECT {of('b', [*writing.keys, 'level'])}, list_sort([{listing}]) AS times FROM furthest AS b"
    )
    gaps = {f"d{n}": f"s.times[{n}] - s.times[{n - 1}]" for n in numbers[1:]}
    draft.ctes["best"] = f"SELECT {of('s', [*writing.keys, 'level'])}, {listed(gaps)} FROM sorted AS s"


def _rows(writing: Writing, kinds: list[Activity]) -> str:
    """Return the rows of any step; ``m1`` … say of which kinds."""
    tests = [writing.matches(each, "e") for each in kinds]
    columns = {"user_id": "e.user_id", "t": "epoch_us(e.ts)", "event_date": "e.event_date"}
    columns |= {"platform": "e.platform"} if writing.people.uses_platform else {}
    flags = {f"m{place}": test for place, test in enumerate(tests, start=1)}
    found = " OR ".join(f"({test})" for test in tests)
    return f"SELECT {listed(columns | flags)} FROM events AS e WHERE ({found}) AND {writing.days('e')}"


def _ahead(writing: Writing) -> str:
    """Return for each row when each step comes at or after it: n1 …; the second of two equal steps at the second row."""
    kinds = distinct(writing.funnel.steps)
    frame = "PARTITION BY r.user_id ORDER BY r.t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"
    names = ["user_id", "t", "event_date", *(["platform"] if writing.people.uses_platform else [])]
    columns = {name: f"r.{name}" for name in names}
    for number, step in enumerate(writing.funnel.steps, start=1):
        time = f"CASE WHEN r.m{kinds.index(step) + 1} THEN r.t END"
        turn = writing.funnel.steps[:number].count(step)
        found = f"first_value({time} IGNORE NULLS)" if turn == 1 else f"nth_value({time}, {turn} IGNORE NULLS)"
        columns[f"n{number}"] = f"{found} OVER ({frame})"
    return f"SELECT {listed(columns)} FROM ({_rows(writing, kinds)}) AS r"
