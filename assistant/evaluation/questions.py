"""Question sets as files: one JSON object a line, read whole before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from knowledge.errors import QueryError
from knowledge.text import Text

STATUSES = ("answered", "clarify", "declined")
_Line = TypeVar("_Line")


@dataclass(frozen=True)
class Reading:
    """One fair reading of a question: a tool with its params, or a question back or refusal alone (no tool)."""

    status: str
    tool: str | None = None
    params: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Asked:
    """One turn: the question, what is expected, and other readings that count as right."""

    question: str
    expect: Reading
    alternatives: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Item:
    """One line of a question set: one question, or the turns of a session in their order."""

    id: str
    language: str
    tags: tuple[str, ...]
    turns: tuple[Asked, ...]
    is_session: bool


@dataclass(frozen=True)
class Passage:
    """A passage that a search should find: the file it stands in and words that it must contain."""

    source: str
    must_contain: str


@dataclass(frozen=True)
class Lookup:
    """One line of a retrieval set: a query and every passage that is relevant to it."""

    id: str
    language: str
    query: str
    relevant: tuple[Passage, ...]


def read_set(path: Path) -> list[Item] | list[Lookup]:
    """Return the lines of a question set, or of a retrieval set where its first line has a ``query``.

    Raises QueryError that names every line that cannot be read.
    """
    rows = list(_rows(path))
    if not rows:
        raise QueryError(Text(f"{path} 里没有题目。", f"{path} holds no questions."), code="empty_set")
    if isinstance(rows[0][1], dict) and "query" in rows[0][1]:
        return _all(path, rows, _lookup)
    return _all(path, rows, _item)


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise QueryError(
            Text(f"无法读取 {path}：{reason}。", f"{path} cannot be read: {reason}."), code="bad_set"
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                yield number, None


def _all(path: Path, rows: list[tuple[int, Any]], read: Callable[[Any], _Line]) -> list[_Line]:
    out: list[_Line] = []
    faults: list[str] = []
    for number, row in rows:
        try:
            out.append(read(row))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            faults.append(f"{number}: {_reason(error)}")
    if faults:
        listed = "\n  ".join(faults[:20])
        raise QueryError(
            Text(
                f"{path} 有 {len(faults)} 行无法读取，一题也没有问：\n  {listed}",
                f"{path} has {len(faults)} unreadable line(s); nothing was asked:\n  {listed}",
            ),
            code="bad_set",
        )
    return out


def _reason(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _item(row: Any) -> Item:
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    is_session = "session" in row
    turns = tuple(_asked(turn) for turn in (row["session"] if is_session else [row]))
    if not turns:
        raise ValueError("no turns")
    return Item(str(row["id"]), str(row["lang"]), tuple(str(tag) for tag in row["tags"]), turns, is_session)


def _asked(turn: Any) -> Asked:
    question, expect = turn["question"], turn["expect"]
    if not isinstance(question, str):
        raise TypeError("question is not text")
    if expect["status"] not in STATUSES:
        raise ValueError(f"status {expect['status']!r} is none of {', '.join(STATUSES)}")
    others = tuple(
        Reading("answered", other["tool"], other.get("params") or {}) if "tool" in other else Reading(other["status"])
        for other in expect.get("alternatives") or ()
    )
    return Asked(question, Reading(expect["status"], expect.get("tool"), expect.get("params") or {}), others)


def _lookup(row: Any) -> Lookup:
    relevant = tuple(Passage(str(p["source"]), str(p["must_contain"])) for p in row["relevant"])
    if not relevant:
        raise ValueError("nothing is relevant")
    return Lookup(str(row["id"]), str(row["lang"]), str(row["query"]), relevant)
