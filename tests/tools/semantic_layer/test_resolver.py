"""What cannot be answered is refused with the reason and the nearest right names; what is unclear is resolved and noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from knowledge.catalog import Catalog
from knowledge.errors import QueryError
from tests.tools.semantic_layer.fixtures import build_rows
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.plan import QueryPlan
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse

JANUARY = {"start": "2025-01-01", "end": "2025-01-31"}
TO_MARCH = {"start": "2025-01-01", "end": "2025-03-31"}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[SemanticLayer]:
    """A layer over the rows of cost.yaml: data from 2025-01-01 to 2025-04-10, today is 04-11."""
    home = tmp_path_factory.mktemp("resolver")
    warehouse = Warehouse(build_rows("cost", home))
    yield SemanticLayer(catalog, warehouse, ReceiptStore(home))
    warehouse.close()


def plan_of(layer: SemanticLayer, **query: Any) -> QueryPlan:
    """Return the plan of a query."""
    return layer.explain(MetricQuery.model_validate(query))[0]


def notes_of(layer: SemanticLayer, **query: Any) -> str:
    """Return the English notes of a query, as one text; each is there in Chinese too."""
    notes = layer.run(MetricQuery.model_validate(query)).notes
    assert all(note.zh and note.en and note.zh != note.en for note in notes)
    assert len(set(notes)) == len(notes)
    return " | ".join(note.en for note in notes)


def channel(*values: Any, op: str = "in") -> list[dict[str, Any]]:
    """Return a filter on channel."""
    return [{"dimension": "channel", "op": op, "values": list(values)}]


REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("unknown_metric", {"metrics": ["retention_d8"]}, ["retention_d7"]),
    ("unknown_metric", {"metrics": ["gmvv"]}, ["gmv"]),
    ("unknown_metric", {"metrics": ["xyzzy123"]}, []),
    ("unknown_metric", {"metrics": ["gmv; DROP TABLE users"]}, []),
    ("unknown_dimension", {"metrics": ["gmv"], "dimensions": ["chanel"]}, ["channel"]),
    ("unknown_dimension", {"metrics": ["gmv"], "filters": [{"dimension": "cities", "values": ["x"]}]}, ["city_tier"]),
    ("dimension_not_taken", {"metrics": ["cost"], "dimensions": ["platform"]}, ["channel", "campaign", "creative"]),
    ("dimension_not_taken", {"metrics": ["gmv", "ctr"], "dimensions": ["category"]}, ["channel"]),
    ("dimension_not_taken", {"metrics": ["cac"], "dimensions": ["creative"]}, ["channel", "campaign"]),
    (
        "dimension_not_taken",
        {"metrics": ["dau"], "filters": [{"dimension": "category", "values": ["books"]}]},
        ["channel"],
    ),
    ("dimension_not_taken", {"metrics": ["arpu"], "dimensions": ["product_type"]}, ["channel"]),
    ("filter_only_dimension", {"metrics": ["gmv"], "dimensions": ["experiment"]}, ["variant"]),
    ("variant_needs_experiment", {"metrics": ["gmv"], "dimensions": ["variant"]}, []),
    (
        "variant_needs_experiment",
        {"metrics": ["gmv"], "filters": [{"dimension": "variant", "values": ["control"]}]},
        [],
    ),
    ("unknown_value", {"metrics": ["gmv"], "filters": channel("kool")}, ["kol"]),
    ("unknown_value", {"metrics": ["gmv"], "filters": channel("")}, []),
    ("unknown_value", {"metrics": ["gmv"], "filters": channel("kol", "抖音号")}, []),
    ("unknown_value", {"metrics": ["gmv"], "filters": [{"dimension": "city_tier", "values": [9]}]}, []),
    ("unknown_value", {"metrics": ["dau"], "filters": [{"dimension": "experiment", "values": ["nothing"]}]}, []),
    ("unknown_value", {"metrics": ["dau"], "filters": [{"dimension": "experiment", "values": [None]}]}, []),
    ("unknown_value", {"metrics": ["dau"], "filters": [{"dimension": "segment", "values": [None]}]}, ["high_value"]),
    ("operator_does_not_fit", {"metrics": ["gmv"], "filters": channel("kol", op="gt")}, ["in", "not_in"]),
    (
        "operator_does_not_fit",
        {"metrics": ["gmv"], "filters": [{"dimension": "city_tier", "op": "between", "values": [1]}]},
        [],
    ),
    (
        "operator_does_not_fit",
        {"metrics": ["gmv"], "filters": [{"dimension": "city_tier", "op": "gt", "values": [1, 2]}]},
        [],
    ),
    (
        "value_not_ordered",
        {"metrics": ["gmv"], "filters": [{"dimension": "city_tier", "op": "gt", "values": ["two"]}]},
        [],
    ),
    (
        "value_not_ordered",
        {"metrics": ["gmv"], "filters": [{"dimension": "city_tier", "op": "gt", "values": [None]}]},
        [],
    ),
    (
        "value_not_ordered",
        {"metrics": ["gmv"], "filters": [{"dimension": "app_version", "op": "gte", "values": ["5.x"]}]},
        [],
    ),
    ("start_after_end", {"metrics": ["gmv"], "start": "2025-02-01", "end": "2025-01-31"}, []),
    ("start_after_end", {"metrics": ["gmv"], "start": "2025-05-01"}, []),
    ("outside_data", {"metrics": ["gmv"], "start": "2024-01-01", "end": "2024-12-31"}, []),
    ("outside_data", {"metrics": ["gmv"], "start": "2025-04-11", "end": "2025-04-11"}, []),
    ("outside_data", {"metrics": ["gmv"], **JANUARY, "compare": {"start": "2025-04-11", "end": "2025-04-20"}}, []),
    ("start_after_end", {"metrics": ["gmv"], **JANUARY, "compare": {"start": "2025-02-02", "end": "2025-02-01"}}, []),
    (
        "compare_needs_total",
        {"metrics": ["gmv"], **JANUARY, "grain": "week", "compare": {"start": "2025-02-01", "end": "2025-02-02"}},
        [],
    ),
    ("grains_exclude", {"metrics": ["dau", "mau"], "grain": "day"}, []),
    ("grains_exclude", {"metrics": ["wau", "mau"], "grain": "week"}, []),
    ("unknown_column", {"metrics": ["gmv"], "order_by": {"column": "gvm"}}, ["gmv"]),
    ("unknown_column", {"metrics": ["gmv"], "order_by": {"column": "gmv__base"}}, ["gmv"]),
    ("unknown_column", {"metrics": ["gmv"], "having": [{"column": "orders", "op": "gt", "value": 1}]}, []),
    ("unknown_column", {"metrics": ["gmv"], "order_by": {"column": "gmv; DROP TABLE users"}}, ["gmv"]),
    ("having_value", {"metrics": ["gmv"], "having": [{"column": "gmv", "op": "between", "value": 1}]}, []),
    ("having_value", {"metrics": ["gmv"], "having": [{"column": "gmv", "op": "gt", "value": [1, 2]}]}, []),
    (
        "having_column",
        {"metrics": ["gmv"], "dimensions": ["channel"], "having": [{"column": "channel", "op": "gt", "value": 1}]},
        ["gmv"],
    ),
    (
        "having_column",
        {"metrics": ["gmv"], "grain": "day", "having": [{"column": "period", "op": "gt", "value": 1}]},
        ["gmv"],
    ),
]


@pytest.mark.parametrize(("code", "query", "near"), REFUSED, ids=[f"{n}-{r[0]}" for n, r in enumerate(REFUSED)])
def test_refused_with_the_reason(layer: SemanticLayer, code: str, query: dict[str, Any], near: list[str]) -> None:
    """Each error has its code, says the value or the rule in both languages, and gives the nearest right names."""
    with pytest.raises(QueryError) as error:
        layer.explain(MetricQuery.model_validate(query))
    found = error.value
    assert found.code == code
    assert set(near) <= set(found.choices)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found.in_("zh"))
    assert found.in_("zh").endswith("。")
    assert found.in_("en").endswith(".")


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": []},
        {"metrics": ["gmv"], "grain": "hour"},
        {"metrics": ["gmv"], "start": "2025-02-30"},
        {"metrics": ["gmv"], "compare": "last"},
        {"metrics": ["gmv"], "limit": 0},
        {"metrics": ["gmv"], "filters": [{"dimension": "channel", "op": "like", "values": ["k"]}]},
        {"metrics": ["gmv"], "filters": [{"dimension": "channel", "values": []}]},
        {"metrics": ["gmv"], "having": [{"column": "gmv", "op": "like", "value": 1}]},
        {"metrics": ["gmv"], "sql": "SELECT 1"},
    ],
)
def test_malformed_queries_are_no_queries(query: dict[str, Any]) -> None:
    """What the contract does not know never becomes a query."""
    with pytest.raises(ValidationError):
        MetricQuery.model_validate(query)


def test_values_by_any_name(layer: SemanticLayer) -> None:
    """A value is found by its id, its name in either language or a synonym, whatever the case; null stays null."""
    for said in ("kol", "KOL", "KOL合作", " kol ", "达人", "Influencer"):
        assert plan_of(layer, metrics=["gmv"], filters=channel(said)).filters[0].values == ("kol",)
    for said in ("gravity", "引力场计划"):
        filters = [{"dimension": "campaign", "values": [said]}]
        assert plan_of(layer, metrics=["cost"], filters=filters).filters[0].values == ("gravity",)
    assert plan_of(layer, metrics=["gmv"], filters=channel("kol", "达人", None)).filters[0].values == ("kol", None)
    assert plan_of(layer, metrics=["gmv"], filters=channel("kol")).query.filters[0].values == ("kol",)


def test_a_value_that_only_costs_is_stored(layer: SemanticLayer) -> None:
    """A value of one table alone is a stored value: a channel may have cost before it has users."""
    assert plan_of(layer, metrics=["cost"], filters=channel("feed_ads")).filters[0].values == ("feed_ads",)


def test_values_of_every_table(tmp_path: Path, catalog: Catalog) -> None:
    """Values that differ by case are told apart; a version, a channel and a campaign outside users are known too."""
    tables = {
        "users": [{"user_id": 1, "registered_at": "2025-01-01 00:00:00", "channel": c} for c in ("Foo",)]
        + [{"user_id": 2, "registered_at": "2025-01-01 00:00:00", "channel": "foo"}],
        "events": [{"user_id": 1, "ts": "2025-01-01 10:00:00", "event": "app_open", "app_version": "9.1.0"}],
        "channel_spend": [
            {"spend_date": "2025-01-01", "channel": "billboard", "campaign_id": "launch", "cost": "1.00"}
        ],
    }
    path = build_warehouse(tmp_path, tables, data_start=date(2025, 1, 1), as_of=date(2025, 1, 2))
    layer = SemanticLayer(catalog, Warehouse(path), ReceiptStore(tmp_path))
    for said in ("Foo", "foo"):
        assert plan_of(layer, metrics=["new_users"], filters=channel(said)).filters[0].values == (said,)
    assert plan_of(layer, metrics=["cost"], filters=channel("billboard")).filters[0].values == ("billboard",)
    for dimension, value, metric in (("app_version", "9.1.0", "dau"), ("campaign", "launch", "cost")):
        filters = [{"dimension": dimension, "values": [value]}]
        assert plan_of(layer, metrics=[metric], filters=filters).filters[0].values == (value,)
    layer.warehouse.close()


@pytest.mark.parametrize(
    ("metrics", "start", "end"),
    [
        (["dau"], "2025-04-10", "2025-04-10"),
        (["wau"], "2025-03-31", "2025-04-06"),
        (["mau"], "2025-03-01", "2025-03-31"),
        (["stickiness"], "2025-03-01", "2025-03-31"),
        (["gmv"], "2025-03-12", "2025-04-10"),
        (["dau", "gmv"], "2025-03-12", "2025-04-10"),
        (["mau", "stickiness"], "2025-03-01", "2025-03-31"),
        (["wau", "mau"], "2025-03-12", "2025-04-10"),
    ],
)
def test_default_dates(layer: SemanticLayer, metrics: list[str], start: str, end: str) -> None:
    """Without dates: the metric's own default; 30 days where the defaults of several differ."""
    query = plan_of(layer, metrics=metrics).query
    assert (query.start, query.end) == (date.fromisoformat(start), date.fromisoformat(end))


