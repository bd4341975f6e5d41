"""The gate before the warehouse: one SELECT, known tables and columns, harmless functions, a row limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from knowledge.errors import PolicyError
from knowledge.tables import ROLLUPS, TABLES, Table
from knowledge.text import Text
from tools.warehouse.names import name_faults

READABLE: Mapping[str, Table] = MappingProxyType({**TABLES, **ROLLUPS})

# By sqlglot's names: what the compiler writes and the catalog's expressions need; each is free of side effects.
_FUNCTIONS = frozenset({
    "and", "arg_max", "arg_min", "array", "array_sort", "bit_count", "bitwise_or_agg", "case", "cast", "ceil",
    "coalesce", "count", "date_part", "datediff", "dense_rank", "epoch_us", "exists", "explode", "first_value",
    "generate_series", "greatest", "grouping", "if", "lag", "lead", "least", "ln", "max", "median", "min", "nth_value",
    "nullif", "or", "power", "rank", "round", "row_number", "split", "sum", "timestamp_trunc", "try_cast",
})  # fmt: skip
_FORBIDDEN = (
    exp.Command,
    exp.DML,
    exp.DDL,
    exp.Pragma,
    exp.Set,
    exp.Attach,
    exp.Copy,
    exp.Into,
    exp.TableSample,
    exp.Lock,
)


@dataclass(frozen=True)
class VettedQuery:
    """SQL that passed ``vet``, with its bound values and the most rows it may return."""

    sql: str
    bound: Mapping[str, Any]
    row_limit: int


def vet(statement: exp.Expr | str, bound: Mapping[str, Any], *, tables: Iterable[str], row_limit: int) -> VettedQuery:
    """Return the statement as a query that may run.

    Args:
        statement: a sqlglot tree, or SQL text in DuckDB's dialect.
        bound: values of the named parameters; exactly those the statement uses.
        tables: the tables the statement may read.
        row_limit: the most rows that will be fetched.

    Raises:
        PolicyError: it is not one SELECT, or reads, calls or names anything it may not.
    """
    tree = _parse(statement) if isinstance(statement, str) else statement
    faults = [
        *_shape_faults(tree),
        *name_faults(tree, READABLE, set(tables)),
        *_function_faults(tree),
        *_parameter_faults(tree, bound),
    ]
    if faults:
        raise _refused(faults)
    return VettedQuery(tree.sql("duckdb", pretty=True), MappingProxyType(dict(bound)), row_limit)


def _parse(sql: str) -> exp.Expr:
    try:
        statements = sqlglot.parse(sql, read="duckdb")
    except SqlglotError as error:
        raise _refused([f"cannot be parsed: {str(error).splitlines()[0]}"]) from error
    if len(statements) != 1 or statements[0] is None:
        raise _refused([f"{len(statements)} statements; exactly one is allowed"])
    return statements[0]


def _shape_faults(tree: exp.Expr) -> Iterable[str]:
    if not isinstance(tree, exp.Query):
        yield f"{type(tree).__name__.upper()}; only SELECT is allowed"
    for node in tree.find_all(*_FORBIDDEN):
        yield f"{type(node).__name__.upper()} is not allowed"
    for node in tree.walk():
        if node.comments:
            yield "comments are not allowed"
        if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            yield "'*' is not allowed; columns are named"


def _function_faults(tree: exp.Expr) -> Iterable[str]:
    for function in tree.find_all(exp.Func):
        name = (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()
        if name not in _FUNCTIONS:
            yield f"function {name} is not allowed"
    for series in tree.find_all(exp.GenerateSeries):
        if not _is_days_between_columns(series):
            yield "function generate_series is allowed only for the days between two columns"


def _is_days_between_columns(series: exp.GenerateSeries) -> bool:
    """Return whether the series is bounded by the data: a list of any length would take the memory at will."""
    step = series.args.get("step")
    is_daily = isinstance(step, exp.Interval) and step.this.name == "1" and step.text("unit").upper() == "DAY"
    return is_daily and all(isinstance(series.args.get(end), exp.Column) for end in ("start", "end"))


def _parameter_faults(tree: exp.Expr, bound: Mapping[str, Any]) -> Iterable[str]:
    used = {str(node.this) for node in tree.find_all(exp.Placeholder)}
    yield from (f"parameter ${name} has no value" for name in sorted(used - set(bound)))
    yield from (f"parameter ${name} is not used" for name in sorted(set(bound) - used))


def _refused(faults: list[str]) -> PolicyError:
    listed = "; ".join(dict.fromkeys(faults))
    return PolicyError(
        Text(f"这条 SQL 不允许执行：{listed}。", f"This SQL may not run: {listed}."),
        code="sql_refused",
    )
