"""The members of a segment, found by the statement that the product would run."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlglot

from knowledge.segments import read_definition
from tools.segments.asked import asked_for
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.segment_sql import SegmentSql
from tools.warehouse.guard import vet


def members_on(layer: SemanticLayer, definition: Any, days: list[date]) -> dict[date, frozenset[int]]:
    """Return the members on several days, found by one statement that the guard lets through."""
    binder = Binder()
    relation = f"(SELECT w.day AS bucket, w.day AS day FROM (SELECT {binder.days('days', list(days))} AS day) AS w)"
    sql = SegmentSql(relation, layer.catalog.segments, binder)
    statement = sql.select(read_definition(definition))
    query = vet(sqlglot.parse_one(statement, read="duckdb"), binder.values, tables=sql.tables, row_limit=10_000)
    rows = layer.warehouse.run(query).rows
    return {day: frozenset(user for bucket, user in rows if bucket == day.isoformat()) for day in days}


def members(layer: SemanticLayer, definition: Any, day: date) -> frozenset[int]:
    """Return the members on one day."""
    binder = Binder()
    sql = SegmentSql("", layer.catalog.segments, binder, one_day=binder.day("as_of", day))
    statement = sql.select(asked_for(layer, definition=definition).definition)
    query = vet(sqlglot.parse_one(statement, read="duckdb"), binder.values, tables=sql.tables, row_limit=10_000)
    found = [row[0] for row in layer.warehouse.run(query).rows]
    assert len(found) == len(set(found)), "a user is in a segment once"
    return frozenset(found)