def test_default_dates_of_a_trend(layer: SemanticLayer) -> None:
    """With a grain the default is the last 30 days, whatever the metric."""
    query = plan_of(layer, metrics=["dau"], grain="day").query
    assert (query.start, query.end) == (date(2025, 3, 12), date(2025, 4, 10))


def test_one_date_alone(layer: SemanticLayer) -> None:
    """Only a start ends with the data; only an end keeps the default's start where it can."""
    query = plan_of(layer, metrics=["gmv"], start="2025-04-01").query
    assert (query.start, query.end) == (date(2025, 4, 1), date(2025, 4, 10))
    query = plan_of(layer, metrics=["gmv"], end="2025-04-02").query
    assert (query.start, query.end) == (date(2025, 3, 12), date(2025, 4, 2))


def test_a_range_is_cut_with_a_note(layer: SemanticLayer) -> None:
    """A range that reaches beyond the data is cut to it; the parameters show the cut, a note says it."""
    result = layer.run(MetricQuery.model_validate({"metrics": ["gmv"], "start": "2024-12-01", "end": "2025-06-30"}))
    assert (result.params["start"], result.params["end"]) == ("2025-01-01", "2025-04-10")
    assert any("2024-12-01 to 2025-06-30" in note.en for note in result.notes)


def test_given_bases_are_cut_with_a_note(layer: SemanticLayer) -> None:
    """A base that reaches beyond the last complete day ends with it, in the figures, the parameters and a note."""
    query = {"metrics": ["revenue"], **JANUARY, "compare": {"start": "2025-04-01", "end": "2025-04-30"}}
    result = layer.run(MetricQuery.model_validate(query))
    assert result.params["compare"] == {"start": "2025-04-01", "end": "2025-04-10"}
    assert result.column("revenue__base") == [525.0]
    assert any("2025-04-01 to 2025-04-10" in note.en for note in result.notes)


