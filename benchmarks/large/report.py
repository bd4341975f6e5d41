"""Writes ``benchmarks/README.md`` and ``benchmarks/report-large.md`` from the results kept."""

from __future__ import annotations

import platform
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import yaml

from benchmarks.large import compared
from benchmarks.large.questions import questions
from tools.warehouse.publish import serving_path

HERE = Path(__file__).parent.parent
README, TABLE, REASONS = HERE / "README.md", HERE / "report-large.md", HERE / "reasons.yaml"
FORMS = {
    "month": "total of a month",
    "days": "day, 90 days",
    "months": "month, 18 months",
    "split": "a month by a dimension",
}
MATERIAL_MS = 5.0
"""A difference smaller than this is parsing and planning, not work."""
Row = dict[str, Any]
_BUSY = [
    "**The machine was busy with other work:** times are several times what they are on an idle one, and ratios of statements",
    "of a few milliseconds swing; measure again before relying on either.",
]


def write(home: Path, results: dict[str, Any], peers: dict[str, Any]) -> None:
    """Write both pages."""
    wanted = list(dict.fromkeys(question.group for question in questions()))
    groups = [results[name] for name in wanted if name in results]
    rows = [{**row, "memory_mb": group["memory_mb"]} for group in groups if "rows" in group for row in group["rows"]]
    failed = {group["group"]: group["failed"] for group in groups if "failed" in group}
    failed |= {name: why for group in groups for name, why in group.get("failures", {}).items()}
    page = [
        *_head(home, groups),
        *_totals(rows, failed),
        *_misses(rows, failed),
        *_metrics(rows),
        *_analyses(rows),
        *compared.tables(rows, peers),
        *_repeat(),
    ]
    README.write_text("\n".join(page) + "\n", encoding="utf-8")
    TABLE.write_text("\n".join(_every_row(rows)) + "\n", encoding="utf-8")


def _head(home: Path, groups: list[Row]) -> list[str]:
    path = serving_path(home)
    connection = duckdb.connect(str(path), read_only=True)  # noqa: TID251 - only counts
    counts = {}
    for table in ("users", "events", "active_days", "orders"):
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        counts[table] = int(found[0]) if found else 0
    connection.close()
    loads = [group["load"] for group in groups]
    when = sorted(group["at"] for group in groups)
    return [
        "# Benchmarks",
        "",
        "Two sizes: the demo as everybody has it ([report.md](report.md), `make bench`) and about a hundred million events (this",
        "page, `make bench-large`). What is asked is fixed in [queries.yaml](queries.yaml); what an analyst would write by hand",
        "is in [by_hand/](by_hand/); every statement measured is in [report-large.md](report-large.md), raw results in",
        "[results/](results/).",
        "",
        (
            f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {platform.machine()}, {_cores()} cores, "
            f"{_memory_gb():.0f} GB. {counts['users']:,} users, {counts['events']:,} events, {counts['orders']:,} orders, "
            f"{counts['active_days']:,} rows of active days, {path.stat().st_size / 1e9:.1f} GB."
        ),
        f"Measured {when[0]} to {when[-1]}; load average of the machine before each group: median {median(loads):.1f}, at most "
        f"{max(loads):.1f}."
        if groups
        else "Nothing measured yet.",
        *(_BUSY if loads and median(loads) > _cores() else []),
        "",
        "Times are of the statement alone, warm, medians of rounds taken in turn with the best hand-written statement; ratios are",
        'medians of those pairs. DuckDB has 2 GB, as in the product, for hand-written statements too. "Whole call" is the first',
        "asking in a fresh process: checking, planning, the statement on a cold buffer, the receipt. Memory is the peak of that",
        "process (RSS).",
        "",
    ]


