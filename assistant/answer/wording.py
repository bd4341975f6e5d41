"""Pieces of the sentences about a result of ``query_metrics``: what they open with, and how a change is put."""

from __future__ import annotations

from typing import Final

from assistant.answer.columns import Column
from assistant.answer.formats import change_words, format_change_pct
from assistant.answer.markdown import escape, value_text
from assistant.answer.phrases import dates_of, filters_of, in_brackets
from assistant.answer.trends import is_whole
from assistant.answer.view import View
from knowledge.text import Text
from tools.semantic_layer.result import Row

MOST_METRICS: Final = 4
"""Of more metrics than this, the sentences tell the first ones; the table has them all."""

LEADERS: Final = 3
INCOMPLETE: Final = Text("（不完整）", " (incomplete)")


def _when(view: View, said: str) -> str:
    dates = dates_of(view.result.params, view.language)
    return value_text(said) + in_brackets(dates, view.language) if said and dates else dates or value_text(said)


def opening(view: View, said: str) -> str:
    """Return the dates and filters that a sentence starts with, followed by what separates them from it.

    ``said`` is how the question put the dates.
    """
    when = _when(view, said)
    filters = filters_of(view)
    if view.language == "zh":
        return when + (f"，{filters}，" if filters else "，" if when else "")
    return ", ".join(part for part in (when, filters) if part) + (": " if when or filters else "")


def name_of(view: View, column: Column) -> str:
    """Return the heading of a column as Markdown."""
    return escape(column.heading.in_(view.language))


def bold(view: View, row: Row, column: Column) -> str:
    """Return one cell in bold."""
    return f"**{view.text(row, column)}**"


def all_unknown(view: View, column: Column) -> str:
    """Return the sentence about a column without a single known figure."""
    name = name_of(view, column)
    return Text(f"{name}暂无（原因见说明）。", f"{name}: not available (see the notes).").in_(view.language)


def moved_by(view: View, change: float, change_pct: float | None, column: Column) -> str:
    """Return a change in words: ``上升 30（+30.0%）``, of a ratio ``下降 3.2 个百分点``."""
    words = change_words(change, column.unit, view.language)
    if change_pct is not None and change and column.unit != "ratio":
        words += in_brackets(format_change_pct(change_pct, view.language), view.language)
    return words


def judgement(view: View, change: float, column: Column) -> str:
    """Return whether a change is for the better, where a reader may take it the wrong way round: lower is better."""
    metric = view.catalog.metrics.get(column.metric)
    if metric is None or metric.direction != "down" or not change:
        return ""
    words = (
        Text("，越低越好，这是改善", ", an improvement: lower is better")
        if change < 0
        else Text("，越低越好，这是变差", ", a setback: lower is better")
    )
    return words.in_(view.language)


def row_name(view: View, row: Row) -> str:
    """Return what a row is about as Markdown: its period, marked where the range cuts it, and its dimension values."""
    period = view.columns.get("period")
    when = view.text(row, period) + unfinished(view, row) if period else ""
    return " · ".join(part for part in (when, view.spoken(row)) if part)


def unfinished(view: View, row: Row) -> str:
    """Return the mark of a period that the range cuts; empty for a whole one."""
    return "" if is_whole(view, row) else INCOMPLETE.in_(view.language)
