"""Which kind of figure a question asks for, and whether a passage states one: 多快 wants hours, 几倍 wants times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_NUMBER = r"\d[\d,.]*\s*"

ASKED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "duration": re.compile(
            r"多久|多快|多长时间|多长|几天|几个?小时|几分钟|什么时候|周期|how (?:long|fast|quick|soon)|time needed|duration|turnaround"
        ),
        "times": re.compile(r"几倍|多少倍|翻了?(?:几|多少)|how many times|times (?:as|more)|fold\b|multiple of"),
        "share": re.compile(
            r"几成|占比|比例|百分之几|多大比重|比重|(?:转化|留存|打开|点击|续订|续费|活跃|流失|挽回|唤醒|成功|满意)率|"
            r"what (?:share|percent|proportion|fraction)|percentage|\brate\b|how much (?:higher|lower|more|less|better|cheaper)"
        ),
        "count": re.compile(
            r"多少(?:人|个|名|位|条|次|家|篇)|几(?:个|条|名|位|人|次|类|种|步)|how many|number of|how big"
        ),
        "money": re.compile(r"多少钱|几块|多少元|挣多少|赚多少|how much money|earn\b|income|price"),
        "amount": re.compile(
            r"多少|多大|几|how much|by how|how (?:well|far)|what (?:was|is) the (?:effect|result)|效果|收效|成效"
        ),
    }
)
STATED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "duration": re.compile(_NUMBER + r"(?:个?(?:小时|分钟|秒|天|日|周|月|年)|hours?|minutes?|seconds?|days?|weeks?|months?)"),
        "times": re.compile(_NUMBER + r"(?:倍|times|fold|x\b)|翻[一两几]?[番倍]"),
        "share": re.compile(_NUMBER + r"%|\d成|百分之"),
        "count": re.compile(
            _NUMBER + r"(?:[万亿]?(?:\+)?(?:余)?(?:人|个|名|位|条|次|家|篇|项|类|级|种|用户|注册)|users?|people)"
            r"|[两三四五六七八九十]大?(?:类|种|步|个|项|阶段)"
        ),
        "money": re.compile(_NUMBER + r"(?:[万亿]?元|yuan|cny|usd|dollars?)|[¥$]\s*\d"),
        "amount": re.compile(r"\d"),
    }
)  # fmt: skip


def asked(question: str) -> frozenset[str]:
    """Return the kinds of figure that a plain question asks for; empty where it asks for none."""
    return frozenset(kind for kind, pattern in ASKED.items() if pattern.search(question))


def stated(text: str) -> frozenset[str]:
    """Return the kinds of figure that a plain text states."""
    return frozenset(kind for kind, pattern in STATED.items() if pattern.search(text))


def agreement(wanted: frozenset[str], given: frozenset[str]) -> float:
    """Return the share of the wanted kinds that are given; 0 where none is wanted."""
    return len(wanted & given) / len(wanted) if wanted else 0.0
