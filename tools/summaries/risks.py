"""What of a summary needs a look, and the playbooks that speak of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any

from knowledge.catalog import Catalog
from knowledge.playbooks.load import load_playbooks
from knowledge.playbooks.model import Playbook, Rule
from knowledge.summaries import Outline
from knowledge.text import Language
from tools.documents.passages import passages_of_playbook
from tools.summaries.model import Figure, Risk, Section, Step

ROI_PLAYBOOK = "low_roi_stop"
MOST_STEPS = 3
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge}
_PRACTICE = {"zh": "做法", "en": "English summary"}


def roi_line() -> float:
    """Return the campaign ROI below which our playbook stops a campaign."""
    return load_playbooks()[ROI_PLAYBOOK].trigger[0].value


def risks_of(headline: Section, low: Sequence[Figure], outline: Outline, catalog: Catalog) -> tuple[Risk, ...]:
    """Return what needs a look: campaigns below the line first, then targets that were missed, then what got worse.

    A metric is named once. For metrics where lower is better, worse is up, and a target is a ceiling.
    """
    found = [Risk("below_line", figure, roi_line()) for figure in low]
    missed = [f for f in headline.figures if f.against == "target" and _is_missed(f, outline, catalog)]
    found += [Risk("short_of_target", f) for f in sorted(missed, key=lambda f: f.attainment or 0.0)]
    named = {risk.figure.metric for risk in found}
    worse = [f for f in headline.figures if f.against == "previous" and f.metric not in named]
    worse = [f for f in worse if _worse_by(f, catalog) >= outline.worse]
    found += [Risk("worse", f) for f in sorted(worse, key=lambda f: _worse_by(f, catalog), reverse=True)]
    return tuple(found)


def _is_missed(figure: Figure, outline: Outline, catalog: Catalog) -> bool:
    if figure.attainment is None:
        return False
    if catalog.metric(figure.metric).direction == "down":
        return figure.attainment > 2 - outline.short_of_target
    return figure.attainment < outline.short_of_target


def _worse_by(figure: Figure, catalog: Catalog) -> float:
    """Return the relative change for the worse; below 0 where it is for the better, 0 where there is no such thing."""
    direction = catalog.metric(figure.metric).direction
    change = figure.change_pct or 0.0
    return {"up": -change, "down": change}.get(direction, 0.0)


def steps_of(
    risks: Sequence[Risk], figures: Sequence[Figure], language: Language
) -> tuple[tuple[Step, ...], tuple[Mapping[str, Any], ...]]:
    """Return next steps with their citations: for each risk the playbook whose trigger holds, else one that watches it.

    Without a risk: the playbooks whose trigger the figures of the headline meet.
    """
    chosen: dict[str, str] = {}
    if any(risk.why == "below_line" for risk in risks):
        chosen[ROI_PLAYBOOK] = "campaign_roi"
    about = [risk.figure for risk in risks if risk.why != "below_line"] if risks else list(figures)
    for figure in about:
        held = _best(figure, figures, chosen, must_hold=not risks)
        if held is not None and len(chosen) < MOST_STEPS:
            chosen[held.id] = figure.metric
    numbered = [(f"P{n}", name, metric) for n, (name, metric) in enumerate(chosen.items(), start=1)]
    steps = tuple(Step(citation, name, metric) for citation, name, metric in numbered)
    return steps, tuple(_citation(each, load_playbooks()[each.playbook], language) for each in steps)


def _best(figure: Figure, figures: Sequence[Figure], chosen: Mapping[str, str], *, must_hold: bool) -> Playbook | None:
    """Return the playbook for a figure: one with a rule met, most of its rules met, measured by the figure's metric."""
    ranked = []
    for playbook in load_playbooks().values():
        rules = [rule for rule in playbook.trigger if rule.metric == figure.metric]
        if not rules or playbook.id in chosen:
            continue
        met = sum(any(holds(rule, each) for each in (figure, *figures)) for rule in rules)
        if met or not must_hold:
            measured = playbook.measure.metric == figure.metric
            ranked.append((met > 0, met / len(playbook.trigger), measured, playbook))
    best = max(ranked, key=lambda entry: entry[:3], default=None)
    return best[3] if best else None


def holds(rule: Rule, figure: Figure) -> bool:
    """Return whether a figure is of the rule's metric and beyond its threshold, against what the rule compares with."""
    if figure.metric != rule.metric:
        return False
    if rule.against is None:
        value = figure.value
    elif rule.against == figure.against:
        value = figure.change_pct
    else:
        return False
    return value is not None and _HOLDS[rule.op](value, rule.value)


def _citation(step: Step, playbook: Playbook, language: Language) -> Mapping[str, Any]:
    passages = list(passages_of_playbook(playbook))
    wanted = _PRACTICE[language]
    passage = next((p for p in passages if wanted in p.section), passages[0])
    return {
        "id": step.citation,
        "playbook": playbook.id,
        "title": playbook.title.text.in_(language),
        "section": " › ".join(passage.section),
        "passage": passage.text,
        "source": passage.source,
        "score": 1.0,
    }
