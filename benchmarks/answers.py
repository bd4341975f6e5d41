"""From question to checked answer, without a model, in one warm process."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

from assistant.answer.model import Answer
from assistant.events import AnswerReady
from assistant.service import Assistant
from assistant.settings import read_settings

QUESTIONS = (
    "昨天日活多少？",
    "近7天各渠道的新增用户和次日留存怎么样？",
    "上个月各品类的成交额、订单数和客单价",
    "今年每个月的7日留存率",
    "上周新增最多的前3个渠道是哪几个？",
    "11月的用户粘性环比怎么样？",
    "What's our MAU?",
    "CAC and ROI by channel in Q3",
    "D7 retention of October sign-ups, iOS vs Android",
    "Show me the GMV trend since July 2024",
)
ROUNDS = 5


@dataclass(frozen=True)
class Timed:
    """One question: its status and the median milliseconds of its answer."""

    question: str
    status: str
    median_ms: float


def measure(home: Path) -> list[Timed]:
    """Return one row per question; the first round warms and is not counted."""
    return asyncio.run(_measure(home))


async def _measure(home: Path) -> list[Timed]:
    assistant = Assistant.open(read_settings({"YUNCE_HOME": str(home)}))
    rounds = [[await _answer(assistant, question) for question in QUESTIONS] for _ in range(ROUNDS + 1)]
    return [
        Timed(question, rounds[0][i].status, statistics.median(r[i].elapsed_ms for r in rounds[1:]))
        for i, question in enumerate(QUESTIONS)
    ]


async def _answer(assistant: Assistant, question: str) -> Answer:
    answer = None
    async for event in assistant.ask(question):
        if isinstance(event, AnswerReady):
            answer = event.answer
    assert answer is not None
    return answer
