"""``yunce playbooks`` lists and shows our own shelf, in both languages and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cli.main import run
from knowledge.playbooks import load_playbooks
from tests.assistant.cli.running import Done

Yunce = Callable[..., Done]


@pytest.fixture
def yunce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Yunce:
    """Runs the command in this process, in a home without any data."""
    monkeypatch.setenv("YUNCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "60")

    def command(*arguments: str, language: str = "en") -> Done:
        monkeypatch.setenv("YUNCE_LANG", language)
        status = run(["playbooks", *arguments])
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return command


def test_list_holds_every_playbook_and_is_narrowed_by_word_and_stage(yunce: Yunce) -> None:
    """All ids are listed without any data; a word or a stage leaves those it fits; JSON carries the figures."""
    rows = json.loads(yunce("list", "--json").out)
    assert {row["id"] for row in rows} == set(load_playbooks())
    woken = json.loads(yunce("list", "沉睡", "--json", language="zh").out)
    assert "winback_personalised" in {row["id"] for row in woken}
    assert len(woken) < len(rows)
    staged = json.loads(yunce("list", "--stage", "win_back", "--json").out)
    assert {row["stage"] for row in staged} == {"win_back"}
    effects = next(row["effects"] for row in staged if row["id"] == "winback_personalised")
    assert "12%" in effects[0]
    shown = yunce("list", "沉睡", language="zh")
    assert "winback_personalised" in shown.out
    assert "按旧偏好唤醒" in shown.out
    narrow = yunce("list").out
    assert [name for name in load_playbooks() if name not in narrow] == []
    wrong = yunce("list", "--stage", "winback")
    assert wrong.status == 1
    assert "win_back" in wrong.err


def test_show_tells_evidence_measure_and_stop_in_the_asked_language(yunce: Yunce) -> None:
    """The card is in the language, the body follows, and without evidence it says so."""
    chinese = yunce("show", "winback_personalised", language="zh").out
    assert "证据: 唤醒率 为 12%" in chinese
    assert "止损: " in chinese
    assert chinese.index("## 做法") < chinese.index("## English summary")
    english = yunce("show", "winback-personalised").out
    assert "Evidence: Reactivation rate at 12%" in english
    assert "Stop: " in english
    assert english.index("## English summary") < english.index("## 做法")
    assert "none yet" in yunce("show", "lost_reason_diagnosis").out
    whole = json.loads(yunce("show", "onboarding_three_tasks", "--json").out)
    assert whole["effects"][0]["from"] == {"text": "38%", "value": 0.38, "unit": "%"}
    assert whole["goals"] == ["activate", "retain"]
    assert "path" not in whole


def test_an_unknown_id_names_the_nearest(yunce: Yunce) -> None:
    """A misspelt id fails in one line with the right one."""
    done = yunce("show", "winback_personalized", language="zh")
    assert done.status == 1
    assert "winback_personalised" in done.err
    assert len(done.err.strip().splitlines()) == 1
