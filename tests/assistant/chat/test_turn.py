"""A question's events become steps and one checked answer, in the conversation and in its history."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import chainlit as cl
import plotly.graph_objects as go
import pytest
from chainlit import data

from assistant.chat import attachments
from assistant.chat.current import Chat, start
from assistant.chat.names import Names
from assistant.chat.turn import Turn, chunks
from assistant.planner.language import language_of
from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from knowledge.text import Language, Text
from tests.assistant.chat.conftest import Browser, settled
from tests.assistant.chat.fake_assistant import RECEIPT, SQL, FakeAssistant

ZH, EN = "2025年12月每周新增用户？", "New users by week in December 2025"


def _receipt(receipt: str) -> Mapping[str, Any]:
    if receipt != RECEIPT:
        raise QueryError(Text("没有", "none"), code="no_receipt")
    return {"id": receipt, "sql": SQL, "bound": {"start": "2025-12-01", "end": "2025-12-31"}}


@pytest.fixture
def chat(tmp_path: Path, browser: Browser) -> Chat:
    running = Chat(
        FakeAssistant(), Names(load_catalog()), _receipt, lambda _: None, tmp_path / "chat.db", tmp_path / "files"
    )
    start(running)
    return running


async def _ask(chat: Chat, question: str, language: Language) -> None:
    message: Any = cl.Message(content=question, type="user_message")
    await message.send()
    async with cl.Step(name="on_message", type="run", parent_id=message.id):
        await Turn(chat, language).show(chat.assistant.ask(question, session="s"))
    await settled()


WORDS = {
    "zh": (ZH, "查询指标：", "没有名为“nothing”的事件。", "周"),
    "en": (EN, "Query metrics: ", "There is no event 'nothing'.", "Week"),
}


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_answer_is_shown_and_kept(chat: Chat, browser: Browser, language: Language) -> None:
    """One step per call in the reader's language, the whole answer, table, charts, CSV and buttons; and all stored."""
    question, title, failure, heading = WORDS[language]
    await _ask(chat, question, language)
    thread = await _stored()
    (run,) = (s for s in thread["steps"] if s["name"] == "on_message")
    tools = [s for s in thread["steps"] if s["type"] == "tool"]
    assert [s["parentId"] for s in tools] == [run["id"], run["id"]]
    assert tools[0]["name"].startswith(title)
    assert "0.04" in tools[0]["name"]
    assert '"end": "2025-12-31"\n}' in tools[0]["output"]
    assert not tools[0]["isError"]
    assert tools[1]["isError"]
    assert failure in tools[1]["output"]
    [answer] = [s for s in thread["steps"] if s["type"] == "assistant_message"]
    assert "5,340" in answer["output"]
    assert answer["metadata"]["receipts"] == [RECEIPT]
    assert [e["type"] for e in thread["elements"]] == ["custom", "plotly", "plotly", "file"]
    assert [e["id"] for e in browser.all("element")] == [e["id"] for e in thread["elements"]]
    assert all(e["forId"] == answer["id"] for e in thread["elements"])
    assert thread["elements"][0]["props"]["columns"][0] == heading
    assert [a["name"] for a in browser.all("action")] == [attachments.SHOW_RECEIPT]


async def test_the_answer_is_streamed_whole(chat: Chat, browser: Browser) -> None:
    """The pieces add up to the text that is stored."""
    await _ask(chat, EN, "en")
    pieces = browser.last("stream_start")["output"] + "".join(t["token"] for t in browser.all("stream_token"))
    assert pieces == browser.last("update_message")["output"] or pieces in [
        m["output"] for m in browser.all("update_message")
    ]


async def test_a_chart_is_a_plotly_figure_with_its_labels_as_categories(chat: Chat, browser: Browser) -> None:
    """The stored chart loads as a figure: no dates guessed, gaps kept, no ground of its own, no tool bar."""
    await _ask(chat, ZH, "zh")
    thread = await _stored()
    element = thread["elements"][2]
    stored = json.loads(_kept().storage_provider.path_of(element["objectKey"]).read_text(encoding="utf-8"))
    assert stored.pop("config")["displayModeBar"] is False
    figure = go.Figure(stored)
    assert figure.data[0].orientation == "h"  # on a phone they would not fit side by side
    assert figure.layout.yaxis.type == "category"
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert all(text.endswith("%") for text in figure.layout.xaxis.ticktext)
    assert figure.data[0].x[2] is None


async def test_the_csv_opens_in_excel(chat: Chat, browser: Browser) -> None:
    """The stored file begins with the byte order mark and holds raw values under named columns."""
    await _ask(chat, ZH, "zh")
    thread = await _stored()
    element = thread["elements"][3]
    content = _kept().storage_provider.path_of(element["objectKey"]).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert "次日留存率" in lines[0]
    assert lines[1] == "2025-12-01,1182,0.382,KOL合作,kol"
    assert lines[2].endswith(",'=1+1")
    assert element["mime"] == "text/csv"
    assert element["name"].endswith(f"{RECEIPT}.csv")


