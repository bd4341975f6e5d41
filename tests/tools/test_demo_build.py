"""The demo is the same rows anywhere, hangs together, and looks right; built with 6,000 users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from knowledge.errors import QueryError, WarehouseError
from tools.demo import story, world
from tools.demo.build import STAGES, build_demo
from tools.warehouse.publish import Published, serving_path

USERS = 6000
SNAPSHOT = "demo-s7-6000-fc7a08bd"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def published(home: Path) -> Published:
    return build_demo(home, users=USERS)


@pytest.fixture(scope="module")
def db(published: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(published.path), read_only=True) as connection:
        yield connection


def one(db: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = db.execute(sql).fetchone()
    assert row is not None
    return float(row[0])


def test_hash_is_the_one_the_demo_was_made_with() -> None:
    """DuckDB's hash() gives the values that every row of the demo hangs on."""
    with duckdb.connect() as connection:
        row = connection.execute(
            "SELECT hash(7::BIGINT, 10001::BIGINT, 3::INTEGER), hash(7::BIGINT, -5::BIGINT, 42::INTEGER),"
            " hash('android', '5.2.0'), hash(NULL::VARCHAR, 1)"
        ).fetchone()
    assert row == (
        7_491_404_479_712_590_309,
        10_613_706_167_235_842_619,
        10_223_627_274_236_816_011,
        188_980_735_975_220_076,
    )


def test_same_seed_and_size_give_the_same_rows(published: Published, tmp_path: Path) -> None:
    """The checksum in the snapshot's id is pinned; it does not depend on threads, and it does on the seed."""
    assert published.snapshot == SNAPSHOT
    assert build_demo(tmp_path, users=USERS, threads=1).snapshot == SNAPSHOT
    assert build_demo(tmp_path, users=USERS, threads=5).snapshot == SNAPSHOT
    assert build_demo(tmp_path, users=USERS, seed=8).snapshot[-8:] != SNAPSHOT[-8:]


def test_what_is_published(published: Published, home: Path, db: duckdb.DuckDBPyConnection) -> None:
    """The serving file holds every table with rows in it, the pinned dates, and as many users as asked for."""
    assert published.path == serving_path(home)
    assert (published.as_of, published.business_date) == (date(2025, 12, 31), date(2025, 12, 31))
    assert published.rows["users"] == USERS
    assert all(published.rows.values())
    meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
    assert meta["snapshot"] == published.snapshot
    assert meta["data_start"] == "2024-07-01"
    assert [path.name for path in published.path.parent.iterdir() if path.suffix != ".lock"] == ["serving.duckdb"]


def test_progress_and_cancelling(home: Path, published: Published, tmp_path: Path) -> None:
    """Stages come in order with shares from 0 to 1; a cancelled build leaves the old file as it was, and no other."""
    seen: list[tuple[str, float]] = []
    build_demo(tmp_path, users=1000, on_progress=lambda stage, share: seen.append((stage, share)))
    order = [(STAGES.index(stage), share) for stage, share in seen]
    assert order == sorted(order)
    assert {stage for stage, _ in seen} == set(STAGES)
    assert all(0 <= share <= 1 for _, share in seen)
    before = published.path.stat()
    calls = iter(range(1000))
    with pytest.raises(WarehouseError) as caught:
        build_demo(home, users=1000, cancelled=lambda: next(calls) > 30)
    assert caught.value.code == "cancelled"
    assert published.path.stat().st_ino == before.st_ino
    assert not list(published.path.parent.glob("building-*"))


@pytest.mark.parametrize(("users", "seed", "code"), [(10, 7, "demo_users"), (6000, -1, "demo_seed")])
def test_out_of_range(tmp_path: Path, users: int, seed: int, code: str) -> None:
    """A size or seed out of range is refused in both languages before anything is written."""
    with pytest.raises(QueryError) as caught:
        build_demo(tmp_path, users=users, seed=seed)
    assert caught.value.code == code
    assert caught.value.text.zh != caught.value.text.en
    assert not list(tmp_path.iterdir())


