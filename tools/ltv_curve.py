"""``ltv_curve``: what a registered user has brought by each day of age, over those old enough for that day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from pydantic import Field

from knowledge.text import Text
from tools.semantic_layer.analysis import (
    Analysis,
    Draft,
    PeopleParams,
    Scope,
    add_people,
    carried_out,
    filters_done,
    run_analysis,
    scope_of,
)
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import Tool, ToolContext
from tools.warehouse.rows import Scalar

NET = "o.amount - coalesce(o.discount, 0) - coalesce(o.refund_amount, 0)"
"""Net revenue of an order, as the metric revenue has it: a refund counts on its order's day, whenever it was made."""


class LtvCurve(PeopleParams):
    """Who (by the days of registration), and how many days of age, the day of registration included."""

    horizon_days: int = Field(default=90, ge=1, le=1095)


def ltv_curve(context: ToolContext, params: LtvCurve) -> Result:
    """Return cumulative net revenue per user by day of age, in CNY with 2 decimals.

    A row for each ``day`` from 0, the day of registration, to ``horizon_days`` - 1: ``value`` is the revenue of days 0 to
    ``day`` ÷ ``users``, those whose day is over by the last day with data (register_date + day <= as_of). The row of day
    N - 1 is the metric ltv_N of the same registrations. A day that nobody has reached is null, with a note. Split columns
    come first.

    Raises:
        QueryError: a range that is empty or without data; an unknown dimension or value.
    """
    layer = context.layer
    return run_analysis(layer, TOOL.name, lambda: _prepare(layer, params), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: LtvCurve) -> Analysis:
    scope = scope_of(layer, params, dimensions=params.dimensions, filters=params.filters)
    draft = Draft()
    select = _write(draft, scope, params.horizon_days)
    done = carried_out(
        params, start=scope.start, end=scope.end, filters=filters_done(scope.filters), horizon_days=params.horizon_days
    )
    return Analysis(
        scope=scope,
        draft=draft,
        select=select,
        params=done,
        row_limit=50_000,
        unit="CNY",
        notes=tuple(_notes(scope, params.horizon_days)),
        row_notes=_row_notes,
    )


def _write(draft: Draft, scope: Scope, horizon: int) -> str:
    """Add the CTEs and return the SELECT.

    A registration counts in the days from 0 to the one it has reached, an order from its age to the same day: each comes
    in on one day and goes out on another, so running sums over the days give both without a row per cohort and day.
    """
    add_people(draft, scope)
    draft.tables.add("orders")
    as_of = draft.binder.day("as_of", scope.meta.as_of)
    _add_moves(draft, scope, horizon, f"date_diff('day', p.register_date, {as_of}) + 1")
    dims = [d.id for d in scope.dimensions]
    out, keys = "".join(f"c.{d} AS {d}, " for d in dims), "".join(f"c.{d}, " for d in dims)
    over = f"OVER ({f'PARTITION BY {keys[:-2]} ' if dims else ''}ORDER BY c.day)"
    draft.ctes["grown"] = (
        f"SELECT {out}c.day AS day, sum(c.users) {over} AS users, sum(c.revenue) {over} AS revenue FROM moves AS c "
        f"WHERE c.day < {draft.binder.value('horizon', horizon)}"
    )
    return (
        f"SELECT {out}c.day AS day, CAST(c.users AS BIGINT) AS users, round(c.revenue / nullif(c.users, 0), 2) AS value "
        f"FROM grown AS c ORDER BY {keys}c.day"
    )


