"""A small random world, random definitions over it, and an evaluator that knows no SQL: lists, loops and dates."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tools.semantic_layer.segment_users import ATTRIBUTES

START = date(2025, 1, 1)
DAYS = 120
EVENTS = ("app_open", "like", "comment", "share", "search", "consult", "content_publish", "checkout_view", "pay_success",
          "help_answer", "checkin", "captcha_fail")  # fmt: skip
PASSIVE = ("register_start", "captcha_fail")
PLATFORMS = ("ios", "android", None)
VERSIONS = ("5.1.9", "5.2.0", "5.10.0", "beta")
CHANNELS = ("kol", "search", None)
Row = dict[str, Any]


@dataclass(frozen=True)
class World:
    """The rows of a small warehouse."""

    users: Sequence[Row]
    events: Sequence[Row]
    orders: Sequence[Row]
    invites: Sequence[Row]

    @property
    def tables(self) -> dict[str, Sequence[Row]]:
        """The rows by table."""
        return {"users": self.users, "events": self.events, "orders": self.orders, "invites": self.invites}


def random_world(seed: int, *, people: int = 40) -> World:
    """Return a world with ties in time, users registered late, people without an account, and nulls."""
    chance = random.Random(seed)
    users = [_user(chance, number) for number in range(1, people + 1)]
    events, orders, invites = [], [], []
    for number in range(1, people + 4):  # the last three have no account
        for _ in range(chance.choice((0, 3, 10, 25))):
            events += _events(chance, number)
        for _ in range(chance.choice((0, 0, 1, 3))):
            orders.append(_order(chance, number, len(orders) + 1))
        for _ in range(chance.choice((0, 0, 2))):
            at = _moment(chance)
            invites.append({"invite_id": len(invites) + 1, "inviter_id": number, "invited_at": at})
    # Every event and value must be known, whoever did it.
    for name in EVENTS:
        events.append({"user_id": people + 3, "ts": _midnight(START), "event": name, "platform": "ios"})
    return World(users, events, orders, invites)


def _moment(chance: random.Random) -> datetime:
    day = START + timedelta(days=int(DAYS * chance.random() ** 0.5))
    past = {"hours": chance.randrange(3), "minutes": chance.choice((0, 30)), "seconds": chance.choice((0, 0, 1))}
    return _midnight(day) + timedelta(**past)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _user(chance: random.Random, number: int) -> Row:
    at = _moment(chance)
    return {
        "user_id": number,
        "registered_at": at,
        "channel": chance.choice(CHANNELS),
        "platform": chance.choice(PLATFORMS),
        "app_version": chance.choice((*VERSIONS, None)),
        "city_tier": chance.choice((1, 2, 3, None)),
        "followers": chance.choice((0, 400, 500, 5000, 5001, None)),
        "birth_month": chance.choice((1, 2, 3, 4, None)),
        "inviter_id": chance.choice((None, 1, 2)),
    }


def _events(chance: random.Random, user: int) -> list[Row]:
    at, found = _moment(chance), []
    for _ in range(chance.choice((1, 2, 4))):
        found.append(
            {
                "user_id": user,
                "ts": at,
                "event": chance.choice(EVENTS),
                "platform": chance.choice(PLATFORMS),
                "app_version": chance.choice(VERSIONS[:2]),
                "duration_s": chance.choice((None, 0, 300, 700)),
                "feature": chance.choice(("album", None)),
            }
        )
        at += timedelta(seconds=chance.choice((0, 0, 1, 60, 4000)))
    return found


def _order(chance: random.Random, user: int, number: int) -> Row:
    amount = Decimal(chance.choice(("10.00", "20.00", "35.50", "0.00")))
    return {
        "order_id": number,
        "user_id": user,
        "paid_at": _moment(chance),
        "amount": amount,
        "discount": chance.choice((None, Decimal(0), amount / 5, amount / 2)),
        "refund_amount": chance.choice((None, Decimal(0), amount)),
    }


_TABLES = (("events", "ts", "user_id"), ("orders", "paid_at", "user_id"), ("invites", "invited_at", "inviter_id"))


class Evaluator:
    """Who is in a segment, by going through the rows of each user."""

    def __init__(self, world: World, day: date, segments: Mapping[str, Any] | None = None) -> None:
        self.world, self.day, self.segments = world, day, segments or {}
        self.users = {u["user_id"]: u for u in world.users if u["registered_at"].date() <= day}
        self.everyone = frozenset(self.users)
        self.known: dict[tuple[str, int], list[Row]] = {}
        for table, moment, who in _TABLES:
            for row in getattr(world, table):
                if row[moment].date() <= day:
                    self.known.setdefault((table, row[who]), []).append(row)

    def members(self, definition: Mapping[str, Any]) -> frozenset[int]:
        """Return the users the definition holds for on the day."""
        for key, way in (
            ("all", frozenset.intersection),
            ("any", frozenset.union),
        ):
            if key in definition:
                return way(*(self.members(part) for part in definition[key]))
        if "not" in definition:
            return self.everyone - self.members(definition["not"])
        if "segment" in definition:
            return self.members(self.segments[definition["segment"]])
        for key in ("attribute", "did", "measure", "last_active_days", "sequence", "rfm", "state"):
            if key in definition:
                found: frozenset[int] = getattr(self, f"_{key}")(definition)
                return found
        raise ValueError(definition)

    def _rows(self, table: str, user: int, days: int | None) -> list[Row]:
        moment = next(moment for name, moment, _ in _TABLES if name == table)
        rows = self.known.get((table, user), [])
        return [r for r in rows if days is None or (self.day - r[moment].date()).days < days]

    def _keep(self, test: Any) -> frozenset[int]:
        return frozenset(user for user in self.everyone if test(user))

    def _attribute(self, leaf: Mapping[str, Any]) -> frozenset[int]:
        name, op, values = leaf["attribute"], leaf.get("op", "in"), list(leaf["values"])
        if name == "birth_month":
            values = [self.day.month if value == "this_month" else value for value in values]
        return self._keep(lambda user: _fits(self._value_of(user, name), op, values, version=name == "app_version"))

    def _value_of(self, user: int, name: str) -> Any:
        if name == "age_days":
            return (self.day - self.users[user]["registered_at"].date()).days
        if name == "lifecycle":
            return self._stage(user)
        if name == "register_date":
            return self.users[user]["registered_at"].date().isoformat()
        assert name in ATTRIBUTES
        value = self.users[user].get(name)
        return str(value) if name == "inviter_id" and value is not None else value

    def _active_days(self, user: int, days: int | None = None) -> set[date]:
        return {r["ts"].date() for r in self._rows("events", user, days) if r["event"] not in PASSIVE}

    def _away(self, user: int) -> int:
        last = max([self.users[user]["registered_at"].date(), *self._active_days(user)])
        return (self.day - last).days

    def _stage(self, user: int) -> str:
        age, away = self._value_of(user, "age_days"), self._away(user)
        if age <= 7:
            return "new"
        for stage, least in (("lost", 61), ("dormant", 30), ("fading", 15)):
            if away >= least:
                return stage
        return "growing" if age <= 60 else "mature"

    def _did(self, leaf: Mapping[str, Any]) -> frozenset[int]:
        def count(user: int) -> int:
            rows = [
                r
                for r in self._rows("events", user, leaf.get("days"))
                if r["event"] == leaf["did"]
                and all(r.get(column) in values for column, values in leaf.get("where", {}).items())
            ]
            return len(rows) if "times" in leaf else len({r["ts"].date() for r in rows})

        wanted = leaf.get("times", leaf.get("on_days"))
        return self._keep(lambda user: _compare(count(user), leaf.get("op", "gte"), wanted))

    def _figure(self, user: int, measure: str, days: int | None) -> Fraction | None:
        if measure in ("revenue", "orders", "discount_share"):
            rows = self._rows("orders", user, days)
            amount, off = sum(Fraction(r["amount"]) for r in rows), sum(Fraction(r["discount"] or 0) for r in rows)
            if measure == "discount_share":
                return off / amount if amount else None
            refund = sum(Fraction(r["refund_amount"] or 0) for r in rows)
            return Fraction(len(rows)) if measure == "orders" else amount - off - refund
        if measure == "invites":
            return Fraction(len(self._rows("invites", user, days)))
        if measure == "active_days":
            return Fraction(len(self._active_days(user, days)))
        rows = self._rows("events", user, days)
        if measure == "minutes":
            return Fraction(sum(r.get("duration_s") or 0 for r in rows), 60)
        names = {"interactions": ("like", "comment", "share"), "content": ("content_publish",), "help_answers": ("help_answer",),
                 "consults": ("consult",), "searches": ("search",), "checkins": ("checkin",)}[measure]  # fmt: skip
        return Fraction(sum(r["event"] in names for r in rows))

    def _measure(self, leaf: Mapping[str, Any]) -> frozenset[int]:
        figures = {user: self._figure(user, leaf["measure"], leaf.get("days")) for user in self.everyone}
        op, value = leaf["op"], leaf["value"]
        if op in ("top_share", "bottom_share"):
            above = [(user, n) for user, n in figures.items() if n is not None and n > 0]
            above.sort(key=lambda each: (-each[1] if op == "top_share" else each[1], each[0]))
            return frozenset(user for user, _ in above[: math.ceil(Fraction(str(value)) * len(above))])
        if op == "between":
            low, high = (Fraction(str(each)) for each in value)
            return self._keep(lambda user: figures[user] is not None and low <= figures[user] <= high)
        wanted = Fraction(str(value))
        return self._keep(lambda user: figures[user] is not None and _compare(figures[user], op, wanted))

    def _last_active_days(self, leaf: Mapping[str, Any]) -> frozenset[int]:
        ((op, value),) = leaf["last_active_days"].items()
        if op == "between":
            return self._keep(lambda user: value[0] <= self._away(user) <= value[1])
        return self._keep(lambda user: _compare(self._away(user), op, value))

    def _state(self, _leaf: Mapping[str, Any]) -> frozenset[int]:
        def declining(user: int) -> bool:
            late = self._figure(user, "minutes", 7)
            early = self._figure(user, "minutes", 14) - late
            return early >= 10 and late * 2 <= early

        return self._keep(declining)

    def _rfm(self, leaf: Mapping[str, Any]) -> frozenset[int]:
        paid = {user: rows for user in self.everyone if (rows := self._rows("orders", user, 365))}
        told = {
            "R": {user: max(r["paid_at"].date() for r in rows) for user, rows in paid.items()},
            "F": {user: len(rows) for user, rows in paid.items()},
            "M": {user: self._figure(user, "revenue", 365) for user in paid},
        }
        high = {letter: {u for u in paid if _score(values, u) >= 4} for letter, values in told.items()}
        classes = {"value": (True, True), "develop": (True, False), "keep": (False, True), "winback": (False, False)}
        found = set()
        for name in leaf["rfm"]:
            money, kind = name.split("_")
            wanted = (*classes[kind], money == "important")
            found |= {u for u in paid if tuple(u in high[letter] for letter in "RFM") == wanted}
        return frozenset(found)

    def _sequence(self, leaf: Mapping[str, Any]) -> frozenset[int]:
        found = self._keep(lambda user: self._does(user, leaf))
        return self.everyone - found if leaf.get("negate") else found

    def _does(self, user: int, leaf: Mapping[str, Any]) -> bool:
        rows = sorted(self._rows("events", user, leaf.get("days")), key=lambda r: r["ts"])
        steps = leaf["sequence"]
        seconds = leaf["within_hours"] * 3600 if "within_hours" in leaf else leaf.get("within_seconds")

        def chains(taken: list[int]) -> bool:
            if len(taken) == len(steps):
                return in_time(taken)
            return any(
                row["event"] == steps[len(taken)]
                and number not in taken
                and follows(taken, row)
                and chains([*taken, number])
                for number, row in enumerate(rows)
            )

        def follows(taken: list[int], row: Row) -> bool:
            if not taken:
                return True
            before = rows[taken[-1]]["ts"]
            return row["ts"] > before or (row["ts"] == before and not leaf.get("strict_time"))

        def in_time(taken: list[int]) -> bool:
            first, last = rows[taken[0]]["ts"], rows[taken[-1]]["ts"]
            if seconds is not None and (last - first).total_seconds() > seconds:
                return False
            between = {number for number, row in enumerate(rows) if first < row["ts"] < last}
            return not leaf.get("adjacent") or between <= set(taken)

        return chains([])


def _score(values: Mapping[int, Any], user: int) -> int:
    """Return 1 + floor(5 × percent rank), at most 5."""
    if len(values) == 1:
        return 1
    below = sum(other < values[user] for other in values.values())
    return min(5, 1 + (5 * below) // (len(values) - 1))


def _compare(value: Any, op: str, wanted: Any) -> bool:
    return {"eq": value == wanted, "gt": value > wanted, "gte": value >= wanted, "lt": value < wanted, "lte": value <= wanted}[
        op
    ]  # fmt: skip


def _fits(value: Any, op: str, values: list[Any], *, version: bool) -> bool:
    if op == "in":
        return value in values
    if op == "not_in":
        return value not in values
    if value is None:
        return False
    if version:
        value, values = _parts(value), [_parts(each) for each in values]
    if op == "between":
        return bool(values[0] <= value <= values[1])
    return _compare(value, op, values[0])


def _parts(version: str) -> list[float]:
    return [float(part) if part.isdigit() else math.inf for part in version.split(".")]


def random_definition(chance: random.Random, depth: int = 3) -> dict[str, Any]:
    """Return a random definition over the world's events and values."""
    kind = chance.random()
    if depth and kind < 0.3:
        parts = [random_definition(chance, depth - 1) for _ in range(chance.randint(1, 3))]
        return {chance.choice(("all", "any")): parts}
    if depth and kind < 0.4:
        return {"not": random_definition(chance, depth - 1)}
    return chance.choice(_LEAVES)(chance)