NOTHING_WRONG = {
    "an order has one pass that ends when it was paid": "SELECT o.order_id FROM orders o LEFT JOIN events e ON"
    " e.user_id = o.user_id AND e.event = 'pay_success' AND e.ts = o.paid_at GROUP BY ALL HAVING count(e.ts) <> 1",
    "every payment is an order": "SELECT e.ts FROM events e LEFT JOIN orders o ON o.user_id = e.user_id"
    " AND o.paid_at = e.ts WHERE e.event = 'pay_success' AND o.order_id IS NULL",
    "a pass has its steps in order": "SELECT user_id FROM (SELECT user_id, event_date, string_agg(event, ' ' ORDER BY ts,"
    " list_position(['checkout_view', 'pay_method', 'pay_submit', 'pay_success'], event)) AS path FROM events"
    " WHERE event IN ('checkout_view', 'pay_method', 'pay_submit', 'pay_success') GROUP BY ALL)"
    " WHERE NOT starts_with('checkout_view pay_method pay_submit pay_success', path)",
    "an inviter means the channel referral": "SELECT user_id FROM users"
    " WHERE (inviter_id IS NOT NULL) <> (channel = 'referral')",
    "an inviter means one accepted invite": "SELECT u.user_id FROM users u LEFT JOIN invites i ON"
    " i.accepted_user_id = u.user_id WHERE u.inviter_id IS NOT NULL GROUP BY u.user_id, u.inviter_id, u.registered_at"
    " HAVING count(i.invite_id) <> 1 OR min(i.inviter_id) <> u.inviter_id OR min(i.accepted_at) <> u.registered_at",
    "an accepted invite is of an invited user": "SELECT invite_id FROM invites i LEFT JOIN users u"
    " ON u.user_id = i.accepted_user_id WHERE accepted_at IS NOT NULL AND u.inviter_id IS DISTINCT FROM i.inviter_id",
    "inviters were there before": "SELECT u.user_id FROM users u JOIN users i ON i.user_id = u.inviter_id"
    " WHERE i.registered_at >= u.registered_at",
    "only attempts come before registration": "SELECT e.user_id FROM events e JOIN users u USING (user_id)"
    " WHERE e.ts < u.registered_at AND event NOT IN ('register_start', 'captcha_fail')",
    "nobody else has anything but attempts": "SELECT e.user_id FROM events e ANTI JOIN users u USING (user_id)"
    " WHERE event NOT IN ('register_start', 'captcha_fail')",
    "register is on day 0, at the time registered": "SELECT u.user_id FROM users u LEFT JOIN events e"
    " ON e.user_id = u.user_id AND e.event = 'register' WHERE u.register_date >= '2024-07-01'"
    " GROUP BY u.user_id, u.registered_at HAVING count(e.ts) <> 1 OR min(e.ts) <> u.registered_at",
    "nothing happens outside the data": "SELECT user_id FROM events"
    " WHERE event_date NOT BETWEEN '2024-07-01' AND '2025-12-31'",
    "refunds come after the order and by the end": "SELECT order_id FROM orders WHERE refunded_at <= paid_at"
    " OR refunded_at >= '2026-01-01' OR refund_amount > amount - coalesce(discount, 0)"
    " OR (refund_amount IS NULL) <> (refunded_at IS NULL)",
    "message states come in order": "SELECT message_id FROM messages WHERE delivered_at < sent_at"
    " OR opened_at < delivered_at OR clicked_at < opened_at OR (clicked_at IS NOT NULL AND opened_at IS NULL)"
    " OR (opened_at IS NOT NULL AND delivered_at IS NULL)",
    "touches come before registration": "SELECT user_id FROM touches t JOIN users u USING (user_id)"
    " WHERE touched_at > registered_at",
    "tickets are solved after they were opened": "SELECT ticket_id FROM tickets WHERE resolved_at <= opened_at"
    " OR resolved_at >= '2026-01-01' OR (csat IS NOT NULL AND resolved_at IS NULL)",
    "scores are within their scales": "SELECT user_id FROM surveys WHERE (kind = 'nps' AND score NOT BETWEEN 0 AND 10)"
    " OR (kind = 'csat' AND score NOT BETWEEN 1 AND 5)",
    "a renewed membership goes on": "SELECT m.user_id FROM memberships m WHERE renewed_on IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM memberships n WHERE n.user_id = m.user_id AND n.plan = m.plan"
    " AND n.started_on = greatest(m.renewed_on, m.expires_on + 1))",
    "a version is used only when it is out": "SELECT user_id FROM events WHERE platform = 'android'"
    " AND app_version = '5.2.0' AND event_date < '2025-03-03'",
    "the tier fits the province": "SELECT user_id FROM users WHERE province IN ('北京', '上海') AND city_tier <> 1",
    "a session is one user on one day": "SELECT session_id FROM events WHERE session_id IS NOT NULL"
    " GROUP BY session_id HAVING count(DISTINCT user_id) > 1 OR count(DISTINCT event_date) > 1",
    "campaigns named are campaigns": "SELECT campaign_id FROM (SELECT campaign_id FROM users UNION SELECT campaign_id"
    " FROM orders UNION SELECT campaign_id FROM messages UNION SELECT campaign_id FROM channel_spend"
    " UNION SELECT campaign_id FROM touches) WHERE campaign_id IS NOT NULL"
    " AND campaign_id NOT IN (SELECT campaign_id FROM campaigns)",
    "spend is never negative": "SELECT channel FROM channel_spend WHERE cost < 0 OR clicks > impressions",
}


