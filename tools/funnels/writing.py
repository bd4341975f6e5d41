"""The parts that every order of steps is written from: rows of an event, the entries, the people they must be of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.model import Source
from tools.behaviour.events import Activity
from tools.funnels.definition import Funnel
from tools.semantic_layer.analysis import Draft, Scope, add_states
from tools.semantic_layer.bucketing import Bucketing
from tools.semantic_layer.facts import FACT, Facts
from tools.semantic_layer.plan import Window, Windows

_OWN = {"platform": "platform"}


class People:
    """Who may enter, and what the attempts are split by.

    Platform is that of the row an attempt starts with; everything else is the user's, lifecycle and segment at the end of
    the range. People without a row in ``users`` have unknown values.
    """

    def __init__(self, draft: Draft, scope: Scope) -> None:
        window = Window(scope.end, scope.end, scope.end, scope.end)
        bucketing = Bucketing(Windows("total", (window,), (scope.end,)), "people", "people_windows")
        source = Source(id="entries", table="entries", date="event_date", user="user_id", own=_OWN)
        made = [Facts(source, bucketing, frozenset(_OWN), scope.catalog, draft.binder, scope.filters) for _ in range(2)]
        self.kept, self.split = made
        self.kept.experiment()
        for each in scope.filters:
            self.kept.filter(each)
        if any(dimension.id == "variant" for dimension in scope.dimensions):
            self.split.experiment()
        self.columns = {dimension.id: self.split.column(dimension) for dimension in scope.dimensions}
        draft.tables |= self.kept.tables | self.split.tables
        self.split.needs_lifecycle |= self.kept.needs_lifecycle
        self.split.segments |= self.kept.segments
        add_states(draft, self.split, bucketing)

        self.filtered = bool(scope.filters)
        self.uses_platform = self.by_platform or any(each.dimension.id == "platform" for each in scope.filters)

    @property
    def by_platform(self) -> bool:
        """Whether attempts are told apart by the platform they start on."""
        return "platform" in self.columns

    def entries(self, relation: str, columns: Mapping[str, str], conditions: Sequence[str]) -> str:
        """Return a SELECT over ``relation AS f`` of the rows that are of people who may enter."""
        return _select(relation, self.kept, columns, [*conditions, *self.kept.conditions])

    def tagged(self, relation: str, columns: Mapping[str, str]) -> str:
        """Return a SELECT over ``relation AS f`` with a column per dimension."""
        return _select(relation, self.split, {**self.columns, **columns}, ())


def _select(relation: str, facts: Facts, columns: Mapping[str, str], conditions: Sequence[str]) -> str:
    joins = "".join(f" {how.upper()} JOIN {table} ON {on}" for table, on, how in facts.joins)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {listed(columns)} FROM {relation} AS {FACT}{joins}{where}"


@dataclass(frozen=True)
class Writing:
    """A funnel while its statement is written."""

    funnel: Funnel
    draft: Draft
    people: People

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that one user's attempts are told apart by."""
        return ("user_id", "platform") if self.people.by_platform else ("user_id",)

    def first_days(self, alias: str = FACT) -> str:
        """Return the condition on the day of the first step."""
        days = (self._day("start", self.funnel.start), self._day("end", self.funnel.end))
        return f"{alias}.event_date BETWEEN {days[0]} AND {days[1]}"

    def days(self, alias: str) -> str:
        """Return the condition on the day of any step."""
        return (
            f"{alias}.event_date BETWEEN {self._day('start', self.funnel.start)} AND "
            f"{self._day('last_day', self.funnel.last_day)}"
        )

    def matches(self, activity: Activity, alias: str) -> str:
        """Return the condition that a row of events is one that counts."""
        self.draft.tables.add("events")
        return " AND ".join(activity.conditions(self.draft, alias, raw=True))

    def rows(self, *activities: Activity) -> str:
        """Return a SELECT of user_id and t (microseconds) of the rows that are any of ``activities``."""
        found = " OR ".join(f"({self.matches(each, 'e')})" for each in distinct(activities))
        return f"SELECT e.user_id AS user_id, epoch_us(e.ts) AS t FROM events AS e WHERE ({found}) AND {self.days('e')}"

    def entries(self) -> str:
        """Return a SELECT of the rows of the first step that may start an attempt: the keys and t1."""
        return self.people.entries(
            "events",
            {**{key: f"{FACT}.{key}" for key in self.keys}, "t1": f"epoch_us({FACT}.ts)"},
            [self.matches(self.funnel.step(1), FACT), self.first_days()],
        )

    def in_window(self, later: str, first: str) -> str:
        """Return the condition that ``later`` lies within the window that opens at ``first``, the edge included."""
        if self.funnel.window_us is None:
            return "1 = 1"
        return f"{later} - {first} <= {self.draft.binder.value('window_us', self.funnel.window_us)}"

    def _day(self, name: str, day: object) -> str:
        return f"CAST({self.draft.binder.value(name, day)} AS DATE)"


def distinct(activities: Sequence[Activity]) -> list[Activity]:
    """Return each activity once, in order."""
    return [each for place, each in enumerate(activities) if each not in activities[:place]]


def listed(columns: Mapping[str, str]) -> str:
    """Return the columns of a SELECT."""
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def of(alias: str, names: Sequence[str]) -> str:
    """Return columns of a relation under their own names."""
    return ", ".join(f"{alias}.{name} AS {name}" for name in names)


def moments(first: int, last: int) -> list[str]:
    """Return the names of the columns that hold when steps were reached."""
    return [f"t{number}" for number in range(first, last + 1)]
