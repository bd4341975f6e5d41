"""Random conversions, orders, spend, touches and invites: rows at every edge that the metrics of commerce have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.tools.semantic_layer.worlds import WorldMaker

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
QUIET = "quiet"
"""A campaign that brings orders and never costs anything."""
LATER = (-SECOND, timedelta(0), timedelta(0), HOUR, DAY - SECOND, DAY, DAY, DAY + SECOND, 2 * DAY)
"""How long after the first step the second one comes."""
AGES = (
    -SECOND, timedelta(0), timedelta(0), HOUR, 3.5 * DAY, 7 * DAY, 14 * DAY, 30 * DAY - SECOND, 30 * DAY, 30 * DAY,
    30 * DAY + SECOND, 45 * DAY,
)  # fmt: skip
"""How long before the registration a touch is."""
Rows = list[dict[str, Any]]


def with_commerce(maker: WorldMaker, tables: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """Return the tables of a world with what the metrics of commerce read; users get someone who invited them."""
    pick = maker.random.choice
    inviters = [None, None, *maker.ids[:3], maker.strangers[0]]
    users = [{**user, "inviter_id": pick(inviters)} for user in tables["users"]]
    return {
        **tables,
        "users": users,
        "events": [*tables["events"], *_steps(maker)],
        "orders": [*tables["orders"], *_orders(maker, users)],
        "channel_spend": [*tables["channel_spend"], *_spend(maker)],
        "touches": [touch for user in users for touch in _touches(maker, user)],
        "invites": _invites(maker),
    }


def _steps(maker: WorldMaker) -> Rows:
    """Return people who begin to register or to pay, and what they do next, if anything."""
    rows = []
    for user in [*maker.ids, *maker.strangers]:
        for first, then in (("register_start", "register"), ("checkout_view", "pay_success")):
            for _ in range(maker.random.randrange(4)):
                begun = maker.moment(maker.day(before=2, after=1))
                rows.append(_event(maker, user, first, begun))
                again = maker.random.choice((0, 1, 1, 2))
                rows += [_event(maker, user, then, begun + maker.random.choice(LATER)) for _ in range(again)]
    return rows


def _event(maker: WorldMaker, user: Any, event: str, ts: datetime) -> dict[str, Any]:
    pick = maker.random.choice
    return {
        "user_id": user,
        "ts": ts,
        "event": event,
        "platform": pick(("ios", "android", None)),
        "app_version": pick(("5.2.0", "5.10.0", "5.9", None)),
        "duration_s": None,
        "feature": None,
    }


def _orders(maker: WorldMaker, users: Sequence[Mapping[str, Any]]) -> Rows:
    """Return orders that tie, that lose money, of every kind, on both sides of the days that cohorts are followed to."""
    pick = maker.random.choice
    rows = []
    for number in range(len(users)):
        user = pick(users)
        after = pick((0, 28, 29, 30, 58, 59, 60, 89, 90, 178, 179, 180)) * DAY
        day = pick((min(user["registered_at"].date() + after, maker.as_of + DAY), maker.day(after=1)))
        amount, refund = pick((("50.00", None), ("50.00", "0.00"), ("70.00", "20.00"), ("8.00", "30.00")))
        rows.append(
            {
                "order_id": f"p{number}" if isinstance(user["user_id"], str) else 100_000 + number,
                "user_id": user["user_id"],
                "paid_at": maker.moment(day),
                "amount": amount,
                "discount": None,
                "refund_amount": refund,
                "refunded_at": None if refund is None else datetime.combine(day, time(12)) + pick((1, 40)) * DAY,
                "category": pick(("books", "food", None)),
                "product_type": pick(("goods", "service", "membership", None)),
                "campaign_id": pick(("gravity", QUIET, None)),
            }
        )
    return rows


def _spend(maker: WorldMaker) -> Rows:
    """Return spend that belongs to no channel or no campaign, and a campaign that is shown without a cost."""
    pick = maker.random.choice
    return [
        {
            "spend_date": maker.day(before=5, after=1),
            "channel": pick((None, "kol", "organic")),
            "campaign_id": campaign,
            "creative": pick(("a", None)),
            "impressions": pick((0, 100, None)),
            "clicks": pick((0, 5, None)),
            "cost": pick(("0.00", None)) if campaign == QUIET else pick(("7.77", "250.00", None)),
        }
        for campaign in (pick(("spark", None, QUIET)) for _ in range(maker.days // 6 + 4))
    ]


def _touches(maker: WorldMaker, user: Mapping[str, Any]) -> Rows:
    """Return the path of a user: at the edges of what counts, some at one instant, of both kinds."""
    pick = maker.random.choice
    rows: Rows = []
    for _ in range(pick((0, 1, 1, 2, 3, 4, 6))):
        at = rows[-1]["touched_at"] if rows and pick((True, False, False)) else user["registered_at"] - pick(AGES)
        rows.append(
            {
                "user_id": user["user_id"],
                "touched_at": at,
                "channel": pick(("kol", "short_video", "organic", "billboard", None)),
                "campaign_id": pick(("gravity", "spark", None)),
                "kind": pick(("impression", "click")),
            }
        )
    return rows


def _invites(maker: WorldMaker) -> Rows:
    pick = maker.random.choice
    rows = []
    for number in range(len(maker.ids) * 2):
        sent = maker.moment(maker.day(before=5, after=1))
        accepted = pick((None, sent, sent + 3 * DAY, sent + 60 * DAY))
        rows.append(
            {
                "invite_id": f"i{number}" if isinstance(maker.ids[0], str) else number,
                "inviter_id": pick([*maker.ids[: len(maker.ids) // 2], maker.strangers[1]]),
                "invited_at": sent,
                "accepted_user_id": None if accepted is None else pick([*maker.ids, None]),
                "accepted_at": accepted,
            }
        )
    return rows
