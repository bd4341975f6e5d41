"""``yunce ask``: one answer in the terminal, or many from a file."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.answer.model import Answer
from assistant.cli.frame import FAILED, Frame, UsageError, say
from knowledge.errors import QueryError
from knowledge.text import Text


def add(frame: Frame) -> None:
    """Add the command."""
    words = frame.words

    @frame.app.command("ask", cls=frame.command_class, help=words("ask"))
    def ask(
        question: Annotated[str | None, typer.Argument(help=words("question"), show_default=False)] = None,
        as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False,
        session: Annotated[str | None, typer.Option("--session", help=words("session"), show_default=False)] = None,
        batch: Annotated[Path | None, typer.Option("--batch", help=words("batch"), show_default=False)] = None,
    ) -> int:
        if (question is None) == (batch is None):
            message = Text(
                "给出一个问题，或用 --batch 给出文件，二者选一。",
                "Give a question, or a file with --batch: one of them.",
            )
            raise UsageError(message.in_(frame.language))
        if batch is not None:
            return _ask_batch(frame, batch)
        if not str(question).strip():
            raise UsageError(Text("问题是空的。", "The question is empty.").in_(frame.language))
        return answer_one(frame, str(question), session, as_json=as_json)


def answer_one(frame: Frame, question: str, session: str | None, *, as_json: bool, must_answer: bool = False) -> int:
    """Print the answer to a question; return the exit status.

    With ``must_answer`` a refusal or a question back is a failure: it goes to standard error.
    """
    from assistant.service import Assistant  # noqa: PLC0415

    answer = asyncio.run(_answer(Assistant.open(frame.settings), question, session))
    if as_json:
        typer.echo(json.dumps(answer.to_json(), ensure_ascii=False, allow_nan=False))
    if answer.status == "error" or (must_answer and answer.status != "answered"):
        say(answer.answer)
        return FAILED
    if not as_json:
        from rich.console import Console  # noqa: PLC0415

        from assistant.answer.terminal import print_answer  # noqa: PLC0415

        print_answer(answer, Console())
    return 0


async def _answer(assistant: Any, question: str, session: str | None) -> Answer:
    from assistant.events import AnswerReady  # noqa: PLC0415

    async for event in assistant.ask(question, session=session):
        if isinstance(event, AnswerReady):
            return event.answer
    message = "no answer came"
    raise AssertionError(message)


@dataclass(frozen=True)
class _Item:
    id: Any
    questions: tuple[str, ...]


def _ask_batch(frame: Frame, path: Path) -> int:
    items = _items(path)
    asyncio.run(_answer_all(frame, items))
    return 0


async def _answer_all(frame: Frame, items: list[_Item]) -> None:
    from assistant.service import Assistant  # noqa: PLC0415

    assistant = Assistant.open(frame.settings)
    for item in items:
        session = f"batch-{uuid.uuid4().hex}"
        try:
            for turn, question in enumerate(item.questions, start=1):
                answer = await _answer(assistant, question, session)
                line = {"id": item.id, "turn": turn, **answer.to_json()}
                typer.echo(json.dumps(line, ensure_ascii=False, allow_nan=False))
        finally:
            assistant.sessions.forget(session)


def _items(path: Path) -> list[_Item]:
    """Return the items of a batch file. Raises QueryError that names every line that cannot be read, before any is asked."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(
            Text(f"无法读取 {path}：{_reason(error)}。", f"{path} cannot be read: {_reason(error)}."), code="bad_batch"
        ) from error
    faults: list[str] = []
    items: list[_Item] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                items.append(_item(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                faults.append(f"{number}: {_reason(error)}")
    if faults:
        listed = "\n  ".join(faults[:20])
        raise QueryError(
            Text(
                f'{path} 有 {len(faults)} 行无法读取，一个也没有问。每行应为 {{"id", "question"}} 或 {{"id", "session"}}：\n  {listed}',
                f'{path} has {len(faults)} unreadable line(s); nothing was asked. Each line is {{"id", "question"}} or '
                f'{{"id", "session"}}:\n  {listed}',
            ),
            code="bad_batch",
        )
    return items


def _item(row: dict[str, Any]) -> _Item:
    asked = [row] if "question" in row else row["session"]
    questions = tuple(turn["question"] for turn in asked)
    if not questions or not all(isinstance(question, str) for question in questions):
        message = "question is not text"
        raise ValueError(message)
    return _Item(row.get("id"), questions)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return str(error).splitlines()[0]
    return "id, question | session"
