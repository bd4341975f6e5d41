"""Wrong shapes of measures: other days to stand on, other windows, looser conditions, rollups that say something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Measure, Metric, Rollup, Standing
from knowledge.segments import Recency, Segment

_EDGES: Mapping[type[exp.Expr], type[exp.Binary]] = {
    exp.LTE: exp.LT,
    exp.LT: exp.LTE,
    exp.GTE: exp.GT,
    exp.GT: exp.GTE,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
}
_OTHER_DAYS: Mapping[str, tuple[str, ...]] = {
    "messages": ("delivered_at", "opened_at", "clicked_at"),
    "tickets": ("resolved_at",),
    "memberships": ("started_on", "renewed_on"),
    "invites": ("accepted_at",),
}
"""Columns by which the rows of a source could be dated by mistake."""
_SUMS_OF_A_DAY = ("opens", "seconds / 60.0", "contents", "interactions", "features")


@dataclass(frozen=True)
class Replaced:
    """What stands in a catalog instead of what belongs there."""

    measures: Mapping[str, Measure]
    segments: Mapping[str, Segment]

    def within(self, catalog: Catalog) -> dict[str, Any]:
        """Return the fields of a catalog that change."""
        return {
            "measures": {**catalog.measures, **self.measures},
            "segments": {**catalog.segments, **self.segments},
        }


def only_the_end_counts(metric: Metric, catalog: Catalog) -> bool:
    """Return whether a metric is that of the last day of its period, however long the period is."""
    measures = [catalog.measures[name] for name in metric.measures]
    return all(m.rolling_days or (m.standing and m.standing.on == "end") for m in measures)


def wrong_expressions(sql: str) -> Iterator[str]:
    """Yield the expression with one part of it wrong: an edge, a number, a listed value, a condition forgotten."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    for number, node in enumerate(tree.walk()):
        for other in _wrong_nodes(node):
            copied = tree.copy()
            target = list(copied.walk())[number]
            yield (target.replace(other) if target is not copied else other).root().sql("duckdb")


def _wrong_nodes(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.And):
        yield node.left.copy()
        yield node.right.copy()
    elif type(node) in _EDGES:
        yield _EDGES[type(node)](this=node.this.copy(), expression=node.expression.copy())
    elif isinstance(node, exp.Literal) and node.is_int:
        for step in (-1, 1):
            yield exp.Literal.number(int(node.this) + step)
    elif isinstance(node, exp.In):
        for left_out in node.expressions:
            kept = [each.copy() for each in node.expressions if each is not left_out]
            yield exp.In(this=node.this.copy(), expressions=kept)


def shape_mutations(measure: Measure, catalog: Catalog) -> Iterator[tuple[str, Replaced]]:
    """Yield every wrong shape of a measure."""
    for name, wrong in _measures(measure):
        yield name, Replaced({measure.id: wrong}, {})
    standing = measure.standing
    if standing and standing.segment:
        for name, segment in _segments(catalog.segments[standing.segment]):
            yield name, Replaced({}, {segment.id: segment})


def _measures(measure: Measure) -> Iterator[tuple[str, Measure]]:
    def changed(**update: Any) -> Measure:
        return measure.model_copy(update=update)

    if measure.where:
        yield from ((f"where {sql}", changed(where=sql)) for sql in wrong_expressions(measure.where))
    if measure.aggregate == "sum" and measure.source != "orders":
        yield from ((f"sum of {sql}", changed(of=(sql,))) for part in measure.of for sql in wrong_expressions(part))
    if "event" in measure.ignores:
        where = "event NOT IN ('register_start', 'captcha_fail')"
        yield "split by event", changed(source="events", where=where, ignores=())
    if measure.with_cost:
        yield "cost of the other", changed(with_cost={"channel": "campaign", "campaign": "channel"}[measure.with_cost])
    yield from _other_days(measure)
    yield from _within_and_per_user(measure)


def _other_days(measure: Measure) -> Iterator[tuple[str, Measure]]:
    def changed(**update: Any) -> Measure:
        return measure.model_copy(update=update)

    if measure.rolling_days:
        for days in (measure.rolling_days - 1, measure.rolling_days + 1, None):
            yield f"rolls over {days}", changed(rolling_days=days)
    if measure.previous:
        for other in ({"all": "kept", "kept": "gone", "gone": "kept"}[measure.previous], None):
            yield f"previous {other}", changed(previous=other)
    if measure.standing:
        yield from ((name, changed(standing=standing)) for name, standing in _standings(measure.standing))


