"""The tables, charts and files of the conversations on disk, and the one route that serves them.

Chainlit ships no local storage. Nothing here goes under its ``/public``, which is served to anyone.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chainlit.data.storage_clients.base import BaseStorageClient

ROUTE = "/conversation-files"
_PART = re.compile(r"[0-9A-Za-z-]{1,64}")


class DiskStorage(BaseStorageClient):
    """Keeps each file as ``folder/<owner>/<element>``; the name that a person gave it never becomes a path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, object_key: str) -> Path:
        """Return where a file is kept. Raises ValueError for a key that is not ``owner/element[/name]``."""
        owner, _, rest = object_key.partition("/")
        element = rest.partition("/")[0]
        if not (_PART.fullmatch(owner) and _PART.fullmatch(element)):
            raise ValueError(f"not an object key: {object_key!r}")
        return self.folder / owner / element

    async def upload_file(
        self,
        object_key: str,
        data: bytes | str,
        mime: str = "application/octet-stream",  # noqa: ARG002 - kept beside the element in the database
        overwrite: bool = True,  # noqa: ARG002 - Chainlit's signature
        content_disposition: str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Write a file whole or not at all; return its key and its address."""
        content = data.encode("utf-8") if isinstance(data, str) else data
        await asyncio.to_thread(_write_whole, self.path_of(object_key), content)
        return {"object_key": object_key, "url": await self.get_read_url(object_key)}

    async def delete_file(self, object_key: str) -> bool:
        """Delete a file; return whether it was there."""
        path = self.path_of(object_key)
        there = await asyncio.to_thread(path.is_file)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return there

    async def get_read_url(self, object_key: str) -> str:
        """Return the address of a file on this server."""
        self.path_of(object_key)
        return f"{ROUTE}/{quote(object_key)}"

    async def close(self) -> None:
        """Nothing stays open."""


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    draft.write_bytes(content)
    draft.replace(path)
