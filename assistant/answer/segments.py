"""What is said of a group of users: how many, which share, as of when; how it differs from everyone; what can be done next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from assistant.answer.markdown import value_text
from assistant.answer.phrases import listed
from assistant.answer.telling import cell, opening
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.segments import plain
from knowledge.text import Language, Text
from tools.segments.words import attribute_words, value_words
from tools.semantic_layer.result import Result, Row
from tools.warehouse.rows import Scalar

_MOST: Final = 5
_FAR: Final = 1.2
"""How far a share must be from everyone's, as a quotient, to be told."""
_LEAST: Final = 0.05
"""The least share of the segment that a group must have to be told."""


def tell_segment(view: View, said: str) -> str:
    """Return the size of a segment with its shares, as of its day."""
    row, name = view.result.rows[0], view.result.params.get("name")
    found = view.catalog.segments.get(str(name)) if name else None
    names = found.names.text if found else Text(str(name or ""), str(name or ""))
    who = Text(f"人群“{value_text(names.zh)}”", f"the segment '{value_text(names.en)}'")
    if not name:
        who = _of_sequence(view.result.params.get("definition") or {})
    size, share, active = (cell(view, row, column) for column in ("size", "share_all", "share_active"))
    return opening(view, said) + Text(
        f"{who.zh}，共 **{size}** 人，占全部用户 {share}，占近 30 天活跃用户 {active}。",
        f"{who.en} holds **{size}** users: {share} of all users, {active} of those active in the last 30 days.",
    ).in_(view.language)


def _of_sequence(definition: Mapping[str, Any]) -> Text:
    """Return what to call a group without a name: a sequence that is denied says whether its first step was taken."""
    parts = definition.get("all") or [definition]
    denied = [part for part in parts if part.get("negate") and "sequence" in part]
    if len(denied) != 1:
        return Text("该人群", "the segment")
    if len(parts) == 1:
        return Text(
            "没有走完这个次序的全部用户（含从未做过第一步的人）",
            "the segment of all without this sequence, those who never took its first step included,",
        )
    if len(parts) == 2 and any(part.get("did") == denied[0]["sequence"][0] for part in parts):
        return Text(
            "做过第一步而没有走完的人群", "the segment of those who took the first step and did not go through with it"
        )
    return Text("该人群", "the segment")


def next_steps(results: Sequence[Result], language: Language) -> str:
    """Return what can be done with a segment that was just counted; empty where none was, or nobody is in it."""
    counted = results[-1] if results and results[-1].tool == "build_segment" else None
    if counted is None or not counted.rows or not counted.rows[0][0]:
        return ""
    return Text(
        "- **接下来**：说“和全部用户比有什么不同”看画像，“把它存成”加名称即可保存，“导出名单”拿到文件，也可以继续加条件（如“只看安卓”）",
        "- **Next**: ask 'how do they differ from everyone' for a profile, 'save it as' with a name to keep it, 'export the list' for a "
        "file, or add a condition ('only Android')",
    ).in_(language)


def tell_profile(view: View, said: str) -> str:
    """Return where a segment differs most from everyone, by attribute; that it is too small for a profile where it is."""
    del said
    rows = [row for row in view.result.rows if _differs(view, row)]
    if not view.result.rows:
        return Text(
            "这群人太少，为避免认出个人，不给出画像。",
            "This group is too small for a profile: single persons could be told.",
        ).in_(view.language)
    if not rows:
        return Text(
            "与全部用户相比，各项构成没有明显差异。", "Compared with everyone, no part of its make-up stands out."
        ).in_(view.language)
    rows.sort(key=lambda row: abs((view.number(row, "lift") or 1.0) - 1.0), reverse=True)
    told = [_part(view, row) for row in rows[:_MOST]]
    return Text(
        f"与全部用户相比，这群人最不同的是：{listed(told, 'zh')}。",
        f"Compared with everyone, this group stands out by: {'; '.join(told)}.",
    ).in_(view.language)


def _differs(view: View, row: Row) -> bool:
    lift, share = view.number(row, "lift"), view.number(row, "share") or 0.0
    everyone = view.number(row, "share_all") or 0.0
    if lift is None or view.value(row, "merged") or max(share, everyone) < _LEAST:
        return False
    return lift >= _FAR or lift <= 1 / _FAR


def _part(view: View, row: Row) -> str:
    attribute, value = cell(view, row, "attribute"), cell(view, row, "value")
    share, everyone = cell(view, row, "share"), cell(view, row, "share_all")
    return Text(
        f"{value_text(attribute)}“{value_text(value)}”占 **{share}**（全部用户 {everyone}）",
        f"{value_text(attribute)} {value_text(value)} **{share}** (everyone {everyone})",
    ).in_(view.language)


def in_words(profile: Result, catalog: Catalog, language: Language) -> Result:
    """Return a profile with its attributes and values in words, to be shown."""
    from dataclasses import replace  # noqa: PLC0415 - a name that the callers have too

    at = {name: index for index, name in enumerate(profile.columns)}
    rows = tuple(_row_in_words(row, at, catalog, language) for row in profile.rows)
    return replace(profile, rows=rows)


def _row_in_words(row: Row, at: dict[str, int], catalog: Catalog, language: Language) -> tuple[Scalar, ...]:
    attribute, value, merged = str(row[at["attribute"]]), row[at["value"]], row[at["merged"]]
    said = value_words(attribute, None if value is None else str(value), catalog)
    if merged:
        said = Text(f"其他 {merged} 项", f"{merged} others")
    cells: list[Scalar] = list(row)
    cells[at["attribute"]] = attribute_words(attribute, catalog).in_(language)
    cells[at["value"]] = said.in_(language)
    return tuple(cells)


def segment_entries(
    results: Sequence[Result], catalog: Catalog, saved: str | None = None
) -> tuple[dict[str, Any], ...]:
    """Return the segments of an answer: id and name (None where it has none), definition, size, share of all, receipt."""
    return tuple(_entries(results, catalog, saved))


def _entries(results: Iterable[Result], catalog: Catalog, saved: str | None) -> Iterable[dict[str, Any]]:
    for result in results:
        if result.tool != "build_segment" or not result.rows:
            continue
        row = dict(zip(result.columns, result.rows[0], strict=True))
        name = saved or result.params.get("name")
        found = catalog.segments.get(str(name)) if name else None
        definition = result.params.get("definition") or (plain(found.definition) if found else None)
        yield {
            "id": name,
            "name": found.names.zh if found else name,
            "definition": definition,
            "size": row["size"],
            "share": row["share_all"],
            "receipt": result.receipt,
        }
