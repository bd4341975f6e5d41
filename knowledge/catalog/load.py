"""Read the catalog and hold it to its rules; every fault is reported at once."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from rapidfuzz import fuzz, process

from knowledge.errors import CatalogError, QueryError
from knowledge.model import Dimension, Measure, Metric, Source, Value
from knowledge.segments import Segment
from knowledge.text import Text

FOLDER = Path(__file__).parent
_Entry = TypeVar("_Entry", bound=BaseModel)


@dataclass(frozen=True)
class Catalog:
    """Everything that may be asked. Mappings are by id, in the order of the files."""

    sources: Mapping[str, Source]
    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, Measure]
    metrics: Mapping[str, Metric]
    segments: Mapping[str, Segment] = field(default_factory=dict)

    def metric(self, metric_id: str) -> Metric:
        """Return a metric. Raises QueryError with the nearest names for an id that is not in the catalog."""
        found = self.metrics.get(metric_id)
        if found is None:
            near = nearest(metric_id, list(self.metrics))
            raise QueryError(
                Text(
                    f"没有名为“{metric_id}”的指标。{_maybe_zh(near)}用 list_metrics（或 yunce metrics list）可查看全部指标。",
                    f"There is no metric '{metric_id}'. {_maybe_en(near)}"
                    "Use list_metrics (or yunce metrics list) to see them all.",
                ),
                code="unknown_metric",
                choices=near,
            )
        return found

    def dimension(self, dimension_id: str) -> Dimension:
        """Return a dimension. Raises QueryError with the nearest names for an unknown id."""
        found = self.dimensions.get(dimension_id)
        if found is None:
            near = nearest(dimension_id, list(self.dimensions))
            raise QueryError(
                Text(
                    f"没有名为“{dimension_id}”的维度。{_maybe_zh(near)}可用的维度：{'、'.join(self.dimensions)}。",
                    f"There is no dimension '{dimension_id}'. {_maybe_en(near)}Dimensions: {', '.join(self.dimensions)}.",
                ),
                code="unknown_dimension",
                choices=near,
            )
        return found

    def dimensions_of(self, metric: Metric) -> tuple[str, ...]:
        """Return the ids of the dimensions that a metric takes, filter-only ones included, in catalog order."""
        attributes = [d.id for d in self.dimensions.values() if d.kind == "attribute"]
        states = [d.id for d in self.dimensions.values() if d.kind in ("state", "membership")]
        groups = {"user": attributes, "people": attributes + states}
        allowed = {name for entry in metric.dimensions for name in groups.get(entry, [entry])}
        return tuple(d for d in self.dimensions if d in allowed)

    def content_hash(self, metric: Metric) -> str:
        """Return 12 hex digits over all that decides the metric's number: entry, measures and sources."""
        measures = [self.measures[m] for m in metric.measures]
        sources = {m.source for m in measures} | {m.follow.source for m in measures if m.follow}
        content = {
            "metric": metric.content(),
            "measures": [m.model_dump(mode="json") for m in measures],
            "sources": [self.sources[s].model_dump(mode="json") for s in sorted(sources)],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]

    @cached_property
    def version(self) -> str:
        """12 hex digits over the whole catalog."""
        parts = "".join(self.content_hash(metric) for metric in self.metrics.values())
        return hashlib.sha256(parts.encode()).hexdigest()[:12]


def nearest(name: str, names: list[str], *, limit: int = 3, least: float = 60) -> list[str]:
    """Return up to ``limit`` of ``names`` most like ``name``, best first; none that is unlike it."""
    found = process.extract(name.lower(), names, scorer=fuzz.WRatio, limit=limit, score_cutoff=least)
    return [match for match, _, _ in found]


def _maybe_zh(near: list[str]) -> str:
    return f"最接近的是：{'、'.join(near)}。" if near else ""


def _maybe_en(near: list[str]) -> str:
    return f"Nearest: {', '.join(near)}. " if near else ""


@lru_cache(maxsize=4)
def load_catalog(folder: Path = FOLDER) -> Catalog:
    """Return the catalog read from ``folder``. Raises CatalogError that lists every fault found in it."""
    faults: list[str] = []
    sources = _read(folder / "sources.yaml", Source, faults)
    dimensions = _read(folder / "dimensions.yaml", Dimension, faults)
    measures = _read(folder / "measures.yaml", Measure, faults)
    segments = _read(folder / "segments.yaml", Segment, faults)
    metrics: list[Metric] = []
    for path in sorted((folder / "metrics").glob("*.yaml")):
        metrics += _read(path, Metric, faults)
    for entries in (sources, dimensions, measures, metrics, segments):
        counts = Counter(entry.id for entry in entries)
        faults += [f"{name}: defined {count} times" for name, count in counts.items() if count > 1]
    catalog = Catalog(
        {s.id: s for s in sources},
        {d.id: d if d.id != "segment" else _with_segments(d, segments) for d in dimensions},
        {m.id: m for m in measures},
        {m.id: m for m in metrics},
        {s.id: s for s in segments},
    )
    faults += _reference_faults(catalog)
    if faults:
        listed = "\n- ".join(faults)
        raise CatalogError(
            Text(
                f"指标目录有 {len(faults)} 处错误：\n- {listed}", f"The catalog has {len(faults)} fault(s):\n- {listed}"
            ),
            code="catalog",
        )
    return catalog


def _with_segments(dimension: Dimension, segments: list[Segment]) -> Dimension:
    """Return the dimension ``segment`` with the ready-made segments as its values."""
    values = tuple(Value(id=s.id, names=s.names, synonyms=s.synonyms) for s in segments)
    return dimension.model_copy(update={"values": values})


def _read(path: Path, kind: type[_Entry], faults: list[str]) -> list[_Entry]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        rows: list[dict[str, Any]] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or []  # noqa: S506 - safe
    except (OSError, yaml.YAMLError) as error:
        faults.append(f"{path.name}: {error}")
        return []
    entries = []
    for row in rows:
        try:
            entries.append(kind.model_validate(row))
        except ValidationError as error:
            name = row.get("id", "?") if isinstance(row, dict) else row
            faults += [f"{path.name}: {name}: {'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors()]
    return entries


def _reference_faults(catalog: Catalog) -> Iterator[str]:
    for measure in catalog.measures.values():
        named = [measure.source] + ([measure.follow.source] if measure.follow else [])
        yield from (f"{measure.id}: unknown source '{source}'" for source in named if source not in catalog.sources)
    for metric in catalog.metrics.values():
        yield from (f"{metric.id}: unknown measure '{m}'" for m in metric.measures if m not in catalog.measures)
        if (metric.measure is None) == (metric.numerator is None) or (metric.numerator is None) != (
            metric.denominator is None
        ):
            yield f"{metric.id}: needs either measure, or numerator and denominator"
        known = {*catalog.dimensions, "user", "people"}
        yield from (f"{metric.id}: unknown dimension '{d}'" for d in metric.dimensions if d not in known)
