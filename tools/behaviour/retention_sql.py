"""SQL of a retention matrix: who starts when, who comes back in which period, and the grid of cohorts and periods.

Cohorts and the times of returns are numbers of calendar units (``Units``), so that period k of cohort c is the number
c + k. Period 0 holds whoever started, whether or not the return event happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from tools.behaviour.matrix import Matrix, Value
from tools.behaviour.starts_sql import add_starts
from tools.semantic_layer.analysis import Draft
from tools.semantic_layer.periods import DAY

_FEW_BITS, _BITS = 62, 126
"""How many units fit into the bits of a BIGINT and of a HUGEINT, signs and a step aside."""


class MatrixSql:
    """Writes the SELECT of one matrix into a draft."""

    def __init__(self, matrix: Matrix, draft: Draft) -> None:
        self.matrix = matrix
        self.draft = draft
        self.dimensions = [dimension.id for dimension in matrix.scope.dimensions]

    def write(self) -> str:
        """Add every CTE to the draft and return the SELECT over them."""
        add_starts(self.draft, self.matrix)
        self.draft.ctes["sizes"] = (
            f"SELECT {self._keys('s')}, count(*) AS users FROM starts AS s GROUP BY {self._keys('s', named=False)}"
        )
        self._returns()
        self._cells()
        self._grid()
        return self._final()

    # Who comes back: the units with enough return events, as bits of one number per user where they fit.

    def _returns(self) -> None:
        """Add ``returns``: a user's return units, ``at`` counted from the anchor, or ``k`` from each start where they roll."""
        matrix, binder = self.matrix, self.draft.binder
        least = ""
        if matrix.min_returns > 1:
            least = f" HAVING count(*) >= {binder.value('min_returns', matrix.min_returns)}"
        if matrix.rolling:
            keys, plain = self._keys("s"), self._keys("s", named=False)
            unit, table = self._rolled("b.ts", "s.started"), matrix.back.relation(self.draft, raw=True)
            self.draft.ctes["returns"] = (
                f"SELECT {keys}, s.user_id AS user_id, {unit} AS k FROM starts AS s JOIN {table} AS b "
                f"ON b.user_id = s.user_id AND b.ts >= s.started WHERE {self._back_tests('event_date')} "
                f"GROUP BY {plain}, s.user_id, {unit}{least}"
            )
            return
        parts = [self._returned(*rows, least) for rows in self._back_rows()]
        self.draft.ctes["returns"] = " UNION ALL ".join(parts)

    def _returned(self, table: str, day: str, first: date, last: date, least: str) -> str:
        """Return a SELECT of the users and units of return events in one table, from one day to another."""
        tests, once = self._back_tests(day, days=(first, last)), ""
        number = self.matrix.number(self.draft.binder, "b", day)
        marked = self.matrix.back.is_plain and table != "events"
        tests += " AND b.first_row" if marked else ""
        if least or not (self._masked or self._single):
            once = f" GROUP BY b.user_id, {number}{least}"
        if self.matrix.rule != "recurring" and once:
            tests += " AND b.user_id IN (SELECT s.user_id FROM starts AS s)"
        return f"SELECT b.user_id AS user_id, {number} AS at FROM {table} AS b WHERE {tests}{once}"

    def _back_rows(self) -> list[tuple[str, str, date, date]]:
        """Return the tables of return events, each with its column of days and the first and last that are read.

        Whole units are read where they say the same. What an unfinished unit holds after ``as_of`` shows nowhere, unless it
        could be somebody's latest return: then its days are read one by one.
        """
        matrix, last = self.matrix, self.matrix.returns_end
        table, day = matrix.back.by_unit(self.draft, matrix.units, raw=matrix.back_raw)
        whole = (table, day, matrix.scope.start, last)
        cut = matrix.units.index(last)
        if not matrix.on_or_after or day == "event_date" or matrix.units.complete(last) == cut:
            return [whole]
        first = max(matrix.units.first(cut), matrix.scope.start)
        daily = (matrix.back.relation(self.draft, raw=False), "event_date", first, last)
        return [(table, day, matrix.scope.start, first - DAY), daily]

    def _back_tests(self, day: str, *, raw: bool | None = None, days: tuple[date, date] | None = None) -> str:
        """Return the condition on return events: by default from the first start to the last day that can count."""
        matrix, binder = self.matrix, self.draft.binder
        first, last = days or (matrix.scope.start, matrix.returns_end)
        between = (binder.day("start", first), binder.day("returns_end", last))
        held = matrix.back.conditions(self.draft, "b", raw=self.matrix.back_raw if raw is None else raw)
        return " AND ".join([f"b.{day} BETWEEN {between[0]} AND {between[1]}", *held])

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

    @cached_property
    def _single(self) -> bool:
        """Whether each pair of a start and a return is one user in one cell: nobody starts or returns twice in a unit."""
        matrix = self.matrix
        _, day = matrix.back.by_unit(self.draft, matrix.units, raw=matrix.back_raw)
        unit = "event_date" if matrix.units.unit == "day" else matrix.units.unit
        plain = matrix.back.is_plain and not matrix.back_raw and not matrix.on_or_after and day == unit
        return plain and matrix.rule != "recurring" and all(period.low == period.high for period in matrix.periods)

    def _cells(self) -> None:
        """Add ``cells``: users by cohort, dimensions and period."""
        if self._single:
            self._cells_of_pairs()
        elif self.matrix.on_or_after:
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

    def _cells_of_pairs(self) -> None:
        """A user returns once in a unit, so that counting the returns counts users."""
        keys, plain = self._keys("s"), self._keys("s", named=False)
        furthest = self.draft.binder.value("furthest", self._furthest)
        self.draft.ctes["cells"] = (
            f"SELECT {keys}, r.at - s.cohort AS period, count(*) AS users FROM starts AS s "
            f"JOIN returns AS r ON r.user_id = s.user_id AND r.at - s.cohort BETWEEN 1 AND {furthest} "
            f"GROUP BY {plain}, r.at - s.cohort"
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
        elif self.matrix.rule == "recurring":
            self.draft.ctes["latest"] = (
                "SELECT r.user_id AS user_id, max(r.at) AS at FROM returns AS r GROUP BY r.user_id"
            )
            last = f"SELECT {keys}, s.user_id AS user_id, r.at - s.cohort AS k FROM starts AS s JOIN latest AS r ON r.user_id = s.user_id"
        else:
            last = (
                f"SELECT {keys}, s.user_id AS user_id, max(r.at) - s.cohort AS k FROM starts AS s "
                f"JOIN returns AS r ON r.user_id = s.user_id AND r.at > s.cohort GROUP BY {plain}, s.user_id"
            )
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
        kind = "TIMESTAMP" if self.matrix.hourly else "DATE"
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
        matrix = self.matrix
        self.draft.tables.add("events")
        unit = (
            self._rolled("b.ts", "s.started")
            if matrix.rolling
            else f"{self.matrix.number(self.draft.binder, 'b')} - s.cohort"
        )
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
            f"JOIN value_spans AS w ON {unit} BETWEEN w.value_low AND w.value_high "
            f"WHERE {self._back_tests('event_date', raw=True)} "
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
