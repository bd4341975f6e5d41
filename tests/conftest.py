"""What every test shares: no socket leaves the machine, and one small demo warehouse built once."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tools.demo.build import DEFAULT_SEED, DEFAULT_USERS, build_demo

DemoHome = Callable[[int, int], Path]

SMALL = 6000
_LOOPBACK_NAMES = {"localhost", "ip6-localhost", ""}


class OutsideSocketError(RuntimeError):
    """A test tried to reach a host that is not this machine."""


def _is_loopback(host: object) -> bool:
    if host is None or host in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise OutsideSocketError(str(address))
    elif event == "socket.getaddrinfo" and not _is_loopback(arguments[0]):
        raise OutsideSocketError(str(arguments[0]))


sys.addaudithook(_refuse_outside)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """Return the home of a demo by its users and seed: built once a run, however many workers ask. Never write to it."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def home_of(users: int, seed: int = DEFAULT_SEED) -> Path:
        home = folder / f"demo-{users}-{seed}"
        with FileLock(f"{home}.lock"):
            if not home.exists():
                made = tmp_path_factory.mktemp("building") / "home"
                build_demo(made, users=users, seed=seed)
                made.rename(home)
        return home

    return home_of


@pytest.fixture(scope="session")
def demo_home(built: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo warehouse of 6,000 users. Shared by the whole run: read it, never write to it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    shutil.copytree(built(SMALL, DEFAULT_SEED), home)
    return home


@pytest.fixture(scope="session")
def default_home(built: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo as it comes, of 60,000 users. Shared: read it, write nothing but receipts."""
    home = tmp_path_factory.mktemp("default") / "home"
    shutil.copytree(built(DEFAULT_USERS, DEFAULT_SEED), home)
    return home


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own with the small demo warehouse."""
    own = tmp_path / "home"
    shutil.copytree(demo_home / "warehouse", own / "warehouse")
    return own


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-snapshots``: write the stored SQL anew instead of comparing with it."""
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        dest="yunce_update_snapshots",
        help="rewrite tests/snapshots from what is compiled now",
    )