def _within_and_per_user(measure: Measure) -> Iterator[tuple[str, Measure]]:
    def changed(**update: Any) -> Measure:
        return measure.model_copy(update=update)

    within, rule = measure.within, measure.per_user
    if within:
        yield "within forgotten", changed(within=None)
        yield "another event follows", changed(within=within.model_copy(update={"event": "app_open"}))
        for hours in (within.hours - 1, within.hours + 1):
            yield f"within {hours} hours", changed(within=within.model_copy(update={"hours": hours}))
    if rule and rule.at_least:
        for least in (rule.at_least - 1, rule.at_least + 1):
            yield f"at least {least}", changed(per_user=rule.model_copy(update={"at_least": least}))
    if rule and rule.top_percent:
        yield "everybody's", changed(per_user=None)
        for percent in (rule.top_percent - 5, rule.top_percent + 5):
            yield f"top {percent}%", changed(per_user=rule.model_copy(update={"top_percent": percent}))


def _standings(standing: Standing) -> Iterator[tuple[str, Standing]]:
    def changed(**update: Any) -> Standing:
        return standing.model_copy(update=update)

    yield "stands at the other edge", changed(on="before" if standing.on == "end" else "end")
    yield "then active or not", changed(then_active=not standing.then_active)
    if standing.where:
        yield "stands always", changed(where="day IS NOT NULL")
        yield from ((f"stands where {sql}", changed(where=sql)) for sql in wrong_expressions(standing.where))
    if standing.segment:
        for other in sorted({"dormant_30_60", "lost", "declining"} - {standing.segment}):
            yield f"members of {other}", changed(segment=other)


def _segments(segment: Segment) -> Iterator[tuple[str, Segment]]:
    """Yield a segment of recency with an edge a day off."""
    definition = segment.definition
    if not isinstance(definition, Recency):
        return
    ((op, value),) = definition.last_active_days.items()
    if isinstance(value, tuple):
        low, high = value
        edges: list[Any] = [(low - 1, high), (low + 1, high), (low, high - 1), (low, high + 1)]
    else:
        edges = [value - 1, value + 1]
    for edge in edges:
        wrong = Recency.model_validate({"last_active_days": {op: edge}})
        yield f"away {op} {edge}", segment.model_copy(update={"definition": wrong})


def dated_otherwise(measure: Measure) -> Iterator[str]:
    """Yield columns that the rows of a measure could be dated by instead of their own."""
    if measure.standing is None:
        yield from _OTHER_DAYS.get(measure.source, ())


def rollup_mutations(measure: Measure, calendars: Set[str | None]) -> Iterator[tuple[str, Measure]]:
    """Yield a measure with one of its rollups wrong; the measure itself is as it was.

    ``calendars`` are those of the metrics that read it: a measure that looks a unit back asks for those units alone.
    """
    for number, rollup in enumerate(measure.rollups):
        if measure.previous and rollup.unit not in calendars:
            continue
        for name, wrong in _rollups(rollup, measure, calendars):
            rollups = [*measure.rollups[:number], wrong, *measure.rollups[number + 1 :]]
            yield f"{rollup.source}: {name}", measure.model_copy(update={"rollups": tuple(rollups)})


def _rollups(rollup: Rollup, measure: Measure, calendars: Set[str | None]) -> Iterator[tuple[str, Rollup]]:
    def changed(**update: Any) -> Rollup:
        return rollup.model_copy(update=update)

    if rollup.aggregate != "count":
        yield "rows counted", changed(aggregate="count", of=())
    elif not rollup.where:
        yield "other rows counted", changed(source="tickets" if rollup.source != "tickets" else "orders")
    if rollup.next_day:
        yield "everybody's every row", changed(next_day=None)
    if rollup.aggregate == "sum":
        yield from ((f"sum of {sql}", changed(of=(sql,))) for sql in _SUMS_OF_A_DAY if sql not in rollup.of)
        yield from ((f"sum of {sql}", changed(of=(sql,))) for part in rollup.of for sql in wrong_expressions(part))
    if rollup.where:
        yield "where dropped", changed(where=None)
        yield from ((f"where {sql}", changed(where=sql)) for sql in wrong_expressions(rollup.where))
    yield from _units(rollup, changed, one_unit=bool(measure.previous), weeks=calendars != {"month"})


def _units(
    rollup: Rollup, changed: Callable[..., Rollup], *, one_unit: bool, weeks: bool
) -> Iterator[tuple[str, Rollup]]:
    """Yield a rollup for other windows than it is good for; ``one_unit`` says that windows are always one and whole."""
    if rollup.alone and not one_unit:
        yield "for several units too", changed(alone=False)
    if rollup.unit == "month":
        yield "of weeks", changed(source=rollup.source.replace("month", "week"))
        if weeks:
            yield "for whole weeks too", changed(unit="week")
            yield "for any days", changed(unit=None)
    if rollup.unit == "week":
        yield "of months", changed(source=rollup.source.replace("week", "month"))
    if rollup.unit in ("day", "week") and not one_unit:
        yield "for any days", changed(unit=None)
