"""SQL of a retention matrix: who starts when, who comes back in which period, and the grid of cohorts and periods.

Cohorts and the times of returns are numbers of calendar units (``Units``), so that period k of cohort c is the number
c + k. Period 0 holds whoever started, whether or not the return event happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tools.behaviour.events import Activity
from tools.behaviour.matrix import Matrix, Value
from tools.semantic_layer.analysis import Draft, add_people
from tools.semantic_layer.facts import condition

_FEW_BITS, _BITS = 62, 126
"""How many units fit into the bits of a BIGINT and of a HUGEINT, signs and a step aside."""


class MatrixSql:
    """Writes the SELECT of one matrix into a draft."""

    def __init__(self, matrix: Matrix, draft: Draft) -> None:
        self.matrix = matrix
        self.draft = draft
        self.dimensions = [dimension.id for dimension in matrix.scope.dimensions]
        self.narrowed = False
        self.hourly = matrix.units.unit == "hour"
        self.start_raw = matrix.rolling or self.hourly or matrix.value is not None
        self.back_raw = matrix.rolling or self.hourly or matrix.min_returns > 1

    def write(self) -> str:
        """Add every CTE to the draft and return the SELECT over them."""
        self._people()
        self.draft.ctes["starts"] = self._starts()
        self.draft.ctes["sizes"] = (
            f"SELECT {self._keys('s')}, count(*) AS users FROM starts AS s GROUP BY {self._keys('s', named=False)}"
        )
        self._returns()
        self._cells()
        self._grid()
        return self._final()

    def _people(self) -> None:
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

    # Who starts: one row per user and cohort, with the dimensions and, where it is needed, the moment.

    def _starts(self) -> str:
        if self.matrix.start is None:
            return self._registrations()
        if self.matrix.rule == "recurring":
            return self._turns(self.matrix.start)
        return self._firsts(self.matrix.start)

    def _registrations(self) -> str:
        table = "people" if self.narrowed else "users"
        self.draft.tables.add("users")
        columns = self._start_columns(
            "u.registered_at" if self.hourly else "u.register_date", "u.registered_at", "u", "u"
        )
        return f"SELECT u.user_id AS user_id, {columns} FROM {table} AS u WHERE {self._in_range('u.register_date')}"

    def _firsts(self, start: Activity) -> str:
        """Each user's first start of all that is known; users whose first lies in the range."""
        scope = self.matrix.scope
        raw = self._raw(start)
        moment = "a.ts" if raw else "a.event_date"
        tests = start.conditions(self.draft, "a", raw=raw)
        kept = ""
        if self.matrix.rule == "first_ever" and start.where:
            own = " AND ".join(start.own_conditions(self.draft, "a"))
            tests = Activity(start.event, {}).conditions(self.draft, "a", raw=raw)
            kept = f" HAVING min({moment}) = min({moment}) FILTER (WHERE {own})"
        tests.append(f"a.event_date <= {self.draft.binder.day('as_of', scope.meta.as_of)}")
        table = start.relation(self.draft, raw=raw)
        self.draft.ctes["firsts"] = (
            f"SELECT a.user_id AS user_id, min({moment}) AS moment FROM {table} AS a WHERE {' AND '.join(tests)} "
            f"GROUP BY a.user_id{kept}"
        )
        day = "CAST(f.moment AS DATE)"
        if not self._own_used:
            joined = f"firsts AS f{self._join_people('f')}"
            columns = self._start_columns("f.moment" if self.hourly else day, "f.moment", "p", "f")
            return f"SELECT f.user_id AS user_id, {columns} FROM {joined} WHERE {self._in_range(day)}"
        return self._one_turn(
            start, raw, "JOIN firsts AS f ON f.user_id = a.user_id AND f.moment = " + moment, per="a.user_id"
        )

    def _turns(self, start: Activity) -> str:
        """Every unit with a start makes its user one of its cohort; rolling windows anchor a user once, on the first."""
        raw = self._raw(start)
        if self._own_used or self.matrix.rolling:
            number = self._number("a")
            return self._one_turn(start, raw, "", per="a.user_id" if self.matrix.rolling else f"a.user_id, {number}")
        table = start.relation(self.draft, raw=raw)
        number = self._number("a")
        tests = [self._in_range("a.event_date"), *start.conditions(self.draft, "a", raw=raw)]
        moment = ", min(a.ts) AS started" if self.start_raw else ""
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
        columns = self._start_columns("t.moment" if self.hourly else "t.day", "t.moment", "p", "t")
        return (
            f"SELECT t.user_id AS user_id, {columns} FROM turns AS t{self._join_people('t')} "
            f"WHERE {' AND '.join(['t.turn = 1', *own])}"
        )

    def _start_columns(self, day: str, moment: str, people: str, events: str) -> str:
        columns = [f"{self.matrix.units.sql(day, self.draft.binder)} AS cohort"]
        columns += [f"{moment} AS started"] if self.start_raw else []
        columns += [f"{events if d in self.matrix.own else people}.{d} AS {d}" for d in self.dimensions]
        return ", ".join(columns)

    def _number(self, alias: str) -> str:
        """Return SQL of the unit that a row of events lies in."""
        return self.matrix.units.sql(f"{alias}.{'ts' if self.hourly else 'event_date'}", self.draft.binder)

    def _raw(self, start: Activity) -> bool:
        """Whether starts must be read from the events themselves, for their moments or what else they hold."""
        to_the_moment = self.matrix.rule == "first_ever" and bool(start.where)
        return self.start_raw or self._own_used or to_the_moment or not start.in_rollup

    @property
    def _own_used(self) -> bool:
        used = {*self.dimensions, *(each.dimension.id for each in self.matrix.scope.filters)}
        return bool(used & self.matrix.own)

    def _join_people(self, alias: str) -> str:
        return f" JOIN people AS p ON p.user_id = {alias}.user_id" if self.narrowed else ""

    def _in_range(self, day: str) -> str:
        scope, binder = self.matrix.scope, self.draft.binder
        return f"{day} BETWEEN {binder.day('start', scope.start)} AND {binder.day('end', scope.end)}"

    # Who comes back: the units with enough return events, as bits of one number per user where they fit.

    def _returns(self) -> None:
        """Add ``returns``: a user's return units, ``at`` counted from the anchor, or ``k`` from each start where they roll."""
        matrix, binder = self.matrix, self.draft.binder
        table = matrix.back.relation(self.draft, raw=self.back_raw)
        days = (binder.day("start", matrix.scope.start), binder.day("returns_end", matrix.returns_end))
        tests = [
            f"b.event_date BETWEEN {days[0]} AND {days[1]}",
            *matrix.back.conditions(self.draft, "b", raw=self.back_raw),
        ]
        least = (
            f" HAVING count(*) >= {binder.value('min_returns', matrix.min_returns)}" if matrix.min_returns > 1 else ""
        )
        if matrix.rolling:
            keys, plain = self._keys("s"), self._keys("s", named=False)
            unit = self._rolled("b.ts", "s.started")
            self.draft.ctes["returns"] = (
                f"SELECT {keys}, s.user_id AS user_id, {unit} AS k FROM starts AS s JOIN {table} AS b "
                f"ON b.user_id = s.user_id AND b.ts >= s.started WHERE {' AND '.join(tests)} "
                f"GROUP BY {plain}, s.user_id, {unit}{least}"
            )
            return
        if matrix.rule != "recurring":
            tests.append("b.user_id IN (SELECT s.user_id FROM starts AS s)")
        number = self._number("b")
        once = f" GROUP BY b.user_id, {number}{least}" if least or not self._masked else ""
        self.draft.ctes["returns"] = (
            f"SELECT b.user_id AS user_id, {number} AS at FROM {table} AS b WHERE {' AND '.join(tests)}{once}"
        )

    def _rolled(self, moment: str, since: str) -> str:
        return f"date_diff('microsecond', {since}, {moment}) // {86_400_000_000 * self.matrix.unit_days}"

    @property
    def _furthest(self) -> int:
        return max(period.high for period in self.matrix.periods)

    @property
    def _masked(self) -> bool:
        """Whether the units of returns fit into the bits of one number, which saves sorting out each user's units."""
        if self.matrix.rolling or self.matrix.on_or_after:
            return self.matrix.on_or_after
        if self.matrix.rule == "recurring":
            return self.matrix.last_cohort + self._furthest <= _BITS
        return self._furthest <= _BITS

    def _cells(self) -> None:
        """Add ``cells``: users by cohort, dimensions and period."""
        if self.matrix.on_or_after:
            self._cells_after()
        elif self._masked:
            self._cells_of_bits()
        else:
            self._cells_of_rows()

    def _cells_of_rows(self) -> None:
        """One row per user, cohort and period."""
        keys, plain = self._keys("s"), self._keys("s", named=False)
        since, source = "s.k", "returns AS s"
        if not self.matrix.rolling:
            since, source = "r.at - s.cohort", "starts AS s JOIN returns AS r ON r.user_id = s.user_id"
        spread = [(k, p.number) for p in self.matrix.periods for k in range(p.low, p.high + 1)]
        self.draft.ctes["spread"] = self._lists((("unit", [k for k, _ in spread]), ("bracket", [n for _, n in spread])))
        once = f" GROUP BY {plain}, s.user_id, w.bracket" if len(spread) > len(self.matrix.periods) else ""
        last = self.draft.binder.value("furthest", self._furthest)
        self.draft.ctes["hits"] = (
            f"SELECT {keys}, s.user_id AS user_id, w.bracket AS period FROM {source} JOIN spread AS w ON w.unit = {since} "
            f"WHERE {since} BETWEEN 1 AND {last}{once}"
        )
        self.draft.ctes["cells"] = (
            f"SELECT {self._keys('h')}, h.period AS period, count(*) AS users FROM hits AS h "
            f"GROUP BY {self._keys('h', named=False)}, h.period"
        )

    def _cells_of_bits(self) -> None:
        """Bit k-1 of a mask says that its user returned in unit k after the start; equal masks are counted together."""
        keys, plain = self._keys("s"), self._keys("s", named=False)
        furthest = self.draft.binder.value("furthest", self._furthest)
        if self.matrix.rule == "recurring":
            kind = self._kind(self.matrix.last_cohort + self._furthest)
            one = f"CAST(1 AS {kind})"
            self.draft.ctes["marks"] = (
                f"SELECT r.user_id AS user_id, bit_or({one} << r.at) AS mask FROM returns AS r "
                f"WHERE r.at <= {self.draft.binder.value('last_unit', self.matrix.last_cohort + self._furthest)} GROUP BY r.user_id"
            )
            window = f"(m.mask >> (s.cohort + 1)) & (({one} << {furthest}) - 1)"
            self.draft.ctes["hits"] = (
                f"SELECT {keys}, {window} AS mask, count(*) AS users FROM starts AS s "
                f"JOIN marks AS m ON m.user_id = s.user_id GROUP BY {plain}, {window}"
            )
        else:
            kind = self._kind(self._furthest)
            one = f"CAST(1 AS {kind})"
            self.draft.ctes["marks"] = (
                f"SELECT {keys}, s.user_id AS user_id, bit_or({one} << (r.at - s.cohort - 1)) AS mask FROM starts AS s "
                f"JOIN returns AS r ON r.user_id = s.user_id AND r.at - s.cohort BETWEEN 1 AND {furthest} "
                f"GROUP BY {plain}, s.user_id"
            )
            self.draft.ctes["hits"] = (
                f"SELECT {keys}, s.mask AS mask, count(*) AS users FROM marks AS s GROUP BY {plain}, s.mask"
            )
        bits = f"((CAST(1 AS {kind}) << (p.high - p.low + 1)) - 1) << (p.low - 1)"
        self._spans()
        self.draft.ctes["bits"] = f"SELECT p.period AS period, {bits} AS mask FROM spans AS p"
        self.draft.ctes["cells"] = (
            f"SELECT {self._keys('h')}, w.period AS period, CAST(sum(h.users) AS BIGINT) AS users FROM hits AS h "
            f"JOIN bits AS w ON (h.mask & w.mask) <> 0 GROUP BY {self._keys('h', named=False)}, w.period"
        )

    @staticmethod
    def _kind(bits: int) -> str:
        return "BIGINT" if bits <= _FEW_BITS else "HUGEINT"

    def _cells_after(self) -> None:
        """On or after: a user counts in every period up to the last return, so one number per user is enough."""
        keys, plain = self._keys("s"), self._keys("s", named=False)
        if self.matrix.rolling:
            last = f"SELECT {keys}, s.user_id AS user_id, max(s.k) AS k FROM returns AS s GROUP BY {plain}, s.user_id"
        else:
            self.draft.ctes["latest"] = (
                "SELECT r.user_id AS user_id, max(r.at) AS at FROM returns AS r GROUP BY r.user_id"
            )
            last = f"SELECT {keys}, s.user_id AS user_id, r.at - s.cohort AS k FROM starts AS s JOIN latest AS r ON r.user_id = s.user_id"
        self.draft.ctes["reached"] = (
            f"SELECT {self._keys('x')}, x.k AS k, count(*) AS users FROM ({last}) AS x GROUP BY {self._keys('x', named=False)}, x.k"
        )
        self._spans()
        self.draft.ctes["cells"] = (
            f"SELECT {self._keys('x')}, w.period AS period, CAST(sum(x.users) AS BIGINT) AS users FROM reached AS x "
            f"JOIN spans AS w ON x.k >= w.low GROUP BY {self._keys('x', named=False)}, w.period"
        )

    def _spans(self) -> None:
        """Add ``spans``: the periods with the units they span."""
        periods = self.matrix.periods
        lists = (
            ("period", [p.number for p in periods]),
            ("low", [p.low for p in periods]),
            ("high", [p.high for p in periods]),
        )
        self.draft.ctes["spans"] = self._lists(lists)

    def _lists(self, lists: Sequence[tuple[str, list[int]]]) -> str:
        """Return a SELECT of numbers, a row for each place in the lists."""
        named = ", ".join(
            f"unnest(CAST({self.draft.binder.value(f'{name}s', numbers)} AS BIGINT[])) AS {name}"
            for name, numbers in lists
        )
        return f"SELECT {named}"

    # The grid.

    def _grid(self) -> None:
        """Add the CTEs of every cohort, every column and every combination of dimension values."""
        matrix, binder = self.matrix, self.draft.binder
        numbers = list(range(matrix.last_cohort + 1))
        labels = binder.value("cohort_labels", [matrix.units.label(number) for number in numbers])
        lasts = binder.days("cohort_ends", [matrix.units.last(number) for number in numbers])
        kind = "TIMESTAMP" if self.hourly else "DATE"
        self.draft.ctes["cohorts"] = (
            f"{self._lists([('cohort', numbers)])}, unnest(CAST({labels} AS {kind}[])) AS day, {lasts} AS last_day"
        )
        # Rolling: who starts last in a cohort ends a period so many days later.
        needed = [(p.high + 1) * matrix.unit_days if matrix.rolling else p.high for p in matrix.periods]
        lists = (("column", [0, *(p.number for p in matrix.periods)]), ("needed", [0, *needed]))
        self.draft.ctes["columns_shown"] = self._lists(lists)
        if self.dimensions:
            listed = ", ".join(f"z.{name} AS {name}" for name in self.dimensions)
            plain = ", ".join(f"z.{name}" for name in self.dimensions)
            self.draft.ctes["groups"] = f"SELECT {listed} FROM sizes AS z GROUP BY {plain}"
        if matrix.value:
            self._add_value(matrix.value)

    def _add_value(self, value: Value) -> None:
        """Add ``worth``: the figure over return events from each start on, by cohort, dimensions and period."""
        matrix, binder = self.matrix, self.draft.binder
        self.draft.tables.add("events")
        tests = [
            f"b.event_date BETWEEN {binder.day('start', matrix.scope.start)} AND {binder.day('returns_end', matrix.returns_end)}",
            *matrix.back.conditions(self.draft, "b", raw=True),
        ]
        unit = self._rolled("b.ts", "s.started") if matrix.rolling else f"{self._number('b')} - s.cohort"
        self.draft.ctes["value_spans"] = self._lists(
            (
                ("value_period", [0, *(p.number for p in matrix.periods)]),
                ("value_low", [0, *(p.low for p in matrix.periods)]),
                ("value_high", [0, *(p.high for p in matrix.periods)]),
            )
        )
        self.draft.ctes["worth"] = (
            f"SELECT {self._keys('s')}, w.value_period AS period, sum(b.{value.column}) AS total, "
            f"count(DISTINCT s.user_id) AS users FROM starts AS s JOIN events AS b ON b.user_id = s.user_id AND b.ts >= s.started "
            f"JOIN value_spans AS w ON {unit} BETWEEN w.value_low AND w.value_high WHERE {' AND '.join(tests)} "
            f"GROUP BY {self._keys('s', named=False)}, w.value_period"
        )

    def _final(self) -> str:
        over = self._over()
        users = "CASE WHEN k.column = 0 THEN coalesce(z.users, 0) ELSE coalesce(x.users, 0) END"
        size = "coalesce(z.users, 0)"
        shown = [f"g.{name} AS {name}" for name in self.dimensions]
        shown += [
            "c.day AS cohort",
            f"{size} AS size",
            "k.column AS period",
            f"CASE WHEN {over} THEN {users} END AS users",
            f"CASE WHEN {over} THEN CAST({users} AS DOUBLE) / CAST(nullif({size}, 0) AS DOUBLE) END AS rate",
            f"{over} AS complete",
        ]
        joins = "cohorts AS c CROSS JOIN columns_shown AS k" + (" CROSS JOIN groups AS g" if self.dimensions else "")
        joins += f" LEFT JOIN sizes AS z ON {self._same('z')} LEFT JOIN cells AS x ON {self._same('x')} AND x.period = k.column"
        if self.matrix.value:
            below = {"sum": "1", "avg": "nullif(v.users, 0)", "avg_cohort": f"nullif({size}, 0)"}[self.matrix.value.agg]
            total = "coalesce(v.total, 0)" if self.matrix.value.agg != "avg" else "v.total"
            shown.append(f"CASE WHEN {over} THEN CAST({total} AS DOUBLE) / CAST({below} AS DOUBLE) END AS value")
            joins += f" LEFT JOIN worth AS v ON {self._same('v')} AND v.period = k.column"
        order = [f"g.{name} NULLS LAST" for name in self.dimensions] + ["c.day", "k.column"]
        return f"SELECT {', '.join(shown)} FROM {joins} ORDER BY {', '.join(order)}"

    def _over(self) -> str:
        """Return the test that a cell's period is over for everybody in its cohort."""
        as_of = self.matrix.scope.meta.as_of
        if self.matrix.rolling:
            return f"c.last_day + CAST(k.needed AS INTEGER) <= {self.draft.binder.day('as_of', as_of)}"
        return f"c.cohort + k.needed <= {self.draft.binder.value('complete', self.matrix.units.complete(as_of))}"

    def _same(self, alias: str) -> str:
        tests = [f"{alias}.cohort = c.cohort", *(f"{alias}.{n} IS NOT DISTINCT FROM g.{n}" for n in self.dimensions)]
        return " AND ".join(tests)

    def _keys(self, alias: str, *, named: bool = True) -> str:
        """Return the cohort and the dimensions of a relation, as columns or as what to group by."""
        return ", ".join(f"{alias}.{name}" + (f" AS {name}" if named else "") for name in ("cohort", *self.dimensions))
