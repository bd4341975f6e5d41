"""What every analysis beyond one number shares: its dates cut, its people found, its SELECT vetted, run and receipted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlglot
from pydantic import Field, field_validator

from knowledge.catalog import Catalog
from knowledge.errors import QueryError
from knowledge.model import Dimension, Source
from knowledge.text import Text
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.bucketing import Bucketing, days_rows, lifecycle_name, segments_name, windows_rows
from tools.semantic_layer.comparison import check_range
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.facts import FACT, Facts, lifecycle_rows
from tools.semantic_layer.filters import resolve_filters
from tools.semantic_layer.periods import default_range
from tools.semantic_layer.plan import ResolvedFilter, Window, Windows
from tools.semantic_layer.prepared import Calculation, Prepared, RowNotes, no_row_notes
from tools.semantic_layer.query import DateRange, Filter
from tools.semantic_layer.resolver import check_variant
from tools.semantic_layer.result import Result
from tools.semantic_layer.segment_sql import segment_sql
from tools.tool import Params
from tools.warehouse.door import Interrupter, Meta
from tools.warehouse.guard import vet

_PEOPLE = Source(id="people", table="users", date="register_date", user="user_id")


class RangeParams(Params):
    """The days of an analysis, both ends included; absent means the last 30 days."""

    start: date | None = None
    end: date | None = None


class PeopleParams(RangeParams):
    """The days and the people of an analysis."""

    dimensions: tuple[str, ...] = Field(default=(), max_length=3)
    filters: tuple[Filter, ...] = Field(default=(), max_length=50)

    @field_validator("dimensions")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


@dataclass(frozen=True)
class Scope:
    """The days and the people of an analysis, resolved against one snapshot.

    Attributes:
        start, end: the days, cut to the data.
        dimensions, filters: of users, resolved; lifecycle and segment are those at ``end``.
        notes: what the cutting gives a reader to know.
    """

    start: date
    end: date
    meta: Meta
    catalog: Catalog
    dimensions: tuple[Dimension, ...] = ()
    filters: tuple[ResolvedFilter, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether the people must be looked up: they are split or filtered."""
        return bool(self.dimensions or self.filters)


@dataclass
class Draft:
    """A SELECT being written: its CTEs in order, its bound values, the tables it reads."""

    binder: Binder = field(default_factory=Binder)
    ctes: dict[str, str] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)

    def sql(self, select: str) -> str:
        """Return the whole statement: the CTEs, then ``select``."""
        listed = ",\n".join(f"{name} AS ({body})" for name, body in self.ctes.items())
        return f"WITH {listed}\n{select}" if listed else select


def scope_of(
    layer: SemanticLayer,
    params: RangeParams,
    *,
    dimensions: Sequence[str] = (),
    filters: Sequence[Filter] = (),
    takes: Iterable[str] | None = None,
) -> Scope:
    """Return the scope of an analysis.

    Args:
        layer: where it will run.
        params: its days.
        dimensions: what its people are split by.
        filters: which people it keeps.
        takes: ids of the dimensions it takes; by default everything that is known of users.

    Raises:
        QueryError: an empty range or one without data; an unknown dimension or value, or one that it does not take.
    """
    meta = layer.warehouse.meta
    asked = _asked(params, meta)
    cut = DateRange(start=max(asked.start, meta.data_start), end=min(asked.end, meta.as_of))
    notes = []
    if cut != asked:
        notes.append(
            Text(
                f"所问区间 {asked.start} 至 {asked.end} 超出数据范围，已截取为 {cut.start} 至 {cut.end}。",
                f"The range asked for, {asked.start} to {asked.end}, reaches beyond the data; it was cut to {cut.start} to "
                f"{cut.end}.",
            )
        )
    allowed = list(takes if takes is not None else people_dimensions(layer.catalog))
    _check(layer.catalog, [*dimensions, *(f.dimension for f in filters)], allowed, split=dimensions)
    split = tuple(layer.catalog.dimension(name) for name in dimensions)
    check_variant(split, filters)
    return Scope(
        start=cut.start,
        end=cut.end,
        meta=meta,
        catalog=layer.catalog,
        dimensions=split,
        filters=resolve_filters(filters, (), layer.catalog, layer.values),
        notes=tuple(notes),
    )


def people_dimensions(catalog: Catalog) -> list[str]:
    """Return the ids of the dimensions that belong to users: their attributes, lifecycle, segment, variant, experiment."""
    return [d.id for d in catalog.dimensions.values() if d.kind in ("attribute", "state", "membership")]


def add_people(draft: Draft, scope: Scope) -> None:
    """Add the CTE ``people``: user_id, register_date, registered_at, a column per dimension, for users the filters keep.

    With segment as a dimension a user has a row for each segment.
    """
    window = Window(scope.end, scope.end, scope.end, scope.end)
    bucketing = Bucketing(Windows("total", (window,), (scope.end,)), "people", "people_windows")
    facts = Facts(_PEOPLE, bucketing, frozenset(), scope.catalog, draft.binder, scope.filters)
    facts.tables.add("users")
    facts.experiment()
    columns = [f"{facts.column(dimension)} AS {dimension.id}" for dimension in scope.dimensions]
    for each in scope.filters:
        facts.filter(each)
    add_states(draft, facts, bucketing)
    joins = "".join(f" {how.upper()} JOIN {table} ON {on}" for table, on, how in facts.joins)
    listed = ", ".join([f"{FACT}.{c} AS {c}" for c in ("user_id", "register_date", "registered_at")] + columns)
    where = f" WHERE {' AND '.join(facts.conditions)}" if facts.conditions else ""
    draft.ctes["people"] = f"SELECT {listed} FROM users AS {FACT}{joins}{where}"
    draft.tables |= facts.tables


