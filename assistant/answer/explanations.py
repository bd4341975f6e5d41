"""What the explanation of a change says: the change, the values that carry it, and that the parts add up to it."""

from __future__ import annotations

from typing import Final

from assistant.answer.columns import metric_name, spoken_value
from assistant.answer.explained_names import OVERLAP, REST, TOTAL
from assistant.answer.formats import DASH
from assistant.answer.markdown import escape, value_text
from assistant.answer.phrases import base_dates, in_brackets, sentences
from assistant.answer.telling import cell, opening
from assistant.answer.view import View
from knowledge.text import Text
from tools.semantic_layer.result import Row

_MOST: Final = 3
_CARRIES: Final = 0.1
"""A value is named where what it carries is at least this part of the change."""

STANDS_OUT: Final = Text("变化主要来自", "The change sits mainly in")
CANCELS: Final = Text("总变化不大，是更大的变化互相抵消的结果", "The change is small because larger ones cancel out")
SPREAD: Final = Text("没有哪个取值明显突出", "No value stands out")
"""How the notes of the tool begin where it judges the cause; see ``tools.explanations.words``."""


def tell(view: View, said: str = "") -> str:
    """Return the sentences about a result of ``explain_change``, as Markdown."""
    whole = next((row for row in view.result.rows if is_whole_change(view, row)), None)
    if whole is None:
        return opening(view, said) + Text("没有可以解释的变化。", "there is no change to explain.").in_(view.language)
    told = [_change(view, whole), _causes(view, whole)]
    if best_split(view):
        told.append(
            Text(
                "每个维度各取值的贡献相加等于总变化。",
                "Within each dimension the contributions add up to the whole change.",
            ).in_(view.language)
        )
    return opening(view, said) + sentences(told, view.language)


def tell_briefly(view: View) -> str:
    """Return the change and what carries it, as Markdown, without dates; of days, which every total has, only the change."""
    whole = next((row for row in view.result.rows if is_whole_change(view, row)), None)
    if whole is None:
        return ""
    by_day = any(view.value(row, "dimension") == "day" for row in best_split(view)[:1])
    return sentences([_change(view, whole), "" if by_day else _causes(view, whole)], view.language)


def is_whole_change(view: View, row: Row) -> bool:
    """Return whether a row is that of the whole metric, not of a part of it."""
    return view.value(row, "dimension") in (TOTAL, None)


def best_split(view: View) -> list[Row]:
    """Return the rows of the dimension that explains the change best, the rest of it included; they add up to the change."""
    parts = [row for row in view.result.rows if not is_whole_change(view, row)]
    return [row for row in parts if view.value(row, "dimension") == view.value(parts[0], "dimension")]


def _change(view: View, row: Row) -> str:
    base, current, change = (cell(view, row, name) for name in ("base", "current", "contribution"))
    dates = base_dates(view)
    since = in_brackets(dates, view.language) if dates else ""
    names = [metric_name(metric, view.catalog).in_(view.language) for metric in view.result.metrics[:1]]
    name = escape(names[0]) if names else ""
    return Text(
        f"{name}从对比期{since}的 {base} 变为 **{current}**（{change}）。",
        f"{name} went from {base}{since} to **{current}** ({change}).".strip(),
    ).in_(view.language)


def _causes(view: View, whole: Row) -> str:
    """Return what the tool found of a cause: one that stands out, changes that cancel out, or that all moved alike."""
    if _noted(view, SPREAD):
        return Text(
            "变化分散在各个取值，没有哪个取值突出。", "The change is spread over the values: none of them stands out."
        ).in_(view.language)
    stands_out, cancels = _noted(view, STANDS_OUT), _noted(view, CANCELS)
    leads, others = _named(view, whole, (stands_out or cancels or Text("", "")).in_(view.language))
    if not (stands_out or cancels) or not leads:
        return Text("没有哪个取值明显承担了这个变化。", "No single value carries the change.").in_(view.language)
    semicolon = ("；" if view.language == "zh" else "; ").join
    led, rest = semicolon(_carrier(view, row) for row in leads), semicolon(_carrier(view, row) for row in others)
    dimension = value_text(cell(view, leads[0], "dimension"))
    if stands_out:
        words = Text(f"变化主要来自{dimension}：{led}", f"The change sits mainly in {dimension}: {led}")
    else:
        words = Text(f"按{dimension}看，更大的变化互相抵消：{led}", f"By {dimension}, larger changes cancel out: {led}")
    also = Text(f"；其他较大的贡献：{rest}", f"; other large contributions: {rest}").in_(view.language) if rest else ""
    return words.in_(view.language) + also + Text("。", ".").in_(view.language)


def _noted(view: View, begins: Text) -> Text | None:
    return next((note for note in view.result.notes if note.zh.startswith(begins.zh)), None)


def _named(view: View, whole: Row, note: str) -> tuple[list[Row], list[Row]]:
    """Return the values that the note names as the cause, and the other large contributions, whichever way they go.

    The tool lists its cause first. Nothing is left out that is larger than what is named as the cause.
    """
    change = abs(view.number(whole, "contribution") or 0.0)

    def size(row: Row) -> float:
        return abs(view.number(row, "contribution") or 0.0)

    split = best_split(view)
    leads = [row for row in split[:1] if change and not _is_together(view, row)]
    for row in split[1:_MOST] if leads else ():
        if _is_together(view, row) or view.text(row, view.columns["value"]) not in note:
            break
        leads.append(row)
    least = min(map(size, leads), default=0.0)
    others = sorted((row for row in split if row not in leads), key=size, reverse=True)
    large = [row for row in others if size(row) >= _CARRIES * change and not _is_together(view, row)]
    kept = large[: max(_MOST - len(leads), 0)]
    return leads, [row for row in others if row in kept or size(row) > least]


def _is_together(view: View, row: Row) -> bool:
    return view.value(row, "value") in (REST, OVERLAP)


def _carrier(view: View, row: Row) -> str:
    dimension = str(view.value(row, "dimension"))
    name = spoken_value(dimension, view.value(row, "value"), view.catalog, view.language)
    contribution, base, current = (cell(view, row, column) for column in ("contribution", "base", "current"))
    if _is_together(view, row) or DASH in (base, current):
        return Text(f"{name} 贡献 {contribution}", f"{name} contributed {contribution}").in_(view.language)
    return Text(
        f"{name} 贡献 {contribution}（自身从 {base} 到 {current}）",
        f"{name} contributed {contribution} (itself from {base} to {current})",
    ).in_(view.language)
