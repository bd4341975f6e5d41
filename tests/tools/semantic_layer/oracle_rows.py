"""What the oracle counts: raw rows as Python dictionaries, days as lists, and the tallies that every family shares.

It imports nothing of the semantic layer; see ``oracle`` for the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Days = Sequence[date]
ONE = timedelta(days=1)
PASSIVE = {"register_start", "captcha_fail"}
ONBOARDING = {"profile_complete", "first_interaction", "claim_gift"}
COLUMN_OF = {"campaign": "campaign_id"}
ATTRIBUTES = ("channel", "campaign", "platform", "app_version", "province", "city_tier", "gender", "age_band")
PEOPLE = (*ATTRIBUTES, "lifecycle", "variant")
TABLES = (
    "users", "events", "orders", "channel_spend", "assignments", "targets", "meta", "memberships", "messages", "surveys",
    "tickets", "invites", "touches", "campaigns",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------- the raw rows


@dataclass
class World:
    """The rows of one warehouse, as Python dictionaries."""

    tables: dict[str, list[dict[str, Any]]] = field(repr=False)
    data_start: date
    as_of: date
    business_date: date
    users: dict[Any, dict[str, Any]] = field(init=False, repr=False)
    activity: list[dict[str, Any]] = field(init=False, repr=False)
    active_days: dict[Any, set[date]] = field(init=False, repr=False)
    events_of: dict[Any, list[dict[str, Any]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.users = {row["user_id"]: row for row in self.tables["users"]}
        self.activity = [row for row in self.tables["events"] if row["event"] not in PASSIVE]
        self.active_days = defaultdict(set)
        for row in self.activity:
            self.active_days[row["user_id"]].add(row["event_date"])
        self.events_of = defaultdict(list)
        for row in self.tables["events"]:
            self.events_of[row["user_id"]].append(row)

    @classmethod
    def read(cls, path: Path) -> World:
        """Return the world of a warehouse file; reads the raw tables only."""
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = {}
            for name in TABLES:
                cursor = connection.execute(f"SELECT * FROM {name}")
                columns = [column[0] for column in cursor.description]
                tables[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        meta = {row["key"]: row["value"] for row in tables["meta"]}
        days = (date.fromisoformat(meta[key]) for key in ("data_start", "as_of", "business_date"))
        return cls(tables, *days)

    def stage(self, user: Any, day: date) -> str | None:
        """Return the lifecycle of a user at the end of ``day``; None for who is not registered by then."""
        row = self.users.get(user)
        if row is None or row["register_date"] > day:
            return None
        seen = [d for d in self.active_days.get(user, ()) if d <= day]
        away = (day - max([row["register_date"], *seen])).days
        age = (day - row["register_date"]).days
        if 0 <= age <= 7:
            return "new"
        if away <= 14:
            return "growing" if age <= 60 else "mature"
        if away <= 29:
            return "fading"
        return "dormant" if away <= 60 else "lost"


# ---------------------------------------------------------------------------------------------------- days


def days_between(first: date, last: date) -> list[date]:
    """Return every day from ``first`` to ``last``."""
    return [first + n * ONE for n in range((last - first).days + 1)]


def label(day: date, grain: str) -> date:
    """Return the calendar first day of the unit that ``day`` lies in."""
    if grain == "week":
        while day.isoweekday() != 1:
            day -= ONE
    elif grain == "month":
        day = day.replace(day=1)
    elif grain == "quarter":
        day = day.replace(
            month={1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 6: 4, 7: 7, 8: 7, 9: 7, 10: 10, 11: 10, 12: 10}[day.month], day=1
        )
    elif grain == "year":
        day = day.replace(month=1, day=1)
    return day


def whole_unit(day: date, grain: str) -> list[date]:
    """Return all days of the unit that ``day`` lies in."""
    first = label(day, grain)
    days = [first]
    while label(days[-1] + ONE, grain) == first:
        days.append(days[-1] + ONE)
    return days


def months_back(day: date, months: int) -> date:
    """Return the same day so many months earlier, or that month's last day where it has no such day."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - ONE).replace(day=1)
    return min(first + (day.day - 1) * ONE, whole_unit(first, "month")[-1])


def buckets_of(days: Days, grain: str) -> dict[date, list[date]]:
    """Return the days of each period, by its label; all of them in one for ``total``."""
    if grain == "total":
        return {days[0]: list(days)}
    found: dict[date, list[date]] = {}
    for day in days:
        found.setdefault(label(day, grain), []).append(day)
    return found


def base_days(days: Days, grain: str, compare: Any, *, by_week: bool) -> list[date]:
    """Return the days that a bucket is compared with."""
    if isinstance(compare, Mapping):
        return days_between(date.fromisoformat(compare["start"]), date.fromisoformat(compare["end"]))
    if grain == "total":
        return _previous_days(days) if compare == "previous" else _year_earlier(days, by_week=by_week)
    if grain in ("day", "week"):
        if compare == "year_ago" and grain == "day":
            return [months_back(days[0], 12)]
        back = 364 if compare == "year_ago" else {"day": 1, "week": 7}[grain]
        return [day - back * ONE for day in days]
    months = 12 if compare == "year_ago" else {"month": 1, "quarter": 3, "year": 12}[grain]
    shifted = sorted({months_back(day, months) for day in days})
    if days[-1] == whole_unit(days[-1], grain)[-1]:
        end = whole_unit(shifted[-1], grain)[-1]
        shifted = days_between(shifted[0], end)
    return days_between(shifted[0], shifted[-1])


