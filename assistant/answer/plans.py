"""A campaign plan as Markdown with headings: every figure stands in a result of the plan, every lever cites a playbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.answer.columns import metric_name
from assistant.answer.markdown import clean, escape
from assistant.answer.phrases import listed
from assistant.answer.plan_measures import experiment, money, stops
from assistant.answer.plan_view import PlanView
from assistant.answer.segments import in_words, tell_profile
from assistant.answer.telling import cell
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.playbooks.words import effect_text
from knowledge.text import Language, Text
from tools.plans.model import GOALS, Drafted
from tools.semantic_layer.result import Result


def plan_text(plan: Drafted, catalog: Catalog, language: Language) -> str:
    """Return the whole plan as Markdown; a part that the data cannot fill says so."""
    seen = PlanView(plan, catalog, language)
    parts = [(heading, [line for line in write(seen) if line]) for heading, write in _SECTIONS]
    return "\n\n".join(_section(heading.in_(language), lines) for heading, lines in parts if lines)


def _section(heading: str, lines: Sequence[str]) -> str:
    """Return a heading with its lines as a list; a line that begins with a blank belongs to the one before it."""
    told = (f"  - {line.strip()}" if line.startswith(" ") else f"- {line}" for line in lines)
    return f"## {heading}\n\n" + "\n".join(told)


def in_plan_words(results: Sequence[Result], catalog: Catalog, language: Language) -> tuple[Result, ...]:
    """Return results as a plan tells them: a profile with its attributes and values in words."""
    return tuple(in_words(each, catalog, language) if each.tool == "segment_profile" else each for each in results)


def _goal(seen: PlanView) -> list[str]:
    facts = GOALS[seen.plan.params["goal"]]
    baseline = seen.part("baseline")
    assert baseline is not None  # noqa: S101 - every plan has one
    name = escape(metric_name(facts.metric, seen.catalog).in_(seen.language))
    value = cell(baseline, baseline.result.rows[0], facts.metric)
    span = baseline.result.params
    told = [
        Text(
            f"目标：{facts.names.zh}；目标指标：{name}，基线 **{value}**（{span['start']} 至 {span['end']}）",
            f"Goal: {facts.names.en}; target metric: {name}, baseline **{value}** ({span['start']} to {span['end']})",
        ).in_(seen.language)
        + seen.receipt("baseline")
    ]
    if seen.has("base_rate"):
        told.append(_base_rate(seen).in_(seen.language) + seen.receipt("base_rate"))
    return told


def _base_rate(seen: PlanView) -> Text:
    params, days, rate, target, factor = (
        seen.plan.params,
        *map(seen.figure, ("window", "base_rate", "target_rate", "factor")),
    )
    words = _INVITES if "segment" in params else _REGISTERS
    if params["goal"] != "acquire":
        words = GOALS[params["goal"]].outcome_words
    return Text(
        f"基准率：{days}内{words.zh}的占比为 **{rate}**；目标 **{target}**（规划假设：基准率的 {factor} 倍；不是预测）",
        f"Base rate: **{rate}** {words.en} within {days}; target **{target}** ({factor} times the base rate: a planning "
        "assumption, no forecast)",
    )


_INVITES = Text("这群人发出邀请", "of them send an invitation")
_REGISTERS = Text("开始注册的人完成注册", "of those who start to register finish")


def _people(seen: PlanView) -> list[str]:
    segment, profile = seen.part("segment"), seen.part("profile")
    if segment is None:
        return [
            Text("对象：还没有注册的人，按渠道触达", "Whom: people not registered yet, reached by channel").in_(
                seen.language
            )
        ]
    row = segment.result.rows[0]
    size, share, active = (cell(segment, row, name) for name in ("size", "share_all", "share_active"))
    told = [
        Text(
            f"规模 **{size}** 人，占全部用户 {share}，占近 30 天活跃用户 {active}",
            f"Size **{size}** users: {share} of all, {active} of those active in the last 30 days",
        ).in_(seen.language)
        + seen.receipt("segment")
    ]
    told += [escape(clean(note.in_(seen.language))) for note in segment.result.notes[:1]]
    if profile is not None:
        shown = View(in_words(profile.result, seen.catalog, seen.language), seen.catalog, seen.language)
        told.append(tell_profile(shown, "") + seen.receipt("profile"))
    return told


def _why(seen: PlanView) -> list[str]:
    if seen.part("segment") is None or not seen.has("base_rate", "converted_low"):
        return []
    return [
        Text(
            f"维持现状，可触达的 {seen.figure('reach')} 人里约 {seen.figure('converted_low')} 人会转化；达到目标率为 "
            f"{seen.figure('converted_high')} 人，差额就是方案能争取的",
            f"If nothing changes, about {seen.figure('converted_low')} of the {seen.figure('reach')} convert; at the target "
            f"rate {seen.figure('converted_high')} do: the difference is what the plan can win",
        ).in_(seen.language)
    ] if seen.plan.params["goal"] != "acquire" else []  # fmt: skip


def _levers(seen: PlanView) -> list[str]:
    told = []
    for number, playbook in enumerate(seen.plan.levers, start=1):
        names = [lever.text.in_(seen.language) for lever in playbook.levers]
        title = escape(playbook.title.text.in_(seen.language))
        does = listed([escape(name) for name in names], seen.language)
        told.append(Text(f"**{title}**：{does} [P{number}]", f"**{title}**: {does} [P{number}]").in_(seen.language))
        told += [
            f"  {escape(effect_text(each, seen.catalog).in_(seen.language))} [P{number}]"
            for each in playbook.effects[:1]
        ]
        if not playbook.effects:
            told.append(
                Text(f"  没有文档记录过效果，按实验对待 [P{number}]", f"  No document reports an effect: treat it as a trial [P{number}]")
                .in_(seen.language)
            )  # fmt: skip
    return told


def _priority(seen: PlanView) -> list[str]:
    view = seen.part("priorities")
    if view is None:
        return []
    titles = {each.id: each.title.text.in_(seen.language) for each in seen.plan.levers}
    told = []
    for row in view.result.rows:
        reach, impact, sure, days, rice = (
            cell(view, row, n) for n in ("reach", "impact", "confidence", "person_days", "rice")
        )
        title = escape(titles[str(row[0])])
        told.append(
            Text(
                f"{title}：RICE **{rice}**（覆盖 {reach} 人，影响 {impact}，信心 {sure}，投入 {days}）",
                f"{title}: RICE **{rice}** (reach {reach}, impact {impact}, confidence {sure}, effort {days} of one person)",
            ).in_(seen.language)
        )
    rule = Text("RICE = 覆盖 × 影响 × 信心 ÷ 人日", "RICE = reach × impact × confidence ÷ person-days").in_(
        seen.language
    )
    return [rule + seen.receipt("priorities"), *told] if told else []


def _channels(seen: PlanView) -> list[str]:
    view, told = seen.part("messages"), []
    rows = sorted(view.result.rows, key=lambda row: view.number(row, "click_rate") or 0.0, reverse=True) if view else []
    for row in rows[:3]:
        assert view is not None  # noqa: S101 - there are rows
        click, left = cell(view, row, "click_rate"), cell(view, row, "unsubscribe_rate")
        told.append(
            Text(
                f"{view.spoken(row)}：点击率 {click}，退订率 {left}",
                f"{view.spoken(row)}: click rate {click}, unsubscribe rate {left}",
            ).in_(seen.language)
        )
    if told:
        told[0] += seen.receipt("messages")
    told += [
        Text(f"频次：{each.frequency.zh} [P{n}]", f"Frequency: {each.frequency.en} [P{n}]").in_(seen.language)
        for n, each in seen.numbered() if each.frequency
    ][:1]  # fmt: skip
    return told


def _timeline(seen: PlanView) -> list[str]:
    start, trial, end, readout = (seen.raw(name) for name in ("start", "trial_end", "run_end", "readout"))
    lines = [
        Text(
            f"{start} 至 {trial}：小批试跑，核对链接、核销与分组", f"{start} to {trial}: a small trial: check links, redemption and arms"
        ),
        Text(f"{trial} 之后至 {end}：全量执行", f"after {trial} to {end}: full run"),
        Text(f"{readout}：复盘，对照方案与结果", f"{readout}: read-out, plan against outcome"),
    ]  # fmt: skip
    return [line.in_(seen.language) for line in lines]


def _risks(seen: PlanView) -> list[str]:
    lines = [
        Text("补贴了本来就会转化的人：以留白组为准", "Paying people who would convert anyway: judge by the hold-out"),
        Text(
            "历史收入来自过去的内容与季节，新方案可能不同",
            "Past revenue came with past content and season; this may differ",
        ),
    ]
    return [line.in_(seen.language) for line in lines]


def _owners(seen: PlanView) -> list[str]:
    lines = [
        Text("用户运营：人群、节奏、内容", "User operations: segment, timing, content"),
        Text("数据分析：分组、监测、复盘", "Analyst: arms, monitoring, read-out"),
        Text("渠道与技术：发送、埋点、停发开关", "Channels and engineering: sending, tracking, the stop switch"),
        Text("预算负责人：止损决定", "Budget owner: the decision to stop"),
    ]
    return [line.in_(seen.language) for line in lines]


_SECTIONS: tuple[tuple[Text, Callable[[PlanView], list[str]]], ...] = (
    (Text("目标与基线", "Goal and baseline"), _goal),
    (Text("人群", "Segment"), _people),
    (Text("选择理由", "Why them"), _why),
    (Text("打法与依据", "Levers and evidence"), _levers),
    (Text("优先级", "Priority"), _priority),
    (Text("渠道与频次", "Channels and frequency"), _channels),
    (Text("时间表", "Timeline"), _timeline),
    (Text("预算与预期", "Budget and expectation"), money),
    (Text("实验设计", "Experiment"), experiment),
    (Text("止损规则", "Stop rules"), stops),
    (Text("风险", "Risks"), _risks),
    (Text("分工", "Owners"), _owners),
)
