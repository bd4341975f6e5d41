"""Find metrics by a word."""

from __future__ import annotations

from knowledge.catalog.catalog import Catalog
from knowledge.catalog.nearest import nearest
from knowledge.model import Metric


def matching(catalog: Catalog, words: str | None) -> list[Metric]:
    """Return the metrics that ``words`` fit: by containing them, else by likeness; all of them for no words."""
    metrics = list(catalog.metrics.values())
    if not words:
        return metrics
    wanted = words.strip().casefold()
    holding = [metric for metric in metrics if wanted in _text(metric)]
    return holding or [catalog.metrics[name] for name in nearest(wanted, list(catalog.metrics))]


def listed(catalog: Catalog, words: str | None) -> list[str]:
    """Return the ids of the entries that ``words`` fit, served or not; of those that cannot be read the id must fit."""
    found = [metric.id for metric in matching(catalog.with_unvetted(), words)]
    wanted = (words or "").strip().casefold()
    unreadable = [u.id for u in catalog.unserved.values() if u.metric is None and wanted in u.id.casefold()]
    return [*found, *unreadable]


def _text(metric: Metric) -> str:
    names = (metric.id, metric.family, metric.names.zh, metric.names.en, metric.definition.zh, metric.definition.en)
    return " ".join((*names, *metric.synonyms.zh, *metric.synonyms.en)).casefold()
