"""The values that dimensions really hold, read once for each published snapshot."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.catalog import Catalog
from knowledge.model import Dimension
from tools.warehouse.door import Warehouse
from tools.warehouse.guard import vet

_MOST = 20_000
_NAMED = {"campaign": ("campaigns", "campaign_id"), "experiment": ("experiments", "experiment_id")}


@dataclass(frozen=True)
class StoredValue:
    """A stored value, with the name it carries in the data where it has one."""

    value: str | int
    name: str | None = None


class StoredValues:
    """Looks up the stored values of dimensions. Safe to share between threads."""

    def __init__(self, catalog: Catalog, warehouse: Warehouse) -> None:
        self._catalog = catalog
        self._warehouse = warehouse
        self._lock = threading.Lock()
        self._snapshot = ""
        self._values: dict[str, tuple[StoredValue, ...]] = {}

    def of(self, dimension: Dimension) -> tuple[StoredValue, ...]:
        """Return up to 20,000 values of a dimension, sorted; computed dimensions return those of the catalog."""
        snapshot = self._warehouse.meta.snapshot
        with self._lock:
            if snapshot != self._snapshot:
                self._snapshot, self._values = snapshot, {}
            if dimension.id not in self._values:
                self._values[dimension.id] = self._read(dimension)
            return self._values[dimension.id]

    def all(self) -> Mapping[str, tuple[StoredValue, ...]]:
        """Return the values of every dimension, by its id."""
        return {dimension.id: self.of(dimension) for dimension in self._catalog.dimensions.values()}

    def _read(self, dimension: Dimension) -> tuple[StoredValue, ...]:
        if dimension.id in _NAMED:
            table, column = _NAMED[dimension.id]
            return self._query(f"SELECT {column} AS value, max(name) AS name FROM {table} GROUP BY {column}", table)
        if dimension.kind == "attribute":
            return self._query(f"SELECT {dimension.column} AS value FROM users GROUP BY {dimension.column}", "users")
        if dimension.kind == "fact":
            found: set[StoredValue] = set()
            for source in self._catalog.sources.values():
                column = source.own.get(dimension.id, "")
                if column and source.table != "events":  # event names are the catalog's own
                    found.update(
                        self._query(f"SELECT {column} AS value FROM {source.table} GROUP BY {column}", source.table)
                    )
            return tuple(sorted(found, key=lambda stored: str(stored.value)))
        return tuple(StoredValue(value.id) for value in dimension.values)

    def _query(self, sql: str, table: str) -> tuple[StoredValue, ...]:
        rows = self._warehouse.run(vet(sql, {}, tables=[table], row_limit=_MOST)).rows
        values = [
            StoredValue(row[0], str(row[1]) if len(row) > 1 and row[1] is not None else None)
            for row in rows
            if isinstance(row[0], (str, int))
        ]
        return tuple(sorted(values, key=lambda stored: str(stored.value)))
