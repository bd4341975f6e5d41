"""Figures and dates as a person reads them, in either language.

The rules, which ``docs/answers.md`` repeats for readers and the number check understands:

- Counts are exact with thousands separators below 100,000 in Chinese and 1,000,000 in English; above that they carry
  万 / 亿 / 万亿 or M / B / T with up to four significant digits.
- Money is yuan with two decimals below 10,000; above that as counts are, in Chinese from 1万 on.
- Ratios are percent with one decimal, two below 1%, and never rounded to 0% or 100% when they are not.
- A change of a ratio is in percentage points, any other absolute change in the unit of its figure.
- What is unknown is a dash, never a zero.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

from knowledge.text import Language, Text
from tools.warehouse.rows import Scalar

DASH: Final = "—"
LEAST_P: Final = 0.0001
"""A probability below this is written as being below it."""

_HALF_UP: Final = Context(prec=400, rounding=ROUND_HALF_UP)
_SMALLEST: Final = Decimal("1e-9")
_LARGEST_DIGITS: Final = 4

_SCALES: Final[dict[Language, tuple[tuple[Decimal, str], ...]]] = {
    "zh": ((Decimal(10) ** 12, "万亿"), (Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
    "en": ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M")),
}
_SCALED_FROM: Final[dict[Language, Decimal]] = {"zh": Decimal(100_000), "en": Decimal(1_000_000)}
_MONEY_SCALED_FROM: Final[dict[Language, Decimal]] = {"zh": Decimal(10_000), "en": Decimal(1_000_000)}
UNIT_WORDS: Final = {
    "days": Text(" 天", " days"),
    "minutes": Text(" 分钟", " min"),
    "points": Text(" 分", " points"),
}
_ONE: Final = {"days": " day", "points": " point"}
_SECONDS: Final = (
    (1, Text(" 秒", " s")),
    (60, Text(" 分钟", " min")),
    (3600, Text(" 小时", " h")),
    (86400, Text(" 天", " days")),
)
_YES_NO: Final = {True: Text("是", "yes"), False: Text("否", "no")}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_value(value: Scalar, unit: str, language: Language) -> str:
    """Return one figure in words of ``language``.

    ``unit`` is a catalog unit (users, count, CNY, ratio, days, minutes, points), or ``multiple`` for a quotient that is
    read as a number (ROI 2.34), ``pp`` for a fraction read as percentage points, ``seconds``, ``p`` for a probability,
    ``index`` for a plain whole number, or empty. Text is returned as it is, None and what is no number as a dash.
    """
    number = _number(value)
    if number is None:
        return _plain(value, language)
    sign = "-" if number < 0 else ""
    return sign + _positive(abs(number), unit, language)


def format_change(value: Scalar, unit: str, language: Language) -> str:
    """Return an absolute change with its sign: ``+183``, ``-¥3.20``, ``+2.2 个百分点`` for a change of a ratio."""
    number = _number(value)
    if number is None:
        return DASH
    text = _positive(abs(number), "pp" if unit == "ratio" else unit, language)
    return text if number == 0 else ("-" if number < 0 else "+") + text


def format_change_pct(value: Scalar, language: Language) -> str:
    """Return a relative change with its sign: ``+12.3%``."""
    number = _number(value)
    if number is None:
        return DASH
    text = _positive(abs(number), "ratio", language)
    return text if number == 0 else ("-" if number < 0 else "+") + text


def change_words(value: Scalar, unit: str, language: Language) -> str:
    """Return an absolute change said in words: ``下降 3.2 个百分点``, ``up 183``, ``持平``; a dash for None."""
    number = _number(value)
    if number is None:
        return DASH
    if number == 0:
        return Text("持平", "unchanged").in_(language)
    text = _positive(abs(number), "pp" if unit == "ratio" else unit, language)
    words = Text("上升", "up") if number > 0 else Text("下降", "down")
    return f"{words.in_(language)} {text}"


def format_date_range(start: date, end: date, language: Language) -> str:
    """Return the days from ``start`` to ``end``, both included; Chinese leaves out a year that is the same."""
    if start == end:
        return start.isoformat()
    if language == "zh":
        last = end.isoformat() if start.year != end.year else end.strftime("%m-%d")
        return f"{start.isoformat()} 至 {last}"
    return f"{start.isoformat()} to {end.isoformat()}"


def format_period(first_day: date, grain: str, language: Language) -> str:
    """Return the name of the calendar period of ``grain`` that starts on ``first_day``."""
    year, month, quarter = first_day.year, first_day.month, (first_day.month + 2) // 3
    names = {
        "week": Text(f"{first_day.isoformat()} 当周", f"week of {first_day.isoformat()}"),
        "month": Text(f"{year}年{month}月", f"{_MONTHS[month - 1]} {year}"),
        "quarter": Text(f"{year}年第{quarter}季度", f"Q{quarter} {year}"),
        "year": Text(f"{year}年", str(year)),
    }
    return names[grain].in_(language) if grain in names else first_day.isoformat()


def _number(value: Scalar) -> Decimal | None:
    if value is None or isinstance(value, (bool, str)) or not math.isfinite(value):
        return None
    return Decimal(repr(value))


def _plain(value: Scalar, language: Language) -> str:
    if isinstance(value, bool):
        return _YES_NO[value].in_(language)
    return value if isinstance(value, str) else DASH


def _positive(number: Decimal, unit: str, language: Language) -> str:
    if unit in ("ratio", "pp"):
        text = _percent(number * 100)
        return text + ("%" if unit == "ratio" else Text(" 个百分点", " pp").in_(language))
    if unit == "CNY":
        return "¥" + _money(number, language)
    if unit == "seconds":
        return _duration(number, language)
    if unit == "p":
        return f"<{LEAST_P}" if number < Decimal(str(LEAST_P)) else _decimals(number, 4)
    if unit == "multiple":
        return _scaled(number, language) if number >= _SCALED_FROM[language] else _decimals(number, 2)
    words, shown = UNIT_WORDS.get(unit), _count(number, language)
    one = shown == "1" and language == "en"
    return shown + (_ONE.get(unit, words.en) if one and words else words.in_(language) if words else "")


def _percent(percent: Decimal) -> str:
    if percent < _SMALLEST:
        return "0"
    if percent >= 1000:
        return _grouped(percent, 0)
    if percent < 1:
        return _decimals(percent, 2)
    if percent == 100:
        return "100"
    for places in (1, 2, 4):
        text = _grouped(percent, places)
        if percent > 100 or Decimal(text.replace(",", "")) != 100:
            return text
    return _grouped(percent, 9)


def _money(number: Decimal, language: Language) -> str:
    if number >= _MONEY_SCALED_FROM[language]:
        return _scaled(number, language)
    return _grouped(number, 0) if number >= 10_000 else _decimals(number, 2)


def _count(number: Decimal, language: Language) -> str:
    if number >= _SCALED_FROM[language]:
        return _scaled(number, language)
    if number == number.to_integral_value():
        return _grouped(number, 0)
    return _grouped(number, 0) if number >= 10_000 else _decimals(number, 1)


def time_scale(seconds: float) -> tuple[int, Text]:
    """Return the unit that a duration is written in, from two of it on: its length in seconds, and its word."""
    return next((entry for entry in reversed(_SECONDS) if seconds >= 2 * entry[0]), _SECONDS[0])


def _duration(seconds: Decimal, language: Language) -> str:
    size, words = time_scale(float(seconds))
    amount = seconds / size
    return (_grouped(amount, 0) if size == 1 and amount >= 1 else _decimals(amount, 1)) + words.in_(language)


def _decimals(number: Decimal, places: int) -> str:
    """Return the number with ``places`` decimals, or two significant digits where those would show only zeros."""
    if number < _SMALLEST:
        return _grouped(Decimal(0), places if places == 2 else 0)
    if number >= Decimal(1).scaleb(-places) * (1 if places > 1 else 10):
        return _grouped(number, places)
    return _grouped(number, 1 - number.adjusted()).rstrip("0")


def _scaled(number: Decimal, language: Language) -> str:
    with localcontext(_HALF_UP):
        rounded = number.quantize(Decimal(1).scaleb(number.adjusted() - _LARGEST_DIGITS + 1))
    size, word = next(entry for entry in _SCALES[language] if rounded >= entry[0])
    amount = f"{rounded / size:,f}"
    return (amount.rstrip("0").rstrip(".") if "." in amount else amount) + word


def _grouped(number: Decimal, places: int) -> str:
    with localcontext(_HALF_UP):
        return f"{number:,.{places}f}"
