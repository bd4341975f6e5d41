"""Ranking and thresholds: top N, best and worst, grew most, below 30%."""

from __future__ import annotations

import re
from typing import Any

from assistant.planner.numbers import tidy
from assistant.planner.reading import Order, Reading
from assistant.planner.spans import Span
from assistant.planner.words import percent_problem, two_orders_problem

_METRIC = ("metric", "nth", "roi_alone", "cohort", "ambiguous")
_RATES_ABOVE_ONE = ("roi", "ltv_cac", "k_factor", "invites_per_user", "ticket_rate")
_DOWN = (
    "下降 下跌 跌 降 掉 下滑 减少 降幅 跌幅 下降了 跌了 降了 掉了 变少 走低 fell dropped declined decreased "
    "drop fall decline decrease falling "
    "dropping declining decreasing shrank"
)
_UP = (
    "上升 上涨 涨 增长 增加 提升 涨了 上升了 增多 变多 走高 回升 涨幅 增幅 grew rose increased grow rise "
    "increase growing rising increasing improved improving gained"
)
_WENT = {"went down": -1, "gone down": -1, "go down": -1, "went up": 1, "gone up": 1, "go up": 1}
UP_DOWN = {**_WENT, **dict.fromkeys(_DOWN.split(), -1), **dict.fromkeys(_UP.split(), 1)}


_COMPARATIVES = frozenset(
    {
        "higher",
        "larger",
        "bigger",
        "better",
        "lower",
        "smaller",
        "fewer",
        "worse",
        "更高",
        "更多",
        "更大",
        "更低",
        "更少",
        "更小",
    }
    | {"更好", "更差", "高些", "低些"}
)


_AMOUNTS_OF_CHANGE = frozenset(
    [
        "增长率",
        "增速",
        "增幅",
        "涨幅",
        "降幅",
        "跌幅",
        "变化率",
        "涨跌幅",
        "增长幅度",
        "变化幅度",
        "growth",
        "growth rate",
        "increase",
        "decrease",
        "drop",
        "decline",
        "percentage change",
        "percent change",
        "% change",
        "rate of change",
        "uplift",
        "improvement",
        "change",
    ]
)


def read_order(reading: Reading) -> None:
    """Fill order, limit and having from the spans. Runs once metrics and dimensions are known."""
    _read_having(reading)
    _read_limits(reading)
    _read_superlatives(reading)
    _read_sorts(reading)
    _rank_by_change(reading)
    _read_moved(reading)
    _read_pair(reading)


def _read_pair(reading: Reading) -> None:
    """哪个渠道哪天最高, which channel on which day: one row of all pairs, unless 各 or every asks for the best of each."""
    asked = sum(s.used and (s.has("grain_of") or (s.has("which") and not s.has("filler"))) for s in reading.spans)
    grouped = any(s.has("each") and s.used and not s.has("filler") for s in reading.spans)
    slots = reading.slots
    slots.pair = asked > 1 and not grouped and slots.order is not None
    if slots.pair and slots.limit is None and slots.which == "one":
        slots.limit = 1


def _read_moved(reading: Reading) -> None:
    """哪些省份GMV同比下降, GMV下降的渠道: only the rows that moved that way."""
    slots = reading.slots
    if not slots.dimensions or slots.tools or slots.having or slots.order:
        return
    for i, span in reading.of("change"):
        sign = UP_DOWN.get(span.text)
        after = reading.next_to(i, 1)
        if after is not None and after.text == "的":
            after = reading.next_to(i, 2)
        closes = reading.text[span.end :].strip(" .?!,，？") == "的"  # 各渠道新增 环比下降的
        names_rows = closes or (after is not None and after.has("dimension")) or _rows_where(reading, i)
        if sign is None or not (slots.which or names_rows):
            continue
        metric = _nearest_metric(reading, i)
        if metric is not None:
            span.used = True
            slots.compare = slots.compare or "previous"
            op = "gt" if sign > 0 else "lt"
            if re.search(r"(?:没有?|未)\s*$", reading.text[: span.start]):
                op = {"gt": "lte", "lt": "gte"}[op]  # 没有下降的省份
            slots.having.append({"column": f"{metric}__change_pct", "op": op, "value": 0})
            return


_ROWS = re.compile(r"(?<![a-z])(?:where|whose|in which|for which|that|which|with)(?![a-z])")
_ASKS = re.compile(r"(?<![a-z])(?:how|why)(?![a-z])")


def _rows_where(reading: Reading, index: int) -> bool:
    """Channels where CAC rose, provinces whose GMV fell: the change is a condition on the rows named before."""
    before = reading.text[: reading.spans[index].start]
    rows = [s for s in reading.spans[:index] if s.has("dimension")]
    return any(
        _ROWS.search(reading.text, s.end, reading.spans[index].start) is not None and not _ASKS.search(before)
        for s in rows
    )


