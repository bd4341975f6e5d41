"""What a campaign plan is made of: goals with their metrics, and the result that carries parts and citations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from knowledge.playbooks.model import Goal, Playbook
from knowledge.text import Text
from tools.cited import Cited
from tools.semantic_layer.result import Result

Outcome = Literal["active", "paid", "feature", "invited", "registered"]

UPLIFT: Final = 0.2
"""The relative improvement that the experiment is sized for: an assumption, stated in every plan."""
HOLD_OUT: Final = 0.1
"""The share of the segment that gets nothing."""
STOP_ROI: Final = 1.5
"""Below this return the source documents stop a campaign."""
WINDOW_DAYS: Final = 30
"""Days in which a person counts as converted."""
TRIAL_DAYS: Final = 2
RUN_DAYS: Final = 14
SMALLEST: Final = 30
"""Fewer people than this are no segment to plan for: nothing could be measured."""
LARGEST_BUDGET: Final = 1_000_000_000.0


@dataclass(frozen=True)
class GoalFacts:
    """A goal's name, target metric, what counts as converted in ``WINDOW_DAYS``, and the segment taken where none is named."""

    names: Text
    metric: str
    outcome: Outcome
    outcome_words: Text
    segment: str | None


GOALS: Mapping[Goal, GoalFacts] = MappingProxyType(
    {
        "acquire": GoalFacts(
            Text("拉新", "acquisition"), "new_users", "registered", Text("完成注册", "finish registering"), None
        ),
        "activate": GoalFacts(
            Text("激活", "activation"), "activation_rate", "feature",
            Text("这群人用过核心功能", "of them use a core feature"), "onboarding_unfinished",
        ),
        "retain": GoalFacts(
            Text("留存", "retention"), "monthly_retention", "active", Text("这群人仍然活跃", "of them stay active"), "declining"
        ),
        "win_back": GoalFacts(
            Text("唤醒", "win-back"), "reactivation_rate", "active", Text("这群人回来活跃", "of them come back"), "dormant_30_60"
        ),
        "monetise": GoalFacts(
            Text("变现", "monetisation"), "paid_conversion", "paid", Text("这群人下单付费", "of them buy"), "high_potential"
        ),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Drafted(Cited):
    """A plan: one row of figures, the results that they were worked out of, and the playbooks it cites.

    Attributes:
        parts: the results behind the plan by what they are: baseline, segment, profile, base_rate, messages, campaigns,
            sent, cac, priorities; those that do not apply are missing.
        levers: the playbooks, in the order of the citations.
    """

    parts: Mapping[str, Result] = field(default_factory=dict)
    levers: tuple[Playbook, ...] = ()


def results_of(plan: Drafted) -> tuple[Result, ...]:
    """Return the results of a plan in order: those behind it, then the plan itself."""
    return (*plan.parts.values(), plan)
