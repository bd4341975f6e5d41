"""SQL for the rows a measure counts: which window they fall in, which dimension values they carry, which filters hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Dimension, Source
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.bucketing import Bucketing, lifecycle_name, segments_name
from tools.semantic_layer.plan import ResolvedFilter
from tools.warehouse.rollups import AWAY_AFTER_DAYS

FACT = "f"
_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass
class Facts:
    """The parts of a SELECT over one source, gathered for one group of measures."""

    source: Source
    bucketing: Bucketing
    own: frozenset[str]
    catalog: Catalog
    binder: Binder
    filters: Sequence[ResolvedFilter] = ()
    joins: list[tuple[str, str, str]] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    needs_lifecycle: bool = False
    segments: set[str] = field(default_factory=set)

    @property
    def day(self) -> str:
        """SQL of the rows' date."""
        return f"{FACT}.{self.source.date}"

    @property
    def bucket(self) -> str:
        """SQL of the bucket a row falls in; only where there is one."""
        if self.bucketing.kind == "unit" and self.source.unit == self.bucketing.windows.grain:
            return self.day
        return self.bucketing.bucket(self.day)

    def start(self) -> None:
        """Add what every SELECT over the rows of a period has: its table and the days."""
        if not self.source.derived:
            self.tables.add(self.source.table)
        self.joins += self.bucketing.span_join(self.day)
        self.conditions.append(self.bucketing.between(self.day, self.binder))
        if self.bucketing.kind == "unit" and self.bucketing.has_gaps:
            self.conditions.append(f"{self.bucket} IN (SELECT x.unit FROM {self.bucketing.table} AS x)")

    def stand(self, standing: Callable[[str], Sequence[str]] | None) -> None:
        """Add what a SELECT over the rows that stand on a day has: their table, and the day of each bucket.

        ``standing`` returns the conditions on a row for SQL of a day; without it the rows name their bucket themselves.
        """
        if not self.source.derived:
            self.tables.add(self.source.table)
        single = self.bucketing.kind == "single"
        if standing is None:
            if not single:
                self.joins.append((f"{self.bucketing.table} AS w", f"w.period = {FACT}.bucket", "inner"))
            return
        if single:
            day = self.binder.day(f"{self.side}_day", self.bucketing.windows.first)
            self.conditions += standing(day)
        else:
            self.joins.append((f"{self.bucketing.table} AS w", " AND ".join(standing("w.first_day")), "inner"))

    @property
    def side(self) -> str:
        """The side of a comparison that the windows are of."""
        return self.bucketing.side

    def read(self, select: exp.Select, conditions: Sequence[str]) -> exp.Select:
        """Return a SELECT's columns with the rows they are of: the table, its joins and the conditions."""
        select = select.from_(f"{self.source.table} AS {FACT}", dialect="duckdb", copy=False)
        for table, on, how in self.joins:
            kind = "" if how == "inner" else how
            select = select.join(table, on=on, join_type=kind, dialect="duckdb", copy=False)
        return select.where(*conditions, dialect="duckdb", copy=False)

    def column(self, dimension: Dimension) -> str:
        """Return SQL of a dimension's value for a row, adding the join it needs."""
        if dimension.id in self.source.own and (dimension.id in self.own or self.source.user is None):
            return f"{FACT}.{self.source.own[dimension.id]}"
        if dimension.kind == "attribute":
            return f"{self._users()}.{dimension.column}"
        if dimension.kind == "state":
            return self._lifecycle()
        if dimension.id == "segment":
            return self._segment()
        return "v.variant"

    def filter(self, each: ResolvedFilter) -> None:
        """Add a filter to the conditions."""
        if each.dimension.id == "experiment":
            return
        if each.dimension.id == "segment":
            self.conditions.append(self._in_segments(each))
            return
        self.conditions.append(condition(self.column(each.dimension), each, self.binder))

    def experiment(self) -> None:
        """Join the assignments of the one experiment that is filtered on, if any: its users only, with their variant.

        A user who was assigned more than once is in the variant of the first time, and counts once.
        """
        for each in self.filters:
            if each.dimension.id == "experiment":
                name = self.binder.value("experiment", each.values[0])
                turns = (
                    "SELECT t.user_id AS user_id, t.variant AS variant,"
                    " row_number() OVER (PARTITION BY t.user_id ORDER BY t.assigned_at, t.variant) AS turn"
                    f" FROM assignments AS t WHERE t.experiment_id = {name}"
                )
                self._join(
                    f"({turns}) AS v", f"v.user_id = {FACT}.{self.source.user} AND v.turn = 1", "inner", "assignments"
                )

    def _users(self) -> str:
        if self.source.table == "users":
            return FACT
        self._join("users AS u", f"u.user_id = {FACT}.{self.source.user}", "left", "users")
        return "u"

    def _lifecycle(self) -> str:
        self.needs_lifecycle = True
        on = f"s.user_id = {FACT}.{self.source.user}"
        if self.bucketing.kind != "single":
            on += f" AND s.bucket = {self.bucket}"
        self._join(f"{lifecycle_name(self.bucketing)} AS s", on, "left", "")
        return "s.lifecycle"

    def _segment(self) -> str:
        """Return SQL of the segments a user is in: one row for each, and one without a segment for users in none.

        Where a filter names segments, the split shows these and no others.
        """
        asked = {str(v) for f in self.filters if f.dimension.id == "segment" and f.op == "in" for v in f.values}
        self.segments |= asked or {name for name, segment in self.catalog.segments.items() if segment.tag is None}
        on = f"g.user_id = {FACT}.{self.source.user}"
        if self.bucketing.kind != "single":
            on += f" AND g.bucket = {self.bucket}"
        self._join(f"{segments_name(self.bucketing)} AS g", on, "inner" if asked else "left", "")
        return "g.segment"

    def _in_segments(self, each: ResolvedFilter) -> str:
        """Return the condition that a row's user is, or is not, in one of the segments at the end of the row's bucket."""
        names = [str(value) for value in each.values if value is not None]
        self.segments |= set(names)
        return self.among(segments_name(self.bucketing), names, negate=each.op == "not_in")

    def among(self, members: str, names: Sequence[str], *, negate: bool = False) -> str:
        """Return the condition that a row's user is (not) in a segment of ``names`` in the CTE ``members``."""
        single = self.bucketing.kind == "single"
        user = f"{FACT}.{self.source.user}"
        keys, wanted = ("x.user_id", user) if single else ("x.user_id, x.bucket", f"({user}, {self.bucket})")
        listed = ", ".join(self.binder.value("segment", name) for name in names)
        found = f"SELECT {keys} FROM {members} AS x WHERE x.segment IN ({listed})"
        return f"{wanted} {'NOT IN' if negate else 'IN'} ({found})"

    def _join(self, table: str, on: str, kind: str, name: str) -> None:
        if (table, on, kind) not in self.joins:
            self.joins.append((table, on, kind))
        if name:
            self.tables.add(name)


