"""What was read once is not read again, and never answers for other data."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tools.warehouse.guard import VettedQuery
from tools.warehouse.row_cache import RowCache
from tools.warehouse.rows import Rows


def query(sql: str = "SELECT 1", **bound: object) -> VettedQuery:
    return VettedQuery(sql, bound, 10)


class Reader:
    """Stands for the warehouse: counts how often it is asked, and may wait or fail."""

    def __init__(self, rows: int = 1) -> None:
        self.calls = 0
        self.rows = rows
        self.gate = threading.Event()
        self.gate.set()
        self.fail_first = False

    def __call__(self) -> Rows:
        self.calls += 1
        mine = self.calls
        self.gate.wait(5)
        if self.fail_first and mine == 1:
            raise RuntimeError("interrupted")
        return Rows(("n",), tuple((mine,) for _ in range(self.rows)), 3.0, "s")


def read(cache: RowCache, reader: Reader, asked: VettedQuery | None = None, publication: int = 1) -> Rows:
    return cache.rows(asked or query(), publication, reader, stopped=lambda: False)


def test_the_same_statement_is_read_once() -> None:
    """The second time costs no read and says that it took no time."""
    cache, reader = RowCache(), Reader()
    first, second = read(cache, reader), read(cache, reader)
    assert (first.rows, second.rows, reader.calls) == (((1,),), ((1,),), 1)
    assert (first.elapsed_ms, second.elapsed_ms) == (3.0, 0.0)


@pytest.mark.parametrize(
    ("other", "publication"),
    [(query("SELECT 2"), 1), (query(day="2025-01-01"), 1), (VettedQuery("SELECT 1", {}, 11), 1), (query(), 2)],
    ids=["another statement", "another value", "another limit", "another publication"],
)
def test_anything_else_is_read_anew(other: VettedQuery, publication: int) -> None:
    """A statement, a bound value, a row limit or the data differ: nothing kept answers for it."""
    cache, reader = RowCache(), Reader()
    read(cache, reader)
    assert read(cache, reader, other, publication).rows == ((2,),)


def test_an_older_publication_is_forgotten() -> None:
    """Rows of data that no longer serves do not stay in memory, nor come back."""
    cache, reader = RowCache(), Reader()
    read(cache, reader, publication=1)
    read(cache, reader, publication=2)
    read(cache, reader, publication=1)
    assert reader.calls == 3


def test_it_is_bounded() -> None:
    """The oldest go first, one that was used stays, and a giant is not kept at all."""
    cache, reader = RowCache(most_cells=8), Reader()
    for n in range(3):
        read(cache, reader, query(n=n))
    read(cache, reader, query(n=0))
    read(cache, reader, query(n=3))
    read(cache, reader, query(n=4))
    assert reader.calls == 5
    read(cache, reader, query(n=0))
    assert reader.calls == 5
    read(cache, reader, query(n=1))
    assert reader.calls == 6
    giant = Reader(rows=9)
    read(cache, giant, query(n=9))
    read(cache, giant, query(n=9))
    assert giant.calls == 2


def test_who_asks_at_once_waits_for_the_first() -> None:
    """Twenty askers, one read."""
    cache, reader = RowCache(), Reader()
    reader.gate.clear()
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(read, cache, reader) for _ in range(20)]
        threading.Timer(0.2, reader.gate.set).start()
        assert {future.result(5).rows for future in asked} == {((1,),)}
    assert reader.calls == 1


def test_where_the_first_fails_the_next_reads() -> None:
    """A read that is interrupted is its own asker's; who waited reads for themselves, and nothing wrong is kept."""
    cache, reader = RowCache(), Reader()
    reader.fail_first = True
    reader.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(read, cache, reader)
        while not reader.calls:
            pass
        second = pool.submit(read, cache, reader)
        reader.gate.set()
        with pytest.raises(RuntimeError):
            first.result(5)
        assert second.result(5).rows == ((2,),)


def test_who_is_stopped_does_not_wait() -> None:
    """Someone who stops while another reads the same is told so by the warehouse, at once."""
    cache, slow, mine = RowCache(), Reader(), Reader()
    slow.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(read, cache, slow)
        while not slow.calls:
            pass
        assert cache.rows(query(), 1, mine, stopped=lambda: True).rows == ((1,),)
        slow.gate.set()
        first.result(5)
    assert (slow.calls, mine.calls) == (1, 1)
