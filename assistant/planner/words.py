"""What the planner says: questions back, refusals, and how it read a word, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from assistant.planner.periods import Period
from assistant.planner.types import AskBack, Clock, Decline, StoredValue, World
from assistant.planner.vocabulary import asks, metric_words
from knowledge.model import Metric
from knowledge.text import Text, join

if TYPE_CHECKING:
    from assistant.planner.reading import Reading
    from assistant.planner.spans import Span

_BRACKETS = re.compile(r"\s*[（(][^）)]*[）)]")
_MOST_CHOICES = 9


def metric_text(world: World, metric_id: str) -> Text:
    """Return the short name of a metric: catalog names without brackets, else the planner's own."""
    unserved = world.catalog.unserved.get(metric_id)
    metric = world.catalog.metrics.get(metric_id) or (unserved.metric if unserved else None)
    if metric is not None:
        return Text(_BRACKETS.sub("", metric.names.zh), _BRACKETS.sub("", metric.names.en))
    names = metric_words().names.get(metric_id)
    if names:
        english = next((n for n in names if n.isascii() and len(n) > 3), names[-1])
        return Text(_cased(next((n for n in names if not n.isascii()), names[0])), _cased(english))
    number = metric_id.rpartition("_")[2].lstrip("d")
    if metric_id.startswith("retention_d"):
        return Text(f"{number}日留存率", f"day-{number} retention")
    return Text(f"{number}日LTV", f"{number}-day LTV")


_ACRONYMS = re.compile(
    r"(?<![a-z])(?:roi|ltv|cac|nps|csat|ctr|cpc|cpm|arpu|arppu|gmv|dau|wau|mau|roas|k(?=[因系值 -]))(?![a-z])"
)


def _cased(name: str) -> str:
    """Return a name of the vocabulary, which is in lower case, with its acronyms as they are written: K因子, 活动ROI."""
    return _ACRONYMS.sub(lambda m: m[0].upper(), name)


def tool_text(tool: str) -> Text:
    """Return what a tool is called as people ask for it."""
    return asks()[tool].name


def flat_names(world: World, metric_id: str) -> tuple[str, ...]:
    """Return the short names of a metric in both languages, lower case and without blanks, for matching bare replies."""
    names = metric_text(world, metric_id)
    return tuple(name.lower().replace(" ", "") for name in names)


def dimension_text(world: World, dimension_id: str) -> Text:
    """Return the name of a dimension."""
    found = world.catalog.dimensions.get(dimension_id)
    return found.names.text if found else Text(dimension_id, dimension_id)


def value_text(world: World, dimension_id: str, value: str | int) -> Text:
    """Return the name of a stored value in both languages, or the value itself."""
    dimension = world.catalog.dimensions.get(dimension_id)
    for known in dimension.values if dimension else ():
        if known.id == value:
            return known.names.text
    stored = next((v for v in world.values.get(dimension_id, ()) if v.value == value and v.names), None)
    return Text(stored.names[0] if stored else str(value), str(value))


def quoted(words: Iterable[str]) -> Text:
    """Return words in the quotation marks of each language, in a row."""
    held = list(dict.fromkeys(w.strip() for w in words if w.strip()))[:5]
    return Text("、".join(f"“{w[:40]}”" for w in held), ", ".join(f"'{w[:40]}'" for w in held))


def listed(texts: Sequence[Text]) -> Text:
    """Return names in a row."""
    return join(list(texts), zh="、", en=", ")


def which_metric(world: World, ids: Sequence[str], others: Sequence[str] = ()) -> AskBack:
    """Return the question back for a name that means several metrics; ``others`` are those of them that are not here."""
    if len(ids) == 1:
        name, gone = metric_text(world, ids[0]), listed([metric_text(world, m) for m in others])
        return AskBack(
            Text(
                f"是要看{name.zh}吗？" + (f"这个说法也可以指{gone.zh}，但目录里没有。" if others else ""),
                f"Did you mean {name.en}?"
                + (f" The name can also mean {gone.en}, not available here." if others else ""),
            ),
            (name,),
        )
    return AskBack(
        Text("这个说法可以指多个指标，要看哪一个？", "That name can mean several metrics: which one?"),
        tuple(metric_text(world, m) for m in ids[:_MOST_CHOICES]),
    )


