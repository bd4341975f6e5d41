"""What a named range is compared with: never with days of its own."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from assistant.planner.bases import SAME, settle_base, settle_unit
from assistant.planner.date_words import Vague
from assistant.planner.dates import period_in
from assistant.planner.periods import Period, base_by_words, year_before
from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Clock
from tests.assistant.planner.worlds import demo_world, small_catalog

_CLOCK = Clock(date(2025, 12, 31), date(2025, 12, 31), date(2024, 7, 1))
_MID_MONTH = Clock(date(2025, 11, 19), date(2025, 11, 18), date(2024, 7, 1))


def _words(*rows: str) -> list[str]:
    return " ".join(rows).split()


_RANGES = _words(
    "昨天 前天 本周 上周 上上周 本月 上个月 上上个月 10月 11月 12月 q3 q4 上季度 本季度 上半年 今年 去年 近7天 近14天 近30天",
    "近3个月 国庆 双11期间 10月上旬 11月20日 12月1日到10日",
)
_BASES = _words("昨天 上周 上个月 上季度 去年 前7天 前30天 前一周 前一个月 前3个月 10月 11月 q3 本月 近7天")


def _said(text: str, clock: Clock) -> Period:
    found = period_in(text, clock)
    assert isinstance(found, Period), text
    return found


@pytest.mark.parametrize("clock", [_CLOCK, _MID_MONTH])
@pytest.mark.parametrize(("range_said", "base_said"), list(product(_RANGES, _BASES)))
def test_a_range_is_never_compared_with_its_own_days(range_said: str, base_said: str, clock: Clock) -> None:
    """Whatever is named as the base, it shares no day with the range, or it is asked; every choice holds to that too."""
    period, base = _said(range_said, clock), _said(base_said, clock)
    settled = settle_base(period, base, clock)
    if isinstance(settled, AskBack):
        assert settled.choices
        return
    if isinstance(settled, dict):
        first, last = date.fromisoformat(settled["start"]), date.fromisoformat(settled["end"])
    else:
        first, last = base_by_words(period) if settled == "previous" else year_before(period)
    assert last < period.start or first > period.end


@pytest.mark.parametrize("range_said", _RANGES)
@pytest.mark.parametrize("compare", list(SAME))
def test_a_change_by_unit_fits_its_unit_or_is_asked(range_said: str, compare: str) -> None:
    """周环比 of more than a week is asked; what is taken lies before the range."""
    period = _said(range_said, _CLOCK)
    settled = settle_unit(compare, period)
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92}[SAME[compare]]
    assert isinstance(settled, AskBack) == (period.days > longest)
    if isinstance(settled, Period):
        assert settled.start < period.start


def test_ranges_of_unequal_length_are_called_so() -> None:
    """An 8-day holiday beside a 7-day one is said in both languages; a month beside a shorter one is not."""
    world = demo_world(small_catalog())
    uneven, even = plan("国庆GMV和去年国庆比", world), plan("10月GMV比9月", world)
    assert isinstance(uneven, Calls)
    assert uneven.said is not None
    assert "8 天与 7 天" in uneven.said.zh
    assert "8 and 7 days" in uneven.said.en
    assert isinstance(even, Calls)
    assert even.said is None


def test_days_the_wrong_way_round_are_asked() -> None:
    """A range whose end comes before its start is never read as nearly a year."""
    assert isinstance(period_in("3月17号到3月10号", _CLOCK), Vague)
    assert isinstance(period_in("11月20日到1月5日", _CLOCK), Period)


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("国庆前两周", "2025-09-17", "2025-09-30"),
        ("国庆后一周", "2025-10-09", "2025-10-15"),
        ("国庆前三天", "2025-10-01", "2025-10-03"),
    ],
)
def test_weeks_around_a_holiday_are_counted(said: str, first: str, last: str) -> None:
    """Two weeks before a holiday are 14 days; its first days are its own."""
    period = _said(said, _CLOCK)
    assert (period.start.isoformat(), period.end.isoformat()) == (first, last)
