"""Runs the installed ``yunce`` command as a person does: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

COMMAND = Path(sys.executable).parent / "yunce"


@dataclass(frozen=True)
class Done:
    """What a command left: exit status and both streams."""

    status: int
    out: str
    err: str


def environment(home: Path, language: str = "en", **more: str) -> dict[str, str]:
    """Return an environment in which nothing of the tester's own settings shows."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("YUNCE_", "OPENAI_", "LC_", "LANG"))
    }
    return {**kept, "YUNCE_HOME": str(home), "YUNCE_LANG": language, **more}


def yunce(home: Path, *arguments: str, language: str = "en", cwd: Path | None = None, **more: str) -> Done:
    """Run ``yunce`` and return what it left. No command may take longer than two minutes or print a traceback."""
    run = subprocess.run(
        [str(COMMAND), *arguments],
        env=environment(home, language, **more),
        cwd=cwd or home.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert "Traceback" not in run.stderr + run.stdout, run.stderr
    return Done(run.returncode, run.stdout, run.stderr)
