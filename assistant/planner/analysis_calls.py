"""The calls of analyses: each tool's params from what was read, defaults left out, dates explicit."""

from __future__ import annotations

from typing import Any

from assistant.planner.analysis_problems import (
    compared_with_target,
    no_dates_of_experiments,
    not_taken,
    one_metric,
    other_units,
    which_experiment,
    which_funnel,
)
from assistant.planner.follow_up import Asked
from assistant.planner.periods import Period
from assistant.planner.query_plan import Draft, compare_of
from assistant.planner.reading import Slots
from assistant.planner.types import AskBack, Call, Calls, Decline, Plan, World
from assistant.planner.vocabulary import NamedFunnel, funnel_words
from assistant.planner.words import dimension_text, metric_text, no_metric, wrong_dimension
from knowledge.text import Text

#: The parameter that the grain of a question is for, and its default.
GRAINS = {
    "retention_matrix": ("cohort", "day"),
    "lifecycle_flow": ("grain", "week"),
    "stickiness_histogram": ("interval", "day"),
}
#: What each tool takes of the slots that queries have too.
TAKES = {
    "retention_matrix": {"dimensions", "filters", "grain", "trend"},
    "funnel": {"dimensions", "filters"},
    "lifecycle_flow": {"filters", "grain", "trend"},
    "stickiness_histogram": {"filters", "grain"},
    "ltv_curve": {"dimensions", "filters", "trend"},
    "experiment_readout": {"metrics"},
    "explain_change": {"metrics", "dimensions", "filters", "compare", "trend"},
}
_OWN = ("cohort", "grain", "interval", "periods", "rule", "window_hours", "order", "horizon_days", "cumulative")
_DEFAULTS = {"window_hours": 168, "order": "ordered", "periods": 7, "rule": "on", "horizon_days": 90}
_FITS = ("day", "week", "month")


def steps_of(now: Asked) -> tuple[str, ...]:
    """Return the steps of a funnel in order, those of its name where it was named; empty for any other analysis."""
    named = funnel_words().funnels.get(str(now.args.get("named")))
    return named.steps if named else tuple(now.args.get("steps", ()))


def _registering(steps: tuple[str, ...]) -> NamedFunnel | None:
    """Return the registration funnel where its steps were said in words: its window is that of the register conversion."""
    known = funnel_words().funnels.values()
    return next((f for f in known if f.steps == steps and steps[0] == "register_start"), None)


def experiment_calls(now: Asked, slots: Slots, world: World) -> Plan:
    """Return the call that reads an experiment out, or the question back for what is missing."""
    if slots.time is not None:
        return no_dates_of_experiments(now.args.get("experiment"), world)
    if len(now.draft.metrics) > 1:
        return one_metric([metric_text(world, m) for m in now.draft.metrics])
    if "experiment" not in now.args:
        return which_experiment(world)
    params: dict[str, Any] = {"experiment": now.args["experiment"]}
    if now.draft.metrics:
        params["metric"] = now.draft.metrics[0]
    return Calls((Call(now.tool, params),))


def explanation_calls(now: Asked, slots: Slots, world: World, period: Period) -> Plan:
    """Return the calls that explain a change, one for each metric named."""
    draft, calls = now.draft, []
    if not draft.metrics:
        return no_metric(world)
    if draft.compare == "target":
        return compared_with_target([metric_text(world, m) for m in draft.metrics])
    for metric in draft.metrics:
        takes = world.catalog.dimensions_of(world.catalog.metrics[metric])
        named = [*slots.dimensions, *(f["dimension"] for f in draft.filters)]
        wrong = next((d for d in named if d not in takes), None)
        if wrong is not None:
            return wrong_dimension(world, world.catalog.metrics[metric], wrong)
        params: dict[str, Any] = {"metric": metric, "start": period.start.isoformat(), "end": period.end.isoformat()}
        compare = compare_of(draft, world, period, "total")
        if isinstance(compare, AskBack):
            return compare
        if compare not in (None, "previous"):
            params["compare"] = compare
        if draft.filters:
            params["filters"] = [dict(f) for f in draft.filters]
        calls.append(Call(now.tool, params))
    return Calls(tuple(calls), _every_dimension(slots, world))


def _every_dimension(slots: Slots, world: World) -> Text | None:
    """Say that an explanation looks at every dimension, where one was named."""
    if not slots.dimensions:
        return None
    name = dimension_text(world, slots.dimensions[0])
    return Text(
        f"拆解会比较所有维度，{name.zh}也在其中", f"the explanation looks at every dimension, {name.en} among them"
    )


def analysis_calls(now: Asked, period: Period) -> Plan:
    """Return the call of a retention matrix, funnel, flow, histogram or curve over a period."""
    params: dict[str, Any] = {"start": period.start.isoformat(), "end": period.end.isoformat()}
    tool, draft, args = now.tool, now.draft, dict(now.args)
    if tool == "funnel":
        steps = steps_of(now)
        if len(steps) < 2:
            return which_funnel(steps)
        params = {"steps": list(steps), **params}
        named = funnel_words().funnels.get(str(args.get("named"))) or _registering(steps)
        if named and named.window_hours:
            args.setdefault("window_hours", named.window_hours)
    if tool in GRAINS:
        problem = _settle_grain(tool, draft, args, period)
        if problem is not None:
            return problem
    for name in (
        "cohort",
        "grain",
        "interval",
        "periods",
        "rule",
        "window_hours",
        "order",
        "horizon_days",
        "cumulative",
        "event",
    ):
        if name in args and args[name] != _DEFAULTS.get(name):
            params[name] = args[name]
    if draft.dimensions and "dimensions" in TAKES[tool]:
        params["dimensions"] = list(draft.dimensions)
    if draft.filters and "filters" in TAKES[tool]:
        params["filters"] = [dict(f) for f in draft.filters]
    return Calls((Call(tool, params),))


def _settle_grain(tool: str, draft: Draft, args: dict[str, Any], period: Period) -> AskBack | Decline | None:
    """Put the grain where the tool takes it, and bring periods said in another unit to it."""
    name, default = GRAINS[tool]
    if tool == "lifecycle_flow" and draft.grain is None and period.days < 7 and period.unit != "week":
        args.setdefault(name, "day")  # of one day, the day before is what it is compared with
    periods = args.pop("periods", None)
    n, unit = periods if isinstance(periods, tuple) else (periods, "")
    said = args.get(name) or draft.grain
    if said is not None and said not in _FITS:
        return not_taken(tool, "grain", [])
    chosen = said or (unit if unit in _FITS else None) or default
    args.pop(name, None)
    if chosen != default:
        args[name] = chosen
    if n is not None:
        if unit in _FITS and unit != chosen:
            return other_units(n, unit, chosen)
        args["periods"] = n
    return None
