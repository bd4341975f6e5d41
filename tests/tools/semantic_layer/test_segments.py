"""Every ready-made segment against a hand-written query, as of two days; membership as dimension and filter."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from pydantic import TypeAdapter, ValidationError

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from knowledge.segments import Definition
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import Filter, MetricQuery
from tools.semantic_layer.receipts import ReceiptStore
from tools.semantic_layer.segment_sql import SegmentSql
from tools.warehouse.door import Warehouse

DEFINITIONS: TypeAdapter[Definition] = TypeAdapter(Definition)
NET = "amount - coalesce(discount, 0) - coalesce(refund_amount, 0)"
ACTIVE = """SELECT user_id, count(DISTINCT event_date) AS n FROM events WHERE event NOT IN ('register_start', 'captcha_fail')
    AND event_date BETWEEN DATE '{day}' - 29 AND DATE '{day}' GROUP BY user_id"""
HIGH_VALUE = f"""SELECT user_id FROM (
    SELECT user_id, row_number() OVER (ORDER BY v DESC, user_id) AS place, count(*) OVER () AS everyone FROM (
        SELECT user_id, sum({NET}) AS v FROM orders WHERE order_date BETWEEN DATE '{{day}}' - 364 AND DATE '{{day}}'
        GROUP BY user_id HAVING sum({NET}) > 0))
    WHERE place <= (everyone + 4) // 5"""
LAST = """SELECT u.user_id, date_diff('day', greatest(u.register_date, coalesce(max(e.event_date), u.register_date)), DATE '{day}') AS away
    FROM users u LEFT JOIN events e ON e.user_id = u.user_id AND e.event_date <= DATE '{day}'
      AND e.event NOT IN ('register_start', 'captcha_fail')
    WHERE u.register_date <= DATE '{day}' GROUP BY u.user_id, u.register_date"""


def did(events: str, times: int, days: int) -> str:
    """Return a query of the users with at least so many of the events in the window."""
    return f"""SELECT user_id FROM events WHERE event IN ({events}) AND event_date BETWEEN DATE '{{day}}' - {days - 1} AND DATE '{{day}}'
        GROUP BY user_id HAVING count(*) >= {times}"""


