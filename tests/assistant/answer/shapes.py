"""Results of every shape that the tools can return, made up by hypothesis; and a short way to write one by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from assistant.answer.explanations import CANCELS, SPREAD, STANDS_OUT
from assistant.answer.trends import last_day
from knowledge.catalog import Catalog, load_catalog
from knowledge.text import Text
from tools.semantic_layer.result import Result

CATALOG: Catalog = load_catalog()
WEEK = {"start": "2025-12-25", "end": "2025-12-31"}


def result(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    unit: str | Mapping[str, str] | None = None,
    *,
    tool: str = "query_metrics",
    metrics: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    notes: Sequence[Text] = (),
    truncated: bool = False,
) -> Result:
    """Return a result; the metrics default to those of the catalog among the columns, the dates to a week.

    The entry ``base`` of ``params`` becomes the dates that the result is compared with.
    """
    given = dict(WEEK if params is None else params)
    base = given.pop("base", None)
    return Result(
        receipt="R-7Q2M4K8Z1A",
        tool=tool,
        metrics=tuple(metrics) or tuple(c for c in columns if c in CATALOG.metrics),
        params=given,
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        truncated=truncated,
        unit=unit,
        sql="SELECT 1",
        engine="DuckDB 2.0",
        snapshot="demo",
        as_of="2025-12-31",
        notes=tuple(notes),
        elapsed_ms=1.0,
        base=base,
    )


NASTY = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="0123456789%.,-+ 万亿千一二三¥/[]()<>*_`~&;#\\:@'\"=٣Ⅳ½①１\u200b\u202e\t\n", max_size=30),
    st.sampled_from(
        [
            "双11大促 2025",
            "满100减20",
            "5.2.0",
            "5.2",
            "18-24",
            "46+",
            "38.2%",
            "**99%**",
            "<img src=x onerror=alert(1)>",
            "[点我](http://evil.example/1)",
            "![x](https://evil.example/42.png)",
            "www.evil.example",
            "&#52;2%",
            "=1+1",
            "1. first",
            "一千二百",
            "R-0000000000",
            "a" * 300,
        ]
    ),
)
COUNTS = st.one_of(
    st.integers(0, 10**13),
    st.integers(0, 2000),
    st.floats(0, 1e7, allow_nan=False),
)
MONEY = st.one_of(st.floats(-1e6, 1e6), st.floats(0, 1e11), st.floats(0, 1), st.integers(0, 10**9)).map(
    lambda value: round(value, 2)
)
RATIOS = st.one_of(
    st.floats(0, 1),
    st.floats(0, 0.002),
    st.floats(0.999, 1),
    st.floats(0, 30),
    st.sampled_from([0, 0.0, 1.0, 0.5, 1e-12]),
)
_BY_UNIT = {"users": COUNTS, "count": COUNTS, "CNY": MONEY, "ratio": RATIOS}
UNITS = {metric.id: str(metric.unit) for metric in CATALOG.metrics.values()} | {
    "nps": "points",
    "campaign_roi": "ratio",
    "avg_active_days": "days",
    "time_per_user": "minutes",
}


def values_of(unit: str) -> st.SearchStrategy[Any]:
    """Return figures of a unit, sometimes unknown."""
    return st.one_of(_BY_UNIT.get(unit, st.floats(-100, 1000)), _BY_UNIT.get(unit, st.floats(0, 60)), st.none())


@st.composite
def query_results(draw: st.DrawFn) -> Result:
    """Return a result of query_metrics: any metrics, grain, dimensions, comparison, filters, order and notes."""
    metrics = draw(st.lists(st.sampled_from(sorted(UNITS)), min_size=1, max_size=3, unique=True))
    dimensions = draw(
        st.lists(
            st.sampled_from(["channel", "campaign", "city_tier", "app_version", "medium"]), max_size=2, unique=True
        )
    )
    grain = draw(st.sampled_from(["total", "day", "week", "month", "quarter", "year"]))
    compare = draw(st.sampled_from(["none", "previous", "target", "dates"]))
    start = draw(st.dates(date(2024, 7, 1), date(2025, 12, 31)))
    end = draw(st.dates(start, date(2025, 12, 31)))
    params: dict[str, Any] = {"metrics": metrics, "start": start.isoformat(), "end": end.isoformat()}
    parts = _parts(compare, params, start)
    columns = (["period"] if grain != "total" else []) + dimensions
    columns += [f"{metric}{part}" for metric in metrics for part in _of(metric, parts)]
    if grain != "total":
        params["grain"] = grain
    if dimensions:
        params["dimensions"] = dimensions
    _conditions(draw, params, columns, metrics)
    keys = _keys(draw, grain, start, end, dimensions)
    rows = [(*key, *(v for metric in metrics for v in _cells(draw, metric, parts))) for key in keys]
    notes = draw(
        st.lists(
            st.sampled_from([Text("12-31 注册的 83 人次日未到", "83 users are too young"), Text("无花费", "no cost")]),
            max_size=2,
        )
    )
    units = {metric: UNITS[metric] for metric in metrics}
    return result(
        columns,
        rows,
        units if len(metrics) > 1 else units[metrics[0]],
        metrics=metrics,
        params=params,
        notes=notes,
        truncated=draw(st.booleans()),
    )


def _parts(compare: str, params: dict[str, Any], start: date) -> list[str]:
    if compare == "target":
        params["compare"] = "target"
        return ["__target", "__attainment"]
    if compare == "none":
        return []
    base = {"start": (start - timedelta(days=40)).isoformat(), "end": (start - timedelta(days=3)).isoformat()}
    params["compare"] = "previous" if compare == "previous" else base
    params["base"] = base
    return ["__base", "__change", "__change_pct"]


def _of(metric: str, parts: list[str]) -> list[str]:
    found = CATALOG.metrics.get(metric)
    return ["", *(["__numerator", "__denominator"] if found and found.is_ratio else []), *parts]


def _cells(draw: st.DrawFn, metric: str, parts: list[str]) -> list[Any]:
    unit = UNITS[metric]
    value = draw(values_of(unit))
    cells = [value] + ([draw(COUNTS), draw(COUNTS)] if len(_of(metric, [])) > 1 else [])
    if "__target" in parts:
        target = draw(st.one_of(st.none(), values_of(unit)))
        cells += [target, value / target if value is not None and target else None]
    elif parts:
        base = draw(values_of(unit))
        known = value is not None and base is not None
        cells += [base, value - base if known else None, (value - base) / base if known and base > 0 else None]
    return cells


def _conditions(draw: st.DrawFn, params: dict[str, Any], columns: list[str], metrics: list[str]) -> None:
    if draw(st.booleans()):
        values = draw(st.lists(st.one_of(NASTY, st.sampled_from(["kol", "search"])), min_size=1, max_size=7))
        params["filters"] = [
            {
                "dimension": draw(st.sampled_from(["channel", "campaign"])),
                "op": draw(st.sampled_from(["in", "not_in"])),
                "values": values,
            },
            {"dimension": "city_tier", "op": "gte", "values": [draw(st.integers(1, 5))]},
        ]
    if draw(st.booleans()):
        value = draw(st.floats(0.001, 10000).map(lambda v: round(v, 4)))
        params["having"] = [
            {"column": draw(st.sampled_from(metrics)), "op": draw(st.sampled_from(["lt", "gte"])), "value": value}
        ]
    if draw(st.booleans()):
        ordered = [c for c in columns if c.partition("__")[0] in metrics]
        params["order_by"] = {
            "column": draw(st.sampled_from(ordered)),
            "direction": draw(st.sampled_from(["asc", "desc"])),
        }
        params["limit"] = draw(st.integers(1, 6))


def _keys(draw: st.DrawFn, grain: str, start: date, end: date, dimensions: list[str]) -> list[tuple[Any, ...]]:
    stored = {
        "channel": st.one_of(st.sampled_from(["short_video", "kol", "search", "organic"]), NASTY, st.none()),
        "campaign": NASTY,
        "city_tier": st.one_of(st.integers(1, 5), st.none()),
        "app_version": st.sampled_from(["5.2.0", "5.10.1", "5.2", None]),
        "medium": st.sampled_from(["push", "sms"]),
    }
    labels = (
        draw(st.lists(st.tuples(*(stored[d] for d in dimensions)), min_size=1, max_size=8, unique=True))
        if dimensions
        else [()]
    )
    if grain == "total":
        return labels if dimensions else labels[: draw(st.integers(0, 1))]
    periods = _periods(grain, start, end)[: draw(st.integers(0, 9))]
    return [(period.isoformat(), *label) for period in periods for label in labels]


def _periods(grain: str, start: date, end: date) -> list[date]:
    first = {
        "day": start,
        "week": start - timedelta(days=start.weekday()),
        "month": start.replace(day=1),
        "quarter": date(start.year, (start.month - 1) // 3 * 3 + 1, 1),
        "year": date(start.year, 1, 1),
    }[grain]
    found = []
    while first <= end and len(found) < 10:
        found.append(first)
        first = last_day(first, grain) + timedelta(days=1)
    return found


_EVENTS = ["register_start", "checkout_view", "pay_success", "step 2 不明", None]
_SHARE = st.one_of(RATIOS, st.none())
_SIGNED = st.one_of(st.floats(-0.5, 0.5), st.none())


@st.composite
def analysis_results(draw: st.DrawFn) -> Result:
    """Return a result of one of the other analyses, with its fixed columns."""
    tool = draw(st.sampled_from(sorted(_ROWS)))
    columns, cells = _ROWS[tool]
    rows = draw(st.lists(st.tuples(*cells), max_size=10))
    params: dict[str, Any] = {**WEEK, "grain": "week"} if tool == "lifecycle_flow" else dict(WEEK)
    params |= draw(
        st.sampled_from([{}, {"window_hours": 24}, {"cohort": "week"}, {"interval": "month"}, {"cumulative": True}])
    )
    metrics = ("retention_d7",) if tool == "experiment_readout" else ("gmv",) if tool == "explain_change" else ()
    unit = {"experiment_readout": "ratio", "explain_change": "CNY"}.get(tool)
    if tool == "build_segment":
        params = {"name": draw(NASTY), "as_of": "2025-12-31"}
    found = st.sampled_from([STANDS_OUT, CANCELS, SPREAD])
    notes = draw(st.lists(found, max_size=1)) if tool == "explain_change" else []
    return result(columns.split(), rows, unit, tool=tool, metrics=metrics, params=params, notes=notes)


_WHOLE = st.integers(0, 10**9)
_DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31)).map(date.isoformat)
_AMOUNT = st.one_of(MONEY, st.none())
_ROWS: dict[str, tuple[str, tuple[st.SearchStrategy[Any], ...]]] = {
    "retention_matrix": (
        "cohort size period users rate complete",
        (_DAYS, _WHOLE, st.integers(0, 30), st.one_of(_WHOLE, st.none()), _SHARE, st.booleans()),
    ),
    "funnel": (
        "step event users rate step_rate median_seconds",
        (st.integers(1, 6), st.sampled_from(_EVENTS), _WHOLE, _SHARE, _SHARE, st.one_of(st.none(), st.floats(0, 1e6))),
    ),
    "lifecycle_flow": (
        "period active new retained resurrected dormant",
        (_DAYS, _WHOLE, _WHOLE, _WHOLE, _WHOLE, _WHOLE),
    ),
    "stickiness_histogram": ("intervals users", (st.integers(0, 31), _WHOLE)),
    "ltv_curve": ("day users value", (st.integers(0, 180), _WHOLE, _AMOUNT)),
    "experiment_readout": (
        "variant users value difference ci_low ci_high p_value srm_p",
        (
            st.sampled_from(["control", "treatment"]),
            _WHOLE,
            _SHARE,
            _SIGNED,
            _SIGNED,
            _SIGNED,
            st.floats(0, 1),
            st.floats(0, 1),
        ),
    ),
    "explain_change": (
        "dimension value base current contribution mix rate",
        (
            st.sampled_from(["channel", "platform", "campaign", "platform × app_version", "day", "total", None]),
            st.one_of(st.sampled_from(["kol", "ios", "ios · 5.2.0", "– · 5", "2025-11-11", "(rest)", None]), NASTY),
            *(_AMOUNT,) * 5,
        ),
    ),
    "build_segment": ("size share_all share_active", (_WHOLE, _SHARE, _SHARE)),
}

results = st.one_of(query_results(), analysis_results())
