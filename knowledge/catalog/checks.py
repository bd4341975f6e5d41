"""The rules that entries of the catalog keep among themselves. Each check yields the faults of one entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.catalog.content import segments_named
from knowledge.catalog.faults import Fault, shown
from knowledge.catalog.nearest import maybe_nearest
from knowledge.catalog.rows import Row
from knowledge.model import Dimension, Measure, Metric, Source, Synonyms, Words
from knowledge.segments import Segment
from knowledge.tables import ROLLUPS, TABLES
from knowledge.text import Text

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ID = re.compile(r"[a-z][a-z0-9_]*")
GROUPS = ("user", "people")
"""Names that stand for several dimensions in a metric's entry."""


@dataclass(frozen=True)
class Names:
    """The ids that are defined, broken entries included: a reference to one of those is no fault of who refers."""

    sources: Sequence[str]
    dimensions: Sequence[str]
    measures: Sequence[str]
    segments: Sequence[str]


def source_faults(source: Source, row: Row, _: Names) -> Iterator[Fault]:
    """Yield tables and columns that do not exist; the rows of a derived source are worked out, not stored."""
    if source.derived:
        return
    tables = {**TABLES, **ROLLUPS}
    table = tables.get(source.table)
    if table is None:
        yield _unknown(row, ["table"], Text("表", "table"), source.table, list(tables))
        return
    columns = list(table.columns)
    named = [(["date"], source.date), (["user"], source.user)]
    named += [(["own", dimension], column) for dimension, column in source.own.items()]
    for path, column in named:
        if column is not None and column not in columns:
            yield _unknown(row, path, Text(f"{table.name} 的列", f"column of {table.name}"), column, columns)


def dimension_faults(dimension: Dimension, row: Row, _: Names) -> Iterator[Fault]:
    """Yield a column that ``users`` does not have, and missing words."""
    columns = list(TABLES["users"].columns)
    if dimension.kind == "attribute" and dimension.column not in columns:
        yield _unknown(row, ["column"], Text("users 的列", "column of users"), str(dimension.column), columns)
    yield from _word_faults(dimension.names, row, ["names"])
    for number, value in enumerate(dimension.values):
        yield from _word_faults(value.names, row, ["values", number, "names"])


def measure_faults(measure: Measure, row: Row, names: Names) -> Iterator[Fault]:
    """Yield sources, segments and dimensions that do not exist."""
    known = {
        "source": (Text("数据源", "source"), names.sources),
        "segment": (Text("人群", "segment"), names.segments),
    }
    for path, key, value in _leaves(measure.model_dump(mode="json", exclude_none=True)):
        if key in known and value not in known[key][1]:
            yield _unknown(row, path, known[key][0], value, known[key][1])
    for number, dimension in enumerate(measure.ignores):
        if dimension not in names.dimensions:
            yield _unknown(row, ["ignores", number], _DIMENSION, dimension, names.dimensions)


def segment_faults(segment: Segment, row: Row, names: Names) -> Iterator[Fault]:
    """Yield segments that do not exist, and missing words."""
    for name in segments_named(segment):
        if name not in names.segments:
            yield _unknown(row, ["definition"], Text("人群", "segment"), name, names.segments)
    yield from _word_faults(segment.names, row, ["names"])


def metric_faults(metric: Metric, row: Row, names: Names) -> Iterator[Fault]:
    """Yield what a metric names that does not exist, parts that do not go together, and missing words."""
    if not _ID.fullmatch(metric.id):
        yield _fault("id", row, ["id"], _BAD_ID)
    whole, top, bottom = metric.measure, metric.numerator, metric.denominator
    if (whole is None) == (top is None) or (top is None) != (bottom is None):
        yield _fault("parts", row, ["measure" if whole else "numerator" if top else "denominator"], _EITHER)
    for field in ("measure", "numerator", "denominator", "given"):
        name = getattr(metric, field)
        if name is not None and name not in names.measures:
            yield _unknown(row, [field], Text("度量", "measure"), name, names.measures)
    for number, dimension in enumerate(metric.dimensions):
        if dimension not in (*names.dimensions, *GROUPS):
            yield _unknown(row, ["dimensions", number], _DIMENSION, dimension, [*names.dimensions, *GROUPS])
    yield from _word_faults(metric.names, row, ["names"])
    yield from _word_faults(metric.definition, row, ["definition"])
    yield from _language_faults(metric, row)


