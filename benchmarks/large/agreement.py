"""Whether two answers hold the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Rows = Sequence[Sequence[Any]]
NOT_COMPARED = ("(rest)", "(overlap)")


def differences(
    ours: tuple[Sequence[str], Rows],
    theirs: tuple[Sequence[str], Rows],
    keys: Sequence[str],
    figures: Mapping[str, str],
    *,
    partly: bool = False,
) -> list[str]:
    """Return where two answers differ, in words; nothing where they agree.

    A row that only we have must be empty (0 or null): hand-written SQL owes no row for an empty period. Figures agree
    within a billionth, money within a cent that rounding moved.
    """
    mine, other = _by_key(ours, keys, list(figures)), _by_key(theirs, keys, list(figures.values()))
    found = [] if partly else [f"{key}: only by hand" for key in other if key not in mine]
    for key, cells in mine.items():
        if any(name in NOT_COMPARED for name in key):
            continue
        peers = other.get(key)
        if peers is None:
            if any(cell not in (0, None) for cell in cells):
                found.append(f"{key}: only ours {cells}")
        elif not all(_same(one, two) for one, two in zip(cells, peers, strict=True)):
            found.append(f"{key}: {cells} and {peers}")
    return found


def _by_key(
    table: tuple[Sequence[str], Rows], keys: Sequence[str], figures: Sequence[str]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = list(table[0])
    at, of = [columns.index(k) for k in keys], [columns.index(f) for f in figures]
    return {tuple(_key(row[i]) for i in at): tuple(_number(row[i]) for i in of) for row in table[1]}


def _key(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return None if cell in (None, "–") else str(cell)


def _number(cell: Any) -> Any:
    return float(cell) if isinstance(cell, (Decimal, int)) else cell


def _same(one: Any, two: Any) -> bool:
    if one is None or two is None:
        return one in (0, None) and two in (0, None)
    return (
        abs(one - two) <= 0.0101 + 1e-9 * abs(two)
        if abs(two) > 1 and _cents(one)
        else abs(one - two) <= 1e-6 * max(1, abs(two))
    )


def _cents(value: float) -> bool:
    return round(value, 2) == value and not value.is_integer()
