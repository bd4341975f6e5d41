"""The parts of a campaign plan that measure: budget and expectation, the experiment, the stop rules."""

from __future__ import annotations

from assistant.answer.formats import format_value
from assistant.answer.markdown import escape
from assistant.answer.plan_view import Line, PlanView
from knowledge.playbooks.words import metric_name as guarded
from knowledge.text import Text

_METHODS: dict[str, Text] = {
    "cost": Text(
        "依据：本平台近一年同目标且有花费的活动，取其活动ROI的最低与最高",
        "Source: our own campaigns of this goal with a cost in the last year, the lowest and highest campaign ROI",
    ),
    "messages": Text(
        "依据：本平台近一年同目标活动每条消息带来的收入（最低与最高），假设每人一条；这些活动没有记录花费",
        "Source: revenue per message of our own campaigns of this goal in the last year (lowest and highest), assuming one message "
        "per person; no cost of theirs is on record",
    ),
    "other_goals": Text(
        "依据：同目标的活动没有可用的花费与收入，只能借用近一年其他目标活动的ROI区间，请谨慎使用",
        "Source: campaigns of this goal have no usable cost and revenue; the range is borrowed from campaigns of other goals: use "
        "with care",
    ),
    "none": Text("没有过去活动的数据可依据，不给出ROI", "No past campaign to go by, so no ROI is given"),
}


def money(seen: PlanView) -> list[str]:
    """Return budget, reach, conversions and return as ranges, with what they are worked out of."""
    told: list[Line] = []
    if not seen.has("budget"):
        told.append(
            Text("预算未给出：给出金额可算出人均成本与ROI", "No budget was named: name one for cost per head and ROI")
        )
    else:
        told.append(Text(f"预算 **{seen.figure('budget')}**", f"Budget **{seen.figure('budget')}**"))
    acquires = seen.plan.params["goal"] == "acquire"
    if acquires and seen.has("reach"):
        told.append(
            Text(
                f"按各渠道近期获客成本，预计带来 {seen.figure('reach_low')} 至 {seen.figure('reach')} 名新用户",
                f"At the channels' recent CAC it brings {seen.figure('reach_low')} to {seen.figure('reach')} new users",
            )
        )
    elif not acquires:
        per = Text(f"，人均 {seen.figure('cost_per_head')}", f", {seen.figure('cost_per_head')} a head")
        per = per if seen.has("cost_per_head") else Text("", "")
        told.append(Text(f"触达 {seen.figure('reach')} 人{per.zh}", f"Reach {seen.figure('reach')} people{per.en}"))
        told.append(
            Text(
                f"预计转化 {seen.figure('converted_low')} 至 {seen.figure('converted_high')} 人",
                f"Expected conversions {seen.figure('converted_low')} to {seen.figure('converted_high')}",
            )
            if seen.has("converted_low", "converted_high")
            else None
        )
    return [line.in_(seen.language) for line in [*told, *_return(seen)] if line] + _basis(seen, acquires=acquires)


def _return(seen: PlanView) -> list[Line]:
    told: list[Line] = []
    if seen.has("revenue_low", "revenue_high"):
        low, high = seen.figure("revenue_low"), seen.figure("revenue_high")
        told.append(Text(f"预计收入 {low} 至 {high}", f"Expected revenue {low} to {high}"))
    if seen.has("roi_low", "roi_high"):
        low, high = seen.figure("roi_low"), seen.figure("roi_high")
        told.append(Text(f"预计ROI **{low}** 至 **{high}**", f"Expected ROI **{low}** to **{high}**"))
    if seen.has("budget_at_stop"):
        most, stop = seen.figure("budget_at_stop"), seen.figure("stop_roi")
        told.append(
            Text(
                f"按最好的历史收入，预算不超过 **{most}** 才能达到ROI {stop}",
                f"At the best past revenue, ROI {stop} needs a budget of at most **{most}**",
            )
        )
    return told