async def test_a_stop_ends_the_query_and_says_so(chat: Chat, browser: Browser) -> None:
    """Cancelling reaches the assistant; the running step is marked and the notice is in the question's language."""
    task = asyncio.create_task(_ask(chat, "很慢的问题", "zh"))
    await asyncio.wait_for(browser.tool_began.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled()
    assert chat.assistant.stopped == 1  # type: ignore[attr-defined]
    thread = await _stored()
    [tool] = [s for s in thread["steps"] if s["type"] == "tool"]
    assert tool["isError"]
    assert tool["end"]
    assert [s["output"] for s in thread["steps"] if s["type"] == "assistant_message"] == ["已停止。"]


@pytest.mark.parametrize(
    ("question", "line"), [("wrong 吗", "没有名为“x”的指标。"), ("wrong", "There is no metric 'x'.")]
)
async def test_an_expected_error_is_one_line(chat: Chat, browser: Browser, question: str, line: str) -> None:
    """An error of the assistant is said in the question's language, and its step is closed."""
    await _ask(chat, question, language_of(question))
    assert _said(browser) == [line]
    [step] = [s for s in (await _stored())["steps"] if s["type"] == "tool"]
    assert step["isError"]
    assert step["end"]


async def test_an_unexpected_error_hides_its_detail(
    chat: Chat, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """The person reads one line with the kind of failure; the detail goes to the log."""
    await _ask(chat, "broken", "en")
    [said] = _said(browser)
    assert "ZeroDivisionError" in said
    assert "secret detail" not in said
    assert "secret detail" in caplog.text


async def test_choices_are_buttons_and_come_back_after_a_resume(chat: Chat, browser: Browser) -> None:
    """A question back offers its choices; reopened, the same buttons are sent again for the same message."""
    from assistant.chat.app import on_chat_resume

    await _ask(chat, "which metric?", "en")
    offered = [(a["forId"], a["name"], a["payload"]) for a in browser.all("action")]
    assert [payload["question"] for _, _, payload in offered] == ["New users in December 2025", "GMV in December 2025"]
    browser.sent.clear()
    await on_chat_resume(await _stored())
    assert [(a["forId"], a["name"], a["payload"]) for a in browser.all("action")] == offered


async def test_a_chosen_reply_is_asked_as_if_typed(chat: Chat, browser: Browser) -> None:
    """Pressing a choice adds it as the person's message and answers it in the same conversation."""
    from assistant.chat.app import on_choose

    await on_choose(cl.Action(name=attachments.CHOOSE, payload={"question": ZH}))
    await cl.context.session.current_task
    await settled()
    assert chat.assistant.asked == [(ZH, cl.context.session.thread_id)]  # type: ignore[attr-defined]
    thread = await _stored()
    assert [s["output"] for s in thread["steps"] if s["type"] == "user_message"] == [ZH]
    assert browser.all("task_start")
    assert browser.all("task_end")


async def test_a_choice_waits_its_turn(chat: Chat, browser: Browser) -> None:
    """Pressed while a question is running, a choice is refused in words and asks nothing."""
    from assistant.chat.app import on_choose

    running = asyncio.create_task(asyncio.sleep(60))
    cl.context.session.current_task = running
    await on_choose(cl.Action(name=attachments.CHOOSE, payload={"question": ZH}))
    assert browser.last("toast")["message"] == "请等当前回答完成后再选择。"
    assert chat.assistant.asked == []  # type: ignore[attr-defined]
    running.cancel()


async def test_a_receipt_is_shown_or_missed_in_words(chat: Chat, browser: Browser) -> None:
    """Its button opens the side panel with every field; a receipt that is gone is one line."""
    from assistant.chat.app import on_show_receipt

    await on_show_receipt(cl.Action(name="r", payload={"receipt": RECEIPT, "language": "zh"}))
    assert browser.last("set_sidebar_title") == f"收据 {RECEIPT}"
    assert len(browser.last("set_sidebar_elements")["elements"]) == 2
    await on_show_receipt(cl.Action(name="r", payload={"receipt": "R-GONE", "language": "en"}))
    assert "gone" in browser.last("toast")["message"]


async def test_starters_follow_the_browser() -> None:
    """Chinese for zh-CN, English for anything else."""
    from chainlit.config import config

    chinese = await config.code.set_starters(None, "zh-CN")  # type: ignore[misc]
    english = await config.code.set_starters(None, "en-US")  # type: ignore[misc]
    assert all(any("\u4e00" <= char <= "\u9fff" for char in starter.label) for starter in chinese)
    assert all(starter.label.isascii() for starter in english)


def test_a_long_answer_streams_in_few_pieces() -> None:
    """Ten thousand characters come in sixty pieces, and none is lost."""
    text = "数" * 10_000
    assert "".join(chunks(text)) == text
    assert len(chunks(text)) <= 60
    assert chunks("") == []


def _kept() -> Any:
    return data.get_data_layer()  # type: ignore[no-untyped-call]


async def _stored() -> Any:
    return await _kept().get_thread(cl.context.session.thread_id)


def _said(browser: Browser) -> list[str]:
    return [m["output"] for m in browser.all("new_message") if m["type"] == "assistant_message"]
