"""Filters: their dimensions must be taken by every metric, their values must be stored."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.catalog import Catalog
from knowledge.catalog.load import nearest
from knowledge.errors import QueryError
from knowledge.model import Dimension, Metric
from knowledge.text import Text
from tools.semantic_layer.plan import ResolvedFilter
from tools.semantic_layer.query import Filter
from tools.semantic_layer.stored_values import StoredValue, StoredValues
from tools.warehouse.rows import Scalar

_SETS = ("in", "not_in")
_COUNTS = {"between": 2, "gt": 1, "gte": 1, "lt": 1, "lte": 1}


def resolve_filters(
    filters: Sequence[Filter], metrics: Sequence[Metric], catalog: Catalog, values: StoredValues
) -> tuple[ResolvedFilter, ...]:
    """Return the filters with known dimensions and stored values.

    Raises:
        QueryError: an unknown dimension or value, a dimension some metric does not take, an operator that does not fit.
    """
    return tuple(_resolve(each, metrics, catalog, values) for each in filters)


def _resolve(each: Filter, metrics: Sequence[Metric], catalog: Catalog, values: StoredValues) -> ResolvedFilter:
    dimension = catalog.dimension(each.dimension)
    check_dimensions(metrics, [dimension.id], catalog)
    if dimension.kind == "membership" and None in each.values:
        raise _no_membership(dimension)
    if each.op in _SETS:
        stored = values.of(dimension)
        found = tuple(dict.fromkeys(_stored(value, dimension, stored) for value in each.values))
        return ResolvedFilter(dimension, each.op, found)
    if dimension.type == "text" or len(each.values) != _COUNTS[each.op]:
        raise QueryError(
            Text(
                f"维度“{dimension.names.zh}”不能使用 {each.op} {list(each.values)}：文本维度只支持 in 与 not_in，"
                "between 需要两个值，其余需要一个值。",
                f"Dimension '{dimension.id}' cannot use {each.op} {list(each.values)}: text dimensions take in and not_in; "
                "between takes two values, the others one.",
            ),
            code="operator_does_not_fit",
            choices=_SETS,
        )
    return ResolvedFilter(dimension, each.op, tuple(_ordered(value, dimension) for value in each.values))


def _stored(value: Scalar, dimension: Dimension, stored: Sequence[StoredValue]) -> Scalar:
    """Return the stored value that ``value`` means: itself, or one whose name or synonym it is."""
    if value is None:
        return None
    for each in stored:
        if str(value) == str(each.value):
            return each.value
    text = str(value).strip().casefold()
    for each in stored:
        if text in [name.casefold() for name in (str(each.value), each.name) if name]:
            return each.value
    for named in dimension.values:
        names = (named.names.zh, named.names.en, *named.synonyms.zh, *named.synonyms.en, str(named.id))
        if text in (name.casefold() for name in names):
            return named.id
    raise _unknown_value(value, dimension, stored)


def _no_membership(dimension: Dimension) -> QueryError:
    return QueryError(
        Text(
            f"维度“{dimension.names.zh}”不能按空值筛选：请写出名称，或用 not_in 排除。",
            f"Dimension '{dimension.id}' cannot be filtered by null: name its values, or leave some out with not_in.",
        ),
        code="unknown_value",
        choices=[str(value.id) for value in dimension.values],
    )


def _unknown_value(value: Scalar, dimension: Dimension, stored: Sequence[StoredValue]) -> QueryError:
    names = [str(each.value) for each in stored] + [each.name for each in stored if each.name]
    names += [words for named in dimension.values for words in (named.names.zh, named.names.en)]
    near = nearest(str(value), names) or [str(each.value) for each in stored[:5]]
    return QueryError(
        Text(
            f"维度“{dimension.names.zh}”没有值“{value}”。最接近的是：{'、'.join(near)}。",
            f"Dimension '{dimension.id}' has no value '{value}'. Nearest: {', '.join(near)}.",
        ),
        code="unknown_value",
        choices=near,
    )


def _ordered(value: Scalar, dimension: Dimension) -> Scalar:
    text = str(value).strip()
    parts = text.split(".") if dimension.type == "version" else [text]
    if not all(part.lstrip("-").isdigit() for part in parts):
        is_version = dimension.type == "version"
        zh, en = ("形如 5.2.0 的版本号", "a version such as 5.2.0") if is_version else ("整数", "a whole number")
        raise QueryError(
            Text(
                f"“{value}”不能与维度“{dimension.names.zh}”比较大小：需要{zh}。",
                f"'{value}' cannot be compared with dimension '{dimension.id}': it takes {en}.",
            ),
            code="value_not_ordered",
        )
    return text if dimension.type == "version" else int(text)


def check_dimensions(metrics: Sequence[Metric], names: Sequence[str], catalog: Catalog) -> None:
    """Raise QueryError for the first metric that does not take one of the dimensions ``names``, listing what it takes."""
    for metric in metrics:
        allowed = catalog.dimensions_of(metric)
        for name in names:
            if name not in allowed:
                words = [catalog.dimensions[d].names.zh for d in allowed]
                raise QueryError(
                    Text(
                        f"指标“{metric.names.zh}”不支持按“{catalog.dimensions[name].names.zh}”拆分或筛选。可用：{'、'.join(words)}。",
                        f"Metric '{metric.id}' does not take the dimension '{name}'. It takes: {', '.join(allowed)}.",
                    ),
                    code="dimension_not_taken",
                    choices=allowed,
                )
