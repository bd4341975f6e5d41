"""Random segment definitions of the forms that words cover, and one form in which two definitions are compared."""

from __future__ import annotations

import random
from typing import Any

EVENTS = [
    "content_view",
    "content_publish",
    "like",
    "comment",
    "share",
    "search",
    "consult",
    "help_answer",
    "checkin",
    "checkout_view",
    "pay_method",
    "pay_submit",
    "pay_success",
    "app_open",
    "profile_complete",
    "first_interaction",
    "claim_gift",
    "register",
]
MEASURES = [
    "revenue",
    "orders",
    "active_days",
    "minutes",
    "interactions",
    "content",
    "help_answers",
    "consults",
    "searches",
    "checkins",
    "invites",
]
RFM = [
    "important_value",
    "important_develop",
    "important_keep",
    "important_winback",
    "general_value",
    "general_develop",
    "general_keep",
    "general_winback",
]
SEGMENTS = [
    "high_value",
    "high_value_active",
    "high_potential",
    "low_frequency",
    "dormant_30_60",
    "lost",
    "koc",
    "price_sensitive",
    "creators",
    "learners",
    "social",
    "birthday_month",
    "onboarding_unfinished",
    "tag_strong_need",
]
VALUES: dict[str, list[Any]] = {
    "channel": ["short_video", "kol", "search", "organic", "referral", "app_store"],
    "platform": ["ios", "android", "web", "mini_program"],
    "province": ["广东", "四川", "北京"],
    "city_tier": [1, 2, 3, 5],
    "gender": ["f", "m", "unknown"],
    "age_band": ["18-24", "25-30", "46+"],
    "lifecycle": ["new", "growing", "fading", "dormant", "lost"],
    "birth_month": ["this_month", 3, 12],
    "app_version": ["5.2.0", "5.8.0"],
}
OPS = ("gte", "gt", "lte", "lt", "eq")


def random_definition(dice: random.Random, depth: int = 3) -> dict[str, Any]:
    """Return a random definition, nested at most ``depth`` deep."""
    kind = dice.random()
    if depth > 1 and kind < 0.45:
        parts = [random_definition(dice, depth - 1) for _ in range(dice.randint(2, 4))]
        return {dice.choice(["all", "any"]): parts}
    if depth > 1 and kind < 0.55:
        return {"not": random_definition(dice, depth - 1)}
    return dice.choice(_LEAVES)(dice)


def _days(dice: random.Random) -> dict[str, Any]:
    return dice.choice([{}, {"days": 1}, {"days": 7}, {"days": 30}, {"days": 1000}])


def _attribute(dice: random.Random) -> dict[str, Any]:
    attribute = dice.choice(sorted(VALUES))
    known = VALUES[attribute]
    if attribute in ("city_tier", "app_version") and dice.random() < 0.5:
        op = dice.choice(["gt", "gte", "lt", "lte", "between"])
        return {
            "attribute": attribute,
            "op": op,
            "values": sorted(dice.sample(known, 2)) if op == "between" else [dice.choice(known)],
        }
    values = dice.sample([*known, None] if attribute != "lifecycle" else known, dice.randint(1, 3))
    return {"attribute": attribute, "op": dice.choice(["in", "not_in"]), "values": values}


def _number(dice: random.Random) -> dict[str, Any]:
    attribute = dice.choice(["followers", "age_days"])
    op = dice.choice(["gt", "gte", "lt", "lte", "between"])
    pair = sorted(dice.sample([0, 3, 30, 500, 5000], 2))
    return {"attribute": attribute, "op": op, "values": pair if op == "between" else pair[:1]}


def _did(dice: random.Random) -> dict[str, Any]:
    count = {dice.choice(["times", "on_days"]): dice.choice([0, 1, 2, 3, 10, 1200])}
    where: dict[str, Any] = {}
    if dice.random() < 0.2:
        where = {"where": {"platform": dice.sample(["ios", "android", "web"], dice.randint(1, 2))}}
    elif dice.random() < 0.15:
        where = {"where": {"keyword": ["露营装备", "tent"][: dice.randint(1, 2)]}}
    return {"did": dice.choice(EVENTS), "op": dice.choice(OPS), **count, **_days(dice), **where}


