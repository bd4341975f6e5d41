"""The planted story of the demo, told by the product alone: each line asked in words in both languages, the figure found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.service import Assistant
from assistant.settings import read_settings
from tests.test_readme import ask

pytestmark = pytest.mark.slow

Cells = list[dict[str, Any]]
Found = Callable[[Cells], float]


def first(column: str) -> Found:
    """Return the cell of the first row."""
    return lambda rows: rows[0][column]


def at(key: str, value: str, column: str) -> Found:
    """Return the cell of the row whose ``key`` is ``value``."""
    return lambda rows: next(row[column] for row in rows if row[key] == value)


def lowest(column: str, key: str, name: str) -> Found:
    """Return the lowest cell of a column, where it is that of ``name``."""

    def found(rows: Cells) -> float:
        row = min((r for r in rows if r[column] is not None), key=lambda r: r[column])
        assert row[key] == name, row
        return float(row[column])

    return found


def cause(value: str) -> Found:
    """Return what the first value below the whole contributes, as a share of the change, where it is ``value``."""

    def found(rows: Cells) -> float:
        whole, top = rows[0], rows[1]
        assert top["value"] == value, top
        return float(top["contribution"] / (whole["current"] - whole["base"]))

    return found


LINES: list[tuple[str, str, Found, float, float]] = [
    (
        "2025年3月3日到3月9日安卓5.2.0的注册转化率",
        "registration conversion on android 5.2.0 from 2025-03-03 to 2025-03-09",
        first("register_conversion"), .60, .64,
    ),
    (
        "2025年3月10日到3月17日安卓5.2.0的注册转化率",
        "registration conversion on android 5.2.0 from 2025-03-10 to 2025-03-17",
        first("register_conversion"), .28, .32,
    ),
    (
        "为什么2025年3月10日到3月17日注册转化率下降？",
        "why did registration conversion drop from 2025-03-10 to 2025-03-17?",
        cause("android · 5.2.0"), .8, 1.2,
    ),
    (
        "2025年3月10日到3月16日注册的安卓5.2.0用户的次日留存",
        "day-1 retention of users who registered from 2025-03-10 to 2025-03-16 on android 5.2.0",
        first("retention_d1"), .18, .30,
    ),
    (
        "2025年1月到2月注册用户的7日留存",
        "D7 retention of users who registered from January to February 2025",
        first("retention_d7"), .36, .40,
    ),
    (
        "2025年每个季度的7日留存率",
        "D7 retention by quarter in 2025",
        at("period", "2025-07-01", "retention_d7"), .43, .47,
    ),
    (
        "实验 onboarding_3_tasks 的结果怎么样？",
        "did the onboarding_3_tasks experiment win?",
        at("variant", "treatment", "p_value"), 0, .01,
    ),
    (
        "2025年每个月的激活率",
        "activation rate by month in 2025",
        at("period", "2025-10-01", "activation_rate"), .58, .62,
    ),
    (
        "2025年4月到7月的获客成本，与2024年12月1日到2025年3月31日相比",
        "CAC from 2025-04-01 to 2025-07-31 compared with 2024-12-01 to 2025-03-31",
        first("cac__change_pct"), -.25, -.21,
    ),
    (
        "2025年4月到7月KOL和短视频的新增用户，对比2024-12-01到2025-03-31",
        "new users from kol and short video from 2025-04-01 to 2025-07-31 compared with 2024-12-01 to 2025-03-31",
        at("channel", "short_video", "new_users__change_pct"), .5, 2,
    ),
    (
        "2025年12月的获客成本同比",
        "December 2025 CAC versus a year earlier",
        first("cac__change_pct"), -1, -.1,
    ),
    (
        "2025年每个季度的新用户核心功能7日渗透率",
        "7-day feature penetration by quarter in 2025",
        at("period", "2025-10-01", "feature_penetration_d7"), .81, .85,
    ),
    ("2025年每个月的用户粘性", "stickiness by month in 2025", at("period", "2025-12-01", "stickiness"), .50, .54),
    (
        "2025年每个月的消息点击率",
        "message click rate by month in 2025",
        at("period", "2025-01-01", "click_rate"), .06, .10,
    ),
    (
        "2025年每个季度的会员续订率",
        "renewal rate by quarter in 2025",
        at("period", "2025-10-01", "renewal_rate"), .80, .85,
    ),
    (
        "2025年每个月的支付漏斗转化率",
        "payment conversion by month in 2025",
        at("period", "2025-09-01", "payment_conversion"), .56, .60,
    ),
    ("2025年12月的裂变占比", "referral share in December 2025", first("referral_share"), .38, .42),
    (
        "winback_personalised 实验结果",
        "read out the winback_personalised experiment",
        at("variant", "treatment", "value"), .10, .14,
    ),
    (
        "2025年四季度各活动的消息点击率",
        "message click rate by campaign in Q4 2025",
        at("campaign", "winback_personalised", "click_rate"), .12, .20,
    ),
    (
        "2025年8月各活动的ROI",
        "campaign ROI by campaign in August 2025",
        lowest("campaign_roi", "campaign", "summer_flash"), .81, .99,
    ),
    ("2025年双11当天的成交额", "GMV on 2025-11-11", first("gmv"), 100_000, 200_000),
    (
        "2025年国庆期间的日活和9月23日到9月30日相比",
        "dau from 2025-10-01 to 2025-10-08 compared with 2025-09-23 to 2025-09-30",
        first("dau__change_pct"), -.20, -.16,
    ),
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_each_line_of_the_story_is_found_in_words(default_home: Path, language: str) -> None:
    """Asked as a person would, each planted figure comes back within the contract's tolerance, in the question's language."""
    assistant = Assistant.open(read_settings({"YUNCE_HOME": str(default_home)}))
    missed = []
    for zh, en, found, low, high in LINES:
        question = zh if language == "zh" else en
        answer = await ask(assistant, question)
        figure = found(answer.results[0].records()) if answer.status == "answered" else None
        if figure is None or not low <= figure <= high or answer.language != language or answer.unsupported_numbers:
            missed.append((question, answer.status, figure, answer.answer))
    assert missed == []
