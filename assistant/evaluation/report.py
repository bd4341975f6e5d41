"""Scores in words: the tables of the terminal, and those of a Markdown page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from assistant.evaluation.judge import OUTCOMES
from assistant.evaluation.retrieval import AT, Found
from assistant.evaluation.scores import TABLES, Scores
from knowledge.text import Language, Text

HEADINGS: Mapping[str, Text] = {
    "total": Text("合计", "total"),
    "language": Text("语言", "language"),
    "tag": Text("标签", "tag"),
    "tool": Text("工具", "tool"),
    "status": Text("应有的结果", "status due"),
    "right": Text("对", "right"),
    "wrong": Text("错", "wrong"),
    "refused": Text("未答", "refused"),
    "n": Text("题数", "n"),
    "expected": Text("应为", "expected"),
    "got": Text("得到", "got     "),
}
_NOTES: Mapping[str, Text] = {
    "missing": Text("没有回答", "missing"),
    "errors": Text("出错", "errors"),
    "asked back or declined, the other was due": Text(
        "反问与拒绝弄反", "asked back or declined where the other was due"
    ),
    "answers with unsupported numbers": Text("含无依据数字的回答", "answers with unsupported numbers"),
    "answers in the other language": Text("语言不符的回答", "answers in the other language"),
}
_WIDE = 30


def in_words(scores: Scores, language: Language) -> Iterator[str]:
    """Yield the lines for the terminal: a table for each kind, notes, and one block for each failure."""
    for kind in TABLES:
        heads = "".join(f"{HEADINGS[o].in_(language):>9}" for o in (*OUTCOMES, "n"))
        yield f"{_padded(HEADINGS[kind].in_(language))}{heads}"
        for name, counts in _ordered(kind, scores):
            yield f"{_padded('  ' + name)}" + "".join(f"{n:>9}" for n in _figures(counts))
    for name, count in sorted((+scores.notes).items()):
        yield f"{_NOTES[name].in_(language)}: {count}"
    for failure in scores.failures:
        yield ""
        yield from failure.lines(HEADINGS["expected"].in_(language), HEADINGS["got"].in_(language))


def found_in_words(found: Mapping[str, Found], language: Language) -> Iterator[str]:
    """Yield the lines for the terminal of a retrieval set."""
    names = Text("检索", "retrieval").in_(language)
    heads = "".join(f"{name:>10}" for name in (*(f"recall@{k}" for k in AT), "MRR", "n"))
    yield f"{_padded(names)}{heads}"
    for name, score in found.items():
        figures = "".join(f"{score.recall[k]:>10.3f}" for k in AT)
        yield f"{_padded('  ' + name)}{figures}{score.mrr:>10.3f}{score.queries:>10}"
    length = found["all"].length
    yield Text(f"段落平均 {length:.0f} 字", f"passages are {length:.0f} characters long on average").in_(language)


def markdown_table(kind: str, scores: Scores) -> Iterator[str]:
    """Yield a table of one kind for a page in English."""
    yield f"| {HEADINGS[kind].en} | right | wrong | refused | n |"
    yield "|---|---:|---:|---:|---:|"
    for name, counts in _ordered(kind, scores):
        yield f"| {name} | " + " | ".join(str(n) for n in _figures(counts)) + " |"


def _ordered(kind: str, scores: Scores) -> list[tuple[str, Counter[str]]]:
    return sorted(scores.tables[kind].items(), key=lambda row: (kind == "total" and row[0] != "turns", row[0]))


def _figures(counts: Counter[str]) -> list[int]:
    held = [counts[outcome] for outcome in OUTCOMES]
    return [*held, sum(held)]


def _padded(text: str) -> str:
    wide = sum(2 if ord(c) > 0x2E80 else 1 for c in text)
    return text + " " * max(1, _WIDE - wide)
