"""The number check: what is supported passes in every written form, and nothing else does."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assistant.answer.formats import format_change, format_value
from assistant.answer.numbers import unsupported_numbers
from knowledge.text import Language, Text
from tests.assistant.answer.shapes import CATALOG, NASTY, WEEK, result, values_of
from tools.semantic_layer.result import Result

CHANNELS = result(
    [
        *("channel", "new_users", "new_users__base", "new_users__change", "new_users__change_pct"),
        *("retention_d7", "retention_d7__numerator", "retention_d7__denominator"),
        *("retention_d7__base", "retention_d7__change", "retention_d7__change_pct", "gmv"),
    ],
    [
        ["short_video", 1283, 1100, 183, 0.16636, 0.38214, 412, 1078, 0.41414, -0.032, -0.07727, 120_345_000.0],
        ["kol", 640, 320, 320, 1.0, 0.41231, 264, 640, 0.40231, 0.01, 0.02486, 35.2],
        [None, 12_345_678, None, None, None, None, 0, 0, None, None, None, 0.35],
    ],
    {"new_users": "users", "retention_d7": "ratio", "gmv": "CNY"},
    params={
        **WEEK,
        "dimensions": ["channel"],
        "compare": "previous",
        "base": {"start": "2025-12-18", "end": "2025-12-24"},
    },
    notes=[Text("渠道未知的 83 人已计入", "83 users without a channel are counted")],
)
AGES = result(
    ["age_band", "app_version", "city_tier", "roi", "paying_users"],
    [["18-24", "5.2.0", 3, 2.31, 77], ["46+", "5.10.1", 1, 0.9, 5]],
    {"roi": "ratio", "paying_users": "users"},
    params={**WEEK, "dimensions": ["age_band", "app_version", "city_tier"], "limit": 5},
)


def unsupported(text: str, *results: Result, **sources: Any) -> tuple[str, ...]:
    return unsupported_numbers(text, results=results or [CHANNELS], catalog=CATALOG, **sources)


@pytest.mark.parametrize(
    "text",
    [
        "1,283 · 1283 · １，２８３ · 1 283".replace(" 283", "\u202f283"),
        "38.2% · 38.21% · 38% · 0.382 · 百分之三十八 · thirty-eight percent · 38.2 percent · 38.2％",
        "41% 或 41.2%",
        "1.2亿 · 1.203亿 · 12,034.5万 · 12035万 · 120.3M · 120 million · ¥1.2亿 · 1.2亿元 · 1.2e8",
        "1,234.6万 · 12.35M · 12.3 million · 一千二百三十五万 · 1235万",
        "¥35.20 · 35.2 元 · CNY 35.2 · 35 yuan · ¥0.35",
        "下降 3.2 个百分点 · 减少了3.2个百分点 · down 3.2pp · -3.2 个百分点 · fell by 3.2 percentage points · 回落约 3 个百分点",
        "+16.6% · 上升 16.6% · 增长了 17% · up 16.6% · a 16.6% increase · 增长 183 · +183",
        "翻倍 · 翻了一番 · doubled · twice · 2 倍 · 两倍 · +100%",
        "从 41.4% 下降到 38.2%，down from 41.4% to 38.2%",
        "约四成 · 38%左右",
        "412/1,078",
        "2025-12-25 · 12-31 · 12月25日 · 12 月 31 日 · Dec 25 · 25 December 2025 · Dec 25–31, 2025 · 十二月二十五日 · 2025年 · 2025/12/25",
        "12月 · December 2025 · 2025-12 · Q4 · 第四季度 · 2025 Q4",
        "近7天 · 近 7 日 · last 7 days · 7-day · seven days · 一周 · 1 week",
        "7日留存率 · D7 · D7 retention · day 7 · 第7天 · 七日留存 · Day-7 retention",
        "1. 短视频\n2. KOL\n3. 未知",
        "1. 短视频：1,283\n2. KOL：640",
        "`R-7Q2M4K8Z1A`",
        "83 人",
        "3 行 · 3 rows",
        "没有数字",
        "一些渠道一直一样，其中一个统一",
        "",
    ],
)
def test_every_form_of_a_supported_number(text: str) -> None:
    """Formatting, rounding, units, number words, dates, durations, names and list numbers are understood."""
    assert unsupported(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "18-24岁 · 18–24 · 46+ · 46岁及以上",
        "版本 5.2.0 · v5.10.1 · app version 5.2.0",
        "三线城市 · 一线城市 · Tier 3",
        "ROI 2.31 · 2.3 · 2.3 倍 · 0.90",
        "前5 · top 5",
    ],
)
def test_names_are_supported_by_their_own_source(text: str) -> None:
    """Values with digits, versions, tiers, multiples and the limit asked for are known."""
    assert unsupported(text, AGES) == ()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1,284",
            "1,382",
            "38.3%",
            "37%",
            "39%",
            "0.383",
            "百分之三十九",
            "forty-five percent",
            "1.3亿",
            "121M",
            "二十万",
        ),
        *(
            "¥35.30",
            "$35.20",
            "€35.2",
            "36 元",
            "38.2 个百分点",
            "下降 3.3 个百分点",
            "上升 3.2 个百分点",
            "+3.2 pp",
            "3.2 个百分点",
        ),
        *(
            "下降 16.6%",
            "-16.6%",
            "down 16.6%",
            "16.6% lower",
            "上升 38.2%",
            "+38.2%",
            "下降 1,283",
            "-1,283",
            "+1,284",
        ),
        *("三倍", "tripled", "减半", "3.5 倍", "一半", "half", "三成", "三分之二", "two thirds", "⅔", "½"),
        *(
            "2025-12-24 之后的 2025-11-25",
            "11月25日",
            "Nov 25",
            "12-26",
            "2024 年",
            "2024",
            "Q3",
            "2025-11",
            "第三季度",
        ),
        *("近8天", "last 30 days", "D30", "30日留存率", "day 8", "一个月", "24 小时", "5 分钟"),
        *(
            "2. 短视频",
            "1. 短视频\n3. KOL",
            "12 个渠道",
            "4 行",
            "两个渠道",
            "one channel",
            "two",
            "5",
            "7",
            "十",
            "a dozen",
        ),
        *("R-7Q2M4K8Z1B", "R-0000000000", "版本 5.2.0", "18-24", "H5", "A1", "3C", "v2"),
        *("12:30", "1/2", "24/7", "1.2e6", "1.2×10⁶", "10^6", "1.283.000"),
    ],
)
def test_what_no_source_says_is_refused(text: str) -> None:
    """A wrong digit, sign, unit, date, duration or name is caught, and so are small numbers without a source."""
    assert unsupported(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "**4**2%",
            "4*2*%",
            "4`2`%",
            "4__2__%",
            "~~4~~2%",
            "<b>4</b>2%",
            "4<!-- x -->2%",
            "[4](http://x.y)2%",
            "![4](x)2%",
        ),
        *("4\u200b2%", "4\u00ad2%", "4\u20602%", "4\ufeff2%", "\u202e24%", "4\u03362%", "4\ufe0f\u20e32%", "4️⃣2️⃣%"),
        *("&#52;2%", "&#x34;2%", "\\42%", "４２％", "𝟒𝟐%", "④②%", "₄₂%", "٤٢%", "۴۲٪", "४२%", "๔๒%", "൪൨%"),
        *("XLII", "ⅩLII", "Ⅻ", "一千二百", "壹仟貳佰", "廿", "四十二", "4十2", "百分之四十二", "四成二", "肆拾贰"),
        *("1.2e6", "1.2E+6", "1.2×10^6", "⅓", "3⁄4", "1½", "20–30%", "20~30%", "20% 至 30%", "5 to 7%", "-42%", "−42%"),
        *("1O0", "l23", "4З2", "4О2", "Ⅳ", "㊷", "〤", "💯", "🔟", "⚃", "forty-two", "FORTY TWO", "fortytwo 42"),
        *(
            "42k",
            "4.2w",
            "42bn",
            "42.0",
            ".42",
            "42,000",
            "42，000",
            "42'000",
            "42 000".replace(" ", "\u2009"),
            "42st",
            "42nd",
        ),
        *(
            "半数",
            "过半",
            "对半",
            "上半年",
            "翻两番",
            "近万",
            "上千",
            "half a million",
            "a hundred",
            "dozens",
            "thrice",
            "tenfold",
        ),
    ],
)
def test_hidden_and_foreign_numbers_are_seen(text: str) -> None:
    """Markup, invisible characters, entities, other scripts, lookalikes and words do not hide a number."""
    assert unsupported(text)


@pytest.mark.parametrize(
    "text", ["**38**.2%", "3\u200b8.2%", "３８．２％", "٣٨٫٢٪", "&#51;8.2%", "<b>38</b>.2%", "𝟑𝟖.𝟐%"]
)
def test_a_supported_number_may_be_dressed(text: str) -> None:
    """The same disguises around a right figure are read as that figure."""
    assert unsupported(text) == ()


def test_question_citations_and_wording_support_numbers() -> None:
    """Each other source supports its own numbers, of the same kind only."""
    assert unsupported("ROI 低于 1.5 的前三个", question="ROI低于1.5的前3个活动") == ()
    assert unsupported("目标是 30%", question="有没有到30%？") == ()
    assert unsupported("目标是 30", question="有没有到30%？") == ("30",)
    assert unsupported("门槛 500 元 [P1]", citations=[{"id": "P1", "passage": "门槛为 500 元，有效期 14 天"}]) == ()
    assert unsupported("14 天 [P2]", citations=[{"id": "P1", "passage": "有效期 14 天"}]) == ("P2",)
    assert unsupported("最近30天", said="近30天") == ()
    assert unsupported("最近30天") != ()


def test_thresholds_and_parameters_are_sources() -> None:
    """Numbers of the parameters count, each in its own unit."""
    params = {**WEEK, "window_hours": 24, "having": [{"column": "retention_d7", "op": "lt", "value": 0.35}]}
    found = result(["retention_d7"], [[0.31]], "ratio", params=params)
    assert unsupported("24 小时内，低于 35% 的只有 31%", found) == ()
    assert unsupported("24 天内", found) == ("24 天",)


def test_change_over_a_trend_is_recomputed() -> None:
    """The change from the first to the last whole bucket is a known derived figure; any other is not."""
    weeks = [["2025-12-01", 100], ["2025-12-08", 150], ["2025-12-15", 130], ["2025-12-29", 9]]
    found = result(
        ["period", "orders"], weeks, "count", params={"start": "2025-12-01", "end": "2025-12-31", "grain": "week"}
    )
    assert unsupported("从 100 到 130，上升 30（+30.0%）", found) == ()
    assert unsupported("下降 91", found) == ("91",)
    assert unsupported("上升 50%", found) == ("50%",)


def test_a_value_that_looks_like_a_figure_supports_no_figure() -> None:
    """A campaign named 99% does not let 99% pass as a rate; named with its dimension it may be said."""
    found = result(
        ["campaign", "orders"], [["99%", 3], ["88", 4]], "count", params={**WEEK, "dimensions": ["campaign"]}
    )
    assert unsupported("转化率 99%", found) == ("99%",)
    assert unsupported("88 单", found) == ("88",)
    assert unsupported("活动 99% 有 3 单，活动 88 有 4 单", found) == ()


UNITS = ("users", "CNY", "ratio", "multiple", "points", "days")
METRIC_OF = {
    "users": "new_users",
    "CNY": "gmv",
    "ratio": "retention_d7",
    "multiple": "roi",
    "points": "nps",
    "days": "avg_active_days",
}


@settings(max_examples=600, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), unit=st.sampled_from(UNITS), language=st.sampled_from(["zh", "en"]))
def test_every_formatted_cell_is_supported(data: st.DataObject, unit: str, language: Language) -> None:
    """Whatever the figure, the way it is formatted is accepted, as a level and as a change."""
    metric = METRIC_OF[unit]
    value, change = data.draw(values_of(unit).filter(lambda v: v is not None)), data.draw(st.floats(-5000, 5000))
    catalog_unit = "ratio" if unit == "multiple" else unit
    found = result([metric, f"{metric}__change"], [[value, change]], catalog_unit, metrics=[metric])
    shown = [format_value(value, unit, language), format_change(change, unit, language)]
    assert unsupported("，".join(shown), found) == ()


@settings(max_examples=600, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), unit=st.sampled_from(UNITS), language=st.sampled_from(["zh", "en"]))
def test_another_digit_is_refused(data: st.DataObject, unit: str, language: Language) -> None:
    """One digit changed anywhere makes the figure another number, and it is refused."""
    metric = METRIC_OF[unit]
    value = data.draw(values_of(unit).filter(bool))
    found = result([metric], [[value]], "ratio" if unit == "multiple" else unit, metrics=[metric], params={})
    shown = format_value(value, unit, language)
    places = [index for index, character in enumerate(shown) if character.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != shown[place])
    # Within half a place of a tie both neighbours are right, as 0.25 may be written 0.2 or 0.3.
    assume(place != places[-1] or abs(int(digit) - int(shown[place])) not in (1, 9))
    assert unsupported(shown[:place] + digit + shown[place + 1 :], found) != ()


def test_a_figure_belongs_to_the_row_that_is_named() -> None:
    """A right figure beside the wrong name or date is refused; with its own name it passes."""
    assert unsupported("短视频的 7 日留存率 38.2%") == ()
    assert unsupported("KOL 的 7 日留存率 38.2%") == ("38.2%",)
    assert unsupported("KOL had 1,283 new users; short video 640.") == ("1,283", "640")
    days = [[f"2025-12-{day:02d}", 1000 + 7 * day] for day in range(1, 32)]
    params = {"start": "2025-12-01", "end": "2025-12-31", "grain": "day"}
    found = result(["period", "orders"], days, "count", params=params)
    assert unsupported("12-08 有 1,056 单；最高 1,217", found) == ()
    assert unsupported("12-09 有 1,056 单", found) == ("1,056",)
    assert unsupported("有一天 1,056 单", found) == ("一天", "1,056")


@pytest.mark.parametrize("rows", [1, 10, 40, 400])
def test_random_wrong_figures_rarely_slip_through(rows: int) -> None:
    """Of made-up figures beside a result of three metrics, fewer than 2 in 100 happen to be right, at every length."""
    dice = random.Random(7)
    units = {"new_users": "users", "retention_d7": "ratio", "gmv": "CNY"}

    def figures() -> list[Any]:
        return [dice.randint(100, 50_000), round(dice.uniform(0.05, 0.6), 5), round(dice.uniform(20, 90_000), 2)]

    slipped = tried = 0
    for _ in range(max(3, 200 // rows)):
        found = result(["campaign", *units], [[f"活动{index}号", *figures()] for index in range(rows)], units)
        for about in ("这里是", "活动1号是" if rows > 1 else "活动0号是"):
            wrong = [format_value(v, unit, "zh") for v, unit in zip(figures(), units.values(), strict=True)]
            for figure in (*wrong, *wrong[:1]) * (1 if rows < 100 else 4):
                tried += 1
                slipped += not unsupported(f"{about} {figure}。", found)
    assert slipped / tried < 0.02


@settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=NASTY)
def test_no_digit_is_overlooked(text: str) -> None:
    """Without any source, every text with a digit of any script is refused, and the check ends on every text."""
    assume("&" not in text)  # an entity such as &#1; holds a digit that nobody sees
    refused = unsupported_numbers("答：" + text.replace("\n", " "), results=[], catalog=CATALOG)
    if any(character.isdecimal() for character in text):
        assert refused


@pytest.mark.parametrize("name", ["1", "12", "5.2", "一", "50%"])
def test_a_segment_named_like_a_figure_is_told(name: str) -> None:
    """A name between quotation marks after its own word is a name; the same characters elsewhere are a figure."""
    params = {"name": name, "as_of": "2025-12-31"}
    counted = result(
        ["size", "share_all", "share_active"], [[65, None, None]], None, tool="build_segment", params=params
    )
    assert unsupported(f"人群“{name}”，共 65 人", counted) == ()
    assert unsupported(f"the segment '{name}' holds 65 users", counted) == ()
    assert unsupported(f"DAU {name}", counted) == (name,)
