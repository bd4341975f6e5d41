"""Purchase histories: by hand over days, weeks that start on either day, and months; with refunds and a hold-out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.tools.warehouse_fixture import build_warehouse, parse_table
from tools.predicted_ltv.purchases import Customer, Unit, purchase_histories
from tools.semantic_layer.engine import SemanticLayer, WeekStart
from tools.semantic_layer.receipts import ReceiptStore
from tools.warehouse.door import Warehouse

ORDERS = """
    order_id user_id paid_at           amount  discount refund_amount
    1        1       2025-01-05T09:00  10.00   -        -       # a Sunday
    2        1       2025-01-06T09:00  20.00   5.00     -       # the Monday after: another week, unless weeks start on Sundays
    3        1       2025-01-06T21:00  1.00    -        -       # the same day: one unit, values added up
    4        1       2025-02-03T10:00  30.00   -        30.00   # refunded: a purchase worth nothing
    5        2       2025-02-01T10:00  7.00    -        -       # once
    6        3       2025-02-20T10:00  9.00    -        -       # after the observation
    7        2       2025-02-10T00:00  4.00    -        -       # the day after the observation
    8        2       2025-02-10T10:00  8.00    -        -
"""
UNTIL = date(2025, 2, 9)  # a Sunday


@pytest.fixture
def layers(tmp_path: Path) -> Iterator[dict[WeekStart, SemanticLayer]]:
    path = build_warehouse(
        tmp_path, {"orders": parse_table(ORDERS)}, data_start=date(2025, 1, 1), as_of=date(2025, 2, 28)
    )
    warehouse = Warehouse(path)
    receipts = ReceiptStore(tmp_path)
    yield {
        "monday": SemanticLayer(load_catalog(), warehouse, receipts),
        "sunday": SemanticLayer(load_catalog(), warehouse, receipts, week_start="sunday"),
    }
    warehouse.close()


@pytest.mark.parametrize(
    ("unit", "start", "first", "second"),
    [
        ("day", "monday", (2, 29, 35, 8.0), (0, 0, 8)),  # repeat days 01-06 (16) and 02-03 (0)
        ("week", "monday", (2, 5, 5, 8.0), (0, 0, 1)),  # weeks of 12-30, 01-06, 02-03; the end lies in the last
        ("week", "sunday", (1, 4, 5, 0.0), (0, 0, 2)),  # weeks of 01-05 and 02-02; the end begins that of 02-09
        ("month", "monday", (1, 1, 1, 0.0), (0, 0, 0)),  # January is one unit
    ],
)
def test_units(
    layers: dict[WeekStart, SemanticLayer],
    unit: Unit,
    start: WeekStart,
    first: tuple[int, int, int, float],
    second: tuple[int, int, int],
) -> None:
    """Frequency, recency, age and mean value of the repeat units; who only came later is not there."""
    assert purchase_histories(layers[start], unit=unit, until=UNTIL) == (Customer(1, *first), Customer(2, *second, 0.0))


def test_holdout(layers: dict[WeekStart, SemanticLayer]) -> None:
    """What comes after the observation is counted apart, also in the unit that the end cuts; its value is an order's mean."""
    monday = purchase_histories(layers["monday"], until=UNTIL, holdout_until=date(2025, 2, 28))
    assert [(c.frequency, c.holdout_frequency, c.holdout_value) for c in monday] == [(2, 0, 0.0), (0, 1, 6.0)]
    cut = purchase_histories(layers["monday"], until=date(2025, 1, 5), holdout_until=date(2025, 1, 6))
    assert cut == (Customer(1, 0, 0, 0, 0.0, 1, 8.0),)


@pytest.mark.parametrize(
    "days", [(date(2024, 12, 31), None), (date(2025, 3, 1), None), (UNTIL, date(2025, 3, 1)), (UNTIL, UNTIL)]
)
def test_ends_outside_the_data_are_refused(
    layers: dict[WeekStart, SemanticLayer], days: tuple[date, date | None]
) -> None:
    """In both languages."""
    with pytest.raises(QueryError) as caught:
        purchase_histories(layers["monday"], until=days[0], holdout_until=days[1])
    assert caught.value.text.zh != caught.value.text.en
