"""The fixed list of ``benchmarks/queries.yaml`` as questions: what is asked of Yunce, and what an analyst would write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.by_hand import analyses, by_hand, has_rollup
from benchmarks.by_hand.form import Form

LIST = Path(__file__).parent.parent / "queries.yaml"
AS_OF = date(2025, 12, 31)
"""The last day of the demo."""
WEEKS = (date(2024, 12, 30), date(2025, 3, 30))
"""Thirteen whole weeks beside the 90 days, for metrics of weeks."""
METRIC_GOAL, METRIC_OVER = 3.0, 1.1


@dataclass(frozen=True)
class Question:
    """One question and its peers.

    Attributes:
        group: what is measured in one process: a metric or an analysis.
        form: ``month``, ``days``, ``months``, ``split``, or ``analysis``.
        raw, rollup: hand-written statements on the raw tables and on the rollups; any of several ways. ``rollup`` is empty
            where there is nothing but the raw tables to read.
        keys, figures: the columns compared; ``figures`` maps ours to theirs.
        partly: whether the hand-written rows may be more than ours (an explanation lists the best of them).
        goal: seconds; over: times the best hand-written statement.
    """

    group: str
    form: str
    tool: str
    params: Mapping[str, Any]
    raw: tuple[str, ...]
    rollup: tuple[str, ...]
    keys: tuple[str, ...]
    figures: Mapping[str, str]
    goal: float
    over: float
    days: int
    partly: bool = False

    @property
    def id(self) -> str:
        """The name of the question in results."""
        return self.group if self.form == "analysis" else f"{self.group}/{self.form}"


def questions(path: Path = LIST) -> list[Question]:
    """Return every question of the list, metrics first."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [*_metrics(listed), *_analyses(listed)]


def _metrics(listed: Mapping[str, Any]) -> Iterator[Question]:
    for metric, about in listed["metrics"].items():
        for name, asked in listed["forms"].items():
            start, end = WEEKS if about.get("weeks") and name == "days" else (asked["start"], asked["end"])
            by = about["by"] if name == "split" else ""
            form = Form(start, end, AS_OF, asked.get("grain", "total"), by)
            params: dict[str, Any] = {"metrics": [metric], "start": start, "end": end}
            params |= {"grain": asked["grain"]} if "grain" in asked else {}
            params |= {"dimensions": [by]} if by else {}
            raw = tuple(by_hand(metric, form, raw=True))
            rollup = tuple(by_hand(metric, form)) if has_rollup(metric) else ()
            keys = tuple(k for k in ("period" if "grain" in asked else "", by) if k)
            yield Question(
                group=metric,
                form=name,
                tool="query_metrics",
                params=_plain(params),
                raw=raw,
                rollup=rollup,
                keys=keys,
                figures={metric: "value"},
                goal=METRIC_GOAL,
                over=METRIC_OVER,
                days=(end - start).days + 1,
            )


def _analyses(listed: Mapping[str, Any]) -> Iterator[Question]:
    for name, about in listed["analyses"].items():
        raw = tuple(analyses.analysis(about["peer"], AS_OF, raw=True))
        rollup = tuple(analyses.analysis(about["peer"], AS_OF, raw=False))
        days = about["params"]
        yield Question(
            group=name,
            form="analysis",
            tool=about["tool"],
            params=_plain(about["params"]),
            raw=raw,
            rollup=() if rollup == raw else rollup,
            keys=tuple(about["keys"]),
            figures={figure: figure for figure in about["figures"]},
            goal=float(about["goal"]),
            over=float(about["over"]),
            days=(days["end"] - days["start"]).days + 1 if "end" in days else 0,
            partly=about["tool"] == "explain_change",
        )


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as JSON has them: days as text."""
    plain: dict[str, Any] = json.loads(json.dumps(params, default=str))
    return plain
