"""The local copy of the web page loads nothing from another host."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.chat.frontend import frontend_source, local_frontend, local_page
from knowledge.errors import YunceError


def test_the_installed_page_is_made_local(tmp_path: Path) -> None:
    """Chainlit's own page has remote links, the copy has none, and what it needs from here is there."""
    shipped = (frontend_source() / "index.html").read_text(encoding="utf-8")
    assert "https://" in shipped
    copy = local_frontend(tmp_path)
    page = (copy / "index.html").read_text(encoding="utf-8")
    assert "//" not in re.sub(r"<!--.*?-->", "", page)
    named = re.findall(r'(?:src|href)="/(assets/[^"]+)"', page)
    assert len(named) >= 2
    assert all((copy / name).is_file() for name in named)
    assert not list(copy.rglob("*.map"))


def test_the_copy_is_kept(tmp_path: Path) -> None:
    """A second start takes the copy that is there."""
    first = local_frontend(tmp_path)
    made = (first / "index.html").stat().st_mtime_ns
    assert local_frontend(tmp_path) == first
    assert (first / "index.html").stat().st_mtime_ns == made


def test_several_chats_may_start_at_once(tmp_path: Path) -> None:
    """Starts at the same moment end with one whole copy and no drafts."""
    with ThreadPoolExecutor(3) as pool:
        copies = set(pool.map(lambda _: local_frontend(tmp_path), range(3)))
    assert len(copies) == 1
    assert [path.name for path in tmp_path.iterdir()] == [copies.pop().name]


@pytest.mark.parametrize("tag", ['<script src="https://cdn.example/x.js"></script>', '<img src="//cdn.example/x.png">'])
def test_a_page_that_cannot_be_made_local_is_refused(tag: str) -> None:
    """A later Chainlit that loads a script from elsewhere stops the start instead of calling out."""
    with pytest.raises(YunceError):
        local_page(f"<html><head></head><body>{tag}</body></html>")


def test_links_to_other_hosts_are_dropped() -> None:
    """Style sheets and preconnects go, in any order of attributes; local ones stay."""
    page = local_page(
        '<head><link rel="preconnect" href="https://a.example" crossorigin /><link\n href="https://b.example/x.css"\n'
        ' rel="stylesheet"/><link rel="stylesheet" href="/assets/x.css"></head>'
    )
    assert "example" not in page
    assert "/assets/x.css" in page
