"""What the results of the other analyses say, each in a sentence or two: the figure first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from assistant.answer import experiments, explanations, segments
from assistant.answer.formats import format_value
from assistant.answer.markdown import escape, value_text
from assistant.answer.phrases import in_brackets, listed, sentences
from assistant.answer.retention_means import LEAST_USERS, mean_of
from assistant.answer.telling import cell, opening
from assistant.answer.trends import is_whole
from assistant.answer.view import View
from knowledge.text import Text
from tools.semantic_layer.result import Row

_MOST: Final = 3


def tell(view: View, said: str = "") -> str:
    """Return the sentences about the result of an analysis, as Markdown; empty for a tool that has no figures."""
    teller = _TELLERS.get(view.result.tool)
    if teller is None:
        return ""
    if not view.result.rows and view.result.tool != "segment_profile":
        return opening(view, said) + Text("没有数据。", "there is no data.").in_(view.language)
    return teller(view, said)


def _retention(view: View, said: str) -> str:
    """Tell the retention of all whole cohorts together, then the highest and lowest of those that can be compared."""
    begin, mean = opening(view, said), mean_of(view)
    if mean is None:
        return begin + Text("各批用户的观察期都还没有走完，留存率暂无。", "no cohort has completed a period yet.").in_(
            view.language
        )
    period, unit = cell(view, mean.rows[0], "period"), _cohort_unit(view)
    words = Text(f"第 {period} {unit}的留存率：", f"retention {'on' if unit == 'day' else 'in'} {unit} {period}: ")
    begin += words.in_(view.language)
    if len(mean.rows) == 1:
        return begin + _cohort(view, mean.rows[0]) + Text("。", ".").in_(view.language)
    if view.result.truncated:  # the mean of what the row limit left would be taken for that of all
        largest = max(mean.rows, key=lambda row: view.number(row, "size") or 0.0)
        told = Text(f"所列中人数最多的一批 {_cohort(view, largest)}。", f"largest listed {_cohort(view, largest)}.")
        return begin + told.in_(view.language)
    rate, size = (format_value(v, u, view.language) for v, u in ((mean.rate, "ratio"), (mean.size, "users")))
    told = Text(
        f"各批合计 **{rate}**（已走完的各批共 {size} 人，按人数加权）",
        f"**{rate}** over all cohorts (weighted, {size} users of those that completed it)",
    )
    return begin + told.in_(view.language) + _comparable(view, mean.rows) + Text("。", ".").in_(view.language)


def _comparable(view: View, rows: Sequence[Row]) -> str:
    """Return the highest and lowest of the cohorts that are large enough; empty with fewer than two of them."""
    large = [row for row in rows if (view.number(row, "size") or 0.0) >= LEAST_USERS]
    large.sort(key=lambda row: view.number(row, "rate") or 0.0, reverse=True)
    if len(large) < 2:
        return ""
    highest, lowest = _cohort(view, large[0], bold=False), _cohort(view, large[-1], bold=False)
    return Text(
        f"；不少于 {LEAST_USERS} 人的各批中，最高 {highest}，最低 {lowest}",
        f"; of cohorts with at least {LEAST_USERS} users, highest {highest}, lowest {lowest}",
    ).in_(view.language)


def _cohort_unit(view: View) -> str:
    units = {"week": Text("周", "week"), "month": Text("个月", "month")}
    return units.get(view.counted_in, Text("天", "day")).in_(view.language)


def _cohort(view: View, row: Row, *, bold: bool = True) -> str:
    about = " · ".join(part for part in (cell(view, row, "cohort"), view.spoken(row)) if part)
    size = cell(view, row, "size")
    users = Text(f"{size} 人", f"{size} users").in_(view.language)
    about += ("，" if view.language == "zh" else ", ") + users
    rate = cell(view, row, "rate")
    return (f"**{rate}**" if bold else rate) + in_brackets(about, view.language)


def _funnel(view: View, said: str) -> str:
    told = [prefix + _one_funnel(view, rows) for prefix, rows in _leading(view, "rate", _last)]
    return opening(view, said) + sentences(told, view.language)


def _leading(view: View, name: str, told: Callable[[View, list[Row]], Row]) -> list[tuple[str, list[Row]]]:
    """Return the groups with the highest figure first, and of more than a few the lowest last, with how to begin.

    ``told`` picks the row of a group whose figure is told.
    """
    found: dict[str, list[Row]] = {}
    for row in view.result.rows:
        found.setdefault(view.label(row), []).append(row)

    def figure(rows: list[Row]) -> float:
        number = view.number(told(view, rows), name)
        return -math.inf if number is None else number

    groups = sorted(found.values(), key=figure, reverse=True)
    if len(groups) == 1 or view.result.truncated:
        return [("", rows) for rows in groups[:_MOST]]
    shown = groups if len(groups) <= _MOST else [*groups[: _MOST - 1], groups[-1]]
    highest, lowest = Text("最高的是", "Highest: "), Text("最低的是", "Lowest: ")
    words = [highest, *[Text("", "")] * (len(shown) - 2), lowest]
    return [(word.in_(view.language), rows) for word, rows in zip(words, shown, strict=True)]


def _last(view: View, rows: list[Row]) -> Row:
    del view
    return rows[-1]


def _oldest_day(view: View, rows: list[Row]) -> Row:
    """Return the last day of a curve that at least half of its users have lived to see: later ones are about a few."""
    known = [row for row in rows if view.number(row, "value") is not None]
    least = (view.number(rows[0], "users") or 0.0) / 2
    grown = [row for row in known if (view.number(row, "users") or 0.0) >= least]
    return (grown or known or rows)[-1]


def _one_funnel(view: View, rows: Sequence[Row]) -> str:
    first, last = rows[0], rows[-1]
    label = view.spoken(first) + ("：" if view.language == "zh" else ": ") if view.dimensions else ""
    start, end, rate = cell(view, first, "users"), cell(view, last, "users"), cell(view, last, "rate")
    if view.result.params.get("order") == "any":  # a row is how many steps were done, not which
        return Text(
            f"{label}做过其中一步的 {start} 人里，有 {end} 人做完全部步骤，占 **{rate}**。",
            f"{label}of {start} users who did any of the steps, {end} did all of them: **{rate}**.",
        ).in_(view.language)
    begins, ends = value_text(cell(view, first, "event")), value_text(cell(view, last, "event"))
    told = Text(
        f"{label}从 {begins} 到 {ends} 的转化率 **{rate}**（{start} 人到 {end} 人）",
        f"{label}conversion from {begins} to {ends} **{rate}** ({start} users to {end} users)",
    ).in_(view.language)
    steps = [row for row in rows[1:] if view.number(row, "step_rate") is not None]
    if len(steps) < 2:
        return told + ("。" if view.language == "zh" else ".")
    worst = min(steps, key=lambda row: view.number(row, "step_rate") or 0.0)
    step, share = value_text(cell(view, worst, "event")), cell(view, worst, "step_rate")
    return told + Text(
        f"；流失最多的一步是 {step}，单步转化率 {share}。", f"; the weakest step is {step}, {share} of the step before."
    ).in_(view.language)


def _lifecycle(view: View, said: str) -> str:
    whole = [row for row in view.result.rows if is_whole(view, row)]
    row = (whole or view.result.rows)[-1]
    cells = {name: cell(view, row, name) for name in ("period", "active", "new", "retained", "resurrected", "dormant")}
    told = Text(
        "{period}活跃用户 **{active}**：新增 {new}，留存 {retained}，回流 {resurrected}，另有 {dormant} 人转入沉默。",
        "**{active}** active users ({period}), of whom {new} new, {retained} retained and {resurrected} resurrected, "
        "while {dormant} went dormant.",
    )
    if not whole:  # a part of a week beside the whole one before it: who did not come yet may still come
        told = Text(
            "{period}（不完整）活跃用户 **{active}**：新增 {new}，留存 {retained}，回流 {resurrected}。",
            "**{active}** active users ({period}, incomplete), of whom {new} new, {retained} retained and {resurrected} "
            "resurrected.",
        )
    return opening(view, said) + told.in_(view.language).format(**cells)


def _histogram(view: View, said: str) -> str:
    rows = [row for row in view.result.rows if view.number(row, "users") is not None]
    if not rows:
        return opening(view, said) + Text("没有数据。", "there is no data.").in_(view.language)
    if view.is_cumulative:
        told = [_at_least(view, row) for row in dict.fromkeys((rows[0], rows[-1]))]
        ends = Text("；", "; ").in_(view.language).join(told) + Text("。", ".").in_(view.language)
        return opening(view, said) + ends
    most = max(rows, key=lambda row: view.number(row, "users") or 0)
    periods, users = _periods(view, most), cell(view, most, "users")
    return opening(view, said) + Text(
        f"活跃 {periods}的人最多：**{users}** 人。",
        f"most users, **{users}**, were active on {periods}."
        if view.counted_in == "day"
        else f"most users, **{users}**, were active in {periods}.",
    ).in_(view.language)


def _at_least(view: View, row: Row) -> str:
    """Return how many were active in so many periods or more; the rows of a cumulative histogram hold each other."""
    periods, users = _periods(view, row), cell(view, row, "users")
    return Text(f"至少活跃 {periods}：**{users}** 人", f"active at least {periods}: **{users}** users").in_(
        view.language
    )


def _periods(view: View, row: Row) -> str:
    units = {"week": Text("周", "week"), "month": Text("个月", "month")}
    unit, count = units.get(view.counted_in, Text("天", "day")), view.number(row, "intervals")
    number = format_value(view.value(row, "intervals"), "index", view.language)
    return Text(f"{number} {unit.zh}", f"{number} {unit.en}{'' if count == 1 else 's'}").in_(view.language)


def _ltv(view: View, said: str) -> str:
    told = []
    groups: dict[str, list[Row]] = {}
    for row in view.result.rows:
        groups.setdefault(view.label(row), []).append(row)
    # One day for all of them: a curve that is told further than another would look the better for it.
    day_of_all = min(view.number(_oldest_day(view, rows), "day") or 0.0 for rows in groups.values())

    def told_row(view: View, rows: list[Row]) -> Row:
        return next((row for row in rows if view.number(row, "day") == day_of_all), _oldest_day(view, rows))

    for prefix, rows in _leading(view, "value", told_row):
        row = told_row(view, rows)
        if view.number(row, "value") is not None:
            label = f"{view.spoken(row)} " if view.dimensions else ""
            day, value, users = (cell(view, row, name) for name in ("day", "value", "users"))
            told.append(
                Text(
                    f"{prefix}{label}第 {day} 天人均累计收入 **{value}**（{users} 人）。",
                    f"{prefix}{label}cumulative revenue per user by day {day}: **{value}** ({users} users).",
                ).in_(view.language)
            )
    if not told:
        told = [Text("人均累计收入暂无（原因见说明）。", "not available (see the notes).").in_(view.language)]
    return opening(view, said) + sentences(told, view.language)


def _metric_list(view: View, said: str) -> str:
    del said
    names = [value_text(cell(view, row, "name")) for row in view.result.rows[:5]]
    count = len(view.result.rows)
    if count <= len(names):
        return Text(f"可用的指标：{listed(names, 'zh')}。", f"Metrics: {listed(names, 'en')}.").in_(view.language)
    return Text(
        f"可用的指标共 {count:,} 项，见表格：{listed(names, 'zh')} 等。",
        f"Metrics: {count:,} items, all in the table: {listed(names, 'en')} and others.",
    ).in_(view.language)


def _metric_page(view: View, said: str) -> str:
    del said
    lines = []
    for row in view.result.rows:
        field, value = (escape(cell(view, row, name)) for name in ("field", "value"))
        lines.append(f"- **{field}**{'：' if view.language == 'zh' else ': '}{value}")
    return "\n".join(lines)


_TELLERS: Final[dict[str, Callable[[View, str], str]]] = {
    "retention_matrix": _retention,
    "funnel": _funnel,
    "lifecycle_flow": _lifecycle,
    "stickiness_histogram": _histogram,
    "ltv_curve": _ltv,
    "experiment_readout": experiments.tell,
    "explain_change": explanations.tell,
    "build_segment": segments.tell_segment,
    "segment_profile": segments.tell_profile,
    "list_metrics": _metric_list,
    "describe_metric": _metric_page,
}
