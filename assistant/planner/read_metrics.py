"""The metrics a question names: which catalog metric each word means here, and when a name means none or too many."""

from __future__ import annotations

import itertools
import re

from assistant.planner.reading import Reading, meanings
from assistant.planner.spans import Span
from assistant.planner.types import World
from assistant.planner.wording import new_users_problem
from assistant.planner.words import cohort_problem, compound_problem
from knowledge.catalog.load import Catalog

_KINDS = ("metric", "nth", "ambiguous", "absent", "cohort", "roi_alone")
_MESSAGE_DIMENSIONS, _AD_DIMENSIONS = {"medium"}, {"channel", "creative"}


def read_metrics(reading: Reading) -> None:
    """Fill metrics, ambiguous, absent and cohort from the spans."""
    found = [(i, s) for i, s in enumerate(reading.spans) if not s.used and any(s.has(k) for k in _KINDS)]
    named = [(i, s) for i, s in found if not (s.has("cohort") or _counts_people(s))]
    places: dict[str, int] = {}
    for i, span in named:
        _read_named(reading, i, span)
        _place(reading, span, places)
    for i, span in found:
        if span.has("cohort"):
            _read_cohort(reading, i, span, alone=not named)
            _place(reading, span, places)
    for _, span in found:
        if _counts_people(span):
            _read_people(reading, span)
    reading.slots.metrics.sort(key=lambda metric: places.get(metric, len(reading.text)))
    _check_neighbours(reading, named)
    _read_attribution(reading)


def _place(reading: Reading, span: Span, places: dict[str, int]) -> None:
    """Note where the metrics that a span brought stand, so that they come in the order they were said in."""
    for metric in reading.slots.metrics:
        places.setdefault(metric, span.start)


def _read_attribution(reading: Reading) -> None:
    """线性归因看注册数: registrations under an attribution model are the attributed ones."""
    slots = reading.slots
    modelled = reading.any("model") or reading.any("model_word")
    alone = not slots.metrics and reading.any("model") and not (slots.tools or slots.ambiguous or slots.absent)
    if (slots.metrics == ["new_users"] and modelled) or alone:  # 各渠道的线性归因: nothing else is attributed
        slots.metrics.clear()
        _name(reading, "attributed_registrations")
        _use(reading, "model_word")


def _counts_people(span: Span) -> bool:
    return span.get("ambiguous") == "users" or (span.has("users_word") and span.has("filler"))


def _read_named(reading: Reading, index: int, span: Span) -> None:
    slots = reading.slots
    span.used = True
    if span.has("nth"):
        for metric in span.get("nth"):
            _name(reading, metric)
    elif span.has("roi_alone"):
        _name(reading, "campaign_roi" if _about_campaigns(reading) else "roi")
    elif span.has("ambiguous"):
        _read_ambiguous(reading, span)
    elif span.has("metric"):
        ids = span.get("metric")
        _take(slots.metrics, ids[0])
        if len(ids) > 1:
            slots.ambiguous.append("|".join(ids))
            slots.metrics.remove(ids[0])
    else:
        _take(slots.absent, span.get("absent"))
    _own_dimension(reading, index, span)


def _take(into: list[str], metric: str) -> None:
    if metric not in into:
        into.append(metric)


def _name(reading: Reading, metric: str) -> None:
    """Take a metric that the words mean: one of the catalog's, or one that it does not have."""
    slots = reading.slots
    _take(slots.metrics if metric in reading.world.catalog.metrics else slots.absent, metric)


def _about_campaigns(reading: Reading) -> bool:
    return any(
        s.has("campaign_word")
        or s.get("dimension") == "campaign"
        or any(d == "campaign" for d, _ in s.get("value") or ())
        for s in reading.spans
    )


def _read_ambiguous(reading: Reading, span: Span) -> None:
    slots, key = reading.slots, span.get("ambiguous")
    if key == "click_rate":
        ads, messages = _about(reading, "ad_word", _AD_DIMENSIONS), _about(reading, "message_word", _MESSAGE_DIMENSIONS)
        if ads != messages:
            _name(reading, "ctr" if ads else "click_rate")
            _use(reading, "ad_word" if ads else "message_word")
            return
    people = any(_counts_people(s) for s in reading.spans)
    if people and key in ("paying", "active"):
        _name(reading, "paying_users" if key == "paying" else "active_users")
        return
    _take(slots.ambiguous, key)


def _about(reading: Reading, word: str, dimensions: set[str]) -> bool:
    return any(
        s.has(word) or s.get("dimension") in dimensions or any(d in dimensions for d, _ in s.get("value") or ())
        for s in reading.spans
    )


