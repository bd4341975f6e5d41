"""Finding dates in a question: the phrases of both languages, and what joins them (到, since, the week of …)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.planner import date_events, date_spoken, date_weeks, dates_en, dates_zh
from assistant.planner.date_forms import which_days
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
    r" ?(?:以来|至今|到现在|到今天|到目前为止|到目前|起至今|开始|起|迄今|之后至今|onwards?(?![a-z])|"
    r"on(?= ?[,.?!]|$)|to date|to now|until now|till now|to the present)"
)
_UNTIL = re.compile(r"(?:截至到?|截止到?|截止至|到|(?<![a-z])(?:as of|as at|up to|by|until|at) (?:the )?(?:end of )?)$")
_UNTIL_FULL = re.compile(
    r"(?:截至到?|截止到?|截止至|(?<![a-z])(?:as of|as at|up to|until|till|through|thru|(?:at |by |as of )(?:the )?end of) "
    r"(?:the )?(?:end of )?)$"
)
_AFTER_UNTIL = re.compile(r"(?:的?(?:月|年|季度)?(?:底|末)|为止)")
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
    text = in_figures(text)
    for start, end, said in date_events.named_mentions(text, clock):
        found.setdefault((start, end), DateMention(start, end, said))
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


_YEAR = re.compile(r"(?<![〇零一二三四五六七八九十百千万])[一二][〇零九][〇零一二三四五六七八九]{2}(?=年)")
_TWENTY = re.compile(r"[廿卅](?=[一二三四五六七八九])[一二三四五六七八九]")
_FIGURE = str.maketrans("〇零一二三四五六七八九廿卅", "0012345678923")


def in_figures(text: str) -> str:
    """Return the text with 二〇二五年, 廿三 and 元月 in the forms that are matched, none longer or shorter than before."""
    if "年" in text:
        text = _YEAR.sub(lambda m: m[0].translate(_FIGURE), text)
    if "廿" in text or "卅" in text:
        text = _TWENTY.sub(lambda m: m[0].translate(_FIGURE), text)
    return text.replace("元月", "1月")


def _patterns(text: str) -> list[Pattern]:
    chinese = has_chinese(text)
    latin = re.search("[a-z]", text) is not None
    # a slashed date is month first where the question is Chinese; 2025-10-01 is read the same way in both
    both = [*date_weeks.PATTERNS, *date_spoken.PATTERNS, *date_events.PATTERNS]
    if not chinese:
        return [*both, *dates_en.PATTERNS, *_NUMERIC]
    return [*both, *dates_zh.PATTERNS, *(dates_en.PATTERNS if latin else [])]


_NUMERIC = [p for p in dates_zh.PATTERNS if p[1].__name__ in ("_iso", "_iso_month", "_dotted")]


def _ranges(text: str, atoms: list[DateMention], clock: Clock) -> list[DateMention]:
    starting: dict[int, list[DateMention]] = {}
    for atom in atoms:
        starting.setdefault(atom.start, []).append(atom)
    joined = []
    for first in atoms:
        for connector, begin in _connectors(text, first):
            for last in starting.get(connector.end(), []):
                whole = _joined(first.value, last.value, clock)
                if whole is not None:
                    joined.append(DateMention(begin, last.end, whole))
    return joined


def _joined(first: DateSaid, last: DateSaid, clock: Clock) -> Period | Vague | None:
    """Return the days from one date to another; what has to be asked of either is asked of the range."""
    if isinstance(first, Vague) and first.edge is not None:
        first = Period(first.edge, first.edge)
    if isinstance(last, Vague):
        return last if isinstance(first, (Period, Vague)) else None
    if isinstance(first, Vague):
        return first
    if not isinstance(first, Period):
        return None
    if isinstance(last, Until):
        return Period(first.start, last.day) if last.day >= first.start else None
    return dates_zh.join_periods(first, last, clock)


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


_VAGUE_PREFIX = re.compile(r"(?<![a-z])(?:ever since|since|the week of|week of|until|up to|before|after) (?:the )?$")
_POSSESSIVE = re.compile(r"(?<![a-z])(?P<y>last|this) year's $")


def _surrounded(text: str, atom: DateMention, clock: Clock) -> list[DateMention]:
    before, period = text[max(0, atom.start - 40) : atom.start], atom.value
    if isinstance(period, Vague) and period.edge is not None:
        edge = _since(text, atom, Period(period.edge, period.edge), before, clock)
        return [edge] if edge else []
    if isinstance(period, Vague) and (prefix := _VAGUE_PREFIX.search(before)):
        return [DateMention(atom.start - len(prefix[0]), atom.end, period)]
    if not isinstance(period, Period):
        return []
    out = [
        _since(text, atom, period, before, clock),
        _beside(text, atom, period, before, clock),
        _until(text, atom, period, before),
        _week(text, atom, period, before),
    ]
    out.append(_part_of(text, atom, period, before))
    if (whose := _POSSESSIVE.search(before)) and not period.year_said:
        years = clock.today.year - (whose["y"] == "last") - period.start.year
        start, end = (dates_zh.moved_year(day, years) for day in (period.start, period.end))
        moved = replace(period, start=start, end=end, year_said=True)
        out.append(DateMention(atom.start - len(whose[0]), atom.end, moved))
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
    if n < 1 or (unit == "week" and side == "第" and period.unit == "year"):
        return None  # 今年第一周 is counted as 今年第40周 is, by ISO numbers
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


_AFTER_ZH = re.compile(r"(?:之后|以后|过后)(?!的?(?:\d|[一二两三四五六七八九十]))")
_AFTER_EN = re.compile(r"(?<![a-z])(?:after|later than|following) (?:the )?$")
_BEFORE_ZH = re.compile(
    r"(?:之前|以前|前(?![后端台往来期者夕面沿置列述]| ?第))(?!的? ?(?:\d|[一二两三四五六七八九十百几半]|top))"
)
_BEFORE_EN = re.compile(r"(?<![a-z])(?:before|prior to|earlier than) (?:the )?$")
_AROUND_ZH, _AROUND_EN = (
    re.compile("前后|左右|附近|前夕"),
    re.compile(r"(?<![a-z])(?:around|near|about|circa) (?:the )?$"),
)
_N_FROM_ZH = re.compile(rf"(?:之|以)?(?P<side>前|后)的?(?P<n>{WHOLE_ZH})个?(?P<u>天|日|周|星期)(?!留|ltv)")
_N_FROM_EN = re.compile(
    rf"(?<![a-z])(?:the )?(?P<n>{WHOLE_EN}|a|the)? ?(?P<u>day|week|month)s? (?P<side>before|prior to|preceding|after|following) (?:the )?$"
)


def _beside(text: str, atom: DateMention, period: Period, before: str, clock: Clock) -> DateMention | None:
    """Before, after, around a date, and N days before or after it."""
    if period.said in ("rolling", "to_date") or period.back:
        return None
    if prefix := _N_FROM_EN.search(before):
        said = _counted_from(prefix, period)
        return DateMention(atom.start - len(prefix[0]), atom.end, said) if said else None
    suffix = _N_FROM_ZH.match(text, atom.end)
    if suffix and period.days == 1 and (said := _counted_from(suffix, period)):
        return DateMention(atom.start, suffix.end(), said)
    for zh, en, what in (
        (_BEFORE_ZH, _BEFORE_EN, "before"),
        (_AFTER_ZH, _AFTER_EN, "after"),
        (_AROUND_ZH, _AROUND_EN, "around"),
    ):
        after, front = zh.match(text, atom.end), en.search(before)
        if after or front:
            start = atom.start - len(front[0]) if front else atom.start
            end = after.end() if after else atom.end
            return DateMention(start, end, _open_ended(text[start:end], what, period, clock))
    return None


def _counted_from(m: re.Match[str], period: Period) -> Period | None:
    """Return the N days or weeks that end the day before a date, or begin the day after it."""
    n, unit = (1 if (m["n"] or "a") in ("a", "the") else whole(m["n"]) or 0), _PART_UNITS[m["u"]]
    if n < 1:
        return None
    if m["side"] in ("前", "before", "prior to", "preceding"):
        return Period(step(period.start, unit, -n), add_days(period.start, -1))
    return Period(add_days(period.end, 1), step(period.end, unit, n))


def _open_ended(text: str, what: str, period: Period, clock: Clock) -> DateSaid:
    """Return what before, after and around a date mean: the day before it; else one question, with the days it may be."""
    if what == "before":
        return Until(add_days(period.start, -1))
    last = clock.last
    ranges = [(period.start, period.end)]
    if what == "after":
        ranges = [(add_days(period.end, 1), last), (period.start, last)]
    return which_days(text, *(r for r in ranges if r[0] <= r[1]))


def _until(text: str, atom: DateMention, period: Period, before: str) -> DateMention | None:
    prefix, suffix = _UNTIL_FULL.search(before), _AFTER_UNTIL.match(text, atom.end)
    if not prefix and not suffix:
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
