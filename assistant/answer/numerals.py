"""Number words: Chinese numerals and English ones, read as numbers."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_DIGITS: Final = {
    character: value for row in ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖") for value, character in enumerate(row)
} | {"两": 2, "俩": 2, "貳": 2, "仨": 3, "廿": 20, "卅": 30}
_PLACES: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
CHINESE: Final = "".join([*_DIGITS, *_PLACES, *_MYRIADS])
"""The characters that Chinese numerals are made of, without 半 (half)."""

_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS: Final = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * tens for tens, word in enumerate(_TENS, start=2)
}
_MULTIPLIERS: Final = {"hundred": 100, "dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD: Final = "|".join(sorted([*_UNITS, *_MULTIPLIERS], key=len, reverse=True))
ENGLISH: Final = (
    rf"(?<![A-Za-z])(?:{_WORD})s?(?:(?:[\s-]+(?:and\s+)?)(?:{_WORD})s?)*"
    rf"(?:\s+point(?:\s+(?:{_WORD}))+)?(?:(?=fold)|(?![A-Za-z]))"
)
"""A pattern for English number words, to be used without regard to case."""

_ROMAN: Final = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")


class Numeral(NamedTuple):
    """A number read from words: its value, and the size of the last place that was said (二十万 → 10000)."""

    value: float
    place: float


def read_chinese(words: str) -> Numeral:
    """Return the number that Chinese numerals say: 一千二百, 二十万, 二〇二五, 三点五."""
    whole, _, decimals = words.partition("点")
    value = _chinese_whole(whole)
    myriad = _MYRIADS.get(whole[-1:], 1)
    if not decimals:
        return Numeral(value, myriad)
    digits = "".join(str(_DIGITS.get(c, 0)) for c in decimals.rstrip("".join(_MYRIADS)))
    scale = 1
    for c in decimals[len(digits) :]:
        scale *= _MYRIADS[c]
    return Numeral((value + float("0." + digits)) * scale, scale * 10.0 ** -len(digits))


def _chinese_whole(words: str) -> float:
    if len(words) > 1 and all(c in _DIGITS for c in words):
        return float("".join(str(_DIGITS[c]) for c in words))
    total = section = digit = 0
    for character in words:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _PLACES:
            section += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            total = (total + section + digit or 1) * _MYRIADS[character]
            section = digit = 0
    return total + section + digit


def read_english(words: str) -> Numeral:
    """Return the number that English words say: thirty-eight, two hundred thousand, one point five."""
    whole, _, decimals = words.lower().partition(" point ")
    total = section = 0
    place = 1
    for said in re.split(r"[\s-]+", whole):
        word = said if said in _UNITS or said in _MULTIPLIERS else said.removesuffix("s")
        if word in _UNITS:
            section += _UNITS[word]
            place = 1
        elif word in ("hundred", "dozen"):
            section = (section or 1) * _MULTIPLIERS[word]
        elif word in _MULTIPLIERS:
            total += (section or 1) * _MULTIPLIERS[word]
            section, place = 0, _MULTIPLIERS[word]
    digits = "".join(str(_UNITS.get(word, 0)) for word in decimals.split())
    return Numeral(total + section + (float("0." + digits) if digits else 0), 10.0 ** -len(digits) if digits else place)


def is_roman(word: str) -> bool:
    """Return whether a word of two letters or more is a Roman numeral."""
    return len(word) > 1 and _ROMAN.fullmatch(word) is not None
