"""Registrations shared out to the touches before them, by attribution model."""

from __future__ import annotations

from datetime import date

from tools.semantic_layer.binder import Binder

LOOK_BACK_DAYS = 30
HALF_LIFE_DAYS = 7
_SHARE = "CAST({} AS DECIMAL(18, 12))"
_AGE = "date_diff('microsecond', t.touched_at, t.registered_at) / 86400000000.0"
_EQUAL, _MIDDLE = _SHARE.format("1.0 / t.touches"), _SHARE.format("0.2 / (t.touches - 2)")
_CREDITS = {
    "last_touch": "CASE WHEN t.place >= t.touches THEN 1 ELSE 0 END",
    "first_touch": "CASE WHEN t.place = 1 THEN 1 ELSE 0 END",
    "linear": f"CASE WHEN t.touches <= 1 THEN 1 WHEN t.place < t.touches THEN {_EQUAL} ELSE 1 - (t.touches - 1) * {_EQUAL} END",
    "position": "CASE WHEN t.touches <= 1 THEN 1 WHEN t.touches = 2 THEN 0.5 WHEN t.place = 1 THEN 0.4"
    f" WHEN t.place < t.touches THEN {_MIDDLE} ELSE 0.6 - (t.touches - 2) * {_MIDDLE} END",
}


def credit_rows(first: date, last: date, model: str, side: str, binder: Binder) -> str:
    """Return a SELECT of user_id, register_date, channel and credit: the credits of each user add up to exactly 1.

    Touches of both kinds count from 30 days before the registration to its instant, ties in the order of channel,
    campaign and kind; a user without one is credited to organic. Decay halves every 7 days, by fractional days. The last
    touch takes what rounding to 12 decimals leaves.

    Args:
        first: the first day of registration.
        last: the last day of registration.
        model: last_touch, first_touch, linear, time_decay or position.
        side: the side of a comparison, for the names of the bound values.
        binder: takes the bound values.
    """
    start, end = binder.day(f"{side}_from", first), binder.day(f"{side}_to", last)
    order = "PARTITION BY u.user_id ORDER BY h.touched_at, h.channel, h.campaign_id, h.kind"
    touches = (
        "SELECT u.user_id AS user_id, u.register_date AS register_date, u.registered_at AS registered_at, "
        "h.user_id AS toucher, h.touched_at AS touched_at, h.channel AS channel, "
        f"row_number() OVER ({order}) AS place, count(h.user_id) OVER (PARTITION BY u.user_id) AS touches "
        f"FROM users AS u LEFT JOIN touches AS h ON h.user_id = u.user_id "
        f"AND h.touched_at BETWEEN u.registered_at - INTERVAL {LOOK_BACK_DAYS} DAY AND u.registered_at "
        f"AND h.touch_date BETWEEN {start} - {LOOK_BACK_DAYS + 1} AND {end} + 1 "
        f"WHERE u.register_date BETWEEN {start} AND {end}"
    )
    channel = "CASE WHEN t.toucher IS NULL THEN 'organic' ELSE t.channel END AS channel"
    columns = f"t.user_id AS user_id, t.register_date AS register_date, {channel}"
    if model != "time_decay":
        return (
            f"SELECT s.user_id AS user_id, s.register_date AS register_date, s.channel AS channel, s.credit AS credit "
            f"FROM (SELECT {columns}, {_CREDITS[model]} AS credit FROM ({touches}) AS t) AS s WHERE s.credit > 0"
        )
    weight = f"CASE WHEN t.toucher IS NULL THEN 1 ELSE pow(0.5, ({_AGE}) / {HALF_LIFE_DAYS}.0) END"
    weighed = f"SELECT {columns}, t.place AS place, t.touches AS touches, {weight} AS weight FROM ({touches}) AS t"
    share = _SHARE.format("w.weight / sum(w.weight) OVER (PARTITION BY w.user_id)")
    shared = (
        "SELECT w.user_id AS user_id, w.register_date AS register_date, w.channel AS channel, w.place AS place, "
        f"w.touches AS touches, {share} AS share FROM ({weighed}) AS w"
    )
    rest = "1 - sum(s.share) OVER (PARTITION BY s.user_id) + s.share"
    return (
        "SELECT s.user_id AS user_id, s.register_date AS register_date, s.channel AS channel, "
        f"CASE WHEN s.place >= s.touches THEN {rest} ELSE s.share END AS credit FROM ({shared}) AS s"
    )
