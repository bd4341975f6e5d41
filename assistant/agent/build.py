"""Puts the agent together: the model that the settings name, our tools, and limits on both."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelCallLimitMiddleware, ToolCallLimitMiddleware
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from assistant.agent.bindings import RequestContext, bind, control_tools
from assistant.agent.offline import OfflinePlanner
from assistant.planner.types import World
from assistant.settings import Settings
from knowledge.text import Language
from tools.toolbox import TOOLS

MODEL_CALLS = 8
TOOL_CALLS = 12
RECURSION = 100
"""More steps than the limits on calls allow, so that those end a loop and not an exception."""
VALUES_NAMED = 40


def chat_model(settings: Settings, world: Callable[[], World]) -> BaseChatModel:
    """Return the model that answers: the OpenAI-compatible one of the settings, else the offline planner."""
    if not settings.uses_model:
        return OfflinePlanner(world)
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - slow to import, and only needed with a key

    return ChatOpenAI(
        model=settings.model,
        api_key=SecretStr(settings.api_key or "none"),
        base_url=settings.base_url or None,
        temperature=0,
        timeout=60,
        max_retries=1,
    )


def build_agent(model: BaseChatModel) -> Any:
    """Return the agent of a model: the same tools and limits for every one."""
    limits: list[AgentMiddleware[Any, Any, Any]] = [
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="end"),
        ToolCallLimitMiddleware(run_limit=TOOL_CALLS, exit_behavior="end"),
    ]
    return create_agent(
        model,
        [*(bind(tool) for tool in TOOLS.values()), *control_tools()],
        middleware=limits,
        context_schema=RequestContext,
    )


def system_prompt(world: World, language: Language) -> str:
    """Return the instructions of a language model: the rules, the days, and every name it may use."""
    clock = world.clock
    metrics = "\n".join(f"- {m.id}: {m.names.zh} / {m.names.en}" for m in world.catalog.metrics.values())
    dimensions = "\n".join(
        f"- {d.id}: {', '.join(str(v.value) for v in world.values.get(d.id, ())[:VALUES_NAMED])}"
        for d in world.catalog.dimensions.values()
    )
    return _template().format(
        today=clock.today,
        data_start=clock.data_start,
        as_of=clock.as_of,
        last_day=clock.last,
        language="Simplified Chinese" if language == "zh" else "English",
        metrics=metrics,
        dimensions=dimensions,
    )


@lru_cache(maxsize=1)
def _template() -> str:
    return (Path(__file__).parent / "prompts" / "system.md").read_text(encoding="utf-8")
