"""``ltv_curve`` against cohorts worked by hand, against plain Python over random data, and against the metric ltv_N's rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.tools.semantic_layer.worlds import WorldMaker
from tests.tools.warehouse_fixture import build_warehouse, parse_table
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import TOOLS
from tools.warehouse.door import Interrupter, Warehouse

AS_OF = date(2025, 3, 10)
USERS = """
    user_id registered_at     channel
    1       2025-03-01T23:59  kol      # day 9 is the last day with data
    2       2025-03-08T00:00  kol      # day 2 is
    3       2025-03-08T10:00  search
    4       2025-02-28T10:00  kol      # the day before the range
    5       2025-03-10T10:00  -        # day 0 is; no channel
"""
ORDERS = """
    order_id user_id paid_at           amount  discount refund_amount
    1        1       2025-03-01T23:30  100.00  10.00    -        # day 0, before the moment of registration: that day counts
    2        1       2025-03-02T00:00  50.00   -        20.00    # day 1 by the calendar, a minute later
    3        1       2025-03-10T12:00  7.00    -        -        # day 9
    4        2       2025-03-10T23:59  40.00   -        -        # day 2, as_of
    5        3       2025-03-07T09:00  999.00  -        -        # before registration: never
    6        4       2025-03-01T09:00  999.00  -        -        # not in the range
    7        5       2025-03-10T11:00  -       -        -        # an amount of 0 in all but name
    8        9       2025-03-05T11:00  999.00  -        -        # nobody registered
"""


def curve(layer: SemanticLayer, **params: Any) -> Result:
    return TOOLS["ltv_curve"].run(ToolContext(layer, "en", Interrupter()), params)


def said(result: Result) -> str:
    return "\n".join(note.en for note in result.notes)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SemanticLayer]]:
    """Publish users and orders and open them; a second call publishes over the first."""
    opened: list[SemanticLayer] = []

    def build(orders: str = ORDERS, snapshot: str = "one") -> SemanticLayer:
        for layer in opened:
            layer.warehouse.close()
        rows = [{**row, "amount": row["amount"] or "0.00"} for row in parse_table(orders)]
        path = build_warehouse(
            tmp_path,
            {"users": parse_table(USERS), "orders": rows},
            data_start=date(2025, 2, 1),
            as_of=AS_OF,
            snapshot=snapshot,
        )
        opened.append(SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(tmp_path)))
        return opened[-1]

    yield build
    for layer in opened:
        layer.warehouse.close()


def test_each_day_is_over_those_who_have_lived_it(make: Callable[..., SemanticLayer]) -> None:
    """By hand: day 0 is the day of registration, a day counts users with register_date + day <= as_of, no one else's money."""
    result = curve(make(), start="2025-03-01", end="2025-03-10", horizon_days=12)
    assert result.columns == ("day", "users", "value")
    assert result.rows == (
        (0, 4, 22.5),  # users 1, 2, 3, 5: 90 + 0 + 0 + 0
        (1, 3, 40.0),  # users 1, 2, 3: 90 + 30
        (2, 3, 53.33),  # 120 + 40 of user 2
        (3, 1, 120.0),  # user 1 alone: user 2's 40 leaves with user 2
        *((day, 1, 120.0) for day in range(4, 9)),
        (9, 1, 127.0),
        (10, 0, None),
        (11, 0, None),
    )
    assert result.unit == "CNY"
    assert result.params == {"start": "2025-03-01", "end": "2025-03-10", "horizon_days": 12}
    assert "users who registered after 2025-02-27 have not lived 12 days yet" in said(result)
    assert "From day 10 on nobody has got that far" in said(result)


def test_a_split_has_its_own_curve_for_every_value(make: Callable[..., SemanticLayer]) -> None:
    """Dimension columns come first; unknown is a group of its own; a filter keeps its users only."""
    layer = make()
    split = curve(layer, start="2025-03-01", end="2025-03-10", horizon_days=3, dimensions=["channel"])
    assert split.columns == ("channel", "day", "users", "value")
    assert split.rows == (
        ("kol", 0, 2, 45.0),
        ("kol", 1, 2, 60.0),
        ("kol", 2, 2, 80.0),
        ("search", 0, 1, 0.0),
        ("search", 1, 1, 0.0),
        ("search", 2, 1, 0.0),
        (None, 0, 1, 0.0),
        (None, 1, 0, None),
        (None, 2, 0, None),
    )
    kept = curve(
        layer,
        start="2025-03-01",
        end="2025-03-10",
        horizon_days=1,
        filters=[{"dimension": "channel", "op": "in", "values": ["kol"]}],
    )
    assert kept.rows == ((0, 2, 45.0),)