BY_HAND = {
    "high_value": HIGH_VALUE,
    "high_value_active": f"{HIGH_VALUE} INTERSECT SELECT user_id FROM ({ACTIVE}) WHERE n >= 15",
    "high_potential": f"""SELECT user_id FROM ({ACTIVE}) WHERE n BETWEEN 4 AND 14
        INTERSECT SELECT user_id FROM ({did("'search', 'consult', 'checkout_view'", 1, 14)}) EXCEPT ({HIGH_VALUE})""",
    "low_frequency": f"SELECT user_id FROM ({ACTIVE}) WHERE n BETWEEN 1 AND 3",
    "dormant_30_60": f"SELECT user_id FROM ({LAST}) WHERE away BETWEEN 30 AND 60",
    "lost": f"SELECT user_id FROM ({LAST}) WHERE away > 60",
    "declining": """SELECT user_id FROM (
        SELECT user_id, sum(CASE WHEN event_date > DATE '{day}' - 7 THEN duration_s ELSE 0 END) / 60.0 AS late,
               sum(CASE WHEN event_date <= DATE '{day}' - 7 THEN duration_s ELSE 0 END) / 60.0 AS early
        FROM events WHERE event_date BETWEEN DATE '{day}' - 13 AND DATE '{day}' GROUP BY user_id)
        WHERE early >= 10 AND late <= early / 2""",
    "koc": f"SELECT user_id FROM users WHERE followers BETWEEN 500 AND 5000 INTERSECT SELECT user_id FROM ({ACTIVE}) WHERE n > 0",
    "onboarding_unfinished": """SELECT user_id FROM users u WHERE register_date BETWEEN DATE '{day}' - 30 AND DATE '{day}' - 3 AND (
        SELECT count(DISTINCT event) FROM events e WHERE e.user_id = u.user_id AND e.event_date <= DATE '{day}'
        AND event IN ('profile_complete', 'first_interaction', 'claim_gift')) < 3""",
    "price_sensitive": """SELECT user_id FROM orders WHERE order_date BETWEEN DATE '{day}' - 179 AND DATE '{day}' GROUP BY user_id
        HAVING count(*) >= 2 AND sum(coalesce(discount, 0)) / sum(amount) >= 0.2""",
    "birthday_month": "SELECT user_id FROM users WHERE birth_month = month(DATE '{day}')",
    "creators": did("'content_publish'", 4, 30),
    "social": did("'like', 'comment', 'share'", 30, 30),
    "tag_deep_interaction": did("'like', 'comment', 'share'", 10, 30),
    "tag_steady_rhythm": f"SELECT user_id FROM ({ACTIVE}) WHERE n >= 15",
    "tag_long_stays": """SELECT user_id FROM events WHERE event_date BETWEEN DATE '{day}' - 29 AND DATE '{day}'
        GROUP BY user_id HAVING sum(duration_s) >= 300 * 60""",
    "tag_checkin_habit": """SELECT user_id FROM events WHERE event = 'checkin' AND event_date BETWEEN DATE '{day}' - 29 AND DATE '{day}'
        GROUP BY user_id HAVING count(DISTINCT event_date) >= 7""",
    "tag_strong_need": f"{did(chr(39) + 'search' + chr(39), 5, 30)} UNION {did(chr(39) + 'consult' + chr(39), 2, 30)}",
    "tag_purchase_intent": f"""{did("'checkout_view'", 1, 14)} EXCEPT SELECT user_id FROM orders
        WHERE order_date BETWEEN DATE '{{day}}' - 13 AND DATE '{{day}}'""",
    "tag_discount_seeking": """SELECT user_id FROM orders WHERE order_date BETWEEN DATE '{day}' - 179 AND DATE '{day}' GROUP BY user_id
        HAVING sum(coalesce(discount, 0)) / sum(amount) >= 0.2""",
    "tag_needs_guidance": """SELECT user_id FROM users u WHERE register_date BETWEEN DATE '{day}' - 30 AND DATE '{day}' AND (
        SELECT count(DISTINCT event) FROM events e WHERE e.user_id = u.user_id AND e.event_date <= DATE '{day}'
        AND event IN ('profile_complete', 'first_interaction', 'claim_gift')) < 3""",
    "tag_ecosystem": f"{did(chr(39) + 'content_publish' + chr(39), 2, 30)} UNION {did(chr(39) + 'help_answer' + chr(39), 3, 30)}",
    "tag_revenue": HIGH_VALUE,
    "tag_repeat_purchase": """SELECT user_id FROM orders WHERE order_date BETWEEN DATE '{day}' - 179 AND DATE '{day}'
        GROUP BY user_id HAVING count(*) >= 3""",
    "tag_spreading": """SELECT inviter_id AS user_id FROM invites WHERE invite_date BETWEEN DATE '{day}' - 29 AND DATE '{day}'
        GROUP BY inviter_id HAVING count(*) >= 2""",
    "learners": f"{did(chr(39) + 'search' + chr(39), 5, 30)} UNION {did(chr(39) + 'consult' + chr(39), 5, 30)}",
}


@pytest.fixture(scope="module")
def raw(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's tables in a copy of the file: one process opens a file with one configuration."""
    copy = tmp_path_factory.mktemp("raw") / "copy.duckdb"
    shutil.copy(demo_home / "warehouse" / "serving.duckdb", copy)
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection


@pytest.fixture
def layer(demo_home: Path, tmp_path: Path) -> Iterator[SemanticLayer]:
    """The semantic layer over the demo, with receipts of its own."""
    warehouse = Warehouse(demo_home / "warehouse" / "serving.duckdb")
    yield SemanticLayer(load_catalog(), warehouse, ReceiptStore(tmp_path))
    warehouse.close()


def members(connection: duckdb.DuckDBPyConnection, definition: Definition, day: date) -> set[int]:
    """Return the users a definition holds for on ``day``."""
    binder = Binder()
    days = f"(SELECT 1 AS bucket, {binder.day('day', day)} AS day)"
    sql = SegmentSql(days, load_catalog().segments, binder)
    return {row[1] for row in connection.execute(sql.select(definition), binder.values).fetchall()}


def test_every_ready_made_segment_has_a_query_of_its_own() -> None:
    """A segment added to the catalog needs a hand-written peer here."""
    assert set(BY_HAND) == set(load_catalog().segments)


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2025, 9, 30)])
@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_segment_holds_the_users_that_a_hand_written_query_finds(
    raw: duckdb.DuckDBPyConnection, name: str, day: date
) -> None:
    """The compiled definition and the query on raw tables find the same users, and some of them."""
    registered = f"SELECT user_id FROM users WHERE register_date <= DATE '{day}'"
    expected = {row[0] for row in raw.execute(f"{registered} INTERSECT ({BY_HAND[name].format(day=day)})").fetchall()}
    assert members(raw, load_catalog().segments[name].definition, day) == expected
    assert expected


