"""Strict funnels: no other event of the user at a moment between two steps.

The moments of a user's events are numbered; two rows have nothing between them where their numbers are the same or follow
each other. With repeats ignored, the rows that block differ from step to step: those that serve none of the steps done so
far. Then each row knows how many of them come before its moment and how many up to it, and two rows have none between
them where the first's ``upto`` is the second's ``before``.
"""

from __future__ import annotations

from tools.funnels.writing import Writing, listed, moments, of
from tools.semantic_layer.facts import FACT


def add_strict(writing: Writing) -> str:
    """Add the attempts of a strict funnel and return the CTE that holds them: the keys and t1 … tN."""
    draft, funnel = writing.draft, writing.funnel
    draft.ctes["flow"] = _flow(writing)
    columns = {key: f"{FACT}.{key}" for key in writing.keys} | {"t1": f"{FACT}.t"}
    columns |= {name: f"{FACT}.{name}" for name in _carried(writing)}
    columns |= {"n1": f"{FACT}.n"} if funnel.any_shared else {}
    enters = f"({FACT}.serves & {1 << len(funnel.steps)}) <> 0"
    draft.ctes["strict_1"] = writing.people.entries("flow", columns, [enters])
    for number in funnel.numbers[1:]:
        draft.ctes[f"strict_{number}"] = _hop(writing, number)
    draft.ctes["attempts"] = _furthest(writing)
    return "attempts"


def _stream(writing: Writing) -> str:
    """Return every event, with the steps it may serve as bits, and one more bit where it may start an attempt."""
    funnel = writing.funnel
    tests = {n: writing.matches(funnel.step(n), "e") for n in funnel.numbers}
    bits = [f"CASE WHEN {test} THEN {1 << (n - 1)} ELSE 0 END" for n, test in tests.items()]
    enters = f"CASE WHEN {tests[1]} AND {writing.first_days('e')} THEN {1 << len(funnel.steps)} ELSE 0 END"
    columns = {"user_id": "e.user_id", "t": "epoch_us(e.ts)", "serves": " + ".join([*bits, enters])}
    columns |= {"platform": "e.platform"} if writing.people.uses_platform else {}
    where = writing.days("e")
    if writing.people.filtered:
        where += f" AND e.user_id IN (SELECT n.user_id FROM ({writing.entries()}) AS n)"
    return f"SELECT {listed(columns)} FROM events AS e WHERE {where}"


def _flow(writing: Writing) -> str:
    """Return the rows that may serve a step, with what tells whether anything comes between two of them."""
    funnel = writing.funnel
    over = "PARTITION BY s.user_id ORDER BY s.t"
    counts = {"n": f"row_number() OVER ({over})"} if funnel.any_shared else {}
    if funnel.repeats == "stop":
        counts["moment"] = f"dense_rank() OVER ({over})"
    else:
        for number in funnel.numbers[:-1]:
            blocks = f"sum(CASE WHEN (s.serves & {(1 << number) - 1}) <> 0 THEN 0 ELSE 1 END)"
            counts[f"upto_{number}"] = f"{blocks} OVER ({over})"
            earlier = f"{over} RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
            counts[f"before_{number}"] = f"coalesce({blocks} OVER ({earlier}), 0)"
    columns = ["user_id", "t", "serves", *(["platform"] if writing.people.uses_platform else [])]
    counted = f"SELECT {of('s', columns)}, {listed(counts)} FROM ({_stream(writing)}) AS s"
    return f"SELECT {of('c', [*columns, *counts])} FROM ({counted}) AS c WHERE c.serves <> 0"


def _carried(writing: Writing) -> list[str]:
    """Return the columns that tell of an attempt's last row what may follow it."""
    if writing.funnel.repeats == "stop":
        return ["moment"]
    return [f"upto_{number}" for number in writing.funnel.numbers[:-1]]


def _hop(writing: Writing, number: int) -> str:
    """Return every way to the next step; of those that come to the same moment from the same entry, one.

    Where one row could serve two steps, the ways differ in the rows they took and all are kept.
    """
    funnel, shared = writing.funnel, writing.funnel.any_shared
    rows = [f"n{n}" for n in range(1, number)] if shared else []
    held = [*writing.keys, *moments(1, number - 1), *rows]
    reached = {f"t{number}": "y.t"} | ({f"n{number}": "y.n"} if shared else {})
    columns = f"{of('a', held)}, {listed(reached)}, {of('y', _carried(writing))}"
    serves = f"(y.serves & {1 << (number - 1)}) <> 0"
    beside = "y.moment = a.moment + 1"
    if funnel.repeats == "ignore":
        beside = f"y.before_{number - 1} = a.upto_{number - 1} AND y.t > a.t{number - 1}"
    ways = [f"{beside} WHERE {serves} AND {writing.in_window('y.t', 'a.t1')}"]
    if not funnel.strict_time:
        others = "".join(f" AND y.n <> a.{row}" for row in rows)
        ways.append(f"y.t = a.t{number - 1} WHERE {serves}{others}")
    found = " UNION ALL ".join(
        f"SELECT {columns} FROM strict_{number - 1} AS a JOIN flow AS y ON y.user_id = a.user_id AND {way}"
        for way in ways
    )
    if shared:
        return found
    same = ", ".join(f"w.{name}" for name in [*writing.keys, "t1", f"t{number}"])
    ordered = ", ".join(f"w.{name}" for name in moments(2, number))
    names = [*held, *reached, *_carried(writing)]
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
