"""The catalog as it is asked: what is served, and for the rest why it is not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from knowledge.catalog.content import Parts, parts_of
from knowledge.catalog.faults import Fault
from knowledge.catalog.nearest import nearest, nearest_said
from knowledge.catalog.pins import Pin
from knowledge.catalog.rows import Row
from knowledge.errors import QueryError
from knowledge.model import Dimension, Measure, Metric, Source
from knowledge.segments import Segment
from knowledge.text import Text

_Entry = TypeVar("_Entry")
Status = Literal["vetted", "changed", "new", "draft", "retired", "broken"]
STATUSES: Mapping[Status, Text] = {
    "vetted": Text("已审定", "vetted"),
    "changed": Text("已更改，未审定", "changed, not vetted"),
    "new": Text("新增，未审定", "new, not vetted"),
    "draft": Text("草稿", "draft"),
    "retired": Text("已停用", "retired"),
    "broken": Text("有错误", "broken"),
}
"""What an entry's status is called."""


@dataclass(frozen=True)
class Unserved:
    """An entry that is not served.

    Attributes:
        metric: the entry, where it can be read.
        pin: what was vetted last, where anything was.
        changed: the parts that differ from the pin.
        faults: what is wrong with it.
    """

    id: str
    status: Status
    metric: Metric | None = None
    pin: Pin | None = None
    changed: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def text(self) -> Text:
        """Why it is not served, and the next step."""
        vet = f"yunce metrics vet {self.id} --by "
        if self.status == "broken":
            first = self.faults[0].said
            return Text(
                f"指标“{self.id}”的条目有错误，暂不提供：{first.zh}改好后运行 yunce metrics check。",
                f"The entry of the metric '{self.id}' is broken and not served: {first.en} Mend it and run yunce metrics check.",
            )
        if self.status == "changed" and self.pin:
            parts = ", ".join(self.changed)
            return Text(
                f"指标“{self.id}”自 {self.pin.when} 由 {self.pin.by} 审定后已更改（{parts}），重新审定前不提供。"
                f"下一步：核对后运行 {vet}姓名。",
                f"The metric '{self.id}' has changed ({parts}) since {self.pin.by} vetted it on {self.pin.when}, and is not served "
                f"until it is vetted again. Next: look it over and run {vet}NAME.",
            )
        if self.status == "new":
            return Text(
                f"指标“{self.id}”尚未审定，暂不提供。下一步：核对后运行 {vet}姓名。",
                f"The metric '{self.id}' has not been vetted and is not served. Next: look it over and run {vet}NAME.",
            )
        said = STATUSES[self.status]
        return Text(
            f"指标“{self.id}”的状态是{said.zh}，不提供。",
            f"The metric '{self.id}' is not served: its status is {said.en}.",
        )


@dataclass(frozen=True)
class Shelf:
    """Where the entries stand: the row of each (by kind and id), the catalog folder of each metric, the pins."""

    rows: Mapping[tuple[str, str], Row] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)
    pins: Mapping[str, Pin] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalog:
    """Everything that may be asked. Mappings are by id, in the order of the files.

    Attributes:
        metrics: the vetted metrics: those that are served.
        unserved: the other entries, each with why.
        faults: what is wrong in the files, in their order.
        shelf: where the entries stand.
    """

    sources: Mapping[str, Source]
    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, Measure]
    metrics: Mapping[str, Metric]
    segments: Mapping[str, Segment] = field(default_factory=dict)
    unserved: Mapping[str, Unserved] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    shelf: Shelf = field(default_factory=Shelf)

    def metric(self, metric_id: str) -> Metric:
        """Return a metric that is served.

        Raises QueryError: with the nearest names for an id that is not in the catalog; for an entry that is not served
        with the reason, what changed since when, and the next step.
        """
        if metric_id in self.unserved and metric_id not in self.metrics:
            raise QueryError(self.unserved[metric_id].text, code="metric_not_served")
        rest = Text(
            "用 list_metrics（或 yunce metrics list）可查看全部指标。",
            "Use list_metrics (or yunce metrics list) to see them all.",
        )
        return _known(metric_id, self.metrics, "metric", "指标", rest)

    def dimension(self, dimension_id: str) -> Dimension:
        """Return a dimension. Raises QueryError with the nearest names for an unknown id."""
        rest = Text(f"可用的维度：{'、'.join(self.dimensions)}。", f"Dimensions: {', '.join(self.dimensions)}.")
        return _known(dimension_id, self.dimensions, "dimension", "维度", rest)

    def dimensions_of(self, metric: Metric) -> tuple[str, ...]:
        """Return the ids of the dimensions that a metric takes, filter-only ones included, in catalog order."""
        attributes = [d.id for d in self.dimensions.values() if d.kind == "attribute"]
        states = [d.id for d in self.dimensions.values() if d.kind in ("state", "membership")]
        groups = {"user": attributes, "people": attributes + states}
        allowed = {name for entry in metric.dimensions for name in groups.get(entry, [entry])}
        return tuple(d for d in self.dimensions if d in allowed)

    def parts(self, metric: Metric) -> Parts:
        """Return all that vetting covers: the entry, its measures with what they follow, their sources and segments."""
        return parts_of(metric, measures=self.measures, sources=self.sources, segments=self.segments)

    def content_hash(self, metric: Metric) -> str:
        """Return 12 hex digits over all that vetting covers."""
        return self.parts(metric).content

    def status(self, metric_id: str) -> Status:
        """Return the status of an entry of the catalog."""
        return "vetted" if metric_id in self.metrics else self.unserved[metric_id].status

    def with_unvetted(self) -> Catalog:
        """Return the catalog as if every entry that can be read were vetted: to prove and explain, never to answer."""
        waiting = {u.id: u.metric for u in self.unserved.values() if u.metric}
        return replace(self, metrics={**self.metrics, **waiting}, unserved={})

    @property
    def trouble(self) -> Text | None:
        """One line on what is not served though it was meant to be, and the next step; None where all is well."""
        held = [u.id for u in self.unserved.values() if u.status in ("changed", "new", "broken")]
        if not held and not self.faults:
            return None
        return Text(
            f"指标目录有 {len(self.faults)} 处错误，{len(held)} 个指标暂不提供；其余照常。运行 yunce metrics check 查看。",
            f"The catalog has {len(self.faults)} fault(s) and {len(held)} metric(s) that are not served; the rest serve on. "
            "Run yunce metrics check.",
        )

    @cached_property
    def version(self) -> str:
        """12 hex digits over the whole catalog."""
        parts = "".join(self.content_hash(metric) for metric in self.metrics.values())
        return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _known(name: str, entries: Mapping[str, _Entry], kind: str, kind_zh: str, rest: Text) -> _Entry:
    """Return the entry of that name. Raises QueryError with the nearest names and ``rest`` where there is none."""
    found = entries.get(name)
    if found is None:
        near = nearest(name, list(entries))
        said = nearest_said(near)
        raise QueryError(
            Text(
                f"没有名为“{name}”的{kind_zh}。{said.zh}{rest.zh}", f"There is no {kind} '{name}'. {said.en}{rest.en}"
            ),
            code=f"unknown_{kind}",
            choices=near,
        )
    return found
