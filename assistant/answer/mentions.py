"""Every number that a text mentions, in whatever form: digits, words, dates, durations, shares, multiples, fractions.

The reading is meant to miss nothing. What looks like a number and fits no form becomes a mention of the kind ``code``,
which only the same characters in a source can support.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from assistant.answer.numerals import CHINESE, ENGLISH, Numeral, is_roman, read_chinese, read_english

Kind = Literal["plain", "percent", "pp", "times", "money", "duration", "months", "ordinal", "date", "fraction", "code"]
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


_CN = f"[{CHINESE}]"
_ARABIC: Final = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_EXPONENT: Final = r"(?:[eE][+-]?\d+(?![A-Za-z\d])|\s*[×x]\s*10\^?[+-]?\d+|\^[+-]?\d+)?"
_YEAR: Final = r"(?:(?:19|20)\d{2}|[一二][九〇零][〇零一二三四五六七八九]{2})"
_MD: Final = rf"(?:\d{{1,2}}|{_CN}{{1,3}})"
_MONTH_NAMES: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MON: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.])(?P<y>{_YEAR})(?P<s>[-/.])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?![\d.]*\d)",
        rf"(?<![\d.])(?P<y>{_YEAR})\s*年\s*第?(?P<q>[1-4一二三四])\s*季度?|(?<![\d.])(?P<y2>{_YEAR})\s*年?\s*Q(?P<q2>[1-4])(?!\d)",
        rf"\bQ(?P<q>[1-4])\s*,?\s*(?P<y>{_YEAR})(?!\d)|(?<![A-Za-z\d])Q(?P<q2>[1-4])(?![\d.])|第?(?P<q3>[1-4一二三四])\s*季度",
        rf"(?<![\d.])(?P<y>{_YEAR})\s*年(?:\s*(?P<m>{_MD})\s*月(?:\s*(?P<d>{_MD})\s*[日号])?)?",
        rf"(?<![\d.个{CHINESE}])(?P<m>{_MD})\s*月(?:\s*(?P<d>{_MD})\s*[日号])?(?!\s*(?:个|以))",
        rf"\b(?P<mon>{_MON})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:\s*[-–]\s*(?P<d2>\d{{1,2}})(?!\d))?(?:,?\s*(?P<y>{_YEAR})(?!\d))?",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>{_MON})\b\.?(?:,?\s*(?P<y>{_YEAR})(?!\d))?",
        rf"\b(?P<mon>{_MON})\.?,?\s+(?P<y>{_YEAR})(?!\d)",
        rf"(?<![\d.])(?P<y>{_YEAR})-(?P<m>0[1-9]|1[0-2])(?![\d.]*\d)",
        r"(?<![\d./-])(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])(?![\d.]*\d|\s*[%万亿]|-\d)",
    )
)
_IDIOMS: Final = re.compile(
    r"一些|一下|一直|一起|一定|一般|一样|一致|一旦|一并|一律|一共|一系列|一部分|一方面|另一|同一|统一|唯一|之一|万一|进一步"
    r"|一步|一时|一度|一路|一再|一向|每一|任一|某一|逐一|单一|专一|一目了然|一个(?!百分点|月|季|年|星期|周|小时|点)"
    r"|一(?=种|项|次|条|类|位|家|名|款|份|批)|十分|千万(?=别|不要)|百分比|三方|两者|两端|两侧|周[一二三四五六]|星期[一二三四五六]"
    r"|礼拜[一二三四五六]|上一|下一|前一|后一|这一|那一|哪一|其一|不一|队伍|大陆|登陆|百度|百货|千川|万能|收拾"
    r"|(?<![A-Za-z])(?:one of|no one|each one|this one|that one|the one|which one|one another|one or more|another one)(?![A-Za-z])",
    re.IGNORECASE,
)
_WORDS_FOR: Final[tuple[tuple[re.Pattern[str], Kind, float, float, int], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, value, half, sign)
    for pattern, kind, value, half, sign in (
        (r"翻(?:了)?(?:一)?[倍番]|(?<![a-z])(?:doubled?|doubling|twice|twofold)(?![a-z])", "times", 2.0, 0.05, 0),
        (r"翻(?:了)?两番|(?<![a-z])quadrupl(?:ed?|ing)(?![a-z])", "times", 4.0, 0.05, 0),
        (r"(?<![a-z])(?:tripled?|tripling|thrice|threefold)(?![a-z])", "times", 3.0, 0.05, 0),
        (r"减半|腰斩|(?<![a-z])(?:halved|halving)(?![a-z])", "percent", 0.5, 0.05, -1),
        (r"(?<![a-z])(?:two|2)[\s-]thirds(?![a-z])", "percent", 2 / 3, 0.005, 0),
        (r"(?<![a-z])(?:a|one|1)[\s-]third(?![a-z])", "percent", 1 / 3, 0.005, 0),
        (r"(?<![a-z])(?:three|3)[\s-]quarters(?![a-z])|四分之三", "percent", 0.75, 0.005, 0),
        (r"(?<![a-z])(?:a|one|1)[\s-]quarter of(?![a-z])", "percent", 0.25, 0.005, 0),
        (r"一半|半数|对半|过半|近半|大半|(?<![a-z])half(?![a-z])|半(?=年|天|个|月|小时|价)", "percent", 0.5, 0.05, 0),
    )
)
_CORE: Final = re.compile(
    rf"(?P<version>\d+(?:\.\d+){{2,}})"
    rf"|百分之(?P<share>{_CN}+(?:点{_CN}+)?|{_ARABIC})"
    rf"|(?P<below>{_CN}+|\d+)分之(?P<above>{_CN}+|\d+)"
    rf"|(?P<numerator>\d[\d,]*)\s*[/⁄]\s*(?P<denominator>\d[\d,]*)(?![\d.]*\d)"
    rf"|(?P<arabic>(?:{_ARABIC}){_EXPONENT})"
    rf"|(?P<chinese>{_CN}+(?:点[{CHINESE[:10]}〇]+)?)"
    rf"|(?P<english>(?:a\s+)?{ENGLISH})"
    rf"|(?P<roman>(?<![A-Za-z\d])[IVXLCDM]{{2,}}(?![A-Za-z\d]))",
    re.IGNORECASE,
)
_SCALES: Final = (
    (re.compile(r"\s*万亿"), 1e12),
    (re.compile(r"\s*千亿"), 1e11),
    (re.compile(r"\s*百亿"), 1e10),
    (re.compile(r"\s*十亿|\s*(?:billion|bn)(?![A-Za-z])|B(?![A-Za-z\d])"), 1e9),
    (re.compile(r"\s*[亿億]"), 1e8),
    (re.compile(r"\s*千万"), 1e7),
    (re.compile(r"\s*百万|\s*(?:million|mn|mm)(?![A-Za-z])|[Mm](?![A-Za-z\d])"), 1e6),
    (re.compile(r"\s*十万"), 1e5),
    (re.compile(r"\s*[万萬]|[wW](?![A-Za-z\d])"), 1e4),
    (re.compile(r"\s*[千仟]|\s*thousand(?![A-Za-z])|[kK](?![A-Za-z\d])"), 1e3),
    (re.compile(r"\s*[百佰]|\s*hundred(?![A-Za-z])"), 1e2),
    (re.compile(r"\s*(?:trillion|tn)(?![A-Za-z])|T(?![A-Za-z\d])"), 1e12),
)
_SUFFIXES: Final[tuple[tuple[re.Pattern[str], Kind, float], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, scale)
    for pattern, kind, scale in (
        (r"\s*(?:个)?百分点|\s*%?-?\s*(?:pps?|ppts?|percentage[\s-]points?)(?![a-z])|%\s*points?(?![a-z])", "pp", 0.01),
        (r"\s*(?:bps?|basis points?)(?![a-z])|\s*个?基点", "pp", 0.0001),
        (r"\s*%|\s*(?:percent|per cent|pct)(?![a-z])", "percent", 0.01),
        (r"\s*‰", "percent", 0.001),
        (r"成(?![功为本交长员果立就分熟绩都品人型效])", "percent", 0.1),
        (r"\s*倍|\s*[x×](?![a-z\d])|-?\s?fold(?![a-z])|\s+times(?![a-z])", "times", 1),
        (r"\s*(?:元|块钱|块|人民币)|\s*(?:CNY|RMB|yuan)(?![a-z])", "money", 1),
        (r"[\s-]*(?:个)?(?:天|日)|[\s-]*days?(?![a-z])|d(?![a-z\d])", "duration", 86400),
        (r"[\s-]*(?:个)?(?:小时|钟头)|[\s-]*(?:hours?|hrs?)(?![a-z])|\s?h(?![a-z\d])", "duration", 3600),
        (r"[\s-]*分钟|[\s-]*(?:minutes?|mins?)(?![a-z])", "duration", 60),
        (r"[\s-]*秒|[\s-]*(?:seconds?|secs?)(?![a-z])|\s?s(?![a-z\d])", "duration", 1),
        (r"[\s-]*(?:个)?(?:周|星期|礼拜)|[\s-]*weeks?(?![a-z])", "duration", 604800),
        (r"[\s-]*个月|[\s-]*months?(?![a-z])", "months", 1),
        (r"[\s-]*个季度|[\s-]*quarters?(?![a-z])", "months", 3),
        (r"[\s-]*(?:个)?年|[\s-]*years?(?![a-z])", "months", 12),
        (r"(?:st|nd|rd|th)(?![a-z])", "ordinal", 1),
    )
)
_DAY_BEFORE: Final = re.compile(
    r"(?:(?<![A-Za-z])(?P<unit>day|week|month)[\s-]*|(?<![A-Za-z])[DdTt]\s*\+?\s*)$", re.IGNORECASE
)
_DAY_UNITS: Final[dict[str, tuple[Kind, float]]] = {
    "day": ("duration", 86400),
    "week": ("duration", 604800),
    "month": ("months", 1),
}
_MONEY_BEFORE: Final = re.compile(r"(?:[¥￥]|(?<![A-Za-z])(?:CNY|RMB))\s*$", re.IGNORECASE)
_FOREIGN_BEFORE: Final = re.compile(r"[$€£₩₹₽]\s*$")
_SIGN_BEFORE: Final = re.compile(r"(?:^|[^\w%‰)\]]|[\u2e80-\uffef])(?P<sign>[-–+])\s?(?:[¥￥]\s*)?$")
_FILLER: Final = (
    r"(?:了|约|近|达|超过|逾|为|\s|by|about|nearly|roughly|around|over|almost|some|a further|[:：≈~+\-–¥￥])*$"
)
_UP_BEFORE: Final = re.compile(
    r"(?:上升|增长|增加|(?<!新)增(?=[了约近\s\d]*$)|提升|提高|上涨|涨|升|高出|多出|高了|多了|(?<![a-z])(?:up|rose|grew|grown|risen|increased|gained"
    r"|jumped|climbed|improved|(?:increase|rise|growth|gain|jump) of))" + _FILLER,
    re.IGNORECASE,
)
_DOWN_BEFORE: Final = re.compile(
    r"(?:下降|减少|降低|下跌|跌|回落|下滑|缩减|少了|低了|低出|降|减|(?<![a-z])(?:down|fell|fallen|dropped|decreased|declined|lost|shrank"
    r"|slipped|(?:decrease|drop|decline|fall|loss) of))" + _FILLER,
    re.IGNORECASE,
)
_UP_AFTER: Final = re.compile(
    r"\s*(?:的(?:涨幅|增幅|增长|上升|提升)|(?:increase|rise|growth|gain|jump|higher|more)(?![a-z]))", re.IGNORECASE
)
_DOWN_AFTER: Final = re.compile(
    r"\s*(?:的(?:降幅|跌幅|下降|减少|下滑)|(?:drop|decline|decrease|fall|loss|lower|less|fewer)(?![a-z]))",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"\s*(?:[-–~～]|至|到|to)\s*(?:[¥￥])?\s*", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[A-Za-z\d_.+-]*[A-Za-z\d_+]")
_CONTEXT: Final = 24


def mentions(text: str) -> tuple[Mention, ...]:
    """Return every number in ``text``, which must be plain text (see ``plain_text``), in order."""
    found: list[Mention] = []
    for pattern in _DATES:
        text = _take_dates(text, pattern, found)
    text = _IDIOMS.sub(lambda match: BLANK * len(match.group()), text)
    for words, kind, value, half, sign in _WORDS_FOR:
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
    month = _MONTH_NAMES.index(parts["mon"][:3].lower()) + 1 if "mon" in parts else numbers.get("m")
    if (month is not None and not 1 <= month <= 12) or not all(1 <= numbers.get(n, 1) <= 31 for n in ("d", "d2")):
        return
    yield Day(numbers.get("y"), month, numbers.get("d"), numbers.get("q"))
    if "d2" in numbers:
        yield Day(numbers.get("y"), month, numbers["d2"])


def _numbers(text: str) -> Iterator[Mention]:
    position = 0
    while match := _CORE.search(text, position):
        mention = _mention(match, text)
        yield mention
        position = mention.end


def _mention(match: re.Match[str], text: str) -> Mention:
    groups = {name: value for name, value in match.groupdict().items() if value}
    plain = Mention(match.group(), match.start(), match.end(), "plain")
    if "version" in groups or ("roman" in groups and is_roman(groups["roman"].upper())):
        return replace(plain, kind="code")
    if "roman" in groups:
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
    before = text[max(0, plain.start - _CONTEXT) : plain.start]
    end, scale = plain.end, 1.0
    for pattern, size in _SCALES:
        if found := pattern.match(text, end):
            end, scale = found.end(), size
            break
    kind, unit, end = _unit(before, text, end)
    if _FOREIGN_BEFORE.search(before) or (kind == "plain" and _in_token(text, plain.start, end)):
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
        follows=text[end : end + _CONTEXT],
    )
    return _directed(mention, text)


def _unit(before: str, text: str, end: int) -> tuple[Kind, float, int]:
    if (day := _DAY_BEFORE.search(before)) is not None:
        kind, size = _DAY_UNITS[(day.group("unit") or "day").lower()]
        return kind, size, end
    for pattern, kind, size in _SUFFIXES:
        if found := pattern.match(text, end):
            return kind, size, found.end()
    if re.search(r"第\s*$", before):
        return "ordinal", 1, end
    return ("money" if _MONEY_BEFORE.search(before) else "plain"), 1, end


def _in_token(text: str, start: int, end: int) -> bool:
    """Return whether letters, not Chinese ones, touch the number: then it is part of a name, or a lookalike."""
    return _is_letter(text[start - 1 : start]) or _is_letter(text[end : end + 1])


def _is_letter(character: str) -> bool:
    return character.isalpha() and ord(character) < 0x2E80


def _token(plain: Mention, text: str) -> Mention:
    start = plain.start
    while start > 0 and (_is_letter(text[start - 1]) or text[start - 1] in "$€£₩₹₽_"):
        start -= 1
    found = _TOKEN.match(text, plain.start)
    end = max(plain.end, found.end() if found else 0)
    while end < len(text) and _is_letter(text[end]):
        end += 1
    return replace(plain, text=text[start:end], end=end, kind="code")


def _day_or_year(number: Numeral, kind: Kind, written: str) -> Day | None:
    whole = int(number.value)
    if kind == "plain" and re.fullmatch(r"(?:19|20)\d{2}", written):
        return Day(year=whole)
    if kind == "duration" and written.endswith("日") and 1 <= whole <= 31:
        return Day(day=whole)
    return Day(day=whole) if kind == "ordinal" and 1 <= whole <= 31 else None


def _directed(mention: Mention, text: str) -> Mention:
    before = text[max(0, mention.start - _CONTEXT) : mention.start]
    after = text[mention.end : mention.end + _CONTEXT]
    signed = _SIGN_BEFORE.search(before)
    up = bool(_UP_BEFORE.search(before) or _UP_AFTER.match(after))
    down = bool(_DOWN_BEFORE.search(before) or _DOWN_AFTER.match(after))
    if signed:
        written = 1 if signed.group("sign") == "+" else -1
        return replace(mention, sign=written, moves=up or down or written > 0)
    return replace(mention, sign=up - down, moves=up or down)


def _with_range_units(found: list[Mention], text: str) -> list[Mention]:
    """Give the first number of a range the unit of the second: in 20–30% both are percent."""
    for index in range(len(found) - 2, -1, -1):
        first, second = found[index], found[index + 1]
        if first.kind != "plain" or not _BETWEEN.fullmatch(text, first.end, second.start):
            continue
        number = _read(first.text) if _CORE.fullmatch(first.text) else None
        if number is None or number.place == 0:
            continue
        size = _size(second)
        found[index] = replace(first, kind=second.kind, value=number.value * size, half=number.place * size / 2)
    return found


def _size(mention: Mention) -> float:
    """Return the scale and unit that a mention was multiplied with."""
    core = _CORE.match(mention.text)
    number = _read(core.group()) if core and core.group("arabic") else None
    return mention.value / number.value if number and number.value else 1.0


def _read(written: str) -> Numeral:
    compact = written.replace(",", "").replace(" ", "")
    if re.match(r"[\d.]", compact):
        base, power = re.fullmatch(r"([\d.]+)(.*)", compact).groups()  # type: ignore[union-attr] - the line above
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
