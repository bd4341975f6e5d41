"""The chat takes its port or says clearly why not."""

from __future__ import annotations

import socket

import pytest

from assistant.chat.port import HOST, check_port, listen, next_free_port
from knowledge.errors import YunceError


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def test_listens_on_loopback_only() -> None:
    """The socket is bound to 127.0.0.1, so no other machine reaches it."""
    with listen(_free_port()) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_one_line_with_the_next_free_port() -> None:
    """Both languages name the port in use and a port that can be listened on."""
    with listen(_free_port()) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(YunceError) as caught:
            check_port(port)
    check_port(port)
    error = caught.value
    assert error.code == "port_in_use"
    offered = int(error.choices[0])
    assert offered > port
    for text in error.text:
        assert str(port) in text
        assert f"--port {offered}" in text
        assert "\n" not in text
    listen(offered).close()


@pytest.mark.parametrize("port", [-1, 0, 65536, 10**9])
def test_a_port_out_of_range_is_refused(port: int) -> None:
    """A number that is no port is refused by name, not by an OverflowError."""
    with pytest.raises(YunceError, match=str(port)) as caught:
        listen(port)
    assert caught.value.code == "port_invalid"


def test_no_port_after_the_last() -> None:
    """There is nothing to suggest above 65535."""
    assert next_free_port(65535) is None
