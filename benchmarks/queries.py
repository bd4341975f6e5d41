"""Each metric's compiled statement against the hand-written one: same data, same connection settings, in turn."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.by_hand import by_hand, metrics
from benchmarks.by_hand.form import Form
from knowledge.catalog import load_catalog
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import serving_path

ROUNDS = 15
YEAR = Form(date(2025, 1, 1), date(2025, 12, 31), as_of=date(2025, 12, 31))


@dataclass(frozen=True)
class Measured:
    """One metric: medians in milliseconds, and the median of the ratios of each round."""

    metric: str
    compiled_ms: float
    by_hand_ms: float
    ratio: float
    same: bool


def measure(home: Path) -> list[Measured]:
    """Return one row per metric that has a hand-written peer."""
    layer = SemanticLayer(load_catalog(), Warehouse(serving_path(home)), ReceiptStore(home))
    statements = {
        name: layer.explain(MetricQuery(metrics=(name,), start=YEAR.start, end=YEAR.end))[1] for name in metrics()
    }
    layer.warehouse.close()
    connection = duckdb.connect(str(serving_path(home)), read_only=True)  # noqa: TID251 - the peer has no door
    try:
        return [
            _measure(connection, name, statement.sql, dict(statement.bound), by_hand(name, YEAR))
            for name, statement in statements.items()
        ]
    finally:
        connection.close()


def _measure(
    connection: duckdb.DuckDBPyConnection, name: str, compiled: str, bound: dict[str, object], ways: list[str]
) -> Measured:
    """Return one row; the peer is the faster of the ways there are."""
    by_hand_sql = min(ways, key=lambda sql: _time(connection, sql, None)) if len(ways) > 1 else ways[0]
    ours = connection.execute(compiled, bound).fetchall()
    theirs = connection.execute(by_hand_sql).fetchall()
    ratios, ours_ms, theirs_ms = [], [], []
    for _ in range(ROUNDS):
        ours_ms.append(_time(connection, compiled, bound))
        theirs_ms.append(_time(connection, by_hand_sql, None))
        ratios.append(ours_ms[-1] / theirs_ms[-1])
    same = abs(float(ours[0][0]) - float(theirs[0][0])) <= 0.005 + 1e-9 * abs(float(theirs[0][0]))
    return Measured(name, statistics.median(ours_ms), statistics.median(theirs_ms), statistics.median(ratios), same)


def _time(connection: duckdb.DuckDBPyConnection, sql: str, bound: dict[str, object] | None) -> float:
    started = time.perf_counter()
    connection.execute(sql, bound).fetchall() if bound else connection.execute(sql).fetchall()
    return (time.perf_counter() - started) * 1000
