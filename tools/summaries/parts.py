"""The results that a summary is made of: each is one call of another tool, with its own receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from knowledge.errors import PolicyError, QueryError
from knowledge.summaries import Outline
from knowledge.text import Text
from tools import experiment_readout, explain_change, funnel, query_metrics
from tools.semantic_layer.result import Result
from tools.semantic_layer.stored_values import StoredPeriod
from tools.summaries.figures import Against, figures_of
from tools.summaries.model import Figure, Section, SectionName
from tools.summaries.period import Days
from tools.tool import Tool, ToolContext

_MOST_EXPERIMENTS = 2
_MOST_CAMPAIGNS = 50


@dataclass
class Parts:
    """Makes the parts of one summary, in order, and keeps what was made and what could not be.

    Attributes:
        made: the results so far.
        notes: what could not be computed for the period, and why.
    """

    context: ToolContext
    days: Days
    outline: Outline
    made: list[Result] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def sections(self) -> tuple[Section, ...]:
        """Return the sections that have anything to tell, in the order they are told."""
        headline = self._headline()
        found = [
            headline,
            self._moved(headline),
            self._trend(),
            self._funnels(),
            self._compared("retention", self.outline.retention),
            self._splits(),
            self._segments(),
            self._campaigns(),
            self._experiments(),
        ]
        return tuple(section for section in found if section is not None and section.results)

    def query(self, metrics: Sequence[str], **params: Any) -> Result | None:
        """Return the result of a query over the days; None, with a note, where it does not fit them."""
        return self._run(query_metrics.TOOL, {"metrics": list(metrics), **self._span, **params})

    @property
    def _span(self) -> dict[str, str]:
        return {"start": self.days.start.isoformat(), "end": self.days.end.isoformat()}

    def _run(self, tool: Tool, params: dict[str, Any], *, quietly: bool = False) -> Result | None:
        try:
            result = tool.run(self.context, params)
        except (QueryError, PolicyError) as error:
            if not quietly:
                self.notes.append(error.text)
            return None
        self.made.append(result)
        return result

    def _section(self, name: SectionName, results: Sequence[tuple[Result | None, Against]]) -> Section:
        catalog = self.context.layer.catalog
        kept = [(result, against) for result, against in results if result is not None]
        figures = [figure for result, against in kept for figure in figures_of(result, against, catalog)]
        return Section(name, tuple(result for result, _ in kept), tuple(figures))

    def _headline(self) -> Section:
        """Return the headline against the period before, its targets where there are any, and a year earlier."""
        metrics = self.outline.headline
        found: list[tuple[Result | None, Against]] = [(self.query(metrics, compare="previous"), "previous")]
        targets = self.query(metrics, compare="target")
        if targets is not None and any(figure.target is None for figure in self._figures(targets)):
            self.made.remove(targets)
            known = [figure.metric for figure in self._figures(targets) if figure.target is not None]
            targets = self.query(known, compare="target") if known else None
        found.append((targets, "target"))
        if self.outline.year_ago:
            found.append((self.query(metrics, compare="year_ago"), "year_ago"))
        return self._section("headline", found)

    def _figures(self, result: Result) -> tuple[Figure, ...]:
        return figures_of(result, "target", self.context.layer.catalog)

    def _compared(self, name: SectionName, metrics: Sequence[str]) -> Section:
        return self._section(name, [(self.query(metrics, compare="previous"), "previous")] if metrics else [])

    def _moved(self, headline: Section) -> Section:
        """Return what carried the changes of the metrics that moved most, largest relative change first."""
        moved = [
            figure
            for figure in headline.figures
            if figure.against == "previous" and figure.metric in self.outline.explain and figure.change_pct
        ]
        moved.sort(key=lambda figure: abs(figure.change_pct or 0.0), reverse=True)
        results = [
            self._run(explain_change.TOOL, {"metric": figure.metric, **self._span}, quietly=True)
            for figure in moved[: self.outline.explain_most]
        ]
        return Section("moved", tuple(result for result in results if result is not None))

    def _trend(self) -> Section | None:
        trend = self.outline.trend
        if trend is None:
            return None
        return self._section("trend", [(self.query(trend.metrics, grain=trend.grain), "")])

    def _funnels(self) -> Section:
        results = [
            self._run(
                funnel.TOOL, {"steps": list(each.steps), "window_hours": each.window_hours, **self._span}, quietly=True
            )
            for each in self.outline.funnels
        ]
        return Section("funnel", tuple(result for result in results if result is not None))

    def _splits(self) -> Section:
        return self._section(
            "splits",
            [
                (self.query(metrics, dimensions=[dimension], compare="previous"), "previous")
                for dimension, metrics in self.outline.splits.items()
            ],
        )

    def _segments(self) -> Section | None:
        if not self.outline.segments:
            return None
        result = self.query(["total_users"], dimensions=["segment"], compare="previous")
        return self._section("segments", [(result, "previous")])

    def _campaigns(self) -> Section | None:
        """Return what each campaign cost and brought back; those without cost are left out, their ROI is not defined."""
        if not self.outline.campaigns:
            return None
        having = [{"column": "cost", "op": "gt", "value": 0}, {"column": "campaign_roi", "op": "gte", "value": 0}]
        order = {"column": "campaign_roi", "direction": "asc"}
        result = self._run(
            query_metrics.TOOL,
            {
                "metrics": ["campaign_roi", "cost"],
                "dimensions": ["campaign"],
                "having": having,
                "order_by": order,
                "limit": _MOST_CAMPAIGNS,
                **self._span,
            },
            quietly=True,
        )
        if result is not None and not result.rows:
            self.made.remove(result)
            result = None
        return self._section("campaigns", [(result, "")])

    def _experiments(self) -> Section:
        """Return the read-outs of the experiments of the period, the latest first."""
        running = sorted(self.periods("experiment"), key=lambda period: period.start, reverse=True)
        results = [
            self._run(experiment_readout.TOOL, {"experiment": period.id}, quietly=True)
            for period in running[:_MOST_EXPERIMENTS]
        ]
        return Section("experiments", tuple(result for result in results if result is not None))

    def periods(self, kind: str) -> list[StoredPeriod]:
        """Return the campaigns or experiments that ran on any day of the summary."""
        ran = [
            period
            for period in self.context.layer.values.periods()
            if period.kind == kind
            and period.start <= self.days.end
            and (period.end is None or period.end >= self.days.start)
        ]
        return sorted(ran, key=lambda period: period.start)


def below(section: Section | None, line: float, least_share: float) -> tuple[Figure, ...]:
    """Return the campaigns whose ROI is below a line, lowest first.

    Only those with at least ``least_share`` of the cost of all campaigns count: the ROI of a few orders says nothing.
    """
    figures = section.figures if section else ()
    cost = {figure.where: figure.value or 0.0 for figure in figures if figure.metric == "cost"}
    least = least_share * sum(cost.values())
    low = [f for f in figures if f.metric == "campaign_roi" and f.value is not None and f.value < line]
    return tuple(sorted((f for f in low if cost[f.where] >= least), key=lambda figure: figure.value or 0.0))
