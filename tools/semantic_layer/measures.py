"""SQL for measures: those that count the same rows in the same windows share one scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Dimension, Measure, Source
from knowledge.segments import State
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.bucketing import Bucketing
from tools.semantic_layer.cohorts import follow_users
from tools.semantic_layer.credits import credit_rows
from tools.semantic_layer.declining import declining_users
from tools.semantic_layer.facts import FACT, Facts, on_rows
from tools.semantic_layer.figures import Figures
from tools.semantic_layer.per_user import per_user
from tools.semantic_layer.plan import QueryPlan
from tools.semantic_layer.presence import is_active_in, join_active
from tools.semantic_layer.rolling import rolling_users
from tools.semantic_layer.segment_sql import SegmentSql
from tools.semantic_layer.sharing import tells_who_stays
from tools.semantic_layer.standing import counts_by_end, standing_users, stretch_of, woken_users

_FEW_PAIRS_DAYS = 100
"""In fewer days than this a user's rows of two kinds make few pairs, and a hash join of all pairs is quicker than a sort."""


@dataclass(frozen=True)
class MeasureGroup:
    """Measures over one source that need the same rows: one CTE.

    Attributes:
        bucketing: where the rows are taken.
        around: the metric's own windows: they differ where a measure looks at days before or after them.
        own: dimensions that come from the rows themselves.
    """

    name: str
    bucketing: Bucketing
    around: Bucketing
    own: frozenset[str]
    measures: tuple[Measure, ...]

    @property
    def lead(self) -> Measure:
        """The measure whose conditions all of the group share."""
        return self.measures[0]

    def touches(self, dimension: Dimension) -> bool:
        """Return whether a dimension splits and filters the group."""
        return dimension.id not in self.lead.ignores


@dataclass(frozen=True)
class Parts:
    """What a SELECT needs to stand before it: CTEs by name, and the windows, lifecycle and segments they are taken at."""

    select: exp.Select
    tables: frozenset[str]
    needs_lifecycle: bool = False
    segments: frozenset[str] = frozenset()
    ctes: Mapping[str, str] = field(default_factory=dict)


def select_of(group: MeasureGroup, plan: QueryPlan, catalog: Catalog, binder: Binder) -> Parts:
    """Return the SELECT of period (unless total), dimensions and one column per measure."""
    return _GroupSelect(group, plan, catalog, binder).parts()


