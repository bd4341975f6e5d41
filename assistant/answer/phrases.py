"""Small pieces that sentences are made of: lists, the dates and filters of a query, a figure with its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from assistant.answer.columns import dimension_name, spoken_value, value_name
from assistant.answer.formats import format_date_range, format_value
from assistant.answer.markdown import escape, value_text
from assistant.answer.trends import iso_day
from assistant.answer.view import View
from knowledge.text import Language, Text

_MOST_VALUES: Final = 5
_LAST_DAYS: Final = re.compile(
    r"(?:最近|近|过去)\s*(?P<n>\d{1,3})\s*[天日](?!留存|内)|(?<![a-z])(?:last|past) (?P<n_>\d{1,3}) days(?![a-z])",
    re.IGNORECASE,
)
_SIGNS: Final = {"gt": ">", "gte": "≥", "lt": "<", "lte": "≤", "eq": "="}


def listed(parts: Sequence[str], language: Language) -> str:
    """Return the parts as a list in a sentence."""
    return ("、" if language == "zh" else ", ").join(parts)


def sentences(parts: Sequence[str], language: Language) -> str:
    """Return the sentences one after the other; those that are empty are left out."""
    kept = [part for part in parts if part]
    return "".join(kept) if language == "zh" else " ".join(kept)


def in_brackets(text: str, language: Language) -> str:
    """Return the text in the brackets of the language, with the space that English has before them."""
    return f"（{text}）" if language == "zh" else f" ({text})"


def dates_of(span: Mapping[str, Any], language: Language) -> str:
    """Return the dates from ``start`` to ``end`` of parameters; empty where there are none."""
    start, end = iso_day(span.get("start")), iso_day(span.get("end"))
    if start and end:
        return format_date_range(start, end, language)
    only = start or end or iso_day(span.get("as_of"))
    return only.isoformat() if only else ""


def words_for_dates(question: str, span: Mapping[str, Any], as_of: str) -> str:
    """Return the words by which the question put the dates that were taken (近7天), as it wrote them; empty for none.

    Only the last N days are named so, where they have this length and end on the last day of the data: any other words
    (去年同期, 上周) may stand in a question for other dates than those of the figure.
    """
    start, end = iso_day(span.get("start")), iso_day(span.get("end"))
    if start is None or end is None or end.isoformat() != as_of:
        return ""
    for match in _LAST_DAYS.finditer(question):
        if (end - start).days + 1 == int(match.group("n") or match.group("n_")):
            return match.group()
    return ""


def base_dates(view: View) -> str:
    """Return the dates of the base that a result is compared with; empty where they are not known."""
    for span in (view.result.base, view.result.params.get("compare")):
        if isinstance(span, Mapping):
            return dates_of(span, view.language)
    return ""


def filters_of(view: View) -> str:
    """Return the filters of a query in words: ``渠道：短视频；平台不含 iOS``; empty without filters."""
    said = [_condition(view, condition) for condition in view.result.params.get("filters") or ()]
    return ("；" if view.language == "zh" else "; ").join(said)


def conditions_of(view: View) -> str:
    """Return the thresholds on the result in words: ``投放ROI < 1.50``; empty without any."""
    said = []
    for condition in view.result.params.get("having") or ():
        column = view.columns.get(str(condition.get("column")))
        bound, unit = condition.get("value"), column.unit if column else ""
        name = escape(column.heading.in_(view.language)) if column else value_text(str(condition.get("column")))
        said.append(f"{name} {_bounds(str(condition.get('op')), bound, unit, view.language)}")
    return ("，" if view.language == "zh" else ", ").join(said)


def _condition(view: View, condition: Mapping[str, Any]) -> str:
    dimension, op = str(condition.get("dimension")), str(condition.get("op", "in"))
    values = condition.get("values", ())
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    name = escape(dimension_name(dimension, view.catalog).in_(view.language))
    if op not in ("in", "not_in"):
        return f"{name} {_bounds(op, values if op == 'between' else values[0], 'index', view.language)}"
    shown = [spoken_value(dimension, v, view.catalog, view.language) for v in values[:_MOST_VALUES]]
    if op == "in" and values:  # right after the dimension's name it need not be named again
        shown[0] = value_text(value_name(dimension, values[0], view.catalog, view.language))
    more = Text(" 等", " and others").in_(view.language) if len(values) > _MOST_VALUES else ""
    word = Text("：", ": ") if op == "in" else Text("不含 ", " without ")
    return f"{name}{word.in_(view.language)}{listed(shown, view.language)}{more}"


def _bounds(op: str, bound: Any, unit: str, language: Language) -> str:
    if op == "between" and isinstance(bound, (list, tuple)) and len(bound) == 2:
        low, high = (value_text(format_value(value, unit, language)) for value in bound)
        return Text(f"在 {low} 至 {high} 之间", f"between {low} and {high}").in_(language)
    only = bound[0] if isinstance(bound, (list, tuple)) and bound else bound
    return f"{_SIGNS.get(op) or escape(op)} {value_text(format_value(only, unit, language))}"
