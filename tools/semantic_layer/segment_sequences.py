"""SQL of sequences: users who did one event after the other, the last at most so long after the first.

The rows of a user at one moment have no order: any that makes a sequence counts. So a user's events are brought together by
moment, with how many of each event there are, and for each moment and number of steps the latest start of a sequence that
gets so far by then is worked out. One event never serves two steps, since a moment must hold as many rows of an event as
it serves steps.
"""

from __future__ import annotations

from collections import Counter

from knowledge.segments import Steps
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.segment_days import TakenOn


def sequence_members(leaf: Steps, on: TakenOn, binder: Binder) -> str:
    """Return a SELECT of the users with the sequence, whether or not it is negated."""
    return _Sequence(leaf, on, binder).members()


class _Sequence:
    def __init__(self, leaf: Steps, on: TakenOn, binder: Binder) -> None:
        self.leaf, self.on, self.binder = leaf, on, binder
        self.steps = leaf.sequence
        self.events = list(dict.fromkeys(leaf.sequence))

    def members(self) -> str:
        """Return the users for whom all steps are reached in time."""
        found = self._moments()
        for number in range(1, len(self.steps) + 1):
            found = self._level(found, number)
        last = f"k.l{len(self.steps)}"
        test = f"{last} IS NOT NULL"
        if self.leaf.within is not None:
            test = f"k.t - {last} <= {self.binder.value('within', self.leaf.within)}"
        return f"SELECT {self.on.names('k')} FROM ({found}) AS k WHERE {test} GROUP BY {self.on.terms('k')}"

    def _moments(self) -> str:
        """Return each moment of each user: t in microseconds, how many rows of each event (c1 …) and in all (n)."""
        names = [self.binder.value("event", event) for event in self.events]
        counts = [f"count(*) FILTER (WHERE e.event = {name}) AS c{i}" for i, name in enumerate(names, start=1)]
        days = [f"e.event_date <= {self.on.day}"]
        if self.leaf.days is not None:
            days.append(f"e.event_date > {self.on.day} - {self.binder.value('days', self.leaf.days)}")
        if self.leaf.adjacent:
            who = " AND ".join(f"e.user_id IN ({self._doers(name)})" for name in names)
        else:
            who = f"e.event IN ({', '.join(names)})"
        rows = self.on.rows("events", "e", " AND ".join([*days, who]))
        columns = ", ".join([self.on.keys("e.user_id"), "epoch_us(e.ts) AS t", *counts, "count(*) AS n"])
        return f"SELECT {columns} {rows} GROUP BY {self.on.group('e.user_id')}, e.ts"

    def _doers(self, event: str) -> str:
        """Return a SELECT of the users who did an event at all: nobody else's moments need to be told apart."""
        days = "" if self.on.relation else f" AND x.event_date <= {self.on.day}"
        if self.leaf.days is not None and days:
            days += f" AND x.event_date > {self.on.day} - {self.binder.value('days', self.leaf.days)}"
        return f"SELECT x.user_id FROM events AS x WHERE x.event = {event}{days}"

    def _level(self, before: str, number: int) -> str:
        """Return the moments with l<number>: the latest start of a sequence whose step of that number is done at the moment."""
        ways = [self._way(done, number) for done in range(number) if done == number - 1 or not self.leaf.strict_time]
        held = [f"p.c{i} AS c{i}" for i in range(1, len(self.events) + 1)]
        held += [f"p.l{i} AS l{i}" for i in range(1, number)]
        latest = ways[0] if len(ways) == 1 else f"greatest({', '.join(ways)})"
        columns = ", ".join([self.on.names("p"), "p.t AS t", "p.n AS n", *held, f"{latest} AS l{number}"])
        return f"SELECT {columns} FROM ({before}) AS p"

    def _way(self, done: int, number: int) -> str:
        """Return the latest start of sequences that had ``done`` steps before the moment and get to ``number`` within it."""
        needed = Counter(self.steps[done:number])
        tests = [f"p.c{self.events.index(event) + 1} >= {count}" for event, count in needed.items()]
        if done == 0:
            start = "p.t"
        else:
            over = f"PARTITION BY {self.on.terms('p')} ORDER BY p.t"
            if self.leaf.adjacent:
                start = f"lag(p.l{done}) OVER ({over})"
                if number < len(self.steps):  # what else happens at a moment in the middle stands between two steps
                    tests.append(f"p.n = {number - done}")
            else:
                start = f"max(p.l{done}) OVER ({over} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        return f"CASE WHEN {' AND '.join(tests)} THEN {start} END"
