"""What exists is documented: settings, commands, tools, metrics' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.cli.words import HELP
from assistant.settings import SETTINGS
from knowledge.catalog import load_catalog
from tools.toolbox import TOOLS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_stands_in_the_example_file(name: str) -> None:
    """A setting that nobody can find does not exist."""
    assert name in (ROOT / ".env.example").read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_command_stands_in_the_readme(readme: str) -> None:
    """Each command has its row."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    commands = ("chat", "ask", "demo", "load", "metrics", "verify", "doctor")
    assert [command for command in commands if f"`yunce {command}" not in text] == []
    assert set(commands) <= set(HELP)


def test_every_metric_names_the_file_that_proves_it() -> None:
    """The entry's ``test`` exists."""
    assert [m.id for m in load_catalog().metrics.values() if not (ROOT / m.test).is_file()] == []


def test_every_metric_has_names_in_both_languages_and_a_known_status() -> None:
    """Nothing is half translated, and nothing unvetted is served."""
    for metric in load_catalog().metrics.values():
        assert metric.names.zh
        assert metric.names.en
        assert metric.definition.zh != metric.definition.en
        assert metric.synonyms.zh
        assert metric.synonyms.en
        assert metric.status == "vetted"


def test_no_synonym_means_two_metrics() -> None:
    """Within a language, a name or synonym belongs to one metric."""
    for language in ("zh", "en"):
        seen: dict[str, str] = {}
        for metric in load_catalog().metrics.values():
            for name in (getattr(metric.names, language), *getattr(metric.synonyms, language)):
                assert seen.setdefault(name.casefold(), metric.id) == metric.id, name


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.name)
def test_every_tool_describes_itself_and_its_parameters(tool: object) -> None:
    """A model reads the description and the schema; both are there, and unknown parameters are refused."""
    schema = tool.params.model_json_schema()  # type: ignore[attr-defined]
    assert len(tool.description) > 40  # type: ignore[attr-defined]
    assert schema["additionalProperties"] is False
