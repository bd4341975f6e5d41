"""Receipts: what anyone needs to run a figure again, and the check that it still holds."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from knowledge.errors import QueryError, WarehouseError, YunceError
from knowledge.text import Text
from tools.semantic_layer.prepared import Calculation, Table
from tools.warehouse.door import Warehouse
from tools.warehouse.guard import READABLE, vet
from tools.warehouse.rows import Scalar

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10


@dataclass(frozen=True)
class Receipt:
    """The proof of one result.

    Attributes:
        id: ``R-`` and ten characters of Crockford's base 32, derived from everything below but ``engine`` and
            ``created_at``.
        tool, params: the call as carried out.
        metrics: for each metric its id, version and content hash.
        sql, bound: the statement and the values of its parameters.
        row_limit: the most rows that were fetched.
        engine, snapshot, as_of: the database, the published data and its last complete day.
        columns, rows: what is shown.
        created_at: when it was first made, ISO with the UTC offset.
        inputs: columns and rows that the statement returned, where what is shown was worked out from them.
    """

    id: str
    tool: str
    params: Mapping[str, Any]
    metrics: tuple[Mapping[str, Any], ...]
    sql: str
    bound: Mapping[str, Any]
    row_limit: int
    engine: str
    snapshot: str
    as_of: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    created_at: str
    inputs: Table | None = None

    @property
    def digest_id(self) -> str:
        """The id that the receipt's content gives."""
        content = {k: v for k, v in asdict(self).items() if k not in ("id", "created_at", "engine")}
        if self.inputs is None:
            del content["inputs"]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).digest()
        number = int.from_bytes(digest[:8], "big")
        return "R-" + "".join(_ALPHABET[(number >> 5 * i) & 31] for i in range(_LENGTH))

    def numbered(self) -> Receipt:
        """Return the receipt under the id that its content gives."""
        return replace(self, id=self.digest_id)


@dataclass(frozen=True)
class Difference:
    """One cell that is not what the receipt says; a row or column that appeared or went has None on the other side."""

    row: str
    column: str
    then: Scalar
    now: Scalar


@dataclass(frozen=True)
class Verification:
    """What running a receipt again found: it holds, it changed (where and how), or it cannot be run (why)."""

    receipt: Receipt
    outcome: Literal["holds", "changed", "cannot_rerun"]
    differences: tuple[Difference, ...] = ()
    snapshot_now: str = ""
    reason: Text | None = None


