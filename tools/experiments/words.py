"""What a careful analyst says with a read-out, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from knowledge.text import Text, join
from tools.experiments import statistics
from tools.experiments.readout import Arm, Readout
from tools.experiments.select import PRE_DAYS, Window
from tools.experiments.statistics import SRM_ALPHA, Effect, Moments

_FEW = 10
"""Fewer users than this with or without the outcome in an arm, and a normal is a poor guess."""

_LEFT_OUT = {
    "two_arms": Text("{n} 名用户被分到了不止一组，已全部剔除。", "{n} users were assigned to more than one arm and are left out."),
    "late": Text("{n} 名用户在实验结束之后才被分组，未计入。", "{n} users were assigned after the experiment's end and are left out."),
    "stranger": Text("{n} 名用户没有注册记录，未计入。", "{n} users have no registration and are left out."),
    "young": Text(
        "{n} 名用户注册后的天数还不够（数据截至 {as_of}），未计入。",
        "{n} users are too young for this metric (data to {as_of}) and are left out.",
    ),
    "awake": Text(
        "{n} 名用户在分组前一天并不处于沉睡状态，未计入。", "{n} users were not dormant the day before assignment and are left out."
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What is known of a read-out before its rows.

    Attributes:
        name: the experiment's, as people say it.
        window: its days.
        planned_end: as its entry says; None without one.
        pre: whether a pre-period was looked at.
    """

    name: str
    window: Window
    planned_end: date | None
    pre: bool

    @property
    def running(self) -> bool:
        """Whether days are still to come."""
        return self.planned_end is None or self.planned_end > self.window.as_of


def notes(readout: Readout, frame: Frame) -> Iterator[Text]:
    """Yield the notes of a read-out, the most important first."""
    yield _counted(readout, frame)
    yield from _sample_ratio(readout)
    for state, count in readout.left_out.items():
        words = _LEFT_OUT[state]
        values = {"n": count, "as_of": frame.window.as_of}
        yield Text(words.zh.format(**values), words.en.format(**values))
    yield from _untestable(readout)
    yield from _before(readout, frame)
    yield from _cuped(readout, frame)
    for arm in readout.treatments:
        effect = readout.effect(arm)
        if effect:
            yield from _about(readout, arm, effect, frame)
    yield from _several(readout)


def _counted(readout: Readout, frame: Frame) -> Text:
    metric, window = readout.metric, frame.window
    assigned = sum(arm.assigned for arm in readout.arms)
    if metric.days:
        first, last = metric.days
        span = Text(
            f"从各自注册日起算第 {first} 至 {last} 天" if first != last else f"各自注册后第 {first} 天",
            f"days {first}-{last} after each user's registration"
            if first != last
            else f"day {first} after each user's registration",
        )
    else:
        span = Text(f"从各自分组时刻到 {window.end}", f"from each user's assignment to {window.end}")
    return Text(
        f"实验“{frame.name}”：{window.first} 起分组，共 {assigned} 名用户；数值为{metric.value.zh}（{span.zh}），"
        f"差异（difference 列）为与 {readout.control.variant} 之差及其 95% 区间（Welch t 检验）。",
        f"Experiment '{frame.name}': {assigned} users assigned from {window.first}; the value is {metric.value.en} ({span.en}); "
        f"difference is from {readout.control.variant}, with its 95% interval (Welch's t-test).",
    )


def _sample_ratio(readout: Readout) -> Iterator[Text]:
    split = " : ".join(str(arm.assigned) for arm in readout.arms)
    p_value = readout.srm_p
    if p_value is None:
        return
    if p_value < SRM_ALPHA:
        yield Text(
            f"样本比例异常：各组分到 {split} 人，若应均分，这样的偏差几乎不可能偶然出现（p = {_p(p_value)} < {SRM_ALPHA}）。"
            "请先查清分流，不要采信下面的差异；若本来就不是均分，可忽略本条。",
            f"Sample ratio mismatch: the arms have {split} users; an equal split would hardly ever come out so "
            f"(p = {_p(p_value)} < {SRM_ALPHA}). Find out why before trusting any difference, unless the split was not meant "
            "to be equal.",
        )
    else:
        yield Text(
            f"样本比例正常：各组 {split} 人，与均分相符（p = {_p(p_value)}）。",
            f"Sample ratio: {split} users, as an equal split would give (p = {_p(p_value)}).",
        )


