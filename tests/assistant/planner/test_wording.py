"""What is said where one query cannot say what was asked: the right reason, in whole words, about the right metric."""

from __future__ import annotations

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Decline, Turn, World
from tests.assistant.planner.worlds import demo_world, small_catalog


@pytest.fixture(scope="module")
def world() -> World:
    return demo_world(small_catalog())


@pytest.mark.parametrize(
    ("question", "zh", "en"),
    [
        ("DAU中位数", "“中位数”", "'中位数'"),
        ("GMV中值", "“中值”", "'中值'"),
        ("单个用户GMV", "“单个用户”", "'单个用户'"),
        ("iOS或广东的GMV", "“或”只能连接同一维度", "'or' can only join values of one dimension"),
        ("上月iOS的DAU和安卓的GMV", "各自的筛选条件", "a condition of its own"),
        ("各平台GMV前三的品类", "每个分组", "within each group"),
        ("各渠道GMV占比", "还不能计算占比", "Shares of a total are not available yet"),
        ("上月订单明细", "不提供逐条明细", "Single records are not listed"),
        ("GMV/订单数", "最接近的是“客单价”", "The nearest metric is Average order value"),
        ("你是谁", "我是云策", "I am Yunce"),
        ("k因子", "“K因子”", "'K-factor'"),
        ("活动roi", "“活动ROI”", "'campaign ROI'"),
        ("新用户的GMV", "“新用户的成交额”", "GMV is counted over all users"),
        ("top 10 users by GMV", "不提供个人的数据", "Data on single persons"),
    ],
)
def test_a_refusal_says_why(question: str, zh: str, en: str, world: World) -> None:
    """The reason names what stands in the way, in both languages."""
    made = plan(question, world)
    assert isinstance(made, Decline)
    assert zh in made.reason.zh
    assert en in made.reason.en


def test_one_known_meaning_is_offered_as_that_one(world: World) -> None:
    """A name of which only one meaning is in the catalog is asked about by that name, and the others are said to be missing."""
    made = plan("转化率", world)
    assert isinstance(made, AskBack)
    assert made.question.zh.startswith("是要看付费转化率吗")
    assert made.question.en.startswith("Did you mean Paid conversion?")
    assert "注册转化率" in made.question.zh


def test_a_difference_between_two_values_names_both(world: World) -> None:
    """短视频比KOL多多少 says which two values are set side by side."""
    made = plan("短视频10月新增比KOL多多少", world)
    assert isinstance(made, Calls)
    assert made.said is not None
    assert "短视频、KOL" in made.said.zh


def test_a_refused_follow_up_offers_the_metric_of_the_thread_first(world: World) -> None:
    """What a session is about comes before the well-known metrics."""
    first = plan("上月订单数", world)
    made = plan("净推荐值", world, [Turn("上月订单数", first)])
    assert isinstance(made, Decline)
    assert made.choices[0].zh == "订单数"


@pytest.mark.parametrize("question", ["谢谢", "好的", "thanks!", "ok"])
def test_thanks_never_repeat_the_last_number(question: str, world: World) -> None:
    """Thanks and a bare yes after an answer are met with things to ask, and leave the session as it was."""
    history = [Turn("昨天的日活", plan("昨天的日活", world))]
    made = plan(question, world, history)
    assert isinstance(made, AskBack)
    again = plan("按平台", world, [*history, Turn(question, made)])
    assert isinstance(again, Calls)
    assert again.calls[0].params["metrics"] == ["dau"]
