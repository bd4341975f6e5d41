"""The fixture files: rows, cases worked out by hand, and the check query of each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.catalog import Catalog
from tests.tools.semantic_layer.conftest import Bench, open_bench
from tests.tools.warehouse_fixture import build_warehouse, parse_table
from tools.semantic_layer.query import MetricQuery

FOLDER = Path(__file__).parent / "metrics"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
"""The metrics that have a fixture file."""


@dataclass(frozen=True)
class Case:
    """One query with the rows it must give; only the columns that the rows name are compared."""

    why: str
    params: Mapping[str, Any]
    expect: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Fixture:
    """One file: where its rows stand, its cases, its check query, and check queries by dimension where one is special.

    ``follows`` names the later event of a conversion, which no dimension narrows.
    """

    metric: str
    rows_of: str
    cases: tuple[Case, ...]
    check_sql: str
    check_by: Mapping[str, str]
    follows: str | None = None


@lru_cache
def _file(name: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache
def fixture_of(name: str) -> Fixture:
    """Return the fixture of a metric."""
    data = _file(name)
    cases = tuple(Case(each["why"], each["params"], each["expect"]) for each in data["cases"])
    return Fixture(
        data["metric"],
        data.get("rows_of", name),
        cases,
        data["check_sql"],
        data.get("check_by", {}),
        data.get("follows"),
    )


def build_rows(name: str, home: Path) -> Path:
    """Publish the rows of a fixture file under ``home`` and return the serving file."""
    data = _file(name)
    tables = {table: parse_table(text) for table, text in data["tables"].items()}
    days: dict[str, date] = {key: data[key] for key in ("data_start", "as_of", "business_date")}
    return build_warehouse(home, tables, **days)


def open_rows(name: str, home: Path, catalog: Catalog) -> Bench:
    """Return the bench over the rows of a fixture file."""
    return open_bench(home, build_rows(name, home), catalog)


def case_faults(bench: Bench, metric: str, case: Case, **changes: Any) -> list[str]:
    """Return in what the engine differs from the hand-worked rows; ``changes`` replace fields of the query."""
    query = MetricQuery.model_validate({"metrics": [metric], **case.params, **changes})
    records = bench.layer.run(query).records()
    expected = [{name: _iso(cell) for name, cell in row.items()} for row in case.expect]
    if len(records) != len(expected):
        return [f"{len(expected)} rows expected, {len(records)} found"]
    ordered = query.grain != "total"
    faults = []
    for row in expected:
        heads = {k: v for k, v in row.items() if k in ("period", *query.dimensions)}
        found = [record for record in records if heads.items() <= record.items()]
        if len(found) != 1:
            faults.append(f"{heads}: {len(found)} rows")
            continue
        faults += [
            f"{heads} {k}: {v!r} by hand, {found[0][k]!r} found" for k, v in row.items() if not _same(v, found[0][k])
        ]
    if ordered and not query.dimensions and [r["period"] for r in records] != [r["period"] for r in expected]:
        faults.append("the periods are out of order")
    return faults


def _iso(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return abs(expected - found) <= 1e-12 * max(1.0, abs(expected))
    return bool(expected == found)
