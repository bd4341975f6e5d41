"""How long the commands take from a cold start, as whole processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

COMMANDS = (
    ("--help",),
    ("metrics", "list"),
    ("verify", "{receipt}"),
    ("doctor",),
    ("ask", "昨天日活多少？"),
)
ROUNDS = 5


@dataclass(frozen=True)
class Started:
    """One command: the median seconds of its whole process."""

    command: str
    seconds: float


def measure(home: Path) -> list[Started]:
    """Return one row per command; the first run warms the file cache and is not counted."""
    receipt = next((home / "receipts").rglob("R-*.json")).stem
    return [_measure(home, tuple(part.format(receipt=receipt) for part in command)) for command in COMMANDS]


def _measure(home: Path, command: tuple[str, ...]) -> Started:
    yunce = str(Path(sys.executable).parent / "yunce")
    environment = {**os.environ, "YUNCE_HOME": str(home), "YUNCE_LANG": "en"}
    taken = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        subprocess.run([yunce, *command], env=environment, capture_output=True, check=True)
        taken.append(time.perf_counter() - started)
    return Started("yunce " + " ".join(command), statistics.median(taken[1:]))
