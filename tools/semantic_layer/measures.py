"""SQL for measures: those that count the same rows in the same windows share one scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Dimension, Measure, Source
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.cohorts import follow_users
from tools.semantic_layer.credits import credit_rows
from tools.semantic_layer.facts import FACT, Bucketing, Facts, on_rows
from tools.semantic_layer.per_user import per_user
from tools.semantic_layer.plan import QueryPlan, Windows
from tools.semantic_layer.presence import are_whole, is_active_in
from tools.semantic_layer.rolling import rolling_users
from tools.semantic_layer.segment_sql import SegmentSql


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


def group_key(measure: Measure, bucketing: Bucketing, around: Bucketing, own: frozenset[str]) -> tuple[object, ...]:
    """Return what measures must have in common to share a scan."""
    shared = (measure.source, measure.mature_after, measure.with_cost, measure.ignores, bucketing, own)
    return (*shared, around, measure.id) if is_shaped(measure) else shared


def is_shaped(measure: Measure) -> bool:
    """Return whether a measure asks more of its rows than that they fall into the bucket."""
    shapes = (
        measure.follow,
        measure.standing,
        measure.within,
        measure.per_user,
        measure.previous,
        measure.rolling_days,
    )
    return any(shapes)


def rolled_up(measure: Measure, windows: Windows, used: Set[str], catalog: Catalog) -> Measure:
    """Return the measure over the first of its rollups that gives the same number for these windows and dimensions."""
    raw = catalog.sources[measure.source]
    for rollup in measure.rollups:
        known = catalog.sources[rollup.source].own
        lacks = (used - set(measure.ignores)) & (set(raw.own) - set(known))
        if not lacks and (rollup.unit is None or are_whole(windows, rollup.unit, alone=rollup.alone)):
            return measure.model_copy(update=rollup.model_dump(exclude={"unit", "alone"}))
    return measure


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
        source = catalog.sources[group.lead.source]
        if source.derived:
            source = source.model_copy(update={"table": f"{group.name}_{source.derived}"})
        self.facts = Facts(source, group.bucketing, group.own, catalog, binder, self.filters)

    def parts(self) -> Parts:
        facts, lead = self.facts, self.group.lead
        if lead.standing:
            facts.stand(lead.standing.where)
        elif self._rolls:
            facts.tables.add(facts.source.table)
            facts.conditions.append(facts.bucketing.between(facts.day, facts.binder))
        else:
            facts.start()
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

    @property
    def _rolls(self) -> bool:
        """Whether the users of rolling windows can be counted in one pass: day by day, people the same in each window."""
        state = {d.id for d in self.plan.dimensions if d.kind == "state" or d.id == "segment"}
        state |= {f.dimension.id for f in self.filters if f.dimension.kind == "state" or f.dimension.id == "segment"}
        bucketing = self.group.bucketing
        return bool(self.group.lead.rolling_days) and bucketing.windows.grain == "day" and not state

    def _as_of(self) -> str:
        return self.facts.binder.day("as_of", self.plan.as_of)

    def _shape(self) -> None:
        """Add the conditions of what the lead measure asks beyond its own rows."""
        lead, facts = self.group.lead, self.facts
        if lead.follow:
            follow_users(lead.follow, facts, self.plan.as_of, self.catalog)
        if lead.previous in ("kept", "gone") or (lead.standing and lead.standing.then_active):
            facts.conditions.append(is_active_in(self.group.around, facts, negate=lead.previous == "gone"))
        if lead.within:
            self._within()

    def _within(self) -> None:
        """Keep the rows that an event of the same user follows in time; the nearest one decides."""
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
        facts.joins.append((f"({later}) AS n", f"n.user_id = {FACT}.user_id AND n.ts >= {FACT}.ts", "ASOF"))
        facts.conditions.append(f"n.ts <= {FACT}.ts + INTERVAL {within.hours} HOUR")

    def _derive(self, source: Source) -> None:
        """Add the CTE of rows that are computed within the statement."""
        facts, standing = self.facts, self.group.lead.standing
        if source.derived == "credits":
            windows = self.group.bucketing.windows
            model = str(self.plan.options["model"])
            self.ctes[source.table] = credit_rows(windows.first, windows.last, model, facts.side, facts.binder)
            facts.tables |= {"users", "touches"}
        elif standing and standing.segment:
            key = "unit" if facts.bucketing.kind == "single" else "period"
            days = f"SELECT {key} AS bucket, first_day AS day FROM {facts.bucketing.table}"
            sql = SegmentSql(f"({days})", self.catalog.segments, facts.binder)
            self.ctes[source.table] = sql.members([standing.segment])
            facts.tables |= sql.tables

    def _grouped(self, columns: dict[str, str]) -> exp.Select:
        facts, group = self.facts, self.group
        if self._rolls:
            where = [on_rows(group.lead.where, FACT)] if group.lead.where else []
            return rolling_users(group.lead, facts, columns, [*facts.conditions, *where])
        conditions = [*facts.conditions, *_common_where(group.measures, facts)]
        keys = {} if group.bucketing.kind == "single" else {"bucket": facts.bucket}
        keys |= columns
        if group.lead.per_user:
            return per_user(group.lead, facts, keys, conditions)
        figures = {measure.id: _aggregate(measure, facts, alone=len(group.measures) == 1) for measure in group.measures}
        select = exp.select(*(f"{sql} AS {name}" for name, sql in (keys | figures).items()), dialect="duckdb")
        select = facts.read(select, conditions)
        return select.group_by(*keys.values(), dialect="duckdb", copy=False) if keys else select

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


def _where(measure: Measure, facts: Facts) -> str | None:
    """Return the condition on the rows that a measure counts; None where it counts them all.

    Of a user's rows in a window only the last is followed by a day after its end: counting those counts people.
    """
    where = on_rows(measure.where, FACT) if measure.where else None
    if measure.next_day is None:
        return where
    last_day = facts.bucketing.last_day(facts.day, facts.binder)
    last = f"({FACT}.{measure.next_day} IS NULL OR {FACT}.{measure.next_day} > {last_day})"
    return f"{where} AND {last}" if where else last


def _common_where(measures: Sequence[Measure], facts: Facts) -> list[str]:
    """Return the condition under which any of the measures counts a row, where each has one: the scan skips the others."""
    wheres = [where for m in measures if (where := _where(m, facts))]
    if len(wheres) < len(measures):
        return []
    return [" OR ".join(f"({where})" for where in dict.fromkeys(wheres))]


def _aggregate(measure: Measure, facts: Facts, *, alone: bool) -> str:
    if measure.follow and measure.follow.sum:
        return f"sum({on_rows(measure.follow.sum, 'a')})"
    of = [on_rows(part, FACT) for part in measure.of]
    if measure.aggregate == "count":
        sql = "count(*)"
    elif measure.aggregate == "count_distinct":
        sql = f"count(DISTINCT {of[0]})" if len(of) == 1 else f"count(DISTINCT ({', '.join(of)}))"
    else:
        sql = f"sum({of[0]})"
    where = _where(measure, facts)
    return f"{sql} FILTER (WHERE {where})" if where and not alone else sql


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
