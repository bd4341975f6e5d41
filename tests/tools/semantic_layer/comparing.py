"""Holds what the engine returns against what the oracle expects, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.conftest import Bench
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.result import Result

KEYS = {"period", *oracle.PEOPLE, "category", "product_type", "creative", "event", "medium", "plan"}
_MONEY_COLUMNS = ("", "__base", "__change", "__target")


def run(bench: Bench, query: Mapping[str, Any]) -> Result:
    """Return the engine's result of a query in JSON."""
    return bench.layer.run(MetricQuery.model_validate({"limit": 100_000, **query}))


def differences(bench: Bench, query: Mapping[str, Any]) -> list[str]:
    """Return every cell in which the engine and the oracle differ; empty where they agree."""
    expected = oracle.answer(bench.world, query)
    found = keyed(run(bench, query))
    faults = [f"row {key} is missing: {expected[key]}" for key in expected if key not in found]
    faults += [f"row {key} should not be there: {found[key]}" for key in found if key not in expected]
    for key in expected.keys() & found.keys():
        names = expected[key].keys() | found[key].keys()
        for name in sorted(names):
            if name not in found[key] or name not in expected[key]:
                faults.append(f"column {name} is on one side only")
            elif not same(name, expected[key][name], found[key][name]):
                faults.append(f"{key} {name}: oracle {expected[key][name]!r}, engine {found[key][name]!r}")
    return sorted(set(faults))


def keyed(result: Result) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the rows of a result by period and dimensions."""
    heads = [name for name in result.columns if name in KEYS]
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in result.records():
        key = tuple(record[name] for name in heads)
        assert key not in rows, f"two rows for {key}"
        rows[key] = {name: cell for name, cell in record.items() if name not in heads}
    return rows


def same(column: str, expected: Any, found: Any) -> bool:
    """Return whether a cell is right: money to the cent and with 2 decimals, everything else exactly (to the last bits)."""
    if expected is None or found is None:
        return expected is found
    expected = float(expected)
    metric = column.split("__", maxsplit=1)[0]
    if oracle.SPECS[metric].money and column in {metric + suffix for suffix in _MONEY_COLUMNS}:
        return round(found, 2) == found and abs(found - expected) <= 0.005 + 1e-9 * max(1.0, abs(expected))
    return abs(found - expected) <= 1e-9 * max(1.0, abs(expected))
