"""Reading one question: spans to slots, with every word accounted for."""

from __future__ import annotations

import re

from assistant.planner.account import account
from assistant.planner.analysis_words import ANALYSES, names_steps, phrases, shapes_of
from assistant.planner.confidence import hold_to_line
from assistant.planner.language import normalise
from assistant.planner.lexicon import lexicon_of
from assistant.planner.pointing import read_row
from assistant.planner.read_analysis import analysis_of, read_arguments
from assistant.planner.read_dimensions import read_dimensions
from assistant.planner.read_filters import asked_for
from assistant.planner.read_metrics import read_metrics
from assistant.planner.read_order import UP_DOWN, read_order
from assistant.planner.read_time import read_time
from assistant.planner.reading import Order, Reading
from assistant.planner.scope import check_scope
from assistant.planner.slips import mend
from assistant.planner.spans import cut
from assistant.planner.types import World
from assistant.planner.vocabulary import asks

_GOES_UP_OR_DOWN = re.compile(
    r"^(?:so |and )?(?:is|are|was|were|has|have|did|how far|how much is)(?![a-z]).* (?:up|down)(?![a-z])"
)


# What was DAU like last week: this like says nothing; any other is the name of an event, or a word to be read.
_WHAT_LIKE = re.compile(
    r"(?<![a-z])(?:what|how)(?:'s|s| is| are| was| were| does| did| do| has| have| would| will)(?![a-z])"
    r".*(?<! of)(?<! for)(?<! by)(?<! event) (like)(?![a-z])"
)
_RATES_OF_CHANGE = frozenset(
    {"增长率", "增速", "变化率", "涨跌幅", "增长幅度", "变化幅度", "增幅", "涨幅", "降幅", "跌幅"}
    | {"growth", "growth rate", "percentage change", "percent change", "% change", "rate of change", "growth rates"}
)
# GMV by month, did it grow: the change of each month is asked for, beside the figure.
_GREW = re.compile(
    "[涨跌降升增提][了长加升多少]?.{0,2}(?:吗|多少|还是)|涨跌|是涨是跌|有没有[涨增提下]|有(?:增长|提升)吗"
)
_DID_IT = re.compile(
    "吗|多少|有没有|是不是|是否|还是|是涨是跌|涨跌|(?<![a-z])(?:did|does|do|is|are|was|were|has|have|whether|if|how much)(?![a-z])"
)
_BARE_COMPARE = frozenset({"compare", "comparison", "comparing", "comparison of", "比较", "对比"})


def understand(question: str, world: World, analysis: str | None = None, topic: str | None = None) -> Reading:
    """Return the reading of a question: slots filled, and the words that nothing stands for in ``unread``.

    ``analysis`` is the one that is spoken of, where the question names none: 48小时窗口 changes a funnel.
    ``topic`` is the one metric of the turn before, which a bare threshold (只看低于2的) is on.
    """
    lexicon = lexicon_of(world)
    text = normalise(question)
    spans = cut(text, lexicon, world.clock)
    mended, notes = mend(text, spans, lexicon)
    if notes:
        text, spans = mended, cut(mended, lexicon, world.clock)
    reading = Reading(text, spans, world)
    _read_tools(reading, analysis)
    if (tool := analysis_of(reading)) in world.tools and tool is not None:
        first = reading.slots
        reading = Reading(text, cut(text, lexicon, world.clock, shapes_of(tool, text)), world)
        _read_tools(reading, tool)
        still = set(reading.slots.tools)  # 领取礼包 is an event, and asks for nothing else, once it is known as one
        reading.slots.tools = [t for t in first.tools if t == tool or t in still]
        reading.slots.carried = first.carried
    reading.slots.said += notes
    reading.topic = topic
    _read_what_like(reading)
    read_arguments(reading)
    _read_follow(reading)
    read_metrics(reading)
    read_time(reading)
    read_dimensions(reading)
    read_row(reading)
    _read_undo(reading)
    read_order(reading)
    _settle_change(reading)
    _read_compare_alone(reading)
    reading.slots.yes_no = reading.any("yes_no")
    _read_campaigns(reading)
    check_scope(reading)
    account(reading)
    hold_to_line(reading)
    return reading


def _read_campaigns(reading: Reading) -> None:
    """Campaign ROI below 2: the campaigns of which that is so, unless a number is asked of one or of all."""
    slots = reading.slots
    spread = slots.dimensions or slots.grain or slots.trend or slots.yes_no or slots.tools
    named = any(f["dimension"] == "campaign" for f in slots.filters)
    if slots.having and not spread and not named and slots.metrics == ["campaign_roi"]:
        slots.dimensions.append("campaign")


