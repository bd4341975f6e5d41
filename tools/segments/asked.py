"""A segment as it is asked for: a definition or a name, taken on a day of the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from knowledge.errors import QueryError
from knowledge.segments import Definition, Reference, Segment, plain, read_definition
from knowledge.text import Text
from tools.segments.checking import checked, named
from tools.segments.words import words
from tools.semantic_layer.analysis import Draft, Scope
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.look_backs import reach
from tools.semantic_layer.segment_sql import SegmentSql
from tools.warehouse.door import Meta


@dataclass(frozen=True)
class Asked:
    """A group of users, checked against the data.

    Attributes:
        definition: names turned into the values they mean.
        segment: the named segment, where it was asked for by name.
        words: what it means, in both languages.
    """

    definition: Definition
    words: Text
    segment: Segment | None = None

    @property
    def params(self) -> dict[str, Any]:
        """How it is asked for again: by name, or by definition."""
        return {"name": self.segment.id} if self.segment else {"definition": plain(self.definition)}

    @property
    def name(self) -> Text:
        """What it is called: its name, or its definition in words."""
        return self.segment.names.text if self.segment else self.words


def asked_for(layer: SemanticLayer, *, definition: Any = None, name: str | None = None) -> Asked:
    """Return the group that a definition (JSON or a model) or a name asks for.

    Raises:
        QueryError: neither or both; a definition that does not fit; an unknown attribute, value, event or segment.
    """
    if (definition is None) == (name is None):
        raise QueryError(
            Text(
                "要么给出 definition（人群定义），要么给出 name（人群名称），二者选一。用 yunce segments list 查看名称。",
                "Give either definition or name, one of them. yunce segments list shows the names.",
            ),
            code="bad_params",
        )
    if name is not None:
        segment = named(name, layer.catalog)
        return Asked(segment.definition, words(segment.definition, layer.catalog), segment)
    found = checked(read_definition(definition), layer)
    if isinstance(found, Reference):
        segment = layer.catalog.segments[found.segment]
        return Asked(segment.definition, words(segment.definition, layer.catalog), segment)
    return Asked(found, words(found, layer.catalog))


def day_of(as_of: date | None, meta: Meta) -> date:
    """Return the day a segment is taken on; without one the last complete day to today.

    Raises:
        QueryError: the day lies outside the data.
    """
    day = as_of or min(meta.business_date, meta.as_of)
    if not meta.data_start <= day <= meta.as_of:
        raise QueryError(
            Text(
                f"截至日 {day} 不在数据范围内：数据为 {meta.data_start} 至 {meta.as_of}。请换一个其中的日期。",
                f"The as-of day {day} lies outside the data, which run from {meta.data_start} to {meta.as_of}. "
                "Name a day within them.",
            ),
            code="outside_data",
        )
    return day


def scope_on(layer: SemanticLayer, day: date) -> Scope:
    """Return the scope of an analysis on one day."""
    return Scope(start=day, end=day, meta=layer.warehouse.meta, catalog=layer.catalog)


def segment_sql(layer: SemanticLayer, draft: Draft, day: date, name: str = "as_of") -> SegmentSql:
    """Return what writes the SELECTs of segments on one day into a draft."""
    return SegmentSql("", layer.catalog.segments, draft.binder, one_day=draft.binder.day(name, day))


def look_back_note(layer: SemanticLayer, definitions: tuple[Definition, ...], day: date) -> Iterator[Text]:
    """Say that a definition looks back to before the data, where it does."""
    start = layer.warehouse.meta.data_start
    back = max(reach(definition, layer.catalog.segments) for definition in definitions)
    if day - timedelta(days=back) < start:
        yield Text(
            f"定义要回看到 {day - timedelta(days=back)}，早于数据起点 {start}；此前的行为只计入已知的部分。",
            f"The definition looks back to {day - timedelta(days=back)}, before the data starts ({start}); what users did before "
            "then counts only as far as it is known.",
        )
