"""Hands the story and its world to the SQL: as small tables and as variables of the connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import duckdb

from tools.demo import story, world

Row = Sequence[object]


def day_number(day: date) -> int:
    """Return a day as the SQL counts it: 0 is the first day of the data."""
    return (day - story.DATA_START).days


def hand_over(connection: duckdb.DuckDBPyConnection, *, users: int, seed: int) -> None:
    """Create the temporary tables and set the variables that the SQL of the demo reads."""
    for name, value in _variables(users, seed).items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])
    _people_tables(connection)
    _day_tables(connection)
    _version_tables(connection)
    _campaign_tables(connection)
    _visit_tables(connection)


def _variables(users: int, seed: int) -> dict[str, object]:
    kept = story.PPM - story.SLICE_SHARE + story.SLICE_SHARE * story.INCIDENT_CONVERSION // story.CONVERSION
    dates = {
        "incident_start": story.INCIDENT[0],
        "incident_end": story.INCIDENT[1],
        "march_start": date(2025, 3, 1),
        "march_end": date(2025, 3, 31),
        "april": date(2025, 4, 1),
        "july": date(2025, 7, 1),
        "winback_day": date(2025, 10, 1),
        "push_day": date(2025, 5, 12),
        "double11_a": story.DOUBLE_11[0],
        "double11_b": story.DOUBLE_11[1],
        "last_day": story.AS_OF,
    }
    return {
        "users": users,
        "seed": seed,
        "origin": story.DATA_START,
        "data_end": story.AS_OF + timedelta(days=1),
        **{name: day_number(day) for name, day in dates.items()},
        "slice": story.SLICE_SHARE,
        "incident_slice": story.SLICE_SHARE * story.INCIDENT_CONVERSION // story.CONVERSION,
        "incident_line": kept,
        "incident_d1": story.INCIDENT_D1,
        "d7_before": story.RETENTION_D7[0],
        "d7_after": story.RETENTION_D7[1],
        "activation_after": story.step(story.ACTIVATION, date(2025, 4, 1)),
        "conversion": story.CONVERSION,
        "incident_conversion": story.INCIDENT_CONVERSION,
        "captcha": story.CAPTCHA_PER_START,
        "incident_captcha": story.INCIDENT_CAPTCHA,
        "hours": list(world.HOURS),
        "update_lags": [lag + 1 for lag in (0, *story.LAGS[2:])],
        "features": list(world.FEATURES),
        "keywords": list(world.KEYWORDS),
    }


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Iterable[Row]) -> None:
    """Create a temporary table from rows, in one statement whatever their number."""
    connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
    kinds = [column.split()[1] for column in columns.split(", ")]
    lists = [list(column) for column in zip(*rows, strict=True)]
    unnested = ", ".join(f"unnest(${place}::{kind}[])" for place, kind in enumerate(kinds, 1))
    connection.execute(f"INSERT INTO {name} SELECT {unnested}", lists)


def _people_tables(connection: duckdb.DuckDBPyConnection) -> None:
    channels = [
        (c.name, place, c.quality, c.fen_per_click, c.ctr_ppm, list(world.CREATIVES[c.name]))
        for place, c in enumerate(story.CHANNELS)
    ]
    columns = (
        "channel VARCHAR, position INTEGER, quality INTEGER, fen_per_click INTEGER, ctr INTEGER, creatives VARCHAR[]"
    )
    _table(connection, "channels", columns, channels)
    lives = []
    for era in (0, 1):
        low = 0
        for shares, (shortest, longest) in story.LIFE:
            lives.append((era, low * 1000, shortest, longest))
            low = shares[era]
    _table(connection, "life_line", "era INTEGER, low INTEGER, shortest INTEGER, longest INTEGER", lives)
    total = sum(weight for _, weight, _ in world.PROVINCES)
    low, provinces = 0, []
    for name, weight, tiers in world.PROVINCES:
        provinces.append((low * story.PPM // total, name, list(tiers)))
        low += weight
    _table(connection, "provinces", "low INTEGER, province VARCHAR, tiers INTEGER[]", provinces)


def _day_tables(connection: duckdb.DuckDBPyConnection) -> None:
    sign_up, cohorts, rates = [], [], []
    for day in story.days():
        number, later = day_number(day), int(day >= date(2025, 4, 1))
        counted = zip(
            story.CHANNELS, story.sign_up_weights(day), story.wanted_weights(day), story.unit_costs(day), strict=True
        )
        sign_up += [(number, c.name, weight, wanted, cost) for c, weight, wanted, cost in counted]
        levels = (story.step(story.ACTIVATION, day), story.at(story.PENETRATION, day))
        cohorts.append((number, story.RETENTION_D1[later], *levels))
        if number >= 0:
            paths = (story.at(story.CLICK, day), story.at(story.FEATURE, day))
            rates.append((number, story.on_rate(day), story.swing(day), story.desire(day), *paths))
    _table(
        connection, "sign_up",
        "day INTEGER, channel VARCHAR, weight BIGINT, plain_weight BIGINT, unit_cost BIGINT", sign_up,
    )  # fmt: skip
    _table(connection, "cohorts", "day INTEGER, d1_level INTEGER, activation INTEGER, penetration INTEGER", cohorts)
    _table(
        connection, "rates",
        "day INTEGER, settled BIGINT, swing BIGINT, desire BIGINT, click BIGINT, feature INTEGER", rates,
    )  # fmt: skip


def _version_tables(connection: duckdb.DuckDBPyConnection) -> None:
    places = [
        (platform, name, place)
        for platform, versions in story.VERSIONS.items()
        for place, (name, _) in enumerate(versions)
    ]
    _table(connection, "versions", "platform VARCHAR, app_version VARCHAR, place INTEGER", places)
    place_of = {(platform, name): place for platform, name, place in places}
    live = []
    for lag in sorted({*story.LAGS, *(lag + 1 for lag in story.LAGS)}):
        for day in story.days():
            for platform in story.VERSIONS:
                name = story.newest(platform, day - timedelta(days=lag))
                live.append((platform, lag, day_number(day), name, place_of[platform, name]))
    _table(
        connection, "live_versions",
        "platform VARCHAR, lag INTEGER, day INTEGER, app_version VARCHAR, place INTEGER", live,
    )  # fmt: skip


def _campaign_tables(connection: duckdb.DuckDBPyConnection) -> None:
    acquiring = [
        (c.campaign_id, channel, c.start, c.end, c.share, c.roi_pct)
        for c in world.CAMPAIGNS
        if c.goal == "acquire"
        for channel in ([c.channel] if c.channel else world.GRAVITY_CHANNELS)
    ]
    columns = "campaign_id VARCHAR, channel VARCHAR, start_date DATE, end_date DATE, share INTEGER, roi_pct INTEGER"
    _table(connection, "acquiring", columns, acquiring)
    selling = [
        (c.campaign_id, day_number(c.start), day_number(c.end), c.share // 1000, c.roi_pct)
        for c in world.CAMPAIGNS
        if c.goal == "monetise"
    ]
    columns = "campaign_id VARCHAR, first_day INTEGER, last_day INTEGER, share INTEGER, roi_pct INTEGER"
    _table(connection, "selling", columns, selling)
    everything = [(c.campaign_id, c.name, c.goal, c.channel, c.start, c.end, c.budget) for c in world.CAMPAIGNS]
    columns = (
        "campaign_id VARCHAR, name VARCHAR, goal VARCHAR, channel VARCHAR, start_date DATE, end_date DATE,"
        " budget_yuan BIGINT"
    )
    _table(connection, "campaign_list", columns, everything)
    connection.executemany("INSERT INTO experiments VALUES (?, ?, ?, ?, ?, ?)", list(world.EXPERIMENTS))


def _visit_tables(connection: duckdb.DuckDBPyConnection) -> None:
    slots = [
        (persona, number, s.event, s.chances[place], s.session, *s.seconds, s.featured)
        for number, s in enumerate(world.SLOTS)
        for place, persona in enumerate(world.PERSONAS)
    ]
    columns = (
        "persona VARCHAR, slot INTEGER, event VARCHAR, chance INTEGER, session INTEGER, shortest INTEGER,"
        " longest INTEGER, featured BOOLEAN"
    )
    _table(connection, "slots", columns, slots)
    low, goods = 0, []
    for category, share, fen in world.GOODS:
        goods.append((low, category, fen))
        low += share
    _table(connection, "goods", "low UBIGINT, category VARCHAR, fen INTEGER", goods)