def test_bases_before_the_data_are_empty_with_a_note(layer: SemanticLayer) -> None:
    """A base that starts before the data leaves base and changes empty, also where only some buckets have one."""
    assert "before the data" in notes_of(layer, metrics=["gmv"], **JANUARY, compare="previous")
    assert "before the data" in notes_of(layer, metrics=["gmv"], **TO_MARCH, grain="month", compare="previous")
    assert "before the data" not in notes_of(
        layer, metrics=["gmv"], start="2025-02-01", end="2025-03-31", grain="month", compare="previous"
    )


def test_each_metric_has_its_own_base(tmp_path: Path, catalog: Catalog) -> None:
    """A year earlier a week steps back 364 days and a date one year; one may be in the data where the other is not."""
    events = [{"user_id": 1, "ts": f"2024-01-{day:02d} 10:00:00", "event": "app_open"} for day in range(1, 15)]
    path = build_warehouse(tmp_path, {"events": events}, data_start=date(2024, 1, 1), as_of=date(2025, 1, 10))
    layer = SemanticLayer(catalog, Warehouse(path), ReceiptStore(tmp_path))
    query = {"metrics": ["active_users", "wau"], "start": "2024-12-30", "end": "2025-01-05", "compare": "year_ago"}
    record = layer.run(MetricQuery.model_validate(query)).records()[0]
    assert record["active_users__base"] is None
    assert record["wau__base"] == 1
    layer.warehouse.close()


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ({"metrics": ["mau"], **JANUARY, "grain": "day"}, "raised from day to month"),
        (
            {"metrics": ["gmv"], "start": "2025-03-20", "end": "2025-04-10", "grain": "month"},
            "2025-03-20 to 2025-03-31",
        ),
        (
            {"metrics": ["gmv"], "start": "2025-03-20", "end": "2025-04-10", "grain": "month"},
            "2025-04-01 to 2025-04-10",
        ),
        ({"metrics": ["mau"], "start": "2025-01-01", "end": "2025-04-10"}, "last whole month in the range: 2025-03-01"),
        ({"metrics": ["wau"], "start": "2025-04-08", "end": "2025-04-10"}, "no whole week in the range"),
        ({"metrics": ["retention_d7"], "start": "2025-03-20", "end": "2025-04-10"}, "after 2025-04-03"),
        ({"metrics": ["retention_d7"], "start": "2025-03-20", "end": "2025-04-10"}, "denominator is 0"),
        ({"metrics": ["roi"], **TO_MARCH}, "after 2025-01-11"),
        ({"metrics": ["gmv"], **JANUARY, "compare": "target", "dimensions": ["channel"]}, "target is empty"),
        ({"metrics": ["gmv"], **JANUARY, "compare": "target"}, "No target is set"),
        ({"metrics": ["dau"], **JANUARY, "dimensions": ["platform"]}, "those of the activity itself"),
        ({"metrics": ["gmv"], **JANUARY, "dimensions": ["lifecycle"]}, "data starts 2025-01-01"),
        (
            {"metrics": ["gmv"], "start": "2025-03-01", "end": "2025-03-30", "filters": channel("search")},
            "matched no data",
        ),
        ({"metrics": ["gmv"], "start": "2025-03-01", "end": "2025-03-02", "dimensions": ["channel"]}, "No row"),
    ],
)
def test_notes(layer: SemanticLayer, query: dict[str, Any], note: str) -> None:
    """What a careful analyst would add is added, once."""
    assert note in notes_of(layer, **query)


def test_no_needless_notes(layer: SemanticLayer) -> None:
    """A plain question over complete days has nothing to add."""
    assert notes_of(layer, metrics=["gmv", "cac"], **JANUARY) == ""
    assert notes_of(layer, metrics=["retention_d7"], start="2025-01-01", end="2025-01-10") == ""
    assert notes_of(layer, metrics=["new_users"], start="2025-01-01", end="2025-04-10", dimensions=["lifecycle"]) == ""
