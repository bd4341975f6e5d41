"""Compose the answer: the figure first, then dates, definition, notes and receipts; no number without a source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assistant.answer import analyses, narrative
from assistant.answer.charts import charts_of
from assistant.answer.columns import dimension_name, metric_name
from assistant.answer.explained_names import OVERLAP, REST
from assistant.answer.markdown import clean, escape, without_links
from assistant.answer.model import Chart, Table
from assistant.answer.numbers import NumberCheck
from assistant.answer.passages import quoted
from assistant.answer.phrases import base_dates, dates_of, filters_of, in_brackets, words_for_dates
from assistant.answer.plans import plan_text
from assistant.answer.premises import false_premise
from assistant.answer.summaries import tables_of_summary, tell_summary
from assistant.answer.tables import needs_table, table_of
from assistant.answer.value_names import ValueNames, named
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.text import Language, Text
from tools.plans.model import Drafted, results_of
from tools.semantic_layer.result import Result
from tools.summaries.model import Summary

_SEE_TABLE: Final = Text("结果见表格。", "The result is in the table.")
_NO_FIGURES: Final = ("list_metrics", "describe_metric", "search_playbooks")


@dataclass(frozen=True)
class Composed:
    """What a person reads.

    Attributes:
        answer: Markdown without HTML, links or images.
        tables, charts: a table per result that is more than a single figure, and the charts that help.
        unsupported: the numbers of the draft for which it was dropped; empty when it was used, or there was none.
    """

    answer: str
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]
    unsupported: tuple[str, ...] = ()


def compose(
    question: str,
    language: Language,
    results: Sequence[Result],
    catalog: Catalog,
    *,
    said: Text | None = None,
    draft: str = "",
    citations: Sequence[Mapping[str, Any]] = (),
    value_names: ValueNames | None = None,
) -> Composed:
    """Return the answer to ``question`` from ``results``.

    ``draft`` is text by a language model: it leads where every number in it has a source, else it is dropped and the
    sentences are made from the results. ``said`` is what the answer should tell about how the question was read; it leads
    the notes. Citations support numbers too, and are quoted where there is nothing else to say. Tables and charts come
    beside the text. ``value_names`` are the names that values carry in the data, by dimension and stored value: they
    are written instead of the stored values.
    """
    words = said.in_(language) if said else ""
    catalog = named(catalog, results, value_names)
    check = NumberCheck(results, citations=citations, question=question, said=words, catalog=catalog)
    summaries = [result for result in results if isinstance(result, Summary)]
    if summaries:
        return _summed_up(summaries, catalog, language, words, check)
    plan = next((result for result in results if isinstance(result, Drafted)), None)
    if plan is not None:
        return _planned(plan, catalog, language, check, words)
    lead = without_links(draft).strip()
    failed = check.unsupported(lead) if lead else ()
    views = [View(result, catalog, language) for result in results]
    if not lead or failed:
        told = [_told(question, view) for view in views]
        lead = _supported("\n\n".join(part for part in told if part) or quoted(citations, catalog, language), check)
        if not lead and any(result.rows for result in results):
            lead = _SEE_TABLE.in_(language)
        dates = _dates([view for view in views if base_dates(view) not in lead], language)
    else:
        dates = _dates(views, language)
    fixed = _supported("\n".join([dates, *_fixed_parts(views, language, words)]), check)
    return Composed(
        answer="\n\n".join(part for part in (lead, fixed) if part),
        tables=tuple(table_of(result, catalog, language) for result in results if needs_table(result)),
        charts=tuple(chart for result in results for chart in charts_of(result, catalog, language)),
        unsupported=failed,
    )


def _summed_up(
    summaries: Sequence[Summary], catalog: Catalog, language: Language, said: str, check: NumberCheck
) -> Composed:
    """Return summaries as they are told, with the tables and charts that belong beside them."""
    told = [tell_summary(summary, catalog, language, said) for summary in summaries]
    shown = [result for summary in summaries for result in tables_of_summary(summary)]
    return Composed(
        answer=_supported("\n\n".join(told), check),
        tables=tuple(table_of(result, catalog, language) for result in shown if needs_table(result)),
        charts=tuple(chart for result in shown for chart in charts_of(result, catalog, language)),
    )


def _planned(plan: Drafted, catalog: Catalog, language: Language, check: NumberCheck, words: str) -> Composed:
    """Return a campaign plan as it is read: always our own words, with the tables behind its ranges."""
    shown = [part for part in plan.parts.values() if part.tool == "query_metrics" and needs_table(part)]
    notes = [escape(clean(words)), *(escape(clean(note.in_(language))) for note in plan.notes)]
    fixed = [
        *_line(Text("说明", "Notes"), notes, language),
        *_line(
            Text("收据", "Receipts"), _receipts([View(part, catalog, language) for part in results_of(plan)]), language
        ),
    ]
    text = _supported("\n\n".join([plan_text(plan, catalog, language), "\n".join(fixed)]), check)
    return Composed(text, tuple(table_of(part, catalog, language) for part in shown), ())


def _told(question: str, view: View) -> str:
    told = _tell(view, words_for_dates(question, view.result.params, view.result.as_of))
    return false_premise(question, view) + told if told else ""


def _tell(view: View, said: str) -> str:
    told = narrative.tell(view, said) if view.result.tool == "query_metrics" else analyses.tell(view, said)
    return told[:1].upper() + told[1:] if view.language == "en" else told


def _supported(text: str, check: NumberCheck) -> str:
    """Return the text without the lines that hold a number nobody vouches for."""
    if not check.unsupported(text):
        return text.strip()
    return "\n".join(line for line in text.split("\n") if not check.unsupported(line)).strip()


# The parts that every answer ends with.


def _fixed_parts(views: Sequence[View], language: Language, said: str = "") -> list[str]:
    return [
        *_line(Text("口径", "Definition"), _definitions(views), language),
        *_line(Text("说明", "Notes"), [escape(clean(said)), *_notes(views)], language),
        *_line(Text("收据", "Receipts"), _receipts(views), language),
    ]


def _line(name: Text, entries: Iterable[str], language: Language) -> list[str]:
    """Return the entries as one bullet, or as a list under it where there are several."""
    found = list(dict.fromkeys(entry for entry in entries if entry))
    colon = "：" if language == "zh" else ": "
    if len(found) == 1:
        return [f"- **{name.in_(language)}**{colon}{found[0]}"]
    return [f"- **{name.in_(language)}**{colon.strip()}", *(f"  - {entry}" for entry in found)] if found else []


def _dates(views: Sequence[View], language: Language) -> str:
    return "\n".join(_line(Text("日期", "Dates"), [_dates_line(view) for view in views], language))


def _dates_line(view: View) -> str:
    dates, base, filters = dates_of(view.result.params, view.language), base_dates(view), filters_of(view)
    if dates and base:
        dates += in_brackets(Text(f"对比 {base}", f"against {base}").in_(view.language), view.language)
    return ("；" if view.language == "zh" else "; ").join(part for part in (dates, filters) if part)


def _definitions(views: Sequence[View]) -> list[str]:
    found = []
    for view in views:
        for metric in view.result.metrics if view.result.tool not in _NO_FIGURES else ():
            entry = view.catalog.metrics.get(metric)
            if entry is not None:
                name = escape(metric_name(metric, view.catalog).in_(view.language))
                definition = escape(entry.definition.text.in_(view.language))
                found.append(Text(f"{name}：{definition}", f"{name} = {definition}").in_(view.language))
    return found


def _notes(views: Sequence[View]) -> list[str]:
    notes = [escape(clean(_as_in_table(note.in_(view.language), view))) for view in views for note in view.result.notes]
    for view in views:
        if view.result.truncated:
            count = len(view.result.rows)
            more = Text(
                f"显示前 {count:,} 行，另有更多",
                f"The first {'row is' if count == 1 else f'{count:,} rows are'} shown; there are more",
            )
            notes.append(more.in_(view.language))
        if not view.result.notes and _has_gap(view):
            notes.append(
                Text("“—”表示没有数据，或没有可除的分母", "A dash means no data, or nothing to divide by").in_(
                    view.language
                )
            )
    return notes


def _as_in_table(note: str, view: View) -> str:
    """Return a note with rows called what the table calls them: “重复计入”, not (overlap); 实验组, not treatment."""
    if view.result.tool == "explain_change":
        for mark in (OVERLAP, REST):
            name = dimension_name(mark, view.catalog)
            note = note.replace(mark, Text(f"“{name.zh}”", f"“{name.en}”").in_(view.language))
    if view.result.tool == "experiment_readout" and view.language == "zh" and "variant" in view.columns:
        for row in view.result.rows:
            arm = str(view.value(row, "variant"))
            if arm in ("control", "treatment"):  # plain words; an arm that was given a name keeps it
                shown = view.text(row, view.columns["variant"])
                note = re.sub(rf"(?<![\w-]){arm}(?![\w-])", shown, note)
    return note


def _has_gap(view: View) -> bool:
    return any(view.value(row, column.name) is None for column in view.figures for row in view.result.rows)


def _receipts(views: Sequence[View]) -> list[str]:
    receipts = dict.fromkeys(view.result.receipt for view in views if view.result.receipt)
    return ["、".join(f"`{receipt}`" for receipt in receipts)] if receipts else []
