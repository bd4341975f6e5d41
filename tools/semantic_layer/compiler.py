"""From a plan to one SELECT: a CTE per group of measures and side, joined on period and dimensions, then compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlglot
from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Measure
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.bucketing import Bucketing, days_rows, lifecycle_name, segments_name, windows_rows
from tools.semantic_layer.columns import columns_of
from tools.semantic_layer.facts import lifecycle_rows
from tools.semantic_layer.measures import MeasureGroup, select_of
from tools.semantic_layer.plan import MetricPlan, QueryPlan, Windows
from tools.semantic_layer.presence import overlaps, windows_of
from tools.semantic_layer.query import DEFAULT_LIMIT
from tools.semantic_layer.segment_sql import segment_sql
from tools.semantic_layer.sharing import group_key, host_of, is_shaped, rolled_up
from tools.semantic_layer.standing import counts_by_end

_HAVING = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}


@dataclass(frozen=True)
class CompiledQuery:
    """One SELECT with the values of its parameters and the tables it reads.

    ``row_limit`` counts one row too many, so that a cut is seen, unless the limit was asked for.
    """

    select: exp.Expr
    bound: Mapping[str, Any]
    tables: frozenset[str]
    row_limit: int


def compile_query(plan: QueryPlan, catalog: Catalog) -> CompiledQuery:
    """Return the SELECT of a plan in DuckDB's dialect."""
    return _Compiler(plan, catalog).compile()


class _Rank(IntEnum):
    """The order in which CTEs stand: each after those it reads."""

    WINDOWS = 0
    ROWS = 1
    MEASURES = 2
    SPINE = 3
    FIGURES = 4
    COMPARED = 5


def _name_of(measure: Measure) -> str:
    return measure.id if is_shaped(measure) else measure.source


