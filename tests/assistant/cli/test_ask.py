"""``yunce ask`` as a process: JSON, sessions, batches, exit status, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.assistant.cli.running import yunce


def test_an_answer_in_words_shows_figure_dates_table_and_receipt(home: Path) -> None:
    """A person in the terminal sees the dates, the table and the receipt, in the language of the question."""
    done = yunce(home, "ask", "近7天各渠道的新增用户和次日留存怎么样？", language="en")
    assert done.status == 0
    assert "2025-12-25" in done.out
    assert "短视频" in done.out
    assert "R-" in done.out


def test_json_is_one_object_and_its_receipt_verifies(home: Path) -> None:
    """Standard output holds the object and nothing else; the receipt in it can be run again."""
    done = yunce(home, "ask", "D7 retention of October sign-ups, iOS vs Android", "--json")
    answer = json.loads(done.out)
    assert (done.status, done.err) == (0, "")
    assert answer["language"] == "en"
    assert answer["unsupported_numbers"] == []
    result = answer["results"][0]
    assert result["metrics"] == ["retention_d7"]
    assert yunce(home, "verify", result["receipt"]).status == 0


def test_a_session_carries_a_follow_up_between_calls(home: Path) -> None:
    """Two processes, one session: the second changes one thing and keeps the rest."""
    yunce(home, "ask", "上周各渠道新增多少？", "--session", "s1", "--json")
    answer = json.loads(yunce(home, "ask", "只看安卓的", "--session", "s1", "--json").out)
    params = answer["results"][0]["params"]
    assert params["metrics"] == ["new_users"]
    assert params["dimensions"] == ["channel"]
    assert params["filters"] == [{"dimension": "platform", "op": "in", "values": ["android"]}]


def test_a_session_may_have_any_name(home: Path) -> None:
    """Slashes and dots in a session id stay within the home folder."""
    done = yunce(home, "ask", "昨天日活多少？", "--session", "../../evil/☃", "--json")
    assert done.status == 0
    assert not (home.parent / "evil").exists()


def test_a_batch_answers_line_by_line_with_id_and_turn(home: Path, tmp_path: Path) -> None:
    """Single questions and sessions, one JSON line per answer, in order; turns of a session follow each other."""
    batch = tmp_path / "questions.jsonl"
    rows = [
        {"id": "a", "question": "昨天日活多少？"},
        {"id": "b", "session": [{"question": "CAC by channel this year"}, {"question": "What about Q3?"}]},
        {"id": "c", "question": "明年GMV能做到多少"},
    ]
    batch.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n", encoding="utf-8-sig")
    done = yunce(home, "ask", "--batch", str(batch))
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    assert [(line["id"], line["turn"], line["status"]) for line in lines] == [
        ("a", 1, "answered"), ("b", 1, "answered"), ("b", 2, "answered"), ("c", 1, "declined"),
    ]  # fmt: skip
    assert lines[2]["results"][0]["params"]["start"] == "2025-07-01"
    assert list((home / "sessions").glob("batch-*")) == []


@pytest.mark.parametrize(
    "content", ['{"id": 1}\n', "not json\n", '{"id": 1, "question": 5}\n', '{"id": 1, "session": []}\n', "[]\n"]
)
def test_a_bad_batch_names_its_lines_and_asks_nothing(home: Path, tmp_path: Path, content: str) -> None:
    """A line that cannot be read is named by number before any question is asked."""
    batch = tmp_path / "questions.jsonl"
    batch.write_text('{"id": 0, "question": "昨天日活多少？"}\n' + content, encoding="utf-8")
    done = yunce(home, "ask", "--batch", str(batch))
    assert done.status == 1
    assert done.out == ""
    assert "2:" in done.err


def test_a_missing_batch_file_is_one_line(home: Path, tmp_path: Path) -> None:
    """A file that is not there is named."""
    done = yunce(home, "ask", "--batch", str(tmp_path / "absent.jsonl"))
    assert done.status == 1
    assert "absent.jsonl" in done.err


def test_without_data_ask_fails_and_says_what_to_run(tmp_path: Path) -> None:
    """No warehouse: exit status 1, one line on standard error, and the JSON object still says error."""
    done = yunce(tmp_path / "none", "ask", "昨天日活多少？", "--json")
    assert done.status == 1
    assert "yunce demo" in done.err
    assert json.loads(done.out)["status"] == "error"


@pytest.mark.parametrize("question", ["转化率多少？", "Forecast GMV for next quarter"])
def test_a_question_back_and_a_clear_no_are_answers(home: Path, question: str) -> None:
    """Asking back and declining end with status 0: the request was served."""
    done = yunce(home, "ask", question)
    assert done.status == 0
    assert done.out.strip()


def test_figures_without_a_receipt_are_not_given(home: Path) -> None:
    """Where the receipt cannot be kept the answer is an error, not a number."""
    (home / "receipts").write_text("a file where the folder should be", encoding="utf-8")
    done = yunce(home, "ask", "昨天日活多少？", "--json")
    answer = json.loads(done.out)
    assert done.status == 1
    assert answer["status"] == "error"
    assert answer["results"] == []
