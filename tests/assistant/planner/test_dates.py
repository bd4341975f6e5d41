"""Dates in words, in both languages: what each phrase means on one day, and what must hold on any day."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.planner.date_words import Until, Vague
from assistant.planner.dates import find, period_in
from assistant.planner.holidays import HOLIDAYS, days_off, is_working_day, latest_begun
from assistant.planner.language import normalise
from assistant.planner.periods import Period, base_by_dates, base_by_words, moved, unit_of
from assistant.planner.types import Clock

_CLOCK = Clock(date(2025, 12, 31), date(2025, 12, 31), date(2024, 7, 1))
_DAYS = st.dates(date(2017, 1, 1), date(2026, 12, 31))

#: phrase -> first and last day on 2025-12-31 (a Wednesday)
_MEANINGS = {
    "今天": ("2025-12-31", "2025-12-31"),
    "昨天": ("2025-12-30", "2025-12-30"),
    "前天": ("2025-12-29", "2025-12-29"),
    "近7天": ("2025-12-25", "2025-12-31"),
    "最近三十天": ("2025-12-02", "2025-12-31"),
    "过去8周": ("2025-11-06", "2025-12-31"),
    "近两周": ("2025-12-18", "2025-12-31"),
    "近3个月": ("2025-10-01", "2025-12-31"),
    "近半年": ("2025-07-01", "2025-12-31"),
    "近一年": ("2025-01-01", "2025-12-31"),
    "近3个完整周": ("2025-12-08", "2025-12-28"),
    "最近2个自然月": ("2025-11-01", "2025-12-31"),
    "本周": ("2025-12-29", "2025-12-31"),
    "上周": ("2025-12-22", "2025-12-28"),
    "上上周": ("2025-12-15", "2025-12-21"),
    "上周三": ("2025-12-24", "2025-12-24"),
    "上周末": ("2025-12-27", "2025-12-28"),
    "本月": ("2025-12-01", "2025-12-31"),
    "上个月": ("2025-11-01", "2025-11-30"),
    "上上个月": ("2025-10-01", "2025-10-31"),
    "本季度": ("2025-10-01", "2025-12-31"),
    "上季度": ("2025-07-01", "2025-09-30"),
    "今年": ("2025-01-01", "2025-12-31"),
    "去年": ("2024-01-01", "2024-12-31"),
    "年初至今": ("2025-01-01", "2025-12-31"),
    "9月以来": ("2025-09-01", "2025-12-31"),
    "自2025年10月8日起": ("2025-10-08", "2025-12-31"),
    "11月": ("2025-11-01", "2025-11-30"),
    "十一月份": ("2025-11-01", "2025-11-30"),
    "去年11月": ("2024-11-01", "2024-11-30"),
    "2024年10月": ("2024-10-01", "2024-10-31"),
    "25年Q3": ("2025-07-01", "2025-09-30"),
    "四季度": ("2025-10-01", "2025-12-31"),
    "第二季度": ("2025-04-01", "2025-06-30"),
    "去年三季度": ("2024-07-01", "2024-09-30"),
    "前三季度": ("2025-01-01", "2025-09-30"),
    "上半年": ("2025-01-01", "2025-06-30"),
    "去年下半年": ("2024-07-01", "2024-12-31"),
    "11月上旬": ("2025-11-01", "2025-11-10"),
    "11月中旬": ("2025-11-11", "2025-11-20"),
    "上个月下旬": ("2025-11-21", "2025-11-30"),
    "3月10号到17号": ("2025-03-10", "2025-03-17"),
    "3月10日至3月17日": ("2025-03-10", "2025-03-17"),
    "4-7月": ("2025-04-01", "2025-07-31"),
    "11月到2月": ("2024-11-01", "2025-02-28"),
    "去年11月到今年2月": ("2024-11-01", "2025-02-28"),
    "2025/10/01-2025/10/07": ("2025-10-01", "2025-10-07"),
    "20251001到20251007": ("2025-10-01", "2025-10-07"),
    "10月6日那周": ("2025-10-06", "2025-10-12"),
    "2025年第48周": ("2025-11-24", "2025-11-30"),
    "国庆": ("2025-10-01", "2025-10-08"),
    "国庆7天": ("2025-10-01", "2025-10-07"),
    "去年国庆": ("2024-10-01", "2024-10-07"),
    "国庆前一周": ("2025-09-24", "2025-09-30"),
    "春节": ("2025-01-28", "2025-02-04"),
    "五一": ("2025-05-01", "2025-05-05"),
    "端午": ("2025-05-31", "2025-06-02"),
    "清明": ("2025-04-04", "2025-04-06"),
    "元旦": ("2025-01-01", "2025-01-01"),
    "双11期间": ("2025-11-01", "2025-11-11"),
    "双十一当天": ("2025-11-11", "2025-11-11"),
    "618期间": ("2025-06-01", "2025-06-18"),
    "618当天": ("2025-06-18", "2025-06-18"),
    "yesterday": ("2025-12-30", "2025-12-30"),
    "last 7 days": ("2025-12-25", "2025-12-31"),
    "the past three months": ("2025-10-01", "2025-12-31"),
    "last 4 complete weeks": ("2025-12-01", "2025-12-28"),
    "this week": ("2025-12-29", "2025-12-31"),
    "last week": ("2025-12-22", "2025-12-28"),
    "the week before last": ("2025-12-15", "2025-12-21"),
    "last month": ("2025-11-01", "2025-11-30"),
    "last quarter": ("2025-07-01", "2025-09-30"),
    "MTD": ("2025-12-01", "2025-12-31"),
    "quarter to date": ("2025-10-01", "2025-12-31"),
    "so far this year": ("2025-01-01", "2025-12-31"),
    "since July 2024": ("2024-07-01", "2025-12-31"),
    "November": ("2025-11-01", "2025-11-30"),
    "Nov 2024": ("2024-11-01", "2024-11-30"),
    "Q3": ("2025-07-01", "2025-09-30"),
    "Q4 2024": ("2024-10-01", "2024-12-31"),
    "the third quarter of 2025": ("2025-07-01", "2025-09-30"),
    "first half of the year": ("2025-01-01", "2025-06-30"),
    "H2 2024": ("2024-07-01", "2024-12-31"),
    "March 10 to 17": ("2025-03-10", "2025-03-17"),
    "1 to 14 December": ("2025-12-01", "2025-12-14"),
    "between Oct 1 and Oct 8": ("2025-10-01", "2025-10-08"),
    "2025-11-01 to 2025-11-11": ("2025-11-01", "2025-11-11"),
    "the week of Oct 6": ("2025-10-06", "2025-10-12"),
    "September 30": ("2025-09-30", "2025-09-30"),
    "National Day holiday": ("2025-10-01", "2025-10-08"),
    "the Double 11 period": ("2025-11-01", "2025-11-11"),
    "Singles' Day": ("2025-11-11", "2025-11-11"),
}


@pytest.mark.parametrize(("phrase", "days"), _MEANINGS.items(), ids=list(_MEANINGS))
def test_a_phrase_means_these_days(phrase: str, days: tuple[str, str]) -> None:
    """Every phrase of the date rules gives its first and last day, with nothing of it left over."""
    said = period_in(normalise(phrase), _CLOCK)
    assert isinstance(said, Period)
    assert (said.start.isoformat(), said.end.isoformat()) == days


@pytest.mark.parametrize(
    "phrase",
    [
        "大促",
        "双11",
        "618",
        "最近",
        "近期",
        "recently",
        "lately",
        "10/6/2025",
        "11月31日",
        "2025-02-30",
        "last November",
    ],
)
def test_a_vague_or_impossible_date_asks_back(phrase: str) -> None:
    """A time that does not say which days, or names a day that does not exist, is asked about."""
    assert isinstance(period_in(normalise(phrase), _CLOCK), Vague)


@pytest.mark.parametrize("phrase", ["截至11月底", "11月底", "as of Nov 30", "at the end of November"])
def test_the_end_of_a_month_is_a_day(phrase: str) -> None:
    """Up to, and at the end of, name one day."""
    assert period_in(normalise(phrase), _CLOCK) == Until(date(2025, 11, 30))


_ANY_DAY = [
    *(
        [
            "今天",
            "昨天",
            "近7天",
            "近30天",
            "过去8周",
            "近3个月",
            "近半年",
            "近一年",
            "近2个完整周",
            "本周",
            "上周",
            "上上周",
            "本月",
            "上个月",
            "本季度",
            "上季度",
            "今年",
            "去年",
            "上半年",
            "下半年",
            "11月",
            "2月",
            "四季度",
            "春节",
            "国庆",
        ]
    ),
    *(
        [
            "双11期间",
            "618当天",
            "11月下旬",
            "2月29日",
            "去年2月",
            "9月以来",
            "年初至今",
            "11月到2月",
            "3月10号到17号",
            "上周日",
            "周三",
            "国庆前一周",
            "第1周",
        ]
    ),
    *[
        "last 7 days",
        "last month",
        "this quarter",
        "week before last",
        "YTD",
        "since March",
        "Q1",
        "H2",
        "November to February",
        "the week of Feb 29",
        "first half of May",
    ],
]


@given(today=_DAYS, lag=st.integers(0, 3), phrase=st.sampled_from(_ANY_DAY))
def test_on_any_day_a_phrase_is_a_range_that_has_begun(today: date, lag: int, phrase: str) -> None:
    """On every business day of ten years a phrase raises nothing, its days are in order, and it never begins in the future."""
    clock = Clock(today, today - timedelta(lag), date(2016, 7, 1))
    for mention in find(normalise(phrase), clock):
        if isinstance(mention.value, Period):
            assert mention.value.start <= mention.value.end
            assert mention.value.start <= today


@given(today=_DAYS, n=st.integers(1, 400))
def test_the_last_n_days_are_n_days_ending_on_the_last_loaded_day(today: date, n: int) -> None:
    """近N天 holds exactly N days and ends at min(today, as_of), in both languages."""
    clock = Clock(today, today - timedelta(1), date(2015, 1, 1))
    for phrase in (f"近{n}天", f"last {n} days"):
        said = period_in(phrase, clock)
        assert isinstance(said, Period)
        assert (said.days, said.end) == (n, today - timedelta(1))


@given(today=_DAYS)
def test_a_month_without_a_year_is_the_latest_that_has_begun(today: date) -> None:
    """Each month name is the one of the twelve months up to today's."""
    clock = Clock(today, today, date(2015, 1, 1))
    for month in range(1, 13):
        said = period_in(f"{month}月", clock)
        assert isinstance(said, Period)
        assert said.start <= today < date(said.start.year + 1, month, 1)


