"""What a careful analyst would write for each analysis: one SELECT with the columns of the answer, raw or on rollups."""

from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks.by_hand import commerce, explanations, funnels
from benchmarks.by_hand.cohorts import NET
from benchmarks.by_hand.form import PASSIVE, Form, literal

_ARMS = (
    "SELECT user_id, min(variant) AS variant, min(assigned_at) AS assigned_at, CAST(min(assigned_at) AS DATE) AS day"
    " FROM assignments WHERE experiment_id = '{experiment}' GROUP BY user_id HAVING count(DISTINCT variant) = 1"
)


def analysis(peer: dict[str, Any], as_of: date, *, raw: bool) -> list[str]:
    """Return the statements of an analysis by the name and arguments that ``queries.yaml`` gives.

    Raises KeyError for a name that nobody wrote.
    """
    arguments = {key: value for key, value in peer.items() if key != "name"}
    written = _ALL[peer["name"]](**arguments, as_of=as_of, raw=raw)
    return [f"SELECT * FROM ({sql}) ORDER BY ALL" for sql in written]


def social(start: date, end: date, as_of: date, *, raw: bool) -> list[str]:
    """New users who interacted 30 times or more in the last 30 days of the range."""
    del as_of
    table, figure, kept = ("events", "count(*)", " AND event IN ('like', 'comment', 'share')")
    if not raw:
        table, figure, kept = "user_days", "sum(interactions)", ""
    return [
        (
            f"SELECT count(*) AS new_users FROM users WHERE register_date BETWEEN {literal(start)} AND {literal(end)} AND user_id IN ("
            f"SELECT user_id FROM {table} WHERE event_date BETWEEN {literal(end)} - 29 AND {literal(end)}{kept}"
            f" GROUP BY user_id HAVING {figure} >= 30)"
        )
    ]


def matrix(
    start: date, end: date, unit: str, periods: int, as_of: date, *, raw: bool, after: bool = False
) -> list[str]:
    """Registration cohorts by how many units later they were active; complete cells only."""
    of_day = "event_date" if unit == "day" else unit
    table = "active_days" if unit == "day" else f"active_{unit}s"
    seen = f"SELECT user_id, {of_day} AS seen_on FROM {table} WHERE first_row AND {of_day} >= {literal(start)}"
    if raw:
        bucket = _start_of(unit, "event_date")
        seen = f"SELECT DISTINCT user_id, {bucket} AS seen_on FROM events WHERE {PASSIVE} AND event_date >= {literal(start)}"
    people = (
        f"SELECT user_id, {_start_of(unit, 'register_date')} AS cohort FROM users"
        f" WHERE register_date BETWEEN {literal(start)} AND {literal(end)}"
    )
    back = (
        f"SELECT p.cohort, date_diff('{unit}', p.cohort, s.seen_on) AS period, count(*) AS users FROM people AS p"
        " JOIN seen AS s ON s.user_id = p.user_id AND s.seen_on > p.cohort"
        f"{f' AND s.seen_on <= p.cohort + {periods}' if unit == 'day' else ''} GROUP BY ALL"
    )
    if after:
        back = (
            f"SELECT cohort, period, count(*) AS users FROM (SELECT p.cohort, date_diff('{unit}', p.cohort, max(s.seen_on)) AS last"
            " FROM people AS p JOIN seen AS s ON s.user_id = p.user_id AND s.seen_on > p.cohort GROUP BY p.cohort, p.user_id) AS b"
            f" JOIN (SELECT unnest(range(1, {periods} + 1)) AS period) AS n ON n.period <= b.last GROUP BY ALL"
        )
    over = {"day": "cohort + CAST(period AS INTEGER)", "week": "cohort + 7 * CAST(period AS INTEGER) + 6"}.get(
        unit, "last_day(CAST(cohort + to_months(CAST(period AS INTEGER)) AS DATE))"
    )
    return [
        (
            f"WITH people AS ({people}), seen AS ({seen}), sizes AS (SELECT cohort, count(*) AS size FROM people GROUP BY cohort),"
            f" back AS ({back} UNION ALL SELECT cohort, 0, size FROM sizes)"
            " SELECT b.cohort, b.period, z.size, b.users, b.users / z.size AS rate FROM back AS b JOIN sizes AS z USING (cohort)"
            f" WHERE period <= {periods} AND {over} <= {literal(as_of)}"
        )
    ]


def event_matrix(event: str, start: date, end: date, periods: int, as_of: date, *, raw: bool) -> list[str]:
    """Cohorts by the day of a user's first such event ever, and the days they did it again."""
    del raw
    days = f"BETWEEN {literal(start)} AND {literal(end)} + {periods}"
    return [
        (
            f"WITH seen AS (SELECT DISTINCT user_id, event_date AS seen_on FROM events WHERE event = '{event}'"
            f" AND event_date {days}), people AS (SELECT user_id, min(event_date) AS cohort FROM events"
            f" WHERE event = '{event}' AND event_date <= {literal(end)} GROUP BY user_id HAVING min(event_date) >= {literal(start)}),"
            " sizes AS (SELECT cohort, count(*) AS size FROM people GROUP BY cohort),"
            " back AS (SELECT p.cohort, date_diff('day', p.cohort, s.seen_on) AS period, count(*) AS users FROM people AS p"
            f" JOIN seen AS s ON s.user_id = p.user_id AND s.seen_on <= p.cohort + {periods} GROUP BY ALL)"
            " SELECT cohort, period, size, users, users / size AS rate FROM back JOIN sizes USING (cohort)"
            f" WHERE cohort + CAST(period AS INTEGER) <= {literal(as_of)}"
        )
    ]


