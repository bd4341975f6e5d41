"""A rollup is a quicker way to the same number: whatever is asked, the answer is that of the rows it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from knowledge.catalog import Catalog, load_catalog
from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.comparing import keyed, run, same
from tests.tools.semantic_layer.conftest import Bench
from tests.tools.semantic_layer.test_oracle import queries
from tools.semantic_layer.query import MetricQuery


def without_rollups(catalog: Catalog) -> Catalog:
    """Return the catalog in which every measure has its own rows only."""
    bare = {name: measure.model_copy(update={"rollups": ()}) for name, measure in catalog.measures.items()}
    return replace(catalog, measures=bare)


def _rolled_up() -> tuple[str, ...]:
    """Return the metrics with a measure that has rollups."""
    catalog = load_catalog()
    metrics = [metric for metric in catalog.metrics.values() if metric.id in oracle.SPECS]
    return tuple(sorted(m.id for m in metrics if any(catalog.measures[name].rollups for name in m.measures)))


ROLLED = _rolled_up()


def tables_of(bench: Bench, query: Mapping[str, Any]) -> set[str]:
    """Return the words of a query's SQL: the tables it reads are among them."""
    _, vetted = bench.layer.explain(MetricQuery.model_validate(query))
    return set(vetted.sql.split())


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=queries(ROLLED))
def test_a_rollup_says_what_its_rows_say(benches: tuple[Bench, ...], drawn: tuple[int, dict[str, Any]]) -> None:
    """Any query gives the same rows and cells with rollups and with every measure's rollups removed."""
    number, query = drawn
    bench = benches[number]
    if oracle.refusal(bench.world, query):
        return
    bare = replace(bench, layer=replace(bench.layer, catalog=without_rollups(bench.layer.catalog)))
    quick, slow = keyed(run(bench, query)), keyed(run(bare, query))
    assert quick.keys() == slow.keys()
    faults = [
        f"{key} {name}: {found} with rollups, {cells[name]} without"
        for key, cells in slow.items()
        for name, found in quick[key].items()
        if not same(name, cells[name], found)
    ]
    assert not faults, "\n".join(faults[:20])


ASKED = (
    ({"metrics": ["mau"], "start": "2024-03-01", "end": "2024-03-31"}, "active_months"),
    ({"metrics": ["wau"], "start": "2024-03-04", "end": "2024-03-10"}, "active_weeks"),
    ({"metrics": ["weekly_retention"], "start": "2024-03-04", "end": "2024-03-10"}, "active_weeks"),
    ({"metrics": ["monthly_retention"], "start": "2024-04-01", "end": "2024-04-30"}, "active_months"),
    ({"metrics": ["time_per_user"], "start": "2024-03-05", "end": "2024-03-20"}, "user_days"),
    ({"metrics": ["creators"], "start": "2024-03-05", "end": "2024-03-20", "dimensions": ["platform"]}, "user_days"),
)


@pytest.mark.parametrize(("query", "table"), ASKED, ids=[str(query["metrics"]) for query, _ in ASKED])
def test_rollups_are_read_and_can_be_removed(benches: tuple[Bench, ...], query: dict[str, Any], table: str) -> None:
    """The comparison compares something: with rollups another table is read than without."""
    bench = benches[1]
    bare = replace(bench, layer=replace(bench.layer, catalog=without_rollups(bench.layer.catalog)))
    assert table in tables_of(bench, query)
    assert tables_of(bench, query) != tables_of(bare, query)


def test_what_a_rollup_does_not_know_is_asked_of_the_rows(benches: tuple[Bench, ...]) -> None:
    """Split by event, interactions come from the events; the rollup of days does not know them apart."""
    query = {"metrics": ["interactions_per_user"], "start": "2024-03-05", "end": "2024-03-20", "dimensions": ["event"]}
    assert "events" in tables_of(benches[1], query)
    assert "user_days" not in tables_of(benches[1], query)
