"""A definition kept under a name: checked against the data, counted, then saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from knowledge.catalog import Catalog
from knowledge.errors import PolicyError
from knowledge.segments import Reference, read_definition
from knowledge.segments.naming import check_name, check_references, same_name
from knowledge.segments.reading import conditions_of
from knowledge.segments.saved import SavedSegment, SavedSegments
from knowledge.text import Text
from tools.build_segment import SegmentParams, build_segment
from tools.segments.checking import checked, named
from tools.segments.words import words
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.warehouse.door import Interrupter


@dataclass(frozen=True)
class Kept:
    """A segment just saved, what it means, and its size today."""

    saved: SavedSegment
    words: Text
    size: Result


def keep(
    layer: SemanticLayer, store: SavedSegments, name: str, definition: Any, *, owner: str, replace: bool = False
) -> Kept:
    """Save a definition under a name, or as a new version of a saved one, and return it with its size.

    Args:
        layer: where it is checked and counted.
        store: where it is kept.
        name: what to call it.
        definition: JSON, already parsed, or a model.
        owner: who answers for it.
        replace: whether a saved segment of that name gets a new version.

    Raises:
        QueryError: a name, owner or definition that does not fit; a definition that leads back to itself.
        PolicyError: a ready-made segment would be changed. WarehouseError: it cannot be counted or written.
    """
    known = layer.catalog.segments
    found = read_definition(definition)
    current = next((s for s in store.all().values() if same_name(s.name) == same_name(name)), None) if replace else None
    kept = current.name if current else check_name(name, known)
    for part in conditions_of(found):
        if isinstance(part, Reference) and same_name(part.segment) == same_name(kept):
            check_references(kept, Reference(segment=kept), {})
    found = checked(found, layer)
    check_references(kept, found, known)
    params = SegmentParams.model_validate({"definition": found.model_dump(by_alias=True)})
    size = build_segment(ToolContext(layer, "en", Interrupter()), params)
    way = partial(store.edit, by=owner) if current else partial(store.save, owner=owner)
    saved = way(kept, found, known=known)
    return Kept(saved, words(found, layer.catalog), size)


def check_saved(store: SavedSegments, name: str, catalog: Catalog) -> SavedSegment:
    """Return a saved segment. Raises PolicyError for a ready-made one, QueryError where there is none by that name."""
    saved = store.all()
    if not any(same_name(each) == same_name(name) for each in saved):
        segment = named(name, catalog)
        if not segment.version:
            raise PolicyError(
                Text(
                    f"“{segment.names.zh}”是现成的人群，不能修改或删除。可用别的名称保存自己的定义。",
                    f"'{segment.names.en}' is ready-made and cannot be changed or deleted. Save a definition of your own under "
                    "another name.",
                ),
                code="segment_ready_made",
            )
    return store.get(name)
