"""An installed chat has everything that a checkout has."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def test_the_wheel_carries_pages_settings_and_look(tmp_path: Path) -> None:
    """What the chat reads at start-up is in the wheel, byte for byte what the project has."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in ("chainlit.md", "chainlit_zh-CN.md", ".chainlit/config.toml"):
            assert archive.read(f"assistant/chat/root/{name}") == (PROJECT / name).read_bytes()
        for path in (PROJECT / "assistant" / "chat" / "public").rglob("*.*"):
            assert archive.read(path.relative_to(PROJECT).as_posix()) == path.read_bytes()
