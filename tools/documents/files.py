"""Which files there are to add, and their bytes. Nothing outside a named folder, no loops, no devices, bounded."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import YunceError
from tools.documents import refusals

SUFFIXES = frozenset(
    {".docx", ".pdf", ".md", ".markdown", ".html", ".htm", ".txt", ".text", ".pptx", ".xlsx", ".xlsm", ".docm", ".pptm"}
)


@dataclass(frozen=True)
class Found:
    """A file to add, or what is wrong with it.

    Attributes:
        path: where it is.
        name: how it is shown: relative to the folder that was named.
        refused: why it is not taken; None where it is.
    """

    path: Path
    name: str
    refused: YunceError | None = None


def files_under(paths: Iterable[Path]) -> list[Found]:
    """Return the files that paths name, in order: files as they are, folders with all they hold, each file once.

    Hidden files and folders and lock files (~$…) are passed over. In a folder, links to folders are not followed, so
    there are no loops, and a link to a file outside the folder is refused. Beyond ``MOST_FILES`` the rest is refused
    in one line.
    """
    out: list[Found] = []
    seen: set[Path] = set()
    for path in paths:
        for found in _under(path):
            real = found.path.resolve() if found.refused is None else found.path
            if real in seen:
                continue
            seen.add(real)
            if len(out) >= refusals.MOST_FILES:
                out.append(Found(path, str(path), _too_many()))
                return out
            out.append(found)
    return out


def _under(path: Path) -> Iterator[Found]:
    try:
        mode = path.stat().st_mode
    except (OSError, RuntimeError) as error:
        yield Found(path, path.name or str(path), _missing(path, error))
        return
    if not stat.S_ISDIR(mode):
        yield Found(path, path.name, None if stat.S_ISREG(mode) else _no_file())
        return
    root = path.resolve()
    for folder, names, files in os.walk(root, followlinks=False):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith((".", "~$")):
                yield _inside(Path(folder) / name, root)


def _inside(path: Path, root: Path) -> Found:
    name = str(path.relative_to(root))
    try:
        real = path.resolve(strict=True)
        mode = real.stat().st_mode
    except (OSError, RuntimeError) as error:
        return Found(path, name, _missing(path, error))
    if not real.is_relative_to(root):
        return Found(path, name, _outside())
    return Found(path, name, None if stat.S_ISREG(mode) else _no_file())


def bytes_of(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        YunceError: it is no regular file, too large, unreadable, empty, or was written to while it was read.
    """
    try:
        # A pipe that took the file's place would block on opening.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise _no_file()
            if before.st_size > refusals.MOST_BYTES:
                raise refusals.too_large(before.st_size)
            data = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise refusals.unreadable(error) from error
    if len(data) != before.st_size or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise refusals.changed()
    if not data.strip():
        raise refusals.empty()
    return data


def _missing(path: Path, error: Exception) -> YunceError:
    if isinstance(error, RuntimeError) or getattr(error, "errno", None) == 40:
        return refusals.refusal("link_loop", "符号链接成环。", "its links go round in a circle.")
    if isinstance(error, FileNotFoundError):
        return refusals.refusal(
            "no_file", f"没有这个文件或文件夹：{path}。", f"there is no such file or folder: {path}."
        )
    return refusals.unreadable(error if isinstance(error, OSError) else OSError(str(error)))


def _outside() -> YunceError:
    return refusals.refusal(
        "outside",
        "链接指向文件夹之外；请直接添加原文件。",
        "it links to a place outside the folder; add that file itself.",
    )


def _too_many() -> YunceError:
    most = refusals.MOST_FILES
    return refusals.refusal(
        "too_many",
        f"一次最多 {most:,} 个文件，其余未处理；请分批添加。",
        f"at most {most:,} files at once, the rest was passed over; add them in parts.",
    )


def _no_file() -> YunceError:
    return refusals.refusal("no_file", "不是普通文件。", "it is no regular file.")
