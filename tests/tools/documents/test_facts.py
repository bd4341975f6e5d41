"""Figures become facts where a rule is certain, and nothing else does."""

from __future__ import annotations

import pytest

from tools.documents.facts import facts_of

Short = tuple[str, float | None, float | None, float | None, str, str]


def short(text: str) -> list[Short]:
    """Return the facts of a text as (metric, from, to, change, unit, direction)."""
    return [(f.metric, f.from_value, f.to_value, f.change, f.unit, f.direction) for f in facts_of(text)]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("7日留存率从38%提升至45%。", [("retention_d7", 0.38, 0.45, None, "%", "up")]),
        ("成本降低23%。", [("成本", None, None, -0.23, "%", "down")]),
        (
            "唤醒率达12%，为模板的3倍。",
            [("reactivation_rate", None, 0.12, None, "%", "level"), ("reactivation_rate", None, None, 3.0, "倍", "up")],
        ),
        ("客服首响时间由95秒压缩到40秒，退订率没有变化。", [("客服首响时间", 95, 40, None, "秒", "down")]),
        ("我们把广告花费从12万元减少到9.5万元。", [("cost", 120_000, 95_000, None, "元", "down")]),
        (
            "客单价同比上涨8.5%，复购率环比下滑2个百分点",
            [("aov", None, None, 0.085, "%", "up"), ("repurchase_rate", None, None, -2, "个百分点", "down")],
        ),
        (
            "门店月活用户达3.2万，较年初增长40%。",
            [("门店月活用户", None, 32_000, None, "", "level"), ("门店月活用户", None, None, 0.4, "%", "up")],
        ),
        ("新会员的次日留存率高于老规则11个百分点。", [("retention_d1", None, None, 11, "个百分点", "up")]),
        ("单客成本仅为直播的1/4。", [("单客成本", None, None, 0.25, "倍", "down")]),
        ("LTV/CAC从1.8提升至2.6", [("ltv_cac", 1.8, 2.6, None, "", "up")]),
        ("NPS(净推荐值)增长7分", [("nps", None, None, 7, "分", "up")]),
        ("Day-7 retention rose from 21% to 33%.", [("retention_d7", 0.21, 0.33, None, "%", "up")]),
        ("The CAC fell by 18%.", [("cac", None, None, -0.18, "%", "down")]),
    ],
)
def test_figures_are_read(text: str, facts: list[Short]) -> None:
    """From and to, changes, levels and multiples, with unit and direction; linked where the catalog knows the name."""
    assert short(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "2024年3月有18家门店参加，第2周开始统计。",
        "满100减20的券限3天内使用。",
        "《7天让转化率提升10倍》一书里说了什么？",
        "她说“转化率提升50%”，没有人相信。",
        "目标人群为25-30岁女性用户，共3组。",
        "转化率从38%下降至45%。",
        "时长从3天增加到20%。",
        "获客成本已攀升至历史新高。",
        "提醒在早9点、午12点、晚8点各发一次。",
        "如果留存率（3日内30%）不清楚，就先看60人的名单。",
        "See page 12 of the 2024 report; 3 stores joined.",
    ],
)
def test_other_figures_are_left_alone(text: str) -> None:
    """Dates, prices, titles, quotations, contradictions, asides and unlike units are no facts."""
    assert short(text) == []


def test_whom_and_by_what_come_from_the_sentence() -> None:
    """The segment is named by the figure, the group addressed, or the label above; the action is the clause before."""
    fact = facts_of("针对60天未到店顾客群体，推送上次买过的品类券，回访率从5%提升至9%。")[0]
    assert (fact.segment, fact.action) == ("60天未到店顾客群体", "推送上次买过的品类券")
    label = facts_of("-高频低客单会员(占比12%)：以凑单为主，上线满减阶梯，件单价提升15%。")[0]
    assert label.segment == "高频低客单会员"
    assert label.action == "上线满减阶梯"
    both = facts_of("对新会员推券，对老会员打电话，回访率提升6%。")[0]
    assert both.segment == ""
    named = facts_of("新用户7日留存率提升4%。")[0]
    assert (named.metric, named.segment, named.name) == ("retention_d7", "新用户", "新用户7日留存率")
    caused = facts_of("自助退款使客服工单量减少37%。")[0]
    assert (caused.name, caused.action) == ("客服工单量", "自助退款")


def test_a_subject_is_carried_only_to_the_clause_that_follows() -> None:
    """「较去年增长」 belongs to the figure right before it; after another clause it belongs to nobody known."""
    assert [f.name for f in facts_of("自提点月均收入达3200元，较去年增长65%。")] == ["自提点月均收入"] * 2
    assert [f.name for f in facts_of("自提点月均收入达3200元，店长都很满意，较去年增长65%。")] == ["自提点月均收入"]


def test_a_fact_quotes_the_text_word_for_word() -> None:
    """What a fact rests on stands in the passage as it is."""
    text = "其中，老客（两年以上）的复购率从31%提升至40%，投诉量减少12%。"
    assert all(fact.text in text for fact in facts_of(text))
    assert len(facts_of(text)) == 2
