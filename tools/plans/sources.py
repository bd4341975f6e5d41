"""The statements behind receipts joined into one, so that what is calculated from several of them has one receipt too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.prepared import Calculation, Prepared
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.warehouse.guard import READABLE, VettedQuery, vet

COLUMNS = ("source", "item", "first", "second")
"""What every row of the joined statement holds: which source, which of its rows, and one or two figures of it."""
_MOST = 1000


@dataclass(frozen=True)
class Source:
    """One result whose figures are needed: under which name, which columns, and the column that names its rows."""

    name: str
    result: Result
    first: str
    second: str | None = None
    item: str | None = None


def joined(layer: SemanticLayer, sources: Sequence[Source]) -> VettedQuery:
    """Return one vetted statement with the rows of all sources, each as its own receipt's statement gives them.

    Raises:
        PolicyError: the joined statement may not run.
    """
    steps: list[str] = []
    parts: list[str] = []
    bound: dict[str, Any] = {}
    for place, source in enumerate(sources):
        written, values = _renamed(layer, source.result, f"s{place}_")
        steps += written
        name = f"source_{place}"
        bound |= {name: source.name, **values}
        parts.append(
            f"SELECT ${name} AS source, {_text(source.item)} AS item, {_figure(source.first)} AS first, "
            f"{_figure(source.second)} AS second FROM s{place}_rows AS r"
        )
    steps.append(f"joined AS ({' UNION ALL '.join(parts)})")
    ordered = (
        f"WITH {', '.join(steps)} SELECT j.source, j.item, j.first, j.second FROM joined AS j ORDER BY j.source, j.item"
    )
    return vet(ordered, bound, tables=READABLE, row_limit=_MOST)


def _renamed(layer: SemanticLayer, result: Result, prefix: str) -> tuple[list[str], dict[str, Any]]:
    """Return a result's statement as steps of a WITH, the last of them ``rows``, and its values: all under the prefix."""
    receipt = layer.receipts.load(result.receipt)
    tree = sqlglot.parse_one(receipt.sql, read="duckdb", into=exp.Select)
    for node in list(tree.find_all(exp.Placeholder)):
        node.set("this", f"{prefix}{node.this}")
    ctes = list(tree.ctes)
    names = {cte.alias for cte in ctes}
    for table in list(tree.find_all(exp.Table)):
        if table.name in names:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.alias or table.name)))
            table.set("this", exp.to_identifier(prefix + table.name))
    steps = [f"{prefix}{cte.alias} AS ({cte.this.sql('duckdb')})" for cte in ctes]
    tree.set("with_", None)
    tree.set("with", None)
    steps.append(f"{prefix}rows AS ({tree.sql('duckdb')})")
    return steps, {f"{prefix}{name}": value for name, value in receipt.bound.items()}


def _figure(column: str | None) -> str:
    return f"CAST(r.{column} AS DOUBLE)" if column else "CAST(NULL AS DOUBLE)"


def _text(column: str | None) -> str:
    return f"CAST(r.{column} AS VARCHAR)" if column else "CAST(NULL AS VARCHAR)"


@dataclass(frozen=True)
class Working:
    """How figures are worked out of the statement's rows: by which tool's calculation, with which params, in which units."""

    tool: str
    params: Mapping[str, Any]
    calculate: Calculation
    unit: Mapping[str, str]


def calculated(context: ToolContext, statement: VettedQuery, working: Working) -> Result:
    """Return what a calculation makes of the statement's rows, with a receipt that can be checked."""
    layer = context.layer

    def prepared() -> Prepared:
        meta = layer.warehouse.meta
        return Prepared(
            working.tool,
            working.params,
            (),
            statement,
            meta.snapshot,
            meta.as_of,
            unit=working.unit,
            calculate=working.calculate,
        )

    return layer.carry_out(prepared, interrupter=context.interrupter)
