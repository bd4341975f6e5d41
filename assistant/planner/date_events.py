"""Days named after something: the run of a campaign or experiment of the warehouse, and festivals no rule covers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from assistant.planner.date_words import DateSaid, Pattern, Vague, year_for
from assistant.planner.numbers import WHOLE_EN, WHOLE_ZH, whole
from assistant.planner.periods import Period, Unit, add_days, safe_date, step
from assistant.planner.types import Clock, NamedPeriod
from knowledge.text import Text

_WORD_ZH = r"(?: ?(?:活动|计划|项目|实验|这个活动|这个实验))?"
_WORD_EN = r"(?: (?:campaign|experiment|plan|programme|program|promotion|test))?"
_STARTED = "上线|启动|开始|推出|发布|开展|开跑|开启"
_UNITS: dict[str, Unit] = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "月": "month", "day": "day", "week": "week", "month": "month",
}  # fmt: skip


@lru_cache(maxsize=64)
def _forms(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the patterns that say days of something of that name, with what they say of it."""
    own = r"[-_ ]?".join(re.escape(part) for part in re.split(r"[-_ ]", name.lower()))
    the = rf"(?<![a-z\d])(?:the )?{own}(?![a-z\d]){_WORD_EN}"
    zh = rf"(?<![a-z\d]){own}(?![a-z\d]){_WORD_ZH}"
    n_zh, n_en = rf"(?P<n>{WHOLE_ZH})个?(?P<u>天|日|周|星期|月)", rf"(?P<n>{WHOLE_EN}|a|the) (?P<u>day|week|month)s?"
    launch = r"(?:the )?(?:launch|start|beginning|kick-?off|roll-?out|release)(?: date)? of "
    raw = [
        (rf"{zh}的?(?:整个)?(?:(?:上线|进行|投放|运行)?期间|整个期间|周期内|期内)", "during"),
        (rf"(?<![a-z])(?:during|over|throughout|for the (?:duration|whole) of|in the course of) (?:the )?{the}(?: period)?", "during"),
        (rf"{the} period", "during"),
        (rf"(?:自从|自|从)?{zh}(?:{_STARTED})?(?:以来|至今|到现在|到今天|起至今|到目前为止)", "since"),
        (rf"(?:自从|自|从)?{zh}(?:{_STARTED})(?:之后|以后|后|起)(?!的?(?:{WHOLE_ZH}|第))", "since"),
        (
            (
                rf"(?<![a-z])(?:ever )?since (?:{launch})?{the}(?:'s launch| launch| start)?"
                r"(?: (?:launche?[ds]|starte?d|began|went live))?(?![a-z])"
            ),
            "since",
        ),
        (rf"(?:自从|自|从)?{zh}(?:结束|下线|收官)(?:以来|之后|以后|后|至今)(?!的?(?:{WHOLE_ZH}|第))", "since_end"),
        (rf"{zh}(?:{_STARTED})(?:之|以)?前的?{n_zh}", "before"),
        (rf"{zh}(?:之|以)?前的?(?P<n>{WHOLE_ZH})个?(?P<u>周|星期|月)", "before"),
        (rf"{zh}(?:之|以)?前的?(?P<n>{WHOLE_ZH})个?(?P<u>天|日)", "which_before"),
        (rf"(?<![a-z])(?:the )?(?:{n_en}|(?P<u2>day|week|month)) (?:before|prior to|preceding) (?:{launch})?{the}", "before"),
        (rf"{zh}(?:{_STARTED})(?:之|以)?后的?{n_zh}|{zh}的?(?:首|第一|头一|前一)个?(?P<u2>天|日|周|星期|月)", "first"),
        (rf"{zh}(?:结束|下线)(?:之|以)?后的?{n_zh}", "after"),
        (rf"(?<![a-z])(?:the )?first (?:(?P<n>{WHOLE_EN}) )?(?P<u>day|week|month)s? (?:of|after) (?:{launch})?{the}", "first"),
        (rf"(?<![a-z])(?:the )?(?:{n_en}|(?P<u2>day|week|month)) (?:after|following) (?:the end of )?{the}", "after"),
        (rf"{zh}(?:之|以)?后的?{n_zh}", "after"),
        (rf"{zh}(?:{_STARTED})?(?:之前|以前|前|之后|以后|后|前后)(?!的?(?:{WHOLE_ZH}|第))", "ask"),
        (rf"(?<![a-z])(?:before|after|around|until) (?:{launch})?{the}", "ask"),
    ]  # fmt: skip
    return tuple((re.compile(pattern), what) for pattern, what in raw)


