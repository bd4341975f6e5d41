"""What is read only inside an analysis: how far a curve goes, which steps a funnel has, what counts as coming back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from assistant.planner.language import LONGEST, has_chinese, normalise
from assistant.planner.lexicon import flat
from assistant.planner.numbers import WHOLE_EN, WHOLE_ZH, whole
from assistant.planner.vocabulary import analysis_patterns, funnel_words

Options = dict[str, Any]
Shape = tuple[re.Pattern[str], Callable[[re.Match[str]], Options | None]]

#: The analyses that a question may ask for, beside plain figures.
ANALYSES = (
    "explain_change",
    "experiment_readout",
    "retention_matrix",
    "funnel",
    "lifecycle_flow",
    "stickiness_histogram",
    "ltv_curve",
)
#: The analyses of how people come back, which may count one event as being active.
COUNTING = ("lifecycle_flow", "stickiness_histogram")
_UNITS = {
    **dict.fromkeys(("天", "日", "day", "days", "daily"), "day"),
    **dict.fromkeys(("周", "星期", "week", "weeks", "weekly"), "week"),
    **dict.fromkeys(("月", "month", "months", "monthly"), "month"),
}
_HOURS = {
    **dict.fromkeys(("小时", "钟头", "h", "hr", "hrs", "hour", "hours"), 1),
    **dict.fromkeys(("天", "日", "day", "days"), 24),
    **dict.fromkeys(("周", "星期", "week", "weeks"), 168),
}
_ANY = "any"
_DAYS_OF_A_MONTH = 30
_PLACES = {
    "<zh>": WHOLE_ZH,
    "<en>": WHOLE_EN,
    "<not_past>": r"(?<!近)(?<!过去)(?<!最近)(?<!上)(?<!第)(?<![\d.])",
}


def _periods(m: re.Match[str]) -> Options | None:
    """看6个月, out to day 30: how many, and of what; nothing where only periods (期) are said."""
    n, unit = whole(m["n"]), _UNITS.get(m["u"].lstrip("个").removeprefix("自然"), "") if m["u"] else "day"
    return {"arg": ("periods", (n, unit))} if n else None


def _days(m: re.Match[str]) -> Options | None:
    n, months = whole(m["n"]), "月" in m[0] or "month" in m[0]
    return {"arg": ("horizon_days", n * _DAYS_OF_A_MONTH if months else n)} if n else None


def _window(m: re.Match[str]) -> Options | None:
    n = whole(m["n"])
    return {"arg": ("window_hours", n * _HOURS[m["u"]])} if n else None


def _unit(name: str) -> Callable[[re.Match[str]], Options]:
    return lambda m: {"arg": (name, _UNITS[m["u"]])}


_COMPUTED: dict[str, Callable[[re.Match[str]], Options | None]] = {
    "periods": _periods,
    "horizon_days": _days,
    "window_hours": _window,
    "cohort": _unit("cohort"),
    "interval": _unit("interval"),
    "part": lambda _: {"part": ""},
}


def _reader(said: str) -> Callable[[re.Match[str]], Options | None]:
    """Return what makes options of a match: computed, or fixed as in ``order any``."""
    if said in _COMPUTED:
        return _COMPUTED[said]
    name, value = said.split()
    options = {"arg": (name, True if value == "true" else value)}
    return lambda _: options


@lru_cache(maxsize=16)
def _reads(tool: str) -> list[Shape]:
    """Return the patterns of what only one analysis reads; compiled with the first question that asks for it."""
    reads = analysis_patterns().reads[tool]
    return [(_compiled(raw), _reader(said)) for said, patterns in reads.items() for raw in patterns]


@lru_cache(maxsize=1)
def _phrases() -> list[tuple[re.Pattern[str], str]]:
    """Return the patterns of phrases that ask for an analysis."""
    return [(_compiled(raw), tool) for tool, patterns in analysis_patterns().phrases.items() for raw in patterns]


@lru_cache(maxsize=1)
def _walks() -> list[re.Pattern[str]]:
    """Return the patterns of what walks from event to event."""
    return [_compiled(raw) for raw in analysis_patterns().walks]


def _compiled(raw: str) -> re.Pattern[str]:
    for place, pattern in _PLACES.items():
        raw = raw.replace(place, pattern)
    return re.compile(raw if has_chinese(raw.replace(WHOLE_ZH, "")) else rf"(?<![a-z])(?:{raw})(?![a-z])")


def phrases(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and tool of every phrase that asks for an analysis without one of its fixed words."""
    for pattern, tool in _phrases():
        for match in pattern.finditer(text[:LONGEST]):
            if match.end() > match.start():
                yield match.start(), match.end(), tool
    for _, end, _ in _counted(text[:LONGEST]):
        after = _LIFECYCLE.match(text, end)  # 内容浏览的生命周期
        if after is not None:
            yield end, after.end(), "lifecycle_flow"


