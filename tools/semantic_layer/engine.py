"""The semantic layer's two doors, over one path: ``run`` a query, or ``explain`` it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from knowledge.catalog import Catalog
from tools.semantic_layer import notes
from tools.semantic_layer.compiler import compile_query
from tools.semantic_layer.plan import QueryPlan
from tools.semantic_layer.query import DEFAULT_LIMIT, MetricQuery
from tools.semantic_layer.receipts import Receipt, ReceiptStore
from tools.semantic_layer.resolver import resolve
from tools.semantic_layer.result import Result
from tools.semantic_layer.stored_values import StoredValues
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.guard import VettedQuery, vet
from tools.warehouse.rows import Rows, Scalar

_WHOLE_UNITS = ("users", "count")
_TRIES = 3


@dataclass(frozen=True)
class SemanticLayer:
    """Answers typed queries from one warehouse under one catalog, and keeps a receipt of each."""

    catalog: Catalog
    warehouse: Warehouse
    receipts: ReceiptStore

    @cached_property
    def values(self) -> StoredValues:
        """The stored values of every dimension."""
        return StoredValues(self.catalog, self.warehouse)

    def explain(self, query: MetricQuery) -> tuple[QueryPlan, VettedQuery]:
        """Return the plan and the statement that ``run`` would carry out. Raises as ``run`` does."""
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
        started = time.perf_counter()
        plan, statement, found = self._carry_out(query, interrupter)
        truncated = plan.query.limit == DEFAULT_LIMIT and len(found.rows) > DEFAULT_LIMIT
        rows = found.rows[: plan.query.limit]
        rows = _whole_counts(plan, found.columns, rows)
        receipt = self._receipt(plan, statement, found, rows)
        self.receipts.save(receipt)
        return Result(
            receipt=receipt.id,
            tool="query_metrics",
            metrics=plan.query.metrics,
            params=receipt.params,
            columns=found.columns,
            rows=rows,
            truncated=truncated,
            unit=_unit(plan),
            sql=statement.sql,
            engine=self.warehouse.engine,
            snapshot=receipt.snapshot,
            as_of=receipt.as_of,
            notes=(*plan.notes, *notes.of_rows(plan, found.columns, rows)),
            elapsed_ms=(time.perf_counter() - started) * 1000,
            base=plan.base_range.model_dump(mode="json") if plan.base_range else None,
        )

    def _carry_out(self, query: MetricQuery, interrupter: Interrupter | None) -> tuple[QueryPlan, VettedQuery, Rows]:
        """Plan and run; again where another snapshot was published in between, so that dates and rows are of one."""
        for _ in range(_TRIES):
            plan, statement = self.explain(query)
            found = self.warehouse.run(statement, interrupter=interrupter)
            if found.snapshot == plan.snapshot:
                break
        return plan, statement, found

    def _receipt(
        self, plan: QueryPlan, statement: VettedQuery, found: Rows, rows: tuple[tuple[Scalar, ...], ...]
    ) -> Receipt:
        metrics = tuple(
            {"id": m.metric.id, "version": m.metric.version, "content": self.catalog.content_hash(m.metric)}
            for m in plan.metrics
        )
        return Receipt(
            id="",
            tool="query_metrics",
            params=plan.query.to_params(),
            metrics=metrics,
            sql=statement.sql,
            bound=dict(statement.bound),
            row_limit=statement.row_limit,
            engine=self.warehouse.engine,
            snapshot=found.snapshot,
            as_of=plan.as_of.isoformat(),
            columns=found.columns,
            rows=rows,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ).numbered()


def _unit(plan: QueryPlan) -> str | dict[str, str]:
    units = {m.metric.id: m.metric.unit for m in plan.metrics}
    return next(iter(units.values())) if len(units) == 1 else dict(units)


def _whole_counts(
    plan: QueryPlan, columns: Sequence[str], rows: tuple[tuple[Scalar, ...], ...]
) -> tuple[tuple[Scalar, ...], ...]:
    """Write counts that came out whole as integers: a day's mean of one day is a count of people."""
    names = {
        f"{m.metric.id}{suffix}"
        for m in plan.metrics
        if m.metric.unit in _WHOLE_UNITS
        for suffix in ("", "__base", "__change", "__target")
    }
    whole = [column in names for column in columns]
    return tuple(
        tuple(
            int(cell) if count and isinstance(cell, float) and cell.is_integer() else cell
            for cell, count in zip(row, whole, strict=True)
        )
        for row in rows
    )