def named_mentions(text: str, clock: Clock) -> Iterator[tuple[int, int, DateSaid]]:
    """Yield start, end and days of every phrase that says days of a campaign or experiment by its name."""
    spaced = re.sub("[-_]", " ", text)
    for name, held in _named_in(spaced, clock):
        for pattern, what in _forms(name):
            for m in pattern.finditer(text):
                said = _days_of(_of_kind(m[0], held), what, m, clock)
                if said is not None:
                    yield m.start(), m.end(), said


def _named_in(text: str, clock: Clock) -> Iterator[tuple[str, list[NamedPeriod]]]:
    names: dict[str, list[NamedPeriod]] = {}
    for named in clock.named:
        for name in {re.sub("[-_]", " ", n.lower()) for n in named.names}:
            if len(name) > 1 and not name.isdigit() and name in text:
                names.setdefault(name, []).append(named)
    yield from names.items()


def _of_kind(text: str, held: list[NamedPeriod]) -> list[NamedPeriod]:
    wanted = (
        "experiment" if re.search("实验|experiment", text) else "campaign" if re.search("活动|campaign", text) else ""
    )
    return [n for n in held if n.kind == wanted] or held


def _days_of(held: list[NamedPeriod], what: str, m: re.Match[str], clock: Clock) -> DateSaid | None:
    groups = m.groupdict()
    unit = _UNITS[groups.get("u") or groups.get("u2") or "day"]
    n = whole(groups.get("n") or "1") or 1
    n = 1 if groups.get("n") == "the" else n
    found = {(said.start, said.end): said for one in held if (said := _one(one, what, n, unit, clock)) is not None}
    if what in ("ask", "which_before") or len(found) > 1:
        return _which(m[0], held, n, unit, clock)
    return next(iter(found.values()), None) or _not_over(m[0])


def _one(named: NamedPeriod, what: str, n: int, unit: Unit, clock: Clock) -> Period | None:
    """Return the days that words mean of one campaign; None where they lie after an end that has not come."""
    start, end = named.start, named.end or max(clock.last, named.start)
    over = named.end is not None and end < clock.last
    days: dict[str, tuple[date, date] | None] = {
        "since": (start, max(clock.last, start)),
        "since_end": (add_days(end, 1), clock.last) if over else None,
        "before": (step(start, unit, -n), add_days(start, -1)),
        "first": (start, add_days(step(start, unit, n), -1)),
        "after": (add_days(end, 1), step(end, unit, n)) if named.end else None,
    }
    found = days.get(what, (start, end))
    return Period(*found) if found else None


def _not_over(text: str) -> Vague:
    return Vague(
        Text(
            f"“{text}”还没有可看的日期：到最近有数据的一天它还没结束。要看哪段时间？",
            f"'{text}' has no days yet: it had not ended by the last day with data. Which dates are meant?",
        )
    )


def _which(text: str, held: list[NamedPeriod], n: int, unit: Unit, clock: Clock) -> Vague:
    kinds = ("during", "before", "after", "first") if len(held) == 1 else ("during",)
    days = n if n > 1 else 7
    found = [_one(named, what, days, unit, clock) for named in held for what in kinds]
    choices = [(said.start, said.end) for said in found if said is not None and said.start <= clock.last]
    return Vague(
        Text(f"“{text}”指哪段时间？", f"Which dates are meant by '{text}'?"),
        tuple(Text(f"{a}到{b}", f"{a} to {b}") for a, b in dict.fromkeys(choices))[:4],
    )


