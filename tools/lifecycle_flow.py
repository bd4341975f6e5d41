"""``lifecycle_flow``: who came, stayed, came back and fell asleep, period by period, with the sum checked on every answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from knowledge.errors import WarehouseError
from knowledge.text import Text
from tools.behaviour.events import ACTIVE, Activity, EventChoice, activity_of
from tools.behaviour.units import UNIT_ZH, Units, unit_start
from tools.semantic_layer.analysis import (
    Analysis,
    Draft,
    RangeParams,
    Scope,
    add_people,
    carried_out,
    filters_done,
    run_analysis,
    scope_of,
)
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.periods import DAY
from tools.semantic_layer.prepared import Table
from tools.semantic_layer.query import Filter
from tools.semantic_layer.result import Result
from tools.tool import Tool, ToolContext
from tools.warehouse.rows import Scalar


class LifecycleParams(RangeParams):
    """What ``lifecycle_flow`` takes: the days, the length of a period, what counts as active and whose."""

    grain: Literal["day", "week", "month", "quarter", "year"] = "week"
    event: EventChoice = ACTIVE
    filters: tuple[Filter, ...] = Field(default=(), max_length=50)


@dataclass(frozen=True)
class _Periods:
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
        for number in (self.numbers[0], self.numbers[-1]):
            first, last = self.units.first(number), self.units.last(number)
            if first < self.start or last > self.end:
                yield first, max(first, self.start), min(last, self.end)


def lifecycle_flow(context: ToolContext, params: LifecycleParams) -> Result:
    """Return active, new, retained, resurrected and dormant users of each period, with a receipt.

    A user counts in a period as the contract's section 5 says: new = registered in it, retained = registered before and
    active in it and in the period before, resurrected = registered before, active in it, not in the period before;
    dormant = active in the period before, not in it. Registering counts as activity, unless ``event`` names what counts.
    People without a row in ``users`` are in none. Periods are calendar ones in the business time zone; a first or last one
    that the range cuts is counted on the days in the range, the period before it always whole.

    Raises:
        QueryError: a range, event or filter that does not fit. WarehouseError: as ``run_analysis`` does, and where the parts
            do not add up to the whole.
    """
    layer = context.layer
    return run_analysis(layer, "lifecycle_flow", lambda: _prepare(layer, params), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: LifecycleParams) -> Analysis:
    scope = scope_of(layer, params, filters=params.filters)
    first = unit_start(scope.start, params.grain, layer.week_start)
    periods = _Periods(
        Units(params.grain, unit_start(first - DAY, params.grain, layer.week_start)), scope.start, scope.end
    )
    draft = Draft()
    _add_known(draft, scope, periods, activity_of(layer, params.event))
    _add_flows(draft, periods)
    figures = ", ".join(
        f"coalesce(f.{name}, 0) AS {name}" for name in ("active", "new", "retained", "resurrected", "dormant")
    )
    done = carried_out(params, start=scope.start, end=scope.end, filters=filters_done(scope.filters))
    return Analysis(
        scope,
        draft,
        f"SELECT b.period AS period, {figures} FROM periods AS b LEFT JOIN flows AS f ON f.at = b.at ORDER BY b.period",
        done,
        unit=dict.fromkeys(("active", "new", "retained", "resurrected", "dormant"), "users"),
        notes=tuple(_notes(scope, periods, layer, params)),
        row_notes=_nobody,
        calculate=check_identity,
    )


def _add_known(draft: Draft, scope: Scope, periods: _Periods, activity: Activity) -> None:
    """Add the CTE ``known``: registered users by the periods they were active in, 0 being the one before the first.

    ``counted`` says whether they were so on a day of the range, ``fresh`` whether they registered in the period's days.
    """
    binder, units = draft.binder, periods.units
    start, end = binder.day("start", periods.start), binder.day("end", periods.end)
    look_back = binder.day("look_back", units.first(0))
    table, day = activity.relation(draft, raw=False), "event_date"
    if not list(periods.cut):
        table, day = activity.by_unit(draft, units, raw=False)
    tests = [f"a.{day} BETWEEN {look_back} AND {end}", *activity.conditions(draft, "a", raw=False)]
    acts = f"SELECT a.user_id AS user_id, a.{day} AS day FROM {table} AS a WHERE {' AND '.join(tests)}"
    if activity.event is None and not activity.where:
        acts += (
            " UNION ALL SELECT r.user_id AS user_id, r.register_date AS day FROM users AS r "
            f"WHERE r.register_date BETWEEN {look_back} AND {end}"
        )
    if scope.narrowed:
        add_people(draft, scope)
    draft.tables.add("users")
    number = units.sql("s.day", binder)
    draft.ctes["acts"] = acts
    draft.ctes["seen"] = (
        f"SELECT s.user_id AS user_id, {number} AS at, max(s.day) AS last_day FROM acts AS s GROUP BY s.user_id, {number}"
    )
    born = units.sql("u.register_date", binder)
    draft.ctes["known"] = (
        f"SELECT s.user_id AS user_id, s.at AS at, s.last_day >= {start} AS counted, "
        f"u.register_date >= {start} AND {born} = s.at AS fresh "
        f"FROM seen AS s JOIN {'people' if scope.narrowed else 'users'} AS u ON u.user_id = s.user_id "
        f"WHERE u.register_date <= {end} AND (u.register_date < {look_back} OR {born} <= s.at)"
    )


def _add_flows(draft: Draft, periods: _Periods) -> None:
    """Add the CTEs ``flows``, each period beside the one before it, and ``periods``, those that are shown."""
    draft.ctes["here"] = "SELECT k.user_id AS user_id, k.at AS at, k.fresh AS fresh FROM known AS k WHERE k.counted"
    draft.ctes["pairs"] = (
        "SELECT coalesce(c.at, p.at + 1) AS at, c.user_id AS user_id, c.fresh AS fresh, p.user_id AS before_id "
        "FROM here AS c FULL JOIN known AS p ON p.user_id = c.user_id AND p.at = c.at - 1"
    )
    draft.ctes["flows"] = (
        "SELECT x.at AS at, count(x.user_id) AS active, count(*) FILTER (WHERE x.fresh) AS new, "
        "count(*) FILTER (WHERE NOT x.fresh AND x.before_id IS NOT NULL) AS retained, "
        "count(*) FILTER (WHERE NOT x.fresh AND x.before_id IS NULL) AS resurrected, "
        "count(*) FILTER (WHERE x.user_id IS NULL) AS dormant FROM pairs AS x GROUP BY x.at"
    )
    days: list[date | None] = [periods.units.first(number) for number in periods.numbers]
    numbers = draft.binder.value("periods", list(periods.numbers))
    draft.ctes["periods"] = (
        f"SELECT unnest(CAST({numbers} AS BIGINT[])) AS at, {draft.binder.days('period_days', days)} AS period"
    )


def check_identity(_params: Mapping[str, Any], table: Table) -> Table:
    """Return the table as it is, having checked that active = new + retained + resurrected in each row.

    Raises:
        WarehouseError: a row whose parts do not add up: its figures may not be shown.
    """
    columns, rows = table
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        parts = sum(int(cells[name] or 0) for name in ("new", "retained", "resurrected"))
        if parts != cells["active"]:
            raise WarehouseError(
                Text(
                    f"{cells['period']} 的各部分之和 {parts} 不等于活跃用户 {cells['active']}，结果不可用。运行 yunce doctor 检查数据。",
                    f"The parts of {cells['period']} add up to {parts}, but {cells['active']} users were active: the figures cannot "
                    "be shown. Run yunce doctor to check the data.",
                ),
                code="identity_broken",
            )
    return table


def _notes(scope: Scope, periods: _Periods, layer: SemanticLayer, params: LifecycleParams) -> Iterable[Text]:
    if params.grain == "week" and layer.week_start == "sunday":
        yield Text("一周从周日开始。", "Weeks start on Sunday.")
    for period, first, last in dict.fromkeys(periods.cut):
        yield Text(
            f"{period} 起的{UNIT_ZH[params.grain]}不完整，只含 {first} 至 {last}，与其前完整的{UNIT_ZH[params.grain]}相比。",
            f"The {params.grain} starting {period} is incomplete: it holds {first} to {last} only, beside the whole "
            f"{params.grain} before it.",
        )
    if periods.units.first(0) < scope.meta.data_start:
        yield Text(
            f"数据始于 {scope.meta.data_start}，此前的活跃只计已知的部分：首期的留存偏低、回流偏高。",
            f"The data starts {scope.meta.data_start}; of activity before it only what is known counts, so the first period "
            "shows too few retained and too many resurrected.",
        )


def _nobody(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    active, dormant = columns.index("active"), columns.index("dormant")
    if not any(row[active] or row[dormant] for row in rows):
        yield Text("该时间没有符合条件的用户。", "No user meets the conditions in this period.")


TOOL = Tool(
    name="lifecycle_flow",
    description=(
        "Return for each period (grain, week by default) the active users and how they split: new (registered in it), retained "
        "(active in the period before too), resurrected (back after missing it), and dormant (active before, not now). active = "
        "new + retained + resurrected. event narrows what counts as active: an event name, or {event, where}. For the stages "
        "new, growing, mature, fading, dormant, lost use the dimension lifecycle of query_metrics instead."
    ),
    params=LifecycleParams,
    function=lifecycle_flow,
    calculate=check_identity,
)
