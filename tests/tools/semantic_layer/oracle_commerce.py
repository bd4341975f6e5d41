"""The oracle of conversion, revenue, acquisition, referral and attribution."""

from __future__ import annotations

from tests.tools.semantic_layer.oracle_rows import Spec

SPECS: dict[str, Spec] = {}
