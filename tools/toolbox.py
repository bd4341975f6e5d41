"""Every tool there is, in the order models see them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tools import (
    build_segment,
    describe_metric,
    draft_campaign_plan,
    experiment_readout,
    explain_change,
    funnel,
    lifecycle_flow,
    list_metrics,
    ltv_curve,
    query_metrics,
    retention_matrix,
    search_playbooks,
    stickiness_histogram,
    write_summary,
)
from tools.plans import levers
from tools.semantic_layer.prepared import Calculation
from tools.tool import Tool

TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        tool.name: tool
        for tool in (
            query_metrics.TOOL,
            list_metrics.TOOL,
            describe_metric.TOOL,
            retention_matrix.TOOL,
            lifecycle_flow.TOOL,
            stickiness_histogram.TOOL,
            explain_change.TOOL,
            experiment_readout.TOOL,
            ltv_curve.TOOL,
            funnel.TOOL,
            build_segment.TOOL,
            search_playbooks.TOOL,
            write_summary.TOOL,
            draft_campaign_plan.TOOL,
        )
    }
)

CALCULATIONS: Mapping[str, Calculation] = MappingProxyType(
    {tool.name: tool.calculate for tool in TOOLS.values() if tool.calculate} | {levers.PRIORITIES: levers.prioritise}
)
"""What works the figures of a tool out of the rows of its statement, by tool."""
