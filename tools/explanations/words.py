"""What is said with an explanation: the cause it puts first, or that there is none, and what to mind about its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.model import Dimension, Metric
from knowledge.text import Text
from tools.explanations.partitions import Partitions
from tools.explanations.ranking import Explanation
from tools.explanations.rows import DOT, OVERLAP, TIMES, explained
from tools.explanations.splits import Part
from tools.explanations.statement import DAY
from tools.semantic_layer.prepared import Table
from tools.semantic_layer.query import DateRange
from tools.semantic_layer.stored_values import StoredValues
from tools.warehouse.rows import Scalar

_STANDS_OUT = 0.2
"""Values stand out when they explain the change at least this well (``ranking.py``)."""
_MORE_THAN_ALL = 1.05


@dataclass
class Story:
    """The words about one change, told once its rows are there.

    Attributes:
        metric, current, base, partitions: what was asked, resolved.
        grows_with_days: whether the metric is a total that longer ranges have more of.
        values: the names that stored values carry.
        explanations: the explanations behind the rows, best first; known once ``calculate`` ran.
    """

    metric: Metric
    current: DateRange
    base: DateRange
    partitions: Partitions
    grows_with_days: bool
    values: StoredValues
    explanations: Sequence[Explanation] = ()

    def calculate(self, _params: Mapping[str, Any], table: Table) -> Table:
        """Return the rows, as ``rows.calculate`` does, and keep the explanations."""
        shown, self.explanations = explained(table)
        return shown

    def before(self) -> Iterator[Text]:
        """Yield what the parameters alone give to know."""
        days, before = ((each.end - each.start).days + 1 for each in (self.current, self.base))
        if days != before and self.grows_with_days:
            yield Text(
                f"本期 {days} 天，对比期 {before} 天，天数不同会影响总量。",
                f"The range has {days} days and its base {before}; that alone moves a total.",
            )
        if self.metric.is_ratio:
            yield Text(
                "贡献 = 构成（占比变化，mix 列）+ 自身（比率变化，rate 列）；权重为分母占比。",
                "contribution = mix (its share changed) + rate (its own quotient changed), weighted by shares of the "
                "denominator.",
            )

    def after(self, _columns: Sequence[str], rows: Sequence[Sequence[Scalar]]) -> Iterator[Text]:
        """Yield what the rows give to know."""
        yield from _of_change(rows[0])
        if self.explanations and rows[0][4]:
            yield self._cause(self.explanations[0])
        shown = {name for row in rows for name in str(row[0]).split(TIMES)}
        missing = [d for d in self.partitions.named if d.id not in shown]
        if missing and len(rows) > 1:
            yield Text(
                f"未按{'、'.join(d.names.zh for d in missing)}拆分：同一用户可落在多个取值里，各部分之和与整体相差太多。",
                f"Not split by {', '.join(d.names.en for d in missing)}: a user may be in several values, so that the parts "
                "are too far from the whole.",
            )
        if any(row[1] == OVERLAP for row in rows):
            yield Text(
                "(overlap) 为同一用户在多个取值中重复计数的部分，使各行之和等于总变化。",
                "(overlap) is what is counted in several values at once; with it the rows add up to the change.",
            )

    def _cause(self, best: Explanation) -> Text:
        """Return the cause that the rows put first, that causes cancel out, or that there is none: all moved alike."""
        dimensions = [self._dimension(name) for name in best.split.dimensions]
        zh = "×".join(d.names.zh if d else "日期" for d in dimensions)
        en = TIMES.join(d.names.en if d else DAY for d in dimensions)
        parts = [self._part(part, dimensions) for part in best.carriers]
        who_zh, who_en = "、".join(part.zh for part in parts), ", ".join(part.en for part in parts)
        carry = "carry" if len(parts) > 1 else "carries"
        more = best.power > _MORE_THAN_ALL
        if best.score >= _STANDS_OUT:
            return Text(
                f"变化主要来自{zh}：{who_zh}，{'合计' if len(parts) > 1 else ''}占总变化的 {best.power:.0%}"
                f"{'，其余取值合计为反向变化' if more else ''}。",
                f"The change sits mainly in {en}: {who_en} {carry} {best.power:.0%} of it"
                f"{', and the other values together moved the other way' if more else ''}.",
            )
        if more:
            return Text(
                f"总变化不大，是更大的变化互相抵消的结果：{zh} {who_zh} 相当于总变化的 {best.power:.0%}，其余取值合计为反向变化。",
                f"The change is small because larger ones cancel out: in {en}, {who_en} {carry} {best.power:.0%} of it, and "
                "the other values together moved the other way.",
            )
        return _GENERAL

    def _dimension(self, name: str) -> Dimension | None:
        return next((d for d in self.partitions.dimensions if d.id == name), None)

    def _part(self, part: Part, dimensions: Sequence[Dimension | None]) -> Text:
        words = [self._value(value, dimension) for value, dimension in zip(part.values, dimensions, strict=True)]
        return Text(DOT.join(word.zh for word in words), DOT.join(word.en for word in words))

    def _value(self, value: Scalar, dimension: Dimension | None) -> Text:
        """Return what people call a value: by its name in the catalog or the data; a day with the day it is compared with."""
        if value is None:
            return Text("未知", "unknown")
        if dimension is None:
            against = date.fromisoformat(str(value)) - (self.current.start - self.base.start)
            return Text(f"{value}（对比 {against}）", f"{value} (against {against})")
        named = next((each.names.text for each in dimension.values if each.id == value), None)
        stored = next((each.name for each in self.values.of(dimension) if each.value == value), None)
        return named or Text(stored or str(value), stored or str(value))


_GENERAL = Text(
    "没有哪个取值明显突出：各维度的各个取值大体同幅变化，属于整体性变化（如节假日、大促、全量改版），而非某个局部的问题。",
    "No value stands out: in every dimension the values moved much alike. The change is a general one (a holiday, a sale, a "
    "release to everyone), not that of some part.",
)


def _of_change(total: Sequence[Scalar]) -> Iterator[Text]:
    base, change = total[2], total[4]
    if change is None:
        zh, en = ("对比期", "base") if base is None else ("本期", "range")
        yield Text(
            f"{zh}的分母为 0，没有可以拆解的变化。", f"The denominator of the {en} is 0: there is no change to explain."
        )
    elif change == 0:
        yield Text("指标没有变化；下列各部分的变化互相抵消。", "The metric did not change; the parts below cancel out.")
    elif not base:
        yield Text("对比期为 0，全部为新增。", "The base is 0: everything is new.")
