"""``retention_matrix``: of those who started in a day, week or month, how many came back in each period after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from knowledge.errors import QueryError
from knowledge.text import Text
from tools.behaviour.events import ACTIVE, EventChoice, EventCondition, activity_of
from tools.behaviour.matrix import CohortRule, Matrix, Period, Value
from tools.behaviour.retention_sql import MatrixSql
from tools.behaviour.units import UNIT_ZH, Units, unit_start
from tools.semantic_layer.analysis import (
    Analysis,
    Draft,
    PeopleParams,
    carried_out,
    filters_done,
    run_analysis,
    scope_of,
)
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext
from tools.warehouse.rows import Scalar

REGISTRATION = "registration"
_MOST_CELLS = 100_000


class ValueOf(Params):
    """A figure for each cell, over its return events from each user's own start on.

    ``sum`` adds it up, ``avg`` divides by the users who returned in that period, ``avg_cohort`` by the cohort.
    """

    agg: Literal["sum", "avg", "avg_cohort"] = "sum"
    property: Literal["duration_s"]


class RetentionParams(PeopleParams):
    """What ``retention_matrix`` takes: days of entry, cohorts, periods, what starts and what returns."""

    cohort: Literal["hour", "day", "week", "month"] = "day"
    periods: int = Field(default=7, ge=1, le=400)
    rule: Literal["on", "on_or_after"] = "on"
    start_event: EventChoice = REGISTRATION
    return_event: EventChoice = ACTIVE
    cohort_rule: CohortRule = "first"
    window: Literal["calendar", "24h"] = "calendar"
    brackets: tuple[int, ...] = Field(default=(), max_length=60)
    min_returns: int = Field(default=1, ge=1, le=100_000)
    value: ValueOf | None = None


def retention_matrix(context: ToolContext, params: RetentionParams) -> Result:
    """Return a row for each cohort and period 0 … N with its size, returned users and rate, with a receipt.

    Period 0 is the cohort itself. ``rate`` is users ÷ size, null where the size is 0. A cell whose period was not over for
    everybody in the cohort at the end of ``as_of`` has null users and rate and ``complete`` false. Calendar units are those
    of the business time zone; windows of 24 hours run from each user's own start (a week is 7, a month 30 of them).

    Raises:
        QueryError: a range, event, bracket or filter that does not fit. WarehouseError: as ``run_analysis`` does.
    """
    layer = context.layer
    return run_analysis(layer, "retention_matrix", lambda: _prepare(layer, params), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: RetentionParams) -> Analysis:
    _check(params)
    scope = scope_of(layer, params, dimensions=params.dimensions, filters=params.filters)
    registers = params.start_event in (REGISTRATION, None)
    matrix = Matrix(
        scope=scope,
        units=Units(params.cohort, unit_start(scope.start, params.cohort, layer.week_start)),
        start=None if registers else activity_of(layer, params.start_event),
        back=activity_of(layer, params.return_event),
        rule="first" if registers else params.cohort_rule,
        rolling=params.window == "24h",
        on_or_after=params.rule == "on_or_after",
        periods=_periods(params),
        min_returns=params.min_returns,
        value=Value(params.value.property, params.value.agg) if params.value else None,
    )
    _check_size(matrix)
    draft = Draft()
    select = MatrixSql(matrix, draft).write()
    return Analysis(
        scope,
        draft,
        select,
        carried_out(params, start=scope.start, end=scope.end, filters=filters_done(scope.filters)),
        row_limit=_MOST_CELLS,
        unit={"size": "users", "users": "users", "rate": "ratio"},
        notes=tuple(_notes(matrix, layer, params)),
        row_notes=_row_notes,
    )


def _periods(params: RetentionParams) -> tuple[Period, ...]:
    """Return the columns after period 0: one unit each, or brackets one after the other."""
    if not params.brackets:
        return tuple(Period(number, number, number) for number in range(1, params.periods + 1))
    found, low = [], 1
    for number, size in enumerate(params.brackets, start=1):
        found.append(Period(number, low, low + size - 1))
        low += size
    return tuple(found)


def _check(params: RetentionParams) -> None:
    """Raise QueryError for parameters that do not go together."""
    back = params.return_event.event if isinstance(params.return_event, EventCondition) else params.return_event
    start = params.start_event.event if isinstance(params.start_event, EventCondition) else None
    if REGISTRATION in (back, start):
        raise QueryError(
            Text(
                "“registration”只能单独作 start_event：它是注册本身，不是事件。要按事件筛选，请写事件名，如 register。",
                "'registration' can only be start_event, by itself: it is the registration, not an event. For an event with "
                "conditions name it, such as register.",
            ),
            code="bad_params",
            choices=("register", ACTIVE),
        )
    wrong = [size for size in params.brackets if not 1 <= size <= 1000]
    if wrong:
        raise QueryError(
            Text(
                f"brackets 里有 {wrong[0]}：每段应为 1 至 1000 个{UNIT_ZH[params.cohort]}，如 [7, 7, 14]。",
                f"brackets holds {wrong[0]}: each is 1 to 1000 {params.cohort}s long, such as [7, 7, 14].",
            ),
            code="bad_params",
        )
    if params.window == "24h" and params.cohort == "hour":
        raise QueryError(
            Text(
                "24 小时窗口不能按小时分组：请用 cohort=day、week 或 month。",
                "Windows of 24 hours do not go with cohorts by hour; use cohort day, week or month.",
            ),
            code="bad_params",
            choices=("day", "week", "month"),
        )
    if params.value and params.rule == "on_or_after":
        raise QueryError(
            Text(
                "value 按每段内的返回累计，不能与 on_or_after 同用；请改用 rule=on。",
                "value adds up the returns within each period and does not go with on_or_after; use rule=on.",
            ),
            code="bad_params",
            choices=("on",),
        )


def _check_size(matrix: Matrix) -> None:
    cells = (matrix.last_cohort + 1) * (len(matrix.periods) + 1)
    if cells > _MOST_CELLS:
        raise QueryError(
            Text(
                f"这个矩阵有 {cells} 格，最多 {_MOST_CELLS} 格。请缩短区间、减少 periods，或按周、按月分组。",
                f"This matrix has {cells} cells; at most {_MOST_CELLS} are shown. Ask for a shorter range, fewer periods, or "
                "cohorts by week or month.",
            ),
            code="too_many_cells",
        )


def _notes(matrix: Matrix, layer: SemanticLayer, params: RetentionParams) -> Iterable[Text]:
    scope, unit = matrix.scope, params.cohort
    if unit == "week" and layer.week_start == "sunday":
        yield Text("一周从周日开始。", "Weeks start on Sunday.")
    for number in dict.fromkeys((0, matrix.last_cohort)):
        first, last = matrix.units.first(number), matrix.units.last(number)
        if first < scope.start or last > scope.end:
            begins, ends = max(first, scope.start), min(last, scope.end)
            yield Text(
                f"{first} 起的{UNIT_ZH[unit]}不完整，只含 {begins} 至 {ends} 进入的用户。",
                f"The cohort of the {unit} starting {first} is incomplete: it holds those who entered {begins} to {ends} only.",
            )
    if params.brackets:
        zh = "，".join(f"{p.number} = 第 {p.low}-{p.high} {UNIT_ZH[unit]}" for p in matrix.periods)
        en = ", ".join(f"{p.number} = {unit} {p.low}-{p.high}" for p in matrix.periods)
        yield Text(f"各段（period）：{zh}。", f"Periods: {en}.")
    yield from _rule_notes(matrix)


def _rule_notes(matrix: Matrix) -> Iterable[Text]:
    if matrix.on_or_after:
        yield Text(
            "“当期或之后返回”会随数据增加而上升，先后队列不可直接比较。",
            "'On or after' rises as data comes in: do not compare an old cohort with a young one.",
        )
    if matrix.rolling:
        yield Text(
            f"按每个用户自己的起点计 24 小时窗口，每段 {matrix.unit_days * 24} 小时；每个用户只有一个起点。",
            f"Windows run from each user's own start, {matrix.unit_days * 24} hours a period; each user has one start.",
        )
    if matrix.start and matrix.rule != "recurring":
        yield Text(
            f"首次以 {matrix.scope.meta.data_start} 以来的数据为准，此前做过的用户也可能被算作首次。",
            f"'First' means first in the data, which starts {matrix.scope.meta.data_start}: some may have done it before.",
        )
    used = {d.id for d in matrix.scope.dimensions} | {f.dimension.id for f in matrix.scope.filters}
    if used & matrix.own:
        yield Text("平台与版本取进入队列那次行为的值。", "Platform and version are those of the event that starts.")


def _row_notes(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    complete, size = columns.index("complete"), columns.index("size")
    young = sum(1 for row in rows if not row[complete])
    if young:
        yield Text(
            f"有 {young} 格的时段尚未结束，留存为空而不是 0（complete 为 false）。",
            f"{young} cell(s) are of periods not over yet: empty rather than 0 (complete is false).",
        )
    if rows and not any(row[size] for row in rows):
        yield Text("该时间没有进入队列的用户。", "No user entered a cohort in this period.")
    elif any(not row[size] for row in rows):
        yield Text("没有用户的队列，留存率为空。", "A cohort without users has no rate.")


TOOL = Tool(
    name="retention_matrix",
    description=(
        "Return retention by cohort: a row per cohort (day, week, month of start, end) and period 0 … N with size, users, rate. "
        "Default: registration, then active on exactly the n-th day. rule on_or_after, brackets [7, 7, 14], window 24h and "
        "min_returns change what a return is; start_event and return_event take an event name or {event, where: "
        "{platform|app_version|feature|keyword: [values]}}; cohort_rule recurring puts a user in each cohort. Cells not over yet "
        "are null. For one retention figure ask query_metrics for retention_d1 … retention_d90."
    ),
    params=RetentionParams,
    function=retention_matrix,
)
