"""Where a measure looks at other days than its metric's, and who was active in the metric's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from knowledge.model import Measure
from knowledge.weeks import week_start
from tools.semantic_layer.bucketing import Bucketing
from tools.semantic_layer.facts import FACT, Facts
from tools.semantic_layer.periods import DAY, Calendar, unit_end, unit_start
from tools.semantic_layer.plan import Window, Windows
from tools.semantic_layer.query import Grain


def windows_of(measure: Measure, windows: Windows, calendar: Calendar | None) -> Windows:
    """Return where a measure's rows are taken, for the windows of its metric; the same where it asks nothing else."""
    if measure.previous:
        return replace(windows, windows=tuple(_before(w, windows, calendar or "week") for w in windows.windows))
    if measure.standing is None and measure.rolling_days is None:
        return windows
    days = [_days(measure, w, state) for w, state in zip(windows.windows, windows.states, strict=True)]
    return replace(
        windows,
        windows=tuple(
            Window(w.period, first, last, w.period) for w, (first, last) in zip(windows.windows, days, strict=True)
        ),
    )


def overlaps(measure: Measure) -> bool:
    """Return whether the windows of a measure may share days, or leave some out, so that rows must be joined to them."""
    return measure.standing is not None or measure.rolling_days is not None


def _before(window: Window, windows: Windows, calendar: Calendar) -> Window:
    """Return the whole calendar unit before the one that a window lies in."""
    last = unit_start(window.first, calendar) - DAY
    first = unit_start(last, calendar)
    return Window(window.period, first, last, window.unit if windows.grain == "total" else first)


def _days(measure: Measure, window: Window, state: date) -> tuple[date, date]:
    if measure.rolling_days:
        return state - timedelta(days=measure.rolling_days - 1), state
    day = state if measure.standing and measure.standing.on == "end" else window.first - DAY
    return day, day


def are_whole(windows: Windows, unit: Grain, *, alone: bool = False) -> bool:
    """Return whether every window is made of whole calendar units that are rolled up; ``alone``, whether each is exactly one.

    Weeks are rolled up from Monday on, so those that begin on a Sunday are not.
    """
    if unit == "week" and week_start() != "monday":
        return False
    return all(
        w.first == unit_start(w.first, unit) and w.last == unit_end(w.first if alone else w.last, unit)
        for w in windows.windows
    )


def is_active_in(around: Bucketing, facts: Facts, *, negate: bool = False) -> str:
    """Return the condition that a row's user is (not) active in the days ``around`` that its own bucket belongs to."""
    table, column = _activity(around.windows)
    facts.tables.add(table)
    day = f"a.{column}"
    active = f"SELECT a.user_id AS user_id%s FROM {table} AS a%s WHERE {around.between(day, facts.binder)}"
    user = f"{FACT}.{facts.source.user}"
    if around.kind == "single":
        condition = f"{user} IN ({active % ('', '')})"
        return f"NOT {condition}" if negate else condition
    on = f"{around.bucket(day)} = x.unit" if around.kind == "unit" else f"{day} BETWEEN x.first_day AND x.last_day"
    joins = f" JOIN {around.table} AS x ON {on}"
    key = "x.period"
    if facts.bucketing.kind == "unit":
        joins += f" JOIN {facts.bucketing.table} AS p ON p.period = x.period"
        key = "p.unit"
    condition = f"({user}, {facts.bucket}) IN ({active % (f', {key} AS bucket', joins)})"
    return f"NOT {condition}" if negate else condition


def join_active(around: Bucketing, facts: Facts) -> None:
    """Join ``n``: who is active in the calendar unit after the one of a row; each bucket is one such unit.

    One row of each user and unit is marked in the rollup, so that the join gives each row once.
    """
    table, column = _activity(around.windows)
    facts.tables.add(table)
    among = around.between(f"a.{column}", facts.binder)
    active = f"SELECT a.user_id AS user_id%s FROM {table} AS a WHERE a.first_row AND {among}"
    on = f"n.user_id = {FACT}.{facts.source.user}"
    if around.kind == "single":
        facts.joins.append((f"({active % ''}) AS n", on, "left"))
        return
    before = f", CAST(a.{column} - INTERVAL 1 {column} AS DATE) AS unit"
    facts.joins.append((f"({active % before}) AS n", f"{on} AND n.unit = {facts.bucket}", "left"))


def _activity(windows: Windows) -> tuple[str, str]:
    """Return the smallest table of who was active that can tell the windows apart, and its DATE column."""
    units: tuple[tuple[Calendar, str], ...] = (("month", "active_months"), ("week", "active_weeks"))
    for unit, table in units:
        if are_whole(windows, unit):
            return table, unit
    return "active_days", "event_date"
