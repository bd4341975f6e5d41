"""``yunce playbooks add``, ``documents``, ``show``, ``cleaning`` and ``remove``, as a person gives them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cli.main import run
from tests.assistant.cli.running import Done

Yunce = Callable[..., Done]


@pytest.fixture
def yunce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Yunce:
    """Return a function that runs a command in this process, in a home of its own."""

    def one(*arguments: str, language: str = "en") -> Done:
        monkeypatch.setenv("YUNCE_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("YUNCE_LANG", language)
        status = run(["playbooks", *arguments])
        told = capsys.readouterr()
        return Done(status, told.out, told.err)

    return one


TEXT = "到店礼复盘.docxVIP\n到店礼复盘\n一、做法\n券改成次月可用（满100减20），會員回訪率從17%提升至26%。\n文档评论(0)\n相关文档"


def test_documents_come_and_go(tmp_path: Path, yunce: Yunce) -> None:
    """One line a file, the rest goes on, the report says what was dropped; a removed document is gone."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text(TEXT, encoding="gb18030")
    (docs / "b.pdf").write_bytes(b"")
    done = yunce("add", str(docs))
    assert done.status == 0
    assert done.out.splitlines()[0].startswith("added  a.txt  → 《到店礼复盘》 ")
    assert done.out.splitlines()[1:] == [
        "not added  b.pdf  there are no words in it.",
        "2 files: 1 added, 1 not added.",
    ]
    listed = json.loads(yunce("documents", "--json").out)
    assert [(each["title"], each["sources"]) for each in listed] == [("到店礼复盘", ["a.txt"])]
    shown = yunce("show", "a.txt", language="zh").out
    assert "券改成次月可用（满100减20），会员回访率从17%提升至26%。" in shown
    report = yunce("cleaning", listed[0]["id"][:8], language="zh").out
    assert "繁体转简体" in report
    assert "- 文档评论(0)" in report
    assert yunce("remove", listed[0]["id"]).status == 0
    gone = yunce("remove", "a.txt")
    assert (gone.status, gone.out) == (1, "")
    assert "a.txt" in gone.err


def test_nothing_added_is_a_failure(tmp_path: Path, yunce: Yunce) -> None:
    """Where no file could be added the command fails, in the language of the person."""
    done = yunce("add", str(tmp_path / "没有.txt"), language="zh")
    assert done.status == 1
    assert "没有这个文件或文件夹" in done.out
    assert done.err.strip() == "没有可添加的文件；原因见上。"
