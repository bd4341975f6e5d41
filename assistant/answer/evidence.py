"""What may support a number of an answer: cells of results, dates, counts, and the words of the sources.

Every kind of number has a source of its own; there is no general allowance for small ones.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from assistant.answer.columns import Column, dimension_name, value_name
from assistant.answer.formats import LEAST_P
from assistant.answer.markdown import clean, cut, escape
from assistant.answer.mentions import BLANK, Day, Mention, mentions
from assistant.answer.number_patterns import Kind, reads_as_figure
from assistant.answer.numerals import CHINESE, ENGLISH
from assistant.answer.plain_text import plain_text
from assistant.answer.trends import iso_day, series_of, trend_of
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.model import Synonyms, Words
from knowledge.text import Language
from tools.semantic_layer.result import Result

_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_ALMOST: Final = 1e-9
_SECONDS: Final = {"days": 86400.0, "minutes": 60.0, "seconds": 1.0}
_INDEX_SECONDS: Final = {"day": 86400.0, "week": 604800.0}
_PLAIN_UNITS: Final = ("users", "count", "points", "multiple", "CNY", "days", "minutes", "seconds", "p", "")
_KEY_SECONDS: Final = (("hours", 3600.0), ("days", 86400.0), ("seconds", 1.0))
_NAMED_BY: Final = {"name": ("人群", "segment"), "segment": ("人群",), "experiment": ("实验",)}
_TEXT_TOOLS: Final = ("list_metrics", "describe_metric", "search_playbooks")
_NUMERIC: Final = re.compile(
    rf"[\d半{CHINESE}]|[^\x00-\u02ff\u3040-\u9fff]|[½¼¾¹²³]|[IVXLCDM]{{2}}|(?i:{ENGLISH}|hal[fv]|doubl|twice|tripl|quadr|thr?i[cr])"
)
"""What a name must hold to be read as a number in any way; most names hold nothing of the kind."""

_MANY: Final = 2000
"""Of more values than this, only those that may be read as numbers are known by name: the others do no harm."""

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
        self._cells: dict[tuple[str, bool], list[float]] = {}
        self._days: set[date] = set()
        self._row_counts: set[int] = set()
        self._pairs: set[tuple[float, float]] = set()
        self._names: dict[str, None] = {}
        self._in_context: set[tuple[str, str]] = set()
        self._said: set[tuple[Kind, float]] = set()
        self._said_days: set[Day] = set()
        self._codes: set[str] = set()
        for result in results:
            self._read_result(result)
        for text in (*words, *_strings(citations)):
            self._read_words(text)
        self._names |= dict.fromkeys(f"[{c['id']}]" for c in citations if "id" in c)

    # Names

    def mask(self, text: str) -> str:
        """Return plain text with the known names blanked, longest first, where nothing turns them into a figure."""
        for context, value in self._in_context:
            if value in text:
                pattern = (
                    rf"(?i)(?:{re.escape(context)})(?:\s|[:：=是为≥≤<>])*{re.escape(value)}(?![\d.]*\d|\s*[%万亿])"
                )
                text = re.sub(pattern, lambda match: BLANK * len(match.group()), text)
        for name in self._longest_first:
            if name in text:
                text = re.sub(_as_name(name), lambda match: BLANK * len(match.group()), text)
        return text

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted(self._names, key=len, reverse=True)

    def _add_name(self, name: str, *contexts: str) -> None:
        """Know a name; one that reads as a figure counts only right after its dimension (版本 5.2)."""
        whole = clean(name)
        for form in {plain_text(text).strip() for text in {name, whole, cut(whole), escape(whole), escape(cut(whole))}}:
            if len(form) == 1 or reads_as_figure(form):
                self._in_context |= {(plain_text(context), form) for context in contexts if form and context}
            elif form:
                self._names[form] = None

    # Results

    def _read_result(self, result: Result) -> None:
        view = View(result, self._catalog, "zh")
        self._names[result.receipt or BLANK] = None
        self._row_counts.add(len(result.rows))
        for column in view.columns.values():
            self._read_column(view, column)
        self._read_pairs(view)
        self._read_trends(view)
        self._read_params(result, view)
        for metric in result.metrics:
            self._read_metric(metric)
        for note in result.notes:
            self._read_words(note.zh)
            self._read_words(note.en)
        if day := iso_day(result.as_of):
            self._days.add(day)

    def _read_column(self, view: View, column: Column) -> None:
        values = view.result.column(column.name)
        numbers = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
        for heading in column.heading if not column.metric or view.result.tool != "query_metrics" else ():
            self._read_words(heading, but="plain")
        if column.kind in ("figure", "part"):
            self._cells.setdefault((column.unit, column.is_change), []).extend(numbers)
            if column.unit == "p" and any(number < LEAST_P for number in numbers):
                self._said.add(("plain", LEAST_P))
        elif column.unit == "index":
            size = _INDEX_SECONDS.get(view.counted_in, 86400.0)
            for number in numbers:
                self._said |= {("duration", number * size), ("ordinal", number)}
                if view.counted_in == "month":
                    self._said.add(("months", number))
        elif column.kind == "period":
            self._days |= {day for value in values if (day := iso_day(value))}
        if column.kind not in ("figure", "part", "period"):
            self._read_values(view, column, {v for v in values if v is not None and not isinstance(v, bool)})

    def _read_values(self, view: View, column: Column, values: Iterable[Any]) -> None:
        dimensions = [column.name]
        if view.result.tool == "explain_change" and column.name == "value":
            dimensions = sorted({str(v) for v in view.result.column("dimension")})
        found = set(values)
        for value in found if len(found) <= _MANY else filter(_may_be_a_number, found):
            if view.result.tool in _TEXT_TOOLS:
                self._read_words(str(value))
                self._names[plain_text(str(value)).strip() or BLANK] = None
            elif column.unit != "index":
                for dimension in dimensions:
                    self._read_value(dimension, value)

    def _read_value(self, dimension: str, value: Any) -> None:
        found = self._catalog.dimensions.get(dimension)
        names = dimension_name(dimension, self._catalog)
        others = (*found.synonyms.zh, *found.synonyms.en) if found else ()
        self._add_name(str(value), names.zh, names.en, dimension, *others)
        for language in _LANGUAGES:
            self._add_name(value_name(dimension, value, self._catalog, language))
        for known in found.values if found else ():
            if str(known.id) == str(value):
                for synonym in (*known.synonyms.zh, *known.synonyms.en):
                    self._add_name(synonym)

    def _read_pairs(self, view: View) -> None:
        names = {c.metric for c in view.columns.values() if c.kind == "part"}
        for row in view.result.rows:
            for metric in names:
                above, below = (view.number(row, f"{metric}__{part}") for part in ("numerator", "denominator"))
                if above is not None and below is not None:
                    self._pairs.add((above, below))

    def _read_trends(self, view: View) -> None:
        if view.result.tool != "query_metrics" or "period" not in view.columns:
            return
        for rows in series_of(view):
            for column in view.figures:
                if trend := trend_of(view, rows, column):
                    unit = "pp" if column.unit == "ratio" else column.unit
                    self._cells.setdefault((unit, True), []).append(trend.change)
                    if trend.change_pct is not None:
                        self._cells.setdefault(("ratio", True), []).append(trend.change_pct)

    def _read_metric(self, metric: str) -> None:
        """Know a metric's names; of its definition the dates, durations and shares, but no plain number."""
        found = self._catalog.metrics.get(metric)
        if found is None:
            self._add_name(metric)
            return
        names = [text for words in (found.names, found.definition, found.synonyms) for text in _both(words)]
        for text in filter(_may_be_a_number, (metric, *names)):
            self._add_name(text)
        for text in (found.names.zh, found.definition.zh, found.definition.en):
            self._read_words(text, but="plain")

    # Parameters

    def _read_params(self, result: Result, view: View) -> None:
        params = result.params
        spans = [params, params.get("compare"), params.get("base")]
        for span in spans:
            if isinstance(span, Mapping):
                self._read_span(iso_day(span.get("start")), iso_day(span.get("end")))
        for dimension, values in _filters(params):
            for value in values:
                self._read_value(dimension, value)
        for condition in params.get("having") or ():
            column = view.columns.get(str(condition.get("column")))
            of = (column.unit, column.is_change) if column else ("", False)
            self._cells.setdefault(of, []).extend(_numbers_in(condition.get("value")))
        for key, number in _walk({k: v for k, v in params.items() if k not in ("having", "start", "end")}):
            self._read_param(key, number)

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

    def _read_param(self, key: str, value: float | str) -> None:
        if isinstance(value, str):
            if day := iso_day(value):
                self._days.add(day)
            if _may_be_a_number(value):
                self._add_name(value, key, *_NAMED_BY.get(key, ()))
            return
        for ending, seconds in _KEY_SECONDS:
            if key.endswith(ending):
                self._said.add(("duration", value * seconds))
        self._said.add(("plain", float(value)))
        if key in ("value", "share"):
            self._said.add(("percent", float(value)))
        if key == "budget":
            self._said.add(("money", float(value)))
        if key == "limit":
            self._said.add(("ordinal", float(value)))

    # Words

    def _read_words(self, text: str, but: Kind | None = None) -> None:
        plain = plain_text(text)
        for mention in mentions(plain):
            if mention.kind == but:
                continue
            self._said.add((mention.kind, mention.value))
            if mention.kind == "code":
                self._codes.add(mention.text.casefold())
            if mention.day:
                self._said_days.add(mention.day)

    # Support

    def supports(self, mention: Mention) -> bool:
        """Return whether a result, a citation, the question or another source says this number."""
        if mention.kind == "code":
            return mention.text.casefold() in self._codes
        if mention.day and self._is_known_day(mention.day):
            return True
        if mention.kind == "date":
            return False
        return self._is_said(mention) or self._is_counted(mention) or self._is_cell(mention)

    def _is_known_day(self, day: Day) -> bool:
        return day in self._said_days or any(_falls_on(known, day) for known in self._days)

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
            if below.isdigit() and (float(above), float(below)) in self._pairs:
                return True
        return (
            mention.kind == "plain" and mention.value in self._row_counts and bool(_ROWS_AFTER.match(mention.follows))
        )

    def _is_cell(self, mention: Mention) -> bool:
        return any(self._near(unit, change, value, mention, half) for unit, change, value, half in _readings(mention))

    def _near(self, unit: str, is_change: bool, value: float, mention: Mention, half: float) -> bool:
        """Return whether a cell, rounded to the place that was written, is the number that was written."""
        cells = self._sorted_cells.get((unit, is_change), [])
        exact = _ALMOST * (0.01 if mention.kind in ("percent", "pp") else 1.0)
        slack = exact if mention.value == 0 else half + _ALMOST * max(abs(value), half)
        index = bisect_left(cells, value - slack)
        return index < len(cells) and cells[index] <= value + slack

    @cached_property
    def _sorted_cells(self) -> dict[tuple[str, bool], list[float]]:
        return {key: sorted(values) for key, values in self._cells.items()}


