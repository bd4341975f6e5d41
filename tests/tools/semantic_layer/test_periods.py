"""The date rules: buckets, bases, calendar windows and defaults, by example and as properties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tools.semantic_layer import oracle
from tools.semantic_layer.periods import (
    Bucket,
    add_months,
    calendar_window,
    default_range,
    is_cut,
    previous_bucket,
    previous_range,
    split,
    unit_end,
    unit_start,
    year_ago_bucket,
    year_ago_range,
)
from tools.semantic_layer.query import Grain

UNITS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
days = st.dates(date(2019, 1, 1), date(2029, 12, 31))
lengths = st.integers(0, 800)


def d(text: str) -> date:
    """Return the date that ``text`` says."""
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2025-03-31", -1, "2025-02-28"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-02-29", -12, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-01-15", -1, "2024-12-15"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2025-05-31", 0, "2025-05-31"),
    ],
)
def test_add_months(day: str, months: int, expected: str) -> None:
    """A month without that day gives its last one, over year ends and leap days too."""
    assert add_months(d(day), months) == d(expected)


@pytest.mark.parametrize(
    ("grain", "start", "end"),
    [
        ("day", "2024-12-31", "2024-12-31"),
        ("week", "2024-12-30", "2025-01-05"),
        ("month", "2024-12-01", "2024-12-31"),
        ("quarter", "2024-10-01", "2024-12-31"),
        ("year", "2024-01-01", "2024-12-31"),
        ("total", "2024-12-31", "2024-12-31"),
    ],
)
def test_units_of_new_years_eve(grain: Grain, start: str, end: str) -> None:
    """A week runs Monday to Sunday, over the year end as well."""
    assert unit_start(d("2024-12-31"), grain) == d(start)
    assert unit_end(d("2024-12-31"), grain) == d(end)


@given(days, st.sampled_from(UNITS))
def test_units_are_those_of_the_oracle(day: date, grain: Grain) -> None:
    """Start and end of a unit are the first and last of the days that share its label."""
    unit = oracle.whole_unit(day, grain)
    assert (unit_start(day, grain), unit_end(day, grain)) == (unit[0], unit[-1])


@given(days, lengths, st.sampled_from((*UNITS, "total")))
def test_split_covers_each_day_once(start: date, length: int, grain: Grain) -> None:
    """Buckets follow each other without gap or overlap, carry their unit's name, and only the outer two are cut."""
    end = start + timedelta(days=length)
    buckets = split(start, end, grain)
    covered = [day for bucket in buckets for day in oracle.days_between(bucket.first, bucket.last)]
    assert covered == oracle.days_between(start, end)
    if grain != "total":
        assert [b.period for b in buckets] == list(oracle.buckets_of(covered, grain))
        assert not any(is_cut(bucket, grain) for bucket in buckets[1:-1])
    assert sum(bucket.days for bucket in buckets) == length + 1


@pytest.mark.parametrize(
    ("start", "end", "base"),
    [
        ("2025-12-01", "2025-12-31", ("2025-11-01", "2025-11-30")),  # a month with a month
        ("2025-03-01", "2025-03-31", ("2025-02-01", "2025-02-28")),
        ("2025-10-01", "2025-12-31", ("2025-07-01", "2025-09-30")),  # a quarter
        ("2025-01-01", "2025-12-31", ("2024-01-01", "2024-12-31")),  # a year
        ("2025-11-01", "2025-12-31", ("2025-09-01", "2025-10-31")),  # two months
        ("2025-12-15", "2025-12-21", ("2025-12-08", "2025-12-14")),  # a week
        ("2025-12-08", "2025-12-21", ("2025-11-24", "2025-12-07")),  # two weeks
        ("2025-12-01", "2025-12-07", ("2025-11-24", "2025-11-30")),  # a week that starts on a 1st
        ("2025-12-01", "2025-12-15", ("2025-11-01", "2025-11-15")),  # the first days of a month
        ("2025-03-01", "2025-03-30", ("2025-02-01", "2025-02-28")),
        ("2024-03-01", "2024-03-30", ("2024-02-01", "2024-02-29")),
        ("2025-12-01", "2025-12-01", ("2025-11-30", "2025-11-30")),  # one day, though a 1st
        ("2025-12-25", "2025-12-31", ("2025-12-18", "2025-12-24")),  # the last days of a month
        ("2025-12-31", "2025-12-31", ("2025-12-30", "2025-12-30")),
        ("2025-12-01", "2026-01-10", ("2025-10-21", "2025-11-30")),  # from a 1st into the next month
        ("2024-02-01", "2024-02-29", ("2024-01-01", "2024-01-31")),
        ("2024-01-01", "2024-03-31", ("2023-10-01", "2023-12-31")),  # whole weeks and a whole quarter at once
        ("2025-01-01", "2025-01-02", ("2024-12-01", "2024-12-02")),
    ],
)
def test_previous_range(start: str, end: str, base: tuple[str, str]) -> None:
    """The period before, by the rules of the contract in their order."""
    found = previous_range(d(start), d(end))
    assert (found.start, found.end) == (d(base[0]), d(base[1]))


