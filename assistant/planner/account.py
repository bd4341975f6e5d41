"""The account of a question: every word stands for something in the plan, decides nothing, or is named as not understood."""

from __future__ import annotations

from assistant.planner.reading import Reading
from assistant.planner.spans import Span
from assistant.planner.vocabulary import metric_words
from assistant.planner.wording import detail_problem, share_problem
from assistant.planner.words import value_problem

_NEUTRAL = ("filler", "yes_no", "connector", "comma", "greeting", "follow", "either", "updown")
_AD_METRICS = frozenset({"cost", "ctr", "cpc", "cpm", "roi", "cac", "impressions", "clicks", "ltv_cac"})
# Single characters that decide nothing by themselves but make words that do: 中位, 单个, 人均.
_MAKES_WORDS = frozenset("中位个项家条笔单数量值人元均差比率额度等内里时地得整图所行好")
# 除了iOS，其他平台: those that are left out have been named.
_OTHERS = frozenset(
    {
        "其他",
        "其它",
        "其余",
        "其他的",
        "剩下",
        "剩下的",
        "other",
        "others",
        "the other",
        "rest",
        "the rest",
        "remaining",
    }
)
# What is the DAU: which of several only where a name of them follows, what is the top channel.
_WHAT_IS = frozenset({"what is the", "what was the", "what are the", "what were the"})
_DEVICES = frozenset({"phone", "phones", "device", "devices", "手机", "设备", "机"})


def account(reading: Reading) -> None:
    """Fill ``unread`` with the words that nothing stands for, whole, and add what has a refusal of its own."""
    runs = _word_runs(reading)
    places: list[tuple[int, int]] = []
    for i in range(len(reading.spans)):
        if i not in runs and (_settled(reading, i) or _own_problem(reading, i)):
            continue
        if places and _same_word(reading, places[-1][1], i):  # words side by side are named as one: gross margin
            places[-1] = (places[-1][0], i)
        else:
            places.append((i, i))
    for first, last in places:
        reading.slots.unread.append(reading.text[reading.spans[first].start : _word_end(reading, last)])


def _settled(reading: Reading, index: int) -> bool:
    span, slots = reading.spans[index], reading.slots
    if span.has("detail") and not (slots.dimensions or slots.grain or slots.trend or slots.tools):
        return False  # 订单列表: rows; 各渠道GMV列表: only a table
    return (
        span.used
        or any(span.has(kind) for kind in _NEUTRAL)
        or _plain_channel_word(reading, span)
        or (span.text.strip() in _OTHERS and any(f["op"] == "not_in" for f in slots.filters))
        or _counts_listed(reading, index)
        or _device(reading, index)
        or (span.text in _WHAT_IS and bool(slots.metrics))
    )


def _own_problem(reading: Reading, index: int) -> bool:
    """Whether a word that is left over has an answer of its own: a value that is not stored, shares, single rows."""
    span, slots = reading.spans[index], reading.slots
    if span.has("share"):
        slots.problems.insert(0, share_problem(reading.world, slots.metrics))
    elif span.has("detail"):
        slots.problems.insert(0, detail_problem(reading.world, slots.metrics))
    elif (dimension := _no_value_of(reading, index)) is not None and _lone(reading, dimension):
        slots.problems.insert(0, value_problem(reading.world, dimension, span.text.strip()))
    else:
        return False
    return True


def _no_value_of(reading: Reading, index: int) -> str | None:
    """Return the dimension of which an unread word seems to be a value that is not stored, or None."""
    span = reading.spans[index]
    if not span.unread and set(span.options) != {"hint"}:
        return None
    return _labelled(reading, index) or _hinted(reading, span)


def _lone(reading: Reading, dimension: str) -> bool:
    """Whether one question back settles the filter: the reply takes the place of every value of the dimension."""
    strange = [i for i in range(len(reading.spans)) if _no_value_of(reading, i) is not None]
    return len(strange) == 1 and all(f["dimension"] != dimension for f in reading.slots.filters)


def _word_runs(reading: Reading) -> set[int]:
    """Return the indexes of characters that only together make a word: 中位 is no 中 and no 位."""
    out: set[int] = set()
    for i, span in enumerate(reading.spans[:-1]):
        after = reading.spans[i + 1]
        if after.start == span.end and all(s.text in _MAKES_WORDS and not s.used for s in (span, after)):
            out |= {i, i + 1}
    return out


def _same_word(reading: Reading, last: int, index: int) -> bool:
    """Whether two unread spans are shreds of one phrase: side by side, or parted by a character or two that decide nothing."""
    if last == index - 1:
        return True
    start, end = reading.spans[last].end, reading.spans[index].start
    gap = reading.spans[last + 1 : index]
    return 0 < end - start <= 2 and not reading.text[start:end].isascii() and all(s.has("filler") for s in gap)


def _word_end(reading: Reading, last: int) -> int:
    """Return where an unread word ends, with the characters that belong to it but decide nothing by themselves."""
    end = reading.spans[last].end
    for span in reading.spans[last + 1 :]:
        if span.start != end or len(span.text) > 1 or span.text.isascii() or span.text not in "之几位数量值率额比":
            break
        end = span.end
    return end


def _device(reading: Reading, index: int) -> bool:
    """安卓手机, Android phones: the word adds nothing to the platform before it."""
    before = reading.next_to(index, -1)
    return (
        reading.spans[index].text.strip() in _DEVICES
        and before is not None
        and any(d == "platform" for d, _ in before.get("value") or ())
    )


def _hinted(reading: Reading, span: Span) -> str | None:
    """Return the dimension a medium belongs to whose name is no stored value: 抖音, Google."""
    word = span.text.strip()
    known = (d for d, by in metric_words().hints.items() if any(word in words for words in by.values()))
    return next((d for d in known if reading.slots.metrics and reading.world.values.get(d)), None)


def _counts_listed(reading: Reading, index: int) -> bool:
    """广东、浙江和江苏三省: the number only counts the values before it."""
    span, after = reading.spans[index], reading.next_to(index, 1)
    if span.has("counted"):
        return any(
            f["dimension"] == "province" and len(f["values"]) == span.get("counted") for f in reading.slots.filters
        )
    listed = [
        len(f["values"])
        for f in reading.slots.filters
        if after is not None and f["dimension"] == after.get("dimension")
    ]
    return span.has("count") and span.get("count") in listed


def _plain_channel_word(reading: Reading, span: Span) -> bool:
    metrics = set(reading.slots.metrics)
    if span.has("average"):
        return bool(metrics) and metrics <= metric_words().averages
    if span.has("ad_word"):
        return bool(metrics) and metrics <= _AD_METRICS
    if span.has("message_word"):
        family = {m.family for m in reading.world.catalog.metrics.values() if m.id in metrics}
        return (
            bool(metrics)
            and family == {"messages"}
            and span.text in ("消息", "触达", "message", "messages", "messaging")
        )
    return span.has("campaign_word") and metrics == {"campaign_roi"}


def _labelled(reading: Reading, index: int) -> str | None:
    """The dimension whose name stands right after an unread word: 火星渠道, Mars channel."""
    after = reading.next_to(index, 1)
    if after is not None and after.has("dimension") and reading.slots.metrics and not after.has("tool"):
        return str(after.get("dimension"))
    return None
