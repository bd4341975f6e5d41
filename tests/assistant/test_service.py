"""One question, one checked answer: with the offline planner, with a model, and when either fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer.model import Answer
from assistant.events import AnswerReady, Event, StepFinished, StepStarted
from assistant.service import Assistant
from assistant.settings import Settings, read_settings
from tests.assistant.fake_openai import FakeModel, calls, says, serving

QUESTION = "What were new users by channel last week?"
PARAMS = {"metrics": ["new_users"], "start": "2025-12-22", "end": "2025-12-28", "dimensions": ["channel"]}


def settings(home: Path, model: FakeModel | None = None) -> Settings:
    """Return settings for ``home``, with the fake model if there is one."""
    plain = read_settings({"YUNCE_HOME": str(home)}, folder=home)
    return replace(plain, model="fake-1", base_url=model.url, api_key="x") if model else plain


async def events_of(assistant: Assistant, question: str, session: str | None = None) -> list[Event]:
    """Return everything that happened while ``question`` was answered."""
    return [event async for event in assistant.ask(question, session=session)]


async def ask(assistant: Assistant, question: str, session: str | None = None) -> Answer:
    """Return the answer to ``question``."""
    last = (await events_of(assistant, question, session))[-1]
    assert isinstance(last, AnswerReady)
    return last.answer


async def test_steps_come_in_order_and_the_answer_last(home: Path) -> None:
    """Each tool call starts, finishes with a result and leads to one answer that carries the result."""
    events = await events_of(Assistant.open(settings(home)), QUESTION)
    assert [type(event) for event in events] == [StepStarted, StepFinished, AnswerReady]
    started, finished, ready = events
    assert isinstance(started, StepStarted)
    assert isinstance(finished, StepFinished)
    assert isinstance(ready, AnswerReady)
    assert started.call_id == finished.call_id
    assert ready.answer.results == (finished.result,)
    assert ready.answer.model == "offline"
    assert ready.answer.results[0].params == PARAMS


async def test_the_answer_follows_the_language_of_the_question(home: Path) -> None:
    """Chinese characters give a Chinese answer, else English; both show the same figures."""
    assistant = Assistant.open(settings(home))
    zh, en = await ask(assistant, "上周各渠道新增多少？"), await ask(assistant, QUESTION)
    assert (zh.language, en.language) == ("zh", "en")
    assert zh.results[0].rows == en.results[0].rows
    assert zh.results[0].receipt == en.results[0].receipt
    assert "渠道" in zh.answer
    assert "渠道" not in en.answer


async def test_a_follow_up_keeps_the_rest_after_a_restart(home: Path) -> None:
    """What was asked before is read from disk, so another process goes on where the first one stopped."""
    await ask(Assistant.open(settings(home)), "上周各渠道新增多少？", "talk")
    answer = await ask(Assistant.open(settings(home)), "上上周呢？", "talk")
    assert answer.results[0].params == {**PARAMS, "start": "2025-12-15", "end": "2025-12-21"}


async def test_it_is_the_value_that_was_shown_after_a_restart_and_one_reply_drops_it(home: Path) -> None:
    """它 is the channel that the last answer named; the answer says so, and its offer, sent as it stands, takes it back."""
    best = await ask(Assistant.open(settings(home)), "上个月GMV最高的渠道", "talk")
    channel = best.results[0].rows[0][best.results[0].columns.index("channel")]
    then = await ask(Assistant.open(settings(home)), "它的新增呢", "talk")
    assert then.results[0].params["filters"] == [{"dimension": "channel", "op": "in", "values": [channel]}]
    assert "指上一个答案里的渠道" in then.answer
    weekly = await ask(Assistant.open(settings(home)), "按周看", "talk")
    assert "仍按渠道" in weekly.answer
    drop = next(offer for offer in weekly.offers if "渠道" in offer.label)
    without = await ask(Assistant.open(settings(home)), drop.question, "talk")
    assert "filters" not in without.results[0].params
    assert without.results[0].params["grain"] == "week"


async def test_an_export_is_a_file_with_every_row(home: Path) -> None:
    """导出 writes the rows of the question before to a CSV file that the answer names; nothing else writes one."""
    assistant = Assistant.open(settings(home))
    first = await ask(assistant, "上周每天各渠道新增", "talk")
    assert first.files == ()
    done = await ask(assistant, "导出", "talk")
    assert [file.mime for file in done.files] == ["text/csv"]
    assert done.files[0].path.parent == home / "exports"
    assert len(done.files[0].path.read_text(encoding="utf-8-sig").splitlines()) == 1 + done.results[0].row_count
    assert done.files[0].name in done.answer
    assert done.to_json()["files"][0]["name"] == done.files[0].name


async def test_conversations_do_not_mix(home: Path) -> None:
    """A follow-up in another conversation, or in none, knows nothing of this one."""
    assistant = Assistant.open(settings(home))
    await ask(assistant, "上周各渠道新增多少？", "one")
    assert (await ask(assistant, "上上周呢？", "two")).status == "clarify"
    assert (await ask(assistant, "上上周呢？")).status == "clarify"


async def test_a_model_uses_the_same_tools(home: Path) -> None:
    """An OpenAI-compatible model calls the tool and words the answer; its figures are those of the result."""
    first = await ask(Assistant.open(settings(home)), "新增用户上周多少？")
    figure = first.results[0].rows[0][0]
    week = {"metrics": ["new_users"], "start": "2025-12-22", "end": "2025-12-28"}
    with serving(calls("query_metrics", **week), says(f"上周新增注册用户 {figure} 人。")) as model:
        answer = await ask(Assistant.open(settings(home, model)), "新增用户上周多少？")
    assert answer.status == "answered"
    assert answer.model == "fake-1"
    assert f"上周新增注册用户 {figure} 人" in answer.answer
    assert answer.results[0].receipt == first.results[0].receipt
    assert {tool["function"]["name"] for tool in model.requests[0]["tools"]} >= {"query_metrics", "ask_back", "decline"}


async def test_a_figure_that_a_model_made_up_never_reaches_the_person(home: Path) -> None:
    """One wrong number in the model's words and the answer is rebuilt from the result."""
    week = {"metrics": ["new_users"], "start": "2025-12-22", "end": "2025-12-28"}
    with serving(calls("query_metrics", **week), says("上周新增 987,654 人，增长 35.7%。")) as model:
        answer = await ask(Assistant.open(settings(home, model)), "新增用户上周多少？")
    assert answer.status == "answered"
    assert "987" not in answer.answer
    assert "35.7" not in answer.answer
    assert answer.unsupported_numbers == ()


