"""Slips are put right where one word can be meant, told in the answer, and never where a word is short."""

from __future__ import annotations

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import Calls, World
from tests.assistant.planner.worlds import demo_world

# A question as typed, the same as meant, and what the answer tells of the slip.
READ = [
    ("昨天duan shipin的新增", "昨天短视频的新增", "“duan shipin”读作“短视频”"),
    ("安卓的日活 zuotian", "安卓的日活 昨天", "“zuotian”读作“昨天”"),
    ("次日liucun 上周", "次日留存 上周", "“liucun”读作“留存”"),
    ("shangzhou duan shipin qudao xinzeng", "上周短视频渠道新增", "“duan shipin”读作“短视频”"),
    ("上週短視頻渠道的新增", "上周短视频渠道的新增", ""),
    ("昨天安桌的日活", "昨天安卓的日活", "平台 = 安卓"),
    ("activatoin rate last month", "activation rate last month", "“activatoin”读作“activation”"),
]
NOT_READ = ["昨天的fubao日活", "DAU by meiyou", "昨天的日活 blorp", "昨天的日获", "dua yesterday", "gvm last week"]


@pytest.fixture(scope="module")
def world() -> World:
    return demo_world(analyses=True)


@pytest.mark.parametrize(("typed", "meant", "told"), READ)
def test_a_slip_is_read_as_meant_and_told(typed: str, meant: str, told: str, world: World) -> None:
    """The call is that of the question without the slip, and the answer says how the word was read."""
    made, right = plan(typed, world), plan(meant, world)
    assert isinstance(made, Calls)
    assert isinstance(right, Calls)
    assert made.calls == right.calls
    assert told in (made.said.zh if made.said else "")


def test_short_and_strange_words_are_never_mended(world: World) -> None:
    """A short word a letter off, and letters that are no pinyin from end to end, are asked about or declined."""
    assert [q for q in NOT_READ if isinstance(plan(q, world), Calls)] == []
