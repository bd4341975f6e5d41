"""What a passage is about, for filters: stages of the user's life and segments of the catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from knowledge.playbooks import Playbook

STAGE_OF: Mapping[str, str] = MappingProxyType(
    {
        "acquisition": "acquire", "cost_of_acquisition": "acquire", "advertising": "acquire", "kol": "acquire", "offline": "acquire",
        "content_marketing": "acquire", "targeting": "acquire", "bidding": "acquire", "attribution": "acquire",
        "onboarding": "activate", "registration": "activate", "captcha": "activate", "first_value": "activate", "new_users": "activate",
        "retention": "retain", "emotion": "retain", "care": "retain", "at_risk": "retain",
        "dormant": "win_back", "win_back": "win_back", "lost": "win_back", "diagnosis": "win_back",
        "payment": "monetise", "pricing": "monetise", "revenue": "monetise", "arpu": "monetise", "non_goods": "monetise",
        "order_value": "monetise", "group_buy": "monetise", "ad_monetisation": "monetise", "conversion": "monetise",
        "referral": "refer", "koc": "refer",
        "membership": "membership", "renewal": "membership", "sharing_plan": "membership", "points_pool": "membership",
        "support": "service", "complaints": "service", "satisfaction": "service", "volunteers": "service",
        "content": "content", "creators": "content", "contest": "content", "creator_income": "content",
        "experiment": "experiment", "data_platform": "experiment", "decision": "experiment", "data_driven": "experiment",
        "losing_campaign": "experiment", "prioritise": "experiment",
    }
)  # fmt: skip
"""The stage that a notion of the glossary belongs to; notions of every stage have none."""

SEGMENT_OF: Mapping[str, str] = MappingProxyType(
    {
        "high_value": "high_value", "potential": "high_potential", "low_frequency": "low_frequency", "dormant": "dormant_30_60",
        "lost": "lost", "at_risk": "declining", "koc": "koc", "price_sensitive": "price_sensitive", "creators": "creators",
        "care": "birthday_month",
    }
)  # fmt: skip
"""The ready-made segment that a notion speaks of."""


@dataclass(frozen=True)
class Labels:
    """The stages and segments of a passage."""

    stages: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


def labels(notions: Counter[str], playbook: Playbook | None) -> Labels:
    """Return the labels of a passage: a playbook's own, or those of the notions that the passage names most."""
    if playbook is not None:
        return Labels((playbook.stage,), (playbook.segment.segment,) if playbook.segment.segment else ())
    stages: Counter[str] = Counter()
    for notion, count in notions.items():
        if notion in STAGE_OF:
            stages[STAGE_OF[notion]] += count
    most = max(stages.values(), default=0)
    segments = {SEGMENT_OF[notion] for notion in notions if notion in SEGMENT_OF}
    segments |= {notion.removeprefix("segment:") for notion in notions if notion.startswith("segment:")}
    return Labels(tuple(sorted(stage for stage, count in stages.items() if 2 * count >= most)), tuple(sorted(segments)))
