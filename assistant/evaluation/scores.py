"""Counts of right, wrong and refused, by what the questions are about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.evaluation.ground import Ground
from assistant.evaluation.judge import OUTCOMES, Outcome, carried_out, judge
from assistant.evaluation.plain import key
from assistant.evaluation.questions import Asked, Item

TABLES = ("total", "language", "tag", "tool", "status")


@dataclass(frozen=True)
class Failure:
    """One turn that is not right: the question, what was expected, and what came back. ``turn`` is None outside sessions."""

    id: str
    turn: int | None
    outcome: Outcome
    note: str
    question: str
    expected: Mapping[str, Any]
    got: Any
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "id": self.id, "turn": self.turn, "outcome": self.outcome, "note": self.note, "question": self.question,
            "expect": dict(self.expected), "got": self.got, **({"about": self.about} if self.about else {}),
        }  # fmt: skip

    def lines(self, expected: str, got: str) -> list[str]:
        """Return the block that people read, with the two labels in their language."""
        place = self.id if self.turn is None else f"{self.id}/{self.turn}"
        head = f"{self.outcome} {place} ({self.note}) {self.question}"
        told = [f"  {self.about}"] if self.about else []
        return [head, f"  {expected} {key(self.expected)}", f"  {got} {key(self.got)}", *told]


@dataclass
class Scores:
    """What came of a question set: a table of counts by kind and name, notes on the answers, and the failures."""

    tables: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {name: defaultdict(Counter) for name in TABLES}
    )
    notes: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """Return how many turns came out so."""
        return self.tables["total"]["turns"][outcome]

    def to_json(self) -> dict[str, Any]:
        """Return everything for programs."""
        counts = {
            kind: {name: {o: c[o] for o in OUTCOMES} for name, c in sorted(rows.items())}
            for kind, rows in self.tables.items()
        }
        return {**counts, "notes": dict(+self.notes), "failures": [f.to_json() for f in self.failures]}


Answers = Mapping[tuple[str, int], Mapping[str, Any]]
"""Answers as ``yunce ask --json`` prints them, by the item's id and the turn, from 1."""


def score(
    items: Sequence[Item], answers: Answers, ground: Ground, *, about: Callable[[str, int], str] | None = None
) -> Scores:
    """Return the scores of the answers to a question set. ``about`` adds a line to a failure, by id and turn."""
    out = Scores()
    for item in items:
        outcomes = []
        for number, asked in enumerate(item.turns, start=1):
            answer = answers.get((item.id, number))
            outcome, note = judge(asked, answer, ground)
            outcomes.append(outcome)
            _count(out, item, asked, outcome)
            _note(out, item, asked, answer, note)
            if outcome != "right":
                turn = number if item.is_session else None
                said = about(item.id, number) if about else ""
                shown = _shown(asked, answer)
                out.failures.append(Failure(item.id, turn, outcome, note, asked.question, *shown, said))
        worst: Outcome = next((o for o in ("wrong", "refused") if o in outcomes), "right")
        out.tables["total"]["items"][worst] += 1
    return out


def _count(out: Scores, item: Item, asked: Asked, outcome: Outcome) -> None:
    names = {
        "total": ("turns",),
        "language": (item.language,),
        "tag": item.tags,
        "tool": (asked.expect.tool or "-",),
        "status": (asked.expect.status,),
    }
    for kind, held in names.items():
        for name in held:
            out.tables[kind][name][outcome] += 1


def _note(out: Scores, item: Item, asked: Asked, answer: Mapping[str, Any] | None, note: str) -> None:
    if answer is None:
        out.notes["missing"] += 1
        return
    out.notes["errors"] += answer.get("status") == "error"
    out.notes["asked back or declined, the other was due"] += note in ("clarify for declined", "declined for clarify")
    unsupported = answer.get("status") == "answered" and bool(answer.get("unsupported_numbers"))
    out.notes["answers with unsupported numbers"] += unsupported
    language = "zh" if any("一" <= c <= "鿿" for c in asked.question) else item.language
    out.notes["answers in the other language"] += answer.get("language", language) != language


def _shown(asked: Asked, answer: Mapping[str, Any] | None) -> tuple[dict[str, Any], Any]:
    """Return what was expected and what came back, as a failure shows them."""
    expect = asked.expect
    expected = {"status": expect.status, "tool": expect.tool, "params": dict(expect.params or {})}
    got: Any = (answer or {}).get("status")
    if answer and got == "answered":
        first = carried_out(answer, expect.tool)[:1]
        got = {"tool": first[0][0], "params": first[0][1]} if first else got
    return expected, got
