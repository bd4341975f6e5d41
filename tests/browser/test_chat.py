"""The chat in a real browser, answered by a scripted assistant: what it shows, keeps, and never asks of another host."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chat_page import ChatPage
from tests.browser.running_chat import RunningChat

pytestmark = pytest.mark.browser

ZH, EN = "2025年12月每周新增用户和次日留存率是多少？", "New users and day-1 retention by week in December 2025"
SPEECH = {
    "zh-CN": (ZH, "查询指标：", "收据 R-", "新增注册用户", "共 5 行"),
    "en-US": (EN, "Query metrics: ", "Receipt R-", "New users", "5 rows"),
}

_NAMES = """() => [...document.querySelectorAll('button')].filter((button) => button.checkVisibility() && !button.closest('li'))
    .map((button) => button.getAttribute('aria-label') || button.title || button.innerText.trim())"""


@pytest.fixture(scope="module")
def chat(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChat]:
    """A chat for all tests here, watched: at the end its server has called no other host."""
    with RunningChat(tmp_path_factory.mktemp("home")) as running:
        yield running
        assert not running.calls.exists(), running.calls.read_text()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_an_answer_in_both_languages(chromium: Any, chat: RunningChat, tmp_path: Path, locale: str, dark: bool) -> None:
    """No login; number, table, chart and CSV are there; after a reload the same conversation still has them all."""
    question, step, receipt, heading, rows = SPEECH[locale]
    with ChatPage(chromium, chat.url, locale=locale, dark=dark) as window:
        window.open()
        assert window.page.locator("#password").count() == 0
        window.ask(question)
        window.see_answer(charts=2)
        for text in ("5,340", step, receipt, rows):
            window.see(text)
        name, content = window.download(tmp_path)
        assert name.endswith(".csv")
        assert content.startswith(b"\xef\xbb\xbf")
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert heading in table[0][1]
        assert table[1][:3] == ["2025-12-01", "1182", "0.382"]
        window.page.wait_for_url("**/thread/*")
        window.shot(f"answer-{locale}-{'dark' if dark else 'light'}")
        window.page.reload()
        window.see_answer(charts=2)
        window.see("5,340")
        window.see(receipt)
        assert window.download(tmp_path)[1] == content


def test_a_step_shows_parameters_and_highlighted_sql(chromium: Any, chat: RunningChat) -> None:
    """Opened, a step has the call's JSON and its SQL in colours; the failed step says why."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask(ZH)
        window.see_answer()
        window.page.get_by_role("button", name="查询指标：").click()
        window.see("参数")
        window.page.locator("code.language-sql .hljs-keyword").first.wait_for()
        window.page.locator("code.language-json .hljs-attr").first.wait_for()
        window.see("数据截至 2025-12-31")
        window.page.get_by_role("button", name="计算转化漏斗").click()
        window.see("没有名为“nothing”的事件。")
        window.shot("step")


def test_the_conversation_is_found_again_after_a_restart(chromium: Any, tmp_path: Path) -> None:
    """Stopped and started again, the chat still lists the conversation; opened, it has table, chart and CSV."""
    running = RunningChat(tmp_path / "home").start()
    try:
        with ChatPage(chromium, running.url, locale="zh-CN") as window:
            window.open().ask(ZH)
            window.see_answer(charts=2)
        assert running.stop()[0] == 0
        running.start()
        with ChatPage(chromium, running.url, locale="zh-CN") as window:
            window.open()
            window.page.locator('li[id^="thread-"]').filter(has_text=ZH[:12]).first.click()
            window.see_answer(charts=2)
            window.see("5,340")
            _, content = window.download(tmp_path)
            assert content.startswith(b"\xef\xbb\xbf")
            assert any("/conversation-files/" in url for url in window.requests)
            window.shot("after-restart")
    finally:
        running.stop()


@pytest.mark.parametrize(("locale", "dark"), [("zh-CN", True), ("en-US", False)])
def test_on_a_phone_nothing_runs_off_the_side(chromium: Any, chat: RunningChat, locale: str, dark: bool) -> None:
    """At 390 pixels neither the start, the answer, an open step nor the list of conversations scrolls sideways."""
    question, step, *_ = SPEECH[locale]
    with ChatPage(chromium, chat.url, locale=locale, dark=dark, width=390, height=844) as window:
        window.open()
        window.shot(f"phone-start-{locale}")
        assert window.width() <= 390
        window.ask(question)
        window.see_answer(charts=2)
        window.page.get_by_role("button", name=step).click()
        window.page.locator("code.language-sql").wait_for()
        assert window.width() <= 390
        for selector in (".yunce-table", ".js-plotly-plot", "a.inline-file"):
            box = window.page.locator(selector).first.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
        window.page.locator("a.inline-file").first.scroll_into_view_if_needed()
        window.shot(f"phone-answer-{locale}")
        window.page.locator("#sidebar-trigger-button").click()
        window.page.locator('li[id^="thread-"]').first.wait_for()
        assert window.width() <= 390
        window.shot(f"phone-threads-{locale}")
        window.page.reload()
        window.see_answer(charts=2)


def test_markup_in_a_question_stays_text(chromium: Any, chat: RunningChat) -> None:
    """HTML, SQL, Markdown pictures, formulas and emoji are shown as typed; nothing runs and nothing is fetched."""
    typed = "<img src=x onerror=alert(1)> 新增 '; DROP TABLE users; -- ![x](http://evil.example/x.png) $x^2$ 😀 :note"
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.page.on("dialog", lambda dialog: window.faults.append(f"dialog {dialog.message}"))
        window.open().ask(typed)
        window.see_answer()
        window.see(typed)
        assert window.page.locator(".message-content img").count() == 0


