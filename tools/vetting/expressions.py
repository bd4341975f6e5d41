"""The SQL expressions that measures hold: each is one expression, on columns that its source has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from knowledge.catalog import Catalog
from knowledge.catalog.faults import Fault
from knowledge.catalog.nearest import maybe_nearest
from knowledge.model import Measure
from knowledge.tables import ROLLUPS, TABLES
from knowledge.text import Text

EXPRESSIONS = ("of", "where", "sum", "distinct_of")
"""The fields of a measure that hold SQL."""
_OF_A_DAY = {"standing": ("day",)}
"""Names that are known besides the columns, by the field that the expression stands in."""


def expression_faults(measure: Measure, catalog: Catalog) -> Iterator[Fault]:
    """Yield what is wrong with the expressions of a measure."""
    for path, sql in _expressions(measure):
        at = path[:-1] if isinstance(path[-1], int) else path
        inside = getattr(measure, str(path[0])) if len(at) > 1 else measure
        source = catalog.sources[getattr(inside, "source", measure.source)]
        table = {**TABLES, **ROLLUPS}.get(source.table)
        columns = [*table.columns, *_OF_A_DAY.get(str(path[0]), ())] if table else None
        for text in _texts(sql, columns, source.table):
            row = catalog.shelf.rows["measure", measure.id]
            yield Fault("expression", measure.id, row.file, row.line_of(path), text)


def _expressions(measure: Measure) -> Iterator[tuple[list[str | int], str]]:
    content = measure.model_dump(mode="json", exclude_none=True)
    for name, value in content.items():
        inner = value if isinstance(value, dict) else {}
        for path, held in [([name], value), *(([name, key], v) for key, v in inner.items())]:
            if path[-1] in EXPRESSIONS:
                yield from (
                    [(path, held)] if isinstance(held, str) else [([*path, n], sql) for n, sql in enumerate(held)]
                )


def _texts(sql: str, columns: Sequence[str] | None, table: str) -> Iterator[Text]:
    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except SqlglotError as error:
        why = str(error).splitlines()[0].replace("\x1b[4m", "").replace("\x1b[0m", "")
        yield Text(f"表达式“{sql}”无法解析：{why}", f"The expression '{sql}' cannot be parsed: {why}")
        return
    tree = trees[0] if trees else None
    if len(trees) != 1 or tree is None:
        yield Text(
            f"“{sql}”是 {len(trees)} 条语句，只能是一个表达式。",
            f"'{sql}' is {len(trees)} statements; one expression is allowed.",
        )
        return
    if tree.find(exp.Query, exp.DML, exp.DDL, exp.Command):
        yield Text(
            f"表达式“{sql}”里不能有 SELECT 等语句。", f"The expression '{sql}' may hold no statement of its own."
        )
        return
    for column in dict.fromkeys(column.name for column in tree.find_all(exp.Column)):
        if columns is not None and column not in columns:
            near = maybe_nearest(column, list(columns))
            yield Text(f"{table} 没有列“{column}”。{near.zh}", f"{table} has no column '{column}'. {near.en}".rstrip())
