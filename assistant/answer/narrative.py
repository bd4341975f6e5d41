"""What a result of ``query_metrics`` says, in a few sentences: the figure first, then what stands out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answer.columns import Column
from assistant.answer.formats import change_words, format_change_pct, format_value
from assistant.answer.markdown import escape, value_text
from assistant.answer.phrases import base_dates, conditions_of, dates_of, filters_of, in_brackets, listed, sentences
from assistant.answer.trends import Trend, series_of, trend_of
from assistant.answer.view import View
from knowledge.text import Text
from tools.semantic_layer.result import Row

_MOST_METRICS: Final = 4
_LEADERS: Final = 3
_PARTS_BY_RANK: Final = ("change_pct", "change", "attainment", "base", "target")


def tell(view: View, said: str = "") -> str:
    """Return the sentences about a result of ``query_metrics``, as Markdown; figures that lead are bold.

    ``said`` is how the dates were put (近7天); the exact ones follow it in brackets.
    """
    if not view.result.rows:
        return _nothing(view, said)
    if "period" in view.columns and len(view.result.rows) > 1:
        return _over_time(view, said)
    if view.dimensions and (len(view.result.rows) > 1 or _is_ranking(view)):
        return _across(view, said)
    return _totals(view, view.result.rows[0], said)


def _when(view: View, said: str) -> str:
    dates = dates_of(view.result.params, view.language)
    return value_text(said) + in_brackets(dates, view.language) if said and dates else dates or value_text(said)


def _opening(view: View, said: str) -> str:
    """Return the dates and filters that a sentence starts with, followed by what separates them from it."""
    when = _when(view, said)
    filters = filters_of(view)
    if view.language == "zh":
        return when + (f"，{filters}，" if filters else "，" if when else "")
    return ", ".join(part for part in (when, filters) if part) + (": " if when or filters else "")


def _name(view: View, column: Column) -> str:
    return escape(column.heading.in_(view.language))


def _bold(view: View, row: Row, column: Column) -> str:
    return f"**{view.text(row, column)}**"


def _nothing(view: View, said: str) -> str:
    conditions = conditions_of(view)
    if conditions:
        words = Text(f"没有符合条件（{conditions}）的行。", f"no row meets the condition ({conditions}).")
    else:
        words = Text("没有数据。", "there is no data.")
    return _opening(view, said) + words.in_(view.language)


# One row: the figures themselves.


def _totals(view: View, row: Row, said: str) -> str:
    label = view.spoken(row)
    if "period" in view.columns:
        label = " · ".join(part for part in (view.text(row, view.columns["period"]), label) if part)
    parts = [_total(view, row, column) for column in view.figures]
    about = f"{label}{'：' if view.language == 'zh' else ': '}" if label else ""
    joined = ("；" if view.language == "zh" else "; ").join(parts)
    return _opening(view, said) + about + joined + ("。" if view.language == "zh" else ".")


def _total(view: View, row: Row, column: Column) -> str:
    name = _name(view, column)
    if view.number(row, column.name) is None:
        return Text(f"{name}暂无（原因见说明）", f"{name}: not available (see the notes)").in_(view.language)
    lead = f"{name} {_bold(view, row, column)}"
    return lead + _against_base(view, row, column) + _against_target(view, row, column)


def _against_base(view: View, row: Row, column: Column) -> str:
    base, change = (view.number(row, f"{column.name}__{part}") for part in ("base", "change"))
    if base is None or change is None:
        return ""
    dates = base_dates(view)
    shown = format_value(base, column.unit, view.language)
    words = _moved(view, change, view.number(row, f"{column.name}__change_pct"), column)
    judged = _judgement(view, change, column)
    if view.language == "zh":
        return f"，较对比期{in_brackets(dates, 'zh') if dates else ''}的 {shown} {words}{judged}"
    return f", {words} from {shown}{in_brackets(dates or 'base period', 'en')}{judged}"


def _moved(view: View, change: float, change_pct: float | None, column: Column) -> str:
    words = change_words(change, column.unit, view.language)
    if change_pct is not None and change and column.unit != "ratio":
        words += in_brackets(format_change_pct(change_pct, view.language), view.language)
    return words


def _judgement(view: View, change: float, column: Column) -> str:
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


def _against_target(view: View, row: Row, column: Column) -> str:
    target, attainment = (view.number(row, f"{column.name}__{part}") for part in ("target", "attainment"))
    if target is None:
        return ""
    goal = format_value(target, column.unit, view.language)
    done = format_value(attainment, "ratio", view.language)
    return Text(f"，目标 {goal}，完成 **{done}**", f", target {goal}, attainment **{done}**").in_(view.language)


# Several rows without time: who leads, who is last, what moved most.


def _is_ranking(view: View) -> bool:
    return bool(view.result.params.get("order_by")) and view.result.params.get("limit") is not None


def _across(view: View, said: str) -> str:
    dimensions = listed([_name(view, column) for column in view.dimensions], view.language)
    opening = _opening(view, said)
    if view.language == "zh":
        opening += f"按{dimensions}看，"
    else:
        opening = (opening.removesuffix(": ") + ", " if opening else "") + f"by {dimensions}, "
    ranked = _ranked_column(view)
    columns = [ranked] if ranked else view.figures[:_MOST_METRICS]
    told = [_ranking(view, column) if ranked else _spread(view, column) for column in columns]
    return opening + sentences(told, view.language)


def _ranked_column(view: View) -> Column | None:
    """Return the column that the rows were asked to be ordered by, where it holds figures."""
    order = view.result.params.get("order_by") or {}
    column = view.columns.get(str(order.get("column")))
    return column if column and column.kind == "figure" and _is_ranking(view) else None


def _ranking(view: View, column: Column) -> str:
    rows = [row for row in view.result.rows if view.number(row, column.name) is not None]
    if not rows:
        return _all_unknown(view, column)
    highest = (view.result.params.get("order_by") or {}).get("direction", "desc") == "desc"
    entries = [f"**{view.spoken(row)}**{_in_figures(view, row, column)}" for row in rows[:5]]
    name = _name(view, column)
    end = "highest" if highest else "lowest"
    if len(entries) == 1:
        words = Text(f"{name}{'最高' if highest else '最低'}的是 {entries[0]}。", f"the {end} {name} is {entries[0]}.")
    else:
        zh = f"{name}从{'高到低' if highest else '低到高'}："
        words = Text(f"{zh}{listed(entries, 'zh')}。", f"{name}, {end} first: {listed(entries, 'en')}.")
    return words.in_(view.language)


def _in_figures(view: View, row: Row, column: Column) -> str:
    """Return the ranked figure of a row in brackets, with the metric's own where the rank is by a part of it."""
    texts = [view.text(row, column)]
    metric = view.columns.get(column.metric)
    if column.part in _PARTS_BY_RANK and metric is not None:
        texts.append(f"{_name(view, metric)} {view.text(row, metric)}")
    return in_brackets(("，" if view.language == "zh" else ", ").join(texts), view.language)


