"""The SELECT of a read-out: assigned users by arm and state, with the sums that the statistics need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations_with_replacement

from tools.experiments.metrics import PASSIVE, SOURCES, Part, ReadoutMetric
from tools.semantic_layer.analysis import Draft

PRE_DAYS = 14
"""Days before the assignment that CUPED looks at: GrowthBook's default."""
DORMANT = (30, 60)
"""Days without activity of a dormant user: contract section 5."""


@dataclass(frozen=True)
class Window:
    """The days of a read-out.

    Attributes:
        registered: when the first of those assigned registered; as ``first`` where none of them did.
        first: of the first assignment.
        end: of the experiment, cut to the data.
        as_of: the last with data.
    """

    registered: date
    first: date
    end: date
    as_of: date


def variables(metric: ReadoutMetric, *, pre: bool) -> tuple[str, ...]:
    """Return the variables of a user, in alphabetical order: ``y``, ``d`` for ratios; ``x``, ``e`` with a pre-period."""
    ratio = metric.denominator is not None
    return tuple(sorted(["y", *["d"] * ratio, *["x"] * pre, *["e"] * (ratio and pre)]))


def write(draft: Draft, metric: ReadoutMetric, experiment: str, window: Window, *, pre: bool) -> str:
    """Add the CTEs of a read-out to ``draft`` and return the SELECT over them.

    Its rows are by ``variant``, ``other`` (the second arm of users assigned to more than one) and ``state``: counted,
    two_arms, late (assigned after the end), stranger (no row in users), young (the N-day window is not over) or awake
    (not dormant before). ``earlier`` counts users registered before the day of assignment, ``settled`` those registered
    before the pre-period; ``s_y`` is the sum of ``y``, ``p_y_y`` that of its square.
    """
    draft.tables |= {"assignments", "users"}
    draft.ctes["turns"] = _turns(draft, experiment)
    if metric.dormant:
        draft.tables.add("away_spells")
        draft.ctes["spells"] = _spells(draft, window)
    draft.ctes["assigned"] = _assigned(draft, metric, window)
    draft.ctes["counted"] = (
        "SELECT a.user_id AS user_id, a.assigned_at AS assigned_at, a.assigned_day AS assigned_day, "
        "a.register_date AS register_date FROM assigned AS a WHERE a.state = 'counted'"
    )
    parts = {"y": metric.numerator, "d": metric.denominator}
    before = {"x": metric.numerator, "e": metric.denominator}
    names = variables(metric, pre=pre)
    for name in names:
        part = parts.get(name) or before.get(name)
        if part:
            draft.ctes[f"part_{name}"] = _part(draft, metric, part, window, before=name in before)
    return _sums(names)


def _turns(draft: Draft, experiment: str) -> str:
    name = draft.binder.value("experiment", experiment)
    return (
        "SELECT t.user_id AS user_id, min(t.assigned_at) AS assigned_at, min(t.variant) AS variant, max(t.variant) AS other "
        f"FROM assignments AS t WHERE t.experiment_id = {name} AND t.variant IS NOT NULL AND t.assigned_at IS NOT NULL "
        "AND t.user_id IS NOT NULL GROUP BY t.user_id"
    )


def _spells(draft: Draft, window: Window) -> str:
    """Return the absence of each user who was dormant on the day before assignment, with the day it ended on.

    The rollup holds every absence long enough, of registered users; one at most spans a day.
    """
    low = draft.binder.day("dormant_from", window.first - timedelta(days=DORMANT[1] + 1))
    high = draft.binder.day("last", window.end)
    day = "CAST(t.assigned_at AS DATE)"
    return (
        "SELECT t.user_id AS user_id, s.next_day AS next_day FROM turns AS t JOIN away_spells AS s "
        f"ON s.user_id = t.user_id AND s.last_day BETWEEN {day} - {DORMANT[1] + 1} AND {day} - {DORMANT[0] + 1} "
        f"AND s.next_day >= {day} WHERE s.last_day BETWEEN {low} AND {high}"
    )


def _assigned(draft: Draft, metric: ReadoutMetric, window: Window) -> str:
    end = draft.binder.day("last", window.end)
    states = ["WHEN t.variant <> t.other THEN 'two_arms'", f"WHEN CAST(t.assigned_at AS DATE) > {end} THEN 'late'"]
    if metric.days or metric.dormant:
        states.append("WHEN u.user_id IS NULL THEN 'stranger'")
    if metric.days:
        as_of = draft.binder.day("as_of", window.as_of)
        states.append(f"WHEN u.register_date + {metric.days[1]} > {as_of} THEN 'young'")
    join = ""
    if metric.dormant:
        join = " LEFT JOIN spells AS l ON l.user_id = t.user_id"
        states.append("WHEN l.user_id IS NULL THEN 'awake'")
    return (
        "SELECT t.user_id AS user_id, t.variant AS variant, CASE WHEN t.variant <> t.other THEN t.other END AS other, "
        "t.assigned_at AS assigned_at, CAST(t.assigned_at AS DATE) AS assigned_day, u.register_date AS register_date, "
        f"CASE {' '.join(states)} ELSE 'counted' END AS state "
        f"FROM turns AS t LEFT JOIN users AS u ON u.user_id = t.user_id{join}"
    )


