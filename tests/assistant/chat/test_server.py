"""The chat starts, serves this machine, and stops, each with one clear line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.browser.running_chat import RunningChat


def test_importing_the_server_is_quick() -> None:
    """The command line can import it without Chainlit, LangChain, Plotly or the catalog's parser."""
    heavy = "{'chainlit', 'langchain', 'plotly', 'uvicorn', 'sqlalchemy', 'rapidfuzz', 'sqlglot'}"
    code = f"import sys, assistant.chat.server; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> object:
    with RunningChat(tmp_path_factory.mktemp("home")) as running:
        yield running


def test_nobody_logs_in(chat: RunningChat) -> None:
    """A first request, without any cookie, is the local user's; the login page has nothing to ask for."""
    status, text = chat.get("/user")
    assert status == 200
    assert json.loads(text)["identifier"] == "local"
    assert json.loads(chat.get("/auth/config")[1])["passwordAuth"] is False


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/copilot/index.js"])
def test_what_is_not_needed_is_closed(chat: RunningChat, path: str) -> None:
    """The interface description and the copilot are not served."""
    assert chat.get(path)[0] == 404


def test_another_name_or_origin_is_refused_in_words(chat: RunningChat) -> None:
    """A name pointed at this machine, or a foreign page, gets 403 and the address to use."""
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        status, text = chat.get("/user", **headers)
        assert status == 403
        assert "127.0.0.1" in text
        assert "本机" in text


@pytest.mark.parametrize(
    ("language", "guide", "starter"), [("zh-Hans-CN", "收据", "新增"), ("de-DE", "receipt", "New users")]
)
def test_the_page_speaks_the_browsers_language(chat: RunningChat, language: str, guide: str, starter: str) -> None:
    """Guide and starters come in Chinese for any Chinese browser, in English for any other."""
    settings = json.loads(chat.get(f"/project/settings?language={language}")[1])
    assert guide in settings["markdown"]
    assert starter in settings["starters"][0]["label"]
    assert settings["dataPersistence"] is True
    assert settings["threadResumable"] is True


def test_the_page_names_no_other_host(chat: RunningChat) -> None:
    """The served page, its style and its element load from this server."""
    for path in ("/", "/public/yunce.css", "/public/elements/YunceTable.jsx"):
        status, text = chat.get(path)
        assert status == 200
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_file_that_is_not_there_is_404(chat: RunningChat) -> None:
    """Unknown and malformed keys of the conversations' files answer 404, never the page."""
    for key in ("nobody/nothing/x.csv", "x", "..%2F..%2Fchat.db", "a/b%2F..%2F..%2Fchat.db"):
        assert chat.get(f"/conversation-files/{key}")[0] == 404


@pytest.mark.parametrize(("language", "words"), [("zh", ("已被占用", "--port")), ("en", ("is in use", "--port"))])
def test_a_port_in_use_is_one_line(chat: RunningChat, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    """A second chat on the port ends at once with status 1 and one line in the person's language."""
    process = RunningChat(tmp_path / "other", port=chat.port, language=language).launch()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert len(output.strip().splitlines()) == 1
    assert all(word in output for word in words)


def test_two_chats_share_a_home(chat: RunningChat) -> None:
    """A second chat on the same home starts on its own port; when it stops, the first goes on."""
    second = RunningChat(chat.home).start()
    assert second.get("/user")[0] == 200
    assert json.loads(second.get("/user")[1])["id"] == json.loads(chat.get("/user")[1])["id"]
    status, _ = second.stop()
    assert status == 0
    assert chat.get("/health")[0] == 200
    assert (chat.home / "chat" / f"port-{chat.port}" / ".files").is_dir()


def test_ctrl_c_while_it_starts(tmp_path: Path) -> None:
    """Pressed as soon as the chat has begun to start, while Chainlit loads, Ctrl-C ends it just as cleanly."""
    running = RunningChat(tmp_path)
    running.launch()
    until = time.monotonic() + 60
    while not list((tmp_path / "chat").glob("port-*/public")) and time.monotonic() < until:
        time.sleep(0.02)
    status, output = running.stop()
    assert status == 0
    assert "Traceback" not in output
    assert [line for line in output.splitlines() if line][-1] == "Yunce has stopped."


@pytest.mark.parametrize(("language", "ready", "bye"), [("zh", "已就绪", "已停止"), ("en", "is ready", "has stopped")])
def test_ctrl_c_ends_it_in_one_line(tmp_path: Path, language: str, ready: str, bye: str) -> None:
    """Two lines in all, one when ready and one when stopped; status 0 and no traceback."""
    status, output = RunningChat(tmp_path, language=language).start().stop()
    lines = [line for line in output.splitlines() if line]
    assert status == 0
    assert len(lines) == 2
    assert ready in lines[0]
    assert bye in lines[1]
