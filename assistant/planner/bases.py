"""What a range is compared with where the question names it: 比上个月, vs the previous 7 days, than October."""

from __future__ import annotations

from datetime import date

from assistant.planner.periods import (
    Period,
    Unit,
    add_days,
    base_by_dates,
    base_by_words,
    count_of,
    moved,
    step,
    unit_of,
    year_before,
)
from assistant.planner.types import AskBack, Clock
from knowledge.text import Text

Settled = str | dict[str, str] | AskBack
#: The longest a range may be to be compared with one unit before: a day, a week, a month, a quarter.
_LONGEST: dict[Unit, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92, "half": 184, "year": 366}
#: ``compare`` said with its unit (周环比, MoM, 上月同期), and that unit.
SAME: dict[str, Unit] = {"same_day": "day", "same_week": "week", "same_month": "month", "same_quarter": "quarter"}


def compared(period: Period, base: tuple[date, date]) -> Text:
    """Return a comparison of two ranges as a reply that works in both languages."""
    (a, a_en), (b, b_en) = _span(period.start, period.end), _span(*base)
    return Text(f"{a}对比{b}", f"{a_en} compared with {b_en}")


def _span(start: date, end: date) -> tuple[str, str]:
    return (f"{start}", f"{start}") if start == end else (f"{start}到{end}", f"{start} to {end}")


def settle_base(period: Period, base: Period, clock: Clock) -> Settled:
    """Return the ``compare`` for a range and the dates named as its base.

    The short name where it means the same dates; a question back where the words do not say which dates, or where range and base
    would share days. 上个月 and the like step back from a range that does not come after them: 10月比上个月 is about September.
    """
    if _is_year_before(period, base):
        return "year_ago"
    if period.days == 1 and base.back and base.unit in ("week", "month", "quarter") and base.said == "whole":
        return _ask(period, [same_days_before(period, base.unit), _unit_before(period, base.unit)])
    found = _dates(period, base, clock)
    if isinstance(found, AskBack):
        return found
    named = {base_by_words(period): "previous", year_before(period): "year_ago"}
    explicit = period.said == base.said == "range"
    same = found == (period.start, period.end)
    if same or (not explicit and found[0] <= period.end and period.start <= found[1]):
        return _ask(period, list(named))
    return named.get(found) or {"start": found[0].isoformat(), "end": found[1].isoformat()}


def _is_year_before(period: Period, base: Period) -> bool:
    """Whether the base is the same dates a year earlier, or the whole year before a shorter range: 12月比去年."""
    year = base.said == "whole" and base.unit == "year" and period.days < 360
    return (base.start, base.end) == year_before(period) or (year and base.start.year == period.start.year - 1)


def _dates(period: Period, base: Period, clock: Clock) -> tuple[date, date] | AskBack:
    if base.back in ("prior", "before") or (base.back and base.end >= period.start):
        return _stepped(period, base)
    if base.back and period.said == "range" and period.days > 1 and _inside_next(period, base):
        return same_days_before(period, base.unit)  # 12月1日到10日比上个月
    if period.said == "to_date" and base.unit == period.unit and base.said == "whole" and base.days > period.days:
        words = base_by_words(period)  # 本周比上周: the same days of last week
        if words[0] == base.start:
            return words
    not_over = base.said == "whole" and base.unit in ("week", "month", "quarter") and base.end >= clock.today
    if not_over and moved(period, -1).unit == base.unit and period.end < base.start:
        last = moved(period, -1)
        return last.start, last.end
    return base.start, base.end


def _inside_next(period: Period, base: Period) -> bool:
    """Whether a range is part of the unit right after the base."""
    if base.said != "whole" or base.unit not in ("month", "quarter"):
        return False
    after = unit_of(add_days(base.end, 1), base.unit)
    return after.start <= period.start and period.end <= after.end and period.days < after.days


def _stepped(period: Period, base: Period) -> tuple[date, date] | AskBack:
    """The base counted back from the range: the unit before it, the same days of the unit before, or the N days just before."""
    unit, n = base.unit, count_of(base)
    if base.said == "rolling" and (unit == "day" or n > 1 or period.said == "rolling"):
        return step(period.start, unit, -n), add_days(period.start, -1)
    whole = period.unit == unit and (period.said == "to_date" or (period.said == "whole" and count_of(period) == n))
    as_long = (period.days == _LONGEST[unit] and unit in ("day", "week")) or (
        period.said == "rolling" and unit == "month" and 28 <= period.days <= 31
    )
    if whole or as_long:  # 近7天比上周
        return (moved(period, -1).start, moved(period, -1).end) if period.said == "whole" else base_by_words(period)
    inside = unit_of(period.start, unit)
    if period.end <= inside.end and period.days < inside.days:
        return same_days_before(period, unit)
    return _ask(period, [base_by_words(period), _unit_before(period, unit)])


