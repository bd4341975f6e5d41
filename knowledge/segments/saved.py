"""The segments people saved: one file each under the home folder, every version kept, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from knowledge.errors import QueryError, WarehouseError
from knowledge.model import Words
from knowledge.segments.language import Definition, Reference, Segment
from knowledge.segments.naming import LONGEST_NAME, check_name, check_references, same_name
from knowledge.segments.reading import conditions_of, plain, read_definition
from knowledge.text import Text

_LOCK_SECONDS = 10.0


@dataclass(frozen=True)
class Version:
    """One state of a saved segment: its number from 1, its definition, who saved it and when (ISO, with the UTC offset)."""

    number: int
    definition: Definition
    by: str
    saved_at: str


@dataclass(frozen=True)
class SavedSegment:
    """A saved segment with its history.

    Attributes:
        name: as people write it.
        owner: who answers for it.
        versions: the first to the current.
    """

    name: str
    owner: str
    versions: tuple[Version, ...]

    @property
    def current(self) -> Version:
        """The version that counts now."""
        return self.versions[-1]

    @property
    def segment(self) -> Segment:
        """The segment as the catalog has it."""
        return Segment(
            id=self.name,
            names=Words(zh=self.name, en=self.name),
            definition=self.current.definition,
            owner=self.owner,
            version=self.current.number,
        )


@dataclass(frozen=True)
class Damaged:
    """A file that is no saved segment, and why."""

    path: Path
    why: Text


class SavedSegments:
    """The saved segments of a home folder. Several processes may write; each sees whole files."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "segments"

    def all(self) -> dict[str, SavedSegment]:
        """Return the saved segments by name, sorted. Damaged files are left out; ``damaged`` lists them."""
        return {saved.name: saved for saved in sorted(self._read()[0], key=lambda each: each.name)}

    def damaged(self) -> list[Damaged]:
        """Return the files that cannot be read as saved segments."""
        return self._read()[1]

    def get(self, name: str) -> SavedSegment:
        """Return a saved segment. Raises QueryError where there is none by that name, with the nearest."""
        found = self.all()
        for saved in found.values():
            if same_name(saved.name) == same_name(name):
                return saved
        from knowledge.catalog.nearest import nearest  # noqa: PLC0415 - the catalog is made of segments

        near = nearest(name, list(found)) or list(found)[:5]
        said = Text(f"最接近的是：{'、'.join(near)}。", f"Nearest: {', '.join(near)}. ") if near else Text("", "")
        raise QueryError(
            Text(
                f"没有保存过名为“{name[:60]}”的人群。{said.zh}用 yunce segments list 查看全部。",
                f"No segment is saved as '{name[:60]}'. {said.en}yunce segments list shows them all.",
            ),
            code="unknown_segment",
            choices=near,
        )

    def save(self, name: str, definition: Definition, *, owner: str, known: Mapping[str, Segment]) -> SavedSegment:
        """Keep a new segment and return it.

        Args:
            name: what to call it.
            definition: checked against the data.
            owner: who answers for it.
            known: every segment there is, ready-made and saved.

        Raises:
            QueryError: a name or owner that does not fit, or is taken; a definition that leads back to itself.
            WarehouseError: it cannot be written; nothing is left behind.
        """
        with self._locked():
            kept = check_name(name, {**known, **{n: s.segment for n, s in self.all().items()}})
            check_references(kept, definition, known)
            saved = SavedSegment(kept, _owner(owner), (Version(1, definition, _owner(owner), _now()),))
            self._write(saved)
        return saved

    def edit(self, name: str, definition: Definition, *, by: str, known: Mapping[str, Segment]) -> SavedSegment:
        """Keep a new version of a saved segment and return it; its earlier versions stay. Raises as ``save`` does."""
        with self._locked():
            before = self.get(name)
            check_references(before.name, definition, known)
            version = Version(before.current.number + 1, definition, _owner(by), _now())
            saved = SavedSegment(before.name, before.owner, (*before.versions, version))
            self._write(saved)
        return saved

    def delete(self, name: str) -> SavedSegment:
        """Take a segment out of use and return it. Its file is kept under ``deleted``.

        Raises:
            QueryError: there is none by that name, or others refer to it. WarehouseError: it cannot be moved.
        """
        with self._locked():
            saved = self.get(name)
            users = [
                other.name
                for other in self.all().values()
                if any(isinstance(p, Reference) and p.segment == saved.name for p in conditions_of(other.current.definition))
            ]  # fmt: skip
            if users:
                raise QueryError(
                    Text(
                        f"人群“{saved.name}”还被引用：{'、'.join(users)}。先修改或删除它们。",
                        f"Other segments refer to '{saved.name}': {', '.join(users)}. Change or delete them first.",
                    ),
                    code="segment_in_use",
                    choices=users,
                )
            path = self._path(saved.name)
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            with _told(self.folder):
                (self.folder / "deleted").mkdir(exist_ok=True)
                path.replace(self.folder / "deleted" / f"{path.stem}-{stamp}.json")
        return saved

    def _path(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(same_name(name).encode()).hexdigest()[:20]}.json"

    def _read(self) -> tuple[list[SavedSegment], list[Damaged]]:
        found, damaged = [], []
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else ():
            try:
                found.append(_read(path))
            except QueryError as error:
                damaged.append(Damaged(path, error.text))
            except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
                what = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
                damaged.append(Damaged(path, Text(f"无法读取（{what}）", f"cannot be read ({what})")))
        return found, damaged

    def _write(self, saved: SavedSegment) -> None:
        """Write a file whole: to a temporary one, forced to the disk, then renamed over the old."""
        text = json.dumps(_data(saved), ensure_ascii=False, indent=1)
        with _told(self.folder):
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(self._path(saved.name))
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout  # noqa: PLC0415 - only writing needs it

        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / ".lock", timeout=_LOCK_SECONDS)
            try:
                lock.acquire()
            except Timeout as error:
                raise WarehouseError(
                    Text(
                        "另一个程序正在保存人群，请稍后再试。",
                        "Another program is saving a segment; try again in a moment.",
                    ),
                    code="segments_busy",
                ) from error
        try:
            yield
        finally:
            lock.release()


