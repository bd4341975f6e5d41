"""A stand-in for the assistant: scripted events, the same interface, no data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from assistant.answer.model import Answer, Chart, Series, Table
from assistant.events import AnswerReady, Event, StepFinished, StepStarted
from knowledge.errors import QueryError
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result

RECEIPT = "R-0f3c9a2b71"
SQL = (
    "SELECT date_trunc('week', register_date) AS period, count(*) AS new_users FROM users "
    "WHERE register_date BETWEEN $start AND $end GROUP BY 1 ORDER BY 1"
)
WEEKS = ("2025-12-01", "2025-12-08", "2025-12-15", "2025-12-22", "2025-12-29")
COUNTS = (1182, 1240, 1199, 1307, 412)
YEAR_BEFORE = (0.3, 0.31, 0.32, 0.33, None)
RATES = (0.382, 0.391, None, 0.402, None)


def result(**changes: Any) -> Result:
    """Return a small result with a ratio, an unknown cell and a text cell that begins like a formula."""
    fields: dict[str, Any] = {
        "receipt": RECEIPT,
        "tool": "query_metrics",
        "metrics": ("new_users", "retention_d1"),
        "params": {
            "metrics": ["new_users", "retention_d1"],
            "start": "2025-12-01",
            "end": "2025-12-31",
            "grain": "week",
        },
        "columns": ("period", "new_users", "retention_d1", "channel"),
        "rows": tuple(zip(WEEKS, COUNTS, RATES, ("kol", "=1+1", None, "线下", "web"), strict=True)),
        "truncated": False,
        "unit": {"new_users": "users", "retention_d1": "ratio"},
        "sql": SQL,
        "engine": "DuckDB 2.0.0",
        "snapshot": "demo-20251231",
        "as_of": "2025-12-31",
        "notes": (Text("最后一周不完整。", "The last week is incomplete."),),
        "elapsed_ms": 42.0,
    }
    return Result(**{**fields, **changes})


def answer(question: str, language: Language) -> Answer:
    """Return an answer with a number, a table, a chart and a receipt."""
    zh = language == "zh"
    weeks = tuple(
        (week, f"{count:,}", "—" if rate is None else f"{rate:.1%}")
        for week, count, rate in zip(WEEKS, COUNTS, RATES, strict=True)
    )
    title = "每周新增用户与次日留存率" if zh else "New users and day-1 retention by week"
    text = (
        f"2025年12月新增用户 **5,340** 人，次日留存率 **39.1%**（收据 {RECEIPT}）。\n\n- 最后一周不完整 note:partial。"
        if zh
        else f"December 2025 brought **5,340** new users with day-1 retention of **39.1%** (receipt {RECEIPT}).\n\n"
        "- The last week is incomplete, note:partial."
    )
    names = ("新增用户数", "次日留存率") if zh else ("New users", "Day-1 retention")
    return Answer(
        question=question,
        language=language,
        status="answered",
        answer=text,
        model="offline",
        elapsed_ms=80.0,
        results=(result(),),
        tables=(Table(title, ("周" if zh else "Week", *names), weeks, RECEIPT),),
        charts=(
            Chart("line", title, WEEKS, (Series(names[0], tuple(float(c) for c in COUNTS)),), "users", RECEIPT),
            Chart("bar", names[1], WEEKS, (Series(names[1], RATES), Series("2024", YEAR_BEFORE)), "ratio", RECEIPT),
        ),
    )


class FakeAssistant:
    """Answers by keyword.

    ``slow`` waits, ``broken`` fails inside, ``wrong`` is refused, ``which`` asks back, ``picture`` has a remote one.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.stopped = 0

    def warm(self) -> None:
        """Have nothing to load."""

    async def ask(self, question: str, *, session: str | None = None) -> AsyncIterator[Event]:
        """Yield the scripted events for a question."""
        self.asked.append((question, session))
        language: Language = "zh" if any("\u4e00" <= char <= "\u9fff" for char in question) else "en"
        if "which" in question or "哪个" in question:
            yield AnswerReady(_clarify(question, language))
            return
        if "picture" in question:
            text = "A picture: ![x](http://evil.example/x.png)"
            yield AnswerReady(Answer(question, language, "answered", text, "offline", 5.0))
            return
        params = result().params
        yield StepStarted("call-1", "query_metrics", params)
        try:
            await asyncio.sleep(60 if "slow" in question or "很慢" in question else 0.2)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if "broken" in question:
            raise ZeroDivisionError("secret detail")
        if "wrong" in question:
            raise QueryError(Text("没有名为“x”的指标。", "There is no metric 'x'."), code="unknown_metric")
        yield StepFinished("call-1", result(), None, 42.0)
        yield StepStarted("call-2", "funnel", {"steps": ["nothing"]})
        yield StepFinished("call-2", None, Text("没有名为“nothing”的事件。", "There is no event 'nothing'."), 3.0)
        yield AnswerReady(answer(question, language))


def _clarify(question: str, language: Language) -> Answer:
    zh = language == "zh"
    choices = ("New users in December 2025", "GMV in December 2025")
    if zh:
        choices = ("2025年12月新增用户多少？", "2025年12月成交额多少？")
    head = "您想看哪个指标？" if zh else "Which metric do you mean?"
    text = "\n".join([head, "", *(f"{i}. {choice}" for i, choice in enumerate(choices, 1))])
    return Answer(question, language, "clarify", text, "offline", 5.0, choices=choices)
