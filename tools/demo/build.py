"""Builds the demo warehouse: the story is planted by SQL inside DuckDB, from hashes of a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb

from knowledge.errors import QueryError, WarehouseError
from knowledge.tables import SCHEMA_VERSION, TABLES
from knowledge.text import Text
from tools.demo import story
from tools.demo.parameters import day_number, hand_over
from tools.warehouse.publish import Published, draft

DEFAULT_USERS: Final = 60_000
DEFAULT_SEED: Final = 7
FEWEST_USERS: Final = 1_000
MOST_USERS: Final = 5_000_000
TIME_ZONE: Final = "Asia/Shanghai"

STAGES: Final = ("people", "activity", "sales", "events", "messages", "reports", "publish")
"""The ids of the stages, in order, as ``on_progress`` gets them."""

Progress = Callable[[str, float], None]
Cancelled = Callable[[], bool]


def build_demo(
    home: Path,
    *,
    users: int = DEFAULT_USERS,
    seed: int = DEFAULT_SEED,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    threads: int | None = None,
) -> Published:
    """Build the demo warehouse and publish it as the serving snapshot of ``home``.

    Args:
        home: the workspace.
        users: registered users over the range and before it; events grow with them, about 85 a user.
        seed: decides who does what; the planted levels are the same with every seed.
        on_progress: called with a stage of ``STAGES`` and the share of it that is done, 0 to 1.
        cancelled: asked between statements; where it returns True the build ends and nothing changes.
        threads: how many threads to use; all cores by default. The rows do not depend on it.

    Returns:
        What was published. The same users and seed give the same rows, and the same snapshot id, on any machine.

    Raises:
        QueryError: users or seed out of range.
        WarehouseError: cancelled, another build runs, or the file cannot be written.
    """
    _check(users, seed)
    with draft(home, threads=threads) as warehouse:
        warehouse.create()
        steps = _Steps(warehouse.connection, on_progress, cancelled)
        hand_over(warehouse.connection, users=users, seed=seed)
        _fill(steps)
        steps.report("publish", 0.0)
        published = warehouse.publish(
            {
                "snapshot": f"demo-s{seed}-{users}-{checksum(warehouse.connection)[:8]}",
                "as_of": story.AS_OF.isoformat(),
                "business_date": story.AS_OF.isoformat(),
                "data_start": story.DATA_START.isoformat(),
                "time_zone": TIME_ZONE,
                "source": f"demo users={users} seed={seed}",
                "schema_version": SCHEMA_VERSION,
            }
        )
        steps.report("publish", 1.0)
        return published


def checksum(connection: duckdb.DuckDBPyConnection) -> str:
    """Return a digest of every row of every table, whatever the order of the rows."""
    digest = hashlib.sha256()
    for name, table in TABLES.items():
        if name != "meta":
            row = connection.execute(
                f"SELECT count(*), sum(hash({', '.join(table.columns)})::HUGEINT) FROM {name}"
            ).fetchone()
            digest.update(f"{name}:{row}".encode())
    return digest.hexdigest()


class _Steps:
    """Runs the SQL files of the demo, once or once a month, and says how far it is."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, on_progress: Progress | None, cancelled: Cancelled | None
    ) -> None:
        self.connection = connection
        self._on_progress = on_progress
        self._cancelled = cancelled

    def report(self, stage: str, share: float) -> None:
        """Say how far the build is; raise where it was cancelled meanwhile."""
        if self._cancelled is not None and self._cancelled():
            raise WarehouseError(
                Text("已取消，现有数据未受影响", "Cancelled; what served before still does."), code="cancelled"
            )
        if self._on_progress is not None:
            self._on_progress(stage, share)

    def run(self, stage: str, share: float, *names: str) -> None:
        """Run SQL files, one after the other."""
        for name in names:
            self.report(stage, share)
            self.connection.execute((Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8"))

    def monthly(
        self,
        stage: str,
        name: str,
        first: date = story.DATA_START,
        last: date = story.AS_OF,
        shares: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        """Run a SQL file for each calendar month, with the month's days and levels as its variables."""
        months = list(_months(first, last))
        for place, (start, end) in enumerate(months):
            variables = {
                "month_first": day_number(start),
                "month_last": day_number(end),
                "month_number": start.year * 12 + start.month - 24_000,
                "payment": story.step(story.PAYMENT, start),
                "renewal": story.step(story.RENEWAL, start),
            }
            for variable, value in variables.items():
                self.connection.execute(f"SET VARIABLE {variable} = {value}")
            self.run(stage, shares[0] + (shares[1] - shares[0]) * place / len(months), name)


def _fill(steps: _Steps) -> None:
    winback = date(2025, 10, 1)
    steps.run("people", 0.0, "people", "lives", "attempts")
    steps.monthly("activity", "activity", last=winback - timedelta(days=1), shares=(0.0, 0.8))
    steps.run("activity", 0.8, "winback")
    steps.monthly("activity", "activity", first=winback, shares=(0.8, 1.0))
    steps.run("sales", 0.0, "sales_start")
    steps.monthly("sales", "sales")
    steps.run("sales", 1.0, "sales_end", "spend")
    steps.monthly("events", "events")
    steps.monthly("messages", "messages")
    steps.run("reports", 0.0, "paths", "service", "targets")


def _months(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, following - timedelta(days=1)
        first = following


def _check(users: int, seed: int) -> None:
    if not FEWEST_USERS <= users <= MOST_USERS:
        raise QueryError(
            Text(
                f"用户数 {users} 不在 {FEWEST_USERS} 到 {MOST_USERS} 之间，请换一个数",
                f"{users} users is outside {FEWEST_USERS} to {MOST_USERS}; choose another number.",
            ),
            code="demo_users",
        )
    if not 0 <= seed < 2**31:
        raise QueryError(
            Text(f"种子 {seed} 应在 0 到 2147483647 之间", f"The seed {seed} must be within 0 and 2147483647."),
            code="demo_seed",
        )