def _untestable(readout: Readout) -> Iterator[Text]:
    if not readout.treatments:
        yield Text(
            f"只有一组（{readout.control.variant}），没有可比较的对象，差异与 p 值为空。",
            f"There is one arm only ({readout.control.variant}): nothing to compare it with, so difference and p-value are null.",
        )
        return
    for arm in readout.arms:
        if not arm.counted.n:
            yield Text(
                f"{arm.variant} 组没有可计入的用户，数值与差异为空。",
                f"Arm {arm.variant} has no users that count: its value and difference are null.",
            )
        elif arm.counted.value is None:
            yield Text(
                f"{arm.variant} 组的分母为 0，数值与差异为空。",
                f"The denominator of arm {arm.variant} is 0: its value and difference are null.",
            )
    for arm in readout.treatments:
        if readout.effect(arm) is None and arm.counted.value is not None and readout.control.counted.value is not None:
            yield _no_test(readout.control.counted, arm)


def _no_test(control: Moments, arm: Arm) -> Text:
    if min(control.n, arm.counted.n) < 2:
        return Text(
            f"{arm.variant} 组或对照组不足 2 人，无法估计误差，区间与 p 值为空。",
            f"Arm {arm.variant} or control has fewer than 2 users: no error can be told, so interval and p-value are null.",
        )
    if not control.sums["y"] and not arm.counted.sums["y"]:
        return Text(
            f"{arm.variant} 组与对照组都没有任何转化，无从检验，区间与 p 值为空。",
            f"Neither arm {arm.variant} nor control has a single conversion: there is nothing to test, so interval and p-value "
            "are null.",
        )
    return Text(
        f"{arm.variant} 组与对照组内所有用户的数值都相同，无从检验，区间与 p 值为空。",
        f"Within arm {arm.variant} and control every user has the same value: there is nothing to test, so interval and "
        "p-value are null.",
    )


def _before(readout: Readout, frame: Frame) -> Iterator[Text]:
    earlier = sum(arm.earlier for arm in readout.arms)
    if readout.metric.days and earlier:
        yield Text(
            f"{earlier} 名用户在分组那天之前就已注册，他们的第 N 天可能早于实验，会冲淡差异。",
            f"{earlier} users had registered before the day they were assigned: their day N may lie before the experiment, which "
            "dilutes the difference.",
        )
    if frame.running:
        ends = (
            Text(f"计划到 {frame.planned_end}", f"to {frame.planned_end}")
            if frame.planned_end
            else Text("没有写结束日期", "no end date")
        )
        yield Text(
            f"实验尚未结束（{ends.zh}，数据截至 {frame.window.as_of}）：结果还会变，反复查看会抬高误判，"
            "下结论前请看下面随时有效的区间。",
            f"The experiment still runs ({ends.en}; data to {frame.window.as_of}): figures will change, and looking often finds "
            "differences that are not there. Judge by the always-valid interval below.",
        )


def _cuped(readout: Readout, frame: Frame) -> Iterator[Text]:
    if not frame.pre or not readout.treatments:
        return
    if not readout.adjusted:
        yield Text(
            f"分组前 {PRE_DAYS} 天的数据几乎不能解释差异，未做 CUPED 调整。",
            f"CUPED was not applied: the {PRE_DAYS} days before assignment explain next to nothing of what varies.",
        )
        return
    settled, counted = (sum(numbers) for numbers in zip(*((a.settled, a.counted.n) for a in readout.arms), strict=True))
    parts = []
    for arm in readout.treatments:
        plain = statistics.compare(readout.plain(readout.control), readout.plain(arm))
        if plain:
            size = _interval(readout, plain)
            parts.append(Text(*(f"{arm.variant}: {words}, p = {_p(plain.p_value)}" for words in size)))
    raw = join(parts)
    yield Text(
        f"已做 CUPED 调整：用分组前 {PRE_DAYS} 天的同一指标校正了差异、区间与 p 值，方差降低 {readout.gain:.0%}"
        f"（{counted} 人中 {settled} 人在此期间之前已注册）；value 列未调整。不调整时 {raw.zh}。",
        f"CUPED was applied: difference, interval and p-value are adjusted by the same metric in the {PRE_DAYS} days before "
        f"assignment, which takes {readout.gain:.0%} off the variance ({settled} of {counted} users had registered before "
        f"these days); the value column is not adjusted. Without it {raw.en}.",
    )


