"""The catalog: every source, dimension, measure and metric, read from the YAML files beside this one."""

from __future__ import annotations

from knowledge.catalog.load import FOLDER, Catalog, load_catalog

__all__ = ["FOLDER", "Catalog", "load_catalog"]
