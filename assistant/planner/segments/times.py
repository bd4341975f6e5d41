"""Time in descriptions of people: windows that end on the day, how long ago, how soon after, since when registered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from assistant.planner import dates
from assistant.planner.date_words import Until
from assistant.planner.numbers import whole
from assistant.planner.periods import Period
from assistant.planner.segments.vocabulary import fragment
from assistant.planner.types import Clock

_N = fragment("n")
_U = fragment("u")
_UNIT_DAYS = {
    "天": 1,
    "日": 1,
    "day": 1,
    "周": 7,
    "星期": 7,
    "礼拜": 7,
    "week": 7,
    "月": 30,
    "month": 30,
    "季度": 90,
    "quarter": 90,
    "年": 365,
    "year": 365,
}
_GONE = fragment("gone")
_LAST = fragment("last")
_IDLE = fragment("idle")
_SEEN = fragment("seen")
_MORE = r"(?:more than|over|longer than|above)"
_LEAST = r"(?:at least|no less than)"

Leaf = dict[str, Any]
Made = Callable[[int, int], Leaf]


def _recency(**ops: str) -> Callable[[re.Match[str]], Leaf]:
    def make(match: re.Match[str]) -> Leaf:
        ((op, _),) = ops.items()
        first = days_said(match["n"], match["u"])
        if op == "between":
            low = days_said(match["n"], match["u"] if not match["u1"] else match["u1"])
            return {"last_active_days": {"between": [low, days_said(match["m"], match["u"])]}}
        return {"last_active_days": {op: first}}

    return make


def _age(op: str, less: int = 0) -> Callable[[re.Match[str]], Leaf]:
    def make(match: re.Match[str]) -> Leaf:
        first = days_said(match["n"], match["u"])
        if op == "between":
            return {"attribute": "age_days", "op": op, "values": [first, days_said(match["m"], match["u"])]}
        return {"attribute": "age_days", "op": op, "values": [first - less]}

    return make


_ONE = rf"(?P<n>{_N})(?: |-)?(?P<u>{_U})"
_TWO = rf"(?P<n>{_N})(?: ?(?P<u1>{_U}))? ?(?:到|至|-|~|to|and) ?(?P<m>{_N})(?: |-)?(?P<u>{_U})"
_AGO = r"(?:前|之前|以前| ago)"
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Leaf]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        # how long users have not been there
        (rf"(?:已经|已|有|连续|近|最近|过去|在)?{_TWO}(?:内|都|之间)?{_GONE}", _recency(between="")),
        (rf"{_LAST}{_TWO}(?:{_AGO})?(?:之间)?", _recency(between="")),
        (rf"(?:超过|大于|多于|不止){_ONE}(?:都|内)?{_GONE}", _recency(gt="")),
        (rf"(?:已经|已|有|连续|至少|近|最近|过去|在)*{_ONE}(?:及以上|以上|或以上|多)?(?:内|里|都|中)?(?:一直)?{_GONE}", _recency(gte="")),
        (rf"{_GONE}(?:已经|已)?(?:超过|大于){_ONE}", _recency(gt="")),
        (rf"{_GONE}(?:已经|已)?(?:至少|有)?{_ONE}(?:以上)?", _recency(gte="")),
        (rf"{_LAST}(?:超过|大于|多于){_ONE}(?:{_AGO})?", _recency(gt="")),
        (rf"{_LAST}(?:至少|不少于|不小于){_ONE}(?:{_AGO})?", _recency(gte="")),
        (rf"{_LAST}{_ONE}(?:及以上|或以上|以上)(?:{_AGO})?", _recency(gte="")),
        (rf"{_LAST}(?:至多|不超过|最多|不大于){_ONE}(?:{_AGO})?", _recency(lte="")),
        (rf"{_LAST}(?:近|最近)?{_ONE}(?:以内|之内|内)", _recency(lte="")),
        (rf"{_LAST}(?:不到|少于|小于|不足){_ONE}(?:{_AGO})?", _recency(lt="")),
        (rf"{_LAST}(?:正好|恰好|刚好)(?:在)?{_ONE}{_AGO}", _recency(eq="")),
        (rf"{_SEEN} (?:between )?{_TWO} ago", _recency(between="")),
        (rf"{_SEEN} {_MORE} {_ONE} ago", _recency(gt="")),
        (rf"{_SEEN} {_LEAST} {_ONE} ago", _recency(gte="")),
        (rf"{_SEEN} {_ONE} or more ago", _recency(gte="")),
        (rf"{_SEEN} (?:at most|no more than|up to) {_ONE} ago", _recency(lte="")),
        (rf"{_SEEN} (?:within|in) (?:the )?(?:last |past )?{_ONE}", _recency(lte="")),
        (rf"{_SEEN} (?:less than|under|fewer than) {_ONE} ago", _recency(lt="")),
        (rf"{_SEEN} exactly {_ONE} ago", _recency(eq="")),
        (rf"{_IDLE} (?:for |between )?{_TWO}", _recency(between="")),
        (rf"{_IDLE} (?:for |in )?{_MORE} {_ONE}", _recency(gt="")),
        (rf"{_IDLE} (?:for |in |during |over )?(?:{_LEAST} )?(?:the )?(?:last |past )?{_ONE}(?: or more| or longer)?", _recency(gte="")),
        # how long ago they registered
        (rf"(?:注册|入驻)(?:了|在|于|时间|天数)?(?:在|为)?{_TWO}(?:{_AGO})?(?:之间)?", _age("between")),
        (rf"{_TWO}(?:{_AGO})(?:注册|入驻)", _age("between")),
        (rf"(?:注册|入驻)(?:了|时间|天数|还)?(?:不到|不足|少于|未满|小于|不满){_ONE}", _age("lt")),
        (rf"(?:注册|入驻)(?:了|时间|天数)?(?:不超过|不大于|至多|最多){_ONE}", _age("lte")),
        (rf"(?:注册|入驻)(?:了|时间|天数)?(?:在)?{_ONE}(?:以内|之内|内)", _age("lte")),
        (rf"{_ONE}(?:以内|之内|内)(?:新)?(?:注册|入驻)", _age("lte")),
        (rf"(?:近|最近|过去){_ONE}(?:以内|之内|内)?(?:新)?(?:注册|入驻)", _age("lte", 1)),
        (rf"(?:注册|入驻)(?:了|时间|天数|已)?(?:超过|大于|多于|满){_ONE}", _age("gt")),
        (rf"(?:注册|入驻)(?:了|时间|天数|已)?(?:至少|不少于|不小于|不低于){_ONE}", _age("gte")),
        (rf"(?:注册|入驻)(?:了|时间|天数|已)?(?:有)?{_ONE}(?:及以上|或以上|以上)", _age("gte")),
        (rf"(?:registered|signed up|joined) (?:between )?{_TWO} ago", _age("between")),
        (rf"(?:registered|signed up|joined) {_MORE} {_ONE} ago", _age("gt")),
        (rf"(?:registered|signed up|joined) {_LEAST} {_ONE} ago", _age("gte")),
        (rf"(?:registered|signed up|joined) (?:less than|fewer than|under) {_ONE} ago", _age("lt")),
        (rf"(?:registered|signed up|joined) (?:at most|no more than|up to) {_ONE} ago", _age("lte")),
        (rf"(?:registered|signed up|joined) within {_ONE}", _age("lte")),
        (rf"(?:registered|signed up|joined) (?:in|within|during|over) (?:the )?(?:last|past) {_ONE}", _age("lte", 1)),
    )
)  # fmt: skip
_PLAIN_AGE = re.compile(
    r"(?:注册天数|days since registration) ?(?P<not>不为|not )?(?P<op>大于|不小于|小于|不大于|为|above|at least|below|at most)? ?"
    r"(?P<values>\d+(?:(?:、| or )\d+)*)(?P<days>天| days)?"
)
_PLAIN_OPS = {
    "大于": "gt",
    "above": "gt",
    "不小于": "gte",
    "at least": "gte",
    "小于": "lt",
    "below": "lt",
    "不大于": "lte",
    "at most": "lte",
}
_WITHIN = re.compile(
    rf"(?:在)?(?P<n>{_N}|\d+(?:\.\d+)?)个?(?P<u>小时|秒钟?|分钟)(?:以内|之内|内)|"
    rf"(?:within|in) (?P<n2>{_N}|\d+(?:\.\d+)?) (?P<u2>hours?|minutes?|seconds?)"
)
_ROLLING = re.compile(
    rf"(?:近|最近|过去|这|前|在)*{_ONE}(?P<in>以内|之内|内|里|中|以来|间)|"
    rf"(?:近|最近|过去)+{_ONE.replace('<n>', '<n3>').replace('<u>', '<u3>')}|"
    rf"(?:the )?(?:last|past) {_ONE.replace('<n>', '<n4>').replace('<u>', '<u4>')}|"
    rf"(?:in|within|over|during) {_ONE.replace('<n>', '<n2>').replace('<u>', '<u2>')}(?! (?:of|after))"
)
_TODAY = re.compile(r"当天|on the day itself")


def days_said(number: str, unit: str) -> int:
    """Return a length of time in days: months count 30, quarters 90, years 365."""
    word = unit.lstrip("个").removesuffix("s")
    length = _UNIT_DAYS[word]
    if number == "half a":
        return length // 2
    return (whole(number) or 0) * length


def time_leaves(text: str) -> Iterator[tuple[int, int, Leaf]]:
    """Yield where it is said how long ago users were last there, or registered, with the condition it makes."""
    for pattern, make in _PATTERNS:
        for match in pattern.finditer(text):
            if not _inside_word(text, match.start(), match.end()):
                yield match.start(), match.end(), make(match)
    for match in _PLAIN_AGE.finditer(text):
        values = [int(value) for value in re.findall(r"\d+", match["values"])]
        op = _PLAIN_OPS.get(match["op"] or "", "not_in" if match["not"] else "in")
        yield match.start(), match.end(), {"attribute": "age_days", "op": op, "values": values}


def _inside_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if (before.isascii() and before.isalpha() and text[start].isascii()) or (
        before.isdigit() and text[start].isdigit()
    ):
        return True
    return after.isascii() and after.isalpha() and text[end - 1].isascii() and text[end - 1].isalpha()


def withins(text: str) -> Iterator[tuple[int, int, tuple[str, float]]]:
    """Yield where it is said how soon after another thing follows: the field of the definition and its number."""
    for match in _WITHIN.finditer(text):
        raw, unit = (match["n"] or match["n2"]), (match["u"] or match["u2"])
        number = float(raw) if re.fullmatch(r"\d+(?:\.\d+)?", raw) else float(whole(raw) or 0)
        if unit[0] in "秒s":
            yield match.start(), match.end(), ("within_seconds", number)
        elif unit.startswith(("分", "m")):
            yield match.start(), match.end(), ("within_seconds", number * 60)
        else:
            yield match.start(), match.end(), ("within_hours", number)


def windows(text: str, clock: Clock) -> Iterator[tuple[int, int, str, Any]]:
    """Yield where dates are said: ``window`` and its days where they end on the day, ``day`` for as-of days, else ``range``."""
    for match in _TODAY.finditer(text):
        yield match.start(), match.end(), "window", 1
    for match in _ROLLING.finditer(text):
        number, unit = next((match[f"n{k}"], match[f"u{k}"]) for k in ("", "2", "3", "4") if match[f"n{k}"])
        days = _calendar_days(number, unit, clock)
        if days:
            yield match.start(), match.end(), "window", days
    for mention in dates.find(text, clock):
        value = mention.value
        if isinstance(value, Until):
            yield mention.start, mention.end, "day", value.day
        elif isinstance(value, Period) and value.end == clock.last and (value.days > 1 or value.said != "rolling"):
            yield mention.start, mention.end, "window", value.days
        elif isinstance(value, Period) and value.days == 1:
            yield mention.start, mention.end, "one_day", value.start
        elif isinstance(value, Period):
            yield mention.start, mention.end, "range", value


def _calendar_days(number: str, unit: str, clock: Clock) -> int:
    """Return the days of N units to the day: months as the calendar has them, as everywhere in questions."""
    said = f"last {number} {unit}" if unit.isascii() else f"近{number}{unit}"
    found = dates.period_in(said, clock)
    if isinstance(found, Period) and found.end == clock.last:
        return found.days
    return days_said(number, unit)


def day_before(clock: Clock, days: int) -> str:
    """Return the first day of a window of so many days that ends on the clock's last day, as ISO."""
    return (clock.last - timedelta(days=days - 1)).isoformat()
