"""``experiment_readout``: what an experiment did to one metric, arm by arm, with everything that tells whether to trust it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pydantic import Field

from knowledge.catalog.load import Catalog, nearest
from knowledge.errors import QueryError
from knowledge.text import Text
from tools.experiments import readout, words
from tools.experiments.metrics import READOUT_METRICS, ReadoutMetric
from tools.experiments.select import PRE_DAYS, Window, write
from tools.semantic_layer.analysis import Analysis, Draft, Scope, run_analysis
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.prepared import Table
from tools.semantic_layer.result import Result
from tools.tool import Params, Tool, ToolContext
from tools.warehouse.door import Meta
from tools.warehouse.guard import vet
from tools.warehouse.rows import Scalar

_EXPERIMENTS = """
    SELECT x.experiment_id AS experiment_id, x.name AS name, x.primary_metric AS primary_metric, x.start_date AS start_date,
           x.end_date AS end_date, min(CAST(t.assigned_at AS DATE)) AS first_day, min(u.register_date) AS first_registered
    FROM experiments AS x LEFT JOIN assignments AS t
      ON t.experiment_id = x.experiment_id AND t.variant IS NOT NULL AND t.user_id IS NOT NULL
    LEFT JOIN users AS u ON u.user_id = t.user_id
    GROUP BY x.experiment_id, x.name, x.primary_metric, x.start_date, x.end_date
    ORDER BY experiment_id, name, start_date"""
_MOST = 5_000


class ExperimentReadout(Params):
    """Which experiment, by id or name, and which metric; by default its primary one."""

    experiment: str = Field(min_length=1, max_length=200)
    metric: str | None = Field(default=None, min_length=1, max_length=100)


@dataclass(frozen=True)
class Experiment:
    """One row of ``experiments``, with the days of its first assignment and of the first registration among those assigned."""

    id: str
    name: str
    primary_metric: str | None
    start: date | None
    end: date | None
    first_day: date | None
    first_registered: date | None


@dataclass
class _Heard:
    """Keeps the statement's rows of one call, so that the notes can be worked out of them too."""

    metric: str
    frame: words.Frame
    table: Table = field(default=((), ()))

    def calculate(self, params: Mapping[str, Any], table: Table) -> Table:
        """Return the rows shown; remember what they came from."""
        self.table = table
        return readout.calculate(params, table)

    def notes(self, _columns: Sequence[str], _rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
        """Return the notes of the rows remembered."""
        return words.notes(readout.read(self.metric, self.table), self.frame)


def experiment_readout(context: ToolContext, params: ExperimentReadout) -> Result:
    """Return an experiment's read-out: a row per arm, control first.

    Shares and ratios are fractions, money is CNY; the difference is from control, with a 95% interval and a two-sided
    p-value (Welch's t-test; delta method for ratios; CUPED where a pre-period helps, with a note). Users count from their
    assignment to the experiment's end, in N-day metrics from registration; those assigned to two arms are left out.

    Raises:
        QueryError: no such experiment or metric, a metric without a figure per user, nobody assigned, not begun yet.
    """
    layer = context.layer
    return run_analysis(layer, TOOL.name, lambda: _prepare(layer, params, context), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: ExperimentReadout, context: ToolContext) -> Analysis:
    meta = layer.warehouse.meta
    experiment = _experiment(layer, params.experiment, context)
    metric = _metric(layer.catalog, experiment, params.metric)
    window = _window(experiment, meta)
    pre = _has_pre_period(metric, window, meta)
    draft = Draft()
    select = write(draft, metric, experiment.id, window, pre=pre)
    heard = _Heard(metric.id, words.Frame(experiment.name, window, experiment.end, pre))
    return Analysis(
        scope=Scope(start=window.first, end=window.end, meta=meta, catalog=layer.catalog),
        draft=draft,
        select=select,
        params={"experiment": experiment.id, "metric": metric.id},
        metrics=(metric.id,) if metric.id in layer.catalog.metrics else (),
        unit=metric.unit,
        row_notes=heard.notes,
        calculate=heard.calculate,
    )


def _experiment(layer: SemanticLayer, wanted: str, context: ToolContext) -> Experiment:
    query = vet(_EXPERIMENTS, {}, tables=["experiments", "assignments", "users"], row_limit=_MOST)
    found = [_read(row) for row in layer.warehouse.run(query, interrupter=context.interrupter).rows]
    text = wanted.strip().casefold()
    named = [e for e in found if e.id.strip().casefold() == text] or [
        e for e in found if e.name.strip().casefold() == text
    ]
    if named:
        return named[0]
    if not found:
        raise QueryError(
            Text(
                "数据里没有任何实验（experiments 表是空的）。载入实验与分组数据后再问。",
                "The data holds no experiment (the table experiments is empty). Load experiments and assignments first.",
            ),
            code="no_experiments",
        )
    raise _unknown(wanted, found)


def _unknown(wanted: str, found: Sequence[Experiment]) -> QueryError:
    names = {name: each.id for each in found for name in (each.id, each.name)}
    near = list(dict.fromkeys(names[name] for name in nearest(wanted, list(names)))) or [e.id for e in found[:5]]
    by_id = {each.id: each for each in found}
    zh = "、".join(f"{by_id[one].name}（{one}）" for one in near)
    en = ", ".join(f"{one} ({by_id[one].name})" for one in near)
    return QueryError(
        Text(
            f"没有名为“{wanted}”的实验。最接近的是：{zh}。请用实验的编号或名称。",
            f"There is no experiment '{wanted}'. Nearest: {en}. Use an experiment's id or name.",
        ),
        code="unknown_experiment",
        choices=near,
    )


def _read(row: Sequence[Scalar]) -> Experiment:
    name, title, metric, *days = row
    start, end, first_day, first_registered = (date.fromisoformat(str(day)) if day else None for day in days)
    shown = str(title or name)
    return Experiment(str(name), shown, str(metric) if metric else None, start, end, first_day, first_registered)


def _metric(catalog: Catalog, experiment: Experiment, asked: str | None) -> ReadoutMetric:
    name = (asked or experiment.primary_metric or "").strip()
    if not name:
        raise QueryError(
            Text(
                f"实验“{experiment.name}”没有写主要指标。请指定 metric，可用：{'、'.join(READOUT_METRICS)}。",
                f"Experiment '{experiment.id}' names no primary metric. Give one as metric: {', '.join(READOUT_METRICS)}.",
            ),
            code="metric_needed",
            choices=tuple(READOUT_METRICS),
        )
    if name in READOUT_METRICS:
        return READOUT_METRICS[name]
    known = catalog.metric(name)  # an id that is nowhere is an unknown metric, with the nearest names
    raise QueryError(
        Text(
            f"指标“{known.names.zh}”没有每个用户自己的数值，不能做实验对比。可用：{'、'.join(READOUT_METRICS)}。",
            f"Metric '{known.id}' has no figure per user, so arms cannot be compared by it. Take one of: "
            f"{', '.join(READOUT_METRICS)}.",
        ),
        code="metric_not_per_user",
        choices=tuple(READOUT_METRICS),
    )


def _window(experiment: Experiment, meta: Meta) -> Window:
    if experiment.first_day is None:
        raise QueryError(
            Text(
                f"实验“{experiment.name}”还没有任何分组记录（assignments 表里没有它的用户）。",
                f"Nobody has been assigned to experiment '{experiment.id}' (the table assignments has no user of it).",
            ),
            code="nobody_assigned",
        )
    if experiment.first_day > meta.as_of or (experiment.end and experiment.end < meta.data_start):
        raise QueryError(
            Text(
                f"实验“{experiment.name}”不在数据范围内：{experiment.first_day} 起分组，到 {experiment.end or '未定'}；"
                f"现有数据为 {meta.data_start} 至 {meta.as_of}。",
                f"Experiment '{experiment.id}' lies outside the data: assigned from {experiment.first_day}, to "
                f"{experiment.end or 'no end'}; the data covers {meta.data_start} to {meta.as_of}.",
            ),
            code="outside_data",
        )
    end = min(experiment.end or meta.as_of, meta.as_of)
    if end < experiment.first_day:
        raise QueryError(
            Text(
                f"实验“{experiment.name}”的结束日期 {end} 早于第一次分组 {experiment.first_day}，没有可计入的天数。请核对 experiments 表。",
                f"Experiment '{experiment.id}' ends on {end}, before its first assignment on {experiment.first_day}: no day is "
                "left to count. Check the table experiments.",
            ),
            code="no_days",
        )
    return Window(experiment.first_registered or experiment.first_day, experiment.first_day, end, meta.as_of)


def _has_pre_period(metric: ReadoutMetric, window: Window, meta: Meta) -> bool:
    """Return whether the metric has days before the assignment: not from registration, nor dormant by definition."""
    if metric.days or metric.dormant or metric.matures:
        return False
    return window.first - timedelta(days=PRE_DAYS) >= meta.data_start


TOOL = Tool(
    name="experiment_readout",
    description=(
        "Read out an A/B test by its id or name: per arm the users, the metric's value, the difference from control with 95% "
        "interval and p-value, and the sample-ratio check. metric is by default the experiment's primary one; it must have a "
        "figure per user (retention, activation, reactivation, first pay, revenue, orders, ARPU, click rate ...; not DAU, "
        "new users or spend). Notes give sample size, CUPED, users left out. It does not decide whether to launch."
    ),
    params=ExperimentReadout,
    function=experiment_readout,
    calculate=readout.calculate,
)
