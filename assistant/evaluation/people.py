"""Segment definitions in one form, so that the same people written another way compare equal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assistant.evaluation.ground import Ground
from assistant.evaluation.plain import as_set, in_order, key, listed, number

#: Measures that count the rows of one event: the same people as a behaviour.
_COUNTS = {
    "searches": "search",
    "consults": "consult",
    "help_answers": "help_answer",
    "checkins": "checkin",
    "content": "content_publish",
}
_SIGNS = {"eq": "in", "=": "in", "==": "in"}
_DEEPEST = 20


def people(params: Mapping[str, Any], ground: Ground) -> Any:
    """Return the people that the params of ``build_segment`` mean: a definition, its JSON, or a segment's name."""
    definition = params.get("definition")
    if isinstance(definition, str):
        text = definition.strip()
        definition = json.loads(text) if text.startswith("{") else {"segment": text}
    return form(definition or {"segment": params.get("name")}, ground)


def condition(name: str, op: str | None, values: Any, ground: Ground) -> list[Any]:
    """Return a condition on a dimension: names as ids, a range of numbers as the stored numbers in it."""
    sign, held = _SIGNS.get(str(op), str(op or "in")), listed(values)
    levels = ground.levels.get(name)
    if levels:
        return [name, "in", [str(n) for n in levels if _meets(n, sign, [number(v) for v in held])]]
    ids = ground.ids.get(name, {})
    held = [ids.get(str(v), v) for v in held]
    return [name, sign, as_set(held) if sign in ("in", "not_in") else [number(v) for v in held]]


def _meets(n: int, sign: str, values: list[Any]) -> bool:
    if sign in ("in", "not_in"):
        return (n in values) == (sign == "in")
    low = values[0]
    if sign == "between":
        return bool(low <= n <= values[1])
    return bool({"gte": n >= low, "gt": n > low, "lte": n <= low, "lt": n < low}[sign])


def form(definition: Mapping[str, Any], ground: Ground, depth: int = 0) -> Any:
    """Return a definition in the one form. Raises KeyError, TypeError or ValueError for another shape."""
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    for join in ("all", "any"):
        if join in definition:
            return _joined(join, [form(part, ground, depth + 1) for part in definition[join]])
    if "not" in definition:
        return _opposite(form(definition["not"], ground, depth + 1))
    if "segment" in definition:
        return _named(definition["segment"], ground, depth)
    return _leaf(definition, ground, depth)


def _named(name: Any, ground: Ground, depth: int) -> Any:
    found = ground.catalog.segments.get(str(name))
    if found is None:
        return {"segment": name}
    written = found.definition.model_dump(mode="json", exclude_none=True, by_alias=True)
    return form(written, ground, depth + 1)


def _joined(join: str, parts: list[Any]) -> Any:
    flat: list[Any] = []
    for part in parts:
        flat += part[join] if isinstance(part, dict) and set(part) == {join} else [part]
    kept = in_order({key(part): part for part in flat}.values())
    return kept[0] if len(kept) == 1 else {join: kept}


def _opposite(inner: Any) -> Any:
    if set(inner) == {"not"}:
        return inner["not"]
    if "did" in inner and inner["op"] == "gte":
        op, n = _whole("lt", inner["n"])
        return {**inner, "op": op, "n": n}
    return {**inner, "negate": not inner["negate"]} if "sequence" in inner else {"not": inner}


def _whole(op: Any, n: Any) -> tuple[Any, Any]:
    """Return a condition on a whole count in one form: gt n is gte n + 1, lt n is lte n - 1, lte 0 is eq 0."""
    if op == "gt":
        op, n = "gte", n + 1
    elif op == "lt":
        op, n = "lte", n - 1
    return ("eq", 0) if (op, n) == ("lte", 0) else (op, n)


def _leaf(leaf: Mapping[str, Any], ground: Ground, depth: int) -> Any:
    if "attribute" in leaf:
        return _attribute(leaf, ground, depth)
    if "did" in leaf or (leaf.get("measure") in _COUNTS and leaf.get("op") in ("gt", "gte", "lt", "lte")):
        return _behaviour(leaf)
    if "last_active_days" in leaf:
        return {"last_active_days": _recency(leaf["last_active_days"])}
    if "measure" in leaf:
        value = leaf.get("value")
        value = [number(v) for v in value] if isinstance(value, (list, tuple)) else number(value)
        return {"measure": leaf["measure"], "op": leaf.get("op"), "value": value, "days": number(leaf.get("days"))}
    if "sequence" in leaf:
        return _sequence(leaf)
    return {"rfm": as_set(leaf["rfm"])} if "rfm" in leaf else dict(leaf)


def _attribute(leaf: Mapping[str, Any], ground: Ground, depth: int) -> Any:
    made = condition(leaf["attribute"], leaf.get("op"), leaf.get("values", leaf.get("value")), ground)
    stage = {"dormant": "dormant_30_60", "lost": "lost"}.get(made[2][0]) if len(made[2]) == 1 else None
    if made[0] == "lifecycle" and made[1] == "in" and stage in ground.catalog.segments:
        return _named(stage, ground, depth)
    return {"attribute": made}


def _behaviour(leaf: Mapping[str, Any]) -> Any:
    if "did" not in leaf:
        leaf = {"did": _COUNTS[leaf["measure"]], "op": leaf["op"], "times": leaf["value"], "days": leaf.get("days")}
    by = "on_days" if leaf.get("on_days") is not None else "times"
    op, n = _whole(leaf.get("op"), number(leaf.get(by)))
    if (op, n) in (("eq", 0), ("gte", 0), ("gte", 1)):
        by = "times"  # on no day is no times
    where = {name: as_set(values) for name, values in (leaf.get("where") or {}).items()}
    return {"did": leaf["did"], "by": by, "op": op, "n": n, "days": number(leaf.get("days")), "where": where}


def _recency(bounds: Mapping[str, Any]) -> list[Any]:
    low, high = 0, None
    for op, value in bounds.items():
        if op == "between":
            low, high = number(value[0]), number(value[1])
        elif op in ("gte", "gt"):
            low = number(value) + (op == "gt")
        else:
            high = number(value) - (op == "lt")
    return [low, high]


def _sequence(leaf: Mapping[str, Any]) -> Any:
    rest = {name: leaf[name] for name in ("within_seconds", "adjacent", "strict_time") if leaf.get(name)}
    hours, negate = number(leaf.get("within_hours")), bool(leaf.get("negate"))
    return {"sequence": list(leaf["sequence"]), "within_hours": hours, "negate": negate, **rest}
