"""Two questions in one, and shares: never half an answer, never another metric's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.planner.plan import language_of, plan
from assistant.planner.types import AskBack, Calls, Decline, Turn
from tests.assistant.planner.worlds import demo_world

_WORLD = demo_world(analyses=True, segments=True)


@pytest.mark.parametrize(
    "question",
    [
        "ARPU最高的渠道里的iOS用户数",
        "ARPU最高的渠道的用户数",
        "GMV最高渠道的iOS客单价",
        "新增前3且次留最低的渠道",
        "iOS users in the channel with the highest ARPU",
        "users on both iOS and Android",
        "同时用iOS和安卓的用户",
    ],
)
def test_two_questions_in_one_are_asked_about(question: str) -> None:
    """A condition on what a ranking finds, people counted there, two rankings, two values at once: asked, not half answered."""
    assert isinstance(plan(question, _WORLD), AskBack)


@pytest.mark.parametrize(
    "question",
    ["新增最多的渠道的次留", "the D1 retention of the channel with the most new users", "GMV最高渠道的客单价"],
)
def test_a_second_metric_of_the_row_is_asked_for_with_it(question: str) -> None:
    """Both metrics are queried, ranked by the first that was meant, so that the one row holds both."""
    made = plan(question, _WORLD)
    assert isinstance(made, Calls)
    params = made.calls[0].params
    assert len(params["metrics"]) == 2
    assert params["limit"] == 1


@pytest.mark.parametrize("question", ["上月iOS新增最多的渠道", "GMV前三的渠道", "top 3 channels by GMV for iOS users"])
def test_a_condition_on_the_ranking_itself_is_no_second_question(question: str) -> None:
    """A filter said of the metric that is ranked stays one query."""
    assert isinstance(plan(question, _WORLD), Calls)


@pytest.mark.parametrize(
    "question",
    [
        "share of new users from KOL last month",
        "share of sign-ups from short video in December",
        "what percentage of new users came from KOL last month",
        "KOL's share of new users in December",
    ],
)
def test_a_share_of_a_total_is_no_referral_share(question: str) -> None:
    """Share of new users from a channel is a part of a total and refused; from referrals it is the metric of that name."""
    made = plan(question, _WORLD)
    assert isinstance(made, Decline)
    assert "Shares of a total" in made.reason.en
    referred = plan("share of new users from referrals last month", _WORLD)
    assert isinstance(referred, Calls)
    assert referred.calls[0].params["metrics"] == ["referral_share"]


@pytest.mark.parametrize(
    "question", ["users who viewed checkout but did not pay within 24 hours", "看过结算页但24小时内没付款的用户"]
)
def test_a_sequence_denied_tells_first_those_who_began_it(question: str) -> None:
    """Who viewed and did not pay is counted first, by itself; all without the sequence, who may never have viewed, after it."""
    made = plan(question, replace(_WORLD, tools=_WORLD.tools | {"build_segment"}))
    assert isinstance(made, Calls)
    begun, whole = (call.params["definition"] for call in made.calls)
    assert begun == {"all": [{"did": "checkout_view", "op": "gte", "times": 1}, whole]}
    assert whole["negate"]


def test_questions_in_pinyin_and_in_english_are_answered_in_their_language() -> None:
    """A short na … ne is 那…呢 and Chinese; names of festivals are English in an English question; a greeting is greeted."""
    assert language_of("na ios ne") == "zh"
    before = Turn("dau zuotian", plan("dau zuotian", _WORLD))
    made = plan("na ios ne", _WORLD, [before])
    assert isinstance(made, Calls)
    assert made.calls[0].params["start"] == "2025-12-30"
    assert made.calls[0].params["filters"] == [{"dimension": "platform", "op": "in", "values": ["ios"]}]
    asked = plan("11.11 GMV", _WORLD)
    assert isinstance(asked, AskBack)
    assert asked.question.en.isascii()
    greeted, thanked = plan("你好", _WORLD), plan("谢谢", _WORLD)
    assert isinstance(greeted, AskBack)
    assert isinstance(thanked, AskBack)
    assert (greeted.question.zh[:2], thanked.question.zh[:3]) == ("你好", "不客气")


@pytest.mark.parametrize("question", ["第二名", "不是"])
def test_words_that_name_nothing_are_no_missing_metric(question: str) -> None:
    """A place in a ranking or a no is said not to be understood, and never to be a metric that the catalog lacks."""
    made = plan(question, _WORLD)
    assert isinstance(made, Decline)
    assert "没有看懂" in made.reason.zh
