"""The canonical warehouse: every table, column and type that the product may read.

All timestamps are plain TIMESTAMP in the business time zone (Asia/Shanghai unless configured); money is
DECIMAL(18,2) in CNY. Identifiers are declared as ``ID``: BIGINT in the demo, any text in a user's own data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

SCHEMA_VERSION: Final = "1"
ID: Final = "ID"
"""The logical type of an identifier: BIGINT or VARCHAR."""


@dataclass(frozen=True)
class Table:
    """One canonical table: its name, whether a warehouse must have it, and its columns with their types, in order."""

    name: str
    required: bool
    columns: Mapping[str, str]


def _table(name: str, columns: str, *, required: bool = False) -> Table:
    pairs = (part.split() for part in columns.split(";") if part.strip())
    return Table(name, required, MappingProxyType({part[0]: part[1] for part in pairs}))


_ALL = (
    _table(
        "users",
        "user_id ID; registered_at TIMESTAMP; register_date DATE; channel VARCHAR; campaign_id VARCHAR; platform VARCHAR;"
        "app_version VARCHAR; province VARCHAR; city_tier INTEGER; gender VARCHAR; age_band VARCHAR; birth_month INTEGER;"
        "birth_day INTEGER; inviter_id ID; followers INTEGER",
        required=True,
    ),
    _table(
        "events",
        "user_id ID; ts TIMESTAMP; event_date DATE; event VARCHAR; session_id ID; duration_s INTEGER; platform VARCHAR;"
        "app_version VARCHAR; feature VARCHAR; keyword VARCHAR",
        required=True,
    ),
    _table(
        "orders",
        "order_id ID; user_id ID; paid_at TIMESTAMP; order_date DATE; amount DECIMAL(18,2); discount DECIMAL(18,2);"
        "refund_amount DECIMAL(18,2); refunded_at TIMESTAMP; category VARCHAR; product_type VARCHAR; campaign_id VARCHAR",
    ),
    _table(
        "memberships",
        "membership_id ID; user_id ID; plan VARCHAR; started_on DATE; expires_on DATE; renewed_on DATE; members INTEGER",
    ),
    _table(
        "campaigns",
        "campaign_id VARCHAR; name VARCHAR; goal VARCHAR; channel VARCHAR; start_date DATE; end_date DATE;"
        "budget DECIMAL(18,2)",
    ),
    _table(
        "channel_spend",
        "spend_date DATE; channel VARCHAR; campaign_id VARCHAR; creative VARCHAR; impressions BIGINT; clicks BIGINT;"
        "cost DECIMAL(18,2)",
    ),
    _table(
        "touches",
        "user_id ID; touched_at TIMESTAMP; touch_date DATE; channel VARCHAR; campaign_id VARCHAR; kind VARCHAR",
    ),
    _table(
        "messages",
        "message_id ID; user_id ID; campaign_id VARCHAR; medium VARCHAR; sent_at TIMESTAMP; sent_date DATE;"
        "delivered_at TIMESTAMP; opened_at TIMESTAMP; clicked_at TIMESTAMP; unsubscribed BOOLEAN",
    ),
    _table(
        "invites",
        "invite_id ID; inviter_id ID; invited_at TIMESTAMP; invite_date DATE; accepted_user_id ID; accepted_at TIMESTAMP",
    ),
    _table(
        "experiments",
        "experiment_id VARCHAR; name VARCHAR; hypothesis VARCHAR; primary_metric VARCHAR; start_date DATE; end_date DATE",
    ),
    _table("assignments", "experiment_id VARCHAR; user_id ID; variant VARCHAR; assigned_at TIMESTAMP"),
    _table("surveys", "user_id ID; answered_at TIMESTAMP; answer_date DATE; kind VARCHAR; score INTEGER"),
    _table(
        "tickets",
        "ticket_id ID; user_id ID; opened_at TIMESTAMP; open_date DATE; category VARCHAR; first_response_min INTEGER;"
        "resolved_at TIMESTAMP; csat INTEGER",
    ),
    _table("targets", "metric VARCHAR; period DATE; grain VARCHAR; value DOUBLE"),
    _table("meta", "key VARCHAR; value VARCHAR", required=True),
)

TABLES: Final[Mapping[str, Table]] = MappingProxyType({table.name: table for table in _ALL})
"""Every canonical table by name. An optional table that a user does not have is published empty."""

META_KEYS: Final = ("snapshot", "as_of", "business_date", "data_start", "time_zone", "source", "schema_version")
"""The rows that ``meta`` must hold. Dates are ISO; ``snapshot`` names the published data."""

NOT_ACTIVITY: Final = ("register_start", "captcha_fail")
"""Events that do not make a user active: they belong to people who have not registered yet."""

ROLLUPS: Final[Mapping[str, Table]] = MappingProxyType(
    {
        table.name: table
        for table in (
            _table(
                "active_days",
                "user_id ID; event_date DATE; platform VARCHAR; app_version VARCHAR; first_row BOOLEAN; next_day DATE",
            ),
            _table("active_weeks", "user_id ID; week DATE; platform VARCHAR; app_version VARCHAR; first_row BOOLEAN"),
            _table("active_months", "user_id ID; month DATE; platform VARCHAR; app_version VARCHAR; first_row BOOLEAN"),
            _table(
                "user_days",
                "user_id ID; event_date DATE; platform VARCHAR; app_version VARCHAR; opens BIGINT; seconds BIGINT;"
                "contents BIGINT; interactions BIGINT; features BIGINT",
            ),
            _table("away_spells", "user_id ID; last_day DATE; next_day DATE"),
        )
    }
)
"""Tables computed at publication, read instead of the raw events wherever they give the same answer.

``active_days``, ``active_weeks`` and ``active_months`` hold each (user, day, Monday or first of the month, platform,
version) with at least one row in ``events`` that counts as activity, once, each month in the order of its days; ``first_row`` marks one row
of each user and day, week or month, so that people can be counted without telling them apart, and ``next_day`` is the next
day the user was active, null where there is none. ``user_days`` adds up what
users did by the same keys: app opens, seconds, contents published, likes, comments and shares, events with a feature; rows
with nothing of it are left out. ``away_spells`` holds each stretch of more than 15 days in which a registered user was not
active: the day they were last active (registering counts) and the day they came back, 9999-12-31 where they have not.
"""
