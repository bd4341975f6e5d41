"""The rows of an explanation, as people see them: the whole, then each split, best first, its parts adding up to the whole.

Pure: from the rows of the statement to those of the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.explanations.contributions import Figures, Number, effect_of
from tools.explanations.ranking import Explanation, ranked
from tools.explanations.splits import Part, Reader
from tools.semantic_layer.prepared import Table
from tools.warehouse.rows import Scalar

COLUMNS = ("dimension", "value", "base", "current", "contribution", "mix", "rate")
TOTAL = "total"
"""``dimension`` of the row of the whole metric; its value is null, its contribution the change."""
REST = "(rest)"
"""``value`` of the row that holds the values that are not listed, together."""
OVERLAP = "(overlap)"
"""``value`` of the row of what is counted in several values at once, so that a split still adds up to the change."""
TIMES, DOT, UNKNOWN = " × ", " · ", "–"
"""Between the names of two dimensions; between their values; an unknown value among two."""
_MOST_LISTED = 6
Row = tuple[Scalar, ...]


def calculate(_params: Mapping[str, Any], table: Table) -> Table:
    """Return the rows of the explanation whose statement gave ``table``."""
    return explained(table)[0]


def explained(table: Table) -> tuple[Table, list[Explanation]]:
    """Return the rows of the explanation whose statement gave ``table``, and the explanations behind them, best first."""
    reader = Reader(table)
    whole = reader.whole
    explanations = ranked(whole, list(reader.splits()), reader.unit)
    rows: list[Row] = [(TOTAL, None, whole.base, whole.current, whole.change, None, None)]
    blocks = [rows, *(list(_rows(each, whole)) for each in explanations)]
    if reader.unit == "CNY":
        blocks = [_in_cents(block, whole.change) for block in blocks]
    return (COLUMNS, tuple(row for block in blocks for row in block)), explanations


def _rows(explanation: Explanation, whole: Figures) -> Iterator[Row]:
    split = explanation.split
    listed = [*explanation.carriers, *(part for part in split.parts if part not in explanation.carriers)]
    keep = len(listed) if split.others is None and len(listed) <= _MOST_LISTED + 1 else _MOST_LISTED
    rest = _sum([part.figures for part in listed[keep:]], split.others)
    cells: list[tuple[Scalar, Figures | None]] = [(value_of(part), part.figures) for part in listed[:keep]]
    for value, figures in (*cells, (REST, rest), (OVERLAP, split.overlap)):
        effect = effect_of(figures, whole) if figures else None
        if figures and effect:
            name = TIMES.join(split.dimensions)
            yield name, value, figures.base, figures.current, effect.contribution, effect.mix, effect.rate


def value_of(part: Part) -> Scalar:
    """Return how a part is named in ``value``."""
    if len(part.values) == 1:
        return part.values[0]
    return DOT.join(UNKNOWN if value is None else str(value) for value in part.values)


def _sum(parts: Sequence[Figures], others: Figures | None) -> Figures | None:
    every = [*parts, *([others] if others else [])]
    if not every:
        return None
    nothing = every[0].minus([every[0]])
    return nothing.minus([nothing.minus([part]) for part in every])


def _in_cents(block: Sequence[Row], change: Number | None) -> list[Row]:
    """Return the rows of a split with money in cents, so that the contributions still add up to the change.

    Cents that rounding loses or gains go to the rows that it rounded furthest the other way, one each.
    """
    cents = {place: 100 * float(row[4]) for place, row in enumerate(block) if isinstance(row[4], (int, float))}
    whole = {place: round(value) for place, value in cents.items()}
    lost = round(100 * (change or 0)) - sum(whole.values())
    step = 1 if lost > 0 else -1
    for place in sorted(cents, key=lambda place: step * (whole[place] - cents[place]))[: abs(lost)]:
        whole[place] += step
    return [_money(row, whole[place] / 100 if place in whole else None) for place, row in enumerate(block)]


def _money(row: Row, contribution: float | None) -> Row:
    dimension, value, base, current, _, mix, rate = (
        round(cell, 2) if isinstance(cell, float) else cell for cell in row
    )
    if isinstance(mix, (int, float)) and contribution is not None:
        rate = round(contribution - mix, 2)
    return dimension, value, base, current, contribution, mix, rate
