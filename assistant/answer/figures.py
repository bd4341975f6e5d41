"""The figures of one result, and which of them a sentence may be about.

A sentence that names values of the result (短视频, iOS, 12-28) may only state figures of their rows. One that names
none may state any figure of a short result; of a longer one only the first, last, highest and lowest of a column:
among hundreds of figures nearly every percentage would be right by chance.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from assistant.answer.columns import Column, dimension_name, value_name
from assistant.answer.known_names import LANGUAGES, forms_of, names_of
from assistant.answer.mentions import Day
from assistant.answer.number_patterns import reads_as_figure
from assistant.answer.retention_means import LEAST_USERS, mean_of
from assistant.answer.trends import iso_day, series_of, trend_of
from assistant.answer.view import View

SHORT: Final = 12
"""A result of up to this many rows is short: a sentence about it need not say which row it means."""

_EVERY_ROW: Final = -1
_Group = tuple[str, bool]
"""The unit of a column and whether it holds changes."""


@dataclass(frozen=True)
class Sentence:
    """A sentence in plain text, with the dates that it names."""

    text: str
    days: tuple[Day, ...]


@dataclass(frozen=True, order=True)
class _Cell:
    value: float
    row: int
    stands_out: bool


def falls_on(known: date, day: Day) -> bool:
    """Return whether a date is the one that was said, as far as it was said."""
    return (
        (day.year is None or day.year == known.year)
        and (day.month is None or day.month == known.month)
        and (day.day is None or day.day == known.day)
        and (day.quarter is None or day.quarter == (known.month + 2) // 3)
    )


class Figures:
    """The figures of one result by unit, with the changes over time that can be recomputed from them."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._cells: dict[_Group, list[_Cell]] = {}
        self._rows_of_sentence: dict[Sentence, set[int] | None] = {}
        for column in view.columns.values():
            if column.kind in ("figure", "part"):
                found = [(view.number(row, column.name), index) for index, row in enumerate(view.result.rows)]
                self._add((column.unit, column.is_change), [(v, index) for v, index in found if v is not None])
        self._add_trends()
        self._add_retention()
        self._add_conditions()
        for cells in self._cells.values():
            cells.sort()

    def has(self, group: _Group, low: float, high: float, sentence: Sentence) -> bool:
        """Return whether a figure from ``low`` to ``high`` is in the rows that the sentence may be about."""
        cells = self._cells.get(group, [])
        index = bisect_left(cells, low, key=lambda cell: cell.value)
        while index < len(cells) and cells[index].value <= high:
            if self._is_allowed(cells[index], sentence):
                return True
            index += 1
        return False

    def _is_allowed(self, cell: _Cell, sentence: Sentence) -> bool:
        if cell.row == _EVERY_ROW:
            return True
        if sentence not in self._rows_of_sentence:
            self._rows_of_sentence[sentence] = self._rows_named(sentence)
        named = self._rows_of_sentence[sentence]
        if named is not None:
            return cell.row in named
        short = len(self._view.result.rows) <= SHORT
        return short or cell.stands_out or cell.row in self._nameless or cell.row in self._rows_on(sentence)

    def _add(self, group: _Group, found: Sequence[tuple[float, int]]) -> None:
        if not found:
            return
        values = [value for value, _ in found]
        outstanding = {values[0], values[-1], min(values), max(values)}
        self._cells.setdefault(group, []).extend(_Cell(v, row, v in outstanding) for v, row in found)

    def _add_trends(self) -> None:
        """Add the change of each series over time, at the row of its last bucket."""
        view = self._view
        if view.result.tool != "query_metrics" or "period" not in view.columns:
            return
        place = {id(row): index for index, row in enumerate(view.result.rows)}
        for column in view.figures:
            trends = [trend for rows in series_of(view) if (trend := trend_of(view, rows, column))]
            changes = [(trend.change, place[id(trend.last)]) for trend in trends]
            relative = [(t.change_pct, place[id(t.last)]) for t in trends if t.change_pct is not None]
            self._add(("pp" if column.unit == "ratio" else column.unit, True), changes)
            self._add(("ratio", True), relative)

    def _add_retention(self) -> None:
        """Add the retention of all whole cohorts together, how many users they hold, and how many make one comparable."""
        mean = mean_of(self._view) if self._view.result.tool == "retention_matrix" else None
        if mean:
            self._cells.setdefault(("ratio", False), []).append(_Cell(mean.rate, _EVERY_ROW, stands_out=True))
            for users in (mean.size, float(LEAST_USERS)):
                self._cells.setdefault(("users", False), []).append(_Cell(users, _EVERY_ROW, stands_out=True))

    def _add_conditions(self) -> None:
        """Add the thresholds that the rows had to meet, each in the unit of its column."""
        for condition in self._view.result.params.get("having") or ():
            column = self._view.columns.get(str(condition.get("column")))
            group = (column.unit, column.is_change) if column else ("", False)
            self._cells.setdefault(group, []).extend(
                _Cell(value, _EVERY_ROW, stands_out=True) for value in numbers_in(condition.get("value"))
            )

    # Which rows a sentence names

    def _rows_named(self, sentence: Sentence) -> set[int] | None:
        """Return the rows that fit every kind of value that the sentence names; None where it names none."""
        named: set[int] | None = None
        text = self._without_the_metric(sentence.text)
        for forms in self._labels:
            rows = {row for form, of in forms.items() if _is_named(form, text) for row in of}
            if rows:
                rows |= forms.get("", set())
                named = rows if named is None else named & rows
        dated = self._rows_dated(sentence)
        if dated is None:
            return named
        return dated if named is None else named & dated

    def _without_the_metric(self, text: str) -> str:
        """Return a sentence without the name of the metric that is explained: Campaign ROI names no campaign."""
        result, catalog = self._view.result, self._view.catalog
        known = [catalog.metrics[m].names.text for m in result.metrics if m in catalog.metrics]
        for name in (form for names in known for form in names) if result.tool == "explain_change" else ():
            text = text.replace(name.casefold(), " ")
        return text

    @cached_property
    def _nameless(self) -> set[int]:
        """The rows that no sentence can name: their value is a bare number."""
        return {row for forms in self._labels for row in forms.get("", ())}

    @cached_property
    def _labels(self) -> list[Mapping[str, set[int]]]:
        """For each column of names: its rows by each form of the name, under an empty form those without one."""
        view = self._view
        columns = [c for c in view.columns.values() if c.kind == "dimension" or (c.kind == "text" and not c.unit)]
        found = [self._forms(column) for column in columns if column.name != "complete"]
        return [*found, self._ages()] if view.result.tool == "ltv_curve" and "day" in view.columns else found

    def _ages(self) -> Mapping[str, set[int]]:
        """Return the rows of a curve by how a sentence names their day: 第 89 天, day 89."""
        found: dict[str, set[int]] = {}
        for index, row in enumerate(self._view.result.rows):
            day = self._view.text(row, self._view.columns["day"])
            for form in (f"第 {day} 天", f"day {day}"):
                found.setdefault(form, set()).add(index)
        return found

    def _forms(self, column: Column) -> Mapping[str, set[int]]:
        rows: dict[tuple[str, Any], set[int]] = {}
        for index, row in enumerate(self._view.result.rows):
            rows.setdefault((self._view.dimension_of(row, column), self._view.value(row, column.name)), set()).add(
                index
            )
        found: dict[str, set[int]] = {}
        for (dimension, value), indexes in rows.items():
            for form in self._telling_forms(dimension, value, column):
                found.setdefault(form, set()).update(indexes)
        return found

    def _telling_forms(self, dimension: str, value: Any, column: Column) -> set[str]:
        """Return the forms by which a sentence names a value; an empty one where what is shown could be anything.

        That is a bare 7, which may be any number, a lone sign, and the row of an explanation that stands for the whole.
        """
        catalog = self._view.catalog
        if self._view.result.tool == "explain_change" and column.name == "dimension":
            said = () if value is None else (str(value), *dimension_name(str(value), catalog))
            return {form.casefold() for name in said for form in forms_of(name)} or {""}
        shown = {form for language in LANGUAGES for form in forms_of(value_name(dimension, value, catalog, language))}
        if (value is None and column.kind == "text") or not shown or not all(map(_tells, shown)):
            return {""}
        forms = {form for name in names_of(dimension, value, catalog) for form in forms_of(name)}
        return {form.casefold() for form in forms if _tells(form)}

    def _rows_dated(self, sentence: Sentence) -> set[int] | None:
        """Return the rows of the dates that are named; None where those are only the ends of the range asked for."""
        rows = self._rows_on(sentence)
        return rows if {self._periods[row] for row in rows} - self._range_ends else None

    def _rows_on(self, sentence: Sentence) -> set[int]:
        days = self._periods.items() if sentence.days else ()
        return {index for index, known in days if any(falls_on(known, day) for day in sentence.days)}

    @cached_property
    def _periods(self) -> dict[int, date]:
        column = next((c for c in self._view.columns.values() if c.kind == "period"), None)
        if column is None:
            return {}
        days = {index: iso_day(self._view.value(row, column.name)) for index, row in enumerate(self._view.result.rows)}
        return {index: day for index, day in days.items() if day}

    @cached_property
    def _range_ends(self) -> set[date]:
        result = self._view.result
        spans = [s for s in (result.params, result.params.get("compare"), result.base) if isinstance(s, Mapping)]
        return {day for span in spans for name in ("start", "end") if (day := iso_day(span.get(name)))}


def numbers_in(value: Any) -> list[float]:
    """Return the numbers of a parameter that is a number or a list of them."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]


def _tells(form: str) -> bool:
    return any(map(str.isalnum, form)) and not reads_as_figure(form)


def _is_named(form: str, text: str) -> bool:
    """Return whether a name stands in a text, not inside another word or number."""
    if not form or form not in text:
        return False
    before = r"(?<![A-Za-z\d])" if form[:1].isascii() and form[:1].isalnum() else ""
    after = r"(?![A-Za-z\d])" if form[-1:].isascii() and form[-1:].isalnum() else ""
    return re.search(before + re.escape(form) + after, text) is not None
