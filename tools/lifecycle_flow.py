"""``lifecycle_flow``: who came, stayed, came back and fell asleep, period by period, with the sum checked on every answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from knowledge.errors import WarehouseError
from knowledge.text import Text
from tools.behaviour.events import ACTIVE, EventChoice, activity_of
from tools.behaviour.lifecycle_sql import Periods, add_flows
from tools.behaviour.units import UNIT_ZH, Units, unit_start
from tools.semantic_layer.analysis import (
    Analysis,
    Draft,
    RangeParams,
    Scope,
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
    periods = Periods(
        Units(params.grain, unit_start(first - DAY, params.grain, layer.week_start)), scope.start, scope.end
    )
    draft = Draft()
    add_flows(draft, scope, periods, activity_of(layer, params.event))
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


def _notes(scope: Scope, periods: Periods, layer: SemanticLayer, params: LifecycleParams) -> Iterable[Text]:
    if params.grain == "week" and layer.week_start == "sunday":
        yield Text("一周从周日开始。", "Weeks start on Sunday.")
    for period, first, last in periods.cut:
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
