"""The guard itself: a test that reaches out fails, one that stays on this machine does not."""

from __future__ import annotations

import socket

import pytest

from tests.conftest import OutsideSocketError


def test_a_connection_to_another_host_is_refused() -> None:
    """An address outside loopback raises before a packet leaves."""
    with socket.socket() as sock, pytest.raises(OutsideSocketError):
        sock.connect(("192.0.2.1", 80))


def test_a_lookup_of_another_host_is_refused() -> None:
    """Looking up a public name raises before the resolver is asked."""
    with pytest.raises(OutsideSocketError):
        socket.getaddrinfo("example.com", 80)


def test_loopback_is_open() -> None:
    """A server on this machine can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
