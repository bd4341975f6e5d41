"""``yunce segments``: groups of users, listed, shown, previewed, kept and handed over."""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import segments_discover
from assistant.cli.frame import FAILED, Frame, UsageError
from assistant.cli.metrics import layer
from knowledge.errors import QueryError
from knowledge.text import Text

if TYPE_CHECKING:
    from tools.segments.asked import Asked
    from tools.semantic_layer.engine import SemanticLayer
    from tools.warehouse.door import Interrupter

_EXPORT_SECONDS = 86_400
WORDS: dict[str, Text] = {
    "segments": Text(
        "人群：查看、预览、保存、导出；定义的写法见 docs/segments.md。",
        "Segments: list, preview, save, export; docs/segments.md has the language of definitions.",
    ),
    "list": Text("列出现成的与保存的人群。", "List the ready-made and the saved segments."),
    "show": Text("一个人群的定义、说明与版本。", "Show a segment: definition, words, versions."),
    "preview": Text(
        "预览：人数、12 周走势、画像、关键指标、与其他人群的重叠。",
        "Preview: size, trend of 12 weeks, profile, key metrics, overlap with others.",
    ),
    "save": Text("保存一个人群；--replace 存为新版本。", "Save a segment; --replace saves a new version."),
    "export": Text(
        "导出成员名单（CSV 或 Parquet），附说明文件；不含生日。",
        "Export the members (CSV or Parquet) with a manifest; never birth dates.",
    ),
    "delete": Text("删除保存的人群（先确认）。", "Delete a saved segment, after asking."),
    "snapshot": Text("留存某日的成员名单。", "Keep the list of members as of a day."),
    "movement": Text("两日之间进入与离开的人数。", "Who entered and left between two days."),
    "flow": Text(
        "两日之间从一组人群到另一组人群的流转；默认按生命周期阶段。",
        "How users went from some segments to others between two days; by lifecycle stage without names.",
    ),
    "name": Text("人群的编号或名称。", "Id or name of the segment."),
    "definition": Text("人群定义（JSON），或 @文件名。", "The definition as JSON, or @FILE to read it from a file."),
    "as_of": Text("截至日（YYYY-MM-DD），默认今天。", "As-of day (YYYY-MM-DD); today by default."),
    "owner": Text("负责人；默认为当前系统用户。", "Who answers for it; the system's user by default."),
    "replace": Text("覆盖：人群存为新版本，文件则重写。", "Save a new version of a segment; write over a file."),
    "yes": Text("不再询问。", "Do not ask."),
    "overlap": Text("与这个人群的重叠；可重复。", "Overlap with this segment; may be repeated."),
    "smallest": Text("画像中分组的最少人数。", "The fewest users a group of the profile may have."),
    "file": Text("要写的文件，以 .csv 或 .parquet 结尾。", "The file to write, ending in .csv or .parquet."),
    "attributes": Text(
        "随 user_id 导出的属性，以逗号分隔。", "Attributes to export beside user_id, with commas between."
    ),
    "sizes": Text("同时计算每个人群的人数。", "Count each segment as well."),
    "from": Text("起始日（YYYY-MM-DD）。", "First day (YYYY-MM-DD)."),
    "to": Text("结束日（YYYY-MM-DD），默认今天。", "Last day (YYYY-MM-DD); today by default."),
    "names": Text("人群的编号或名称，按先后归入。", "Ids or names of segments; a user counts in the first."),
}


def add(frame: Frame) -> None:
    """Add the commands."""
    app = typer.Typer(cls=frame.group_class, help=_word(frame, "segments"), no_args_is_help=True, rich_markup_mode=None)
    frame.app.add_typer(app, name="segments")
    _add_looking(frame, app)
    _add_keeping(frame, app)
    _add_moving(frame, app)
    json_option, day_option, _ = _options(frame)
    owner_option = typer.Option("--owner", help=_word(frame, "owner"), show_default=False)
    ways = segments_discover.Ways(layer=_patient, day=_day, user=_user)
    segments_discover.add(frame, app, (json_option, day_option, owner_option), ways)


