"""Orders, memberships, spend, campaigns, touches, messages, invites, surveys and tickets: no rollup, one table each."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.by_hand import activity, cohorts
from benchmarks.by_hand.cohorts import NET
from benchmarks.by_hand.form import Form, fact, literal, quotient

_ORDERS = ("category", "product_type", "campaign")
_SPEND = ("channel", "campaign", "creative")
_MESSAGES = ("medium", "campaign")


def orders(figure: str, form: Form) -> str:
    """An aggregate of orders."""
    return fact("orders", "order_date", figure, form, own=_ORDERS)


def repurchase(form: Form) -> str:
    """Of the paying users the share with two orders or more."""
    each = fact("orders", "order_date", "count(*)", form, own=_ORDERS)
    return _over_users(form, each, "count(*) FILTER (WHERE value >= 2) / count(*)", "")


def top20(form: Form) -> str:
    """The share of revenue of the best fifth of the paying users, rounded up."""
    each = fact("orders", "order_date", f"sum({NET})", form, own=_ORDERS)
    split = f"PARTITION BY {form.names}" if form.names else ""
    ranked = f"row_number() OVER ({split} ORDER BY value DESC) AS place, count(*) OVER ({split}) AS n"
    return _over_users(form, each, "sum(value) FILTER (WHERE place <= (n + 4) // 5) / sum(value)", f", {ranked}")


def members(form: Form) -> str:
    """Users with a membership valid on the last day of each bucket."""
    keys = ("d.period, " if form.bucket != "total" else "") + form.dimension(("plan",))
    return (
        f"SELECT {keys}count(DISTINCT f.user_id) AS value FROM {form.ends} JOIN memberships AS f"
        f" ON d.day BETWEEN f.started_on AND f.expires_on{form.join(('plan',))}{' GROUP BY ALL' if keys else ''}"
    )


def renewal(form: Form) -> str:
    """Of the memberships that ran out, those renewed within seven days."""
    figure = "count(*) FILTER (WHERE f.renewed_on <= f.expires_on + 7) / count(*)"
    where = f"f.expires_on + 7 <= {literal(form.as_of)}"
    return fact("memberships", "expires_on", figure, form, where=where, own=("plan",))


def spend(figure: str, form: Form, *, where: str = "") -> str:
    """An aggregate of spend."""
    return fact("channel_spend", "spend_date", figure, form, where=where, own=_SPEND)


def cac(form: Form) -> str:
    """Cost per user registered from channels with cost in the bucket."""
    return quotient(spend("sum(f.cost)", form), _among_paid(form, _registered(form)), form, money=True)


def roi(form: Form, *, mature: bool = False) -> str:
    """Revenue on days 0-89 of users registered from channels with cost in the bucket, over the cost."""
    where = f"f.spend_date + 89 <= {literal(form.as_of)}" if mature else ""
    top = cohorts.revenue(_by_channel(form), 90, mature=mature)
    return quotient(_among_paid(form, top, where), spend("sum(f.cost)", form, where=where), form)


def campaign_roi(form: Form) -> str:
    """Revenue of orders with a campaign that has cost in the bucket, over that cost."""
    each = form if form.by == "campaign" else replace(form, by="campaign")
    cost = spend("sum(f.cost)", each, where="f.campaign_id IS NOT NULL")
    revenue = fact("orders", "order_date", f"sum({NET})", each, where="f.campaign_id IS NOT NULL", own=_ORDERS)
    on = "n.campaign = d.campaign" + (" AND n.period = d.period" if form.bucket != "total" else "")
    keys = "".join(f"d.{name}, " for name in form.names.split(", ") if name)
    return (
        f"SELECT {keys}sum(n.value) / sum(d.value) AS value FROM ({cost}) AS d LEFT JOIN ({revenue}) AS n ON {on}"
        f" WHERE d.value > 0{' GROUP BY ALL' if form.names else ''}"
    )


def attributed(form: Form, model: str = "last_touch") -> str:
    """Registrations credited to channels, the last touch taking what is left of 1; without the channel all of them."""
    if form.by != "channel":
        return cohorts.registered(form)
    credit = {
        "last_touch": "CASE WHEN back = 1 THEN 1 ELSE 0 END",
        "first_touch": "CASE WHEN place = 1 THEN 1 ELSE 0 END",
        "linear": "CASE WHEN back = 1 THEN 1 - (n - 1) * CAST(1.0 / n AS DECIMAL(18, 12)) ELSE CAST(1.0 / n AS DECIMAL(18, 12)) END",
        "time_decay": "CASE WHEN back = 1 THEN 1 - (sum(part) OVER (PARTITION BY user_id) - part) ELSE part END",
        "position": (
            "CASE WHEN n = 1 THEN 1 WHEN n = 2 THEN 0.5 WHEN place = 1 OR back = 1 THEN 0.4 ELSE 0.2 / (n - 2) END"
        ),
    }[model]
    order = "ORDER BY t.touched_at{0}, t.channel{0}, t.campaign_id{0}, t.kind{0}"
    return (
        f"WITH path AS (SELECT u.user_id, {form.period('u.register_date')}coalesce(t.channel, 'organic') AS channel,"
        f" count(*) OVER (PARTITION BY u.user_id) AS n,"
        f" row_number() OVER (PARTITION BY u.user_id {order.format('')}) AS place,"
        f" row_number() OVER (PARTITION BY u.user_id {order.format(' DESC')}) AS back,"
        " pow(2, -coalesce(epoch(u.registered_at - t.touched_at), 0) / 604800) AS weight FROM users AS u LEFT JOIN touches AS t"
        " ON t.user_id = u.user_id AND t.touched_at BETWEEN u.registered_at - INTERVAL 30 DAY AND u.registered_at"
        f" WHERE {form.days('u.register_date')}), parts AS (SELECT *,"
        " CAST(weight / sum(weight) OVER (PARTITION BY user_id) AS DECIMAL(18, 12)) AS part FROM path),"
        f" credits AS (SELECT *, {credit} AS credit FROM parts)"
        f" SELECT {'period, ' if form.bucket != 'total' else ''}channel, sum(credit) AS value FROM credits GROUP BY ALL"
    )


def messages(figure: str, form: Form) -> str:
    """An aggregate of messages by the day they were sent."""
    return fact("messages", "sent_date", figure, form, own=_MESSAGES)


def invites(figure: str, form: Form) -> str:
    """An aggregate of invites by the day they were sent."""
    return fact("invites", "invite_date", figure, form, user="inviter_id")


def surveys(figure: str, kind: str, form: Form) -> str:
    """An aggregate of the answers of one kind."""
    return fact("surveys", "answer_date", figure, form, where=f"f.kind = '{kind}' AND f.score IS NOT NULL")


def per_active(top: str, form: Form, *, raw: bool, money: bool = False) -> str:
    """Something over the active users of the bucket."""
    return quotient(top, activity.users(form, raw=raw), form, money=money)


def within_a_day(first: str, then: str, form: Form, *, own: tuple[str, ...]) -> list[str]:
    """Of the users with one event, the share with the other within 24 hours of one of them."""
    keys = form.keys("f.event_date", own)
    figure = "count(DISTINCT f.user_id) FILTER (WHERE s.user_id IS NOT NULL) / count(DISTINCT f.user_id)"
    end = f" WHERE f.event = '{first}' AND {form.days('f.event_date')}{' GROUP BY ALL' if keys else ''}"
    second = f"(SELECT user_id, ts FROM events WHERE event = '{then}' AND {form.days('event_date', after=1)})"
    joined = (
        f"SELECT {keys}{figure} AS value FROM events AS f LEFT JOIN {second} AS s ON s.user_id = f.user_id"
        f" AND s.ts BETWEEN f.ts AND f.ts + INTERVAL 24 HOUR{form.join(own)}{end}"
    )
    nearest = figure.replace("s.user_id IS NOT NULL", "s.ts <= f.ts + INTERVAL 24 HOUR")
    asof = (
        f"SELECT {keys}{nearest} AS value FROM events AS f ASOF LEFT JOIN {second} AS s"
        f" ON s.user_id = f.user_id AND s.ts >= f.ts{form.join(own)}{end}"
    )
    return [joined, asof]


def _over_users(form: Form, each: str, figure: str, ranked: str) -> str:
    """Return a figure over users from an aggregate per user."""
    listed = f"{form.names}, " if form.names else ""
    per_user = each.replace("SELECT ", "SELECT f.user_id, ", 1)
    per_user += "" if form.names else " GROUP BY ALL"
    return f"SELECT {listed}{figure} AS value FROM (SELECT *{ranked} FROM ({per_user})){' GROUP BY ALL' if form.names else ''}"


def _by_channel(form: Form) -> Form:
    return replace(form, by="channel")


def _registered(form: Form) -> str:
    return cohorts.registered(_by_channel(form))


def _among_paid(form: Form, by_channel: str, where: str = "") -> str:
    """Return the sum of a figure by channel over the channels with cost in the bucket."""
    cost = spend("sum(f.cost)", _by_channel(form), where=where)
    on = "p.channel = x.channel" + (" AND p.period = x.period" if form.bucket != "total" else "")
    keys = "".join(f"x.{name}, " for name in form.names.split(", ") if name)
    return (
        f"SELECT {keys}sum(x.value) AS value FROM ({by_channel}) AS x JOIN ({cost}) AS p ON {on} WHERE p.value > 0"
        f"{' GROUP BY ALL' if form.names else ''}"
    )
