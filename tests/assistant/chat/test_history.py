"""The conversations are written to SQLite and come back as they were, without one warning from Chainlit."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from chainlit.element import ElementDict
from chainlit.step import Step, StepDict
from chainlit.types import Feedback, Pagination, ThreadFilter
from chainlit.user import User

from assistant.chat.history import ChatHistory, create_tables
from assistant.chat.schema import TABLES
from assistant.chat.storage import DiskStorage
from tests.assistant.chat.conftest import Browser, settled


@pytest.mark.parametrize(("table", "keys"), [("steps", StepDict), ("elements", ElementDict)])
def test_every_key_that_chainlit_writes_has_a_column(table: str, keys: Any) -> None:
    """Chainlit puts each key of its dictionaries into a column of that name; a missing one loses the whole row."""
    assert set(keys.__annotations__) <= set(TABLES[table])


def test_an_older_file_gains_what_it_lacks(tmp_path: Path) -> None:
    """Opening twice changes nothing; a file without a column gets it and keeps its rows."""
    database = tmp_path / "chat.db"
    with sqlite3.connect(database) as connection:
        connection.execute('CREATE TABLE steps ("id" TEXT PRIMARY KEY, "name" TEXT)')
        connection.execute("INSERT INTO steps VALUES ('1', 'kept')")
    for _ in range(2):
        create_tables(database)
    with sqlite3.connect(database) as connection:
        for table, columns in TABLES.items():
            assert {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')} == set(columns)
        assert connection.execute('SELECT "name", "autoCollapse" FROM steps').fetchall() == [("kept", None)]
    assert database.stat().st_mode & 0o077 == 0


async def test_lists_and_objects_survive(history: Any, browser: Browser) -> None:
    """Tags and metadata, which SQLite cannot bind, are written as JSON and read back as they were."""
    thread = await _thread_id(history)
    step = _step(thread, tags=["a"], metadata={"choices": ["甲"], "receipts": []}, modes={"m": "x"})
    await history.create_step(step)
    await history.update_thread(thread, metadata={"language": "zh"}, tags=["t"])
    found = await history.get_thread(thread)
    assert found["metadata"]["language"] == "zh"
    assert found["tags"] == ["t"]
    [stored] = [s for s in found["steps"] if s["id"] == "step"]
    assert stored["tags"] == ["a"]
    assert stored["metadata"] == {"choices": ["甲"], "receipts": []}


async def test_the_last_write_of_a_step_wins(history: Any, browser: Browser) -> None:
    """Many updates at once, as Chainlit starts them, end with the last one's text."""
    thread = await _thread_id(history)
    writes = [history.create_step(_step(thread, output=""))]
    writes += [history.update_step(_step(thread, output=str(number))) for number in range(40)]
    await asyncio.gather(*(asyncio.create_task(write) for write in writes))
    assert (await history.get_step("step"))["output"] == "39"


async def test_a_long_question_is_cut_to_a_title(history: Any, browser: Browser) -> None:
    """The first question names the conversation; 300 characters become 80."""
    page = await history.list_threads(Pagination(first=10), ThreadFilter(userId=await _user_id(history)))
    assert page.data[0]["name"] == "x" * 79 + "…"


async def test_the_sidebar_pages_newest_first_and_searches(history: Any, browser: Browser) -> None:
    """Pages follow each other without gaps; a word finds the conversations that contain it; steps are not read."""
    user = await _user_id(history)
    for number in range(7):
        await history.update_thread(f"thread-{number}", name=f"Q{number}", user_id=user)
        text = "GMV 下降 50%_" if number == 3 else "other"
        created = f"2030-01-0{number + 1}T00:00:00Z"
        await history.create_step(_step(f"thread-{number}", id=f"s{number}", output=text, createdAt=created))
    await history.update_thread("foreign", name="foreign", user_id=(await history.create_user(User(identifier="x"))).id)
    first = await history.list_threads(Pagination(first=4), ThreadFilter(userId=user))
    rest = await history.list_threads(Pagination(first=10, cursor=first.pageInfo.endCursor), ThreadFilter(userId=user))
    names = [thread["name"] for thread in [*first.data, *rest.data]]
    assert names[:7] == [f"Q{number}" for number in range(6, -1, -1)]
    assert len(names) == 8
    assert first.pageInfo.hasNextPage
    assert not rest.pageInfo.hasNextPage
    for search, found in (
        ("下降", ["Q3"]),
        ("gmv", ["Q3"]),
        ("50%_", ["Q3"]),
        ("%", ["Q3"]),
        ("q5", ["Q5"]),
        ("zzz", []),
    ):
        page = await history.list_threads(Pagination(first=9), ThreadFilter(userId=user, search=search))
        assert [thread["name"] for thread in page.data] == found
    assert all(thread["steps"] == [] for thread in first.data)


