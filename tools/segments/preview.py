"""A segment looked at before it is used: its trend, its profile against everyone, its overlap with others, what it is worth.

Each view is a result with a receipt of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from knowledge.catalog import Catalog
from knowledge.errors import QueryError
from knowledge.model import Value as NamedValue
from knowledge.model import Words
from knowledge.segments import Segment
from knowledge.text import Text
from tools.build_segment import SegmentParams, build_segment, definition_note
from tools.segments.asked import Asked, day_of, look_back_note, scope_on, segment_sql
from tools.semantic_layer.analysis import Analysis, Draft, run_analysis
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import Filter, MetricQuery
from tools.semantic_layer.result import Result
from tools.semantic_layer.segment_sql import SegmentSql
from tools.tool import ToolContext
from tools.warehouse.door import Interrupter
from tools.warehouse.rows import Scalar

WEEKS = 12
SMALLEST_GROUP = 10
PROFILED = ("channel", "platform", "province", "city_tier", "gender", "age_band", "lifecycle")
"""The attributes of a profile."""
KEY_METRICS = ("avg_active_days", "time_per_user", "interactions_per_user", "paid_conversion", "arpu", "aov")
"""What a segment is compared with the rest by, over the 30 days to the as-of day."""
MOST_OVERLAPPING = 5
_THIS = "this segment"


@dataclass(frozen=True)
class Preview:
    """The views of one segment.

    Attributes:
        size: of ``build_segment``: size, share_all, share_active.
        trend: period, size, share_all on the same weekday of the last 12 weeks.
        profile: attribute, value, merged, users, share, share_all, lift; no rows where the segment is too small.
        metrics: of ``query_metrics``: the key metrics of the segment, then of everyone else.
    """

    size: Result
    trend: Result
    profile: Result
    metrics: tuple[Result, Result]


def preview(
    context: ToolContext, asked: Asked, *, as_of: date | None = None, smallest: int = SMALLEST_GROUP
) -> Preview:
    """Return the views of a segment as of a day. ``smallest`` is the least users a group of the profile may have.

    Raises:
        QueryError: the day lies outside the data. WarehouseError: as ``run_analysis`` does.
    """
    layer = context.layer
    day = day_of(as_of, layer.warehouse.meta)
    params = SegmentParams.model_validate({**asked.params, "as_of": day})
    return Preview(
        size=build_segment(context, params),
        trend=trend(layer, asked, day, interrupter=context.interrupter),
        profile=profile(layer, asked, day, smallest=smallest, interrupter=context.interrupter),
        metrics=key_metrics(layer, asked, day, interrupter=context.interrupter),
    )


def trend(
    layer: SemanticLayer, asked: Asked, day: date, *, weeks: int = WEEKS, interrupter: Interrupter | None = None
) -> Result:
    """Return period, size and share_all as of ``day`` and of the same weekday of the weeks before, the first day first."""
    start = layer.warehouse.meta.data_start
    days = [each for each in (day - timedelta(days=7 * back) for back in range(weeks)) if each >= start][::-1]

    def prepare() -> Analysis:
        draft = Draft()
        draft.ctes["days"] = f"SELECT {draft.binder.days('days', list(days))} AS day"
        sql = SegmentSql("(SELECT w.day AS bucket, w.day AS day FROM days AS w)", layer.catalog.segments, draft.binder)
        draft.ctes["people"] = sql.flags({"member": asked.definition})
        draft.tables |= sql.tables
        return Analysis(
            scope_on(layer, day),
            draft,
            "SELECT w.day AS period, count(p.user_id) FILTER (WHERE p.member) AS size, "
            "count(p.user_id) FILTER (WHERE p.member) / nullif(count(p.user_id), 0) AS share_all "
            "FROM days AS w LEFT JOIN people AS p ON p.bucket = w.day GROUP BY w.day ORDER BY w.day",
            {**asked.params, "as_of": day.isoformat(), "weeks": weeks},
            unit={"size": "users", "share_all": "ratio"},
            notes=(definition_note(asked, day), *look_back_note(layer, (asked.definition,), days[0])),
        )

    return run_analysis(layer, "segment_trend", prepare, interrupter=interrupter)


def profile(
    layer: SemanticLayer,
    asked: Asked,
    day: date,
    *,
    attributes: Sequence[str] = PROFILED,
    smallest: int = SMALLEST_GROUP,
    interrupter: Interrupter | None = None,
) -> Result:
    """Return how a segment is made up, beside everyone registered by the day.

    A row is a value of an attribute: attribute, value (null: not known), merged (how many values the row stands for where
    several were too small; 0 otherwise), users (of the segment), share (of the segment), share_all (of everyone), lift
    (share ÷ share_all). Values with fewer than ``smallest`` users are merged; where they come to fewer than that
    together, the next smallest joins them, so that no difference gives them away; values
    that nobody of the segment has stand among them, or not at all. A segment smaller than that has no rows.

    Raises:
        QueryError: ``smallest`` below 1, an attribute that users do not have.
    """
    if smallest < 1:
        raise QueryError(
            Text(
                f"最小分组人数 {smallest} 不合要求：至少为 1（默认 {SMALLEST_GROUP}）。",
                f"The smallest group cannot be {smallest}: it is at least 1 (default {SMALLEST_GROUP}).",
            ),
            code="bad_params",
        )

    def prepare() -> Analysis:
        draft = Draft()
        sql = segment_sql(layer, draft, day)
        draft.ctes["people"] = sql.flags({"member": asked.definition}, attributes)
        draft.tables |= sql.tables
        least = draft.binder.value("smallest", smallest)
        draft.ctes |= _profile_steps(attributes, least)
        notes = (definition_note(asked, day), _smallest_note(smallest))
        params = {**asked.params, "as_of": day.isoformat(), "smallest": smallest}
        return Analysis(
            scope_on(layer, day),
            draft,
            _PROFILE,
            params,
            unit={"users": "users", "share": "ratio", "share_all": "ratio"},
            notes=notes,
            row_notes=lambda _columns, rows: _too_small(rows, smallest),
        )

    return run_analysis(layer, "segment_profile", prepare, interrupter=interrupter)


_PROFILE = (
    "SELECT g.attribute AS attribute, CASE WHEN g.is_small THEN NULL ELSE g.value END AS value, "
    "CASE WHEN g.is_small THEN count(*) ELSE 0 END AS merged, sum(g.users) AS users, "
    "sum(g.users) / nullif(max(t.users), 0) AS share, sum(g.everyone) / max(t.everyone) AS share_all, "
    "(sum(g.users) / nullif(max(t.users), 0)) / nullif(sum(g.everyone) / max(t.everyone), 0) AS lift "
    "FROM marked AS g CROSS JOIN totals AS t WHERE t.users >= t.least "
    "GROUP BY g.place, g.attribute, g.is_small, CASE WHEN g.is_small THEN NULL ELSE g.value END, "
    "CASE WHEN g.is_small THEN NULL ELSE g.is_known END "
    "ORDER BY g.place, g.is_small, sum(g.users) DESC, value"
)


def _profile_steps(attributes: Sequence[str], least: str) -> dict[str, str]:
    """Return the CTEs of a profile: totals, the groups, and which of them are too small to stand alone."""
    counted = "count(*) FILTER (WHERE p.member) AS users, count(*) AS everyone"
    groups = " UNION ALL ".join(
        f"SELECT {place} AS place, '{name}' AS attribute, CAST(p.{name} AS VARCHAR) AS value, {counted} "
        f"FROM people AS p GROUP BY p.{name}"
        for place, name in enumerate(attributes, start=1)
    )
    by = "PARTITION BY g.place"
    ranked = (
        "SELECT g.place AS place, g.attribute AS attribute, g.value AS value, g.users AS users, g.everyone AS everyone, "
        f"sum(CASE WHEN g.users < {least} THEN g.users ELSE 0 END) OVER ({by}) AS small_users, "
        f"sum(CASE WHEN g.users > 0 AND g.users < {least} THEN 1 ELSE 0 END) OVER ({by}) AS small_groups, "
        f"row_number() OVER ({by}, g.users >= {least} ORDER BY g.users, g.value) AS turn FROM groups AS g"
    )
    return {
        "totals": f"SELECT {counted}, {least} AS least FROM people AS p",
        "groups": groups,
        "ranked": ranked,
        "marked": (
            "SELECT r.place AS place, r.attribute AS attribute, r.value AS value, r.value IS NOT NULL AS is_known, "
            f"r.users AS users, r.everyone AS everyone, r.users < {least} OR (r.small_groups > 0 AND r.small_users < {least} "
            "AND r.turn = 1) AS is_small FROM ranked AS r WHERE r.users > 0 OR r.small_groups > 0"
        ),
    }


def _smallest_note(smallest: int) -> Text:
    return Text(
        f"不足 {smallest} 人的分组已合并；提升度 = 人群占比 ÷ 全体占比。",
        f"Groups of fewer than {smallest} users are merged; lift = share in the segment ÷ share of everyone.",
    )


def _too_small(rows: Sequence[Sequence[Scalar]], smallest: int) -> Iterable[Text]:
    if not rows:
        yield Text(
            f"人群不足 {smallest} 人，不展示画像。",
            f"The segment has fewer than {smallest} users, so no profile is shown.",
        )


def overlap(context: ToolContext, segments: Sequence[Asked], *, as_of: date | None = None) -> Result:
    """Return how segments overlap: a row for each combination that somebody is in, the largest first.

    Columns: in_1 … in_n (whether in each segment, in the order given) and users. The notes say each segment, and for two of
    them their union and how much of each lies in the other.

    Raises:
        QueryError: fewer than two segments or more than five, or a day outside the data.
    """
    layer = context.layer
    if not 2 <= len(segments) <= MOST_OVERLAPPING:
        raise QueryError(
            Text(
                f"重叠需要 2 到 {MOST_OVERLAPPING} 个人群，现在是 {len(segments)} 个。",
                f"An overlap takes 2 to {MOST_OVERLAPPING} segments, not {len(segments)}.",
            ),
            code="bad_params",
        )
    day = day_of(as_of, layer.warehouse.meta)
    names = [f"in_{number}" for number in range(1, len(segments) + 1)]

    def prepare() -> Analysis:
        draft = Draft()
        sql = segment_sql(layer, draft, day)
        draft.ctes["people"] = sql.flags(dict(zip(names, (each.definition for each in segments), strict=True)))
        draft.tables |= sql.tables
        listed = ", ".join(f"p.{name} AS {name}" for name in names)
        return Analysis(
            scope_on(layer, day),
            draft,
            f"SELECT {listed}, count(*) AS users FROM people AS p WHERE {' OR '.join(f'p.{name}' for name in names)} "
            f"GROUP BY {', '.join(f'p.{name}' for name in names)} "
            f"ORDER BY users DESC, {', '.join(f'p.{name} DESC' for name in names)}",
            {"segments": [each.params for each in segments], "as_of": day.isoformat()},
            unit={"users": "users"},
            notes=tuple(_numbered(number, each, day) for number, each in enumerate(segments, start=1)),
            row_notes=_pair_notes,
        )

    return run_analysis(layer, "segment_overlap", prepare, interrupter=context.interrupter)


def _numbered(number: int, asked: Asked, day: date) -> Text:
    said = definition_note(asked, day)
    return Text(f"{number}. {said.zh}", f"{number}. {said.en}")


def _pair_notes(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    if len(columns) != 3:
        return
    counts = {(bool(row[0]), bool(row[1])): int(str(row[2])) for row in rows}
    both, first, second = (counts.get(key, 0) for key in ((True, True), (True, False), (False, True)))
    shares = [f"{both / size:.1%}" if size else "—" for size in (both + first, both + second)]
    yield Text(
        f"同时在两个人群的有 {both:,} 人，占人群 1 的 {shares[0]}、人群 2 的 {shares[1]}；并集 {both + first + second:,} 人。",
        f"{both:,} users are in both: {shares[0]} of segment 1 and {shares[1]} of segment 2; {both + first + second:,} are in "
        "either.",
    )


def key_metrics(
    layer: SemanticLayer,
    asked: Asked,
    day: date,
    *,
    metrics: Sequence[str] = KEY_METRICS,
    interrupter: Interrupter | None = None,
) -> tuple[Result, Result]:
    """Return metrics of the 30 days to ``day`` of a segment's members and of everybody else, membership as of ``day``."""
    name = asked.segment.id if asked.segment else _THIS
    known = layer if asked.segment else replace(layer, catalog=_with(layer.catalog, asked))
    start = max(day - timedelta(days=29), layer.warehouse.meta.data_start)
    served = tuple(metric for metric in metrics if metric in layer.catalog.metrics)
    inside, outside = (
        known.run(
            MetricQuery(metrics=served, start=start, end=day, filters=(Filter(dimension="segment", op=op, values=(name,)),)),
            interrupter=interrupter,
        )
        for op in ("in", "not_in")
    )  # fmt: skip
    return inside, outside


def _with(catalog: Catalog, asked: Asked) -> Catalog:
    """Return the catalog with a definition that has no name yet as a segment."""
    words = Words(zh=asked.words.zh, en=asked.words.en)
    segment = Segment(id=_THIS, names=words, definition=asked.definition)
    dimensions: Mapping[str, object] = catalog.dimensions
    dimension = catalog.dimensions["segment"]
    value = NamedValue(id=_THIS, names=Words(zh="该人群", en=_THIS))
    held = dimension.model_copy(update={"values": (*dimension.values, value)})
    return replace(
        catalog,
        segments={**catalog.segments, _THIS: segment},
        dimensions={**dimensions, "segment": held},  # type: ignore[dict-item]
    )
