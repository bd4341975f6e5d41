"""``yunce playbooks search``: passages that fit a question, one by one or for a whole file."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.frame import Frame, UsageError
from knowledge.errors import QueryError
from knowledge.text import Language, Text

if TYPE_CHECKING:
    from tools.retrieval.build import Progress
    from tools.retrieval.library import Library
    from tools.retrieval.search import Wanted

_LONGEST_SHOWN = 400
DEEPEST = 100
"""The most hits that are given."""


def add_search(frame: Frame, app: typer.Typer) -> None:
    """Add the command to ``yunce playbooks``."""
    words = frame.words

    def option(name: str, about: str) -> Any:
        return typer.Option(name, help=words(about), show_default=False)

    @app.command("search", cls=frame.command_class, help=words("playbooks search"))
    def search(  # noqa: PLR0917 - Typer makes options of them
        query: Annotated[str | None, typer.Argument(help=words("playbooks query"), show_default=False)] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, max=DEEPEST, help=words("playbooks limit"))] = 5,
        stage: Annotated[list[str] | None, option("--stage", "playbooks search stage")] = None,
        segment: Annotated[list[str] | None, option("--segment", "playbooks search segment")] = None,
        source: Annotated[list[str] | None, option("--source", "playbooks search source")] = None,
        batch: Annotated[Path | None, option("--batch", "playbooks search batch")] = None,
        as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False,
    ) -> None:
        if (query is None) == (batch is None):
            both = Text(
                "给出一个查询，或用 --batch 给出文件，二者选一。", "Give a query, or a file with --batch: one of them."
            )
            raise UsageError(both.in_(frame.language))
        from tools.retrieval.search import checked  # noqa: PLC0415

        wanted = checked(tuple(stage or ()), tuple(segment or ()), tuple(source or ()), home=frame.settings.home)
        if batch is not None:
            _search_batch(frame, batch, limit, wanted)
        else:
            _search_one(frame, str(query), limit, wanted, as_json=as_json)


def search_of(frame: Frame) -> Callable[[str, int], Sequence[dict[str, Any]]]:
    """Return the search of the workspace as a function of the query and the number of hits, to citations."""
    from tools.retrieval.citations import citations  # noqa: PLC0415

    library = _ready(frame)
    return lambda query, limit: citations(library.search(query, limit))


def _ready(frame: Frame) -> "Library":
    """Return the library of the workspace with its index up to date, telling how far the build is."""
    from tools.retrieval.library import library  # noqa: PLC0415

    found = library(frame.settings.home, frame.settings.embedding_model)
    with _progress(frame.language) as told:
        found.refresh(progress=told)
    return found


def _search_one(frame: Frame, query: str, limit: int, wanted: "Wanted", *, as_json: bool) -> None:
    from tools.retrieval.citations import citations  # noqa: PLC0415

    hits = citations(_ready(frame).search(query, limit, wanted))
    if as_json:
        typer.echo(json.dumps(hits, ensure_ascii=False))
        return
    if not hits:
        nothing = Text(
            "没有找到相关的段落。换个说法，或用 yunce playbooks add 加入写到这件事的文档。",
            "No passage fits. Say it another way, or add a document about it with yunce playbooks add.",
        )
        typer.echo(nothing.in_(frame.language))
        return
    for hit in hits:
        where = " › ".join(part for part in (hit["title"], hit["section"]) if part)
        typer.echo(f"[{hit['id']}] {where}  ({hit['playbook'] or hit['source']}, {hit['score']:.2f})")
        text = " ".join(hit["passage"].split())
        typer.echo(f"    {text[:_LONGEST_SHOWN]}{'…' if len(text) > _LONGEST_SHOWN else ''}")


def _search_batch(frame: Frame, path: Path, limit: int, wanted: "Wanted") -> None:
    from tools.retrieval.citations import citations  # noqa: PLC0415

    asked = list(_queries(path))
    library = _ready(frame)
    for name, query in asked:
        hits = citations(library.search(query, limit, wanted))
        typer.echo(json.dumps({"id": name, "hits": hits}, ensure_ascii=False))


def _queries(path: Path) -> Iterator[tuple[Any, str]]:
    """Yield id and query of each line. Raises QueryError for a file or line that cannot be read, before any is searched."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise QueryError(
            Text(f"无法读取 {path}：{why}。", f"{path} cannot be read: {why}."), code="bad_batch"
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, query = row.get("id"), _text(row["query"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise QueryError(
                Text(
                    f'{path} 第 {number} 行无法读取；每行应为 {{"id", "query"}}，一个也没有查。',
                    f'Line {number} of {path} cannot be read; each is {{"id", "query"}}. Nothing was searched.',
                ),
                code="bad_batch",
            ) from error
        yield name, query


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


@contextmanager
def _progress(language: Language) -> Iterator["Callable[[Progress], None] | None"]:
    """Yield what is told how far a build is: a bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    label = Text("正在建立打法索引", "Indexing the playbooks").in_(language)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda each: bar.update(task, completed=each.done, total=each.total)
