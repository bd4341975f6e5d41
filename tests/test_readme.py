"""The READMEs say what is true: every question in them is answered, and the answer shown is the real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.answer.model import Answer
from assistant.events import AnswerReady
from assistant.service import Assistant
from assistant.settings import read_settings

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}


def questions(readme: Path) -> list[str]:
    """Return the questions listed in a README."""
    section = re.split(r"^## ", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)[2]
    return re.findall(r"^- (.+)$", section, flags=re.MULTILINE)


def shown(readme: Path) -> tuple[str, str]:
    """Return the question asked in a README's example and the answer quoted below it."""
    text = readme.read_text(encoding="utf-8")
    question = re.search(r'yunce ask "(.+?)"', text)
    quoted = re.search(r"test_readme\.py.*?-->\n((?:>.*\n)+)", text)
    assert question
    assert quoted
    return question[1], re.sub(r"^> ?", "", quoted[1], flags=re.MULTILINE).strip()


async def ask(assistant: Assistant, question: str) -> Answer:
    """Return the answer to a question."""
    async for event in assistant.ask(question):
        if isinstance(event, AnswerReady):
            return event.answer
    pytest.fail("no answer came")


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_question_is_answered_in_its_language(home: Path, language: str) -> None:
    """Ten questions a README, each answered with a result, without an unsupported number."""
    assistant = Assistant.open(read_settings({"YUNCE_HOME": str(home)}))
    asked = questions(READMES[language])
    assert len(asked) == 10
    for question in asked:
        answer = await ask(assistant, question)
        assert (answer.status, answer.language) == ("answered", language), question
        assert answer.results
        assert answer.unsupported_numbers == ()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_answer_shown_is_the_real_one(default_home: Path, language: str) -> None:
    """The quoted answer is, word for word, that of the default demo, receipt id included."""
    assistant = Assistant.open(read_settings({"YUNCE_HOME": str(default_home)}))
    question, quoted = shown(READMES[language])
    answer = await ask(assistant, question)
    assert answer.answer.strip() == quoted


def test_both_readmes_have_the_same_shape() -> None:
    """Neither language lacks a section, a command or a link that the other has."""
    en, zh = (path.read_text(encoding="utf-8") for path in READMES.values())
    assert re.findall(r"^#+", en, flags=re.MULTILINE) == re.findall(r"^#+", zh, flags=re.MULTILINE)
    assert sorted(re.findall(r"^\| `(yunce \w+)", en, flags=re.MULTILINE)) == sorted(
        re.findall(r"^\| `(yunce \w+)", zh, flags=re.MULTILINE)
    )


@pytest.mark.parametrize(
    "path", [*READMES.values(), ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name
)
def test_local_links_lead_somewhere(path: Path) -> None:
    """Every relative link and image of a document exists."""
    targets = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
