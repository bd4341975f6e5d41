"""Numbers in words and figures: Chinese numerals, 万 and 亿, k and m, percent."""

from __future__ import annotations

import re

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_EN_UNITS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_EN_WORDS = {
    w: i
    for i, w in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
} | {"fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90, "a": 1, "an": 1}

#: A whole number in figures or Chinese numerals, for use inside other patterns.
WHOLE_ZH = r"(?:\d{1,4}|[一二两三四五六七八九十百]{1,5})"
#: A whole number in figures or small English words.
WHOLE_EN = r"(?:\d{1,4}|" + "|".join(w for w in _EN_WORDS if w not in {"a", "an", "zero"}) + ")"
#: An amount: figures with optional thousands commas, decimals and a unit, or Chinese numerals.
AMOUNT = re.compile(
    r"(?P<pre>百分之)?(?P<cny>[¥￥]|cny |rmb )?(?P<n>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|"
    r"[零一二两三四五六七八九十百千]+(?=[万亿千百%成]|块|元)"
    r"|(?<=百分之)[一二三四五六七八九十]+)"
    r"(?P<unit> ?(?:k|mn|m|bn|thousand|million|billion)(?![a-z])|[千百]?[万亿]|千)?"
    r"(?P<pct> ?%| ?percent| per cent|个百分点| ?pp(?![a-z])| ?percentage points?)?(?P<money>元|块钱?|人民币| ?yuan| ?cny| ?rmb)?"
)


def whole(text: str) -> int | None:
    """Return a whole number written in figures, Chinese numerals or small English words; None for anything else."""
    text = text.strip().replace(",", "")
    if text.isascii() and text.isdigit():
        return int(text)
    if text in _EN_WORDS:
        return _EN_WORDS[text]
    if not text or any(c not in _DIGITS and c not in _SMALL and c not in _BIG for c in text):
        return None
    return _chinese(text)


def _chinese(text: str) -> int:
    total = section = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _SMALL:
            section += (digit or 1) * _SMALL[c]
            digit = 0
        else:
            total = (total + section + digit) * _BIG[c]
            section = digit = 0
    return total + section + digit


def amount(match: re.Match[str]) -> tuple[float, bool]:
    """Return the number that an ``AMOUNT`` match says, and whether it was said in percent (then already divided by 100)."""
    raw, unit = match["n"].replace(",", ""), (match["unit"] or "").strip()
    number = float(raw) if re.fullmatch(r"[\d.]+", raw) else float(whole(raw) or 0)
    for part in re.findall(r"[万亿千百]|[a-z]+", unit):
        number *= _BIG.get(part) or _SMALL.get(part) or _EN_UNITS.get(part, 1)
    percent = bool(match["pct"] or match["pre"])
    return (round(number / 100, 10) if percent else number), percent


def tidy(number: float) -> int | float:
    """Return a whole number as int, anything else as it is."""
    return int(number) if number == int(number) else number
