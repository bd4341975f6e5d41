"""Members of a segment handed over: a CSV or Parquet file of user ids with asked-for attributes, and a manifest beside it.

Rows go from the database to the file a few thousand at a time, so memory does not grow with the members. The file is
written under another name and renamed once it is whole: whatever happens, there is no half-written file by its name.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import sqlglot

from knowledge.errors import PolicyError, QueryError, WarehouseError
from knowledge.segments import plain
from knowledge.tables import ID, TABLES
from knowledge.text import Text
from tools.segments.asked import Asked, day_of, segment_sql
from tools.semantic_layer.analysis import Draft
from tools.semantic_layer.engine import SemanticLayer
from tools.warehouse.door import Interrupter
from tools.warehouse.guard import VettedQuery, vet
from tools.warehouse.parquet import parquet_of

Format = Literal["csv", "parquet"]
NEVER_LEAVE = ("birth_month", "birth_day")
"""Columns of users that no export holds."""
EXPORTABLE = (*(c for c in TABLES["users"].columns if c not in (*NEVER_LEAVE, "user_id")), "lifecycle", "age_days")
"""The attributes that may be asked for beside user_id."""
_OWN_TYPES = {"lifecycle": "VARCHAR", "age_days": "INTEGER"}


@dataclass(frozen=True)
class Manifest:
    """What an exported file holds.

    Attributes:
        file, format, columns, rows: the file's name, its kind, its columns and how many members it lists.
        sha256: over the file.
        name, version, definition, words: the segment; name and version only of a named one.
        as_of, snapshot, source: the day it was taken on, and the data.
        created_at: ISO, with the UTC offset.
    """

    file: str
    format: Format
    columns: tuple[str, ...]
    rows: int
    sha256: str
    name: str | None
    version: int | None
    definition: Mapping[str, Any]
    words: Mapping[str, str]
    as_of: str
    snapshot: str
    source: str
    created_at: str


def export(
    layer: SemanticLayer,
    asked: Asked,
    target: Path,
    *,
    attributes: Sequence[str] = (),
    as_of: date | None = None,
    replace: bool = False,
    on_rows: Callable[[int], None] = lambda _: None,
    interrupter: Interrupter | None = None,
) -> Manifest:
    """Write the members of a segment to ``target`` and a manifest beside it, ordered by user_id; return the manifest.

    Args:
        layer: the data; its warehouse's time limit is for the whole export.
        asked: the segment.
        target: ends in .csv (UTF-8, with a heading) or .parquet.
        attributes: columns beside user_id; birth dates may not be among them.
        as_of: the day it is taken on; by default today.
        replace: whether a file that is there is written over.
        on_rows: told how many rows are written so far.
        interrupter: stops it; nothing is left behind then.

    Raises:
        PolicyError: a birth date is asked for. QueryError: an unknown attribute, a file of another kind or that is there
        already, a day outside the data. WarehouseError: the disk is full, or the query fails.
    """
    kind = _format_of(target)
    columns = ("user_id", *_checked(attributes))
    if not replace and target.exists():
        raise _there_already(target)
    day = day_of(as_of, layer.warehouse.meta)
    meta = layer.warehouse.meta
    query = _members(layer, asked, day, columns)
    with _whole(target) as part:
        members = layer.warehouse.stream(query, interrupter=interrupter)
        rows, digest = _write_csv(members, part, columns, on_rows)
        if kind == "parquet":
            types = _types(layer, columns)
            made = part.with_name(f"{part.name}.parquet")
            try:
                parquet_of(part, made, types)
                made.replace(part)
            finally:
                made.unlink(missing_ok=True)
            digest = _sha256(part)
        segment = asked.segment
        manifest = Manifest(
            file=target.name,
            format=kind,
            columns=columns,
            rows=rows,
            sha256=digest,
            name=segment.id if segment else None,
            version=segment.version or None if segment else None,
            definition=plain(asked.definition),
            words=asked.words._asdict(),
            as_of=day.isoformat(),
            snapshot=meta.snapshot,
            source=meta.source,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with _whole(manifest_path(target)) as beside:
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, default=list)
            beside.write_text(text + "\n", encoding="utf-8")
            part.replace(target)
    return manifest


def manifest_path(target: Path) -> Path:
    """Return where the manifest of an exported file lies."""
    return target.with_name(f"{target.name}.manifest.json")


def _format_of(target: Path) -> Format:
    ending = target.suffix.lower()
    if ending == ".csv":
        return "csv"
    if ending == ".parquet":
        return "parquet"
    raise QueryError(
        Text(
            f"不支持导出为“{target.name}”：文件名以 .csv 或 .parquet 结尾。",
            f"'{target.name}' cannot be exported to: the file's name ends in .csv or .parquet.",
        ),
        code="bad_export_file",
        choices=(".csv", ".parquet"),
    )


def _there_already(target: Path) -> QueryError:
    return QueryError(
        Text(
            f"{target} 已存在，没有改动。换一个文件名，或加 --replace 覆盖。",
            f"{target} is there already and was left as it is. Choose another name, or add --replace.",
        ),
        code="file_exists",
    )


def _checked(attributes: Sequence[str]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(a.strip() for a in attributes if a.strip() and a.strip() != "user_id"))
    for name in asked:
        if name in NEVER_LEAVE:
            raise PolicyError(
                Text(
                    f"生日（{name}）不随名单导出。可以用生日月份圈选人群，但名单里不写。可导出：{'、'.join(EXPORTABLE)}。",
                    f"Birth dates ({name}) never leave in a list. A segment may be defined by the month of birth, but the list "
                    f"does not say it. Attributes: {', '.join(EXPORTABLE)}.",
                ),
                code="birth_dates_stay",
                choices=EXPORTABLE,
            )
        if name not in EXPORTABLE:
            from knowledge.catalog.nearest import nearest  # noqa: PLC0415 - only a wrong name needs it

            near = nearest(name, list(EXPORTABLE)) or EXPORTABLE
            raise QueryError(
                Text(
                    f"没有可导出的属性“{name[:60]}”。最接近的是：{'、'.join(near)}。",
                    f"There is no attribute '{name[:60]}' to export. Nearest: {', '.join(near)}.",
                ),
                code="unknown_attribute",
                choices=tuple(near),
            )
    return asked


def _members(layer: SemanticLayer, asked: Asked, day: date, columns: Sequence[str]) -> VettedQuery:
    draft = Draft()
    sql = segment_sql(layer, draft, day)
    draft.ctes["people"] = sql.members_with(asked.definition, columns)
    draft.tables |= sql.tables
    listed = ", ".join(f"p.{column} AS {column}" for column in columns)
    select = draft.sql(f"SELECT {listed} FROM people AS p ORDER BY p.user_id")
    return vet(sqlglot.parse_one(select, read="duckdb"), draft.binder.values, tables=draft.tables, row_limit=1)


def _types(layer: SemanticLayer, columns: Sequence[str]) -> dict[str, str]:
    """Return the columns' DuckDB types; ids are whatever the data have."""
    found = {}
    for column in columns:
        kind = _OWN_TYPES.get(column) or TABLES["users"].columns[column]
        found[column] = _id_type(layer, column) if kind == ID else kind
    return found