def test_nobody_registered_gives_nulls_and_says_so(make: Callable[..., SemanticLayer]) -> None:
    """Every day of the horizon has its row; nobody is 0 users and a null value."""
    layer = make()
    result = curve(layer, start="2025-03-02", end="2025-03-03", horizon_days=2)
    assert result.rows == ((0, 0, None), (1, 0, None))
    assert "From day 0 on nobody has got that far" in said(result)
    split = curve(layer, start="2025-03-02", end="2025-03-03", horizon_days=2, dimensions=["channel"])
    assert split.rows == ()
    assert "Nobody who fits registered in the range." in said(split)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"start": "2025-03-05", "end": "2025-03-01"}, "start_after_end"),
        ({"start": "2026-01-01", "end": "2026-01-02"}, "outside_data"),
        ({"horizon_days": 0}, "bad_params"),
        ({"horizon_days": 5000}, "bad_params"),
        ({"dimensions": ["category"]}, "dimension_not_taken"),
        ({"dimensions": ["chanel"]}, "unknown_dimension"),
    ],
)
def test_bad_input_is_refused(make: Callable[..., SemanticLayer], params: dict[str, Any], code: str) -> None:
    """In both languages, without a traceback."""
    with pytest.raises(QueryError) as caught:
        curve(make(), **params)
    assert caught.value.code == code
    assert caught.value.text.zh != caught.value.text.en


def test_the_receipt_holds_until_an_order_changes(make: Callable[..., SemanticLayer]) -> None:
    """Run again on the same data it holds; a refund shows."""
    layer = make()
    receipt = layer.receipts.load(curve(layer, start="2025-03-01", end="2025-03-10", horizon_days=12).receipt)
    assert verify(receipt, layer.warehouse).outcome == "holds"
    again = make(ORDERS.replace("40.00   -        -  ", "40.00   -        5.00"), "two")
    changed = verify(receipt, again.warehouse)
    assert changed.outcome == "changed"
    assert [(d.column, d.then, d.now) for d in changed.differences] == [("value", 53.33, 51.67)]


# ---------------------------------------------------------------- plain Python over random data


def expected(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], start: date, end: date, as_of: date, day: int
) -> tuple[int, float]:
    """Return users and revenue of one day, as the contract's ltv_N is defined with N = day + 1."""
    born = {u["user_id"]: u["registered_at"].date() for u in tables["users"]}
    kept = {u for u, b in born.items() if start <= b <= end and b + timedelta(days=day) <= as_of}
    revenue = sum(
        float(o["amount"]) - float(o["discount"] or 0) - float(o["refund_amount"] or 0)
        for o in tables["orders"]
        if o["user_id"] in kept and 0 <= (o["paid_at"].date() - born[o["user_id"]]).days <= day
    )
    return len(kept), revenue


@pytest.mark.parametrize(("seed", "text"), [(31, False), (32, True)])
def test_every_day_is_what_plain_python_counts(tmp_path: Path, seed: int, text: bool) -> None:
    """Users and value of every day up to 90, over ranges that are cut, young, or a day long."""
    data_start, as_of = date(2024, 1, 20), date(2024, 6, 30)
    tables = WorldMaker(seed, data_start, as_of, users=120, ids_are_text=text).tables()
    path = build_warehouse(
        tmp_path, tables, data_start=data_start, as_of=as_of, id_type="VARCHAR" if text else "BIGINT"
    )
    layer = SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(tmp_path))
    for start, end in (
        (data_start, as_of),
        (date(2024, 2, 28), date(2024, 3, 1)),
        (date(2024, 5, 1), as_of),
        (as_of, as_of),
    ):
        result = curve(layer, start=start.isoformat(), end=end.isoformat())
        assert [row[0] for row in result.rows] == list(range(90))
        for day, users, value in result.rows:
            count, revenue = expected(tables, start, end, as_of, int(str(day)))
            assert users == count
            assert value == (pytest.approx(revenue / count, abs=0.00501) if count else None)
    layer.warehouse.close()


def test_the_days_named_by_the_metric_agree_with_it(demo_home: Path, tmp_path: Path) -> None:
    """On the demo, day N - 1 is revenue of days 0..N-1 over mature registrations, by SQL of its own; both languages are told."""
    layer = SemanticLayer(load_catalog(), Warehouse(demo_home / "warehouse" / "serving.duckdb"), ReceiptStore(tmp_path))
    result = curve(layer, start="2025-07-01", end="2025-11-30", horizon_days=90)
    layer.warehouse.close()
    import duckdb

    with duckdb.connect(str(demo_home / "warehouse" / "serving.duckdb"), read_only=True) as connection:
        for n in (1, 30, 60, 90):
            found = connection.execute(
                """SELECT count(*), sum((SELECT coalesce(sum(amount - coalesce(discount, 0) - coalesce(refund_amount, 0)), 0)
                          FROM orders o WHERE o.user_id = u.user_id AND order_date BETWEEN register_date AND register_date + $n - 1))
                   FROM users u WHERE register_date BETWEEN '2025-07-01' AND '2025-11-30'
                     AND register_date + $n - 1 <= DATE '2025-12-31'""",
                {"n": n},
            ).fetchone()
            assert found
            assert result.rows[n - 1] == (n - 1, found[0], pytest.approx(float(found[1]) / found[0], abs=0.00501))
    assert all(note.zh != note.en for note in result.notes)
    assert datetime.fromisoformat(result.as_of).date() == date(2025, 12, 31)
