"""What the chat offers to be asked is answered: every starter and every example of the guide, by the real assistant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.answer.model import Answer
from assistant.chat.words import STARTERS
from assistant.events import AnswerReady
from assistant.service import Assistant
from assistant.settings import read_settings
from knowledge.text import Language
from tools.demo.build import build_demo

PROJECT = Path(__file__).resolve().parents[3]
GUIDES: dict[Language, tuple[str, str]] = {"zh": ("chainlit_zh-CN.md", "“([^”]+)”"), "en": ("chainlit.md", '"([^"]+)"')}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    home = tmp_path_factory.mktemp("home")
    build_demo(home, users=2000)
    return Assistant.open(read_settings({"YUNCE_HOME": str(home)}))


async def _ask(assistant: Assistant, question: str, session: str) -> Answer:
    events = [event async for event in assistant.ask(question, session=session)]
    last = events[-1]
    assert isinstance(last, AnswerReady)
    return last.answer


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_starter_is_answered(assistant: Assistant, language: Language) -> None:
    """Each gives figures with a receipt, a table and a chart, in its own language."""
    for number, starter in enumerate(STARTERS):
        answer = await _ask(assistant, starter.question.in_(language), f"{language}-{number}")
        assert (answer.status, answer.language) == ("answered", language), starter
        assert answer.results[0].receipt in answer.answer
        assert answer.tables
        assert answer.charts


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_example_of_the_guide_is_answered(assistant: Assistant, language: Language) -> None:
    """Asked one after the other in one conversation, as a reader would try them."""
    name, quoted = GUIDES[language]
    examples = re.findall(quoted, (PROJECT / name).read_text(encoding="utf-8"))
    assert len(examples) >= 5
    for example in examples:
        answer = await _ask(assistant, example, f"guide-{language}")
        assert (answer.status, answer.language) == ("answered", language), example
