"""Figures and dates in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assistant.answer.formats import (
    change_words,
    format_change,
    format_change_pct,
    format_date_range,
    format_period,
    format_value,
)


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (1283, "users", "1,283", "1,283"),
        (12345, "users", "12,345", "12,345"),
        (99_999, "users", "99,999", "99,999"),
        (123_456, "users", "12.35万", "123,456"),
        (12_340_000, "users", "1,234万", "12.34M"),
        (99_999_999, "users", "1亿", "100M"),
        (120_000_000, "count", "1.2亿", "120M"),
        (1_234_567_890_123, "count", "1.235万亿", "1.235T"),
        (1234.5678, "users", "1,234.6", "1,234.6"),
        (0.04, "count", "0.04", "0.04"),
        (0, "count", "0", "0"),
        (-12, "count", "-12", "-12"),
        (0.382, "ratio", "38.2%", "38.2%"),
        (0.0004, "ratio", "0.04%", "0.04%"),
        (0.000012, "ratio", "0.0012%", "0.0012%"),
        (0.0095, "ratio", "0.95%", "0.95%"),
        (0.9996, "ratio", "99.96%", "99.96%"),
        (1, "ratio", "100%", "100%"),
        (0, "ratio", "0%", "0%"),
        (12.5, "ratio", "1,250%", "1,250%"),
        (2.345, "multiple", "2.35", "2.35"),
        (0.9, "multiple", "0.90", "0.90"),
        (0.35, "CNY", "¥0.35", "¥0.35"),
        (0.0035, "CNY", "¥0.0035", "¥0.0035"),
        (1234.5, "CNY", "¥1,234.50", "¥1,234.50"),
        (9999.99, "CNY", "¥9,999.99", "¥9,999.99"),
        (123_456.78, "CNY", "¥12.35万", "¥123,457"),
        (1_234_567.8, "CNY", "¥123.5万", "¥1.235M"),
        (-3.2, "CNY", "-¥3.20", "-¥3.20"),
        (3.25, "days", "3.3 天", "3.3 days"),
        (42.31, "points", "42.3 分", "42.3 points"),
        (45, "seconds", "45 秒", "45 s"),
        (4000, "seconds", "66.7 分钟", "66.7 min"),
        (20_000, "seconds", "5.6 小时", "5.6 h"),
        (0.0321, "p", "0.0321", "0.0321"),
        (1e-9, "p", "<0.0001", "<0.0001"),
        (None, "users", "—", "—"),
        (float("nan"), "users", "—", "—"),
        (float("inf"), "CNY", "—", "—"),
        (True, "", "是", "yes"),
        ("ios", "", "ios", "ios"),
    ],
)
def test_figures(value: Any, unit: str, zh: str, en: str) -> None:
    """Each unit has the form that the documentation promises, from tiny to huge, and no false 0% or 100%."""
    assert (format_value(value, unit, "zh"), format_value(value, unit, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0.032, "ratio", "+3.2 个百分点", "+3.2 pp"),
        (-0.032, "pp", "-3.2 个百分点", "-3.2 pp"),
        (183, "users", "+183", "+183"),
        (-3.2, "CNY", "-¥3.20", "-¥3.20"),
        (0, "users", "0", "0"),
        (None, "users", "—", "—"),
    ],
)
def test_changes_have_signs(value: Any, unit: str, zh: str, en: str) -> None:
    """A change of a ratio is in percentage points, any other in its unit, always with its sign."""
    assert (format_change(value, unit, "zh"), format_change(value, unit, "en")) == (zh, en)


def test_changes_in_words() -> None:
    """Words carry the direction, so that the figure needs no sign."""
    assert change_words(-0.032, "ratio", "zh") == "下降 3.2 个百分点"
    assert change_words(183, "users", "en") == "up 183"
    assert change_words(0, "users", "zh") == "持平"
    assert format_change_pct(0.1234, "zh") == "+12.3%"
    assert format_change_pct(None, "en") == "—"


def test_dates() -> None:
    """Ranges are exact; Chinese repeats no year; periods are named by their calendar."""
    start, end = date(2025, 12, 25), date(2025, 12, 31)
    assert format_date_range(start, end, "zh") == "2025-12-25 至 12-31"
    assert format_date_range(start, end, "en") == "2025-12-25 to 2025-12-31"
    assert format_date_range(date(2024, 12, 25), end, "zh") == "2024-12-25 至 2025-12-31"
    assert format_date_range(end, end, "zh") == "2025-12-31"
    assert format_period(date(2025, 12, 22), "week", "zh") == "2025-12-22 当周"
    assert format_period(date(2025, 10, 1), "quarter", "en") == "Q4 2025"
    assert format_period(date(2025, 12, 1), "month", "zh") == "2025年12月"
    assert format_period(date(2025, 1, 1), "year", "en") == "2025"