def _totals(rows: list[Row], failed: dict[str, str]) -> list[str]:
    if not rows:
        return []
    metrics = [row for row in rows if row["form"] != "analysis"]
    rolled = [row for row in rows if row["rollup_applies"] and row.get("raw_ms")]
    speed = sorted(row["raw_ms"] / row["ours_ms"] for row in rolled)
    slow = [row for row in rolled if row["raw_ms"] < 5 * row["ours_ms"]]
    over = [row for row in rows if row.get("ratio", 0) > row["over"]]
    real = [row for row in over if material(row)]
    slowest, agree = max(metrics, key=lambda row: row["ours_ms"]), [row for row in rows if not row["differences"]]
    first = max(rows, key=lambda row: row["call_ms"])
    late = [row for row in rows if row["ours_ms"] > 1000 * row["goal_s"]]
    grown = _growth(metrics)
    return [
        "## Totals",
        "",
        "| what | goal | found |",
        "|---|---|---|",
        (
            f"| statements measured | | {len(metrics)} of metrics, {len(rows) - len(metrics)} of analyses"
            f"{'; failed: ' + ', '.join(failed) if failed else ''} |"
        ),
        f"| metrics under 1 s | 95% | {_share(metrics, 1000)} (whole call: {_share(metrics, 1000, 'call_ms')}) |",
        f"| slowest metric | 3 s | {slowest['id']}, {slowest['ours_ms'] / 1000:.2f} s |",
        f"| over the seconds of their goal | none | {_names(late)} |",
        f"| slowest whole call, cold | | {first['id']}, {first['call_ms'] / 1000:.1f} s |",
        (
            "| against the best hand-written SQL | 1.1 (funnels and behaviour 1.2) | "
            f"median {median(row['ratio'] for row in rows if 'ratio' in row):.2f}; over: {len(over)} of {len(rows)}, "
            f"{len(real)} by {MATERIAL_MS:.0f} ms or more |"
        ),
        (
            "| against raw tables, where rollups apply | 5 times faster | "
            f"median {median(speed or [0]):.0f} times; under 5: {len(slow)} of {len(rolled)} |"
        ),
        f"| figures agree with hand-written SQL | all | {len(agree)} of {len(rows)} |",
        f"| peak memory | 8 GB | {max(row['memory_mb'] for row in rows) / 1000:.2f} GB |",
        f"| 18 months cost against one (18 times the days) | 18 | median {median(grown):.1f}, most {max(grown):.1f} |",
        "",
        f"Under 5 times faster than raw: {_names(slow, 'raw')}.",
        "",
    ]


def _misses(rows: list[Row], failed: dict[str, str]) -> list[str]:
    reasons: dict[str, str] = yaml.safe_load(REASONS.read_text(encoding="utf-8")) if REASONS.exists() else {}
    missed = [row for row in rows if _missed(row)]
    unanswered = [f"| {name} | | | | no answer: {why} | {_reason(reasons, name)} |" for name, why in failed.items()]
    lines = [
        f"| {row['id']} | {row['ours_ms']:.0f} | {_ms(row.get('best_ms'))} | {row.get('ratio', 0):.2f} | {_missed(row)} |"
        f" {_reason(reasons, row['id'])} |"
        for row in sorted(missed, key=lambda row: -(row["ours_ms"] - row.get("best_ms", 0)))
    ]
    return [
        "## What misses a goal",
        "",
        f"Ratios over the goal that cost less than {MATERIAL_MS:.0f} ms are parsing and planning, and not listed.",
        "",
        "| statement | ours ms | best by hand ms | ratio | missed | why |",
        "|---|---:|---:|---:|---|---|",
        *(unanswered + lines or ["| none | | | | | |"]),
        "",
    ]


def _metrics(rows: list[Row]) -> list[str]:
    by_metric: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row["form"] != "analysis":
            by_metric.setdefault(row["id"].split("/")[0], {})[row["form"]] = row
    lines = [
        f"| {metric} | " + " | ".join(_cell(forms.get(form)) for form in FORMS)
        + f" | {max(row['memory_mb'] for row in forms.values())} |"
        for metric, forms in by_metric.items()
    ]  # fmt: skip
    return [
        "## Metrics",
        "",
        "Each cell: our ms, times the best hand-written SQL on the same rows, and how many times faster than hand-written SQL on",
        "the raw tables where a rollup applies.",
        "",
        f"| metric | {' | '.join(FORMS.values())} | MB |",
        "|---|---|---|---|---|---:|",
        *lines,
        "",
    ]


