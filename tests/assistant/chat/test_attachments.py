"""What hangs on an answer: a table comes once, in the text or under it."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer.model import Answer, Table
from assistant.chat.attachments import elements_of
from assistant.chat.names import Names
from knowledge.catalog import load_catalog
from tests.assistant.chat.conftest import Browser
from tests.assistant.chat.fake_assistant import answer

ROWS = (("id", "activation_rate"), ("formula", "day 2 <= as_of"))


def _kinds(shown: Answer) -> list[str]:
    return [element.type for element in elements_of(shown, Names(load_catalog()))]


def _described(text: str, receipt: str = "") -> Answer:
    table = Table("About the metric", ("field", "value"), ROWS, receipt)
    return replace(answer("How?", "en"), answer=text, tables=(table,), charts=(), results=())


async def test_a_table_that_the_text_has_said_is_not_repeated(browser: Browser) -> None:
    """The description of a metric is a list in the text, escapes and all; the same rows do not follow as a table."""
    assert _kinds(_described("- **id**: activation\\_rate\n- **formula**: day 2 \\<= as\\_of")) == []


async def test_any_other_table_is_shown(browser: Browser) -> None:
    """One line short of the whole, or with figures that carry a receipt, the table is there."""
    assert _kinds(_described("- **id**: activation_rate")) == ["custom"]
    assert _kinds(_described("- **id**: activation_rate\n- **formula**: day 2 <= as_of", "R-0f3c9a2b71")) == ["custom"]
    assert "custom" in _kinds(answer("How many?", "en"))
