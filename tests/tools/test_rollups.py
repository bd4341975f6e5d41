"""The rollups hold what the raw tables say: checked on random rows against the plainest SQL there is."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tools.warehouse.publish import draft
from tools.warehouse.rollups import AWAY_AFTER_DAYS

START = date(2024, 11, 20)
DAYS = 140
KINDS = ("register_start", "captcha_fail", "app_open", "content_view", "content_publish", "like", "comment", "share")
UNITS = {"day": "event_date", "week": "week", "month": "month"}
META = {
    "snapshot": "random-1",
    "as_of": "2025-04-08",
    "business_date": "2025-04-08",
    "data_start": "2024-11-20",
    "time_zone": "Asia/Shanghai",
    "source": "test",
    "schema_version": "1",
}

COLUMNS = {f"active_{unit}s": ("user_id", key, "platform", "app_version") for unit, key in UNITS.items()}
PLAIN = {
    "active_days": """
        SELECT DISTINCT user_id, event_date, platform, app_version FROM events
        WHERE event NOT IN ('register_start', 'captcha_fail')""",
    "active_weeks": """
        SELECT DISTINCT user_id, event_date - (isodow(event_date) - 1)::INTEGER AS week, platform, app_version FROM events
        WHERE event NOT IN ('register_start', 'captcha_fail')""",
    "active_months": """
        SELECT DISTINCT user_id, make_date(year(event_date), month(event_date), 1) AS month, platform, app_version FROM events
        WHERE event NOT IN ('register_start', 'captcha_fail')""",
    "user_days": """
        SELECT * FROM (
            SELECT user_id, event_date, platform, app_version, sum((event = 'app_open')::INTEGER)::BIGINT AS opens,
                   coalesce(sum(duration_s), 0)::BIGINT AS seconds, sum((event = 'content_publish')::INTEGER)::BIGINT AS contents,
                   sum((event IN ('like', 'comment', 'share'))::INTEGER)::BIGINT AS interactions,
                   count(feature) AS features
            FROM events GROUP BY ALL) WHERE opens > 0 OR seconds <> 0 OR contents > 0 OR interactions > 0 OR features > 0""",
    "away_spells": f"""
        WITH days AS (
            SELECT user_id, register_date AS day FROM users
            UNION SELECT user_id, event_date FROM events JOIN users USING (user_id)
            WHERE event NOT IN ('register_start', 'captcha_fail') AND event_date > register_date)
        SELECT user_id, day AS last_day, next_day FROM (
            SELECT d.user_id, d.day,
                   coalesce((SELECT min(e.day) FROM days AS e WHERE e.user_id = d.user_id AND e.day > d.day), '9999-12-31') AS next_day
            FROM days AS d) WHERE next_day - day > {AWAY_AFTER_DAYS}""",
}


@pytest.fixture(scope="module", params=[1, 2, 3])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of random rows: people who come rarely, some before they register, some who never do."""
    rng = random.Random(request.param)
    users = [(n, START + timedelta(days=rng.randrange(DAYS))) for n in range(60)]
    events = []
    for user, _ in [*users, *((n, None) for n in range(60, 70))]:
        for _ in range(rng.choice([0, 1, 3, 12, 40])):
            moment = datetime.combine(START, datetime.min.time()) + timedelta(seconds=rng.randrange(DAYS * 86_400))
            event = rng.choice(KINDS)
            platform, version = rng.choice(["ios", "android", None]), rng.choice(["5.1.0", None])
            duration = rng.choice([None, 0, rng.randrange(600)])
            events.append((user, moment, moment.date(), event, duration, platform, version, rng.choice([None, "wiki"])))
    home = tmp_path_factory.mktemp("rollups")
    with draft(home) as new:
        new.create()
        new.connection.executemany(
            "INSERT INTO users (user_id, registered_at, register_date) VALUES (?, ?, ?)",
            [(user, datetime.combine(day, datetime.min.time()), day) for user, day in users],
        )
        new.connection.executemany(
            "INSERT INTO events (user_id, ts, event_date, event, duration_s, platform, app_version, feature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            events,
        )
        return new.publish(META).path


@pytest.mark.parametrize("name", PLAIN)
def test_a_rollup_holds_what_the_raw_tables_say(published: Path, name: str) -> None:
    """Row for row, nulls included, nothing twice."""
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = f"SELECT {', '.join(COLUMNS.get(name, ('*',)))} FROM {name}"
        built = connection.execute(f"{rows} ORDER BY ALL").fetchall()
        assert built == connection.execute(f"SELECT * FROM ({PLAIN[name]}) ORDER BY ALL").fetchall()
    assert built


@pytest.mark.parametrize("unit", UNITS)
def test_one_row_of_each_user_and_unit_is_marked(published: Path, unit: str) -> None:
    """Counting the marked rows counts people: one is marked however many platforms there are, and never more."""
    with duckdb.connect(str(published), read_only=True) as connection:
        marked = f"SELECT user_id, {UNITS[unit]}, count(*) FILTER (WHERE first_row) AS marked, count(*) AS n FROM active_{unit}s"
        counts = f"{marked} GROUP BY ALL"
        ((fewest, most, rows),) = connection.execute(
            f"SELECT min(marked), max(marked), max(n) FROM ({counts})"
        ).fetchall()
    assert (fewest, most) == (1, 1)
    assert rows > 1


def test_the_next_day_is_the_next_day_of_activity(published: Path) -> None:
    """Over the ends of months too; null on the last day a user was seen."""
    with duckdb.connect(str(published), read_only=True) as connection:
        wrong = connection.execute(
            "SELECT a.* FROM active_days AS a WHERE a.next_day IS DISTINCT FROM (SELECT min(b.event_date) FROM active_days AS b"
            " WHERE b.user_id = a.user_id AND b.event_date > a.event_date)"
        ).fetchall()
        ((known, unknown),) = connection.execute(
            "SELECT count(next_day), count(*) - count(next_day) FROM active_days"
        ).fetchall()
    assert wrong == []
    assert known
    assert unknown