def _analyses(rows: list[Row]) -> list[str]:
    lines = [
        f"| {r['id']} | {r['ours_ms']:.0f} | {_ms(r.get('best_ms'))} | {r.get('ratio', 0):.2f} | {_ms(r.get('raw_ms'))} |"
        f" {r['call_ms']:.0f} | {r['memory_mb']} | {r['goal_s']:g} | {'yes' if not r['differences'] else '**no**'} |"
        for r in rows
        if r["form"] == "analysis"
    ]
    return [
        "## Analyses",
        "",
        "| analysis | ours ms | best by hand ms | ratio | raw by hand ms | whole call ms | MB | goal s | same figures |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
        *lines,
        "",
    ]


def _every_row(rows: list[Row]) -> list[str]:
    lines = [
        f"| {r['id']} | {r['ours_ms']:.1f} | {_ms(r.get('rollup_ms'), 1)} | {_ms(r.get('raw_ms'), 1)} | {r.get('ratio', 0):.2f} |"
        f" {r['call_ms']:.0f} | {r['memory_mb']} | {'yes' if not r['differences'] else '**no**'} |"
        for r in rows
    ]
    return [
        "# Every statement at a hundred million events",
        "",
        "Written by `make bench-large`; see [README.md](README.md). Milliseconds; the ratio is to the faster of the two by hand.",
        "",
        "| statement | ours | by hand on rollups | by hand on raw tables | ratio | whole call | MB | same figures |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
        *lines,
    ]


def _repeat() -> list[str]:
    return [
        "## To repeat it",
        "",
        "```",
        "make bench-large                                   # builds a demo of 1,150,000 users; about an hour in all",
        "make bench-large BENCH_HOME=path/to/home           # reads the demo of a home that there is",
        'make bench-large BENCH_ONLY="dau funnel_payment_31_days pandas"   # measures these again, keeps the rest',
        "```",
        "",
        "The peers are installed from [requirements.txt](requirements.txt) into an environment of their own under",
        "`benchmarks/scratch` (`BENCH_SCRATCH` moves it), with usage statistics switched off.",
    ]


def _reason(reasons: dict[str, str], name: str) -> str:
    return reasons.get(name, reasons.get(name.split("/", maxsplit=1)[0], ""))


def material(row: Row) -> bool:
    """Return whether a row costs more than its peer by more than planning."""
    return bool(row.get("best_ms")) and row["ours_ms"] - row["best_ms"] >= MATERIAL_MS


def _missed(row: Row) -> str:
    found = []
    if row.get("ratio", 0) > row["over"] and material(row):
        found.append(f"{row['over']:g} times by hand")
    if row["ours_ms"] > 1000 * row["goal_s"]:
        found.append(f"{row['goal_s']:g} s")
    if row["differences"]:
        found.append("figures")
    return ", ".join(found)


def _growth(metrics: list[Row]) -> list[float]:
    """Return how many times the cost of one month 18 of them cost, where there is enough of it to tell."""
    by_id = {row["id"]: row for row in metrics}
    pairs = [(by_id.get(row["id"].replace("/months", "/month")), row) for row in metrics if row["form"] == "months"]
    return [many["ours_ms"] / one["ours_ms"] for one, many in pairs if one and many["ours_ms"] > 20] or [0.0]


def _cell(row: Row | None) -> str:
    if row is None:
        return "–"
    faster = f" · {row['raw_ms'] / row['ours_ms']:.0f}×" if row["rollup_applies"] and row.get("raw_ms") else ""
    wrong = "" if not row["differences"] else " **differs**"
    return f"{row['ours_ms']:.0f} · {row.get('ratio', 0):.2f}{faster}{wrong}"


def _names(rows: list[Row], other: str = "") -> str:
    if not rows:
        return "none"
    if other:
        return ", ".join(f"{row['id']} ({row['ours_ms']:.0f} ms, raw {row['raw_ms']:.0f})" for row in rows)
    return ", ".join(row["id"] for row in rows)


def _share(rows: list[Row], most_ms: float, column: str = "ours_ms") -> str:
    return f"{sum(row[column] < most_ms for row in rows) / len(rows):.1%}"


def _ms(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _cores() -> int:
    return (
        Path("/proc/cpuinfo").read_text(encoding="utf-8").count("processor\t") if Path("/proc/cpuinfo").exists() else 0
    )


def _memory_gb() -> float:
    path = Path("/proc/meminfo")
    return int(path.read_text(encoding="ascii").split()[1]) / 1e6 if path.exists() else 0.0
