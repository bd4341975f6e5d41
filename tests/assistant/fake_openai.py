"""An OpenAI-compatible server on this machine that replays a script, and records what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeModel:
    """Replies in order; the last one again once they are used up. ``requests`` are the bodies received."""

    replies: Sequence[dict[str, Any]]
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def next_reply(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to ``body``."""
        self.requests.append(body)
        return self.replies[min(len(self.requests), len(self.replies)) - 1]


def says(text: str) -> dict[str, Any]:
    """Return a reply in words."""
    return {"role": "assistant", "content": text}


def calls(name: str, **arguments: Any) -> dict[str, Any]:
    """Return a reply that calls one tool."""
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": f"call_{name}", "type": "function", "function": function}],
    }


@contextmanager
def serving(*replies: dict[str, Any], status: int = 200) -> Iterator[FakeModel]:
    """Serve the replies under ``/v1/chat/completions`` for the length of the block."""
    model = FakeModel(replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            message = model.next_reply(body)
            reply = {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
            data = json.dumps(reply if status == 200 else {"error": {"message": "no", "type": "x"}}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
