"""The search of a workspace: its shelf indexed at first use and whenever it changed, one searcher kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.errors import WarehouseError
from knowledge.text import Text
from tools.documents import shelf
from tools.retrieval import build, store
from tools.retrieval.build import Progress
from tools.retrieval.encoders import Encoder, encoders
from tools.retrieval.entries import vocabulary
from tools.retrieval.search import ANYTHING, Hit, Searcher, Wanted

Told = Callable[[Progress], None]


@dataclass
class Library:
    """Searches the playbooks and documents of one workspace. Safe to share between threads.

    Attributes:
        home: the state folder.
        model: the setting YUNCE_EMBEDDING_MODEL; empty for the packaged encoders.
    """

    home: Path
    model: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _searcher: Searcher | None = field(default=None, repr=False)
    _encoders: Sequence[Encoder] = field(default=(), repr=False)

    def search(
        self, query: str, limit: int = 5, wanted: Wanted = ANYTHING, *, progress: Told | None = None
    ) -> list[Hit]:
        """Return the passages that fit, best first; none where nothing does.

        Raises:
            QueryError: the embedding model cannot be loaded.
            WarehouseError: the shelf or its index cannot be read or written.
        """
        return self.searcher(progress=progress).search(query, limit, wanted)

    def searcher(self, *, progress: Told | None = None) -> Searcher:
        """Return a searcher over what is on the shelf now, building the index first where that changed."""
        with self._lock:
            self._encoders = self._encoders or encoders(self.model)
            version = build.version_of(shelf.version(self.home), self._encoders)
            if self._searcher is None or self._searcher.index.version != version:
                self._searcher = self._fresh(version, progress)
            return self._searcher

    def refresh(self, *, progress: Told | None = None) -> int:
        """Bring the index up to date with the shelf; return how many passages it has."""
        return len(self.searcher(progress=progress).index.passages)

    def _fresh(self, version: str, progress: Told | None) -> Searcher:
        try:
            about = store.manifest(self.home)
            if about is None or about["version"] != version:
                passages = tuple(shelf.passages(self.home))
                build.build(self.home, passages, shelf.version(self.home), self._encoders, progress=progress)
            index = store.read(self.home)
        except OSError as error:
            raise _unusable(self.home, error) from error
        if index is None:
            raise _unusable(self.home, None)
        return Searcher.of(index, self._encoders, vocabulary())


_LIBRARIES: dict[tuple[Path, str], Library] = {}
_GUARD = threading.Lock()


def library(home: Path, model: str = "") -> Library:
    """Return the library of a workspace: one in this process, so that models and index are loaded once."""
    with _GUARD:
        return _LIBRARIES.setdefault((home.absolute(), model), Library(home.absolute(), model))


def _unusable(home: Path, error: OSError | None) -> WarehouseError:
    why = f"：{error.strerror}" if error and error.strerror else ""
    because = f": {error.strerror}" if error and error.strerror else ""
    path = store.folder(home)
    return WarehouseError(
        Text(
            f"打法检索的索引（{path}）无法读写{why}。请检查磁盘空间与权限；删除该文件夹后会自动重建。",
            f"The index of the playbook search ({path}) cannot be read or written{because}. Check disk space and permissions; "
            "remove the folder and it is built again.",
        ),
        code="index_unusable",
    )
