"""What a group of users is called: by the measures on which it stands furthest from everyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from knowledge.text import Text

_APART = 0.5
"""Standard deviations from everyone's mean; nearer is not worth a word."""
_MORE: Mapping[str, Text] = MappingProxyType(
    {
        "active_days": Text("来得勤", "come often"),
        "minutes": Text("停留久", "stay long"),
        "interactions": Text("互动多", "interact much"),
        "content": Text("发布多", "publish much"),
        "help_answers": Text("解答多", "answer others"),
        "consults": Text("咨询多", "consult much"),
        "searches": Text("搜索多", "search much"),
        "checkins": Text("签到多", "check in often"),
        "orders": Text("下单多", "order often"),
        "revenue": Text("消费高", "spend much"),
        "invites": Text("邀请多", "invite many"),
    }
)
_LESS: Mapping[str, Text] = MappingProxyType(
    {
        "active_days": Text("来得少", "come seldom"),
        "minutes": Text("停留短", "stay briefly"),
        "interactions": Text("互动少", "interact little"),
        "content": Text("很少发布", "publish little"),
        "help_answers": Text("很少解答", "answer little"),
        "consults": Text("很少咨询", "consult little"),
        "searches": Text("搜索少", "search little"),
        "checkins": Text("签到少", "check in seldom"),
        "orders": Text("很少下单", "order little"),
        "revenue": Text("消费低", "spend little"),
        "invites": Text("很少邀请", "invite few"),
    }
)


def group_names(centres: Sequence[Sequence[float]], measures: Sequence[str]) -> tuple[Text, ...]:
    """Return a name for each group, no two the same, from its standardised means: two traits, more where names would be equal."""
    traits = [_traits(centre, measures) for centre in centres]
    names: list[Text] = []
    for number, own in enumerate(traits):
        others = [other for place, other in enumerate(traits) if place != number]
        length = 2
        while length < len(own) and any(other[:length] == own[:length] for other in others):
            length += 1
        name = _joined(own[:length])
        double = sum(each.zh.split("（")[0] == name.zh for each in names)
        names.append(Text(f"{name.zh}（{double + 1}）", f"{name.en} ({double + 1})") if double else name)
    return tuple(names)


def _traits(centre: Sequence[float], measures: Sequence[str]) -> list[Text]:
    order = sorted(range(len(measures)), key=lambda at: (-abs(centre[at]), at))
    return [(_MORE if centre[at] > 0 else _LESS)[measures[at]] for at in order if abs(centre[at]) >= _APART]


def _joined(traits: Sequence[Text]) -> Text:
    if not traits:
        return Text("各项接近平均", "near the average")
    return Text("、".join(t.zh for t in traits), ", ".join(t.en for t in traits))
