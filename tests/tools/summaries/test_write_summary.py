"""Summaries: what they hold, where their figures come from, and what they refuse."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.answer.numbers import NumberCheck
from assistant.answer.summaries import tell_summary
from assistant.answer.value_names import named
from assistant.cli.frame import UsageError
from assistant.cli.summary import question_of
from assistant.planner.plan import plan
from assistant.planner.types import AskBack, Call, Calls, Decline
from assistant.service import Assistant
from assistant.settings import read_settings
from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from knowledge.playbooks.load import load_playbooks
from knowledge.summaries import KINDS, outline_of
from knowledge.text import Language
from tools.summaries.model import Figure, Summary
from tools.summaries.period import days_of, last_whole
from tools.tool import ToolContext
from tools.warehouse.door import Interrupter, Meta
from tools.write_summary import TOOL


@pytest.fixture(scope="module")
def assistant(demo_home: Path) -> Assistant:
    return Assistant.open(read_settings({"YUNCE_HOME": str(demo_home)}))


def summary(assistant: Assistant, language: Language = "zh", **params: str) -> Summary:
    found = TOOL.run(ToolContext(assistant.layer, language, Interrupter()), params)
    assert isinstance(found, Summary)
    return found


def told(assistant: Assistant, found: Summary, language: Language) -> tuple[str, tuple[str, ...]]:
    """Return the text of a summary and the numbers in it that nothing supports."""
    results = (found, *found.parts)
    catalog = named(assistant.catalog, results, assistant._value_names())
    text = tell_summary(found, catalog, language)
    return text, NumberCheck(results, citations=found.citations, catalog=catalog).unsupported(text)


def test_outlines_name_metrics_of_the_catalog() -> None:
    """Every metric and step that a kind of summary holds exists, and what may be explained is in its headline."""
    catalog = load_catalog()
    for kind in KINDS:
        outline = outline_of(kind)
        assert outline.metrics <= set(catalog.metrics)
        assert set(outline.explain) <= set(outline.headline)
        for dimension, metrics in outline.splits.items():
            assert all(dimension in catalog.dimensions_of(catalog.metrics[m]) for m in metrics)


def test_each_figure_is_a_cell_of_the_result_that_its_receipt_names(assistant: Assistant) -> None:
    """A summary has no rows of its own; each figure in its sections is the cell of a part that has its receipt."""
    found = summary(assistant, start="2025-08-01", end="2025-08-31", kind="monthly")
    parts = {part.receipt: part for part in found.parts}
    assert (found.rows, found.receipt) == ((), "")
    assert len(parts) == len({part.receipt for part in found.parts if part.receipt})
    figures = [figure for section in found.sections for figure in section.figures]
    assert len(figures) > 40
    assert all(_holds(parts[figure.receipt].records(), figure) for figure in figures)
    assert [dict(r.figure.where) for r in found.risks if r.why == "below_line"] == [{"campaign": "summer_flash"}]
    assert (found.steps[0].playbook, found.steps[0].citation) == ("low_roi_stop", "P1")


def _holds(records: list[dict[str, object]], figure: Figure) -> bool:
    rows = [record for record in records if all(record[name] == value for name, value in figure.where)]
    return len(rows) == 1 and rows[0][figure.metric] == figure.value


@pytest.mark.parametrize(
    ("month", "language", "names"),
    [
        ("2025-07", "zh", ("星火计划", "引力场计划")),
        ("2025-08", "zh", ("夏日闪购", "[P1]")),
        ("2025-08", "en", ("夏日闪购", "[P1]", "stop line")),
        ("2025-10", "en", ("按偏好唤醒", "个性化唤醒")),
    ],
)
def test_the_story_shows_and_every_number_is_supported(
    assistant: Assistant, month: str, language: Language, names: tuple[str, ...]
) -> None:
    """July names the new plan, August the campaign to stop, October the win-back test; every number has its source."""
    found = summary(assistant, language, start=f"{month}-01", end=f"{month}-31", kind="monthly")
    text, unsupported = told(assistant, found, language)
    assert unsupported == ()
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize(
    ("start", "end", "kind"),
    [
        ("2025-12-30", "2025-12-30", "daily"),
        ("2025-12-29", "2025-12-31", "weekly"),
        ("2025-01-01", "2025-12-31", "yearly"),
    ],
)
def test_each_kind_is_told_whole(assistant: Assistant, start: str, end: str, kind: str) -> None:
    """A day, a part week and a year without one before it are told within a screen or two, nothing in them unsupported."""
    found = summary(assistant, start=start, end=end, kind=kind)
    text, unsupported = told(assistant, found, "zh")
    assert unsupported == ()
    assert text.startswith("## ")
    assert len(text) < 3000
    assert {citation["playbook"] for citation in found.citations} <= set(load_playbooks())
    assert [f"P{n}" for n in range(1, len(found.steps) + 1)] == [citation["id"] for citation in found.citations]


def test_a_period_without_data_is_refused_and_one_partly_outside_is_cut(assistant: Assistant) -> None:
    """The future, the time before the data and a range the wrong way round are refused; a part outside is cut and said."""
    for start, end in (("2026-02-01", "2026-02-28"), ("2023-01-01", "2023-01-31"), ("2025-10-31", "2025-10-01")):
        with pytest.raises(QueryError) as caught:
            summary(assistant, start=start, end=end, kind="monthly")
        assert start in caught.value.text.zh
        assert start in caught.value.text.en
    found = summary(assistant, start="2025-12-29", end="2026-01-04", kind="weekly")
    assert found.params == {"start": "2025-12-29", "end": "2025-12-31", "kind": "weekly"}
    assert "2026-01-04" in found.notes[0].zh
    with pytest.raises(QueryError, match="kind"):
        summary(assistant, start="2025-12-29", end="2025-12-30", kind="hourly")


def test_the_last_whole_period_ends_by_the_last_day(assistant: Assistant) -> None:
    """Without dates a summary is of the last whole period; weeks begin where the workspace says."""
    last = date(2025, 12, 30)
    whole = {kind: last_whole(kind, last) for kind in KINDS}
    assert whole == {
        "daily": (last, last),
        "weekly": (date(2025, 12, 22), date(2025, 12, 28)),
        "monthly": (date(2025, 11, 1), date(2025, 11, 30)),
        "quarterly": (date(2025, 7, 1), date(2025, 9, 30)),
        "yearly": (date(2024, 1, 1), date(2024, 12, 31)),
    }
    assert last_whole("weekly", last, "sunday") == (date(2025, 12, 21), date(2025, 12, 27))
    meta: Meta = assistant.layer.warehouse.meta
    assert days_of(None, None, None, meta).kind == "weekly"
    assert days_of(date(2025, 11, 1), date(2025, 11, 30), None, meta).kind == "monthly"


def test_words_for_a_summary_give_its_kind_and_days(assistant: Assistant) -> None:
    """Kind and days are read in both languages; a narrowed or too long one is asked back, with choices that are understood."""
    world = assistant.world()
    due = {
        "写一下上周的周报": ("weekly", "2025-12-22", "2025-12-28"),
        "给我一份上周的总结": ("weekly", "2025-12-22", "2025-12-28"),
        "10月月报": ("monthly", "2025-10-01", "2025-10-31"),
        "三季度季报": ("quarterly", "2025-07-01", "2025-09-30"),
        "年度总结": ("yearly", "2025-01-01", "2025-12-31"),
        "weekly report": ("weekly", "2025-12-22", "2025-12-28"),
        "monthly summary for October": ("monthly", "2025-10-01", "2025-10-31"),
        "give me the summary of last week": ("weekly", "2025-12-22", "2025-12-28"),
        "Give me yesterday's daily brief": ("daily", "2025-12-30", "2025-12-30"),
    }
    for question, (kind, start, end) in due.items():
        made = plan(question, world)
        assert isinstance(made, Calls), question
        assert made.calls == (Call("write_summary", {"start": start, "end": end, "kind": kind}),), question
    for question in ("10月周报", "短视频渠道10月的月报", "写个总结", "10月和11月的月报"):
        asked = plan(question, world)
        assert isinstance(asked, AskBack), question
        assert all(isinstance(plan(words, world), Calls) for choice in asked.choices for words in choice), question
    assert isinstance(plan("2026年1月月报", world), Decline)


def test_the_command_is_the_same_as_asking() -> None:
    """The command says the question that means its arguments; what cannot be is refused before anything runs."""
    assert question_of("monthly", "2025-10-01", "2025-10-31") == (
        "2025-10-01到2025-10-31的月报",
        "monthly summary for 2025-10-01 to 2025-10-31",
    )
    assert question_of(None, None, None) == ("周报", "weekly summary")
    for arguments in (("hourly", None, None), ("daily", "2025-10-01", None)):
        with pytest.raises(UsageError):
            question_of(*arguments)
    for start, end in (("2025-13-01", "2025-12-01"), ("2025-12-02", "2025-12-01")):
        with pytest.raises(QueryError):
            question_of("daily", start, end)
