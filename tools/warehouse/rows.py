"""Rows as they leave the database: JSON scalars, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Rows:
    """What a query returned. Dates are ISO text, decimals are floats; ``snapshot`` is the data that was read."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    elapsed_ms: float
    snapshot: str
