"""Questions for something other than a number: the catalog look-ups, and a plain no where the tool does not exist yet."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.planner.follow_up import State
from assistant.planner.query_plan import Draft
from assistant.planner.read_metrics import ambiguous_choices
from assistant.planner.reading import Reading, meanings
from assistant.planner.summaries import plan_summary
from assistant.planner.types import AskBack, Call, Calls, Decline, Plan, World
from assistant.planner.words import absent_metric, absent_metrics, metric_text, no_metric, no_tool, which_metric
from knowledge.text import Text

Made = tuple[Plan, Draft | None]


def plan_tool(tool: str, reading: Reading, state: State, world: World) -> Made:
    """Return the plan for a question that asks for ``tool``, and the draft that waits where it asks back."""
    maker = _MAKERS.get(tool)
    if tool not in world.tools or maker is None:
        near = list(dict.fromkeys([*reading.slots.metrics, *(state.draft.metrics if state.draft else ())]))
        if not near:
            near = [m for key in reading.slots.ambiguous for m in ambiguous_choices(world, key)]
        return no_tool(tool, [metric_text(world, m) for m in near[:3]]), None
    return maker(reading, state, world)


def _list_metrics(reading: Reading, _state: State, world: World) -> Made:
    slots = reading.slots
    if slots.time or slots.compare or slots.having or reading.any("change"):
        return which_metric(world, meanings(world, "overview")), Draft()  # 昨天哪些指标下降了 is about numbers
    words = [
        s.text
        for s in reading.spans
        if s.has("metric") or s.has("ambiguous") or s.has("nth") or s.has("absent") or s.has("dimension") or s.unread
    ]
    query = " ".join(dict.fromkeys(w.strip() for w in words if w.strip()))[:100]
    return Calls((Call("list_metrics", {"query": query} if query else {}),)), None


def _describe_metric(reading: Reading, state: State, world: World) -> Made:
    slots = reading.slots
    if slots.absent:
        return absent_metrics(world, slots.absent, slots.unread), None
    metrics = list(slots.metrics)
    if not metrics and slots.ambiguous:
        ids = ambiguous_choices(world, slots.ambiguous[0])
        if not ids:
            return absent_metric(world, [], [reading.text]), None
        names = [metric_text(world, m) for m in ids]
        return AskBack(
            Text("这个说法可以指多个指标，要看哪一个的定义？", "That name can mean several metrics: whose definition?"),
            tuple(Text(f"{n.zh}怎么算的", f"how is {n.en} defined") for n in names),
        ), Draft()
    if not metrics and slots.unread:
        return absent_metric(world, [], slots.unread), None
    if not metrics:
        metrics = list(state.topic or (state.draft.metrics if state.draft else ()))
    if not metrics:
        ask = no_metric(world)
        return AskBack(
            ask.question, tuple(Text(f"{c.zh}怎么算的", f"how is {c.en} defined") for c in ask.choices)
        ), Draft()
    return Calls(tuple(Call("describe_metric", {"metric": m}) for m in metrics)), None


def _search_playbooks(reading: Reading, _state: State, _world: World) -> Made:
    return Calls((Call("search_playbooks", {"query": reading.text}),)), None


def _write_summary(reading: Reading, _state: State, world: World) -> Made:
    return plan_summary(reading, world)


_WANTS_CASES = re.compile("打法|案例|有哪些|有什么|怎么|经验|example|case|what|how")


def _campaign_plan(reading: Reading, state: State, world: World) -> Made:
    """Return what is meant where a plan is spoken of and none is to be drafted: practice to read, or how one did."""
    named = [metric_text(world, m) for m in reading.slots.metrics[:3]]
    if not named and not reading.slots.ambiguous and _WANTS_CASES.search(reading.text):
        return _search_playbooks(reading, state, world)
    reason = Text(
        "这里说到了活动方案，但没有说要写一个。要写方案，请说“写一个唤醒方案”；要看已有活动的效果，请直接问指标。",
        "A campaign plan is spoken of, but none is asked for. Say 'draft a win-back plan' for one, or ask for a metric to see how "
        "a campaign did.",
    )
    return Decline(reason, (*named, Text("写一个唤醒方案", "draft a win-back plan"))), None


_MAKERS: dict[str, Callable[[Reading, State, World], Made]] = {
    "list_metrics": _list_metrics,
    "describe_metric": _describe_metric,
    "search_playbooks": _search_playbooks,
    "draft_campaign_plan": _campaign_plan,
    "write_summary": _write_summary,
}
