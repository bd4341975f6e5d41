"""``make bench-large``: build or reuse a demo of about 100 million events, measure, write ``benchmarks/README.md``.

    BENCH_HOME      a home whose demo is read; built under BENCH_SCRATCH where it is not given
    BENCH_USERS     users of a demo that is built (1150000: about 100 million events)
    BENCH_RAW       keep: keep the times of raw tables from the last run where a rollup applies (they take longest)
    BENCH_SCRATCH   where large files go (benchmarks/scratch)

Arguments pick what is measured again: groups of the list, or ``bsl pandas retentioneering chdb``; the rest of the report
stays as the last run left it. Without arguments everything is measured. ``report`` only writes the report.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.large import peers, report
from benchmarks.large.questions import questions
from knowledge.catalog import load_catalog
from tools.warehouse.publish import serving_path

HERE = Path(__file__).parent.parent
RESULTS, PEERS = HERE / "results" / "large.json", HERE / "results" / "peers.json"
NAMES = ("bsl", "pandas", "retentioneering", "chdb")


def main(asked: list[str]) -> None:
    """Measure what is asked for, keep the results, write the report."""
    scratch = Path(os.environ.get("BENCH_SCRATCH", HERE / "scratch"))
    groups = list(dict.fromkeys(question.group for question in questions()))
    if unlisted := [metric for metric in load_catalog().metrics if metric not in groups]:
        sys.exit(f"queries.yaml asks nothing of {', '.join(unlisted)}: every metric of the catalog has its line there.")
    unknown = [name for name in asked if name not in (*groups, *NAMES, "report", "metrics")]
    if unknown:
        sys.exit(
            f"Nothing of the list is called {', '.join(unknown)}. Groups: {', '.join(groups)}; peers: {', '.join(NAMES)}."
        )
    home = Path(os.environ["BENCH_HOME"]) if os.environ.get("BENCH_HOME") else scratch / "home"
    if not serving_path(home).exists() and asked == ["report"]:
        sys.exit(f"There is no demo at {home}: say with BENCH_HOME which one the results are of.")
    if not serving_path(home).exists():
        _build(home)
    if asked != ["report"]:
        everything = not asked
        _groups(home, groups if everything or "metrics" in asked else [g for g in groups if g in asked])
        _peers(home, scratch, [name for name in NAMES if everything or name in asked])
    report.write(home, _read(RESULTS), _read(PEERS))


def _build(home: Path) -> None:
    users = os.environ.get("BENCH_USERS", "1150000")
    environment = {**os.environ, "YUNCE_HOME": str(home)}
    subprocess.run([Path(sys.executable).parent / "yunce", "demo", "--users", users], env=environment, check=True)


def _groups(home: Path, groups: list[str]) -> None:
    """Measure each group in a process of its own and keep what it found at once."""
    for place, group in enumerate(groups, start=1):
        load = os.getloadavg()[0]
        command = [sys.executable, "-m", "benchmarks.large.child", str(home), group]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found: dict[str, Any] = (
            json.loads(done.stdout)
            if not done.returncode
            else {"group": group, "failed": done.stderr.strip().splitlines()[-1][:200]}
        )
        found |= {"load": load, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        _keep(RESULTS, group, _with_raw(found, _read(RESULTS).get(group, {})))
        print(f"{place}/{len(groups)} {group}: {_short(found)}", flush=True)


def _peers(home: Path, scratch: Path, names: list[str]) -> None:
    if not names:
        return
    python = scratch / "venv" / "bin" / "python"
    if not python.exists():
        sys.exit(f"The peers' environment is missing: {python}. `make bench-large` makes it.")
    for found in peers.measure(serving_path(home), scratch, python, names):
        found["load"] = os.getloadavg()[0]
        _keep(PEERS, f"{found['peer']}-{found['millions']}", found)
        print(f"{found['peer']} at {found['millions']} M: {found['failed'] or 'done'}", flush=True)


def _with_raw(found: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Carry the times on raw tables over from the last run where this one left them out."""
    known = {row["id"]: row.get("raw_ms") for row in before.get("rows", ())}
    for row in found.get("rows", ()):
        row["raw_ms"] = row["raw_ms"] or known.get(row["id"])
    return found


def _short(found: dict[str, Any]) -> str:
    if "failed" in found:
        return "failed: " + found["failed"].splitlines()[-1]
    return ", ".join(f"{row['form']} {row['ours_ms']:.0f} ms ×{row.get('ratio', 0):.2f}" for row in found["rows"])


def _keep(path: Path, name: str, found: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    kept = {**_read(path), name: found}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


if __name__ == "__main__":
    main(sys.argv[1:])