def _part(draft: Draft, metric: ReadoutMetric, part: Part, window: Window, *, before: bool) -> str:
    """Return a SELECT of user_id and v: the figure of each counted user who has rows."""
    source = SOURCES[part.source]
    draft.tables.add(source.table)
    if part.source == "activity" and not metric.days and not before:
        return _back_after(draft, window) if metric.dormant else _activity_after(draft, part, window)
    first = window.first - timedelta(days=PRE_DAYS) if before else window.first
    last = window.as_of - timedelta(days=metric.matures) if metric.matures else window.end
    day, moment = f"f.{source.day}", f"f.{source.moment}"
    if metric.days:
        low, high = draft.binder.day("registered", window.registered), draft.binder.day("as_of", window.as_of)
        conditions = [*_days(day, metric.days), f"{day} BETWEEN {low} AND {high}"]
    else:
        low, high = draft.binder.day("pre_from" if before else "first", first), _last(draft, window, last)
        conditions = [f"{day} BETWEEN {low} AND {high}"]
    if before:
        conditions.append(f"{day} >= p.assigned_day - {PRE_DAYS}")
        conditions.append(f"{moment} < p.assigned_at" if source.moment else f"{day} < p.assigned_day")
    elif not metric.days:
        conditions.append(f"{moment} >= p.assigned_at" if source.moment else f"{day} >= p.assigned_day")
    second = ""
    if part.then:
        as_of = draft.binder.day("as_of", window.as_of)
        second = f" JOIN {source.table} AS s ON s.{source.user} = f.{source.user} AND {part.then}"
        conditions.append(f"s.{source.day} >= {day} AND s.{source.day} <= {day} + 1 AND s.{source.day} <= {as_of}")
    conditions += [part.where] * bool(part.where)
    return (
        f"SELECT p.user_id AS user_id, {part.figure} AS v FROM counted AS p JOIN {source.table} AS f "
        f"ON f.{source.user} = p.user_id{second} WHERE {' AND '.join(conditions)} GROUP BY p.user_id"
    )


def _days(day: str, days: tuple[int, int]) -> list[str]:
    """Return the condition on days after registration: one day as an equality, which a join can look up."""
    first, last = (f"p.register_date + {number}" for number in days)
    return [f"{day} = {first}"] if days[0] == days[1] else [f"{day} >= {first}", f"{day} <= {last}"]


def _last(draft: Draft, window: Window, last: date) -> str:
    return draft.binder.day("last", min(last, window.end))


def _activity_after(draft: Draft, part: Part, window: Window) -> str:
    """Return activity since the assignment: whole days by the rollup, the day of the assignment itself by its events."""
    draft.tables.add("events")
    first, last = draft.binder.day("first", window.first), draft.binder.day("last", window.end)
    days = (
        "SELECT p.user_id AS user_id, a.event_date AS event_date FROM counted AS p JOIN active_days AS a "
        f"ON a.user_id = p.user_id AND a.event_date > p.assigned_day WHERE a.event_date BETWEEN {first} AND {last}"
    )
    same_day = (
        "SELECT p.user_id AS user_id, f.event_date AS event_date FROM counted AS p JOIN events AS f "
        "ON f.user_id = p.user_id AND f.event_date = p.assigned_day AND f.ts >= p.assigned_at "
        f"WHERE {PASSIVE} AND f.event_date BETWEEN {first} AND {last}"
    )
    return f"SELECT f.user_id AS user_id, {part.figure} AS v FROM ({days} UNION ALL {same_day}) AS f GROUP BY f.user_id"


def _back_after(draft: Draft, window: Window) -> str:
    """Return the dormant users who were active since the assignment: the day they came back on says so.

    Who came back on the very day of the assignment may have done so before it: then that day's events, and the next day
    they were active, decide.
    """
    draft.tables |= {"active_days", "events"}
    first, last = draft.binder.day("first", window.first), draft.binder.day("last", window.end)
    both = "FROM counted AS p JOIN spells AS l ON l.user_id = p.user_id"
    later = f"SELECT p.user_id AS user_id {both} AND l.next_day > p.assigned_day WHERE l.next_day <= {last}"
    that_day = f"SELECT p.user_id AS user_id {both} AND l.next_day = p.assigned_day JOIN"
    again = (
        f"{that_day} active_days AS a ON a.user_id = p.user_id AND a.event_date = p.assigned_day "
        f"WHERE a.event_date BETWEEN {first} AND {last} AND a.next_day <= {last}"
    )
    same_day = (
        f"{that_day} events AS f ON f.user_id = p.user_id AND f.event_date = p.assigned_day AND f.ts >= p.assigned_at "
        f"WHERE {PASSIVE} AND f.event_date BETWEEN {first} AND {last}"
    )
    found = f"{later} UNION ALL {again} UNION ALL {same_day}"
    return f"SELECT b.user_id AS user_id, max(1) AS v FROM ({found}) AS b GROUP BY b.user_id"


def _sums(names: tuple[str, ...]) -> str:
    joins = "".join(f" LEFT JOIN part_{n} AS {n} ON {n}.user_id = a.user_id" for n in names)
    values = ", ".join(f"CAST(coalesce({n}.v, 0) AS DOUBLE) AS {n}" for n in names)
    people = (
        "SELECT a.variant AS variant, a.other AS other, a.state AS state, "
        "CASE WHEN a.register_date < a.assigned_day THEN 1 ELSE 0 END AS earlier, "
        f"CASE WHEN a.register_date <= a.assigned_day - {PRE_DAYS} THEN 1 ELSE 0 END AS settled, {values} "
        f"FROM assigned AS a{joins}"
    )
    sums = [f"sum(u.{n}) AS s_{n}" for n in names]
    sums += [f"sum(u.{one} * u.{two}) AS p_{one}_{two}" for one, two in combinations_with_replacement(names, 2)]
    return (
        "SELECT u.variant AS variant, u.other AS other, u.state AS state, count(*) AS n, sum(u.earlier) AS earlier, "
        f"sum(u.settled) AS settled, {', '.join(sums)} FROM ({people}) AS u "
        "GROUP BY u.variant, u.other, u.state ORDER BY u.variant, u.other, u.state"
    )
