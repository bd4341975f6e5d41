"""The whole way in a real browser: a question typed in either language, answered from a demo warehouse."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.browser.chat_page import ChatPage
from tests.browser.running_chat import RunningChat
from tools.demo.build import build_demo
from tools.warehouse.publish import serving_path

pytestmark = pytest.mark.browser

SPEECH = {
    "zh-CN": ("2025年12月新增用户多少？", "2025年12月每周新增用户数和次日留存率是多少？", "每周新增与次日留存", "收据"),
    "en-US": (
        "How many new users in December 2025?",
        "New users and day-1 retention by week in December 2025",
        "New users and retention by week",
        "Receipt",
    ),
}

RECEIPT = re.compile(r"R-[0-9A-Z]{10}")


@pytest.fixture(scope="module")
def chat(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChat]:
    """A chat over a demo of 2,000 users, with the offline planner."""
    home = tmp_path_factory.mktemp("home")
    build_demo(home, users=2000)
    with RunningChat(home, assistant="real") as running:
        yield running
        assert not running.calls.exists(), running.calls.read_text()


def _count(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(serving_path(home)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_the_number_shown_is_the_number_in_the_data(chromium: Any, chat: RunningChat, locale: str) -> None:
    """December's new users as counted by hand-written SQL stand in the answer, with a receipt that opens."""
    question, _, _, receipt = SPEECH[locale]
    december = "SELECT count(*) FROM users WHERE register_date BETWEEN '2025-12-01' AND '2025-12-31'"
    [(expected,)] = _count(chat.home, december)
    with ChatPage(chromium, chat.url, locale=locale) as window:
        window.open().ask(question)
        button = window.page.get_by_role("button", name=f"{receipt} R-")
        button.wait_for()
        assert str(expected) in window.page.locator(".ai-message .message-content").last.inner_text()
        button.click()
        panel = window.page.locator("#side-view-content")
        panel.locator("code.language-sql .hljs-keyword").first.wait_for()
        with window.page.expect_download() as expected_file:
            panel.locator("a.inline-file").click()
        stored = json.loads(Path(expected_file.value.path()).read_text(encoding="utf-8"))
        assert stored["rows"][0][0] == expected
        said = panel.inner_text()
        for text in (
            f"yunce verify {stored['id']}",
            stored["snapshot"],
            stored["metrics"][0]["content"],
            str(expected),
        ):
            assert text in said
        assert "\\n" not in said
        assert window.page.locator("#side-view-title").inner_text() == f"{receipt} {stored['id']}"
        window.page.wait_for_timeout(600)  # the panel slides in
        window.shot(f"receipt-{locale}")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_starter_gives_table_chart_and_csv(
    chromium: Any, chat: RunningChat, tmp_path: Path, locale: str, dark: bool
) -> None:
    """Pressed, a starter is answered by week; the CSV's counts are the data's; all is there after a reload."""
    _, question, starter, receipt = SPEECH[locale]
    weeks = _count(
        chat.home,
        "SELECT CAST(date_trunc('week', register_date) AS DATE)::VARCHAR, count(*) FROM users "
        "WHERE register_date BETWEEN '2025-12-01' AND '2025-12-31' GROUP BY 1 ORDER BY 1",
    )
    with ChatPage(chromium, chat.url, locale=locale, dark=dark) as window:
        window.open()
        window.shot(f"real-start-{locale}-{'dark' if dark else 'light'}")
        window.page.get_by_role("button", name=starter).click()
        window.see_answer()
        window.see(question)
        rows = list(csv.DictReader(io.StringIO(window.download(tmp_path)[1].decode("utf-8-sig"))))
        counts = [int(value) for value in (_column(row, ("新增注册用户", "New users")) for row in rows)]
        assert counts == [count for _, count in weeks]
        assert [next(iter(row.values())) for row in rows] == [week for week, _ in weeks]
        window.page.get_by_role("button", name=f"{receipt} R-").wait_for()
        window.page.wait_for_url("**/thread/*")
        window.page.reload()
        window.see_answer()
        window.page.get_by_role("button", name=f"{receipt} R-").wait_for()
        window.shot(f"real-answer-{locale}-{'dark' if dark else 'light'}")