def _window(chance: random.Random) -> dict[str, int]:
    days = chance.choice((None, 1, 7, 30, 90))
    return {} if days is None else {"days": days}


def _an_attribute(chance: random.Random) -> dict[str, Any]:
    name, op, values = chance.choice(
        [
            ("channel", "in", ["kol", None]), ("channel", "not_in", ["kol"]), ("channel", "not_in", ["kol", None]),
            ("city_tier", "gte", [2]), ("city_tier", "between", [1, 2]), ("followers", "between", [500, 5000]),
            ("followers", "gt", [400]), ("birth_month", "in", ["this_month"]), ("birth_month", "not_in", ["this_month", 2]),
            ("birth_month", "in", ["this_month", None, 1]), ("age_days", "between", [3, 30]), ("age_days", "lt", [15]),
            ("lifecycle", "in", [chance.choice(["new", "growing", "mature", "fading", "dormant", "lost"])]),
            ("lifecycle", "not_in", ["new", "lost"]), ("app_version", "gte", ["5.2.0"]), ("app_version", "lt", ["5.10.0"]),
            ("app_version", "in", ["5.1.9"]), ("inviter_id", "in", ["1", None]), ("inviter_id", "not_in", [None]),
            ("register_date", "gte", ["2025-02-15"]), ("platform", "in", ["ios"]),
        ]
    )  # fmt: skip
    return {"attribute": name, "op": op, "values": values}