def _readings(mention: Mention) -> Iterator[tuple[str, bool, float, float]]:
    """Yield the cells that a mention may be: their unit, whether they are changes, the value sought, its half place."""
    value, half = mention.value, mention.half
    change = -value if mention.sign < 0 else value
    if mention.kind == "times":
        half = min(half, 0.05)
        if mention.moves:
            yield "ratio", True, change, half
        else:
            yield "multiple", False, value, half
            yield "ratio", True, value - 1, half
        return
    if mention.kind == "fraction":
        yield "ratio", False, value, half
        return
    for unit, size in _units(mention):
        if not mention.moves:
            yield unit, False, change / size, half / size
        yield unit, True, change / size, half / size


def _units(mention: Mention) -> Iterator[tuple[str, float]]:
    if mention.kind == "percent":
        yield from (("ratio", 1.0), ("multiple", 1.0))
    elif mention.kind == "pp":
        yield "pp", 1.0
    elif mention.kind == "money":
        yield from (("CNY", 1.0), ("", 1.0))
    elif mention.kind == "duration":
        yield from _SECONDS_INVERTED
    elif mention.kind == "plain":
        yield from ((unit, 1.0) for unit in _PLAIN_UNITS)
        if mention.half <= 0.005:
            yield "ratio", 1.0


