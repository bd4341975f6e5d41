"""``yunce demo`` and ``yunce load``: where the data comes from."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.frame import Frame
from assistant.cli.words import STAGES
from knowledge.text import Text

if TYPE_CHECKING:
    from tools.warehouse.publish import Published


def add(frame: Frame) -> None:
    """Add the commands."""
    words = frame.words

    @frame.app.command("demo", cls=frame.command_class, help=words("demo"))
    def demo(
        users: Annotated[int, typer.Option("--users", help=words("users"))] = 60_000,
        seed: Annotated[int, typer.Option("--seed", help=words("seed"))] = 7,
        as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False,
    ) -> None:
        _show(frame, build_with_progress(frame, users=users, seed=seed), as_json=as_json)

    @frame.app.command("load", cls=frame.command_class, help=words("load"))
    def load(
        file: Annotated[Path, typer.Argument(help=words("file"))],
        as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False,
    ) -> None:
        from tools.warehouse.load import load as load_file  # noqa: PLC0415

        with progress(frame) as report:
            published = load_file(frame.settings.home, file, on_progress=report)
        _show(frame, published, as_json=as_json)


def build_with_progress(frame: Frame, *, users: int = 60_000, seed: int = 7) -> "Published":
    """Build the demo with a progress bar on standard error. Raises YunceError as ``build_demo`` does."""
    from tools.demo.build import build_demo  # noqa: PLC0415

    with progress(frame) as report:
        return build_demo(frame.settings.home, users=users, seed=seed, on_progress=report)


@contextmanager
def progress(frame: Frame) -> Iterator[Callable[[str, float], None]]:
    """Yield a function that shows (stage, share done) as a progress bar on standard error."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True))
    tasks: dict[str, TaskID] = {}

    def report(stage: str, share: float) -> None:
        if not tasks:
            bar.start()  # only once there is something to show: a refused file or number has no progress
        if stage not in tasks:
            for earlier in tasks.values():
                bar.update(earlier, completed=1.0)  # a stage is over when the next begins
            words = STAGES.get(stage, Text(stage, stage)).in_(frame.language)
            tasks[stage] = bar.add_task(words, total=1.0)
        bar.update(tasks[stage], completed=share)

    try:
        yield report
    finally:
        if tasks:
            bar.stop()


def _show(frame: Frame, published: "Published", *, as_json: bool) -> None:
    rows = dict(published.rows)
    if as_json:
        about = {
            "path": str(published.path),
            "snapshot": published.snapshot,
            "as_of": published.as_of.isoformat(),
            "rows": rows,
        }
        typer.echo(json.dumps(about, ensure_ascii=False))
        return
    typer.echo(
        Text(
            f"已发布 {published.snapshot}：{rows['users']:,} 名用户、{rows['events']:,} 条行为，数据截至 {published.as_of}。\n"
            f"文件：{published.path}",
            f"Published {published.snapshot}: {rows['users']:,} users, {rows['events']:,} events, data to {published.as_of}.\n"
            f"File: {published.path}",
        ).in_(frame.language)
    )
