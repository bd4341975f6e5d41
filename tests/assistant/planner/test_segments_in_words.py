"""Groups of users described in words: the definitions they are read as, what is asked back, and words read back."""

from __future__ import annotations

import random
from typing import Any

import pytest

from assistant.planner.plan import plan
from assistant.planner.segments.asking import UnclearError
from assistant.planner.segments.people import read_people
from assistant.planner.types import AskBack, Calls, Plan, Turn, World
from knowledge.segments import plain, read_definition
from tests.assistant.planner.segment_forms import one_form, random_definition
from tests.assistant.planner.worlds import demo_world
from tools.segments.words import words

Leaf = dict[str, Any]


def _did(event: str, times: int = 1, op: str = "gte", **more: Any) -> Leaf:
    return {"did": event, "op": op, "times": times, **more}


def _in(attribute: str, *values: Any, op: str = "in") -> Leaf:
    return {"attribute": attribute, "op": op, "values": list(values)}


def _value(measure: str, op: str, value: Any, **more: Any) -> Leaf:
    return {"measure": measure, "op": op, "value": value, **more}


def _all(*parts: Leaf) -> Leaf:
    return {"all": list(parts)}


_AWAY: Leaf = {"last_active_days": {"between": [30, 60]}}
_FEMALE, _KOL, _TIER_1 = _in("gender", "f"), _in("channel", "kol"), _in("city_tier", 1)
_ANDROID, _IOS = _in("platform", "android"), _in("platform", "ios")
_NOT_PAID = _did("pay_success", 0, "eq")

READ: dict[str, Leaf] = {
    # Chinese
    "圈出最近30天至少分享过3次的短视频渠道用户": _all(_did("share", 3, days=30), _in("channel", "short_video")),
    "进了收银台但24小时内没有支付成功的人,圈出来":
        {"sequence": ["checkout_view", "pay_success"], "within_hours": 24, "negate": True},
    "近30天发过3次以上内容的安卓用户": _all(_did("content_publish", 3, days=30), _ANDROID),
    "超过30天未登录的一线城市女性用户": _all({"last_active_days": {"gt": 30}}, _TIER_1, _FEMALE),
    "从没分享过的KOL渠道用户": _all(_did("share", 0, "eq"), _KOL),
    "近30天里有15天以上活跃的用户": _value("active_days", "gte", 15, days=30),
    "近30天签到7天以上的用户": {"did": "checkin", "op": "gte", "on_days": 7, "days": 30},
    "消费前20%的用户": _value("revenue", "top_share", 0.2),
    "近90天消费超过500元的用户": _value("revenue", "gt", 500, days=90),
    "近180天下单2次以上的用户": _value("orders", "gte", 2, days=180),
    "近三个月下单不到两次的男性": _all(_value("orders", "lt", 2, days=92), _in("gender", "m")),
    "重要价值或重要保持客户": {"rfm": ["important_value", "important_keep"]},
    "活跃下滑的安卓用户": _all({"state": "declining"}, _ANDROID),
    "注册7天内的新人": _in("age_days", 7, op="lte"),
    "30到60天没来的高价值用户，且从没分享过": _all(_AWAY, {"segment": "high_value"}, _did("share", 0, "eq")),
    "除了已付费的，近7天登录过的用户": _all(_NOT_PAID, _value("active_days", "gte", 1, days=7)),
    "沉睡用户，排除KOL渠道的": _all({"segment": "dormant_30_60"}, _in("channel", "kol", op="not_in")),
    "既是高价值用户又是KOC": _all({"segment": "high_value"}, {"segment": "koc"}),
    "近30天搜索或咨询过的非安卓用户":
        _all({"any": [_did("search", days=30), _did("consult", days=30)]}, _in("platform", "android", op="not_in")),
    "近30天没有搜索也没有咨询的用户": _all(_did("search", 0, "eq", days=30), _did("consult", 0, "eq", days=30)),
    "近30天搜索过3次以上但没有付款的用户": _all(_did("search", 3, days=30), _did("pay_success", 0, "eq", days=30)),
    "近30天搜索过但从没付款的用户": _all(_did("search", days=30), _NOT_PAID),
    "三线及以下城市的用户": _in("city_tier", 3, op="gte"),
    "版本5.2.0及以上的安卓用户": _all(_in("app_version", "5.2.0", op="gte"), _ANDROID),
    "（KOL渠道且一线城市）或（短视频渠道且二线城市）的用户":
        {"any": [_all(_KOL, _TIER_1), _all(_in("channel", "short_video"), _in("city_tier", 2))]},
    "过去两周签到超过五天的安卓或苹果用户":
        _all({"did": "checkin", "op": "gt", "on_days": 5, "days": 14}, _in("platform", "android", "ios")),
    "来自搜索的用户": _in("channel", "search"),
    "先搜索再咨询的用户": {"sequence": ["search", "consult"]},
    "搜索过“露营装备”的用户": _did("search", where={"keyword": ["露营装备"]}),
    "近30天消费满500元但近90天没有邀请过人的女性":
        _all(_value("revenue", "gte", 500, days=30), _value("invites", "lte", 0, days=90), _FEMALE),
    "圈一下RFM里的champions": {"rfm": ["important_value"]},
    # English
    "Users from KOL who were last active 30 to 60 days ago": _all(_KOL, _AWAY),
    "Build a segment of the top 10% of users by orders in the last 90 days who never shared anything in that time":
        _all(_value("orders", "top_share", 0.1, days=90), _did("share", 0, "eq", days=90)),
    "users inactive for 30-60 days on iOS": _all(_AWAY, _IOS),
    "users last active within 7 days": {"last_active_days": {"lte": 7}},
    "users who shared at least 3 times in the last 30 days": _did("share", 3, days=30),
    "users who searched but never paid": _all(_did("search"), _NOT_PAID),
    "top 10% by revenue": _value("revenue", "top_share", 0.1),
    "people who viewed checkout but did not pay within 24 hours":
        {"sequence": ["checkout_view", "pay_success"], "within_hours": 24, "negate": True},
    "users who searched, then consulted within 24 hours":
        {"sequence": ["search", "consult"], "within_hours": 24},
    "users active on at least 15 of the last 30 days": _value("active_days", "gte", 15, days=30),
    "users active in the last 7 days but not on Android":
        _all(_value("active_days", "gte", 1, days=7), _in("platform", "android", op="not_in")),
    "women aged 25-30 in Guangdong who joined within 30 days":
        _all(_FEMALE, _in("age_band", "25-30"), _in("province", "广东"), _in("age_days", 30, op="lte")),
    "customers who spent over CNY 500 in the last 90 days": _value("revenue", "gt", 500, days=90),
    "users who have never commented, shared or liked":
        _all(*(_did(e, 0, "eq") for e in ("comment", "share", "like"))),
    "users who searched or consulted in the last 30 days and are from tier 1 cities":
        _all({"any": [_did("search", days=30), _did("consult", days=30)]}, _TIER_1),
    "users with at least 500 followers who never paid": _all(_in("followers", 500, op="gte"), _NOT_PAID),
    "users who neither searched nor paid": _all(_did("search", 0, "eq"), _NOT_PAID),
    "users from search": _in("channel", "search"),
    "users on Android or iOS in Guangdong, Sichuan or Beijing":
        _all(_in("platform", "android", "ios"), _in("province", "广东", "四川", "北京")),
    "users who haven't logged in for 2 weeks": {"last_active_days": {"gte": 14}},
    "users registered more than 180 days ago who are not high-value users":
        _all(_in("age_days", 180, op="gt"), {"not": {"segment": "high_value"}}),
    "high-value users but not KOC": _all({"segment": "high_value"}, {"not": {"segment": "koc"}}),
    "users who ordered twice or more in the last 180 days": _value("orders", "gte", 2, days=180),
    "bottom 10% of users by revenue in the last 365 days": _value("revenue", "bottom_share", 0.1, days=365),
    "users with app version 5.2.0 or later on Android": _all(_in("app_version", "5.2.0", op="gte"), _ANDROID),
    "users whose activity is declining": {"state": "declining"},
    "important value or important develop customers": {"rfm": ["important_value", "important_develop"]},
    "users in Shanghai aged 25-30 or 31-35": _all(_in("province", "上海"), _in("age_band", "25-30", "31-35")),
    "users who did not share or comment in the last 30 days":
        _all(_did("share", 0, "eq", days=30), _did("comment", 0, "eq", days=30)),
    "How many users are in the onboarding_unfinished segment?": {"segment": "onboarding_unfinished"},
}  # fmt: skip