#: Days that no rule of the calendar in use covers: always asked, with the usual day where it can be computed.
_UNRULED: dict[str, tuple[int, int] | str] = {
    "黑色星期五|黑五|black friday": "black_friday",
    "网络星期一|网一|cyber monday": "cyber_monday",
    "感恩节|thanksgiving(?: day)?": "thanksgiving",
    "平安夜|christmas eve": (12, 24),
    "圣诞节?|christmas(?: day)?|xmas": (12, 25),
    "跨年夜?|new year'?s eve": (12, 31),
    "情人节|valentine'?s?(?: day)?": (2, 14),
    "女神节|女王节|妇女节|三八节|38节|women'?s day": (3, 8),
    "儿童节|children'?s day": (6, 1),
    "99大促|九九大促": (9, 9),
    "除夕|大年三十|元宵节?|七夕节?|重阳节?|腊八节?|母亲节|父亲节|年货节|开学季|复活节|万圣节|暑期档|暑期|暑假|寒假": "",
    "腊月|正月|冬月|农历|阴历|八月十五|初[一二三四五六七八九十]{1,2}": "lunar",
    "easter|halloween|mother'?s day|father'?s day|lantern festival|qixi|summer holidays?|winter holidays?": "",
}
_Y = r"(?:(?P<y>(?:20)?\d\d年|今年|去年|前年|本年|last year's|this year's|20\d\d)的? ?)?"
_Y2 = r"(?:,? (?:of |in )?(?P<y2>20\d\d|last year|this year))?"


def _unruled(m: re.Match[str], clock: Clock) -> DateSaid | None:
    kind = next((rule for words, rule in _UNRULED.items() if re.fullmatch(words, m["name"])), "eleven")
    year = m["y"] or m.groupdict().get("y2")
    day = _usual_day(kind, year.removesuffix("'s") if year else None, clock)
    choices: tuple[Text, ...] = (Text(f"{day}", f"{day}"),) if day else ()
    question = Text(
        f"“{m[0]}”没有固定的统计口径，要看哪几天？", f"No rule says which days '{m[0]}' is: which dates are meant?"
    )
    if kind == "lunar":
        question = Text(
            f"不读农历日期（“{m[0]}”），请给公历日期。", f"Lunar dates ('{m[0]}') are not read: please give dates."
        )
    if kind == "eleven":
        question = Text("“十一”指哪段时间？", "Which dates is 十一?")
        choices = (Text("国庆", "National Day"), Text("双11当天", "on Double 11 day"))
    return Vague(question, choices)


def _usual_day(kind: object, year: str | None, clock: Clock) -> date | None:
    if isinstance(kind, tuple):
        of_year, _ = year_for(year, clock, *kind)
        return safe_date(of_year, *kind)
    shift = {"thanksgiving": 0, "black_friday": 1, "cyber_monday": 4}.get(str(kind))
    if shift is None:
        return None
    of_year, said = year_for(year, clock)
    days = [add_days(_fourth_thursday(y), shift) for y in ((of_year,) if said else (of_year, of_year - 1))]
    return next((day for day in days if said or day <= clock.today), None)


def _fourth_thursday(year: int) -> date:
    first = date(year, 11, 1)
    return add_days(first, (3 - first.weekday()) % 7 + 21)


_ALONE = r"(?<![二三四五六七八九双第一\d])(?P<name>十一)(?![\d一二三四五六七八九月个号日天周年期假黄长点倍岁万千百名款家条位种店笔人件])"
_NAMES = "|".join(_UNRULED)
PATTERNS: list[Pattern] = [
    (re.compile(rf"(?<![a-z])(?:the )?{_Y}(?P<name>{_NAMES})(?:期间|当天|当日|假期|大促|活动)?"
        rf"(?:'s)?(?: week(?:end)?| period| day| season)?{_Y2}(?![a-z])"), _unruled),
    (re.compile(_Y + _ALONE), _unruled),
]  # fmt: skip