def _basis(seen: PlanView, *, acquires: bool) -> list[str]:
    names = {"cost": ("campaign",), "messages": ("campaign", "sent"), "other_goals": ("any_campaign",)}
    method = seen.raw("method")
    used = (*names.get(method, ()), *(("cac",) if acquires else ()))
    return [_METHODS[method].in_(seen.language) + seen.receipt(*used)]


def experiment(seen: PlanView) -> list[str]:
    """Return arms, hold-out, sample size, duration and guardrails."""
    told: list[Line] = [Text("分组：方案 A 与方案 B 随机对半", "Arms: version A and version B, half each at random")]
    if seen.has("hold_out"):
        told.append(
            Text(
                f"留白 {seen.figure('hold_out_share')}（{seen.figure('hold_out')} 人）不触达，用来看自然转化",
                f"Hold-out {seen.figure('hold_out_share')} ({seen.figure('hold_out')} people) gets nothing, to show what happens anyway",
            )
        )
    if seen.has("sample_size"):
        told.append(
            Text(
                f"样本量：每组 **{seen.figure('sample_size')}** 人（基准率 {seen.figure('base_rate')}，目标为其 "
                f"{seen.figure('factor')} 倍，功效 {seen.figure('power')}，显著性 {seen.figure('alpha')}）",
                f"Sample size: **{seen.figure('sample_size')}** per arm (base rate {seen.figure('base_rate')}, target "
                f"{seen.figure('factor')} times that, power {seen.figure('power')}, significance {seen.figure('alpha')})",
            )
        )
    else:
        told.append(Text("样本量：没有基准率，无法计算", "Sample size: cannot be told without a base rate"))
    told.append(_enough(seen))
    if seen.has("days"):
        told.append(Text(f"时长：{seen.figure('days')}", f"Duration: {seen.figure('days')}"))
    told.append(_guardrails(seen))
    return [line.in_(seen.language) for line in told if line]


def _enough(seen: PlanView) -> Line:
    if not seen.has("sample_size", "arm", "shown_rate"):
        return None
    row = dict(zip(seen.plan.columns, seen.plan.rows[0], strict=True))
    if float(str(row["arm"])) >= float(str(row["sample_size"])):
        return Text(f"每组可用 {seen.figure('arm')} 人，够用", f"Available per arm: {seen.figure('arm')}, enough")
    return Text(
        f"每组只有 {seen.figure('arm')} 人，不够：只能测出转化率达到 {seen.figure('shown_rate')} 的差异；可放宽人群或合并几期",
        f"Only {seen.figure('arm')} are available per arm, too few: they show a rate of {seen.figure('shown_rate')} at the least; "
        "widen the segment or pool several rounds",
    )


def _guardrails(seen: PlanView) -> Line:
    rails = dict.fromkeys(rail for each in seen.plan.levers for rail in each.guardrails if isinstance(rail, str))
    if not rails:
        return None
    names = [guarded(rail, seen.catalog) for rail in list(rails)[:4]]
    return Text(f"护栏指标：{'、'.join(n.zh for n in names)}", f"Guardrails: {', '.join(n.en for n in names)}")


def stops(seen: PlanView) -> list[str]:
    """Return when the campaign is stopped."""
    lines = [
        Text(f"活动ROI低于 {seen.figure('stop_roi')}：停发剩余批次", f"Campaign ROI below {seen.figure('stop_roi')}: stop the rest")
    ]  # fmt: skip
    view = seen.part("messages")
    known = (
        [rate for row in view.result.rows if (rate := view.number(row, "unsubscribe_rate")) is not None] if view else []
    )
    if known:
        most = format_value(max(known), "ratio", seen.language)
        lines.append(
            Text(f"退订率高于近期最高水平 {most}：暂停", f"Unsubscribe rate above the recent highest, {most}: pause")
        )
    srm = seen.figure("srm")
    lines.append(
        Text(f"样本比例检验 p < {srm}：分组有误，结果作废", f"Sample-ratio p < {srm}: the split is broken, discard")
    )
    told = [line.in_(seen.language) for line in lines]
    return told + [f"{escape(each.stop.text.in_(seen.language))} [P{n}]" for n, each in seen.numbered()[:1]]
