"""Adding documents: each file becomes one line of the report; what is wrong with one does not stop the rest."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from knowledge.errors import YunceError
from knowledge.text import Text, join
from tools.documents import store
from tools.documents.document import Document, document_of
from tools.documents.files import Found, bytes_of, files_under
from tools.documents.readers import read_bytes
from tools.documents.sketch import Sketch, holds, sketch_of
from tools.documents.store import Entry, Manifest, Source

Status = Literal["added", "replaced", "same", "unchanged", "refused"]
Progress = Callable[[int, int, str], None]
_SAVE_EVERY = 2.0
_TELLING = 500


@dataclass(frozen=True)
class Line:
    """What became of one file.

    Attributes:
        name: the file as shown.
        status: added; replaced (it was there with other words); same (its words are there already, from another file);
            unchanged (it was there, as it is); refused.
        document: id of the document that holds its words; empty where it was refused.
        title: the document's title.
        passages: how many passages the document has.
        said: why it was refused, or what is worth knowing; None where there is nothing to say.
    """

    name: str
    status: Status
    document: str = ""
    title: str = ""
    passages: int = 0
    said: Text | None = None


def add(home: Path, paths: Iterable[Path], *, on_progress: Progress | None = None) -> list[Line]:
    """Add files and folders to the shelf, and return what became of each file, in order.

    A file that was added before is read again only where its bytes changed, so the same call goes on after a kill.

    Args:
        home: the workspace.
        paths: files and folders.
        on_progress: called with how many files are done, how many there are, and the next one's name.

    Raises:
        WarehouseError: the shelf cannot be written, or someone else is changing it.
    """
    found = files_under(paths)
    with store.changing(home) as manifest:
        adding = _Adding(home, manifest)
        try:
            for number, each in enumerate(found):
                if on_progress:
                    on_progress(number, len(found), each.name)
                adding.file(each)
        finally:
            adding.save()
        if on_progress:
            on_progress(len(found), len(found), "")
    return adding.lines


def add_bytes(home: Path, name: str, data: bytes) -> Line:
    """Add a file that came as bytes, as one dropped into the chat; one of the same name is replaced.

    Raises:
        WarehouseError: the shelf cannot be written, or someone else is changing it.
    """
    with store.changing(home) as manifest:
        adding = _Adding(home, manifest)
        try:
            adding.data(f"upload:{name}", name, lambda: data)
        finally:
            adding.save()
    return adding.lines[0]


class _Adding:
    """One run: the manifest as it grows, saved every two seconds and at the end."""

    def __init__(self, home: Path, manifest: Manifest) -> None:
        self.home = home
        self.manifest = manifest
        self.lines: list[Line] = []
        self._sources = {
            source.key: (name, source) for name, entry in manifest.documents.items() for source in entry.sources
        }
        self._sketches = {name: store.read_sketch(home, name) for name in manifest.documents}
        self._holders: dict[int, set[str]] = {}
        for name, sketch in self._sketches.items():
            self._index(name, sketch)
        self._saved = time.monotonic()
        self._changed = False

    def file(self, found: Found) -> None:
        """Add one file."""
        if found.refused is not None:
            self.lines.append(Line(found.name, "refused", said=found.refused.text))
            return
        self.data(str(found.path.absolute()), found.name, lambda: bytes_of(found.path))

    def data(self, key: str, name: str, load: Callable[[], bytes]) -> None:
        """Add what ``load`` returns, and write its line."""
        try:
            content = load()
            self.lines.append(self._content(key, name, content))
        except YunceError as error:
            self.lines.append(Line(name, "refused", said=error.text))
        except OSError as error:
            raise store.cannot_write(error) from error
        if self._changed and time.monotonic() - self._saved > _SAVE_EVERY:
            self.save()

    def _content(self, key: str, name: str, content: bytes) -> Line:
        digest = hashlib.sha256(content).hexdigest()
        before = self._sources.get(key)
        if before and before[1].digest == digest:
            entry = self.manifest.documents[before[0]]
            return Line(name, "unchanged", before[0], entry.title, entry.passages)
        reading = read_bytes(content, name)
        document = document_of(reading.blocks, source=Path(name).name)
        source = Source(key, name, digest)
        status, said = self._keep(document, source, before)
        found = self._sources[key][0]
        entry = self.manifest.documents[found]
        notes = [note for note in (reading.note, said, _doubts(document)) if note]
        return Line(name, status, found, entry.title, entry.passages, join(notes) if notes else None)

    def _keep(
        self, document: Document, source: Source, before: tuple[str, Source] | None
    ) -> tuple[Status, Text | None]:
        """Store a document once: with the one that holds its words, or in place of those whose words it holds.

        What the file held before goes last, so that a full disk loses nothing.
        """
        if before and before[0] == document.id:
            self._forget(*before, keep=True)
            self._join(document.id, source)
            return "unchanged", None
        sketch = sketch_of(document.text)
        alone = before[0] if before and len(self.manifest.documents[before[0]].sources) == 1 else None
        holder = document.id if document.id in self.manifest.documents else self._holder(sketch, alone)
        if holder:
            first = self.manifest.documents[holder].sources[0].name
            self._join(holder, source)
            status: Status = "same"
            said: Text | None = Text(f"内容与 {first} 相同，只存一份", f"has the same words as {first}, kept once")
        else:
            status, said = "replaced" if before else "added", self._store(document, sketch, source, alone)
        if before and before[0] in self.manifest.documents:
            self._forget(*before)
        return status, said

    def _join(self, name: str, source: Source) -> None:
        """Name a file as one more source of a document."""
        self.manifest.documents[name].sources.append(source)
        self._sources[source.key] = (name, source)
        self._changed = True

    def _store(self, document: Document, sketch: Sketch, source: Source, alone: str | None) -> Text | None:
        held = [name for name in self._near(sketch, alone) if holds(sketch, self._sketches[name])]
        store.write_document(self.home, document, sketch)
        sources = [each for name in held for each in self.manifest.documents[name].sources if each.key != source.key]
        for name in held:
            self._drop(name)
        self.manifest.documents[document.id] = Entry(document.title, len(document.passages), [source, *sources])
        self._sketches[document.id] = sketch
        self._index(document.id, sketch)
        self._sources |= {each.key: (document.id, each) for each in (source, *sources)}
        self._changed = True
        names = ", ".join(each.name for each in sources)
        return Text(f"包含并取代 {names}", f"holds all of {names} and takes its place") if sources else None

    def _holder(self, sketch: Sketch, alone: str | None) -> str | None:
        return next((name for name in self._near(sketch, alone) if holds(self._sketches[name], sketch)), None)

    def _near(self, sketch: Sketch, alone: str | None) -> list[str]:
        """Return the documents that share half of the shingles, the oldest first, but for what the file held before.

        Shingles that hundreds of documents have, as those of a letterhead, tell nothing and are passed over.
        """
        shared: Counter[str] = Counter()
        for shingle in sketch.shingles:
            names = self._holders.get(shingle, ())
            if len(names) <= _TELLING:
                shared.update(names)
        size = len(sketch.shingles)
        near = {name for name, count in shared.items() if 2 * count >= min(size, len(self._sketches[name].shingles))}
        return [name for name in self.manifest.documents if name in near - {alone}] if near else []

    def _index(self, name: str, sketch: Sketch) -> None:
        for shingle in sketch.shingles:
            self._holders.setdefault(shingle, set()).add(name)

    def _forget(self, name: str, source: Source, *, keep: bool = False) -> None:
        """Take what a file held before off its document, which goes with its last file unless it is to be kept."""
        entry = self.manifest.documents[name]
        entry.sources = [each for each in entry.sources if each is not source]
        self._changed = True
        if not entry.sources and not keep:
            self._drop(name)

    def _drop(self, name: str) -> None:
        del self.manifest.documents[name]
        for shingle in self._sketches.pop(name).shingles:
            self._holders[shingle].discard(name)

    def save(self) -> None:
        """Swap the manifest in, and sweep away what it no longer names."""
        if not self._changed:
            return
        try:
            store.write_manifest(self.home, self.manifest)
            store.sweep(self.home, self.manifest)
        except OSError as error:
            raise store.cannot_write(error) from error
        self._changed, self._saved = False, time.monotonic()


def _doubts(document: Document) -> Text | None:
    found = document.report.doubts
    if not found:
        return None
    return Text(f"{len(found)} 处字符已丢失，以 □ 标出", f"{len(found)} lost characters stand as □")


def totals(lines: Sequence[Line]) -> dict[Status, int]:
    """Return how many files there are of each status."""
    out: dict[Status, int] = {"added": 0, "replaced": 0, "same": 0, "unchanged": 0, "refused": 0}
    for line in lines:
        out[line.status] += 1
    return out
