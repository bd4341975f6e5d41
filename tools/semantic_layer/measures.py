"""SQL for measures: those that count the same rows in the same windows share one scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Follow, Measure, Source
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.facts import FACT, Bucketing, Facts
from tools.semantic_layer.plan import QueryPlan


@dataclass(frozen=True)
class MeasureGroup:
    """Measures over one source that need the same rows: one CTE."""

    name: str
    bucketing: Bucketing
    own: frozenset[str]
    measures: tuple[Measure, ...]

    @property
    def lead(self) -> Measure:
        """The measure whose conditions all of the group share."""
        return self.measures[0]


@dataclass(frozen=True)
class GroupSelect:
    """The SELECT of a group, the tables it reads, and whether it needs the lifecycle of users or members of segments."""

    select: exp.Select
    tables: frozenset[str]
    needs_lifecycle: bool
    segments: frozenset[str]


def group_key(measure: Measure, bucketing: Bucketing, own: frozenset[str]) -> tuple[object, ...]:
    """Return what measures must have in common to share a scan."""
    shared = (measure.source, measure.mature_after, measure.channels_with_cost, bucketing, own)
    return (*shared, measure.id) if measure.follow else shared


def select_of(group: MeasureGroup, plan: QueryPlan, catalog: Catalog, binder: Binder) -> GroupSelect:
    """Return the SELECT of period (unless total), dimensions and one column per measure."""
    facts = Facts(catalog.sources[group.lead.source], group.bucketing, group.own, catalog, binder, plan.filters)
    facts.start()
    facts.experiment()
    columns = {dimension.id: facts.column(dimension) for dimension in plan.dimensions}
    for each in plan.filters:
        facts.filter(each)
    if group.lead.mature_after is not None:
        facts.conditions.append(f"{facts.day} + {group.lead.mature_after} <= {binder.day('as_of', plan.as_of)}")
    if group.lead.channels_with_cost:
        facts.conditions.append(_channels_with_cost(facts, plan, catalog))
    if group.lead.follow:
        _follow(group.lead.follow, facts, plan, catalog)
    select = _grouped(facts, group, columns)
    return GroupSelect(select, frozenset(facts.tables), facts.needs_lifecycle, frozenset(facts.segments))


def _grouped(facts: Facts, group: MeasureGroup, columns: dict[str, str]) -> exp.Select:
    kind = group.bucketing.kind
    keys = {} if kind == "single" else {"bucket": group.bucketing.bucket(facts.day)}
    keys |= columns
    figures = {measure.id: _aggregate(measure) for measure in group.measures}
    select = exp.select(*(f"{sql} AS {name}" for name, sql in (keys | figures).items()), dialect="duckdb")
    select = select.from_(f"{facts.source.table} AS {FACT}", dialect="duckdb", copy=False)
    for table, on, how in facts.joins:
        select = select.join(table, on=on, join_type="" if how == "inner" else how, dialect="duckdb", copy=False)
    select = select.where(*facts.conditions, dialect="duckdb", copy=False)
    if keys:
        select = select.group_by(*keys.values(), dialect="duckdb", copy=False)
    return _with_period(select, facts, group, list(columns))


def _with_period(select: exp.Select, facts: Facts, group: MeasureGroup, dimensions: Sequence[str]) -> exp.Select:
    """Name each bucket by its period and divide per-day measures by the days of its window."""
    bucketing = group.bucketing
    per_day = [measure.id for measure in group.measures if measure.per_day]
    divided = per_day if bucketing.windows.grain != "day" else []
    source, on, period = "", "", ["m.bucket AS period"]
    if bucketing.kind == "single":
        if not divided:
            return select
        days = (bucketing.windows.last - bucketing.windows.first).days + 1
        per, period = facts.binder.value(f"{bucketing.side}_days", days), []
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


def _aggregate(measure: Measure) -> str:
    if measure.follow and measure.follow.sum:
        return f"sum({_qualified(measure.follow.sum, 'a')})"
    of = [_qualified(part, FACT) for part in measure.of]
    if measure.aggregate == "count":
        sql = "count(*)"
    elif measure.aggregate == "count_distinct":
        sql = f"count(DISTINCT {of[0]})" if len(of) == 1 else f"count(DISTINCT ({', '.join(of)}))"
    else:
        sql = f"sum({of[0]})"
    return f"{sql} FILTER (WHERE {_qualified(measure.where, FACT)})" if measure.where else sql


def _qualified(sql: str, alias: str) -> str:
    """Return an expression of the catalog with each column under the table's alias."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    for column in tree.find_all(exp.Column):
        column.set("table", exp.to_identifier(alias))
    return tree.sql("duckdb")


