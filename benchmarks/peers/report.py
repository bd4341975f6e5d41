"""What every peer prints: one JSON line for each thing it did, with its seconds and a figure to compare."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any


def measured(
    task: str, work: Callable[[], Any], *, rounds: int = 3, figure: Callable[[Any], Any] = lambda _: None
) -> Any:
    """Do ``work`` so many times, print the median seconds, the figure and the peak memory so far; return its last result."""
    times, result = [], None
    for _ in range(rounds):
        started = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - started)
        if times[0] > 30:
            break
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line = {"task": task, "seconds": sorted(times)[len(times) // 2], "figure": figure(result), "memory_mb": memory}
    print(json.dumps(line, default=str), flush=True)
    return result


def versions(*packages: str) -> None:
    """Print the versions measured."""
    print(json.dumps({"versions": {package: version(package) for package in packages}}), flush=True)