def _a_behaviour(chance: random.Random) -> dict[str, Any]:
    where = chance.choice(
        ({}, {}, {"platform": ["ios"]}, {"platform": ["android", None]}, {"feature": [None]}, {"feature": ["album"]})
    )
    op, count = chance.choice((("eq", 0), ("gte", 1), ("gte", 2), ("gt", 1), ("lte", 1), ("lt", 1), ("eq", 1)))
    counted = {chance.choice(("times", "on_days")): count}
    return {"did": chance.choice(EVENTS), "op": op, **counted, **_window(chance), **({"where": where} if where else {})}


def _a_value(chance: random.Random) -> dict[str, Any]:
    measure = chance.choice(("revenue", "orders", "active_days", "minutes", "interactions", "content", "help_answers", "consults",
                             "searches", "checkins", "discount_share", "invites"))  # fmt: skip
    op, value = chance.choice(
        (
            ("top_share", 0.2),
            ("bottom_share", 0.5),
            ("gte", 1),
            ("gt", 0.2),
            ("lte", 5),
            ("lt", 10),
            ("between", [0.2, 3]),
        )
    )
    return {"measure": measure, "op": op, "value": value, **_window(chance)}


def _a_recency(chance: random.Random) -> dict[str, Any]:
    op, value = chance.choice(
        (
            ("between", [5, 20]),
            ("between", [30, 60]),
            ("gt", 14),
            ("gte", 15),
            ("lt", 3),
            ("lte", 20),
            ("eq", 2),
            ("gt", 60),
        )
    )
    return {"last_active_days": {op: value}}


def _a_sequence(chance: random.Random) -> dict[str, Any]:
    events = chance.sample(EVENTS, 3) if chance.random() < 0.6 else [chance.choice(EVENTS[:3]) for _ in range(3)]
    within = chance.choice(({}, {"within_hours": 24}, {"within_seconds": 60}, {"within_seconds": 1}))
    flags = {name: True for name in ("adjacent", "strict_time", "negate") if chance.random() < 0.3}
    return {"sequence": events[: chance.choice((1, 2, 2, 3))], **within, **flags, **_window(chance)}


def _an_rfm(chance: random.Random) -> dict[str, Any]:
    names = [
        f"{money}_{kind}"
        for money, kind in itertools.product(("important", "general"), ("value", "develop", "keep", "winback"))
    ]
    return {"rfm": chance.sample(names, chance.randint(1, 3))}


_LEAVES = (_an_attribute, _a_behaviour, _a_behaviour, _a_value, _a_value, _a_recency, _a_sequence, _a_sequence, _an_rfm,
           lambda _chance: {"state": "declining"})  # fmt: skip
