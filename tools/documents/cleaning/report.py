"""The cleaning report of a document: every rule that did something, how often, with examples and what was dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from knowledge.text import Text

MOST_EXAMPLES = 5

RULES: Mapping[str, Text] = MappingProxyType(
    {
        "invisible_characters": Text("不可见字符", "invisible characters"),
        "planted_pinyin": Text("夹在字间的拼音", "pinyin planted inside words"),
        "shifted_bytes": Text(
            "丢字节后错位的文字，已按字节复原", "words shifted by a lost byte, put back byte by byte"
        ),
        "lost_characters": Text("丢失的字符", "lost characters"),
        "full_width_forms": Text("全角字母、数字与符号", "full-width letters, digits and signs"),
        "traditional_to_simplified": Text("繁体转简体", "Traditional to Simplified"),
        "markup_as_text": Text("链接、图片与标签转为文字", "links, images and tags as text"),
        "spaces": Text("多余空白", "surplus white space"),
        "page_marks": Text("页码标记", "page marks"),
        "running_heads": Text("重复的页眉页脚", "repeated headers and footers"),
        "site_boilerplate": Text("文档分享网站的套话", "boilerplate of document-sharing sites"),
        "link_lists": Text("链接列表", "lists of links"),
        "repeated_titles": Text("重复的标题", "repeated titles"),
        "hard_line_breaks": Text("硬换行", "hard line breaks"),
    }
)
"""The rules in the order they run, with their names."""


@dataclass(frozen=True)
class Applied:
    """What one rule did to one document.

    Attributes:
        rule: its name.
        count: how many places it changed, or lines it dropped or joined.
        examples: some of them as (before, after); after is empty where it was dropped.
        dropped: every line that the rule took out, whole; empty for rules that only change characters.
    """

    rule: str
    count: int
    examples: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The cleaning report of a document.

    Attributes:
        applied: the rules that did something, in the order they ran.
        doubts: what could not be mended and stands as □ in the text, with its surroundings.
    """

    applied: tuple[Applied, ...]
    doubts: tuple[str, ...] = ()
