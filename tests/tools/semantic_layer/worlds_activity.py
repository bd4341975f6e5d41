"""Random memberships, messages, answers and tickets: rows at every edge that the metrics of activity have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.tools.semantic_layer.worlds import WorldMaker

FEATURES = ("ai_search", "live", None, None, None)
DURATIONS = (None, None, 0, 59, 240, 300, 600, 1201)
MEDIA = ("push", "sms", None)
PLANS = ("monthly", "annual", None)
DAY = timedelta(days=1)
Rows = list[dict[str, Any]]


def activity_tables(maker: WorldMaker) -> Mapping[str, Rows]:
    """Return the rows of memberships, messages, surveys and tickets; some belong to nobody who registered."""
    people = [*maker.ids, maker.strangers[0]]
    return {
        "memberships": _memberships(maker, people),
        "messages": _messages(maker, people),
        "surveys": _surveys(maker, people),
        "tickets": _tickets(maker, people),
    }


def _memberships(maker: WorldMaker, people: Sequence[Any]) -> Rows:
    pick = maker.random.choice
    rows = []
    for number in range(len(people) * 2):
        start = maker.day(before=60, after=1)
        end = pick((start + 29 * DAY, start + 364 * DAY, start, maker.day(after=1)))
        rows.append(
            {
                "membership_id": _id(maker, "c", number),
                "user_id": pick(people),
                "plan": pick(PLANS),
                "started_on": min(start, end),
                "expires_on": end,
                "renewed_on": pick((None, end - 3 * DAY, end, end + 7 * DAY, end + 7 * DAY, end + 8 * DAY)),
                "members": 1,
            }
        )
    return rows


def _messages(maker: WorldMaker, people: Sequence[Any]) -> Rows:
    pick = maker.random.choice
    rows = []
    for number in range(len(people) * 6):
        sent = maker.moment(maker.day(before=5, after=1))

        def later(sent: datetime = sent) -> datetime | None:
            return pick((None, sent, sent + 2 * DAY))

        rows.append(
            {
                "message_id": _id(maker, "m", number),
                "user_id": pick(people),
                "campaign_id": pick(("gravity", "spark", None)),
                "medium": pick(MEDIA),
                "sent_at": sent,
                "delivered_at": later(),
                "opened_at": later(),  # also where no delivery was recorded
                "clicked_at": later(),
                "unsubscribed": pick((True, False, False, None)),
            }
        )
    return rows


def _surveys(maker: WorldMaker, people: Sequence[Any]) -> Rows:
    scores = {"nps": (None, 0, 6, 7, 8, 9, 10, 10), "csat": (None, 1, 3, 4, 5)}
    rows = []
    for _ in range(len(people) * 4):
        kind = maker.random.choice(("nps", "csat"))
        rows.append(
            {
                "user_id": maker.random.choice(people),
                "answered_at": maker.moment(maker.day(before=5, after=1)),
                "kind": kind,
                "score": maker.random.choice(scores[kind]),
            }
        )
    return rows


def _tickets(maker: WorldMaker, people: Sequence[Any]) -> Rows:
    return [
        {
            "ticket_id": _id(maker, "t", number),
            "user_id": maker.random.choice(people),
            "opened_at": maker.moment(maker.day(before=5, after=1)),
            "category": maker.random.choice(("refund", "delivery", None)),
            "csat": maker.random.choice((None, 1, 5)),
        }
        for number in range(len(people) * 2)
    ]


def _id(maker: WorldMaker, prefix: str, number: int) -> Any:
    return f"{prefix}{number}" if isinstance(maker.ids[0], str) else number


def use_of(maker: WorldMaker) -> Mapping[str, Any]:
    """Return the feature and the duration of an event, often none."""
    return {"feature": maker.random.choice(FEATURES), "duration_s": maker.random.choice(DURATIONS)}
