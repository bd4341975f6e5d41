"""What may be done with a segment that was built: save it under a name, hand its members over, set it beside everyone."""

from __future__ import annotations

import re

from assistant.planner.language import has_chinese
from assistant.planner.segments.asking import UnclearError
from assistant.planner.segments.people import as_params, read_people
from assistant.planner.segments.spoken import Spoken
from assistant.planner.segments.vocabulary import pattern
from assistant.planner.types import AskBack, Call, Calls, Plan, World
from knowledge.text import Text

_ATTRIBUTES = {
    "channel": r"渠道|channel", "platform": r"平台|platform", "province": r"省份|province",
    "city_tier": r"城市(?:等级|级别|线级)|city tier", "gender": r"性别|gender", "age_band": r"年龄段?|age",
    "lifecycle": r"生命周期|lifecycle", "register_date": r"注册日期|registration date|register date",
    "app_version": r"版本|version", "followers": r"粉丝数?|followers",
}  # fmt: skip


def person_data(text: str) -> bool:
    """Whether a question asks for contact data or other particulars of persons: that is refused elsewhere."""
    return pattern("person_data").search(text) is not None


def act_on(question: str, text: str, spoken: Spoken | None, world: World) -> Plan | None:
    """Return the plan for doing something with a segment, or None where nothing of the kind is asked for."""
    save = pattern("save").match(question.strip())
    if save:
        return _saved(save, spoken, world)
    if spoken is None:
        return None
    if pattern("export").search(text) and pattern("list").search(text) and spoken.latest:
        wanted = [name for name, pattern in _ATTRIBUTES.items() if re.search(pattern, text)]
        kind = "parquet" if "parquet" in text else "csv"
        return _call(spoken, {"export": kind, "attributes": wanted})
    if spoken.latest and pattern("profile").search(text):
        return _call(spoken, {"profile": True})
    return None


def _call(spoken: Spoken, act: dict[str, object]) -> Calls:
    return Calls((Call("build_segment", dict(spoken.params)),), act=act)


def _saved(save: re.Match[str], spoken: Spoken | None, world: World) -> Plan | None:
    what = (save["what"] or save["what2"] or "").strip()
    name = (save["name"] or save["name2"] or "").strip().strip("“”\"'「」《》。.!！ ")
    if not name:
        return None
    if pattern("this").match(what.lower()):
        if spoken is None:
            return _nothing_to_save(name)
        return _call(spoken, {"save": name})
    try:
        people = read_people(what, world)
    except UnclearError as error:
        return error.ask if spoken is not None or has_chinese(what) else None
    return Calls((Call("build_segment", as_params(people, world.clock)),), act={"save": name})


def _nothing_to_save(name: str) -> AskBack:
    return AskBack(
        Text(
            f"还没有圈出人群，“{name[:40]}”要保存哪一群人？先描述他们，例如：",
            f"No segment has been built yet: which users should be saved as '{name[:40]}'? Describe them first, for example:",
        ),
        (
            Text("圈出近30天分享至少3次的用户", "users who shared at least 3 times in the last 30 days"),
            Text("圈出30到60天没来的高价值用户", "high-value users who were last active 30 to 60 days ago"),
        ),
    )
