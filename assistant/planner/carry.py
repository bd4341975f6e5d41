"""What a follow-up carries over from the turn before: in words, what drops it again, and what no longer applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assistant.planner.query_plan import Draft, filters_said
from assistant.planner.reading import Order, Slots
from assistant.planner.side_by_side import later_against_earlier
from assistant.planner.types import Offer, World
from assistant.planner.words import dimension_text, metric_text, value_text
from knowledge.text import Text, join

_BY = {
    "day": Text("按天", "by day"),
    "week": Text("按周", "by week"),
    "month": Text("按月", "by month"),
    "quarter": Text("按季度", "by quarter"),
    "year": Text("按年", "by year"),
}
_AGAINST = {"year_ago": Text("同比", "against a year earlier"), "target": Text("对比目标", "against the target")}
_MOST_OFFERS = 4


def carried(draft: Draft, slots: Slots, world: World, about: Text | None = None) -> Text | None:
    """Return what a follow-up kept from the turn before, in words: 沿用上一问：成交额，仍按渠道 = 短视频.

    ``about`` is the analysis or the experiment that was kept.
    """
    kept: list[Text] = []
    if not slots.metrics and draft.metrics:
        kept.append(join([metric_text(world, m) for m in draft.metrics], zh="、", en=", "))
    if about is not None:
        kept.append(about)
    still = [*_conditions(draft, slots, world), *_shape(draft, slots, world)]
    if still:
        row = join(still, zh="、", en=", ")
        kept.append(Text(f"仍按{row.zh}", f"still {row.en}"))
    if slots.time is None and slots.shift is None and draft.period is not None:
        each = [Text(f"{p.start} 至 {p.end}", f"{p.start} to {p.end}") for p in (draft.period, *draft.also)]
        kept.append(join(each, zh="、", en=", "))
    if not kept:
        return None
    what = join(kept, zh="，", en=", ")
    return Text(f"沿用上一问：{what.zh}", f"kept from before: {what.en}")


def _conditions(draft: Draft, slots: Slots, world: World) -> list[Text]:
    said = [f["dimension"] for f in slots.filters]
    return filters_said(world, [f for f in draft.filters if f["dimension"] not in said])


def _shape(draft: Draft, slots: Slots, world: World) -> Iterable[Text]:
    for dimension in draft.dimensions:
        if dimension not in slots.dimensions:
            name = dimension_text(world, dimension)
            yield Text(f"各{name.zh}", f"by {name.en}")
    if draft.grain in _BY and not (slots.grain or slots.trend):
        yield _BY[draft.grain or ""]
    if draft.trend and not (slots.grain or slots.trend):
        yield Text("趋势", "as a trend")
    if draft.compare is not None and slots.compare is None:
        yield _AGAINST.get(str(draft.compare), Text("与对比期相比", "with the comparison"))
    if draft.having and not slots.having:
        yield Text("同一阈值", "with the threshold")


def removals(draft: Draft, slots: Slots, world: World) -> tuple[Offer, ...]:
    """Return the questions that drop what was carried over, one each: a filter, a split, the grain, the comparison."""
    said = [f["dimension"] for f in slots.filters]
    offers = []
    for f in draft.filters:
        if f["dimension"] not in said:
            name, what = dimension_text(world, f["dimension"]), filters_said(world, [f])[0]
            drop = Text(f"不限{name.zh}", f"all {name.en} together")
            offers.append(Offer(Text(f"去掉：{what.zh}", f"Drop: {what.en}"), drop))
    for dimension in draft.dimensions:
        if dimension not in slots.dimensions:
            name = dimension_text(world, dimension)
            drop = Text(f"不分{name.zh}", f"not by {name.en}")
            offers.append(Offer(Text(f"去掉：各{name.zh}", f"Drop: by {name.en}"), drop))
    if (draft.grain in _BY or draft.trend) and not (slots.grain or slots.trend):
        by = _BY.get(draft.grain or "", Text("趋势", "the trend"))
        offers.append(Offer(Text(f"去掉：{by.zh}", f"Drop: {by.en}"), Text("不按时间分", "not over time")))
    if draft.compare is not None and slots.compare is None:
        offers.append(Offer(Text("去掉：对比", "Drop: the comparison"), Text("不对比", "without comparison")))
    return tuple(offers[:_MOST_OFFERS])


_NAMED = ("age_band", "city_tier", "app_version")


def pooled(draft: Draft, slots: Slots, world: World) -> tuple[list[Text], tuple[Offer, ...]]:
    """Say that values named together are counted as one, and offer them apart: iOS和安卓的日活 is one figure.

    Tiers, ages and versions are named as a range (一二线), so they say nothing.
    """
    notes, offers = [], []
    for f in slots.filters:
        dimension = f["dimension"]
        if f["op"] != "in" or len(f["values"]) < 2 or dimension in (*draft.dimensions, *_NAMED):
            continue
        names = join([value_text(world, dimension, v) for v in f["values"]], zh="、", en=", ")
        name = dimension_text(world, dimension)
        notes.append(Text(f"{names.zh}合并计算，没有分开", f"{names.en} are counted together, not apart"))
        label = Text(f"分开看：{names.zh}", f"Apart: {names.en}")
        offers.append(Offer(label, Text(f"按{name.zh}", f"by {name.en}")))
    return notes, tuple(offers)


def without_strangers(draft: Draft, slots: Slots, world: World, *, swapped: bool) -> Draft:
    """Return a draft whose metrics were exchanged without what belongs to the ones before: order, thresholds, conditions.

    A split or filter that the new metric does not take is dropped, and said, where nothing but the metric was exchanged.
    """
    order = draft.order
    if order is not None and order.metric not in draft.metrics:
        order = Order(order.how)
    having = tuple(h for h in draft.having if str(h["column"]).partition("__")[0] in draft.metrics)
    draft = replace(draft, order=order, having=having)
    known = [m for m in draft.metrics if m in world.catalog.metrics]
    if not swapped or not known:
        return draft
    takes = set.intersection(*(set(world.catalog.dimensions_of(world.catalog.metrics[m])) for m in known))
    strange = dict.fromkeys(d for d in (*draft.dimensions, *(f["dimension"] for f in draft.filters)) if d not in takes)
    if strange:
        names = join([dimension_text(world, d) for d in strange], zh="、", en=", ")
        metric = metric_text(world, known[0])
        slots.notes.append(
            Text(
                f"{metric.zh}不分{names.zh}，已去掉这一条件", f"{metric.en} does not take {names.en}: that was dropped"
            )
        )
    dimensions = tuple(d for d in draft.dimensions if d in takes)
    filters = tuple(f for f in draft.filters if f["dimension"] in takes)
    ranked = None if strange and not dimensions and not draft.grain else draft.order
    limit = draft.limit if ranked is not None or draft.order is None else None
    return replace(draft, dimensions=dimensions, filters=filters, order=ranked, limit=limit)


def without_undone(draft: Draft, slots: Slots) -> Draft:
    """Return the draft without what a follow-up takes back: 不对比, not over time, 清空条件."""
    undo = slots.undo
    if "all" in undo:
        kept = draft.compare if draft.compare == "target" else None
        return Draft(metrics=draft.metrics, period=draft.period, also=draft.also, until=draft.until, compare=kept)
    if "compare" in undo:
        having = tuple(h for h in draft.having if "__" not in str(h["column"]))
        order = draft.order if draft.order is None or draft.order.how not in ("grew", "fell") else None
        draft = replace(draft, compare=None, having=having, order=order)
    if "apart" in undo:
        several = [f["dimension"] for f in draft.filters if f["op"] == "in" and len(f["values"]) > 1]
        draft = replace(draft, dimensions=tuple(dict.fromkeys([*draft.dimensions, *several])))
    if "grain" in undo:
        draft = replace(draft, grain=None, trend=False)
    if "order" in undo:
        draft = replace(draft, order=None, limit=None, having=())
    return draft


def ranked_whole(draft: Draft, slots: Slots) -> Draft:
    """Return the draft without its grain where a follow-up asks for the first N of what was shown by week and by channel."""
    both = bool(draft.dimensions) and (draft.grain is not None or draft.trend)
    if slots.limit is None or not both or slots.grain or slots.trend or slots.metrics:
        return draft
    slots.notes.append(Text("按整段时间排名，不再按时间分", "ranked over the whole range, no longer by time"))
    return replace(draft, grain=None, trend=False)


def side_compared(draft: Draft, slots: Slots) -> Draft:
    """Return the draft of a follow-up that compares what was asked before: 对比一下 of two dates, 和安卓对比 of iOS.

    The later of two dates with the earlier; the value before and the one now said side by side.
    """
    if slots.order is None or slots.order.how != "compare" or slots.time is not None:
        return draft
    if not slots.filters and (pair := later_against_earlier(draft.period, draft.also)):
        slots.order, slots.compare = None, "base"
        return replace(draft, period=pair[0], also=(), compare=pair[1], grain=None, trend=False)
    for said in slots.filters:
        held = [f for f in draft.filters if f["dimension"] == said["dimension"] and f["op"] == said["op"] == "in"]
        if len(held) == 1 and held[0]["values"] != said["values"]:
            said["values"] = list(dict.fromkeys([*held[0]["values"], *said["values"]]))
            slots.dimensions = list(dict.fromkeys([*slots.dimensions, said["dimension"]]))
            slots.order = None
            return draft
    return draft
