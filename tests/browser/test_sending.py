"""A question sent with Enter is asked once, alone and whole, however early it was typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.chat_page import ChatPage
from tests.browser.running_chat import RunningChat
from tests.browser.test_chat import EN, ZH

pytestmark = pytest.mark.browser

NEXT = {"zh-CN": "2025年11月每周新增用户", "en-US": "New users by week in November 2025"}
FIRST = {"zh-CN": ZH, "en-US": EN}
CONNECTING = {"zh-CN": "正在连接", "en-US": "Connecting"}
ANSWERING = "当前回答完成后自动发送"


@pytest.fixture(scope="module")
def chat(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChat]:
    """A chat with the scripted assistant."""
    with RunningChat(tmp_path_factory.mktemp("home")) as running:
        yield running


_SHOWN = """() => {
    const box = document.getElementById('chat-input')
    const at = box && box.getBoundingClientRect()
    return box && document.activeElement === box && document.elementFromPoint(at.x + 5, at.y + 5) === box
}"""  # before that, a loader lies over the page and a first box under it, which Chainlit throws away


def _open(window: ChatPage) -> None:
    """Open the chat and return as soon as the message box can be seen."""
    window.page.goto(window.url)
    window.page.wait_for_function(_SHOWN)


def _type_and_send(window: ChatPage, question: str) -> None:
    """Press the keys of a question and Enter, at once, into whatever has the focus: the message box."""
    window.page.keyboard.type(question)
    window.page.keyboard.press("Enter")


def _questions(window: ChatPage) -> list[str]:
    return [str(text).strip() for text in window.page.locator("[data-step-type=user_message]").all_inner_texts()]


def _see_answers(window: ChatPage, count: int) -> None:
    window.page.locator(".yunce-table").nth(count - 1).wait_for(timeout=60_000)
    window.page.locator("#chat-submit").wait_for(timeout=60_000)
    window.page.wait_for_timeout(400)  # a second copy of a question would come by now
    assert window.page.locator(".yunce-table").count() == count


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("slow", [False, True])
def test_enter_at_once_on_load(chromium: Any, chat: RunningChat, locale: str, slow: bool) -> None:
    """Typed and sent before the page has connected, the question is asked once; the next one is asked by itself."""
    first, second = FIRST[locale], NEXT[locale]
    with ChatPage(chromium, chat.url, locale=locale) as window:
        held: list[Any] = []
        if slow:  # the page connects only after this call has come back
            window.page.route("**/set-session-cookie", lambda route: held.append(route), times=1)  # noqa: PLW0108
        _open(window)
        _type_and_send(window, first)
        if slow:
            window.page.get_by_role("status").filter(has_text=CONNECTING[locale]).wait_for()
            _type_and_send(window, "zzz")  # neither a second question nor more of the first
            window.page.wait_for_timeout(1000)
            window.shot(f"waiting-{locale}")
            assert _questions(window) == []
            assert window.page.locator("#chat-input").input_value() == first
            held[0].continue_()
        _see_answers(window, 1)
        assert _questions(window) == [first]
        assert window.page.locator("#chat-input").input_value() == ""
        window.page.locator("#chat-input").focus()
        _type_and_send(window, second)
        _see_answers(window, 2)
        assert _questions(window) == [first, second]


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_enter_while_an_answer_is_coming(chromium: Any, chat: RunningChat, locale: str) -> None:
    """A question sent during an answer waits for its end and is then asked, once."""
    first, second = FIRST[locale], NEXT[locale]
    with ChatPage(chromium, chat.url, locale=locale) as window:
        window.open().ask(first)
        window.page.locator("#stop-button").wait_for()
        window.page.locator("#chat-input").focus()
        _type_and_send(window, second)
        _see_answers(window, 2)
        assert _questions(window) == [first, second]
        assert window.page.locator("#chat-input").input_value() == ""


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_typing_on_while_the_page_is_rebuilt(chromium: Any, chat: RunningChat, locale: str) -> None:
    """After the first question Chainlit moves to the conversation's address with a new, empty box: no letter is lost."""
    first, second = FIRST[locale], NEXT[locale] * 4
    with ChatPage(chromium, chat.url, locale=locale) as window:
        _open(window)
        _type_and_send(window, first)
        window.page.wait_for_function("() => document.querySelector('[data-step-type=user_message]')")
        _type_and_send(window, second)
        window.page.wait_for_url("**/thread/*")
        _see_answers(window, 2)
        assert _questions(window) == [first, second]


def test_a_waiting_question_can_be_taken_back(chromium: Any, chat: RunningChat) -> None:
    """Escape, or stopping the answer, leaves a waiting question in the box, unsent and free to be changed."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask("很慢的问题")
        window.see("查询指标：")
        box = window.page.locator("#chat-input")
        for way in ("Escape", "stop"):
            box.fill("")
            box.focus()
            _type_and_send(window, ZH)
            window.page.get_by_role("status").filter(has_text=ANSWERING).wait_for()
            if way == "stop":
                window.page.locator("#stop-button").click()
            else:
                box.press(way)
            window.page.wait_for_timeout(300)
            assert _questions(window) == ["很慢的问题"]
            assert box.input_value() == ZH
            assert box.is_editable()
        window.see("已停止。")
        box.press("Enter")
        _see_answers(window, 1)
        assert _questions(window) == ["很慢的问题", ZH]
