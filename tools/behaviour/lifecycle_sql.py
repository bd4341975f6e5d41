"""SQL of a lifecycle flow: each registered user's periods of activity, and each period beside the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tools.behaviour.events import Activity
from tools.behaviour.units import Units
from tools.semantic_layer.analysis import Draft, Scope, add_people

_FEW_BITS, _BITS = 62, 126
"""The highest number of a period that fits into the bits of a BIGINT and of a HUGEINT."""


@dataclass(frozen=True)
class Periods:
    """The periods of one call, numbered from 1; number 0 is the whole unit before the first."""

    units: Units
    start: date
    end: date

    @property
    def numbers(self) -> range:
        """The numbers of the periods shown."""
        return range(1, self.units.index(self.end) + 1)

    @property
    def cut(self) -> Iterable[tuple[date, date, date]]:
        """The periods that hold less than their unit: its first day, and the days counted."""
        for number in dict.fromkeys((self.numbers[0], self.numbers[-1])):
            first, last = self.units.first(number), self.units.last(number)
            if first < self.start or last > self.end:
                yield first, max(first, self.start), min(last, self.end)


def add_flows(draft: Draft, scope: Scope, periods: Periods, activity: Activity) -> None:
    """Add the CTEs ``periods`` (at, period) and ``flows`` (at, active, new, retained, resurrected, dormant).

    A user is in a period having registered by its end and been active on one of its days in the range; in the period
    before, of whose unit all days count, having registered by that one's end. Whoever registered on its days in the range
    is new.
    """
    _add_acts(draft, scope, periods, activity)
    days: list[date | None] = [periods.units.first(number) for number in periods.numbers]
    numbers = draft.binder.value("periods", list(periods.numbers))
    draft.ctes["periods"] = (
        f"SELECT unnest(CAST({numbers} AS BIGINT[])) AS at, {draft.binder.days('period_days', days)} AS period"
    )
    if periods.numbers[-1] <= _BITS:
        _add_flows_of_bits(draft, scope, periods)
    else:
        _add_flows_of_rows(draft, scope, periods)


def _add_acts(draft: Draft, scope: Scope, periods: Periods, activity: Activity) -> None:
    """Add the CTE ``acts``: who was active when, from the period before the first on; registering counts as activity."""
    table, day = activity.relation(draft, raw=False), "event_date"
    if not list(periods.cut):
        table, day = activity.by_unit(draft, periods.units, raw=False)
    between = f"BETWEEN {_look_back(draft, periods)} AND {draft.binder.day('end', periods.end)}"
    tests = [f"a.{day} {between}", *activity.conditions(draft, "a", raw=False)]
    acts = f"SELECT a.user_id AS user_id, a.{day} AS day FROM {table} AS a WHERE {' AND '.join(tests)}"
    if activity.event is None and not activity.where:
        acts += (
            " UNION ALL SELECT r.user_id AS user_id, r.register_date AS day FROM users AS r "
            f"WHERE r.register_date {between}"
        )
    if scope.narrowed:
        add_people(draft, scope)
    draft.tables.add("users")
    draft.ctes["acts"] = acts


def _look_back(draft: Draft, periods: Periods) -> str:
    return draft.binder.day("look_back", periods.units.first(0))


def _add_flows_of_bits(draft: Draft, scope: Scope, periods: Periods) -> None:
    """Bit n of a user's numbers says: active in period n; users with equal numbers are counted together."""
    binder = draft.binder
    start, end, look_back = (
        binder.day("start", periods.start),
        binder.day("end", periods.end),
        _look_back(draft, periods),
    )
    bit = f"CAST(1 AS {'BIGINT' if periods.numbers[-1] <= _FEW_BITS else 'HUGEINT'}) << ({periods.units.sql('s.day', binder)})"
    draft.ctes["seen"] = (
        f"SELECT s.user_id AS user_id, bit_or({bit}) AS marks, bit_or(CASE WHEN s.day >= {start} THEN {bit} ELSE 0 END) AS counted "
        "FROM acts AS s GROUP BY s.user_id"
    )
    born = periods.units.sql("u.register_date", binder)
    draft.ctes["known"] = (
        f"SELECT s.marks AS marks, s.counted AS counted, CASE WHEN u.register_date < {look_back} THEN 0 ELSE {born} END AS born, "
        f"u.register_date >= {start} AS fresh FROM seen AS s "
        f"JOIN {'people' if scope.narrowed else 'users'} AS u ON u.user_id = s.user_id WHERE u.register_date <= {end}"
    )
    since = "CASE WHEN k.fresh THEN k.born END"
    marks, counted = "(k.marks >> k.born) << k.born", "(k.counted >> k.born) << k.born"
    draft.ctes["alike"] = (
        f"SELECT {marks} AS marks, {counted} AS counted, {since} AS fresh, count(*) AS users FROM known AS k "
        f"GROUP BY {marks}, {counted}, {since}"
    )
    draft.ctes["pairs"] = (
        "SELECT b.at AS at, x.users AS users, (x.counted >> b.at) & 1 = 1 AS here, (x.marks >> (b.at - 1)) & 1 = 1 AS before, "
        "coalesce(x.fresh = b.at, 1 = 0) AS fresh FROM alike AS x CROSS JOIN periods AS b"
    )
    draft.ctes["flows"] = _counted("CAST(coalesce(sum(p.users) FILTER (WHERE {}), 0) AS BIGINT)")


