"""What a result of ``query_metrics`` says, in a few sentences: the figure first, then what stands out."""

from __future__ import annotations

from assistant.answer import courses, ranks
from assistant.answer.column_formats import told_apart
from assistant.answer.columns import Column
from assistant.answer.formats import format_value
from assistant.answer.phrases import base_dates, conditions_of, in_brackets
from assistant.answer.trends import iso_day, last_day
from assistant.answer.view import View
from assistant.answer.wording import judgement, moved_by, name_of, opening, unfinished
from knowledge.text import Text
from tools.semantic_layer.result import Row


def tell(view: View, said: str = "") -> str:
    """Return the sentences about a result of ``query_metrics``, as Markdown; figures that lead are bold.

    ``said`` is how the dates were put (近7天); the exact ones follow it in brackets. Rows that a limit cut off, or that
    a condition kept, are no course over time and have no lowest; see ``ranks``.
    """
    if not view.result.rows:
        return _nothing(view, said)
    several, timed = len(view.result.rows) > 1, "period" in view.columns
    if (view.dimensions or timed) and ranks.ranked_column(view):
        return ranks.ranking(view, said)
    if several and view.is_cut:
        return ranks.first_rows(view, said)
    if several and timed and not view.result.params.get("having"):
        return courses.over_time(view, said)
    if (view.dimensions or timed) and (several or view.result.params.get("having")):
        return ranks.across(view, said)
    return _totals(view, view.result.rows[0], said)


def _nothing(view: View, said: str) -> str:
    conditions = conditions_of(view)
    if conditions:
        words = Text(f"没有符合条件（{conditions}）的行。", f"no row meets the condition ({conditions}).")
    else:
        words = Text("没有数据。", "there is no data.")
    return opening(view, said) + words.in_(view.language)


# One row: the figures themselves.


def _totals(view: View, row: Row, said: str) -> str:
    label = " · ".join(part for part in (_period(view, row), view.spoken(row, without=_filtered(view))) if part)
    parts = [_total(view, row, column) for column in view.figures]
    conditions = conditions_of(view)
    met = Text(f"符合 {conditions}，", f"where {conditions}, ").in_(view.language) if conditions else ""
    about = f"{label}{'：' if view.language == 'zh' else ': '}" if label else ""
    joined = ("；" if view.language == "zh" else "; ").join(parts)
    return opening(view, said) + met + about + joined + ("。" if view.language == "zh" else ".")


def _filtered(view: View) -> set[str]:
    """Return the dimensions that a filter holds at one value: the opening has named it."""
    filters = view.result.params.get("filters") or ()
    return {str(f.get("dimension")) for f in filters if f.get("op", "in") == "in" and len(f.get("values") or ()) == 1}


def _period(view: View, row: Row) -> str:
    """Return the period of the only row; empty where the dates of the range have said it already."""
    if "period" not in view.columns:
        return ""
    start, end = (iso_day(view.result.params.get(name)) for name in ("start", "end"))
    first = iso_day(view.value(row, "period"))
    if start and end and first and first <= start and end <= last_day(first, view.grain):
        return ""
    return view.text(row, view.columns["period"]) + unfinished(view, row)


def _total(view: View, row: Row, column: Column) -> str:
    name = name_of(view, column)
    if view.number(row, column.name) is None:
        return Text(f"{name}暂无（原因见说明）", f"{name}: not available (see the notes)").in_(view.language)
    shown, base = _beside_base(view, row, column)
    return f"{name} **{shown}**" + _against_base(view, row, column, base) + _against_target(view, row, column)


def _beside_base(view: View, row: Row, column: Column) -> tuple[str, str]:
    """Return the figure and its base as they are written: 3.94 and 3.87, where both would read 3.9."""
    value, base = view.value(row, column.name), view.value(row, f"{column.name}__base")
    texts = view.text(row, column), format_value(base, column.unit, view.language)
    return told_apart(texts, (value, base), column.unit, view.language)


def _against_base(view: View, row: Row, column: Column, shown: str) -> str:
    base, change = (view.number(row, f"{column.name}__{part}") for part in ("base", "change"))
    if base is None or change is None:
        return ""
    dates = base_dates(view)
    words = moved_by(view, change, view.number(row, f"{column.name}__change_pct"), column)
    judged = judgement(view, change, column)
    if view.language == "zh":
        return f"，较对比期{in_brackets(dates, 'zh') if dates else ''}的 {shown} {words}{judged}"
    return f", {words} from {shown}{in_brackets(dates or 'base period', 'en')}{judged}"


def _against_target(view: View, row: Row, column: Column) -> str:
    target, attainment = (view.number(row, f"{column.name}__{part}") for part in ("target", "attainment"))
    if target is None:
        return ""
    goal = format_value(target, column.unit, view.language)
    done = format_value(attainment, "ratio", view.language)
    return Text(f"，目标 {goal}，完成 **{done}**", f", target {goal}, attainment **{done}**").in_(view.language)
