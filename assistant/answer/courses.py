"""Rows over time in sentences: where a figure started and ended, its high and its low, in whole periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answer.column_formats import told_apart
from assistant.answer.columns import Column
from assistant.answer.phrases import listed, sentences
from assistant.answer.ranks import spread
from assistant.answer.trends import Trend, is_whole, series_of, trend_of
from assistant.answer.view import View
from assistant.answer.wording import (
    LEADERS,
    MOST_METRICS,
    all_unknown,
    bold,
    judgement,
    moved_by,
    name_of,
    opening,
    unfinished,
)
from knowledge.text import Text
from tools.semantic_layer.result import Row

_BEFORE: Final = {
    "day": Text("前一天", "the day before"),
    "week": Text("前一周", "the week before"),
    "month": Text("上月", "the month before"),
    "quarter": Text("上季度", "the quarter before"),
    "year": Text("上年", "the year before"),
}


def over_time(view: View, said: str) -> str:
    """Return the course of each metric, or of one metric for each value of the dimensions.

    Periods that the range cuts are no end, high or low of it. With fewer than two whole periods there is no course: the
    figures are said as they are.
    """
    series = series_of(view)
    if not view.dimensions:
        told = [_trend(view, series[0], column) for column in view.figures[:MOST_METRICS]]
    else:
        told = [_trends(view, series, column) for column in view.figures[:1]]
    return opening(view, said) + sentences(told, view.language)


def _trend(view: View, rows: Sequence[Row], column: Column) -> str:
    trend = trend_of(view, rows, column)
    if trend is None:
        return _single_figures(view, rows, column)
    name, period = name_of(view, column), view.columns["period"]
    first, last = _ends(view, trend, column)
    since, until = view.text(trend.first, period), view.text(trend.last, period)
    moved = moved_by(view, trend.change, trend.change_pct, column)
    moved += judgement(view, trend.change, column)
    told = Text(
        f"{name}从 {first}（{since}）到 **{last}**（{until}），{moved}；{_extremes(view, trend, column)}。",
        f"{name} went from {first} ({since}) to **{last}** ({until}), {moved}; {_extremes(view, trend, column)}.",
    )
    return sentences([told.in_(view.language), _last_against_base(view, trend, column)], view.language)


def _ends(view: View, trend: Trend, column: Column) -> tuple[str, str]:
    """Return the first and the last figure of a course as they are written, told apart where both would read alike."""
    values = view.value(trend.first, column.name), view.value(trend.last, column.name)
    texts = view.text(trend.first, column), view.text(trend.last, column)
    return told_apart(texts, values, column.unit, view.language)


def _single_figures(view: View, rows: Sequence[Row], column: Column) -> str:
    known = [row for row in rows if view.number(row, column.name) is not None]
    if not known:
        return all_unknown(view, column)
    entries = [f"{_when(view, row)} {bold(view, row, column)}" for row in known]
    name = name_of(view, column)
    return Text(f"{name}：{listed(entries, 'zh')}。", f"{name}: {listed(entries, 'en')}.").in_(view.language)


def _when(view: View, row: Row) -> str:
    return view.text(row, view.columns["period"]) + unfinished(view, row)


def _latest(view: View, column: Column) -> str:
    """Return the spread of one period: the last whole one that has figures, or the last one that has any."""
    known = [row for row in view.result.rows if view.number(row, column.name) is not None]
    if not known:
        return all_unknown(view, column)
    last = max((is_whole(view, row), str(view.value(row, "period"))) for row in known)[1]
    return spread(view, column, [row for row in known if str(view.value(row, "period")) == last])


def _extremes(view: View, trend: Trend, column: Column) -> str:
    high, low = view.text(trend.highest, column), view.text(trend.lowest, column)
    period = view.columns["period"]
    at, since = view.text(trend.highest, period), view.text(trend.lowest, period)
    return Text(f"最高 {high}（{at}），最低 {low}（{since}）", f"highest {high} ({at}), lowest {low} ({since})").in_(
        view.language
    )


def _last_against_base(view: View, trend: Trend, column: Column) -> str:
    attainment = view.columns.get(f"{column.name}__attainment")
    if attainment is not None and view.number(trend.last, attainment.name) is not None:
        done, until = view.text(trend.last, attainment), view.text(trend.last, view.columns["period"])
        return Text(f"{until} 完成目标的 **{done}**。", f"Attainment of the target, {until}: **{done}**.").in_(
            view.language
        )
    parts = ("change",) if column.unit == "ratio" else ("change_pct", "change")
    names = [name for part in parts if view.number(trend.last, name := f"{column.name}__{part}") is not None]
    if not names:
        return ""
    shown = view.text(trend.last, view.columns[names[0]])
    until = view.text(trend.last, view.columns["period"])
    before = _BEFORE.get(view.grain) if view.result.params.get("compare") == "previous" else None
    if before is not None:
        return Text(f"{until} 较{before.zh} {shown}。", f"{until} against {before.en}: {shown}.").in_(view.language)
    return Text(f"{until} 较上年同期 {shown}。", f"{until} against a year earlier: {shown}.").in_(view.language)


def _trends(view: View, series: list[list[Row]], column: Column) -> str:
    found = [(view.spoken(rows[0]), trend) for rows in series if (trend := trend_of(view, rows, column))]
    if not found:
        return _latest(view, column)
    found.sort(key=lambda entry: view.number(entry[1].last, column.name) or 0.0, reverse=True)
    entries = [_ended(view, name, trend, column) for name, trend in found]
    shown = [*entries[:LEADERS], *entries[-1:]] if len(entries) > LEADERS else entries
    most = max(found, key=lambda entry: abs(_move(entry[1], column)))
    moved = moved_by(view, most[1].change, most[1].change_pct, column) + judgement(view, most[1].change, column)
    name = name_of(view, column)
    told = Text(
        f"{name}：{('；').join(shown)}。变化最大的是 {most[0]}，{moved}。",
        f"{name}: {'; '.join(shown)}. The biggest change: {most[0]}, {moved}.",
    )
    return told.in_(view.language)


def _move(trend: Trend, column: Column) -> float:
    return trend.change if column.unit == "ratio" or trend.change_pct is None else trend.change_pct


def _ended(view: View, name: str, trend: Trend, column: Column) -> str:
    first, last = view.text(trend.first, column), bold(view, trend.last, column)
    until = view.text(trend.last, view.columns["period"])
    since = view.text(trend.first, view.columns["period"])
    preposition = {"day": "on", "week": "in the"}.get(view.grain, "in")
    return Text(
        f"{name} {last}（{until}，{since} 为 {first}）", f"{name} {last} ({until}, from {first} {preposition} {since})"
    ).in_(view.language)
