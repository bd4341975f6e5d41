"""A definition held against the data: its attributes, values, events and segments must be there. Names become values as stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial

from knowledge.catalog import Catalog
from knowledge.catalog.nearest import nearest
from knowledge.errors import QueryError
from knowledge.model import Dimension
from knowledge.segments import (
    THIS_MONTH,
    All,
    Any_,
    Attribute,
    Behaviour,
    Definition,
    Not,
    Reference,
    Segment,
    Steps,
)
from knowledge.tables import ID, TABLES
from knowledge.text import Text
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.filters import resolve_filters
from tools.semantic_layer.query import Filter
from tools.semantic_layer.segment_users import ATTRIBUTES, unknown_attribute
from tools.warehouse.guard import VettedQuery, vet
from tools.warehouse.rows import Rows

_NUMBERS: Mapping[str, tuple[int, int]] = {
    "birth_month": (1, 12),
    "birth_day": (1, 31),
    "followers": (0, 10**12),
    "age_days": (0, 40_000),
    "city_tier": (0, 100),
}
"""Attributes that are numbers, with the least and the greatest that makes sense."""


def checked(definition: Definition, layer: SemanticLayer) -> Definition:  # noqa: PLR0911 - one line per kind
    """Return a definition with names turned into the values they mean, as stored.

    Raises:
        QueryError: an attribute, value, event or segment that there is not.
    """
    match definition:
        case All(all=parts):
            return All(all=tuple(checked(part, layer) for part in parts))
        case Any_(any=parts):
            return Any_(any=tuple(checked(part, layer) for part in parts))
        case Not(not_=part):
            return Not.model_validate({"not": checked(part, layer)})
        case Attribute():
            return _attribute(definition, layer)
        case Behaviour():
            return _behaviour(definition, layer)
        case Steps(sequence=events):
            for event in dict.fromkeys(events):
                _check_stored("event", event, layer)
        case Reference(segment=name):
            return Reference(segment=named(name, layer.catalog).id)
    return definition


def named(name: str, catalog: Catalog) -> Segment:
    """Return the segment of an id, name or synonym, without regard to case. Raises QueryError with the nearest names."""
    text = name.strip().casefold()
    if name in catalog.segments:
        return catalog.segments[name]
    for segment in catalog.segments.values():
        words = (segment.id, segment.names.zh, segment.names.en, *segment.synonyms.zh, *segment.synonyms.en)
        if text in (word.casefold() for word in words):
            return segment
    names = [word for s in catalog.segments.values() for word in (s.id, s.names.zh, s.names.en)]
    near = nearest(name, names) or list(catalog.segments)[:5]
    raise QueryError(
        Text(
            f"没有名为“{name[:60]}”的人群。最接近的是：{'、'.join(near)}。用 yunce segments list 查看全部。",
            f"There is no segment '{name[:60]}'. Nearest: {', '.join(near)}. yunce segments list shows them all.",
        ),
        code="unknown_segment",
        choices=near,
    )


def _attribute(leaf: Attribute, layer: SemanticLayer) -> Attribute:
    if leaf.attribute == "campaign":
        leaf = leaf.model_copy(update={"attribute": "campaign_id"})
    if leaf.attribute not in ATTRIBUTES:
        raise unknown_attribute(leaf.attribute)
    dimension = _dimension(leaf.attribute, layer.catalog)
    if dimension is not None:
        found = resolve_filters(
            [Filter(dimension=dimension.id, op=leaf.op, values=leaf.values)], (), layer.catalog, layer.values
        )
        return leaf.model_copy(update={"values": found[0].values})
    read = _reader(leaf)
    return leaf.model_copy(update={"values": tuple(None if value is None else read(value) for value in leaf.values)})


def _dimension(attribute: str, catalog: Catalog) -> Dimension | None:
    """Return the dimension that holds an attribute's values, where there is one."""
    return next(
        (
            d
            for d in catalog.dimensions.values()
            if (d.kind == "attribute" and d.column == attribute) or (d.kind == "state" and d.id == attribute)
        ),
        None,
    )


