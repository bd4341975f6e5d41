"""Who came into a segment and who left it between two days, and how users went from some segments to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from knowledge.errors import QueryError
from knowledge.segments import Attribute, Definition
from knowledge.text import Text
from tools.build_segment import definition_note
from tools.segments.asked import Asked, day_of, look_back_note, scope_on, segment_sql
from tools.semantic_layer.analysis import Analysis, Draft, run_analysis
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.warehouse.rows import Scalar

STAGES: Mapping[str, Definition] = {
    stage: Attribute(attribute="lifecycle", values=(stage,))
    for stage in ("new", "growing", "mature", "fading", "dormant", "lost")
}
"""The stages of the lifecycle, as a set of segments."""
NONE, UNREGISTERED = "none", "unregistered"
"""Where users are who are in none of the segments, and who had not registered by the first day."""


def movement(context: ToolContext, asked: Asked, start: date, end: date | None = None) -> Result:
    """Return one row: size_start, stayed, left, entered, of them registered_since, size_end.

    size_start = stayed + left and size_end = stayed + entered; registered_since counts those who entered and had not
    registered by ``start``. Both days are as-of days.

    Raises:
        QueryError: a day outside the data, or days the wrong way round.
    """
    layer = context.layer
    first, last = _days(layer, start, end)

    def prepare() -> Analysis:
        draft = Draft()
        _add_days(layer, draft, {"then": first, "now": last}, {"member": asked.definition})
        return Analysis(
            scope_on(layer, last),
            draft,
            "SELECT count(*) FILTER (WHERE t.member) AS size_start, "
            "count(*) FILTER (WHERE t.member AND n.member) AS stayed, "
            'count(*) FILTER (WHERE t.member AND NOT n.member) AS "left", '
            "count(*) FILTER (WHERE n.member AND NOT coalesce(t.member, FALSE)) AS entered, "
            "count(*) FILTER (WHERE n.member AND t.user_id IS NULL) AS registered_since, "
            "count(*) FILTER (WHERE n.member) AS size_end "
            "FROM people_now AS n LEFT JOIN people_then AS t ON t.user_id = n.user_id",
            {**asked.params, "start": first.isoformat(), "end": last.isoformat()},
            unit=dict.fromkeys(("size_start", "stayed", "left", "entered", "registered_since", "size_end"), "users"),
            notes=(definition_note(asked, last), *look_back_note(layer, (asked.definition,), first)),
        )

    return run_analysis(layer, "segment_movement", prepare, interrupter=context.interrupter)


def flow(
    context: ToolContext,
    start: date,
    end: date | None = None,
    *,
    sources: Mapping[str, Definition] = STAGES,
    targets: Mapping[str, Definition] | None = None,
) -> Result:
    """Return how users went from one set of segments to another: source, target, users, share (of the source).

    A user who is in several segments of a set counts in the first of them; ``none`` holds who is in none, and
    ``unregistered`` who had not registered by ``start``. Rows are in the order of the sets; pairs without anybody are left
    out.

    Raises:
        QueryError: a day outside the data, or days the wrong way round.
    """
    layer = context.layer
    first, last = _days(layer, start, end)
    after = sources if targets is None else targets

    def prepare() -> Analysis:
        draft = Draft()
        names = {"then": list(sources), "now": list(after)}
        for side, day, held in (("then", first, sources), ("now", last, after)):
            flags = {f"in_{number}": definition for number, definition in enumerate(held.values())}
            _add_days(layer, draft, {side: day}, flags)
            draft.ctes[f"at_{side}"] = _first_of(f"people_{side}", len(held))
        draft.ctes["pairs"] = (
            "SELECT coalesce(t.place, -1) AS source, n.place AS target, count(*) AS users FROM at_now AS n "
            "LEFT JOIN at_then AS t ON t.user_id = n.user_id GROUP BY coalesce(t.place, -1), n.place"
        )
        told = {side: _named(draft, side, listed) for side, listed in names.items()}
        return Analysis(
            scope_on(layer, last),
            draft,
            f"SELECT {told['then'].replace('@', 'p.source')} AS source, {told['now'].replace('@', 'p.target')} AS target, "
            "p.users AS users, p.users / sum(p.users) OVER (PARTITION BY p.source) AS share FROM pairs AS p "
            "ORDER BY p.source < 0, p.source, p.target",
            {"start": first.isoformat(), "end": last.isoformat(), "sources": list(sources), "targets": list(after)},
            unit={"users": "users", "share": "ratio"},
            notes=tuple(look_back_note(layer, tuple(sources.values()), first)),
            row_notes=_everyone,
        )

    return run_analysis(layer, "segment_flow", prepare, interrupter=context.interrupter)


def _days(layer: SemanticLayer, start: date, end: date | None) -> tuple[date, date]:
    meta = layer.warehouse.meta
    first, last = day_of(start, meta), day_of(end, meta)
    if first >= last:
        raise QueryError(
            Text(
                f"起始日 {first} 应早于结束日 {last}。",
                f"The first day {first} must lie before the last, {last}.",
            ),
            code="dates_reversed",
        )
    return first, last


def _add_days(
    layer: SemanticLayer, draft: Draft, days: Mapping[str, date], definitions: Mapping[str, Definition]
) -> None:
    """Add the CTE ``people_<side>`` of every user registered by each day, with a flag for each definition."""
    for side, day in days.items():
        sql = segment_sql(layer, draft, day, side)
        draft.ctes[f"people_{side}"] = sql.flags(definitions)
        draft.tables |= sql.tables


def _first_of(people: str, count: int) -> str:
    cases = " ".join(f"WHEN p.in_{number} THEN {number}" for number in range(count))
    return f"SELECT p.user_id AS user_id, CASE {cases} ELSE {count} END AS place FROM {people} AS p"


def _named(draft: Draft, side: str, names: Sequence[str]) -> str:
    """Return SQL that turns the place ``@`` of a segment into its name."""
    cases = " ".join(f"WHEN {n} THEN {draft.binder.value(f'{side}_name', name)}" for n, name in enumerate(names))
    unregistered = f"WHEN -1 THEN '{UNREGISTERED}' " if side == "then" else ""
    return f"CASE @ {unregistered}{cases} ELSE '{NONE}' END"


def _everyone(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    total = sum(int(str(row[columns.index("users")])) for row in rows)
    yield Text(f"共 {total:,} 名截至结束日已注册的用户。", f"{total:,} users had registered by the last day.")
