"""The shelf: our own playbooks and the documents that were added, as one collection of passages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.catalog.nearest import maybe_nearest, nearest
from knowledge.errors import QueryError
from knowledge.playbooks import load_playbooks
from knowledge.text import Text
from tools.documents import store
from tools.documents.adding import Line, add, add_bytes, totals
from tools.documents.document import Document
from tools.documents.model import Passage
from tools.documents.passages import passages_of_playbook

__all__ = [
    "Added",
    "Line",
    "add",
    "add_bytes",
    "added",
    "document",
    "passages",
    "passages_of_document",
    "remove",
    "totals",
    "version",
]
_CUTTING = "1"
"""Changes whenever playbooks are cut another way."""


@dataclass(frozen=True)
class Added:
    """A document that was added: its id, its title, how many passages it has, and the files it came from."""

    id: str
    title: str
    passages: int
    sources: tuple[str, ...]


def passages(home: Path) -> Iterator[Passage]:
    """Yield every passage of our own playbooks, then of the added documents, in a fixed order.

    Raises:
        WarehouseError: a file of the shelf cannot be read.
    """
    for playbook in load_playbooks().values():
        yield from passages_of_playbook(playbook)
    for name in store.read_manifest(home).documents:
        yield from store.read_document(home, name).passages


def passages_of_document(home: Path, name: str) -> tuple[Passage, ...]:
    """Return the passages of one document or playbook in order, as the context of any of them.

    Raises:
        QueryError: there is neither of that id.
    """
    own = load_playbooks().get(name)
    return passages_of_playbook(own) if own else document(home, name).passages


def version(home: Path) -> str:
    """Return a string that changes whenever the passages change: 16 hex digits."""
    digest = hashlib.sha256(_CUTTING.encode())
    for playbook in load_playbooks().values():
        digest.update(playbook.id.encode() + playbook.path.read_bytes())
    for name in store.read_manifest(home).documents:
        digest.update(name.encode())
    return digest.hexdigest()[:16]


def added(home: Path) -> tuple[Added, ...]:
    """Return the documents that were added, in that order."""
    return tuple(
        Added(name, entry.title, entry.passages, tuple(source.name for source in entry.sources))
        for name, entry in store.read_manifest(home).documents.items()
    )


def document(home: Path, name: str) -> Document:
    """Return an added document by its id, the beginning of it, or the name of its file.

    Raises:
        QueryError: there is none, or several; names the nearest.
    """
    return store.read_document(home, _id(store.read_manifest(home), name))


def remove(home: Path, name: str) -> Added:
    """Remove an added document by its id, the beginning of it, or the name of its file; return what it was.

    Raises:
        QueryError: there is none, several, or it is a playbook of our own.
        WarehouseError: the shelf cannot be written, or someone else is changing it.
    """
    if name in load_playbooks():
        raise QueryError(
            Text(
                f"{name} 是内置打法，不能移除；可移除的是用 yunce playbooks add 加入的文档。",
                f"{name} is a playbook of our own and stays; only documents added with yunce playbooks add can be removed.",
            ),
            code="own_playbook",
        )
    with store.changing(home) as manifest:
        found = _id(manifest, name)
        entry = manifest.documents.pop(found)
        try:
            store.write_manifest(home, manifest)
            store.sweep(home, manifest)
        except OSError as error:
            raise store.cannot_write(error) from error
    return Added(found, entry.title, entry.passages, tuple(source.name for source in entry.sources))


def _id(manifest: store.Manifest, name: str) -> str:
    wanted = name.strip()
    if wanted in manifest.documents:
        return wanted
    starts = [each for each in manifest.documents if len(wanted) >= 4 and each.startswith(wanted)]
    files = [each for each, entry in manifest.documents.items() if wanted in {s.name for s in entry.sources}]
    found = starts or files
    if len(found) == 1:
        return found[0]
    every = [source.name for entry in manifest.documents.values() for source in entry.sources]
    if found:
        raise QueryError(
            Text(
                f"“{name}”对应多份文档：{'、'.join(found)}；请给出完整编号。",
                f"'{name}' names several documents: {', '.join(found)}; give the whole id.",
            ),
            code="ambiguous_document",
            choices=tuple(found),
        )
    near = maybe_nearest(wanted, every)
    raise QueryError(
        Text(
            f"没有编号或文件名为 {name} 的文档。{near.zh}用 yunce playbooks documents 查看全部。",
            f"There is no document with the id or file name {name}. {near.en}See yunce playbooks documents.",
        ),
        code="unknown_document",
        choices=nearest(wanted, every),
    )
