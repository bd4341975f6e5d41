"""Who is declining on a day: less time spent than the week before, on each of many days."""

from __future__ import annotations

from datetime import date

from tools.semantic_layer.binder import Binder
from tools.semantic_layer.bucketing import Bucketing


def declining_users(bucketing: Bucketing, binder: Binder) -> str:
    """Return a SELECT of bucket and user_id: the registered users declining on the first day of each window.

    Declining: the time spent in the 7 days to the day is at most half of that in the 7 days before them, which was at least
    10 minutes. ``bucket`` names the window, for whoever has several.

    Each day is added up by itself: the users of two weeks fit the processor's cache, those of all days at once do not,
    and adding up 90 days apart takes a third of the time.
    """
    windows = bucketing.windows
    start = binder.day(f"{bucketing.side}_from", windows.first)
    days = [
        _on_day(_later(start, window.first, windows.first), _later(start, window.period, windows.first))
        for window in windows.windows
    ]
    return (
        f"SELECT k.bucket AS bucket, k.user_id AS user_id FROM ({' UNION ALL '.join(days)}) AS k"
        " JOIN users AS u ON u.user_id = k.user_id AND u.register_date <= k.day"
    )


def _later(start: str, day: date, first: date) -> str:
    """Return SQL of a day, told by its distance from the first."""
    return f"{start} + ({(day - first).days})"


def _on_day(day: str, bucket: str) -> str:
    """Return a SELECT of bucket, day and user_id: whose time spent declines on the day."""
    late = f"coalesce(sum(e.seconds) FILTER (WHERE e.event_date > {day} - 7), 0)"
    early = f"coalesce(sum(e.seconds) FILTER (WHERE e.event_date <= {day} - 7), 0)"
    return (
        f"SELECT {bucket} AS bucket, {day} AS day, e.user_id AS user_id FROM user_days AS e"
        f" WHERE e.event_date <= {day} AND e.event_date > {day} - 14"
        f" GROUP BY e.user_id HAVING {early} >= 600 AND {late} * 2 <= {early}"
    )