def _read_limits(reading: Reading) -> None:
    slots = reading.slots
    for i, span in reading.of("limit"):
        side, many = span.get("limit")
        if slots.limit is not None and slots.order is not None and (slots.order.how == "low") != (side == "low"):
            slots.problems.insert(0, two_orders_problem())
        slots.limit = many
        span.used = True
        slots.order = slots.order or Order("top" if side == "high" else "low", _nearest_metric(reading, i))
    for i, span in reading.of("count"):
        beside = [reading.next_to(i, -1), reading.next_to(i, 1)]
        wide = [
            x[1]
            for x in (
                reading.beside(i, -1, over=("filler", "which", "dimension")),
                reading.beside(i, 1, over=("filler", "dimension", "which", "metric")),
            )
            if x
        ]
        if any(s is not None and s.has("order") for s in [*beside, *wide]) or any(
            s is not None and s.has("which") and not s.has("filler") for s in beside
        ):
            span.used = True
            slots.limit = span.get("count")
            if span.has("count_grain"):
                slots.grain = slots.grain or span.get("count_grain")


def _read_superlatives(reading: Reading) -> None:
    slots = reading.slots
    found = [(i, s) for i, s in reading.of("order")]
    for i, span in found:
        how, metric = span.get("order"), _nearest_metric(reading, i)
        if span.text in _COMPARATIVES and (slots.compare or slots.base) and not (slots.dimensions or slots.grain):
            span.used = True  # higher this month than last month: a comparison, no ranking
            continue
        if slots.order is not None and slots.order.how not in (how, "top") and len(found) > 1:
            slots.problems.append(two_orders_problem())
        slots.order = Order(how, metric)
        span.used = True
        if how in ("grew", "fell", "moved") and slots.compare is None:
            slots.compare = "previous"
    if found and slots.limit is None and slots.order is not None:
        slots.limit = _implied_limit(reading, found[0][0])


def _rank_by_change(reading: Reading) -> None:
    """增长率前三, growth bottom 5: the ranking is by the change that was named."""
    slots = reading.slots
    if slots.order is None or slots.order.how not in ("high", "top", "low", "best", "worst"):
        return
    for i, span in reading.of("change", free=False):
        ranked = any((s := reading.next_to(i, step)) is not None and s.has("limit") for step in (-1, 1))
        if span.text not in _AMOUNTS_OF_CHANGE and not (ranked and span.text in UP_DOWN):
            continue
        span.used = True
        slots.compare = slots.compare or "previous"
        upward = (slots.order.how in ("high", "top", "best")) == (UP_DOWN.get(span.text, 1) > 0)
        slots.order = Order("grew" if upward else "fell", slots.order.metric)
        return


def _implied_limit(reading: Reading, index: int) -> int | None:
    """One row for 哪个, which …, 最高的渠道; every row for 哪些 and plurals."""
    slots = reading.slots
    if slots.which == "many" or any(s.get("which") == "many" for s in reading.spans if s.has("which")):
        return None
    if slots.which == "one":
        return 1
    plural = any(
        s.has("dimension") and s.text.isascii() and s.text.endswith("s") and not s.text.endswith("ss")
        for s in reading.spans
    )
    listed = any(
        s.has("each") and (found := reading.beside(i, 1)) and found[1].has("dimension")
        for i, s in enumerate(reading.spans)
    )
    beside = reading.beside(index, 1)
    single = beside is not None and (beside[1].has("dimension") or beside[1].has("grain_of"))
    english = any(s.has("dimension") for s in reading.spans) and reading.text.isascii() and not plural
    return 1 if (single or english) and not listed and not plural else None


def _nearest_metric(reading: Reading, index: int) -> str | None:
    """The metric a superlative is about: the one before it in Chinese, after or before it in English, nearest first.

    None for a list of metrics that a comma parts from it (GMV、订单数、客单价，前三): the first of them leads.
    """
    best: tuple[int, str] | None = None
    at = 0
    for i, span in enumerate(reading.spans):
        metric = _metric_of(reading, span)
        if metric is None:
            continue
        distance = abs(i - index) * 2 + (1 if i > index else 0)
        if best is None or distance < best[0]:
            best, at = (distance, metric), i
    between = reading.spans[min(at, index) + 1 : max(at, index)]
    if best and len(reading.slots.metrics) > 1 and any(s.has("comma") and s.text in ",，;；" for s in between):
        return None
    return best[1] if best else None


def _metric_of(reading: Reading, span: Span) -> str | None:
    if not any(span.has(kind) for kind in _METRIC):
        return None
    named = [*(span.get("nth") or ()), *(span.get("metric") or ())]
    if span.has("roi_alone"):
        named = ["campaign_roi", "roi"]
    return next((m for m in named if m in reading.slots.metrics), None)


