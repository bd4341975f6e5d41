"""``yunce playbooks add``, ``remove``, ``documents`` and ``cleaning``: documents on the shelf and what cleaning did to them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.frame import Frame, say
from knowledge.errors import QueryError
from knowledge.text import Language, Text

if TYPE_CHECKING:
    from tools.documents.adding import Line, Progress
    from tools.documents.document import Document

_STATUS = {
    "added": Text("已添加", "added"),
    "replaced": Text("已更新", "replaced"),
    "same": Text("内容相同", "same content"),
    "unchanged": Text("未变", "unchanged"),
    "refused": Text("未添加", "not added"),
}
_SHOWN = 60


def add_commands(frame: Frame, app: typer.Typer) -> None:
    """Add the commands to ``yunce playbooks``."""
    words = frame.words
    json_option = typer.Option("--json", help=words("json"))

    @app.command("add", cls=frame.command_class, help=words("playbooks add"))
    def add(
        paths: Annotated[
            list[Path], typer.Argument(metavar="PATH…", help=words("playbooks paths"), show_default=False)
        ],
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _add(frame, paths, as_json=as_json)

    @app.command("remove", cls=frame.command_class, help=words("playbooks remove"))
    def remove(
        name: Annotated[str, typer.Argument(metavar="ID", help=words("document"))],
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from tools.documents import shelf  # noqa: PLC0415

        gone = shelf.remove(frame.settings.home, name)
        said = Text(f"已移除《{gone.title}》（{gone.id}）。", f"Removed 《{gone.title}》 ({gone.id}).")
        typer.echo(json.dumps(asdict(gone), ensure_ascii=False) if as_json else said.in_(frame.language))

    @app.command("documents", cls=frame.command_class, help=words("playbooks documents"))
    def documents(as_json: Annotated[bool, json_option] = False) -> None:
        _documents(frame, as_json=as_json)

    @app.command("cleaning", cls=frame.command_class, help=words("playbooks cleaning"))
    def cleaning(
        name: Annotated[str, typer.Argument(metavar="ID", help=words("document"))],
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from tools.documents import shelf  # noqa: PLC0415

        _cleaning(shelf.document(frame.settings.home, name), frame.language, as_json=as_json)


def _add(frame: Frame, paths: list[Path], *, as_json: bool) -> None:
    from tools.documents import shelf  # noqa: PLC0415

    with _progress(frame.language) as report:
        lines = shelf.add(frame.settings.home, paths, on_progress=report)
    counts = shelf.totals(lines)
    if as_json:
        files = [{**asdict(line), "said": line.said.in_(frame.language) if line.said else None} for line in lines]
        typer.echo(json.dumps({"files": files, "totals": counts}, ensure_ascii=False))
    else:
        for line in lines:
            typer.echo(_line(line, frame.language))
        told = "，".join(f"{_STATUS[name].zh} {count}" for name, count in counts.items() if count)
        said = ", ".join(f"{count} {_STATUS[name].en}" for name, count in counts.items() if count)
        typer.echo(Text(f"共 {len(lines)} 个文件：{told}。", f"{len(lines)} files: {said}.").in_(frame.language))
    if len(lines) == counts["refused"]:
        raise QueryError(
            Text("没有可添加的文件；原因见上。", "No file could be added; the reasons stand above.")
            if lines
            else Text("这些路径下没有文件。", "There are no files under these paths."),
            code="nothing_added",
        )


def _line(line: "Line", language: Language) -> str:
    head = f"{_STATUS[line.status].in_(language)}  {line.name}"
    if line.document:
        count = Text(f"{line.passages} 段", f"{line.passages} passages").in_(language)
        head += f"  → 《{line.title}》 {line.document}  {count}"
    return f"{head}  {line.said.in_(language)}" if line.said else head


@contextmanager
def _progress(language: Language) -> "Iterator[Progress]":
    """Yield a function that shows how many files are done as a progress bar on standard error, with the time left."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(Text("读取文档", "Reading documents").in_(language), total=None)

        def report(done: int, total: int, name: str) -> None:
            del name
            bar.update(task, completed=done, total=total)

        yield report


def _documents(frame: Frame, *, as_json: bool) -> None:
    from tools.documents import shelf  # noqa: PLC0415

    found = shelf.added(frame.settings.home)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False))
        return
    if not found:
        none = Text(
            "还没有添加文档；用 yunce playbooks add 文件或文件夹。",
            "No documents yet; add some with yunce playbooks add PATH.",
        )
        typer.echo(none.in_(frame.language))
    for each in found:
        count = Text(f"{each.passages} 段", f"{each.passages} passages").in_(frame.language)
        typer.echo(f"{each.id}  《{each.title}》  {count}  {', '.join(each.sources)}")


def show_document(frame: Frame, name: str, *, as_json: bool) -> None:
    """Show an added document: its passages in order, with their headings and places.

    Raises QueryError where there is no such document.
    """
    from tools.documents import shelf  # noqa: PLC0415

    found = shelf.document(frame.settings.home, name)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    typer.echo(f"《{found.title}》  [{found.id}]  {found.source}")
    section: tuple[str, ...] = ()
    for passage in found.passages:
        if passage.section != section:
            section = passage.section
            typer.echo(f"\n## {' › '.join(section)}" if section else "")
        typer.echo(f"\n[{passage.id}] {passage.place}\n{passage.text}")


def _cleaning(found: "Document", language: Language, *, as_json: bool) -> None:
    from tools.documents.cleaning.report import RULES  # noqa: PLC0415

    if as_json:
        report: dict[str, Any] = asdict(found.report)
        typer.echo(json.dumps({"id": found.id, "title": found.title, **report}, ensure_ascii=False))
        return
    typer.echo(f"《{found.title}》  [{found.id}]")
    for each in found.report.applied:
        typer.echo(f"{RULES[each.rule].in_(language)}: {each.count}")
        if each.dropped:
            for line in each.dropped:
                typer.echo(f"  - {line}")
        else:
            for before, after in each.examples:
                typer.echo(f"  {_quoted(before)} → {_quoted(after)}")
    for around in found.report.doubts:
        typer.echo(Text(f"未能恢复：…{around}…", f"Not mended: …{around}…").in_(language))
    if not found.report.applied:
        say(Text("没有需要清理的内容。", "There was nothing to clean.").in_(language))


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"
