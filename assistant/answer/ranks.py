"""Rows side by side in sentences: who leads, who is last, what moved most; of rows that are cut, only what is sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answer.columns import Column
from assistant.answer.phrases import conditions_of, in_brackets, listed, sentences
from assistant.answer.trends import is_whole
from assistant.answer.view import View
from assistant.answer.wording import LEADERS, MOST_METRICS, all_unknown, bold, judgement, name_of, opening, row_name
from knowledge.text import Text
from tools.semantic_layer.result import Row

_MOST_NAMED: Final = 5
_PARTS_BY_RANK: Final = ("change_pct", "change", "attainment", "base", "target")
_PERIODS: Final = {
    "day": Text("日期", "day"),
    "week": Text("周", "week"),
    "month": Text("月份", "month"),
    "quarter": Text("季度", "quarter"),
    "year": Text("年份", "year"),
}


def ranked_column(view: View) -> Column | None:
    """Return the column of figures that the rows are ranked by: those that were asked to be ordered and are cut."""
    order, params = view.result.params.get("order_by") or {}, view.result.params
    column = view.columns.get(str(order.get("column")))
    cut = params.get("limit") is not None or view.result.truncated
    return column if column and column.kind == "figure" and cut else None


def ranking(view: View, said: str) -> str:
    """Return the first rows of a ranking in its own order; it says nothing about what the limit cut off."""
    column = ranked_column(view)
    told = _ranking(view, column) if column else ""
    return _opening(view, said) + sentences([told, _first_of_many(view)], view.language)


def first_rows(view: View, said: str) -> str:
    """Return what rows are shown, where more may follow in no order of figures: no highest, no lowest, no course."""
    if view.result.truncated or len(view.result.rows) > _MOST_NAMED:
        return _opening(view, said) + (_first_of_many(view) or _as_limited(view))
    told = [_plain_list(view, column, view.result.rows) for column in view.figures[:MOST_METRICS]]
    return _opening(view, said) + sentences(told, view.language)


def across(view: View, said: str) -> str:
    """Return for each metric the leaders, the last, and what moved most, over rows that are all there."""
    told = [spread(view, column, view.result.rows) for column in view.figures[:MOST_METRICS]]
    return _opening(view, said) + sentences(told, view.language)


def _opening(view: View, said: str) -> str:
    """Return the dates, the filters, and what the rows are: the dimensions, and the condition that they meet."""
    when, conditions = opening(view, said), conditions_of(view)
    names = [name_of(view, column) for column in view.dimensions]
    if "period" in view.columns:
        names.insert(0, _PERIODS[view.grain].in_(view.language))
    by, count = listed(names, view.language), _counted(view)
    if view.language == "zh":
        return when + (f"在 {conditions} 的{by}中{count}，" if conditions else f"按{by}看，")
    when = when.removesuffix(": ") + ", " if when else ""
    return when + (f"where {conditions}{count}, by {by}, " if conditions else f"by {by}, ")


def _counted(view: View) -> str:
    count = len(view.result.rows)
    return (
        ""
        if view.is_cut
        else Text(f"（共 {count:,} 项）", f" ({count:,} row{'' if count == 1 else 's'})").in_(view.language)
    )


def _first_of_many(view: View) -> str:
    count = len(view.result.rows)
    if not view.result.truncated:
        return ""
    if ranked_column(view):
        return Text(f"显示前 {count:,} 行，另有更多。", f"The first {_rows(count)} shown; there are more.").in_(
            view.language
        )
    return Text(
        f"显示前 {count:,} 行，另有更多；行不全，所以不比较高低，也不说走势。",
        f"the first {_rows(count)} shown; there are more. Highs, lows and trends are left out, as rows are missing.",
    ).in_(view.language)


def _rows(count: int) -> str:
    return "row is" if count == 1 else f"{count:,} rows are"


def _as_limited(view: View) -> str:
    count = len(view.result.rows)
    return Text(
        f"只取了 {count:,} 行，见表格。",
        f"only {count:,} {'row was' if count == 1 else 'rows were'} asked for, see the table.",
    ).in_(view.language)


def _ranking(view: View, column: Column) -> str:
    rows = [row for row in view.result.rows if view.number(row, column.name) is not None]
    if not rows:
        return all_unknown(view, column)
    highest = (view.result.params.get("order_by") or {}).get("direction", "desc") == "desc"
    others = [c for c in view.figures[:MOST_METRICS] if c.name != column.metric] if len(rows) == 1 else []
    entries = [f"**{row_name(view, row)}**{_in_figures(view, row, column, others)}" for row in rows[:_MOST_NAMED]]
    name = name_of(view, column)
    end = "highest" if highest else "lowest"
    if len(entries) == 1:
        words = Text(f"{name}{'最高' if highest else '最低'}的是 {entries[0]}。", f"the {end} {name} is {entries[0]}.")
    else:
        zh = f"{name}从{'高到低' if highest else '低到高'}："
        words = Text(f"{zh}{listed(entries, 'zh')}。", f"{name}, {end} first: {listed(entries, 'en')}.")
    return words.in_(view.language)


def _in_figures(view: View, row: Row, column: Column, others: Sequence[Column] = ()) -> str:
    """Return the ranked figure of a row in brackets, with the metric's own where the rank is by a part of it.

    ``others`` are further metrics that were asked for: 新增最多的渠道的次留 asks for both.
    """
    texts = [view.text(row, column)]
    metric = view.columns.get(column.metric)
    if column.part in _PARTS_BY_RANK and metric is not None:
        texts.append(f"{name_of(view, metric)} {view.text(row, metric)}")
    texts += [f"{name_of(view, other)} {view.text(row, other)}" for other in others]
    return in_brackets(("，" if view.language == "zh" else ", ").join(texts), view.language)


def spread(view: View, column: Column, rows: Sequence[Row]) -> str:
    """Return who leads and who is last in one column, and what moved most.

    Periods that the range cuts take no part while whole ones remain.
    """
    known = [row for row in rows if view.number(row, column.name) is not None]
    rows = [row for row in known if is_whole(view, row)] or known
    if not rows:
        return all_unknown(view, column)
    rows = sorted(rows, key=lambda row: view.number(row, column.name) or 0.0, reverse=True)
    entries = [_entry(view, row, column) for row in rows]
    if len(entries) <= LEADERS + 1:
        return sentences([_plain_list(view, column, rows), _biggest_move(view, rows, column)], view.language)
    leaders, last, name = entries[:LEADERS], entries[-1], name_of(view, column)
    leaders[-1] += _tied(view, rows[LEADERS - 1], rows[LEADERS], column)
    last += _tied(view, rows[-1], rows[-2], column)
    told = Text(
        f"{name}最高的是 {listed(leaders, 'zh')}；最低的是 {last}。",
        f"{name} highest in {listed(leaders, 'en')}; lowest in {last}.",
    )
    return sentences([told.in_(view.language), _biggest_move(view, rows, column)], view.language)


def _plain_list(view: View, column: Column, rows: Sequence[Row]) -> str:
    known = [row for row in rows if view.number(row, column.name) is not None]
    if not known:
        return all_unknown(view, column)
    entries, name = [_entry(view, row, column) for row in known], name_of(view, column)
    return Text(f"{name}：{listed(entries, 'zh')}。", f"{name}: {listed(entries, 'en')}.").in_(view.language)


def _tied(view: View, row: Row, other: Row, column: Column) -> str:
    """Return that a figure is shared, where the next row, which is not named, has the same."""
    same = view.number(row, column.name) == view.number(other, column.name)
    return Text("（有并列）", " (tied)").in_(view.language) if same else ""


def _entry(view: View, row: Row, column: Column) -> str:
    return f"{row_name(view, row)} {bold(view, row, column)}"


def _biggest_move(view: View, rows: Sequence[Row], column: Column) -> str:
    """Return which row changed most: relatively, for ratios in percentage points."""
    part = "change" if column.unit == "ratio" else "change_pct"
    moved = [row for row in rows if view.number(row, f"{column.name}__{part}")]
    if len(moved) < 2:
        return ""
    most = max(moved, key=lambda row: abs(view.number(row, f"{column.name}__{part}") or 0.0))
    text = view.text(most, view.columns[f"{column.name}__{part}"])
    label = row_name(view, most)
    change = view.number(most, f"{column.name}__change") or 0.0
    judged = judgement(view, change, column)
    return Text(f"变化最大的是 {label}（{text}{judged}）。", f"The biggest change: {label} ({text}{judged}).").in_(
        view.language
    )
