"""The slots of time: which days, which grain, compared with what."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.planner import dates
from assistant.planner.bases import compared
from assistant.planner.date_pairs import in_a_row, shared_words
from assistant.planner.date_words import Until, Vague
from assistant.planner.periods import Period, Unit, base_by_words, count_of, moved, rolling, step, unit_of, year_before
from assistant.planner.reading import Reading
from assistant.planner.side_by_side import side_by_side
from assistant.planner.spans import Span
from assistant.planner.types import AskBack, Decline
from assistant.planner.words import two_compares_problem, two_dates_problem
from knowledge.text import Text


def read_time(reading: Reading) -> None:
    """Fill time, base, compare, grain and trend from the spans."""
    _read_weekday(reading)
    _read_grain(reading)
    _read_compare_words(reading)
    _read_dates(reading)
    _read_year_ago(reading)
    _read_same_days(reading)
    _read_shift(reading)


_WEEKDAY = re.compile(
    r"(?:按|分|各|每个?)?(?:星期|周|礼拜)几(?!个)|"
    r"每个?(?:周|星期)[一二三四五六日天末]|每逢周|双休日|(?<![上本这周])(?:的)?工作日|节假日|月的?周末|"
    r"(?<![a-z])(?:(?:by|per|which|each|every|on) )*(?:the )?(?:days? of (?:the )?week|weekdays?|weekends|working days|"
    r"business days|(?:mon|tues|wednes|thurs|fri|satur|sun)days|(?<=every )(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?![a-z])"
)


def _read_weekday(reading: Reading) -> None:
    """Days of the week are no grain: named as such, never shown by week."""
    found = _WEEKDAY.search(reading.text)
    if found is None or any(s.has("date") and s.start < found.start() and found.end() <= s.end for s in reading.spans):
        return
    for span in reading.spans:
        if span.start < found.end() and span.end > found.start():
            span.used = True
    reading.slots.problems.insert(
        0,
        Decline(
            Text(
                "不能按星期几拆分或汇总。可以按天看，再对照日期。",
                "Days of the week cannot be told apart or summed up. The days can be shown one by one.",
            ),
            (Text("按天看", "daily"),),
        ),
    )


def _read_grain(reading: Reading) -> None:
    slots = reading.slots
    for _, span in reading.of("grain"):
        span.used = True
        if slots.grain not in (None, span.get("grain")):
            slots.problems.append(_two_of("粒度", "grains"))
        slots.grain = span.get("grain")
    for i, span in reading.of("trend"):
        if span.has("order"):
            continue
        span.used = True
        slots.trend = True
        if (before := reading.near(i, "change", -1)) is not None:
            before.used = True  # 变化 趋势, growth trend: a trend, not a difference
    if slots.trend:
        for _, span in reading.of("change"):
            if span.text in ("变化", "增长", "growth", "change", "changes", "development"):
                span.used = True


def _read_compare_words(reading: Reading) -> None:
    slots = reading.slots
    for i, span in reading.of("compare"):
        value = span.get("compare")
        if span.has("shift") and not reading.any("metric") and not reading.any("nth"):
            continue
        span.used = True
        _use_than(reading, i)
        if slots.compare is None or (slots.compare == "previous" and value.startswith("same")):
            slots.compare = value
        elif value != slots.compare and not (value == "previous" and slots.compare.startswith("same")):
            slots.problems.append(two_compares_problem())


_A_YEAR_AGO = frozenset({"一年前", "a year ago", "one year ago", "a year earlier", "one year earlier"})


def _read_year_ago(reading: Reading) -> None:
    """GMV a year ago: no comparison is asked for, and the days are not said."""
    said = [s.text for _, s in reading.of("compare", free=False) if s.used]
    compared = any(reading.any(kind) for kind in ("than", "change", "gap", "order")) or _COMPARING.search(reading.text)
    no_dates = reading.slots.time is None and reading.slots.base is None
    reading.slots.year_ago = bool(said) and set(said) <= _A_YEAR_AGO and not compared and no_dates


_SAME_DAYS = re.compile(
    r"(?<![比较和跟与同对])(?<!对比)上个?(?P<u>周|月|季度?)的?同期(?!相?比|对比)|"
    r"(?<!vs )(?<!versus )(?<!than )(?<!with )(?<!to )(?<!against )(?:the )?same period (?:of )?last (?P<u2>week|month|quarter)(?![a-z])"
)
_SAME_UNITS: dict[str, Unit] = {"周": "week", "月": "month", "季": "quarter", "季度": "quarter"}
_SAME_UNITS |= {"week": "week", "month": "month", "quarter": "quarter"}


def _read_same_days(reading: Reading) -> None:
    """上月同期GMV: the days of last month up to the same day, where no other dates and no comparison are said."""
    slots, found = reading.slots, _SAME_DAYS.search(reading.text)
    compared = any(reading.any(kind) for kind in ("than", "change", "gap", "order")) or _COMPARING.search(reading.text)
    if found is None or compared or slots.time is not None or slots.base is not None or not reading.any("metric"):
        return
    unit, last = _SAME_UNITS[found["u"] or found["u2"]], reading.world.clock.last
    start, end = step(unit_of(last, unit).start, unit, -1), step(last, unit, -1)
    slots.compare, slots.time = None, Period(start, end, "day", "range")


_COMPARING = re.compile("(?<!一)[比较]|[和与跟].*一年前")


def _use_than(reading: Reading, index: int) -> None:
    for side in (-1, 1):
        found = reading.beside(index, side, over=("filler", "connector"))
        if found and found[1].has("than"):
            found[1].used = True


def _dates(reading: Reading) -> list[tuple[int, Span]]:
    return [(i, s) for i, s in reading.of("date") if not s.used]


def _read_dates(reading: Reading) -> None:
    slots, found = reading.slots, _dates(reading)
    for _, span in found:
        span.used = True
    vague = [s.get("date") for _, s in found if isinstance(s.get("date"), Vague)]
    if vague:
        choices = _vague_pair(*vague) if len(vague) == len(found) == 2 else vague[0].choices
        slots.problems.append(AskBack(vague[0].question, choices))
        return
    if (half_read := _half_read(reading, found)) is not None:
        slots.problems.append(half_read)
        return
    untils = [s.get("date") for _, s in found if isinstance(s.get("date"), Until)]
    periods = [(i, s, s.get("date")) for i, s in found if isinstance(s.get("date"), Period)]
    if untils and len(periods) == 1:
        _ending(reading, periods[0][2], untils[0])
        return
    if untils and not periods:
        slots.time = untils[-1]
    elif len(periods) == 1:
        _one_period(reading, *periods[0])
    elif periods:
        _several_periods(reading, periods)


_UP_TO = re.compile(r"(?:(?:^|[\s,，的])(?:到|直到|至)|(?<![a-z])by (?:the )?)$")


def _half_read(reading: Reading, found: list[tuple[int, Span]]) -> AskBack | None:
    """到10月的GMV, GMV by October: up to it or in it, which the date alone does not say."""
    for _, span in found:
        period, before = span.get("date"), _UP_TO.search(reading.text[: span.start])
        if len(found) == 1 and isinstance(period, Period) and before is not None:
            choices = [(period.start, period.end), (unit_of(period.end, "year").start, period.end)]
            return AskBack(
                Text(f"“{before[0].strip()}{span.text}”从哪天开始算？", f"Up to {span.text}: counted from when?"),
                tuple(Text(f"{a}到{b}", f"{a} to {b}") for a, b in dict.fromkeys(choices)),
            )
    return None


def _ending(reading: Reading, period: Period, until: Until) -> None:
    """本月截至20日, 截至10月31日的近30天: the range as it ends on that day; what does not hold together is asked."""
    slots = reading.slots
    if period.said == "rolling":
        slots.time = rolling(until.day, count_of(period), period.unit)
    elif period.start <= until.day <= unit_of(period.end, period.unit).end:
        slots.time = replace(period, end=until.day)
    else:
        slots.problems.append(two_dates_problem([period, Period(until.day, until.day)]))


def _vague_pair(first: Vague, second: Vague) -> tuple[Text, ...]:
    """去年双11和今年双11: the days of both, or the whole of both, to compare."""
    pairs = zip(first.choices, second.choices, strict=False)
    return tuple(Text(f"{b.zh}对比{a.zh}", f"{b.en} compared with {a.en}") for a, b in pairs)


def _several_periods(reading: Reading, periods: list[tuple[int, Span, Period]]) -> None:
    slots = reading.slots
    if len(periods) == 2:
        shared = shared_words(periods[0][1].text, periods[0][2], periods[1][1].text, periods[1][2])
        if isinstance(shared, AskBack):
            slots.problems.append(shared)
        else:
            _two_periods(reading, [(i, s, p) for (i, s, _), p in zip(periods, shared, strict=True)])
    elif (whole := in_a_row([p for _, _, p in periods])) and _side_by_side(reading, periods):
        slots.time, slots.grain = whole, slots.grain or whole.unit  # type: ignore[assignment]
    elif _take_side_by_side(reading, periods):
        for _, span in (*reading.of("than"), *reading.of("gap")):
            span.used = True
    elif reading.any("than") or reading.any("compare"):
        _, _, first = periods[0]
        pairs = tuple(compared(first, (p.start, p.end)) for _, _, p in periods[1:5] if not p.same_days(first))
        slots.problems.append(AskBack(Text("是哪两段时间对比？", "Which two ranges are compared?"), pairs))
    else:
        slots.problems.append(two_dates_problem([p for _, _, p in periods]))


def _side_by_side(reading: Reading, periods: list[tuple[int, Span, Period]]) -> bool:
    """Whether only commas and 和 stand between the first and the last of several dates."""
    between = reading.spans[periods[0][0] : periods[-1][0]]
    return all(s.has("date") or s.has("connector") or s.has("comma") or s.has("filler") for s in between)


def _one_period(reading: Reading, index: int, span: Span, period: Period) -> None:
    """One date is the range asked for, unless the words make it the base: 比上月, vs last month, 跟10月比."""
    slots = reading.slots
    changed = any(reading.of("change")) or "explain_change" in slots.tools
    if (ends := dates.ends_of(span.text, reading.world.clock)) and changed and slots.compare is None:
        _from_to(reading, index, period, *ends)
        return
    if not _is_base(reading, index, span):
        slots.time = period
        if period.back == "before" and reading.any("metric"):
            slots.problems.append(_before_when(period))
        return
    slots.base = period
    if slots.compare in ("year_ago", "target"):
        slots.problems.append(two_compares_problem())
    slots.compare = slots.compare or "base"


def _from_to(reading: Reading, index: int, whole: Period, first: Period, second: Period) -> None:
    """How much it grew from October to November: the change between the two; without from, that or the range before is asked."""
    slots, before = reading.slots, reading.next_to(index, -1)
    if reading.spans[index].text.startswith("从") or (before is not None and before.text == "from"):
        if before is not None:
            before.used = before.used or before.text == "from"
        slots.time, slots.base, slots.compare = second, first, "base"
        return
    slots.time = whole
    slots.problems.append(
        AskBack(
            Text("是哪两段时间对比？", "Which two ranges are compared?"),
            (compared(second, (first.start, first.end)), compared(whole, base_by_words(whole))),
        )
    )


def _before_when(period: Period) -> AskBack:
    """The 7 days before, of nothing that was said."""
    ranges = (period, moved(period, -1))
    return AskBack(
        Text("从哪一天往前算？", "Before which day?"),
        tuple(Text(f"{p.start}到{p.end}", f"{p.start} to {p.end}") for p in ranges),
    )


def _is_base(reading: Reading, index: int, span: Span) -> bool:
    before = reading.beside(index, -1)
    if (
        before
        and before[1].has("than")
        and before[1].text not in ("from", "compare", "comparing", "compared", "comparison", "comparison of")
    ):
        before[1].used = True
        _use_than(reading, index)
        return True
    if before and before[1].text == "from" and any(not s.used for _, s in reading.of("change")):
        return True  # how much did it grow from last month
    after = reading.beside(index, 1)
    if before and before[1].has("connector") and after and after[1].has("than"):
        after[1].used = True
        return True
    return span.text.startswith("比") or bool(before and before[1].has("compare") and before[1].text == "环比")


def _two_periods(reading: Reading, found: list[tuple[int, Span, Period]]) -> None:
    """Two dates are compared where a word says so; else it takes one question back to know what is meant."""
    slots = reading.slots
    (i, _, first), (j, _, second) = found
    between = reading.spans[i + 1 : j]
    markers = [
        s for s in reading.spans if s.has("than") and not (s.text == "from" and s.start < reading.spans[i].start)
    ]
    asked = markers or any(s.has("gap") or s.has("change") for s in reading.spans) or slots.compare == "previous"
    if not asked:
        _joined_or_asked(reading, found, between)
        return
    for marker in markers:
        marker.used = True
    before = reading.next_to(i, -1)
    if before is not None and before.text in _AGAINST and _joined_directly(between) and len(markers) == 1:
        slots.problems.append(two_compares_problem())  # vs last month and last year: both are bases
        return
    said_first = any(
        s.has("than")
        and s.text
        in (
            "比",
            "较",
            "than",
            "相比",
            "相对于",
            "相对",
            "相较于",
            "compared with",
            "compared to",
            "relative to",
            "比起",
        )
        for s in between
    )
    named_before = first.start <= second.start and second.back  # October vs last month: the month before October
    if named_before and second.back == "last" and not first.same_days(second) and _joined_directly(between):
        slots.problems.append(_which_pair(first, second))
        return
    said_first = said_first or bool(named_before) or first.start > second.start or first.same_days(second)
    current, base = (first, second) if said_first else (second, first)
    slots.time, slots.base = current, base
    if slots.compare in ("year_ago", "target") and (base.start, base.end) != year_before(current):
        slots.problems.append(two_compares_problem())
    slots.compare = "base" if slots.compare in (None, "previous") else slots.compare


_AGAINST = frozenset(
    {"vs", "vs.", "versus", "than", "against", "比", "较", "compared with", "compared to", "relative to"}
)


def _joined_directly(between: list[Span]) -> bool:
    """10月和上个月GMV对比: two months side by side, or October with the month before it."""
    return all(s.has("connector") or s.has("comma") for s in between)


def _which_pair(first: Period, second: Period) -> AskBack:
    before = moved(first, -1)
    return AskBack(
        Text("是哪两段时间对比？", "Which two ranges are compared?"),
        (compared(first, (before.start, before.end)), compared(second, (first.start, first.end))),
    )


def _joined_or_asked(reading: Reading, found: list[tuple[int, Span, Period]], between: list[Span]) -> None:
    slots = reading.slots
    (_, _, first), (_, _, second) = found
    named = {s.get("metric") for s in reading.spans if s.has("metric")}
    lone = all(
        s.has("connector") or s.has("comma") or s.has("filler") or (s.has("metric") and len(named) == 1)
        for s in between
    )
    if lone and (whole := in_a_row([first, second])):
        slots.time = whole
        slots.grain = slots.grain or whole.unit  # type: ignore[assignment]
        return
    if (
        second.start >= first.start
        and second.end <= first.end
        and first.days > second.days
        and not between
        and second.back not in ("prior", "before")
    ):
        slots.time = second
        return
    if not _take_side_by_side(reading, found):
        slots.problems.append(two_dates_problem([first, second]))


def _take_side_by_side(reading: Reading, found: list[tuple[int, Span, Period]]) -> bool:
    """Take dates in a list: by their own grain where one follows the other, else one by one."""
    slots, several = reading.slots, side_by_side(reading, found)
    if several and (whole := in_a_row(sorted(several, key=lambda p: p.start))):
        slots.time, slots.grain = whole, slots.grain or whole.unit  # type: ignore[assignment]
    elif several:
        slots.time, slots.also = several[0], several[1:]
    return bool(several)


def _read_shift(reading: Reading) -> None:
    for _, span in reading.of("shift"):
        if (reading.slots.compare and span.has("compare") and span.used) or reading.any("date"):
            continue  # 双11后一周 is no step from the range before
        span.used = True
        reading.slots.shift = int(span.get("shift"))


def _two_of(zh: str, en: str) -> AskBack:
    return AskBack(
        Text(
            f"这句话里有不止一个{zh}，请一次只问一个。",
            f"There is more than one of these {en} in the question; please ask for one.",
        ),
    )
