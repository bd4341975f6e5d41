"""The plain funnel, fast: ordered steps of different events, nothing left out.

Two facts keep it small. Of several entries before the same second step only the last can matter: it has the most of its
window left. Of several second steps after the same entry only the first can. So with both put in one order of time per
user, the pairs that matter stand next to each other, and one sort finds them. From a pair on, each further step is the
first of its kind at or after the step before.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tools.funnels.best import PLACES
from tools.funnels.definition import HOUR_US
from tools.funnels.writing import Writing, moments, of
from tools.semantic_layer.periods import DAY

PART_DAYS = 92
"""How many days of first steps are looked at together."""
_LONG_WINDOW_US = 31 * 24 * HOUR_US
"""With a longer window the parts of a range would read too many days twice."""


def add_chains(writing: Writing) -> None:
    """Add the CTE ``best``: user_id, level, and d2 … dN, the microseconds from the step before, of the attempt that counts."""
    draft, funnel = writing.draft, writing.funnel
    last, parts = len(funnel.steps), _parts(writing)
    nothing = "".join(f", CAST(NULL AS BIGINT) AS d{number}" for number in funnel.numbers[1:])
    everybody = f"SELECT e.user_id AS user_id, 1 AS level, CAST({_rank(1)} AS HUGEINT) AS rank{nothing}"
    levels = [f"{everybody} FROM ({writing.entries()}) AS e GROUP BY e.user_id"]
    for place, part in enumerate(parts):
        draft.ctes[f"chain_2_{place}"] = _pairs(part, f"done_{place}" if place else "")
        for number in funnel.numbers[2:]:
            draft.ctes[f"chain_{number}_{place}"] = _next(part, number, place)
        levels += [_first(number, last, place) for number in funnel.numbers[1:]]
        if part is not parts[-1]:
            draft.ctes[f"done_{place + 1}"] = _done(part, place)
    gaps = "".join(f", arg_max(l.d{number}, l.rank) AS d{number}" for number in funnel.numbers[1:])
    draft.ctes["best"] = (
        f"SELECT l.user_id AS user_id, max(l.level) AS level{gaps} FROM ({' UNION ALL '.join(levels)}) AS l GROUP BY l.user_id"
    )


def _parts(writing: Writing) -> list[Writing]:
    """Return the funnel in parts of its range, each by the days of the first step; whole where it is short.

    Whoever got through to the end in one part, before the next begins, can only get there later from it: the parts after it
    leave these people out, and with them most of the rows of those who come often.
    """
    funnel = writing.funnel
    window = funnel.window_us
    if window is None or window > _LONG_WINDOW_US:
        return [writing]
    starts = [funnel.start + timedelta(days=n) for n in range(0, (funnel.end - funnel.start).days + 1, PART_DAYS)]
    if len(starts) > 1 and (funnel.end - starts[-1]).days < PART_DAYS // 2:
        del starts[-1]
    ends = [*(start - DAY for start in starts[1:]), funnel.end]
    parts = [replace(funnel, start=start, end=end) for start, end in zip(starts, ends, strict=True)]
    return [replace(writing, funnel=part) for part in parts]


def _done(part: Writing, place: int) -> str:
    """Return a SELECT of who got through to the end before the next part begins."""
    last = len(part.funnel.steps)
    next_part = part.draft.binder.value("next_part", part.funnel.end + DAY)
    before = f" UNION ALL SELECT d.user_id AS user_id FROM done_{place} AS d" if place else ""
    return (
        f"SELECT c.user_id AS user_id FROM chain_{last}_{place} AS c "
        f"WHERE c.t{last} < epoch_us(CAST({next_part} AS TIMESTAMP)) GROUP BY c.user_id{before}"
    )


def _pairs(writing: Writing, done: str) -> str:
    """Return a SELECT of the entries directly followed by a second step, without those of people in the CTE ``done``.

    Places are even for one of the two, odd for the other: at an equal timestamp the entry comes first, unless equal
    timestamps do not count.
    """
    entry, second = (1, 0) if writing.funnel.strict_time else (0, 1)
    merged = _merged(writing, entry, second)
    if done:
        left = f"({merged}) AS n ANTI JOIN {done} AS d ON d.user_id = n.user_id"
        merged = f"SELECT n.user_id AS user_id, n.place AS place FROM {left}"
    beside = (
        "SELECT m.user_id AS user_id, m.place AS place, lag(m.place) OVER (PARTITION BY m.user_id ORDER BY m.place) AS before "
        f"FROM ({merged}) AS m"
    )
    second_here = "<> 0" if second else "= 0"
    entry_before = "<> 0" if entry else "= 0"
    pairs = (
        f"SELECT b.user_id AS user_id, (b.before - {entry}) // 2 AS t1, (b.place - {second}) // 2 AS t2 FROM ({beside}) AS b "
        f"WHERE b.place % 2 {second_here} AND b.before % 2 {entry_before}"
    )
    return f"SELECT {of('p', ['user_id', 't1', 't2'])} FROM ({pairs}) AS p WHERE {writing.in_window('p.t2', 'p.t1')}"


def _merged(writing: Writing, entry: int, second: int) -> str:
    """Return the entries and the second steps as user_id and place; in one reading where everybody may enter."""
    if writing.people.filtered:
        return (
            f"SELECT n.user_id AS user_id, n.t1 * 2 + {entry} AS place FROM ({writing.entries()}) AS n UNION ALL "
            f"SELECT s.user_id AS user_id, s.t * 2 + {second} AS place FROM ({writing.rows(writing.funnel.step(2))}) AS s"
        )
    first, later = (writing.matches(writing.funnel.step(number), "e") for number in (1, 2))
    return (
        f"SELECT e.user_id AS user_id, epoch_us(e.ts) * 2 + CASE WHEN {later} THEN {second} ELSE {entry} END AS place "
        f"FROM events AS e WHERE ({first} AND {writing.first_days('e')}) OR ({later} AND {writing.days('e')})"
    )


def _next(writing: Writing, number: int, place: int) -> str:
    after = ">" if writing.funnel.strict_time else ">="
    return (
        f"SELECT {of('c', ['user_id', *moments(1, number - 1)])}, x.t AS t{number} FROM chain_{number - 1}_{place} AS c "
        f"ASOF JOIN ({writing.rows(writing.funnel.step(number))}) AS x ON x.user_id = c.user_id AND x.t {after} c.t{number - 1} "
        f"WHERE {writing.in_window('x.t', 'c.t1')}"
    )


def _first(number: int, last: int, place: int) -> str:
    """Return the gaps of each user's attempt that first got to a step; of several, the one entered last."""
    key = f"CAST(c.t{number} AS HUGEINT) * {PLACES} - c.t1"
    gaps = [f"arg_min(c.t{n} - c.t{n - 1}, {key})" if n <= number else "NULL" for n in range(2, last + 1)]
    columns = "".join(f", {gap} AS d{n}" for n, gap in enumerate(gaps, start=2))
    rank = f"{_rank(number)} - min({key})"
    return (
        f"SELECT c.user_id AS user_id, {number} AS level, {rank} AS rank{columns} FROM chain_{number}_{place} AS c "
        "GROUP BY c.user_id"
    )


def _rank(level: int) -> str:
    """Return SQL of a HUGEINT that no attempt of a lower level reaches, whenever it got there."""
    return f"CAST({2 * level} AS HUGEINT) * {PLACES} * {PLACES}"
