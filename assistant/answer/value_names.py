"""Names that values carry in the data itself (campaigns), put where the catalog keeps the names of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from assistant.answer.markdown import clean
from knowledge.catalog import Catalog
from knowledge.model import Dimension, Value, Words
from tools.semantic_layer.result import Result

ValueNames = Mapping[str, Mapping[str, str]]
"""By dimension, then by stored value: the name that people know it by."""


class NamedDimension(Dimension):
    """A dimension with many named values, found by their ids."""

    @cached_property
    def by_id(self) -> Mapping[str, Value]:
        """The named values by their ids as text."""
        return {str(value.id): value for value in self.values}


def named(catalog: Catalog, results: Sequence[Result], value_names: ValueNames | None) -> Catalog:
    """Return the catalog with the names of those values that the results hold or are filtered by.

    A name that the catalog gives itself stays. The same name is used in both languages: it is data; in English a Chinese one
    is followed by the stored value, which can be read and asked for.
    """
    if not value_names:
        return catalog
    dimensions = dict(catalog.dimensions)
    for dimension_id, names in value_names.items():
        found = catalog.dimensions.get(dimension_id)
        if found is None:
            continue
        known = {str(value.id) for value in found.values}
        held = dict.fromkeys(value for result in results for value in _held(result, dimension_id))
        told = {value: names[value] for value in held if clean(names.get(value) or "") and value not in known}
        if added := [
            Value(id=value, names=Words(zh=name, en=_in_english(name, value))) for value, name in _apart(told).items()
        ]:
            values = (*found.values, *added)
            fields = {name: getattr(found, name) for name in Dimension.model_fields}
            dimensions[dimension_id] = NamedDimension(**{**fields, "values": values})
    return replace(catalog, dimensions=dimensions)


def known_value(dimension: Dimension | None, value: object) -> Value | None:
    """Return the entry of a stored value; None where neither the catalog nor the data names it."""
    if isinstance(dimension, NamedDimension):
        return dimension.by_id.get(str(value))
    return next((known for known in dimension.values if str(known.id) == str(value)), None) if dimension else None


def _in_english(name: str, value: str) -> str:
    shown = name.isascii() or not value.isascii() or value in name or value.isdigit()
    return name if shown else f"{name} ({value})"


def _apart(names: Mapping[str, str]) -> dict[str, str]:
    """Return the names; where two values have the same, each is followed by its stored value."""
    often = Counter(clean(name) for name in names.values())
    return {value: f"{name} ({value})" if often[clean(name)] > 1 else name for value, name in names.items()}


def _held(result: Result, dimension: str) -> Iterator[str]:
    if dimension in result.columns:
        yield from (str(value) for value in result.column(dimension) if value is not None)
    if result.tool == "explain_change" and {"dimension", "value"} <= set(result.columns):
        rows = zip(result.column("dimension"), result.column("value"), strict=True)
        yield from (str(value) for name, value in rows if name == dimension and value is not None)
    for condition in result.params.get("filters") or ():
        if condition.get("dimension") == dimension:
            values = condition.get("values", ())
            yield from map(str, values if isinstance(values, (list, tuple)) else [values])
