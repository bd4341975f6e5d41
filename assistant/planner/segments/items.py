"""From tokens to a row of conditions and what stands between them: and, or, not, brackets, commas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assistant.planner.segments.asking import Leaf, UnclearError, unread
from assistant.planner.segments.attribute_words import condition_on, value_list
from assistant.planner.segments.clause import Clause, ask_dates, ask_vague
from assistant.planner.segments.item import LINKS, SKIPPED, Item
from assistant.planner.segments.tokens import Token
from assistant.planner.types import World

_EVER = -1


class Walk:
    """Walks over the tokens of a description once and gathers its items."""

    def __init__(self, text: str, tokens: Sequence[Token], world: World) -> None:
        self.text, self.tokens, self.world = text, tokens, world
        self.items: list[Item] = []
        self.clause = Clause(text, world)
        self.lead: int | None = None
        self.broken = False
        self.topic: int | None = None
        self.topic_used = True
        self.topic_text = ""
        self.last_window: int | None = None
        self.at = 0
        self.english = len(re.findall("[a-z]", text)) > 2 * len(re.findall(r"[\u4e00-\u9fff]", text))

    def run(self) -> list[Item]:
        """Return the items. Raises UnclearError where a word is not understood or a condition lacks something."""
        left = [t.text for t in self.tokens if t.unread]
        if left:
            raise unread(left)
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            self._take(token)
        self.flush()
        if not self.topic_used:
            raise unread([self.topic_text])
        return self.items

    def _take(self, token: Token) -> None:  # noqa: C901, PLR0912 - one line per kind of token
        if token.has("leaf"):
            self.emit(dict(token.get("leaf")), token)
        elif token.has("state") and not (token.has("segment") and token.has("exact")):
            self.emit({"state": token.get("state")}, token)
        elif token.has("rfm"):
            self.emit({"rfm": value_list(self, token, "rfm")}, token)
        elif token.has("ever"):
            self._window(token, _EVER)
        elif token.has("window"):
            self._window(token, int(token.get("window")))
        elif token.has("range", "one_day", "day"):
            raise UnclearError(ask_dates(token))
        elif token.has("same_window"):
            self._window(token, self.last_window if self.last_window is not None else _EVER)
        elif token.has("within"):
            self._within(token)
        elif token.has("quantity"):
            self._quantity(token)
        elif token.has("rank"):
            self._hold(token, rank=token.get("rank"))
        elif token.has("op"):
            self._hold(token, op=token.get("op"))
        elif token.has("quoted"):
            self._quoted(token)
        elif token.has("attr") and self._counted_before(token):
            self._count_of(token)
        elif token.has("attr") and self._names_attribute(token):
            self.emit(condition_on(self, token), token)
        elif token.has("value", "named_value") and self._is_value(token):
            self.emit(value_list(self, token, "value"), token)
        elif token.has("event", "measure", "active"):
            self._predicate(token)
        elif token.has("segment"):
            self.emit({"segment": token.get("segment")}, token)
        elif token.has("vague"):
            self._vague(token)
        else:
            self._mark(token)

    def _ends_lead(self) -> None:
        """End what the first window leads: 近30天搜索过且评论过的 is one clause, and what comes after it another."""
        clause = self.clause
        if clause.window is None and clause.predicate and clause.negative != "ever" and self.lead is not None:
            clause.window = self.lead
        self.lead, self.broken = None, clause.predicate

    def _mark(self, token: Token) -> None:  # noqa: C901 - one line per kind of token
        if token.has("head") or (
            token.has("filler") and "的" in token.text
        ):  # a window reaches to the end of its clause
            self._ends_lead()
        if token.has("never"):
            self._never(token)
        elif token.has("not"):
            self.flush()
            self.clause.negative = "plain"
            self.clause.tokens.append(token)
        elif token.has("open"):
            self._open(token)
        elif token.has("close", "exclude", "exclude_end"):
            self.flush()
            self.items.append(
                Item(next(k for k in ("close", "exclude_end", "exclude") if token.has(k)), text=token.text)
            )
        elif token.has("first"):
            if self.clause.predicate:
                self.flush()
            self.clause.join = "then"
        elif token.has("this_order"):
            self._in_this_order(token)
        elif token.has(*LINKS):
            self._link(token)
        elif token.has("after", "version", "rule", "feature") or not token.has(
            *SKIPPED, "both", "on_days", "range_to", "attr"
        ):
            raise unread([token.text])

    # --- conditions -------------------------------------------------------------------------------------------------

    def emit(self, leaf: Leaf, token: Token) -> None:
        """Add a condition that stands on its own, denied where a no stands before it."""
        clause = self.clause
        negative = clause.negative and not clause.predicate and not clause.quantity
        if negative:
            self.items.append(Item("not"))
            clause.negative = ""
        self.flush()
        self.items.append(Item("leaf", leaf, token.text))

    def flush(self) -> None:
        """End the clause: its condition becomes an item; a window that led nothing yet leads what follows."""
        clause, self.clause = self.clause, Clause(self.text, self.world)
        if clause.empty:
            if clause.window is not None:
                self.topic, self.topic_used, self.topic_text = clause.window, False, clause.tokens[-1].text
            return
        if clause.negative and not (clause.predicate or clause.quantity or clause.rank):
            self.items.append(Item("not"))
            return
        if clause.within and len(clause.events) == 1 and clause.join != "then":
            self._follows(clause)
            return
        if clause.window is None and clause.negative == "ever":
            clause.window = _EVER
        if clause.window is None and clause.predicate and self.topic is not None:
            clause.window, self.topic_used = self.topic, True
        if clause.window is None and clause.predicate and self.lead is not None:
            clause.window = self.lead
        elif not self.english and not self.broken and clause.window is not None and clause.tokens[0].has("window"):
            self.lead = clause.window
        self.broken = False
        bare = clause.bare and len(clause.events) == 1 and not clause.negative and not clause.where
        leaf = clause.condition()
        timed = clause.predicate and "last_active_days" not in leaf
        self.items.append(Item("leaf", leaf, clause.tokens[0].text, timed, clause.window, bare))

    def _follows(self, clause: Clause) -> None:
        """Make a sequence of the event before and this one: 看了支付页但24小时内没付款."""
        link = self.items[-1] if self.items else None
        before = self.items[-2] if len(self.items) > 1 and link and link.kind in ("and", "but", "then") else None
        if before is None or not before.bare or clause.quantity or clause.rank or clause.within is None:
            raise unread([t.text for t in clause.tokens if t.has("within")])
        del self.items[-2:]
        clause.events = [str(before.leaf["did"]), *clause.events]
        clause.join = "then"
        if before.window is not None:
            clause.window = before.window
        self.items.append(Item("leaf", clause.condition(), clause.tokens[0].text, True, clause.window))

    # --- words of a clause ------------------------------------------------------------------------------------------

    def _hold(self, token: Token, **said: Any) -> None:
        ((name, value),) = said.items()
        if getattr(self.clause, name) is not None:
            self.flush()
        setattr(self.clause, name, value)
        self.clause.tokens.append(token)

    def _quantity(self, token: Token) -> None:
        quantity = token.get("quantity")
        if self.clause.quantity is not None:
            self.flush()
        self.clause.quantity = quantity
        self.clause.tokens.append(token)

    def _window(self, token: Token, days: int) -> None:
        clause = self.clause
        if clause.join == "then" and clause.events and clause.within is None and self._expects_event():
            clause.within = ("within_hours", float(24 * days))
            clause.tokens.append(token)
            return
        if clause.window is not None or (clause.predicate and not self.english and self._more_follows()):
            self.flush()
            clause = self.clause
        clause.window = days
        clause.tokens.append(token)
        if days != _EVER:
            self.last_window = days

    def _within(self, token: Token) -> None:
        clause = self.clause
        if clause.predicate and clause.join != "then" and not self.english:
            self.flush()
            clause = self.clause
        clause.within = token.get("within")
        clause.tokens.append(token)

    def _never(self, token: Token) -> None:
        clause = self.clause
        if clause.join == "then" and clause.events and self._expects_event():
            clause.negative = "plain"
            return
        if clause.predicate:
            self.flush()
            clause = self.clause
        if clause.negative:
            raise unread([token.text])
        clause.negative = str(token.get("never"))
        clause.tokens.append(token)

    def _predicate(self, token: Token) -> None:
        clause = self.clause
        goes_on = bool(clause.join) and bool(clause.events) and token.has("event") and self._expects_event()
        if clause.predicate and not goes_on:
            if self._same_thing(token):
                clause.tokens.append(token)
                return
            self.flush()
            clause = self.clause
        if token.text.startswith("已") and clause.window is None:
            clause.window = _EVER
        if token.has("event"):
            clause.events.append(str(token.get("event")))
        if token.has("measure") and not goes_on:
            clause.measure = str(token.get("measure"))
        clause.active = clause.active or (token.has("active") and not token.has("event", "measure"))
        clause.tokens.append(token)

    def _same_thing(self, token: Token) -> bool:
        """Whether a word only names again what the clause is about: 30 天里活跃的活跃天数, spent in revenue."""
        clause = self.clause
        same = token.has("measure") and clause.measure == token.get("measure") and not clause.events
        days = clause.active and token.get("measure") == "active_days"
        if days:
            clause.active, clause.measure = False, "active_days"
        ordered = clause.measure == "orders" and token.get("event") == "pay_success"
        return same or days or ordered

    def _expects_event(self) -> bool:
        """Whether the word just before is a link, not counting how soon and no."""
        for token in reversed(self.tokens[: self.at - 1]):
            if token.has("event"):
                return False
            if token.has("or", "and", "list", "list_and", "then", "comma"):
                return True
            if not token.has(*SKIPPED, "within", "never", "window"):
                return False
        return self.clause.join == "then" and not self.clause.events

    def next_token(self, *, over: tuple[str, ...] = SKIPPED) -> Token | None:
        """Return the next token that is not passed over."""
        return next(
            (t for t in self.tokens[self.at :] if not t.has(*over) or t.has("event", "measure", "value", "attr")), None
        )

    def _more_follows(self) -> bool:
        """Whether after a window another condition begins that the window leads."""
        following = self.next_token()
        return following is not None and following.has("event", "measure", "active", "never", "op", "first", "quantity")

    # --- what stands between ----------------------------------------------------------------------------------------

    def _link(self, token: Token) -> None:
        kind = next(k for k in LINKS if token.has(k))
        following = self.next_token()
        nearly = following is not None and following.has("event") and not following.has("never")
        clause = self.clause
        plain_comma = kind == "comma" and not (self.english and nearly)
        if self._lists(kind) and nearly and not plain_comma:
            join = {"or": "or", "and": "and", "list_and": "and", "then": "then"}.get(kind, "")
            if not clause.join or clause.join == join or not join or clause.join == "list":
                clause.join = join or clause.join or "list"
                return
        if kind == "then" and clause.bare:
            clause.join = "then"
            return
        if kind == "then" and clause.empty:
            self._takes_up_again(token)
            return
        self.flush()
        if kind == "but_not":
            self.items.append(Item("and"))
            self.clause.negative = "plain"
            self.clause.tokens.append(token)
        else:
            self.items.append(Item({"list_and": "list", "then": "and"}.get(kind, kind), text=token.text))

    def _takes_up_again(self, token: Token) -> None:
        """Go on with the event before a comma: searched, then consulted."""
        while self.items and self.items[-1].kind == "comma":
            self.items.pop()
        before = self.items.pop() if self.items and self.items[-1].bare else None
        if before is None:
            raise unread([token.text])
        self.clause.events, self.clause.join = [str(before.leaf["did"])], "then"
        self.clause.window = before.window if self.clause.window is None else self.clause.window
        self.clause.tokens.append(token)

    def _lists(self, kind: str) -> bool:
        """Whether a link may list a further event beside a bare one: searched or consulted, 搜索或咨询过."""
        clause = self.clause
        if not clause.bare or clause.where or kind in ("but", "but_not"):
            return False
        timed = clause.window is not None and self.english
        return not timed and not (clause.negative and kind in ("and", "list_and") and clause.join != "then")

    def _open(self, token: Token) -> None:
        clause = self.clause
        following = self.next_token()
        if clause.events and following is not None and following.has("within", "rule"):
            self._rules()
        elif clause.events and following is not None and following.has("attr", "column"):
            self._where()
        else:
            if clause.predicate or clause.quantity or clause.rank or clause.negative:
                self.flush()
            self.items.append(Item("open", text=token.text))

    def _rules(self) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.has("close"):
                return
            if token.has("within"):
                self.clause.within = token.get("within")
            elif token.has("rule"):
                self.clause.rules.add(str(token.get("rule")))
            elif not token.has("comma", "filler", "is"):
                raise unread([token.text])

    def _where(self) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.has("close"):
                return
            if token.has("column"):
                column, values = token.get("column")
                self.clause.where[column] = values
            elif token.has("attr"):
                leaf = condition_on(self, token)
                if leaf["attribute"] not in ("platform", "app_version") or leaf["op"] != "in":
                    raise unread([token.text])
                self.clause.where[str(leaf["attribute"])] = [None if v is None else str(v) for v in leaf["values"]]
            elif not token.has("comma", "filler", "is"):
                raise unread([token.text])

    def _quoted(self, token: Token) -> None:
        if self.clause.events and self.clause.events[-1] == "search" and not self.clause.quantity:
            self.clause.where.setdefault("keyword", []).append(token.get("quoted"))
            return
        raise unread([token.text])

    def _in_this_order(self, token: Token) -> None:
        if not self.clause.events:
            raise unread([token.text])
        self.clause.join = "then"

    def _counted_before(self, token: Token) -> bool:
        """Whether the number of an attribute was said before its name: at least 500 followers."""
        return token.get("attr") == "followers" and self.clause.quantity is not None and not self.clause.predicate

    def _count_of(self, token: Token) -> None:
        clause, quantity = self.clause, self.clause.quantity
        if quantity is None or quantity.unit not in ("", "items", "people"):
            raise unread([token.text])
        op = clause.op or quantity.op or "in"
        if op == "eq":
            op = "in"
        values = [quantity.low, quantity.high] if op == "between" else [quantity.low]
        clause.quantity = clause.op = None
        self.emit({"attribute": token.get("attr"), "op": op, "values": values}, token)

    def _names_attribute(self, token: Token) -> bool:
        following = self.tokens[self.at] if self.at < len(self.tokens) else None
        if following is None or not token.has("filler", "event", "measure", "ask"):
            return following is not None or not token.has("filler")
        return following.has("is", "op", "value", "not") and not following.has("head")

    def _is_value(self, token: Token) -> bool:
        """Whether a word is a value: 来自搜索, from search, and not what users did."""
        if token.has("value") and not token.has("event", "measure", "active"):
            return True
        before = self.tokens[self.at - 2] if self.at > 1 else None
        return before is not None and before.text.strip() in ("来自", "from", "via", "through")

    def _vague(self, token: Token) -> None:
        ages = [
            t for t in self.tokens if t.has("leaf") and t.get("leaf").get("attribute") in ("age_days", "register_date")
        ]
        if token.get("vague") in ("recent", "veteran") and ages:
            return
        if token.get("vague") == "active" and self.clause.window not in (None, _EVER) and not self.clause.predicate:
            self.clause.active = True
            self.clause.tokens.append(Token(token.start, token.end, token.text, {"active": "x"}))
            return
        timed = any(t.has("window") for t in self.tokens)
        raise ask_vague(token, self.text, timed=timed)
