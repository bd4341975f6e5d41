"""Measures one group of questions in a process of its own, so that its memory is its own too."""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.large.agreement import differences
from benchmarks.large.questions import Question, questions
from knowledge.catalog import load_catalog
from knowledge.errors import WarehouseError
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import TOOLS
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path
from tools.warehouse.row_cache import RowCache

MEMORY = "2GB"
"""What DuckDB may use: Yunce's own default, for hand-written statements too."""
MOST_SECONDS = 60.0
"""How long a hand-written statement may run."""
RAW = os.environ.get("BENCH_RAW") != "keep"
"""Whether raw tables are read again where a rollup applies: the slowest part of it all."""
Statement = tuple[str, Mapping[str, Any] | None]


@dataclass(frozen=True)
class Answered:
    """What Yunce said to one question, its statement, and the milliseconds of the whole call."""

    question: Question
    result: Result
    statement: Statement
    call_ms: float


def main(home: Path, group: str) -> None:
    """Print one JSON object: the group's peak memory in MB and a row per question."""
    asked = [question for question in questions() if question.group == group]
    with tempfile.TemporaryDirectory() as scratch:
        failures: dict[str, str] = {}
        answered = _ask(home, Path(scratch), asked, failures)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        config = {"memory_limit": MEMORY, "temp_directory": scratch}
        connection = duckdb.connect(str(serving_path(home)), read_only=True, config=config)  # noqa: TID251 - peers have no door
        rows = [_measure(connection, each) for each in answered]
    print(json.dumps({"group": group, "memory_mb": round(memory), "rows": rows, "failures": failures}))


def _ask(home: Path, scratch: Path, asked: Sequence[Question], failures: dict[str, str]) -> list[Answered]:
    """Ask Yunce every question of the group once, past its cache; note in ``failures`` what it could not answer."""
    receipts = ReceiptStore(scratch)
    warehouse = Warehouse(serving_path(home), seconds=2 * MOST_SECONDS, memory=MEMORY)
    catalog = load_catalog()
    assert warehouse.meta.snapshot
    found = []
    for question in asked:
        layer = SemanticLayer(catalog, warehouse, receipts, rows=RowCache())
        started = time.perf_counter()
        try:
            result = TOOLS[question.tool].run(ToolContext(layer, "en", Interrupter()), dict(question.params))
        except WarehouseError as error:
            failures[question.id] = str(error)[:100]
            continue
        elapsed = (time.perf_counter() - started) * 1000
        receipt = receipts.load(result.receipt)
        found.append(Answered(question, result, (receipt.sql, receipt.bound), elapsed))
    warehouse.close()
    return found


def _measure(connection: duckdb.DuckDBPyConnection, each: Answered) -> dict[str, Any]:
    """Return one row: our time, the hand-written ones, the median of the ratios of pairs, whether figures agree."""
    question = each.question
    first, _, _ = _run(connection, each.statement)
    raws = question.raw if RAW or not question.rollup else ()
    raw = [_try(connection, sql) for sql in raws]
    rollup = [_try(connection, sql) for sql in question.rollup]
    done = [(attempt, sql) for attempt, sql in zip([*raw, *rollup], [*raws, *question.rollup], strict=True)]
    ran = [(attempt["ms"], sql) for attempt, sql in done if "ms" in attempt]
    row: dict[str, Any] = {
        "id": question.id,
        "form": question.form,
        "days": question.days,
        "goal_s": question.goal,
        "over": question.over,
        "call_ms": each.call_ms,
        "ours_ms": first,
        "rollup_applies": bool(question.rollup),
        "differences": _differ(each, done),
        "failures": [attempt["failed"] for attempt, _ in done if "failed" in attempt],
        "values": _values(each),
    }
    if ran:
        row |= _pairs(connection, each.statement, min(ran)[1], first)
    row |= {"raw_ms": _best(raw), "rollup_ms": _best(rollup)}
    if ran and min(ran)[1] in raws:
        row["raw_ms"] = min(row["best_ms"], row["raw_ms"])
    elif ran:
        row["rollup_ms"] = min(row["best_ms"], row["rollup_ms"])
    return row


def _pairs(connection: duckdb.DuckDBPyConnection, ours: Statement, best: str, first: float) -> dict[str, Any]:
    rounds = 15 if first < 50 else 7 if first < 300 else 5 if first < 1000 else 3 if first < 15_000 else 1
    mine, theirs = [], []
    for turn in range(rounds):
        for who in (0, 1) if turn % 2 else (1, 0):
            if who:
                mine.append(_run(connection, ours)[0])
            else:
                theirs.append(_run(connection, (best, None))[0])
    ratio = statistics.median(one / two for one, two in zip(mine, theirs, strict=True))
    return {"ours_ms": statistics.median(mine), "best_ms": statistics.median(theirs), "ratio": ratio, "rounds": rounds}


def _differ(each: Answered, done: Sequence[tuple[dict[str, Any], str]]) -> list[str]:
    question = each.question
    found: list[str] = []
    for attempt, _ in done:
        if "rows" in attempt:
            ours, theirs = (each.result.columns, each.result.rows), (attempt["columns"], attempt["rows"])
            found += differences(ours, theirs, question.keys, question.figures, partly=question.partly)[:3]
    return found


def _values(each: Answered) -> list[float]:
    """Return our own figures, for peers of other kinds to be compared with."""
    at = each.result.columns.index(next(iter(each.question.figures)))
    return [float(row[at] or 0) for row in each.result.rows]


def _best(attempts: Sequence[dict[str, Any]]) -> float | None:
    times = [attempt["ms"] for attempt in attempts if "ms" in attempt]
    return min(times) if times else None


def _try(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """Run a hand-written statement twice where it is quick, once where it is not; return the faster time and the rows."""
    try:
        elapsed, columns, rows = _run(connection, (sql, None))
        if elapsed < 1000:
            elapsed = min(elapsed, _run(connection, (sql, None))[0])
    except (duckdb.OutOfMemoryException, duckdb.InterruptException) as error:
        return {"failed": str(error).splitlines()[0][:120]}
    return {"ms": elapsed, "columns": columns, "rows": rows}


def _run(connection: duckdb.DuckDBPyConnection, statement: Statement) -> tuple[float, list[str], list[tuple[Any, ...]]]:
    """Run a statement; a hand-written one, which binds nothing, is stopped when its time is over."""
    timer = threading.Timer(MOST_SECONDS, connection.interrupt)
    if statement[1] is None:
        timer.start()
    started = time.perf_counter()
    try:
        connection.execute(statement[0], dict(statement[1])) if statement[1] else connection.execute(statement[0])
        rows = connection.fetchall()
    finally:
        timer.cancel()
    return (time.perf_counter() - started) * 1000, [column[0] for column in connection.description or ()], rows


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
