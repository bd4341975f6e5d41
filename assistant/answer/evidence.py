"""What may support a number of an answer: figures of results, dates, counts, and the words of the sources.

Every kind of number has a source of its own; there is no general allowance for small ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from assistant.answer.columns import Column, parts_of
from assistant.answer.figures import Figures, Sentence, falls_on
from assistant.answer.formats import LEAST_P
from assistant.answer.known_names import KnownNames, may_be_a_number
from assistant.answer.mentions import Day, Mention, mentions
from assistant.answer.number_patterns import Kind
from assistant.answer.passages import words_of
from assistant.answer.plain_text import plain_text
from assistant.answer.trends import iso_day
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.model import Synonyms, Words
from tools.semantic_layer.result import Result

_ALMOST: Final = 1e-9
_MANY: Final = 2000
"""Of more values than this, only those that may be read as numbers are known by name: the others do no harm."""

_SECONDS: Final = (("days", 86400.0), ("minutes", 60.0), ("seconds", 1.0))
_COUNTED_SECONDS: Final = {"day": 86400.0, "week": 604800.0}
_PLAIN_UNITS: Final = ("users", "count", "points", "multiple", "CNY", "days", "minutes", "seconds", "p", "")
_KEY_SECONDS: Final = (("hours", 3600.0), ("days", 86400.0), ("seconds", 1.0))
_NAMED_BY: Final = {"name": ("人群", "segment"), "segment": ("人群",), "experiment": ("实验",)}
_TEXT_TOOLS: Final = ("list_metrics", "describe_metric", "search_playbooks")
_ROWS_AFTER: Final = re.compile(
    r"\s*(?:行|条|项|(?:个)?(?:取值|分组|组)|(?:rows?|entries|values|items|series|groups)(?![a-z]))"
)


class Evidence:
    """Everything that the numbers of one answer may come from.

    ``mask`` takes the known names out of a text; ``supports`` says whether a mention that is left has a source.
    """

    def __init__(
        self, results: Sequence[Result], citations: Sequence[Mapping[str, Any]], words: Sequence[str], catalog: Catalog
    ) -> None:
        self._catalog = catalog
        self._names = KnownNames()
        self._figures: list[Figures] = []
        self._days: set[date] = set()
        self._row_counts: set[int] = set()
        self._pairs: set[tuple[float, float]] = set()
        self._said: set[tuple[Kind, float]] = set()
        self._said_days: set[Day] = set()
        self._codes: set[str] = set()
        for result in results:
            self._read_result(result)
        for text in (*words, *_strings(citations), *words_of(citations)):
            self._read_words(text)
        for citation in citations:
            self._names.add(f"[{citation.get('id', '')}]")

    def mask(self, text: str) -> str:
        """Return plain text with the known names blanked; every other character keeps its place."""
        return self._names.mask(text)

    # Results

    def _read_result(self, result: Result) -> None:
        view = View(result, self._catalog, "zh")
        self._names.add(result.receipt)
        self._figures.append(Figures(view))
        self._row_counts.add(len(result.rows))
        for column in view.columns.values():
            self._read_column(view, column)
        self._read_pairs(view)
        self._read_params(result.params)
        self._read_spans(result.params, result.params.get("compare"), result.base)
        for metric in result.metrics:
            self._read_metric(metric)
        for note in result.notes:
            self._read_words(note.zh)
            self._read_words(note.en)
        if day := iso_day(result.as_of):
            self._days.add(day)

    def _read_column(self, view: View, column: Column) -> None:
        for heading in column.heading if not column.metric or view.result.tool != "query_metrics" else ():
            self._read_words(heading, but="plain")
        if column.kind == "period":
            self._days |= {day for value in view.result.column(column.name) if (day := iso_day(value))}
        elif column.unit == "index":
            self._read_counts(view, [v for row in view.result.rows if (v := view.number(row, column.name)) is not None])
        elif column.unit == "p":
            values = [view.number(row, column.name) for row in view.result.rows]
            if any(value is not None and value < LEAST_P for value in values):
                self._said.add(("plain", LEAST_P))
        elif column.kind in ("dimension", "text"):
            self._read_values(view, column)

    def _read_counts(self, view: View, numbers: Sequence[float]) -> None:
        """Know the numbers that a column counts days, weeks, months or steps with: 第 7 天, step 3."""
        for number in numbers:
            self._said |= {("duration", number * _COUNTED_SECONDS.get(view.counted_in, 86400.0)), ("ordinal", number)}
            if view.counted_in == "month":
                self._said.add(("months", number))

    def _read_values(self, view: View, column: Column) -> None:
        found = {(view.dimension_of(row, column), view.value(row, column.name)) for row in view.result.rows}
        for dimension, value in found:
            if len(found) > _MANY and not may_be_a_number(str(value)):
                continue
            if view.result.tool in _TEXT_TOOLS:
                self._read_words(str(value))
                self._names.add(str(value))
            elif value is not None:
                for name, part in parts_of(dimension, value):
                    self._names.add_value(name, part, self._catalog)

    def _read_pairs(self, view: View) -> None:
        metrics = {c.metric for c in view.columns.values() if c.kind == "part"}
        for row in view.result.rows:
            for metric in metrics:
                above, below = (view.number(row, f"{metric}__{part}") for part in ("numerator", "denominator"))
                if above is not None and below is not None:
                    self._pairs.add((above, below))

    def _read_metric(self, metric: str) -> None:
        """Know a metric's names; of its definition the dates, durations and shares, but no plain number."""
        found = self._catalog.metrics.get(metric)
        if found is None:
            self._names.add(metric)
            return
        names = [text for words in (found.names, found.definition, found.synonyms) for text in _both(words)]
        for text in filter(may_be_a_number, (metric, *names)):
            self._names.add(text)
        for text in (found.names.zh, found.definition.zh, found.definition.en):
            self._read_words(text, but="plain")

    # Parameters

    def _read_params(self, params: Mapping[str, Any]) -> None:
        for condition in params.get("filters") or ():
            values = condition.get("values", ())
            for value in values if isinstance(values, (list, tuple)) else [values]:
                self._names.add_value(str(condition.get("dimension")), value, self._catalog)
        for key, value in _walk({k: v for k, v in params.items() if k not in ("having", "start", "end")}):
            if isinstance(value, str):
                self._read_text_param(key, value)
            else:
                self._read_number_param(key, float(value))

    def _read_spans(self, *spans: Any) -> None:
        for span in spans:
            if isinstance(span, Mapping):
                self._read_span(iso_day(span.get("start")), iso_day(span.get("end")))

    def _read_span(self, start: date | None, end: date | None) -> None:
        """Know two dates and how long it is between them: in days, and in months where that is a whole number."""
        self._days |= {day for day in (start, end) if day}
        if start is None or end is None:
            return
        self._said.add(("duration", ((end - start).days + 1) * 86400.0))
        after = end + timedelta(days=1)
        months = after.year * 12 + after.month - start.year * 12 - start.month
        if months > 0 and (after.day == start.day or (start.day == 1 and after.day == 1)):
            self._said.add(("months", float(months)))

    def _read_text_param(self, key: str, value: str) -> None:
        if day := iso_day(value):
            self._days.add(day)
        elif may_be_a_number(value):
            self._names.add(value, key, *_NAMED_BY.get(key, ()))

    def _read_number_param(self, key: str, value: float) -> None:
        self._said.add(("plain", value))
        self._said |= {("duration", value * seconds) for ending, seconds in _KEY_SECONDS if key.endswith(ending)}
        kinds: Mapping[str, Kind] = {"value": "percent", "share": "percent", "budget": "money", "limit": "ordinal"}
        if key in kinds:
            self._said.add((kinds[key], value))

    # Words

    def _read_words(self, text: str, but: Kind | None = None) -> None:
        for mention in mentions(plain_text(text)):
            if mention.kind == but:
                continue
            self._said.add((mention.kind, mention.value))
            if mention.kind == "code":
                self._codes.add(mention.text.casefold())
            if mention.day:
                self._said_days.add(mention.day)

    # Support

    def supports(self, mention: Mention, sentence: Sentence) -> bool:
        """Return whether a result, a citation, the question or another source says this number.

        ``sentence`` is where it stands: a figure has to be of the rows that the sentence is about.
        """
        if mention.kind == "code":
            return mention.text.casefold() in self._codes
        if mention.day and self._is_known_day(mention.day):
            return True
        if mention.kind == "date":
            return False
        return self._is_said(mention) or self._is_counted(mention) or self._is_figure(mention, sentence)

    def _is_known_day(self, day: Day) -> bool:
        return day in self._said_days or any(falls_on(known, day) for known in self._days)

    def _is_said(self, mention: Mention) -> bool:
        kinds: tuple[Kind, ...] = (mention.kind,)
        if mention.kind in ("ordinal", "times", "money"):
            kinds = (mention.kind, "plain")
        return any((kind, mention.value) in self._said for kind in kinds)

    def _is_counted(self, mention: Mention) -> bool:
        if mention.kind == "ordinal":
            return 1 <= mention.value <= max(self._row_counts, default=0)
        if mention.kind == "fraction":
            above, _, below = re.sub(r"[\s,]", "", mention.text).replace("⁄", "/").partition("/")
            return below.isdigit() and (float(above), float(below)) in self._pairs
        is_count = mention.kind == "plain" and mention.value in self._row_counts
        return is_count and _ROWS_AFTER.match(mention.follows) is not None

    def _is_figure(self, mention: Mention, sentence: Sentence) -> bool:
        """Return whether a figure, rounded to the place that was written, is the number that was written."""
        exact = _ALMOST * (0.01 if mention.kind in ("percent", "pp") else 1.0)
        for unit, is_change, value, half in _readings(mention):
            slack = exact if mention.value == 0 else half + _ALMOST * max(abs(value), half)
            if any(f.has((unit, is_change), value - slack, value + slack, sentence) for f in self._figures):
                return True
        return False


