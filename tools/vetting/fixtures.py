"""Fixture files: a few awkward rows, the values worked out from them by hand, and a check query on the raw tables.

The format is described in docs/catalog.md. The rows are published into a warehouse of their own, through the same
publication that a user's data goes through.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from knowledge.catalog import Catalog
from knowledge.errors import YunceError
from knowledge.tables import ID, SCHEMA_VERSION, TABLES
from knowledge.text import Text
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import Draft, draft

DAYS_OF_MOMENTS = {
    "register_date": "registered_at",
    "event_date": "ts",
    "order_date": "paid_at",
    "touch_date": "touched_at",
    "sent_date": "sent_at",
    "invite_date": "invited_at",
    "answer_date": "answered_at",
    "open_date": "opened_at",
}
"""The DATE columns that are derived from a timestamp, with its column."""
_CLOSE = 1e-9
_HALF_A_CENT = 0.005


@dataclass(frozen=True)
class FixtureFault:
    """One thing that is not as the file says: the line of the case (or 1), and what."""

    line: int
    text: Text


def fixture_faults(path: Path, metric: str, catalog: Catalog) -> list[FixtureFault]:
    """Return in what a metric differs from its fixture; empty where all is right."""
    try:
        content = _read(path)
        rows = _read(path.with_name(f"{content['rows_of']}.yaml")) if "rows_of" in content else content
        if content["metric"] != metric:
            other = content["metric"]
            text = Text(
                f"这份样例属于指标 {other}，不是 {metric}。", f"This fixture is of the metric {other}, not {metric}."
            )
            return [FixtureFault(_line(path, "metric:"), text)]
        with _published(rows, content.get("check_sql"), _plain_cases(content, metric)) as (home, checked):
            return [*_check_faults(path, metric, checked), *_case_faults(path, metric, content, home, catalog)]
    except KeyError as error:
        text = Text(f"样例缺少 {error.args[0]}。", f"The fixture lacks {error.args[0]}.")
    except (OSError, ValueError, TypeError, AttributeError, IndexError, yaml.YAMLError, duckdb.Error) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        text = Text(f"样例无法读取：{why}", f"The fixture cannot be read: {why}")
    except YunceError as error:
        text = error.text
    return [FixtureFault(1, text)]


def _read(path: Path) -> Mapping[str, Any]:
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    if not isinstance(loaded, dict):
        raise ValueError(f"{path.name} holds no keys")  # noqa: TRY004 - read as a file's fault, with the others
    return loaded


def _plain_cases(content: Mapping[str, Any], metric: str) -> list[Mapping[str, Any]]:
    """Return the cases that a check query can answer: a range, one value."""
    return [c for c in content["cases"] if set(c["params"]) == {"start", "end"} and metric in c["expect"][0]]


@dataclass(frozen=True)
class _Checked:
    """What the check query gives for a case."""

    case: Mapping[str, Any]
    value: Any


@contextmanager
def _published(
    rows: Mapping[str, Any], sql: str | None, cases: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Path, list[_Checked]]]:
    """Yield the home of a warehouse with the rows, and what the check query gave on them before the rollups were made."""
    with tempfile.TemporaryDirectory(prefix="yunce-fixture-") as folder:
        home = Path(folder)
        with draft(home, threads=1) as warehouse:
            id_type = str(rows.get("id_type", "BIGINT"))
            warehouse.create(id_type=id_type)
            for name, text in rows["tables"].items():
                _insert(warehouse, name, parse_table(text), id_type)
            checked = [_Checked(case, _check(warehouse, sql, case, rows)) for case in cases] if sql else []
            warehouse.publish(_meta(rows))
        yield home, checked


def _meta(rows: Mapping[str, Any]) -> dict[str, str]:
    as_of = rows["as_of"]
    return {
        "snapshot": "fixture",
        "as_of": as_of.isoformat(),
        "business_date": rows.get("business_date", as_of).isoformat(),
        "data_start": rows["data_start"].isoformat(),
        "time_zone": str(rows.get("time_zone", "Asia/Shanghai")),
        "source": "fixture",
        "schema_version": SCHEMA_VERSION,
    }


def parse_table(text: str) -> list[dict[str, str | None]]:
    """Return the rows of a table written as columns apart by blanks, the first line naming them; ``-`` is null."""
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    header, *rows = [cells for cells in lines if cells]
    for cells in rows:
        if len(cells) != len(header):
            raise ValueError(f"{' '.join(cells)}: {len(cells)} cells under {len(header)} columns")
    return [{name: None if cell == "-" else cell for name, cell in zip(header, cells, strict=True)} for cells in rows]


def _insert(warehouse: Draft, name: str, rows: Sequence[dict[str, str | None]], id_type: str) -> None:
    columns = TABLES[name].columns
    unknown = {key for row in rows for key in row} - set(columns)
    if unknown:
        raise ValueError(f"{name} has no columns {', '.join(sorted(unknown))}")
    for row in rows:
        for day, moment in DAYS_OF_MOMENTS.items():
            if day in columns and day not in row and row.get(moment):
                row[day] = str(row[moment])[:10]
    lists = {column: [row.get(column) for row in rows] for column in columns}
    types = {column: id_type if kind == ID else kind for column, kind in columns.items()}
    picked = ", ".join(f"CAST(unnest(CAST(${c} AS VARCHAR[])) AS {types[c]})" for c in columns)
    if rows:
        warehouse.connection.execute(f"INSERT INTO {name} SELECT {picked}", lists)


def _check(warehouse: Draft, sql: str, case: Mapping[str, Any], rows: Mapping[str, Any]) -> Any:
    start, end = case["params"]["start"], case["params"]["end"]
    days = {"start": max(start, rows["data_start"]), "end": end, "as_of": rows["as_of"]}
    bound = {name: day.isoformat() for name, day in days.items() if f"${name}" in sql}
    found = warehouse.connection.execute(sql, bound).fetchone()
    return found[0] if found else None


def _check_faults(path: Path, metric: str, checked: Sequence[_Checked]) -> Iterator[FixtureFault]:
    for each in checked:
        expected = each.case["expect"][0][metric]
        if not _same(expected, each.value, money=True):
            yield FixtureFault(
                _line(path, str(each.case["why"])),
                Text(
                    f"{each.case['why']}：手算为 {expected}，核对查询为 {each.value}。",
                    f"{each.case['why']}: {expected} by hand, {each.value} by the check query.",
                ),
            )


def _case_faults(
    path: Path, metric: str, content: Mapping[str, Any], home: Path, catalog: Catalog
) -> Iterator[FixtureFault]:
    serving = next((home / "warehouse").glob("*.duckdb"))
    layer = SemanticLayer(catalog, Warehouse(serving), ReceiptStore(home))
    try:
        for case in content["cases"]:
            found = layer.run(MetricQuery.model_validate({"metrics": [metric], **case["params"]}))
            for wrong in _differences(case, found.records()):
                why = case["why"]
                yield FixtureFault(_line(path, str(why)), Text(f"{why}：{wrong.zh}", f"{why}: {wrong.en}"))
    finally:
        layer.warehouse.close()


def _differences(case: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    expected = [{name: _iso(cell) for name, cell in row.items()} for row in case["expect"]]
    heads = {"period", *case["params"].get("dimensions", ())}
    if len(expected) != len(records):
        yield Text(
            f"应有 {len(expected)} 行，得到 {len(records)} 行。", f"{len(expected)} rows by hand, {len(records)} found."
        )
        return
    for row in expected:
        key = {name: cell for name, cell in row.items() if name in heads}
        found = next((record for record in records if key.items() <= record.items()), None)
        for name, cell in row.items():
            if found is None or name not in found or not _same(cell, found[name]):
                here = " ".join(str(part) for part in key.values())
                got = found.get(name) if found else None
                yield Text(
                    f"{here} {name} 手算为 {cell}，得到 {got}。".lstrip(),
                    f"{here} {name} is {cell} by hand, {got} found.".lstrip(),
                )


def _iso(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell


def _same(expected: Any, found: Any, *, money: bool = False) -> bool:
    if isinstance(expected, (int, float)) and hasattr(found, "__float__"):
        near = _HALF_A_CENT if money and round(expected, 2) == expected and isinstance(expected, float) else 0.0
        return abs(float(expected) - float(found)) <= near + _CLOSE * max(1.0, abs(expected))
    return bool(expected == found)


def _line(path: Path, words: str) -> int:
    """Return the first line of the file that holds the words as far as they stand on one line."""
    start = words.strip()[:40]
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if start and start in line), 1)
