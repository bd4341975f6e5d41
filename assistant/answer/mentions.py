"""Every number that a text mentions, in whatever form: digits, words, dates, durations, shares, multiples, fractions.

The reading is meant to miss nothing. What looks like a number and fits no form becomes a mention of the kind ``code``,
which only the same characters in a source can support.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from assistant.answer.number_patterns import (
    BETWEEN,
    CONTEXT,
    CORE,
    DATES,
    DAY_BEFORE,
    DAY_UNITS,
    DOWN_AFTER,
    DOWN_BEFORE,
    FOREIGN_BEFORE,
    IDIOMS,
    MONEY_BEFORE,
    MONTH_NAMES,
    SCALES,
    SIGN_BEFORE,
    SUFFIXES,
    TOKEN,
    UP_AFTER,
    UP_BEFORE,
    WORDS_FOR,
    Kind,
)
from assistant.answer.numerals import CHINESE, Numeral, is_roman, read_chinese, read_english

BLANK: Final = "\ue000"
"""Stands where text was taken out because it is known to be no figure."""


@dataclass(frozen=True)
class Day:
    """A date, or as much of one as was said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    quarter: int | None = None


@dataclass(frozen=True)
class Mention:
    """One number in a text.

    Attributes:
        text: as written, after markup is gone.
        start, end: where it stands.
        kind: what it is a number of; ``duration`` is in seconds, ``months`` in months, ``percent`` and ``pp`` in
            fractions, ``money`` in CNY.
        value: in the unit of its kind, without sign.
        half: half a unit of the last place written, in the same unit: how far a rounded figure may be off.
        sign: +1 or -1 where a sign or a word such as 下降 says so, else 0.
        moves: whether such a word makes it a change rather than a level.
        day: the date that it is or may be.
        follows: the text after it, by which counts of rows are known.
    """

    text: str
    start: int
    end: int
    kind: Kind
    value: float = 0.0
    half: float = 0.0
    sign: int = 0
    moves: bool = False
    day: Day | None = None
    follows: str = ""


def mentions(text: str) -> tuple[Mention, ...]:
    """Return every number in ``text``, which must be plain text (see ``plain_text``), in order."""
    found: list[Mention] = []
    for pattern in DATES:
        text = _take_dates(text, pattern, found)
    text = IDIOMS.sub(lambda match: BLANK * len(match.group()), text)
    for words, kind, value, half, sign in WORDS_FOR:
        for match in words.finditer(text):
            mention = Mention(match.group(), match.start(), match.end(), kind, value, half, sign, bool(sign))
            found.append(mention if sign else _directed(mention, text))
        text = words.sub(lambda match: BLANK * len(match.group()), text)
    numbers = _with_range_units(list(_numbers(text)), text)
    taken = {index for mention in numbers for index in range(mention.start, mention.end)}
    odd = [
        Mention(c, index, index + 1, "code")
        for index, c in enumerate(text)
        if index not in taken and unicodedata.numeric(c, None) is not None
    ]
    return tuple(sorted([*found, *numbers, *odd], key=lambda mention: mention.start))


def _take_dates(text: str, pattern: re.Pattern[str], found: list[Mention]) -> str:
    def take(match: re.Match[str]) -> str:
        days = list(_days(match))
        if not days:
            return match.group()
        found.extend(Mention(match.group(), match.start(), match.end(), "date", day=day) for day in days)
        return BLANK * len(match.group())

    return pattern.sub(take, text)


def _days(match: re.Match[str]) -> Iterator[Day]:
    parts = {
        name.rstrip("0123456789") if name != "d2" else name: value for name, value in match.groupdict().items() if value
    }
    numbers = {name: int(_read(value).value) for name, value in parts.items() if name not in ("s", "mon")}
    month = MONTH_NAMES.index(parts["mon"][:3].lower()) + 1 if "mon" in parts else numbers.get("m")
    if (month is not None and not 1 <= month <= 12) or not all(1 <= numbers.get(n, 1) <= 31 for n in ("d", "d2")):
        return
    yield Day(numbers.get("y"), month, numbers.get("d"), numbers.get("q"))
    if "d2" in numbers:
        yield Day(numbers.get("y"), month, numbers["d2"])


def _numbers(text: str) -> Iterator[Mention]:
    position = 0
    while match := CORE.search(text, position):
        if match.group("roman") and not is_roman(match.group("roman")):
            position = match.end()
            continue
        mention = _mention(match, text)
        yield mention
        position = mention.end


def _mention(match: re.Match[str], text: str) -> Mention:
    groups = {name: value for name, value in match.groupdict().items() if value}
    plain = Mention(match.group(), match.start(), match.end(), "plain")
    if "code" in groups or "roman" in groups:
        return replace(plain, kind="code")
    if "share" in groups:
        number = _read(groups["share"])
        return _directed(replace(plain, kind="percent", value=number.value / 100, half=number.place / 200), text)
    if "below" in groups or "numerator" in groups:
        return _fraction(plain, groups)
    return _counted(plain, _read(match.group()), text)


