"""Ordered funnels attempt by attempt: for every entry, each step's first row at or after the step before.

Slower than ``chains``, but it can tell attempts apart: where some are left out, where the platform they start on splits
them, and where one row could serve two steps and must serve only one. Rows at an equal timestamp may be taken in any
order; those that could serve several steps are numbered there, so that each is taken once.
"""

from __future__ import annotations

from tools.funnels.definition import Funnel
from tools.funnels.writing import Writing, listed, moments, of
from tools.semantic_layer.facts import FACT

_TIES = 64
"""Rows of one user, moment and kind of event that are told apart: more than a funnel has steps."""


def add_attempts(writing: Writing) -> str:
    """Add the attempts of an ordered funnel and return the CTE that holds them: the keys and t1 … tN."""
    draft, funnel = writing.draft, writing.funnel
    for group in sorted({funnel.group_of(n) for n in funnel.numbers if funnel.shares(n)}):
        draft.ctes[f"shared_{group}"] = _shared(writing, group)
    draft.ctes["attempts_1"] = _entries(writing)
    for number in funnel.numbers[1:]:
        draft.ctes[f"attempts_{number}"] = _hop(writing, number)
    return f"attempts_{len(funnel.steps)}"


def _shared(writing: Writing, group: int) -> str:
    """Return the rows that could serve the steps of a group: which of them (m1 …), and a place in time that no two share.

    At an equal timestamp those come first that can only serve early steps.
    """
    funnel = writing.funnel
    tests = {n: f"coalesce({writing.matches(funnel.step(n), 'e')}, false)" for n in _members(funnel, group)}
    flags = {f"m{number}": test for number, test in tests.items()}
    late = "".join(f"WHEN {tests[n]} THEN {n} " for n in sorted(tests, reverse=True))
    early = "".join(f"WHEN {tests[n]} THEN {n} " for n in sorted(tests))
    columns = {"user_id": "e.user_id", "t": "epoch_us(e.ts)", "event_date": "e.event_date", "platform": "e.platform"}
    turn = f"row_number() OVER (PARTITION BY e.user_id, e.ts ORDER BY CASE {late}END, CASE {early}END, e.platform) - 1"
    rows = (
        f"SELECT {listed(columns | flags | {'turn': turn})} FROM events AS e "
        f"WHERE ({' OR '.join(tests.values())}) AND {writing.days('e')}"
    )
    places = {"place": f"r.t * {_TIES} + r.turn"}
    if group == funnel.group_of(1):
        places["entry"] = f"min(CASE WHEN r.m1 THEN {places['place']} END) OVER (PARTITION BY r.user_id, r.t)"
    kept = of("r", [*columns, *flags])
    return f"SELECT {kept}, {listed(places)} FROM ({rows}) AS r WHERE r.turn < {_TIES}"


def _members(funnel: Funnel, group: int) -> list[int]:
    return [number for number in funnel.numbers if funnel.group_of(number) == group]


def _entries(writing: Writing) -> str:
    """Return the entries; where the first step's rows could serve later ones, one for each moment, on the first row of it.

    Rows of one moment that could start an attempt may stand in for one another: where only some of them are of the
    platform asked for, an attempt still takes the first of all, so that the others are left for its later steps.
    """
    if not writing.funnel.shares(1):
        return writing.entries()
    columns = {key: f"{FACT}.{key}" for key in writing.keys} | {"t1": f"{FACT}.t", "p1": f"{FACT}.entry"}
    rows = writing.people.entries(f"shared_{writing.funnel.group_of(1)}", columns, [f"{FACT}.m1", writing.first_days()])
    keys = ", ".join(f"e.{name}" for name in [*writing.keys, "t1"])
    return f"SELECT {of('e', [*writing.keys, 't1'])}, min(e.p1) AS p1 FROM ({rows}) AS e GROUP BY {keys}"


def _hop(writing: Writing, number: int) -> str:
    """Return the attempts with the next step, null where it was not reached within the window."""
    funnel = writing.funnel
    held = [*writing.keys, *moments(1, number - 1), *(f"p{n}" for n in range(1, number) if funnel.shares(n))]
    reached = writing.in_window("x.t", "a.t1")
    stop = ""
    if funnel.repeats == "stop" and number > 2:
        again = writing.rows(*(funnel.step(n) for n in range(2, number)))
        stop = f" ASOF LEFT JOIN ({again}) AS r ON r.user_id = a.user_id AND r.t > a.t{number - 1}"
        reached += " AND (r.t IS NULL OR x.t <= r.t)"
    columns = f"{of('a', held)}, CASE WHEN {reached} THEN x.t END AS t{number}"
    if not funnel.shares(number):
        after = ">" if funnel.strict_time else ">="
        found = f"({writing.rows(funnel.step(number))}) AS x ON x.user_id = a.user_id AND x.t {after} a.t{number - 1}"
    else:
        columns += f", CASE WHEN {reached} THEN x.place END AS p{number}"
        rows = (
            f"SELECT {of('g', ['user_id', 't', 'place'])} FROM shared_{funnel.group_of(number)} AS g WHERE g.m{number}"
        )
        found = f"({rows}) AS x ON x.user_id = a.user_id AND x.place >= {_not_before(funnel, number)}"
    return f"SELECT {columns} FROM attempts_{number - 1} AS a ASOF LEFT JOIN {found}{stop}"


def _not_before(funnel: Funnel, number: int) -> str:
    """Return the first place in time that a step may take: not before the step before, and on no row taken already."""
    moment = f"a.t{number - 1}"
    if funnel.strict_time:
        return f"({moment} + 1) * {_TIES}"
    taken = funnel.before_in_group(number)
    if taken is None:
        return f"{moment} * {_TIES}"
    return f"CASE WHEN {moment} = a.t{taken} THEN a.p{taken} + 1 ELSE {moment} * {_TIES} END"