def _all_unknown(view: View, column: Column) -> str:
    name = _name(view, column)
    return Text(f"{name}暂无（原因见说明）。", f"{name}: not available (see the notes).").in_(view.language)


def _spread(view: View, column: Column) -> str:
    rows = [row for row in view.result.rows if view.number(row, column.name) is not None]
    if not rows:
        return _all_unknown(view, column)
    rows.sort(key=lambda row: view.number(row, column.name) or 0.0, reverse=True)
    entries = [_entry(view, row, column) for row in rows]
    name = _name(view, column)
    if len(entries) <= _LEADERS + 1:
        told = Text(f"{name}：{listed(entries, 'zh')}。", f"{name}: {listed(entries, 'en')}.")
    else:
        leaders, last = entries[:_LEADERS], entries[-1]
        leaders[-1] += _tied(view, rows[_LEADERS - 1], rows[_LEADERS], column)
        last += _tied(view, rows[-1], rows[-2], column)
        told = Text(
            f"{name}最高的是 {listed(leaders, 'zh')}；最低的是 {last}。",
            f"{name} highest in {listed(leaders, 'en')}; lowest in {last}.",
        )
    return sentences([told.in_(view.language), _biggest_move(view, rows, column)], view.language)


def _tied(view: View, row: Row, other: Row, column: Column) -> str:
    """Return that a figure is shared, where the next row, which is not named, has the same."""
    same = view.number(row, column.name) == view.number(other, column.name)
    return Text("（有并列）", " (tied)").in_(view.language) if same else ""


def _entry(view: View, row: Row, column: Column) -> str:
    return f"{view.spoken(row)} {_bold(view, row, column)}"


