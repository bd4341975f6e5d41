"""The patterns that numbers are recognised by: forms, units, scales, signs, and words that only look like numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

from assistant.answer.numerals import CHINESE, ENGLISH

Kind = Literal["plain", "percent", "pp", "times", "money", "duration", "months", "ordinal", "date", "fraction", "code"]


def _forms(rows: Iterable[tuple[str, Kind, float]]) -> tuple[tuple[re.Pattern[str], Kind, float], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), kind, size) for pattern, kind, size in rows)


def _words(
    rows: Iterable[tuple[str, Kind, float, float, int]],
) -> tuple[tuple[re.Pattern[str], Kind, float, float, int], ...]:
    return tuple((re.compile(row[0], re.IGNORECASE), row[1], row[2], row[3], row[4]) for row in rows)


CN = f"[{CHINESE}]"
ARABIC: Final = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
EXPONENT: Final = r"(?:[eE][+-]?\d+(?![A-Za-z\d])|\s*[×x]\s*10\^?[+-]?\d+|\^[+-]?\d+)?"
YEAR: Final = r"(?:(?:19|20)\d{2}|[一二][九〇零][〇零一二三四五六七八九]{2})"
MD: Final = rf"(?:\d{{1,2}}|{CN}{{1,3}})"
MONTH_NAMES: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MON: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.])(?P<y>{YEAR})(?P<s>[-/.])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?![\d.]*\d)",
        rf"(?<![\d.])(?P<y>{YEAR})\s*年\s*第?(?P<q>[1-4一二三四])\s*季度?|(?<![\d.])(?P<y2>{YEAR})\s*年?\s*Q(?P<q2>[1-4])(?!\d)",
        rf"\bQ(?P<q>[1-4])\s*,?\s*(?P<y>{YEAR})(?!\d)|(?<![A-Za-z\d])Q(?P<q2>[1-4])(?![\d.])|第?(?P<q3>[1-4一二三四])\s*季度",
        rf"(?<![\d.])(?P<y>{YEAR})\s*年(?:\s*(?P<m>{MD})\s*月(?:\s*(?P<d>{MD})\s*[日号])?)?",
        rf"(?<![\d.个{CHINESE}])(?P<m>{MD})\s*月(?:\s*(?P<d>{MD})\s*[日号])?(?!\s*(?:个|以))",
        rf"\b(?P<mon>{MON})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:\s*[-–]\s*(?P<d2>\d{{1,2}})(?!\d))?(?:,?\s*(?P<y>{YEAR})(?!\d))?",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>{MON})\b\.?(?:,?\s*(?P<y>{YEAR})(?!\d))?",
        rf"\b(?P<mon>{MON})\.?,?\s+(?P<y>{YEAR})(?!\d)",
        rf"(?<![\d.])(?P<y>{YEAR})-(?P<m>0[1-9]|1[0-2])(?![\d.]*\d)",
        r"(?<![\d./-])(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])(?![\d.]*\d|\s*[%万亿]|-\d)",
    )
)
IDIOMS: Final = re.compile(
    r"一些|一下|一直|一起|一定|一般|一样|一致|一旦|一并|一律|一共|一系列|一部分|一方面|另一|同一|统一|唯一|之一|万一|进一步"
    r"|一步|一时|一度|一路|一再|一向|每一|任一|某一|逐一|单一|专一|一目了然|一个(?!百分点|月|季|年|星期|周|小时|点)"
    r"|一(?=种|项|次|条|类|位|家|名|款|份|批)|十分|千万(?=别|不要)|百分比|三方|两者|两端|两侧|周[一二三四五六]|星期[一二三四五六]"
    r"|礼拜[一二三四五六]|上一|下一|前一|后一|这一|那一|哪一|其一|不一|队伍|大陆|登陆|百度|百货|千川|万能|收拾"
    r"|(?<![A-Za-z])(?:one of|no one|each one|this one|that one|the one|which one|one another|one or more|another one)(?![A-Za-z])",
    re.IGNORECASE,
)
WORDS_FOR: Final = _words(
    (
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
CORE: Final = re.compile(
    rf"(?P<code>\d+(?:\.\d+){{2,}}|(?<![A-Za-z\d])R-[A-Z\d]{{10}}(?![A-Za-z\d]))"
    rf"|百分之(?P<share>{CN}+(?:点{CN}+)?|{ARABIC})"
    rf"|(?P<below>{CN}+|\d+)分之(?P<above>{CN}+|\d+)"
    rf"|(?P<numerator>\d[\d,]*)\s*[/⁄]\s*(?P<denominator>\d[\d,]*)(?![\d.]*\d)"
    rf"|(?P<arabic>(?:{ARABIC}){EXPONENT})"
    rf"|(?P<chinese>{CN}+(?:点[{CHINESE[:10]}〇]+)?)"
    rf"|(?P<english>(?:a\s+)?{ENGLISH})"
    rf"|(?P<roman>(?<![A-Za-z\d])(?-i:[IVXLCDM]{{2,}})(?![A-Za-z\d]))",
    re.IGNORECASE,
)
SCALES: Final = (
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
SUFFIXES: Final = _forms(
    (
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
DAY_BEFORE: Final = re.compile(
    r"(?:(?<![A-Za-z])(?P<unit>day|week|month)[\s-]*|(?<![A-Za-z])[DdTt]\+?)$", re.IGNORECASE
)
DAY_UNITS: Final[dict[str, tuple[Kind, float]]] = {
    "day": ("duration", 86400),
    "week": ("duration", 604800),
    "month": ("months", 1),
}
MONEY_BEFORE: Final = re.compile(r"(?:[¥￥]|(?<![A-Za-z])(?:CNY|RMB))\s*$", re.IGNORECASE)
FOREIGN_BEFORE: Final = re.compile(r"[$€£₩₹₽]\s*$")
SIGN_BEFORE: Final = re.compile(r"(?:^|[^\w%‰)\]]|[\u2e80-\uffef])(?P<sign>[-–+])\s?(?:[¥￥]\s*)?$")
FILLER: Final = (
    r"(?:了|约|近|达|超过|逾|为|\s|by|about|nearly|roughly|around|over|almost|some|a further|[:：≈~+\-–¥￥])*$"
)
UP_BEFORE: Final = re.compile(
    r"(?:上升|增长|增加|(?<!新)增(?=[了约近\s\d]*$)|提升|提高|上涨|涨|升|高出|多出|高了|多了|(?<![a-z])(?:up|rose|grew|grown|risen|increased|gained"
    r"|jumped|climbed|improved|(?:increase|rise|growth|gain|jump) of))" + FILLER,
    re.IGNORECASE,
)
DOWN_BEFORE: Final = re.compile(
    r"(?:下降|减少|降低|下跌|跌|回落|下滑|缩减|少了|低了|低出|降|减|(?<![a-z])(?:down|fell|fallen|dropped|decreased|declined|lost|shrank"
    r"|slipped|(?:decrease|drop|decline|fall|loss) of))" + FILLER,
    re.IGNORECASE,
)
UP_AFTER: Final = re.compile(
    r"\s*(?:的(?:涨幅|增幅|增长|上升|提升)|(?:increase|rise|growth|gain|jump|higher|more)(?![a-z]))", re.IGNORECASE
)
DOWN_AFTER: Final = re.compile(
    r"\s*(?:的(?:降幅|跌幅|下降|减少|下滑)|(?:drop|decline|decrease|fall|loss|lower|less|fewer)(?![a-z]))",
    re.IGNORECASE,
)
BETWEEN: Final = re.compile(r"\s*(?:[-–~～]|至|到|to)\s*(?:[¥￥])?\s*", re.IGNORECASE)
TOKEN: Final = re.compile(r"[A-Za-z\d_.+-]*[A-Za-z\d_+]")
CONTEXT: Final = 24

FIGURE: Final = re.compile(r"[-+¥￥$\s]*(?:\d[\d,]*(?:\.\d*)?|\.\d+)\s*(?:%|‰|[万亿千百kKmMbB]+|元|人)?")


def reads_as_figure(plain: str) -> bool:
    """Return whether a name, as plain text, would be read as a figure where it stands alone: 5.2, 38.2%, 七."""
    return FIGURE.fullmatch(plain.strip()) is not None or all(c in CHINESE for c in plain.strip())
