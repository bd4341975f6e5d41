"""What a careful analyst would write for each metric on the same tables, rollups included: the peer of the compiler."""

from __future__ import annotations

_NET = "amount - coalesce(discount, 0) - coalesce(refund_amount, 0)"
_DAYS = "BETWEEN DATE '{start}' AND DATE '{end}'"


def _active(figure: str, first: str = "{start}", last: str = "{end}") -> str:
    return f"SELECT {figure} FROM active_days WHERE event_date BETWEEN DATE '{first}' AND DATE '{last}'"


def _orders(figure: str) -> str:
    return f"SELECT {figure} FROM orders WHERE order_date {_DAYS}"


def _spend(figure: str) -> str:
    return f"SELECT {figure} FROM channel_spend WHERE spend_date {_DAYS}"


def _retention(day: int) -> str:
    return f"""
        SELECT count(*) FILTER (WHERE back.user_id IS NOT NULL) / count(*) FROM users AS u
        LEFT JOIN (SELECT DISTINCT user_id, event_date FROM active_days
                   WHERE event_date BETWEEN DATE '{{start}}' + {day} AND DATE '{{end}}' + {day}) AS back
          ON back.user_id = u.user_id AND back.event_date = u.register_date + {day}
        WHERE u.register_date {_DAYS} AND u.register_date + {day} <= DATE '{{as_of}}'"""


_MAU = _active(
    "count(DISTINCT user_id) AS users, count(DISTINCT (user_id, event_date)) AS user_days", "{month}", "{end}"
)

BY_HAND: dict[str, str] = {
    "dau": _active("count(DISTINCT (user_id, event_date)) / (date_diff('day', DATE '{start}', DATE '{end}') + 1)"),
    "wau": _active("count(DISTINCT user_id)", "{week}", "{week_end}"),
    "mau": _active("count(DISTINCT user_id)", "{month}", "{end}"),
    "active_users": _active("count(DISTINCT user_id)"),
    "stickiness": f"SELECT user_days / date_part('day', DATE '{{end}}') / users FROM ({_MAU})",
    "new_users": f"SELECT count(*) FROM users WHERE register_date {_DAYS}",
    "activation_rate": f"""
        SELECT count(*) FILTER (WHERE done.user_id IS NOT NULL) / count(*) FROM users AS u
        LEFT JOIN (SELECT e.user_id FROM events AS e JOIN users AS u USING (user_id)
                   WHERE e.event IN ('profile_complete', 'first_interaction', 'claim_gift')
                     AND e.event_date BETWEEN u.register_date AND u.register_date + 2 AND u.register_date {_DAYS}
                     AND e.event_date BETWEEN DATE '{{start}}' AND DATE '{{end}}' + 2
                   GROUP BY e.user_id HAVING count(DISTINCT e.event) = 3) AS done ON done.user_id = u.user_id
        WHERE u.register_date {_DAYS} AND u.register_date + 2 <= DATE '{{as_of}}'""",
    "retention_d1": _retention(1),
    "retention_d7": _retention(7),
    "retention_d30": _retention(30),
    "gmv": _orders("sum(amount)"),
    "revenue": _orders(f"sum({_NET})"),
    "orders": _orders("count(*)"),
    "paying_users": _orders("count(DISTINCT user_id)"),
    "paid_conversion": f"SELECT ({_orders('count(DISTINCT user_id)')}) / ({_active('count(DISTINCT user_id)')})",
    "arpu": f"SELECT ({_orders(f'sum({_NET})')}) / ({_active('count(DISTINCT user_id)')})",
    "arppu": _orders(f"sum({_NET}) / count(DISTINCT user_id)"),
    "aov": _orders(f"sum({_NET}) / count(*)"),
    "cost": _spend("sum(cost)"),
    "ctr": _spend("sum(clicks) / sum(impressions)"),
    "cac": f"""
        SELECT ({_spend("sum(cost)")}) / count(*) FROM users WHERE register_date {_DAYS} AND channel IN (
            SELECT channel FROM channel_spend WHERE spend_date {_DAYS} GROUP BY channel HAVING sum(cost) > 0)""",
    "roi": f"""
        SELECT sum({_NET}) / ({_spend("sum(cost)")}) FROM orders AS o JOIN users AS u USING (user_id)
        WHERE u.register_date {_DAYS} AND o.order_date BETWEEN u.register_date AND u.register_date + 89 AND u.channel IN (
            SELECT channel FROM channel_spend WHERE spend_date {_DAYS} GROUP BY channel HAVING sum(cost) > 0)""",
}
