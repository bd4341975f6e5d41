"""What the explanation of a change says: the change, the values that carry it, and that the parts add up to it."""

from __future__ import annotations

from typing import Final

from assistant.answer.columns import metric_name, spoken_value
from assistant.answer.explained_names import OVERLAP, REST, TOTAL
from assistant.answer.markdown import escape, value_text
from assistant.answer.phrases import base_dates, in_brackets, sentences
from assistant.answer.telling import cell, opening
from assistant.answer.view import View
from knowledge.text import Text
from tools.semantic_layer.result import Row

_MOST: Final = 3
_CARRIES: Final = 0.1
"""A value is named where it carries at least this part of the change."""


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
    change = view.number(whole, "contribution") or 0.0
    rows = [row for row in best_split(view) if view.value(row, "value") not in (REST, OVERLAP)]
    carriers = [row for row in rows if change and (view.number(row, "contribution") or 0.0) / change >= _CARRIES]
    carriers.sort(key=lambda row: abs(view.number(row, "contribution") or 0.0), reverse=True)
    if not carriers:
        return Text("没有哪个取值明显承担了这个变化。", "No single value carries the change.").in_(view.language)
    named = [_carrier(view, row) for row in carriers[:_MOST]]
    dimension = value_text(cell(view, carriers[0], "dimension"))
    joined = ("；" if view.language == "zh" else "; ").join(named)
    return Text(f"贡献最大的{dimension}：{joined}。", f"The largest contributions by {dimension}: {joined}.").in_(
        view.language
    )


def _carrier(view: View, row: Row) -> str:
    dimension = str(view.value(row, "dimension"))
    name = spoken_value(dimension, view.value(row, "value"), view.catalog, view.language)
    contribution, base, current = (cell(view, row, column) for column in ("contribution", "base", "current"))
    return Text(
        f"{name} 贡献 {contribution}（自身从 {base} 到 {current}）",
        f"{name} contributed {contribution} (itself from {base} to {current})",
    ).in_(view.language)