def _id_type(layer: SemanticLayer, column: str) -> str:
    one = vet(f"SELECT {column} FROM users WHERE {column} IS NOT NULL LIMIT 1", {}, tables=["users"], row_limit=1)  # fmt: skip
    rows = layer.warehouse.run(one).rows
    return "BIGINT" if rows and isinstance(rows[0][0], int) else "VARCHAR"


class _Hashed:
    """A text file that adds up the digest of what is written to it."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")
        self.digest = hashlib.sha256()

    def write(self, text: str) -> int:
        data = text.encode("utf-8", errors="replace")
        self.digest.update(data)
        return self.file.write(data)


def _write_csv(
    members: Iterator[list[tuple[Any, ...]]], part: Path, columns: Sequence[str], on_rows: Callable[[int], None]
) -> tuple[int, str]:
    written = 0
    out = _Hashed(part)
    with out.file:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for rows in members:
            writer.writerows(rows)
            written += len(rows)
            on_rows(written)
        out.file.flush()
        os.fsync(out.file.fileno())
    return written, out.digest.hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Yield a name to write to; renamed to ``target`` once the block is through, if it was not before; gone if it fails."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        if part.exists():
            part.replace(target)
    except OSError as error:
        raise _not_written(target, error) from error
    finally:
        part.unlink(missing_ok=True)


def _not_written(target: Path, error: OSError) -> WarehouseError:
    full = error.errno == errno.ENOSPC
    why = Text("磁盘已满", "the disk is full") if full else Text(str(error.strerror), str(error.strerror))
    return WarehouseError(
        Text(
            f"{target} 没有写成（{why.zh}），没有留下半截文件。腾出空间或换一个目录再试。",
            f"{target} was not written ({why.en}); no half-written file is left. Make room or choose another folder, then try "
            "again.",
        ),
        code="export_failed",
    )
