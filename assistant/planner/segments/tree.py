"""From a row of conditions to one definition: brackets, then not, then and, then or; a comma parts more than none.

Where and and or meet without brackets, and not every and is said (A或B的C), both readings are offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.planner.segments.asking import Leaf, two_readings, unread
from assistant.planner.segments.item import Item
from assistant.planner.types import World
from knowledge.text import Text

_LINKS = ("and", "but", "or", "list", "comma")


@dataclass
class _Node:
    """A part of a definition, and the link said before it: and, or, list (、和), empty for none; loose after a comma."""

    leaf: Leaf
    link: str = ""
    loose: bool = False


_MOST_READINGS = 6


class _AmbiguousError(Exception):
    """A place that can be read in several ways, and why."""

    def __init__(self, ways: int, why: Text) -> None:
        super().__init__(why.en)
        self.ways, self.why = ways, why


def definition_of(items: Sequence[Item], world: World) -> Leaf:
    """Return the definition of a whole row. Raises UnclearError where it can be read in two ways, or brackets do not fit."""
    found, why = _readings(list(items), ())
    if len(found) > 1 and why is not None:
        raise two_readings(found[:_MOST_READINGS], world, why)
    return found[0]


def _readings(items: list[Item], picked: tuple[int, ...]) -> tuple[list[Leaf], Text | None]:
    """Return every reading of a row, each whole, and why there are several."""
    reader = _Reader(items, picked)
    try:
        found = reader.group(closing="")
    except _AmbiguousError as error:
        if len(picked) >= 3:
            raise unread([item.text for item in items if item.kind in ("or", "list", "exclude")]) from error
        each = [_readings(items, (*picked, way))[0] for way in range(error.ways)]
        return [one for several in each for one in several], error.why
    if found is None:
        raise unread(["…"])
    return [found], None


class _Reader:
    def __init__(self, items: list[Item], picked: tuple[int, ...]) -> None:
        self.items, self.at = items, 0
        self.picked = list(picked)

    def choose(self, ways: Sequence[Leaf], why: Text) -> Leaf:
        """Return the way that was picked for this place. Raises _AmbiguousError where none was."""
        if not self.picked:
            raise _AmbiguousError(len(ways), why)
        return ways[self.picked.pop(0)]

    def group(self, closing: str) -> Leaf | None:  # noqa: C901 - one branch per kind of mark
        """Return what stands up to the mark that closes it."""
        nodes: list[_Node] = []
        link, loose = "", False
        while self.at < len(self.items):
            item = self.items[self.at]
            if item.kind == closing:
                self.at += 1
                return self._joined(nodes, excluded=closing == "exclude_end") if nodes else None
            if closing == "exclude_end" and item.kind == "exclude":
                break
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
            return self.choose(item.leaf["ways"], item.leaf["why"]) if "ways" in item.leaf else item.leaf
        if item.kind == "not":
            while self.at < len(self.items) and self.items[self.at].kind in ("comma", "list"):
                self.at += 1
            if self.at >= len(self.items):
                raise unread(["不/not"])
            part = self._unit()
            return denied(part) if part else None
        if item.kind == "open":
            return self.group("close")
        return self._excluded(item)

    def _excluded(self, item: Item) -> Leaf:
        """Return what an exclusion leaves: all up to 以外, or one thing; with several and no end, how far it reaches is asked."""
        closed = self._closes()
        begin = self.at
        part = self.group("exclude_end")
        if part is None:
            raise unread([item.text])
        parts = part.get("any") or part.get("all")
        if closed or parts is None or self.items[begin].kind == "open":
            return denied(part)
        first, *rest = parts
        ways = [_all([denied(first), *rest]), _all([denied(each) for each in parts])]
        if "all" in part:
            ways.append({"not": part})
        return self.choose(
            ways,
            Text("排除到哪里为止，可以有不同的读法。", "How far the exclusion reaches can be read in different ways."),
        )

    def _joined(self, nodes: list[_Node], *, excluded: bool) -> Leaf:
        if len(nodes) == 1:
            return nodes[0].leaf
        nodes = self._settled(nodes, excluded=excluded)
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

    def _settled(self, nodes: list[_Node], *, excluded: bool) -> list[_Node]:
        """Read A、B、或C as or throughout, A、B的C as and; segments in a list without more can be either."""
        out: list[_Node] = []
        for index, node in enumerate(nodes):
            link = "and" if node.link == "but" else node.link
            following = next((n.link for n in nodes[index + 1 :] if n.link not in ("list", "")), "")
            if link == "list" and (excluded or following == "or"):
                link = "or"
            elif link == "list" and out and "segment" in node.leaf and "segment" in out[-1].leaf:
                pair = [out[-1].leaf, node.leaf]
                why = Text("两个人群并列，是任一还是同时？", "Two segments side by side: users in either, or in both?")
                out[-1] = _Node(self.choose([{"any": pair}, {"all": pair}], why), out[-1].link, out[-1].loose)
                continue
            elif link == "list":
                link = "and"
            out.append(_Node(node.leaf, link, node.loose))
        return out

    def _by_precedence(self, nodes: list[_Node]) -> Leaf:
        """Return the nodes joined, and before or. Raises UnclearError for A或B的C, where the and is not said."""
        links = [node.link for node in nodes[1:]]
        ands_first = _any([_all(run) for run in _runs(nodes, "or")])
        if "or" in links and any(link != "or" for link in links):
            ors_first = _all([_any(run) for run in _runs(nodes, "and")])
            if any(link == "" for link in links):
                why = Text("“或”管到哪里，可以有不同的读法。", "How far 'or' reaches can be read in different ways.")
                return self.choose([ors_first, ands_first], why)
        return ands_first


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
