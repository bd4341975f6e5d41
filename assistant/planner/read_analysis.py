"""The slots that only analyses have: steps and window of a funnel, how far a curve goes, which experiment."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from assistant.planner.analysis_words import ANALYSES
from assistant.planner.language import normalise
from assistant.planner.reading import Reading
from assistant.planner.spans import Span
from assistant.planner.types import StoredValue

# What every experiment's name may hold: it tells none of them apart.
_PLAIN = re.compile(r"实验|测试|用户|experiments?|tests?|tasks?|users?|the|and|vs")
_FEWEST = 2
_SHORTEST = {True: 5, False: 2}
"""How many characters of an experiment's name, in Latin letters or Chinese, are enough to say it."""


def analysis_of(reading: Reading) -> str | None:
    """Return the analysis that a question asks for, or None; the definition of something or a list is none."""
    first = next(iter(reading.slots.tools), None)
    return first if first in ANALYSES else None


def read_arguments(reading: Reading) -> None:
    """Fill ``args`` from the spans of an analysis, before metrics and values are read. What it reads is marked used."""
    tool = analysis_of(reading)
    if tool is None:
        return
    for _, span in reading.of("part"):
        span.used = True
    for _, span in reading.of("arg"):
        name, value = span.get("arg")
        span.used = True
        reading.slots.args[name] = value
    if tool == "funnel":
        _read_steps(reading)
    if tool == "experiment_readout":
        _read_experiment(reading)


def _read_steps(reading: Reading) -> None:
    found = [(i, s) for i, s in reading.of("event")]
    if len(found) > _FEWEST and _names_a_funnel(reading, found[0][0]):
        found[0][1].used = True  # 分享漏斗：从搜索到分享 names its last step first
        found = found[1:]
    steps = _in_order(reading, [s for _, s in found])
    if len(steps) < _FEWEST and "named" in reading.slots.args:
        return  # 注册用户的支付漏斗: a lone word is no step
    for _, span in found:
        span.used = True
    if steps:
        reading.slots.args.pop("named", None)
        reading.slots.args["steps"] = steps


_NEXT = re.compile(r"[>→\-,、;]|到|再|然后|接着|之后|(?<![a-z])(?:to|then|into|and|followed by|back|again)(?![a-z])")


def _in_order(reading: Reading, found: list[Span]) -> list[str]:
    """Return the steps as they were said; one that comes again is a step again where an arrow, 再 or to leads up to it."""
    steps: list[str] = []
    for i, span in enumerate(found):
        leads = i > 0 and _NEXT.search(reading.text[found[i - 1].end : span.start])
        if leads or span.get("event") not in steps:
            steps.append(span.get("event"))
    return steps


def _names_a_funnel(reading: Reading, index: int) -> bool:
    after = reading.next_to(index, 1)
    return after is not None and after.get("tool") == "funnel" and after.text in ("漏斗", "funnel", "转化漏斗")


def _read_experiment(reading: Reading) -> None:
    for _, span in reading.of("dimension"):
        span.used = span.used or span.get("dimension") in ("experiment", "variant")
    for _, span in reading.of("value"):
        known = [value for dimension, value in span.get("value") if dimension == "experiment"]
        arm = any(dimension == "variant" for dimension, _ in span.get("value"))
        if known:
            span.used = True
            reading.slots.args.setdefault("experiment", known[0])
        elif arm:
            span.used = True
    if "experiment" not in reading.slots.args:
        _read_experiment_in_words(reading)


def _read_experiment_in_words(reading: Reading) -> None:
    """个性化唤醒实验, the onboarding experiment: part of a name is enough where only one experiment has it."""
    stored = reading.world.values.get("experiment", ())
    shares = {str(v.value): _shared(reading.text, v) for v in stored}
    best = max((len(words) for words in shares.values()), default=0)
    fits = [value for value, words in shares.items() if len(words) == best and best]
    if len(fits) != 1:
        return
    words = shares[fits[0]]
    start = reading.text.index(words)
    for span in reading.spans:
        if _inside(span, start, start + len(words)):
            span.used = True
    reading.slots.args["experiment"] = fits[0]
    reading.slots.said.append((words, fits[0]))


def _inside(span: Span, start: int, end: int) -> bool:
    return span.start < end and span.end > start


def _shared(text: str, experiment: StoredValue) -> str:
    """Return the longest part that a question shares with the id or a name of an experiment; empty where it tells nothing."""
    found = ""
    for name in (str(experiment.value).replace("_", " "), *map(normalise, experiment.names)):
        for part in re.split(r"[ ,，()（）:：-]+", name):
            match = SequenceMatcher(None, text, part, autojunk=False).find_longest_match()
            words = text[match.a : match.a + match.size].strip()
            told = _PLAIN.sub("", words)
            whole = not words.isascii() or words == part
            if whole and len(told) >= _SHORTEST[words.isascii()] and len(words) > len(found):
                found = words
    return found
