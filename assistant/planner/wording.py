"""Questions back and refusals for what one query cannot say, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assistant.planner.types import AskBack, Decline, World
from assistant.planner.words import dimension_text, listed, metric_text, usual_metrics, value_text
from knowledge.text import Text

if TYPE_CHECKING:
    from assistant.planner.reading import Reading


def _names(world: World, metrics: Sequence[str]) -> tuple[Text, ...]:
    return tuple(metric_text(world, m) for m in metrics[:4] if m in world.catalog.metrics)


def either_problem(reading: Reading) -> Decline:
    """Return the refusal for ``or`` between different dimensions or thresholds."""
    return Decline(
        Text(
            "“或”只能连接同一维度的几个值（如 iOS 或安卓），不同维度或不同阈值之间的“或”还不能查。请分开问。",
            "'or' can only join values of one dimension (iOS or Android); between dimensions or thresholds it is not "
            "possible. Please ask for them one at a time.",
        ),
        _names(reading.world, reading.slots.metrics),
    )


def own_filters_problem(reading: Reading) -> Decline:
    """Return the refusal for filters that belong to one metric each."""
    return Decline(
        Text(
            "听起来各部分有各自的筛选条件，而一次查询的条件对所有指标都生效。请分开问。",
            "It sounds as if each part has a condition of its own, but in one query the conditions hold for all of it. "
            "Please ask for them one at a time.",
        ),
        _names(reading.world, reading.slots.metrics),
    )


def contradiction_problem(world: World, kept: dict[str, Any], left_out: dict[str, Any]) -> AskBack:
    """Return the question back for values of one dimension both kept and left out."""
    name = dimension_text(world, kept["dimension"])
    ins = listed([value_text(world, kept["dimension"], v) for v in kept["values"]])
    outs = listed([value_text(world, kept["dimension"], v) for v in left_out["values"]])
    return AskBack(
        Text(
            f"{name.zh}既要“{ins.zh}”又要排除“{outs.zh}”，以哪个为准？",
            f"{name.en}: '{ins.en}' is to be kept and '{outs.en}' left out. Which of the two?",
        ),
        (Text(f"只看{ins.zh}", f"only {ins.en}"), Text(f"排除{outs.zh}", f"excluding {outs.en}")),
    )


def quotient_problem(world: World, above: str, below: str, near: str | None) -> Decline:
    """Return the refusal for a quotient of two metrics, with the metric of the catalog that comes nearest."""
    a, b = metric_text(world, above), metric_text(world, below)
    held = near is not None and near in world.catalog.metrics
    name = metric_text(world, near) if near is not None and held else None
    more = Text(f"目录里最接近的是“{name.zh}”。", f" The nearest metric is {name.en}.") if name else Text("", "")
    return Decline(
        Text(
            f"“{a.zh}除以{b.zh}”不能临时计算，只给目录里的指标。{more.zh}",
            f"{a.en} divided by {b.en} is not computed ad hoc; only metrics of the catalog are given.{more.en}",
        ),
        ((name,) if name else ()) + (a, b),
    )


def within_groups_problem(world: World, metrics: Sequence[str], dimensions: Sequence[str]) -> Decline:
    """Return the refusal for a ranking inside each group or each step of time."""
    names, split = _names(world, metrics), [dimension_text(world, d) for d in dimensions]
    choices = tuple(Text(f"{n.zh}按{d.zh}排名", f"{n.en} by {d.en} ranked") for n in names[:1] for d in split[-1:])
    return Decline(
        Text(
            "还不能在每个分组或每个时段里分别排名。可以问整段时间的排名，或指定几个值再看它们的拆分。",
            "Ranking within each group is not possible yet. Ask for the ranking over the whole range, or for the split "
            "of named ones.",
        ),
        choices or names,
    )


def share_problem(world: World, metrics: Sequence[str]) -> Decline:
    """Return the refusal for shares of a total."""
    return Decline(
        Text(
            "还不能计算占比。可以看各部分的数字和合计。",
            "Shares of a total are not available yet. The parts and the total are.",
        ),
        _names(world, metrics) or _names(world, usual_metrics(world)[:2]),
    )


def detail_problem(world: World, metrics: Sequence[str]) -> Decline:
    """Return the refusal for single rows."""
    return Decline(
        Text(
            "不提供逐条明细，只提供汇总数字。可以看指标的合计、拆分和趋势。",
            "Single records are not listed, only figures: totals, splits and trends.",
        ),
        _names(world, metrics) or _names(world, usual_metrics(world)[:2]),
    )


def value_meant(world: World, dimension: str) -> AskBack:
    """Return the question back for 那个渠道, which points at a value of an answer that is not kept."""
    name = dimension_text(world, dimension)
    known = world.catalog.dimensions[dimension].values
    stored = [v.value for v in world.values.get(dimension, ())] or [v.id for v in known]
    return AskBack(
        Text(f"指的是哪个{name.zh}？请说出名字。", f"Which {name.en} is meant? Please name it."),
        tuple(value_text(world, dimension, v) for v in stored[:9]),
    )


def compared_with_what() -> AskBack:
    """Return the question back for a comparison with nothing named."""
    return AskBack(
        Text("和什么比？", "Compared with what?"),
        (Text("环比", "vs the previous period"), Text("同比", "vs a year earlier")),
    )


def new_users_problem(world: World, said: str, metrics: Sequence[str], others: Sequence[str]) -> Decline:
    """Return the refusal for new users beside metrics of which some are about them and some about everyone."""
    names, rest = listed(_names(world, metrics)), listed(_names(world, others))
    return Decline(
        Text(
            f"“{said}”可能是要看新增用户数，也可能只限定后面的指标；{rest.zh}按全部用户计算，不能只算新用户。请用逗号或“和”把指标分开。",
            f"'{said}' may be the number of new users or only say whose figures are meant; {rest.en} is counted over all "
            "users. Please part the metrics with commas or 'and'.",
        ),
        (Text(f"新增用户数、{names.zh}", f"new users, {names.en}"), *_names(world, metrics)),
    )


def welcome(choices: tuple[Text, ...], *, greeted: bool = False) -> AskBack:
    """Return the reply to thanks, or to a greeting, with questions to begin with."""
    if greeted:
        return AskBack(Text("你好！想看什么数据？", "Hello! What would you like to know?"), choices)
    return AskBack(
        Text("不客气，随时可以问。想看什么数据？", "You're welcome. What would you like to know next?"),
        choices,
    )