def test_a_picture_in_an_answer_is_not_fetched(chromium: Any, chat: RunningChat) -> None:
    """Were an answer to hold a remote picture, it would be shown as a link and nobody asked for it."""
    with ChatPage(chromium, chat.url, locale="en-US") as window:
        window.open().ask("picture")
        window.see("A picture:")
        assert window.page.locator(".message-content img").count() == 0


def test_the_policy_holds_whatever_the_page_contains(chromium: Any, chat: RunningChat) -> None:
    """Even a picture, script, frame or call put into the page itself gets nothing from another host."""
    attempts = {
        "img-src": "document.body.append(Object.assign(new Image(), {src: 'http://evil.example/x.png'}))",
        "script-src": "document.body.append(Object.assign(document.createElement('script'), {src: 'http://evil.example/x'}))",
        "frame-src": "document.body.append(Object.assign(document.createElement('iframe'), {src: 'http://evil.example/'}))",
        "connect-src": "fetch('http://evil.example/').catch(() => 0)",
    }
    with ChatPage(chromium, chat.url, locale="en-US") as window:
        window.open()
        for directive, attempt in attempts.items():
            refused = window.page.evaluate(
                "() => new Promise((done) => { document.addEventListener('securitypolicyviolation', "
                f"(event) => done(event.effectiveDirective), {{once: true}}); {attempt} }})"
            )
            assert refused.startswith(directive)
        window.requests.clear()
        window.faults.clear()


def test_stop_ends_the_question(chromium: Any, chat: RunningChat) -> None:
    """The stop button ends a running question, says so in its language, and the next question is answered."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask("很慢的问题")
        window.see("查询指标：")
        window.page.locator("#stop-button").click()
        window.see("已停止。")
        assert window.page.get_by_text("Task manually stopped").count() == 0
        window.shot("stopped")
        window.ask(ZH)
        window.see_answer()


def test_a_choice_is_pressed_and_survives_a_reload(chromium: Any, chat: RunningChat) -> None:
    """A question back offers buttons; they are there after a reload; pressing one asks it."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask("看哪个指标")
        button = window.page.get_by_role("button", name="2025年12月新增用户多少？")
        button.wait_for()
        window.page.wait_for_url("**/thread/*")
        window.shot("choices")
        window.page.reload()
        button.wait_for()
        button.click()
        window.see_answer()
        window.see("5,340")


def test_a_very_long_question_does_not_break_the_page(chromium: Any, chat: RunningChat) -> None:
    """Twelve thousand characters are sent and answered, and the list shows a short title."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask("新增用户" * 3000)
        window.see_answer()
        assert window.width() <= 1280
        window.page.reload()
        window.see_answer()
        assert window.page.locator('li[id^="thread-"]').count() >= 1
        title = window.page.locator('li[id^="thread-"]').first.inner_text()
        assert len(title) <= 80


def test_the_guide_speaks_both_languages(chromium: Any, chat: RunningChat) -> None:
    """The guide behind the header's button is the reader's own."""
    for locale, button, text in (("zh-CN", "使用说明", "怎么读答案"), ("en-US", "Guide", "How to read an answer")):
        with ChatPage(chromium, chat.url, locale=locale) as window:
            window.open()
            window.page.get_by_role("button", name=button).click()
            window.see(text)
            window.shot(f"guide-{locale}")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_every_button_has_a_name_in_the_readers_language(
    chromium: Any, chat: RunningChat, locale: str, width: int
) -> None:
    """Also those that are only a picture; with an answer, its receipt and the list of conversations on the page."""
    with ChatPage(chromium, chat.url, locale=locale, width=width) as window:
        window.open().ask(SPEECH[locale][0])
        window.see_answer()
        window.page.locator("#chat-submit").wait_for()
        window.page.wait_for_timeout(500)
        names = window.page.evaluate(_NAMES)
        if width < 768:
            window.page.locator("#sidebar-trigger-button").click()
            window.page.wait_for_timeout(500)
            names += window.page.evaluate(_NAMES)
        assert len(names) > 8
        assert all(names)
        if locale == "zh-CN":
            assert [name for name in names if name.isascii()] == []


def test_the_send_button_is_named_for_what_it_does(chromium: Any, chat: RunningChat) -> None:
    """While a question runs it stops, afterwards it sends; its name changes with it."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask("很慢的问题")
        window.page.get_by_role("button", name="停止").click()
        window.see("已停止。")
        window.page.get_by_role("button", name="发送").wait_for()
        assert window.page.get_by_role("button", name="停止").count() == 0


def test_ctrl_c_with_a_question_running(chromium: Any, tmp_path: Path) -> None:
    """With a page open and a query running, Ctrl-C still ends at once with one line."""
    running = RunningChat(tmp_path / "home").start()
    with ChatPage(chromium, running.url, locale="en-US") as window:
        window.open().ask("slow question")
        window.see("Query metrics: ")
        status, output = running.stop()
        window.page.close()  # it goes on looking for its server
        window.faults.clear()
    assert status == 0
    assert [line for line in output.splitlines() if line][-1] == "Yunce has stopped."
    assert "Traceback" not in output
