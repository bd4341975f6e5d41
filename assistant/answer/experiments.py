"""What the read-out of an experiment says: each arm, the differences, and a verdict only where test and sample allow one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answer.markdown import escape, value_text
from assistant.answer.phrases import listed, sentences
from assistant.answer.telling import cell, opening
from assistant.answer.view import View
from knowledge.text import Text
from tools.experiments.statistics import SRM_ALPHA
from tools.semantic_layer.result import Row

_SIGNIFICANT: Final = 0.05


def tell(view: View, said: str = "") -> str:
    """Return the sentences about a result of ``experiment_readout``, as Markdown.

    No arm is called better unless p < 0.05 and the sample ratio is right.
    """
    rows = view.result.rows
    arms = [f"{view.spoken(row)} **{cell(view, row, 'value')}**" for row in rows]
    compared = [r for r in rows if None not in (view.number(r, "difference"), view.number(r, "p_value"))]
    told = [listed(arms, view.language) + ("。" if view.language == "zh" else ".")]
    told += [_difference(view, row) for row in compared]
    told.append(_verdict(view, compared))
    metric = view.result.metrics[0] if view.result.metrics else ""
    found = view.catalog.metrics.get(metric)
    name = escape(found.names.text.in_(view.language)) if found else value_text(metric)
    lead = (f"{name}：" if view.language == "zh" else f"{name}: ") if name else ""
    return opening(view, said) + lead + sentences(told, view.language)


def is_sure(view: View, row: Row) -> bool:
    """Return whether a difference is significant at 5%."""
    p = view.number(row, "p_value")
    return p is not None and p < _SIGNIFICANT


def sample_is_off(view: View) -> bool:
    """Return whether users were not assigned as they should have been, so that no difference can be trusted."""
    ratios = [view.number(row, "srm_p") for row in view.result.rows]
    return any(p is not None and p < SRM_ALPHA for p in ratios)


def _difference(view: View, row: Row) -> str:
    difference, low, high, p = (cell(view, row, name) for name in ("difference", "ci_low", "ci_high", "p_value"))
    chance = f"p {p[:1]} {p[1:]}" if p.startswith("<") else f"p = {p}"
    label, sure = view.spoken(row), is_sure(view, row)
    return Text(
        f"{label}与对照组相差 {difference}（95% 区间 {low} 至 {high}，{chance}），{'差异显著' if sure else '差异不显著'}。",
        f"{label} differs from control by {difference} (95% interval {low} to {high}, {chance}): "
        f"{'significant' if sure else 'not significant'}.",
    ).in_(view.language)


def _verdict(view: View, compared: Sequence[Row]) -> str:
    """Return which arm did better; that nothing can be said where the sample is off; empty where no direction is good."""
    if sample_is_off(view):
        return Text(
            "样本比例异常：先查清分流，不能据此下结论。",
            "The sample ratio is off: find out why first; no conclusion can be drawn.",
        ).in_(view.language)
    metric = view.catalog.metrics.get(view.result.metrics[0] if view.result.metrics else "")
    good = {"up": 1, "down": -1}.get(metric.direction if metric else "", 0)
    told = [_better(view, row, good) for row in compared if good and is_sure(view, row)]
    if not told and compared and good:
        return Text("不能说哪一组更好。", "Neither can be called better.").in_(view.language)
    return sentences(told, view.language)


def _better(view: View, row: Row, good: int) -> str:
    better, label = (view.number(row, "difference") or 0.0) * good > 0, view.spoken(row)
    return Text(
        f"{label}{'优于' if better else '劣于'}对照组。", f"{label} did {'better' if better else 'worse'} than control."
    ).in_(view.language)
