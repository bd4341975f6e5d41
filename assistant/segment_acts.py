"""What is done with a segment after it was counted, because a person asked for it: saved, handed over, set beside everyone."""

from __future__ import annotations

import getpass
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assistant.answer.model import WrittenFile
from assistant.answer.segments import in_words
from knowledge.segments import plain
from knowledge.segments.saved import SavedSegments
from knowledge.text import Language, Text
from tools.segments.asked import Asked, asked_for
from tools.segments.export import export, manifest_path
from tools.segments.keeping import keep
from tools.segments.preview import profile
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result

_MIMES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


@dataclass(frozen=True)
class Acted:
    """What came of it: further results, as they are and as they are shown, files, a sentence, the name it was saved by."""

    results: tuple[Result, ...] = ()
    shown: tuple[Result, ...] = ()
    files: tuple[WrittenFile, ...] = ()
    said: Text | None = None
    saved: str | None = None


def act(wanted: Mapping[str, Any], counted: Result, layer: SemanticLayer, home: Path, language: Language) -> Acted:
    """Do what was asked for with the segment that ``counted`` is the size of.

    Raises:
        QueryError: a name that does not fit or is taken, an attribute that cannot be handed over.
        PolicyError: birth dates are asked for. WarehouseError: it cannot be written.
    """
    name = counted.params.get("name")
    asked = asked_for(layer, name=name) if name else asked_for(layer, definition=counted.params["definition"])
    day = date.fromisoformat(str(counted.params["as_of"]))
    if "save" in wanted:
        return _saved(str(wanted["save"]), asked, layer, home)
    if "export" in wanted:
        return _exported(wanted, asked, layer, home / "exports", counted)
    found = profile(layer, asked, day)
    return Acted(results=(found,), shown=(in_words(found, layer.catalog, language),))


def _saved(name: str, asked: Asked, layer: SemanticLayer, home: Path) -> Acted:
    definition = {"segment": asked.segment.id} if asked.segment else plain(asked.definition)
    kept = keep(layer, SavedSegments(home), name, definition, owner=owner())
    shown, who, number = kept.saved.name, kept.saved.owner, kept.saved.current.number
    said = Text(
        f"已存为人群“{shown}”（负责人 {who}，第 {number} 版）；之后可以直接用它的名称提问，如“{shown}近30天的GMV”",
        f"saved as the segment '{shown}' (owner {who}, version {number}); from now on it goes by its name: 'GMV of {shown} last 30 days'",
    )
    return Acted(said=said, saved=shown)


def owner() -> str:
    """Return who a segment saved in a conversation belongs to: the account that Yunce runs under."""
    with suppress(Exception):  # no name in a container
        return getpass.getuser()
    return "unknown"


def _exported(wanted: Mapping[str, Any], asked: Asked, layer: SemanticLayer, folder: Path, counted: Result) -> Acted:
    kind, day = str(wanted["export"]), date.fromisoformat(str(counted.params["as_of"]))
    stem = re.sub(r"[^\w-]+", "_", asked.segment.id if asked.segment else "segment")
    target = folder / f"{stem}_{day.isoformat()}_{counted.receipt}.{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    attributes = tuple(wanted.get("attributes") or ())
    manifest = export(layer, asked, target, attributes=attributes, as_of=day, replace=True)
    beside = manifest_path(target)
    files = (
        WrittenFile(target.name, target, _MIMES[kind]),
        WrittenFile(beside.name, beside, "application/json"),
    )
    columns = "、".join(manifest.columns), ", ".join(manifest.columns)
    said = Text(
        f"名单已写入文件：{manifest.rows:,} 人，列为 {columns[0]}；同名的 manifest 文件记有定义、截至日与校验和",
        f"the list is written: {manifest.rows:,} users, columns {columns[1]}; the manifest beside it holds the definition, the as-of "
        "day and a checksum",
    )
    return Acted(files=files, said=said)