def add_states(draft: Draft, facts: Facts, bucketing: Bucketing) -> None:
    """Add the CTEs of lifecycle and segments that ``facts`` reads; before those that hold what it wrote."""
    if not facts.needs_lifecycle and not facts.segments:
        return
    draft.ctes[bucketing.table] = windows_rows(bucketing.windows, bucketing.table, draft.binder)
    if facts.needs_lifecycle:
        draft.ctes[lifecycle_name(bucketing)] = lifecycle_rows(days_rows(bucketing))
        draft.tables |= {"users", "away_spells"}
    if facts.segments:
        sql = segment_sql(bucketing, facts.catalog.segments, draft.binder)
        draft.ctes[segments_name(bucketing)] = sql.members(sorted(facts.segments))
        draft.tables |= sql.tables


@dataclass(frozen=True)
class Analysis:
    """What an analysis hands over to be run: its SELECT over the draft's CTEs, and words for the result.

    Attributes:
        params: as carried out; dates cut, keys at their default left out.
        row_limit: the most rows; more are cut, and the result says so.
        metrics: the metrics it shows, where it shows any.
        calculate: works the rows shown out of the statement's rows; pure. The tool must carry it too, so that receipts
            can be checked.
    """

    scope: Scope
    draft: Draft
    select: str
    params: Mapping[str, Any]
    row_limit: int = 10_000
    metrics: tuple[str, ...] = ()
    unit: str | Mapping[str, str] | None = None
    notes: tuple[Text, ...] = ()
    row_notes: RowNotes = no_row_notes
    calculate: Calculation | None = None
    base: Mapping[str, str] | None = None


def run_analysis(
    layer: SemanticLayer,
    tool: str,
    prepare: Callable[[], Analysis],
    *,
    interrupter: Interrupter | None = None,
) -> Result:
    """Return the result of an analysis with its receipt. ``prepare`` may be called again where a new snapshot came.

    Raises:
        YunceError: as ``prepare`` raises, and as ``SemanticLayer.carry_out`` does.
    """

    def made_ready() -> Prepared:
        analysis = prepare()
        scope = analysis.scope
        statement = vet(
            sqlglot.parse_one(analysis.draft.sql(analysis.select), read="duckdb"),
            analysis.draft.binder.values,
            tables=analysis.draft.tables,
            row_limit=analysis.row_limit + 1,
        )
        return Prepared(
            tool=tool,
            params=analysis.params,
            metrics=analysis.metrics,
            statement=statement,
            snapshot=scope.meta.snapshot,
            as_of=scope.meta.as_of,
            unit=analysis.unit,
            notes=(*scope.notes, *analysis.notes),
            row_notes=analysis.row_notes,
            keep=analysis.row_limit,
            calculate=analysis.calculate,
            base=analysis.base,
        )

    return layer.carry_out(made_ready, interrupter=interrupter)


def carried_out(params: Params, **done: Any) -> dict[str, Any]:
    """Return parameters as JSON with ``done`` (what was resolved) written over them; keys at their default are left out."""
    fields = type(params).model_fields
    defaults = {name: fields[name].get_default(call_default_factory=True) for name in fields}
    resolved = params.model_copy(update=done)
    shown = resolved.model_dump(mode="json")
    return {name: shown[name] for name in fields if getattr(resolved, name) != defaults[name]}


def filters_done(filters: Iterable[ResolvedFilter]) -> tuple[Filter, ...]:
    """Return resolved filters as parameters, with the values as stored."""
    return tuple(Filter(dimension=f.dimension.id, op=f.op, values=f.values) for f in filters)


def _asked(params: RangeParams, meta: Meta) -> DateRange:
    today = min(meta.business_date, meta.as_of)
    end = params.end or (today if params.start is None or params.start <= today else params.start)
    start = params.start or min(default_range(set(), today).start, end - timedelta(days=29))
    asked = DateRange(start=start, end=end)
    check_range(asked, meta)
    return asked


def _check(catalog: Catalog, names: Iterable[str], allowed: Sequence[str], *, split: Sequence[str]) -> None:
    for name in names:
        dimension = catalog.dimension(name)
        if dimension.id not in allowed or (name in split and dimension.filter_only):
            words = "、".join(catalog.dimensions[d].names.zh for d in allowed)
            raise QueryError(
                Text(
                    f"这项分析不支持按“{dimension.names.zh}”拆分或筛选。可用：{words}。",
                    f"This analysis does not take the dimension '{dimension.id}'. It takes: {', '.join(allowed)}.",
                ),
                code="dimension_not_taken",
                choices=tuple(allowed),
            )