def absent_metric(world: World, names: Sequence[Text], said: Sequence[str]) -> Decline:
    """Return the refusal for metrics that are not in the catalog, with the nearest that are."""
    what = listed(names) if names else quoted(said)
    near = nearest_metrics(world, [*(n.zh for n in names), *(n.en for n in names), *said])
    return Decline(
        Text(
            (
                f"指标目录里没有{what.zh if not names else '“' + what.zh + '”'}，不能给出它的数字。"
                f"可以问相近的指标，或用“有哪些指标”查看全部。"
            ),
            f"The catalog has no metric {what.en if not names else repr(what.en)}, so there is no number for it. "
            "Ask for one of the nearest, or 'what metrics are there' to see them all.",
        ),
        tuple(metric_text(world, m) for m in near),
    )


def absent_metrics(world: World, ids: Sequence[str], said: Sequence[str]) -> Decline:
    """Return the refusal for metrics that are not served: why, where the catalog holds the entry; else the nearest."""
    held = [world.catalog.unserved[m].text for m in ids if m in world.catalog.unserved]
    if held:
        return Decline(join(held, zh="", en=" "), tuple(metric_text(world, m) for m in nearest_metrics(world, ids)))
    return absent_metric(world, [metric_text(world, m) for m in ids], said)


def nearest_metrics(world: World, words: Sequence[str], limit: int = 3) -> list[str]:
    """Return the ids of the catalog's metrics whose names are most like any of the words; the best known ones where none is."""
    names: dict[str, str] = {}
    for metric in world.catalog.metrics.values():
        for name in (metric.names.zh, metric.names.en, *metric.synonyms.zh[:4], *metric.synonyms.en[:4]):
            names.setdefault(_BRACKETS.sub("", name).lower(), metric.id)
    found: list[str] = []
    for word in words:
        hits = process.extract(word[:60].lower(), list(names), scorer=fuzz.ratio, limit=limit, score_cutoff=55)
        found += [names[name] for name, _, _ in hits]
    return list(dict.fromkeys(found or usual_metrics(world, ("dau", "new_users", "revenue", "gmv"))))[:limit]


_USUAL = ("dau", "new_users", "gmv", "revenue", "retention_d1")


def usual_metrics(world: World, usual: Sequence[str] = _USUAL) -> list[str]:
    """Return the ids of metrics that are asked for most: those that most businesses have, else the first of the catalog."""
    held = world.catalog.metrics
    return [m for m in usual if m in held] or list(held)[:5]


_SPOKEN = {"dau": Text("日活", "DAU"), "new_users": Text("新增用户", "new users"), "gmv": Text("成交额", "GMV")}


def examples(world: World) -> list[Text]:
    """Return questions that work as they stand: a metric and a day, a split, a comparison; and what metrics there are."""
    names = [_SPOKEN.get(m) or metric_text(world, m) for m in usual_metrics(world)[:3]]
    made = [Text(f"昨天的{n.zh}", f"{n.en} yesterday") for n in names[:1]]
    if len(names) > 1 and (split := _split_of(world, usual_metrics(world)[1])) is not None:
        made.append(Text(f"上周各{split.zh}{names[1].zh}", f"{names[1].en} by {split.en} last week"))
    if len(names) > 2:
        made.append(Text(f"本月{names[2].zh}环比", f"{names[2].en} this month vs the previous period"))
    return [*made, Text("有哪些指标", "what metrics are there")]


def _split_of(world: World, metric: str) -> Text | None:
    takes = world.catalog.dimensions_of(world.catalog.metrics[metric])
    found = next((d for d in takes if not world.catalog.dimensions[d].filter_only), None)
    return dimension_text(world, found) if found else None