def _read_sorts(reading: Reading) -> None:
    slots = reading.slots
    for i, span in reading.of("sort"):
        how = span.get("sort")
        span.used = True
        if slots.order is None:
            slots.order = Order(
                "compare" if span.has("than") else {"desc": "high", "asc": "low", "rank": "rank"}.get(how, how),
                _nearest_metric(reading, i),
            )


def _read_having(reading: Reading) -> None:
    for i, span in enumerate(reading.spans):
        if not span.has("amount") or span.used:
            continue
        made = _between(reading, i) or _threshold(reading, i)
        if made:
            reading.slots.having.append(made)


def _threshold(reading: Reading, index: int) -> dict[str, Any] | None:
    span = reading.spans[index]
    before, after = _op_before(reading, index), reading.next_to(index, 1)
    op = before[1].get("op") if before and before[1].has("op") and before[1].get("op") != "between" else None
    if after is not None and after.has("op_after") and after.get("op_after") != "between" and op is None:
        op = after.get("op_after")
        after.used = True
    if op is None:
        return None
    if before and before[1].has("op"):
        before[1].used = True
    column, sign = _column(reading, index, before[0] if before and before[1].has("op") else index)
    if column is None:
        return None
    value = _value(reading, column, span)
    if value is None:
        return None
    span.used = True
    if sign < 0:
        op, value = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}[op], -value
    return {"column": column, "op": op, "value": value}


def _op_before(reading: Reading, index: int) -> tuple[int, Span] | None:
    direct = reading.next_to(index, -1)
    if direct is not None and direct.has("op"):
        return index - 1, direct
    return reading.beside(index, -1)


def _between(reading: Reading, index: int) -> dict[str, Any] | None:
    spans = reading.spans
    joint, last = reading.next_to(index, 1), reading.next_to(index, 2)
    if joint is None or last is None or not last.has("amount"):
        return None
    before, after = reading.beside(index, -1), reading.next_to(index, 3)
    said = (before and before[1].has("op") and before[1].get("op") == "between") or (
        after is not None and after.get("op_after") == "between"
    )
    said = said or (index > 0 and spans[index - 1].text in ("在", "between"))
    if not said or not (joint.text in ("到", "至", "-", "~", "to", "and", "和") or joint.has("connector")):
        return None
    column, _ = _column(reading, index, index)
    low, high = (_value(reading, column, s) for s in (spans[index], last)) if column else (None, None)
    if column is None or low is None or high is None:
        return None
    for span in (spans[index], joint, last, before[1] if before else None, after):
        if span is not None and (
            span.has("amount") or span.has("op") or span.has("op_after") or span.has("connector") or span.has("each")
        ):
            span.used = True
    return {"column": column, "op": "between", "value": [min(low, high), max(low, high)]}


def _column(reading: Reading, index: int, op_index: int) -> tuple[str | None, int]:
    """The result column a threshold is on: the metric named nearest before it (after it in English), or its change."""
    metric = None
    changed = None
    for i in range(op_index - 1, -1, -1):
        span = reading.spans[i]
        if span.has("change") and not span.used and changed is None:
            changed = span
        metric = metric or _metric_of(reading, span)
    if metric is None:
        metric = next((m for s in reading.spans[index + 1 :] if (m := _metric_of(reading, s))), None)
    if metric is None and not (reading.slots.metrics or reading.slots.ambiguous or reading.slots.absent):
        metric = reading.topic
    if metric is None:
        return None, 1
    if changed is not None or (reading.slots.compare in ("previous", "year_ago") and _near_compare(reading, op_index)):
        if changed is not None:
            changed.used = True
        reading.slots.compare = reading.slots.compare or "previous"
        return f"{metric}__change_pct", UP_DOWN.get(changed.text, 1) if changed else 1
    if reading.slots.compare == "target" and _near_compare(reading, op_index):
        return f"{metric}__attainment", 1
    return metric, 1


def _near_compare(reading: Reading, op_index: int) -> bool:
    found = reading.beside(op_index, -1)
    return bool(found and found[1].has("compare"))


def _value(reading: Reading, column: str, span: Span) -> int | float | None:
    number, percent = span.get("amount")
    metric = reading.world.catalog.metrics[column.partition("__")[0]]
    as_ratio = metric.unit == "ratio" or column.endswith(("__change_pct", "__attainment"))
    if as_ratio and not percent and number > 1 and not metric.id.endswith(_RATES_ABOVE_ONE):
        reading.slots.problems.append(percent_problem(number))
        span.used = True
        return None
    if percent and not as_ratio:
        reading.slots.problems.append(percent_problem(number * 100))
        span.used = True
        return None
    return tidy(number)