async def test_a_thumb_is_kept(history: Any, browser: Browser) -> None:
    """Feedback with its comment is written, found by the filter and read back with the step."""
    thread = await _thread_id(history)
    await history.create_step(_step(thread))
    await history.upsert_feedback(Feedback(forId="step", value=1, comment="好", threadId=thread))
    found = await history.get_thread(thread)
    [step] = [s for s in found["steps"] if s["id"] == "step"]
    assert (step["feedback"]["value"], step["feedback"]["comment"]) == (1, "好")
    user = await _user_id(history)
    for value, count in ((1, 1), (0, 0)):
        page = await history.list_threads(Pagination(first=9), ThreadFilter(userId=user, feedback=value))
        assert len(page.data) == count


@pytest.mark.parametrize("thread_id", ["x') OR ('1'='1", "", "a b", "'; DROP TABLE steps; --"])
async def test_an_id_that_is_no_id_finds_and_writes_nothing(history: Any, browser: Browser, thread_id: str) -> None:
    """Chainlit puts ids into its statements as text; one with a quote in it never gets there."""
    assert await history.get_thread(thread_id) is None
    await history.update_thread(thread_id, name="x")
    rows = await history.execute_sql("SELECT count(*) AS n FROM threads", {})
    assert rows == [{"n": 1}]


async def test_deleting_a_conversation_deletes_its_files(history: Any, browser: Browser) -> None:
    """Nothing of it stays in the database, on disk, or in what the assistant remembers."""
    import chainlit as cl

    thread = await _thread_id(history)
    step: Any = Step(name="s", thread_id=thread)
    await step.send()
    await cl.File(name="a.csv", content=b"1").send(for_id=step.id)
    await settled()
    folder = history.storage_provider.folder
    assert len(_files(folder)) == 1
    await history.delete_thread(thread)
    assert _files(folder) == []
    assert history.forgotten == [thread]
    for table in ("threads", "steps", "elements"):
        assert await history.execute_sql(f"SELECT count(*) AS n FROM {table}", {}) == [{"n": 0}]


async def test_a_file_belongs_to_its_conversations_owner(history: Any, browser: Browser) -> None:
    """The owner finds it by its key, another person does not."""
    import chainlit as cl

    step: Any = Step(name="s")
    await step.send()
    await cl.File(name="新增.csv", content=b"1", mime="text/csv").send(for_id=step.id)
    await settled()
    [row] = await history.execute_sql('SELECT "objectKey" AS key FROM elements', {})
    assert await history.owned_element(row["key"], "local") == {"name": "新增.csv", "mime": "text/csv"}
    assert await history.owned_element(row["key"], "someone") is None


async def test_two_chats_write_to_one_home(history: Any, browser: Browser, tmp_path: Path) -> None:
    """A second process's layer on the same file writes at the same time; no write is lost."""
    other = ChatHistory(tmp_path / "chat.db", DiskStorage(tmp_path / "files"))
    thread = await _thread_id(history)
    layers = (history, other)
    await asyncio.gather(*(layers[n % 2].create_step(_step(thread, id=f"s{n}")) for n in range(40)))
    await other.close()
    assert len((await history.get_thread(thread))["steps"]) == 40


async def test_times_are_utc(history: Any) -> None:
    """The layer's clock is UTC whatever the machine's zone; Chainlit's own marks local time as UTC."""
    from datetime import UTC, datetime

    stamped = datetime.fromisoformat(await history.get_current_timestamp())
    assert abs((datetime.now(UTC) - stamped).total_seconds()) < 60


def _step(thread: str, **changes: Any) -> Any:
    fields = {"id": "step", "name": "n", "type": "assistant_message", "threadId": thread, "output": "o"}
    return {**fields, "createdAt": "2026-01-01T00:00:00Z", "streaming": False, **changes}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def _user_id(history: Any) -> str:
    return str((await history.get_user("local")).id)


async def _thread_id(history: Any) -> str:
    rows = await history.execute_sql("SELECT id FROM threads", {})
    return str(rows[0]["id"])
