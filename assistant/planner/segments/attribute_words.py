"""Conditions on attributes: 渠道为短视频、KOL, city tier at least 3, 版本在5.0.0到5.3.0之间; values alone, in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.planner.segments.asking import Leaf, UnclearError, unread
from assistant.planner.segments.quantities import Quantity
from assistant.planner.segments.tokens import Token
from assistant.planner.segments.vocabulary import attributes_of
from assistant.planner.types import AskBack
from knowledge.catalog.nearest import nearest
from knowledge.segments.language import THIS_MONTH
from knowledge.text import Text
from tools.segments.words import attribute_words, value_words

if TYPE_CHECKING:
    from assistant.planner.segments.items import Walk

_SEPARATORS = ("or", "list", "list_and", "and", "comma")
_PASSED = ("is", "filler")


def value_list(walk: Walk, token: Token, kind: str) -> Any:
    """Return what a value says with those listed after it: a condition on its attribute, or classes of RFM."""
    if kind == "rfm":
        return [
            token.get("rfm"),
            *_further(walk, lambda t: [t.get("rfm")] if t.has("rfm") else [], ("or", "list", "list_and")),
        ]
    attribute, value = _pair(walk, token)
    after = walk.tokens[walk.at] if walk.at < len(walk.tokens) else None
    if after is not None and after.has("after") and attribute == "city_tier":
        walk.at += 1
        # a higher tier has a lower number
        op = "lte" if after.get("after") == "gte" else "gte"
        return {"attribute": attribute, "op": op, "values": [value]}
    if after is not None and after.has("after") and attribute == "app_version":
        walk.at += 1
        return {"attribute": attribute, "op": after.get("after"), "values": [value]}
    more = _further(walk, lambda t: [v for a, v in _pairs(t) if a == attribute][:1])
    return {"attribute": attribute, "op": "in", "values": list(dict.fromkeys([value, *more]))}


def _pairs(token: Token) -> list[tuple[str, Any]]:
    return [*(token.get("value") or ()), *_named(token)]


def _named(token: Token) -> list[tuple[str, Any]]:
    named = token.get("named_value")
    return [named] if named else []


def _pair(walk: Walk, token: Token) -> tuple[str, Any]:
    pairs = _pairs(token)
    if len({attribute for attribute, _ in pairs}) > 1:
        catalog = walk.world.catalog
        names = [attribute_words(attribute, catalog) for attribute, _ in pairs]
        shown = token.text.strip()
        choices = tuple(
            Text(
                f"圈出：{name.zh}为{value_words(a, v, catalog).zh}",
                f"segment: {name.en} is {value_words(a, v, catalog).en}",
            )
            for name, (a, v) in zip(names, pairs, strict=True)
        )
        raise UnclearError(AskBack(Text(f"“{shown}”指哪一个？", f"Which '{shown}' is meant?"), choices))
    return pairs[0]


def _further(walk: Walk, read: Any, separators: tuple[str, ...] = _SEPARATORS) -> list[Any]:
    """Return the values listed after one, and step over them."""
    found: list[Any] = []
    while True:
        at, separated = walk.at, False
        while (
            at < len(walk.tokens) and walk.tokens[at].has(*separators, *_PASSED, "head") and not read(walk.tokens[at])
        ):
            separated = separated or walk.tokens[at].has(*separators)
            if (walk.tokens[at].has("head") and not separated) or walk.tokens[at].text.strip() == "did":
                return found
            at += 1
        values = read(walk.tokens[at]) if at < len(walk.tokens) else []
        if not separated or not values or (at + 1 < len(walk.tokens) and walk.tokens[at + 1].has("after")):
            return found
        found += values
        walk.at = at + 1


def condition_on(walk: Walk, token: Token) -> Leaf:
    """Return the condition that stands after the name of an attribute.

    Raises:
        UnclearError: nothing stands there that it can be held against; a value that is not known, with the nearest.
    """
    attribute = str(token.get("attr"))
    if attribute in ("feature", "keyword"):
        raise unread([token.text])
    op, negative = "in", False
    while walk.at < len(walk.tokens):
        following = walk.tokens[walk.at]
        if following.has("op"):
            op = str(following.get("op"))
        elif following.has("not", "never") and not following.has("value"):
            negative = True
        elif not following.has(*_PASSED) or following.has("value"):
            break
        walk.at += 1
    values, found_op = _values(walk, attribute)
    op = found_op or op
    if op == "eq":
        op = "in"
    if negative and op == "in":
        op = "not_in"
    leaf = {"attribute": attribute, "op": op, "values": values}
    return {"not": leaf} if negative and op != "not_in" else leaf


def _values(walk: Walk, attribute: str) -> tuple[list[Any], str | None]:
    first = _one(walk, attribute)
    if first is None:
        raise _unknown(walk, attribute)
    quantity, value = first
    walk.at += 1
    if quantity is not None:
        return _from_quantity(quantity)
    following = walk.tokens[walk.at] if walk.at < len(walk.tokens) else None
    if following is not None and following.has("after"):
        walk.at += 1
        return [value], str(following.get("after"))
    if following is not None and following.has("range_to"):
        walk.at += 1
        second = _one(walk, attribute)
        if second is None:
            raise _unknown(walk, attribute)
        walk.at += 1
        return [value, second[1]], "between"
    if _between_said(walk) and following is not None and following.has("and"):
        walk.at += 1
        second = _one(walk, attribute)
        if second is not None:
            walk.at += 1
            return [value, second[1]], "between"
    values = [value]
    values += _further(walk, lambda t: _readings(attribute, t))
    return list(dict.fromkeys(values)), None


def _between_said(walk: Walk) -> bool:
    return any(t.text.strip() == "between" for t in walk.tokens[max(0, walk.at - 3) : walk.at])


def _from_quantity(quantity: Quantity) -> tuple[list[Any], str | None]:
    if quantity.op == "between":
        return [quantity.low, quantity.high], "between"
    return [quantity.low], quantity.op


def _one(walk: Walk, attribute: str) -> tuple[Quantity | None, Any] | None:
    """Return the value that the next token is for an attribute, or the quantity it is held against."""
    if walk.at >= len(walk.tokens):
        return None
    token = walk.tokens[walk.at]
    found = _readings(attribute, token)
    if found:
        return None, found[0]
    if token.has("quantity") and attribute in ("followers", "city_tier", "birth_month", "birth_day"):
        return token.get("quantity"), None
    return None


def _readings(attribute: str, token: Token) -> list[Any]:
    """Return the values of an attribute that a token may be: one, or none."""
    if token.has("unknown"):
        return [None]
    values = [value for owner, value in _pairs(token) if owner == attribute]
    if values:
        return values[:1]
    if attribute == "birth_month" and token.text.strip() in ("本月", "this month", "当月", "这个月"):
        return [THIS_MONTH]
    if attribute == "app_version" and token.has("version"):
        return [token.get("version")]
    quantity = token.get("quantity")
    if (
        attribute in ("birth_month", "birth_day", "followers", "city_tier")
        and quantity
        and quantity.op is None
        and not quantity.unit
    ):
        return [quantity.low]
    return []


def _unknown(walk: Walk, attribute: str) -> UnclearError:
    catalog = walk.world.catalog
    name = attribute_words(attribute, catalog)
    dimension = attributes_of(walk.world).get(attribute)
    known = [value.id for value in dimension.values] if dimension else []
    known += [s.value for s in walk.world.values.get(dimension.id, ())] if dimension else []
    said = walk.tokens[walk.at].text.strip() if walk.at < len(walk.tokens) else ""
    texts = {str(v): value_words(attribute, v, catalog) for v in dict.fromkeys(known)}
    near = nearest(said, [t for text in texts.values() for t in text]) if said else []
    picked = [text for text in texts.values() if set(text) & set(near)] or list(texts.values())[:4]
    choices = tuple(Text(f"圈出：{name.zh}为{text.zh}", f"segment: {name.en} is {text.en}") for text in picked[:5])
    shown = f"“{said}”" if said else ""
    return UnclearError(
        AskBack(
            Text(
                f"{name.zh}{shown}没有读懂，要哪个值？",
                f"{name.en} {said}".strip() + " is not understood: which value?",
            ),
            choices,
        )
    )
