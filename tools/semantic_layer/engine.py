"""The semantic layer's doors, over one path: ``run`` a query, ``explain`` it, or ``carry_out`` what an analysis prepared."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial

from knowledge.catalog import Catalog
from knowledge.text import Text
from knowledge.weeks import WeekStart, weeks_from
from tools.semantic_layer import notes
from tools.semantic_layer.compiler import compile_query
from tools.semantic_layer.plan import QueryPlan
from tools.semantic_layer.prepared import Prepared, Table
from tools.semantic_layer.query import DEFAULT_LIMIT, MetricQuery
from tools.semantic_layer.receipts import Receipt, ReceiptStore
from tools.semantic_layer.resolver import resolve
from tools.semantic_layer.result import Result
from tools.semantic_layer.stored_values import StoredValues
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.guard import VettedQuery, vet
from tools.warehouse.row_cache import RowCache
from tools.warehouse.rows import Rows

_WHOLE_UNITS = ("users", "count")
_TRIES = 3


@dataclass(frozen=True)
class SemanticLayer:
    """Answers typed queries from one warehouse under one catalog, and keeps a receipt of each.

    Attributes:
        week_start: the day weeks begin on: the workspace's setting.
        rows: what was read already.
    """

    catalog: Catalog
    warehouse: Warehouse
    receipts: ReceiptStore
    week_start: WeekStart = "monday"
    rows: RowCache = field(default_factory=RowCache, compare=False)

    @cached_property
    def values(self) -> StoredValues:
        """The stored values of every dimension."""
        return StoredValues(self.catalog, self.warehouse)

    def explain(self, query: MetricQuery) -> tuple[QueryPlan, VettedQuery]:
        """Return the plan and the statement that ``run`` would carry out. Raises as ``run`` does."""
        with weeks_from(self.week_start):
            plan = resolve(query, self.catalog, self.warehouse.meta, self.values)
            compiled = compile_query(plan, self.catalog)
        return plan, vet(compiled.select, compiled.bound, tables=compiled.tables, row_limit=compiled.row_limit)

    def run(self, query: MetricQuery, *, interrupter: Interrupter | None = None) -> Result:
        """Return the result of ``query`` with its receipt.

        Raises:
            QueryError: the query names something that does not exist or does not fit.
            PolicyError: the statement was refused; a fault of the catalog, not of the query.
            WarehouseError: no data, out of time or memory, interrupted, or the receipt cannot be kept.
        """
        return self.carry_out(partial(self._prepare, query), interrupter=interrupter)

    def carry_out(self, prepare: Callable[[], Prepared], *, interrupter: Interrupter | None = None) -> Result:
        """Return the result of what ``prepare`` makes ready, with its receipt.

        ``prepare`` is called again where another snapshot was published meanwhile, so that dates and rows are of one.

        Raises:
            YunceError: as ``prepare`` raises; WarehouseError as ``run`` does.
        """
        with weeks_from(self.week_start):
            return self._carry_out(prepare, interrupter)

    def _carry_out(self, prepare: Callable[[], Prepared], interrupter: Interrupter | None) -> Result:
        started = time.perf_counter()
        prepared, found = self._one_snapshot(prepare, interrupter)
        shown: Table = (found.columns, found.rows)
        inputs = shown if prepared.calculate else None
        columns, rows = prepared.calculate(prepared.params, shown) if prepared.calculate else shown
        truncated = prepared.keep is not None and len(rows) > prepared.keep
        columns, rows = _whole_counts(prepared, (columns, rows[: prepared.keep]))
        receipt = self._receipt(prepared, found.snapshot, (columns, rows), inputs)
        self.receipts.save(receipt)
        return Result(
            receipt=receipt.id,
            tool=prepared.tool,
            metrics=prepared.metrics,
            params=receipt.params,
            columns=columns,
            rows=rows,
            truncated=truncated,
            unit=prepared.unit,
            sql=prepared.statement.sql,
            engine=self.warehouse.engine,
            snapshot=receipt.snapshot,
            as_of=receipt.as_of,
            notes=(*prepared.notes, *prepared.row_notes(columns, rows)),
            elapsed_ms=(time.perf_counter() - started) * 1000,
            base=prepared.base,
        )

    def _prepare(self, query: MetricQuery) -> Prepared:
        plan, statement = self.explain(query)
        return Prepared(
            tool="query_metrics",
            params=plan.query.to_params(),
            metrics=plan.query.metrics,
            statement=statement,
            snapshot=plan.snapshot,
            as_of=plan.as_of,
            unit=_unit(plan),
            notes=(*_week_note(plan, self.week_start), *plan.notes),
            row_notes=partial(notes.of_rows, plan),
            keep=plan.query.limit if plan.query.limit == DEFAULT_LIMIT else None,
            whole=_count_columns(plan),
            base=plan.base_range.model_dump(mode="json") if plan.base_range else None,
        )

    def _one_snapshot(self, prepare: Callable[[], Prepared], interrupter: Interrupter | None) -> tuple[Prepared, Rows]:
        for _ in range(_TRIES):
            publication = self.warehouse.publication
            prepared = prepare()
            found = self.rows.rows(
                prepared.statement,
                publication,
                partial(self.warehouse.run, prepared.statement, interrupter=interrupter),
                stopped=lambda: interrupter is not None and interrupter.stopped,
            )
            if found.snapshot == prepared.snapshot:
                break
        return prepared, found

    def _receipt(self, prepared: Prepared, snapshot: str, shown: Table, inputs: Table | None) -> Receipt:
        metrics = [self.catalog.metric(name) for name in prepared.metrics]
        statement = prepared.statement
        return Receipt(
            id="",
            tool=prepared.tool,
            params=prepared.params,
            metrics=tuple({"id": m.id, "version": m.version, "content": self.catalog.content_hash(m)} for m in metrics),
            sql=statement.sql,
            bound=dict(statement.bound),
            row_limit=statement.row_limit,
            engine=self.warehouse.engine,
            snapshot=snapshot,
            as_of=prepared.as_of.isoformat(),
            columns=shown[0],
            rows=shown[1],
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            inputs=inputs,
        ).numbered()


def _week_note(plan: QueryPlan, start: WeekStart) -> tuple[Text, ...]:
    """Say which day weeks begin on where it is not Monday and the figures are by week."""
    by_week = plan.grain == "week" or any(m.metric.calendar == "week" for m in plan.metrics)
    return (Text("一周从周日开始。", "Weeks start on Sunday."),) if by_week and start == "sunday" else ()


def _unit(plan: QueryPlan) -> str | dict[str, str]:
    units = {m.metric.id: m.metric.unit for m in plan.metrics}
    return next(iter(units.values())) if len(units) == 1 else dict(units)


def _count_columns(plan: QueryPlan) -> frozenset[str]:
    suffixes = ("", "__base", "__change", "__target")
    return frozenset(
        f"{m.metric.id}{suffix}" for m in plan.metrics if m.metric.unit in _WHOLE_UNITS for suffix in suffixes
    )


def _whole_counts(prepared: Prepared, table: Table) -> Table:
    """Write counts that came out whole as integers: a day's mean of one day is a count of people."""
    columns, rows = table
    whole = [column in prepared.whole for column in columns]
    return columns, tuple(
        tuple(
            int(cell) if count and isinstance(cell, float) and cell.is_integer() else cell
            for cell, count in zip(row, whole, strict=True)
        )
        for row in rows
    )