_DIMENSION = Text("维度", "dimension")
_BAD_ID = Text(
    "编号只用小写字母、数字和下划线，以字母开头。", "An id is lower-case letters, digits and _, a letter first."
)
_EITHER = Text(
    "要么给出 measure，要么同时给出 numerator 和 denominator。",
    "It needs either measure, or numerator and denominator.",
)


def _language_faults(metric: Metric, row: Row) -> Iterator[Fault]:
    for language, said in (("zh", Text("中文", "Chinese")), ("en", Text("英文", "English"))):
        if not any(word.strip() for word in getattr(metric.synonyms, language)):
            text = Text(f"缺少{said.zh}同义词。", f"There are no {said.en} synonyms.")
            yield _fault("language", row, ["synonyms", language], text)
    if metric.definition.zh.strip() and not _CHINESE.search(metric.definition.zh):
        yield _fault(
            "language", row, ["definition", "zh"], Text("定义的 zh 不是中文。", "The definition's zh is not Chinese.")
        )
    if _CHINESE.search(metric.definition.en):
        yield _fault(
            "language", row, ["definition", "en"], Text("定义的 en 含有中文。", "The definition's en holds Chinese.")
        )


def _word_faults(words: Words, row: Row, path: list[str | int]) -> Iterator[Fault]:
    for language, said in (("zh", Text("中文", "Chinese")), ("en", Text("英文", "English"))):
        if not getattr(words, language).strip():
            field = ".".join(str(step) for step in (*path, language))
            text = Text(f"缺少{said.zh}：{field}。", f"The {said.en} is missing: {field}.")
            yield _fault("language", row, [*path, language], text)


def cycles(references: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Yield each name that leads back to itself, with the way: ``[a, b, a]``."""
    for start in references:
        ways = [[start]]
        seen: set[str] = set()
        while ways:
            way = ways.pop()
            for name in references.get(way[-1], ()):
                if name == start:
                    yield [*way, name]
                    ways = []
                    break
                if name not in seen:
                    seen.add(name)
                    ways.append([*way, name])


def cycle_fault(row: Row, way: Sequence[str]) -> Fault:
    """Return the fault of an entry that is defined by itself."""
    said = " → ".join(way)
    return _fault("cycle", row, ["definition"], Text(f"定义循环引用：{said}。", f"It is defined by itself: {said}."))


@dataclass(frozen=True)
class Worded:
    """Something with names: an id, its words, where it stands, and the path of its words in the row."""

    id: str
    names: Words
    synonyms: Synonyms
    row: Row
    path: tuple[str | int, ...] = ()


def clashes(worded: Sequence[Worded], kind: Text) -> Iterator[tuple[str, Fault]]:
    """Yield the id of whatever shares a name or synonym with an earlier one, without regard to case or language."""
    first: dict[str, tuple[Worded, int]] = {}
    for each in worded:
        for path, word in _words(each):
            line = each.row.line_of([*each.path, *path])
            other, other_line = first.setdefault(word.casefold(), (each, line))
            if other.id != each.id:
                place = f"{shown(other.row.file)}:{other_line}"
                text = Text(
                    f"“{word}”也是{kind.zh} {other.id} 的名称（{place}）；一个词只能指一个。",
                    f"'{word}' is also a name of the {kind.en} {other.id} ({place}); a word can mean one only.",
                )
                yield each.id, Fault("synonym", each.id, each.row.file, line, text)


def _words(worded: Worded) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("id",), worded.id
    for language in ("zh", "en"):
        yield ("names", language), getattr(worded.names, language)
        for number, word in enumerate(getattr(worded.synonyms, language)):
            yield ("synonyms", language, number), word


def _leaves(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[list[str | int], str, str]]:
    """Yield the path, the key and the value of each text in plain data."""
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str):
                yield [*path, key], key, value
            yield from _leaves(value, (*path, key))


def _unknown(row: Row, path: Sequence[str | int], kind: Text, name: str, known: Sequence[str]) -> Fault:
    near = maybe_nearest(name, list(known))
    text = Text(f"没有{kind.zh}“{name}”。{near.zh}", f"There is no {kind.en} '{name}'. {near.en}".rstrip())
    return _fault("unknown", row, path, text)


def _fault(code: str, row: Row, path: Sequence[str | int], text: Text) -> Fault:
    return Fault(code, str(row.data["id"]), row.file, row.line_of(path), text)


Check = Callable[..., Iterator[Fault]]
CHECKS: Mapping[str, Check] = {
    "source": source_faults,
    "dimension": dimension_faults,
    "measure": measure_faults,
    "segment": segment_faults,
    "metric": metric_faults,
}
"""The check of each kind of entry."""