async def test_figures_without_any_result_are_not_shown(home: Path) -> None:
    """A model that answers from memory is not believed."""
    with serving(says("昨天日活大约 52,000。")) as model:
        answer = await ask(Assistant.open(settings(home, model)), "昨天日活多少？")
    assert answer.status == "declined"
    assert "52,000" not in answer.answer


async def test_a_model_can_ask_back_and_decline(home: Path) -> None:
    """The two control tools end the turn with the status and the choices, and leave no result."""
    with serving(calls("ask_back", question="哪一个转化率？", choices=["付费转化率", "注册转化率"])) as model:
        asked = await ask(Assistant.open(settings(home, model)), "转化率多少？")
    assert (asked.status, asked.choices, asked.results) == ("clarify", ("付费转化率", "注册转化率"), ())
    with serving(calls("decline", reason="不能预测未来。")) as model:
        declined = await ask(Assistant.open(settings(home, model)), "明年日活多少？")
    assert declined.status == "declined"
    assert "不能预测未来" in declined.answer


async def test_a_model_corrects_itself_after_an_error(home: Path) -> None:
    """A wrong metric id comes back with the nearest names, the model tries again, and the person sees one answer."""
    good = {"metrics": ["new_users"], "start": "2025-12-22", "end": "2025-12-28"}
    with serving(calls("query_metrics", metrics=["new_user"]), calls("query_metrics", **good), says("")) as model:
        answer = await ask(Assistant.open(settings(home, model)), "新增用户上周多少？")
    assert answer.status == "answered"
    assert len(answer.results) == 1
    errors = [message["content"] for message in model.requests[1]["messages"] if message["role"] == "tool"]
    assert "new_users" in errors[0]


