"""A stored receipt as the side panel shows it: what was counted, from what, by which query, and how to check it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.answer.columns import metric_name
from assistant.chat import words
from assistant.chat.step_text import fenced, inert, one_a_line, pretty_sql
from knowledge.catalog import Catalog
from knowledge.text import Language, Text

_MOST_ROWS = 10
_MARKDOWN = re.compile(r"[\\`*_|<>\[\]~]")
_METRIC = Text(zh="指标", en="Metric")
_VERSION = Text(zh="版本 {version}（{content}）", en="version {version} ({content})")
_DATA = Text(zh="数据", en="Data")
_SNAPSHOT = Text(zh="快照 `{snapshot}`，截至 {as_of}", en="snapshot `{snapshot}`, to {as_of}")
_ENGINE = Text(zh="数据库", en="Database")
_MADE = Text(zh="首次开具", en="First made")
_RESULT = Text(zh="查询结果", en="Result")
_ROWS = Text(zh="共 {count} 行，显示前 {shown} 行。", en="{count} rows, the first {shown} shown.")
_BETWEEN = Text(zh="：", en=": ")


def receipt_text(stored: Mapping[str, Any], catalog: Catalog, language: Language) -> str:
    """Return a stored receipt as Markdown: how to check it, then metrics, data, result, parameters, query and values."""
    parts = [inert(words.RECEIPT_OPEN.in_(language).format(id=stored.get("id", ""))), _facts(stored, catalog, language)]
    if stored.get("columns"):
        parts.append(f"**{_RESULT.in_(language)}**\n\n{_rows(stored, language)}")
    for heading, code, kind in (
        (words.PARAMETERS, one_a_line(stored.get("params") or {}), "json"),
        (words.SQL, pretty_sql(str(stored.get("sql") or "")), "sql"),
        (words.BOUND_VALUES, one_a_line(stored.get("bound") or {}), "json"),
    ):
        if code.strip("{}\n "):
            parts.append(f"**{heading.in_(language)}**\n\n{fenced(code, kind)}")
    return "\n\n".join(parts)


def receipt_json(stored: Mapping[str, Any]) -> bytes:
    """Return every field of a stored receipt as JSON, for a file."""
    return json.dumps(dict(stored), ensure_ascii=False, indent=2, default=str).encode()


def _facts(stored: Mapping[str, Any], catalog: Catalog, language: Language) -> str:
    snapshot = _SNAPSHOT.in_(language).format(snapshot=stored.get("snapshot", ""), as_of=stored.get("as_of", ""))
    facts = [(_METRIC, _metric(metric, catalog, language)) for metric in stored.get("metrics") or ()]
    facts += [(_DATA, snapshot)] if stored.get("snapshot") else []
    facts += [(_ENGINE, inert(str(stored["engine"])))] if stored.get("engine") else []
    facts += [(_MADE, inert(_moment(str(stored["created_at"]))))] if stored.get("created_at") else []
    between = _BETWEEN.in_(language)
    return "\n".join(f"- **{name.in_(language)}**{between}{value}" for name, value in facts)


def _metric(metric: Mapping[str, Any], catalog: Catalog, language: Language) -> str:
    name = metric_name(str(metric.get("id", "")), catalog).in_(language)
    version = _VERSION.in_(language).format(version=metric.get("version", ""), content=metric.get("content", ""))
    return f"{inert(name)} `{metric.get('id', '')}` · {version}"


def _moment(iso: str) -> str:
    """Return ``2026-11-21 23:41:53 UTC`` for an ISO moment; another offset stays as it is written."""
    day, _, clock = iso.partition("T")
    return f"{day} {clock.replace('+00:00', ' UTC')}".strip()


def _rows(stored: Mapping[str, Any], language: Language) -> str:
    columns, rows = list(stored.get("columns") or ()), list(stored.get("rows") or ())
    lines = [_line(columns), "|" + "---|" * len(columns), *(_line(row) for row in rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        lines += ["", _ROWS.in_(language).format(count=f"{len(rows):,}", shown=_MOST_ROWS)]
    return "\n".join(lines)


def _line(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: Any) -> str:
    """Return a value as stored, so that the table around it stays whole; nothing for a value that is not known."""
    text = "" if value is None else str(value)
    return inert(_MARKDOWN.sub(r"\\\g<0>", " ".join(text.split())))