def _reader(leaf: Attribute) -> Callable[[str | int], str | int]:
    kind = TABLES["users"].columns.get(leaf.attribute, "INTEGER")
    if kind == ID:
        if leaf.op not in ("in", "not_in"):
            raise _does_not_fit(leaf, leaf.op, Text("只支持 in 与 not_in", "ids take in and not_in only"))
        return str
    if kind == "DATE":
        return partial(_moment, leaf, date.fromisoformat, Text("日期，如 2025-12-31", "a date such as 2025-12-31"))
    if kind == "TIMESTAMP":
        said = Text("时间，如 2025-12-31 08:00:00", "a time such as 2025-12-31 08:00:00")
        return partial(_moment, leaf, datetime.fromisoformat, said)
    return partial(_number, leaf)


def _moment(leaf: Attribute, read: Callable[[str], object], said: Text, value: str | int) -> str:
    try:
        read(str(value))
    except ValueError as error:
        raise _does_not_fit(leaf, value, Text(f"应为{said.zh}", f"it takes {said.en}")) from error
    return str(value)


def _number(leaf: Attribute, value: str | int) -> str | int:
    if value == THIS_MONTH and leaf.attribute == "birth_month" and leaf.op in ("in", "not_in"):
        return THIS_MONTH
    least, most = _NUMBERS.get(leaf.attribute, (-(10**12), 10**12))
    text = str(value).strip()
    if not text.lstrip("-").isdigit() or not least <= int(text) <= most:
        raise _does_not_fit(
            leaf,
            value,
            Text(f"应为 {least:,} 到 {most:,} 的整数", f"it takes a whole number from {least:,} to {most:,}"),
        )
    return int(text)


def _does_not_fit(leaf: Attribute, value: object, rule: Text) -> QueryError:
    return QueryError(
        Text(
            f"属性“{leaf.attribute}”的“{value}”不合要求：{rule.zh}。",
            f"'{value}' does not fit the attribute '{leaf.attribute}': {rule.en}.",
        ),
        code="bad_definition",
    )


def _behaviour(leaf: Behaviour, layer: SemanticLayer) -> Behaviour:
    _check_stored("event", leaf.did, layer)
    where = dict(leaf.where)
    for column, values in leaf.where.items():
        if column in ("platform", "app_version"):
            asked = [Filter(dimension=column, values=values)]
            where[column] = tuple(
                None if value is None else str(value)
                for value in resolve_filters(asked, (), layer.catalog, layer.values)[0].values
            )
        else:
            for value in values:
                if value is not None:
                    _check_stored(column, value, layer)
    return leaf.model_copy(update={"where": where})


_COLUMN_WORDS = {
    "event": Text("行为事件", "event"),
    "feature": Text("功能", "feature"),
    "keyword": Text("关键词", "keyword"),
}


def _check_stored(column: str, value: str, layer: SemanticLayer) -> None:
    """Raise QueryError for a value that no row of events holds, with the nearest; data without events have none to name."""
    one = f"SELECT {column} FROM events WHERE {column} = $value LIMIT 1"
    if _rows(vet(one, {"value": value}, tables=["events"], row_limit=1), layer).rows:
        return
    listed = f"SELECT {column} FROM events WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY {column}"
    stored = [str(row[0]) for row in _rows(vet(listed, {}, tables=["events"], row_limit=5000), layer).rows]
    if not stored and column == "event":
        return
    near = nearest(value, stored) or stored[:5]
    name = _COLUMN_WORDS[column]
    raise QueryError(
        Text(
            f"数据里没有{name.zh}“{value[:60]}”。最接近的是：{'、'.join(near)}。",
            f"The data has no {name.en} '{value[:60]}'. Nearest: {', '.join(near)}.",
        ),
        code=f"unknown_{column}" if column == "event" else "unknown_value",
        choices=near,
    )


def _rows(query: VettedQuery, layer: SemanticLayer) -> Rows:
    """Return the rows of a query, read once for each published snapshot."""
    return layer.rows.rows(
        query, layer.warehouse.publication, partial(layer.warehouse.run, query), stopped=lambda: False
    )
