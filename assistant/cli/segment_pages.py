"""What ``yunce segments`` prints: listings, one segment's page, and the views of a preview."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from assistant.cli.frame import Frame
from knowledge.catalog import Catalog
from knowledge.segments import Segment, plain
from knowledge.segments.saved import SavedSegments
from knowledge.text import Text
from tools.build_segment import SegmentParams, build_segment
from tools.segments.asked import Asked, asked_for
from tools.segments.checking import named
from tools.segments.movement import NONE, UNREGISTERED
from tools.segments.preview import overlap as overlap_of
from tools.segments.preview import preview as preview_of
from tools.segments.snapshots import snapshots
from tools.segments.words import attribute_words, value_words, words
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.warehouse.door import Interrupter
from tools.warehouse.rows import Scalar

_TITLES = {
    "build_segment": Text("人数", "Size"),
    "segment_trend": Text("近 12 周", "Last 12 weeks"),
    "segment_profile": Text("画像（与全体相比）", "Profile, against everyone"),
    "segment_overlap": Text("重叠", "Overlap"),
    "segment_movement": Text("进出", "Movement"),
    "segment_flow": Text("流转", "Flow"),
}
_BAR = 24


def context(frame: Frame, engine: SemanticLayer) -> ToolContext:
    """Return what a tool is handed."""
    return ToolContext(engine, frame.language, Interrupter())


def listing(frame: Frame, engine: SemanticLayer, *, sizes: bool, as_of: date | None, as_json: bool) -> None:
    """Print every segment, with its size where that is asked for."""
    rows = []
    for segment in engine.catalog.segments.values():
        row = _entry(segment, engine.catalog)
        if sizes:
            params = SegmentParams(name=segment.id, as_of=as_of)
            found = build_segment(context(frame, engine), params)
            row |= {**found.records()[0], "receipt": found.receipt, "as_of": found.params["as_of"]}
        rows.append(row)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    headings = [Text("编号", "id"), Text("名称", "name"), Text("类别", "kind"), Text("含义", "meaning")]
    headings += [Text("人数", "users"), Text("占全部", "of all")] if sizes else []
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading.in_(frame.language), overflow="fold")
    for row in rows:
        kind = _KINDS[row["kind"]].in_(frame.language)
        cells = [row["id"], row["names"][frame.language], kind, row["words"][frame.language]]
        cells += [f"{row['size']:,}", _percent(row["share_all"])] if sizes else []
        table.add_row(*cells)
    Console(soft_wrap=False).print(table)


_KINDS = {
    "ready_made": Text("现成", "ready-made"),
    "tag": Text("标签", "tag"),
    "saved": Text("保存", "saved"),
}


def _entry(segment: Segment, catalog: Catalog) -> dict[str, Any]:
    return {
        "id": segment.id,
        "names": {"zh": segment.names.zh, "en": segment.names.en},
        "kind": "saved" if segment.version else "tag" if segment.tag else "ready_made",
        "tag": segment.tag,
        "owner": segment.owner or None,
        "version": segment.version or None,
        "definition": plain(segment.definition),
        "words": words(segment.definition, catalog)._asdict(),
    }


def page(frame: Frame, engine: SemanticLayer, name: str, *, as_json: bool) -> None:
    """Print one segment: definition, words in both languages, versions and kept member lists."""
    segment = named(name, engine.catalog)
    entry = _entry(segment, engine.catalog)
    home = frame.settings.home
    versions = SavedSegments(home).get(segment.id).versions if segment.version else ()
    entry["versions"] = [
        {"version": v.number, "by": v.by, "saved_at": v.saved_at, "definition": plain(v.definition)} for v in versions
    ]
    entry["snapshots"] = snapshots(home, segment.id)
    if as_json:
        typer.echo(json.dumps(entry, ensure_ascii=False))
        return
    both = ("zh", "en") if frame.language == "zh" else ("en", "zh")
    for language in both:
        typer.echo(f"{entry['names'][language]}: {entry['words'][language]}")
    typer.echo(json.dumps(entry["definition"], ensure_ascii=False, indent=1))
    for v in versions:
        typer.echo(
            Text(f"第 {v.number} 版 · {v.by} · {v.saved_at}", f"version {v.number} · {v.by} · {v.saved_at}").in_(
                frame.language
            )
        )
    for kept in entry["snapshots"]:
        typer.echo(
            Text(
                f"名单 {kept['as_of']}：{kept['rows']:,} 人，{kept['path']}",
                f"members {kept['as_of']}: {kept['rows']:,} users, {kept['path']}",
            ).in_(frame.language)
        )


def preview(
    frame: Frame,
    engine: SemanticLayer,
    asked: Asked,
    day: date | None,
    others: Sequence[str],
    *,
    smallest: int,
    as_json: bool,
) -> None:
    """Print every view of a segment."""
    given = context(frame, engine)
    beside = [asked_for(engine, name=name) for name in others]
    views = preview_of(given, asked, as_of=day, smallest=smallest)
    overlap = overlap_of(given, [asked, *beside], as_of=day) if beside else None
    if as_json:
        told = {
            "definition": plain(asked.definition),
            "words": asked.words._asdict(),
            **{name: getattr(views, name).to_json(frame.language) for name in ("size", "trend", "profile")},
            "metrics": [result.to_json(frame.language) for result in views.metrics],
            "overlap": overlap.to_json(frame.language) if overlap else None,
        }
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(views.size.notes[0].in_(frame.language))
    results(frame, engine.catalog, [views.size, views.trend, views.profile], as_json=False, with_first_note=False)
    _metrics(frame, engine.catalog, views.metrics)
    if overlap:
        results(frame, engine.catalog, [overlap], as_json=False)


def results(
    frame: Frame, catalog: Catalog, found: Sequence[Result], *, as_json: bool, with_first_note: bool = True
) -> None:
    """Print results as tables, each with its notes and receipt; as JSON one object."""
    if as_json:
        typer.echo(json.dumps(found[0].to_json(frame.language), ensure_ascii=False, allow_nan=False))
        return
    for result in found:
        typer.echo("\n" + _TITLES[result.tool].in_(frame.language))
        Console(soft_wrap=False).print(_table(frame, catalog, result))
        for note in result.notes[0 if with_first_note else 1 :]:
            typer.echo(f"- {note.in_(frame.language)}")
        typer.echo(Text(f"收据 {result.receipt}", f"Receipt {result.receipt}").in_(frame.language))


def _table(frame: Frame, catalog: Catalog, result: Result) -> Table:
    """Return the rows as a table; a trend and an overlap with a bar for each row."""
    table = Table(box=None, pad_edge=False)
    for column in result.columns:
        number = column.removeprefix("in_")
        heading = Text(f"人群 {number}", f"segment {number}") if column.startswith("in_") else _COLUMNS[column]
        table.add_column(heading.in_(frame.language), overflow="fold")
    bar = {"segment_trend": "size", "segment_overlap": "users"}.get(result.tool)
    most = max((float(str(v)) for v in result.column(bar)), default=0.0) if bar else 0.0
    if bar:
        table.add_column("")
    for row in result.records():
        cells = [_cell(frame, catalog, result, row, column) for column in result.columns]
        length = round(float(str(row[bar])) / most * _BAR) if bar and most else 0
        table.add_row(*cells, *(["█" * length] if bar else []))
    return table


def _cell(frame: Frame, catalog: Catalog, result: Result, row: Mapping[str, Scalar], column: str) -> str:
    value = row[column]
    if column == "attribute":
        return attribute_words(str(value), catalog).in_(frame.language)
    if column == "value":
        return _profiled(row, catalog).in_(frame.language)
    if column in ("source", "target"):
        return _place(str(value), catalog).in_(frame.language)
    return _shown(value, result.unit_of(column))


def _profiled(row: Mapping[str, Scalar], catalog: Catalog) -> Text:
    """Return the name of a value of the profile, or what stands for several merged."""
    if row["merged"]:
        return Text(f"其他 {row['merged']} 项", f"{row['merged']} others")
    value = row["value"]
    return value_words(str(row["attribute"]), None if value is None else str(value), catalog)


def _place(name: str, catalog: Catalog) -> Text:
    """Return where a user was, or is: a segment, a stage of the lifecycle, or none."""
    if name in _PLACES:
        return _PLACES[name]
    segment = catalog.segments.get(name)
    return segment.names.text if segment else value_words("lifecycle", name, catalog)


_PLACES = {NONE: Text("都不在", "none of them"), UNREGISTERED: Text("尚未注册", "not registered yet")}
_COLUMNS = {
    "size": Text("人数", "users"),
    "share_all": Text("占全部用户", "share of all"),
    "share_active": Text("占活跃用户", "share of active"),
    "period": Text("日期", "day"),
    "attribute": Text("属性", "attribute"),
    "value": Text("取值", "value"),
    "merged": Text("合并项数", "merged"),
    "users": Text("人数", "users"),
    "share": Text("占比", "share"),
    "lift": Text("提升度", "lift"),
    "size_start": Text("期初", "at the start"),
    "stayed": Text("留下", "stayed"),
    "left": Text("离开", "left"),
    "entered": Text("进入", "entered"),
    "registered_since": Text("其中新注册", "of them new"),
    "size_end": Text("期末", "at the end"),
    "source": Text("从", "from"),
    "target": Text("到", "to"),
}


def _metrics(frame: Frame, catalog: Catalog, both: Sequence[Result]) -> None:
    inside, outside = both
    typer.echo("\n" + Text("关键指标（近 30 天）", "Key metrics, last 30 days").in_(frame.language))
    table = Table(box=None, pad_edge=False)
    for heading in (Text("指标", "metric"), Text("该人群", "segment"), Text("其余用户", "the rest")):
        table.add_column(heading.in_(frame.language))
    rows = [result.records()[0] if result.rows else {} for result in both]
    for metric in inside.metrics:
        cells = [_shown(row.get(metric), inside.unit_of(metric)) for row in rows]
        table.add_row(catalog.metric(metric).names.text.in_(frame.language), *cells)
    Console(soft_wrap=False).print(table)
    typer.echo(
        Text(f"收据 {inside.receipt}、{outside.receipt}", f"Receipts {inside.receipt}, {outside.receipt}").in_(
            frame.language
        )
    )


def _shown(value: Scalar, unit: str) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "·"
    if unit == "ratio":
        return _percent(value)
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _percent(value: Scalar) -> str:
    return "—" if value is None else f"{float(str(value)):.1%}"