def _previous_days(days: Days) -> list[date]:
    first, last = days[0], days[-1]
    if first.day == 1 and (last + ONE).day == 1:
        months = len({(d.year, d.month) for d in days})
        return days_between(months_back(first, months), first - ONE)
    whole_weeks = first.weekday() == 0 and last.weekday() == 6
    if first.day == 1 and len(days) > 1 and not whole_weeks and (first.year, first.month) == (last.year, last.month):
        return days_between(months_back(first, 1), months_back(last, 1))
    return [day - len(days) * ONE for day in days]


def _year_earlier(days: Days, *, by_week: bool) -> list[date]:
    if by_week:
        return [day - 364 * ONE for day in days]
    return days_between(months_back(days[0], 12), months_back(days[-1], 12))


def days_of_metric(days: Days, calendar: str | None) -> list[date]:
    """Return the days on which a metric with its own calendar is taken: the last whole unit, else the last part."""
    if calendar is None:
        return list(days)
    units = buckets_of(days, calendar)
    whole = [part for part in units.values() if part == whole_unit(part[0], calendar)]
    return whole[-1] if whole else list(units.values())[-1]


# ---------------------------------------------------------------------------------------------------- facts


@dataclass(frozen=True)
class Fact:
    """Something that counts: whose it is, on which day, how much, and the dimensions it holds itself."""

    user: Any
    day: date
    row: Row
    own: Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """What a tally needs beyond its days."""

    world: World
    dimensions: Sequence[str]
    filters: Sequence[Row]
    own: frozenset[str]
    """The dimensions that are the facts' own in this metric."""
    state_day: date
    """The last day of the bucket."""
    options: Mapping[str, Any] = field(default_factory=dict)


def activity(ask: Ask, days: Days) -> Iterator[Fact]:
    wanted = set(days)
    for row in ask.world.activity:
        if row["event_date"] in wanted:
            yield Fact(
                row["user_id"], row["event_date"], row, {k: row[k] for k in ("platform", "app_version") if k in ask.own}
            )


def registered(ask: Ask, days: Days) -> Iterator[Fact]:
    wanted = set(days)
    for row in ask.world.tables["users"]:
        if row["register_date"] in wanted:
            yield Fact(row["user_id"], row["register_date"], row, {})


def ordered(ask: Ask, days: Days) -> Iterator[Fact]:
    wanted = set(days)
    for row in ask.world.tables["orders"]:
        if row["order_date"] in wanted:
            held = {"category": row["category"], "product_type": row["product_type"], "campaign": row["campaign_id"]}
            yield Fact(row["user_id"], row["order_date"], row, {k: v for k, v in held.items() if k in ask.own})


def spent(ask: Ask, days: Days) -> Iterator[Fact]:
    wanted = set(days)
    for row in ask.world.tables["channel_spend"]:
        if row["spend_date"] in wanted:
            held = {"channel": row["channel"], "campaign": row["campaign_id"], "creative": row["creative"]}
            yield Fact(None, row["spend_date"], row, held)


def variants(ask: Ask, user: Any) -> list[str]:
    """Return the variants of a user in the one experiment that is filtered on, the first one first."""
    names = {name for f in ask.filters if f["dimension"] == "experiment" for name in f["values"]}
    rows = ask.world.tables["assignments"]
    mine = [row for row in rows if row["user_id"] == user and row["experiment_id"] in names]
    return [row["variant"] for row in sorted(mine, key=lambda row: (row["assigned_at"], row["variant"]))]


def value_of(ask: Ask, fact: Fact, dimension: str) -> Any:
    if dimension in fact.own:
        return fact.own[dimension]
    if dimension == "lifecycle":
        return ask.world.stage(fact.user, ask.state_day)
    if dimension == "variant":
        return next(iter(variants(ask, fact.user)), None)
    return ask.world.users.get(fact.user, {}).get(COLUMN_OF.get(dimension, dimension))


def _comparable(value: Any, dimension: str) -> Any:
    return [int(part) for part in str(value).split(".")] if dimension == "app_version" else value


def passes(ask: Ask, fact: Fact, rule: Row) -> bool:
    """Return whether a fact passes one filter."""
    dimension, op, values = rule["dimension"], rule["op"], list(rule["values"])
    if dimension == "experiment":
        return bool(variants(ask, fact.user))
    value = value_of(ask, fact, dimension)
    if op in ("in", "not_in"):
        return (value in values) == (op == "in")
    if value is None:
        return False
    value, bounds = _comparable(value, dimension), [_comparable(v, dimension) for v in values]
    tests: dict[str, Callable[[], bool]] = {
        "gt": lambda: value > bounds[0],
        "gte": lambda: value >= bounds[0],
        "lt": lambda: value < bounds[0],
        "lte": lambda: value <= bounds[0],
        "between": lambda: bounds[0] <= value <= bounds[1],
    }
    return tests[op]()


