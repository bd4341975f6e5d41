"""Numbers with what is said of them: 至少3次, 500元以上, 前20%, at least 3 times, 30 to 60 days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.planner.numbers import tidy, whole
from assistant.planner.segments.vocabulary import words_by

Op = Literal["eq", "gte", "gt", "lte", "lt", "between"]
Unit = Literal["times", "days", "money", "minutes", "share", "orders", "people", "items", ""]


@dataclass(frozen=True)
class Quantity:
    """A number against which something is held. ``op`` is None where only the number was said; ``high`` ends a range."""

    low: int | float
    unit: Unit
    op: Op | None = None
    high: int | float | None = None


@dataclass(frozen=True)
class Rank:
    """A share of users by rank: the first or the last of them."""

    op: Literal["top_share", "bottom_share"]
    share: float


_BEFORE: dict[str, Op] = words_by("before")  # type: ignore[assignment]
_AFTER: dict[str, Op] = words_by("after")  # type: ignore[assignment]
_UNITS: dict[str, Unit] = words_by("units")  # type: ignore[assignment]
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|[零一二两三四五六七八九十百千万]+|"
    r"(?<![a-z])(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty)(?![a-z]))"
)
_BIG = r"(?:[万千亿]|k(?![a-z])|m(?![a-z]))?"


def _any(words: dict[str, Op] | dict[str, Unit]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_QUANTITY = re.compile(
    rf"(?:(?<![a-z])(?P<before>{_any(_BEFORE)}) ?)?(?P<money>[¥￥$]|(?:cny|rmb) ?)?(?P<low>{_NUMBER}){_BIG}(?P<u1>次|天|元|岁| ?times)?"
    rf"(?:(?P<a1>\+| or more| or fewer| or less)|(?P<pct> ?%| ?percent))?"
    rf"(?: ?(?:到|至|-|~|to|and(?= \d)) ?(?P<high>{_NUMBER}){_BIG}(?P<pct2> ?%)?)?"
    rf"(?: ?(?P<unit>{_any(_UNITS)})(?![a-z]))?(?P<end>之间|的区间)?(?P<after>{_any(_AFTER)})?"
)
_ONCE = re.compile(
    r"(?<![a-z])(?:(?P<before>at least|more than|at most|exactly|only|just) )?(?P<n>once|twice|thrice)(?![a-z])(?P<after> or more)?"
)
_RANK = re.compile(
    r"(?:(?:排名|排在|位于|处于|在)?(?P<zh>前|头部|最高的?|靠前的?|后|末尾|最低的?|倒数)|"
    r"(?<![a-z])(?:in )?(?:the )?(?P<en>top|highest|best|bottom|lowest)) ?"
    r"(?:百分之(?P<cn>[一二三四五六七八九十百]+|\d+)|(?P<n>\d+(?:\.\d+)?) ?(?:%|percent|per cent))"
    r"(?P<rest>\((?:大于0的用户中|of users above 0)\))?"
)
_NOTE = re.compile(
    r"\((?:大于0的用户中|of users above 0|近365天付费用户中打分|scored among payers of the last 365 days)\)"
)
_OP = re.compile(_any(_BEFORE))
_SUFFIX = re.compile(_any(_AFTER))
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_SCALE = {"万": 10_000, "千": 1_000, "亿": 100_000_000, "k": 1_000, "m": 1_000_000}


def ranks(text: str) -> Iterator[tuple[int, int, Rank]]:
    """Yield where a rank is said: 前20%, the top 10%."""
    for match in _RANK.finditer(text):
        share = (whole(match["cn"]) or 0) if match["cn"] else float(match["n"])
        top = (match["zh"] or match["en"])[:2] in ("前", "头部", "最高", "靠前", "to", "hi", "be")
        yield match.start(), match.end(), Rank("top_share" if top else "bottom_share", tidy(round(share / 100, 10)))


def comparisons(text: str) -> Iterator[tuple[int, int, dict[str, Op]]]:
    """Yield where a comparison stands apart from its number: 至少分享过3次, 三线及以下."""
    for match in _OP.finditer(text):
        yield match.start(), match.end(), {"op": _BEFORE[match[0]]}
    for match in _SUFFIX.finditer(text):
        yield match.start(), match.end(), {"after": _AFTER[match[0]]}


def notes(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a definition's words say what a rank or score is taken among: that adds nothing."""
    for match in _NOTE.finditer(text):
        yield match.start(), match.end()


def quantities(text: str) -> Iterator[tuple[int, int, Quantity]]:
    """Yield where a number with its unit and comparison is said."""
    for match in _ONCE.finditer(text):
        op = _BEFORE.get(match["before"] or "") or ("gte" if match["after"] else None)
        yield match.start(), match.end(), Quantity(_TIMES[match["n"]], "times", op)
    for match in _QUANTITY.finditer(text):
        found = _quantity(match)
        if found is not None:
            yield match.start(), match.end(), found


def _quantity(match: re.Match[str]) -> Quantity | None:
    low, high = _number(match, "low"), _number(match, "high")
    if low is None or (match["high"] and high is None):
        return None
    percent = bool(match["pct"] or match["pct2"])
    unit = _unit(match, percent=percent)
    raw = (match["unit"] or "").strip()
    if raw in ("小时", "hours", "hour"):
        low, high = low * 60, high * 60 if high is not None else None
    if percent:
        low, high = round(low / 100, 10), round(high / 100, 10) if high is not None else None
    op = _BEFORE.get((match["before"] or "").strip()) or _AFTER.get(match["after"] or match["a1"] or "")
    if high is not None:
        return Quantity(tidy(low), unit, "between", tidy(high))
    return Quantity(tidy(low), unit, op)


def _unit(match: re.Match[str], *, percent: bool) -> Unit:
    if percent:
        return "share"
    said = (match["unit"] or match["u1"] or "").strip()
    return _UNITS.get(said, "money" if match["money"] else "")


def _number(match: re.Match[str], group: str) -> float | None:
    raw = match[group]
    if not raw:
        return None
    scale = _SCALE.get(match.string[match.end(group) : match.end(group) + 1].lower(), 1)
    nxt = match.string[match.end(group) + 1 : match.end(group) + 2]
    if scale != 1 and match.string[match.end(group)] in "km" and nxt.isalpha():
        scale = 1
    digits = raw.replace(",", "")
    plain = float(digits) if re.fullmatch(r"[\d.]+", digits) else whole(raw)
    return None if plain is None else float(plain) * scale
