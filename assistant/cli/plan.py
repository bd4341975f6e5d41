"""``yunce plan``: a campaign plan without a question."""

import json
from typing import Annotated, Any

import typer

from assistant.cli.frame import Frame, UsageError
from knowledge.text import Text

GOALS = ("acquire", "activate", "retain", "win_back", "monetise")


def add(frame: Frame) -> None:
    """Add the command."""
    words = frame.words

    @frame.app.command("plan", cls=frame.command_class, help=words("plan"))
    def plan(
        goal: Annotated[str, typer.Argument(help=words("plan goal"))],
        segment: Annotated[
            str | None, typer.Option("--segment", help=words("plan segment"), show_default=False)
        ] = None,
        start: Annotated[str | None, typer.Option("--start", help=words("plan start"), show_default=False)] = None,
        budget: Annotated[float | None, typer.Option("--budget", help=words("plan budget"), show_default=False)] = None,
        as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False,
    ) -> int:
        if goal not in GOALS:
            listed = ", ".join(GOALS)
            text = Text(
                f"没有目标“{goal}”的打法。可选：{listed}。",
                f"No playbook serves the goal '{goal}'. Take one of: {listed}.",
            )
            raise UsageError(text.in_(frame.language))
        params = {"goal": goal, "segment": segment, "start": start, "budget": budget}
        _print(frame, {name: value for name, value in params.items() if value is not None}, as_json=as_json)
        return 0


def _print(frame: Frame, params: dict[str, Any], *, as_json: bool) -> None:
    """Print the plan, with the receipts and citations behind it as JSON."""
    from assistant.answer.compose import compose  # noqa: PLC0415 - help stays quick
    from assistant.answer.plans import in_plan_words  # noqa: PLC0415
    from assistant.service import Assistant  # noqa: PLC0415
    from tools.draft_campaign_plan import TOOL  # noqa: PLC0415
    from tools.plans.model import Drafted, results_of  # noqa: PLC0415
    from tools.tool import ToolContext  # noqa: PLC0415
    from tools.warehouse.door import Interrupter  # noqa: PLC0415

    assistant = Assistant.open(frame.settings)
    drafted = TOOL.run(ToolContext(assistant.layer, frame.language, Interrupter()), params)
    assert isinstance(drafted, Drafted)  # noqa: S101 - the tool returns nothing else
    results = in_plan_words(results_of(drafted), assistant.catalog, frame.language)
    composed = compose("", frame.language, results, assistant.catalog, citations=drafted.citations)
    if not as_json:
        typer.echo(composed.answer)
        return
    told = {
        "answer": composed.answer,
        "results": [result.to_json(frame.language) for result in results_of(drafted)],
        "citations": list(drafted.citations),
    }
    typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
