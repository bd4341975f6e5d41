"""Receipts: the same figures have the same number, an edited one is noticed, and any can be run again."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import Catalog
from knowledge.errors import QueryError, WarehouseError
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import Receipt, ReceiptStore, normal_id, verify
from tools.warehouse.door import Warehouse

START, END = date(2025, 1, 1), date(2025, 1, 10)
BY_CHANNEL = {"metrics": ["gmv", "aov"], "start": START, "end": END, "dimensions": ["channel"]}


def publish(home: Path, amounts: list[tuple[int, str, str]], snapshot: str = "one") -> Path:
    """Publish orders of (user, channel, amount)."""
    users = [{"user_id": u, "registered_at": "2025-01-01 00:00:00", "channel": c} for u, c, _ in amounts]
    orders = [
        {"order_id": n, "user_id": u, "paid_at": "2025-01-05 10:00:00", "amount": a}
        for n, (u, _, a) in enumerate(amounts)
    ]
    return build_warehouse(home, {"users": users, "orders": orders}, data_start=START, as_of=END, snapshot=snapshot)


@pytest.fixture
def layer(tmp_path: Path, catalog: Catalog) -> Iterator[SemanticLayer]:
    """A layer over three orders."""
    path = publish(tmp_path, [(1, "kol", "10.00"), (2, "organic", "20.00"), (3, "organic", "5.55")])
    warehouse = Warehouse(path)
    yield SemanticLayer(catalog, warehouse, ReceiptStore(tmp_path))
    warehouse.close()


def ask(layer: SemanticLayer, **query: Any) -> Receipt:
    """Run a query and return the receipt as it was kept."""
    return layer.receipts.load(layer.run(MetricQuery.model_validate(query or BY_CHANNEL)).receipt)


def test_a_receipt_says_what_was_done(layer: SemanticLayer, catalog: Catalog) -> None:
    """The kept receipt holds the call as carried out, its SQL and values, its rows, its data, and its definitions."""
    query = {**BY_CHANNEL, "end": date(2025, 2, 1)}
    result = layer.run(MetricQuery.model_validate(query))
    receipt = layer.receipts.load(result.receipt)
    assert receipt.params == result.params
    assert (receipt.params["start"], receipt.params["end"]) == ("2025-01-01", "2025-01-10")
    assert receipt.rows == result.rows
    assert receipt.columns == result.columns
    assert (receipt.sql, receipt.snapshot, receipt.as_of) == (result.sql, "one", "2025-01-10")
    assert [entry["id"] for entry in receipt.metrics] == ["gmv", "aov"]
    assert receipt.metrics[0]["content"] == catalog.content_hash(catalog.metric("gmv"))


def test_the_same_figures_have_the_same_id(layer: SemanticLayer, tmp_path: Path, catalog: Catalog) -> None:
    """The id comes from the content alone: again, in another folder, at another time; other content has another id."""
    first = ask(layer)
    assert ask(layer).id == first.id
    elsewhere = replace(layer, receipts=ReceiptStore(tmp_path / "other"))
    assert ask(elsewhere).id == first.id
    assert replace(first, created_at="1999-01-01T00:00:00+00:00", engine="other").digest_id == first.id
    others = {
        ask(layer, **{**BY_CHANNEL, "end": date(2025, 1, 9)}).id,
        ask(layer, **{**BY_CHANNEL, "metrics": ["gmv"]}).id,
        replace(first, snapshot="two").digest_id,
        replace(first, rows=first.rows[:1]).digest_id,
        replace(first, metrics=()).digest_id,
    }
    assert len(others | {first.id}) == 6


def test_ids_look_like_ids(layer: SemanticLayer) -> None:
    """Ten characters of Crockford's base 32; typed with o for 0, i or l for 1, in any case, they are found."""
    receipt = ask(layer)
    assert normal_id(receipt.id) == receipt.id
    assert normal_id(f"  {receipt.id.lower()} ") == receipt.id
    assert normal_id(receipt.id[2:].replace("0", "o").replace("1", "l")) == receipt.id
    for wrong in (
        "",
        "R-",
        "R-123",
        "R-7Q2M4K8Z1",
        "R-7Q2M4K8Z1AB",
        "R-7Q2M4K8Z1U",
        "../../etc/passwd",
        "R-../../abcd",
    ):
        with pytest.raises(QueryError) as error:
            normal_id(wrong)
        assert error.value.code == "bad_receipt_id"


def test_there_is_none_by_that_id(layer: SemanticLayer) -> None:
    """An id that was never given is said to be unknown."""
    with pytest.raises(QueryError) as error:
        layer.receipts.load("R-0000000000")
    assert error.value.code == "no_receipt"


EDITS = {
    "rows": [["kol", 99.0, 99.0, 99.0, 1]],
    "sql": "SELECT 1 AS gmv",
    "params": {"metrics": ["gmv"]},
    "snapshot": "another",
    "as_of": "2025-01-09",
    "bound": {},
    "columns": ["channel"],
    "metrics": [],
    "row_limit": 1,
    "tool": "funnel",
    "id": "R-0000000000",
}


@pytest.mark.parametrize("field", sorted(EDITS))
def test_an_edited_receipt_is_noticed(layer: SemanticLayer, field: str) -> None:
    """Whatever is changed in the file, the receipt is refused as damaged."""
    receipt = ask(layer)
    path = layer.receipts.path(receipt.id)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data[field] != EDITS[field]
    path.write_text(json.dumps({**data, field: EDITS[field]}), encoding="utf-8")
    with pytest.raises(QueryError) as error:
        layer.receipts.load(receipt.id)
    assert error.value.code == "damaged_receipt"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"id": "R-1"}', "\x00\x01"])
