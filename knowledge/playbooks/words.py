"""Effects, rules and audiences of playbooks in words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from knowledge.catalog import Catalog
from knowledge.playbooks.figures import Figure
from knowledge.playbooks.load import load_documents
from knowledge.playbooks.model import Audience, Effect, Op, Rule
from knowledge.text import Text

_OPS: Mapping[Op, str] = MappingProxyType({"lt": "<", "lte": "≤", "gt": ">", "gte": "≥"})
_AGAINST = MappingProxyType(
    {
        "previous": Text("（环比）", " (vs the previous period)"),
        "year_ago": Text("（同比）", " (vs a year earlier)"),
        "control": Text("（与对照组之差）", " (difference from control)"),
        "control_relative": Text("（相对对照组）", " (relative to control)"),
    }
)
_UNITS = MappingProxyType(
    {
        "users": Text("人", " users"),
        "count": Text("", ""),
        "CNY": Text("元", " CNY"),
        "days": Text("天", " days"),
        "minutes": Text("分钟", " minutes"),
        "points": Text("分", " points"),
    }
)


def metric_name(name: str, catalog: Catalog) -> Text:
    """Return what a metric is called; its id where the workspace's catalog has none of that id."""
    metric = catalog.with_unvetted().metrics.get(name)
    return metric.names.text if metric else Text(name, name)


def rule_text(rule: Rule, catalog: Catalog) -> Text:
    """Return a rule as ``7日留存率 < 40%``."""
    name = metric_name(rule.metric, catalog)
    sign, suffix = _OPS[rule.op], _AGAINST[rule.against] if rule.against else Text("", "")
    amount = _amount(rule, catalog)
    return Text(f"{name.zh} {sign} {amount.zh}{suffix.zh}", f"{name.en} {sign} {amount.en}{suffix.en}")


def _amount(rule: Rule, catalog: Catalog) -> Text:
    metric = catalog.with_unvetted().metrics.get(rule.metric)
    unit = metric.unit if metric else "count"
    if rule.against in {"previous", "year_ago", "control_relative"} or (
        unit == "ratio" and rule.against is None and rule.value <= 1
    ):
        percent = f"{rule.value * 100:g}%"
        return Text(percent, percent)
    if unit == "ratio" and rule.against == "control":
        points = f"{rule.value * 100:g}"
        return Text(f"{points} 个百分点", f"{points} points")
    words = _UNITS.get(unit, Text("", ""))
    return Text(f"{rule.value:,g}{words.zh}", f"{rule.value:,g}{words.en}")


def effect_text(effect: Effect, catalog: Catalog) -> Text:
    """Return an effect with its figures, whom it holds for, what was done and the document, as one sentence."""
    name = effect.name.text if effect.name else metric_name(effect.metric or "", catalog)
    moved, gloss = _moved(effect), load_documents()[effect.source].gloss
    whom, done = effect.whom, effect.done
    return Text(
        f"{name.zh} {moved.zh}；对象：{whom.zh}；做法：{done.zh}。出处：《{effect.source}》",
        f"{name.en} {moved.en}; for {whom.en}; by: {done.en}. Source: {gloss.en} (《{effect.source}》)",
    )


def _moved(effect: Effect) -> Text:
    zh, en = [], []
    if effect.before and effect.to:
        zh.append(f"{effect.before.in_('zh')} → {effect.to.in_('zh')}")
        en.append(f"{effect.before.in_('en')} → {effect.to.in_('en')}")
    elif effect.to:
        zh.append(f"为 {effect.to.in_('zh')}")
        en.append(f"at {effect.to.in_('en')}")
    if effect.change:
        change = _change(effect.change)
        zh.append(change.zh)
        en.append(change.en)
    against = effect.against
    if against:
        return Text(f"{'，'.join(zh)}（相对{against.zh}）", f"{', '.join(en)} (against {against.en})")
    return Text("，".join(zh), ", ".join(en))


def _change(figure: Figure) -> Text:
    zh, en = ("上升", "up") if figure.sign > 0 else ("下降", "down")
    return Text(f"{zh} {figure.printed}", f"{en} {figure.in_('en').lstrip('+-')}")


def audience_text(audience: Audience, catalog: Catalog) -> Text:
    """Return whom a playbook addresses."""
    if audience.words:
        return audience.words.text
    segment = catalog.segments.get(audience.segment or "")
    return segment.names.text if segment else Text(audience.segment or "", audience.segment or "")
