"""On any business date from 2017 to 2026, each form of phrase means the days worked out here in another way, in both languages."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.planner.date_words import Until, Vague
from assistant.planner.dates import find, period_in
from assistant.planner.language import normalise
from assistant.planner.periods import Period
from assistant.planner.types import Clock, NamedPeriod

_DAYS = st.dates(date(2017, 1, 1), date(2026, 12, 31))
_EN_MONTHS = list(calendar.month_name)
_EN_DAYS = list(calendar.day_name)
_ZH_DAYS = "一二三四五六日"
Range = tuple[date, date]


def _clock(today: date, lag: int = 0) -> Clock:
    named = NamedPeriod("campaign", "spark", ("spark", "星火计划"), date(2016, 9, 1), date(2016, 12, 31))
    return Clock(today, today - timedelta(lag), date(2010, 1, 1), (named,))


def _said(phrase: str, clock: Clock) -> Range | str:
    found = period_in(normalise(phrase), clock)
    if isinstance(found, Period):
        return found.start, found.end
    return "asked" if isinstance(found, Vague) else f"until {found.day}" if isinstance(found, Until) else "not read"


def _month(year: int, month: int) -> Range:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _monday(day: date) -> date:
    return date.fromisocalendar(*day.isocalendar()[:2], 1)


def _begun(today: date, month: int, day: int = 1) -> int:
    """Return the year of the latest day of that name that has begun."""
    return max(
        y for y in range(today.year - 9, today.year + 1) if _is_day(y, month, day) and date(y, month, day) <= today
    )


def _is_day(year: int, month: int, day: int) -> bool:
    return 1 <= day <= calendar.monthrange(year, month)[1]


def _months_back(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last of a month that is too short."""
    year, month = day.year, day.month - months
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