def _read_tools(reading: Reading, analysis: str | None) -> None:
    named: set[str | None] = {
        s.get("tool")
        for i, s in reading.of("tool")
        if not (s.has("value") or s.has("filler") or _split_by(reading, i)) or s.get("tool") == "experiment_readout"
    }
    for start, end, tool in phrases(reading.text):
        cut_to_it = [s for s in reading.spans if s.start < end and s.end > start]
        if all(start <= s.start and s.end <= end for s in cut_to_it if not s.has("tool")):
            named.add(tool)
    if not named and names_steps(reading.text):
        named.add("funnel")
    how = [s.text for s in reading.spans if s.get("tool") == "describe_metric"]
    if how and set(how) <= {"口径", "what does"} and named & set(ANALYSES):
        named.discard(
            "describe_metric"
        )  # 第N日及之后口径, what does the curve look like: no question about a definition
    if not named and _names_experiment(reading):
        named.add("experiment_readout")
    reading.slots.tools = [tool for tool in asks() if tool in named]
    if analysis and not reading.slots.tools:
        reading.slots.tools, reading.slots.carried = [analysis], True
    if named:
        for _, span in reading.of("tool"):
            span.used = not span.has("dimension") or span.get("tool") in named


def _split_by(reading: Reading, index: int) -> bool:
    """Whether a word of segments is what a metric is split by, 各人群的GMV, and asks for none to be built."""
    span = reading.spans[index]
    metrics = reading.any("metric") or reading.any("nth")
    return span.get("tool") == "build_segment" and span.has("dimension") and metrics and asked_for(reading, index)


_OUTCOME = re.compile(
    r"赢|胜出|效果|显著|提升|有用|有效|作用|(?<![a-z])(?:w[io]n|wins|winning|work|works|worked|beat|beats|effects?|impact|outcome)(?![a-z])"
)


def _names_experiment(reading: Reading) -> bool:
    """Whether an experiment is named, and nothing that only a query shows of its arms; one named as a campaign, by its outcome."""
    if any(reading.any(kind) for kind in ("trend", "grain")) or any(
        s.get("dimension") == "variant" for s in reading.spans
    ):
        return False
    held = [s.get("value") for _, s in reading.of("value", free=False)]
    named = [pairs for pairs in held if any(d == "experiment" for d, _ in pairs)]
    only = any(all(d == "experiment" for d, _ in pairs) for pairs in named)
    return only or (bool(named) and _OUTCOME.search(reading.text) is not None)


def _read_what_like(reading: Reading) -> None:
    """What was DAU like: the word is part of the question, unless the analysis has an event of that name."""
    found = _WHAT_LIKE.search(reading.text)
    for span in reading.spans:
        if found and span.unread and (span.start, span.end) == found.span(1):
            span.used = True


def _read_follow(reading: Reading) -> None:
    slots, spans = reading.slots, reading.spans
    content = [s for s in spans if not s.has("comma")]
    for i, span in enumerate(content):
        if not span.has("follow"):
            continue
        leading = i == 0 or all(s.has("follow") or s.has("filler") or s.has("connector") for s in content[:i])
        if span.get("follow") == "adds" and (leading or i == len(content) - 1):
            slots.adds = True
        if span.get("follow") == "swap" and (leading or span.text in ("呢", "换成", "改成", "改为", "instead", "换为")):
            slots.follow = True
        if leading and span.text == "and" and len(content) > 1:
            slots.follow = True


def _read_undo(reading: Reading) -> None:
    """不对比, not over time: what of the turn before is taken back; 导出: the rows are wanted as a file."""
    for _, span in reading.of("undo"):
        span.used = True
        reading.slots.undo.add(span.get("undo"))
    apart = [s for _, s in reading.of("apart")]
    if apart and not (reading.slots.metrics or reading.slots.filters or reading.slots.dimensions):
        reading.slots.undo.add("apart")
        for span in apart:
            span.used = True
    for _, span in reading.of("export"):
        span.used = reading.slots.export = True


def _settle_change(reading: Reading) -> None:
    """涨了多少 alone is a comparison with the period before; beside another comparison it adds nothing."""
    slots = reading.slots
    changed = [s for _, s in reading.of("change")]
    if _GOES_UP_OR_DOWN.search(reading.text):
        changed += [s for _, s in reading.of("updown")]
    rate = any(
        s.text in _RATES_OF_CHANGE for s in changed
    )  # of each month by itself, there is only that to the one before
    grew = any(s.text in UP_DOWN or _GREW.search(s.text) for s in changed) and _DID_IT.search(reading.text)
    if changed and not slots.tools and slots.compare is None and (rate or grew or not slots.grain or slots.base):
        slots.compare, slots.bare_change = "previous", True
    for span in changed:
        span.used = True
    if slots.compare or slots.base or any(f["op"] == "in" and len(f["values"]) > 1 for f in slots.filters):
        for _, span in reading.of("gap"):
            span.used = True
    pinned = slots.dimensions or len(slots.metrics) > 1 or slots.compare
    if not pinned and not slots.base and slots.order is None and slots.metrics:
        for _, span in reading.of("than"):
            if span.text in _BARE_COMPARE:
                span.used, slots.order = True, Order("compare")
    for _, span in reading.of("than"):
        span.used = span.used or bool(pinned and span.text not in ("than", "against", "比", "较"))


def _read_compare_alone(reading: Reading) -> None:
    """跟KOL比, compare them: without a metric it is about what was asked before."""
    slots = reading.slots
    said = slots.metrics or slots.dimensions or slots.compare or slots.base or slots.time or slots.order or slots.tools
    if said or not (slots.filters or reading.any("than")):
        return
    for _, span in reading.of("than"):
        span.used, slots.order = True, Order("compare")
