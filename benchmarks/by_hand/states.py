"""The state of users at the end of each bucket: raw events against stretches of absence."""

from __future__ import annotations

from benchmarks.by_hand.form import PASSIVE, Form

_SPELLS = (
    "(SELECT user_id, day AS last_day, coalesce(lead(day) OVER (PARTITION BY user_id ORDER BY day), DATE '9999-12-31')"
    " AS next_day FROM (SELECT user_id, register_date AS day FROM users UNION SELECT e.user_id, e.event_date"
    f" FROM events AS e JOIN users AS u ON u.user_id = e.user_id AND e.event_date > u.register_date WHERE e.{PASSIVE}))"
)


def total_users(form: Form, *, raw: bool) -> list[str]:
    """Users registered by the end of each bucket."""
    del raw
    if form.bucket == "total":
        return [
            (
                f"SELECT {form.dimension()}count(*) AS value FROM users AS u WHERE u.register_date <= DATE '{form.end}'"
                f"{' GROUP BY ALL' if form.by else ''}"
            )
        ]
    before = f"(SELECT count(*) FROM users WHERE register_date < DATE '{form.start}')"
    return [
        (
            f"SELECT period, {before} + sum(count(*)) OVER (ORDER BY period) AS value FROM ("
            f"SELECT {form.start_of('register_date')} AS period FROM users WHERE {form.days('register_date')}) GROUP BY period"
        )
    ]


def away(least: int, most: int | None, form: Form, *, raw: bool) -> list[str]:
    """Users last active at least ``least`` and at most ``most`` days before: joined by day, and as moves added up."""
    spells = _SPELLS if raw else "away_spells"
    period = "d.period, " if form.bucket != "total" else ""
    reach = (
        f"f.last_day <= d.day - {least}" if most is None else f"f.last_day BETWEEN d.day - {most} AND d.day - {least}"
    )
    joined = (
        f"SELECT {period}{form.dimension()}count(*) AS value FROM {form.ends} JOIN {spells} AS f"
        f" ON {reach} AND f.next_day > d.day{form.join()}{' GROUP BY ALL' if form.names else ''}"
    )
    if form.bucket == "total":
        return [joined]
    return [joined, _moves(least, most, spells, form)]


def woken(form: Form, *, raw: bool) -> list[str]:
    """Of those dormant on the day before the bucket, the share active in it."""
    spells = _SPELLS if raw else "away_spells"
    starts, ends = (f"DATE '{form.start}'", f"DATE '{form.end}'"), form.ends
    if form.bucket == "total":
        source, first, last = f"{spells} AS f", starts[0], starts[1]
    else:
        source = f"{ends} JOIN {spells} AS f ON f.last_day BETWEEN d.period - 61 AND d.period - 31 AND f.next_day >= d.period"
        first, last = "d.period", "d.day"
    period = "d.period, " if form.bucket != "total" else ""
    return [
        (
            f"SELECT {period}{form.dimension()}count(*) FILTER (WHERE f.next_day <= {last}) / count(*) AS value"
            f" FROM {source}{form.join()} WHERE f.last_day BETWEEN {first} - 61 AND {first} - 31 AND f.next_day >= {first}"
            f"{' GROUP BY ALL' if form.names else ''}"
        )
    ]


def declining(form: Form, *, raw: bool) -> list[str]:
    """Registered users whose time in seven days is at most half that of the seven before, at least ten minutes."""
    table, seconds = ("events", "duration_s") if raw else ("user_days", "seconds")
    period = "d.period, " if form.bucket != "total" else ""
    late = f"sum(f.{seconds}) FILTER (WHERE f.event_date > d.day - 7)"
    early = f"sum(f.{seconds}) FILTER (WHERE f.event_date <= d.day - 7)"
    found = (
        f"SELECT {period}f.user_id FROM {form.ends} JOIN {table} AS f ON f.event_date BETWEEN d.day - 13 AND d.day"
        f" WHERE {form.days('f.event_date', before=13)} GROUP BY ALL"
        f" HAVING {early} >= 600 AND coalesce({late}, 0) <= 0.5 * {early}"
    )
    named = "f.period, " if form.bucket != "total" else ""
    return [
        (
            f"SELECT {named}{form.dimension()}count(*) AS value FROM ({found}) AS f JOIN users AS u ON u.user_id = f.user_id"
            f"{' GROUP BY ALL' if form.names else ''}"
        )
    ]


def _moves(least: int, most: int | None, spells: str, form: Form) -> str:
    """Each stretch comes in on one day and goes out on another: counted per day, added up in order."""
    out = "next_day" if most is None else f"least(last_day + {most + 1}, next_day)"
    came = f"SELECT last_day + {least} AS day, count(*) AS n FROM {{}} WHERE next_day > last_day + {least} GROUP BY ALL"
    went = f"SELECT {out} AS day, -count(*) AS n FROM {{}} WHERE next_day > last_day + {least} GROUP BY ALL"
    return (
        f"WITH spells AS (SELECT * FROM {spells}), moves AS ({came.format('spells')} UNION ALL {went.format('spells')}),"
        " running AS (SELECT day, sum(sum(n)) OVER (ORDER BY day) AS value FROM moves GROUP BY day)"
        f" SELECT d.period, r.value FROM {form.ends} ASOF JOIN running AS r ON r.day <= d.day"
    )
