"""What is recognised by its shape: N-day metrics, city tiers, versions, top N, counts and amounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from assistant.planner.numbers import AMOUNT, WHOLE_EN, WHOLE_ZH, amount, whole
from assistant.planner.vocabulary import metric_words

Shape = tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, Any] | None]]

_ZH_N = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
_ZH_DAY = rf"(?:d ?\d{{1,3}}|次日|次(?=留)|首日|第?{_ZH_N}[日天]?)"
_SEP = r"(?: ?(?:、|,|/|和|及|与|跟|&|and|or|到) ?)"
_EN_DAY = (
    r"(?:(?:day|d)[ -]?\d{1,3}|\d{1,3}(?:[ -]?days?)?-?|"
    "one|two|three|seven|fourteen|thirty|sixty|ninety|next"
    ")"
)
_EN_SEP = r"(?: ?(?:, and|,|/|&|and|or|vs\.?|versus) ?)"
_DAY_NUMBER = re.compile(
    r"d ?-?(\d{1,3})|day[ -]?(\d{1,3})|(\d{1,3})|(次日?|首日|next|one)|([一二三四五六七八九十]{1,3})|(three|"
    r"seven|fourteen|thirty|sixty|ninety)"
)
_WORDS = {"three": 3, "seven": 7, "fourteen": 14, "thirty": 30, "sixty": 60, "ninety": 90}


def _days(text: str) -> list[int]:
    out = []
    for m in _DAY_NUMBER.finditer(text):
        figure = m[1] or m[2] or m[3]
        out.append(int(figure) if figure else 1 if m[4] else _WORDS[m[6]] if m[6] else whole(m[5]) or 0)
    return list(dict.fromkeys(out))


def _retention(m: re.Match[str]) -> dict[str, Any] | None:
    days = _days(m["days"])
    return {"nth": tuple(f"retention_d{n}" for n in days)} if days and 0 not in days else None


def _ltv(m: re.Match[str]) -> dict[str, Any] | None:
    days = _days(m["days"])
    return {"nth": tuple(f"ltv_{n}" for n in days)} if days else None


def _tier_set(digits: list[int], op: str | None) -> dict[str, Any] | None:
    if not digits or any(not 1 <= d <= 5 for d in digits):
        return None
    if op:
        return {"filter": ("city_tier", op, (digits[0],))} if len(digits) == 1 else None
    return {"filter": ("city_tier", "in", tuple(sorted(set(digits))))}


def _tier_zh(m: re.Match[str]) -> dict[str, Any] | None:
    digits = [whole(c) or 0 for c in re.findall(r"[一二三四五1-5]", m["t"])]
    # 三线及以下 is the larger numbers: a lower tier has a higher number
    op = {"上": "lte", "下": "gte"}.get(m["side"][-1]) if m["side"] else None
    if m["to"]:
        last = whole(m["to"]) or 0
        digits = list(range(digits[0], last + 1))
    return _tier_set(digits, op)


def _tier_en(m: re.Match[str]) -> dict[str, Any] | None:
    digits = [whole(w) or 0 for w in re.findall(r"\d|one|two|three|four|five", m["t"])]
    if re.search(r"-|to|through", m["t"]) and len(digits) == 2:
        digits = list(range(digits[0], digits[1] + 1))
    side = m["side"] or ""
    op = "gte" if re.search("below|lower|smaller|down", side) else "lte" if side else None
    return _tier_set(digits, op)


def _version(m: re.Match[str]) -> dict[str, Any] | None:
    side = m["side"] or ""
    op = "in"
    if re.search("以上|之后|above|later|newer|up|higher", side):
        op = "gte"
    elif re.search("以下|之前|below|earlier|older|lower", side):
        op = "lte"
    return {"filter": ("app_version", op, (m["v"],)), "version": (m["v"],)}


_VERSION_OPS = {
    "gte": ["以上", "大于等于", "不低于", "不早于", ">=", "≥", "since", "at least"],
    "lte": ["以下", "小于等于", "不高于", "不晚于", "<=", "≤", "up to", "at most"],
    "gt": [
        "大于",
        "高于",
        "超过",
        "晚于",
        "新于",
        ">",
        "above",
        "over",
        "after",
        "newer than",
        "later than",
        "higher than",
    ],
    "lt": [
        "小于",
        "低于",
        "早于",
        "老于",
        "旧于",
        "<",
        "below",
        "under",
        "before",
        "older than",
        "lower than",
        "earlier than",
    ],
}
_VERSION_OP = {word: op for op, words in _VERSION_OPS.items() for word in words}


def _version_beyond(m: re.Match[str]) -> dict[str, Any] | None:
    """大于5.2的版本: two parts stand for the first release of that line."""
    version = m["v"] if m["v"].count(".") == 2 else f"{m['v']}.0"
    return {"filter": ("app_version", _VERSION_OP[m["op"]], (version,)), "version": (version,)}


def _version_range(m: re.Match[str]) -> dict[str, Any] | None:
    return {"filter": ("app_version", "between", (m["v"], m["w"])), "version": (m["v"], m["w"])}


def _age(m: re.Match[str]) -> dict[str, Any] | None:
    words = m[0]
    n = int(m["n"] or m["n2"])
    if m["n"]:
        return {"age": (n if "上" in words else 0, 200 if "上" in words else n)}
    over = m["over"] in ("over", "above", "older than")
    return {"age": (n + 1 if over else 0, 200 if over else n - 1)}


def _limit(side: str) -> Callable[[re.Match[str]], dict[str, Any] | None]:
    def made(m: re.Match[str]) -> dict[str, Any] | None:
        n = whole(m["n"])
        return {"limit": (side, n)} if n and 1 <= n <= 1000 else None

    return made


def _count(m: re.Match[str]) -> dict[str, Any] | None:
    n = whole(m["n"])
    return {"count": n} if n and 1 <= n <= 1000 else None


def _provinces(m: re.Match[str]) -> dict[str, Any] | None:
    n = whole(m["n"])
    return {"count": n, "dimension": "province", "counted": n} if n else None


def _count_of(m: re.Match[str]) -> dict[str, Any] | None:
    n = whole(m["n"])
    units = {
        "天": "day",
        "日": "day",
        "周": "week",
        "个星期": "week",
        "个月": "month",
        "个季度": "quarter",
        "day": "day",
        "week": "week",
        "month": "month",
    }
    return {"count": n, "count_grain": units[m["u"]]} if n and 1 <= n <= 1000 else None


def _amount(m: re.Match[str]) -> dict[str, Any] | None:
    number, percent = amount(m)
    return {"amount": (number, percent)}


_NOT_RECENT = r"(?<!近)(?<!过去)(?<!最近)(?<!前)(?<!过往)(?<![\d.])"
_SHAPES: list[Shape] = [
    (re.compile(rf"{_NOT_RECENT}(?P<days>{_ZH_DAY}(?:{_SEP}{_ZH_DAY})*)的?(?:用户)?留(?:存(?:率)?|率)?"), _retention),
    (re.compile(rf"(?<![a-z\d])(?P<days>{_EN_DAY}(?:{_EN_SEP}{_EN_DAY})*)[ -]?(?:days? )?(?:user )?retention(?: "
        rf"rates?)?(?![a-z])"), _retention),
    (re.compile(rf"(?<![a-z])retention(?: rate)?s? (?:on |at |of |for |after |rate )?(?P<days>(?:day|"
        rf"d)s?[ -]?\d{{1,3}}(?:{_EN_SEP}(?:(?:day|d)[ -]?)?\d{{1,3}})*)(?![\d%])"), _retention),
    (re.compile(rf"(?<![a-z\d])(?P<days>d\d{{1,3}}(?:{_EN_SEP}d\d{{1,3}})*)(?![a-z\d])"), _retention),
    (re.compile(rf"{_NOT_RECENT}(?P<days>{_ZH_N}[日天]?(?:{_SEP}{_ZH_N}[日天]?)*)[日天]?的? ?(?:ltv|"
        rf"(?:用户)?生命周期价值)(?![/曲a-z])"), _ltv),
    (re.compile(rf"(?<![a-z\d])ltv[ _-]?(?P<days>\d{{1,3}}(?:{_SEP}\d{{1,3}})*)[日天]?(?! ?-?days?)(?![\d%])"), _ltv),
    (re.compile(rf"(?<![a-z\d])(?P<days>\d{{1,3}}(?:[ -]?days?)?-?(?:{_EN_SEP}\d{{1,3}}(?:[ -]?days?)?-?)*)[ -]?(?:days? "
        rf")?(?:user )?(?:ltv|lifetime value)s?(?! ?(?:curve|to cac|/))(?![a-z/])"), _ltv),
    (re.compile(r"(?<![a-z\d])(?:ltv|lifetime value) (?:at|after|on|over) (?P<days>\d{1,3}) days?"), _ltv),
    (re.compile(r"(?P<t>(?:[一二三四五1-5](?:线)?[、和及与/,]?)+)线?(?:(?:到|至|"
        r"-)(?P<to>[一二三四五1-5]))?(?:线)(?:城市)?(?P<side>(?:城市)?(?:及|和|"
        r"或)?(?:其)?以[上下])?(?:城市|的城市)?"), _tier_zh),
    (re.compile(r"(?<![a-z])tiers?[ -]?(?P<t>(?:\d|one|two|three|four|five)(?: ?(?:,|and|or|&|-|to|"
        r"through) ?(?:tier[ -]?)?(?:\d|one|two|three|four|five)(?![\d%]))*)(?: cit(?:y|ies)(?= (?:and|or) (?:below|"
        r"lower|above|higher|up|smaller|down)))?(?P<side>(?: ?(?:and|or) (?:below|lower|above|higher|up|smaller|"
        r"down)))?(?: cit(?:y|ies))?(?![\d%])"), _tier_en),
    (re.compile(r"(?<![\d.])(?:app )?(?:version |versions |v\.? ?|版本(?:号)?(?:为|是)?)?(?P<v>\d{1,3}\.\d{1,3}\.\d{1,4})(?:版本|"
        r"版)?(?P<side>(?:及|和|或)?以[上下](?:版本)?|(?:及)?之[前后](?:版本)?| ?(?:and|or) (?:above|later|newer|up|higher|below|"
        r"earlier|older|lower))?(?![\d.])"), _version),
    *((re.compile(rf"{before}(?<![a-z.])(?P<op>{'|'.join(sorted(_VERSION_OP, key=len, reverse=True))}) ?(?:版本|version |v\.?)?"
        rf"(?P<v>{number})(?![\d.%万千k]){after}"), _version_beyond) for before, number, after in (
            ("", r"\d{1,3}\.\d{1,3}\.\d{1,4}", "(?:的?(?:版本号?|版)| versions?)?"),
            ("", r"\d{1,3}\.\d{1,3}(?:\.\d{1,4})?", "(?:的?(?:app)?(?:版本号?|版)| versions?)"),
            ("(?:app ?)?(?:版本号?|versions? )", r"\d{1,3}\.\d{1,3}(?:\.\d{1,4})?", "(?:的?(?:版本|版))?"),
    )),
    (re.compile(r"(?<![\d.])(?:versions? |版本|v)?(?P<v>\d{1,3}\.\d{1,3}\.\d{1,4})(?:版本|版)? ?(?:到|至|-|~|to|through) ?"
        r"(?:version |版本|v)?(?P<w>\d{1,3}\.\d{1,3}\.\d{1,4})(?![\d.])(?:之间)?(?:的?(?:版本|版)| versions?)?"), _version_range),
    (re.compile(r"(?<![\d.])(?P<v>\d{1,3}\.\d{1,3})(?:及|和|或)?(?P<op>以[上下])的?(?:app)?版本"), _version_beyond),
    (re.compile(r"(?P<n>\d{2})周?岁(?:及|或|和)?以(?:上|下|内)(?P<n2>)(?P<over>)"), _age),
    (re.compile(r"(?<![a-z])(?P<n>)(?:aged? )?(?P<over>over|above|older than|under|below|"
        r"younger than) (?P<n2>[1-6]\d)(?: years?(?: old)?| year olds)(?![a-z])"), _age),
    (re.compile(rf"前(?P<n>{WHOLE_ZH})(?:个|名|位|大|款|条|家|强|的)?(?![\d天日周年%％月季]|个?月|个?季|个?星期|个?周|"
        rf"个小时)"), _limit("high")),
    (re.compile(rf"(?<![a-z])top[ -]?(?P<n>{WHOLE_EN})(?![\d.%]| ?percent|[a-z])"), _limit("high")),
    (re.compile(rf"(?:倒数(?:前)?|后|末)(?P<n>{WHOLE_ZH})(?:个|名|位)(?!月)"), _limit("low")),
    (re.compile(rf"(?<=[和与及跟、,/])后(?P<n>{WHOLE_ZH})(?![\d天日周年%月季小]|个?月|个?季|个?星期|个?周)"), _limit("low")),
    (re.compile(rf"(?<![a-z])bottom[ -]?(?P<n>{WHOLE_EN})(?![\d.%]| ?percent|[a-z])"), _limit("low")),
    (re.compile(rf"(?P<n>{WHOLE_ZH})(?:个|名|位|款|条|家|种|座)(?!月|季|星期|周|小时|百分点)"), _count),
    (re.compile(r"(?P<n>[两二三四五六七八九十]|\d)(?=端|大?渠道|大?平台|大?品类)"), _count),
    (re.compile(r"(?P<n>[两二三四五六七八九十]|\d)(?:个?省市?|个?市|地)(?!线)"), _provinces),
    (re.compile(rf"(?P<n>{WHOLE_ZH})(?P<u>天|日|周|个星期|个月|个季度)(?!留|ltv)"), _count_of),
    (re.compile(rf"(?<![a-z\d])(?P<n>{WHOLE_EN}) (?P<u>day|week|month)s(?![a-z])"), _count_of),
    (re.compile(rf"(?<![a-z\d.])(?P<n>{WHOLE_EN})(?![\d.%a-z]|,\d| ?percent| ?-?days?)"), _count),
]  # fmt: skip


def pattern_spans(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield start, end and options of everything recognised by its shape in a normalised question."""
    merged: dict[tuple[int, int], dict[str, Any]] = {}
    for m in AMOUNT.finditer(text):
        merged.setdefault((m.start(), m.end()), {}).update(_amount(m) or {})
    for pattern, made in _SHAPES:
        for m in pattern.finditer(text):
            options = made(m)
            if options:
                merged.setdefault((m.start(), m.end()), {}).update(options)
    words = metric_words()
    for phrase, meant in words.phrases:
        said: dict[str, Any] = {"ambiguous": meant} if meant in words.ambiguous else {"nth": (meant,)}
        for m in phrase.finditer(text):
            merged.setdefault((m.start(), m.end()), {}).update(said)
    for (start, end), options in merged.items():
        yield start, end, options
