"""What a conversation keeps: words that point at the last answer, what is said of it, and what takes it back."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Decline, Plan, Turn, World, from_json, to_json
from tests.assistant.planner.worlds import demo_world

_WORLD = demo_world(analyses=True, segments=True)
_Shown = Mapping[str, tuple[str | int, ...]]


def _after(first: str, shown: _Shown, *questions: str, world: World = _WORLD) -> Plan:
    """Return the plan of the last question, each turn having gone through JSON as after a restart."""
    history = [Turn(first, plan(first, world), shown)]
    for question in questions:
        kept = [from_json(json.loads(json.dumps(to_json(turn)))) for turn in history]
        history.append(Turn(question, plan(question, world, kept)))
    return history[-1].plan


def _filters(made: Plan) -> list[dict[str, object]]:
    assert isinstance(made, Calls), made
    return list(made.calls[-1].params.get("filters", ()))


_KOL = [{"dimension": "channel", "op": "in", "values": ["kol"]}]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("上月GMV最高的渠道", "它的次留呢"),
        ("上月GMV最高的渠道", "上面那个渠道的新增"),
        ("上月GMV最高的渠道", "它为什么涨"),
        ("which channel had the most GMV last month", "what about its day-1 retention"),
        ("which channel had the most GMV last month", "that channel's new users"),
    ],
)
def test_it_is_the_one_row_of_the_last_answer(first: str, then: str) -> None:
    """它, that channel: the value that the last answer showed, for the same dates, and the answer says which."""
    made = _after(first, {"channel": ("kol",)}, then)
    assert _filters(made) == _KOL
    assert isinstance(made, Calls)
    assert made.calls[-1].params["start"] == "2025-11-01"
    assert "limit" not in made.calls[-1].params
    assert made.said is not None
    assert "KOL" in made.said.zh
    assert "KOL" in made.said.en


def test_rows_are_pointed_at_by_their_place_or_all_together() -> None:
    """第二名, the last one and their take rows of a ranking; 它 of three rows is asked, with these three to choose from."""
    shown = {"channel": ("organic", "kol", "referral")}
    assert _filters(_after("上个月GMV前三的渠道", shown, "第二名的次留")) == _KOL
    assert _filters(_after("top 3 channels by GMV last month", shown, "the second one's day-1 retention")) == _KOL
    all_of = _after("上个月GMV前三的渠道", shown, "它们的新增")
    assert _filters(all_of)[0]["values"] == ["organic", "kol", "referral"]
    assert isinstance(all_of, Calls)
    assert all_of.calls[-1].params["dimensions"] == ["channel"]
    asked = _after("上个月GMV前三的渠道", shown, "它的次留呢")
    assert isinstance(asked, AskBack)
    assert len(asked.choices) == 3
    assert _filters(_after("上个月GMV前三的渠道", shown, "它的次留呢", "第二名的次留")) == _KOL
    assert isinstance(_after("上个月GMV前三的渠道", {}, "第二名的次留"), AskBack)


def test_what_was_carried_over_is_said_and_one_reply_takes_it_back() -> None:
    """仍按渠道 = 短视频 stands in the answer, and each offer's own question, sent as it stands, drops exactly that."""
    sessions = {
        "上个月短视频每周的GMV同比": "换成次留",
        "weekly GMV from short video last month vs a year earlier": "switch to DAU",
    }
    for first, then in sessions.items():
        made = _after(first, {}, then)
        assert isinstance(made, Calls)
        assert made.said is not None
        assert "仍按" in made.said.zh
        assert "still" in made.said.en
        assert len(made.offers) == 3
        for offer, gone in zip(made.offers, ("filters", "grain", "compare"), strict=True):
            for reply in offer.question:
                left = _after(first, {}, then, reply)
                assert isinstance(left, Calls), reply
                assert gone not in left.calls[-1].params
                others = {"filters", "grain", "compare"} - {gone}
                assert others <= left.calls[-1].params.keys(), reply


def test_a_metric_that_does_not_take_the_filter_says_that_it_was_dropped() -> None:
    """活动ROI after 短视频的GMV: the channel no longer applies; the answer says so."""
    made = _after("上个月短视频的GMV", {}, "活动ROI呢")
    assert isinstance(made, Calls)
    assert _filters(made) == []
    assert made.said is not None
    assert "已去掉" in made.said.zh


@pytest.mark.parametrize(
    ("question", "near"),
    [("campaign foo ROI", "引力场计划"), ("火星计划活动的ROI", "星火计划")],
)
def test_an_unknown_campaign_is_asked_back_with_those_there_are(question: str, near: str) -> None:
    """A campaign that is not stored: clarify, with the nearest campaigns."""
    made = plan(question, _WORLD)
    assert isinstance(made, AskBack)
    assert near in [choice.zh for choice in made.choices]


@pytest.mark.parametrize(
    ("turns", "metric", "start"),
    [
        (("转化率", "付费的", "上周", "注册的呢"), "register_conversion", "2025-12-22"),
        (("conversion rate", "paid", "last week", "what about registration"), "register_conversion", "2025-12-22"),
        (("retention", "D7", "October sign-ups"), "retention_d7", "2025-10-01"),
        (("次留", "10月新用户"), "retention_d1", "2025-10-01"),
        (("昨天DAU", "我说的是新增"), "new_users", "2025-12-30"),
        (("DAU yesterday", "I meant new users"), "new_users", "2025-12-30"),
        (("D1 retention last month", "only new users"), "retention_d1", "2025-11-01"),
    ],
)
def test_a_bare_metric_or_people_keeps_the_topic(turns: tuple[str, ...], metric: str, start: str) -> None:
    """One of the metrics that were offered, the people of a metric, or another metric meant: each keeps what it belongs to."""
    made = _after(turns[0], {}, *turns[1:])
    assert isinstance(made, Calls), made
    assert made.calls[-1].params["metrics"] == [metric]
    assert made.calls[-1].params["start"] == start


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("payment funnel last month", "only new users"),
        ("支付漏斗上月", "只看新用户"),
        ("上月GMV", "只看新用户"),
        ("GMV last month", "only new users"),
    ],
)
def test_keeping_to_new_users_is_refused_where_everyone_is_counted(first: str, then: str) -> None:
    """As in one sentence (新用户的支付漏斗): refused, and never answered with the number of new users."""
    assert isinstance(_after(first, {}, then), Decline)


def test_it_without_a_value_is_asked_for() -> None:
    """One channel found is what the words for it point at; of campaigns without one named, it is asked which."""
    found = _after("Which channel had the worst CAC in Q3?", {"channel": ("kol",)}, "how about new users for it")
    assert _filters(found) == _KOL
    assert isinstance(_after("8月活动ROI", {}, "它花了多少钱"), AskBack)
    assert isinstance(_after("8月活动ROI", {}, "最低的", "为什么", "它花了多少钱"), AskBack)
