"""The random worlds, each as raw rows for the oracle and as a warehouse behind a semantic layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from knowledge.catalog import Catalog, load_catalog
from tests.tools.semantic_layer.oracle import World
from tests.tools.semantic_layer.worlds import WorldMaker
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse


@dataclass(frozen=True)
class Bench:
    """One warehouse twice: as the product sees it, and as rows."""

    layer: SemanticLayer
    world: World


def open_bench(home: Path, path: Path, catalog: Catalog) -> Bench:
    """Return the bench of a warehouse file; the raw rows are read before the product opens it."""
    world = World.read(path)
    return Bench(SemanticLayer(catalog, Warehouse(path), ReceiptStore(home)), world)


SHAPES = (
    (
        11,
        date(2023, 12, 27),
        date(2025, 3, 5),
        45,
        False,
    ),  # over a leap day and two new years; ends mid-week, mid-month
    (12, date(2024, 2, 5), date(2024, 5, 31), 60, True),  # dense, text ids, starts on a Monday, ends with a month
    (13, date(2025, 1, 31), date(2025, 2, 28), 25, False),  # one short month and a day
)
"""Seed, data_start, as_of, users, whether ids are text."""


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The real catalog."""
    return load_catalog()


@pytest.fixture(scope="session")
def benches(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[tuple[Bench, ...]]:
    """The random worlds."""
    made = []
    for seed, data_start, as_of, users, text in SHAPES:
        home = tmp_path_factory.mktemp(f"world{seed}")
        maker = WorldMaker(seed, data_start, as_of, users=users, ids_are_text=text)
        path = build_warehouse(
            home, maker.tables(), data_start=data_start, as_of=as_of, id_type="VARCHAR" if text else "BIGINT"
        )
        made.append(open_bench(home, path, catalog))
    yield tuple(made)
    for bench in made:
        bench.layer.warehouse.close()
