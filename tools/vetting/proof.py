"""The proof of one entry: it compiles to one SELECT that passes the guard, binds to the warehouse, and is right by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.catalog import FOLDER, Catalog
from knowledge.catalog.catalog import Unserved
from knowledge.catalog.faults import Fault, shown
from knowledge.catalog.pins import Pin
from knowledge.catalog.rows import Row
from knowledge.errors import YunceError
from knowledge.model import Metric
from knowledge.text import Text
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.vetting.expressions import expression_faults
from tools.vetting.fixtures import fixture_faults
from tools.warehouse.guard import VettedQuery

_TOGETHER = 6
"""Dimensions that one query takes: those of an entry are bound together, not one by one."""
_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True)
class Proof:
    """What was found: faults of the entry, and what could not be proved here."""

    metric: str
    faults: tuple[Fault, ...]
    not_run: Text | None = None


def prove(metric_id: str, layer: SemanticLayer) -> Proof:
    """Return the proof of an entry.

    Args:
        metric_id: an entry that can be read.
        layer: over the serving warehouse; its catalog must hold the entry, see ``Catalog.with_unvetted``.

    Raises:
        WarehouseError: there is no warehouse to prove it against.
    """
    catalog = layer.catalog
    metric = catalog.metrics[metric_id]
    _ = layer.warehouse.meta  # no warehouse is no fault of the entry
    faults = [fault for name in metric.measures for fault in expression_faults(catalog.measures[name], catalog)]
    faults = faults or list(_statement_faults(metric, layer))
    path = fixture_path(metric, catalog)
    if not path.is_file():
        missing, not_run = _without_fixture(metric, path, catalog)
        return Proof(metric_id, (*faults, *missing), not_run)
    if not faults:
        wrong = fixture_faults(path, metric_id, catalog)
        faults = [Fault("fixture", metric_id, path, each.line, each.text) for each in wrong]
    return Proof(metric_id, tuple(faults))


def fixture_path(metric: Metric, catalog: Catalog) -> Path:
    """Return where the fixture of a metric stands: in the repository, or for a workspace's own beside its catalog."""
    folder = catalog.shelf.folders[metric.id]
    return (FOLDER.parents[1] if folder == FOLDER else folder) / metric.test


def pin_of(metric_id: str, catalog: Catalog, *, by: str, when: date) -> Pin:
    """Return the pin of an entry as it is now."""
    metric = catalog.metrics[metric_id]
    return Pin.of(metric_id, metric.version, catalog.parts(metric), by=by, when=when)


def unvetted_fault(unserved: Unserved, catalog: Catalog) -> Fault:
    """Return the fault of an entry that is not vetted, at its place."""
    row = catalog.shelf.rows["metric", unserved.id]
    return Fault("not_vetted", unserved.id, row.file, row.line, unserved.text)


def _statement_faults(metric: Metric, layer: SemanticLayer) -> Iterator[Fault]:
    """Yield why the metric cannot be asked: run over its default window; bound by every grain, dimension and option."""
    said: set[str] = set()
    for number, query in enumerate(_queries(metric, layer)):
        try:
            statement = layer.explain(query)[1]
            layer.warehouse.run(statement if number == 0 else _only_bound(statement))
        except YunceError as error:
            text = error.text
        except Exception as error:  # noqa: BLE001 - whatever a wrong entry does to the compiler is the entry's fault
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            text = Text(f"无法编译：{why}", f"It does not compile: {why}")
        else:
            continue
        if text.en not in said:
            said.add(text.en)
            row, line = _place(metric, text.en, layer.catalog)
            yield Fault("statement", metric.id, row.file, line, text)


def _queries(metric: Metric, layer: SemanticLayer) -> Iterator[MetricQuery]:
    asked = {"metrics": (metric.id,)}
    yield MetricQuery.model_validate(asked)
    for grain in ("day", "month"):
        yield MetricQuery.model_validate({**asked, "grain": grain, "compare": "previous"})
    for name, option in metric.options.items():
        for value in option.values:
            yield MetricQuery.model_validate({**asked, "options": {name: value}})
    splits = [name for name in layer.catalog.dimensions_of(metric) if not layer.catalog.dimension(name).filter_only]
    plain = [name for name in splits if name != "variant"]
    for first in range(0, len(plain), _TOGETHER):
        yield MetricQuery.model_validate({**asked, "dimensions": plain[first : first + _TOGETHER]})
    experiments = layer.values.of(layer.catalog.dimension("experiment")) if "variant" in splits else ()
    if experiments:
        one = {"dimension": "experiment", "values": [experiments[0].value]}
        yield MetricQuery.model_validate({**asked, "dimensions": ["variant"], "filters": [one]})


def _only_bound(statement: VettedQuery) -> VettedQuery:
    """Return a vetted statement so that the database binds it and reads no row."""
    return VettedQuery(f"SELECT * FROM ({statement.sql}) LIMIT 0", statement.bound, 1)


def _place(metric: Metric, words: str, catalog: Catalog) -> tuple[Row, int]:
    """Return the row and line that hold a name quoted in a message; else those of the entry."""
    rows = catalog.shelf.rows
    near = [rows["metric", metric.id], *(rows["measure", name] for name in metric.measures)]
    near += [rows["source", catalog.measures[name].source] for name in metric.measures]
    for quoted in _QUOTED.findall(words):
        for row in near:
            if line := row.line_with(quoted.rpartition(".")[2]):
                return row, line
    return near[0], near[0].line


def _without_fixture(metric: Metric, path: Path, catalog: Catalog) -> tuple[tuple[Fault, ...], Text | None]:
    """Return what a missing file means: a fault of the entry, or that the proofs are not part of this installation."""
    if catalog.shelf.folders[metric.id] == FOLDER and not (FOLDER.parents[1] / "tests").is_dir():
        text = Text(
            f"样例 {metric.test} 只在源代码仓库里，此处未运行。",
            f"The fixture {metric.test} is only in the source repository; it was not run here.",
        )
        return (), text
    row = catalog.shelf.rows["metric", metric.id]
    text = Text(
        f"没有样例文件 {shown(path)}：写几行数据和手算的结果。",
        f"There is no fixture {shown(path)}: write a few rows and the values worked out by hand.",
    )
    return (Fault("fixture", metric.id, row.file, row.line_of(["test"]), text),), None
