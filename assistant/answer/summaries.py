"""What a summary says: facts section by section, each with its receipts, and no more than a manager reads on one screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.answer import analyses, explanations
from assistant.answer.columns import metric_name
from assistant.answer.formats import format_date_range, format_value
from assistant.answer.markdown import clean, cut, escape, value_text
from assistant.answer.phrases import base_dates, in_brackets, listed
from assistant.answer.telling import cell, opening
from assistant.answer.trends import iso_day
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.playbooks.load import load_playbooks
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result, Row
from tools.summaries.model import Risk, SectionName, Summary

_MOST_ROWS: Final = 3
_MOST_NOTES: Final = 4
_MOST_RISKS: Final = 5
_LEAST_BASE: Final = 30
_SHOWN_AS_TABLES: Final = ("trend", "splits", "campaigns")

KINDS: Final[Mapping[str, Text]] = {
    "daily": Text("日报", "Daily summary"),
    "weekly": Text("周报", "Weekly summary"),
    "monthly": Text("月报", "Monthly summary"),
    "quarterly": Text("季报", "Quarterly summary"),
    "yearly": Text("年度总结", "Yearly summary"),
}
_HEADINGS: Final[Mapping[str, Text]] = {
    "headline": Text("核心指标", "Headline"),
    "moved": Text("变化与原因", "What moved and why"),
    "funnel": Text("漏斗", "Funnel"),
    "retention": Text("留存", "Retention"),
    "splits": Text("渠道与平台", "Channels and platforms"),
    "segments": Text("人群", "Segments"),
    "campaigns": Text("活动", "Campaigns"),
    "experiments": Text("实验", "Experiments"),
    "risks": Text("风险", "Risks"),
    "steps": Text("下一步", "Next steps"),
    "notes": Text("数据说明", "Data notes"),
}


def tables_of_summary(summary: Summary) -> tuple[Result, ...]:
    """Return the results of a summary whose tables and charts stand beside the text."""
    return tuple(r for s in summary.sections if s.name in _SHOWN_AS_TABLES for r in s.results)


def tell_summary(summary: Summary, catalog: Catalog, language: Language, said: str = "") -> str:
    """Return a summary as Markdown with headings in ``language``. ``said`` leads the data notes."""
    return _Teller(summary, catalog, language).told(said)


@dataclass(frozen=True)
class _Teller:
    summary: Summary
    catalog: Catalog
    language: Language

    def told(self, said: str) -> str:
        parts = [self._title()]
        told: list[tuple[str, list[str], Sequence[Result]]] = [
            ("headline", self._headline(), self._results("headline")),
            ("moved", self._moved(), self._results("moved")),
            ("funnel", self._tools("funnel"), self._results("funnel")),
            ("retention", self._compared("retention"), self._results("retention")),
            ("splits", self._splits(), self._results("splits")),
            ("segments", self._segments(), self._results("segments")),
            ("campaigns", self._campaigns(), self._results("campaigns")),
            ("experiments", self._tools("experiments"), self._results("experiments")),
            ("risks", self._risks(), ()),
            ("steps", self._steps(), ()),
            ("notes", self._notes(said), ()),
        ]
        for name, lines, results in told:
            if lines:
                receipts = listed([f"`{r.receipt}`" for r in results], self.language)
                heading = f"### {self._in(_HEADINGS[name])}" + (f" {receipts}" if receipts else "")
                parts.append("\n".join([heading, *lines]))
        return "\n\n".join(parts)

    # Pieces

    def _in(self, text: Text) -> str:
        return text.in_(self.language)

    def _results(self, name: SectionName) -> tuple[Result, ...]:
        section = self.summary.section(name)
        return section.results if section else ()

    def _view(self, result: Result) -> View:
        return View(result, self.catalog, self.language)

    def _views(self, name: SectionName) -> list[View]:
        return [self._view(result) for result in self._results(name)]

    def _name(self, metric: str) -> str:
        return escape(metric_name(metric, self.catalog).in_(self.language))

    def _colon(self, name: str, words: str) -> str:
        return f"- {name}{'：' if self.language == 'zh' else ': '}{words}"

    def _comma(self, parts: Sequence[str]) -> str:
        return ("，" if self.language == "zh" else ", ").join(part for part in parts if part)

    def _title(self) -> str:
        start, end = (iso_day(self.summary.params.get(name)) for name in ("start", "end"))
        dates = format_date_range(start, end, self.language) if start and end else ""
        title = f"## {self._in(KINDS[self.summary.kind])}{in_brackets(dates, self.language)}"
        views = self._views("headline")
        base = base_dates(views[0]) if views else ""
        against = Text(f"环比的对比期：{base}。", f"Compared with the period before, {base}.") if base else Text("", "")
        return "\n\n".join(part for part in (title, self._in(against)) if part)

    # Sections

    def _headline(self) -> list[str]:
        by = self._by_against()
        now = by.get("previous")
        if now is None:
            return []
        row = now.result.rows[0]
        lines = []
        for metric in now.result.metrics:
            if now.value(row, metric) is None:
                continue
            words = [self._change(now, row, metric, Text("环比", "vs previous"))]
            if "year_ago" in by:
                then = by["year_ago"]
                words.append(self._change(then, then.result.rows[0], metric, Text("同比", "vs a year ago")))
            if "target" in by:
                words.append(self._target(by["target"], metric))
            about = self._comma(words)
            lines.append(self._figure(now, row, metric, about))
        return lines

    def _by_against(self) -> dict[str, View]:
        """Return the headline by what it is compared with."""
        section = self.summary.section("headline")
        against = {figure.receipt: figure.against for figure in section.figures} if section else {}
        return {against[view.result.receipt]: view for view in self._views("headline") if view.result.rows}

    def _figure(self, view: View, row: Row, metric: str, about: str) -> str:
        value = f"**{cell(view, row, metric)}**"
        end = in_brackets(about, self.language) if about else self._in(Text("。", "."))
        return self._colon(self._name(metric), value + end)

    def _change(self, view: View, row: Row, metric: str, label: Text) -> str:
        """Return a change with its label: in points for ratios, else relative; empty where it is not known."""
        is_share = view.columns[metric].unit == "ratio" if metric in view.columns else False
        name = f"{metric}__change" if is_share else f"{metric}__change_pct"
        if view.number(row, name) is None:
            return ""
        return f"{self._in(label)} {cell(view, row, name)}"

    def _target(self, view: View, metric: str) -> str:
        row = view.result.rows[0]
        if view.number(row, f"{metric}__attainment") is None:
            return ""
        target, reached = cell(view, row, f"{metric}__target"), cell(view, row, f"{metric}__attainment")
        if self.catalog.metrics[metric].direction == "down":
            return self._in(Text(f"目标不高于 {target}", f"target: at most {target}"))
        return self._in(Text(f"目标 {target}，达成 {reached}", f"target {target}, attainment {reached}"))

    def _moved(self) -> list[str]:
        return [f"- {words}" for view in self._views("moved") if (words := explanations.tell_briefly(view))]

    def _tools(self, name: SectionName) -> list[str]:
        lines = []
        for view in self._views(name):
            words = _without(opening(view, ""), analyses.tell(view)) if name == "funnel" else analyses.tell(view)
            if name == "experiments":
                experiment = str(view.result.params.get("experiment"))
                words = f"**{value_text(self.summary.experiments.get(experiment) or experiment)}** · {words}"
            lines.append(f"- {words}")
        return lines

    def _compared(self, name: SectionName) -> list[str]:
        lines = []
        for view in self._views(name):
            for row in view.result.rows[:1]:
                for metric in view.result.metrics:
                    if view.value(row, metric) is not None:
                        change = self._change(view, row, metric, Text("环比", "vs previous"))
                        lines.append(self._figure(view, row, metric, change))
        return lines

    def _splits(self) -> list[str]:
        lines = []
        for view in self._views("splits"):
            metric = view.result.metrics[0]
            rows = [row for row in view.result.rows if view.number(row, metric) is not None]
            rows.sort(key=lambda row: view.number(row, metric) or 0.0, reverse=True)
            shown = [self._row(view, row, view.result.metrics) for row in rows[:_MOST_ROWS]]
            name = self._name(metric)
            if shown:
                lines.append(self._in(Text(f"- {name}最高的：", f"- Highest in {name}:")))
                lines += [f"  - {line}" for line in shown]
            fell = [r for r in rows[_MOST_ROWS:] if (view.number(r, f"{metric}__base") or 0.0) >= _LEAST_BASE]
            fell.sort(key=lambda row: view.number(row, f"{metric}__change_pct") or 0.0)
            if fell and (view.number(fell[0], f"{metric}__change_pct") or 0.0) < 0:
                words = self._in(Text("其余中降得最多：", "Of the others, down most: "))
                lines.append(f"  - {words}{self._row(view, fell[0], (metric,))}")
        return lines

    def _row(self, view: View, row: Row, metrics: Sequence[str]) -> str:
        words = []
        for metric in metrics:
            if view.number(row, metric) is not None:
                change = self._change(view, row, metric, Text("环比", "vs previous"))
                named = "" if metric == metrics[0] else self._name(metric) + " "
                words.append(
                    f"{named}{cell(view, row, metric)}" + (in_brackets(change, self.language) if change else "")
                )
        return f"{view.spoken(row)} {self._comma(words)}"

    def _segments(self) -> list[str]:
        """Return the ready-made segments whose size moved most: those of some size, and only users in one."""
        lines = []
        for view in self._views("segments"):
            metric = view.result.metrics[0]
            rows = [
                row
                for row in view.result.rows
                if view.value(row, "segment") is not None
                and (view.number(row, f"{metric}__base") or 0.0) >= _LEAST_BASE
                and view.number(row, f"{metric}__change_pct")
            ]
            rows.sort(key=lambda row: abs(view.number(row, f"{metric}__change_pct") or 0.0), reverse=True)
            lines += [f"- {self._row(view, row, (metric,))}" for row in rows[:_MOST_ROWS]]
        return lines

    def _campaigns(self) -> list[str]:
        lines = []
        if self.summary.campaigns is not None:
            lines.append(f"- {escape(clean(self._in(self.summary.campaigns)))}")
        for view in self._views("campaigns"):
            rows = [row for row in view.result.rows if view.value(row, "campaign") is not None]
            rows.sort(key=lambda row: view.number(row, "campaign_roi") or 0.0, reverse=True)
            ends = [(Text("ROI 最高", "Highest ROI"), rows[:1]), (Text("ROI 最低", "Lowest ROI"), rows[-1:])]
            for label, picked in ends[: len(rows)]:
                for row in picked:
                    roi, cost = cell(view, row, "campaign_roi"), cell(view, row, "cost")
                    spent = self._in(Text(f"花费 {cost}", f"cost {cost}"))
                    words = f"{view.spoken(row)} **{roi}**{in_brackets(spent, self.language)}"
                    lines.append(self._colon(self._in(label), words))
        return lines

    def _risks(self) -> list[str]:
        return [f"- {self._risk(risk)}" for risk in self.summary.risks[:_MOST_RISKS]]

    def _risk(self, risk: Risk) -> str:
        figure = risk.figure
        view = next(self._view(r) for r in self.summary.parts if r.receipt == figure.receipt)
        row = next(r for r in view.result.rows if all(view.value(r, name) == value for name, value in figure.where))
        name, value = self._name(figure.metric), cell(view, row, figure.metric)
        mark = in_brackets(f"`{figure.receipt}`", self.language)
        if risk.why == "below_line":
            line = format_value(risk.line, "multiple", self.language)
            told = Text(
                f"{view.spoken(row)} 的{name} **{value}**，低于止损线 {line}",
                f"{view.spoken(row)}: {name} **{value}**, below the stop line of {line}",
            )
        elif risk.why == "short_of_target":
            told = Text(
                f"{name} **{value}**，{self._target(view, figure.metric)}",
                f"{name} **{value}**, {self._target(view, figure.metric)}",
            )
        else:
            change = self._change(view, row, figure.metric, Text("环比", "vs previous"))
            told = Text(f"{name} **{value}**，{change}", f"{name} **{value}**, {change}")
        return self._in(told) + mark

    def _steps(self) -> list[str]:
        books = load_playbooks()
        lines = []
        for number, step in enumerate(self.summary.steps, start=1):
            book = books[step.playbook]
            title, does = book.title.text.in_(self.language), book.summary.text.in_(self.language)
            about = self._name(step.metric)
            words = Text(f"{title}（看{about}）：{does}", f"{title} (for {about}): {does}")
            lines.append(f"{number}. {escape(cut(clean(self._in(words)), 200))} [{step.citation}]")
        return lines

    def _notes(self, said: str) -> list[str]:
        """Return how the question was read, what the dates give to know, and the notes on the headline."""
        results = [self.summary, *self._results("headline"), *self._results("retention")]
        told = [note for result in results for note in result.notes if note != self.summary.campaigns]
        notes = [said, *(note.in_(self.language) for note in told)]
        kept = list(dict.fromkeys(escape(clean(note)) for note in notes if note))
        return [f"- {note}" for note in kept[:_MOST_NOTES]]


def _without(begin: str, text: str) -> str:
    return text.removeprefix(begin)
