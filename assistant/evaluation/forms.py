"""Params of a tool in one form: defaults filled in, dates explicit, what decides nothing left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from assistant.evaluation.ground import Ground
from assistant.evaluation.people import condition, people
from assistant.evaluation.plain import as_set, in_order, listed, number
from tools.semantic_layer.periods import unit_end, unit_start
from tools.semantic_layer.query import DEFAULT_LIMIT, GRAINS, Grain

#: The contract's defaults, by tool.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "query_metrics": {"grain": "total", "dimensions": [], "filters": [], "having": [], "compare": "none"},
    "retention_matrix": {"cohort": "day", "periods": 7, "rule": "on", "dimensions": [], "filters": []},
    "funnel": {"window_hours": 168, "order": "ordered", "dimensions": [], "filters": []},
    "lifecycle_flow": {"grain": "week"},
    "ltv_curve": {"horizon_days": 90, "dimensions": []},
    "explain_change": {"compare": "previous", "filters": []},
}
_DATED = frozenset({"query_metrics", "retention_matrix", "funnel", "lifecycle_flow", "ltv_curve", "explain_change"})
#: Tools of which only the params that a question fixes are compared.
LOOSE: Mapping[str, tuple[str, ...]] = {
    "search_playbooks": (),
    "list_metrics": (),
    "describe_metric": ("metric",),
    "draft_campaign_plan": ("goal", "segment", "start", "budget"),
    "write_summary": ("start", "end", "kind"),
}
_NUMBERS = ("periods", "horizon_days", "window_hours")


def in_one_form(tool: str, params: Mapping[str, Any] | None, ground: Ground) -> dict[str, Any]:
    """Return params in the form they are compared in. Raises KeyError, TypeError or ValueError where they have another shape."""
    given = {name: value for name, value in (params or {}).items() if value is not None}
    if tool in LOOSE:
        return _loose(tool, given, ground)
    if tool == "build_segment":
        as_of = given.get("as_of", ground.clock.today.isoformat())
        return {"definition": people(given, ground), "as_of": str(_day(as_of))}
    out = {**_DEFAULTS.get(tool, {}), **given}
    if tool == "experiment_readout":
        name = str(out.get("experiment"))
        out["experiment"] = ground.ids.get("experiment", {}).get(name, name)
        out.setdefault("metric", ground.primary.get(out["experiment"]))
        return out
    return _dated(tool, out, given, ground) if tool in _DATED else out


def _dated(tool: str, out: dict[str, Any], given: Mapping[str, Any], ground: Ground) -> dict[str, Any]:
    metrics = as_set(given.get("metrics", given.get("metric")))
    _settle_dates(tool, out, given, metrics, ground)
    if "filters" in out:
        made = [_filter(f, ground) for f in listed(out["filters"])]
        out["filters"] = in_order(made)
    if "dimensions" in out:  # a dimension pinned to one value splits nothing
        pinned = {f[0] for f in out.get("filters", []) if f[1] == "in" and len(f[2]) == 1}
        out["dimensions"] = [d for d in as_set(out["dimensions"]) if d not in pinned]
    for name in _NUMBERS:
        if name in out:
            out[name] = number(out[name])
    return _query(out, metrics) if tool == "query_metrics" else out


def _loose(tool: str, given: Mapping[str, Any], ground: Ground) -> dict[str, Any]:
    out = dict(given)
    if "segment" in out:
        out["segment"] = people({"definition": out["segment"]}, ground)
    for name in ("start", "end"):
        if name in out:
            day = _day(out[name])
            if tool == "write_summary":
                day = min(max(day, ground.clock.data_start), ground.clock.last)
            out[name] = str(day)
    return {name: number(value) for name, value in out.items()}


def _settle_dates(tool: str, out: dict[str, Any], given: Mapping[str, Any], metrics: list[str], ground: Ground) -> None:
    """Make start, end, grain and base explicit: cut to the data, one bucket as total, states by their last day."""
    clock, grain = ground.clock, str(out.get("grain", "total"))
    first, last = ground.default_window(metrics, grain)
    end = _day(given.get("end", last))
    start = _day(given.get("start", min(first, end)))
    if start <= clock.last and end >= clock.data_start:
        start, end = max(start, clock.data_start), min(end, clock.last)
    if tool == "query_metrics" and _one_bucket(grain, start, end):
        grain = out["grain"] = "total"
    if "compare" in out:
        weekly = bool(metrics) and all(map(ground.is_weekly, metrics))
        out["compare"] = _base(out["compare"], grain, (start, end), weekly, ground)
    plain = grain == "total" and out.get("compare") in ("none", "target")
    if tool == "query_metrics" and plain and metrics and all(map(ground.is_state, metrics)):
        start = end
    out["start"], out["end"] = str(start), str(end)


def _base(compare: Any, grain: str, days: tuple[date, date], weekly: bool, ground: Ground) -> Any:
    if isinstance(compare, Mapping):
        return [str(_day(compare["start"])), str(_day(compare["end"]))]
    compare = compare or "none"
    if compare not in ("previous", "year_ago") or grain != "total":
        return compare
    return [str(day) for day in ground.base(compare, *days, weekly=weekly)]


def _one_bucket(grain: str, start: date, end: date) -> bool:
    known: Grain | None = next((g for g in GRAINS if g == grain and g != "total"), None)
    return known is not None and unit_start(start, known) == start and unit_end(start, known) == end


def _filter(made: Mapping[str, Any], ground: Ground) -> list[Any]:
    return condition(made["dimension"], made.get("op"), made.get("values", made.get("value")), ground)


def _query(out: dict[str, Any], metrics: list[str]) -> dict[str, Any]:
    having = [
        [h["column"], h["op"], [number(v) for v in listed(h.get("value", h.get("values")))]] for h in out["having"]
    ]
    options = {
        n: v for n, v in (out.get("options") or {}).items() if v is not None and (n, v) != ("model", "last_touch")
    }
    order = out.get("order_by")
    if isinstance(order, list):
        order = order[0] if order else None
    made = (
        [order["column"], str(order.get("direction", "desc")).lower()] if isinstance(order, Mapping) else order or None
    )
    limit = min(int(out.get("limit") or DEFAULT_LIMIT), DEFAULT_LIMIT)
    if out["grain"] == "total" and not out["dimensions"]:  # one row: nothing to order
        made, limit = None, DEFAULT_LIMIT
    out.pop("metric", None)
    return {**out, "metrics": metrics, "having": in_order(having), "options": options, "order_by": made, "limit": limit}


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])
