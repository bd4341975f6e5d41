"""The values that dimensions really hold, read once for each published snapshot."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

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


@dataclass(frozen=True)
class StoredPeriod:
    """The days that a campaign or an experiment ran, both included; ``end`` is None where none is stored."""

    kind: Literal["campaign", "experiment"]
    id: str
    name: str | None
    start: date
    end: date | None


class StoredValues:
    """Looks up the stored values of dimensions. Safe to share between threads."""

    def __init__(self, catalog: Catalog, warehouse: Warehouse) -> None:
        self._catalog = catalog
        self._warehouse = warehouse
        self._lock = threading.Lock()
        self._publication = 0
        self._values: dict[str, tuple[StoredValue, ...]] = {}

    def of(self, dimension: Dimension) -> tuple[StoredValue, ...]:
        """Return up to 20,000 values of a dimension, sorted; computed dimensions return those of the catalog."""
        publication = self._warehouse.publication
        with self._lock:
            if publication != self._publication:
                self._publication, self._values = publication, {}
            if dimension.id not in self._values:
                self._values[dimension.id] = self._read(dimension)
            return self._values[dimension.id]

    def all(self) -> Mapping[str, tuple[StoredValue, ...]]:
        """Return the values of every dimension, by its id."""
        return {dimension.id: self.of(dimension) for dimension in self._catalog.dimensions.values()}

    def periods(self) -> tuple[StoredPeriod, ...]:
        """Return the days of every campaign and experiment whose first day is stored, at most 20,000 of each."""
        return (*self._periods("campaign"), *self._periods("experiment"))

    def _periods(self, kind: Literal["campaign", "experiment"]) -> list[StoredPeriod]:
        table, column = _NAMED[kind]
        sql = (
            f"SELECT CAST({column} AS VARCHAR) AS id, max(name) AS name, min(start_date) AS first, max(end_date) AS last "
            f"FROM {table} WHERE start_date IS NOT NULL GROUP BY {column} ORDER BY {column}"
        )
        rows = self._warehouse.run(vet(sql, {}, tables=[table], row_limit=_MOST)).rows
        return [
            StoredPeriod(
                kind,
                str(row[0]),
                None if row[1] is None else str(row[1]),
                date.fromisoformat(str(row[2])[:10]),
                None if row[3] is None else date.fromisoformat(str(row[3])[:10]),
            )
            for row in rows
        ]

    def _read(self, dimension: Dimension) -> tuple[StoredValue, ...]:
        if dimension.kind in ("state", "membership") and dimension.id not in _NAMED:
            return tuple(StoredValue(value.id) for value in dimension.values)
        names: dict[str | int, str | None] = {}
        for table, column in self._columns(dimension):
            names |= dict.fromkeys(self._query(f"SELECT {column} AS value FROM {table} GROUP BY {column}", table))
        if dimension.id in _NAMED:
            table, column = _NAMED[dimension.id]
            sql = f"SELECT {column} AS value, max(name) AS name FROM {table} GROUP BY {column}"
            names |= self._query(sql, table)
        return tuple(StoredValue(value, names[value]) for value in sorted(names, key=str))

    def _columns(self, dimension: Dimension) -> list[tuple[str, str]]:
        """Return every table and column that holds values of a dimension.

        A channel may have cost before it has users, and an app version is in use before anyone registers with it. Event
        names are the catalog's own.
        """
        users = [("users", dimension.column)] if dimension.kind == "attribute" and dimension.column else []
        held = [
            (source.values_from or source.table, source.own[dimension.id])
            for source in self._catalog.sources.values()
            if dimension.id in source.own and source.table != "events"
        ]
        return list(dict.fromkeys(users + held))

    def _query(self, sql: str, table: str) -> dict[str | int, str | None]:
        rows = self._warehouse.run(vet(sql, {}, tables=[table], row_limit=_MOST)).rows
        return {
            row[0]: str(row[1]) if len(row) > 1 and row[1] is not None else None
            for row in rows
            if isinstance(row[0], (str, int))
        }
