"""Files of the conversations are kept whole, under no name that was given from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.chat.storage import ROUTE, DiskStorage


def _files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


KEY = "0a1b-owner/9f-element/新增 用户.csv"


async def test_a_file_comes_back_and_goes(tmp_path: Path) -> None:
    """Bytes and text are stored as they are and can be deleted; deleting twice says so."""
    storage = DiskStorage(tmp_path)
    kept = await storage.upload_file(KEY, b"\xef\xbb\xbfa")
    assert storage.path_of(KEY).read_bytes() == b"\xef\xbb\xbfa"
    assert kept == {
        "object_key": KEY,
        "url": f"{ROUTE}/0a1b-owner/9f-element/%E6%96%B0%E5%A2%9E%20%E7%94%A8%E6%88%B7.csv",
    }
    await storage.upload_file(KEY, "文字")
    assert storage.path_of(KEY).read_text(encoding="utf-8") == "文字"
    assert _files_in(tmp_path) == ["9f-element"]
    assert await storage.delete_file(KEY) is True
    assert await storage.delete_file(KEY) is False


@pytest.mark.parametrize("key", ["", "a", "../x/y", "a/../b", "a/..", "/etc/passwd", "a/b\x00c", "owner/e.l/x"])
async def test_a_key_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    """Keys that are no owner and element are refused for writing, reading and deleting."""
    storage = DiskStorage(tmp_path)
    for attempt in (storage.upload_file(key, b"x"), storage.delete_file(key), storage.get_read_url(key)):
        with pytest.raises(ValueError, match="object key"):
            await attempt
    assert _files_in(tmp_path) == []


def test_the_name_is_not_part_of_the_path(tmp_path: Path) -> None:
    """Only the owner and the element decide where a file lies."""
    storage = DiskStorage(tmp_path)
    assert storage.path_of("a/b/../../x") == storage.path_of("a/b/y")
