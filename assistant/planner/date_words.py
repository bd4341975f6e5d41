"""What the two date grammars share: the year that is meant, days and months without one, holidays, dates too vague to take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from assistant.planner.holidays import days_off, festival_day, latest_begun
from assistant.planner.periods import Period, Unit, add_days, add_months, safe_date, step, unit_of
from assistant.planner.types import Clock
from knowledge.text import Text


@dataclass(frozen=True)
class Vague:
    """A time that was named but does not say which days: what to ask, and replies that settle it.

    ``edge`` is the day that it means where a range begins with it: 月初到昨天, since the beginning of October.
    """

    question: Text
    choices: tuple[Text, ...] = ()
    edge: date | None = None


@dataclass(frozen=True)
class Until:
    """A day up to which, or at the end of which, something is asked: 截至11月底, as of Nov 30."""

    day: date


DateSaid = Period | Vague | Until
Handler = Callable[[re.Match[str], Clock], DateSaid | None]
Pattern = tuple[re.Pattern[str], Handler]


def year_for(said: str | None, clock: Clock, month: int = 1, day: int = 1) -> tuple[int, bool]:
    """Return the year that is meant and whether it was said; without one, the latest in which that day has begun."""
    today = clock.today
    said = (said or "").strip(" 的,")
    shifts = {
        "今年": 0,
        "本年": 0,
        "this year": 0,
        "the year": 0,
        "去年": -1,
        "上一年": -1,
        "last year": -1,
        "前年": -2,
        "大前年": -3,
    }
    shifts |= {"明年": 1, "next year": 1, "the previous year": -1}
    shifts |= {"last year's": -1, "this year's": 0, "next year's": 1}
    if said in shifts:
        return today.year + shifts[said], True
    digits = "".join(c for c in said if c.isdigit())
    if digits:
        return int(digits) + (2000 if len(digits) == 2 else 0), True
    begun = safe_date(today.year, month, day)
    if clock.ahead:
        return (today.year if begun is not None and begun >= today else today.year + 1), False
    return (today.year if begun is not None and begun <= today else today.year - 1), False


def safe_year(period: Period, year: int) -> Period:
    """Return the whole month, quarter or half of that name in another year."""
    return unit_of(date(year, period.start.month, 1), period.unit)


def month_period(clock: Clock, year: str | None, month: int) -> Period | None:
    """Return the whole month meant."""
    of_year, said = year_for(year, clock, month)
    start = safe_date(of_year, month, 1)
    return _with_year(unit_of(start, "month"), said) if start else None


def quarter_period(clock: Clock, year: str | None, quarter: int) -> Period | None:
    """Return the whole quarter meant."""
    of_year, said = year_for(year, clock, quarter * 3 - 2)
    start = safe_date(of_year, quarter * 3 - 2, 1) if 1 <= quarter <= 4 else None
    return _with_year(unit_of(start, "quarter"), said) if start else None


def half_period(clock: Clock, year: str | None, half: int) -> Period | None:
    """Return the first or second half of the year meant."""
    of_year, said = year_for(year, clock, half * 6 - 5)
    start = safe_date(of_year, half * 6 - 5, 1)
    return _with_year(unit_of(start, "half"), said) if start else None


def day_period(clock: Clock, year: str | None, month: int, day: int) -> Period | None:
    """Return the day meant, or None where that month has no such day."""
    of_year, said = year_for(year, clock, month, day)
    found = safe_date(of_year, month, day)
    if found is None and not said and (month, day) == (2, 29):
        found = next((d for y in range(of_year, of_year - 8, -1) if (d := safe_date(y, 2, 29))), None)
    return Period(found, found, "day", "range", said) if found else None


def day_said(clock: Clock, year: str | None, month: int, day: int, text: str) -> DateSaid:
    """Return the day of a month meant, or what to ask where there is none."""
    return day_period(clock, year, month, day) or no_such_day(text)


def days_said(clock: Clock, year: str | None, month: int, days: tuple[int, int], text: str) -> DateSaid:
    """Return the days from one to another of the same month, or what to ask where there are none such."""
    first = day_period(clock, year, month, days[0])
    last = safe_date(first.start.year, first.start.month, days[1]) if first else None
    if first is None or last is None:
        return no_such_day(text)
    if last < first.start:
        return swapped(first.start, last)
    return Period(first.start, last, "day", "range", first.year_said)


def month_part(month: Period, part: str, clock: Clock) -> Period | Until:
    """Return 上旬, 中旬, 下旬 (1-10, 11-20, 21-end), 上半月, 下半月 (1-15, 16-end) or the end of a month."""
    if (
        not month.year_said
        and part in ("中旬", "下旬", "下半月")
        and add_days(month.start, 15 if part == "下半月" else 10 if part == "中旬" else 20) > clock.today
    ):
        month = unit_of(add_months(month.start, -12), "month")  # the latest one that has begun
    firsts = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "上半月": (1, 15), "下半月": (16, 31)}
    if part not in firsts:
        return Until(month.end)
    first, last = firsts[part]
    end = min(month.end, add_days(month.start, last - 1))
    return Period(add_days(month.start, first - 1), end, "day", "range", month.year_said)


def holiday_period(clock: Clock, year: str | None, holiday: str, days: int | None = None) -> DateSaid:
    """Return the days off of a public holiday, or its first ``days``; a question back where its calendar is not held."""
    of_year, said = year_for(year, clock)
    found = days_off(holiday, of_year) if said else latest_begun(holiday, clock.today)
    if found is None:
        return Vague(
            Text(
                "这里没有该年的法定节假日安排，请直接说日期，例如“10月1日到10月7日”。",
                "The official holiday calendar of that year is not held here; please give the dates, such as Oct 1 to Oct 7.",
            )
        )
    start, end = found
    if days is not None:
        end = add_days(start, days - 1)
    return Period(start, end, "day", "range", said)


def festival_itself(clock: Clock, year: str | None, holiday: str, text: str) -> DateSaid:
    """Return the day of the festival itself (国庆当天, on National Day); asked where the day off it is on is not held."""
    of_year, said = year_for(year, clock)
    years = (of_year,) if said else (clock.today.year, clock.today.year - 1)
    held = [day for y in years if (day := festival_day(holiday, y)) is not None]
    day = next((day for day in held if said or day <= clock.today), None)
    if day is None or (not said and len(held) < len(years) and held[0].year != clock.today.year):
        return Vague(Text(f"“{text}”是哪一天？", f"Which day is '{text}'?"))
    return Period(day, day, "day", "range", said)


_FESTIVALS = {"双11": "Double 11", "双12": "Double 12"}


def festival(clock: Clock, year: str | None, name: str, scope: str) -> DateSaid:
    """Return the days of a shopping festival: 双11 is 11-01 to 11-11, 618 is 06-01 to 06-18; its name alone asks which."""
    month, day = {"双11": (11, 11), "618": (6, 18), "双12": (12, 12)}[name]
    one_day = day_period(clock, year, month, day)
    of_year, said = year_for(year, clock, month)
    start = safe_date(of_year, month, 1)
    if start is None or one_day is None or not isinstance(one_day, Period):
        return _NO_SUCH_DAY
    if scope == "day":
        return one_day
    if scope == "period" and name != "双12":
        return Period(start, add_days(start, day - 1), "day", "range", said)
    prefix = f"{of_year}年" if said else ""
    end = add_days(start, day - 1)
    span = f"{start:%m-%d}", f"{end:%m-%d}"
    choices = [
        Text(f"{prefix}{month}月{day}日", f"{end:%Y-%m-%d}"),
        Text(f"{prefix}{month}月1日到{month}月{day}日", f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"),
    ]
    return Vague(
        Text(
            f"“{name}”指当天（{span[1]}），还是整个活动期间（{span[0]} 至 {span[1]}）？",
            f"Does '{_FESTIVALS.get(name, name)}' mean the day itself ({span[1]}) or the whole period ({span[0]} to {span[1]})?",
        ),
        tuple(choices),
    )


_NO_SUCH_DAY = Vague(Text("没有这一天，请换个日期。", "There is no such day; please give another date."))


def no_such_day(text: str) -> Vague:
    """Return the question back for a date that does not exist."""
    return Vague(
        Text(f"没有“{text}”这一天，请换个日期。", f"There is no such day as '{text}'; please give another date.")
    )


def swapped(first: date, last: date) -> Vague:
    """Return the question back for a range whose last day comes before its first."""
    return Vague(
        Text(
            f"{first} 在 {last} 之后，是写反了吗？要看哪段时间？",
            f"{first} comes after {last}: are they the wrong way round? Which dates are meant?",
        ),
        (Text(f"{last}到{first}", f"{last} to {first}"),),
    )


def ago(clock: Clock, n: int, unit: Unit, text: str) -> DateSaid | None:
    """Return the day ``n`` days before today; of weeks, months … ago, which is asked: that day or that whole unit."""
    if not 1 <= n <= 3700:
        return None
    day = step(clock.today, unit, -n)
    if unit == "day":
        return Period(day, day, "day", "whole")
    whole = unit_of(clock.today, unit, -n)
    return Vague(
        Text(f"“{text}”指哪一天，还是哪一整段？", f"Is '{text}' one day or the whole {unit}?"),
        (Text(f"{day}", f"{day}"), Text(f"{whole.start}到{whole.end}", f"{whole.start} to {whole.end}")),
    )


def vague_recent(text: str) -> Vague:
    """Return the question back for 最近, recently and the like."""
    return Vague(
        Text(f"“{text}”指多久？", f"How long is '{text}'?"),
        (Text("近7天", "last 7 days"), Text("近30天", "last 30 days"), Text("近90天", "last 90 days")),
    )


def which_festival(text: str) -> Vague:
    """Return the question back for 大促 alone."""
    return Vague(
        Text(f"“{text}”指哪一次？", f"Which one is '{text}'?"),
        (
            Text("618期间", "the 618 period"),
            Text("双11期间", "the Double 11 period"),
            Text("618当天", "on 618 day"),
            Text("双11当天", "on Double 11 day"),
        ),
    )


def _with_year(period: Period, said: bool) -> Period:
    return Period(period.start, period.end, period.unit, period.said, said)
