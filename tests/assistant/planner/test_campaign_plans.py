"""Questions for a campaign plan in words: goal, segment, start and budget, follow-ups, and what is asked back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Calls, Decline, Turn, World
from assistant.service import Assistant
from assistant.settings import read_settings


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    """What the demo's questions are read by."""
    return Assistant.open(read_settings({"YUNCE_HOME": str(demo_home)})).world()


@pytest.mark.parametrize(
    ("question", "params"),
    [
        (
            "给30-60天沉睡用户做一个11月的唤醒方案，预算20万",
            {"goal": "win_back", "segment": "dormant_30_60", "start": "2026-11-01", "budget": 200_000},
        ),
        ("帮我写个拉新方案", {"goal": "acquire"}),
        (
            "draft a win-back plan for dormant users, budget 200k",
            {"goal": "win_back", "segment": "dormant_30_60", "budget": 200_000},
        ),
        ("写个唤醒方案,预算0元", {"goal": "win_back", "budget": 0}),
        ("给高价值用户出个方案，1月12号启动", {"goal": "retain", "segment": "high_value", "start": "2026-01-12"}),
    ],
)
def test_words_become_parameters(world: World, question: str, params: dict[str, Any]) -> None:
    """Goal, segment, start (a month is the next one to come) and budget are read from either language."""
    made = plan(question, world)
    assert isinstance(made, Calls)
    assert [(call.tool, dict(call.params)) for call in made.calls] == [("draft_campaign_plan", params)]


def test_the_window_of_the_people_is_not_the_start(world: World) -> None:
    """The last 30 days say what people did, not when the campaign begins."""
    made = plan("draft a retention plan for users who shared at least 3 times in the last 30 days, budget 20k", world)
    assert isinstance(made, Calls)
    params = made.calls[0].params
    assert "start" not in params
    assert params["segment"]["days"] == 30
    assert (params["goal"], params["budget"]) == ("retain", 20_000)


def test_a_follow_up_changes_one_part(world: World) -> None:
    """预算减半 keeps goal, segment and start."""
    first = "KOC裂变拉新出个策划案,下周一启动,预算3万"
    made = plan("预算减半", world, [Turn(first, plan(first, world))])
    assert isinstance(made, Calls)
    assert dict(made.calls[0].params) == {"goal": "acquire", "segment": "koc", "start": "2026-01-05", "budget": 15_000}


def test_what_is_not_known_is_asked_back(world: World) -> None:
    """No goal, or people nobody can count: a question back, never a plan for others."""
    assert isinstance(plan("给用户做个方案", world), AskBack)
    assert isinstance(plan("给外星人做一个唤醒方案", world), AskBack)
    assert isinstance(plan("上个月拉新方案的ROI是多少", world), Decline)
    cases = plan("唤醒方案有哪些案例", world)
    assert isinstance(cases, Calls)
    assert cases.calls[0].tool == "search_playbooks"
