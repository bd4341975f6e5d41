"""Plain names for what the chat shows: tools, metrics, dimensions and columns, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge.catalog import Catalog
from knowledge.text import Language, Text

TOOLS: dict[str, Text] = {
    "query_metrics": Text("查询指标", "Query metrics"),
    "retention_matrix": Text("计算留存矩阵", "Retention matrix"),
    "funnel": Text("计算转化漏斗", "Funnel"),
    "lifecycle_flow": Text("统计用户生命周期", "Lifecycle flow"),
    "stickiness_histogram": Text("统计活跃频次", "Stickiness histogram"),
    "ltv_curve": Text("计算 LTV 曲线", "LTV curve"),
    "experiment_readout": Text("解读实验", "Experiment read-out"),
    "explain_change": Text("拆解变化原因", "Explain a change"),
    "build_segment": Text("圈选人群", "Build a segment"),
    "search_playbooks": Text("检索知识库", "Search the playbooks"),
    "draft_campaign_plan": Text("撰写活动方案", "Draft a campaign plan"),
    "write_summary": Text("撰写总结", "Write a summary"),
    "list_metrics": Text("查找指标", "List metrics"),
    "describe_metric": Text("查看指标定义", "Describe a metric"),
}

_COLUMNS: dict[str, Text] = {
    "period": Text("日期", "Period"),
    "cohort": Text("批次", "Cohort"),
    "size": Text("人数", "Size"),
    "users": Text("用户数", "Users"),
    "rate": Text("比率", "Rate"),
    "complete": Text("是否完整", "Complete"),
    "step": Text("步骤", "Step"),
    "event": Text("事件", "Event"),
    "step_rate": Text("上一步转化率", "Step rate"),
    "median_seconds": Text("中位耗时（秒）", "Median seconds"),
    "active": Text("活跃", "Active"),
    "new": Text("新增", "New"),
    "retained": Text("留存", "Retained"),
    "resurrected": Text("回流", "Resurrected"),
    "dormant": Text("流失", "Dormant"),
    "intervals": Text("活跃次数", "Intervals"),
    "day": Text("天数", "Day"),
    "value": Text("数值", "Value"),
    "variant": Text("分组", "Variant"),
    "difference": Text("差值", "Difference"),
    "ci_low": Text("95% 区间下限", "95% CI low"),
    "ci_high": Text("95% 区间上限", "95% CI high"),
    "p_value": Text("p 值", "p-value"),
    "srm_p": Text("分流检验 p 值", "Sample-ratio p"),
    "dimension": Text("维度", "Dimension"),
    "base": Text("基期", "Base"),
    "current": Text("本期", "Current"),
    "contribution": Text("贡献", "Contribution"),
    "mix": Text("结构影响", "Mix effect"),
    "share_all": Text("占全部用户", "Share of all users"),
    "share_active": Text("占活跃用户", "Share of active users"),
}

_SUFFIXES: dict[str, Text] = {
    "base": Text("（基期）", " (base)"),
    "change": Text("（变化）", " (change)"),
    "change_pct": Text("（变化率）", " (change %)"),
    "target": Text("（目标）", " (target)"),
    "attainment": Text("（达成率）", " (attainment)"),
    "numerator": Text("（分子）", " (numerator)"),
    "denominator": Text("（分母）", " (denominator)"),
}


class Names:
    """Looks names up in the catalog. A name that nobody knows is shown as it is."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def metric(self, metric_id: str, language: Language) -> str:
        """Return a metric's name."""
        metric = self._catalog.metrics.get(metric_id)
        return metric.names.text.in_(language) if metric else metric_id

    def column(self, column: str, language: Language) -> str:
        """Return the heading of a result column, such as ``new_users__change``."""
        base, _, suffix = column.partition("__")
        ending = _SUFFIXES[suffix].in_(language) if suffix in _SUFFIXES else f"__{suffix}" if suffix else ""
        if base in self._catalog.metrics:
            return self.metric(base, language) + ending
        if base in self._catalog.dimensions:
            return self._catalog.dimensions[base].names.text.in_(language) + ending
        return (_COLUMNS[base].in_(language) if base in _COLUMNS else base) + ending

    def call(self, tool: str, params: Mapping[str, Any], language: Language) -> str:
        """Return what a tool call does, in one line: ``查询指标：新增用户、次日留存率``."""
        verb = TOOLS[tool].in_(language) if tool in TOOLS else tool
        subject = self._subject(params, language)
        if not subject:
            return verb
        return f"{verb}：{subject}" if language == "zh" else f"{verb}: {subject}"

    def _subject(self, params: Mapping[str, Any], language: Language) -> str:
        metrics = params.get("metrics") or params.get("metric") or ()
        listed = [metrics] if isinstance(metrics, str) else metrics
        named = [self.metric(metric, language) for metric in listed if isinstance(metric, str)]
        if named:
            return ("、" if language == "zh" else ", ").join(named)
        for key in ("experiment", "query", "name", "segment", "goal", "kind"):
            if isinstance(params.get(key), str):
                return _cut(params[key])
        return ""


def _cut(text: str, length: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
