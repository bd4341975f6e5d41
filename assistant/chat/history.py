"""The conversations in SQLite: Chainlit's own data layer, with what it gets wrong there put right.

Chainlit creates no tables, binds lists that SQLite refuses, reports a failed statement only in its log, stamps local
time as UTC, and reads every conversation in full to fill the sidebar.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chainlit.data.sql_alchemy import SQLAlchemyDataLayer
from chainlit.element import Element, ElementDict
from chainlit.step import StepDict
from chainlit.types import PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter

from assistant.chat.schema import TABLES
from assistant.chat.storage import DiskStorage

_JSON_COLUMNS = ("thread_tags", "step_tags", "thread_metadata", "step_metadata", "step_generation", "props")
_THREAD_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_NAME_LENGTH = 80
_LIST_THREADS = """
    SELECT t."id" AS id, t."createdAt" AS "createdAt", t."name" AS name, t."userId" AS "userId",
           t."userIdentifier" AS "userIdentifier", t."metadata" AS thread_metadata
    FROM threads t
    WHERE t."userId" = :user_id
      AND (:keyword IS NULL OR instr(lower(t."name"), :keyword) > 0 OR EXISTS (
            SELECT 1 FROM steps s WHERE s."threadId" = t."id" AND instr(lower(s."output"), :keyword) > 0))
      AND (:feedback IS NULL OR EXISTS (
            SELECT 1 FROM steps s JOIN feedbacks f ON f."forId" = s."id"
            WHERE s."threadId" = t."id" AND f."value" = :feedback))
    ORDER BY COALESCE((SELECT max(s."createdAt") FROM steps s WHERE s."threadId" = t."id"), t."createdAt") DESC, t."id"
"""


def create_tables(database: Path) -> None:
    """Create the tables that are missing, and the columns that an older file lacks. Safe to run from two processes."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            for table, columns in TABLES.items():
                declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
                connection.execute(f'CREATE TABLE IF NOT EXISTS "{table}" ({declared})')
                present = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
                for name in columns.keys() - present:
                    kind = columns[name].replace(" NOT NULL", "")
                    connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {kind}')
            for table, column in (("steps", "threadId"), ("elements", "threadId"), ("threads", "userId")):
                connection.execute(f'CREATE INDEX IF NOT EXISTS "{table}_{column}" ON "{table}" ("{column}")')
    database.chmod(0o600)


class ChatHistory(SQLAlchemyDataLayer):
    """Chainlit's data layer over one SQLite file, with the files of the conversations on disk."""

    def __init__(self, database: Path, storage: DiskStorage, forget: Callable[[str], None] = lambda _: None) -> None:
        """``forget`` is called with the id of each conversation that is deleted."""
        create_tables(database)
        super().__init__(f"sqlite+aiosqlite:///{database}", connect_args={"timeout": 30}, storage_provider=storage)
        self._forget = forget
        # Chainlit writes a step and its update as two tasks at once; in turn, the update cannot be lost.
        self._steps_in_turn = asyncio.Lock()
        self._threads_in_turn = asyncio.Lock()
        self._elements_in_turn = asyncio.Lock()

    async def execute_sql(self, query: str, parameters: dict[str, Any]) -> list[dict[str, Any]] | int | None:
        """Run one statement; lists and objects go in as JSON text and come back as what they were."""
        bound = {
            name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
            for name, value in parameters.items()
        }
        result = await super().execute_sql(query, bound)
        for row in result if isinstance(result, list) else ():
            for column in _JSON_COLUMNS:
                value = row.get(column)
                if isinstance(value, str) and value[:1] in ("[", "{", "n"):
                    row[column] = json.loads(value)
        return result

    async def get_current_timestamp(self) -> str:
        """Return now in UTC, ISO, ending in Z."""
        return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

    async def create_step(self, step_dict: StepDict) -> None:
        """Write a step as it is now, after every earlier write of a step."""
        async with self._steps_in_turn:
            await super().create_step(step_dict)

    async def create_element(self, element: Element) -> None:
        """Store an element after every earlier one, so that a reopened answer shows them in their order."""
        async with self._elements_in_turn:
            await super().create_element(element)

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Write a conversation's name, owner or metadata; a long first question is cut to a title."""
        if not _THREAD_ID.fullmatch(thread_id):
            return
        async with self._threads_in_turn:
            await super().update_thread(thread_id, _title(name), user_id, metadata, tags)

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a conversation with its files, and with what the assistant remembers of it."""
        await super().delete_thread(thread_id)
        await asyncio.to_thread(self._forget, thread_id)

    async def get_all_user_threads(
        self, user_id: str | None = None, thread_id: str | None = None
    ) -> list[ThreadDict] | None:
        """Return conversations in full. An id that is no id finds none: Chainlit writes ids into its statements."""
        if thread_id is not None and not _THREAD_ID.fullmatch(thread_id):
            return []
        return await super().get_all_user_threads(user_id, thread_id)

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """Return one page of the sidebar, newest first: titles only, the steps stay where they are."""
        rows = await self.execute_sql(
            _LIST_THREADS,
            {
                "user_id": filters.userId,
                "keyword": filters.search.lower() if filters.search else None,
                "feedback": filters.feedback,
            },
        )
        threads = [_header(row) for row in rows] if isinstance(rows, list) else []
        ids = [thread["id"] for thread in threads]
        start = ids.index(pagination.cursor) + 1 if pagination.cursor in ids else 0
        page = threads[start : start + pagination.first]
        info = PageInfo(
            hasNextPage=len(threads) > start + len(page),
            startCursor=page[0]["id"] if page else None,
            endCursor=page[-1]["id"] if page else None,
        )
        return PaginatedResponse(pageInfo=info, data=page)

    async def owned_element(self, object_key: str, identifier: str) -> ElementDict | None:
        """Return the name and type of a stored file where its conversation belongs to ``identifier``; else None."""
        rows = await self.execute_sql(
            'SELECT e."name" AS name, e."mime" AS mime FROM elements e JOIN threads t ON t."id" = e."threadId" '
            'WHERE e."objectKey" = :key AND t."userIdentifier" = :identifier',
            {"key": object_key, "identifier": identifier},
        )
        return ElementDict(name=rows[0]["name"], mime=rows[0]["mime"]) if isinstance(rows, list) and rows else None


def _title(name: str | None) -> str | None:
    if name is None:
        return None
    line = " ".join(name.split())
    return line if len(line) <= _NAME_LENGTH else line[: _NAME_LENGTH - 1] + "…"


def _header(row: dict[str, Any]) -> ThreadDict:
    return ThreadDict(
        id=row["id"],
        createdAt=row["createdAt"],
        name=row["name"],
        userId=row["userId"],
        userIdentifier=row["userIdentifier"],
        tags=None,
        metadata=row["thread_metadata"],
        steps=[],
        elements=[],
    )
