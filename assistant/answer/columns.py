"""What the columns of a result mean: their headings, their units, and whether they are figures, changes or names."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from assistant.answer.event_names import EVENT_NAMES
from assistant.answer.explained_names import DOT, OVERLAP, REST, TIMES, TOTAL, UNKNOWN_PART
from assistant.answer.formats import format_value
from assistant.answer.markdown import clean, escape, value_text
from assistant.answer.number_patterns import reads_as_figure
from assistant.answer.plain_text import plain_text
from assistant.answer.plan_columns import PLAN_COLUMNS
from assistant.answer.value_names import known_value
from knowledge.catalog import Catalog
from knowledge.text import Language, Text, join
from tools.semantic_layer.result import Result
from tools.warehouse.rows import Scalar

Kind = Literal["period", "dimension", "figure", "part", "text"]

MULTIPLES: Final = frozenset({"roi", "campaign_roi", "ltv_cac", "k_factor", "invites_per_user"})
"""Metrics of the unit ratio that people read as a number (ROI 2.34), not as a share of a whole."""

UNKNOWN: Final = Text("未知", "unknown")
_OF_EXPLANATIONS: Final = {
    TOTAL: Text("合计", "in total"),
    REST: Text("其余取值", "all other values"),
    OVERLAP: Text("重复计入", "counted twice"),
    "day": Text("日期", "day"),
}
"""What the rows of an explanation that are no value of a dimension are called."""

ABSENT: Final = {
    "campaign": Text("无活动", "no campaign"),
    "segment": Text("不在任何人群", "in no segment"),
}
"""What null means in the dimensions where it is no gap in the data."""

_PARTS: Final = {
    "numerator": Text("分子", "numerator"),
    "denominator": Text("分母", "denominator"),
    "base": Text("对比期", "base"),
    "change": Text("变化", "change"),
    "change_pct": Text("变化率", "change %"),
    "target": Text("目标", "target"),
    "attainment": Text("完成率", "attainment"),
}
_MODELS: Final = {
    "last_touch": Text("末次触点", "last touch"),
    "first_touch": Text("首次触点", "first touch"),
    "linear": Text("线性", "linear"),
    "time_decay": Text("时间衰减", "time decay"),
    "position": Text("位置", "position"),
}
_METRIC: Final = "metric"
"""Stands for the unit of the result's only metric."""


@dataclass(frozen=True)
class Column:
    """One column of a result.

    Attributes:
        kind: ``part`` is a numerator or denominator; ``text`` is anything that is no figure and no dimension.
        unit: the unit its cells are shown in, see ``formats.format_value``; empty for unknown.
        is_change: whether the cells are changes, so that their sign matters.
        metric: the metric that the column belongs to, where there is one.
        part: what follows ``__`` in its name.
    """

    name: str
    kind: Kind
    heading: Text
    unit: str = ""
    is_change: bool = False
    metric: str = ""
    part: str = ""