#: What a metric holds too: a plain count of it is as good.
METRICS_TOO = frozenset(
    {
        "沉睡用户，排除KOL渠道的",
        "users active in the last 7 days but not on Android",
        "users whose activity is declining",
    }
)

ASKED = (
    "圈一下活跃一点的用户",
    "fairly active users",
    "30到60天没来、以前爱看露营内容的高价值用户",  # content has no topics to go by
    "圈出近30天分享过3次的用户",  # at least, or exactly
    "圈出高价值用户和KOC",  # either, or both
    "圈出消费前20%或近30天活跃15天以上的一线城市用户",
    "圈出排除KOL和短视频渠道的高价值用户",
    "圈出抖音渠道的用户",
    "圈出昨天签到过的用户",
    "users who commented or liked at least 10 times in the last 7 days",
    "users who did not pay but searched at least 5 times in the last 30 days",
    "find users from TikTok",
    "find users who share a lot",
    "big spenders from referral",
    "find users with 3 orders",
    "everyone except KOL users and lost users",
)


@pytest.fixture(scope="module")
def world() -> World:
    """The demo's world with its segments and the tool that counts them."""
    found = demo_world(segments=True, analyses=True)
    return World(found.catalog, found.clock, found.values, frozenset({*found.tools, "build_segment"}))


@pytest.mark.parametrize("sentence", READ)
def test_a_sentence_is_read_as_its_definition(sentence: str, world: World) -> None:
    """Attributes, behaviour, values, recency, sequences, classes, names and how they are joined, in both languages."""
    assert one_form(read_people(sentence, world).definition) == one_form(READ[sentence])


