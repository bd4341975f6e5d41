"""Figures one under the other: a column is written in one scale with the same decimals, so that it can be compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

from assistant.answer.formats import UNIT_WORDS, format_value, time_scale
from knowledge.text import Language, Text
from tools.warehouse.rows import Scalar

_EXACT: Final = Context(prec=400, rounding=ROUND_HALF_UP)
_MOST_PLACES: Final = 6
_NEGLIGIBLE: Final = 1e-9
_SCALED_FROM: Final = 1e8
"""From here on a column is written in 万 or M, where its smallest figure is not lost by that."""

_SCALES: Final[dict[Language, tuple[float, str]]] = {"zh": (1e4, "万"), "en": (1e6, "M")}
_PLACES: Final = {"CNY": 2, "ratio": 1, "pp": 1, "multiple": 2, "seconds": 1}
_LEAST_PART: Final = 0.05
"""Of a unit of time at least this much can be read; below it a column of durations takes a smaller unit."""

_AS_THEY_ARE: Final = ("p", "index")
"""Units whose figures have rules of their own."""


@dataclass(frozen=True)
class _Style:
    """How a column is written: divided by ``size``, with ``places`` decimals, between two texts."""

    size: float
    places: int
    before: str
    after: str

    def write(self, value: float) -> str:
        with localcontext(_EXACT):
            amount = Decimal(repr(abs(value))) / Decimal(repr(self.size))
            return f"{self.before}{amount:,.{self.places}f}{self.after}"


def column_formatter(
    values: Sequence[Scalar],
    unit: str,
    language: Language,
    *,
    signed: bool,
    pairs: Sequence[tuple[Scalar, Scalar]] = (),
) -> Callable[[Scalar], str]:
    """Return what writes the cells of one column, unknown ones as a dash.

    All have the same number of decimals: at least those of the unit (see ``formats``), more where a figure would be
    written as 0, or a share as 100%, that is none. Amounts are exact; in 万 or M only from a hundred million on.
    ``signed`` puts a plus before what is above 0. ``pairs`` are figures that are compared: those that differ are written
    with enough decimals to tell them apart.
    """
    known = [abs(number) for value in values if (number := _number(value)) is not None]
    style = _style([value for value in known if value > _NEGLIGIBLE], known, unit, language)
    while style.places < _MOST_PLACES and any(_alike(style, one, other) for one, other in pairs):
        style = replace(style, places=style.places + 1)

    def write(value: Scalar) -> str:
        number = _number(value)
        if number is None or unit in _AS_THEY_ARE:
            return format_value(value, unit, language)
        number = number if abs(number) > _NEGLIGIBLE else 0.0
        sign = "-" if number < 0 else "+" if signed and number > 0 else ""
        return sign + style.write(number)

    return write


def _alike(style: _Style, one: Scalar, other: Scalar) -> bool:
    """Whether two figures that differ are written alike."""
    a, b = _number(one), _number(other)
    return a is not None and b is not None and abs(a - b) > _NEGLIGIBLE and style.write(a) == style.write(b)


def told_apart(texts: tuple[str, str], values: tuple[Scalar, Scalar], unit: str, language: Language) -> tuple[str, str]:
    """Return two figures of a comparison as they are written; where they read alike and are not, with more decimals."""
    if texts[0] != texts[1] or values[0] == values[1] or unit in _AS_THEY_ARE:
        return texts
    write = column_formatter(values, unit, language, signed=False, pairs=[values])
    return write(values[0]), write(values[1])


def _number(value: Scalar) -> float | None:
    if value is None or isinstance(value, (bool, str)) or not math.isfinite(value):
        return None
    return float(value)


def _style(above_zero: Sequence[float], known: Sequence[float], unit: str, language: Language) -> _Style:
    if unit in ("ratio", "pp"):
        after = "%" if unit == "ratio" else Text(" 个百分点", " pp").in_(language)
        return _with_places(above_zero, 0.01, 0 if set(known) <= {0.0, 1.0} else 1, "", after)
    if unit == "seconds":
        middle = sorted(above_zero)[len(above_zero) // 2] if above_zero else 0.0
        length, words = time_scale(middle)
        if above_zero and min(above_zero) < _LEAST_PART * length:
            length, words = time_scale(min(above_zero))
        return _with_places(above_zero, float(length), 0 if length == 1 else 1, "", words.in_(language))
    before = "¥" if unit == "CNY" else ""
    words_after = UNIT_WORDS.get(unit)
    after = words_after.in_(language) if words_after else ""
    size, word = _SCALES[language]
    if max(above_zero, default=0.0) >= _SCALED_FROM and min(above_zero) >= size:
        return _with_places(above_zero, size, 2, before, word + after)
    whole = unit not in _PLACES and all(value == int(value) for value in known)
    return _with_places(above_zero, 1.0, 0 if whole else _PLACES.get(unit, 1), before, after)


def _with_places(values: Sequence[float], size: float, places: int, before: str, after: str) -> _Style:
    """Return the style with enough decimals: nothing above 0 is written as 0, no share below a whole as 100%."""
    while places < _MOST_PLACES and not _is_fair(values, size, places):
        places += 1
    return _Style(size, places, before, after)


def _is_fair(values: Sequence[float], size: float, places: int) -> bool:
    amounts = [value / size for value in values]
    if any(amount < 0.5 * 10.0**-places for amount in amounts):
        return False
    whole = 100.0 if size == 0.01 else math.inf
    return not any(amount != whole and round(amount, places) == whole for amount in amounts)