def lifecycle(start: date, end: date, unit: str, as_of: date, *, raw: bool) -> list[str]:
    """New, retained, resurrected and dormant users by week or month."""
    del as_of
    step = f"INTERVAL 1 {unit}"
    first = f"{literal(start)} - {step}"
    seen = f"SELECT user_id, {unit} AS seen_on FROM active_{unit}s WHERE first_row AND {unit} BETWEEN {first} AND {literal(end)}"
    if raw:
        seen = (
            f"SELECT user_id, {_start_of(unit, 'event_date')} AS seen_on FROM events"
            f" WHERE {PASSIVE} AND event_date >= {first} AND event_date <= {literal(end)}"
        )
    joined = (
        f"SELECT user_id, {_start_of(unit, 'register_date')} AS joined FROM users WHERE register_date <= {literal(end)}"
    )
    active = (
        f"SELECT p.user_id, p.joined, s.seen_on FROM people AS p JOIN ({seen}) AS s ON s.user_id = p.user_id AND s.seen_on >= p.joined"
        f" UNION SELECT user_id, joined, joined FROM people WHERE joined >= {first}"
    )
    figures = (
        "count(*) AS active, count(*) FILTER (WHERE seen_on = joined) AS new,"
        f" count(*) FILTER (WHERE seen_on > joined AND before = seen_on - {step}) AS retained,"
        f" count(*) FILTER (WHERE seen_on > joined AND before IS DISTINCT FROM seen_on - {step}) AS resurrected"
    )
    turns = "SELECT *, lag(seen_on) OVER (PARTITION BY user_id ORDER BY seen_on) AS before FROM active"
    pairs = (
        "SELECT a.*, CASE WHEN b.user_id IS NOT NULL THEN b.seen_on END AS before FROM active AS a LEFT JOIN active AS b"
        f" ON b.user_id = a.user_id AND b.seen_on = a.seen_on - {step}"
    )
    return [
        f"WITH people AS ({joined}), active AS ({active}), turns AS ({way}),"
        f" flows AS (SELECT seen_on AS period, {figures} FROM turns GROUP BY ALL)"
        " SELECT * FROM (SELECT *, lag(active, 1, 0) OVER (ORDER BY period) - retained AS dormant FROM flows)"
        f" WHERE period >= {literal(start)}"
        for way in (turns, pairs)
    ]


def histogram(start: date, end: date, unit: str, as_of: date, *, raw: bool, event: str = "") -> list[str]:
    """Users by the number of days or months they were active in."""
    del as_of
    days = f"BETWEEN {literal(start)} AND {literal(end)}"
    if raw or event:
        kept = f"event = '{event}'" if event else PASSIVE
        counted = f"count(DISTINCT {_start_of(unit, 'event_date')}) AS n FROM events WHERE {kept} AND event_date {days}"
    else:
        column = "event_date" if unit == "day" else unit
        counted = f"count(*) AS n FROM active_{unit}s WHERE first_row AND {column} {days}"
    each = f"SELECT user_id, {counted} GROUP BY user_id"
    return [f"SELECT n AS intervals, count(*) AS users FROM ({each}) GROUP BY n"]


def ltv_curve(start: date, end: date, horizon: int, as_of: date, *, raw: bool) -> list[str]:
    """Net revenue per user by day of age, over those who have reached it."""
    del raw
    days = f"u.register_date BETWEEN {literal(start)} AND {literal(end)}"
    return [
        (
            f"WITH ages AS (SELECT unnest(range({horizon})) AS day), people AS (SELECT u.register_date AS cohort, count(*) AS users"
            f" FROM users AS u WHERE {days} GROUP BY ALL), spent AS (SELECT u.register_date AS cohort,"
            f" f.order_date - u.register_date AS age, sum({NET}) AS revenue FROM users AS u JOIN orders AS f"
            f" ON f.user_id = u.user_id AND f.order_date BETWEEN u.register_date AND u.register_date + {horizon - 1}"
            f" WHERE {days} GROUP BY ALL), sizes AS (SELECT day, sum(users) AS users FROM ages JOIN people"
            f" ON cohort + CAST(day AS INTEGER) <= {literal(as_of)} GROUP BY day), sums AS (SELECT day, sum(revenue) AS revenue"
            f" FROM ages JOIN spent ON age <= day AND cohort + CAST(day AS INTEGER) <= {literal(as_of)} GROUP BY day)"
            " SELECT day, users, round(revenue / users, 2) AS value FROM sizes LEFT JOIN sums USING (day)"
        )
    ]


