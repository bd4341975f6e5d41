"""What a summary of a day, week, month, quarter or year holds: data, read from YAML."""

from __future__ import annotations

from knowledge.summaries.kinds import KINDS, Funnel, Kind, Outline, outline_of

__all__ = ["KINDS", "Funnel", "Kind", "Outline", "outline_of"]