async def test_a_model_that_never_stops_is_stopped(home: Path) -> None:
    """The limits on calls end a loop, and what came out of it is still checked."""
    with serving(calls("list_metrics")) as model:
        answer = await ask(Assistant.open(settings(home, model)), "有哪些指标？")
    assert answer.status in ("answered", "declined")
    assert len(model.requests) <= 10


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_failing_model_gives_way_to_the_offline_planner(home: Path, status: int) -> None:
    """Whatever the service answers, the person gets the planner's answer and is told so."""
    with serving(says("x"), status=status) as model:
        answer = await ask(Assistant.open(settings(home, model)), "上周各渠道新增多少？")
    assert answer.status == "answered"
    assert answer.model == "offline"
    assert "fake-1" in answer.answer


async def test_an_unreachable_model_gives_way_too(home: Path) -> None:
    """Nothing listens at the address: the planner answers."""
    gone = replace(settings(home), model="fake-1", base_url="http://127.0.0.1:9/v1", api_key="x")
    answer = await ask(Assistant.open(gone), "上周各渠道新增多少？")
    assert (answer.status, answer.model) == ("answered", "offline")


async def test_without_data_the_answer_says_what_to_run(tmp_path: Path) -> None:
    """No warehouse is an error with its cure, in the language of the question."""
    answer = await ask(Assistant.open(settings(tmp_path / "none")), "昨天日活多少？")
    assert answer.status == "error"
    assert "yunce demo" in answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "\x00",
        "😀😀😀",
        "x" * 10_000,
        "日活" * 5_000,
        "'; DROP TABLE users; --",
        "<script>alert(1)</script>",
        "\ud800",
        "1/0",
    ],
)
async def test_nonsense_is_answered_in_words(home: Path, question: str) -> None:
    """Any text gets a question back or a clear no: no figure, no HTML, no failure."""
    answer = await ask(Assistant.open(settings(home)), question)
    assert answer.status in ("clarify", "declined")
    assert answer.answer.strip()
    assert "<script" not in answer.answer
    assert answer.results == ()


async def test_html_in_a_model_s_words_is_text(home: Path) -> None:
    """Markup from a model is escaped or left out, and its links do not survive."""
    week = {"metrics": ["new_users"], "start": "2025-12-22", "end": "2025-12-28"}
    with serving(
        calls("query_metrics", **week), says("<b>hi</b> [x](http://evil.example) ![y](http://evil.example/a)")
    ) as model:
        answer = await ask(Assistant.open(settings(home, model)), "新增用户上周多少？")
    assert "<b>" not in answer.answer.replace(r"\<b>", "")
    assert "](http" not in answer.answer


async def test_questions_in_one_process_run_side_by_side(home: Path) -> None:
    """Eight questions at once give the answers that they give alone."""
    assistant = Assistant.open(settings(home))
    alone = await ask(assistant, QUESTION)
    together = await asyncio.gather(*(ask(assistant, QUESTION) for _ in range(8)))
    assert all(answer.results[0].rows == alone.results[0].rows for answer in together)


async def test_an_answer_is_the_same_every_time(home: Path) -> None:
    """The same question on the same data gives the same words, rows and receipt."""
    assistant = Assistant.open(settings(home))
    first, second = await ask(assistant, QUESTION), await ask(assistant, QUESTION)
    assert first.answer == second.answer
    assert first.results[0].receipt == second.results[0].receipt


async def test_json_has_exactly_the_contract_s_fields(home: Path) -> None:
    """What programs read has the agreed fields and no others."""
    answer = (await ask(Assistant.open(settings(home)), QUESTION)).to_json()
    assert list(answer) == [
        "question", "language", "status", "answer", "results", "citations", "segments", "files", "unsupported_numbers", "model",
        "elapsed_ms",
    ]  # fmt: skip