@pytest.mark.parametrize("rule", NOTHING_WRONG)
def test_rows_hang_together(db: duckdb.DuckDBPyConnection, rule: str) -> None:
    """No row of the demo breaks the rule that the test is named after."""
    assert db.execute(f"SELECT * FROM ({NOTHING_WRONG[rule]}) LIMIT 3").fetchall() == []


NET = "amount - coalesce(discount, 0) - coalesce(refund_amount, 0)"
PLAUSIBLE = {
    "aov": (100, 300, f"SELECT sum({NET}) / count(*) FROM orders"),
    "refund_rate": (0.01, 0.08, "SELECT sum(refund_amount) / sum(amount - coalesce(discount, 0)) FROM orders"),
    "non_goods_share": (0.05, 0.3, f"SELECT sum({NET}) FILTER (product_type <> 'goods') / sum({NET}) FROM orders"),
    "delivery_rate": (0.85, 0.99, "SELECT count(delivered_at) / count(*) FROM messages"),
    "open_rate": (0.15, 0.4, "SELECT count(opened_at) / count(delivered_at) FROM messages"),
    "csat": (0.7, 0.95, "SELECT avg((score >= 4)::INT) FROM surveys WHERE kind = 'csat'"),
    "invite_acceptance": (0.25, 0.6, "SELECT count(accepted_at) / count(*) FROM invites"),
    "koc": (0.01, 0.06, "SELECT avg((followers BETWEEN 500 AND 5000)::INT) FROM users"),
    "null campaign": (0.3, 0.9, "SELECT avg((campaign_id IS NULL)::INT) FROM users"),
    "null discount": (0.2, 0.7, "SELECT avg((discount IS NULL)::INT) FROM orders"),
    "unknown gender": (0.04, 0.12, "SELECT avg((gender = 'unknown')::INT) FROM users"),
    "weekend over Tuesday": (
        1.02,
        1.15,
        "SELECT count(*) FILTER (isodow(event_date) = 6) / count(*) FILTER (isodow(event_date) = 2) FROM active_days",
    ),
    "monthly retention": (
        0.6,
        0.8,
        (
            "SELECT avg((last >= '2025-06-01')::INT) FROM (SELECT min(event_date) AS first, max(event_date) AS last"
            " FROM active_days WHERE event_date BETWEEN '2025-05-01' AND '2025-06-30' GROUP BY user_id)"
            " WHERE first < '2025-06-01'"
        ),
    ),
}


@pytest.mark.parametrize("metric", PLAUSIBLE)
def test_looks_right(db: duckdb.DuckDBPyConnection, metric: str) -> None:
    """The figure lies where an analyst would expect that of such a community."""
    low, high, sql = PLAUSIBLE[metric]
    assert low <= one(db, sql) <= high


def test_channels_differ(db: duckdb.DuckDBPyConnection) -> None:
    """Every channel with cost has a click rate of 1 to 5%; they differ in what they cost and bring back."""
    rates = dict(db.execute("SELECT channel, sum(clicks) / sum(impressions) FROM channel_spend GROUP BY 1").fetchall())
    assert set(rates) == {channel.name for channel in story.CHANNELS if channel.unit_cost}
    assert all(0.01 <= rate <= 0.05 for rate in rates.values()), rates


def test_values_are_the_documented_ones(db: duckdb.DuckDBPyConnection) -> None:
    """Channels, platforms, categories, events and named campaigns are those of the contract."""

    def values(column: str, table: str) -> set[str]:
        return {
            value
            for (value,) in db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
        }

    assert values("channel", "users") == {channel.name for channel in story.CHANNELS}
    assert values("platform", "events") == {"ios", "android", "mini_program", "web"}
    assert values("category", "orders") == {category for category, _, _ in world.GOODS}
    assert values("product_type", "orders") == {"goods", "service", "membership"}
    assert values("medium", "messages") == {"push", "sms", "email", "wecom", "call"}
    assert values("plan", "memberships") == {"monthly", "annual", "family"}
    assert len(values("event", "events")) == 20
    names = dict(db.execute("SELECT campaign_id, name FROM campaigns").fetchall())
    assert names["gravity"] == "引力场计划"
    assert names["summer_flash"] == "夏日闪购"


def test_events_are_in_order_of_days(db: duckdb.DuckDBPyConnection) -> None:
    """Events are stored by day, so that a query over some days reads only their part of the file."""
    assert not one(
        db,
        "SELECT count(*) FROM (SELECT event_date < lag(event_date) OVER (ORDER BY rowid) AS back FROM events) WHERE back",
    )
