"""What hangs on an answer: a table comes once, in the text or under it."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer.model import Answer, NextQuestion, Table
from assistant.chat.attachments import CHOOSE, actions_of, buttons, elements_of, metadata_of
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


async def test_what_was_carried_over_is_one_click_away_from_being_dropped(browser: Browser) -> None:
    """Each offer is a button that asks its question; once a later answer stands below, it is gone."""
    offer = NextQuestion("去掉：渠道 = 短视频", "不限渠道")
    metadata = metadata_of(replace(answer("按周看", "zh"), offers=(offer,)))
    buttons_shown = [(a.label, a.payload) for a in actions_of(metadata) if a.name == CHOOSE]
    assert buttons_shown == [("去掉：渠道 = 短视频", {"question": "不限渠道"})]
    later = metadata_of(answer("昨天日活", "zh"))
    assert [a.label for i, a in buttons([("m1", metadata), ("m2", later)]) if i == "m1" and a.name == CHOOSE] == []


async def test_any_other_table_is_shown(browser: Browser) -> None:
    """One line short of the whole, or with figures that carry a receipt, the table is there."""
    assert _kinds(_described("- **id**: activation_rate")) == ["custom"]
    assert _kinds(_described("- **id**: activation_rate\n- **formula**: day 2 <= as_of", "R-0f3c9a2b71")) == ["custom"]
    assert "custom" in _kinds(answer("How many?", "en"))
