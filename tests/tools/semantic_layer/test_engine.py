"""The engine as a whole: joins, order, limits, thresholds, types, and data that changes under it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from knowledge.catalog import Catalog
from knowledge.errors import WarehouseError
from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.comparing import KEYS, keyed
from tests.tools.semantic_layer.conftest import Bench
from tests.tools.semantic_layer.fixtures import open_rows
from tests.tools.semantic_layer.test_oracle import queries
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.semantic_layer.result import Result
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.guard import VettedQuery
from tools.warehouse.rows import Rows

SUITE = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def ask(bench: Bench, **query: Any) -> Result:
    """Run a query."""
    return bench.layer.run(MetricQuery.model_validate(query))


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[Bench]:
    """The rows of cost.yaml."""
    bench = open_rows("cost", tmp_path_factory.mktemp("costs"), catalog)
    yield bench
    bench.layer.warehouse.close()


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[Bench]:
    """The rows of gmv.yaml."""
    bench = open_rows("gmv", tmp_path_factory.mktemp("sales"), catalog)
    yield bench
    bench.layer.warehouse.close()


# ------------------------------------------------------------------------------------------------- joins


def test_metrics_of_different_shape_join_on_period_and_dimension(costs: Bench) -> None:
    """A sum of spend, a count of users and a quotient over both stand in one row for each month and channel, by hand."""
    found = keyed(
        ask(
            costs,
            metrics=["cost", "new_users", "cac"],
            start="2025-01-01",
            end="2025-02-28",
            grain="month",
            dimensions=["channel"],
        )
    )
    picked = {key: (row["cost"], row["new_users"], row["cac"]) for key, row in found.items()}
    assert picked == {
        ("2025-01-01", "kol"): (170.0, 3, 56.67),
        ("2025-01-01", "search"): (30.0, 1, 30.0),
        ("2025-01-01", "feed_ads"): (0.0, 1, None),  # no cost, so its user counts for no cac
        ("2025-01-01", "organic"): (0.0, 1, None),  # users without spend
        ("2025-01-01", None): (0.0, 1, None),  # an unknown channel joins with itself
        ("2025-02-01", "kol"): (0.0, 0, None),
        ("2025-02-01", "search"): (0.0, 0, None),
        ("2025-02-01", "feed_ads"): (10.0, 1, 10.0),
        ("2025-02-01", "organic"): (0.0, 0, None),
        ("2025-02-01", None): (5.0, 0, None),  # spend of no channel
    }


@settings(max_examples=25, **SUITE)
@given(queries())
def test_metrics_together_are_what_they_are_alone(
    benches: tuple[Bench, ...], drawn: tuple[int, dict[str, Any]]
) -> None:
    """Asked together, metrics have the cells they have alone; rows that one brings are 0 or empty in the others."""
    number, query = drawn
    bench = benches[number]
    assume(len(query["metrics"]) > 1 and oracle.refusal(bench.world, query) is None)
    together = keyed(ask(bench, **query, limit=100_000))
    for metric in query["metrics"]:
        grains = oracle.grains_of(query)
        alone = keyed(ask(bench, **{**query, "metrics": [metric], "grain": grains.pop()}, limit=100_000))
        assert set(alone) <= set(together)
        for key, row in together.items():
            expected = alone.get(key)
            for name in (n for n in row if n.split("__", maxsplit=1)[0] == metric):
                if expected is not None:
                    assert row[name] == expected[name] or math.isclose(row[name], expected[name], rel_tol=1e-12)
                elif name in (metric, f"{metric}__numerator", f"{metric}__denominator"):
                    assert not row[name]


# ------------------------------------------------------------------------------------------------- order and limits


@settings(max_examples=40, **SUITE)
@given(queries(), st.data())
def test_order_limit_and_thresholds(
    benches: tuple[Bench, ...], drawn: tuple[int, dict[str, Any]], data: st.DataObject
) -> None:
    """Any column orders the rows, empty cells last, ties by period and dimensions; thresholds and limits cut what they say."""
    number, query = drawn
    bench = benches[number]
    assume(oracle.refusal(bench.world, query) is None)
    whole = ask(bench, **query, limit=100_000)
    column = data.draw(st.sampled_from([c for c in whole.columns if c not in KEYS]))
    rows = whole.records()
    cells = sorted({row[column] for row in rows if row[column] is not None})
    rounded = oracle.SPECS[column.split("__", maxsplit=1)[0]].money
    having: list[dict[str, Any]] = []
    if cells and not rounded:
        op = data.draw(st.sampled_from(("gt", "gte", "lt", "lte", "eq", "between")))
        low = data.draw(st.sampled_from(cells))
        having = [{"column": column, "op": op, "value": [low, cells[-1]] if op == "between" else low}]
        rows = [row for row in rows if row[column] is not None and _meets(op, row[column], low, cells[-1])]
    direction, limit = data.draw(st.sampled_from(("asc", "desc"))), data.draw(st.integers(1, 20))
    found = ask(bench, **query, having=having, order_by={"column": column, "direction": direction}, limit=limit)
    if rounded:  # ordered before they are rounded: what looks equal need not be
        assert _in_order([row[column] for row in found.records()], direction)
        assert found.row_count == min(limit, len(rows))
    else:
        keys = [name for name in whole.columns if name in KEYS]
        rows.sort(
            key=lambda row: [(row[key] is None, str(row[key]) if key != "city_tier" else row[key] or 0) for key in keys]
        )
        rows.sort(key=lambda row: _rank(row[column], direction))
        assert found.records() == rows[:limit]
    assert not found.truncated


def _meets(op: str, cell: float, low: float, high: float) -> bool:
    tests = {"gt": cell > low, "gte": cell >= low, "lt": cell < low, "lte": cell <= low, "eq": cell == low}
    return tests.get(op, low <= cell <= high)


def _rank(cell: Any, direction: str) -> tuple[bool, float]:
    return (True, 0) if cell is None else (False, -cell if direction == "desc" else cell)


def _in_order(cells: list[Any], direction: str) -> bool:
    ranks = [_rank(cell, direction) for cell in cells]
    return ranks == sorted(ranks)


def test_without_an_order(costs: Bench) -> None:
    """By period rows come in time; by dimension alone the largest value of the first metric comes first."""
    by_month = ask(
        costs, metrics=["cost"], start="2025-01-01", end="2025-04-10", grain="month", dimensions=["creative"]
    )
    assert by_month.column("period") == sorted(by_month.column("period"))
    assert by_month.column("creative")[:4] == ["a", "b", "c", None]
    total = ask(costs, metrics=["cost", "ctr"], start="2025-01-01", end="2025-01-31", dimensions=["channel"])
    assert total.column("channel") == ["kol", "search", "feed_ads"]


def test_a_limit_nobody_asked_for_is_said(benches: tuple[Bench, ...]) -> None:
    """Over 1000 rows the result is cut and says so; a limit that was asked for is no cut."""
    query = {
        "metrics": ["active_users"],
        "start": "2024-02-01",
        "end": "2025-03-05",
        "grain": "day",
        "dimensions": ["channel"],
    }
    cut = ask(benches[0], **query)
    assert (cut.row_count, cut.truncated) == (1000, True)
    whole = ask(benches[0], **query, limit=5000)
    assert whole.row_count > 1000
    assert not whole.truncated
    assert whole.rows[:1000] == cut.rows
    asked = ask(benches[0], **query, limit=10)
    assert (asked.row_count, asked.truncated) == (10, False)


# ------------------------------------------------------------------------------------------------- cells and columns


def test_columns_units_and_cells(sales: Bench) -> None:
    """Columns come in their order, counts are whole numbers, money has cents, units are a map where there are several."""
    result = ask(
        sales, metrics=["orders", "arpu"], start="2025-01-06", end="2025-01-12", dimensions=["channel"], grain="week",
        compare="previous",
    )  # fmt: skip
    assert result.columns == (
        *("period", "channel", "orders", "orders__base", "orders__change", "orders__change_pct"),
        *("arpu", "arpu__numerator", "arpu__denominator", "arpu__base", "arpu__change", "arpu__change_pct"),
    )
    assert result.unit == {"orders": "count", "arpu": "CNY"}
    assert result.unit_of("arpu") == "CNY"
    assert all(isinstance(cell, int) for cell in result.column("orders"))
    assert ask(sales, metrics=["arpu"], start="2025-01-06", end="2025-01-12").unit == "CNY"


def test_targets(benches: tuple[Bench, ...]) -> None:
    """A target stands beside its exact period, with the share attained; nowhere else."""
    bench = benches[1]
    result = ask(bench, metrics=["gmv", "mau"], start="2024-03-01", end="2024-04-15", grain="month", compare="target")
    march, april = result.records()
    assert (march["gmv__target"], march["mau__target"]) == (1234.5, 10)
    assert math.isclose(march["gmv__attainment"], march["gmv"] / 1234.5, abs_tol=1e-5)
    assert (april["gmv__target"], april["gmv__attainment"], april["mau__target"]) == (None, None, None)
    (whole,) = ask(bench, metrics=["gmv"], start="2024-03-01", end="2024-03-31", compare="target").records()
    assert whole["gmv__target"] == 1234.5
    filters = [{"dimension": "channel", "op": "in", "values": ["kol"]}]
    (narrow,) = ask(
        bench, metrics=["gmv"], start="2024-03-01", end="2024-03-31", compare="target", filters=filters
    ).records()
    assert narrow["gmv__target"] is None
    zero = ask(bench, metrics=["new_users"], start="2024-03-01", end="2024-03-31", compare="target").records()[0]
    assert (zero["new_users__target"], zero["new_users__attainment"]) == (0, None)


@settings(max_examples=25, **SUITE)
@given(queries())
def test_results_are_json_and_can_be_asked_again(benches: tuple[Bench, ...], drawn: tuple[int, dict[str, Any]]) -> None:
    """A result is strict JSON; its parameters, asked again, give the same rows under the same receipt, which holds."""
    number, query = drawn
    bench = benches[number]
    assume(oracle.refusal(bench.world, query) is None)
    first = ask(bench, **query)
    text = json.dumps(first.to_json("zh"), allow_nan=False)
    assert json.loads(text)["rows"] == [list(row) for row in first.rows]
    again = bench.layer.run(MetricQuery.model_validate(first.params))
    assert (again.rows, again.params, again.sql) == (first.rows, first.params, first.sql)
    assert again.receipt == first.receipt
    assert verify(bench.layer.receipts.load(first.receipt), bench.layer.warehouse).outcome == "holds"


# ------------------------------------------------------------------------------------------------- the data


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[SemanticLayer]:
    """A warehouse without a single row."""
    home = tmp_path_factory.mktemp("empty")
    path = build_warehouse(home, {}, data_start=date(2025, 1, 1), as_of=date(2025, 3, 31))
    warehouse = Warehouse(path)
    yield SemanticLayer(catalog, warehouse, ReceiptStore(home))
    warehouse.close()


@pytest.mark.parametrize("metric", sorted(oracle.SPECS))
def test_an_empty_warehouse(empty: SemanticLayer, metric: str) -> None:
    """Without any row each period still has one: counts and sums 0, quotients empty; by dimension there is none."""
    for grain in ("total", "month", "quarter"):
        query = {"metrics": [metric], "start": "2025-01-01", "end": "2025-03-31", "grain": grain, "compare": "previous"}
        result = empty.run(MetricQuery.model_validate(query))
        assert result.row_count == {"total": 1, "month": 3, "quarter": 1}[grain]
        expected = None if oracle.SPECS[metric].bottom else 0
        assert all(cell == expected for cell in result.column(metric))
    query = {
        "metrics": [metric],
        "dimensions": [oracle.SPECS[metric].takes[0]],
        "start": "2025-01-01",
        "end": "2025-03-31",
        "grain": "month",
    }
    assert empty.run(MetricQuery.model_validate(query)).rows == ()


class Swapping(Warehouse):
    """A warehouse over which another snapshot is published just before the next query runs."""

    def __init__(self, path: Path, home: Path) -> None:
        super().__init__(path)
        self.home: Path | None = home

    def run(self, query: VettedQuery, *, interrupter: Interrupter | None = None) -> Rows:
        """Publish once, then run."""
        if self.home is not None:
            home, self.home = self.home, None
            users(home, 5, "two", date(2025, 2, 28))
        return super().run(query, interrupter=interrupter)


def users(home: Path, people: int, snapshot: str, as_of: date) -> Path:
    """Publish a warehouse with so many users."""
    rows = [{"user_id": n, "registered_at": "2025-01-15 00:00:00"} for n in range(people)]
    return build_warehouse(home, {"users": rows}, data_start=date(2025, 1, 1), as_of=as_of, snapshot=snapshot)


def test_dates_and_rows_are_of_one_snapshot(tmp_path: Path, catalog: Catalog) -> None:
    """Where new data is published between planning and running, the query is planned anew: all is of the new data."""
    path = users(tmp_path, 3, "one", date(2025, 1, 31))
    warehouse = Swapping(path, tmp_path)
    layer = SemanticLayer(catalog, warehouse, ReceiptStore(tmp_path))
    query = {"metrics": ["new_users"], "start": "2025-01-01", "end": "2025-12-31"}
    result = layer.run(MetricQuery.model_validate(query))
    assert (result.rows, result.snapshot, result.as_of, result.params["end"]) == (
        ((5,),),
        "two",
        "2025-02-28",
        "2025-02-28",
    )
    receipt = layer.receipts.load(result.receipt)
    assert (receipt.snapshot, receipt.as_of) == ("two", "2025-02-28")
    warehouse.close()


def test_what_was_read_never_answers_for_other_data(tmp_path: Path, catalog: Catalog) -> None:
    """The same question again costs no read; once other data serves, even under the same name, it is read anew."""
    day = date(2025, 3, 31)
    warehouse = Warehouse(users(tmp_path, 3, "same", day))
    layer = SemanticLayer(catalog, warehouse, ReceiptStore(tmp_path))
    query = MetricQuery(metrics=("total_users",), start=day, end=day)
    first, second = layer.run(query), layer.run(query)
    assert (first.rows, second.rows, first.receipt) == (((3,),), ((3,),), second.receipt)
    users(tmp_path / "other", 5, "same", day).replace(warehouse.path)
    assert layer.run(query).rows == ((5,),)
    warehouse.close()


def test_stored_values_follow_the_snapshot(tmp_path: Path, catalog: Catalog) -> None:
    """A value that comes with new data is known with it."""
    path = users(tmp_path, 3, "one", date(2025, 1, 31))
    layer = SemanticLayer(catalog, Warehouse(path), ReceiptStore(tmp_path))
    assert layer.values.of(catalog.dimension("province")) == ()
    rows = [{"user_id": 1, "registered_at": "2025-01-15 00:00:00", "province": "广东"}]
    build_warehouse(tmp_path, {"users": rows}, data_start=date(2025, 1, 1), as_of=date(2025, 1, 31), snapshot="two")
    assert [stored.value for stored in layer.values.of(catalog.dimension("province"))] == ["广东"]
    layer.warehouse.close()


def test_a_stopped_query_leaves_no_receipt(costs: Bench, tmp_path: Path) -> None:
    """What was interrupted has no figures and no receipt."""
    layer = replace(costs.layer, receipts=ReceiptStore(tmp_path))
    interrupter = Interrupter()
    interrupter.stop()
    with pytest.raises(WarehouseError) as error:
        layer.run(MetricQuery(metrics=("gmv",)), interrupter=interrupter)
    assert error.value.code == "interrupted"
    assert not (tmp_path / "receipts").exists()


def test_versions_that_are_no_numbers(tmp_path: Path, catalog: Catalog) -> None:
    """A version such as 5.2.0-beta does not break a comparison of versions; two bounds at once work as well as one."""
    names = ("5.2.0", "5.10.0", "5.2.0-beta", "", None)
    rows = [{"user_id": n, "registered_at": "2025-01-15", "app_version": v} for n, v in enumerate(names)]
    path = build_warehouse(tmp_path, {"users": rows}, data_start=date(2025, 1, 1), as_of=date(2025, 1, 31))
    layer = SemanticLayer(catalog, Warehouse(path), ReceiptStore(tmp_path))
    bounds = [{"dimension": "app_version", "op": op, "values": [v]} for op, v in (("gte", "5.3"), ("lte", "5.11"))]
    query = MetricQuery.model_validate({"metrics": ["new_users"], "dimensions": ["app_version"], "filters": bounds})
    assert layer.run(query).rows == (("5.10.0", 1),)
    layer.warehouse.close()
