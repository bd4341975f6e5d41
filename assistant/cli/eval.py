"""``yunce eval``: a question set scored, with right, wrong and refused apart."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.frame import Frame

if TYPE_CHECKING:
    from assistant.evaluation.questions import Item, Lookup
    from assistant.service import Assistant


def add(frame: Frame) -> None:
    """Add the command."""
    words = frame.words

    @frame.app.command("eval", cls=frame.command_class, help=words("eval"))
    def evaluate(
        file: Annotated[Path, typer.Argument(help=words("eval file"), show_default=False)],
        as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False,
        verbose: Annotated[bool, typer.Option("--verbose", help=words("eval verbose"))] = False,
    ) -> int:
        from assistant.evaluation.questions import Lookup, read_set  # noqa: PLC0415

        items = read_set(file)
        if isinstance(items[0], Lookup):
            return _score_search(frame, [i for i in items if isinstance(i, Lookup)], as_json=as_json)
        return _score_answers(frame, [i for i in items if not isinstance(i, Lookup)], as_json=as_json, verbose=verbose)


def _score_answers(frame: Frame, items: "list[Item]", *, as_json: bool, verbose: bool) -> int:
    from assistant.evaluation.asking import ask_all, ground_of  # noqa: PLC0415
    from assistant.evaluation.report import in_words  # noqa: PLC0415
    from assistant.evaluation.scores import score  # noqa: PLC0415
    from assistant.service import Assistant  # noqa: PLC0415

    assistant = Assistant.open(frame.settings)
    ground = ground_of(assistant)
    answers = asyncio.run(ask_all(assistant, items, _progress))
    sure = _confidence(assistant, items) if verbose else None
    scores = score(items, answers, ground, about=sure)
    if as_json:
        typer.echo(json.dumps(scores.to_json(), ensure_ascii=False))
    else:
        for line in in_words(scores, frame.language):
            typer.echo(line)
    return 0


def _confidence(assistant: "Assistant", items: "list[Item]") -> Callable[[str, int], str]:
    """Return the planner's confidence in each question by itself, by id and turn, and the words that lower it."""
    from assistant.planner.confidence import confidence_of  # noqa: PLC0415
    from assistant.planner.understand import understand  # noqa: PLC0415

    world = assistant.world()
    asked = {(item.id, n): turn.question for item in items for n, turn in enumerate(item.turns, start=1)}
    return lambda name, turn: f"confidence {confidence_of(understand(asked[name, turn], world))}"


def _score_search(frame: Frame, lookups: "list[Lookup]", *, as_json: bool) -> int:
    from assistant.cli.playbook_search import search_of  # noqa: PLC0415
    from assistant.evaluation.report import found_in_words  # noqa: PLC0415
    from assistant.evaluation.retrieval import score_search  # noqa: PLC0415

    found = score_search(lookups, search_of(frame))
    if as_json:
        typer.echo(json.dumps({name: score.to_json() for name, score in found.items()}, ensure_ascii=False))
    else:
        for line in found_in_words(found, frame.language):
            typer.echo(line)
    return 0


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{done}/{of}", nl=done == of, err=True)