class ReceiptStore:
    """Receipts under a home folder, one JSON file each, written whole or not at all."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "receipts"

    def path(self, receipt_id: str) -> Path:
        """Return where a receipt lies."""
        return self.folder / receipt_id[2:4] / f"{receipt_id}.json"

    def save(self, receipt: Receipt) -> None:
        """Keep a receipt. Raises WarehouseError where the folder cannot be written: no figure without a receipt."""
        path = self.path(receipt.id)
        if self._holds(receipt):
            return
        text = json.dumps(asdict(receipt), ensure_ascii=False, indent=1)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise WarehouseError(
                Text(
                    f"收据无法写入 {self.folder}（{error.strerror}），因此不给出数字。检查磁盘空间与权限，或换一个 YUNCE_HOME。",
                    f"The receipt cannot be written to {self.folder} ({error.strerror}), so no figure is given. Check the disk's "
                    "room and permissions, or set another YUNCE_HOME.",
                ),
                code="receipt_not_saved",
            ) from error

    def _holds(self, receipt: Receipt) -> bool:
        """Return whether the receipt is kept already, undamaged: its id says what is in it."""
        try:
            return self.load(receipt.id).digest_id == receipt.id
        except QueryError:
            return False

    def load(self, receipt_id: str) -> Receipt:
        """Return a stored receipt. Raises QueryError where there is none by that id, or its file is damaged."""
        name = normal_id(receipt_id)
        try:
            data = json.loads(self.path(name).read_text(encoding="utf-8"))
            data["metrics"] = tuple(data["metrics"])
            data["columns"] = tuple(data["columns"])
            data["rows"] = tuple(tuple(row) for row in data["rows"])
            if data.get("inputs"):
                columns, rows = data["inputs"]
                data["inputs"] = (tuple(columns), tuple(tuple(row) for row in rows))
            receipt = Receipt(**data)
        except FileNotFoundError as error:
            raise QueryError(
                Text(
                    f"没有收据 {name}。收据存放在 {self.folder}；编号写在每个回答的末尾。",
                    f"There is no receipt {name}. Receipts lie in {self.folder}; their ids stand at the end of every answer.",
                ),
                code="no_receipt",
            ) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _damaged(name) from error
        if receipt.digest_id != receipt.id:
            raise _damaged(name)
        return receipt


def _damaged(name: str) -> QueryError:
    return QueryError(
        Text(
            f"收据 {name} 的文件已损坏或被改动，内容与编号不符，无法核对。请重新提问得到新的收据。",
            f"The file of receipt {name} is damaged or was edited: its content does not match its id. Ask again for a new one.",
        ),
        code="damaged_receipt",
    )


def normal_id(text: str) -> str:
    """Return a receipt id as written on receipts. Raises QueryError for text that cannot be one."""
    name = text.strip().upper().removeprefix("R-").translate(str.maketrans("OIL", "011"))
    if len(name) != _LENGTH or not set(name) <= set(_ALPHABET):
        raise QueryError(
            Text(
                f"“{text[:40]}”不是收据编号。编号形如 R-7Q2M4K8Z1A，写在每个回答的末尾。",
                f"'{text[:40]}' is not a receipt id. Ids look like R-7Q2M4K8Z1A and stand at the end of every answer.",
            ),
            code="bad_receipt_id",
        )
    return f"R-{name}"


def verify(
    receipt: Receipt, warehouse: Warehouse, calculations: Mapping[str, Calculation] = MappingProxyType({})
) -> Verification:
    """Run a receipt's statement again on the serving data and compare cell by cell.

    Args:
        receipt: the proof to check.
        warehouse: the serving data.
        calculations: by tool, what works the figures shown out of the statement's rows.
    """
    try:
        query = vet(receipt.sql, receipt.bound, tables=READABLE, row_limit=receipt.row_limit)
        found = warehouse.run(query)
        columns, rows = found.columns, found.rows
        if receipt.inputs is not None:
            columns, rows = calculations[receipt.tool](receipt.params, (columns, rows))
    except YunceError as error:
        return Verification(receipt, "cannot_rerun", reason=error.text)
    except KeyError:
        return Verification(receipt, "cannot_rerun", reason=_no_calculation(receipt.tool))
    now = rows[: len(receipt.rows)] if _was_cut(receipt, rows) else rows
    differences = _differences(receipt, columns, _whole(now))
    outcome: Literal["holds", "changed"] = "changed" if differences else "holds"
    return Verification(receipt, outcome, differences, found.snapshot)


def _no_calculation(tool: str) -> Text:
    return Text(f"这个版本没有工具 {tool}，无法重算。", f"This version has no tool {tool} to work it out again with.")


def _was_cut(receipt: Receipt, rows: Sequence[Sequence[Scalar]]) -> bool:
    return len(receipt.rows) == receipt.row_limit - 1 and len(rows) == receipt.row_limit


def _whole(rows: Sequence[Sequence[Scalar]]) -> list[tuple[Scalar, ...]]:
    """Return the rows as JSON would give them back."""
    return [tuple(row) for row in json.loads(json.dumps(rows))]


def _differences(receipt: Receipt, columns: Sequence[str], now: Sequence[Sequence[Scalar]]) -> tuple[Difference, ...]:
    if tuple(columns) != receipt.columns:
        return (Difference("", "columns", ", ".join(receipt.columns), ", ".join(columns)),)
    width = _key_width(receipt)
    then_by, now_by = _by_key(receipt.rows, width), _by_key(now, width)
    found = []
    for key in dict.fromkeys([*then_by, *now_by]):
        old, new = then_by.get(key), now_by.get(key)
        for index, column in enumerate(receipt.columns):
            before, after = old[index] if old else None, new[index] if new else None
            if not _same(before, after):
                found.append(Difference(" · ".join(map(str, key)), column, before, after))
    return tuple(found)


def _key_width(receipt: Receipt) -> int:
    """Return how many leading columns name a row: the period and the dimensions."""
    names = {"period", *receipt.params.get("dimensions", [])}
    width = 0
    for column in receipt.columns:
        if column not in names:
            break
        width += 1
    return width


def _by_key(rows: Sequence[Sequence[Scalar]], width: int) -> dict[tuple[Scalar, ...], Sequence[Scalar]]:
    keyed: dict[tuple[Scalar, ...], Sequence[Scalar]] = {}
    for number, row in enumerate(rows):
        key = tuple(row[:width])
        keyed[key if key not in keyed and key else (*key, number)] = row
    return keyed


def _same(then: Scalar, now: Scalar) -> bool:
    """Sums of floats may differ in the last bits with the order in which threads add; nothing larger is the same."""
    if isinstance(then, float) and isinstance(now, (int, float)) and not isinstance(now, bool):
        return abs(then - now) <= 1e-9 * max(1.0, abs(then), abs(now))
    return then == now