def _value(dice: random.Random) -> dict[str, Any]:
    measure = dice.choice([*MEASURES, "discount_share"])
    low, high = (0.2, 0.5) if measure == "discount_share" else sorted(dice.sample([0, 1, 2, 15, 500, 12000], 2))
    op = dice.choice(["gt", "gte", "lt", "lte", "between"])
    return {"measure": measure, "op": op, "value": [low, high] if op == "between" else high, **_days(dice)}


def _rank(dice: random.Random) -> dict[str, Any]:
    op = dice.choice(["top_share", "bottom_share"])
    return {"measure": dice.choice(MEASURES), "op": op, "value": dice.choice([0.05, 0.2, 0.125, 1]), **_days(dice)}


def _recency(dice: random.Random) -> dict[str, Any]:
    op = dice.choice(["between", *OPS])
    return {"last_active_days": {op: [30, 60] if op == "between" else dice.choice([0, 7, 60])}}


def _sequence(dice: random.Random) -> dict[str, Any]:
    leaf: dict[str, Any] = {"sequence": dice.sample(EVENTS, dice.randint(1, 4))}
    leaf |= dice.choice([{}, {"within_hours": 24}, {"within_hours": 1.5}, {"within_seconds": 90}])
    leaf |= {rule: True for rule in ("adjacent", "strict_time", "negate") if dice.random() < 0.3}
    return {**leaf, **_days(dice)}


_LEAVES = (
    _attribute,
    _number,
    _did,
    _value,
    _rank,
    _recency,
    _sequence,
    lambda dice: {"rfm": dice.sample(RFM, dice.randint(1, 3))},
    lambda _: {"state": "declining"},
    lambda dice: {"segment": dice.choice(SEGMENTS)},
)


def one_form(definition: dict[str, Any]) -> Any:
    """Return a definition in a form in which two that mean the same in other words are equal: nested parts flat, no double no."""
    for key in ("all", "any"):
        if key in definition:
            parts = [one_form(part) for part in definition[key]]
            flat = [each for part in parts for each in (part[1] if part[0] == key else [part])]
            unique = list(dict.fromkeys(_one_rfm(flat) if key == "any" else flat))
            return unique[0] if len(unique) == 1 else (key, tuple(unique))
    if "not" in definition:
        inner = one_form(definition["not"])
        return inner[1] if inner[0] == "not" else ("not", inner)
    return _leaf_form(definition)


def _one_rfm(parts: list[Any]) -> list[Any]:
    """Return the parts of an any with the RFM classes among them in one condition."""
    classes = sorted({name for kind, part in parts if kind == "rfm" for name in part})
    rest = [part for part in parts if part[0] != "rfm"]
    return [*rest, ("rfm", tuple(classes))] if classes else rest


def _leaf_form(leaf: dict[str, Any]) -> Any:
    if "rfm" in leaf:
        return ("rfm", tuple(sorted(set(leaf["rfm"]))))
    if leaf.get("op") == "not_in":
        return ("not", _leaf_form({**leaf, "op": "in"}))
    if leaf.get("negate"):
        return ("not", _leaf_form({k: v for k, v in leaf.items() if k != "negate"}))
    if "did" in leaf:
        key = "on_days" if "on_days" in leaf else "times"
        if (leaf["op"], leaf[key]) in (("eq", 0), ("lt", 1), ("lte", 0)):  # on no day and no time are one
            rest = {k: v for k, v in leaf.items() if k not in ("op", "times", "on_days")}
            return ("not", _frozen({**rest, "op": "gte", "times": 1}))
    if (
        "measure" in leaf
        and leaf["measure"] != "discount_share"
        and (leaf["op"], leaf["value"]) in (("lte", 0), ("lt", 1))
    ):
        return _frozen({**leaf, "op": "lte", "value": 0})
    return _frozen(leaf)


def _frozen(leaf: dict[str, Any]) -> Any:
    return (
        "leaf",
        tuple(
            sorted(
                (k, repr(sorted(map(repr, v)) if k in ("values", "rfm") and leaf.get("op") in ("in", None) else v))
                for k, v in leaf.items()
            )
        ),
    )
