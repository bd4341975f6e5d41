"""``stickiness_histogram``: how many users were active in exactly (or at least) 1, 2, 3 … units of a range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from knowledge.errors import QueryError
from knowledge.text import Text
from tools.behaviour.events import ACTIVE, EventChoice, activity_of
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
from tools.semantic_layer.query import Filter
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext
from tools.warehouse.rows import Scalar

_MOST_INTERVALS = 2_000
_FEW_BITS, _BITS = 63, 127
"""How many intervals fit into the bits of a BIGINT and of a HUGEINT, their sign aside."""
_COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Times(Params):
    """How often the event must have been done within one interval for it to count; tested only where it was done at all."""

    op: Literal["eq", "gt", "gte", "lt", "lte"] = "gte"
    value: int = Field(default=1, ge=1, le=1_000_000)


class StickinessParams(RangeParams):
    """What ``stickiness_histogram`` takes: the days, the interval, what counts and whose."""

    interval: Literal["hour", "day", "week", "month"] = "day"
    interval_count: int = Field(default=1, ge=1, le=366)
    cumulative: bool = False
    event: EventChoice = ACTIVE
    times: Times = Times()
    filters: tuple[Filter, ...] = Field(default=(), max_length=50)


def stickiness_histogram(context: ToolContext, params: StickinessParams) -> Result:
    """Return users by the number of intervals they were active in, with a receipt.

    Rows are intervals 1 … N, N being those the range touches; a user active in none is in no row. Intervals are calendar
    ones in the business time zone; several of them (``interval_count``) are counted from the first one of the range.

    Raises:
        QueryError: a range, event or filter that does not fit. WarehouseError: as ``run_analysis`` does.
    """
    layer = context.layer
    return run_analysis(layer, "stickiness_histogram", lambda: _prepare(layer, params), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: StickinessParams) -> Analysis:
    scope = scope_of(layer, params, filters=params.filters)
    units = Units(params.interval, unit_start(scope.start, params.interval, layer.week_start), params.interval_count)
    last = units.last_index(scope.end)
    _check_size(last + 1, params)
    draft = Draft()
    _add_users(draft, scope, units, layer, params)
    at_least = ">=" if params.cumulative else "="
    draft.ctes["intervals"] = (
        f"SELECT unnest(CAST({draft.binder.value('intervals', list(range(1, last + 2)))} AS BIGINT[])) AS n"
    )
    draft.ctes["sizes"] = "SELECT c.n AS n, count(*) AS users FROM counted AS c GROUP BY c.n"
    select = (
        "SELECT i.n AS intervals, CAST(coalesce(sum(z.users), 0) AS BIGINT) AS users "
        f"FROM intervals AS i LEFT JOIN sizes AS z ON z.n {at_least} i.n GROUP BY i.n ORDER BY i.n"
    )
    done = carried_out(params, start=scope.start, end=scope.end, filters=filters_done(scope.filters))
    return Analysis(
        scope,
        draft,
        select,
        done,
        unit={"intervals": "count", "users": "users"},
        notes=tuple(_notes(scope, units, last, layer, params)),
        row_notes=_nobody,
    )


def _add_users(draft: Draft, scope: Scope, units: Units, layer: SemanticLayer, params: StickinessParams) -> None:
    """Add the CTE ``counted``: each user with the number of intervals that count."""
    activity = activity_of(layer, params.event)
    raw = params.times != Times() or params.interval == "hour"
    table, day = activity.relation(draft, raw=raw), "event_date"
    if units.step == 1 and (units.first(0), units.last(units.last_index(scope.end))) == (scope.start, scope.end):
        table, day = activity.by_unit(draft, units, raw=raw)
    days = (draft.binder.day("start", scope.start), draft.binder.day("end", scope.end))
    tests = [f"a.{day} BETWEEN {days[0]} AND {days[1]}", *activity.conditions(draft, "a", raw=raw)]
    if scope.narrowed:
        add_people(draft, scope)
        tests.append("a.user_id IN (SELECT p.user_id FROM people AS p)")
    if (
        activity.is_plain
        and not raw
        and units.step == 1
        and day == ("event_date" if params.interval == "day" else params.interval)
    ):
        # One row of each user and unit is marked: counting these counts the units.
        tests.append("a.first_row")
        counted = f"SELECT a.user_id AS user_id, count(*) AS n FROM {table} AS a WHERE {' AND '.join(tests)}"
        draft.ctes["counted"] = f"{counted} GROUP BY a.user_id"
        return
    number = units.sql("a.ts" if params.interval == "hour" else f"a.{day}", draft.binder)
    source = f"FROM {table} AS a WHERE {' AND '.join(tests)} GROUP BY a.user_id"
    if params.times == Times() and units.last_index(scope.end) < _BITS:
        # Intervals as bits of one number: counting them needs no row for each.
        bits = f"bit_count(bit_or(CAST(1 AS {'BIGINT' if units.last_index(scope.end) < _FEW_BITS else 'HUGEINT'}) << ({number})))"
        draft.ctes["counted"] = f"SELECT a.user_id AS user_id, {bits} AS n {source}"
        return
    having = ""
    if params.times != Times():
        having = f" HAVING count(*) {_COMPARE[params.times.op]} {draft.binder.value('times', params.times.value)}"
    draft.ctes["done"] = f"SELECT a.user_id AS user_id, {number} AS at {source}, {number}{having}"
    draft.ctes["counted"] = "SELECT d.user_id AS user_id, count(*) AS n FROM done AS d GROUP BY d.user_id"


def _check_size(intervals: int, params: StickinessParams) -> None:
    if intervals > _MOST_INTERVALS:
        raise QueryError(
            Text(
                f"区间内有 {intervals} 个{UNIT_ZH[params.interval]}，最多 {_MOST_INTERVALS} 个；请缩短区间或换更大的间隔。",
                f"The range holds {intervals} intervals; at most {_MOST_INTERVALS} are shown. Ask for a shorter range or a longer "
                "interval.",
            ),
            code="too_many_intervals",
        )


def _notes(scope: Scope, units: Units, last: int, layer: SemanticLayer, params: StickinessParams) -> Iterable[Text]:
    if params.interval == "week" and layer.week_start == "sunday":
        yield Text("一周从周日开始。", "Weeks start on Sunday.")
    if params.interval in ("week", "month") or params.interval_count > 1:
        cut = [day for day in (units.first(0), units.last(last)) if not scope.start <= day <= scope.end]
        if cut:
            yield Text(
                f"首尾的间隔不完整：只计 {scope.start} 至 {scope.end} 的活跃。",
                f"The first or last interval is incomplete: only activity from {scope.start} to {scope.end} counts.",
            )
    if params.cumulative:
        yield Text(
            "每行是至少活跃这么多次间隔的用户，各行不可相加。",
            "Each row counts users with at least that many intervals; rows do not add up.",
        )


def _nobody(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    users = columns.index("users")
    if not any(row[users] for row in rows):
        yield Text("该时间没有符合条件的用户。", "No user meets the conditions in this period.")


TOOL = Tool(
    name="stickiness_histogram",
    description=(
        "Return how many users were active in exactly 1, 2, 3 … intervals (day, week, month) of a date range; with cumulative, "
        "in at least as many. event narrows what counts: an event name, or {event, where: {platform|app_version|feature|keyword: "
        "[values]}}; times asks for a number of them per interval. For DAU/MAU ask query_metrics for stickiness instead."
    ),
    params=StickinessParams,
    function=stickiness_histogram,
)
