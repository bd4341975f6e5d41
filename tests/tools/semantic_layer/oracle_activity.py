"""The oracle of scale, retention, membership, messages and service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from tests.tools.semantic_layer.oracle_rows import (
    ONE,
    PEOPLE,
    Ask,
    Days,
    Fact,
    Key,
    Row,
    Spec,
    Tally,
    World,
    active_users,
    activity,
    by_key,
    cohort,
    days_between,
    registered,
    returned,
    whole_unit,
)

Facts = Callable[[Ask, Days], Iterator[Fact]]


def counted(facts_of: Facts, test: Callable[[Row], bool] = lambda row: True) -> Tally:
    """Return the tally of the rows that pass ``test``."""

    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        found = by_key(ask, (fact for fact in facts_of(ask, days) if test(fact.row)))
        return {key: len(facts) for key, facts in found.items()}

    return tally


def people(facts_of: Facts, test: Callable[[Row], bool] = lambda row: True) -> Tally:
    """Return the tally of the distinct users with a row that passes ``test``."""

    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        found = by_key(ask, (fact for fact in facts_of(ask, days) if test(fact.row)))
        return {key: len({fact.user for fact in facts}) for key, facts in found.items()}

    return tally


# ---------------------------------------------------------------------------------------------------- scale


def happened(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield every event, whether it counts as activity or not."""
    wanted = set(days)
    for row in ask.world.tables["events"]:
        if row["event_date"] in wanted:
            own = {name: row[name] for name in ("platform", "app_version", "event") if name in ask.own}
            yield Fact(row["user_id"], row["event_date"], row, own)


def last_days(count: int) -> Facts:
    """Return the activity of so many days up to the last one asked for."""

    def facts(ask: Ask, days: Days) -> Iterator[Fact]:
        return activity(ask, [days[-1] - n * ONE for n in range(count)])

    return facts


def user_days(ask: Ask, days: Days) -> dict[Key, Any]:
    found = by_key(ask, activity(ask, days))
    return {key: len({(fact.user, fact.day) for fact in facts}) for key, facts in found.items()}


def minutes(ask: Ask, days: Days) -> dict[Key, Any]:
    timed = (fact for fact in happened(ask, days) if fact.row["duration_s"])  # no time spent is no row
    return {key: sum(fact.row["duration_s"] for fact in facts) / 60 for key, facts in by_key(ask, timed).items()}


def everyone(ask: Ask, day: date) -> Iterator[Fact]:
    """Yield the users who are registered by the end of a day."""
    for user, row in ask.world.users.items():
        if row["register_date"] <= day:
            yield Fact(user, row["register_date"], row, {})


def standing(test: Callable[[World, Any, date], bool]) -> Tally:
    """Return the tally of registered users of whom ``test`` holds on the last day asked for."""

    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        kept = (fact for fact in everyone(ask, days[-1]) if test(ask.world, fact.user, days[-1]))
        return {key: len(facts) for key, facts in by_key(ask, kept).items()}

    return tally


def used_feature(ask: Ask, days: Days) -> dict[Key, Any]:
    def used(fact: Fact) -> bool:
        week = set(days_between(fact.day, fact.day + 6 * ONE))
        return any(
            row["event_date"] in week and row["feature"] is not None for row in ask.world.events_of.get(fact.user, ())
        )

    ripe = (fact for fact in registered(ask, days) if fact.day + 6 * ONE <= ask.world.as_of)
    return {key: len(facts) for key, facts in by_key(ask, (fact for fact in ripe if used(fact))).items()}


# ---------------------------------------------------------------------------------------------------- retention


def silent_for(world: World, user: Any, day: date) -> int:
    """Return the days since a user was last active, as known at the end of ``day``; registering counts as activity."""
    known = [seen for seen in world.active_days.get(user, ()) if seen <= day]
    return (day - max([world.users[user]["register_date"], *known])).days


def is_dormant(world: World, user: Any, day: date) -> bool:
    return silent_for(world, user, day) in range(30, 61)


def is_lost(world: World, user: Any, day: date) -> bool:
    return silent_for(world, user, day) > 60


def is_declining(world: World, user: Any, day: date) -> bool:
    def seconds(days: Days) -> int:
        return sum(row["duration_s"] or 0 for row in world.events_of.get(user, ()) if row["event_date"] in days)

    late = seconds([day - n * ONE for n in range(7)])
    early = seconds([day - n * ONE for n in range(7, 14)])
    return early >= 10 * 60 and 2 * late <= early


