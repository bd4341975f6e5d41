"""The body of a tool step: parameters, the query that ran, and what came of it, as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from assistant.chat import words
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result

_LIVE = re.compile(r"(`+)(?s:.*?)\1|!(?=\[)|:(?=[A-Za-z:])")
_SCHEME = re.compile(r"(?:https?|mailto)$", re.IGNORECASE)


def inert(markdown: str) -> str:
    """Return Markdown without what the chat's renderer would act on: ``:word`` stays text, pictures are not fetched.

    The renderer takes ``:word`` for a directive and drops it, and loads a picture from wherever it lies.
    """

    def escape(match: re.Match[str]) -> str:
        if match.group(1) or (match.group() == ":" and _SCHEME.search(markdown[: match.start()])):
            return match.group()
        return f"\\{match.group()}"

    return _LIVE.sub(escape, markdown)


def fenced(code: str, language: str) -> str:
    """Return a code block that the code itself cannot close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def parameters(params: Mapping[str, Any], language: Language) -> str:
    """Return the call's parameters under their heading."""
    return f"**{words.PARAMETERS.in_(language)}**\n\n{fenced(one_a_line(params), 'json')}"


def finished(result: Result, bound: Mapping[str, Any], language: Language) -> str:
    """Return the body of a step that ended well; ``bound`` are the values of the statement's parameters."""
    parts = [parameters(result.params, language)]
    if result.sql:
        parts.append(f"**{words.SQL.in_(language)}**\n\n{fenced(pretty_sql(result.sql), 'sql')}")
    if bound:
        parts.append(f"**{words.BOUND_VALUES.in_(language)}**\n\n{fenced(one_a_line(bound), 'json')}")
    parts.append(_facts(result, language))
    parts += [f"- {inert(note.in_(language))}" for note in result.notes]
    return "\n\n".join(parts)


def failed(params: Mapping[str, Any], error: Text, language: Language) -> str:
    """Return the body of a step that could not be carried out."""
    reason = inert(error.in_(language))
    return f"{parameters(params, language)}\n\n**{words.FAILED.in_(language)}**\n\n{reason}"


def pretty_sql(sql: str) -> str:
    """Return the statement on several lines; as it is where it already has some or cannot be read."""
    if "\n" in sql.strip():
        return sql.strip()
    import sqlglot  # noqa: PLC0415 - takes a while and is needed with the first step only

    try:
        return sqlglot.transpile(sql, read="duckdb", write="duckdb", pretty=True)[0]
    except sqlglot.errors.SqlglotError:
        return sql.strip()


def _facts(result: Result, language: Language) -> str:
    seconds = f"{result.elapsed_ms / 1000:.2f}"
    rows = f"{result.row_count:,}"
    if language == "zh":
        facts = [f"{rows} 行" + ("（已截断）" if result.truncated else ""), f"{seconds} 秒"]
        facts += [f"数据截至 {result.as_of}"] if result.as_of else []
        facts += [f"收据 `{result.receipt}`"] if result.receipt else []
    else:
        facts = [f"{rows} row{'' if result.row_count == 1 else 's'}" + (" (cut)" if result.truncated else "")]
        facts += [f"{seconds} s"]
        facts += [f"data to {result.as_of}"] if result.as_of else []
        facts += [f"receipt `{result.receipt}`"] if result.receipt else []
    return " · ".join(facts)


def one_a_line(values: Mapping[str, Any]) -> str:
    """Return the values as JSON, each on a line of its own."""
    shown = {name: json.dumps(value, ensure_ascii=False, default=str) for name, value in values.items()}
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: {value}" for name, value in shown.items()) + "\n}"