_FIXED: dict[str, Callable[[date], Range]] = {
    "今天|today": lambda t: (t, t),
    "昨天|yesterday": lambda t: (t - timedelta(1), t - timedelta(1)),
    "前天|the day before yesterday": lambda t: (t - timedelta(2), t - timedelta(2)),
    "大前天|3 days ago": lambda t: (t - timedelta(3), t - timedelta(3)),
    "本周|this week|WTD": lambda t: (_monday(t), t),
    "上周|last week": lambda t: (_monday(t) - timedelta(7), _monday(t) - timedelta(1)),
    "上上周|the week before last": lambda t: (_monday(t) - timedelta(14), _monday(t) - timedelta(8)),
    "本月|月初至今|MTD|this month": lambda t: (t.replace(day=1), t),
    "上个月|上月|last month": lambda t: _month(t.year, t.month - 1),
    "上上个月|the month before last": lambda t: _month(t.year, t.month - 2),
    "本季度|QTD|this quarter": lambda t: (date(t.year, (t.month - 1) // 3 * 3 + 1, 1), t),
    "今年|年初至今|YTD|this year": lambda t: (date(t.year, 1, 1), t),
    "去年|last year": lambda t: (date(t.year - 1, 1, 1), date(t.year - 1, 12, 31)),
    "近半年|past half year|last six months": lambda t: (_months_back(t + timedelta(1), 6), t),
    "最近三个月|past 3 months": lambda t: (_months_back(t + timedelta(1), 3), t),
    "近一年|past 12 months": lambda t: (_months_back(t + timedelta(1), 12), t),
    "星火计划上线以来|since launch of spark": lambda t: (date(2016, 9, 1), t),
    "上周一到周五|Mon-Fri last week": lambda t: (_monday(t) - timedelta(7), _monday(t) - timedelta(3)),
    "上周末": lambda t: (_monday(t) - timedelta(2), _monday(t) - timedelta(1)),
}


@settings(max_examples=120, deadline=None)
@given(today=_DAYS)
@example(today=date(2020, 2, 29))
@example(today=date(2024, 2, 29))
@example(today=date(2024, 12, 31))
@example(today=date(2025, 1, 1))
@example(today=date(2018, 3, 1))
def test_relative_phrases_on_any_day(today: date) -> None:
    """Days, weeks, months and years counted from today, leap days and year ends included."""
    clock = _clock(today)
    for phrases, expected in _FIXED.items():
        for phrase in phrases.split("|"):
            assert _said(phrase, clock) == expected(today), (phrase, today)


@settings(max_examples=80, deadline=None)
@given(today=_DAYS, month=st.integers(1, 12), first=st.integers(1, 31), last=st.integers(1, 31))
@example(today=date(2024, 2, 29), month=2, first=29, last=29)
@example(today=date(2025, 2, 28), month=2, first=30, last=31)
@example(today=date(2017, 1, 1), month=12, first=31, last=31)
def test_months_and_days_on_any_day(today: date, month: int, first: int, last: int) -> None:
    """A month or day without a year is the latest that has begun; a day that does not exist is asked about."""
    clock, name = _clock(today), _EN_MONTHS[month]
    of_month = _month(_begun(today, month), month)
    for phrase in (f"{month}月", name, f"{name[:3]}"):
        assert _said(phrase, clock) == of_month, phrase
    assert _said(f"{month}月以来", clock) == _said(f"since {name}", clock) == (of_month[0], today)
    year = today.year - 1
    assert _said(f"去年{month}月", clock) == _said(f"{name} {year}", clock) == _month(year, month)
    exists = any(_is_day(y, month, first) for y in range(today.year - 8, today.year + 1))
    day = date(_begun(today, month, first), month, first) if exists else None
    for phrase in (f"{month}月{first}号", f"{name} {first}", f"{first} {name}"):
        assert _said(phrase, clock) == ((day, day) if day else "asked"), (phrase, today)
    iso = f"{year}-{month:02}-{first:02}"
    assert _said(iso, clock) == ((date.fromisoformat(iso),) * 2 if _is_day(year, month, first) else "asked")
    if day and first <= last and _is_day(day.year, month, last):
        for phrase in (f"{month}月{first}号到{last}号", f"{name} {first} to {last}"):
            assert _said(phrase, clock) == (day, date(day.year, month, last)), (phrase, today)


@settings(max_examples=80, deadline=None)
@given(today=_DAYS, month=st.integers(1, 12), n=st.integers(1, 4), weekday=st.integers(0, 6))
def test_parts_of_months_on_any_day(today: date, month: int, n: int, weekday: int) -> None:
    """The Nth week is the Nth seven days, the last week the last seven; the Nth weekday is counted from the 1st."""
    clock, name = _clock(today), _EN_MONTHS[month]
    start, end = _month(_begun(today, month), month)
    ordinal = ["first", "second", "third", "fourth"][n - 1]
    week = start + timedelta(7 * n - 7), start + timedelta(7 * n - 1)
    assert _said(f"{month}月第{'一二三四'[n - 1]}周", clock) == _said(f"the {ordinal} week of {name}", clock) == week
    last = end - timedelta(6), end
    assert _said(f"{month}月最后一周", clock) == _said(f"last week of {name}", clock) == last
    days = [start + timedelta(i) for i in range((end - start).days + 1) if (start + timedelta(i)).weekday() == weekday]
    for phrase in (f"{month}月第{n}个周{_ZH_DAYS[weekday]}", f"the {ordinal} {_EN_DAYS[weekday]} of {name}"):
        assert _said(phrase, clock) == (days[n - 1], days[n - 1]), phrase
    assert _said(f"{month}月底", clock) == _said(f"the end of {name}", clock) == f"until {end}"
    half = [m for m in range(1, 13) if (m - 1) // 6 == n % 2]
    year = _begun(today, half[0])
    assert _said("下半年" if n % 2 else "上半年", clock) == _said(f"H{1 + n % 2}", clock)
    assert _said(f"H{1 + n % 2}", clock) == (date(year, half[0], 1), _month(year, half[-1])[1])
    quarter = _begun(today, 3 * n - 2)
    expected = date(quarter, 3 * n - 2, 1), _month(quarter, 3 * n)[1]
    assert _said(f"{'一二三四'[n - 1]}季度", clock) == _said(f"Q{n}", clock) == expected


@settings(max_examples=100, deadline=None)
@given(today=_DAYS, weekday=st.integers(0, 6), other=st.integers(0, 6))
def test_weekdays_on_any_day(today: date, weekday: int, other: int) -> None:
    """A weekday is the latest that has begun; last Tuesday is asked exactly where two Tuesdays may be meant."""
    clock, en, zh = _clock(today), _EN_DAYS[weekday], _ZH_DAYS[weekday]
    latest = max(today - timedelta(i) for i in range(7) if (today - timedelta(i)).weekday() == weekday)
    assert _said(f"周{zh}", clock) == _said(f"on {en}", clock) == (latest, latest)
    of_last_week = _monday(today) - timedelta(7 - weekday)
    for phrase in (f"上周{zh}", f"{en} last week", f"last week's {en}", f"{en[:3]} of last week"):
        assert _said(phrase, clock) == (of_last_week, of_last_week), phrase
    before = max(today - timedelta(i) for i in range(1, 8) if (today - timedelta(i)).weekday() == weekday)
    expected = (before, before) if before == of_last_week else "asked"
    assert _said(f"last {en}", clock) == _said(f"上个周{zh}", clock) == expected
    end = min(latest + timedelta(i) for i in range(7) if (latest + timedelta(i)).weekday() == other)
    assert _said(f"周{zh}到周{_ZH_DAYS[other]}", clock) == _said(f"{en} to {_EN_DAYS[other]}", clock) == (latest, end)


@settings(max_examples=100, deadline=None)
@given(today=_DAYS, lag=st.integers(0, 5), n=st.integers(1, 400))
def test_the_last_n_end_on_the_last_loaded_day(today: date, lag: int, n: int) -> None:
    """N days and 7·N days end on min(today, as_of); without today they end yesterday."""
    clock = _clock(today, lag)
    last = today - timedelta(lag)
    assert _said(f"近{n}天", clock) == _said(f"last {n} days", clock) == (last - timedelta(n - 1), last)
    assert _said(f"近{n}周", clock) == _said(f"past {n} weeks", clock) == (last - timedelta(7 * n - 1), last)
    end = min(last, today - timedelta(1))
    expected = end - timedelta(n - 1), end
    assert _said(f"近{n}天不含今天", clock) == _said(f"last {n} days excluding today", clock) == expected
    monday = _monday(last + timedelta(1)) - timedelta(7)
    weeks = monday - timedelta(7 * (n - 1)), monday + timedelta(6)
    assert _said(f"近{n}个完整周", clock) == _said(f"last {n} complete weeks", clock) == weeks


_PIECES = [
    *(
        "10月",
        "11月",
        "2月30日",
        "13月",
        "三季度",
        "周五",
        "上周",
        "上个月",
        "近7天",
        "国庆",
        "双11",
        "618",
        "前",
        "后",
        "第",
        "一",
    ),
    *(
        "二",
        "廿",
        "到",
        "至",
        "从",
        "自",
        "以来",
        "以前",
        "之后",
        "之前",
        "初",
        "底",
        "末",
        "年",
        "月",
        "日",
        "号",
        "周",
        "今年",
    ),
    *(
        "去年",
        "昨天",
        "年初",
        "月底",
        "截至",
        "october",
        "next",
        "last",
        "week",
        "friday",
        "q3",
        "of",
        "the",
        "first",
        "since",
    ),
    *("until", "before", "to", "15", "2025", "3/4", "days", "ago", "spark", "星火计划", "期间"),
]


@settings(max_examples=250, deadline=None)
@given(today=_DAYS, pieces=st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6), blank=st.sampled_from(["", " "]))
def test_any_mixture_of_date_words_raises_nothing_and_gives_days_in_order(
    today: date, pieces: list[str], blank: str
) -> None:
    """Whatever is put beside whatever, what is found lies within the text and is in order."""
    text = normalise(blank.join(pieces))
    for mention in find(text, _clock(today)):
        assert 0 <= mention.start < mention.end <= len(text)
        if isinstance(mention.value, Period):
            assert mention.value.start <= mention.value.end
