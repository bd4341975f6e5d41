"""Pins: who vetted an entry, when, and what exactly it was. Kept in ``vetted.yaml`` beside the entries."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.catalog.content import Parts, digest
from knowledge.catalog.faults import Fault, field_fault, shown
from knowledge.catalog.rows import read_rows
from knowledge.errors import CatalogError
from knowledge.text import Text

FILE = "vetted.yaml"
_HEADER = """\
# Who vetted each metric, when, and what it was: a digest of the whole entry and of each part of it. An entry that is not
# what stands here is not served. Written by `yunce metrics vet`, after the entry's proof; never by hand.
"""


class Pin(BaseModel):
    """One vetted entry.

    Attributes:
        content: the digest of all that vetting covers.
        parts: each part by name with its digest, so that a change can be named.
        by, when: who vetted it, and the day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int
    content: str = Field(pattern=r"^[0-9a-f]{12}$")
    by: str
    when: date
    parts: str

    @classmethod
    def of(cls, metric_id: str, version: int, parts: Parts, *, by: str, when: date) -> Pin:
        """Return the pin of a metric as it is now."""
        return cls(id=metric_id, version=version, content=parts.content, by=by, when=when, parts=parts.digests())


def read_pins(folder: Path) -> tuple[dict[str, Pin], list[Fault]]:
    """Return the pins kept in ``folder`` by id, and what is wrong with the file. Without a file there are none."""
    path = folder / FILE
    if not path.exists():
        return {}, []
    rows, faults = read_rows(path)
    pins: dict[str, Pin] = {}
    for row in rows:
        try:
            pin = Pin.model_validate(row.data)
        except ValidationError as error:
            name = row.data.get("id", "") if isinstance(row.data, dict) else ""
            faults += [
                Fault("pin", str(name), path, row.line_of(e["loc"]), field_fault(Pin, e)) for e in error.errors()
            ]
            continue
        if pin.id in pins:
            faults.append(Fault("pin", pin.id, path, row.line, _TWICE))
        pins.setdefault(pin.id, pin)
    return pins, faults


_TWICE = Text("审定记录重复；删去其中一条。", "It is pinned twice; delete one of the two.")


def write_pins(folder: Path, pins: Mapping[str, Pin], *, known: Iterable[str]) -> None:
    """Add ``pins`` to those kept in ``folder``; pins of entries that are not ``known`` any more are dropped.

    Raises CatalogError where the file cannot be written.
    """
    from filelock import FileLock  # noqa: PLC0415 - only vetting writes

    path, names = folder / FILE, set(known)
    try:
        lock = (
            Path(tempfile.gettempdir()) / f"yunce-{digest(str(path.absolute()))}.lock"
        )  # leaves no file beside the entries
        with FileLock(lock):
            kept, _ = read_pins(folder)
            every = {name: pin for name, pin in {**kept, **pins}.items() if name in names}
            _replace(path, _HEADER + "".join(_entry(every[name]) for name in sorted(every)))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CatalogError(
            Text(
                f"审定记录无法写入 {shown(path)}：{why}。请在源代码仓库中审定，或检查该目录的权限。",
                f"The pins cannot be written to {shown(path)}: {why}. Vet in the source repository, or check the folder's "
                "permissions.",
            ),
            code="pins_not_saved",
        ) from error


def _entry(pin: Pin) -> str:
    by = json.dumps(pin.by, ensure_ascii=False)
    return (
        f"- id: {pin.id}\n  version: {pin.version}\n  content: '{pin.content}'\n  by: {by}\n"
        f"  when: {pin.when.isoformat()}\n  parts: {pin.parts}\n"
    )


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
