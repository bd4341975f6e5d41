"""Find metrics by a word."""

from __future__ import annotations

from knowledge.catalog.load import Catalog, nearest
from knowledge.model import Metric


def matching(catalog: Catalog, words: str | None) -> list[Metric]:
    """Return the metrics that ``words`` fit: by containing them, else by likeness; all of them for no words."""
    metrics = list(catalog.metrics.values())
    if not words:
        return metrics
    wanted = words.strip().casefold()
    holding = [metric for metric in metrics if wanted in _text(metric)]
    return holding or [catalog.metrics[name] for name in nearest(wanted, list(catalog.metrics))]


def _text(metric: Metric) -> str:
    names = (metric.id, metric.family, metric.names.zh, metric.names.en, metric.definition.zh, metric.definition.en)
    return " ".join((*names, *metric.synonyms.zh, *metric.synonyms.en)).casefold()
