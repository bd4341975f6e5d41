"""The address the chat listens on: this machine only."""

from __future__ import annotations

import contextlib
import errno
import socket

from knowledge.errors import YunceError
from knowledge.text import Text

HOST = "127.0.0.1"
_LAST_PORT = 65535


def listen(port: int) -> socket.socket:
    """Return a socket bound to ``port`` of this machine; the caller closes it.

    Raises YunceError where the port is in use (with the next free one), reserved or out of range.
    """
    if not 1 <= port <= _LAST_PORT:
        raise YunceError(
            Text(
                zh=f"端口 {port} 无效：应为 1 到 {_LAST_PORT} 的整数，例如 yunce chat --port 8000。",
                en=f"Port {port} is not valid: use 1 to {_LAST_PORT}, for example yunce chat --port 8000.",
            ),
            code="port_invalid",
        )
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise _cannot_listen(port, error) from error
    return sock


def check_port(port: int) -> None:
    """Raise YunceError where ``listen`` would: for a command that has long work to do before it listens."""
    listen(port).close()


def next_free_port(port: int) -> int | None:
    """Return the first of the hundred ports above ``port`` that nothing listens on; None if all are taken."""
    for candidate in range(port + 1, min(port + 101, _LAST_PORT + 1)):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, candidate))
            probe.listen(1)
            return candidate
    return None


def _cannot_listen(port: int, error: OSError) -> YunceError:
    free = next_free_port(max(port, 1023))
    use_zh = f"请改用 yunce chat --port {free}" if free else "请换一个端口"
    use_en = f"try yunce chat --port {free}" if free else "choose another port"
    if error.errno == errno.EADDRINUSE:
        text = Text(
            zh=f"端口 {port} 已被占用（可能已有一个运策在运行）；{use_zh}。",
            en=f"Port {port} is in use (another Yunce chat may be running); {use_en}.",
        )
        return YunceError(text, code="port_in_use", choices=[str(free)] if free else [])
    text = Text(
        zh=f"无法监听端口 {port}（{error.strerror}）；{use_zh}。",
        en=f"Cannot listen on port {port} ({error.strerror}); {use_en}.",
    )
    return YunceError(text, code="port_unavailable", choices=[str(free)] if free else [])
