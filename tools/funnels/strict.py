"""Strict funnels: no other event of the user at a moment between two steps.

Each row that could serve a step knows how many blocking rows come before its moment, and how many up to it: two rows have
none between them where the first's ``upto`` is the second's ``before``. Every event blocks; with repeats ignored, those of
the steps done so far do not.
"""

from __future__ import annotations

from tools.funnels.writing import Writing, listed, moments, of
from tools.semantic_layer.facts import FACT


def add_strict(writing: Writing) -> str:
    """Add the attempts of a strict funnel and return the CTE that holds them: the keys and t1 … tN."""
    draft, funnel = writing.draft, writing.funnel
    draft.ctes["stream"] = _stream(writing)
    draft.ctes["flow"] = _flow(writing)
    columns = {key: f"{FACT}.{key}" for key in writing.keys} | {"t1": f"{FACT}.t", "n1": f"{FACT}.n"}
    columns |= {name: f"{FACT}.{name}" for name in _counts(writing, "upto")}
    draft.ctes["strict_1"] = writing.people.entries("flow", columns, [f"{FACT}.m1", writing.first_days])
    for number in funnel.numbers[1:]:
        draft.ctes[f"strict_{number}"] = _hop(writing, number)
    draft.ctes["attempts"] = _furthest(writing)
    return "attempts"


def _counts(writing: Writing, name: str) -> list[str]:
    """Return the names of the counts of blocking rows: one where every row blocks, else one for each step but the last."""
    if writing.funnel.repeats == "stop":
        return [name]
    return [f"{name}_{number}" for number in writing.funnel.numbers[:-1]]


def _stream(writing: Writing) -> str:
    """Return every event of the people with an entry, and the steps it could serve."""
    funnel = writing.funnel
    columns = {"user_id": "e.user_id", "t": "epoch_us(e.ts)", "event_date": "e.event_date", "platform": "e.platform"}
    flags = {f"m{n}": f"coalesce({writing.matches(funnel.step(n), 'e')}, false)" for n in funnel.numbers}
    entered = f"SELECT n.user_id FROM ({writing.entries()}) AS n"
    return f"SELECT {listed(columns | flags)} FROM events AS e WHERE e.user_id IN ({entered}) AND {writing.days('e')}"


def _flow(writing: Writing) -> str:
    """Return the rows that could serve a step, with how many blocking rows there are before them and up to them."""
    numbers = writing.funnel.numbers
    flags = [f"m{number}" for number in numbers]
    over = "PARTITION BY s.user_id ORDER BY s.t"
    counts = {"n": f"row_number() OVER ({over})"}
    if writing.funnel.repeats == "stop":
        counts |= {"before": f"rank() OVER ({over}) - 1", "upto": f"count(*) OVER ({over})"}
    else:
        for number in numbers[:-1]:
            done = " OR ".join(f"s.m{n}" for n in range(1, number + 1))
            blocks = f"sum(CASE WHEN {done} THEN 0 ELSE 1 END)"
            counts[f"upto_{number}"] = f"{blocks} OVER ({over})"
            earlier = f"{over} RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
            counts[f"before_{number}"] = f"coalesce({blocks} OVER ({earlier}), 0)"
    columns = ["user_id", "t", "event_date", "platform", *flags]
    counted = f"SELECT {of('s', columns)}, {listed(counts)} FROM stream AS s"
    some = " OR ".join(f"c.{flag}" for flag in flags)
    return f"SELECT {of('c', [*columns, *counts])} FROM ({counted}) AS c WHERE {some}"


def _hop(writing: Writing, number: int) -> str:
    """Return every way to the next step; of those that come to the same row from the same entry, one.

    Where one row could serve two steps, the ways differ in the rows they took and all are kept.
    """
    funnel = writing.funnel
    counts = _counts(writing, "upto")
    at = "" if funnel.repeats == "stop" else f"_{number - 1}"
    held = [*writing.keys, *moments(1, number - 1), *(f"n{n}" for n in range(1, number))]
    columns = f"{of('a', held)}, y.t AS t{number}, y.n AS n{number}, {of('y', counts)}"
    later = (
        f"y.before{at} = a.upto{at} WHERE y.m{number} AND y.t > a.t{number - 1} AND {writing.in_window('y.t', 'a.t1')}"
    )
    others = "".join(f" AND y.n <> a.n{n}" for n in range(1, number))
    same_moment = f"y.t = a.t{number - 1} WHERE y.m{number}{others}"
    found = " UNION ALL ".join(
        f"SELECT {columns} FROM strict_{number - 1} AS a JOIN flow AS y ON y.user_id = a.user_id AND {way}"
        for way in ([later] if funnel.strict_time else [later, same_moment])
    )
    if funnel.any_shared:
        return found
    same = ", ".join(f"w.{name}" for name in [*writing.keys, "t1", f"n{number}"])
    ordered = ", ".join(f"w.{name}" for name in [*moments(2, number), "n1"])
    names = [*held, f"t{number}", f"n{number}", *counts]
    ranked = f"SELECT {of('w', names)}, row_number() OVER (PARTITION BY {same} ORDER BY {ordered}) AS turn FROM ({found}) AS w"
    return f"SELECT {of('k', names)} FROM ({ranked}) AS k WHERE k.turn = 1"


def _furthest(writing: Writing) -> str:
    """Return for every entry how far it got, as early as it could."""
    last = len(writing.funnel.steps)
    levels = []
    for number in writing.funnel.numbers:
        times = [f"s.t{n}" if n <= number else "CAST(NULL AS BIGINT)" for n in range(1, last + 1)]
        columns = listed({f"t{n}": sql for n, sql in enumerate(times, start=1)})
        levels.append(f"SELECT {of('s', writing.keys)}, {columns}, {number} AS level FROM strict_{number} AS s")
    same = ", ".join(f"l.{name}" for name in [*writing.keys, "t1"])
    ordered = ", ".join(f"l.{name}" for name in moments(2, last))
    names = [*writing.keys, *moments(1, last)]
    ranked = (
        f"SELECT {of('l', names)}, row_number() OVER (PARTITION BY {same} ORDER BY l.level DESC, {ordered}) AS turn "
        f"FROM ({' UNION ALL '.join(levels)}) AS l"
    )
    return f"SELECT {of('r', names)} FROM ({ranked}) AS r WHERE r.turn = 1"
