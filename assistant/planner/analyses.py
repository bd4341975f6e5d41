"""Analyses beyond one number: from a reading to the calls of their tools, and what a follow-up keeps of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from assistant.planner.analysis_calls import (
    GRAINS,
    TAKES,
    analysis_calls,
    experiment_calls,
    explanation_calls,
    steps_of,
)
from assistant.planner.analysis_problems import first_step_dates, not_taken, one_analysis, wrong_people_dimension
from assistant.planner.analysis_words import metric_of_funnel
from assistant.planner.carry import carried, pooled, removals
from assistant.planner.follow_up import Asked, State, merged, says_anything
from assistant.planner.newcomers import only_newcomers
from assistant.planner.periods import Period
from assistant.planner.policy import not_come
from assistant.planner.query_plan import Draft, is_future, period_of
from assistant.planner.read_metrics import ambiguous_choices
from assistant.planner.reading import Reading, Slots
from assistant.planner.side_by_side import later_against_earlier
from assistant.planner.types import AskBack, Call, Calls, Decline, Offer, Plan, World
from assistant.planner.understand import understand
from assistant.planner.unknown import event_name, unknown_event, unknown_experiment
from assistant.planner.vocabulary import funnel_words
from assistant.planner.words import (
    absent_metric,
    metric_text,
    not_understood,
    tool_text,
    value_text,
    which_metric,
)
from knowledge.text import Text, join

_FUNNEL = re.compile("漏斗|funnel")


def carried_on(question: str, reading: Reading, state: State, world: World) -> Reading | None:
    """Return the question read as one about the analysis before, where that is what it changes or settles; else None."""
    slots, last = reading.slots, state.analysis
    if last is None or state.pending is not None or slots.tools or slots.absent:
        return None
    if last.tool == "explain_change" and not state.waits:
        return None  # an explanation is not kept: what follows is about the figures
    bare = bool(slots.metrics) and not says_anything(slots)  # 看GMV: the same experiment by another metric
    theirs = (
        only_newcomers(reading) and last.tool != "experiment_readout"
    )  # 只看新用户: whose funnel, no number of them
    swaps = last.tool == "experiment_readout" and (slots.follow or slots.adds or bare)
    if (slots.metrics or slots.ambiguous) and not (state.waits or swaps or theirs):
        return None
    again = understand(question, world, last.tool)
    told = (
        says_anything(again.slots)
        or again.slots.args
        or again.slots.metrics
        or again.slots.problems
        or again.slots.export
        or theirs
    )
    if not told or again.slots.unread or again.slots.absent:
        return None
    if state.waits and again.slots.metrics and last.tool not in ("explain_change", "experiment_readout"):
        return None
    return again


def plan_analysis(reading: Reading, tool: str, state: State, world: World) -> tuple[Plan, State]:
    """Return the plan for an analysis, and what it leaves: itself to be changed, and its days for a plain metric."""
    now, builds = _asked(reading, tool, state.analysis, state.draft, waits=state.waits)
    made = _settle(now, reading)
    if isinstance(made, Calls):
        said = _said_of_analysis(reading.slots, now, made, world, carried_from=builds)
        draft = kept_as_draft(now, made, state.draft, builds)
        offers = _offers(now, reading.slots, world) if builds else ()
        offers = (*pooled(now.draft, reading.slots, world)[1], *offers)
        made = replace(made, said=said, offers=offers, export=reading.slots.export)
        return made, State(draft=draft, analysis=now, topic=now.draft.metrics)
    if isinstance(made, AskBack):
        offered = tuple(ambiguous_choices(world, reading.slots.ambiguous[0])) if reading.slots.ambiguous else ()
        return made, replace(state, pending=None, tool=None, analysis=now, waits=True, offered=offered)
    return made, replace(state, pending=None, tool=None, waits=False)


def _said_of_analysis(slots: Slots, now: Asked, made: Calls, world: World, *, carried_from: bool) -> Text | None:
    said = [Text(f"“{word}”读作“{read}”", f"'{word}' read as '{read}'") for word, read in slots.said]
    if carried_from:
        params = made.calls[-1].params
        about: Text | None = tool_text(now.tool)
        if now.tool == "experiment_readout":
            named = "experiment" in slots.args
            about = None if named else value_text(world, "experiment", str(params["experiment"]))
        draft = now.draft if "start" not in params else replace(now.draft, period=_period_of(params), also=())
        told = carried(replace(draft, metrics=(), trend=False), slots, world, about)
        said += [told] if told else []
    if (event := now.args.get("event")) in funnel_words().events:
        name = event_name(str(event))
        said.append(Text(f"只把“{name.zh}”算作活跃", f"only '{name.en}' counts as being active"))
    said += [*pooled(now.draft, slots, world)[0], *slots.notes]
    if made.said is not None:
        said.append(made.said)
    return join(said) if said else None


def _period_of(params: Mapping[str, Any]) -> Period:
    return Period(date.fromisoformat(params["start"]), date.fromisoformat(params["end"]))


def _offers(now: Asked, slots: Slots, world: World) -> tuple[Offer, ...]:
    """Return what drops the people and the experiment that were carried over."""
    if now.tool != "experiment_readout":
        kept = now.draft if now.tool != "explain_change" else replace(now.draft, dimensions=())
        return removals(replace(kept, grain=None, trend=False), slots, world)
    if not now.draft.metrics:
        return ()
    metric = metric_text(world, now.draft.metrics[0])
    label = Text(f"不限实验，看全部{metric.zh}", f"{metric.en} of everyone, not of the experiment")
    return (Offer(label, Text(f"近30天{metric.zh}", f"{metric.en} last 30 days")),)


def _asked(reading: Reading, tool: str, last: Asked | None, draft: Draft | None, *, waits: bool) -> tuple[Asked, bool]:
    """Return the analysis that a question asks for before it is settled, and whether it builds on a turn before.

    ``last`` is the analysis spoken of, which ``waits`` for the answer to a question back; ``draft`` is the last query. A
    question that names its analysis anew begins a new topic, unless it says so (那…呢) or leaves open what only the turn
    before tells.
    """
    slots, world = reading.slots, reading.world
    base: Draft | None = None
    args: dict[str, Any] = {}
    if last is not None and last.tool == tool and (waits or _goes_on(slots, tool)):
        base, args = last.draft, dict(last.args)
    elif tool == "explain_change":
        base = _explained_before(slots, last, draft)
    elif slots.follow or slots.adds:
        kept = last.draft if last is not None else draft
        base = Draft(period=kept.period, filters=kept.filters, dimensions=kept.dimensions) if kept else None
    if "named" in slots.args or "steps" in slots.args:
        args = {k: v for k, v in args.items() if k not in ("named", "steps")}
    if slots.grain is not None and tool in GRAINS:
        args.pop(GRAINS[tool][0], None)
    found = merged(slots, base, world)
    if tool == "explain_change" and not found.metrics and "funnel" in slots.tools:
        found = _about_funnel(found, metric_of_funnel(reading.text), world)
    return Asked(tool, found, {**args, **slots.args}), base is not None


def _goes_on(slots: Slots, tool: str) -> bool:
    """Whether a question changes the analysis of that name that was spoken of, and begins no new one."""
    named = tool in slots.tools and not slots.carried
    if tool == "funnel" and named:
        return slots.follow or slots.adds or not ({"steps", "named"} & set(slots.args))
    if tool == "experiment_readout" and named:
        return slots.follow or "experiment" not in slots.args
    return not named or slots.follow or slots.adds


def _about_funnel(draft: Draft, metric: str | None, world: World) -> Draft:
    """Return the draft about the metric of a funnel: 支付漏斗为什么掉了 asks about the payment conversion."""
    return replace(draft, metrics=(metric,)) if metric in world.catalog.metrics and metric else draft


def _explained_before(slots: Slots, last: Asked | None, draft: Draft | None) -> Draft | None:
    """Return the figures that 为什么 is about: those of the turn before, unless others or other dates are named."""
    if last is not None and last.tool == "funnel" and not slots.metrics:
        named = funnel_words().funnels.get(str(last.args.get("named")))
        return replace(last.draft, metrics=(named.metric,) if named and named.metric else (), dimensions=())
    if draft is None or not draft.metrics:
        return last.draft if last is not None and last.tool == "explain_change" and not slots.metrics else None
    same = bool(slots.metrics) and set(slots.metrics) <= set(draft.metrics) and slots.time is None
    if slots.ambiguous or (slots.metrics and not (same or slots.follow)):
        return None
    compare = None if draft.compare == "target" else draft.compare
    if compare is None and (pair := later_against_earlier(draft.period, draft.also)):  # 1月和12月的GMV || 为什么
        draft, compare = replace(draft, period=pair[0], also=()), pair[1]
    return replace(draft, grain=None, trend=False, compare=compare, order=None, limit=None, having=(), dimensions=())


def _settle(now: Asked, reading: Reading) -> Plan:
    """Return the calls of an analysis, or the question back or refusal that keeps it from being carried out."""
    slots, world = reading.slots, reading.world
    problem = _problem(now, reading)
    if problem is not None:
        return problem
    if now.tool == "experiment_readout":
        return experiment_calls(now, slots, world)
    if is_future(now.draft.period, world.clock):
        return not_come(reading.text, world, now.draft.metrics)
    # Only an explanation is about a metric, whose own window is the default; any other analysis takes the last 30 days.
    calls: list[Call] = []
    said: Text | None = None
    for one in (now.draft.period, *now.draft.also):
        draft = replace(now.draft, period=one, also=(), grain=None, trend=now.tool != "explain_change", order=None)
        period = period_of(draft, world)
        if not isinstance(period, Period):
            return period
        explained = now.tool == "explain_change"
        made = explanation_calls(now, slots, world, period) if explained else analysis_calls(now, period)
        if not isinstance(made, Calls):
            return made
        calls, said = [*calls, *made.calls], made.said
    return Calls(tuple(calls), said)


def _problem(now: Asked, reading: Reading) -> AskBack | Decline | None:
    slots, world, tool = reading.slots, reading.world, now.tool
    if slots.absent:
        return absent_metric(world, [metric_text(world, m) for m in slots.absent], slots.unread)
    strange = {"experiment_readout": unknown_experiment, "funnel": unknown_event}.get(tool)
    if slots.unread and strange is not None and (asked := strange(reading)) is not None:
        return asked
    if slots.unread:
        return not_understood(slots.unread, (tool_text(tool),), about=tool_text(tool))
    if slots.problems:
        return slots.problems[0]
    return _too_much(now, reading) or _people_problem(now, slots, world)


def _too_much(now: Asked, reading: Reading) -> AskBack | Decline | None:
    """Return the refusal for what an analysis does not take, and the question back for a metric that may be several."""
    slots, world, tool = reading.slots, reading.world, now.tool
    # 三步新手任务的实验: steps alone are no second analysis
    others = [t for t in slots.tools if t != tool and (t != "funnel" or _FUNNEL.search(reading.text))]
    if others and not (tool == "explain_change" and others == ["funnel"] and now.draft.metrics):
        return one_analysis([tool, *others])
    takes = TAKES[tool]
    if slots.ambiguous and "metrics" in takes:
        ids = ambiguous_choices(world, slots.ambiguous[0])
        return which_metric(world, ids) if ids else absent_metric(world, [], [reading.text])
    said = {
        "metrics": bool(slots.metrics or slots.ambiguous),
        "dimensions": bool(slots.dimensions),
        "filters": bool(slots.filters),
        "grain": slots.grain is not None,
        "trend": slots.trend,
        "compare": slots.compare is not None or slots.base is not None,
        "order": slots.order is not None or slots.limit is not None or bool(slots.having),
        "model": slots.model is not None,
    }
    wrong = next((kind for kind, is_said in said.items() if is_said and kind not in takes), None)
    return None if wrong is None else not_taken(tool, wrong, [metric_text(world, m) for m in slots.metrics])


def _people_problem(now: Asked, slots: Slots, world: World) -> Decline | AskBack | None:
    """Return what is wrong with the people of an analysis: dimensions of other things, newcomers where any are counted."""
    tool = now.tool
    if tool not in ("explain_change", "experiment_readout"):
        taken = [d.id for d in world.catalog.dimensions.values() if d.kind in ("attribute", "state", "membership")]
        named = [*now.draft.dimensions, *(f["dimension"] for f in now.draft.filters)]
        strange = next((d for d in named if d not in taken), None)
        if strange is not None:
            return wrong_people_dimension(world, tool, strange, taken)
    if slots.cohort and tool in ("funnel", "stickiness_histogram") and not _begins_with_registration(now):
        return first_step_dates(tool)
    return None


def _begins_with_registration(now: Asked) -> bool:
    return now.tool == "funnel" and (steps_of(now) or ("",))[0] in ("register", "register_start")


def kept_as_draft(now: Asked, plan: Calls, before: Draft | None, builds: bool) -> Draft:
    """Return the query draft that an analysis leaves for a follow-up with a plain metric: its days and people.

    An explanation is not kept: the figures it was about are, with what they were compared with before.
    """
    params = plan.calls[-1].params
    period = now.draft.period
    if period is None and "start" in params:
        period = Period(date.fromisoformat(params["start"]), date.fromisoformat(params["end"]))
    if now.tool == "explain_change" and builds and before is not None:
        return replace(before, period=period, filters=now.draft.filters, metrics=now.draft.metrics)
    metrics = now.draft.metrics if now.tool == "explain_change" else ()
    dimensions = () if now.tool == "explain_change" else now.draft.dimensions
    return Draft(metrics=metrics, period=period, filters=now.draft.filters, dimensions=dimensions)


def from_call(call: Call) -> Asked:
    """Return the analysis that a call carried out, from its params alone. Raises KeyError or ValueError for another shape."""
    params = dict(call.params)
    start, end = params.pop("start", None), params.pop("end", None)
    period = Period(date.fromisoformat(start), date.fromisoformat(end)) if start and end else None
    metric = params.pop("metric", None)
    compare = params.pop("compare", None)
    if isinstance(compare, Mapping):
        compare = Period(date.fromisoformat(compare["start"]), date.fromisoformat(compare["end"]))
    draft = Draft(
        metrics=(metric,) if metric else (),
        period=period,
        dimensions=tuple(params.pop("dimensions", ())),
        filters=tuple(dict(f) for f in params.pop("filters", ())),
        compare=compare,
    )
    return Asked(call.tool, draft, params)