_SECONDS_INVERTED: Final = tuple((unit, seconds) for unit, seconds in _SECONDS.items())


def _both(words: Words | Synonyms) -> tuple[str, ...]:
    """Return the words of both languages."""
    return (words.zh, words.en) if isinstance(words, Words) else (*words.zh, *words.en)


def _as_name(name: str) -> str:
    """Return a pattern for a name where it stands for itself: not inside a word or a number, not with a unit after it."""
    before = r"\d.A-Za-z" if re.match(r"[A-Za-z]", name) else r"\d."
    after = r"(?![A-Za-z])" if re.search(r"[A-Za-z]$", name) else ""
    return rf"(?<![{before}]){re.escape(name)}{after}(?![\d%‰]|\.\d|\s*(?:[万亿%‰]|个?百分点))"


def _may_be_a_number(value: Any) -> bool:
    return _NUMERIC.search(str(value)) is not None


def _falls_on(known: date, day: Day) -> bool:
    return (
        (day.year is None or day.year == known.year)
        and (day.month is None or day.month == known.month)
        and (day.day is None or day.day == known.day)
        and (day.quarter is None or day.quarter == (known.month + 2) // 3)
    )


def _filters(params: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    for condition in params.get("filters") or ():
        values = condition.get("values", ())
        yield str(condition.get("dimension")), values if isinstance(values, (list, tuple)) else [values]


def _numbers_in(value: Any) -> list[float]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]


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
