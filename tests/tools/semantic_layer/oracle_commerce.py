"""The oracle of conversion, revenue, acquisition, referral and attribution."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
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
    by_key,
    cohort,
    days_between,
    net,
    ordered,
    paid_registrations,
    paid_revenue,
    passes,
    payers,
    registered,
    registrations,
    spent,
    summed,
)

Facts = Callable[[Ask, Days], Iterator[Fact]]


def _counted(facts_of: Facts, test: Callable[[Row], bool] = lambda row: True) -> Tally:
    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        kept = (fact for fact in facts_of(ask, days) if test(fact.row))
        return {key: len(facts) for key, facts in by_key(ask, kept).items()}

    return tally


def _people(facts_of: Facts) -> Tally:
    def tally(ask: Ask, days: Days) -> dict[Key, Any]:
        return {key: len({fact.user for fact in facts}) for key, facts in by_key(ask, facts_of(ask, days)).items()}

    return tally


# ---------------------------------------------------------------------------------------------------- conversion


def doing(event: str) -> Facts:
    """Return the events of one name, with the platform and version that they hold where the metric takes those."""

    def facts(ask: Ask, days: Days) -> Iterator[Fact]:
        for row in ask.world.tables["events"]:
            if row["event"] == event and row["event_date"] in days:
                own = {name: row[name] for name in ("platform", "app_version") if name in ask.own}
                yield Fact(row["user_id"], row["event_date"], row, own)

    return facts


def within_a_day(event: str, then: str) -> Facts:
    """Return the events of one name that another follows by the same user, at once or up to 24 hours later."""

    def facts(ask: Ask, days: Days) -> Iterator[Fact]:
        for fact in doing(event)(ask, days):
            seen = [row["ts"] for row in ask.world.events_of[fact.user] if row["event"] == then and _known(ask, row)]
            if any(timedelta(0) <= ts - fact.row["ts"] <= timedelta(hours=24) for ts in seen):
                yield fact

    return facts


def _known(ask: Ask, row: Row) -> bool:
    return bool(row["event_date"] <= ask.world.as_of)


def ripe(n: int) -> Facts:
    """Return the users who registered, and whose day ``n`` is over."""

    def facts(ask: Ask, days: Days) -> Iterator[Fact]:
        return (fact for fact in registered(ask, days) if fact.day + n * ONE <= ask.world.as_of)

    return facts


def _orders_of(world: World, fact: Fact, n: int) -> list[Row]:
    """Return what a user ordered on the first ``n`` days, the day of registration being the first."""
    wanted = days_between(fact.day, fact.day + (n - 1) * ONE)
    return [row for row in world.tables["orders"] if row["user_id"] == fact.user and row["order_date"] in wanted]


def first_payers(ask: Ask, days: Days) -> dict[Key, Any]:
    bought = (fact for fact in ripe(29)(ask, days) if _orders_of(ask.world, fact, 30))
    return {key: len(facts) for key, facts in by_key(ask, bought).items()}


def ltv(n: int) -> Spec:
    """Return the revenue of the first ``n`` days per user, over users for whom they are over."""

    def revenue(ask: Ask, days: Days) -> dict[Key, Any]:
        found = by_key(ask, ripe(n - 1)(ask, days))
        return {
            key: sum(net(order) for fact in facts for order in _orders_of(ask.world, fact, n))
            for key, facts in found.items()
        }

    return Spec(revenue, cohort(n - 1), money=True)


# ---------------------------------------------------------------------------------------------------- revenue


def repeat_buyers(ask: Ask, days: Days) -> dict[Key, Any]:
    found = {}
    for key, facts in by_key(ask, ordered(ask, days)).items():
        buyers = [fact.user for fact in facts]
        found[key] = len({user for user in buyers if buyers.count(user) > 1})
    return found


def top_fifth(ask: Ask, days: Days) -> dict[Key, Any]:
    """Return what the best fifth of the buyers brought; of 1 to 5 buyers one, of 6 to 10 two, and so on."""
    found = {}
    for key, facts in by_key(ask, ordered(ask, days)).items():
        brought: dict[Any, Any] = defaultdict(int)
        for fact in facts:
            brought[fact.user] += net(fact.row)
        best_first = sorted(brought.values(), reverse=True)
        found[key] = sum(value for place, value in enumerate(best_first) if place * 5 < len(best_first))
    return found


def _paid(row: Row) -> Any:
    return row["amount"] - (row["discount"] or 0)


def _other_than_goods(row: Row) -> Any:
    return 0 if row["product_type"] == "goods" else net(row)


# ---------------------------------------------------------------------------------------------------- acquisition


def on_ripe_days(tally: Tally) -> Tally:
    """Return a tally of the days only whose day 89 is over."""
    return lambda ask, days: tally(ask, [day for day in days if day + 89 * ONE <= ask.world.as_of])


def for_campaigns(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield the cost that is booked on a campaign."""
    return (fact for fact in spent(ask, days) if fact.own["campaign"] is not None)


