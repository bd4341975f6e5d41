"""The offline planner: a question, the world it is asked in and the turns before it, to one typed plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.planner.analyses import carried_on, from_call, kept_as_draft, plan_analysis
from assistant.planner.analysis_words import ANALYSES
from assistant.planner.both_values import both_at_once
from assistant.planner.carry import carried, pooled, removals
from assistant.planner.follow_up import State, basis, from_params, merged, says_anything
from assistant.planner.language import LONGEST, language_of, normalise
from assistant.planner.newcomers import taken_as_people
from assistant.planner.periods import Period
from assistant.planner.pointing import point, points_back
from assistant.planner.policy import not_come, refuse
from assistant.planner.query_plan import Draft, decide_all, filters_said, is_future
from assistant.planner.read_metrics import ambiguous_choices
from assistant.planner.reading import Reading, Slots
from assistant.planner.segments.gate import plan_people
from assistant.planner.sentences import answered_apart, sentences_of
from assistant.planner.tool_plans import plan_tool
from assistant.planner.types import AskBack, Call, Calls, Decline, Offer, Plan, Turn, World
from assistant.planner.understand import understand
from assistant.planner.unknown import unknown_name
from assistant.planner.vocabulary import metric_words
from assistant.planner.windows import ranges_said, which_year_ago
from assistant.planner.wording import welcome
from assistant.planner.words import (
    absent_metric,
    absent_metrics,
    examples,
    flat_names,
    metric_text,
    no_metric,
    not_understood,
    usual_metrics,
    what_can_be_asked,
    which_metric,
)
from knowledge.text import Text, join
from knowledge.weeks import weeks_from

__all__ = ["language_of", "plan"]

_TURNS_KEPT = 10
_BY_WEEK = re.compile("周|星期|礼拜|week|(?:sun|mon|tues|wednes|thurs|fri|satur)day")
_SUNDAY = Text("一周从周日开始。", "Weeks start on Sunday.")
_GREETED = re.compile(
    "你好|您好|嗨|哈喽|早上好|在吗|在不在|(?:hello|hi|hey|good (?:morning|afternoon|evening))(?![a-z])"
)
_NO_NAME = re.compile(r"(?:倒数)?第[一二三四五六七八九十\d]+[名个位]?|不是的?|不对|不要|错了?|no|nope|wrong|not that")
_YES = frozenset(
    [
        "是",
        "是的",
        "对",
        "对的",
        "嗯",
        "好",
        "好的",
        "可以",
        "没错",
        "yes",
        "yep",
        "yeah",
        "sure",
        "ok",
        "okay",
        "right",
        "correct",
    ]
)


def plan(question: str, world: World, history: Sequence[Turn] = ()) -> Plan:
    """Return what to do for a question: calls, one question back, or a refusal with the nearest that can be done.

    Every word of the question is accounted for: what is not understood is never dropped. Never raises, whatever the text.
    """
    with weeks_from(world.clock.week_start):
        people: Plan | None = both_at_once(question, world) or _campaign(question, world, history)
        people = people or plan_people(question, world, history)
        state = _replayed(history, world) if people is None else State()
        made = people or _step(question, world, state)[0]
        if people is None and not isinstance(made, Calls) and (parts := sentences_of(question, world)):
            made = answered_apart(parts, lambda part: _step(part, world, state)[0]) or made
    if isinstance(made, Calls) and world.clock.week_start == "sunday" and _BY_WEEK.search(question.lower()):
        return replace(made, said=join([made.said, _SUNDAY]) if made.said else _SUNDAY)
    return made


def _campaign(question: str, world: World, history: Sequence[Turn]) -> Plan | None:
    if "draft_campaign_plan" not in world.tools:
        return None
    from assistant.planner.campaign_plans import plan_campaign  # noqa: PLC0415 - its patterns load where they are served

    return plan_campaign(question, world, history)


def _replayed(history: Sequence[Turn], world: World) -> State:
    """Return what the turns before left. Each question is read again, and its reading kept where it leads to what ran."""
    state = State()
    for turn in history[-_TURNS_KEPT:]:
        made, after = _step(turn.question, world, state)
        if isinstance(turn.plan, Calls):
            same = isinstance(made, Calls) and made.calls == turn.plan.calls  # how it was said need not be kept
            state = after if same else _from_calls(turn.plan, state)
        elif isinstance(turn.plan, AskBack):
            state = after if isinstance(made, AskBack) else replace(state, pending=None, waits=False)
        else:
            state = replace(state, pending=None, tool=None, waits=False, topic=after.topic)
        if isinstance(turn.plan, Calls):
            state = replace(state, shown=turn.shown)
    return state


def _from_calls(ran: Calls, state: State) -> State:
    known = [c for c in ran.calls if c.tool == "query_metrics" or c.tool in ANALYSES]
    if not known:
        return replace(state, pending=None)
    try:
        if known[-1].tool == "query_metrics":
            return State(draft=from_params(known[-1].params))
        now = from_call(known[-1])
        return State(draft=kept_as_draft(now, ran, None, False), analysis=now, topic=now.draft.metrics)
    except (KeyError, TypeError, ValueError, AttributeError):
        return replace(state, pending=None)


def _step(question: str, world: World, state: State) -> tuple[Plan, State]:
    text = normalise(question[: LONGEST + 200])
    if len(question) > LONGEST and any(c.isalnum() for c in text):
        return _too_long(world), state
    if not any(c.isalnum() for c in text):
        return what_can_be_asked(world), state
    held = state.draft.metrics if state.draft else ()
    reading = understand(question, world, topic=held[0] if len(held) == 1 else None)
    slots = reading.slots
    taken_as_people(reading, state, world)
    if (reply := _other_of_those_offered(text, reading, state, world)) is not None:
        question, reading = reply, understand(reply, world)
        slots = reading.slots
    if not slots.metrics and (reply := _short_reply(text, state.offered, world)) is not None:
        question, reading = reply, understand(reply, world)
        slots = reading.slots
    named = [*slots.metrics, *(state.draft.metrics if state.draft and not slots.metrics else ())]
    refused = refuse(text, world, named)
    if refused is not None:
        return _thread_first(refused, slots, state, world), replace(state, pending=None)
    if _only_courtesy(reading):
        return welcome(what_can_be_asked(world).choices, greeted=_GREETED.match(text) is not None), state
    return _understood(question, reading, world, state)


def _understood(question: str, reading: Reading, world: World, state: State) -> tuple[Plan, State]:
    """Return the plan of a question that is to be answered: the analysis spoken of, another tool, or a query."""
    slots = reading.slots
    spoken_of = carried_on(question, reading, state, world)
    if spoken_of is not None:
        return plan_analysis(spoken_of, spoken_of.slots.tools[0], state, world)
    if slots.refers is not None and slots.tools == ["explain_change"] and state.shown:
        pointed = point(slots, state, world, reading.text)
        if isinstance(pointed, tuple):
            return pointed
        state = pointed
    if slots.tools or (state.tool and slots.metrics and not says_anything(slots)):
        return _tool(reading, state, world)
    return _query(reading, state, world)


def _tool(reading: Reading, state: State, world: World) -> tuple[Plan, State]:
    """Return the plan for a question that asks for another tool than a query."""
    slots = reading.slots
    tool = slots.tools[0] if slots.tools else state.tool or ""
    if tool in ANALYSES and tool in world.tools:
        return plan_analysis(reading, tool, state, world)
    made, draft = plan_tool(tool, reading, state, world)
    waits = draft if isinstance(made, AskBack) else None
    topic = tuple(slots.metrics) or state.topic
    if tool == "describe_metric" and isinstance(made, Calls) and slots.metrics and says_anything(slots):
        number, after = _query(reading, state, world)  # 次留怎么算的，上周是多少: both
        if isinstance(number, Calls):
            return Calls((*made.calls, *number.calls), number.said), after
    return made, replace(state, pending=waits, tool=tool if waits else None, topic=topic)


def _other_of_those_offered(text: str, reading: Reading, state: State, world: World) -> str | None:
    """Return 注册的呢 as a question for the one metric it names of those that were offered before, in place of the one taken."""
    swaps = state.pending is None and reading.slots.follow and not says_anything(reading.slots)
    if not swaps or not state.draft or not set(state.draft.metrics) < set(state.offered):
        return None
    bare = re.sub(r"^(?:那|what about|how about|and)\s*(?:the )?", "", text)
    name = _short_reply(bare, state.offered, world)
    return f"换成{name}" if name else None


def _short_reply(text: str, offered: tuple[str, ...], world: World) -> str | None:
    """Return the full name of the one offered metric that a bare reply such as 7日 or 付费的 points at."""
    if len(offered) == 1 and text.strip(" .!,") in _YES:
        return metric_text(world, offered[0]).zh
    bare = re.sub(r"[ .?!,，。？！]|的|吧|呢|那个|看|the |one$", "", text).strip()
    number = re.fullmatch(r"(?:d|day|第)?-?(\d{1,3})(?:日|天|days?|-days?)?", bare)
    if number:
        found = [m for m in offered if re.fullmatch(rf"(?:retention_d|ltv_){number[1]}", m)]
    else:
        names = {m: flat_names(world, m) for m in offered}
        found = [m for m, held in names.items() if len(bare) >= 2 and any(bare in name for name in held)]
    return metric_text(world, found[0]).zh if len(found) == 1 else None


def _query(reading: Reading, state: State, world: World) -> tuple[Plan, State]:
    before = _before_query(reading, state, world)
    return _queried(reading, before, world) if isinstance(before, State) else before


def _before_query(reading: Reading, state: State, world: World) -> State | tuple[Plan, State]:
    """Return the state a query builds on, with what 它 points at; a question back or refusal where words are not known."""
    slots = reading.slots
    kept = replace(state, pending=None, tool=None, waits=False)
    asked = unknown_name(reading) if slots.unread and not slots.absent else None
    if asked is not None:
        offered = tuple(m for m in world.catalog.metrics if metric_text(world, m) in asked.choices)
        return asked, replace(kept, pending=merged(slots, basis(slots, state), world), offered=offered)
    blocked = _blocked(slots, world)
    if blocked is not None:
        return _thread_first(blocked, slots, state, world), kept
    return point(slots, state, world, reading.text) if points_back(slots, state, reading.text) else state


def _queried(reading: Reading, state: State, world: World) -> tuple[Plan, State]:
    slots, text = reading.slots, reading.text
    kept = replace(state, pending=None, tool=None, waits=False)
    base = basis(slots, state)
    slots.adds = slots.adds or (
        base is not None and base is state.pending and bool(base.metrics) and bool(slots.metrics)
    )
    draft = merged(slots, base, world)
    if slots.year_ago and base is None and draft.metrics:
        slots.problems.insert(0, which_year_ago(world, draft.metrics))
        draft = replace(draft, compare=None)
    open_point = _open_point(slots, draft, world, text)
    if isinstance(open_point, Decline):
        return _thread_first(open_point, slots, state, world), kept
    if open_point is not None:
        waits = draft if isinstance(open_point, AskBack) else None
        if waits is not None and slots.ambiguous:
            waits = replace(waits, metrics=tuple(slots.metrics))
        return open_point, replace(kept, pending=waits, offered=_offered(slots, world))
    if slots.yes_no and draft.having and not draft.dimensions and not draft.grain:
        # 日活超过1万吗: the number itself is the answer
        draft = replace(draft, having=())
    calls = decide_all(draft, world, slots.models)
    if isinstance(calls, (AskBack, Decline)):
        return calls, replace(kept, pending=draft if isinstance(calls, AskBack) else None)
    said, offers = _said(slots, draft, base, world, calls), _offers(slots, draft, base, world)
    return Calls(calls, said, offers, export=slots.export), State(draft=draft, offered=_still_offered(draft, state))


def _still_offered(draft: Draft, state: State) -> tuple[str, ...]:
    """Return the metrics that a question back offered, while one of them is asked about: 转化率, 付费的, then 注册的呢."""
    return state.offered if len(draft.metrics) == 1 and draft.metrics[0] in state.offered else ()


def _open_point(slots: Slots, draft: Draft, world: World, text: str) -> AskBack | Decline | None:
    """Return what keeps a draft from being decided: days to come, a problem in the words, no metric or several."""
    if is_future(draft.period, world.clock):
        return not_come(text, world, draft.metrics)
    problem = slots.problems[0] if slots.problems else None
    if isinstance(problem, Decline):
        return problem
    if slots.ambiguous:
        ids = ambiguous_choices(world, slots.ambiguous[0])
        known = metric_words().ambiguous.get(slots.ambiguous[0])
        others = [m for m in known[1] if m not in ids] if known else []
        return which_metric(world, ids, others) if ids else absent_metric(world, [], [text])
    if problem is not None or draft.metrics:
        return problem
    return no_metric(world) if says_anything(slots) else what_can_be_asked(world)


def _only_courtesy(reading: Reading) -> bool:
    """Whether a message holds thanks, a greeting or a bare yes, and nothing to look up."""
    slots = reading.slots
    named = slots.metrics or slots.ambiguous or slots.absent or slots.tools or slots.problems
    polite = reading.any("courtesy") or reading.any("greeting")
    words = all(s.has("courtesy") or s.has("greeting") or s.has("filler") or s.has("comma") for s in reading.spans)
    return polite and words and not named and not says_anything(slots)


def _thread_first(made: Decline, slots: Slots, state: State, world: World) -> Decline:
    """Return a refusal whose choices begin with the metric the session is about, where the question names none."""
    thread = state.draft.metrics if state.draft and not (slots.metrics or slots.ambiguous) else ()
    names = [metric_text(world, m) for m in thread[:2]]
    if not names or any(name.zh in choice.zh for name in names for choice in made.choices):
        return made
    return replace(made, choices=tuple(dict.fromkeys([*names, *made.choices]))[:5])


def _offered(slots: Slots, world: World) -> tuple[str, ...]:
    return tuple(ambiguous_choices(world, slots.ambiguous[0])) if slots.ambiguous else ()


def _blocked(slots: Slots, world: World) -> Decline | None:
    if slots.absent:
        return absent_metrics(world, slots.absent, slots.unread)
    if slots.unread and not (slots.metrics or slots.ambiguous):
        if all(
            _NO_NAME.fullmatch(word.strip()) for word in slots.unread
        ):  # a place in a ranking, a no: names of nothing
            return not_understood(slots.unread, [metric_text(world, m) for m in usual_metrics(world)[:3]])
        return absent_metric(world, [], slots.unread)
    if slots.unread:
        named = [metric_text(world, m) for m in slots.metrics[:4]]
        near = [metric_text(world, m) for key in slots.ambiguous for m in ambiguous_choices(world, key)][:3]
        return not_understood(slots.unread, named or near, about=join(named, zh="、", en=", ") if named else None)
    return None


def _said(slots: Slots, draft: Draft, base: Draft | None, world: World, calls: Sequence[Call]) -> Text | None:
    said = [Text(f"“{word}”读作“{read}”", f"'{word}' read as '{read}'") for word, read in slots.said]
    if base is not None and (kept := carried(draft, slots, world)):
        said.append(kept)
    said += filters_said(world, slots.filters)
    said += [*pooled(draft, slots, world)[0], *slots.notes]
    if isinstance(draft.period, Period) and slots.all_of:
        said.append(Text("全部合计", "all together"))
    each = len(calls) // (1 + len(draft.also))
    for period, call in zip((draft.period, *draft.also), calls[each - 1 :: each], strict=True):
        said += ranges_said(call, period, world.clock)
    return join(said) if said else None


def _offers(slots: Slots, draft: Draft, base: Draft | None, world: World) -> tuple[Offer, ...]:
    dropped = removals(draft, slots, world) if base is not None else ()
    return (*pooled(draft, slots, world)[1], *dropped)


def _too_long(world: World) -> AskBack:
    usual = examples(world)
    return AskBack(
        Text(
            f"问题太长了（超过 {LONGEST} 个字符），请缩短成一句话。",
            f"The question is too long (over {LONGEST} characters); please put it in one sentence.",
        ),
        (usual[0], usual[-1]),
    )
