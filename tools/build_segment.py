"""``build_segment``: how many users a definition holds for, as of a day, and their share of all and of active users."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from knowledge.catalog import Catalog
from knowledge.segments import Segment, Value, plain, read_definition
from knowledge.text import Language, Text
from tools.segments.asked import Asked, asked_for, day_of, look_back_note, scope_on, segment_sql
from tools.segments.words import words
from tools.semantic_layer.analysis import Analysis, Draft, carried_out, run_analysis
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext
from tools.warehouse.rows import Scalar

ACTIVE_DAYS = 30
ACTIVE = Value(measure="active_days", op="gte", value=1, days=ACTIVE_DAYS)
"""Who counts as active: active on at least one of the 30 days to the as-of day."""
_UNIT = {"size": "users", "share_all": "ratio", "share_active": "ratio"}


class SegmentParams(Params):
    """What ``build_segment`` takes: a definition or a name, and the day it is taken on."""

    definition: dict[str, Any] | None = None
    name: str | None = None
    as_of: date | None = None


def build_segment(context: ToolContext, params: SegmentParams) -> Result:
    """Return one row with size, share_all and share_active, and a receipt.

    size counts registered users whom the definition holds for at the end of the as-of day (business time zone; default:
    today, or the last complete day before it). share_all is size ÷ users registered by then. share_active is the share of
    the users active in the 30 days to the as-of day who are in the segment; null where nobody was. The first note says the
    definition in words.

    Raises:
        QueryError: a definition that does not fit, an unknown name, attribute, event or value, a day outside the data.
        WarehouseError: as ``run_analysis`` does.
    """
    layer = context.layer
    return run_analysis(layer, "build_segment", lambda: _prepare(layer, params), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: SegmentParams) -> Analysis:
    asked = asked_for(layer, definition=params.definition, name=params.name)
    day = day_of(params.as_of, layer.warehouse.meta)
    draft = Draft()
    sql = segment_sql(layer, draft, day)
    draft.ctes["people"] = sql.flags({"member": asked.definition, "active": ACTIVE})
    draft.tables |= sql.tables
    done = {"definition": None, "name": None, **asked.params, "as_of": day}
    return Analysis(
        scope_on(layer, day),
        draft,
        "SELECT count(*) FILTER (WHERE p.member) AS size, "
        "count(*) FILTER (WHERE p.member) / nullif(count(*), 0) AS share_all, "
        "count(*) FILTER (WHERE p.member AND p.active) / nullif(count(*) FILTER (WHERE p.active), 0) AS share_active "
        "FROM people AS p",
        carried_out(params, **done),
        unit=dict(_UNIT),
        notes=(definition_note(asked, day), *look_back_note(layer, (asked.definition,), day)),
        row_notes=_row_notes,
    )


def definition_note(asked: Asked, day: date) -> Text:
    """Return the note that says what a segment means, and as of which day."""
    named = asked.segment.names.text if asked.segment else Text("", "")
    version = _version(asked.segment)
    zh, en = (f"“{named.zh}”{version.zh}", f" of '{named.en}'{version.en}") if asked.segment else ("", "")
    return Text(
        f"{zh}定义：{asked.words.zh}（截至 {day}）。",
        f"Definition{en}: {asked.words.en} (as of {day}).",
    )


def _version(segment: Segment | None) -> Text:
    if segment is None or not segment.version:
        return Text("", "")
    return Text(f"（第 {segment.version} 版）", f" (version {segment.version})")


def _row_notes(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    cells = dict(zip(columns, rows[0], strict=True))
    if cells["share_all"] is None:
        yield Text("截至该日还没有注册用户。", "Nobody had registered by that day.")
    elif cells["size"] == 0:
        yield Text(
            "没有用户符合该定义。可放宽阈值或拉长窗口。",
            "No user fits the definition. Loosen a threshold or lengthen a window.",
        )
    if cells["share_active"] is None and cells["share_all"] is not None:
        yield Text(
            f"该日前 {ACTIVE_DAYS} 天内没有活跃用户，活跃占比无法计算。",
            f"Nobody was active in the {ACTIVE_DAYS} days to that day, so there is no share of active users.",
        )


def segment_entry(result: Result, catalog: Catalog, language: Language) -> dict[str, Any]:
    """Return a result as an entry of an answer's ``segments``: id, name, definition, size, share (of all), receipt.

    Without a name the id is the receipt's, and the name is the definition in words.
    """
    found = dict(result.params)
    segment = catalog.segments[found["name"]] if found.get("name") else None
    definition = segment.definition if segment else read_definition(found["definition"])
    said = segment.names.text if segment else words(definition, catalog)
    cells = result.records()[0]
    return {
        "id": segment.id if segment else result.receipt,
        "name": said.in_(language),
        "definition": plain(definition),
        "size": cells["size"],
        "share": cells["share_all"],
        "receipt": result.receipt,
    }


TOOL = Tool(
    name="build_segment",
    description=(
        "Count the users a definition (or a saved or ready-made segment's name) holds for as of a day, with their share of all "
        "users and of those active in 30 days. Definitions: {all|any: [...]}, {not: ...}, {attribute, op, values}, {did, op, "
        "times|on_days, days, where}, {measure, op, value, days} (op top_share: 0.2), {last_active_days: {between: [30, 60]}}, "
        "{sequence: [...], within_hours}, {rfm: [important_value]}, {state: declining}, {segment: name}. No days means ever. "
        "Refuses unknown attributes, events and values with the nearest. To filter a metric use the dimension segment instead."
    ),
    params=SegmentParams,
    function=build_segment,
)
