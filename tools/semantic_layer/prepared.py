"""A call made ready: one vetted statement, what to say with its rows, and what is worked out from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.text import Text
from tools.warehouse.guard import VettedQuery
from tools.warehouse.rows import Scalar

Table = tuple[tuple[str, ...], tuple[tuple[Scalar, ...], ...]]
"""Column names and rows."""

Calculation = Callable[[Mapping[str, Any], Table], Table]
"""From the parameters as carried out and the rows of the statement to the rows shown: pure, so that a receipt can be
checked by running the statement and calculating again."""

RowNotes = Callable[[Sequence[str], Sequence[Sequence[Scalar]]], Iterable[Text]]


def no_row_notes(_columns: Sequence[str], _rows: Sequence[Sequence[Scalar]]) -> Iterable[Text]:
    """Return nothing: for tools whose rows need no words."""
    return ()


@dataclass(frozen=True)
class Prepared:
    """A tool call, ready to run.

    Attributes:
        tool, params: the call as carried out; dates resolved and cut, keys at their default left out.
        metrics: ids of the metrics it shows.
        statement: the one SELECT.
        snapshot, as_of: the data that the call was prepared for.
        unit: the metric's, or a map by metric.
        notes: what follows from the parameters alone.
        row_notes: what follows from the rows shown.
        keep: the most rows to show; one more was fetched where a cut must be seen.
        whole: columns whose values are counts: written as integers where they came out whole.
        calculate: works the rows shown out of the statement's rows; None where they are the same.
        base: the dates compared with, for the answer to state.
    """

    tool: str
    params: Mapping[str, Any]
    metrics: tuple[str, ...]
    statement: VettedQuery
    snapshot: str
    as_of: date
    unit: str | Mapping[str, str] | None = None
    notes: tuple[Text, ...] = ()
    row_notes: RowNotes = no_row_notes
    keep: int | None = None
    whole: frozenset[str] = frozenset()
    calculate: Calculation | None = None
    base: Mapping[str, str] | None = None
