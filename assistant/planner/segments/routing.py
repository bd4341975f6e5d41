"""Whether a question is about a group of users described in words, and the plan for it.

A question that names metrics is left to the rest of the planner: a segment named there is a filter. A description without a
name beside a metric is taken in two steps: the group first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.planner.language import normalise
from assistant.planner.segments.acting import act_on, person_data
from assistant.planner.segments.asking import Leaf, UnclearError, described
from assistant.planner.segments.gate import TOOL
from assistant.planner.segments.people import People, as_params, read_people, said_tokens
from assistant.planner.segments.spoken import narrowed, spoken_of
from assistant.planner.segments.tokens import Token
from assistant.planner.segments.vocabulary import pattern
from assistant.planner.types import AskBack, Call, Calls, Offer, Plan, Turn, World
from assistant.planner.understand import understand
from knowledge.text import Text

_ELSEWHERE = frozenset(
    {
        "draft_campaign_plan", "write_summary", "search_playbooks", "explain_change", "experiment_readout", "funnel",
        "retention_matrix", "lifecycle_flow", "stickiness_histogram", "ltv_curve", "describe_metric", "list_metrics",
    }
)  # fmt: skip


_NAMED_SO = ("用户", "客户", "users", "customers", "spenders", "newcomers", "joiners", "vips", "土豪", "铁粉")
"""How words without a threshold end that name people by themselves."""
_DIFFER = Offer(
    Text("和全部用户比有什么不同", "How do they differ from everyone?"),
    Text("和全部用户比有什么不同", "how do they differ from everyone"),
)
_EXPORT = Offer(Text("导出名单", "Export the list"), Text("导出名单", "export the list"))


def plan_segment(question: str, world: World, history: Sequence[Turn]) -> Plan | None:
    """Return the plan for a question about a group of users, or None where the question is about something else."""
    text = normalise(question)
    spoken = spoken_of(history)
    if person_data(text):
        return None
    acted = act_on(question, text, spoken, world)
    if acted is not None:
        return acted
    if spoken is not None and spoken.latest:
        changed = narrowed(text, spoken, world)
        if changed is not None and not _is_metric_question(question, world):
            return _answered(changed, world) if isinstance(changed, People) else changed
    return _fresh(question, text, world, history)


def _fresh(question: str, text: str, world: World, history: Sequence[Turn]) -> Plan | None:
    commanded = pattern("command").search(text) is not None
    try:
        people = read_people(question, world)
    except UnclearError as error:
        return _unclear(question, text, world, error, commanded=commanded)
    if not commanded and not _stands_alone(text, people, history, world):
        return None
    if not commanded and _is_metric_question(question, world):
        return None
    return _answered(people, world)


def _answered(people: People, world: World) -> Plan:
    """Return the call for a group; for a lone sequence denied also, before it, that of those who took its first step."""
    told = [people]
    if (begun := _begun(people.definition)) is not None:
        told.insert(0, replace(people, definition=begun))
    said, offers = _beside(people, world)
    return Calls(tuple(Call(TOOL, as_params(each, world.clock)) for each in told), said, offers)


def _begun(leaf: Leaf) -> Leaf | None:
    """Return those who took the first step of a sequence that is denied, and did not go through with it; None for other groups."""
    if not (leaf.get("negate") and "sequence" in leaf):
        return None
    days = {"days": leaf["days"]} if "days" in leaf else {}
    return {"all": [{"did": leaf["sequence"][0], "op": "gte", "times": 1, **days}, leaf]}


def _beside(people: People, world: World) -> tuple[Text | None, tuple[Offer, ...]]:
    """Return what to say beside a sequence that is denied: it holds for those too who never took its first step."""
    leaf = people.definition
    said = list(people.said)
    offers: list[Offer] = []
    if (begun := _begun(leaf)) is not None:
        asked = described(begun, world)
        said.append(
            Text(
                "两个数：做过第一步而没有走完的人；以及没有走完的全部用户，其中也包括从未做过第一步的人",
                "two figures: those who took the first step and did not go through with it; and all users without this sequence, "
                "who include those who never took its first step",
            )
        )
        offers.append(Offer(Text("只看做过第一步的人", "only those who took the first step"), asked))
    offers += [_DIFFER, _EXPORT]
    joined = None
    if said:
        joined = Text("；".join(s.zh for s in said), "; ".join(s.en for s in said))
    return joined, tuple(offers)


def _stands_alone(text: str, people: People, history: Sequence[Turn], world: World) -> bool:
    """Whether a description without a command is a question by itself, and no follow-up to figures: 只看安卓用户."""
    described_in_full = pattern("people_en").search(text) if text.isascii() else pattern("people_zh").search(text)
    heads = any(_is_people(token) for token in said_tokens(text, world))
    if not described_in_full and not heads and not ("segment" in people.definition and len(people.definition) == 1):
        return False
    plain = all("attribute" in leaf or "segment" in leaf for leaf in _leaves(people.definition))
    if not plain or pattern("size").search(text):
        return True
    last = next((turn.plan for turn in reversed(history) if isinstance(turn.plan, Calls)), None)
    return last is None or all(call.tool == TOOL for call in last.calls)


def _is_people(token: Token) -> bool:
    """Whether a word says that people are spoken of: 用户, 男性, high-value users."""
    genders = any(attribute == "gender" for attribute, _ in token.get("value") or ())
    return genders or token.has("head", "vague", "segment")


def _leaves(definition: Leaf) -> list[Leaf]:
    for key in ("all", "any"):
        if key in definition:
            return [leaf for part in definition[key] for leaf in _leaves(part)]
    return _leaves(definition["not"]) if "not" in definition else [definition]


def _is_metric_question(question: str, world: World) -> bool:
    """Whether the rest of the planner reads every word of it: a metric, or something another tool is for."""
    slots = understand(question, world).slots
    if _ELSEWHERE & set(slots.tools):
        return True
    return (
        bool(slots.metrics or slots.ambiguous)
        and not (slots.unread or slots.absent or slots.problems)
        and TOOL not in slots.tools
    )


def _unclear(question: str, text: str, world: World, error: UnclearError, *, commanded: bool) -> Plan | None:
    """Return the question back for a description that is not understood, where the question is one at all."""
    slots = understand(question, world).slots
    if _ELSEWHERE & set(slots.tools) - {"describe_metric", "list_metrics"}:
        return None
    metrics = bool(slots.metrics or slots.ambiguous or slots.absent)
    excludes = bool(error.readings) and any(t.has("exclude") for t in said_tokens(text, world))
    if excludes or (slots.unread and _is_vague(text, world)):
        return error.ask
    if metrics and not commanded:
        steps = _two_steps(text, world) if slots.unread or TOOL in slots.tools else None
        if steps is not None or not (slots.unread or slots.problems):
            return steps
    if commanded and metrics and not slots.unread:
        return None
    ends = pattern("people_en").search(text) if text.isascii() else pattern("people_zh").search(text)
    if commanded or (ends and _speaks_of_people(text, world)):
        return error.ask
    return _two_steps(text, world)


def _speaks_of_people(text: str, world: World) -> bool:
    """Whether a description holds anything that only people are described by."""
    telling = ("event", "measure", "active", "leaf", "rank", "rfm", "state", "segment")
    tokens = said_tokens(text, world)
    if any(t.has("vague") for t in tokens):
        return any(t.has("head") or t.text.strip().endswith(_NAMED_SO) for t in tokens)
    return any(t.has(*telling) for t in tokens) and any(_is_people(t) for t in tokens)


def _is_vague(text: str, world: World) -> bool:
    """Whether a description is only kept from being understood by a word that names no threshold: fairly active users."""
    tokens = said_tokens(text, world)
    return any(t.has("vague") for t in tokens) and not any(t.unread for t in tokens)


def _two_steps(text: str, world: World) -> AskBack | None:
    """Return the question back for a metric of people who are only described: the group first, by a name then."""
    for description, rest in _parts(text):
        try:
            people = read_people(description, world)
        except UnclearError:
            continue
        if all("segment" in leaf or "attribute" in leaf for leaf in _leaves(people.definition)):
            continue
        slots = understand(rest, world).slots
        if not slots.metrics or slots.unread:
            continue
        asked = described(people.definition, world)
        return AskBack(
            Text(
                "这群人还没有名字，指标只能按已命名的人群筛选。分两步：先圈出并存成一个人群，再按它的名称问这个指标。",
                "These users have no name yet, and a metric is filtered by named segments only. In two steps: build and save the "
                "segment, then ask for the metric by its name.",
            ),
            (asked,),
        )
    return None


def _parts(text: str) -> list[tuple[str, str]]:
    """Return the ways to part a question into people and the rest: X的用户的GMV, GMV of users who X."""
    heads = re.finditer(r"的?(?:用户|人群|客户|人)(?!均|数)", text)
    tails = re.finditer(
        r"(?<![a-z])(?:of|for|among|by|from) (?=(?:the )?(?:users|people|customers|everyone|those)(?![a-z]))", text
    )
    found = [(text[: match.end()], text[match.end() :].removeprefix("的")) for match in heads]
    found += [(text[match.end() :], text[: match.start()]) for match in tails]
    return [(people, rest) for people, rest in found if people.strip() and rest.strip(" ,.?")]
