"""Whether a question may be about a group of users at all: a quick look, so that all others cost nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.planner.language import LONGEST
from assistant.planner.types import Calls, Plan, Turn, World

TOOL = "build_segment"
_MAY_BE = re.compile(
    r"[用使]户|用戶|人|圈|群|客|者|名单|名單|存成|存为|存為|保存|导出|導出|女|男|沉睡|流失|高价值|高價值|付款|付费|来|登|活跃|"
    r"users?|people|customers?|everyone|spenders|newcomers|vips|segment|audience|cohort of|who |those|women|men|ko[cl]|creators|learners|"
    r"champions?|save|export|them|inactive|last active|registered|(?:top|bottom) \d|members",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?:share|percentage|percent|proportion|fraction|%) of (?:all |our |the )*(?:new users|sign-?ups|registrations|new customers) "
    r"(?:that |who |were |was |are |is |came |come |coming )*(?:from|by|via|through|on|in)(?![a-z])",
    re.IGNORECASE,
)  # a metric's parts, no description of people


def plan_people(question: str, world: World, history: Sequence[Turn]) -> Plan | None:
    """Return the plan for a question about a group of users described in words, or None where it is about something else."""
    if TOOL not in world.tools or len(question) > LONGEST or _SHARE.search(question):
        return None
    if not _MAY_BE.search(question) and not _after_a_segment(history):
        return None
    from assistant.planner.segments.routing import plan_segment  # noqa: PLC0415 - its grammar loads with the first use

    return plan_segment(question, world, history)


def _after_a_segment(history: Sequence[Turn]) -> bool:
    last = next((turn.plan for turn in reversed(history) if isinstance(turn.plan, Calls)), None)
    return last is not None and any(call.tool == TOOL for call in last.calls)