def _word(frame: Frame, name: str) -> str:
    return WORDS[name].in_(frame.language)


def _options(frame: Frame) -> tuple[Any, Any, Any]:
    """Return the options that several commands have: --json, --as-of, --definition."""
    return (
        typer.Option("--json", help=frame.words("json")),
        typer.Option("--as-of", help=_word(frame, "as_of"), show_default=False),
        typer.Option("--definition", help=_word(frame, "definition"), show_default=False),
    )


def _add_looking(frame: Frame, app: typer.Typer) -> None:
    json_option, day_option, definition_option = _options(frame)
    name = typer.Argument(help=_word(frame, "name"), show_default=False)
    sizes_option = typer.Option("--sizes", help=_word(frame, "sizes"))
    overlap_option = typer.Option("--overlap", help=_word(frame, "overlap"), show_default=False)
    smallest_option = typer.Option("--smallest", help=_word(frame, "smallest"))

    @app.command("list", cls=frame.command_class, help=_word(frame, "list"))
    def list_(
        sizes: Annotated[bool, sizes_option] = False,
        as_of: Annotated[str | None, day_option] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from assistant.cli import segment_pages  # noqa: PLC0415

        segment_pages.listing(frame, layer(frame), sizes=sizes, as_of=_day(as_of), as_json=as_json)

    @app.command("show", cls=frame.command_class, help=_word(frame, "show"))
    def show(segment: Annotated[str, name], as_json: Annotated[bool, json_option] = False) -> None:
        from assistant.cli import segment_pages  # noqa: PLC0415

        segment_pages.page(frame, layer(frame), segment, as_json=as_json)

    @app.command("preview", cls=frame.command_class, help=_word(frame, "preview"))
    def preview(  # noqa: PLR0917 - options of a command
        segment: Annotated[str | None, name] = None,
        definition: Annotated[str | None, definition_option] = None,
        as_of: Annotated[str | None, day_option] = None,
        overlap: Annotated[list[str] | None, overlap_option] = None,
        smallest: Annotated[int, smallest_option] = 10,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from assistant.cli import segment_pages  # noqa: PLC0415

        engine = layer(frame)
        asked, day = _asked(engine, segment, definition), _day(as_of)
        segment_pages.preview(frame, engine, asked, day, overlap or [], smallest=smallest, as_json=as_json)


def _add_keeping(frame: Frame, app: typer.Typer) -> None:
    json_option, day_option, definition_option = _options(frame)
    name = typer.Argument(help=_word(frame, "name"), show_default=False)
    replace_option = typer.Option("--replace", help=_word(frame, "replace"))

    @app.command("save", cls=frame.command_class, help=_word(frame, "save"))
    def save(
        segment: Annotated[str, name],
        definition: Annotated[str, definition_option],
        owner: Annotated[str | None, typer.Option("--owner", help=_word(frame, "owner"), show_default=False)] = None,
        replace: Annotated[bool, replace_option] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _save(frame, segment, definition, owner, replace=replace, as_json=as_json)

    @app.command("delete", cls=frame.command_class, help=_word(frame, "delete"))
    def delete(
        segment: Annotated[str, name],
        yes: Annotated[bool, typer.Option("--yes", help=_word(frame, "yes"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> int:
        return _delete(frame, segment, yes=yes, as_json=as_json)

    @app.command("export", cls=frame.command_class, help=_word(frame, "export"))
    def export(  # noqa: PLR0917 - options of a command
        file: Annotated[Path, typer.Argument(help=_word(frame, "file"), show_default=False)],
        segment: Annotated[str | None, typer.Option("--name", help=_word(frame, "name"), show_default=False)] = None,
        definition: Annotated[str | None, definition_option] = None,
        attributes: Annotated[str, typer.Option("--attributes", help=_word(frame, "attributes"))] = "",
        as_of: Annotated[str | None, day_option] = None,
        replace: Annotated[bool, replace_option] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from tools.segments.export import export as export_members  # noqa: PLC0415

        engine = _patient(frame)
        asked = _asked(engine, segment, definition)
        with _stoppable() as interrupter:
            manifest = export_members(
                engine, asked, file, attributes=attributes.split(","), as_of=_day(as_of), replace=replace,
                interrupter=interrupter,
            )  # fmt: skip
        _wrote(frame, file, manifest, as_json=as_json)

    @app.command("snapshot", cls=frame.command_class, help=_word(frame, "snapshot"))
    def snapshot(
        segment: Annotated[str, name],
        as_of: Annotated[str | None, day_option] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from tools.segments.snapshots import take_snapshot  # noqa: PLC0415

        engine = _patient(frame)
        path, manifest = take_snapshot(engine, frame.settings.home, _asked(engine, segment, None), as_of=_day(as_of))
        _wrote(frame, path, manifest, as_json=as_json)


def _add_moving(frame: Frame, app: typer.Typer) -> None:
    json_option, _, definition_option = _options(frame)
    from_option = typer.Option("--from", help=_word(frame, "from"), show_default=False)
    to_option = typer.Option("--to", help=_word(frame, "to"), show_default=False)

    @app.command("movement", cls=frame.command_class, help=_word(frame, "movement"))
    def movement(
        start: Annotated[str, from_option],
        segment: Annotated[str | None, typer.Argument(help=_word(frame, "name"), show_default=False)] = None,
        definition: Annotated[str | None, definition_option] = None,
        end: Annotated[str | None, to_option] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from assistant.cli import segment_pages  # noqa: PLC0415
        from tools.segments import movement as moving  # noqa: PLC0415

        engine = layer(frame)
        asked = _asked(engine, segment, definition)
        found = moving.movement(segment_pages.context(frame, engine), asked, _needed(start), _day(end))
        segment_pages.results(frame, engine.catalog, [found], as_json=as_json)

    @app.command("flow", cls=frame.command_class, help=_word(frame, "flow"))
    def flow(
        start: Annotated[str, from_option],
        names: Annotated[list[str] | None, typer.Argument(help=_word(frame, "names"), show_default=False)] = None,
        end: Annotated[str | None, to_option] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        from assistant.cli import segment_pages  # noqa: PLC0415
        from tools.segments import movement as moving  # noqa: PLC0415
        from tools.segments.checking import named  # noqa: PLC0415

        engine = layer(frame)
        held = {s.id: s.definition for s in (named(each, engine.catalog) for each in names or ())} or moving.STAGES
        found = moving.flow(segment_pages.context(frame, engine), _needed(start), _day(end), sources=held)
        segment_pages.results(frame, engine.catalog, [found], as_json=as_json)


def _day(text: str | None) -> date | None:
    return None if text is None else _needed(text)


def _needed(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise QueryError(
            Text(
                f"“{text[:40]}”不是日期。写作 YYYY-MM-DD，例如 2025-12-31。",
                f"'{text[:40]}' is no date. Write it as YYYY-MM-DD, for example 2025-12-31.",
            ),
            code="bad_date",
        ) from error


def _given(definition: str) -> Any:
    """Return a definition given as JSON or as @FILE."""
    text = definition
    if definition.startswith("@"):
        try:
            text = Path(definition[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise QueryError(
                Text(f"无法读取定义文件 {definition[1:]}（{why}）。", f"The definition's file {definition[1:]} cannot be read ({why})."),
                code="bad_definition",
            ) from error  # fmt: skip
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QueryError(
            Text(
                f'定义不是 JSON：{text[:80]}。例如 \'{{"did": "share", "op": "gte", "times": 3, "days": 30}}\'。',
                f'The definition is not JSON: {text[:80]}. For example \'{{"did": "share", "op": "gte", "times": 3, "days": 30}}\'.',
            ),
            code="bad_definition",
        ) from error


def _asked(engine: "SemanticLayer", name: str | None, definition: str | None) -> "Asked":
    from tools.segments.asked import asked_for  # noqa: PLC0415

    return asked_for(engine, name=name, definition=None if definition is None else _given(definition))


def _patient(frame: Frame) -> "SemanticLayer":
    """Return the layer with time for a list of any length: the limit of a query is not that of an export."""
    engine = layer(frame)
    engine.warehouse.seconds = _EXPORT_SECONDS
    return engine


@contextmanager
def _stoppable() -> "Iterator[Interrupter]":
    """Yield what stops a query; Ctrl-C does."""
    from tools.warehouse.door import Interrupter  # noqa: PLC0415

    interrupter = Interrupter()
    try:
        yield interrupter
    except KeyboardInterrupt:
        interrupter.stop()
        raise


def _save(frame: Frame, segment: str, definition: str, owner: str | None, *, replace: bool, as_json: bool) -> None:
    from knowledge.segments.saved import SavedSegments  # noqa: PLC0415
    from tools.segments.keeping import keep  # noqa: PLC0415

    engine = layer(frame)
    store = SavedSegments(frame.settings.home)
    kept = keep(engine, store, segment, _given(definition), owner=owner or _user(), replace=replace)
    if as_json:
        about = {"name": kept.saved.name, "owner": kept.saved.owner, "version": kept.saved.current.number}
        typer.echo(json.dumps({**about, "words": kept.words._asdict(), "size": kept.size.rows[0][0],
                               "receipt": kept.size.receipt}, ensure_ascii=False))  # fmt: skip
        return
    version, size = kept.saved.current.number, kept.size.rows[0][0]
    name, owner = kept.saved.name, kept.saved.owner
    typer.echo(
        Text(
            f"已保存“{name}”（第 {version} 版，负责人 {owner}）：{size:,} 人。{kept.words.zh}。收据 {kept.size.receipt}",
            f"Saved '{name}' (version {version}, owner {owner}): {size:,} users. {kept.words.en}. "
            f"Receipt {kept.size.receipt}",
        ).in_(frame.language)
    )


def _user() -> str:
    with suppress(Exception):  # no name in a container
        return getpass.getuser()
    return "unknown"


def _delete(frame: Frame, name: str, *, yes: bool, as_json: bool) -> int:
    from knowledge.segments.saved import SavedSegments  # noqa: PLC0415
    from tools.segments.keeping import check_saved  # noqa: PLC0415

    store = SavedSegments(frame.settings.home)
    saved = check_saved(store, name, layer(frame).catalog)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                Text("删除需要确认：加 --yes。", "Deleting has to be confirmed: add --yes.").in_(frame.language)
            )
        count = len(saved.versions)
        question = Text(
            f"删除人群“{saved.name}”（{count} 个版本）？", f"Delete the segment '{saved.name}' ({count} version(s))?"
        )
        if not typer.confirm(question.in_(frame.language)):
            typer.echo(Text("没有删除。", "Nothing was deleted.").in_(frame.language))
            return FAILED
    gone = store.delete(saved.name)
    said = Text(f"已删除“{gone.name}”；旧收据仍可核对。", f"Deleted '{gone.name}'; old receipts can still be verified.")
    typer.echo(json.dumps({"deleted": gone.name}, ensure_ascii=False) if as_json else said.in_(frame.language))
    return 0


def _wrote(frame: Frame, path: Path, manifest: Any, *, as_json: bool) -> None:
    from dataclasses import asdict  # noqa: PLC0415

    if as_json:
        typer.echo(json.dumps({**asdict(manifest), "path": str(path)}, ensure_ascii=False))
        return
    typer.echo(
        Text(
            f"已写入 {path}：{manifest.rows:,} 人，截至 {manifest.as_of}，SHA-256 {manifest.sha256[:12]}…；说明在 {path}.manifest.json",
            f"Wrote {path}: {manifest.rows:,} users as of {manifest.as_of}, SHA-256 {manifest.sha256[:12]}…; the manifest is "
            f"{path}.manifest.json",
        ).in_(frame.language)
    )
