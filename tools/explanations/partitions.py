"""Into which parts a metric may be taken apart so that they add up to it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from knowledge.catalog import Catalog
from knowledge.model import Dimension, Measure, Metric
from tools.semantic_layer.plan import ResolvedFilter

PART_OF = {"app_version": "platform"}
"""Dimensions whose values mean something only together with those of another: a version is a build for a platform."""
_NEVER = ("segment", "lifecycle")


@dataclass(frozen=True)
class Partitions:
    """The dimensions by which one metric's change is explained.

    Attributes:
        joint: everything counted has one value of each, so that parts add up however they are combined.
        apart: values of the counted rows themselves; what is counted may have several, so each is taken alone and
            checked against the whole.
        by_day: whether the days of the range add up to the whole.
        skipped: dimensions the metric takes that do not split it into parts.
    """

    joint: tuple[Dimension, ...]
    apart: tuple[Dimension, ...]
    by_day: bool
    skipped: tuple[Dimension, ...]

    @property
    def named(self) -> tuple[Dimension, ...]:
        """What a reader may miss: all that is tried or skipped but segments and lifecycle, which never split."""
        return self.dimensions + tuple(d for d in self.skipped if d.id not in _NEVER)

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Every dimension that is tried, in the order of the statement's columns."""
        return self.joint + self.apart


def partitions_of(metric: Metric, catalog: Catalog, filters: Sequence[ResolvedFilter]) -> Partitions:
    """Return how ``metric`` may be taken apart under ``filters``.

    Left out are segments (a user may be in several), the lifecycle stage (it follows from the very activity that is to
    be explained), variants without their experiment, and dimensions that a filter holds at one value.
    """
    measures = [catalog.measures[name] for name in metric.measures]
    pinned = {f.dimension.id for f in filters if f.op == "in" and len(f.values) == 1}
    in_experiment = any(f.dimension.id == "experiment" for f in filters)
    joint, apart, skipped = [], [], []
    for name in catalog.dimensions_of(metric):
        dimension = catalog.dimensions[name]
        if dimension.filter_only or name in pinned or (name == "variant" and not in_experiment):
            continue
        if dimension.id in _NEVER or not all(_splits(m, name) for m in measures):
            skipped.append(dimension)
        elif all(_one_value(m, name, metric, catalog) for m in measures):
            joint.append(dimension)
        else:
            apart.append(dimension)
    by_day = metric.calendar is None and all(_adds_up_by_day(m) for m in measures)
    return Partitions(tuple(joint), tuple(apart), by_day, tuple(skipped))


def _splits(measure: Measure, dimension: str) -> bool:
    """Return whether the measure of the whole is made of those of the values: not so for a top share of users."""
    top = measure.per_user is not None and measure.per_user.top_percent is not None
    return dimension not in measure.ignores and not top


def _one_value(measure: Measure, dimension: str, metric: Metric, catalog: Catalog) -> bool:
    """Return whether what the measure counts has one value of the dimension.

    Users have one of each attribute, rows one of each column, but a user who is counted once may have rows of several.
    """
    own = set.intersection(*(set(catalog.sources[catalog.measures[m].source].own) for m in metric.measures))
    if dimension not in own and catalog.sources[measure.source].user is not None:
        return True
    return measure.aggregate in ("count", "sum") and measure.per_user is None


def _adds_up_by_day(measure: Measure) -> bool:
    if measure.standing or measure.rolling_days or measure.previous or measure.per_user or measure.with_cost:
        return False
    return measure.aggregate in ("count", "sum") or measure.per_day


def pairs_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of dimensions worth a look: all but those of a part of one dimension with another."""
    return [(a, b) for a, b in combinations(names, 2) if PART_OF.get(a, b) == b and PART_OF.get(b, a) == a]
