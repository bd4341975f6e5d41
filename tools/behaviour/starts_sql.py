"""SQL of who starts: one row per user and cohort, with the dimensions and, where it is needed, the moment."""

from __future__ import annotations

from dataclasses import replace

from tools.behaviour.events import Activity
from tools.behaviour.matrix import Matrix
from tools.semantic_layer.analysis import Draft, add_people
from tools.semantic_layer.facts import condition


def add_starts(draft: Draft, matrix: Matrix) -> None:
    """Add the CTE ``starts``: user_id, cohort, a column per dimension, and ``started`` where moments are needed."""
    writer = _Starts(draft, matrix)
    writer.people()
    draft.ctes["starts"] = writer.starts()


class _Starts:
    """Writes who starts in a matrix into a draft."""

    def __init__(self, draft: Draft, matrix: Matrix) -> None:
        self.draft = draft
        self.matrix = matrix
        self.dimensions = [dimension.id for dimension in matrix.scope.dimensions]
        self.narrowed = False

    def people(self) -> None:
        """Add the CTE ``people`` where the users must be looked up for what is not the event's own."""
        scope, own = self.matrix.scope, self.matrix.own
        users = replace(
            scope,
            dimensions=tuple(d for d in scope.dimensions if d.id not in own),
            filters=tuple(f for f in scope.filters if f.dimension.id not in own),
        )
        self.narrowed = users.narrowed
        if users.narrowed:
            add_people(self.draft, users)

    def starts(self) -> str:
        """Return the SELECT of who starts."""
        if self.matrix.start is None:
            return self._registrations()
        if self.matrix.rule == "recurring":
            return self._turns(self.matrix.start)
        return self._firsts(self.matrix.start)

    def _registrations(self) -> str:
        table = "people" if self.narrowed else "users"
        self.draft.tables.add("users")
        columns = self._start_columns(
            "u.registered_at" if self.matrix.hourly else "u.register_date", "u.registered_at", "u", "u"
        )
        return f"SELECT u.user_id AS user_id, {columns} FROM {table} AS u WHERE {self._in_range('u.register_date')}"

    def _firsts(self, start: Activity) -> str:
        """Each user's first start of all that is known; users whose first lies in the range."""
        scope = self.matrix.scope
        raw = self._raw(start)
        moment = "a.ts" if self._to_the_moment(start) else "a.event_date"
        tests = start.conditions(self.draft, "a", raw=raw)
        kept = ""
        if self.matrix.rule == "first_ever" and start.where:
            own = " AND ".join(start.own_conditions(self.draft, "a"))
            tests = Activity(start.event, {}).conditions(self.draft, "a", raw=raw)
            kept = f" HAVING min({moment}) = min({moment}) FILTER (WHERE {own})"
        # Whose first is later than the range is in no cohort, so that nothing later needs to be read.
        tests.append(f"a.event_date <= {self.draft.binder.day('end', min(scope.end, scope.meta.as_of))}")
        table = start.relation(self.draft, raw=raw)
        self.draft.ctes["firsts"] = (
            f"SELECT a.user_id AS user_id, min({moment}) AS moment FROM {table} AS a WHERE {' AND '.join(tests)} "
            f"GROUP BY a.user_id{kept}"
        )
        day = "CAST(f.moment AS DATE)"
        if not self._own_used:
            joined = f"firsts AS f{self._join_people('f')}"
            columns = self._start_columns("f.moment" if self.matrix.hourly else day, "f.moment", "p", "f")
            return f"SELECT f.user_id AS user_id, {columns} FROM {joined} WHERE {self._in_range(day)}"
        return self._one_turn(
            start, raw, "JOIN firsts AS f ON f.user_id = a.user_id AND f.moment = " + moment, per="a.user_id"
        )

    def _turns(self, start: Activity) -> str:
        """Every unit with a start makes its user one of its cohort; rolling windows anchor a user once, on the first."""
        raw = self._raw(start)
        if self._own_used or self.matrix.rolling:
            number = self.matrix.number(self.draft.binder, "a")
            return self._one_turn(start, raw, "", per="a.user_id" if self.matrix.rolling else f"a.user_id, {number}")
        table, day = start.relation(self.draft, raw=raw), "event_date"
        if self.matrix.whole_units:
            table, day = start.by_unit(self.draft, self.matrix.units, raw=raw)
        number = self.matrix.number(self.draft.binder, "a", day)
        tests = [self._in_range(f"a.{day}"), *start.conditions(self.draft, "a", raw=raw)]
        moment = ", min(a.ts) AS started" if self.matrix.start_raw else ""
        dimensions = "".join(f", p.{name} AS {name}" for name in self.dimensions)
        grouped = "".join(f", p.{name}" for name in self.dimensions)
        return (
            f"SELECT a.user_id AS user_id, {number} AS cohort{moment}{dimensions} FROM {table} AS a{self._join_people('a')} "
            f"WHERE {' AND '.join(tests)} GROUP BY a.user_id, {number}{grouped}"
        )

    def _one_turn(self, start: Activity, raw: bool, join: str, *, per: str) -> str:
        """Return the earliest start per ``per`` with its own columns; equal moments are told apart by these."""
        table = start.relation(self.draft, raw=raw)
        moment = "a.ts" if raw else "a.event_date"
        tests = [self._in_range("a.event_date"), *start.conditions(self.draft, "a", raw=raw)]
        self.draft.ctes["turns"] = (
            f"SELECT a.user_id AS user_id, a.event_date AS day, {moment} AS moment, a.platform AS platform, "
            f"a.app_version AS app_version, row_number() OVER (PARTITION BY {per} ORDER BY {moment}, a.platform, "
            f"a.app_version) AS turn FROM {table} AS a {join} WHERE {' AND '.join(tests)}"
        )
        own = [
            condition(f"t.{each.dimension.id}", each, self.draft.binder)
            for each in self.matrix.scope.filters
            if each.dimension.id in self.matrix.own
        ]
        columns = self._start_columns("t.moment" if self.matrix.hourly else "t.day", "t.moment", "p", "t")
        return (
            f"SELECT t.user_id AS user_id, {columns} FROM turns AS t{self._join_people('t')} "
            f"WHERE {' AND '.join(['t.turn = 1', *own])}"
        )

    def _start_columns(self, day: str, moment: str, people: str, events: str) -> str:
        columns = [f"{self.matrix.units.sql(day, self.draft.binder)} AS cohort"]
        columns += [f"{moment} AS started"] if self.matrix.start_raw else []
        columns += [f"{events if d in self.matrix.own else people}.{d} AS {d}" for d in self.dimensions]
        return ", ".join(columns)

    def _raw(self, start: Activity) -> bool:
        """Whether starts must be read from the events themselves, for their moments or what else they hold."""
        return self._to_the_moment(start) or not start.in_rollup

    def _to_the_moment(self, start: Activity) -> bool:
        """Whether days do not tell starts apart."""
        return self.matrix.start_raw or self._own_used or (self.matrix.rule == "first_ever" and bool(start.where))

    @property
    def _own_used(self) -> bool:
        used = {*self.dimensions, *(each.dimension.id for each in self.matrix.scope.filters)}
        return bool(used & self.matrix.own)

    def _join_people(self, alias: str) -> str:
        return f" JOIN people AS p ON p.user_id = {alias}.user_id" if self.narrowed else ""

    def _in_range(self, day: str) -> str:
        scope, binder = self.matrix.scope, self.draft.binder
        return f"{day} BETWEEN {binder.day('start', scope.start)} AND {binder.day('end', scope.end)}"
