"""``make bench``: measure and write ``benchmarks/report.md``; ``python -m benchmarks 600000`` on a larger demo."""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks import answers, queries, startup
from tools.demo.build import DEFAULT_USERS, build_demo

REPORT = Path(__file__).parent / "report.md"
RATIO_GOAL = 1.1
ANSWER_GOAL_MS = 150


def main() -> None:
    """Build the demo in a scratch home, measure, print and write the report."""
    users = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_USERS
    report = REPORT if users == DEFAULT_USERS else REPORT.with_name(f"report-{users}.md")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        started = time.perf_counter()
        published = build_demo(home, users=users)
        seconds = time.perf_counter() - started
        size = published.path.stat().st_size / 1e6
        lines = [
            "# Benchmarks",
            "",
            f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {platform.machine()}. Written by `make bench`.",
            "Ratios are medians of pairs taken in turn in one run; times are medians and depend on the machine.",
            "",
            f"Demo: {users:,} users, {published.rows['events']:,} events, built in {seconds:.0f} s, {size:.0f} MB.",
            "",
            *_queries(queries.measure(home)),
            "",
            *_answers(answers.measure(home)),
            "",
            *_startup(startup.measure(home)),
        ]
    report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _queries(rows: list[queries.Measured]) -> list[str]:
    middle = statistics.median(row.ratio for row in rows)
    over = [row.metric for row in rows if row.ratio > RATIO_GOAL]
    table = [
        f"| {r.metric} | {r.compiled_ms:.1f} | {r.by_hand_ms:.1f} | {r.ratio:.2f} | {'yes' if r.same else '**no**'} |"
        for r in rows
    ]
    return [
        f"## Compiled SQL against hand-written SQL (goal: at most {RATIO_GOAL} times)",
        "",
        "Each metric over the whole of 2025 (calendar metrics: their last week or month), both on the same tables.",
        "",
        "| metric | compiled ms | by hand ms | ratio | same figure |",
        "|---|---:|---:|---:|---|",
        *table,
        "",
        f"Median ratio {middle:.2f}; over the goal: {', '.join(over) or 'none'}.",
        "Every statement takes about half a millisecond more to parse and plan than its peer: it shows in the ratio of the",
        "statements that run for one or two.",
    ]


def _answers(rows: list[answers.Timed]) -> list[str]:
    return [
        f"## Question to answer, no model (goal: median under {ANSWER_GOAL_MS} ms, warm)",
        "",
        "| question | status | ms |",
        "|---|---|---:|",
        *(f"| {row.question} | {row.status} | {row.median_ms:.0f} |" for row in rows),
        "",
        f"Median {statistics.median(row.median_ms for row in rows):.0f} ms.",
    ]


def _startup(rows: list[startup.Started]) -> list[str]:
    return [
        "## Cold start, whole processes (goals: under 1 s, `ask` under 5 s)",
        "",
        "| command | s |",
        "|---|---:|",
        *(f"| `{row.command}` | {row.seconds:.2f} |" for row in rows),
    ]


if __name__ == "__main__":
    main()
