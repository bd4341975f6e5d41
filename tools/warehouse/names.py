"""Which tables and columns a statement reads, name by name, in the scope where each stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.scope import Scope, traverse_scope

from knowledge.tables import Table


def name_faults(tree: exp.Expr, readable: Mapping[str, Table], allowed: set[str]) -> Iterator[str]:
    """Yield a fault for each table and column that ``tree`` may not read.

    Args:
        tree: one query.
        readable: every table that exists for readers, with its columns.
        allowed: those that this query may read.
    """
    faults = list(_table_faults(tree, readable, allowed))
    yield from faults
    if faults or not isinstance(tree, exp.Query):
        return
    try:
        scopes = traverse_scope(tree)
    except OptimizeError as error:
        yield f"names cannot be told apart: {str(error).splitlines()[0]}"
        return
    for scope in scopes:
        yield from _column_faults(scope, readable)


def _table_faults(tree: exp.Expr, readable: Mapping[str, Table], allowed: set[str]) -> Iterator[str]:
    """Yield the faults of tables: only those allowed, and the query's own, which must be defined before they are read."""
    first = tree.args.get("with_")
    own: set[str] = set()
    for block in tree.find_all(exp.With):
        if block is not first:
            yield "WITH inside a query is not allowed"
        if block.args.get("recursive"):
            yield "WITH RECURSIVE is not allowed"
    for cte in first.expressions if first else []:
        yield from _foreign(cte.this, own, readable, allowed)
        if cte.alias.lower() in readable:
            yield f"'{cte.alias}' names a table; a WITH may not"
        if cte.alias in own:
            yield f"'{cte.alias}' is defined twice"
        own.add(cte.alias)
    yield from _foreign(tree, own, readable, allowed, skip=first)


def _foreign(
    part: exp.Expr, own: set[str], readable: Mapping[str, Table], allowed: set[str], *, skip: exp.Expr | None = None
) -> Iterator[str]:
    for table in part.walk(prune=lambda node: node is skip):
        if not isinstance(table, exp.Table):
            continue
        if not isinstance(table.this, exp.Identifier):
            yield f"table function {table.sql('duckdb')} is not allowed"
        elif table.db or table.catalog or not (table.name in own or (table.name in allowed and table.name in readable)):
            yield f"table '{table.sql('duckdb')}' is not allowed"


def _column_faults(scope: Scope, readable: Mapping[str, Table]) -> Iterable[str]:
    """Yield the columns of one SELECT that none of its tables holds, nor one of a query around it."""
    for column in scope.columns:
        if not _is_known(column, scope, readable):
            yield f"column '{column.sql('duckdb')}' is unknown"


def _is_known(column: exp.Column, scope: Scope, readable: Mapping[str, Table]) -> bool:
    if not column.table and _orders(column, scope) and column.name in _outputs(scope):
        return True
    around: Scope | None = scope
    while around is not None:
        sources = around.sources.items()
        held = [_columns(source, readable) for name, source in sources if column.table in ("", name)]
        if any(column.name in names for names in held):
            return True
        if held and column.table:
            return False
        around = around.parent
    return False


def _orders(column: exp.Column, scope: Scope) -> bool:
    """Return whether the column is a key of the scope's own ORDER BY, where DuckDB takes it for an output first."""
    ordered = column.find_ancestor(exp.Ordered, exp.Query)
    return isinstance(ordered, exp.Ordered) and ordered.find_ancestor(exp.Query) is scope.expression


def _columns(source: exp.Expr | Scope, readable: Mapping[str, Table]) -> set[str]:
    if isinstance(source, Scope):
        return _outputs(source)
    table = readable.get(source.name) if isinstance(source, exp.Table) else None
    return set(table.columns) if table else set()


def _outputs(scope: Scope) -> set[str]:
    """Return the columns that a query gives to the one around it."""
    query = scope.expression
    return set(query.named_selects) if isinstance(query, exp.Query) else set()