def _add_moves(draft: Draft, scope: Scope, horizon: int, gone: str) -> None:
    """Add the CTE ``moves``: by group and day, by how much users and revenue change; a row for every day, also without."""
    first, last = draft.binder.day("start", scope.start), draft.binder.day("end", scope.end)
    as_of = draft.binder.day("as_of", scope.meta.as_of)
    among = f"p.register_date BETWEEN {first} AND {last}"
    dims = [d.id for d in scope.dimensions]
    own, by = "".join(f"p.{d} AS {d}, " for d in dims), "".join(f"p.{d}, " for d in dims)
    out, keys = "".join(f"c.{d} AS {d}, " for d in dims), "".join(f"c.{d}, " for d in dims)
    age = "date_diff('day', p.register_date, o.order_date)"
    draft.ctes["cohorts"] = (
        f"SELECT {own}{gone} AS gone, count(*) AS users FROM people AS p WHERE {among} GROUP BY {by}{gone}"
    )
    draft.ctes["spent"] = (
        f"SELECT {own}{age} AS age, {gone} AS gone, sum({NET}) AS revenue FROM people AS p "
        f"JOIN orders AS o ON o.user_id = p.user_id WHERE {among} AND o.order_date >= p.register_date "
        f"AND o.order_date < p.register_date + {draft.binder.value('horizon', horizon)} "
        f"AND o.order_date BETWEEN {first} AND {as_of} GROUP BY {by}{age}, {gone}"
    )
    days = f"SELECT unnest(CAST({draft.binder.value('days', list(range(horizon)))} AS INTEGER[])) AS day"
    groups = f"SELECT {out}count(*) AS cohorts FROM cohorts AS c{' GROUP BY ' + keys[:-2] if dims else ''}"
    parts = [
        f"SELECT {out}d.day AS day, 0 AS users, 0 AS revenue FROM ({groups}) AS c CROSS JOIN ({days}) AS d",
        f"SELECT {out}0 AS day, c.users AS users, 0 AS revenue FROM cohorts AS c",
        f"SELECT {out}c.gone AS day, -c.users AS users, 0 AS revenue FROM cohorts AS c",
        f"SELECT {out}c.age AS day, 0 AS users, c.revenue AS revenue FROM spent AS c",
        f"SELECT {out}c.gone AS day, 0 AS users, -c.revenue AS revenue FROM spent AS c",
    ]
    draft.ctes["moves"] = (
        f"SELECT {out}c.day AS day, sum(c.users) AS users, sum(c.revenue) AS revenue "
        f"FROM ({' UNION ALL '.join(parts)}) AS c GROUP BY {keys}c.day"
    )


def _notes(scope: Scope, horizon: int) -> Iterator[Text]:
    yield Text(
        f"{scope.start} 至 {scope.end} 注册的用户。第 0 天为注册当天，每行为第 0 天到该天的人均累计净收入；"
        f"第 N−1 天的值即 ltv_N。",
        f"Users registered from {scope.start} to {scope.end}. Day 0 is the day of registration; each row is cumulative net "
        "revenue per user from day 0 to that day, and that of day N-1 is ltv_N.",
    )
    settled = scope.meta.as_of - timedelta(days=horizon - 1)
    if scope.end > settled:
        yield Text(
            f"数据截至 {scope.meta.as_of}：{settled} 之后注册的用户还没有走完 {horizon} 天，只计入他们已走完的天数，"
            "因此越靠后的天人数越少，曲线可能不单调。",
            f"Data to {scope.meta.as_of}: users who registered after {settled} have not lived {horizon} days yet and count only "
            "in the days that they have, so later days stand on fewer users and the curve may fall.",
        )


def _row_notes(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterator[Text]:
    if not rows:
        yield Text("所选时间内没有符合条件的注册用户。", "Nobody who fits registered in the range.")
        return
    day, users = columns.index("day"), columns.index("users")
    empty = [int(row[day] or 0) for row in rows if not row[users]]
    if empty:
        yield Text(
            f"从第 {min(empty)} 天起（部分分组）还没有人走到，值为空。"
            if len(columns) > 3
            else f"第 {min(empty)} 天及以后还没有人走到，值为空。",
            f"From day {min(empty)} on nobody {'of some groups ' if len(columns) > 3 else ''}has got that far: the value is null.",
        )


TOOL = Tool(
    name="ltv_curve",
    description=(
        "Cumulative net revenue per registered user by day of age (CNY). start and end are days of registration; "
        "horizon_days (default 90) is how many days, the day of registration (day 0) included. Only users old enough count "
        "in a day. For one figure use the metrics ltv_30, ltv_60, ltv_90 or ltv_180. It looks back only: no prediction."
    ),
    params=LtvCurve,
    function=ltv_curve,
)