def _read(path: Path) -> SavedSegment:
    data = json.loads(path.read_text(encoding="utf-8"))
    versions = tuple(
        Version(int(each["version"]), read_definition(each["definition"]), str(each["by"]), str(each["saved_at"]))
        for each in data["versions"]
    )
    saved = SavedSegment(str(data["name"]), str(data["owner"]), versions)
    saved.current  # noqa: B018 - a file without a version is damaged
    return saved


def _data(saved: SavedSegment) -> dict[str, Any]:
    versions: Sequence[dict[str, Any]] = [
        {"version": v.number, "definition": plain(v.definition), "by": v.by, "saved_at": v.saved_at}
        for v in saved.versions
    ]
    return {"name": saved.name, "owner": saved.owner, "versions": versions}


def _owner(owner: str) -> str:
    kept = owner.strip()
    if not kept or len(kept) > LONGEST_NAME or not kept.isprintable():
        raise QueryError(
            Text(
                f"负责人“{kept[:40]}”不合要求：要有 1 到 {LONGEST_NAME} 个字，不含控制字符。用 --owner 给出。",
                f"'{kept[:40]}' cannot be an owner: it takes 1 to {LONGEST_NAME} characters, no control characters. "
                "Give one with --owner.",
            ),
            code="bad_owner",
        )
    return kept


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say of a write that failed where and why; what was there before is as it was."""
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            Text(
                f"无法写入 {folder}（{error.strerror}），人群没有保存，原有的没有改变。检查磁盘空间与权限。",
                f"{folder} cannot be written ({error.strerror}): the segment was not saved, and what was there is unchanged. "
                "Check the disk's room and permissions.",
            ),
            code="segment_not_saved",
        ) from error