def attributed(model: str, start: date, end: date, as_of: date, *, raw: bool) -> list[str]:
    """Registrations credited to channels by a model."""
    del raw
    written = commerce.attributed(Form(start, end, as_of, by="channel"), model)
    return [written.replace(" AS value ", " AS attributed_registrations ")]


def readout_retention(experiment: str, as_of: date, *, raw: bool) -> list[str]:
    """The share of each arm that was active on day 7, of those old enough."""
    back = "(SELECT user_id, event_date FROM active_days WHERE first_row)"
    if raw:
        back = f"(SELECT DISTINCT user_id, event_date FROM events WHERE {PASSIVE})"
    return [
        (
            f"WITH arms AS ({_ARMS.format(experiment=experiment)}), people AS (SELECT a.variant, u.user_id, u.register_date"
            f" FROM arms AS a JOIN users AS u USING (user_id) WHERE u.register_date + 7 <= {literal(as_of)})"
            " SELECT p.variant, count(*) AS users, count(b.user_id) / count(*) AS value, count(b.user_id) AS total"
            f" FROM people AS p LEFT JOIN {back} AS b ON b.user_id = p.user_id AND b.event_date = p.register_date + 7 GROUP BY ALL"
        )
    ]


def readout_reactivation(experiment: str, start: date, end: date, as_of: date, *, raw: bool) -> list[str]:
    """The share of each arm, dormant on the day before assignment, that came back."""
    del as_of
    arms = _ARMS.format(experiment=experiment)
    if not raw:
        return [
            (
                f"WITH arms AS ({arms}), dormant AS (SELECT a.variant, s.next_day FROM arms AS a JOIN away_spells AS s"
                " ON s.user_id = a.user_id AND s.last_day BETWEEN a.day - 61 AND a.day - 31 AND s.next_day >= a.day)"
                f" SELECT variant, count(*) AS users, count(*) FILTER (WHERE next_day <= {literal(end)}) / count(*) AS value"
                " FROM dormant GROUP BY variant"
            )
        ]
    days = f"{PASSIVE} AND event_date BETWEEN {literal(start)} - 61 AND {literal(end)}"
    return [
        (
            f"WITH arms AS ({arms}), last AS (SELECT a.user_id, max(e.event_date) FILTER (WHERE e.event_date < a.day) AS last_day,"
            f" bool_or(e.ts >= a.assigned_at) AS back FROM arms AS a JOIN events AS e ON e.user_id = a.user_id WHERE {days}"
            " GROUP BY a.user_id) SELECT a.variant, count(*) AS users,"
            " count(*) FILTER (WHERE l.back) / count(*) AS value FROM arms AS a JOIN users AS u USING (user_id) LEFT JOIN last AS l"
            " USING (user_id) WHERE a.day - 1 - greatest(u.register_date, coalesce(l.last_day, u.register_date)) BETWEEN 30 AND 60"
            " GROUP BY a.variant"
        )
    ]


def readout_revenue(experiment: str, start: date, end: date, as_of: date, *, raw: bool) -> list[str]:
    """Mean net revenue of each arm since assignment, with what CUPED needs of the 14 days before."""
    del raw, as_of
    after = f"f.paid_at >= a.assigned_at AND f.order_date BETWEEN {literal(start)} AND {literal(end)}"
    before = f"f.paid_at < a.assigned_at AND f.order_date BETWEEN a.day - 14 AND {literal(end)}"
    return [
        (
            f"WITH arms AS ({_ARMS.format(experiment=experiment)}), spent AS (SELECT a.user_id, sum({NET}) FILTER (WHERE {after})"
            f" AS y, sum({NET}) FILTER (WHERE {before}) AS x FROM arms AS a JOIN orders AS f ON f.user_id = a.user_id"
            f" WHERE f.order_date BETWEEN {literal(start)} - 14 AND {literal(end)} GROUP BY a.user_id)"
            " SELECT a.variant, count(*) AS users, round(avg(coalesce(y, 0)), 2) AS value, var_samp(coalesce(y, 0)) AS variance,"
            " avg(coalesce(x, 0)) AS before, covar_samp(coalesce(y, 0), coalesce(x, 0)) AS together FROM arms AS a"
            " LEFT JOIN spent AS s USING (user_id) GROUP BY a.variant"
        )
    ]


def _start_of(unit: str, day: str) -> str:
    return day if unit == "day" else f"CAST(date_trunc('{unit}', {day}) AS DATE)"


_ALL = {
    "funnel": funnels.ordered,
    "any_order": funnels.any_order,
    "strict": funnels.strict,
    "social": social,
    "matrix": matrix,
    "event_matrix": event_matrix,
    "lifecycle": lifecycle,
    "histogram": histogram,
    "ltv_curve": ltv_curve,
    "attributed": attributed,
    "readout_retention": readout_retention,
    "readout_reactivation": readout_reactivation,
    "readout_revenue": readout_revenue,
    "explain_revenue": explanations.revenue,
    "explain_registration": explanations.registration,
    "explain_dau": explanations.dau,
}
