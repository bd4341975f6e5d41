"""What a reader should know besides the rows of a funnel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from knowledge.text import Text
from tools.funnels.definition import HOUR_US, Funnel
from tools.semantic_layer.analysis import Scope
from tools.warehouse.rows import Scalar

_ORDER_WORDS = {
    "ordered": Text("按顺序完成，中间可有其他行为", "Steps in order; other events may come between"),
    "any": Text(
        "不分先后，第 k 行是完成任意 k 个步骤的用户", "Steps in any order; row k counts users with any k of the steps"
    ),
    "strict": Text(
        "严格连续，两步之间没有该用户的其他行为",
        "Steps directly one after another: no other event of that user between",
    ),
}


def notes_of(made: Funnel, scope: Scope) -> Iterable[Text]:
    """Yield what the funnel counts, and what its figures leave open."""
    order = _ORDER_WORDS[made.order]
    zh, en = "不限时长", "without a time limit"
    if made.window_us is not None:
        hours = made.window_us / HOUR_US
        zh, en = f"{hours:g} 小时内", f"within {hours:g} hours"
    yield Text(
        f"{order.zh}；自首步起{zh}（含边界）；首步在 {scope.start} 至 {scope.end}；每人取走得最远的一次。",
        f"{order.en}, {en} of the first one (the edge counts), which falls on {scope.start} to {scope.end}; each user counts by "
        "the attempt that got furthest.",
    )
    if made.order != "any" and made.strict_time:
        yield Text("时间相同的两步不算转化。", "Steps at an equal timestamp do not count.")
    if (made.order == "strict") != (made.repeats == "stop"):
        yield _REPEATS_WORDS[made.repeats]
    for each in made.exclusions:
        what = each.activity.words
        yield Text(
            f"第 {each.after} 步之后、第 {each.before} 步之前（窗口内）出现 {what.zh} 的尝试整次剔除，分子分母都不计。",
            f"Attempts with {what.en} after step {each.after} and before step {each.before} (within the window) are left out "
            "altogether, of numerator and denominator.",
        )
    yield from _immature(made, scope)
    yield from _people_notes(scope)


_REPEATS_WORDS = {
    "stop": Text(
        "已完成的步骤（首步除外）再次出现即止步。",
        "A step done already (but the first) that comes again ends the attempt.",
    ),
    "ignore": Text("已完成的步骤再次出现不算其他行为。", "Steps done already may come again between."),
}


def _immature(made: Funnel, scope: Scope) -> Iterable[Text]:
    """Say where entries have not had the whole window yet."""
    if made.window_us is None:
        return
    days = -(-made.window_us // (24 * HOUR_US))
    left = (made.as_of - scope.end).days
    if days > left:
        since = max(scope.start, scope.end - timedelta(days=days - left - 1))
        yield Text(
            f"数据截至 {made.as_of}：{since} 起进入的用户窗口尚未走完，转化率还会上升。",
            f"The data end on {made.as_of}: users who entered from {since} on have not had the whole window yet; the rates may "
            "still rise.",
        )


def _people_notes(scope: Scope) -> Iterable[Text]:
    """Say what platform and version mean here."""
    split = {dimension.id for dimension in scope.dimensions}
    used = split | {each.dimension.id for each in scope.filters}
    if "platform" in used:
        zh, en = (
            (
                "；在两个平台都进入的用户各计一次，各行不可相加",
                "; a user who entered on two platforms counts in both rows",
            )
            if "platform" in split
            else ("", "")
        )
        yield Text(f"平台取首步所在的平台{zh}。", f"Platform is that of the first step{en}.")
    if "app_version" in used:
        yield Text("版本取用户注册时的版本。", "App version is the one the user registered with.")
    if "segment" in split:
        yield Text("一个用户可属于多个分群，各行不可相加。", "A user may be in several segments; rows do not add up.")


def row_notes(columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    """Yield what follows from the rows: why some rates are null."""
    users, rate, step = (columns.index(name) for name in ("users", "step_rate", "step"))
    if not any(row[users] for row in rows):
        yield Text("该时间没有人进入漏斗，比率为空。", "Nobody entered the funnel in this period; the rates are null.")
        return
    if any(row[rate] is None for row in rows if row[step] != 1):
        yield Text(
            "上一步没有用户的步骤，其步骤转化率为空，而不是 0。",
            "Where nobody reached the step before, the step rate is null, not 0.",
        )
