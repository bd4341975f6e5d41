"""Small random warehouses, awkward on purpose: gaps, nulls, strangers, part days, people older than the data."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.tools.semantic_layer.worlds_activity import activity_tables, use_of
from tests.tools.semantic_layer.worlds_commerce import with_commerce

CHANNELS = ("kol", "short_video", "organic", None)
CAMPAIGNS = ("gravity", "spark", None)
PLATFORMS = ("ios", "android", None)
VERSIONS = ("5.2.0", "5.10.0", "5.9", None)
PASSIVE = ("register_start", "captcha_fail")
EVENTS = (
    "app_open", "content_view", "content_publish", "like", "comment", "share", "profile_complete", "first_interaction",
    "claim_gift", *PASSIVE,
)  # fmt: skip
EXPERIMENTS = ("onboarding_3_tasks", "winback")
BACK = (0, 1, 2, 3, 6, 7, 8, 14, 29, 30, 31, 60, 90)
"""Days after registration on which people tend to come back."""
DAY = timedelta(days=1)
Rows = list[dict[str, Any]]


class WorldMaker:
    """Makes the rows of one warehouse from a seed; the same seed gives the same rows."""

    def __init__(self, seed: int, data_start: date, as_of: date, *, users: int, ids_are_text: bool = False) -> None:
        self.random = random.Random(seed)
        self.data_start, self.as_of = data_start, as_of
        self.days = (as_of - data_start).days + 1
        self.ids = [f"u{n:03d}" if ids_are_text else n for n in range(1, users + 1)]
        self.strangers = [f"x{n}" if ids_are_text else 9000 + n for n in range(3)]

    def tables(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the rows of every table that the first metrics read."""
        users = [self._user(user_id) for user_id in self.ids]
        tables = {
            "users": users,
            "events": [event for user in users for event in self._events(user)] + self._strange_events(),
            "orders": self._orders(users),
            "channel_spend": self._spend(),
            "assignments": self._assignments(),
            "targets": self._targets(),
            **activity_tables(self),
            "campaigns": [
                {"campaign_id": "gravity", "name": "引力场计划"},
                {"campaign_id": "spark", "name": "星火计划"},
            ],
            "experiments": [{"experiment_id": name, "name": name} for name in EXPERIMENTS],
        }
        return with_commerce(self, tables)

    def moment(self, day: date) -> datetime:
        """Return an instant of a day, often its first or last."""
        edge = self.random.choice((time(0, 0), time(23, 59, 59), None, None))
        return datetime.combine(day, edge or time(self.random.randrange(24), self.random.randrange(60)))

    def day(self, *, before: int = 0, after: int = 0) -> date:
        """Return a day of the data, or up to so many before or after it."""
        return self.data_start + self.random.randint(-before, self.days - 1 + after) * DAY

    def _user(self, user_id: Any) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "user_id": user_id,
            "registered_at": self.moment(self.day(before=40, after=1)),
            "channel": pick(CHANNELS),
            "campaign_id": pick(CAMPAIGNS),
            "platform": pick(PLATFORMS),
            "app_version": pick(VERSIONS),
            "province": pick(("广东", "四川", None)),
            "city_tier": pick((1, 2, 3, 5, None)),
            "gender": pick(("f", "m", "unknown", None)),
            "age_band": pick(("18-24", "46+", None)),
        }

    def _events(self, user: Mapping[str, Any]) -> Rows:
        born = user["registered_at"].date()
        days = [born + self.random.choice(BACK) * DAY for _ in range(self.random.randrange(12))]
        days += [self.day(before=20, after=1) for _ in range(self.random.randrange(10))]
        days += [born + n * DAY for n in range(3) for _ in range(self.random.choice((0, 0, 2)))]
        rows = [self._event(user["user_id"], day) for day in days]
        rows += [dict(row) for row in rows[:1]]
        if self.random.random() < 0.4:
            rows += [
                {**self._event(user["user_id"], born + self.random.choice((0, 1, 2, 2, 3)) * DAY), "event": name}
                for name in ("profile_complete", "first_interaction", "claim_gift")
            ]
        return rows

    def _event(self, user_id: Any, day: date) -> dict[str, Any]:
        return {
            "user_id": user_id,
            "ts": self.moment(min(day, self.as_of + DAY)),
            "event": self.random.choice(EVENTS),
            "platform": self.random.choice(PLATFORMS),
            "app_version": self.random.choice(VERSIONS),
            **use_of(self),
        }

    def _strange_events(self) -> Rows:
        return [self._event(user_id, self.day(after=1)) for user_id in self.strangers for _ in range(6)]

    def _orders(self, users: Sequence[Mapping[str, Any]]) -> Rows:
        rows = []
        for number in range(len(users) * 3):
            user = self.random.choice(users)
            near = user["registered_at"].date() + self.random.choice((0, 1, 30, 88, 89, 90)) * DAY
            day = self.random.choice((near, self.day(before=10, after=1)))
            amount = self.random.randrange(1, 90_000) / 100
            rows.append(
                {
                    "order_id": f"o{number}" if isinstance(user["user_id"], str) else number,
                    "user_id": user["user_id"] if number % 17 else self.strangers[0],
                    "paid_at": self.moment(day),
                    "amount": f"{amount:.2f}",
                    "discount": self.random.choice((None, "0.00", "1.01", "20.00")),
                    "refund_amount": self.random.choice((None, None, f"{amount:.2f}", "0.33", "1000.00")),
                    "category": self.random.choice(("books", "food", None)),
                    "product_type": self.random.choice(("goods", "service")),
                    "campaign_id": self.random.choice(CAMPAIGNS),
                }
            )
        return rows

    def _spend(self) -> Rows:
        rows = []
        for _ in range(self.days // 2 + 5):
            shown = self.random.choice((0, 7, 1000, None))
            rows.append(
                {
                    "spend_date": self.day(before=5, after=1),
                    "channel": self.random.choice(("kol", "short_video", "billboard")),
                    "campaign_id": self.random.choice(CAMPAIGNS),
                    "creative": self.random.choice(("a", "b", None)),
                    "impressions": shown,
                    "clicks": shown and self.random.randrange(shown + 1),
                    "cost": self.random.choice(("0.00", None, "12.34", "99.99", "1000.01")),
                }
            )
        return rows

    def _assignments(self) -> Rows:
        rows = []
        for user_id in self.ids:
            for experiment in EXPERIMENTS:
                for _ in range(self.random.choice((0, 0, 0, 1, 1, 1, 2))):  # some are assigned twice
                    variant = self.random.choice(("control", "treatment"))
                    rows.append(
                        {
                            "experiment_id": experiment,
                            "user_id": user_id,
                            "variant": variant,
                            "assigned_at": self.moment(self.day()),
                        }
                    )
        return rows

    def _targets(self) -> Rows:
        rows = []
        day = self.data_start.replace(day=1)
        while day <= self.as_of:
            rows += [
                {"metric": m, "period": day, "grain": "month", "value": v}
                for m, v in (("mau", 10), ("gmv", 1234.5), ("retention_d7", 0.4), ("new_users", 0))
            ]
            day = (day + 31 * DAY).replace(day=1)
        monday = self.data_start - self.data_start.weekday() * DAY
        rows += [{"metric": "wau", "period": monday + 7 * n * DAY, "grain": "week", "value": 7 + n} for n in range(6)]
        rows += [{"metric": "gmv", "period": self.data_start + n * DAY, "grain": "day", "value": n} for n in range(9)]
        rows.append({"metric": "gmv", "period": date(self.as_of.year, 1, 1), "grain": "year", "value": 5000})
        return rows
