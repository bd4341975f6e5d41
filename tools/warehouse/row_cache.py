"""Rows that were read already: the same statement on the same data costs nothing the second time."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from tools.warehouse.guard import VettedQuery
from tools.warehouse.rows import Rows

MOST_CELLS = 2_000_000
"""The most cells held at once: some 100 MB of Python objects."""

_LOOK_AGAIN_SECONDS = 0.05

Key = tuple[int, str, str, int]


class RowCache:
    """Keeps the rows of statements, those used last the longest. Safe to share between threads.

    A statement is written from the versions of its metrics and its parameters, so it stands for both; with the number of
    the publication it was run on, an entry can never answer for other data.
    """

    def __init__(self, most_cells: int = MOST_CELLS) -> None:
        self.most_cells = most_cells
        self._lock = threading.Lock()
        self._rows: OrderedDict[Key, Rows] = OrderedDict()
        self._running: dict[Key, threading.Event] = {}
        self._cells = 0

    def rows(
        self, query: VettedQuery, publication: int, read: Callable[[], Rows], *, stopped: Callable[[], bool]
    ) -> Rows:
        """Return the rows of ``query``, from ``read`` where they are not there yet.

        Several who ask for the same at once wait for the first; where it fails, the next one reads.

        Args:
            query: the statement.
            publication: the number of the published file that serves, as ``Warehouse.publication`` gives it.
            read: runs the statement; what it raises reaches who called it, and nothing is kept.
            stopped: whether the one who waits wants to wait no longer; then ``read`` is called, which says so.
        """
        key = (publication, query.sql, json.dumps(dict(query.bound), sort_keys=True, default=str), query.row_limit)
        while True:
            with self._lock:
                if key in self._rows:
                    self._rows.move_to_end(key)
                    return replace(self._rows[key], elapsed_ms=0.0)
                running = self._running.get(key)
                if running is None:
                    self._running[key] = threading.Event()
                    break
            if not running.wait(_LOOK_AGAIN_SECONDS) and stopped():
                return read()
        try:
            found = read()
            self._keep(key, found)
            return found
        finally:
            with self._lock:
                self._running.pop(key).set()

    def _keep(self, key: Key, found: Rows) -> None:
        """Keep rows and let the oldest go; those of earlier publications go at once, and so does what would fill it all."""
        with self._lock:
            for old in [other for other in self._rows if other[0] != key[0]]:
                self._cells -= _cells(self._rows.pop(old))
            if _cells(found) > self.most_cells // 4:
                return
            self._rows[key] = found
            self._cells += _cells(found)
            while self._cells > self.most_cells:
                _, dropped = self._rows.popitem(last=False)
                self._cells -= _cells(dropped)


def _cells(rows: Rows) -> int:
    return (len(rows.rows) + 1) * max(len(rows.columns), 1)