@pytest.mark.parametrize("sentence", READ)
def test_a_sentence_asks_for_the_segment(sentence: str, world: World) -> None:
    """The planner counts it with build_segment: by name where it is one, by definition else."""
    made = plan(sentence, world)
    if "segment" in READ[sentence]:
        assert _params(made) == {"name": READ[sentence]["segment"]}
    elif (sentence in METRICS_TOO or list(READ[sentence]) == ["attribute", "op", "values"]) and not _is_counted(made):
        return  # who they are and no more: a plain number by that attribute, or a question back
    else:
        assert one_form(_params(made)["definition"]) == one_form(READ[sentence])


def _is_counted(made: Plan) -> bool:
    return isinstance(made, Calls) and made.calls[0].tool == "build_segment"


def _params(made: Plan) -> Leaf:
    assert isinstance(made, Calls)
    *begun, call = made.calls  # before a sequence that is denied, those who took its first step
    assert {each.tool for each in made.calls} == {"build_segment"}
    assert not begun or call.params["definition"].get("negate")
    return dict(call.params)


@pytest.mark.parametrize("sentence", ASKED)
def test_what_is_not_certain_is_asked_back(sentence: str, world: World) -> None:
    """No threshold is guessed, no word left out, no reading picked; where choices are offered, each can be asked as it stands."""
    made = plan(sentence, world)
    assert isinstance(made, AskBack), made
    chinese = not sentence.isascii()
    for choice in made.choices:
        answer = plan(choice.zh if chinese else choice.en, world)
        assert isinstance(answer, Calls), choice


def test_choices_of_two_readings_are_read_as_they_stand(world: World) -> None:
    """Picking a reading settles it: the choice is a whole definition, and is read as such."""
    for sentence in (
        "圈出高价值用户和KOC",
        "圈出消费前20%或近30天活跃15天以上的一线城市用户",
        "everyone except KOL users and lost users",
    ):
        made = plan(sentence, world)
        assert isinstance(made, AskBack)
        assert len(made.choices) > 1
        picked = [_params(plan(choice.zh, world))["definition"] for choice in made.choices]
        assert len({repr(one_form(each)) for each in picked}) == len(picked)


@pytest.mark.parametrize("depth", [1, 3])
def test_words_are_read_back_as_the_same_definition(depth: int, world: World) -> None:
    """What a definition says in words, in either language, is read as that definition: nothing is lost either way."""
    for seed in range(250):
        definition = plain(read_definition(random_definition(random.Random(seed), depth)))
        for said in words(read_definition(definition), world.catalog):
            try:
                found = read_people(said, world).definition
            except UnclearError as error:
                pytest.fail(f"{said}: {error.ask.question.en}")
            assert one_form(found) == one_form(definition), said


def test_as_of_days(world: World) -> None:
    """截至上月底, as of a date: the definition is taken on that day; today is not said."""
    assert _params(plan("圈出截至上月底的高价值用户", world)) == {"name": "high_value", "as_of": "2025-11-30"}
    assert _params(plan("high-value users as of 2025-09-30", world)) == {"name": "high_value", "as_of": "2025-09-30"}


def test_a_conversation_narrows_saves_and_hands_over(world: World) -> None:
    """再限定一线城市 adds a condition; 存成, 导出名单 and 有什么不同 are about the segment spoken of."""
    first = plan("圈一下近30天搜索过3次以上的用户", world)
    history = [Turn("圈一下近30天搜索过3次以上的用户", first)]
    narrowed = plan("再限定一线城市", world, history)
    assert _params(narrowed) == {"definition": _all(_did("search", 3, days=30), _TIER_1)}
    history.append(Turn("再限定一线城市", narrowed))
    for said, act in (("把它存成 搜索达人", {"save": "搜索达人"}), ("和全部用户比有什么不同", {"profile": True})):
        made = plan(said, world, history)
        assert _params(made) == _params(narrowed)
        assert isinstance(made, Calls)
        assert dict(made.act) == act
    listed = plan("导出名单，带渠道", world, history)
    assert isinstance(listed, Calls)
    assert dict(listed.act) == {"export": "csv", "attributes": ["channel"]}
    assert not isinstance(plan("把他们的手机号导出来", world, history), Calls)
    assert isinstance(plan("把它存成 X", world), AskBack)


def test_metrics_stay_metrics(world: World) -> None:
    """A metric by a named segment is a query; by a group only described it is asked for in two steps; counts of states too."""
    for question in (
        "高价值用户的ARPU",
        "KOC的人均邀请",
        "GMV of high-value users last month",
        "现在有多少沉睡用户?",
        "各渠道新增用户",
    ):
        made = plan(question, world)
        assert isinstance(made, Calls)
        assert made.calls[0].tool == "query_metrics", question
    for question in (
        "近30天分享过3次以上的用户上月的GMV",
        "GMV last month of users who shared at least 3 times in the last 30 days",
    ):
        made = plan(question, world)
        assert isinstance(made, AskBack), question
        assert _params(plan(made.choices[0].zh, world)) == {"definition": _did("share", 3, days=30)}