def _readings(mention: Mention) -> Iterator[tuple[str, bool, float, float]]:
    """Yield the figures that a mention may be: unit, whether it is a change, the value sought, half its last place."""
    value, half = mention.value, mention.half
    change = -value if mention.sign < 0 else value
    if mention.kind == "times":
        half = min(half, 0.05)
        if mention.moves:
            yield "ratio", True, change, half
        else:
            yield "multiple", False, value, half
            yield "ratio", True, value - 1, half
    elif mention.kind == "fraction":
        yield "ratio", False, value, half
    else:
        for unit, size in _units(mention):
            if not mention.moves:
                yield unit, False, change / size, half / size
            yield unit, True, change / size, half / size


def _units(mention: Mention) -> Iterator[tuple[str, float]]:
    """Yield the units that a mention may be in, each with its size in the unit of the mention's kind."""
    if mention.kind == "percent":
        yield from (("ratio", 1.0), ("multiple", 1.0))
    elif mention.kind == "pp":
        yield "pp", 1.0
    elif mention.kind == "money":
        yield from (("CNY", 1.0), ("", 1.0))
    elif mention.kind == "duration":
        yield from _SECONDS
    elif mention.kind == "plain":
        yield from ((unit, 1.0) for unit in _PLAIN_UNITS)
        if mention.half <= 0.005:
            yield "ratio", 1.0


def _both(words: Words | Synonyms) -> tuple[str, ...]:
    """Return the words of both languages."""
    return (words.zh, words.en) if isinstance(words, Words) else (*words.zh, *words.en)


def _walk(value: Any, key: str = "") -> Iterator[tuple[str, float | str]]:
    """Yield every number and text inside parameters with the name it stands under."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            nested = isinstance(inner, Mapping) or key.endswith(("days", "hours", "seconds"))
            yield from _walk(inner, f"{name}_{key}" if nested and key else str(name))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _walk(inner, key)
    elif isinstance(value, str) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        yield key, value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for key, inner in value.items() if key != "id" for text in _strings(inner))
    elif isinstance(value, (list, tuple)):
        yield from (text for inner in value for text in _strings(inner))