@given(days, lengths)
@example(d("2024-02-29"), 0)
def test_previous_and_year_ago_are_those_of_the_oracle(start: date, length: int) -> None:
    """For any range the base is that of the oracle, ends before the range starts, and a year back ends before it ends."""
    end = start + timedelta(days=length)
    asked = oracle.days_between(start, end)
    found = previous_range(start, end)
    base = oracle.base_days(asked, "total", "previous", by_week=False)
    assert (found.start, found.end) == (base[0], base[-1])
    assert found.end < start
    for by_week in (False, True):
        year = year_ago_range(start, end, by_week=by_week)
        expected = oracle.base_days(asked, "total", "year_ago", by_week=by_week)
        assert (year.start, year.end) == (expected[0], expected[-1])


@given(days, lengths, st.sampled_from(UNITS), st.sampled_from(("previous", "year_ago")))
def test_bases_of_buckets_are_those_of_the_oracle(start: date, length: int, grain: Grain, compare: str) -> None:
    """Each bucket's base is the oracle's, whole for whole buckets and the same days for cut ones, in order."""
    step = previous_bucket if compare == "previous" else year_ago_bucket
    buckets = split(start, start + timedelta(days=length), grain)
    bases = [step(bucket, grain) for bucket in buckets]
    for bucket, base in zip(buckets, bases, strict=True):
        asked = oracle.days_between(bucket.first, bucket.last)
        expected = oracle.base_days(asked, grain, compare, by_week=False)
        assert (base.first, base.last) == (expected[0], expected[-1])
        assert base.period == unit_start(base.first, grain) or grain == "day"
        if not is_cut(bucket, grain):
            assert not is_cut(base, grain)
    assert bases == sorted(bases, key=lambda base: base.first)


@pytest.mark.parametrize(
    ("first", "last", "calendar", "expected"),
    [
        ("2025-12-01", "2025-12-31", "week", ("2025-12-22", "2025-12-28", True)),
        ("2025-12-01", "2025-12-28", "week", ("2025-12-22", "2025-12-28", True)),
        ("2025-12-22", "2025-12-28", "week", ("2025-12-22", "2025-12-28", True)),
        ("2025-12-23", "2025-12-28", "week", ("2025-12-23", "2025-12-28", False)),
        ("2025-12-23", "2025-12-30", "week", ("2025-12-29", "2025-12-30", False)),  # two parts: the last
        ("2025-12-24", "2025-12-24", "week", ("2025-12-24", "2025-12-24", False)),
        ("2025-07-01", "2025-12-31", "month", ("2025-12-01", "2025-12-31", True)),
        ("2025-07-01", "2025-12-30", "month", ("2025-11-01", "2025-11-30", True)),
        ("2025-12-02", "2025-12-31", "month", ("2025-12-02", "2025-12-31", False)),
        ("2025-11-02", "2025-12-30", "month", ("2025-12-01", "2025-12-30", False)),
        ("2024-02-01", "2024-02-29", "month", ("2024-02-01", "2024-02-29", True)),
        ("2024-02-01", "2024-02-28", "month", ("2024-02-01", "2024-02-28", False)),
    ],
)
def test_calendar_window(first: str, last: str, calendar: str, expected: tuple[str, str, bool]) -> None:
    """A calendar metric is taken on the last whole unit, else on the last part."""
    bucket = Bucket(d(first), d(first), d(last))
    found = calendar_window(bucket, "week" if calendar == "week" else "month")
    assert found == (d(expected[0]), d(expected[1]), expected[2])


@given(days, lengths, st.sampled_from(("week", "month")))
def test_calendar_window_is_that_of_the_oracle(start: date, length: int, calendar: str) -> None:
    """For any range the days are the oracle's, inside the range, and said to be whole where they are."""
    end = start + timedelta(days=length)
    first, last, whole = calendar_window(Bucket(start, start, end), "week" if calendar == "week" else "month")
    expected = oracle.days_of_metric(oracle.days_between(start, end), calendar)
    assert (first, last) == (expected[0], expected[-1])
    assert start <= first <= last <= end
    assert whole == (expected == oracle.whole_unit(first, calendar))


@pytest.mark.parametrize(
    ("windows", "as_of", "expected"),
    [
        ({"day"}, "2025-12-31", ("2025-12-31", "2025-12-31")),
        ({"last_week"}, "2025-12-31", ("2025-12-22", "2025-12-28")),
        ({"last_week"}, "2025-12-28", ("2025-12-22", "2025-12-28")),  # a Sunday: that week is complete
        ({"last_week"}, "2025-12-29", ("2025-12-22", "2025-12-28")),
        ({"last_month"}, "2025-12-31", ("2025-12-01", "2025-12-31")),  # the last day of a month counts
        ({"last_month"}, "2025-12-30", ("2025-11-01", "2025-11-30")),
        ({"last_month"}, "2024-02-29", ("2024-02-01", "2024-02-29")),
        ({"last_30_days"}, "2025-12-31", ("2025-12-02", "2025-12-31")),
        ({"day", "last_month"}, "2025-12-31", ("2025-12-02", "2025-12-31")),  # defaults that differ
        (set(), "2025-12-31", ("2025-12-02", "2025-12-31")),  # any trend
    ],
)
def test_default_range(windows: set[str], as_of: str, expected: tuple[str, str]) -> None:
    """Without dates: the day, the last complete week or month, else the last 30 days."""
    found = default_range(windows, d(as_of))
    assert (found.start, found.end) == (d(expected[0]), d(expected[1]))
