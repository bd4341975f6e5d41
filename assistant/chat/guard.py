"""What stands before Chainlit: this machine only, one person, nothing loaded from elsewhere.

There is no login, so who may ask is settled here: only a browser that opened the chat by a loopback name, and only its
own page. That shuts out other sites in the same browser (foreign origins) and names that were made to point here.
The content policy is what keeps a picture in a message, typed or written by a model, from calling another host.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
CLOSED_PATHS = ("/docs", "/redoc", "/openapi.json", "/copilot", "/mcp", "/project/share")
_TOKEN_SECONDS = 24 * 3600
_REFUSED = (
    "运策只在本机使用：请在浏览器打开 http://127.0.0.1 加端口号。\n"
    "Yunce serves this machine only: open http://127.0.0.1 with its port in your browser.\n"
)


def content_policy(host: str) -> str:
    """Return the content security policy of a page served at ``host``: everything from here, nothing from elsewhere."""
    return "; ".join(
        [
            "default-src 'self'",
            # Chainlit puts inline scripts in its page and compiles custom elements in the browser.
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{host}",
            "worker-src 'self' blob:",
            "media-src 'self' blob:",
            "object-src 'none'",
            "frame-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ]
    )


class LocalOnly:
    """An ASGI application that lets the local person through to ``app`` and refuses everyone else.

    ``issue_token`` gives a fresh session token of the one local user; every request that passes carries it, so no
    login page ever appears.
    """

    def __init__(self, app: App, *, issue_token: Callable[[], str], cookie: str = "access_token") -> None:
        self._app = app
        self._issue_token = issue_token
        self._cookie = cookie
        self._token = ""
        self._issued = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_local(headers, scope.get("method", "GET")):
            await _refuse(scope, send, 403, _REFUSED)
            return
        if _is_closed(scope["path"]):
            await _refuse(scope, send, 404, "")
            return
        host = headers[b"host"]
        await self._app(self._as_local_user(scope), receive, _with_headers(send, host))

    def _as_local_user(self, scope: Scope) -> Scope:
        kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]
        cookies = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie"]
        others = [
            part.strip() for line in cookies for part in line.split(";") if not part.strip().startswith(self._cookie)
        ]
        cookie = "; ".join([*others, f"{self._cookie}={self._current_token()}"])
        return {
            **scope,
            "headers": [*kept, (b"cookie", cookie.encode("latin-1"))],
            "query_string": two_languages(scope.get("query_string", b"")),
        }

    def _current_token(self) -> str:
        if not self._token or time.monotonic() - self._issued > _TOKEN_SECONDS:
            self._token, self._issued = self._issue_token(), time.monotonic()
        return self._token


def is_local(headers: MutableMapping[bytes, str], method: str) -> bool:
    """Return whether a request comes from the chat's own page, or opens it: loopback name, same origin or none."""
    host = headers.get(b"host", "")
    if _name_of(host) not in LOOPBACK_NAMES:
        return False
    origin = headers.get(b"origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return False
    if headers.get(b"sec-fetch-site") in ("cross-site", "same-site"):
        return method == "GET" and headers.get(b"sec-fetch-mode") == "navigate"
    return True


def two_languages(query: bytes) -> bytes:
    """Return the query string with its ``language`` narrowed to the two that the product speaks."""
    if b"language=" not in query:
        return query
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, _narrow(value) if name == "language" else value) for name, value in pairs]).encode()


def _narrow(language: str) -> str:
    return "zh-CN" if language.lower().startswith("zh") else "en-US"


def _name_of(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


def _is_closed(path: str) -> bool:
    return any(path == closed or path.startswith(f"{closed}/") for closed in CLOSED_PATHS)


def _with_headers(send: Send, host: str) -> Send:
    added: Iterable[tuple[bytes, bytes]] = (
        (b"content-security-policy", content_policy(host).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-resource-policy", b"same-origin"),
    )

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            extra = [pair for pair in added if pair[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        await send(message)

    return send_with_headers


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