def not_understood(words: Sequence[str], nearest: Sequence[Text], *, about: Text | None = None) -> Decline:
    """Return the refusal for words that nothing in the question's reading stands for."""
    what = quoted(words)
    more = Text(f"其余部分读作{about.zh}。", f" The rest was read as {about.en}.") if about else Text("", "")
    return Decline(
        Text(
            f"没有看懂{what.zh}，为免漏掉条件，没有给出数字。{more.zh}请换个说法，或去掉这部分再问。",
            (
                f"{what.en} was not understood; rather than drop a condition, no number is given.{more.en} Please say "
                f"it another way, or ask without it."
            ),
        ),
        tuple(nearest),
    )


def compound_problem(reading: Reading, words: str) -> Decline:
    """Return the refusal for two metric names run together into one that is not known."""
    named = [m for m in reading.slots.metrics if m in reading.world.catalog.metrics]
    return Decline(
        Text(
            f"“{words}”不是目录里的一个指标。如果要看两个指标，请用“和”分开。",
            f"'{words}' is not one metric of the catalog. If two metrics are meant, join them with 'and'.",
        ),
        tuple(metric_text(reading.world, m) for m in named[:4]),
    )


def cohort_problem(reading: Reading, span: Span, metrics: Sequence[str]) -> Decline:
    """Return the refusal for a metric of newly registered people that is not defined that way."""
    said = [s.text for s in reading.spans if s.has("ambiguous") and s.used]
    names = listed([metric_text(reading.world, m) for m in metrics]) if metrics else None
    names = names or (quoted(said) if said else Text("该指标", "That metric"))
    return Decline(
        Text(
            (
                f"没有“{span.text}的{names.zh.strip('“”')}”这样的口径：{names.zh}按全部用户计算，不能只算新注册用户。"
                f"可以看全部用户的数字，或看新增用户数。"
            ),
            f"{names.en} is counted over all users, not only '{span.text}'. Ask for it over all users, or for the number of new users.",
        ),
        tuple(
            metric_text(reading.world, m)
            for m in dict.fromkeys([*metrics, "new_users"])
            if m in reading.world.catalog.metrics
        ),
    )


def value_problem(world: World, dimension: str, said: str) -> AskBack:
    """Return the question back for a value that is not stored, with the nearest that are."""
    name = dimension_text(world, dimension)
    near = nearest_values(world, dimension, said)
    return AskBack(
        Text(
            f"{name.zh}里没有“{said}”这个值。要看哪一个？",
            f"There is no {name.en} '{said}' stored. Which one is meant?",
        ),
        tuple(value_text(world, dimension, v) for v in near),
    )


def nearest_values(world: World, dimension: str, said: str, limit: int = 5) -> list[str | int]:
    """Return the stored values of a dimension most like a word, or its first ones."""
    held = {
        v.value: (str(v.value), *v.names) for v in world.values.get(dimension, (StoredValue("", ()),)) if v.value != ""
    }
    found = world.catalog.dimensions.get(dimension)
    for known in found.values if found else ():
        held[known.id] = (*held.get(known.id, (str(known.id),)), known.names.zh, known.names.en)
    hints = metric_words().hints.get(dimension, {})
    hinted: list[str | int] = [v for v in held if said.strip().lower() in hints.get(str(v), ())]
    if hinted:
        return hinted
    scored = sorted(held, key=lambda v: -max(fuzz.ratio(said.lower(), n.lower()) for n in held[v]))
    return scored[:limit]


def all_of_problem(reading: Reading, dimension: str) -> AskBack:
    """Return the question back for 所有渠道: each of them, or all together?"""
    name = dimension_text(reading.world, dimension)
    return AskBack(
        Text(f"所有{name.zh}是分别看，还是合在一起看？", f"Every {name.en} apart, or all of them together?"),
        (Text(f"按{name.zh}", f"by {name.en}"), Text("合计", "in total")),
    )


