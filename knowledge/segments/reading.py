"""Reading a definition from JSON: what does not fit is said with its place, its value, the rule and the nearest right name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from knowledge.errors import QueryError
from knowledge.segments.language import KINDS, Definition, kind_of
from knowledge.text import Text

MOST_LEVELS = 20
"""How deep combinations may nest."""
MOST_CONDITIONS = 100
"""The most conditions of one definition."""
_ADAPTER: TypeAdapter[Definition] = TypeAdapter(Definition)
_SHOWN_FAULTS = 3


def read_definition(data: Any) -> Definition:
    """Return a definition given as JSON (already parsed) or as a model.

    Raises:
        QueryError: it is no definition, with every place that does not fit (three at most), or it is too deep or too long.
    """
    if isinstance(data, tuple(KINDS.values())):
        return data  # type: ignore[return-value]
    _check_size(data)
    try:
        return _ADAPTER.validate_python(data)
    except ValidationError as error:
        faults = [_fault(each) for each in _deepest(error.errors())]
    shown = faults[:_SHOWN_FAULTS]
    raise QueryError(
        Text(
            f"人群定义不合要求：{'；'.join(text.zh for text, _ in shown)}。定义的写法见 docs/segments.md。",
            f"The segment definition does not fit: {'; '.join(text.en for text, _ in shown)}. docs/segments.md has the language.",
        ),
        code="bad_definition",
        choices=[choice for _, choices in shown for choice in choices],
    )


def plain(definition: Definition) -> dict[str, Any]:
    """Return a definition as JSON, fields at their default left out."""
    data: dict[str, Any] = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return _with_operators(data, definition)


def _with_operators(data: dict[str, Any], definition: Definition) -> dict[str, Any]:
    """Put back what decides who belongs though it is the default: a reader must see it."""
    for key in ("all", "any"):
        if key in data:
            parts = getattr(definition, key)
            return {key: [_with_operators(part, model) for part, model in zip(data[key], parts, strict=True)]}
    if "not" in data:
        return {"not": _with_operators(data["not"], definition.not_)}  # type: ignore[union-attr]
    kind = kind_of(definition) or ""
    operator = {"op": definition.op} if hasattr(definition, "op") else {}
    return {kind: data[kind], **operator, **{key: value for key, value in data.items() if key not in (kind, "op")}}


def _check_size(data: Any) -> None:
    """Raise QueryError for a definition that is too deep or has too many conditions, before anything walks it."""
    waiting: list[tuple[Any, int]] = [(data, 1)]
    conditions = 0
    while waiting:
        part, level = waiting.pop()
        if level > MOST_LEVELS:
            raise QueryError(
                Text(
                    f'人群定义的嵌套超过 {MOST_LEVELS} 层。把内层保存为一个人群（yunce segments save），再用 {{"segment": 名称}} 引用。',
                    f"The segment definition nests more than {MOST_LEVELS} levels deep. Save an inner part as a segment "
                    '(yunce segments save) and refer to it as {"segment": name}.',
                ),
                code="definition_too_deep",
            )
        inner = _parts(part)
        conditions += not inner
        if conditions > MOST_CONDITIONS:
            raise QueryError(
                Text(
                    f"人群定义超过 {MOST_CONDITIONS} 个条件。合并同类条件，或拆成几个保存的人群。",
                    f"The segment definition has more than {MOST_CONDITIONS} conditions. Merge those of a kind, or save parts of it "
                    "as segments.",
                ),
                code="definition_too_long",
            )
        waiting += [(each, level + 1) for each in inner]


def _parts(data: Any) -> list[Any]:
    if not isinstance(data, Mapping):
        return []
    found: list[Any] = [data["not"]] if "not" in data else []
    for key in ("all", "any"):
        if isinstance(data.get(key), (list, tuple)):
            found += data[key]
    return found


def _deepest(errors: Sequence[Any]) -> Iterator[Any]:
    """Yield the errors without those that only follow from one further inside, one for each place."""
    places = [_place(error["loc"]) for error in errors]
    for number, (error, place) in enumerate(zip(errors, places, strict=True)):
        inner = any(other.startswith((f"{place}.", f"{place}[")) for other in places)
        if not inner and place not in places[:number]:
            yield error


def _fault(error: Mapping[str, Any]) -> tuple[Text, Sequence[str]]:
    """Return one fault in words and the names that would be right."""
    place = _place(error["loc"])
    value, kind, context = _short(error.get("input")), error["type"], error.get("ctx", {})
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _no_kind(place, value), list(KINDS)
    if kind == "extra_forbidden":
        return _unknown_key(error, place)
    if kind == "literal_error":
        return _not_listed(error, place)
    if kind == "missing":
        return Text(f"{place} 缺少", f"{place} is missing"), ()
    rule = _RULES.get(kind) or _OWN_RULES.get(_rule_of(error)) or Text(str(error["msg"]), str(error["msg"]))
    limit = next((context[key] for key in ("ge", "gt", "le", "lt", "min_length", "max_length") if key in context), "")
    zh, en = (part.replace("{limit}", f"{limit:,}" if isinstance(limit, int) else f"{limit}") for part in rule)
    return Text(f"{place} = {value}：{zh}", f"{place} = {value}: {en}"), ()


def _place(loc: Sequence[int | str]) -> str:
    """Return where a fault lies, as a path in the JSON: the tags that pydantic puts between are left out."""
    steps: list[str] = []
    skip = True
    for step in loc:
        if skip and step in KINDS:  # the tag of a definition, which stands where one begins
            skip = False
            continue
        if isinstance(step, int):
            steps.append(f"[{step}]")
            skip = bool(steps[:-1]) and steps[-2] in (".all", ".any")
            continue
        if step in _UNION_NAMES or step.startswith(("tuple[", "constrained-", "float", "function-")):
            continue
        steps.append(f".{'not' if step == 'not_' else step}")
        skip = step in ("not", "not_")
    return "".join(steps).lstrip(".") or "definition"


_UNION_NAMES = {"str", "int", "[key]"}


def _rule_of(error: Mapping[str, Any]) -> str:
    return re.sub(r"^Value error, ", "", str(error["msg"]))


def _no_kind(place: str, value: str) -> Text:
    kinds = ", ".join(KINDS)
    return Text(
        f"{place} = {value}：不是一个条件，要有这些键之一：{kinds}",
        f"{place} = {value}: no condition; it takes one of the keys {kinds}",
    )


def _unknown_key(error: Mapping[str, Any], place: str) -> tuple[Text, Sequence[str]]:
    tags = [step for step in error["loc"] if step in KINDS]
    model: type[BaseModel] | None = KINDS[str(tags[-1])] if tags else None
    fields = [field.alias or name for name, field in model.model_fields.items()] if model else list(KINDS)
    near = _nearest(str(error["loc"][-1]), fields) or fields
    return (
        Text(f"没有 {place} 这个键，可用：{'、'.join(near)}", f"{place} is no key here; it takes {', '.join(near)}"),
        near,
    )


def _not_listed(error: Mapping[str, Any], place: str) -> tuple[Text, Sequence[str]]:
    names = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    value = _short(error.get("input"))
    near = _nearest(value, names) or names
    return (
        Text(f"{place} = {value}：最接近的是 {'、'.join(near)}", f"{place} = {value}: nearest are {', '.join(near)}"),
        near,
    )


def _nearest(name: str, names: list[str]) -> list[str]:
    from knowledge.catalog.nearest import nearest  # noqa: PLC0415 - the catalog is made of segments

    return nearest(name, names)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def conditions_of(definition: Definition) -> Iterator[Definition]:
    """Yield the conditions of a definition, those inside all, any and not with them."""
    waiting: list[Definition] = [definition]
    while waiting:
        part = waiting.pop()
        inner = getattr(part, "all", None) or getattr(part, "any", None) or getattr(part, "not_", None)
        if inner is None:
            yield part
        else:
            waiting += reversed(inner) if isinstance(inner, tuple) else [inner]


_RULES: dict[str, Text] = {
    "greater_than_equal": Text("至少为 {limit}", "it must be at least {limit}"),
    "greater_than": Text("应大于 {limit}", "it must be above {limit}"),
    "less_than_equal": Text("最多为 {limit}", "it must be at most {limit}"),
    "too_short": Text("至少要有 {limit} 项", "it takes at least {limit}"),
    "too_long": Text("最多 {limit} 项", "it takes at most {limit}"),
    "string_too_short": Text("不能为空", "it must not be empty"),
    "int_type": Text("应为整数", "it takes a whole number"),
    "int_parsing": Text("应为整数", "it takes a whole number"),
    "int_from_float": Text("应为整数", "it takes a whole number"),
    "float_type": Text("应为数字", "it takes a number"),
    "float_parsing": Text("应为数字", "it takes a number"),
    "string_type": Text("应为文本", "it takes text"),
    "tuple_type": Text("应为列表", "it takes a list"),
    "dict_type": Text("应为对象", "it takes an object"),
    "bool_type": Text("应为 true 或 false", "it takes true or false"),
    "bool_parsing": Text("应为 true 或 false", "it takes true or false"),
}
_OWN_RULES: dict[str, Text] = {
    "between: the first value must not be above the second": Text(
        "between 的第一个值不能大于第二个", "the first value of between must not be above the second"
    ),
    "between takes two values that is not null": Text("between 要两个非空的值", "between takes two values, none null"),
    "give times or on_days, one of them": Text(
        "缺少次数：给出 times 或 on_days 之一", "it needs a count: give times or on_days, one of them"
    ),
    "each column of where takes at least one value": Text(
        "where 的每一列至少要有一个值", "each column of where takes at least one value"
    ),
    "between takes two values; the others one": Text(
        "between 要两个值，其余要一个值", "between takes two values, the others one"
    ),
    "a threshold is a finite number": Text("阈值应为有限的数字", "a threshold is a finite number"),
    "a share is above 0 and at most 1": Text(
        "占比应大于 0、不超过 1，例如前 20% 写作 0.2", "a share is above 0 and at most 1: the top 20% is 0.2"
    ),
    "give within_hours or within_seconds, one of them": Text(
        "within_hours 与 within_seconds 只能给一个", "give within_hours or within_seconds, one of them"
    ),
    **{
        f"{op} takes one value that is not null": Text(f"{op} 要一个非空的值", f"{op} takes one value that is not null")
        for op in ("gt", "gte", "lt", "lte")
    },
}