def _biggest_move(view: View, rows: Sequence[Row], column: Column) -> str:
    """Return which row changed most: relatively, for ratios in percentage points."""
    part = "change" if column.unit == "ratio" else "change_pct"
    moved = [row for row in rows if view.number(row, f"{column.name}__{part}")]
    if len(moved) < 2:
        return ""
    most = max(moved, key=lambda row: abs(view.number(row, f"{column.name}__{part}") or 0.0))
    text = view.text(most, view.columns[f"{column.name}__{part}"])
    label = view.spoken(most)
    change = view.number(most, f"{column.name}__change") or 0.0
    judged = _judgement(view, change, column)
    return Text(f"变化最大的是 {label}（{text}{judged}）。", f"The biggest change: {label} ({text}{judged}).").in_(
        view.language
    )


# Rows over time: where it started and ended, its high and low.


def _over_time(view: View, said: str) -> str:
    series = series_of(view)
    opening = _opening(view, said)
    if len(series) == 1 or not view.dimensions:
        rows = series[0]
        return opening + sentences(
            [_trend(view, rows, column) for column in view.figures[:_MOST_METRICS]], view.language
        )
    return opening + sentences([_trends(view, series, column) for column in view.figures[:1]], view.language)


def _trend(view: View, rows: Sequence[Row], column: Column) -> str:
    trend = trend_of(view, rows, column)
    if trend is None:
        return _all_unknown(view, column)
    name, period = _name(view, column), view.columns["period"]
    first, last = view.text(trend.first, column), _bold(view, trend.last, column)
    since, until = view.text(trend.first, period), view.text(trend.last, period)
    moved = _moved(view, trend.change, trend.change_pct, column)
    moved += _judgement(view, trend.change, column)
    told = Text(
        f"{name}从 {first}（{since}）到 {last}（{until}），{moved}；{_extremes(view, trend, column)}。",
        f"{name} went from {first} ({since}) to {last} ({until}), {moved}; {_extremes(view, trend, column)}.",
    )
    return sentences([told.in_(view.language), _last_against_base(view, trend, column)], view.language)


def _extremes(view: View, trend: Trend, column: Column) -> str:
    high, low = view.text(trend.highest, column), view.text(trend.lowest, column)
    period = view.columns["period"]
    at, since = view.text(trend.highest, period), view.text(trend.lowest, period)
    return Text(f"最高 {high}（{at}），最低 {low}（{since}）", f"highest {high} ({at}), lowest {low} ({since})").in_(
        view.language
    )


def _last_against_base(view: View, trend: Trend, column: Column) -> str:
    parts = ("change",) if column.unit == "ratio" else ("change_pct", "change")
    names = [name for part in parts if view.number(trend.last, name := f"{column.name}__{part}") is not None]
    if not names:
        return ""
    shown = view.text(trend.last, view.columns[names[0]])
    until = view.text(trend.last, view.columns["period"])
    return Text(f"{until} 与其对比期相比 {shown}。", f"Against its own base, {until}: {shown}.").in_(view.language)


def _trends(view: View, series: list[list[Row]], column: Column) -> str:
    found = [(view.spoken(rows[0]), trend) for rows in series if (trend := trend_of(view, rows, column))]
    if not found:
        return _all_unknown(view, column)
    found.sort(key=lambda entry: view.number(entry[1].last, column.name) or 0.0, reverse=True)
    entries = [_ended(view, name, trend, column) for name, trend in found]
    shown = [*entries[:_LEADERS], *entries[-1:]] if len(entries) > _LEADERS else entries
    most = max(found, key=lambda entry: abs(_move(entry[1], column)))
    moved = _moved(view, most[1].change, most[1].change_pct, column) + _judgement(view, most[1].change, column)
    name = _name(view, column)
    told = Text(
        f"{name}：{('；').join(shown)}。变化最大的是 {most[0]}，{moved}。",
        f"{name}: {'; '.join(shown)}. The biggest change: {most[0]}, {moved}.",
    )
    return told.in_(view.language)


def _move(trend: Trend, column: Column) -> float:
    return trend.change if column.unit == "ratio" or trend.change_pct is None else trend.change_pct


def _ended(view: View, name: str, trend: Trend, column: Column) -> str:
    first, last = view.text(trend.first, column), _bold(view, trend.last, column)
    until = view.text(trend.last, view.columns["period"])
    since = view.text(trend.first, view.columns["period"])
    return Text(
        f"{name} {last}（{until}，{since} 为 {first}）", f"{name} {last} ({until}, from {first} on {since})"
    ).in_(view.language)