_C = Column
_FIXED: Final[dict[str, tuple[Column, ...]]] = {
    "retention_matrix": (
        _C("cohort", "period", Text("注册日期", "cohort")),
        _C("size", "figure", Text("人数", "users at start"), "users"),
        _C("period", "text", Text("第几期", "period"), "index"),
        _C("users", "figure", Text("留存人数", "users"), "users"),
        _C("rate", "figure", Text("留存率", "retention"), "ratio"),
        _C("complete", "text", Text("已完整", "complete")),
    ),
    "funnel": (
        _C("step", "text", Text("步骤", "step"), "index"),
        _C("event", "text", Text("事件", "event")),
        _C("users", "figure", Text("人数", "users"), "users"),
        _C("rate", "figure", Text("总转化率", "conversion from the first step"), "ratio"),
        _C("step_rate", "figure", Text("单步转化率", "conversion from the step before"), "ratio"),
        _C("median_seconds", "figure", Text("距上一步中位用时", "median time from the step before"), "seconds"),
    ),
    "lifecycle_flow": (
        _C("period", "period", Text("时间", "period")),
        _C("active", "figure", Text("活跃", "active"), "users"),
        _C("new", "figure", Text("新增", "new"), "users"),
        _C("retained", "figure", Text("留存", "retained"), "users"),
        _C("resurrected", "figure", Text("回流", "resurrected"), "users"),
        _C("dormant", "figure", Text("转入沉默", "dormant"), "users"),
    ),
    "stickiness_histogram": (
        _C("intervals", "text", Text("活跃期数", "active periods"), "index"),
        _C("users", "figure", Text("人数", "users"), "users"),
    ),
    "ltv_curve": (
        _C("day", "text", Text("注册后天数", "days since registration"), "index"),
        _C("users", "figure", Text("计入用户数", "users counted"), "users"),
        _C("value", "figure", Text("人均累计收入", "cumulative revenue per user"), "CNY"),
    ),
    "experiment_readout": (
        _C("variant", "dimension", Text("组别", "variant")),
        _C("users", "figure", Text("人数", "users"), "users"),
        _C("value", "figure", Text("指标值", "value"), _METRIC),
        _C("difference", "figure", Text("与对照组之差", "difference from control"), _METRIC, is_change=True),
        _C("ci_low", "figure", Text("95% 区间下限", "95% interval, low"), _METRIC, is_change=True),
        _C("ci_high", "figure", Text("95% 区间上限", "95% interval, high"), _METRIC, is_change=True),
        _C("p_value", "figure", Text("p 值", "p-value"), "p"),
        _C("srm_p", "figure", Text("样本比例检验 p 值", "sample-ratio p-value"), "p"),
    ),
    "explain_change": (
        _C("dimension", "text", Text("维度", "dimension")),
        _C("value", "text", Text("取值", "value")),
        _C("base", "figure", Text("对比期", "base"), _METRIC),
        _C("current", "figure", Text("本期", "current"), _METRIC),
        _C("contribution", "figure", Text("贡献", "contribution"), _METRIC, is_change=True),
        _C("mix", "figure", Text("其中构成变化", "of which mix"), _METRIC, is_change=True),
        _C("rate", "figure", Text("其中自身变化", "of which rate"), _METRIC, is_change=True),
    ),
    "build_segment": (
        _C("size", "figure", Text("人数", "users"), "users"),
        _C("share_all", "figure", Text("占全部用户", "share of all users"), "ratio"),
        _C("share_active", "figure", Text("占近 30 天活跃用户", "share of users active in 30 days"), "ratio"),
    ),
    "segment_profile": (
        _C("attribute", "text", Text("属性", "attribute")),
        _C("value", "text", Text("取值", "value")),
        _C("merged", "part", Text("合并项数", "merged"), "count"),
        _C("users", "figure", Text("人数", "users"), "users"),
        _C("share", "figure", Text("占这群人", "share of the group"), "ratio"),
        _C("share_all", "figure", Text("占全部用户", "share of everyone"), "ratio"),
        _C("lift", "figure", Text("提升度", "lift"), "multiple"),
    ),
    "list_metrics": (
        _C("metric", "text", Text("编号", "id")),
        _C("name", "text", Text("指标", "metric")),
        _C("definition", "text", Text("口径", "definition")),
        _C("unit", "text", Text("单位", "unit")),
        _C("family", "text", Text("类别", "family")),
    ),
    "describe_metric": (
        _C("field", "text", Text("项目", "field")),
        _C("value", "text", Text("内容", "value")),
    ),
}

_FIXED.update({tool: tuple(_C(n, k, words, unit) for n, k, words, unit in told) for tool, told in PLAN_COLUMNS.items()})


def columns_of(result: Result, catalog: Catalog) -> tuple[Column, ...]:
    """Return what each column of the result means, in the result's order."""
    fixed = {column.name: column for column in _FIXED.get(result.tool, ())}
    return tuple(_column(name, fixed, result, catalog) for name in result.columns)


def shown_unit(result: Result, metric: str) -> str:
    """Return the unit in which a metric of this result is shown: its own, or ``multiple`` for ROI and its like.

    A change of a ratio has the unit ``pp``; a relative change has ``ratio``.
    """
    unit = result.unit_of(metric)
    return "multiple" if unit == "ratio" and metric in MULTIPLES else unit


def metric_name(metric: str, catalog: Catalog) -> Text:
    """Return the name of a metric; its id where the catalog does not have it (any more)."""
    found = catalog.metrics.get(metric)
    return found.names.text if found else Text(metric, metric)


def measured_name(result: Result, metric: str, catalog: Catalog) -> Text:
    """Return the name of a metric in a result, with the attribution model where the metric is calculated by one."""
    name, found = metric_name(metric, catalog), catalog.metrics.get(metric)
    offered = found.options.get("model") if found else None
    if offered is None:
        return name
    asked = result.params.get("options")
    model = str((asked if isinstance(asked, Mapping) else {}).get("model") or next(iter(offered.values)))
    said = _MODELS.get(model, Text(model, model))
    return Text(f"{name.zh}（{said.zh}）", f"{name.en} ({said.en})")


