"""``yunce segments discover`` as a person types it: the groups, in either language, and one of them saved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.cli.main import run


def test_groups_are_shown_and_one_is_saved(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON and page hold the same groups; a saved one is a segment of that size; its receipt verifies; slips are told."""
    monkeypatch.setenv("YUNCE_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(home)

    def typed(*arguments: str, language: str = "en") -> tuple[int, str]:
        monkeypatch.setenv("YUNCE_LANG", language)
        status = run(list(arguments))
        out = capsys.readouterr()
        assert "Traceback" not in out.out + out.err
        return status, out.out + out.err

    told = json.loads(typed("segments", "discover", "--json")[1])
    defined = [group for group in told["groups"] if group["definition"]]
    assert sum(group["users"] for group in told["groups"]) == told["active_users"]
    assert defined
    number, size = defined[0]["number"], defined[0]["size"]
    assert "Holds" in typed("verify", told["receipt"])[1]

    status, page = typed(
        "segments", "discover", "--save", str(number), "--name", "第一组", "--owner", "Li", language="zh"
    )
    assert status == 0
    assert told["receipt"] in page
    assert f"已保存“第一组”：{size:,} 人" in page
    assert all(group["words"]["zh"] in page for group in defined)
    assert not re.search(r"\b(group|users|precision|recall|none)\b", page)
    shown = json.loads(typed("segments", "show", "第一组", "--json")[1])
    assert shown["definition"] == defined[0]["definition"]
    assert shown["owner"] == "Li"

    slips = (
        ("--save", "9", "--name", "x"),
        ("--save", "1"),
        ("--as-of", "1999-01-01"),
        ("--as-of", "soon"),
        ("--groups", "9"),
    )
    said = [typed("segments", "discover", *slip) for slip in slips]
    assert [bool(status) for status, _ in said] == [True] * 5
    assert "Group 9 has no definition" in said[0][1]
    assert "go together" in said[1][1]
