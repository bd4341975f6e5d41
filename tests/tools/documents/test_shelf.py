"""The shelf keeps each content once, follows its files, and survives kills and full disks."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from knowledge.errors import QueryError, WarehouseError
from knowledge.playbooks.load import FOLDER, load_playbooks
from tests.tools.documents import writing
from tools.documents import adding, shelf, store

TOPICS = ("到店礼", "路过提醒", "积分商城", "邀请有礼", "客服首响")


def words(topic: str, rate: int = 30, extra: str = "") -> str:
    """Return a document of some length about a topic."""
    body = "".join(
        f"{number}、{topic}的第{number}条做法是先核对名单再分组推送，两周后看{topic}人群的回访率，与不推送的一组相比较。\n"
        for number in "一二三四五六"
    )
    return f"{topic}复盘\n{body}{topic}人群的回访率从12%提升至{rate}%。\n{extra}"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Return a folder with three documents."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for number, topic in enumerate(TOPICS[:3]):
        (folder / f"{number}.txt").write_text(words(topic), encoding="utf-8")
    return folder


def added(home: Path, *paths: Path) -> list[tuple[str, str]]:
    """Add, and return (name, status) of each file."""
    return [(line.name, line.status) for line in shelf.add(home, paths)]


def said(home: Path) -> str:
    """Return all the words of the added documents."""
    own = set(load_playbooks(FOLDER))
    return "\n".join(each.text for each in shelf.passages(home) if each.document not in own)


def test_files_are_added_followed_and_removed(tmp_path: Path, docs: Path) -> None:
    """A changed file replaces its passages, an unchanged one is not read again, a removed one is gone; the version tells."""
    versions = [shelf.version(tmp_path)]
    assert added(tmp_path, docs) == [("0.txt", "added"), ("1.txt", "added"), ("2.txt", "added")]
    versions.append(shelf.version(tmp_path))
    assert added(tmp_path, docs) == [("0.txt", "unchanged"), ("1.txt", "unchanged"), ("2.txt", "unchanged")]
    assert shelf.version(tmp_path) == versions[-1]
    (docs / "1.txt").write_text(words(TOPICS[1], 41, "新增一条：周末不推送。"), encoding="utf-8")
    assert added(tmp_path, docs)[1] == ("1.txt", "replaced")
    versions.append(shelf.version(tmp_path))
    assert "提升至41%" in said(tmp_path)
    assert f"{TOPICS[1]}人群的回访率从12%提升至30%" not in said(tmp_path)
    first = shelf.added(tmp_path)[0]
    assert shelf.remove(tmp_path, first.id[:6]).title == "到店礼复盘"
    versions.append(shelf.version(tmp_path))
    assert "到店礼" not in said(tmp_path)
    assert len(set(versions)) == len(versions)
    assert len(list((store.folder_of(tmp_path) / "documents").iterdir())) == 4
    with pytest.raises(QueryError, match="no document"):
        shelf.remove(tmp_path, first.id)
    with pytest.raises(QueryError, match="stays"):
        shelf.remove(tmp_path, "winback_personalised")


def test_the_same_content_is_kept_once_with_both_sources(tmp_path: Path, docs: Path) -> None:
    """Copies in another format, with boilerplate or a few words less are one document; another figure makes another one."""
    shelf.add(tmp_path, [docs / "0.txt"])
    text = words(TOPICS[0])
    (docs / "a.docx").write_bytes(writing.docx(*(("text", line) for line in text.split("\n") if line)))
    (docs / "b.txt").write_text(f"文档评论(0)\n1亿VIP精品文档\n{text}\n文档评论(0)\n相关文档", encoding="gbk")
    (docs / "c.txt").write_text(text.replace("再分组推送", "再推送", 1), encoding="utf-8")
    (docs / "d.txt").write_text(text.replace("30%", "31%"), encoding="utf-8")
    assert added(tmp_path, *(docs / name for name in ("a.docx", "b.txt", "c.txt", "d.txt"))) == [
        ("a.docx", "same"),
        ("b.txt", "same"),
        ("c.txt", "same"),
        ("d.txt", "added"),
    ]
    assert [each.sources for each in shelf.added(tmp_path)] == [("0.txt", "a.docx", "b.txt", "c.txt"), ("d.txt",)]
    (docs / "0.txt").write_text("换成别的内容：会员日改到周三，到店人数增长8%。", encoding="utf-8")
    assert added(tmp_path, docs / "0.txt") == [("0.txt", "replaced")]
    assert [each.sources for each in shelf.added(tmp_path)] == [("a.docx", "b.txt", "c.txt"), ("d.txt",), ("0.txt",)]


def test_the_whole_of_a_preview_takes_its_place(tmp_path: Path, docs: Path) -> None:
    """Where a longer file holds all of a shorter one, the longer is kept, with both sources; so in the other order."""
    whole, part = docs / "whole.txt", docs / "part.txt"
    extra = "".join(
        f"补充{i}：{TOPICS[3]}按季度换一次主题，奖励写在第一屏，第{i}季度参与人数见附表。\n" for i in range(6)
    )
    whole.write_text(words(TOPICS[3], extra=extra), encoding="utf-8")
    part.write_text(words(TOPICS[3]), encoding="utf-8")
    assert added(tmp_path, part, whole) == [("part.txt", "added"), ("whole.txt", "added")]
    assert [each.sources for each in shelf.added(tmp_path)] == [("whole.txt", "part.txt")]
    assert added(tmp_path / "other", whole, part) == [("whole.txt", "added"), ("part.txt", "same")]


def test_what_is_wrong_with_a_file_does_not_stop_the_rest(tmp_path: Path, docs: Path) -> None:
    """Every file has its line, in both languages where it is refused."""
    (docs / "3.docx").write_bytes(b"PK\x03\x04 broken")
    (docs / "4.txt").write_bytes(b"")
    (docs / "5.pdf").write_bytes(writing.pdf([], []))
    lines = shelf.add(tmp_path, [docs, tmp_path / "nowhere"])
    assert [(line.name, line.status) for line in lines] == [
        *[(f"{number}.txt", "added") for number in range(3)],
        *[(name, "refused") for name in ("3.docx", "4.txt", "5.pdf", "nowhere")],
    ]
    assert all(line.said and line.said.zh and line.said.en for line in lines if line.status == "refused")
    assert shelf.totals(lines) == {"added": 3, "replaced": 0, "same": 0, "unchanged": 0, "refused": 4}


def test_a_file_from_the_chat_is_replaced_by_its_name(tmp_path: Path) -> None:
    """Bytes dropped into the chat are kept under their file's name."""
    assert shelf.add_bytes(tmp_path, "手册.txt", words(TOPICS[0]).encode("gbk")).status == "added"
    assert shelf.add_bytes(tmp_path, "手册.txt", words(TOPICS[4]).encode()).status == "replaced"
    assert [(each.title, each.sources) for each in shelf.added(tmp_path)] == [("客服首响复盘", ("手册.txt",))]
    assert shelf.passages_of_document(tmp_path, "手册.txt")[0].source == "手册.txt"