def _channels_with_cost(facts: Facts, plan: QueryPlan, catalog: Catalog) -> str:
    """Return the condition that a user's channel has a cost above 0 in the same bucket, under the same filters."""
    spend = Facts(catalog.sources["spend"], facts.bucketing, frozenset(), catalog, facts.binder)
    spend.start()
    for each in plan.filters:
        spend.filter(each)
    facts.tables |= spend.tables
    keys = ["channel"] if facts.bucketing.kind == "single" else ["channel", "bucket"]
    columns = [f"{FACT}.channel AS channel"]
    if len(keys) == 2:
        columns.append(f"{facts.bucketing.bucket(spend.day)} AS bucket")
    paid = exp.select(*columns, dialect="duckdb").from_(f"channel_spend AS {FACT}")
    for table, on, _ in spend.joins:
        paid = paid.join(table, on=on, dialect="duckdb")
    grouped = [column.rsplit(" AS ", 1)[0] for column in columns]
    paid = (
        paid.where(*spend.conditions, dialect="duckdb").group_by(*grouped, dialect="duckdb").having("sum(f.cost) > 0")
    )
    mine = f"{facts.column(catalog.dimensions['channel'])}"
    if len(keys) == 1:
        return f"{mine} IN ({paid.sql('duckdb')})"
    return f"({mine}, {facts.bucketing.bucket(facts.day)}) IN ({paid.sql('duckdb')})"


def _follow(follow: Follow, facts: Facts, plan: QueryPlan, catalog: Catalog) -> None:
    """Join the later rows of the cohort to add them up, or keep only the users who have them.

    Users are unique, so a direct join gives each later row once.
    """
    source = catalog.sources[follow.source]
    facts.tables.add(source.table)
    cohort = FACT if follow.sum else "c"
    on, conditions = _later_rows(follow, source, cohort, facts, plan)
    if follow.sum:
        facts.joins.append((f"{source.table} AS a", on, "inner"))
        facts.conditions += conditions
        return
    windows, side = facts.bucketing.windows, facts.bucketing.side
    first, last = facts.binder.day(f"{side}_from", windows.first), facts.binder.day(f"{side}_to", windows.last)
    select = exp.select("c.user_id AS user_id", dialect="duckdb").from_("users AS c")
    select = select.join(f"{source.table} AS a", on=on, dialect="duckdb")
    select = select.where(f"c.register_date BETWEEN {first} AND {last}", *conditions, dialect="duckdb")
    if follow.distinct_count is not None:
        enough = f"count(DISTINCT a.{follow.distinct_of}) >= {follow.distinct_count}"
        select = select.group_by("c.user_id").having(enough, dialect="duckdb")
    facts.conditions.append(f"{FACT}.user_id IN ({select.sql('duckdb')})")


def _later_rows(follow: Follow, source: Source, cohort: str, facts: Facts, plan: QueryPlan) -> tuple[str, list[str]]:
    """Return the join from a user of the cohort to the rows followed, and the conditions on those rows."""
    later = f"a.{source.date}"
    windows, side = facts.bucketing.windows, facts.bucketing.side
    first, last = facts.binder.day(f"{side}_from", windows.first), facts.binder.day(f"{side}_to", windows.last)
    on = f"a.{source.user} = {cohort}.user_id AND " + (
        f"{later} = {cohort}.register_date + {follow.from_day}"
        if follow.from_day == follow.to_day
        else f"{later} BETWEEN {cohort}.register_date + {follow.from_day} AND {cohort}.register_date + {follow.to_day}"
    )
    conditions = [
        # Implied by the join; it lets the scan skip whole blocks of other days.
        f"{later} BETWEEN {first} + {follow.from_day} AND {last} + {follow.to_day}",
        f"{later} <= {facts.binder.day('as_of', plan.as_of)}",
    ]
    return on, conditions + ([_qualified(follow.where, "a")] if follow.where else [])
