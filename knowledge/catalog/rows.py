"""The rows of the catalog's YAML files, each with the lines it stands on; what cannot be read is a fault of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.catalog.faults import Fault
from knowledge.text import Text

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENTRY = re.compile(r"^(?=-(?:\s|$))", re.MULTILINE)
_ID = re.compile(r"\bid:\s*['\"]?([^\s,}'\"#]+)")


@dataclass(frozen=True)
class Row:
    """One entry of a file.

    Attributes:
        file: where it stands.
        above: lines of the file above the text that was read with it.
        data: its content.
        node: its parse tree, which knows the lines.
    """

    file: Path
    above: int
    data: Any
    node: yaml.Node

    @property
    def line(self) -> int:
        """The first line of the entry, from 1."""
        return self._line(self.node)

    def line_of(self, path: Sequence[str | int]) -> int:
        """Return the line of a field, or of the nearest part of the entry around it that is there."""
        node, line = self.node, self.line
        for step in path:
            if isinstance(node, yaml.MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
                if pair is None:
                    break
                line, node = self._line(pair[0]), pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = self._line(node)
            else:
                break
        return line

    def line_with(self, word: str) -> int | None:
        """Return the line of the first value that holds ``word`` as a whole word, or None."""
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        holding = (n for n in _nodes(self.node) if isinstance(n, yaml.ScalarNode) and whole.search(str(n.value)))
        found = next(holding, None)
        return self._line(found) if found else None

    def repeated_keys(self) -> Iterator[tuple[str, int]]:
        """Yield each key that stands twice in one mapping, with its line: YAML would silently take the last."""
        for node in _nodes(self.node):
            if isinstance(node, yaml.MappingNode):
                seen: set[str] = set()
                for key, _ in node.value:
                    if isinstance(key, yaml.ScalarNode):
                        if key.value in seen:
                            yield key.value, self._line(key)
                        seen.add(key.value)

    def _line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + 1 + self.above


def _nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield a tree's nodes, each once: an anchor may stand in many places, or in itself."""
    waiting, seen = [node], {id(node)}
    while waiting:
        current = waiting.pop()
        yield current
        children: list[yaml.Node] = []
        if isinstance(current, yaml.MappingNode):
            children = [part for pair in current.value for part in pair]
        elif isinstance(current, yaml.SequenceNode):
            children = list(current.value)
        for child in reversed(children):
            if id(child) not in seen:
                seen.add(id(child))
                waiting.append(child)


def read_rows(path: Path) -> tuple[list[Row], list[Fault]]:
    """Return the entries of a file and its faults.

    Where the file as a whole is no YAML, each entry (from a ``-`` at the start of a line) is read by itself, so that a slip
    in one does not take the others away.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        return [], [_unreadable(path, why or "not UTF-8")]
    rows, faults = _read(path, text, 0)
    starts = [match.start() for match in _ENTRY.finditer(text)]
    if not faults or len(starts) < 2:
        return rows, faults
    rows, faults = [], []
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        more, wrong = _read(path, text[start:end], text.count("\n", 0, start))
        rows += more
        faults += wrong
    return rows, faults


def _read(path: Path, text: str, above: int) -> tuple[list[Row], list[Fault]]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return [], []
        if not isinstance(root, yaml.SequenceNode):
            return [], [_no_list(path, above + root.start_mark.line + 1)]
        rows = [Row(path, above, loader.construct_document(node), node) for node in root.value]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [], [_no_yaml(path, text, above, error)]
    finally:
        loader.dispose()
    return rows, []


def _no_yaml(path: Path, text: str, above: int, error: Exception) -> Fault:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).partition("\n")[0] or type(error).__name__
    named = _ID.search(text)
    lines = max(text.count("\n"), 1)
    line = min(mark.line + 1, lines) if mark else 1
    return Fault(
        "yaml", named[1] if named else "", path, above + line,
        Text(f"不是合法的 YAML：{what}。检查缩进、引号和冒号。", f"This is no YAML: {what}. Check indents, quotes and colons."),
    )  # fmt: skip


def _no_list(path: Path, line: int) -> Fault:
    return Fault(
        "yaml", "", path, line,
        Text("文件应是条目列表，每个条目以“- id: …”开头。", "A file is a list of entries, each beginning with '- id: …'."),
    )  # fmt: skip


def _unreadable(path: Path, why: str) -> Fault:
    return Fault("unreadable", "", path, 1, Text(f"文件无法读取：{why}。", f"The file cannot be read: {why}."))
