"""What the sentences about every analysis begin with, and how they show one cell."""

from __future__ import annotations

from assistant.answer.markdown import value_text
from assistant.answer.phrases import dates_of, filters_of, in_brackets
from assistant.answer.view import View
from tools.semantic_layer.result import Row


def opening(view: View, said: str) -> str:
    """Return the dates and filters that the first sentence starts with, followed by what parts them from it."""
    dates = dates_of(view.result.params, view.language)
    when = value_text(said) + in_brackets(dates, view.language) if said and dates else dates or value_text(said)
    parts = [part for part in (when, filters_of(view)) if part]
    return ("，".join(parts) + "，" if view.language == "zh" else ", ".join(parts) + ": ") if parts else ""


def cell(view: View, row: Row, name: str) -> str:
    """Return one cell as plain text; a dash where the result has no such column."""
    return view.text(row, view.columns[name]) if name in view.columns else "—"