def dimension_name(dimension: str, catalog: Catalog) -> Text:
    """Return the name of a dimension, of a pair of them (平台 × 版本) both; its id where the catalog does not have it."""
    if TIMES in dimension:
        names = [dimension_name(part, catalog) for part in dimension.split(TIMES)]
        return join(names, zh=TIMES, en=TIMES)
    if dimension in _OF_EXPLANATIONS:
        return _OF_EXPLANATIONS[dimension]
    found = catalog.dimensions.get(dimension)
    return found.names.text if found else Text(dimension, dimension)


def value_name(dimension: str, value: Scalar, catalog: Catalog, language: Language) -> str:
    """Return the catalog's name of a stored value, cleaned; the value itself where it has none.

    Null is ``未知``, or what it stands for: a user without a campaign came by none. Of a pair of dimensions both values are named.
    """
    parts = parts_of(dimension, value)
    if len(parts) > 1:
        return DOT.join(value_name(name, part, catalog, language) for name, part in parts)
    if value in _OF_EXPLANATIONS:
        return _OF_EXPLANATIONS[str(value)].in_(language)
    if value is None:
        return ABSENT.get(dimension, UNKNOWN).in_(language)
    known = known_value(catalog.dimensions.get(dimension), value)
    if known is not None:
        return clean(known.names.text.in_(language))
    if dimension == "event" and value in EVENT_NAMES:
        return EVENT_NAMES[str(value)].in_(language)
    return clean(format_value(value, "index", language)) or UNKNOWN.in_(language)


def spoken_value(dimension: str, value: Scalar, catalog: Catalog, language: Language) -> str:
    """Return a stored value as Markdown for a sentence; one that reads as a figure has its dimension before it."""
    parts = parts_of(dimension, value)
    if len(parts) > 1:
        return DOT.join(spoken_value(name, part, catalog, language) for name, part in parts)
    name = value_name(dimension, value, catalog, language)
    shown = value_text(name)
    if value is None or not (_is_a_sign(name) or reads_as_figure(plain_text(shown))):
        return shown
    return f"{escape(dimension_name(dimension, catalog).in_(language))} {shown}"


def parts_of(dimension: str, value: Scalar) -> list[tuple[str, Scalar]]:
    """Return the dimensions and values of a pair; of anything else itself."""
    names = dimension.split(TIMES)
    values = str(value).split(DOT, len(names) - 1)
    if len(names) < 2 or len(values) != len(names):
        return [(dimension, value)]
    return [(name, None if part == UNKNOWN_PART else part) for name, part in zip(names, values, strict=True)]


def _is_a_sign(name: str) -> bool:
    """Return whether a name is one character that tells nothing alone; 女 and 男 do."""
    return len(name) == 1 and not ("\u4e00" <= name <= "\u9fff" and unicodedata.numeric(name, None) is None)


def _column(name: str, fixed: dict[str, Column], result: Result, catalog: Catalog) -> Column:
    if name in fixed:
        return _with_unit(fixed[name], result)
    metric, _, part = name.partition("__")
    if metric in result.metrics and (not part or part in _PARTS):
        return _metric_column(name, metric, part, result, catalog)
    if name == "period":
        return Column(name, "period", Text("时间", "period"))
    if name in catalog.dimensions or name in (result.params.get("dimensions") or ()):
        return Column(name, "dimension", dimension_name(name, catalog))
    return Column(name, "text", Text(name, name))


def _with_unit(column: Column, result: Result) -> Column:
    if column.unit != _METRIC:
        return column
    metric = result.metrics[0] if result.metrics else ""
    unit = shown_unit(result, metric)
    return replace(column, unit=_unit_of_change(unit) if column.is_change else unit, metric=metric)


def _metric_column(name: str, metric: str, part: str, result: Result, catalog: Catalog) -> Column:
    unit = shown_unit(result, metric)
    units = {
        "numerator": "",
        "denominator": "",
        "change": _unit_of_change(unit),
        "change_pct": "ratio",
        "attainment": "ratio",
    }
    heading = measured_name(result, metric, catalog)
    if part and len(result.metrics) > 1:
        heading = Text(f"{heading.zh}·{_PARTS[part].zh}", f"{heading.en}: {_PARTS[part].en}")
    elif part:
        heading = _PARTS[part]
    kind: Kind = "part" if part in ("numerator", "denominator") else "figure"
    return Column(name, kind, heading, units.get(part, unit), part in ("change", "change_pct"), metric, part)


def _unit_of_change(unit: str) -> str:
    return "pp" if unit == "ratio" else unit
