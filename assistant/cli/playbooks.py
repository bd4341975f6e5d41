"""``yunce playbooks``: our own shelf, listed and shown."""

import json
from typing import Annotated, Any

import typer

from assistant.cli.frame import Frame
from assistant.cli.playbook_files import add_commands, show_document
from assistant.cli.playbook_search import add_search
from knowledge.catalog import Catalog, load_catalog
from knowledge.errors import QueryError
from knowledge.playbooks import Playbook, load_playbooks, playbook
from knowledge.playbooks.model import STAGES
from knowledge.playbooks.words import audience_text, effect_text, metric_name, rule_text
from knowledge.text import Language, Text, join


def add(frame: Frame) -> None:
    """Add the commands."""
    words = frame.words
    app = typer.Typer(cls=frame.group_class, help=words("playbooks"), no_args_is_help=True, rich_markup_mode=None)
    frame.app.add_typer(app, name="playbooks")
    json_option = typer.Option("--json", help=words("json"))

    @app.command("list", cls=frame.command_class, help=words("playbooks list"))
    def list_(
        word: Annotated[str | None, typer.Argument(help=words("playbooks word"), show_default=False)] = None,
        stage: Annotated[str | None, typer.Option("--stage", help=words("playbooks stage"), show_default=False)] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _list(frame, word, stage, as_json=as_json)

    @app.command("show", cls=frame.command_class, help=words("playbooks show"))
    def show(
        name: Annotated[str, typer.Argument(metavar="ID", help=words("playbook"))],
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        try:
            shown = playbook(name)
        except QueryError as error:
            try:
                show_document(frame, name, as_json=as_json)
            except QueryError:
                raise error from None
            return
        _show(frame, shown, as_json=as_json)

    add_commands(frame, app)
    add_search(frame, app)


def _list(frame: Frame, word: str | None, stage: str | None, *, as_json: bool) -> None:
    language, catalog = frame.language, load_catalog(frame.settings.home)
    if stage is not None and stage not in STAGES:
        names = ", ".join(STAGES)
        raise QueryError(
            Text(f"没有阶段 {stage}；可用：{names}。", f"There is no stage {stage}; there are {names}."),
            code="unknown_stage",
            choices=tuple(STAGES),
        )
    order = list(STAGES)
    every = sorted(load_playbooks().values(), key=lambda each: (order.index(each.stage), each.id))
    found = [each for each in every if (stage is None or each.stage == stage) and _has(each, word)]
    if as_json:
        typer.echo(json.dumps([_row(each, catalog, language) for each in found], ensure_ascii=False))
        return
    if not found:
        line = Text(f"没有打法含有“{word}”。", f"No playbook has the word “{word}”.")
        typer.echo(line.in_(language))
        return
    _print_table(found, catalog, language)


def _has(each: Playbook, word: str | None) -> bool:
    """Whether a word occurs in what a playbook says of itself."""
    if word is None:
        return True
    said = (
        each.id,
        *each.title.text,
        *each.summary.text,
        *each.keywords.zh,
        *each.keywords.en,
        *STAGES[each.stage].text,
    )
    return any(word.casefold() in text.casefold() for text in said)


def _row(each: Playbook, catalog: Catalog, language: Language) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title.text.in_(language),
        "stage": each.stage,
        "goals": list(each.serves),
        "segment": each.segment.segment,
        "audience": audience_text(each.segment, catalog).in_(language),
        "summary": each.summary.text.in_(language),
        "evidence": each.evidence,
        "effects": [effect_text(effect, catalog).in_(language) for effect in each.effects],
        "sources": list(each.sources),
    }


def _print_table(found: list[Playbook], catalog: Catalog, language: Language) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    widest = max(len(each.id) for each in found)  # an id that is cut in two cannot be copied
    table.add_column(Text("编号", "id").in_(language), min_width=widest, no_wrap=True)
    for heading in (Text("阶段", "stage"), Text("标题", "title"), Text("对象", "for"), Text("证据", "evidence")):
        table.add_column(heading.in_(language), overflow="fold")
    for each in found:
        evidence = Text(f"{len(each.effects)} 项", str(len(each.effects))) if each.effects else Text("暂无", "none yet")
        cells = (STAGES[each.stage].text, each.title.text, audience_text(each.segment, catalog), evidence)
        table.add_row(each.id, *(cell.in_(language) for cell in cells))
    Console(soft_wrap=False).print(table)


def _show(frame: Frame, shown: Playbook, *, as_json: bool) -> None:
    language, catalog = frame.language, load_catalog(frame.settings.home)
    if as_json:
        whole = {**shown.model_dump(mode="json", by_alias=True), "goals": list(shown.serves), "body": shown.body}
        typer.echo(json.dumps(whole, ensure_ascii=False))
        return
    typer.echo(f"{shown.title.text.in_(language)}  [{shown.id}]")
    for label, value in _card(shown, catalog):
        typer.echo(f"{label.in_(language)}: {value.in_(language)}")
    body, english = f"\n{shown.body}", f"\n## English summary\n\n{shown.english}"
    typer.echo(body + "\n" + english if language == "zh" else english + "\n" + body)


def _card(shown: Playbook, catalog: Catalog) -> list[tuple[Text, Text]]:
    """Return the front matter as labelled lines."""
    guards = [metric_name(g, catalog) if isinstance(g, str) else g.text for g in shown.guardrails]
    effects = [effect_text(effect, catalog) for effect in shown.effects]
    none = Text("暂无证据：来源只写了做法，没有给出结果", "none yet: the sources describe the practice, not its result")
    measured = metric_name(shown.measure.metric, catalog)
    how = {"experiment": Text("对照实验", "experiment"), "before_after": Text("前后对比", "before and after")}[
        shown.measure.how
    ]
    days, effort = shown.measure.window_days, shown.effort
    days_of = Text(f"{effort.person_days} 人日", f"{effort.person_days} person-days")
    level = {"low": Text("小", "low"), "medium": Text("中", "medium"), "high": Text("大", "high")}[effort.level]
    lines = [
        (Text("摘要", "Summary"), shown.summary.text),
        (Text("阶段", "Stage"), STAGES[shown.stage].text),
        (Text("服务目标", "Serves"), Text("、".join(shown.serves), ", ".join(shown.serves))),
        (Text("对象", "For"), audience_text(shown.segment, catalog)),
        (Text("触发", "Trigger"), join([rule_text(rule, catalog) for rule in shown.trigger])),
        (Text("手段", "Levers"), join([lever.text for lever in shown.levers])),
        *((Text("证据", "Evidence"), said) for said in effects or [none]),
        (Text("工作量", "Effort"), Text(f"{level.zh}（约 {days_of.zh}，估计）", f"{level.en} (about {days_of.en}, estimated)")),
        (Text("护栏", "Guardrails"), join(guards, zh="、", en=", ")),
        (Text("衡量", "Measure"), Text(f"{measured.zh}，{how.zh}，观察 {days} 天", f"{measured.en}, {how.en}, watched for {days} days")),
        (Text("止损", "Stop"), shown.stop.text),
    ]  # fmt: skip
    if shown.channels:
        lines.append((Text("渠道", "Channels"), Text("、".join(shown.channels), ", ".join(shown.channels))))
    if shown.frequency:
        lines.append((Text("频次", "Frequency"), shown.frequency.text))
    titles = Text(
        "、".join(f"《{title}》" for title in shown.sources), ", ".join(f"《{title}》" for title in shown.sources)
    )
    related = ", ".join(shown.related)
    return [*lines, (Text("出处", "Sources"), titles), (Text("相关", "Related"), Text(related, related))]