@given(today=_DAYS, unit=st.sampled_from(["week", "month", "quarter", "year"]))
def test_a_unit_to_date_is_compared_with_the_same_days_before(today: date, unit: str) -> None:
    """本周, 本月, 本季度 and 今年 have bases that begin one unit earlier and are no longer than the unit before."""
    clock = Clock(today, today, date(2010, 1, 1))
    said = period_in({"week": "本周", "month": "本月", "quarter": "本季度", "year": "今年"}[unit], clock)
    assert isinstance(said, Period)
    start, end = base_by_words(said)
    before = unit_of(said.start, unit, -1)  # type: ignore[arg-type]
    assert start == before.start
    assert before.start <= end <= before.end


@given(start=_DAYS, days=st.integers(1, 800))
def test_the_base_by_dates_ends_the_day_before_or_is_the_same_days(start: date, days: int) -> None:
    """A base never overlaps its range, and moving a range by one step goes back."""
    period = Period(start, start + timedelta(days - 1))
    base_start, base_end = base_by_dates(period)
    assert base_start <= base_end < period.start
    assert moved(period, -1).end < period.start


@pytest.mark.parametrize(
    ("today", "phrase", "base"),
    [
        (
            date(2025, 11, 30),
            "近30天",
            ("2025-10-02", "2025-10-31"),
        ),  # the same dates as November, whose base would be October
        (
            date(2025, 12, 7),
            "近7天",
            ("2025-11-24", "2025-11-30"),
        ),  # begins on a 1st, but was not said as a part of the month
        (date(2025, 12, 10), "本月", ("2025-11-01", "2025-11-10")),
        (date(2025, 12, 1), "本月", ("2025-11-01", "2025-11-01")),  # one day, said as the month to date
        (date(2025, 12, 31), "本周", ("2025-12-22", "2025-12-24")),
        (date(2025, 11, 15), "本季度", ("2025-07-01", "2025-08-15")),
        (date(2025, 12, 31), "11月1日到11月11日", ("2025-10-01", "2025-10-11")),
    ],
)
def test_the_base_follows_the_words(today: date, phrase: str, base: tuple[str, str]) -> None:
    """The period before is what the words mean where the dates alone would say otherwise."""
    said = period_in(phrase, Clock(today, today, date(2024, 7, 1)))
    assert isinstance(said, Period)
    assert tuple(day.isoformat() for day in base_by_words(said)) == base


