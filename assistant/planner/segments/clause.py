"""One clause of a description, gathered word by word in any order, and the condition it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistant.planner.segments.asking import Leaf, UnclearError, replaced, unread, vague
from assistant.planner.segments.quantities import Op, Quantity, Rank
from assistant.planner.segments.tokens import Token
from assistant.planner.types import AskBack, World
from knowledge.text import Text

_INVERSE: dict[str, Op] = {"gte": "lt", "gt": "lte", "lte": "gt", "lt": "gte"}
_COUNTED = frozenset(
    {"orders", "interactions", "content", "help_answers", "consults", "searches", "checkins", "invites", "active_days"}
)
_AS_MEASURE = {
    "search": "searches", "consult": "consults", "checkin": "checkins", "content_publish": "content", "help_answer": "help_answers",
    "pay_success": "orders",
}  # fmt: skip
_BY_UNIT = {"orders": "orders", "minutes": "minutes", "money": "revenue"}
_FITS: dict[str, tuple[str, ...]] = {
    "revenue": ("money", ""), "orders": ("times", "orders", "", "items"), "active_days": ("days", ""), "minutes": ("minutes", ""),
    "discount_share": ("share",), "invites": ("times", "people", "", "items"),
}  # fmt: skip
_EVER = -1
"""A window that was said to be none: ever."""


@dataclass
class Clause:
    """What has been said of one condition so far.

    ``window`` is in days, None where none was said and -1 for ever. ``join`` tells how several events go together.
    """

    text: str
    world: World
    tokens: list[Token] = field(default_factory=list)
    window: int | None = None
    negative: str = ""
    events: list[str] = field(default_factory=list)
    join: str = ""
    measure: str | None = None
    active: bool = False
    op: Op | None = None
    quantity: Quantity | None = None
    rank: Rank | None = None
    within: tuple[str, float] | None = None
    rules: set[str] = field(default_factory=set)
    where: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def predicate(self) -> bool:
        """Whether it is said what users did or have."""
        return bool(self.events or self.measure or self.active)

    @property
    def empty(self) -> bool:
        """Whether nothing has been said but, perhaps, when."""
        return not (self.predicate or self.quantity or self.rank or self.negative or self.within or self.op)

    @property
    def bare(self) -> bool:
        """Whether it is an event and no more: 搜索过."""
        return bool(self.events) and not (self.quantity or self.rank or self.op)

    def condition(self) -> Leaf:
        """Return the condition. Raises UnclearError where something is missing or can be meant in two ways."""
        if self.op is not None and self.quantity is not None:
            q = self.quantity
            self.quantity = q if q.op == "between" else Quantity(q.low, q.unit, self.op)
        elif self.op is not None:
            raise unread([t.text for t in self.tokens if t.has("op")])
        if not self.predicate and self.quantity is not None and self.quantity.unit in _BY_UNIT:
            self.measure = _BY_UNIT[self.quantity.unit]
        if self.join == "then":
            return self._sequence()
        if self.rank is not None:
            return self._ranked()
        if self._counts_measure():
            self.events = []
        if self.events:
            return self._did()
        if self.measure is not None:
            return self._value(self.measure)
        if self.active:
            return self._active()
        raise unread([t.text for t in self.tokens])

    def _counts_measure(self) -> bool:
        """Whether a word that is both is the measure: 下单 and a number are orders; consults and a number without times."""
        if self.measure is None or not self.events:
            return False
        if self.quantity is None:  # no consults on the day itself
            return any(t.text.strip() == "no" for t in self.tokens)
        return self.quantity.low > 0 if self.measure == "orders" else self.quantity.unit != "times"

    def _days(self) -> dict[str, int]:
        return {} if self.window in (None, _EVER) else {"days": int(self.window or 0)}

    def _sequence(self) -> Leaf:
        if self.quantity or self.rank:
            raise unread([t.text for t in self.tokens if t.has("quantity", "rank")])
        leaf: Leaf = {"sequence": list(self.events)}
        if self.within:
            leaf[self.within[0]] = _tidy(self.within[1])
        for rule in sorted(self.rules):
            leaf[rule] = True
        if self.negative:
            leaf["negate"] = True
        return {**leaf, **self._days()}

    def _ranked(self) -> Leaf:
        if self.quantity is not None:
            raise unread([t.text for t in self.tokens if t.has("quantity")])
        measure = self.measure or ("active_days" if self.active else None)
        if measure is None and len(self.events) == 1:
            measure = "revenue" if self.events == ["pay_success"] else _AS_MEASURE.get(self.events[0])
        if measure is None or self.rank is None:
            raise self._which_rank()
        leaf: Leaf = {"measure": measure, "op": self.rank.op, "value": self.rank.share, **self._days()}
        return {"not": leaf} if self.negative else leaf

    def _which_rank(self) -> UnclearError:
        token = next(t for t in self.tokens if t.has("rank"))
        piece = token.text.strip()
        question = Text(f"“{piece}”按什么排？", f"'{piece}' by what?")
        phrases = tuple(Text(f"近365天{zh}{piece}", f"{piece} by {en} in the last 365 days")
                        for zh, en in (("消费", "revenue"), ("订单数", "orders"), ("活跃天数", "active days")))  # fmt: skip
        return replaced(self.text, token.start, token.end, phrases, question)

    def _did(self) -> Leaf:
        q = self.quantity
        if q is None:
            none = bool(self.negative)
            return self._each({"op": "eq", "times": 0} if none else {"op": "gte", "times": 1}, none=none)
        if q.unit not in ("times", "days", "", "items"):
            raise unread([t.text for t in self.tokens if t.has("quantity")])
        if q.op is None and q.low and q.unit != "days":
            raise self._how_many(q)
        if len(self.events) > 1 and (q.low, q.op) not in ((1, "gte"), (0, "gt")):
            return self._count_of_which(q)
        key = "on_days" if q.unit == "days" else "times"
        return self._counted(q, key)

    def _count_of_which(self, q: Quantity) -> Leaf:
        """Return both readings of 点赞或评论10次以上: each so often, or only the last."""
        key = "on_days" if q.unit == "days" else "times"
        *others, last = self.events
        parts: list[Leaf] = []
        for events, count in ((self.events, q), (others, Quantity(1, "times", "gte")), ([last], q)):
            self.events = list(events)
            parts.append(self._counted(count, "times" if events == others else key))
        why = Text(
            "次数是每个行为各自的，还是只指最后一个？", "Is the count for each of them, or for the last one only?"
        )
        return {"ways": [parts[0], {"any" if self.join == "or" else "all": parts[1:]}], "why": why}

    def _counted(self, q: Quantity, key: str) -> Leaf:
        if not isinstance(q.low, int) or not isinstance(q.high or 0, int):
            raise unread([t.text for t in self.tokens if t.has("quantity")])
        if q.op == "between":
            pair = [self._each({"op": op, key: n}, none=False) for op, n in (("gte", q.low), ("lte", q.high))]
            return {"not": {"all": pair}} if self.negative else {"all": pair}
        op: Op = q.op or ("gte" if q.low else "eq")
        if self.negative and op == "eq":
            return {"not": self._each({"op": op, key: q.low}, none=False)}
        return self._each({"op": _INVERSE[op] if self.negative else op, key: q.low}, none=bool(self.negative))

    def _each(self, count: dict[str, Any], *, none: bool) -> Leaf:
        """Return the condition for each of several events: any of them, all of them; none of them where it is denied."""
        where = {"where": {k: list(v) for k, v in self.where.items()}} if self.where else {}
        leaves: list[Leaf] = [{"did": event, **count, **self._days(), **where} for event in self.events]
        if len(leaves) == 1:
            return leaves[0]
        if self.join not in ("or", "and") or (none and self.join == "and"):
            both: Leaf = {"all": leaves}
            either: Leaf = {"any": leaves}
            why = Text(
                "几个行为放在一起，可以有不同的读法。", "Several things users did can go together in different ways."
            )
            return {"ways": [both, either], "why": why}
        return {"all": leaves} if none or self.join == "and" else {"any": leaves}

    def _how_many(self, q: Quantity) -> UnclearError:
        token = next(t for t in self.tokens if t.has("quantity"))
        n, zh = f"{q.low:,}", _ZH_UNITS.get(q.unit, "")
        en = {"times": "times" if q.low != 1 else "time"}.get(q.unit, "")
        question = Text(f"“{token.text}”是至少还是正好？", f"'{token.text}': at least or exactly?")
        phrases = (
            Text(f"至少{n}{zh}", f"at least {n} {en}".strip()),
            Text(f"正好{n}{zh}", f"exactly {n} {en}".strip()),
        )
        return replaced(self.text, token.start, token.end, phrases, question)

    def _value(self, measure: str) -> Leaf:
        q = self.quantity
        if q is None:
            return self._any_of(measure)
        if measure == "revenue" and q.unit in ("times", "orders"):
            measure = "orders"
        if q.unit not in _FITS.get(measure, ("times", "", "items")):
            raise unread([t.text for t in self.tokens if t.has("quantity")])
        days = self._days()
        if q.op in {"between", "eq"}:
            pair = [q.low, q.high if q.op == "between" else q.low]
            leaf: Leaf = {"measure": measure, "op": "between", "value": pair, **days}
            return {"not": leaf} if self.negative else leaf
        if q.op is None and q.low and measure != "active_days":
            raise self._how_many(q)
        op: Op = q.op or ("gte" if q.low else "lte")
        return {"measure": measure, "op": _INVERSE[op] if self.negative else op, "value": q.low, **days}

    def _any_of(self, measure: str) -> Leaf:
        if self.negative:
            return {"measure": measure, "op": "lte", "value": 0, **self._days()}
        if measure in _COUNTED:
            return {"measure": measure, "op": "gte", "value": 1, **self._days()}
        token = next(t for t in self.tokens if t.has("measure"))
        shown = token.text.strip()
        if measure == "revenue":
            raise vague(self.text, token.start, token.end, "spend")
        question = Text(f"“{shown}”要多少？", f"'{shown}': how much?")
        least = (
            Text(f"{shown}至少10%", f"{shown} at least 10%")
            if measure == "discount_share"
            else Text(f"{shown}至少60分钟", f"{shown} at least 60")
        )
        raise replaced(self.text, token.start, token.end, (least,), question)

    def _active(self) -> Leaf:
        q = self.quantity
        token = next(t for t in self.tokens if t.has("active"))
        if q is not None and q.unit == "times":
            question = Text("按打开应用的次数，还是活跃的天数？", "Counted by openings of the app, or by active days?")
            phrases = (Text("打开应用", "opened the app"), Text("活跃天数", "active days"))
            raise replaced(self.text, token.start, token.end, phrases, question)
        if q is not None:
            return self._value("active_days")
        if self.window in (None, _EVER):
            raise vague(self.text, token.start, token.end, "inactive" if self.negative else "active")
        if self.negative:
            return {"last_active_days": {"gte": int(self.window or 0)}}
        return {"measure": "active_days", "op": "gte", "value": 1, **self._days()}


_ZH_UNITS = {"times": "次", "money": "元", "orders": "单", "minutes": "分钟", "people": "人", "days": "天"}


def _tidy(number: float) -> int | float:
    return int(number) if number == int(number) else number


def ask_vague(token: Token, text: str, *, timed: bool) -> UnclearError:
    """Return the question back for a word without a threshold; ``timed``: the description says when already."""
    key = str(token.get("vague"))
    return vague(text, token.start, token.end, "often_then" if key == "often" and timed else key)


def ask_dates(token: Token) -> AskBack:
    """Return the question back for dates that a window cannot hold."""
    piece = token.text.strip()
    return AskBack(
        Text(
            f"“{piece}”不是以截至日为终点的时间段，人群的条件只能用“近N天”。要看过去某天的人群，请说“截至某日”。",
            f"'{piece}' does not end on the as-of day; conditions take 'the last N days'. For a group as of an earlier day, say "
            "'as of' that day.",
        ),
        (
            Text("近30天分享至少3次的用户", "users who shared at least 3 times in the last 30 days"),
            Text(
                "截至上月底近30天分享至少3次的用户",
                "users who shared at least 3 times in the last 30 days as of the end of last month",
            ),
        ),
    )
