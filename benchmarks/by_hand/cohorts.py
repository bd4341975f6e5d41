"""Those who registered, and what came of them after so many days."""

from __future__ import annotations

from benchmarks.by_hand.form import PASSIVE, Form, literal, quotient

NET = "f.amount - coalesce(f.discount, 0) - coalesce(f.refund_amount, 0)"


def registered(form: Form, figure: str = "count(*)", *, mature: int = 0, where: str = "") -> str:
    """Users registered in each bucket whose day ``mature`` is over."""
    also = f" AND u.register_date + {mature} <= {literal(form.as_of)}" if mature else ""
    also += f" AND {where}" if where else ""
    return (
        f"SELECT {form.keys('u.register_date')}{figure} AS value FROM users AS u WHERE {form.days('u.register_date')}{also}"
        f"{' GROUP BY ALL' if form.names else ''}"
    )


def retention(day: int, form: Form, *, raw: bool) -> list[str]:
    """The share active on exactly that day after."""
    shifted = f"event_date BETWEEN {literal(form.start)} + {day} AND {literal(form.end)} + {day}"
    source = (
        f"(SELECT DISTINCT user_id, event_date FROM events WHERE {PASSIVE} AND {shifted})"
        if raw
        else f"(SELECT user_id, event_date FROM active_days WHERE first_row AND {shifted})"
    )
    return [
        _share(form, day, f"{source} AS back ON back.user_id = u.user_id AND back.event_date = u.register_date + {day}")
    ]


def used_feature(form: Form, *, raw: bool) -> list[str]:
    """The share who used a feature on days 0 to 6."""
    table, used = ("events", "f.feature IS NOT NULL") if raw else ("user_days", "f.features > 0")
    return _followed(form, 6, table, "event_date", used)


def activation(form: Form, *, raw: bool) -> list[str]:
    """The share with all three onboarding events on days 0 to 2."""
    del raw
    done = (
        "(SELECT f.user_id FROM events AS f JOIN users AS r ON r.user_id = f.user_id"
        " WHERE f.event IN ('profile_complete', 'first_interaction', 'claim_gift')"
        f" AND f.event_date BETWEEN r.register_date AND r.register_date + 2 AND {form.days('f.event_date', after=2)}"
        f" AND {form.days('r.register_date')} GROUP BY f.user_id HAVING count(DISTINCT f.event) = 3)"
    )
    return [_share(form, 2, f"{done} AS back ON back.user_id = u.user_id")]


def first_pay(form: Form, *, raw: bool) -> list[str]:
    """The share with an order on days 0 to 29."""
    del raw
    return _followed(form, 29, "orders", "order_date", "")


def ltv(days: int, form: Form, *, raw: bool) -> list[str]:
    """Net revenue of the first days per user old enough."""
    del raw
    return [quotient(revenue(form, days, mature=True), registered(form, mature=days - 1), form, money=True)]


def revenue(form: Form, days: int, *, mature: bool, where: str = "") -> str:
    """Net revenue on the first ``days`` days of those who registered in each bucket."""
    also = f" AND u.register_date + {days - 1} <= {literal(form.as_of)}" if mature else ""
    also += f" AND {where}" if where else ""
    return (
        f"SELECT {form.keys('u.register_date')}sum({NET}) AS value FROM users AS u JOIN orders AS f"
        f" ON f.user_id = u.user_id AND f.order_date BETWEEN u.register_date AND u.register_date + {days - 1}"
        f" WHERE {form.days('u.register_date')} AND {form.days('f.order_date', after=days - 1)}{also}"
        f"{' GROUP BY ALL' if form.names else ''}"
    )


def _followed(form: Form, last: int, table: str, day: str, where: str) -> list[str]:
    """Return the share with a row on days 0 to ``last``: people found first, then counted."""
    also = f" AND {where}" if where else ""
    done = (
        f"(SELECT DISTINCT f.user_id FROM {table} AS f JOIN users AS r ON r.user_id = f.user_id"
        f" AND f.{day} BETWEEN r.register_date AND r.register_date + {last}"
        f" WHERE {form.days('r.register_date')} AND {form.days(f'f.{day}', after=last)}{also})"
    )
    return [_share(form, last, f"{done} AS back ON back.user_id = u.user_id")]


def _share(form: Form, mature: int, joined: str) -> str:
    return (
        f"SELECT {form.keys('u.register_date')}count(back.user_id) / count(*) AS value FROM users AS u LEFT JOIN {joined}"
        f" WHERE {form.days('u.register_date')} AND u.register_date + {mature} <= {literal(form.as_of)}"
        f"{' GROUP BY ALL' if form.names else ''}"
    )