def _about(readout: Readout, arm: Arm, effect: Effect, frame: Frame) -> Iterator[Text]:
    control, treatment = readout.tested(readout.control), readout.tested(arm)
    yield from _relative(readout, arm, effect)
    yield from _power(readout, arm, effect)
    if frame.running:
        valid = statistics.always_valid(effect, control.n + treatment.n)
        yield Text(
            f"{arm.variant} 随时有效的 95% 区间（序贯检验）：{_interval(readout, valid).zh}，p = {_p(valid.p_value)}。",
            f"Always-valid 95% interval of {arm.variant} (sequential): {_interval(readout, valid).en}, p = {_p(valid.p_value)}.",
        )
    if readout.metric.kind == "share" and _is_small(control, treatment):
        exact = statistics.exact_p(readout.plain(readout.control), readout.plain(arm))
        yield Text(
            f"{arm.variant} 或对照组的转化（或未转化）不足 {_FEW} 人，正态近似粗糙；Fisher 精确检验 p = {_p(exact)}。",
            f"Fewer than {_FEW} users of {arm.variant} or control did (or did not) convert: the normal approximation is rough. "
            f"Fisher's exact test gives p = {_p(exact)}.",
        )


def _relative(readout: Readout, arm: Arm, effect: Effect) -> Iterator[Text]:
    belief = statistics.posterior(effect)
    relative = statistics.compare_relative(readout.plain(readout.control), readout.plain(arm))
    chance = Text(
        f"{arm.variant} 高于 {readout.control.variant} 的概率为 {_chance(belief.chance)}（无信息先验）",
        f"the chance that {arm.variant} is above {readout.control.variant} is {_chance(belief.chance)} (flat prior)",
    )
    if relative is None:
        yield Text(f"{chance.zh}。", f"{chance.en[0].upper()}{chance.en[1:]}.")
        return
    change = f"{relative.difference:+.1%}"
    ends = f"[{relative.low:+.1%}, {relative.high:+.1%}]"
    yield Text(
        f"{arm.variant} 相对变化 {change}，95% 区间 {ends}{'（未做 CUPED）' if readout.adjusted else ''}；{chance.zh}。",
        f"Relative change of {arm.variant}: {change}, 95% interval {ends}{' (without CUPED)' if readout.adjusted else ''}; "
        f"{chance.en}.",
    )


def _power(readout: Readout, arm: Arm, effect: Effect) -> Iterator[Text]:
    control, treatment = readout.tested(readout.control), readout.tested(arm)
    smallest = statistics.detectable(control, treatment)
    if smallest is None:
        return
    needed = statistics.needed_users(control, treatment, effect.difference)
    seen, least = _size(readout, effect.difference), _size(readout, smallest)
    found = Text(
        f"；要以 80% 的把握测出现在这么大的差异（{seen.zh}），每组需要 {needed} 人",
        f"; to show a difference as large as this one ({seen.en}) with 80% power takes {needed} users in each arm",
    )
    yield Text(
        f"样本量（{arm.variant}，80% 功效、5% 显著性）：现有人数能测出的最小差异约为 {least.zh}{found.zh if needed else ''}。",
        f"Sample size ({arm.variant}, 80% power at 5%): the smallest difference that these users can show is about "
        f"{least.en}{found.en if needed else ''}.",
    )


def _several(readout: Readout) -> Iterator[Text]:
    count = len(readout.treatments)
    if count > 1:
        yield Text(
            f"共有 {count} 个实验组与对照组比较：p 值与区间未做多重比较校正，按 Bonferroni 应以 {0.05 / count:.4f} 为界。",
            f"{count} arms are compared with control: p-values and intervals are not corrected for that; by Bonferroni the limit "
            f"is {0.05 / count:.4f}.",
        )


def _is_small(control: Moments, treatment: Moments) -> bool:
    return any(min(arm.sums["y"], arm.n - arm.sums["y"]) < _FEW for arm in (control, treatment))


def _p(value: float) -> str:
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _chance(value: float) -> str:
    if value < 0.001:
        return "<0.1%"
    return ">99.9%" if value > 0.999 else f"{value:.1%}"


def _size(readout: Readout, difference: float) -> Text:
    """Return a difference in words: of ratios in percentage points, of money with 2 decimals."""
    if readout.metric.unit == "ratio":
        return Text(f"{100 * difference:.2f} 个百分点", f"{100 * difference:.2f} pp")
    shown = f"{difference:.2f}" if readout.metric.unit == "CNY" else f"{difference:.4g}"
    return Text(shown, shown)


def _interval(readout: Readout, effect: Effect) -> Text:
    middle, low, high = (_size(readout, number) for number in (effect.difference, effect.low, effect.high))
    return Text(*(f"{words[0]} [{words[1]}, {words[2]}]" for words in zip(middle, low, high, strict=True)))
