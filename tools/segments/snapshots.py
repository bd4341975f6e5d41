"""Member lists kept: who was in a segment on a day, as a Parquet file under the home folder, with its manifest."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.errors import QueryError, WarehouseError
from knowledge.segments.naming import same_name
from knowledge.text import Text
from tools.segments.asked import Asked, day_of
from tools.segments.export import Manifest, export, manifest_path
from tools.semantic_layer.engine import SemanticLayer
from tools.warehouse.door import Interrupter


def take_snapshot(
    layer: SemanticLayer, home: Path, asked: Asked, *, as_of: date | None = None, interrupter: Interrupter | None = None
) -> tuple[Path, Manifest]:
    """Keep the member list of a named segment as of a day and return where it lies, with its manifest.

    The same segment, version, day and data give the same file.

    Raises:
        QueryError: the segment has no name, or the day lies outside the data. WarehouseError: it cannot be written.
    """
    if asked.segment is None:
        raise QueryError(
            Text(
                "只有已命名的人群能留存名单。先用 yunce segments save 保存。",
                "Only a named segment's members can be kept. Save it first with yunce segments save.",
            ),
            code="segment_without_name",
        )
    meta = layer.warehouse.meta
    day = day_of(as_of, meta)
    folder = _folder(home, asked.segment.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            Text(
                f"无法建立 {folder}（{error.strerror}）。检查磁盘空间与权限。",
                f"{folder} cannot be made ({error.strerror}). Check the disk's room and permissions.",
            ),
            code="export_failed",
        ) from error
    data = hashlib.sha256(meta.snapshot.encode()).hexdigest()[:8]
    target = folder / f"{day.isoformat()}-v{asked.segment.version}-{data}.parquet"
    return target, export(layer, asked, target, as_of=day, replace=True, interrupter=interrupter)


def snapshots(home: Path, name: str) -> list[dict[str, Any]]:
    """Return the manifests of the kept member lists of a segment, the earliest day first, each with its ``path``."""
    found = []
    for target in sorted(_folder(home, name).glob("*.parquet")):
        try:
            manifest = json.loads(manifest_path(target).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # its manifest was never written: the list is not whole
        found.append({**manifest, "path": str(target)})
    return found


def _folder(home: Path, name: str) -> Path:
    return home / "segments" / "members" / hashlib.sha256(same_name(name).encode()).hexdigest()[:20]