class _Compiler:
    """Holds what grows while one plan is compiled: bound values, CTEs in order, tables read."""

    def __init__(self, plan: QueryPlan, catalog: Catalog) -> None:
        self.plan = plan
        self.catalog = catalog
        self.binder = Binder()
        self.ctes: dict[str, exp.Expr] = {}
        self.tables: set[str] = set()
        self.window_tables: dict[tuple[str, Windows], str] = {}
        self.where: dict[tuple[str, str, str], str] = {}
        """For each (metric, side, measure) the CTE that holds it."""
        self.ignored: dict[str, frozenset[str]] = {}
        """For each CTE of measures the dimensions it does not have."""
        self.ranks: dict[str, _Rank] = {}

    def compile(self) -> CompiledQuery:
        self._measures()
        self._spine()
        select = self._one_row() if self._is_one_row else self._final(self._figures())
        for name, cte in self._ordered_ctes().items():
            select = select.with_(name, as_=cte, copy=False)
        asked = self.plan.query.limit != DEFAULT_LIMIT
        limit = self.plan.query.limit + (0 if asked else 1)
        select = select.limit(exp.Placeholder(this=self.binder.value("row_limit", limit)[1:]), copy=False)
        return CompiledQuery(select, self.binder.values, frozenset(self.tables), limit)

    def _sides(self, metric: MetricPlan) -> list[tuple[str, Windows]]:
        sides = [("current", metric.current)]
        if metric.base is not None:
            sides.append(("base", metric.base))
        return sides

    def _measures(self) -> None:
        groups: dict[tuple[object, ...], tuple[Bucketing, Bucketing, frozenset[str], list[Measure]]] = {}
        places: dict[tuple[object, ...], list[tuple[str, str, str]]] = {}
        used = {d.id for d in self.plan.dimensions} | {f.dimension.id for f in self.plan.filters}
        for side_index in (0, 1):
            for metric in self.plan.metrics:
                for side, windows in self._sides(metric)[side_index : side_index + 1]:
                    around = Bucketing(windows, side, self._window_table(side, windows))
                    own = metric.own & used
                    rolled = {m.id: self._rolled_up(m, around, metric, used) for m in metric.measures}
                    for measure in rolled.values():
                        host = host_of(measure, rolled.values(), self.catalog)
                        bucketing = self._bucketing(measure, around, metric)
                        key = group_key(host or measure, bucketing, around, own, self.catalog)
                        *_, members = groups.setdefault(key, (bucketing, around, own, []))
                        if measure not in members:
                            members.append(measure)
                            members.sort(key=lambda each: not is_shaped(each))
                        places.setdefault(key, []).append((metric.metric.id, side, measure.id))
        for key, (bucketing, around, own, members) in groups.items():
            name = self._free_name(f"{bucketing.side}_{_name_of(members[0])}")
            self._group(MeasureGroup(name, bucketing, around, own, tuple(members)))
            self.where |= dict.fromkeys(places[key], name)
            self.ignored[name] = frozenset(members[0].ignores)

    def _rolled_up(self, measure: Measure, around: Bucketing, metric: MetricPlan, used: set[str]) -> Measure:
        return rolled_up(measure, self._bucketing(measure, around, metric).windows, used, self.catalog)

    def _bucketing(self, measure: Measure, around: Bucketing, metric: MetricPlan) -> Bucketing:
        windows = windows_of(measure, around.windows, metric.metric.calendar)
        if measure.standing and around.kind != "single" and counts_by_end(measure.standing, self.catalog):
            return around
        if windows == around.windows and not overlaps(measure):
            return around
        return Bucketing(windows, around.side, self._window_table(around.side, windows), overlaps(measure))

    def _group(self, group: MeasureGroup) -> None:
        built = select_of(group, self.plan, self.catalog, self.binder)
        bucketing = group.bucketing
        lifecycle = lifecycle_name(bucketing)
        added = {name: sqlglot.parse_one(sql, read="duckdb") for name, sql in built.ctes.items()}
        self.ctes |= added
        self.ranks |= dict.fromkeys(added, _Rank.ROWS)
        if built.needs_lifecycle and lifecycle not in self.ctes:
            added[lifecycle] = self._add(lifecycle, lifecycle_rows(days_rows(bucketing)), _Rank.ROWS)
            self.tables |= {"users", "away_spells"}
        members = segments_name(bucketing)
        if built.segments and members not in self.ctes:
            added[members] = self._members(members, bucketing, sorted(built.segments))
        self.ctes[group.name] = built.select
        self.ranks[group.name] = _Rank.MEASURES
        self.tables |= built.tables
        self._add_windows([built.select, *added.values()], bucketing, group.around)

    def _add_windows(self, readers: Sequence[exp.Expr], *bucketings: Bucketing) -> None:
        """Add the CTEs of windows that something reads."""
        read = {table.name for reader in readers for table in reader.find_all(exp.Table)}
        for bucketing in bucketings:
            if bucketing.table in read and bucketing.table not in self.ctes:
                rows = windows_rows(bucketing.windows, bucketing.table, self.binder)
                self._add(bucketing.table, rows, _Rank.WINDOWS)

    def _members(self, name: str, bucketing: Bucketing, segments: list[str]) -> exp.Expr:
        """Add the CTE of the members of ``segments`` at the end of each bucket."""
        sql = segment_sql(bucketing, self.catalog.segments, self.binder)
        added = self._add(name, sql.members(segments), _Rank.ROWS)
        self.tables |= sql.tables
        return added

    def _add(self, name: str, sql: str, rank: _Rank) -> exp.Expr:
        self.ctes[name] = sqlglot.parse_one(sql, read="duckdb")
        self.ranks[name] = rank
        return self.ctes[name]

    def _window_table(self, side: str, windows: Windows) -> str:
        key = (side, windows)
        if key not in self.window_tables:
            number = sum(1 for other, _ in self.window_tables if other == side) + 1
            self.window_tables[key] = f"{side}_windows" + (f"_{number}" if number > 1 else "")
        return self.window_tables[key]

    def _free_name(self, name: str) -> str:
        number, free = 1, name
        while free in self.ctes:
            number += 1
            free = f"{name}_{number}"
        return free

    def _ordered_ctes(self) -> dict[str, exp.Expr]:
        """Return the CTEs so that each stands before those that read it."""
        return {name: self.ctes[name] for name in sorted(self.ctes, key=lambda n: self.ranks[n])}

    def _spine(self) -> None:
        plan = self.plan
        if not plan.is_total:
            targets = [target[0] if target else None for target in plan.targets]
            rows = f"SELECT {self.binder.days('periods', [b.period for b in plan.buckets])} AS period"
            for name, known in self._partly_known().items():
                rows += f", unnest(CAST({self.binder.value(name, list(known))} AS BOOLEAN[])) AS {name}"
            if plan.query.compare == "target":
                rows += f", {self.binder.days('target_periods', list(targets))} AS target_period"
            self._add("periods", rows, _Rank.WINDOWS)
        names = [name for name in dict.fromkeys(self.where.values()) if self._has_all(name)]
        if plan.dimensions and (len(self.ignored) > 1 or not plan.is_total):
            dimensions = ", ".join(d.id for d in plan.dimensions)
            union = " UNION ".join(f"SELECT DISTINCT {dimensions} FROM {name}" for name in names)
            self._add("spine_keys", union, _Rank.SPINE)

    def _has_all(self, name: str) -> bool:
        return not self.ignored[name] & {dimension.id for dimension in self.plan.dimensions}

    @property
    def _is_one_row(self) -> bool:
        """Whether nothing is split, compared or thresholded: one row, straight from the measures."""
        plan = self.plan
        return plan.is_total and not plan.dimensions and plan.query.compare == "none" and not plan.having

    def _one_row(self) -> exp.Select:
        """Return the SELECT of one row; a single CTE of measures is written into it, which spares the planner its work."""
        rounded = self._rounded()
        columns = [column.rsplit(" AS ", 1) for metric in self.plan.metrics for column in self._metric_columns(metric)]
        select = exp.select(
            *(f"round({sql}, 2) AS {name}" if name in rounded else f"{sql} AS {name}" for sql, name in columns),
            dialect="duckdb",
        )
        (only, *others) = dict.fromkeys(self.where.values())
        if others:
            return self._from(select)
        measures = self.ctes.pop(only)
        assert isinstance(measures, exp.Select)  # noqa: S101 - every CTE of measures is one
        figures = {figure.alias: figure.this for figure in measures.expressions}

        def inlined(node: exp.Expr) -> exp.Expr:
            return figures[node.name].copy() if isinstance(node, exp.Column) and node.table == only else node

        return measures.select(*(column.transform(inlined) for column in select.expressions), append=False)

    def _figures(self) -> str:
        """Add the CTE of every metric with its two sides and its base; return its name."""
        columns = ["p.period AS period"] if not self.plan.is_total else []
        keys = "k" if "spine_keys" in self.ctes else next(iter(self.where.values()))
        columns += [f"{keys}.{d.id} AS {d.id}" for d in self.plan.dimensions]
        for metric in self.plan.metrics:
            columns += self._metric_columns(metric)
        figures = self._from(exp.select(*columns, dialect="duckdb"))
        self.ctes["figures"], self.ranks["figures"] = figures, _Rank.FIGURES
        if not self.plan.compares and self.plan.query.compare != "target":
            return "figures"
        names = [str(column).rsplit(" AS ", 1)[1] for column in columns]
        compared = [f"g.{name} AS {name}" for name in names]
        for metric in self.plan.metrics:
            compared += self._compared_columns(metric.metric.id)
        self.ctes["compared"] = exp.select(*compared, dialect="duckdb").from_("figures AS g")
        self.ranks["compared"] = _Rank.COMPARED
        return "compared"

    def _from(self, select: exp.Select) -> exp.Select:
        names = list(dict.fromkeys(self.where.values()))
        dimensions = [d.id for d in self.plan.dimensions]
        if self.plan.is_total and not dimensions:
            select = select.from_(names[0])
            for name in names[1:]:
                select = select.join(name, join_type="cross", copy=False)
            return select
        if self.plan.is_total and len(names) == 1:
            return select.from_(names[0])
        parts = [] if self.plan.is_total else ["periods AS p"]
        parts += ["spine_keys AS k"] if dimensions else []
        select = select.from_(parts[0])
        for part in parts[1:]:
            select = select.join(part, join_type="cross", copy=False)
        for name in names:
            on = [f"{name}.{d} IS NOT DISTINCT FROM k.{d}" for d in dimensions if d not in self.ignored[name]]
            on += [] if self.plan.is_total else [f"{name}.period = p.period"]
            kind = "left" if on else "cross"
            select = select.join(name, on=" AND ".join(on), join_type=kind, dialect="duckdb", copy=False)
        return select

    def _metric_columns(self, metric: MetricPlan) -> list[str]:
        name = metric.metric.id
        columns = [f"{self._value(metric, 'current')} AS {name}"]
        if metric.metric.is_ratio:
            top, bottom = (self._measure(metric, "current", m) for m in metric.measures[:2])
            columns += [f"{top} AS {name}__numerator", f"{bottom} AS {name}__denominator"]
        if self.plan.compares:
            columns.append(f"{self._base_value(metric)} AS {name}__base")
        if self.plan.query.compare == "target":
            columns.append(f"{self._target_value(name)} AS {name}__target")
        return columns

    def _measure(self, metric: MetricPlan, side: str, measure: Measure) -> str:
        return f"coalesce({self.where[metric.metric.id, side, measure.id]}.{measure.id}, 0)"

    def _value(self, metric: MetricPlan, side: str) -> str:
        if not metric.metric.is_ratio:
            return self._measure(metric, side, metric.measures[0])
        top, bottom, *given = (self._measure(metric, side, m) for m in metric.measures)
        value = f"CAST({top} AS DOUBLE) / CAST(nullif({bottom}, 0) AS DOUBLE)"
        if metric.metric.scale != 1:
            value = f"{metric.metric.scale} * {value}"
        return f"CASE WHEN {given[0]} > 0 THEN {value} END" if given else value

    def _base_value(self, metric: MetricPlan) -> str:
        if metric.base is None:
            return "CAST(NULL AS DOUBLE)"
        value = self._value(metric, "base")
        for name, known in self._partly_known().items():
            if known == metric.base_known:
                return f"CASE WHEN p.{name} THEN {value} END"
        return value

    def _partly_known(self) -> dict[str, tuple[bool, ...]]:
        """Return, by column name, for which periods a base is known, where it is for some and not for others."""
        mixed = dict.fromkeys(m.base_known for m in self.plan.metrics if any(m.base_known) and not all(m.base_known))
        return {f"base_known_{n}" if n > 1 else "base_known": known for n, known in enumerate(mixed, 1)}

    def _target_value(self, metric: str) -> str:
        """Return the stored target of the period, or NULL where it is not exactly one period of ``targets``."""
        known = [target for target in self.plan.targets if target]
        if not known:
            return "CAST(NULL AS DOUBLE)"
        self.tables.add("targets")
        period = self.binder.day("target_period", known[0][0]) if self.plan.is_total else "p.target_period"
        name, grain = self.binder.value("target_metric", metric), self.binder.value("target_grain", known[0][1])
        return f"(SELECT max(t.value) FROM targets AS t WHERE t.metric = {name} AND t.grain = {grain} AND t.period = {period})"

    def _compared_columns(self, name: str) -> list[str]:
        if self.plan.query.compare == "target":
            return [f"CAST(g.{name} AS DOUBLE) / nullif(g.{name}__target, 0) AS {name}__attainment"]
        change = f"g.{name} - g.{name}__base"
        return [
            f"{change} AS {name}__change",
            f"CAST({change} AS DOUBLE) / CAST(nullif(g.{name}__base, 0) AS DOUBLE) AS {name}__change_pct",
        ]

    def _rounded(self) -> set[str]:
        """Return the columns that hold money: two decimals."""
        money = {m.metric.id for m in self.plan.metrics if m.metric.unit == "CNY"}
        return {f"{m}{suffix}" for m in money for suffix in ("", "__base", "__change", "__target")}

    def _final(self, figures: str) -> exp.Select:
        rounded = self._rounded()
        columns = columns_of(self.plan)
        select = exp.select(
            *(f"round(r.{c}, 2) AS {c}" if c in rounded else f"r.{c} AS {c}" for c in columns), dialect="duckdb"
        ).from_(f"{figures} AS r")
        for having in self.plan.having:
            if isinstance(having.value, tuple):
                low, high = (self.binder.value("threshold", v) for v in having.value)
                select = select.where(f"r.{having.column} BETWEEN {low} AND {high}", dialect="duckdb", copy=False)
            else:
                bound = self.binder.value("threshold", having.value)
                select = select.where(f"r.{having.column} {_HAVING[having.op]} {bound}", dialect="duckdb", copy=False)
        order = self._order()
        return select.order_by(*order, dialect="duckdb", copy=False) if order else select

    def _order(self) -> list[str]:
        keys = ([] if self.plan.is_total else ["period"]) + [d.id for d in self.plan.dimensions]
        order = self.plan.order_by
        first = []
        if order:
            first = [f"r.{order.column} {order.direction.upper()} NULLS LAST"]
        elif self.plan.is_total and self.plan.dimensions:
            first = [f"r.{self.plan.metrics[0].metric.id} DESC NULLS LAST"]
        return first + [f"r.{key} ASC NULLS LAST" for key in keys]
