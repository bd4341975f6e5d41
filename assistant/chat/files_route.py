"""The route that serves a conversation's files to the person they belong to."""

from __future__ import annotations

from urllib.parse import quote

from chainlit.auth import get_current_user
from chainlit.auth.cookie import get_token_from_cookies
from chainlit.data import get_data_layer
from fastapi import FastAPI, HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from assistant.chat.history import ChatHistory
from assistant.chat.storage import ROUTE, DiskStorage


def add_files_route(app: FastAPI) -> None:
    """Put the route before Chainlit's own, the last of which takes every path."""
    app.router.routes.insert(0, Route(f"{ROUTE}/{{key:path}}", serve_file, methods=["GET"]))


async def serve_file(request: Request) -> Response:
    """Return one file: 401 without a session, 404 where there is no such file in a conversation of this person."""
    user = await get_current_user(get_token_from_cookies(request.cookies) or "")
    if user is None:
        raise HTTPException(status_code=401)
    history = get_data_layer()  # type: ignore[no-untyped-call]
    key = request.path_params["key"]
    if not isinstance(history, ChatHistory) or not isinstance(history.storage_provider, DiskStorage):
        raise HTTPException(status_code=404)
    element = await history.owned_element(key, user.identifier)
    if element is None or not (path := history.storage_provider.path_of(key)).is_file():
        raise HTTPException(status_code=404)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(element.get('name') or 'file', safe='')}",
        "cache-control": "private, no-store",
    }
    return FileResponse(path, media_type=element.get("mime") or "application/octet-stream", headers=headers)