def two_orders_problem() -> AskBack:
    """Return the question back for highest and lowest in one breath."""
    return AskBack(
        Text("一次只能按一个方向排序，先看哪一头？", "One ranking at a time: which end first?"),
        (Text("最高的", "the highest"), Text("最低的", "the lowest")),
    )


def two_compares_problem() -> AskBack:
    """Return the question back for 同比 and 环比 in one breath."""
    return AskBack(
        Text("一次只能做一种对比，先看哪一种？", "One comparison at a time: which first?"),
        (Text("环比", "vs the previous period"), Text("同比", "vs a year earlier")),
    )


def two_dates_problem(periods: Sequence[Period]) -> AskBack:
    """Return the question back for several dates without a word that joins or compares them."""
    return AskBack(
        Text(
            "这句话里有不止一段时间，要看哪一段？", "There is more than one date in the question: which one is meant?"
        ),
        tuple(Text(f"{p.start}到{p.end}", f"{p.start} to {p.end}") for p in periods[:5]),
    )


def percent_problem(number: float) -> AskBack:
    """Return the question back for a threshold whose unit does not fit the metric."""
    n = f"{number:g}"
    return AskBack(
        Text(
            f"“{n}”是百分比（{n}%）吗？请带上单位再说一次阈值。",
            f"Is '{n}' a percentage ({n}%)? Please say the threshold with its unit.",
        )
    )


def which_dimension(world: World, dimensions: Sequence[str]) -> AskBack:
    """Return the question back for a ranking of nothing."""
    usual = [d for d in ("channel", "platform", "province", "campaign", "category") if d in dimensions] or list(
        dimensions
    )
    names = [dimension_text(world, d) for d in usual[:5]]
    return AskBack(
        Text("按什么来排？", "Ranked by what?"),
        tuple(Text(f"按{n.zh}", f"by {n.en}") for n in names),
    )


def wrong_dimension(world: World, metric: Metric, dimension: str) -> Decline:
    """Return the refusal for a dimension that a metric does not take, with those it takes."""
    takes = [dimension_text(world, d) for d in world.catalog.dimensions_of(metric)]
    name, what = metric_text(world, metric.id), dimension_text(world, dimension)
    row = listed(takes)
    return Decline(
        Text(
            f"{name.zh}不能按“{what.zh}”拆分或筛选。它支持：{row.zh}。",
            f"{name.en} cannot be split or filtered by {what.en}. It takes: {row.en}.",
        ),
        tuple(Text(f"{name.zh}按{t.zh}", f"{name.en} by {t.en}") for t in takes[:3]),
    )


def outside_data(clock: Clock) -> Decline:
    """Return the refusal for dates without data."""
    first, last = clock.data_start.isoformat(), clock.last.isoformat()
    return Decline(
        Text(
            f"这段时间没有数据。数据从 {first} 到 {last}，请换一段时间。",
            f"There is no data for those dates. Data runs from {first} to {last}; please choose dates in it.",
        ),
        (Text("近30天", "last 30 days"), Text("本月", "this month")),
    )


def no_tool(tool: str, metrics: Sequence[Text]) -> Decline:
    """Return the refusal for an analysis that is not here yet, with the numbers that are."""
    name = asks()[tool].name
    return Decline(
        Text(
            f"这是在问{name.zh}，目前还不能做；不会拿一个普通数字来代替。可以先看相关的指标、对比和趋势。",
            (
                f"This asks for {name.en}, which is not available here yet; a plain number is not given in its place. "
                f"Metrics, comparisons and trends are."
            ),
        ),
        tuple(metrics),
    )


def what_can_be_asked(world: World) -> AskBack:
    """Return the question back for nothing to go by, with examples that work."""
    return AskBack(
        Text(
            "想看什么数据？可以说指标、时间和怎么拆分。",
            "What would you like to know? Name a metric, a time, and how to split it.",
        ),
        tuple(examples(world)),
    )


def no_metric(world: World) -> AskBack:
    """Return the question back for a question that names no metric."""
    return AskBack(Text("要看哪个指标？", "Which metric?"), tuple(metric_text(world, m) for m in usual_metrics(world)))
