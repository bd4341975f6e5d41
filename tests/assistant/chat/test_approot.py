"""The folder that Chainlit runs from is whole, and a home that cannot be written is one clear line."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from assistant.chat.approot import prepare_folders
from assistant.chat.words import STARTERS, TRANSLATIONS
from knowledge.errors import YunceError

PROJECT = Path(__file__).resolve().parents[3]


def test_the_folder_is_whole(tmp_path: Path) -> None:
    """Settings, both welcome pages, both translations and the look are all there, private to the person."""
    folders = prepare_folders(tmp_path / "home", 8000)
    for name in (".chainlit/config.toml", "public/theme.json", "public/yunce.css", "public/elements/YunceTable.jsx"):
        assert (folders.root / name).is_file()
    assert "新增用户" in (folders.root / "chainlit_zh-CN.md").read_text(encoding="utf-8")
    english = (PROJECT / "chainlit.md").read_text(encoding="utf-8")
    assert (folders.root / "chainlit.md").read_text(encoding="utf-8") == english
    assert (folders.root / "chainlit_en-US.md").read_text(encoding="utf-8") == english
    assert (tmp_path / "home" / "chat").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", sorted(TRANSLATIONS))
def test_chainlits_words_are_kept_and_ours_put_over_them(tmp_path: Path, name: str) -> None:
    """Each translation has all of Chainlit's words, with ours in place of a few."""
    folders = prepare_folders(tmp_path, 8000)
    words = json.loads((folders.root / ".chainlit" / "translations" / f"{name}.json").read_text(encoding="utf-8"))
    assert words["chat"]["watermark"] == TRANSLATIONS[name]["chat"]["watermark"]
    assert words["chat"]["messages"]["status"]["used"] == ""
    assert words["threadHistory"]["sidebar"]["title"]


def test_both_languages_change_the_same_words() -> None:
    """A word changed in one language is changed in the other."""

    def paths(tree: object, at: str = "") -> set[str]:
        if not isinstance(tree, dict):
            return {at}
        return {path for key, value in tree.items() for path in paths(value, f"{at}/{key}")}

    assert paths(TRANSLATIONS["zh-CN"]) == paths(TRANSLATIONS["en-US"])


def test_the_settings_keep_the_chat_closed() -> None:
    """No markup, formulas, uploads, foreign origins or remote addresses in the committed settings."""
    text = (PROJECT / ".chainlit" / "config.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(text)
    assert settings["features"]["unsafe_allow_html"] is False
    assert settings["features"]["latex"] is False
    assert settings["features"]["spontaneous_file_upload"]["enabled"] is False
    assert settings["features"]["mcp"]["enabled"] is False
    assert settings["project"]["allow_origins"] == []
    assert "://" not in text


def test_two_chats_on_one_home_have_folders_of_their_own(tmp_path: Path) -> None:
    """Each port has its own root, which its server empties; conversations and web page are shared."""
    first, second = prepare_folders(tmp_path, 8000), prepare_folders(tmp_path, 8001)
    assert first.root != second.root
    assert (first.database, first.files, first.frontend) == (second.database, second.files, second.frontend)
    assert first.root.is_dir()


def test_a_home_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """The folder and the next step are named in both languages."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(YunceError) as caught:
        prepare_folders(blocked / "home", 8000)
    assert caught.value.code == "chat_home_unwritable"
    for text in caught.value.text:
        assert str(blocked) in text
        assert "YUNCE_HOME" in text


def test_starters_speak_both_languages() -> None:
    """Every starter has a label and a question in Chinese and in English."""
    assert len(STARTERS) >= 3
    for starter in STARTERS:
        assert any("\u4e00" <= char <= "\u9fff" for char in starter.label.zh + starter.question.zh)
        assert (starter.label.en + starter.question.en).isascii()