def test_a_damaged_file_is_noticed_and_mended(layer: SemanticLayer, text: str) -> None:
    """A broken file is said to be broken, and asking again puts it right, as the message promises."""
    receipt = ask(layer)
    layer.receipts.path(receipt.id).write_text(text, encoding="utf-8")
    with pytest.raises(QueryError) as error:
        layer.receipts.load(receipt.id)
    assert error.value.code == "damaged_receipt"
    assert ask(layer) == replace(receipt, created_at=layer.receipts.load(receipt.id).created_at)


def test_it_holds(layer: SemanticLayer) -> None:
    """Run again over the same data, nothing differs: with rows, without, with floats, with a row limit."""
    for query in (
        BY_CHANNEL,
        {**BY_CHANNEL, "limit": 1},
        {**BY_CHANNEL, "grain": "day", "compare": "previous"},
        {"metrics": ["retention_d7", "dau"], "start": START, "end": END},
        {**BY_CHANNEL, "filters": [{"dimension": "channel", "op": "not_in", "values": ["kol"]}]},
    ):
        checked = verify(ask(layer, **query), layer.warehouse)
        assert (checked.outcome, checked.differences, checked.snapshot_now) == ("holds", (), "one")


def test_it_changed(layer: SemanticLayer, tmp_path: Path) -> None:
    """Over other data each changed, added or removed cell is named, and no other."""
    receipt = ask(layer)
    publish(tmp_path, [(1, "kol", "10.00"), (2, "organic", "30.00"), (4, "search", "1.00")], "two")
    checked = verify(receipt, layer.warehouse)
    assert (checked.outcome, checked.snapshot_now) == ("changed", "two")
    found = {(each.row, each.column): (each.then, each.now) for each in checked.differences}
    assert found[("organic", "gmv")] == (25.55, 30.0)
    assert found[("search", "gmv")] == (None, 1.0)
    assert not any(row == "kol" for row, _ in found)


def test_a_row_that_went(layer: SemanticLayer, tmp_path: Path) -> None:
    """A row that is no longer there differs in each of its cells."""
    receipt = ask(layer)
    publish(tmp_path, [(2, "organic", "20.00"), (3, "organic", "5.55")], "two")
    checked = verify(receipt, layer.warehouse)
    gone = {each.column: each.now for each in checked.differences if each.row == "kol"}
    assert gone["gmv"] is None
    assert {each.row for each in checked.differences} == {"kol"}


def test_cut_at_the_default_limit_it_still_holds(tmp_path: Path, catalog: Catalog) -> None:
    """A result of 1000 rows out of more holds when it is run again."""
    path = publish(tmp_path, [(n, f"channel{n}", "1.00") for n in range(1100)])
    layer = SemanticLayer(catalog, Warehouse(path), ReceiptStore(tmp_path))
    result = layer.run(MetricQuery.model_validate(BY_CHANNEL))
    assert (result.truncated, result.row_count) == (True, 1000)
    assert verify(layer.receipts.load(result.receipt), layer.warehouse).outcome == "holds"
    layer.warehouse.close()


def test_it_cannot_be_run(layer: SemanticLayer) -> None:
    """SQL that the gate refuses, or that no longer runs, is said to be so, and is not run."""
    receipt = ask(layer)
    for sql in (
        "DROP TABLE users",
        "SELECT content AS gmv FROM read_text('/etc/passwd')",
        "SELECT gone AS gmv FROM orders",
    ):
        checked = verify(replace(receipt, sql=sql, bound={}).numbered(), layer.warehouse)
        assert checked.outcome == "cannot_rerun"
        assert checked.reason is not None
        assert checked.reason.zh != checked.reason.en
    layer.warehouse.path.unlink()
    assert verify(receipt, layer.warehouse).outcome == "cannot_rerun"


def test_saved_by_many_at_once(layer: SemanticLayer) -> None:
    """Saved by many threads at once, a receipt is there, whole, without leftovers."""
    receipt = ask(layer)
    path = layer.receipts.path(receipt.id)
    path.unlink()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: layer.receipts.save(receipt), range(64)))
    assert layer.receipts.load(receipt.id) == receipt
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_asked_by_many_at_once(layer: SemanticLayer) -> None:
    """Many threads that ask the same get the same rows and the same receipt."""
    query = MetricQuery.model_validate(BY_CHANNEL)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: layer.run(query), range(24)))
    assert len({result.receipt for result in results}) == 1
    assert len({result.rows for result in results}) == 1


def test_no_figure_without_a_receipt(layer: SemanticLayer, tmp_path: Path) -> None:
    """Where the receipt cannot be written the query fails and says why: a file stands in the folder's place."""
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "receipts").write_text("in the way")
    with pytest.raises(WarehouseError) as error:
        replace(layer, receipts=ReceiptStore(blocked)).run(MetricQuery.model_validate(BY_CHANNEL))
    assert error.value.code == "receipt_not_saved"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_takes_nothing(layer: SemanticLayer, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Without permission, on a read-only disk or a full one the error is the same, and nothing half-written is left."""
    receipt = ask(layer)
    path = layer.receipts.path(receipt.id)
    path.unlink()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WarehouseError) as error:
        layer.receipts.save(receipt)
    assert error.value.code == "receipt_not_saved"
    assert os.strerror(number) in error.value.text.en
    assert list(path.parent.iterdir()) == []
