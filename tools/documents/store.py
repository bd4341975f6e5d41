"""The files of the shelf under ``$YUNCE_HOME/playbooks``: a manifest, and one file for each document.

A document's file is written before the manifest names it, and the manifest is swapped in whole: who reads sees the shelf
before or after, never between. What the manifest does not name is swept away by the next change.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from knowledge.errors import WarehouseError
from knowledge.text import Text
from tools.documents.cleaning import Applied, Report
from tools.documents.document import Document
from tools.documents.model import Fact, Passage
from tools.documents.sketch import Sketch

FORMAT = 1


@dataclass(frozen=True)
class Source:
    """A file that a document came from.

    Attributes:
        key: what tells it from other files: its absolute path, or ``upload:NAME``.
        name: how it is shown.
        digest: hash of its bytes.
    """

    key: str
    name: str
    digest: str


@dataclass
class Entry:
    """A document in the manifest: its title, how many passages it has, and the files it came from, first one first."""

    title: str
    passages: int
    sources: list[Source]


@dataclass
class Manifest:
    """The documents of the shelf by id, in the order they were added."""

    documents: dict[str, Entry] = field(default_factory=dict)

    def of_source(self, key: str) -> tuple[str, Source] | None:
        """Return the document and the source of a file that was added before."""
        for name, entry in self.documents.items():
            for source in entry.sources:
                if source.key == key:
                    return name, source
        return None


def folder_of(home: Path) -> Path:
    """Return the shelf's folder, whether or not there is one yet."""
    return home / "playbooks"


def read_manifest(home: Path) -> Manifest:
    """Return the manifest; an empty one where nothing was added yet.

    Raises:
        WarehouseError: the file cannot be read, or another version of Yunce wrote it.
    """
    path = folder_of(home) / "manifest.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Manifest({name: _entry(each) for name, each in raw["documents"].items() if raw["format"] == FORMAT})
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path) from error


def _entry(raw: dict[str, Any]) -> Entry:
    return Entry(raw["title"], raw["passages"], [Source(**source) for source in raw["sources"]])


def write_manifest(home: Path, manifest: Manifest) -> None:
    """Swap the manifest in whole."""
    documents = {name: asdict(entry) for name, entry in manifest.documents.items()}
    _write(folder_of(home) / "manifest.json", _json({"format": FORMAT, "documents": documents}))


def write_document(home: Path, document: Document, sketch: Sketch) -> None:
    """Write a document's file and its sketch; the manifest does not name it yet."""
    folder = folder_of(home) / "documents"
    _write(folder / f"{document.id}.sketch", sketch.to_bytes(), durable=False)  # a lost one only finds fewer copies
    _write(folder / f"{document.id}.json", _json(asdict(document)))


def read_document(home: Path, name: str) -> Document:
    """Return a document of the shelf by its whole id.

    Raises:
        WarehouseError: its file is gone or damaged.
    """
    path = folder_of(home) / "documents" / f"{name}.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        passages = tuple(_passage(each) for each in raw["passages"])
        applied = tuple(_applied(each) for each in raw["report"]["applied"])
        report = Report(applied, tuple(raw["report"]["doubts"]))
        return Document(raw["id"], raw["source"], raw["title"], raw["text"], passages, report)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path) from error


def read_sketch(home: Path, name: str) -> Sketch:
    """Return a document's sketch; one of an empty text where it is gone."""
    try:
        return Sketch.from_bytes((folder_of(home) / "documents" / f"{name}.sketch").read_bytes())
    except (OSError, ValueError):
        return Sketch(frozenset(), {})


def sweep(home: Path, manifest: Manifest) -> None:
    """Delete the files that the manifest does not name: documents that went, and what a kill left half written."""
    folder = folder_of(home)
    for path in (*folder.glob("*.part"), *(folder / "documents").glob("*")):
        if path.suffix == ".part" or path.stem not in manifest.documents:
            path.unlink(missing_ok=True)


@contextmanager
def changing(home: Path) -> Iterator[Manifest]:
    """Hold the shelf for a change: yield its manifest, and let nobody else change it meanwhile.

    Raises:
        WarehouseError: someone else is changing it, or the folder cannot be written.
    """
    folder = folder_of(home)
    try:
        (folder / "documents").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(error) from error
    lock = FileLock(folder / "change.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise WarehouseError(
            Text(
                "另一个进程正在增删文档；等它结束后再试。",
                "Another process is adding or removing documents; try again when it is done.",
            ),
            code="busy",
        ) from error
    try:
        yield read_manifest(home)
    finally:
        lock.release()


def cannot_write(error: OSError) -> WarehouseError:
    """Return the error for a disk that is full or may not be written."""
    why = error.strerror or type(error).__name__
    return WarehouseError(
        Text(
            f"写不了文档库（{why}）；已加入的文档仍可使用。腾出空间或检查权限后，用同一命令继续。",
            f"The shelf cannot be written ({why}); what was added stays usable. Make room or check permissions, then "
            "give the same command to go on.",
        ),
        code="disk_full" if error.errno == 28 else "unwritable",
    )


def _write(path: Path, data: bytes, *, durable: bool = True) -> None:
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _passage(raw: dict[str, Any]) -> Passage:
    facts = tuple(Fact(**fact) for fact in raw["facts"])
    return Passage(**{**raw, "section": tuple(raw["section"]), "facts": facts})


def _applied(raw: dict[str, Any]) -> Applied:
    examples = tuple((before, after) for before, after in raw["examples"])
    return Applied(raw["rule"], raw["count"], examples, tuple(raw["dropped"]))


def _unreadable(path: Path) -> WarehouseError:
    return WarehouseError(
        Text(
            f"文档库的文件 {path.name} 读不了；删除它并重新添加文档。",
            f"The shelf's file {path.name} cannot be read; delete it and add the documents again.",
        ),
        code="bad_shelf",
    )