def _fraction(plain: Mention, groups: dict[str, str]) -> Mention:
    above = _read(groups.get("above") or groups["numerator"]).value
    below = _read(groups.get("below") or groups["denominator"]).value
    is_day = "numerator" in groups and 1 <= above <= 12 and 1 <= below <= 31
    day = Day(month=int(above), day=int(below)) if is_day else None
    return replace(plain, kind="fraction", value=above / below if below else 0.0, half=0.005, day=day)


def _counted(plain: Mention, number: Numeral, text: str) -> Mention:
    """Read what stands around a number: its scale, unit, sign, and whether it is part of a longer token."""
    before = text[max(0, plain.start - CONTEXT) : plain.start]
    end, scale = plain.end, 1.0
    for pattern, size in SCALES:
        if found := pattern.match(text, end):
            end, scale = found.end(), size
            break
    kind, unit, end = _unit(before, text, end)
    if FOREIGN_BEFORE.search(before) or (kind == "plain" and _in_token(text, plain.start, end)):
        return _token(plain, text)
    value, place = number.value * scale * unit, number.place * scale * unit
    mention = replace(
        plain,
        text=text[plain.start : end],
        end=end,
        kind=kind,
        value=value,
        half=place / 2,
        day=_day_or_year(number, kind, text[plain.start : end]),
        follows=text[end : end + CONTEXT],
    )
    return _directed(mention, text)


def _unit(before: str, text: str, end: int) -> tuple[Kind, float, int]:
    for pattern, kind, size in SUFFIXES:
        if found := pattern.match(text, end):
            return kind, size, found.end()
    if (day := DAY_BEFORE.search(before)) is not None:
        kind, size = DAY_UNITS[(day.group("unit") or "day").lower()]
        return kind, size, end
    if re.search(r"第\s*$", before):
        return "ordinal", 1, end
    return ("money" if MONEY_BEFORE.search(before) else "plain"), 1, end


def _in_token(text: str, start: int, end: int) -> bool:
    """Return whether letters, not Chinese ones, touch the number: then it is part of a name, or a lookalike."""
    return _is_letter(text[start - 1 : start]) or _is_letter(text[end : end + 1])


def _is_letter(character: str) -> bool:
    return character.isalpha() and ord(character) < 0x2E80


def _token(plain: Mention, text: str) -> Mention:
    start = plain.start
    while start > 0 and (_is_letter(text[start - 1]) or text[start - 1] in "$€£₩₹₽_"):
        start -= 1
    found = TOKEN.match(text, plain.start)
    end = max(plain.end, found.end() if found else 0)
    while end < len(text) and _is_letter(text[end]):
        end += 1
    return replace(plain, text=text[start:end], end=end, kind="code")


def _day_or_year(number: Numeral, kind: Kind, written: str) -> Day | None:
    whole = int(min(number.value, 10_000))
    if kind == "plain" and re.fullmatch(r"(?:19|20)\d{2}", written):
        return Day(year=whole)
    if kind == "duration" and written.endswith("日") and 1 <= whole <= 31:
        return Day(day=whole)
    return Day(day=whole) if kind == "ordinal" and 1 <= whole <= 31 else None


def _directed(mention: Mention, text: str) -> Mention:
    before = text[max(0, mention.start - CONTEXT) : mention.start]
    after = text[mention.end : mention.end + CONTEXT]
    signed = SIGN_BEFORE.search(before)
    up = bool(UP_BEFORE.search(before) or UP_AFTER.match(after))
    down = bool(DOWN_BEFORE.search(before) or DOWN_AFTER.match(after))
    if signed:
        written = 1 if signed.group("sign") == "+" else -1
        return replace(mention, sign=written, moves=up or down or written > 0)
    return replace(mention, sign=up - down, moves=up or down)


def _with_range_units(found: list[Mention], text: str) -> list[Mention]:
    """Give the first number of a range the unit of the second: in 20–30% both are percent."""
    for index in range(len(found) - 2, -1, -1):
        first, second = found[index], found[index + 1]
        if first.kind != "plain" or not BETWEEN.fullmatch(text, first.end, second.start):
            continue
        number = _read(first.text) if CORE.fullmatch(first.text) else None
        if number is None or number.place == 0:
            continue
        size = _size(second)
        found[index] = replace(first, kind=second.kind, value=number.value * size, half=number.place * size / 2)
    return found


def _size(mention: Mention) -> float:
    """Return the scale and unit that a mention was multiplied with."""
    core = CORE.match(mention.text)
    number = _read(core.group()) if core and core.group("arabic") else None
    return mention.value / number.value if number and number.value else 1.0


def _read(written: str) -> Numeral:
    compact = written.replace(",", "").replace(" ", "")
    if digits := re.match(r"[\d.]+", compact):
        base, power = digits.group(), compact[digits.end() :]
        place = 10.0 ** -len(base.partition(".")[2])
        factor = _power(base, power)
        return Numeral(float(base) * factor, place * factor)
    if compact[:1] in CHINESE:
        return read_chinese(compact)
    return read_english(re.sub(r"(?i)^a\s+", "", written))


def _power(base: str, written: str) -> float:
    digits = re.search(r"[+-]?\d+$", written)
    if not digits:
        return 1.0
    exponent = max(-300, min(300, int(digits.group())))
    return float(base) ** (exponent - 1) if written.startswith("^") else 10.0**exponent
