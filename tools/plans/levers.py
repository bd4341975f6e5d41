"""Which playbooks of our own shelf a plan uses, how they are cited, and their priority by RICE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from knowledge.catalog import Catalog
from knowledge.playbooks.load import load_playbooks
from knowledge.playbooks.model import Goal, Playbook
from knowledge.playbooks.words import effect_text, metric_name
from knowledge.text import Language
from tools.plans.figures import Found
from tools.plans.model import GOALS
from tools.semantic_layer.prepared import Table

MOST: Final = 3
PRIORITIES: Final = "campaign_priorities"
PRIORITY_UNITS: Final[Mapping[str, str]] = {
    "playbook": "", "reach": "users", "impact": "multiple", "confidence": "ratio", "person_days": "days", "rice": "count",
}  # fmt: skip
_PARTS: Final = (("goal", 1), ("segment", 3), ("measure", 2), ("trigger", 1), ("cited", 1))
_TOTAL: Final = sum(weight for _, weight in _PARTS)


@dataclass(frozen=True)
class Lever:
    """A playbook with how well it fits, 0 to 1."""

    playbook: Playbook
    fit: float


def levers(goal: Goal, segment: str | None) -> tuple[Lever, ...]:
    """Return the playbooks that serve a goal, best first: for the segment, measured and triggered by the goal's metric, cited."""
    found = [Lever(each, _fit(each, goal, segment)) for each in load_playbooks().values() if goal in each.serves]
    found.sort(key=lambda lever: (-lever.fit, lever.playbook.effort.person_days, lever.playbook.id))
    return tuple(found[:MOST])


def _fit(playbook: Playbook, goal: Goal, segment: str | None) -> float:
    metric = GOALS[goal].metric
    holds = {
        "goal": True,
        "segment": segment is not None and playbook.segment.segment == segment,
        "measure": playbook.measure.metric == metric,
        "trigger": any(rule.metric == metric for rule in playbook.trigger),
        "cited": playbook.evidence == "cited",
    }
    return sum(weight for name, weight in _PARTS if holds[name]) / _TOTAL


def cited(found: Sequence[Lever], catalog: Catalog, language: Language) -> tuple[dict[str, Any], ...]:
    """Return the playbooks as citations P1, P2 …: what they say was achieved, for whom, by what, and in which document."""
    return tuple(_citation(number, lever, catalog, language) for number, lever in enumerate(found, start=1))


def _citation(number: int, lever: Lever, catalog: Catalog, language: Language) -> dict[str, Any]:
    playbook = lever.playbook
    said = [playbook.summary.text.in_(language), *(effect_text(e, catalog).in_(language) for e in playbook.effects)]
    rails = [metric_name(rail, catalog).in_(language) for rail in playbook.guardrails if isinstance(rail, str)]
    said += [
        " ".join(lever.text.in_(language) for lever in playbook.levers),
        " ".join(rails),
        playbook.stop.text.in_(language),
        *([playbook.frequency.text.in_(language)] if playbook.frequency else []),
    ]
    return {
        "id": f"P{number}",
        "playbook": playbook.id,
        "title": playbook.title.text.in_(language),
        "section": "",
        "passage": " ".join(said),
        "source": playbook.sources[0],
        "score": round(lever.fit, 3),
    }


def rice_inputs(found: Sequence[Lever], goal: Goal) -> list[dict[str, Any]]:
    """Return impact, confidence and effort of each playbook.

    Impact is 2 where a document reports an effect on the goal's own metric, else 1 (Intercom's scale); confidence 0.8 with
    reported effects, else 0.5; effort in person-days is the playbook's own estimate.
    """
    metric = GOALS[goal].metric
    return [
        {
            "playbook": lever.playbook.id,
            "impact": 2 if any(effect.metric == metric for effect in lever.playbook.effects) else 1,
            "confidence": 0.8 if lever.playbook.evidence == "cited" else 0.5,
            "person_days": lever.playbook.effort.person_days,
        }
        for lever in found
    ]


def prioritise(params: Mapping[str, Any], table: Table) -> Table:
    """Return reach × impact × confidence ÷ effort of each playbook, the highest first (RICE, Sean McBride, Intercom)."""
    found = Found(table)
    reach = found.pair("size")[0]
    if reach is None:
        reach = found.pair("base")[1]
    rows = []
    for each in params["levers"]:
        rice = None if reach is None else round(reach * each["impact"] * each["confidence"] / each["person_days"])
        size = None if reach is None else int(reach)
        rows.append((each["playbook"], size, each["impact"], each["confidence"], each["person_days"], rice))
    rows.sort(key=lambda row: (-(row[5] or 0), row[0]))
    return tuple(PRIORITY_UNITS), tuple(rows)
