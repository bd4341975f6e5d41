"""The peers of other kinds: each in its own environment and process, on growing shares of the same users, until it fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parent.parent.parent
SIZES = (1, 5, 26, 100)
"""Millions of events."""
MOST_MB, MOST_SECONDS = 12_000, 900.0
"""Where a peer is stopped: more memory than half the machine, or a quarter of an hour."""
IN_MEMORY = ("pandas", "retentioneering", "chdb")
QUIET = {"RETENTIONEERING_NO_TRACK": "1", "DO_NOT_TRACK": "1", "POSTHOG_DISABLED": "1", "ANONYMIZED_TELEMETRY": "False"}


@dataclass(frozen=True)
class Share:
    """A share of the users: its name, its events, and the Parquet file of them."""

    millions: int
    events: int
    path: Path


def measure(database: Path, scratch: Path, python: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield a record per peer and size: what it did, or how it failed. Stops a peer at the first size it does not survive."""
    if "bsl" in names:
        yield {"peer": "bsl", "millions": SIZES[-1], **_run(python, "bsl", database)}
    listed = [name for name in IN_MEMORY if name in names]
    alive = set(listed)
    for millions in SIZES:
        share = _share(database, scratch, millions) if alive else None
        for name in [n for n in listed if n in alive]:
            assert share is not None
            found = _run(python, name, share.path)
            if found["failed"]:
                alive.discard(name)
            yield {"peer": name, "millions": millions, "events": share.events, **found}


def _share(database: Path, scratch: Path, millions: int) -> Share:
    """Write the events of a share of the users, picked by a hash, with the month each registered in."""
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / f"events-{millions}.parquet"
    connection = duckdb.connect(  # noqa: TID251 - peers have no door
        str(database), read_only=True, config={"memory_limit": "2GB", "temp_directory": str(scratch / "spill")}
    )
    total = _count(connection, "SELECT count(*) FROM events")
    per_mille = 1000 if millions == SIZES[-1] else round(millions * 1e9 / total)
    if not path.exists():
        connection.execute(
            "COPY (SELECT e.user_id, e.ts, e.event_date, e.event, CAST(date_part('year', u.register_date) * 12"
            " + date_part('month', u.register_date) AS INTEGER) AS register_month FROM events AS e LEFT JOIN users AS u"
            f" USING (user_id) WHERE hash(e.user_id) % 1000 < {per_mille}) TO '{path}' (FORMAT parquet)"
        )
    events = _count(connection, f"SELECT count(*) FROM '{path}'")
    connection.close()
    return Share(millions, events, path)


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0


def _run(python: Path, name: str, data: Path) -> dict[str, Any]:
    """Run one peer; return its versions, its tasks, how it failed (empty if not) and its peak memory as seen from outside."""
    environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [python, "-W", "ignore", "-m", f"benchmarks.peers.with_{name}", str(data)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    peak, stopped = _watch(process)
    out, errors = process.communicate()
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    failed = stopped or (_last_line(errors) if process.returncode else "")
    return {
        "versions": next((line["versions"] for line in lines if "versions" in line), {}),
        "tasks": [line for line in lines if "task" in line],
        "failed": failed,
        "peak_mb": peak,
    }


def _watch(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a process, and stop it where it takes too much; return its peak memory in MB and why it was stopped."""
    started, peak = time.monotonic(), 0
    while process.poll() is None:
        peak = max(peak, _resident_mb(process.pid))
        if peak > MOST_MB or time.monotonic() - started > MOST_SECONDS:
            os.killpg(process.pid, signal.SIGKILL)
            why = f"more than {MOST_MB / 1000:g} GB" if peak > MOST_MB else f"more than {MOST_SECONDS:.0f} s"
            return peak, f"stopped: {why}"
        time.sleep(0.1)
    return peak, ""


def _resident_mb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return int(line.split()[1]) // 1024


def _last_line(errors: str) -> str:
    lines = [line for line in errors.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "ended without a word"
