"""Sentences about groups of users, counted, against statements written by hand over the warehouse's tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from assistant.planner.segments.people import as_params, read_people
from assistant.planner.types import World
from knowledge.catalog import load_catalog
from tests.assistant.planner.worlds import demo_world
from tools.build_segment import SegmentParams, build_segment
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.tool import ToolContext
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path

_NET = "sum(amount - coalesce(discount, 0) - coalesce(refund_amount, 0))"
_ACTIVE = "(SELECT user_id, event_date FROM events WHERE event NOT IN ('register_start', 'captcha_fail'))"
_AWAY = (
    "(SELECT u.user_id, DATE '2025-12-31' - greatest(u.register_date, coalesce(max(a.event_date), u.register_date)) AS days "
    f"FROM users u LEFT JOIN {_ACTIVE} a USING (user_id) GROUP BY u.user_id, u.register_date)"
)


def _top(share: float, start: str) -> str:
    return (
        "(SELECT user_id FROM (SELECT user_id, row_number() OVER (ORDER BY net DESC, user_id) AS place, count(*) OVER () AS people "
        f"FROM (SELECT user_id, {_NET} AS net FROM orders WHERE order_date >= DATE '{start}' GROUP BY user_id HAVING net > 0)) "
        f"WHERE place <= ceil(people * {share}))"
    )


def _who(event: str, start: str, least: int) -> str:
    return f"(SELECT user_id FROM events WHERE event = '{event}' AND event_date >= DATE '{start}' GROUP BY 1 HAVING count(*) >= {least})"


#: The ten of docs/segments.md and the condition on users that each means, written by hand.
BY_HAND = {
    "30到60天没来、近365天消费前20%的女性用户": f"gender = 'f' AND days BETWEEN 30 AND 60 AND user_id IN {_top(0.2, '2025-01-01')}",
    "近30天发过3次以上内容的安卓用户，排除KOL渠道的": (
        f"platform = 'android' AND channel IS DISTINCT FROM 'kol' AND user_id IN {_who('content_publish', '2025-12-02', 3)}"
    ),
    "近90天消费超过500元但近30天没分享过的用户": (
        f"user_id IN (SELECT user_id FROM orders WHERE order_date >= DATE '2025-10-03' GROUP BY 1 HAVING {_NET} > 500) "
        f"AND user_id NOT IN {_who('share', '2025-12-02', 1)}"
    ),
    "近30天里有十五天以上活跃、从没付过款的新人，注册90天内": (
        f"DATE '2025-12-31' - register_date <= 90 AND user_id NOT IN {_who('pay_success', '2000-01-01', 1)} AND user_id IN "
        f"(SELECT user_id FROM {_ACTIVE} WHERE event_date >= DATE '2025-12-02' GROUP BY 1 HAVING count(DISTINCT event_date) >= 15)"
    ),
    "（KOL渠道且一线城市）或（短视频渠道且二线城市）的用户，30到60天没来": (
        "days BETWEEN 30 AND 60 AND ((channel = 'kol' AND city_tier = 1) OR (channel = 'short_video' AND city_tier = 2))"
    ),
    "users inactive for 30-60 days who ordered at least twice in the last 365 days": (
        "days BETWEEN 30 AND 60 AND user_id IN "
        "(SELECT user_id FROM orders WHERE order_date >= DATE '2025-01-01' GROUP BY 1 HAVING count(*) >= 2)"
    ),
    "top 10% of users by revenue in the last 90 days who are not on iOS": (
        f"platform IS DISTINCT FROM 'ios' AND user_id IN {_top(0.1, '2025-10-03')}"
    ),
    "users who searched at least 3 times in the last 30 days but never paid": (
        f"user_id IN {_who('search', '2025-12-02', 3)} AND user_id NOT IN {_who('pay_success', '2000-01-01', 1)}"
    ),
    "high-value users but not KOC, registered more than 180 days ago": (
        f"DATE '2025-12-31' - register_date > 180 AND user_id IN {_top(0.2, '2025-01-01')} AND NOT (coalesce(followers, 0) BETWEEN 500 "
        f"AND 5000 AND user_id IN (SELECT user_id FROM {_ACTIVE} WHERE event_date >= DATE '2025-12-02'))"
    ),
    "price-sensitive users as of 2025-09-30": (
        "user_id IN (SELECT user_id FROM orders WHERE order_date BETWEEN DATE '2025-04-04' AND DATE '2025-09-30' "
        "GROUP BY 1 HAVING count(*) >= 2 AND sum(coalesce(discount, 0)) >= 0.2 * sum(amount))"
    ),
}


@pytest.fixture(scope="module")
def world() -> World:
    """The demo's world."""
    return demo_world(segments=True)


def test_ten_sentences_count_what_a_hand_written_statement_counts(
    demo_home: Path, world: World, tmp_path: Path
) -> None:
    """Each sentence's group has the size that a statement written by hand gives; most of them are not empty."""
    layer = SemanticLayer(load_catalog(), Warehouse(serving_path(demo_home)), ReceiptStore(demo_home))
    context = ToolContext(layer, "en", Interrupter())
    sizes: dict[str, int] = {}
    for sentence in BY_HAND:
        params = as_params(read_people(sentence, world), world.clock)
        sizes[sentence] = int(str(build_segment(context, SegmentParams.model_validate(params)).rows[0][0]))
    copy = shutil.copy(
        serving_path(demo_home), tmp_path / "copy.duckdb"
    )  # the layer holds the other open, with its own settings
    with duckdb.connect(str(copy), read_only=True) as connection:
        for sentence, condition in BY_HAND.items():
            statement = f"SELECT count(*) FROM users JOIN {_AWAY} USING (user_id) WHERE {condition}"
            assert sizes[sentence] == connection.execute(statement).fetchall()[0][0], sentence
    assert sum(size > 0 for size in sizes.values()) >= 8
