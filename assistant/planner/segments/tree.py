"""From a row of conditions to one definition: brackets, then not, then and, then or; a comma parts more than none.

Where and and or meet without brackets, and not every and is said (A或B的C), both readings are offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.planner.segments.asking import Leaf, two_readings, unread
from assistant.planner.segments.items import Item
from assistant.planner.types import World
from knowledge.text import Text

_LINKS = ("and", "but", "or", "list", "comma")


@dataclass
class _Node:
    """A part of a definition, and the link said before it: and, or, list (、和), empty for none; loose after a comma."""

    leaf: Leaf
    link: str = ""
    loose: bool = False


def definition_of(items: Sequence[Item], world: World) -> Leaf:
    """Return the definition of a whole row. Raises UnclearError where it can be read in two ways, or brackets do not fit."""
    reader = _Reader(list(items), world)
    found = reader.group(closing="")
    if found is None:
        raise unread(["…"])
    return found


class _Reader:
    def __init__(self, items: list[Item], world: World) -> None:
        self.items, self.world, self.at = items, world, 0

    def group(self, closing: str) -> Leaf | None:
        """Return what stands up to the mark that closes it."""
        nodes: list[_Node] = []
        link, loose = "", False
        while self.at < len(self.items):
            item = self.items[self.at]
            if item.kind == closing:
                self.at += 1
                return self._joined(nodes, excluded=closing == "exclude_end") if nodes else None
            if item.kind in _LINKS:
                self.at += 1
                loose = loose or item.kind == "comma"
                if item.kind != "comma":
                    link = item.kind
                if closing == "exclude_end" and loose and nodes and item.kind == "comma" and not self._closes():
                    return self._joined(nodes, excluded=True)
                continue
            if item.kind in ("close", "exclude_end"):
                if closing == "exclude_end" or item.kind == "close":
                    break
                self.at += 1  # 以外 alone, after brackets, adds nothing
                continue
            part = self._unit()
            if part is not None:
                nodes.append(_Node(part, link if nodes else "", loose and bool(nodes)))
            link, loose = "", False
        if closing == "close" or (not closing and self.at < len(self.items)):
            raise unread(["(" if closing else ")"])
        return self._joined(nodes, excluded=closing == "exclude_end") if nodes else None

    def _closes(self) -> bool:
        """Whether an exclusion that was begun is closed further on: 除了A,B以外."""
        depth = 0
        for item in self.items[self.at :]:
            depth += {"open": 1, "close": -1}.get(item.kind, 0)
            if item.kind == "exclude_end" and depth == 0:
                return True
        return False

    def _unit(self) -> Leaf | None:
        item = self.items[self.at]
        self.at += 1
        if item.kind == "leaf":
            return item.leaf
        if item.kind == "not":
            while self.at < len(self.items) and self.items[self.at].kind in ("comma", "list"):
                self.at += 1
            if self.at >= len(self.items):
                raise unread(["不/not"])
            part = self._unit()
            return denied(part) if part else None
        if item.kind == "open":
            return self.group("close")
        part = self.group("exclude_end")
        if part is None:
            raise unread([item.text])
        return denied(part)

    def _joined(self, nodes: list[_Node], *, excluded: bool) -> Leaf:
        if len(nodes) == 1:
            return nodes[0].leaf
        _settle_lists(nodes, self.world, excluded=excluded)
        chunks: list[list[_Node]] = []
        for node in nodes:
            if node.loose or not chunks:
                chunks.append([node])
            else:
                chunks[-1].append(node)
        if len(chunks) == 1:
            return self._by_precedence(nodes)
        parts = [_Node(self._by_precedence(chunk), chunk[0].link) for chunk in chunks]
        return self._by_precedence(parts)

    def _by_precedence(self, nodes: list[_Node]) -> Leaf:
        """Return the nodes joined, and before or. Raises UnclearError for A或B的C, where the and is not said."""
        links = [node.link for node in nodes[1:]]
        ands_first = _any([_all(run) for run in _runs(nodes, "or")])
        if "or" in links and any(link != "or" for link in links):
            ors_first = _all([_any(run) for run in _runs(nodes, "and")])
            if any(link == "" for link in links):
                why = Text("“或”管到哪里，可以有不同的读法。", "How far 'or' reaches can be read in different ways.")
                raise two_readings([ors_first, ands_first], self.world, why)
        return ands_first


def _settle_lists(nodes: list[_Node], world: World, *, excluded: bool) -> None:
    """Read A、B、或C as or throughout, A、B的C as and; segments in a list without more can be either."""
    for index, node in enumerate(nodes):
        if node.link == "but":
            node.link = "and"
        if node.link != "list":
            continue
        following = next((n.link for n in nodes[index + 1 :] if n.link not in ("list", "")), "")
        before = nodes[index - 1].leaf
        if excluded or following == "or":
            node.link = "or"
        elif "segment" in node.leaf and "segment" in before:
            pair = [before, node.leaf]
            why = Text("两个人群并列，是任一还是同时？", "Two segments side by side: users in either, or in both?")
            raise two_readings([{"any": pair}, {"all": pair}], world, why)
        else:
            node.link = "and"


def _runs(nodes: list[_Node], parting: str) -> list[list[Leaf]]:
    """Return the parts of the nodes between links of one kind: or, or any other (for ``and``)."""
    runs: list[list[Leaf]] = []
    for index, node in enumerate(nodes):
        parts = index > 0 and ((node.link == "or") == (parting == "or"))
        if parts or not runs:
            runs.append([node.leaf])
        else:
            runs[-1].append(node.leaf)
    return runs


def _all(parts: list[Leaf]) -> Leaf:
    flat = [each for part in parts for each in (part.get("all", [part]))]
    return flat[0] if len(flat) == 1 else {"all": flat}


def _any(parts: list[Leaf]) -> Leaf:
    flat = [each for part in parts for each in (part.get("any", [part]))]
    return flat[0] if len(flat) == 1 else {"any": flat}


def denied(part: Leaf) -> Leaf:
    """Return the opposite of a definition, in the plainest form there is."""
    if part.get("op") == "in" and "attribute" in part:
        return {**part, "op": "not_in"}
    if part.get("op") == "not_in":
        return {**part, "op": "in"}
    if "did" in part and part.get("times") in (0, 1) and part["op"] in ("eq", "gte"):
        if (part["op"], part["times"]) == ("gte", 1):
            return {**part, "op": "eq", "times": 0}
        if (part["op"], part["times"]) == ("eq", 0):
            return {**part, "op": "gte", "times": 1}
    if "not" in part:
        inner: Leaf = part["not"]
        return inner
    return {"not": part}