def _use(reading: Reading, kind: str) -> None:
    for _, span in reading.of(kind):
        if not (span.has("value") or span.has("dimension")):
            span.used = True


def _own_dimension(reading: Reading, index: int, span: Span) -> None:
    """各渠道ROI, 哪个活动ROI: the name of the metric begins with the dimension that 各 or 哪个 asks for."""
    before = reading.next_to(index, -1)
    if before is None or before.used or not (before.has("each") or before.has("which")) or before.has("filler"):
        return
    for dimension in reading.world.catalog.dimensions.values():
        if any(span.text.startswith(name) for name in (dimension.names.zh, dimension.names.en.lower())):
            before.used = before.has("each")
            if before.has("which"):
                before.used = True
                reading.slots.which = before.get("which")
            _take(reading.slots.dimensions, dimension.id)


def from_cohorts(world: World, metric_id: str) -> bool:
    """Return whether a metric is about the people who registered in the period, so that naming them adds nothing."""
    metric = world.catalog.metrics.get(metric_id)
    if metric is None:
        return metric_id.startswith(
            ("retention_d", "ltv_", "first_pay", "activation", "feature_penetration", "attributed")
        )
    catalog = world.catalog
    sources = {catalog.measures[m].source for m in metric.measures if m in catalog.measures}
    return any(_of_arrivals(catalog, source) for source in sources) or metric_id.startswith(
        ("new_users", "total_users", "ltv", "attributed", "retention_d")
    )


def _of_arrivals(catalog: Catalog, source: str) -> bool:
    """Whether a source has a row for each person, on the day they came."""
    found = catalog.sources.get(source)
    return found is not None and found.table == "users"


def _read_cohort(reading: Reading, index: int, span: Span, *, alone: bool) -> None:
    """新用户, sign-ups: the metric new_users by themselves or in a list, else whose number another metric is."""
    slots = reading.slots
    span.used = True
    explained = bool(slots.tools) and slots.tools[0] == "explain_change"  # 新增为什么少了 is about a number
    if alone and (not slots.tools or explained):
        _name(reading, "new_users")
        return
    ranked = any(
        (beside := reading.beside(index, step)) and beside[1].has("order") and not beside[1].has("filler")
        for step in (-1, 1)
    )
    others = [*slots.metrics, *slots.absent]
    strangers = [m for m in others if not from_cohorts(reading.world, m)]
    if ranked or (span.has("metric") and _listed(reading, index, span)):
        if strangers and reading.any("theirs"):
            slots.problems.append(cohort_problem(reading, span, strangers))
        _name(reading, "new_users")
        return
    slots.cohort = True
    if strangers and len(strangers) < len(others):
        slots.problems.append(new_users_problem(reading.world, span.text, others, strangers))
        return
    fits = [m for m in others if from_cohorts(reading.world, m)] or [
        k for k in slots.ambiguous if k in ("retention", "ltv", "penetration")
    ]
    if not fits and (not slots.tools or explained):
        if slots.ambiguous and "conversion" in slots.ambiguous:
            slots.ambiguous.remove("conversion")
            _name(reading, "register_conversion")
        elif others or slots.ambiguous:
            slots.problems.append(cohort_problem(reading, span, others))


def _listed(reading: Reading, index: int, span: Span) -> bool:
    """Whether new users stand in a list with other metrics: joined, parted by commas, or 新增 by blanks."""
    people = span.text.endswith(("用户", "人", "users", "customers", "的"))
    named = [*reading.slots.metrics, *reading.slots.absent]
    loose = not people or reading.text.isascii() or not any(from_cohorts(reading.world, m) for m in named)
    for step in (-1, 1):
        joint = reading.next_to(index, step)
        if joint is None:
            continue
        between = reading.text[min(span.end, joint.end) : max(span.start, joint.start)]
        if _names_metric(joint) and between == " " and not people and not span.text.isascii():
            return True  # 新增 激活率
        firm = joint.has("connector") or (joint.has("comma") and joint.text in "、/+&")
        if not firm and not (joint.has("comma") and loose):
            continue
        other = reading.next_to(index, 2 * step) if people else _past_splits(reading, index + 2 * step, step)
        if other is not None and _names_metric(other):
            return True
    return False


def _names_metric(span: Span) -> bool:
    return any(span.has(kind) for kind in ("metric", "nth", "absent", "ambiguous", "roi_alone"))


def _past_splits(reading: Reading, index: int, step: int) -> Span | None:
    """Return the first span from an index on that is no split or value: 各渠道的新增和各平台的日活 is a list."""
    passed = ("each", "dimension", "value", "filler")
    spans = reading.spans[index:] if step > 0 else reading.spans[: max(index + 1, 0)][::-1]
    return next((s for s in spans if _names_metric(s) or not any(s.has(k) for k in passed)), None)


