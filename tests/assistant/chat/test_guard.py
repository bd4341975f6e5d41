"""Only the local person's own page gets through to Chainlit."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.chat.guard import LocalOnly, content_policy, two_languages

OWN = {"host": "127.0.0.1:8000"}


class _Inner:
    """What stands behind the guard: notes the scopes that reach it."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(dict(scope))
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"in"})


async def _call(headers: dict[str, str], **scope: Any) -> tuple[list[dict[str, Any]], _Inner]:
    inner = _Inner()
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    guard = LocalOnly(inner, issue_token=lambda: "TOKEN")
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    full = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw, **scope}
    await guard(full, receive, send)
    return sent, inner


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:8000"},
        {"host": "localhost:9000"},
        {"host": "[::1]:8000"},
        {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"},
        {"host": "127.0.0.1:8000", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ],
)
async def test_the_own_page_gets_in(headers: dict[str, str]) -> None:
    """Loopback names, the page's own origin, and a link followed to the page are let through."""
    sent, inner = await _call(headers)
    assert sent[0]["status"] == 200
    assert len(inner.scopes) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8000"},
        {"host": "192.168.1.7:8000"},
        {"host": "127.0.0.1:8000", "origin": "https://evil.example"},
        {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:3000"},
        {"host": "127.0.0.1:8000", "origin": "null"},
        {"host": "127.0.0.1:8000", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_everyone_else_stays_out(headers: dict[str, str], kind: str) -> None:
    """Foreign names and origins never reach Chainlit, by request or by socket."""
    sent, inner = await _call(headers, type=kind)
    assert inner.scopes == []
    assert sent[0].get("status", 403) == 403
    assert sent[0]["type"] in ("http.response.start", "websocket.close")


async def test_another_site_may_not_post() -> None:
    """A form on another site cannot change anything here, even as a navigation."""
    headers = {**OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    sent, inner = await _call(headers, method="POST")
    assert sent[0]["status"] == 403
    assert inner.scopes == []


@pytest.mark.parametrize("path", ["/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json", "/mcp", "/copilot/x.js"])
async def test_closed_paths_are_not_there(path: str) -> None:
    """Chainlit's interface description and the parts this product does not use answer 404."""
    sent, inner = await _call(OWN, path=path)
    assert sent[0]["status"] == 404
    assert inner.scopes == []


async def test_every_request_is_the_local_users() -> None:
    """The session token is put in place of whatever the browser sent; other cookies stay."""
    _, inner = await _call({**OWN, "cookie": "a=1; access_token=FORGED; access_token_0=PART; b=2"})
    cookies = dict(inner.scopes[0]["headers"])[b"cookie"]
    assert cookies == b"a=1; b=2; access_token=TOKEN"


async def test_answers_carry_the_content_policy() -> None:
    """The browser is told to load from here only."""
    sent, _ = await _call(OWN)
    headers = dict(sent[0]["headers"])
    assert headers[b"content-security-policy"] == content_policy("127.0.0.1:8000").encode()
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_the_policy_names_no_other_host() -> None:
    """Every source in the policy is this server, inline, or made in the page."""
    allowed = {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:", "ws://127.0.0.1:8000"}
    for directive in content_policy("127.0.0.1:8000").split("; "):
        assert set(directive.split()[1:]) <= allowed


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        (b"language=zh-Hans-CN", b"language=zh-CN"),
        (b"language=zh-TW&x=1", b"language=zh-CN&x=1"),
        (b"language=fr-FR", b"language=en-US"),
        (b"x=%2F..", b"x=%2F.."),
    ],
)
def test_the_browsers_language_is_narrowed_to_two(sent: bytes, seen: bytes) -> None:
    """Any Chinese is shown Chinese, any other language English."""
    assert two_languages(sent) == seen
