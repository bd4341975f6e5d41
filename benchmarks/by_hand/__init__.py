"""What a careful analyst would write for each metric, on the raw tables and on the rollups: the peers of the compiler.

Every statement gives the keys (``period``, the dimension) and ``value``, money rounded to two decimals as readers are owed.
Where two ways come to mind, both are listed and the faster one is the peer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from benchmarks.by_hand import activity, cohorts, commerce, states
from benchmarks.by_hand.cohorts import NET
from benchmarks.by_hand.form import Form, own_grain

Writer = Callable[..., "str | list[str]"]
Calendar = Literal["", "week", "month"]

_CALENDAR: dict[str, Calendar] = {
    "wau": "week",
    "weekly_retention": "week",
    "mau": "month",
    "stickiness": "month",
    "monthly_retention": "month",
    "churn_rate": "month",
}
_STARTS = ("platform", "app_version")


def by_hand(metric: str, form: Form, *, raw: bool = False) -> list[str]:
    """Return the statements an analyst would write for a metric. Raises KeyError for one that nobody wrote."""
    own = own_grain(form, _CALENDAR.get(metric, ""))
    written = _WITH_ROLLUPS[metric](own, raw=raw) if metric in _WITH_ROLLUPS else _PLAIN[metric](own)
    ordered = " ORDER BY ALL" if own.names else ""
    return [f"{sql}{ordered}" for sql in ([written] if isinstance(written, str) else written)]


def has_rollup(metric: str) -> bool:
    """Return whether the metric can be read from a rollup at all."""
    return (
        metric in _WITH_ROLLUPS
        and metric not in ("activation_rate", "first_pay_d30", "total_users")
        and "ltv" not in metric
    )


def metrics() -> list[str]:
    """Return the ids of the metrics that have statements."""
    return [*_WITH_ROLLUPS, *_PLAIN]


def _money(figure: str) -> str:
    return f"round({figure}, 2)"


def _orders(figure: str) -> Writer:
    return partial(commerce.orders, figure)


def _spend(figure: str) -> Writer:
    return partial(commerce.spend, figure)


def _messages(figure: str) -> Writer:
    return partial(commerce.messages, figure)


def _invites(figure: str) -> Writer:
    return partial(commerce.invites, figure)


def _over_active(top: Writer, *, money: bool = False) -> Writer:
    def write(form: Form, *, raw: bool) -> str:
        part = top(form)
        assert isinstance(part, str)
        return commerce.per_active(part, form, raw=raw, money=money)

    return write


_ACCEPTED = "count(*) FILTER (WHERE f.accepted_at IS NOT NULL)"
_DELIVERED = "count(*) FILTER (WHERE f.delivered_at IS NOT NULL)"

_WITH_ROLLUPS: dict[str, Writer] = {
    "dau": activity.dau,
    "wau": activity.users,
    "mau": activity.users,
    "rolling_wau": partial(activity.rolling, 7),
    "rolling_mau": partial(activity.rolling, 30),
    "active_users": activity.users,
    "stickiness": activity.stickiness,
    "avg_active_days": activity.per_day,
    "opens_per_user": activity.opens,
    "time_per_user": activity.minutes,
    "feature_usage_rate": activity.feature_users,
    "content_published": activity.contents,
    "creators": activity.creators,
    "interactions_per_user": activity.interactions,
    "feature_penetration_d7": cohorts.used_feature,
    **{f"retention_d{day}": partial(cohorts.retention, day) for day in (1, 3, 7, 14, 30, 60, 90)},
    "weekly_retention": lambda form, *, raw: activity.kept(form, "week", raw=raw),
    "monthly_retention": lambda form, *, raw: activity.kept(form, "month", raw=raw),
    "churn_rate": lambda form, *, raw: activity.kept(form, "month", raw=raw, gone=True),
    "dormant_users": partial(states.away, 30, 60),
    "lost_users": partial(states.away, 61, None),
    "reactivation_rate": states.woken,
    "declining_users": states.declining,
    "paid_conversion": _over_active(_orders("count(DISTINCT f.user_id)")),
    "arpu": _over_active(_orders(f"sum({NET})"), money=True),
    "k_factor": _over_active(_invites(_ACCEPTED)),
    "ticket_rate": _over_active(partial(commerce.fact, "tickets", "open_date", "count(*)")),
    "total_users": states.total_users,
    "activation_rate": cohorts.activation,
    "first_pay_d30": cohorts.first_pay,
    **{f"ltv_{days}": partial(cohorts.ltv, days) for days in (30, 60, 90, 180)},
}

_PLAIN: dict[str, Writer] = {
    "new_users": cohorts.registered,
    "referral_share": partial(cohorts.registered, figure="count(*) FILTER (WHERE u.inviter_id IS NOT NULL) / count(*)"),
    "register_conversion": partial(commerce.within_a_day, "register_start", "register", own=_STARTS),
    "payment_conversion": partial(commerce.within_a_day, "checkout_view", "pay_success", own=()),
    "gmv": _orders(_money("sum(f.amount)")),
    "revenue": _orders(_money(f"sum({NET})")),
    "orders": _orders("count(*)"),
    "paying_users": _orders("count(DISTINCT f.user_id)"),
    "arppu": _orders(_money(f"sum({NET}) / count(DISTINCT f.user_id)")),
    "aov": _orders(_money(f"sum({NET}) / count(*)")),
    "repurchase_rate": commerce.repurchase,
    "refund_rate": _orders("sum(coalesce(f.refund_amount, 0)) / sum(f.amount - coalesce(f.discount, 0))"),
    "top20_revenue_share": commerce.top20,
    "non_goods_share": _orders(
        f"coalesce(sum({NET}) FILTER (WHERE f.product_type IS DISTINCT FROM 'goods'), 0) / sum({NET})"
    ),
    "members": commerce.members,
    "renewal_rate": commerce.renewal,
    "impressions": _spend("sum(f.impressions)"),
    "clicks": _spend("sum(f.clicks)"),
    "cost": _spend(_money("sum(f.cost)")),
    "ctr": _spend("sum(f.clicks) / sum(f.impressions)"),
    "cpc": _spend(_money("sum(f.cost) / sum(f.clicks)")),
    "cpm": _spend(_money("1000 * sum(f.cost) / sum(f.impressions)")),
    "cac": commerce.cac,
    "roi": commerce.roi,
    "ltv_cac": partial(commerce.roi, mature=True),
    "campaign_roi": commerce.campaign_roi,
    "attributed_registrations": commerce.attributed,
    "invites": _invites("count(*)"),
    "invite_acceptance": _invites(f"{_ACCEPTED} / count(*)"),
    "invites_per_user": _invites("count(*) / count(DISTINCT f.inviter_id)"),
    "messages_sent": _messages("count(*)"),
    "delivery_rate": _messages(f"{_DELIVERED} / count(*)"),
    "open_rate": _messages(f"count(*) FILTER (WHERE f.opened_at IS NOT NULL) / {_DELIVERED}"),
    "click_rate": _messages(f"count(*) FILTER (WHERE f.clicked_at IS NOT NULL) / {_DELIVERED}"),
    "unsubscribe_rate": _messages(f"count(*) FILTER (WHERE f.unsubscribed) / {_DELIVERED}"),
    "nps": partial(
        commerce.surveys,
        "100 * (count(*) FILTER (WHERE f.score >= 9) - count(*) FILTER (WHERE f.score <= 6)) / count(*)",
        "nps",
    ),
    "csat": partial(commerce.surveys, "count(*) FILTER (WHERE f.score >= 4) / count(*)", "csat"),
    "tickets": partial(commerce.fact, "tickets", "open_date", "count(*)"),
}
