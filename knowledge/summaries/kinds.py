"""The outlines of summaries by kind, from ``kinds.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Kind = Literal["daily", "weekly", "monthly", "quarterly", "yearly"]
KINDS: tuple[Kind, ...] = ("daily", "weekly", "monthly", "quarterly", "yearly")
_FILE = Path(__file__).with_name("kinds.yaml")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Funnel(_Frozen):
    """A funnel that a summary shows: its steps in order, and the hours there are to finish it."""

    steps: tuple[str, ...] = Field(min_length=2)
    window_hours: int = Field(gt=0)


class Trend(_Frozen):
    """What a summary draws over time: metrics, and the calendar period of a point."""

    metrics: tuple[str, ...] = Field(min_length=1)
    grain: Literal["day", "week", "month"]


class Outline(_Frozen):
    """What a summary of one kind holds.

    Attributes:
        headline: metrics told first, each against the period before and its target.
        year_ago: whether they are compared with a year earlier too.
        explain: those of the headline whose change may be taken apart.
        explain_most: how many of them at most: those that moved most.
        retention: metrics of how many come back.
        splits: metrics by dimension, each against the period before; the first of a dimension orders its rows.
        segments: whether the sizes of the ready-made segments are told.
        campaigns: whether campaigns are told with what they brought back: of a single day that would be chance.
        least_cost_share: the share of the cost of all campaigns from which a low ROI of one is a risk.
        worse: the relative change for the worse, as a fraction, from which a headline metric is a risk.
        short_of_target: the attainment below which a headline metric is a risk.
    """

    headline: tuple[str, ...] = Field(min_length=1)
    year_ago: bool
    explain: tuple[str, ...]
    explain_most: int = Field(ge=0, le=5)
    retention: tuple[str, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    trend: Trend | None = None
    splits: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    segments: bool = False
    campaigns: bool = True
    least_cost_share: float = Field(default=0.05, ge=0, lt=1)
    worse: float = Field(gt=0, lt=1)
    short_of_target: float = Field(gt=0, le=1)

    @property
    def metrics(self) -> frozenset[str]:
        """Every metric that is named."""
        split = [metric for metrics in self.splits.values() for metric in metrics]
        trend = self.trend.metrics if self.trend else ()
        return frozenset((*self.headline, *self.explain, *self.retention, *split, *trend))


@lru_cache(maxsize=1)
def _outlines() -> Mapping[Kind, Outline]:
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType(TypeAdapter(dict[Kind, Outline]).validate_python(rows))


def outline_of(kind: Kind) -> Outline:
    """Return what a summary of this kind holds."""
    return _outlines()[kind]
