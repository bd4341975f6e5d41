"""One question, one checked answer: the path that the chat and the terminal share."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistant.answer.compose import compose
from assistant.answer.markdown import escape
from assistant.answer.model import Answer, NextQuestion, Status, WrittenFile
from assistant.answer.numbers import unsupported_numbers
from assistant.answer.plans import in_plan_words
from assistant.answer.segments import next_steps, segment_entries
from assistant.answer.shown import export, files_line, shown_in
from assistant.events import AnswerReady, Event, StepFinished, StepStarted
from assistant.planner.language import LONGEST
from assistant.planner.plan import language_of, plan
from assistant.planner.types import AskBack, Call, Calls, Clock, Decline, NamedPeriod, Offer, StoredValue, Turn, World
from assistant.sessions import Sessions
from assistant.settings import Settings
from knowledge.catalog import Catalog, load_catalog
from knowledge.errors import PolicyError, QueryError, YunceError
from knowledge.text import Language, Text, join
from tools.cited import Cited
from tools.plans.model import Drafted, results_of
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.semantic_layer.result import Result
from tools.summaries.model import Summary
from tools.toolbox import TOOLS
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import serving_path

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage, ToolMessage

    from assistant.segment_acts import Acted
    from tools.retrieval.library import Library

OFFLINE = "offline"


@dataclass
class _Turn:
    """What has come of a question so far."""

    question: str
    language: Language
    model: str
    calls: dict[str, Call] = field(default_factory=dict)
    outcomes: dict[str, Any] = field(default_factory=dict)
    said: Text | None = None
    offers: tuple[Offer, ...] = ()
    export: bool = False
    act: Mapping[str, Any] = field(default_factory=dict)
    acted: Acted | None = None
    draft: str = ""

    @property
    def results(self) -> tuple[Result, ...]:
        """The results so far, in the order of their calls."""
        found = [self.outcomes[c] for c in self.calls if isinstance(self.outcomes.get(c), Result)]
        return tuple(each for result in found for each in _with_parts(result))

    @property
    def citations(self) -> tuple[dict[str, Any], ...]:
        """The passages that searches found, numbered through where there were several."""
        found = [each for result in self.results if isinstance(result, Cited | Summary) for each in result.citations]
        return tuple({**each, "id": f"P{number}"} for number, each in enumerate(found, start=1))


class Assistant:
    """Answers questions over one home folder. Opening is cheap: data, planner and agent load with the first question."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sessions = Sessions(settings.home)
        self._world: tuple[str, World] | None = None
        self._agents: dict[str, Any] = {}
        self._saved_at = -1

    @classmethod
    def open(cls, settings: Settings) -> Assistant:
        """Return the assistant of these settings."""
        return cls(settings)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog of metrics."""
        return load_catalog(self.settings.home)

    @cached_property
    def layer(self) -> SemanticLayer:
        """The semantic layer over the serving warehouse."""
        home = self.settings.home
        warehouse = Warehouse(serving_path(home), seconds=self.settings.query_seconds, memory=self.settings.memory)
        return SemanticLayer(self.catalog, warehouse, ReceiptStore(home), self.settings.week_start)

    @cached_property
    def library(self) -> Library:
        """The search over playbooks and documents; its index is built at the first search."""
        from tools.retrieval.library import library  # noqa: PLC0415 - numpy and models load with the first search

        return library(self.settings.home, self.settings.embedding_model)

    def world(self) -> World:
        """Return what questions are read by, for the snapshot that serves now. Raises WarehouseError without one."""
        meta = self.layer.warehouse.meta
        if self._world is None or self._world[0] != meta.snapshot:
            values = {
                name: tuple(StoredValue(v.value, (v.name,) if v.name else ()) for v in stored)
                for name, stored in self.layer.values.all().items()
            }
            named = tuple(
                NamedPeriod(p.kind, p.id, (p.id, p.name) if p.name else (p.id,), p.start, p.end)
                for p in self.layer.values.periods()
            )
            clock = Clock(meta.business_date, meta.as_of, meta.data_start, named, week_start=self.settings.week_start)
            self._world = meta.snapshot, World(self.catalog, clock, values, frozenset(TOOLS))
        return self._world[1]

    def warm(self) -> None:
        """Load what the first question needs: agent, data, words. What is wrong is left for the question to say."""
        model = self.settings.model if self.settings.uses_model else OFFLINE
        self._agent(model)
        with suppress(YunceError):
            plan("昨天日活多少", self.world())

    async def ask(self, question: str, *, session: str | None = None) -> AsyncGenerator[Event, None]:
        """Yield the steps of answering ``question`` and at last its answer.

        ``session`` names a conversation whose earlier turns a follow-up may refer to. Closing the iterator, or cancelling
        the task that reads it, stops the running query.
        """
        started = time.perf_counter()
        asked = clean(question)
        turn = _Turn(asked, language_of(asked), OFFLINE)
        try:
            async with aclosing(self._events(turn, session)) as events:
                async for event in events:
                    yield event
            await self._act(turn)
            answer, made = self._finished(turn)
        except YunceError as error:
            answer, made = _failed(turn, error), Decline(error.text, ())
        if session is not None:
            self.sessions.append(session, Turn(asked, made, shown_in(answer.results)))
        yield AnswerReady(replace(answer, elapsed_ms=(time.perf_counter() - started) * 1000))

    async def _act(self, turn: _Turn) -> None:
        """Do what was asked for with the segment that was counted: save it, hand it over, set it beside everyone."""
        counted = next((r for r in reversed(turn.results) if r.tool == "build_segment"), None)
        if not turn.act or counted is None:
            return
        from assistant.segment_acts import act  # noqa: PLC0415 - few questions need it

        turn.acted = await asyncio.to_thread(act, turn.act, counted, self.layer, self.settings.home, turn.language)
        told = [text for text in (turn.acted.said, turn.said) if text]
        turn.said = join(told) if told else None
        self._take_saved_segments()

    def _take_saved_segments(self) -> None:
        """Know the segments that were saved or deleted since the last question, here or by another process."""
        folder = self.settings.home / "segments"
        now = folder.stat().st_mtime_ns if folder.is_dir() else 0
        if now != self._saved_at and "catalog" in self.__dict__:
            del self.__dict__["catalog"]
            if "layer" in self.__dict__:
                self.__dict__["layer"] = replace(self.__dict__["layer"], catalog=self.catalog)
            self._world = None
        self._saved_at = now

    def _value_names(self) -> dict[str, dict[str, str]]:
        """Return the names that values carry in the data, by dimension and stored value."""
        values = self.world().values
        named = {d: {str(v.value): v.names[0] for v in stored if v.names} for d, stored in values.items()}
        return {dimension: names for dimension, names in named.items() if names}

    async def _events(self, turn: _Turn, session: str | None) -> AsyncGenerator[Event, None]:
        if not turn.question.strip():
            raise QueryError(_NOTHING_ASKED, code="empty_question")
        if len(turn.question) > LONGEST:
            raise QueryError(_too_long(len(turn.question)), code="question_too_long")
        self._take_saved_segments()
        world = self.world()
        earlier = self.sessions.turns(session) if session is not None else ()
        from langchain_core.exceptions import ModelError  # noqa: PLC0415 - langchain loads with the first question

        if self.settings.uses_model:
            turn.model = self.settings.model
            try:
                async with aclosing(self._run(turn, world, earlier)) as events:
                    async for event in events:
                        yield event
            except ModelError as error:
                turn.model, turn.draft = OFFLINE, ""
                turn.said = _model_failed(self.settings.model, error)
            else:
                return
        async with aclosing(self._run(turn, world, earlier)) as events:
            async for event in events:
                yield event

    async def _run(self, turn: _Turn, world: World, earlier: Sequence[Turn]) -> AsyncGenerator[Event, None]:
        from langchain_core.messages import HumanMessage, SystemMessage  # noqa: PLC0415

        from assistant.agent.bindings import RequestContext  # noqa: PLC0415
        from assistant.agent.build import RECURSION, system_prompt  # noqa: PLC0415
        from assistant.agent.offline import earlier_messages  # noqa: PLC0415

        messages = [*earlier_messages(earlier), HumanMessage(turn.question)]
        if turn.model != OFFLINE:
            messages.insert(0, SystemMessage(system_prompt(world, turn.language)))
        stream = self._agent(turn.model).astream(
            {"messages": messages},
            context=RequestContext(self.layer, turn.language, self.library),
            config={"recursion_limit": RECURSION},
            stream_mode="updates",
        )
        async with aclosing(stream):
            async for update in stream:
                for node, change in update.items():
                    for message in (change or {}).get("messages", ()):
                        for event in self._take(turn, node, message):
                            yield event

    def _agent(self, model: str) -> Any:
        from assistant.agent.build import build_agent, chat_model  # noqa: PLC0415

        if model not in self._agents:
            settings = replace(self.settings, model="") if model == OFFLINE else self.settings
            self._agents[model] = build_agent(chat_model(settings, self.world))
        return self._agents[model]

    def _take(self, turn: _Turn, node: str, message: BaseMessage) -> list[Event]:
        """Take in one message of the run; return the events that people should see."""
        from langchain_core.messages import AIMessage, ToolMessage  # noqa: PLC0415

        if isinstance(message, ToolMessage):
            return self._tool_done(turn, message)
        if node != "model" or not isinstance(message, AIMessage):
            return []
        turn.draft = message.text
        if said := message.response_metadata.get("said"):
            turn.said = Text(*said)
        if offers := message.response_metadata.get("offers"):
            turn.offers = tuple(Offer(Text(*label), Text(*asked)) for label, asked in offers)
        turn.export = turn.export or bool(message.response_metadata.get("export"))
        turn.act = message.response_metadata.get("act") or turn.act
        events: list[Event] = []
        for call in message.tool_calls:
            turn.calls[str(call["id"])] = Call(call["name"], call["args"])
            if call["name"] in TOOLS:
                events.append(StepStarted(str(call["id"]), call["name"], call["args"]))
        return events

    def _tool_done(self, turn: _Turn, message: ToolMessage) -> list[Event]:
        from assistant.agent.bindings import Finished  # noqa: PLC0415
        from assistant.agent.outcomes import ToolFailed  # noqa: PLC0415

        artifact = message.artifact
        if not isinstance(artifact, Finished):
            turn.outcomes[message.tool_call_id] = artifact
            return []
        turn.outcomes[message.tool_call_id] = artifact.outcome
        failed = artifact.outcome if isinstance(artifact.outcome, ToolFailed) else None
        result = artifact.outcome if isinstance(artifact.outcome, Result) else None
        return [StepFinished(message.tool_call_id, result, failed.error.text if failed else None, artifact.elapsed_ms)]

    def _finished(self, turn: _Turn) -> tuple[Answer, AskBack | Calls | Decline]:
        from assistant.agent.outcomes import AskedBack, Declined, ToolFailed  # noqa: PLC0415

        for outcome in turn.outcomes.values():
            if isinstance(outcome, AskedBack):
                return _asked_back(turn, outcome.question, outcome.choices), AskBack(outcome.question, outcome.choices)
            if isinstance(outcome, Declined):
                return _no(turn, outcome.reason, outcome.choices), Decline(outcome.reason, outcome.choices)
        failures = [outcome.error for outcome in turn.outcomes.values() if isinstance(outcome, ToolFailed)]
        if failures and not turn.results:
            return _failed(turn, failures[-1]), Decline(failures[-1].text, ())
        made = Calls(tuple(c for i, c in turn.calls.items() if isinstance(turn.outcomes.get(i), Result)), None)
        return self._answered(turn), made

    def _answered(self, turn: _Turn) -> Answer:
        if all(isinstance(result, Cited) for result in turn.results) and turn.results and not turn.citations:
            return _no(turn, turn.results[-1].notes[0], ())
        names, acted = self._value_names(), turn.acted
        shown = (*in_plan_words(turn.results, self.catalog, turn.language), *(acted.shown if acted else ()))
        composed = compose(
            turn.question,
            turn.language,
            shown,
            self.catalog,
            said=turn.said,
            draft=turn.draft,
            citations=turn.citations,
            value_names=names,
        )
        if not composed.answer.strip():
            return _no(turn, _NO_RESULT, ())
        said = turn.said.in_(turn.language) if turn.said else ""
        left = unsupported_numbers(
            composed.answer,
            results=shown,
            citations=turn.citations,
            question=turn.question,
            said=said,
            value_names=names,
        )
        if left:  # the composer only writes what results hold; should that ever fail, nothing is shown
            return _no(turn, _UNSUPPORTED, ())
        files: tuple[WrittenFile, ...] = acted.files if acted else ()
        if turn.export:
            files = export(turn.results, self.settings.home / "exports", self.catalog, turn.language, names)
        after = (
            files_line(files, turn.language) if files else ("" if acted else next_steps(turn.results, turn.language))
        )
        text = f"{composed.answer}\n{after}" if after else composed.answer
        offers = tuple(NextQuestion(o.label.in_(turn.language), o.question.in_(turn.language)) for o in turn.offers)
        return Answer(
            question=turn.question,
            language=turn.language,
            status="answered",
            answer=text,
            files=files,
            offers=offers,
            model=turn.model,
            elapsed_ms=0.0,
            results=(*turn.results, *(acted.results if acted else ())),
            citations=turn.citations,
            segments=segment_entries(turn.results, self.catalog, acted.saved if acted else None),
            tables=composed.tables,
            charts=composed.charts,
            value_names=names,
        )


def _with_parts(result: Result) -> tuple[Result, ...]:
    """Return a result with those it is put together from: they come along, so that each figure has its receipt."""
    if isinstance(result, Drafted):
        return results_of(result)
    return (result, *result.parts) if isinstance(result, Summary) else (result,)


def clean(question: str) -> str:
    """Return the question without control characters and broken code points; line breaks and tabs stay."""
    text = question.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)


def _worded(turn: _Turn, status: Status, text: Text, choices: Sequence[Text]) -> Answer:
    words = escape(text.in_(turn.language))
    offered = tuple(choice.in_(turn.language) for choice in choices)
    listed = "".join(f"\n- {escape(choice)}" for choice in offered)
    return Answer(
        question=turn.question,
        language=turn.language,
        status=status,
        answer=f"{words}\n{listed}" if listed else words,
        model=turn.model,
        elapsed_ms=0.0,
        results=turn.results,
        choices=offered,
    )


def _asked_back(turn: _Turn, question: Text, choices: Sequence[Text]) -> Answer:
    return _worded(turn, "clarify", question, choices)


def _no(turn: _Turn, reason: Text, choices: Sequence[Text]) -> Answer:
    return _worded(turn, "declined", reason, choices)


def _failed(turn: _Turn, error: YunceError) -> Answer:
    choices = [Text(choice, choice) for choice in error.choices]
    if isinstance(error, QueryError) and error.code == "unknown_value":
        return _worded(turn, "clarify", error.text, choices)
    status: Status = "declined" if isinstance(error, (QueryError, PolicyError)) else "error"
    return _worded(turn, status, error.text, ())


_NOTHING_ASKED = Text(
    "问题是空的。可以问：昨天日活多少？近7天各渠道的新增用户和次日留存怎么样？",
    "The question is empty. Ask, for example: What was DAU yesterday? New users and D1 retention by channel, last 7 days?",
)
_NO_RESULT = Text(
    "没有得到可以核对的结果，因此不给出数字。换个说法再问一次，或先看看有哪些指标。",
    "No result came back that can be checked, so no figure is given. Ask in other words, or list the metrics first.",
)
_UNSUPPORTED = Text(
    "回答里有数字对不上查询结果，因此不展示。请换个说法再问一次。",
    "A figure in the answer is not in any result, so it is not shown. Please ask in other words.",
)


def _too_long(length: int) -> Text:
    return Text(
        f"问题有 {length} 个字符，最多 {LONGEST} 个。请只留下要问的那句话。",
        f"The question has {length} characters; at most {LONGEST} are read. Keep only what you want to know.",
    )


def _model_failed(model: str, error: Exception) -> Text:
    reason = re.sub(r"\s+", " ", str(error))[:120]
    return Text(
        f"模型 {model} 暂不可用（{reason}），本次由离线规划器回答。",
        f"The model {model} is not available ({reason}); the offline planner answered.",
    )
