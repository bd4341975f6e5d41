"""The shape of the code: quick starts import little, nothing imports torch, no grab-bag names, no machine paths."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.assistant.cli.running import environment

ROOT = Path(__file__).parents[1]
PACKAGES = ("assistant", "tools", "knowledge")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
HEAVY = {"torch", "chainlit", "langchain", "langchain_core", "langgraph", "plotly", "pandas"}
GRAB_BAGS = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common", "data2"}


def imported(home: Path, *arguments: str) -> set[str]:
    """Return the top-level modules that a command imports."""
    code = (
        "import sys\nfrom assistant.cli.main import run\nrun(sys.argv[1:])\n"
        "print('MODULES', *{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=True)
    return set(done.stderr.rsplit("MODULES", 1)[1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("metrics", "list"), ("doctor",), ("verify", "R-0000000000")])
def test_quick_commands_import_nothing_heavy(demo_home: Path, arguments: tuple[str, ...]) -> None:
    """Commands that need no agent load neither langchain nor chainlit nor any plotting."""
    assert not imported(demo_home, *arguments) & HEAVY


def test_help_opens_no_database(demo_home: Path) -> None:
    """Help loads no DuckDB and no SQL parser."""
    assert not imported(demo_home, "--help") & {"duckdb", "sqlglot"}


def test_an_answer_needs_no_torch_and_no_chat(demo_home: Path) -> None:
    """Answering in the terminal loads the agent, but no torch, chainlit or plotting, and no model client without a key."""
    found = imported(demo_home, "ask", "昨天日活多少？", "--json")
    assert "langchain" in found
    assert not found & {"torch", "chainlit", "plotly", "openai", "langchain_openai"}


def test_no_file_is_a_grab_bag() -> None:
    """Names say what is inside; none of them is utils."""
    assert [path for path in SOURCES if path.stem in GRAB_BAGS or path.parent.name in GRAB_BAGS] == []


def test_no_source_names_a_place_on_some_machine() -> None:
    """No absolute path of a machine stands in code, docs or settings."""
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    pattern = re.compile(r"(?<![\w.\-/])/(?:home|Users|root|work)/\w")
    named = [name for name in files if (ROOT / name).suffix in {".py", ".md", ".toml", ".yaml", ".sql", ""} and (ROOT / name).is_file()
             and pattern.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))]  # fmt: skip
    assert named == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small_enough_to_read(path: Path) -> None:
    """A module longer than 420 lines wants to be two."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 420
