"""Who comes and how often: raw events against the rollups of days, weeks, months and doings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from benchmarks.by_hand.form import OWN_TO_EVENTS, PASSIVE, Form, fact, literal, quotient

_UNIT = {"active_days": "event_date", "active_weeks": "week", "active_months": "month"}


def users(form: Form, *, raw: bool) -> str:
    """Distinct active users of each bucket."""
    if raw:
        return _raw("count(DISTINCT f.user_id)", form)
    table = "active_weeks" if form.week_table else "active_months" if form.month_table else "active_days"
    return _of_units(table, form, one_unit=table != "active_days" or form.bucket == "day" or form.start == form.end)


def users_days(form: Form, *, raw: bool) -> str:
    """Distinct users and days of each bucket."""
    if raw:
        return _raw("count(DISTINCT (f.user_id, f.event_date))", form)
    if form.by in OWN_TO_EVENTS:
        return fact("active_days", "event_date", "count(DISTINCT (f.user_id, f.event_date))", form, own=OWN_TO_EVENTS)
    return fact("active_days", "event_date", "count(*)", form, where="f.first_row")


def dau(form: Form, *, raw: bool) -> str:
    """The mean of the days of each bucket, days without anybody included."""
    return f"SELECT {_listed(form)}value / {form.in_bucket} AS value FROM ({users_days(form, raw=raw)})"


def stickiness(form: Form, *, raw: bool) -> str:
    """The mean day over the month."""
    return quotient(dau(form, raw=raw), users(form, raw=raw), form)


def per_day(form: Form, *, raw: bool) -> str:
    """Active days per active user."""
    if raw:
        return _raw("count(DISTINCT (f.user_id, f.event_date)) / count(DISTINCT f.user_id)", form)
    return quotient(users_days(form, raw=raw), users(form, raw=raw), form)


def done(raw_figure: str, raw_where: str, figure: str, where: str, form: Form, *, raw: bool) -> str:
    """A sum or a count of what users did."""
    if raw:
        return fact("events", "event_date", raw_figure, form, where=raw_where, own=OWN_TO_EVENTS)
    return fact("user_days", "event_date", figure, form, where=where, own=OWN_TO_EVENTS)


def opens(form: Form, *, raw: bool) -> str:
    """App opens per active user."""
    top = done("count(*)", "f.event = 'app_open'", "sum(f.opens)", "", form, raw=raw)
    return quotient(top, users(form, raw=raw), form)


def minutes(form: Form, *, raw: bool) -> str:
    """Minutes per active user and day."""
    top = done("sum(f.duration_s) / 60", "", "sum(f.seconds) / 60", "", form, raw=raw)
    return quotient(top, users_days(form, raw=raw), form)


def feature_users(form: Form, *, raw: bool) -> str:
    """The share of active users who used a feature."""
    figure = "count(DISTINCT f.user_id)"
    top = done(figure, "f.feature IS NOT NULL", figure, "f.features > 0", form, raw=raw)
    return quotient(top, users(form, raw=raw), form)


def contents(form: Form, *, raw: bool) -> str:
    """Contents published."""
    return done("count(*)", "f.event = 'content_publish'", "sum(f.contents)", "", form, raw=raw)


def creators(form: Form, *, raw: bool) -> str:
    """Users who published one."""
    figure = "count(DISTINCT f.user_id)"
    return done(figure, "f.event = 'content_publish'", figure, "f.contents > 0", form, raw=raw)


def interactions(form: Form, *, raw: bool) -> str:
    """Likes, comments and shares per active user."""
    kinds = "f.event IN ('like', 'comment', 'share')"
    return quotient(done("count(*)", kinds, "sum(f.interactions)", "", form, raw=raw), users(form, raw=raw), form)


def rolling(days: int, form: Form, *, raw: bool) -> list[str]:
    """Distinct active users of the days that end with each bucket: joined day by day, and as gaps added up."""
    source = f"(SELECT * FROM events WHERE {PASSIVE})" if raw else "active_days"
    keys = ("d.period, " if form.bucket != "total" else "") + form.dimension(OWN_TO_EVENTS)
    joined = (
        f"SELECT {keys}count(DISTINCT f.user_id) AS value FROM {form.ends} JOIN {source} AS f"
        f" ON f.event_date BETWEEN d.day - {days - 1} AND d.day{form.join(OWN_TO_EVENTS)}"
        f" WHERE {form.days('f.event_date', before=days - 1)}{' GROUP BY ALL' if keys else ''}"
    )
    if form.bucket != "day" or form.by:
        return [joined]
    return [joined, _gaps(days, form, raw=raw)]


def kept(form: Form, unit: str, *, raw: bool, gone: bool = False) -> list[str]:
    """Of those active in the period before, the share active in this one (or not)."""
    weeks = [f"{literal(w)}" for w in form.weeks]
    if form.bucket == "total":
        weeks = [literal(form.start)] if unit == "week" else []
    step = f"INTERVAL 1 {unit}"
    before = replace(form, start=form.start - timedelta(days=31 if unit == "month" else 7), weeks=())
    if raw:
        column = f"CAST(date_trunc('{unit}', event_date) AS DATE)"
        table = (
            f"(SELECT DISTINCT user_id, {column} AS {unit} FROM events WHERE {PASSIVE} AND {before.days('event_date')})"
        )
        first = ""
    else:
        table, first = f"active_{unit}s", " AND {}.first_row"
    period = f"CAST(f.{unit} + {step} AS DATE)"
    kept_ones = f"{'1 - ' if gone else ''}count(c.user_id) / count(*)"
    named = (
        ""
        if form.bucket == "total"
        else (f"{form.start_of(period)} AS period, " if form.weeks else f"{period} AS period, ")
    )
    chosen = f"{period} IN ({', '.join(weeks)})" if weeks else form.days(period)
    return [
        (
            f"SELECT {named}{form.dimension()}{kept_ones} AS value FROM {table} AS f LEFT JOIN {table} AS c"
            f" ON c.user_id = f.user_id AND c.{unit} = f.{unit} + {step}{first.format('c')}{form.join()}"
            f" WHERE {chosen}{first.format('f')}{' GROUP BY ALL' if form.names else ''}"
        )
    ]


def _raw(figure: str, form: Form) -> str:
    if form.weeks:
        week = "CAST(date_trunc('week', f.event_date) AS DATE)"
        among = ", ".join(literal(w) for w in form.weeks)
        return fact(
            "events", "event_date", figure, form, where=f"f.{PASSIVE} AND {week} IN ({among})", own=OWN_TO_EVENTS
        )
    return fact("events", "event_date", figure, form, where=f"f.{PASSIVE}", own=OWN_TO_EVENTS)


def _of_units(table: str, form: Form, *, one_unit: bool) -> str:
    """Count users over a rollup: by its marked rows where each bucket is one unit and nothing tells its rows apart."""
    own = OWN_TO_EVENTS
    marked = one_unit and form.by not in own
    figure = "count(*)" if marked else "count(DISTINCT f.user_id)"
    unit = _UNIT[table]
    conditions = ["f.first_row"] if marked else []
    if form.weeks:
        conditions.append(f"f.week IN ({', '.join(literal(w) for w in form.weeks)})")
    return fact(table, unit, figure, form, where=" AND ".join(conditions), own=own)


def _gaps(days: int, form: Form, *, raw: bool) -> str:
    """Each user counts from an active day until the next one, at most ``days`` days: one pass, then a running sum."""
    among = form.days("event_date", before=days - 1)
    seen = f"SELECT event_date AS day, next_day AS next FROM active_days WHERE first_row AND {among}"
    if raw:
        source = f"(SELECT DISTINCT user_id, event_date FROM events WHERE {PASSIVE} AND {among})"
        seen = f"SELECT event_date AS day, lead(event_date) OVER (PARTITION BY user_id ORDER BY event_date) AS next FROM {source}"
    return (
        f"WITH seen AS ({seen}), moves AS (SELECT day, count(*) AS n FROM seen GROUP BY day UNION ALL"
        f" SELECT least(coalesce(next, day + {days}), day + {days}) AS day, -count(*) AS n FROM seen GROUP BY ALL),"
        " running AS (SELECT day, sum(sum(n)) OVER (ORDER BY day) AS value FROM moves GROUP BY day)"
        f" SELECT day AS period, value FROM running WHERE {form.days('day')}"
    )


def _listed(form: Form) -> str:
    return f"{form.names}, " if form.names else ""