class _GroupSelect:
    """Holds what grows while the SELECT of one group is written."""

    def __init__(self, group: MeasureGroup, plan: QueryPlan, catalog: Catalog, binder: Binder) -> None:
        self.group = group
        self.plan = plan
        self.catalog = catalog
        self.ctes: dict[str, str] = {}
        self.filters = tuple(f for f in plan.filters if group.touches(f.dimension))
        self.marks: dict[str, str] = {}
        source = catalog.sources[group.lead.source]
        standing = group.lead.standing
        self.stretch = stretch_of(standing, source.table, catalog) if standing else None
        if standing and standing.segment and self.stretch:
            day = self.stretch.until if self._wakes else self.stretch.column
            source = source.model_copy(update={"table": self.stretch.table, "date": day, "derived": None})
        elif source.derived:
            source = source.model_copy(update={"table": f"{group.name}_{source.derived}"})
        self.facts = Facts(source, group.bucketing, group.own, catalog, binder, self.filters)

    def parts(self) -> Parts:
        facts, lead = self.facts, self.group.lead
        self._rows()
        facts.experiment()
        columns = {d.id: facts.column(d) for d in self.plan.dimensions if self.group.touches(d)}
        for each in self.filters:
            facts.filter(each)
        if lead.mature_after is not None:
            facts.conditions.append(f"{facts.day} + {lead.mature_after} <= {self._as_of()}")
        if lead.with_cost:
            _with_cost(lead, facts, self.plan, self.catalog)
        self._shape()
        select = self._with_period(self._grouped(columns), list(columns))
        self._derive(facts.source)
        return Parts(select, frozenset(facts.tables), facts.needs_lifecycle, frozenset(facts.segments), self.ctes)

    def _rows(self) -> None:
        """Add the rows that the measures are taken from."""
        facts, standing, stretch = self.facts, self.group.lead.standing, self.stretch
        if self._runs:
            facts.tables.add(facts.source.table)
            if not standing:
                facts.conditions.append(facts.bucketing.between(facts.day, facts.binder))
        elif stretch and self._wakes:
            facts.start()
            facts.conditions += woken_users(stretch, facts)
        elif standing and standing.where:
            where = standing.where
            facts.stand(lambda day: [on_rows(where, FACT, {"day": day})])
        elif standing:
            facts.stand(stretch.on if stretch else None)
        else:
            facts.start()

    @cached_property
    def _wakes(self) -> bool:
        """Whether rows that end are counted by the day they end on: in each of several buckets."""
        standing = self.group.lead.standing
        several = self.group.bucketing.kind != "single"
        return standing is not None and several and counts_by_end(standing, self.catalog)

    @property
    def _runs(self) -> bool:
        """Whether a running sum tells every window its count in one pass: people are the same in each window.

        For rows that stand for a stretch of days, and for the users of rolling windows that end on days in a row.
        """
        lead, bucketing = self.group.lead, self.group.bucketing
        asked = [*self.plan.dimensions, *(f.dimension for f in self.filters)]
        if any(d.kind == "state" or d.id == "segment" for d in asked):
            return False
        if lead.standing:
            counted = lead.aggregate == "count" and lead.where is None and not lead.standing.then_active
            return self.stretch is not None and counted and bucketing.kind != "single"
        return bool(lead.rolling_days) and bucketing.windows.grain == "day"

    def _as_of(self) -> str:
        return self.facts.binder.day("as_of", self.plan.as_of)

    def _shape(self) -> None:
        """Add the conditions of what the lead measure asks beyond its own rows."""
        lead, facts = self.group.lead, self.facts
        if lead.follow:
            follow_users(lead.follow, facts, self.plan.as_of, self.catalog)
        if lead.previous and tells_who_stays(lead, self.group.around, self.catalog):
            self._stay()
        elif lead.previous in ("kept", "gone"):
            facts.conditions.append(is_active_in(self.group.around, facts, negate=lead.previous == "gone"))
        for measure in self.group.measures:
            if measure.standing and measure.standing.then_active and not self._wakes:
                self.marks[measure.id] = self._then_active()
        if lead.within:
            self._within()

    def _then_active(self) -> str:
        """Return the condition that the user of a row that stands is active in the bucket."""
        facts, around = self.facts, self.group.around
        if self.stretch and self.stretch.until and around.kind == "single":
            return f"{FACT}.{self.stretch.until} <= {facts.binder.day(f'{facts.side}_last', around.windows.last)}"
        return is_active_in(around, facts)

    def _stay(self) -> None:
        """Join who is active in the metric's own bucket: each of the users of the unit before is kept or gone."""
        tests = {"kept": "n.user_id IS NOT NULL", "gone": "n.user_id IS NULL"}
        marks = {m.id: tests[m.previous] for m in self.group.measures if m.previous in tests}
        if marks:
            join_active(self.group.around, self.facts)
            self.marks |= marks

    def _within(self) -> None:
        """Join what follows a row in time, by the same user: those followed in time are marked."""
        within, facts = self.group.lead.within, self.facts
        if within is None:
            return
        first, last = facts.bucketing.windows.first, facts.bucketing.windows.last
        days = -(-within.hours // 24)
        binder = facts.binder
        later = (
            f"SELECT e.user_id AS user_id, e.ts AS ts FROM events AS e WHERE e.event = {binder.value('next_event', within.event)}"
            f" AND e.event_date BETWEEN {binder.day(f'{facts.side}_from', first)} AND "
            f"{binder.day(f'{facts.side}_to', last)} + {days} AND e.event_date <= {self._as_of()}"
        )
        facts.tables.add("events")
        on = f"n.user_id = {FACT}.user_id AND n.ts >= {FACT}.ts"
        in_time = f"n.ts <= {FACT}.ts + INTERVAL {within.hours} HOUR"
        people = all(m.aggregate == "count_distinct" for m in self.group.measures)
        if people and (last - first).days < _FEW_PAIRS_DAYS:
            facts.joins.append((f"({later}) AS n", f"{on} AND {in_time}", "left"))
            followed = "n.user_id IS NOT NULL"
        else:
            facts.joins.append((f"({later}) AS n", on, "ASOF LEFT"))
            followed = in_time
        self.marks |= {m.id: followed for m in self.group.measures if m.within}

    def _derive(self, source: Source) -> None:
        """Add the CTE of rows that are computed within the statement."""
        facts, standing = self.facts, self.group.lead.standing
        if source.derived == "credits":
            windows = self.group.bucketing.windows
            model = str(self.plan.options["model"])
            self.ctes[source.table] = credit_rows(windows.first, windows.last, model, facts.side, facts.binder)
            facts.tables |= {"users", "touches"}
        elif standing and standing.segment and self._declines(standing.segment):
            self.ctes[source.table] = declining_users(facts.bucketing, facts.binder)
            facts.tables |= {"users", "user_days"}
        elif standing and standing.segment and not self.stretch:
            key = "unit" if facts.bucketing.kind == "single" else "period"
            days = f"SELECT {key} AS bucket, first_day AS day FROM {facts.bucketing.table}"
            sql = SegmentSql(f"({days})", self.catalog.segments, facts.binder)
            self.ctes[source.table] = sql.members([standing.segment])
            facts.tables |= sql.tables

    def _declines(self, segment: str) -> bool:
        """Return whether a segment is the state of declining and nothing else."""
        return isinstance(self.catalog.segments[segment].definition, State)

    def _grouped(self, columns: dict[str, str]) -> exp.Select:
        facts, group = self.facts, self.group
        if self._runs and self.stretch:
            return standing_users(group.lead, self.stretch, facts, columns)
        if self._runs:
            where = [on_rows(group.lead.where, FACT)] if group.lead.where else []
            return rolling_users(group.lead, facts, columns, [*facts.conditions, *where])
        figures = Figures(group.measures, facts, self.marks)
        conditions = [*facts.conditions, *figures.conditions]
        keys = {} if group.bucketing.kind == "single" else {"bucket": facts.bucket}
        keys |= columns
        if group.lead.per_user:
            return per_user(group.measures, facts, keys, conditions)
        select = exp.select(*(f"{sql} AS {name}" for name, sql in (keys | figures.columns).items()), dialect="duckdb")
        select = facts.read(select, conditions)
        select = select.group_by(*keys.values(), dialect="duckdb", copy=False) if keys else select
        return select.having(*figures.having, dialect="duckdb", copy=False) if columns else select

    def _with_period(self, select: exp.Select, dimensions: Sequence[str]) -> exp.Select:
        """Name each bucket by its period and divide per-day measures by the days of its window."""
        group, bucketing = self.group, self.group.bucketing
        per_day = [measure.id for measure in group.measures if measure.per_day]
        divided = per_day if bucketing.windows.grain != "day" else []
        source, on, period = "", "", ["m.bucket AS period"]
        if bucketing.kind == "single":
            if not divided:
                return select
            days = (bucketing.windows.last - bucketing.windows.first).days + 1
            per, period = self.facts.binder.value(f"{bucketing.side}_days", days), []
        else:
            per = "(date_diff('day', w.first_day, w.last_day) + 1)"
            if divided or not bucketing.is_identity:
                key = "period" if bucketing.kind == "span" else "unit"
                source, on, period = f"{bucketing.table} AS w", f"w.{key} = m.bucket", ["w.period AS period"]
        names = [f"m.{name} AS {name}" for name in dimensions]
        figures = [
            f"m.{m.id} / CAST({per} AS DOUBLE) AS {m.id}" if m.id in divided else f"m.{m.id} AS {m.id}"
            for m in group.measures
        ]
        outer = exp.select(*period, *names, *figures, dialect="duckdb").from_(select.subquery("m", copy=False))
        return outer.join(source, on=on, dialect="duckdb", copy=False) if source else outer


def _with_cost(lead: Measure, facts: Facts, plan: QueryPlan, catalog: Catalog) -> None:
    """Keep the rows whose channel or campaign has a cost above 0 in the same bucket, under the same filters.

    Split by campaign, every campaign shows, and one without a cost has no value; a row without a campaign never counts.
    """
    dimension = catalog.dimensions[lead.with_cost or "channel"]
    held = facts.source.own.get(dimension.id)  # an order's own campaign, whether or not it is asked by campaign
    mine = f"{FACT}.{held}" if held else facts.column(dimension)
    if lead.with_cost == "campaign":
        facts.conditions.append(f"{mine} IS NOT NULL")
        if dimension in plan.dimensions:
            return
    spend = Facts(catalog.sources["spend"], facts.bucketing, frozenset({dimension.id}), catalog, facts.binder)
    spend.start()
    for each in plan.filters:
        spend.filter(each)
    if lead.mature_after is not None:
        spend.conditions.append(f"{spend.day} + {lead.mature_after} <= {facts.binder.day('as_of', plan.as_of)}")
    facts.tables |= spend.tables
    columns = [f"{spend.column(dimension)} AS {dimension.id}"]
    if facts.bucketing.kind != "single":
        columns.append(f"{spend.bucket} AS bucket")
    grouped = [column.rsplit(" AS ", 1)[0] for column in columns]
    paid = spend.read(exp.select(*columns, dialect="duckdb"), spend.conditions)
    paid = paid.group_by(*grouped, dialect="duckdb").having(f"sum({FACT}.cost) > 0")
    wanted = mine if len(columns) == 1 else f"({mine}, {facts.bucket})"
    facts.conditions.append(f"{wanted} IN ({paid.sql('duckdb')})")