def _read_people(reading: Reading, span: Span) -> None:
    """用户数, how many users: new ones where 注册 stands with it, of a metric already named nothing, else several readings."""
    slots = reading.slots
    if slots.metrics or slots.absent or slots.ambiguous or slots.tools:
        span.used = True
    elif not span.has("filler"):
        span.used = True
        _take(slots.ambiguous, "users")


def _check_neighbours(reading: Reading, named: list[tuple[int, Span]]) -> None:
    """Two metric names that nothing joins (新增付费用户, GMV for members) are not two metrics.

    A filter where one names a group that is stored as a segment, else one name that is not known.
    """
    counted = "new_users" in reading.slots.metrics  # retention of new users and members: a metric each, where counted
    people = [(i, s) for i, s in reading.of("cohort", free=False) if counted]
    for (i, first), (j, second) in itertools.pairwise(sorted([*named, *people], key=lambda pair: pair[0])):
        if first.has("cohort") or not (_touching(reading, first, second) or _of_group(reading, i, j)):
            continue
        if not _take_group(reading, named, i, j):
            reading.slots.problems.append(compound_problem(reading, reading.text[first.start : second.end]))
        return


def _touching(reading: Reading, first: Span, second: Span) -> bool:
    between = reading.text[first.end : second.start]
    if second.has("cohort"):
        return False
    return between in ("", "的", " of ", "-") or (between == " " and reading.text.isascii())


_GROUP = re.compile(
    r"(?:用户|会员|客户|创作者|达人|买家|人|工单|users|members|customers|creators|buyers|payers|people|tickets)$"
)
_OF_GROUP = re.compile(
    r"(?<![a-z])(?:for|of|from|among|amongst|by|within|across)(?: (?:all|only|just))?(?: (?:of )?(?:the|our|these|those))?$|的$"
)
_POSSESSIVE = re.compile(r"(?:的|'s?)$")
_JOINS = ("connector", "comma", "than", "gap", "compare", "order", "limit")


def _of_group(reading: Reading, first: int, second: int) -> bool:
    """Whether one of two metric names says whose number the other is: csat for tickets, GMV 会员, 会员11月退款率."""
    spans = reading.spans
    if any(s.has(kind) and s.text != "from" for s in spans[first + 1 : second] for kind in _JOINS):
        return False
    groups = [s for s in (spans[first], spans[second]) if s.has("metric") and _GROUP.search(s.text)]
    if not groups:
        return False
    between = reading.text[spans[first].end : spans[second].start].strip()
    if re.search(r"[?!.;。？！；]", between):
        return False  # 昨天DAU多少？会员多少: two sentences
    if spans[first] in groups and _POSSESSIVE.search(between):
        return True
    after = spans[second] in groups and _OF_GROUP.search(between) is not None
    return after or not (reading.text.isascii() or spans[second].has("cohort"))


def _take_group(reading: Reading, named: list[tuple[int, Span]], first: int, second: int) -> bool:
    """Filter by the ready-made segment that 流失用户的… and for lost users name, where every other metric takes it."""
    spans, slots, catalog = reading.spans, reading.slots, reading.world.catalog
    between = reading.text[spans[first].end : spans[second].start].strip()
    owned = _POSSESSIVE.search(between) is not None
    group = spans[first] if owned else spans[second]
    if not (owned or _OF_GROUP.search(between)) or not _GROUP.search(group.text):
        return False
    segment = next((value for d, value in group.get("value") or () if d == "segment"), None)
    held = {v.value for v in reading.world.values.get("segment", ())}
    others = [m for m in slots.metrics if m not in (group.get("metric") or ())]
    taking = all(m in catalog.metrics and "segment" in catalog.dimensions_of(catalog.metrics[m]) for m in others)
    if segment not in held or not others or not taking or any(_stands(reading, m) for m in others):
        return False
    # GMV for lost users and members, GMV for lost users and orders: whose each is, the words do not say
    if group is not named[0 if owned else -1][1] or sum(_GROUP.search(s.text) is not None for _, s in named) > 1:
        return False
    slots.metrics[:] = others
    slots.filters.append({"dimension": "segment", "op": "in", "values": [segment]})
    return True


def _stands(reading: Reading, metric: str) -> bool:
    """Whether a metric counts people by the segment they stand in already: a filter by another would count none of them."""
    catalog = reading.world.catalog
    return any(catalog.measures[m].standing for m in catalog.metrics[metric].measures if m in catalog.measures)


def ambiguous_choices(world: World, key: str) -> list[str]:
    """Return the metric ids an ambiguous name may mean."""
    return key.split("|") if "|" in key else meanings(world, key)
