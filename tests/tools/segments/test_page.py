"""docs/segments.md against the product: the demo's sizes, the words of its example, and every condition it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.cli.segments import WORDS
from knowledge.catalog import load_catalog
from knowledge.segments.language import KINDS
from tools.build_segment import SegmentParams, build_segment
from tools.segments.asked import asked_for
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.tool import ToolContext
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path

PAGE = (Path(__file__).parents[3] / "docs" / "segments.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `(\w+)` \| (\S+) \| (.+) \| ([\d,]+) \| ([\d.]+)% \| ([\d.]+)% \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def layer(default_home: Path, tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    """The layer over the demo as it comes."""
    receipts = ReceiptStore(tmp_path_factory.mktemp("receipts"))
    return SemanticLayer(load_catalog(), Warehouse(serving_path(default_home)), receipts)


def test_the_sizes_on_the_page_are_the_demo_s(layer: SemanticLayer) -> None:
    """Each ready-made segment and label: name, meaning, users and shares as they are counted."""
    rows = {row[0]: row[1:] for row in _ROW.findall(PAGE)}
    assert set(rows) == set(layer.catalog.segments)
    for name, (zh, meaning, size, share_all, share_active) in rows.items():
        result = build_segment(ToolContext(layer, "en", Interrupter()), SegmentParams(name=name))
        found = result.records()[0]
        assert (size, share_all, share_active) == (
            f"{found['size']:,}",
            f"{found['share_all'] * 100:.1f}",
            f"{found['share_active'] * 100:.1f}",
        ), name
        assert layer.catalog.segments[name].names.zh.replace(" ", "") == zh
        assert asked_for(layer, name=name).words.en == meaning


def test_every_condition_on_the_page_can_be_asked_for(layer: SemanticLayer) -> None:
    """Each example is a definition; together they show every kind; the words of the longest, and of the ten sentences, are as written."""
    shown = [json.loads(text) for text in re.findall(r"`(\{\".*?\})`", PAGE)]
    examples = [example for example in shown if next(iter(example)) in KINDS]
    words = [asked_for(layer, definition=example).words for example in examples]
    assert {key for example in examples for key in example if key in KINDS} >= set(KINDS) - {"any", "not"}
    quoted = re.sub(r"\n> ", " ", PAGE)
    longest = max(words, key=lambda text: len(text.en))
    assert longest.zh in quoted
    assert longest.en in quoted
    said = PAGE.partition("## In words")[2].partition("\n## ")[0]
    sentences = [json.loads(text) for text in re.findall(r"`(\{\".*?\})` \|", said)]
    assert len(sentences) == 10
    for sentence in sentences:
        meant = (
            asked_for(layer, definition=sentence)
            if "segment" not in sentence
            else asked_for(layer, name=sentence["segment"])
        )
        assert f"{meant.words.zh} · {meant.words.en}\n" in said


def test_every_command_stands_on_the_page() -> None:
    """Each subcommand has its line."""
    commands = ("list", "show", "preview", "save", "export", "snapshot", "movement", "flow", "delete")
    assert [command for command in commands if f"yunce segments {command}" not in PAGE] == []
    assert set(commands) <= set(WORDS)
