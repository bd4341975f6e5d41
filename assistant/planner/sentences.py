"""Several questions in one message: 昨天日活多少？新增多少？ is read sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.planner import dates
from assistant.planner.language import LONGEST, normalise
from assistant.planner.periods import Period
from assistant.planner.types import AskBack, Call, Calls, Decline, Plan, World
from assistant.planner.words import quoted
from knowledge.text import Text, join

_MOST = 10
_ENDS = re.compile(r"[?？;；。\n]+|(?<=[a-zA-Z\d])\.(?:\s+|$)")


def sentences_of(question: str, world: World) -> tuple[str, ...]:
    """Return the questions of a message, at most ten; empty where there is only one.

    One that names no time has that of the question before it.
    """
    parts = [part.strip() for part in _ENDS.split(question[:LONGEST]) if any(c.isalnum() for c in part)]
    if not 2 <= len(parts) <= _MOST:
        return ()
    out: list[str] = []
    time = ""
    for part in parts:
        said = _time_of(part, world)
        time = said or time
        joint = "" if time and not time.isascii() else " "
        out.append(part if said or not time else f"{time}{joint}{part}")
    return tuple(out)


def _time_of(part: str, world: World) -> str:
    text = normalise(part)
    found = [m for m in dates.find(text, world.clock) if isinstance(m.value, Period)]
    longest = max(found, key=lambda m: m.end - m.start, default=None)
    return text[longest.start : longest.end] if longest else ""


def answered_apart(parts: tuple[str, ...], read: Callable[[str], Plan]) -> Plan | None:
    """Return the calls of all the questions together; the question back for one at a time where not all can be answered.

    None where none can be answered, or where one is refused: then the message as a whole says why.
    """
    plans = [read(part) for part in parts]
    if any(isinstance(made, Decline) for made in plans) or not any(isinstance(made, Calls) for made in plans):
        return None
    open_ones = [part for part, made in zip(parts, plans, strict=True) if not isinstance(made, Calls)]
    if open_ones:
        plain = tuple(Text(part, part) for part in parts if part not in open_ones)
        what = quoted(open_ones)
        return AskBack(
            Text(
                f"这里有几个问题，{what.zh}还不清楚，请单独再问。其余的先看哪个？",
                f"There are several questions here; {what.en} is not plain, please ask it by itself. Which of the others first?",
            ),
            plain,
        )
    calls: list[Call] = []
    said: list[Text] = []
    for made in plans:
        assert isinstance(made, Calls)  # noqa: S101
        calls += [call for call in made.calls if call not in calls]
        said += [made.said] if made.said and made.said not in said else []
    return Calls(tuple(calls), join(said) if said else None)
