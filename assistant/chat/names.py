"""Plain names for what a tool call does, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.answer.columns import metric_name
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

ICONS: dict[str, str] = {
    "build_segment": "users",
    "search_playbooks": "book-open",
    "draft_campaign_plan": "file-text",
    "write_summary": "file-text",
    "list_metrics": "list",
    "describe_metric": "list",
}
"""The Lucide icon of each tool that does not read the warehouse."""


class Names:
    """Looks names up in the catalog. A name that nobody knows is shown as it is."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

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
        named = [metric_name(metric, self.catalog).in_(language) for metric in listed if isinstance(metric, str)]
        if named:
            return ("、" if language == "zh" else ", ").join(named)
        for key in ("experiment", "query", "name", "segment", "goal", "kind"):
            if isinstance(params.get(key), str):
                return _cut(params[key])
        return ""


def _cut(text: str, length: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