def test_a_count_of_zero_finds_users_with_none_at_all(raw: duckdb.DuckDBPyConnection) -> None:
    """``eq 0`` is everyone who never did it, those without any event among them."""
    day = date(2025, 12, 31)
    never = members(raw, DEFINITIONS.validate_python({"did": "share", "op": "eq", "times": 0}), day)
    ever = members(raw, DEFINITIONS.validate_python({"did": "share", "op": "gte", "times": 1}), day)
    everyone = {row[0] for row in raw.execute("SELECT user_id FROM users").fetchall()}
    assert never | ever == everyone
    assert not never & ever
    assert never
    assert ever


def test_not_of_both_is_not_both_nots(raw: duckdb.DuckDBPyConnection) -> None:
    """NOT(a and b) keeps users with one of them; NOT a and NOT b does not."""
    day = date(2025, 12, 31)
    a, b = {"did": "like", "times": 1, "days": 30}, {"did": "share", "times": 1, "days": 30}
    outer = members(raw, DEFINITIONS.validate_python({"not": {"all": [a, b]}}), day)
    inner = members(raw, DEFINITIONS.validate_python({"all": [{"not": a}, {"not": b}]}), day)
    assert inner < outer


def test_a_filter_takes_each_bucket_s_own_members(layer: SemanticLayer, raw: duckdb.DuckDBPyConnection) -> None:
    """By month, the segment is rebuilt as of each month's end, not as of the last one."""
    query = MetricQuery(
        metrics=("orders",), start=date(2025, 10, 1), end=date(2025, 11, 30), grain="month",
        filters=(Filter(dimension="segment", values=("high_value",)),),
    )  # fmt: skip
    rows = layer.run(query).rows
    for (period, orders), last in zip(rows, ("2025-10-31", "2025-11-30"), strict=True):
        sql = f"SELECT count(*) FROM orders WHERE order_date BETWEEN '{period}' AND '{last}' AND user_id IN ({HIGH_VALUE.format(day=last)})"
        assert raw.execute(sql).fetchone() == (orders,)


def test_a_split_counts_a_user_in_each_of_its_segments(layer: SemanticLayer) -> None:
    """Each row of a split equals the figure filtered to its segment; the row without one holds the rest."""
    december = {"metrics": ("active_users",), "start": date(2025, 12, 1), "end": date(2025, 12, 31)}
    split = dict(layer.run(MetricQuery(**december, dimensions=("segment",))).rows)
    whole = {name for name, segment in load_catalog().segments.items() if segment.tag is None}
    assert set(split) <= {None, *whole}  # labels are not among them
    for name in ("high_value", "creators", "declining"):
        alone = layer.run(MetricQuery(**december, filters=(Filter(dimension="segment", values=(name,)),)))
        assert alone.rows == ((split[name],),)
    none = layer.run(MetricQuery(**december, filters=(Filter(dimension="segment", op="not_in", values=tuple(whole)),)))
    assert none.rows == ((split[None],),)


def test_an_unknown_segment_names_the_nearest(layer: SemanticLayer) -> None:
    """A value that is no segment is refused with those that are like it."""
    with pytest.raises(QueryError) as caught:
        layer.run(MetricQuery(metrics=("gmv",), filters=(Filter(dimension="segment", values=("high_valu",)),)))
    assert "high_value" in caught.value.choices


@pytest.mark.parametrize(
    "definition",
    [
        {}, {"did": "like"}, {"did": "like", "times": 1, "on_days": 1}, {"measure": "revenue", "op": "top_share", "value": 20},
        {"measure": "revenue", "op": "between", "value": 2}, {"measure": "height", "op": "gt", "value": 2}, {"all": []},
        {"not": {}}, {"last_active_days": {}}, {"attribute": "channel", "values": []},
    ],
)  # fmt: skip
def test_a_definition_that_says_nothing_is_refused(definition: dict[str, object]) -> None:
    """Missing or contradicting parts are faults, not guesses."""
    with pytest.raises(ValidationError):
        DEFINITIONS.validate_python(definition)
