"""Questions for a campaign plan: its goal, whom it is for, from when and for how much; a follow-up changes one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.planner import dates
from assistant.planner.language import normalise
from assistant.planner.numbers import AMOUNT, amount, tidy
from assistant.planner.periods import Period
from assistant.planner.types import AskBack, Call, Calls, Plan, Turn, World
from knowledge.text import Text

TOOL = "draft_campaign_plan"
_ASKS = re.compile(
    r"方案(?!的?(?:效果|表现|数据|roi))|策划|活动计划|做个[^,，。]{0,8}活动|"
    r"(?<![a-z])(?:draft|write|make|create|design|prepare|plan|build) (?:me |us )?(?:an? |the |our )?"
    r"(?:[a-z0-9-]+ ){0,4}(?:campaign|plan|proposal)|campaign (?:plan|proposal|brief)|marketing plan"
)
_KNOWN = re.compile(r"打法|案例|有哪些|有什么|怎么做|经验|what .*(?:work|say)|playbook|examples? of")
_GOALS = (
    ("win_back", re.compile(r"唤醒|召回|挽回|挽留|赢回|回流|win[ -]?back|reactivat|re-?engage|wake|bring back")),
    ("acquire", re.compile(r"拉新|获客|获取新|引流|acqui|new users|user growth|referral")),
    ("activate", re.compile(r"激活|促活|新手|activat|onboard")),
    ("monetise", re.compile(r"变现|付费|转化|创收|提升收入|复购|moneti[sz]|revenue|conver|upsell|purchase|sales")),
    ("retain", re.compile(r"留存|留住|保持|防流失|retain|retention|loyal|keep ")),
)
_BY_SEGMENT = {
    "dormant_30_60": "win_back", "lost": "win_back", "declining": "retain", "onboarding_unfinished": "activate",
    "high_potential": "monetise", "high_value": "retain", "high_value_active": "retain", "price_sensitive": "monetise",
}  # fmt: skip
_WHOM = re.compile(
    r"(?:给|为|针对|面向)(?P<zh>[^,，。]{1,40}?)(?:做|写|出|设计|策划|制定|来)|"
    r"(?<![a-z])for (?P<en>[^,.;]{3,60}?)(?=,|\.|;| with | from | starting | budget|$)"
)
_EVERYONE = re.compile(
    r"我们?|用户|大家|公司|平台|所有|全部|(?<![a-z])(?:us|me|our|all|the|users|people|everyone|win[ -]?back|acquisition|activation|"
    r"retention|monetisation|monetization|next|january|february|march|april|may|june|july|august|september|october|november|"
    r"december|\d+ ?k?|cny|week|month|quarter|spring|summer|autumn|winter)(?![a-z])"
)
_BUDGET = re.compile(r"预算|经费|budget|(?<![a-z])(?:spend|with|for) (?=[¥￥]|cny|rmb|\d)|花(?=\d)")
_FOLLOW = re.compile(
    r"^(?:那|把|换|改|budget|make|what if|如果|开始|从|目标|只要|换成|预算|start|halve|double)|改成|改为|减半|翻倍|加倍"
)
_HALF = re.compile(r"减半|砍半|halve|half the budget|cut .*half")
_DOUBLE = re.compile(r"翻倍|加倍|翻一番|double")


def plan_campaign(question: str, world: World, history: Sequence[Turn]) -> Plan | None:
    """Return the plan for a question that asks for a campaign plan or changes the last one; None for anything else."""
    if TOOL not in world.tools or len(question) > 300:
        return None
    text = normalise(question)
    before = _last(history)
    if _ASKS.search(text) and not _KNOWN.search(text):
        return _fresh(text, world)
    if before is not None and _FOLLOW.search(text):
        return _changed(text, world, before)
    return None


def _last(history: Sequence[Turn]) -> Mapping[str, Any] | None:
    """Return the params of the plan that the turn before drafted."""
    last = history[-1].plan if history else None
    call = last.calls[-1] if isinstance(last, Calls) and last.calls else None
    return call.params if call and call.tool == TOOL else None


def _fresh(text: str, world: World) -> Plan | None:
    params = {key: value for key, value in _said(text, world).items() if value is not None}
    segment = params.get("segment")
    described = _WHOM.search(text) if segment is None else None
    if described is not None and _EVERYONE.sub("", _whom(described)).strip(" 的"):
        definition = _described(_whom(described), world)
        if isinstance(definition, AskBack):
            return definition
        start = _start(f"{text[: described.start()]} {text[described.end() :]}", world)  # 近30天 is of the people
        params = {**params, "segment": definition, "start": start}
    goal = params.get("goal") or (_BY_SEGMENT.get(segment) if isinstance(segment, str) else None)
    if goal is None:
        return AskBack(
            Text("方案的目标是什么？", "What is the goal of the plan?"),
            tuple(_choice(zh, en) for zh, en in (("拉新", "acquisition"), ("激活", "activation"), ("留存", "retention"),
                                                ("唤醒", "win-back"), ("变现", "monetisation"))),
        )  # fmt: skip
    return _call({**params, "goal": goal})


def _described(words: str, world: World) -> dict[str, Any] | AskBack:
    """Return the definition that words about people mean, or what to ask back where they are not understood."""
    from assistant.planner.segments.asking import UnclearError  # noqa: PLC0415 - its grammar loads with the first use
    from assistant.planner.segments.people import read_people  # noqa: PLC0415

    try:
        return dict(read_people(words, world).definition)
    except UnclearError as error:
        return error.ask


def _whom(described: re.Match[str]) -> str:
    return str(described["zh"] or described["en"])


def _choice(zh: str, en: str) -> Text:
    return Text(f"写一个{zh}方案", f"draft a campaign plan for {en}")


def _changed(text: str, world: World, before: Mapping[str, Any]) -> Plan | None:
    """Return the last plan with what the follow-up changes; None where it changes nothing of a plan."""
    now = {key: value for key, value in _said(text, world, follows=True).items() if value is not None}
    budget = before.get("budget")
    if budget and (_HALF.search(text) or _DOUBLE.search(text)):
        now["budget"] = tidy(budget / 2 if _HALF.search(text) else budget * 2)
    return _call({**before, **now}) if now else None


def _call(params: Mapping[str, Any]) -> Calls:
    ordered = {name: params[name] for name in ("goal", "segment", "start", "budget") if params.get(name) is not None}
    return Calls((Call(TOOL, ordered),))


def _said(text: str, world: World, *, follows: bool = False) -> dict[str, Any]:
    budget, rest = _budget(text)
    segment, rest = _segment(rest, world)
    goal = None if follows and not re.search("目标|goal", text) else _goal(text)
    return {"goal": goal, "segment": segment, "start": _start(rest, world), "budget": budget}


def _goal(text: str) -> str | None:
    return next((goal for goal, words in _GOALS if words.search(text)), None)


def _budget(text: str) -> tuple[int | float | None, str]:
    """Return the amount that follows the word for a budget, or stands before it; and the text without it."""
    for mark in _BUDGET.finditer(text):
        after = re.match(
            r"(?:是|为|改成|改为|提高到|降到|调到|大概|约|of|to|is|[: ：,，])*(?P<minus>-|负)?", text[mark.end() :]
        )
        at = mark.end() + (after.end() if after else 0)
        found = AMOUNT.match(text, at)
        if found:
            value = tidy(amount(found)[0])
            return (-value if after and after["minus"] else value), f"{text[: mark.start()]} {text[found.end() :]}"
    for found in AMOUNT.finditer(text):
        if found["money"] or found["cny"] or re.match(r" ?(?:的?预算|budget)", text[found.end() :]):
            return tidy(amount(found)[0]), f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def _segment(text: str, world: World) -> tuple[str | dict[str, Any] | None, str]:
    """Return the named segment whose longest name stands in the text, and the text without it; days away as a definition."""
    names = {
        name.casefold(): each.id
        for each in world.catalog.segments.values()
        for name in (each.id, each.names.zh, each.names.en, *_short(each.id))
    }
    window = re.search(
        r"(\d{1,3}) ?(?:-|到|至|to|~) ?(\d{1,3}) ?(?:天|日|days?)(?:沉睡|未活跃|没来|不活跃|没活跃|的?沉睡)?", text
    )
    if window:
        low, high = int(window[1]), int(window[2])
        rest = f"{text[: window.start()]} {text[window.end() :]}"
        return ("dormant_30_60" if (low, high) == (30, 60) else {"last_active_days": {"between": [low, high]}}), rest
    for name in sorted(names, key=len, reverse=True):
        if name and re.search(
            rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name), text
        ):
            return names[name], text.replace(name, " ")
    return None, text


def _short(segment: str) -> tuple[str, ...]:
    return _SHORT.get(segment, ())


_SHORT = {
    "dormant_30_60": ("沉睡", "沉默用户", "dormant users", "dormant", "inactive users", "sleeping users"),
    "lost": ("流失用户", "lost users", "churned users"),
    "high_value": ("高价值", "high-value users", "high value users", "high-value"),
    "high_potential": ("高潜", "high-potential users", "high potential users"),
    "declining": ("活跃下滑", "declining users"),
    "onboarding_unfinished": ("新手任务未完成", "unfinished onboarding"),
    "price_sensitive": ("价格敏感", "price-sensitive users", "price sensitive users"),
    "low_frequency": ("低频", "low-frequency users"),
}  # fmt: skip


def _start(text: str, world: World) -> str | None:
    """Return the first day said, the next one to come where no year is said."""
    ahead = replace(world.clock, ahead=True)
    found = [m for m in dates.find(text, ahead) if isinstance(m.value, Period) and m.value.said != "rolling"]
    found.sort(key=lambda m: (m.start - m.end, m.start))
    return found[0].value.start.isoformat() if found and isinstance(found[0].value, Period) else None
