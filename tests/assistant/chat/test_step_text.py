"""The body of a step shows parameters, query and outcome, whatever they contain."""

from __future__ import annotations

import pytest

from assistant.chat.step_text import failed, fenced, finished, inert, pretty_sql
from knowledge.text import Text
from tests.assistant.chat.fake_assistant import RECEIPT, result


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("参数", "5 行", "收据", "数据截至 2025-12-31", "最后一周不完整")),
        ("en", ("Parameters", "5 rows", "receipt", "data to 2025-12-31", "incomplete")),
    ],
)
def test_a_finished_step_shows_everything(language: str, words: tuple[str, ...]) -> None:
    """Parameters as JSON, SQL highlighted over several lines, bound values, rows, time, receipt and notes."""
    body = finished(result(), {"start": "2025-12-01"}, language)  # type: ignore[arg-type]
    assert '```json\n{\n  "metrics": ["new_users", "retention_d1"],' in body
    assert "```sql\nSELECT\n" in body
    assert '"start": "2025-12-01"\n}' in body
    assert RECEIPT in body
    assert "0.04" in body
    assert all(word in body for word in words)


def test_a_tool_without_sql_has_no_query() -> None:
    """A step that ran no statement shows none."""
    assert "```sql" not in finished(result(sql="", receipt=""), {}, "en")


def test_a_failed_step_says_why_in_the_readers_language() -> None:
    """The error's words, not its class, stand under the parameters."""
    error = Text("没有名为“x”的指标。", "There is no metric 'x'.")
    assert "没有名为" in failed({"metrics": ["x"]}, error, "zh")
    assert "There is no metric" in failed({"metrics": ["x"]}, error, "en")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("最后一周 note:partial。", "最后一周 note\\:partial。"),
        ("ratio::x", "ratio\\:\\:x"),
        ("at 12:30, `a:b` and https://x.example/a:b", "at 12:30, `a:b` and https://x.example/a\\:b"),
        ('```json\n{"a":true}\n```', '```json\n{"a":true}\n```'),
        ("收据：R-1", "收据：R-1"),
        ("![x](http://e.example/x.png) `![y](z)`", "\\![x](http://e.example/x.png) `![y](z)`"),
        ("wow! [1]", "wow! [1]"),
    ],
)
def test_what_the_renderer_would_act_on_stays_text(text: str, shown: str) -> None:
    """Directives cannot swallow a word and pictures are not fetched; code, times and addresses are left alone."""
    assert inert(text) == shown


def test_code_cannot_close_its_own_block() -> None:
    """A fence longer than any run of backticks in the code."""
    block = fenced("select '```' as x", "sql")
    assert block.startswith("````sql\n")
    assert block.endswith("\n````")


def test_sql_that_cannot_be_read_or_is_laid_out_already_stays_as_it_is() -> None:
    """What ran is shown, not an error about it."""
    assert pretty_sql("SELEC ((") == "SELEC (("
    assert pretty_sql("SELECT 1,\n       2") == "SELECT 1,\n       2"