def of_campaigns(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield the orders that carry a campaign: any where campaigns are told apart, else one that cost something."""
    cost: dict[Any, Any] = defaultdict(int)
    for fact in for_campaigns(ask, days):
        if all(passes(ask, fact, rule) for rule in ask.filters):
            cost[fact.own["campaign"]] += fact.row["cost"] or 0
    for fact in ordered(ask, days):
        campaign = fact.row["campaign_id"]
        if campaign is not None and ("campaign" in ask.dimensions or cost[campaign] > 0):
            yield fact


# ---------------------------------------------------------------------------------------------------- attribution


def _by_name(name: str | None) -> tuple[bool, str]:
    return (name is None, name or "")


def touches_before(world: World, user: Row) -> list[Row]:
    """Return the touches of a user in the 30 days to the instant of registering, in their order."""
    since = user["registered_at"] - timedelta(days=30)
    mine = [row for row in world.tables["touches"] if row["user_id"] == user["user_id"]]
    known = [row for row in mine if since <= row["touched_at"] <= user["registered_at"]]
    return sorted(
        known,
        key=lambda t: (t["touched_at"], _by_name(t["channel"]), _by_name(t["campaign_id"]), _by_name(t["kind"])),
    )


def weights(model: str, ages: list[timedelta]) -> list[Any]:
    """Return the weight of each touch, first to last, by how long before the registration it was."""
    count = len(ages)
    if model == "first_touch":
        return [1] + [0] * (count - 1)
    if model == "last_touch":
        return [0] * (count - 1) + [1]
    if model == "linear":
        return [1] * count
    if model == "time_decay":
        return [2 ** -(age.total_seconds() / timedelta(days=7).total_seconds()) for age in ages]
    if count <= 2:
        return [1] * count
    return [Fraction(40)] + [Fraction(20, count - 2)] * (count - 2) + [Fraction(40)]


def credited(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield the shares of each registration by channel."""
    model = ask.options.get("model", "last_touch")
    for fact in registered(ask, days):
        touches = touches_before(ask.world, fact.row)
        if not touches:
            yield Fact(fact.user, fact.day, {"credit": 1}, {"channel": "organic"})
            continue
        shares = weights(model, [fact.row["registered_at"] - touch["touched_at"] for touch in touches])
        for touch, share in zip(touches, shares, strict=True):
            if share:
                yield Fact(fact.user, fact.day, {"credit": share / sum(shares)}, {"channel": touch["channel"]})


# ---------------------------------------------------------------------------------------------------- referral


def invited(ask: Ask, days: Days) -> Iterator[Fact]:
    """Yield the invites by the day they were sent; they belong to who sent them."""
    for row in ask.world.tables["invites"]:
        if row["invite_date"] in days:
            yield Fact(row["inviter_id"], row["invite_date"], row, {})


def _is_accepted(row: Row) -> bool:
    return row["accepted_at"] is not None


# ---------------------------------------------------------------------------------------------------- metrics

_EVENT = ("platform", "app_version")
_ORDER = frozenset({"category", "product_type", "campaign"})
_GOODS = (*PEOPLE, "category", "product_type")
_SPEND = ("channel", "campaign", "creative")
invites = _counted(invited)
accepted = _counted(invited, _is_accepted)
cost = summed(spent, lambda row: row["cost"])
clicks = summed(spent, lambda row: row["clicks"])
impressions = summed(spent, lambda row: row["impressions"])
revenue = summed(ordered, net)


def _of_spend(top: Tally, bottom: Tally | None = None, *, money: bool = False, scale: int = 1) -> Spec:
    return Spec(top, bottom, own=frozenset(_SPEND), takes=_SPEND, money=money, scale=scale)


def _of_orders(top: Tally, bottom: Tally) -> Spec:
    return Spec(top, bottom, own=_ORDER, takes=_GOODS)


SPECS: dict[str, Spec] = {
    "register_conversion": Spec(
        _people(within_a_day("register_start", "register")),
        _people(doing("register_start")),
        own=frozenset(_EVENT),
        takes=_EVENT,
    ),
    "payment_conversion": Spec(_people(within_a_day("checkout_view", "pay_success")), _people(doing("checkout_view"))),
    "first_pay_d30": Spec(first_payers, cohort(29)),
    "repurchase_rate": _of_orders(repeat_buyers, payers),
    "refund_rate": _of_orders(summed(ordered, lambda row: row["refund_amount"]), summed(ordered, _paid)),
    "top20_revenue_share": _of_orders(top_fifth, revenue),
    "non_goods_share": _of_orders(summed(ordered, _other_than_goods), revenue),
    **{f"ltv_{n}": ltv(n) for n in (30, 60, 90, 180)},
    "impressions": _of_spend(impressions),
    "clicks": _of_spend(clicks),
    "cpc": _of_spend(cost, clicks, money=True),
    "cpm": _of_spend(cost, impressions, money=True, scale=1000),
    "ltv_cac": Spec(
        on_ripe_days(paid_revenue),
        on_ripe_days(cost),
        given=on_ripe_days(paid_registrations),
        takes=("channel", "campaign"),
    ),
    "campaign_roi": Spec(
        summed(of_campaigns, net),
        summed(for_campaigns, lambda row: row["cost"]),
        own=frozenset({"campaign"}),
        takes=("campaign",),
    ),
    "attributed_registrations": Spec(summed(credited, lambda row: row["credit"]), own=frozenset({"channel"})),
    "invites": Spec(invites),
    "invite_acceptance": Spec(accepted, invites),
    "k_factor": Spec(accepted, active_users),
    "invites_per_user": Spec(invites, _people(invited)),
    "referral_share": Spec(_counted(registered, lambda row: row["inviter_id"] is not None), registrations),
}
