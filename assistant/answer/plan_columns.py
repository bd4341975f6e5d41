"""What the columns of a campaign plan and of the results it adds are called, with their units."""

from __future__ import annotations

from typing import Final, Literal

from knowledge.text import Text

Told = tuple[str, Literal["figure", "period", "text"], Text, str]

PLAN_COLUMNS: Final[dict[str, tuple[Told, ...]]] = {
    "draft_campaign_plan": (
        ("budget", "figure", Text("预算", "budget"), "CNY"),
        ("size", "figure", Text("人群人数", "segment"), "users"),
        ("reach_low", "figure", Text("触达下限", "reach, low"), "users"),
        ("reach", "figure", Text("触达", "reach"), "users"),
        ("hold_out", "figure", Text("留白人数", "hold-out"), "users"),
        ("cost_per_head", "figure", Text("人均成本", "cost per head"), "CNY"),
        ("base_rate", "figure", Text("基准率", "base rate"), "ratio"),
        ("factor", "figure", Text("目标为基准的倍数", "target as a multiple of the base"), "multiple"),
        ("target_rate", "figure", Text("目标率", "target rate"), "ratio"),
        ("converted_low", "figure", Text("转化下限", "conversions, low"), "users"),
        ("converted_high", "figure", Text("转化上限", "conversions, high"), "users"),
        ("roi_low", "figure", Text("ROI下限", "ROI, low"), "multiple"),
        ("roi_high", "figure", Text("ROI上限", "ROI, high"), "multiple"),
        ("revenue_low", "figure", Text("收入下限", "revenue, low"), "CNY"),
        ("revenue_high", "figure", Text("收入上限", "revenue, high"), "CNY"),
        ("budget_at_stop", "figure", Text("止损线对应预算", "budget at the stop line"), "CNY"),
        ("sample_size", "figure", Text("每组样本量", "users per arm"), "users"),
        ("arm", "figure", Text("每组可用人数", "users available per arm"), "users"),
        ("shown_rate", "figure", Text("可测出的率", "rate that can be shown"), "ratio"),
        ("days", "figure", Text("实验天数", "days of the experiment"), "days"),
        ("window", "figure", Text("观察天数", "days watched"), "days"),
        ("run_days", "figure", Text("执行天数", "days it runs"), "days"),
        ("trial_days", "figure", Text("试跑天数", "days of the trial"), "days"),
        ("hold_out_share", "figure", Text("留白比例", "hold-out share"), "ratio"),
        ("power", "figure", Text("功效", "power"), "ratio"),
        ("alpha", "figure", Text("显著性水平", "significance level"), "ratio"),
        ("srm", "figure", Text("样本比例界限", "sample-ratio limit"), "p"),
        ("stop_roi", "figure", Text("止损ROI", "stop ROI"), "multiple"),
        ("start", "period", Text("开始", "start"), ""),
        ("trial_end", "period", Text("试跑结束", "trial ends"), ""),
        ("run_end", "period", Text("结束", "end"), ""),
        ("readout", "period", Text("复盘日", "read-out"), ""),
    ),
    "segment_outcome": (
        ("users", "figure", Text("人数", "users"), "users"),
        ("converted", "figure", Text("转化人数", "converted"), "users"),
        ("rate", "figure", Text("转化率", "rate"), "ratio"),
    ),
    "campaign_priorities": (
        ("playbook", "text", Text("打法", "playbook"), ""),
        ("reach", "figure", Text("覆盖", "reach"), "users"),
        ("impact", "figure", Text("影响", "impact"), "multiple"),
        ("confidence", "figure", Text("信心", "confidence"), "ratio"),
        ("person_days", "figure", Text("人日", "person-days"), "days"),
        ("rice", "figure", Text("RICE", "RICE"), "count"),
    ),
}
