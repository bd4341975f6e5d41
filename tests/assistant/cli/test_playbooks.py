"""``yunce playbooks`` lists and shows our own shelf, in both languages and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from knowledge.playbooks import load_playbooks
from tests.assistant.cli.running import yunce


def test_list_holds_every_playbook_and_is_narrowed_by_word_and_stage(tmp_path: Path) -> None:
    """All ids are listed without any data; a word or a stage leaves those it fits; JSON carries the figures."""
    home = tmp_path / "home"
    rows = json.loads(yunce(home, "playbooks", "list", "--json").out)
    assert {row["id"] for row in rows} == set(load_playbooks())
    woken = json.loads(yunce(home, "playbooks", "list", "沉睡", "--json", language="zh").out)
    assert "winback_personalised" in {row["id"] for row in woken}
    assert len(woken) < len(rows)
    staged = json.loads(yunce(home, "playbooks", "list", "--stage", "win_back", "--json").out)
    assert {row["stage"] for row in staged} == {"win_back"}
    effects = next(row["effects"] for row in staged if row["id"] == "winback_personalised")
    assert "12%" in effects[0]
    shown = yunce(home, "playbooks", "list", "沉睡", language="zh")
    assert "winback_personalised" in shown.out
    assert "按旧偏好唤醒沉睡用户" in shown.out.replace("\n", "")
    narrow = yunce(home, "playbooks", "list", COLUMNS="60").out
    assert [name for name in load_playbooks() if name not in narrow] == []
    wrong = yunce(home, "playbooks", "list", "--stage", "winback")
    assert wrong.status == 1
    assert "win_back" in wrong.err


def test_show_tells_evidence_measure_and_stop_in_the_asked_language(tmp_path: Path) -> None:
    """The card is in the language, the body follows, and without evidence it says so."""
    home = tmp_path / "home"
    chinese = yunce(home, "playbooks", "show", "winback_personalised", language="zh").out
    assert "证据: 唤醒率 为 12%" in chinese
    assert "止损: " in chinese
    assert chinese.index("## 做法") < chinese.index("## English summary")
    english = yunce(home, "playbooks", "show", "winback-personalised").out
    assert "Evidence: Reactivation rate at 12%" in english
    assert "Stop: " in english
    assert english.index("## English summary") < english.index("## 做法")
    assert "none yet" in yunce(home, "playbooks", "show", "lost_reason_diagnosis").out
    whole = json.loads(yunce(home, "playbooks", "show", "onboarding_three_tasks", "--json").out)
    assert whole["effects"][0]["from"] == {"text": "38%", "value": 0.38, "unit": "%"}
    assert whole["goals"] == ["activate", "retain"]
    assert "path" not in whole


def test_an_unknown_id_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt id fails in one line with the right one."""
    done = yunce(tmp_path / "home", "playbooks", "show", "winback_personalized", language="zh")
    assert done.status == 1
    assert "winback_personalised" in done.err
    assert len(done.err.strip().splitlines()) == 1
