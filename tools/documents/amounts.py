"""Figures as documents print them: 38%, 1.2亿, 10个百分点, 72小时, 1:5.8."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALES = {
    "": 1.0,
    "千": 1e3,
    "万": 1e4,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "k": 1e3,
    "million": 1e6,
    "billion": 1e9,
}
UNITS = (
    "个百分点|百分点|percentage points|points|%|％|倍|小时|分钟|秒|个月|天|周|万元|元|次|条|名|人|个|项|级|分|步|件|家|款"
    "|times|hours|minutes|days|yuan"
)
"""Units in the order they are tried."""
_SAME = {
    "％": "%",
    "百分点": "个百分点",
    "percentage points": "个百分点",
    "points": "个百分点",
    "times": "倍",
    "hours": "小时",
    "minutes": "分钟",
    "days": "天",
    "yuan": "元",
}


@dataclass(frozen=True)
class Amount:
    """A figure: its value (a fraction for %), and its unit without 万 and 亿."""

    value: float
    unit: str


def pattern(name: str) -> str:
    """Return the regular expression of a figure, its parts in groups that start with ``name``."""
    return (
        rf"(?P<{name}n>1[:：]\d+(?:\.\d+)?|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d:：/])\s*(?P<{name}s>百万|千万|[千万亿]|million|billion|k\b)?"
        rf"\s*(?P<{name}u>{UNITS})?(?![a-zA-Z\d年])"
    )


def amount(found: re.Match[str], name: str) -> Amount:
    """Return the figure that a match of ``pattern(name)`` holds."""
    number, scale, unit = found[f"{name}n"], found[f"{name}s"] or "", found[f"{name}u"] or ""
    if unit == "万元":
        scale, unit = "万", "元"
    unit = _SAME.get(unit, unit)
    value = float(re.split("[:：]", number)[-1].replace(",", "")) * _SCALES[scale]
    return Amount(round(value / 100, 10) if unit == "%" else value, unit)