_NAMES = {
    "new_year": "元旦",
    "spring_festival": "春节",
    "qingming": "清明",
    "labour_day": "劳动节",
    "dragon_boat": "端午",
    "mid_autumn": "中秋",
    "national_day": "国庆",
}


@pytest.mark.parametrize("year", range(2004, 2027))
def test_the_holiday_table_agrees_with_the_holidays_package(year: int) -> None:
    """Every day off that the package names lies in the table's range, and every weekday of the range is a day off there."""
    known = holidays.country_holidays("CN", years=[year - 1, year, year + 1], language="zh_CN")
    for holiday in HOLIDAYS:
        held = days_off(holiday, year)
        if year < 2008 and holiday in ("qingming", "dragon_boat", "mid_autumn"):
            assert held is None  # days off since 2008
            continue
        assert held is not None
        days = [held[0] + timedelta(n) for n in range((held[1] - held[0]).days + 1)]
        assert any(_NAMES[holiday] in known.get(day, "") for day in days)
        assert all(day in known or day.weekday() >= 5 for day in days)


def test_a_year_without_a_notice_takes_fixed_dates_and_asks_about_the_moon() -> None:
    """Where no notice is held, 国庆 is the first week of October, and a holiday that moves is asked about, never guessed."""
    assert latest_begun("national_day", date(2031, 12, 1)) == (date(2031, 10, 1), date(2031, 10, 7))
    assert latest_begun("mid_autumn", date(2031, 12, 1)) is None
    assert latest_begun("mid_autumn", date(2027, 8, 1)) == (date(2026, 9, 25), date(2026, 9, 27))
    assert isinstance(period_in("2035年国庆", _CLOCK), Period)
    assert isinstance(period_in("2035年春节", _CLOCK), Vague)


def test_working_days_agree_with_the_holidays_package() -> None:
    """Each day from 2004 to 2026 is a working day here exactly where the package says so, made-up weekends included."""
    known = holidays.country_holidays("CN", years=range(2003, 2028))
    for year in range(2004, 2027):
        for n in range(366):
            day = date(year, 1, 1) + timedelta(n)
            held = day in known.weekend_workdays or (day.weekday() < 5 and day not in known)
            assert day.year != year or is_working_day(day) == held, day
    assert is_working_day(date(2027, 1, 4)) is None