def _add_flows_of_rows(draft: Draft, scope: Scope, periods: Periods) -> None:
    """One row per user and period, each beside the user's period before it."""
    binder = draft.binder
    start, end, look_back = (
        binder.day("start", periods.start),
        binder.day("end", periods.end),
        _look_back(draft, periods),
    )
    number = periods.units.sql("s.day", binder)
    draft.ctes["seen"] = (
        f"SELECT s.user_id AS user_id, {number} AS at, max(s.day) AS last_day FROM acts AS s GROUP BY s.user_id, {number}"
    )
    born = periods.units.sql("u.register_date", binder)
    draft.ctes["known"] = (
        f"SELECT s.user_id AS user_id, s.at AS at, s.last_day >= {start} AS counted, "
        f"u.register_date >= {start} AND {born} = s.at AS fresh "
        f"FROM seen AS s JOIN {'people' if scope.narrowed else 'users'} AS u ON u.user_id = s.user_id "
        f"WHERE u.register_date <= {end} AND (u.register_date < {look_back} OR {born} <= s.at)"
    )
    draft.ctes["present"] = "SELECT k.user_id AS user_id, k.at AS at, k.fresh AS fresh FROM known AS k WHERE k.counted"
    draft.ctes["pairs"] = (
        "SELECT coalesce(c.at, o.at + 1) AS at, c.user_id IS NOT NULL AS here, o.user_id IS NOT NULL AS before, "
        "coalesce(c.fresh, 1 = 0) AS fresh FROM present AS c FULL JOIN known AS o ON o.user_id = c.user_id AND o.at = c.at - 1"
    )
    draft.ctes["flows"] = _counted("count(*) FILTER (WHERE {})")


def _counted(figure: str) -> str:
    """Return the SELECT of the figures of each period over ``pairs``; each is counted by itself, so that their sum proves them."""
    tests = {
        "active": "p.here",
        "new": "p.here AND p.fresh",
        "retained": "p.here AND NOT p.fresh AND p.before",
        "resurrected": "p.here AND NOT p.fresh AND NOT p.before",
        "dormant": "p.before AND NOT p.here",
    }
    figures = ", ".join(f"{figure.format(test)} AS {name}" for name, test in tests.items())
    return f"SELECT p.at AS at, {figures} FROM pairs AS p GROUP BY p.at"
