"""Which measures share a scan: those over the same rows in the same windows, and one that counts some of another's rows."""

from __future__ import annotations

from collections.abc import Iterable, Set

from knowledge.catalog import Catalog
from knowledge.model import Measure
from tools.semantic_layer.bucketing import Bucketing
from tools.semantic_layer.plan import Windows
from tools.semantic_layer.presence import are_whole
from tools.semantic_layer.standing import stretch_of


def is_shaped(measure: Measure) -> bool:
    """Return whether a measure asks more of its rows than that they fall into the bucket."""
    shapes = (
        measure.follow,
        measure.standing,
        measure.within,
        measure.per_user,
        measure.previous,
        measure.rolling_days,
    )
    return any(shapes)


def rolled_up(measure: Measure, windows: Windows, used: Set[str], catalog: Catalog) -> Measure:
    """Return the measure over the first of its rollups that gives the same number for these windows and dimensions."""
    raw = catalog.sources[measure.source]
    for rollup in measure.rollups:
        known = catalog.sources[rollup.source].own
        lacks = (used - set(measure.ignores)) & (set(raw.own) - set(known))
        if not lacks and (rollup.unit is None or are_whole(windows, rollup.unit, alone=rollup.alone)):
            return measure.model_copy(update=rollup.model_dump(exclude={"unit", "alone"}))
    return measure


def group_key(
    measure: Measure, bucketing: Bucketing, around: Bucketing, own: frozenset[str], catalog: Catalog
) -> tuple[object, ...]:
    """Return what measures must have in common to share a scan."""
    shared = (measure.source, measure.mature_after, measure.with_cost, measure.ignores, bucketing, own)
    return (*shared, around, _shape(measure, bucketing, around, catalog)) if is_shaped(measure) else shared


def _shape(measure: Measure, bucketing: Bucketing, around: Bucketing, catalog: Catalog) -> object:
    """Return what the rows of shaped measures must have in common for one scan to count all of them."""
    standing = measure.standing
    if measure.previous and tells_who_stays(measure, around, catalog):
        return "previous"
    if standing and standing.segment and bucketing.kind == "single" and stretch_of(standing, "", catalog):
        return standing.on, standing.segment
    return measure.id


def tells_who_stays(measure: Measure, around: Bucketing, catalog: Catalog) -> bool:
    """Return whether a measure of the unit before can be joined to one row per user and bucket of the metric's own."""
    unit = catalog.sources[measure.source].unit
    return unit != "day" and around.kind in ("single", "unit") and are_whole(around.windows, unit, alone=True)


def host_of(measure: Measure, others: Iterable[Measure], catalog: Catalog) -> Measure | None:
    """Return the shaped measure among ``others`` whose scan has what a plain measure counts too; None where none has."""
    if is_shaped(measure):
        return None
    return next((other for other in others if _hosts(other, measure, catalog)), None)


def _hosts(host: Measure, measure: Measure, catalog: Catalog) -> bool:
    alike = ("source", "mature_after", "with_cost", "ignores", "where", "per_day")
    if any(getattr(host, name) != getattr(measure, name) for name in alike):
        return False
    if host.within:
        return True
    if not host.per_user:
        return False
    counts_people = measure.aggregate == "count_distinct" and measure.of == (catalog.sources[measure.source].user,)
    adds_up_the_same = measure.aggregate == "sum" and host.aggregate == "sum" and measure.of == host.of
    return counts_people or adds_up_the_same
