"""Finding dates in a question: the phrases of both languages, and what joins them (到, since, the week of …)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.planner import dates_en, dates_zh
from assistant.planner.date_words import DateSaid, Pattern, Until, Vague
from assistant.planner.language import has_chinese
from assistant.planner.numbers import WHOLE_EN, WHOLE_ZH, whole
from assistant.planner.periods import Period, Unit, add_days, step, unit_of
from assistant.planner.types import Clock

_TO = re.compile(r" ?(?:到|至|-|--|~|to|through|thru|until|till|up to) ?(?:the )?(?:end of )?(?! )")
_BETWEEN_EN = re.compile(r"(?<![a-z])between ")
_AND = re.compile(r" ?(?:and|和|与|、) ?(?:the )?")
_BEFORE_SINCE = re.compile(r"(?:(?<![a-z])(?:ever )?since (?:the )?(?:start of |beginning of )?|自从|自|从)$")
_AFTER_SINCE = re.compile(
    r" ?(?:以来|至今|到现在|到今天|到目前为止|到目前|起至今|开始|起|迄今|以后|之后至今|onwards?(?![a-z])|"
    r"on(?= ?[,.?!]|$)|to date|to now|until now|till now|to the present)"
)
_UNTIL = re.compile(r"(?:截至到?|截止到?|截止至|到|(?<![a-z])(?:as of|as at|up to|by|until|at) (?:the )?(?:end of )?)$")
_UNTIL_FULL = re.compile(
    r"(?:截至到?|截止到?|截止至|(?<![a-z])(?:as of|as at|up to|(?:at |by |as of )(?:the )?end of) (?:the )?(?:end of )?)$"
)
_AFTER_UNTIL = re.compile(r"(?:的?(?:月|年|季度)?(?:底|末|最后一天)|为止|时)")
_WEEK_OF = re.compile(
    r"(?<![a-z])(?:the )?week (?:of|starting|beginning|commencing|from|starting on|beginning on)(?: the)? $"
)
_WEEK_ENDING = re.compile(r"(?<![a-z])(?:the )?week ending(?: on)? $")
_AFTER_WEEK = re.compile(r"(?:所在的?|的)?(?:那一?周|当周|这一周|那个星期|那星期)")
_THE_SAME = re.compile(
    r"(?:当天|当日|那天|那一天|这一天|这天|全天|期间|整月|全月|整个月|当月|那个月|那月|全年|整周|整年|一整天| 一天|一天)"
)


# 11月第一周, the last week of October: one of them, as with 最后一周
_FIRST_OF_ZH = re.compile(
    rf"的?(?P<side>前|头|开头|最后|末|第(?=一个?[天周星])|首(?=[日周]))(?P<n>{WHOLE_ZH}|)个?(?P<u>天|日|周|星期|月)(?!留|ltv)"
)
_FIRST_OF_EN = re.compile(
    rf"(?<![a-z])(?:the )?(?P<side>first|opening|last|final)(?: (?P<n>{WHOLE_EN}))?[ -](?P<u>day|week|month)s? (?:of|in) (?:the )?$"
)
_PART_UNITS: dict[str, Unit] = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "月": "month", "day": "day", "week": "week", "month": "month",
}  # fmt: skip


@dataclass(frozen=True)
class DateMention:
    """A date in the question: where it stands and what it says."""

    start: int
    end: int
    value: DateSaid


def find(text: str, clock: Clock) -> list[DateMention]:
    """Return every date phrase in a normalised question, overlapping readings included; the longest are the likeliest."""
    found: dict[tuple[int, int], DateMention] = {}
    for pattern, handler in _patterns(text):
        for match in pattern.finditer(text):
            key = match.start(), match.end()
            value = handler(match, clock) if key not in found else None
            if value is not None:
                found[key] = DateMention(*key, value)
    atoms = list(found.values())
    joined = _ranges(text, atoms, clock)
    around = [m for atom in [*atoms, *joined] for m in _surrounded(text, atom, clock)]
    return [*atoms, *joined, *around]


def _patterns(text: str) -> list[Pattern]:
    chinese = has_chinese(text)
    latin = re.search("[a-z]", text) is not None
    # a slashed date is month first where the question is Chinese; 2025-10-01 is read the same way in both
    return (
        [*dates_zh.PATTERNS, *(dates_en.PATTERNS if latin and chinese else [])]
        if chinese
        else [*dates_en.PATTERNS, *_NUMERIC]
    )


_NUMERIC = [p for p in dates_zh.PATTERNS if p[1].__name__ in ("_iso", "_iso_month", "_dotted")]


def _ranges(text: str, atoms: list[DateMention], clock: Clock) -> list[DateMention]:
    starting: dict[int, list[DateMention]] = {}
    for atom in atoms:
        starting.setdefault(atom.start, []).append(atom)
    joined = []
    for first in atoms:
        if not isinstance(first.value, Period):
            continue
        for connector, begin in _connectors(text, first):
            for last in starting.get(connector.end(), []):
                if isinstance(last.value, Period) and (whole := dates_zh.join_periods(first.value, last.value, clock)):
                    joined.append(DateMention(begin, last.end, whole))
                elif isinstance(last.value, Until) and last.value.day >= first.value.start:
                    joined.append(DateMention(begin, last.end, Period(first.value.start, last.value.day)))
    return joined


def _connectors(text: str, first: DateMention) -> list[tuple[re.Match[str], int]]:
    between = _BETWEEN_EN.search(text, max(0, first.start - 8), first.start)
    found = []
    if to := _TO.match(text, first.end):
        begin = first.start - 1 if text[first.start - 1 : first.start] == "从" else first.start
        found.append((to, begin))
    if between and between.end() == first.start and (also := _AND.match(text, first.end)):
        found.append((also, between.start()))
    if (
        text[first.start - 1 : first.start] == "在"
        and (also := _AND.match(text, first.end))
        and "之间" in text[first.end :]
    ):
        found.append((also, first.start))
    return found


def _surrounded(text: str, atom: DateMention, clock: Clock) -> list[DateMention]:
    if not isinstance(atom.value, Period):
        return []
    before, period = text[max(0, atom.start - 40) : atom.start], atom.value
    out = [
        _since(text, atom, period, before, clock),
        _until(text, atom, period, before),
        _week(text, atom, period, before),
    ]
    out.append(_part_of(text, atom, period, before))
    if same := _THE_SAME.match(text, atom.end):
        out.append(DateMention(atom.start, same.end(), period))
    return [mention for mention in out if mention]


def _part_of(text: str, atom: DateMention, period: Period, before: str) -> DateMention | None:
    """11月前10天, the last 10 days of November: the first or last days of a range that is longer."""
    if period.days == 1 or period.said == "rolling":
        return None
    if suffix := _FIRST_OF_ZH.match(text, atom.end):
        start, end, found, side = atom.start, suffix.end(), suffix, suffix["side"]
    elif prefix := _FIRST_OF_EN.search(before):
        start, end, found, side = atom.start - len(prefix[0]), atom.end, prefix, prefix["side"]
    else:
        return None
    n = whole(found["n"]) or 0 if found["n"] else 1
    unit = _PART_UNITS[found["u"]]
    if n < 1:
        return None
    if not found["n"] and side in ("前", "头", "开头", "最后", "末"):
        return None
    if side in ("前", "头", "开头", "第", "首", "first", "opening"):
        part = Period(period.start, add_days(step(period.start, unit, n), -1), "day", "range", period.year_said)
    else:
        part = Period(step(add_days(period.end, 1), unit, -n), period.end, "day", "range", period.year_said)
    if part.days > period.days:
        return None
    return DateMention(start, end, part)


def _since(text: str, atom: DateMention, period: Period, before: str, clock: Clock) -> DateMention | None:
    prefix, suffix = _BEFORE_SINCE.search(before), _AFTER_SINCE.match(text, atom.end)
    english = prefix is not None and "since" in prefix[0]
    if not suffix and not english and not (prefix and prefix[0].startswith("自")):
        return None
    if period.said == "rolling" or period.start > clock.last:
        return None
    if (
        suffix
        and suffix[0].strip() in ("to date", "to now", "until now", "till now", "起", "开始")
        and period.said == "to_date"
    ):
        return None
    since = replace(period, end=max(clock.last, period.start), said="to_date" if period.said == "to_date" else "range")
    start = atom.start - len(prefix[0]) if prefix else atom.start
    return DateMention(start, suffix.end() if suffix else atom.end, since)


def _until(text: str, atom: DateMention, period: Period, before: str) -> DateMention | None:
    prefix, suffix = _UNTIL_FULL.search(before), _AFTER_UNTIL.match(text, atom.end)
    if not prefix and not (suffix and suffix[0].endswith(("底", "末", "最后一天", "为止"))):
        return None
    start = atom.start - len(prefix[0]) if prefix else atom.start
    return DateMention(start, suffix.end() if suffix else atom.end, Until(period.end))


def _week(text: str, atom: DateMention, period: Period, before: str) -> DateMention | None:
    if period.days != 1:
        return None
    if (prefix := _WEEK_OF.search(before)) or (prefix := _WEEK_ENDING.search(before)):
        return DateMention(atom.start - len(prefix[0]), atom.end, unit_of(period.start, "week"))
    if suffix := _AFTER_WEEK.match(text, atom.end):
        return DateMention(atom.start, suffix.end(), unit_of(period.start, "week"))
    return None


def period_in(text: str, clock: Clock) -> Period | Vague | Until | None:
    """Return the date that the whole of ``text`` says, or None where it is not one date phrase."""
    stripped = text.strip(" .?!，,的")
    whole = [m for m in find(stripped, clock) if (m.start, m.end) == (0, len(stripped))]
    return whole[0].value if whole else None


def ends_of(text: str, clock: Clock) -> tuple[Period, Period] | None:
    """Return the two units that a range was said by, 10月到11月, or None where it was said otherwise."""
    parts = [part for part in re.split(r" ?(?:到|至| to | through ) ?", text.removeprefix("从")) if part]
    if len(parts) != 2:
        return None
    first, last = (period_in(part, clock) for part in parts)
    if not (
        isinstance(first, Period)
        and isinstance(last, Period)
        and first.said == "whole"
        and last.said in ("whole", "to_date")
    ):
        return None
    return (first, last) if first.unit == last.unit and first.end < last.start else None