def dormant_before(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield the users who are dormant on the day before the period."""
    eve = days[0] - ONE
    return (fact for fact in everyone(ask, eve) if is_dormant(ask.world, fact.user, eve))


def woken(ask: Ask, days: Days) -> Iterator[Fact]:
    wanted = set(days)
    return (fact for fact in dormant_before(ask, days) if wanted & ask.world.active_days.get(fact.user, set()))


def of_unit_before(unit: str, test: Callable[[bool], bool]) -> Tally:
    """Return the tally of the users active in the unit before the days asked for; ``test`` takes whether they are now."""

    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        before = whole_unit(whole_unit(days[0], unit)[0] - ONE, unit)
        wanted = set(days)
        now = {user for user, seen in ask.world.active_days.items() if seen & wanted}
        found = by_key(ask, (fact for fact in activity(ask, before) if test(fact.user in now)))
        return {key: len({fact.user for fact in facts}) for key, facts in found.items()}

    return tally


def kept_of(unit: str, *, gone: bool = False) -> Spec:
    top = of_unit_before(unit, lambda now: not now) if gone else of_unit_before(unit, lambda now: now)
    return Spec(top, of_unit_before(unit, lambda now: True), calendar=unit)


# ---------------------------------------------------------------------------------------------------- the other tables


def rows_of(table: str, day: str, *held: str) -> Facts:
    """Return the rows of a table by the column ``day``, with the dimensions that they hold themselves."""
    column = {"campaign": "campaign_id"}

    def facts(ask: Ask, days: Days) -> Iterator[Fact]:
        wanted = set(days)
        for row in ask.world.tables[table]:
            if row[day] in wanted:
                own = {name: row[column.get(name, name)] for name in held if name in ask.own}
                yield Fact(row["user_id"], row[day], row, own)

    return facts


def valid_at_end(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield the memberships that are valid on the last day asked for."""
    for row in ask.world.tables["memberships"]:
        if row["started_on"] <= days[-1] <= row["expires_on"]:
            yield Fact(row["user_id"], days[-1], row, {"plan": row["plan"]} if "plan" in ask.own else {})


def expired(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield the memberships that expire in the period and have had a week to be renewed."""
    rows = rows_of("memberships", "expires_on", "plan")(ask, days)
    return (fact for fact in rows if fact.day + 7 * ONE <= ask.world.as_of)


def is_renewed(row: Row) -> bool:
    return row["renewed_on"] is not None and (row["renewed_on"] - row["expires_on"]).days <= 7


def net_promoters(ask: Ask, days: Days) -> dict[Key, Any]:
    def points(facts: Iterable[Fact]) -> int:
        scores = [fact.row["score"] for fact in facts]
        return sum(score in (9, 10) for score in scores) - sum(score in range(7) for score in scores)

    return {key: points(facts) for key, facts in by_key(ask, _answers("nps")(ask, days)).items()}


def _answers(kind: str) -> Facts:
    def facts(ask: Ask, days: Days) -> Iterator[Fact]:
        rows = rows_of("surveys", "answer_date")(ask, days)
        return (fact for fact in rows if fact.row["kind"] == kind and fact.row["score"] is not None)

    return facts


# ---------------------------------------------------------------------------------------------------- metrics

_EVENT = frozenset({"platform", "app_version"})
_EVENTS = frozenset({*_EVENT, "event"})
_ACTED = (*PEOPLE, "event")
_SENT = frozenset({"medium", "campaign"})
_MEDIA = (*PEOPLE, "medium")
_PLAN = frozenset({"plan"})
_PLANS = (*PEOPLE, "plan")
_INTERACTIONS = ("like", "comment", "share")

sent = rows_of("messages", "sent_date", "medium", "campaign")
tickets = counted(rows_of("tickets", "open_date"))
delivered = counted(sent, lambda row: row["delivered_at"] is not None)


def _published(row: Row) -> bool:
    return bool(row["event"] == "content_publish")


SPECS: dict[str, Spec] = {
    "rolling_wau": Spec(people(last_days(7)), own=_EVENT, by_end=True),
    "rolling_mau": Spec(people(last_days(30)), own=_EVENT, by_end=True),
    "avg_active_days": Spec(user_days, active_users, own=_EVENT),
    "total_users": Spec(standing(lambda world, user, day: True), by_end=True),
    "opens_per_user": Spec(counted(happened, lambda row: row["event"] == "app_open"), active_users, own=_EVENT),
    "time_per_user": Spec(minutes, user_days, own=_EVENT),
    "feature_usage_rate": Spec(people(happened, lambda row: row["feature"] is not None), active_users, own=_EVENT),
    "feature_penetration_d7": Spec(used_feature, cohort(6)),
    "content_published": Spec(counted(happened, _published), own=_EVENTS, takes=_ACTED),
    "creators": Spec(people(happened, _published), own=_EVENTS, takes=_ACTED),
    "interactions_per_user": Spec(
        counted(happened, lambda row: row["event"] in _INTERACTIONS),
        active_users,
        own=_EVENTS,
        takes=_ACTED,
        untouched=frozenset({"event"}),
    ),
    **{f"retention_d{n}": Spec(returned(n), cohort(n)) for n in (3, 14, 60, 90)},
    "weekly_retention": kept_of("week"),
    "monthly_retention": kept_of("month"),
    "churn_rate": kept_of("month", gone=True),
    "dormant_users": Spec(standing(is_dormant), by_end=True),
    "lost_users": Spec(standing(is_lost), by_end=True),
    "declining_users": Spec(standing(is_declining), by_end=True),
    "reactivation_rate": Spec(counted(woken), counted(dormant_before)),
    "members": Spec(people(valid_at_end), own=_PLAN, takes=_PLANS, by_end=True),
    "renewal_rate": Spec(counted(expired, is_renewed), counted(expired), own=_PLAN, takes=_PLANS),
    "messages_sent": Spec(counted(sent), own=_SENT, takes=_MEDIA),
    "delivery_rate": Spec(delivered, counted(sent), own=_SENT, takes=_MEDIA),
    "open_rate": Spec(counted(sent, lambda row: row["opened_at"] is not None), delivered, own=_SENT, takes=_MEDIA),
    "click_rate": Spec(counted(sent, lambda row: row["clicked_at"] is not None), delivered, own=_SENT, takes=_MEDIA),
    "unsubscribe_rate": Spec(counted(sent, lambda row: bool(row["unsubscribed"])), delivered, own=_SENT, takes=_MEDIA),
    "nps": Spec(net_promoters, counted(_answers("nps")), scale=100),
    "csat": Spec(counted(_answers("csat"), lambda row: row["score"] >= 4), counted(_answers("csat"))),
    "tickets": Spec(tickets),
    "ticket_rate": Spec(tickets, active_users),
}
