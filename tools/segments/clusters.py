"""Groups that the data hold: users who behave alike over 30 days, each told by a plain definition or said to have none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from knowledge.segments import Definition, plain
from knowledge.text import Language, Text
from tools.segments.asked import day_of, scope_on
from tools.segments.clusters_fit import (
    FEWEST,
    LEAST_STRUCTURE,
    MOST,
    NEAR,
    SAMPLE,
    SEED,
    Fit,
    Numbers,
    check_number,
    fits,
    sampled,
)
from tools.segments.clusters_names import group_names
from tools.segments.clusters_rules import GOAL, MOST_CONDITIONS, Rule, best_rule
from tools.segments.clusters_sql import DAYS, MEASURES, add_counts, measured_query
from tools.segments.words import words
from tools.semantic_layer.analysis import Analysis, Draft, run_analysis
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import ToolContext

TOOL = "segment_discovery"
_SAMPLE_MARGIN = 0.005
"""What a rule must have to spare where it is found on a part of the users."""


@dataclass(frozen=True)
class Group:
    """Users who behave alike.

    Attributes:
        number: from 1, the largest first.
        name: what sets it apart from everyone active.
        users, share_active: how many of the active users are nearest to its centre.
        definition, words: at most four conditions with precision and recall of at least 0.9; None where there is none.
        size: registered users whom the definition holds for.
        precision: the share of them who are of the group. recall: the share of the group that the definition holds for.
        reached: the lesser of precision and recall of the best rule found, counted on everyone.
        means: the mean of each measure over 30 days.
    """

    number: int
    name: Text
    users: int
    share_active: float
    definition: Definition | None
    words: Text | None
    size: int | None
    precision: float | None
    recall: float | None
    reached: float
    means: dict[str, float]


@dataclass(frozen=True)
class Discovery:
    """The groups of a day.

    Attributes:
        as_of: the day.
        active_users, sample: how many were active in the 30 days to it, and how many of them groups were fitted on.
        silhouettes: the mean silhouette by number of groups; None where a group would be too small.
        groups: the largest first.
        means: of everyone active.
        structured: whether the groups stand apart; where they do not, none has a definition.
        result: the counts, with their receipt.
    """

    as_of: date
    active_users: int
    sample: int
    silhouettes: dict[int, float | None]
    groups: tuple[Group, ...]
    means: dict[str, float]
    structured: bool
    result: Result

    def to_json(self, language: Language) -> dict[str, Any]:
        """Return the groups as JSON; words in both languages, notes in one."""
        return {
            "as_of": self.as_of.isoformat(),
            "active_users": self.active_users,
            "sample": self.sample,
            "silhouettes": {str(count): score for count, score in self.silhouettes.items()},
            "means": self.means,
            "groups": [_json(group) for group in self.groups],
            "receipt": self.result.receipt,
            "notes": [note.in_(language) for note in self.result.notes],
        }


def discover(context: ToolContext, as_of: date | None = None, groups: int | None = None) -> Discovery:
    """Return the groups that users active in the 30 days to ``as_of`` fall into, with a definition where one is good enough.

    Groups are fitted on at most 20,000 of the users, drawn the same way each time; then every user is put into the nearest
    group and every definition is run over all registered users, by one statement that the receipt keeps. The same data give
    the same groups. ``groups`` is how many there should be (3 to 8); by default the data decide.

    Raises:
        QueryError: a number of groups below 3 or above 8; a day outside the data; fewer than 100 active users; no groups that
            are large enough.
        WarehouseError: as ``run_analysis`` does.
    """
    check_number(groups)
    layer = context.layer
    day = day_of(as_of, layer.warehouse.meta)
    rows, active = sampled(layer.warehouse.stream(measured_query(day), interrupter=context.interrupter))
    found, rules = _chosen(rows, GOAL if active == len(rows) else GOAL + _SAMPLE_MARGIN, groups)
    result = run_analysis(
        layer, TOOL, lambda: _prepare(layer, day, found, rules, len(rows)), interrupter=context.interrupter
    )
    everyone, *counted = result.records()
    names = group_names(found.centres, MEASURES)
    told = tuple(
        _group(layer, number, name, dict(cells), rule, structured=found.structured)
        for number, (name, cells, rule) in enumerate(zip(names, counted, rules, strict=True), start=1)
    )
    return Discovery(
        day, active, len(rows), dict(found.silhouettes), told, _means(dict(everyone)), found.structured, result
    )


def _chosen(rows: Numbers, goal: float, groups: int | None) -> tuple[Fit, list[Rule]]:
    """Return, of the numbers of groups that do equally well, the one with most users in groups that a rule tells; the rules.

    Where that is equal, the highest silhouette counts.
    """
    best: tuple[int, Fit, list[Rule]] | None = None
    for found in fits(rows, groups):
        rules = [best_rule(rows, found.labels == place, MEASURES, goal) for place in range(len(found.centres))]
        sizes = np.bincount(found.labels, minlength=len(rules))
        told = sum(int(size) for size, rule in zip(sizes, rules, strict=True) if rule.score >= goal)
        if best is None or told > best[0]:
            best = told, found, rules
    assert best is not None  # noqa: S101 - there is always a best number
    return best[1], best[2]


def _prepare(layer: SemanticLayer, day: date, found: Fit, rules: list[Rule], sample: int) -> Analysis:
    draft = Draft()
    definitions = {place: rule.definition(DAYS) for place, rule in enumerate(rules)}
    select = add_counts(layer, draft, day, found, definitions)
    params = {
        "as_of": day.isoformat(),
        "days": DAYS,
        "measures": list(MEASURES),
        "seed": SEED,
        "sample": sample,
        "silhouettes": {str(count): score for count, score in found.silhouettes.items()},
        "definitions": {str(place + 1): plain(definition) for place, definition in definitions.items()},
    }
    unit = {"users": "users", "size": "users", "both": "users"} | dict.fromkeys(
        ("share_active", "precision", "recall"), "ratio"
    )
    return Analysis(scope_on(layer, day), draft, select, params, unit=unit, notes=tuple(_notes(found, day, sample)))


def _notes(found: Fit, day: date, sample: int) -> Iterable[Text]:
    yield Text(
        f"按截至 {day} 近 {DAYS} 天有活跃的用户的 {len(MEASURES)} 项行为分组（标准化后 k-means，样本 {sample:,} 人，最多 {SAMPLE:,}）。",
        f"Users active in the {DAYS} days to {day}, grouped by {len(MEASURES)} measures of what they did (standardised, k-means, a "
        f"sample of {sample:,}, at most {SAMPLE:,}).",
    )
    count, silhouette = len(found.centres), found.silhouette
    if len(found.silhouettes) == 1:
        yield Text(
            f"按要求分成 {count} 组；平均轮廓系数 {silhouette:.3f}。",
            f"{count} groups, as asked for; their mean silhouette is {silhouette:.3f}.",
        )
    else:
        yield Text(
            f"分成 {count} 组：在 {FEWEST} 到 {MOST} 组中，平均轮廓系数（{silhouette:.3f}）与最高者相差不超过 {NEAR}，"
            "且能用定义说清的用户最多。",
            f"{count} groups: of {FEWEST} to {MOST}, among those with a mean silhouette within {NEAR} of the highest (here "
            f"{silhouette:.3f}), the number that definitions tell most users of.",
        )
    if not found.structured:
        yield Text(
            f"轮廓系数低于 {LEAST_STRUCTURE}：数据里没有分明的群体，只是一团被切开，因此不给出定义。",
            f"The silhouette is below {LEAST_STRUCTURE}: the data hold no distinct groups, only one cloud cut into parts, so no "
            "definition is given.",
        )
    yield Text(
        f"定义最多 {MOST_CONDITIONS} 个条件，在全部注册用户上计数；精确率与召回率都不低于 {GOAL:.0%} 才给出。",
        f"A definition has at most {MOST_CONDITIONS} conditions and is counted on all registered users; it is given only where "
        f"precision and recall are both at least {GOAL:.0%}.",
    )


def _group(
    layer: SemanticLayer, number: int, name: Text, cells: dict[str, Any], rule: Rule, *, structured: bool
) -> Group:
    precision, recall = float(cells["precision"] or 0), float(cells["recall"] or 0)
    reached = min(precision, recall)
    definition = rule.definition(DAYS) if structured and reached >= GOAL else None
    return Group(
        number=number,
        name=name,
        users=int(cells["users"]),
        share_active=float(cells["share_active"] or 0),
        definition=definition,
        words=words(definition, layer.catalog) if definition else None,
        size=int(cells["size"]) if definition else None,
        precision=precision if definition else None,
        recall=recall if definition else None,
        reached=reached,
        means=_means(cells),
    )


def _means(cells: dict[str, Any]) -> dict[str, float]:
    return {name: float(cells[name] or 0) for name in MEASURES}


def _json(group: Group) -> dict[str, Any]:
    return {
        "number": group.number,
        "name": group.name._asdict(),
        "users": group.users,
        "share_active": group.share_active,
        "definition": plain(group.definition) if group.definition else None,
        "words": group.words._asdict() if group.words else None,
        "size": group.size,
        "precision": group.precision,
        "recall": group.recall,
        "reached": group.reached,
        "means": group.means,
    }
