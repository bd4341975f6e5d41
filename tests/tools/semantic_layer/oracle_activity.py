"""The oracle of scale, retention, membership, messages and service."""

from __future__ import annotations

from tests.tools.semantic_layer.oracle_rows import Spec

SPECS: dict[str, Spec] = {}