_CHART = """() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect()
    const [page, chart, title, legend] = ['[data-panel]', '.js-plotly-plot .main-svg', '.gtitle', '.infolayer > .legend'].map(box)
    return { overhang: chart.right - page.right, width: chart.width, gap: legend.top - title.bottom,
             above: title.top - box('.yunce-table').bottom }
}"""


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_a_chart_fits_its_place(chromium: Any, chat: RunningChat, width: int) -> None:
    """The legend stands right under the title at any width; beside an open receipt the chart is drawn narrower."""
    with ChatPage(chromium, chat.url, locale="zh-CN", width=width, height=1100) as window:
        window.open().ask("2025年每月各渠道的新增用户走势")
        window.see_answer()
        window.page.wait_for_function(f"() => {{ const at = ({_CHART})(); return at.gap >= 0 && at.gap < 20 }}")
        alone = window.page.evaluate(_CHART)
        assert 0 < alone["above"] < 60
        window.page.get_by_role("button", name="下一页").click()  # nothing of the chart lies over the table's buttons
        window.see("第 2 / ")
        if width < 768:
            return
        window.page.get_by_role("button", name="收据 R-").click()
        window.page.locator("#side-view-content code.language-sql").wait_for()
        window.page.wait_for_function(f"() => ({_CHART})().overhang < 0")
        assert 0 <= window.page.evaluate(_CHART)["gap"] < 20
        window.page.get_by_role("button", name="关闭收据").click()
        window.page.wait_for_function(f"() => ({_CHART})().width > {alone['width'] - 2}")


def test_a_follow_up_keeps_its_context_after_a_restart(chromium: Any, chat: RunningChat) -> None:
    """Asked, stopped, started, reopened: "by platform?" still means the first question's metric and dates."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask("2025年11月各渠道成交额")
        window.see_answer()
        window.page.wait_for_url("**/thread/*")
        path = window.page.url.removeprefix(chat.url)
    assert chat.stop()[0] == 0
    chat.start()
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open(path)
        window.see_answer()
        window.ask("按平台看呢？")
        window.page.locator(".yunce-table").nth(1).wait_for(timeout=60_000)
        answer = window.page.locator(".ai-message .message-content").last.inner_text()
        assert "成交额" in answer
        assert "2025-11-01" in answer
        assert "iOS" in answer
        window.shot("follow-up")


def test_a_question_back_can_be_answered_by_a_button(chromium: Any, chat: RunningChat) -> None:
    """The word "retention" alone is ambiguous: the choices are buttons, and the one pressed is answered."""
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.open().ask("留存")
        window.page.get_by_role("button", name="7日留存率").click()
        window.page.locator(".ai-message").get_by_text(RECEIPT).first.wait_for(timeout=60_000)
        window.shot("real-choice")


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("新增用户" * 3000, "12,000"),
        ("'; DROP TABLE users; --", ""),
        ("<script>alert(1)</script>😀", ""),
        ("2031年的成交额", ""),
    ],
)
def test_bad_input_is_one_clear_answer(chromium: Any, chat: RunningChat, question: str, line: str) -> None:
    """Too long, SQL, markup, no data yet: each gets words in the question's language, and the next question works."""
    before = _count(chat.home, "SELECT count(*) FROM users")
    with ChatPage(chromium, chat.url, locale="zh-CN") as window:
        window.page.on("dialog", lambda dialog: window.faults.append(f"dialog {dialog.message}"))
        window.open().ask(question)
        answer = window.page.locator(".ai-message .message-content").last
        answer.wait_for(timeout=60_000)
        window.page.locator("#chat-submit").wait_for(timeout=60_000)
        text = answer.inner_text()
        assert line in text.replace("12000", "12,000")
        assert "Traceback" not in text
        assert "Error" not in text
        assert len(text) < 400
        window.ask("2025年12月新增用户多少？")
        window.page.get_by_role("button", name="收据 R-").wait_for()
    assert _count(chat.home, "SELECT count(*) FROM users") == before


def _column(row: dict[str, str], names: tuple[str, ...]) -> str:
    return next(value for heading, value in row.items() if heading in names)