def by_key(ask: Ask, facts: Iterable[Fact]) -> dict[Key, list[Fact]]:
    """Return the facts that pass every filter, by their dimension values."""
    found: dict[Key, list[Fact]] = defaultdict(list)
    for fact in facts:
        if all(passes(ask, fact, rule) for rule in ask.filters):
            found[tuple(value_of(ask, fact, d) for d in ask.dimensions)].append(fact)
    return found


# ---------------------------------------------------------------------------------------------------- measures

Tally = Callable[[Ask, Days], dict[Key, Any]]


def net(row: Row) -> Any:
    return row["amount"] - (row["discount"] or 0) - (row["refund_amount"] or 0)


def active_users(ask: Ask, days: Days) -> dict[Key, Any]:
    return {key: len({f.user for f in facts}) for key, facts in by_key(ask, activity(ask, days)).items()}


def mean_dau(ask: Ask, days: Days) -> dict[Key, Any]:
    found = {}
    for key, facts in by_key(ask, activity(ask, days)).items():
        found[key] = sum(len({f.user for f in facts if f.day == day}) for day in days) / len(days)
    return found


def registrations(ask: Ask, days: Days) -> dict[Key, Any]:
    return {key: len(facts) for key, facts in by_key(ask, registered(ask, days)).items()}


def cohort(n: int) -> Tally:
    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        ripe = (f for f in registered(ask, days) if f.day + n * ONE <= ask.world.as_of)
        return {key: len(facts) for key, facts in by_key(ask, ripe).items()}

    return tally


def returned(n: int) -> Tally:
    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        ripe = (f for f in registered(ask, days) if f.day + n * ONE <= ask.world.as_of)
        back = (f for f in ripe if f.day + n * ONE in ask.world.active_days.get(f.user, ()))
        return {key: len(facts) for key, facts in by_key(ask, back).items()}

    return tally


def activated(ask: Ask, days: Days) -> dict[Key, Any]:
    def all_three(f: Fact) -> bool:
        window = {f.day, f.day + ONE, f.day + 2 * ONE}
        events = ask.world.events_of.get(f.user, ())
        return {e["event"] for e in events if e["event_date"] in window} >= ONBOARDING

    ripe = (f for f in registered(ask, days) if f.day + 2 * ONE <= ask.world.as_of)
    return {key: len(facts) for key, facts in by_key(ask, (f for f in ripe if all_three(f))).items()}


def summed(facts_of: Callable[[Ask, Days], Iterator[Fact]], amount: Callable[[Row], Any]) -> Tally:
    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        return {k: sum(amount(f.row) or 0 for f in facts) for k, facts in by_key(ask, facts_of(ask, days)).items()}

    return tally


def orders(ask: Ask, days: Days) -> dict[Key, Any]:
    return {key: len(facts) for key, facts in by_key(ask, ordered(ask, days)).items()}


def payers(ask: Ask, days: Days) -> dict[Key, Any]:
    return {key: len({f.user for f in facts}) for key, facts in by_key(ask, ordered(ask, days)).items()}


def from_paid_channels(ask: Ask, days: Days) -> Iterator[Fact]:
    cost: dict[Any, Any] = defaultdict(int)
    for fact in spent(ask, days):
        if all(passes(ask, fact, rule) for rule in ask.filters):
            cost[fact.own["channel"]] += fact.row["cost"] or 0
    paid = {channel for channel, total in cost.items() if total > 0 and channel is not None}
    return (f for f in registered(ask, days) if f.row["channel"] in paid)


def paid_registrations(ask: Ask, days: Days) -> dict[Key, Any]:
    return {key: len(facts) for key, facts in by_key(ask, from_paid_channels(ask, days)).items()}


def paid_revenue(ask: Ask, days: Days) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for key, facts in by_key(ask, from_paid_channels(ask, days)).items():
        for fact in facts:
            window = set(days_between(fact.day, fact.day + 89 * ONE))
            for order in ask.world.tables["orders"]:
                if (
                    order["user_id"] == fact.user
                    and order["order_date"] in window
                    and order["order_date"] <= ask.world.as_of
                ):
                    found[key] = found.get(key, 0) + net(order)
    return found


# ---------------------------------------------------------------------------------------------------- metrics


@dataclass(frozen=True)
class Spec:
    """A metric: its numerator (or the whole), its denominator, its calendar, whose dimensions, which it takes.

    Attributes:
        scale: what the quotient is multiplied by.
        given: must be above 0 for the quotient to have a value.
        untouched: dimensions that neither split nor narrow the denominator.
        by_end: whether of a range only its last day counts.
    """

    top: Tally
    bottom: Tally | None = None
    calendar: str | None = None
    own: frozenset[str] = frozenset()
    takes: tuple[str, ...] = PEOPLE
    money: bool = False
    scale: int = 1
    given: Tally | None = None
    untouched: frozenset[str] = frozenset()
    by_end: bool = False
