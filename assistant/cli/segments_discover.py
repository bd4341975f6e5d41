"""``yunce segments discover``: the groups that the data hold, each with its definition, and one of them kept under a name."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.frame import Frame
from knowledge.errors import QueryError
from knowledge.text import Text

if TYPE_CHECKING:
    from tools.segments.clusters import Discovery, Group
    from tools.segments.keeping import Kept
    from tools.semantic_layer.engine import SemanticLayer

WORDS: Mapping[str, Text] = {
    "discover": Text(
        "由数据找出行为相近的用户组，各给出一条可保存的定义。",
        "Find groups of users who behave alike, each with a definition that can be saved.",
    ),
    "groups": Text("分成几组（3 到 8）；默认由数据决定。", "How many groups (3 to 8); by default the data decide."),
    "save": Text("把第几组的定义保存为人群（与 --name 同用）。", "Save the definition of this group (with --name)."),
    "save_name": Text("保存时的名称。", "What to call the group saved."),
}
_HEADINGS = (
    Text("组", "group"),
    Text("特征", "what sets it apart"),
    Text("人数", "users"),
    Text("占活跃", "of active"),
    Text("定义", "definition"),
    Text("符合定义", "it holds for"),
    Text("精确率", "precision"),
    Text("召回率", "recall"),
)


@dataclass(frozen=True)
class Ways:
    """What the commands of segments share.

    Attributes:
        layer: opens the data, with time to spare.
        day: reads a date.
        user: says who is at the keyboard.
    """

    layer: "Callable[[Frame], SemanticLayer]"
    day: Callable[[str | None], date | None]
    user: Callable[[], str]


def add(frame: Frame, app: typer.Typer, options: tuple[Any, Any, Any], ways: Ways) -> None:
    """Add the command to ``app``; ``options`` are --json, --as-of and --owner as the other commands have them."""
    json_option, day_option, owner_option = options
    save_option = typer.Option("--save", help=WORDS["save"].in_(frame.language), show_default=False)
    groups_option = typer.Option("--groups", help=WORDS["groups"].in_(frame.language), show_default=False)
    name_option = typer.Option("--name", help=WORDS["save_name"].in_(frame.language), show_default=False)

    @app.command("discover", cls=frame.command_class, help=WORDS["discover"].in_(frame.language))
    def command(  # noqa: PLR0917 - options of a command
        as_of: Annotated[str | None, day_option] = None,
        groups: Annotated[int | None, groups_option] = None,
        save: Annotated[int | None, save_option] = None,
        name: Annotated[str | None, name_option] = None,
        owner: Annotated[str | None, owner_option] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from assistant.cli.segment_pages import context  # noqa: PLC0415
        from tools.segments.clusters import discover as discover_groups  # noqa: PLC0415

        if (save is None) != (name is None):
            raise _half_asked()
        day = ways.day(as_of)
        engine = ways.layer(frame)
        found = discover_groups(context(frame, engine), day, groups)
        kept = None if save is None else _keep(frame, engine, found, save, name=str(name), owner=owner or ways.user())
        _show(frame, found, kept, as_json=as_json)


def _half_asked() -> QueryError:
    return QueryError(
        Text(
            "--save 与 --name 要一起给出，例如 --save 1 --name 高活跃。",
            "--save and --name go together, for example --save 1 --name regulars.",
        ),
        code="bad_params",
    )


def _keep(frame: Frame, engine: "SemanticLayer", found: "Discovery", number: int, *, name: str, owner: str) -> "Kept":
    from knowledge.segments.saved import SavedSegments  # noqa: PLC0415
    from tools.segments.keeping import keep  # noqa: PLC0415

    group = next((each for each in found.groups if each.number == number), None)
    defined = [str(each.number) for each in found.groups if each.definition]
    if group is None or group.definition is None:
        zh = "、".join(defined) or "无"
        raise QueryError(
            Text(
                f"第 {number} 组没有可保存的定义。有定义的组：{zh}。",
                f"Group {number} has no definition to save. Groups with one: {', '.join(defined) or 'none'}.",
            ),
            code="no_definition",
            choices=defined,
        )
    return keep(
        engine, SavedSegments(frame.settings.home), name, group.definition.model_dump(by_alias=True), owner=owner
    )


def _show(frame: Frame, found: "Discovery", kept: "Kept | None", *, as_json: bool) -> None:
    if as_json:
        told = found.to_json(frame.language)
        if kept:
            told["saved"] = {"name": kept.saved.name, "size": kept.size.rows[0][0], "receipt": kept.size.receipt}
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console  # noqa: PLC0415 - only the page needs it
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading.in_(frame.language), overflow="fold")
    for group in found.groups:
        table.add_row(*_cells(frame, found, group))
    Console(soft_wrap=False).print(table)
    for note in found.result.notes:
        typer.echo(f"- {note.in_(frame.language)}")
    receipt = found.result.receipt
    typer.echo(Text(f"收据 {receipt}", f"Receipt {receipt}").in_(frame.language))
    typer.echo(_saved(kept).in_(frame.language) if kept else _next_step(found).in_(frame.language))


def _cells(frame: Frame, found: "Discovery", group: "Group") -> list[str]:
    start = [str(group.number), group.name.in_(frame.language), f"{group.users:,}", f"{group.share_active:.1%}"]
    if group.words is None:
        far = f"{group.reached:.1%}"
        none = (
            Text(f"没有（最好的到 {far}）", f"none (the best reaches {far})")
            if found.structured
            else Text("没有", "none")
        )
        return [*start, none.in_(frame.language), "—", "—", "—"]
    figures = [f"{group.size or 0:,}", f"{group.precision or 0:.1%}", f"{group.recall or 0:.1%}"]
    return [*start, group.words.in_(frame.language), *figures]


def _saved(kept: "Kept") -> Text:
    size, receipt = kept.size.rows[0][0], kept.size.receipt
    return Text(
        f"已保存“{kept.saved.name}”：{size:,} 人。{kept.words.zh}。收据 {receipt}",
        f"Saved '{kept.saved.name}': {size:,} users. {kept.words.en}. Receipt {receipt}",
    )


def _next_step(found: "Discovery") -> Text:
    first = next((group.number for group in found.groups if group.definition), None)
    if first is None:
        return Text("没有可保存的定义。", "There is no definition to save.")
    asked = f" --groups {len(found.groups)}" if len(found.silhouettes) == 1 else ""
    again = f"yunce segments discover --as-of {found.as_of}{asked} --save {first}"
    return Text(f"保存其中一组：{again} --name 名称", f"To save a group: {again} --name NAME")