def test_a_full_disk_leaves_the_shelf_as_it_was(tmp_path: Path, docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing more can be written, one error says so, and what was there is still whole."""
    shelf.add(tmp_path, [docs / "0.txt"])
    before, told = shelf.version(tmp_path), said(tmp_path)
    (docs / "0.txt").write_text(words(TOPICS[0], 44), encoding="utf-8")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WarehouseError) as raised:
        shelf.add(tmp_path, [docs])
    assert raised.value.code == "disk_full"
    monkeypatch.undo()
    assert (shelf.version(tmp_path), said(tmp_path)) == (before, told)
    assert not list(store.folder_of(tmp_path).rglob("*.part"))
    assert added(tmp_path, docs) == [("0.txt", "replaced"), ("1.txt", "added"), ("2.txt", "added")]


def test_a_kill_half_way_loses_nothing_and_the_next_run_goes_on(tmp_path: Path, docs: Path) -> None:
    """Killed while it writes, the shelf is what its manifest says; the same call adds the rest and sweeps the litter."""
    for number in range(30):
        (docs / f"more{number:02}.txt").write_text(words(f"第{number}号门店专题"), encoding="utf-8")
    code = (
        "import sys, pathlib\nfrom tools.documents import adding, shelf\nadding._SAVE_EVERY = 0.0\n"
        "shelf.add(pathlib.Path(sys.argv[1]), [pathlib.Path(sys.argv[2])], on_progress=lambda done, *_: print(done, flush=True))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(docs)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 10:
                process.send_signal(signal.SIGKILL)
                break
    kept = shelf.added(tmp_path)
    assert 9 <= len(kept) < 33
    assert all(shelf.document(tmp_path, each.id).passages for each in kept)
    (store.folder_of(tmp_path) / "documents" / "f00d.json.1a2b.part").write_text("half", encoding="utf-8")
    lines = shelf.add(tmp_path, [docs])
    assert [line.status for line in lines].count("unchanged") == len(kept)
    assert len(shelf.added(tmp_path)) == 33
    assert not list(store.folder_of(tmp_path).rglob("*.part"))


def test_two_runs_do_not_mix(tmp_path: Path, docs: Path) -> None:
    """While one run changes the shelf another is refused, and readers see the shelf as it was."""
    seen: list[str] = []

    def meanwhile(done: int, total: int, name: str) -> None:
        if done == 1:
            other = threading.Thread(target=lambda: seen.append(second()))
            other.start()
            other.join()

    def second() -> str:
        try:
            shelf.add_bytes(tmp_path, "x.txt", b"hello there")
        except WarehouseError as error:
            return error.code
        return ""

    shelf.add(tmp_path, [docs], on_progress=meanwhile)
    assert seen == ["busy"]


def test_a_damaged_manifest_is_said(tmp_path: Path) -> None:
    """A manifest that is no JSON, or of another version, is named with the next step."""
    path = store.folder_of(tmp_path) / "manifest.json"
    path.parent.mkdir()
    for content in ("{", "[]", json.dumps({"format": 1, "documents": {"a": {}}})):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(WarehouseError) as raised:
            shelf.added(tmp_path)
        assert raised.value.code == "bad_shelf"


def test_progress_is_told_for_every_file(tmp_path: Path, docs: Path) -> None:
    """The bar moves with each file and ends at all."""
    told: list[tuple[int, int]] = []
    adding.add(tmp_path, [docs], on_progress=lambda done, total, _: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
