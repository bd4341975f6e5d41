"""Questions back and refusals about analyses, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.planner.types import AskBack, Decline, World
from assistant.planner.vocabulary import asks, funnel_words
from assistant.planner.words import dimension_text, listed, tool_text, value_text
from knowledge.text import Text

_UNITS = {"day": Text("天", "day"), "week": Text("周", "week"), "month": Text("个月", "month")}
_STAND_ALONE = ("retention_matrix", "funnel", "lifecycle_flow", "stickiness_histogram", "ltv_curve")
_CANNOT = {
    "metrics": Text("指定指标", "a metric"),
    "dimensions": Text("按维度拆分", "splits"),
    "filters": Text("筛选", "filters"),
    "grain": Text("按这个时间粒度看", "this grain"),
    "trend": Text("看趋势", "a trend"),
    "compare": Text("做对比", "comparisons"),
    "order": Text("排名或设阈值", "rankings and thresholds"),
    "model": Text("选归因模型", "attribution models"),
}


def not_taken(tool: str, what: str, metrics: Sequence[Text]) -> Decline:
    """Return the refusal for something that an analysis does not take, with the nearest that works."""
    name, cannot = tool_text(tool), _CANNOT[what]
    return Decline(
        Text(
            f"{name.zh}不能{cannot.zh}；为免漏掉条件，没有给出结果。可以去掉这部分再问。",
            f"The tool for {name.en} does not take {cannot.en}; rather than drop a condition, no result is given. Ask without it.",
        ),
        (*metrics[:2], *(() if tool == "explain_change" else (_example(tool),))),
    )


def _example(tool: str) -> Text:
    """Return words that ask for an analysis and need nothing more, as a reply."""
    if tool == "funnel":
        return funnel_words().funnels["payment"].names
    words = asks()[tool].words
    return Text(
        next(word for word in words if not word.isascii()),
        next(word for word in words if word.isascii() and len(word) > 3),
    )


def wrong_people_dimension(world: World, tool: str, dimension: str, taken: Sequence[str]) -> Decline:
    """Return the refusal for a dimension that is none of users, with those that are."""
    name, what = tool_text(tool), dimension_text(world, dimension)
    row = listed([dimension_text(world, d) for d in taken])
    return Decline(
        Text(
            f"{name.zh}不能按“{what.zh}”拆分或筛选。它支持：{row.zh}。",
            f"The tool for {name.en} cannot be split or filtered by {what.en}. It takes: {row.en}.",
        ),
        (_example(tool),),
    )


def which_funnel(steps: Sequence[str]) -> AskBack:
    """Return the question back for a funnel without its steps."""
    named = tuple(funnel.names for funnel in funnel_words().funnels.values())
    if steps:
        return AskBack(
            Text("漏斗至少要有两步，从哪一步到哪一步？", "A funnel needs two steps at least: from which to which?"),
            named,
        )
    return AskBack(Text("要看哪个漏斗？也可以直接说出各步。", "Which funnel? Its steps can be named as well."), named)


def which_experiment(world: World) -> AskBack:
    """Return the question back for an experiment that was not named, with those there are."""
    stored = world.values.get("experiment", ())
    return AskBack(
        Text("要看哪个实验？", "Which experiment?"),
        tuple(Text(f"{value_text(world, 'experiment', v.value).zh}", str(v.value)) for v in stored[:9]),
    )


def no_dates_of_experiments(experiment: str | None, world: World) -> AskBack:
    """Return the question back for dates of an experiment, which is read out over its own."""
    stored = [v.value for v in world.values.get("experiment", ()) if experiment in (None, v.value)]
    return AskBack(
        Text(
            "实验只能按它自己的时间（从分配到实验结束）解读，不能另取日期。要看整个实验吗？",
            "An experiment is read out over its own dates, from assignment to its end, not over others. The whole of it?",
        ),
        tuple(Text(f"{value_text(world, 'experiment', v).zh} 实验结果", f"{v} experiment results") for v in stored[:9]),
    )


def one_metric(metrics: Sequence[Text]) -> AskBack:
    """Return the question back for several metrics where one is taken."""
    return AskBack(Text("一次只能看一个指标，先看哪个？", "One metric at a time: which first?"), tuple(metrics[:5]))


def one_analysis(tools: Sequence[str]) -> Decline:
    """Return the refusal for two analyses in one question."""
    names = [tool_text(tool) for tool in tools[:3]]
    row = listed(names)
    return Decline(
        Text(
            f"这句话里有不止一种分析（{row.zh}），请分开问。",
            f"There is more than one analysis in the question ({row.en}); please ask for one at a time.",
        ),
        tuple(_example(tool) for tool in tools if tool in _STAND_ALONE),
    )


def compared_with_target(metrics: Sequence[Text]) -> Decline:
    """Return the refusal for an explanation of a missed target."""
    return Decline(
        Text(
            "只能解释与另一段时间相比的变化，不能解释与目标的差距。可以先看完成率，或问环比、同比变化的原因。",
            "A change against other dates can be explained, the distance to a target cannot. Ask for the attainment, or why it "
            "changed against the period before.",
        ),
        tuple(Text(f"{m.zh}完成率", f"{m.en} vs target") for m in metrics[:2]),
    )


def first_step_dates(tool: str) -> Decline:
    """Return the refusal for newcomers in an analysis of everyone: its dates are not those of registration."""
    name = tool_text(tool)
    return Decline(
        Text(
            f"{name.zh}统计这段时间里的全部用户，不能只取其间注册的人。可以去掉“新用户”再问，或看注册用户的留存矩阵。",
            f"The tool for {name.en} counts everyone in the dates, not only those who registered in them. Ask without the new users, or "
            "for the retention matrix of those who registered.",
        ),
        (_example(tool), _example("retention_matrix")),
    )


def other_units(n: int, unit: str, cohort: str) -> AskBack:
    """Return the question back for periods in another unit than the cohorts': weekly cohorts over 14 days."""
    said, by = _UNITS[unit], _UNITS[cohort]
    return AskBack(
        Text(
            f"按{by.zh.lstrip('个')}分批时，每一期也是一{by.zh}，不能按{n}{said.zh}看。要哪一种？",
            f"With {by.en} cohorts each period is a {by.en} too, so {n} {said.en}s do not fit. Which is meant?",
        ),
        (
            Text(f"按{by.zh.lstrip('个')}同期群，看{n}{by.zh}", f"{_adverb(cohort)} cohorts, {n} {by.en}s out"),
            Text(f"按{said.zh.lstrip('个')}同期群，看{n}{said.zh}", f"{_adverb(unit)} cohorts, {n} {said.en}s out"),
        ),
    )


def _adverb(unit: str) -> str:
    return {"day": "daily", "week": "weekly", "month": "monthly"}[unit]