def names_steps(text: str) -> bool:
    """Return whether a question walks through at least two events (从浏览结算页到支付成功的转化) without the word funnel."""
    text = text[:LONGEST]
    walks = any(pattern.search(text) for pattern in _walks())
    return walks and len({options["event"] for _, _, options in _events(text)}) > 1


def shapes_of(tool: str, text: str) -> Iterator[tuple[int, int, Options]]:
    """Yield start, end and options of everything that only this analysis reads in a normalised question."""
    for start, end, named in phrases(text):
        if named == tool:
            yield start, end, {"tool": tool}
    for pattern, read in (*_reads(tool), *_reads(_ANY)):
        for match in pattern.finditer(text):
            options = read(match) if match.end() > match.start() else None
            if options:
                yield match.start(), match.end(), options
    if tool in COUNTING:
        yield from _counted(text)
    if tool == "funnel":
        yield from _events(text)
        for pattern, key in _names()[1]:
            yield from ((m.start(), m.end(), {"arg": ("named", key)}) for m in pattern.finditer(text))


_WHAT_FOLLOWS = (
    r"(?:行为|事件|功能|动作)?的?(?:用户)?的?(?=(?:用户)?生命周期(?!价值|阶段)|流转|粘性|活跃天数|活跃频次|"
    r"频次|天数分布|直方图|增长核算|回流)"
)


@lru_cache(maxsize=1)
def _counting() -> list[tuple[re.Pattern[str], str]]:
    """Return the patterns of an event that counts as being active: 分享的粘性分布, lifecycle flow of content views."""
    found = []
    for event, names in funnel_words().events.items():
        terms = sorted({flat(normalise(word)) for word in (event, *names)}, key=len, reverse=True)
        latin, chinese = (
            "|".join(map(re.escape, (t for t in terms if t.isascii() == plain))) for plain in (True, False)
        )
        raw = [rf"(?<![a-z])(?:of|for|by|counting|based on|on) (?:the )?(?:{latin})(?: events?)?(?![a-z])"]
        raw += [rf"(?<![a-z])(?:{latin})(?= (?:lifecycle|life cycle|stickiness|frequency|histogram|user flow|growth))"]
        raw += [rf"(?:{chinese}){_WHAT_FOLLOWS}"] if chinese else []
        raw += [rf"^(?:换成|改成|改为|那|按|看)(?:{chinese})(?=呢|的|$)"] if chinese else []
        found.append((re.compile("|".join(raw)), event))
    return found


def _counted(text: str) -> Iterator[tuple[int, int, Options]]:
    matched = flat(text)
    matched = matched if len(matched) == len(text) else text.replace("_", " ")
    for pattern, event in _counting():
        yield from ((m.start(), m.end(), {"arg": ("event", event)}) for m in pattern.finditer(matched))


def metric_of_funnel(text: str) -> str | None:
    """Return the metric of the funnel that a question names, as 支付漏斗 names the payment conversion; None where it has none."""
    named = next((key for pattern, key in _names()[1] if pattern.search(text)), None)
    return funnel_words().funnels[named].metric if named else None


def _events(text: str) -> Iterator[tuple[int, int, Options]]:
    matched = flat(text)
    matched = matched if len(matched) == len(text) else text.replace("_", " ")
    for pattern, event in _names()[0]:
        yield from ((m.start(), m.end(), {"event": event}) for m in pattern.finditer(matched))


@lru_cache(maxsize=1)
def _names() -> tuple[list[tuple[re.Pattern[str], str]], list[tuple[re.Pattern[str], str]]]:
    """Return the patterns of events and of funnels known by name."""
    words = funnel_words()
    events = [(_any_of([event, *names], _OF_A_FUNNEL), event) for event, names in words.events.items()]
    return events, [(_any_of(funnel.words), key) for key, funnel in words.funnels.items()]


#: 从开始注册到注册的漏斗: 注册的 is no group of people here.
_OF_A_FUNNEL = "(?:的(?=漏斗|转化|流失|每一?步))?"


_LIFECYCLE = re.compile(
    r"(?:用户)?生命周期(?!价值|阶段)(?:的?(?:流转|变化))?| ?(?:lifecycle|life cycle)(?! stage| value)(?: flow)?"
)


def _any_of(words: Iterable[str], after: str = "") -> re.Pattern[str]:
    """Return a pattern for any of the words, the longest first, as the lexicon would match them."""
    terms = sorted({flat(normalise(word)) for word in words}, key=len, reverse=True)
    return re.compile(
        "|".join(rf"(?<![a-z]){re.escape(t)}(?![a-z])" if t.isascii() else re.escape(t) + after for t in terms)
    )
