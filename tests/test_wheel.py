"""The wheel holds everything: installed elsewhere, it answers outside the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("yunce-*.whl"))


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    """Its top level is the three packages and its own metadata, and the catalog's data files are in it."""
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"assistant", "tools", "knowledge"}
    assert "knowledge/catalog/metrics/retention.yaml" in names
    assert "assistant/agent/prompts/system.md" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".db", ".duckdb"))]


def test_an_installed_wheel_answers_outside_the_repository(wheel: Path, home: Path, tmp_path: Path) -> None:
    """Installed into a folder of its own, ``yunce ask`` answers from a working directory that is not the repository."""
    site, work = tmp_path / "site", tmp_path / "elsewhere"
    work.mkdir()
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--offline",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(command, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(site), "YUNCE_HOME": str(home), "PYTHONSAFEPATH": "1"}
    where = "import assistant, pathlib; print(pathlib.Path(assistant.__file__).parents[1])"
    found = subprocess.run(
        [sys.executable, "-c", where], cwd=work, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()) == site
    run = [sys.executable, str(site / "bin" / "yunce"), "ask", "昨天日活多少？", "--json"]
    done = subprocess.run(run, cwd=work, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    assert answer["results"][0]["metrics"] == ["dau"]
    assert answer["unsupported_numbers"] == []
