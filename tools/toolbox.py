"""Every tool there is, in the order models see them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tools import describe_metric, list_metrics, query_metrics
from tools.tool import Tool

TOOLS: Mapping[str, Tool] = MappingProxyType(
    {tool.name: tool for tool in (query_metrics.TOOL, list_metrics.TOOL, describe_metric.TOOL)}
)