def same_days_before(period: Period, unit: Unit) -> tuple[date, date]:
    """Return the same days one unit earlier."""
    return step(period.start, unit, -1), step(period.end, unit, -1)


def _unit_before(period: Period, unit: Unit) -> tuple[date, date]:
    before = unit_of(period.start, unit, -1)
    return before.start, before.end


def _ask(period: Period, bases: list[tuple[date, date]]) -> AskBack:
    bases = [b for b in dict.fromkeys(bases) if b[1] < period.start]
    what, what_en = _span(period.start, period.end)
    return AskBack(
        Text(f"{what} 和哪段时间对比？", f"Which dates are compared with {what_en}?"),
        tuple(compared(period, base) for base in bases),
    )


def settle_unit(compare: str, period: Period) -> Period | str | AskBack:
    """Return the base of 周环比, MoM, 上月同期: ``previous`` for a whole such unit, else the same days one unit earlier.

    A range longer than the unit does not fit it: that is asked, with ranges that do.
    """
    unit = SAME[compare]
    if period.unit == unit and period.said == "whole" and count_of(period) == 1:
        return "previous"
    if period.days > _LONGEST[unit]:
        return _which_range(unit)
    if period.days == _LONGEST[unit] or (period.said == "rolling" and unit == "month" and period.days >= 28):
        start, end = base_by_words(period)
        return "previous" if (start, end) == base_by_dates(period) else Period(start, end)
    start, end = same_days_before(period, unit)
    return Period(start, end)


def same_bucket(compare: str, grain: str) -> AskBack:
    """Return the question back for 周环比 by day: along a grain, each bucket is compared with the one before it."""
    unit = SAME[compare]
    by = {
        "day": ("按天", "daily"),
        "week": ("按周", "weekly"),
        "month": ("按月", "monthly"),
        "quarter": ("按季度", "quarterly"),
    }
    own = {
        "day": ("日环比", "day over day"),
        "week": ("周环比", "week over week"),
        "month": ("月环比", "month over month"),
    }
    own |= {"quarter": ("季环比", "quarter over quarter")}
    by |= {"year": ("按年", "yearly")}
    zh, en = by[grain]
    choices = [Text(f"{by[unit][0]}看", by[unit][1])]
    if grain in own:
        choices.append(Text(*own[grain]))
    return AskBack(
        Text(
            f"{zh}看时，每一段和它的前一段对比，与{own[unit][0]}不是一回事。要哪一种？",
            f"Shown {en}, each bucket is compared with the one before it, which is not {own[unit][1]}. Which is meant?",
        ),
        tuple(choices),
    )


def _which_range(unit: Unit) -> AskBack:
    zh = {"day": "日", "week": "周", "month": "月", "quarter": "季"}[unit]
    choices = {
        "day": (Text("昨天", "yesterday"), Text("按天看", "daily")),
        "week": (Text("上周", "last week"), Text("本周", "this week"), Text("按周看", "weekly")),
        "month": (Text("上个月", "last month"), Text("本月", "this month"), Text("按月看", "monthly")),
        "quarter": (Text("上季度", "last quarter"), Text("本季度", "this quarter"), Text("按季度看", "quarterly")),
    }[unit]
    return AskBack(
        Text(
            f"这段时间比一个{zh}环比的单位长，要看哪段时间？",
            f"That range is longer than one {unit}: which {unit} is meant?",
        ),
        choices,
    )


def current_of(base: Period, clock: Clock) -> Period | None:
    """Return the period that is compared with a base when only the base was said: 比上月 is about this month."""
    if base.said == "whole" and base.unit in ("week", "month", "quarter", "year", "half"):
        this = unit_of(clock.today, base.unit)
        if moved(this, -1).same_days(base):
            return Period(this.start, max(clock.last, this.start), base.unit, "to_date")
    if base.days == 1 and (clock.today - base.end).days == 1:
        return Period(clock.today, clock.today, "day", "whole")
    if base.said == "rolling" and base.end == clock.last:
        return base
    return None