def condition(column: str, each: ResolvedFilter, binder: Binder) -> str:
    """Return SQL of one filter. Unknown values (NULL) pass ``not_in`` unless it names them, and ``in`` only if it does."""
    name = each.dimension.id
    values = [value for value in each.values if value is not None]
    with_null = None in each.values
    if each.op in ("in", "not_in"):
        listed = ", ".join(binder.value(name, value) for value in values)
        if each.op == "in":
            parts = [f"{column} IN ({listed})"] if values else []
            return "(" + " OR ".join(parts + ([f"{column} IS NULL"] if with_null else [])) + ")"
        kept = f"({column} NOT IN ({listed}) OR {column} IS NULL)" if values else "1 = 1"
        return f"({kept} AND {column} IS NOT NULL)" if with_null else kept
    if each.dimension.type == "version":
        return _version_condition(column, each, binder)
    bound = [binder.value(name, value) for value in values]
    if each.op == "between":
        return f"{column} BETWEEN {bound[0]} AND {bound[1]}"
    return f"{column} {_COMPARE[each.op]} {bound[0]}"


def _version_condition(column: str, each: ResolvedFilter, binder: Binder) -> str:
    """Return SQL that compares dotted versions part by part; a part that is no number comes after every number.

    Each comparison stands in a CASE of its own: DuckDB turns two that are joined by AND into one BETWEEN, and has none
    for lists.
    """
    parts = f"TRY_CAST(string_split({column}, '.') AS INTEGER[])"
    pairs = zip(("gte", "lte") if each.op == "between" else (each.op,), each.values, strict=True)
    tests = [
        f"CASE WHEN {parts} {_COMPARE[op]} CAST({binder.value(each.dimension.id, _parts(value))} AS INTEGER[]) THEN 1 END = 1"
        for op, value in pairs
    ]
    return " AND ".join(tests)


def on_rows(sql: str, alias: str, given: Mapping[str, str] | None = None) -> str:
    """Return an expression of the catalog with each column under the table's alias; ``given`` names have SQL of their own."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    named = {name: sqlglot.parse_one(text, read="duckdb") for name, text in (given or {}).items()}

    def placed(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column) or node.table:
            return node
        return named[node.name].copy() if node.name in named else exp.column(node.name, table=alias)

    return tree.transform(placed).sql("duckdb")


def _parts(version: object) -> list[int]:
    return [int(part) for part in str(version).split(".")]


def lifecycle_rows(days: str) -> str:
    """Return a SELECT of bucket, user_id and lifecycle: the state of each registered user on each bucket's day.

    ``days`` is a SELECT of bucket and day, such as ``days_rows`` gives.

    Days are counted as the contract's section 5 does: *last active* is the later of the last active day and the
    registration day; stages are new 0-7 days after registration, growing to 60, mature beyond, while last active within
    14 days; fading 15-29, dormant 30-60, lost more than 60 days without activity.
    """
    return f"""
        SELECT bucket, user_id, CASE
            WHEN age <= 7 THEN 'new' WHEN away > 60 THEN 'lost' WHEN away >= 30 THEN 'dormant' WHEN away >= 15 THEN 'fading'
            WHEN age <= 60 THEN 'growing' ELSE 'mature' END AS lifecycle
        FROM (
            SELECT d.bucket AS bucket, u.user_id AS user_id, date_diff('day', u.register_date, d.day) AS age,
                   date_diff('day', s.last_day, d.day) AS away
            FROM ({days}) AS d
            JOIN users AS u ON u.register_date <= d.day
            LEFT JOIN (
                SELECT e.bucket AS bucket, a.user_id AS user_id, a.last_day AS last_day
                FROM ({days}) AS e JOIN away_spells AS a ON a.last_day + {AWAY_AFTER_DAYS} <= e.day AND e.day < a.next_day
            ) AS s ON s.user_id = u.user_id AND s.bucket = d.bucket
        ) AS stages"""
