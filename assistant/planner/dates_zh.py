"""Dates in Chinese words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from assistant.planner.date_words import (
    DateSaid,
    Handler,
    Pattern,
    Until,
    Vague,
    ago,
    day_period,
    day_said,
    days_said,
    festival,
    festival_itself,
    half_period,
    holiday_period,
    month_part,
    month_period,
    no_such_day,
    quarter_period,
    swapped,
    vague_recent,
    which_festival,
)
from assistant.planner.numbers import WHOLE_ZH, whole
from assistant.planner.periods import Period, Unit, add_days, add_months, complete, rolling, safe_date, to_date, unit_of
from assistant.planner.types import Clock

_Y = r"(?:(?P<y>(?:20)?\d\d年|今年|去年|大前年|前年|本年|明年|上一年)的?)?"
_M = r"(?<![\d十])(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_M2 = _M.replace("?P<m>", "?P<m2>").replace(r"(?<![\d十])", "")
_D = r"(?P<d>3[01]|[12]\d|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_D2 = _D.replace("?P<d>", "?P<d2>")
_TO = r" ?(?:到|至|-|~|--) ?"
_UNITS: dict[str, Unit] = {
    "天": "day",
    "日": "day",
    "周": "week",
    "星期": "week",
    "月": "month",
    "季度": "quarter",
    "季": "quarter",
    "年": "year",
}
_REL: dict[str, int] = {
    "本": 0,
    "这": 0,
    "这个": 0,
    "这一": 0,
    "当": 0,
    "今": 0,
    "上": -1,
    "上个": -1,
    "上一": -1,
    "上一个": -1,
    "前一": -1,
}
_REL |= {
    "上上上": -3,
    "上上上个": -3,
    "上上": -2,
    "上上个": -2,
    "下": 1,
    "下个": 1,
    "下一": 1,
    "下一个": 1,
    "下下": 2,
    "明": 1,
}
_HOLIDAYS = {
    "国庆节": "national_day", "国庆": "national_day", "十一": "national_day", "春节": "spring_festival", "过年": "spring_festival",
    "五一": "labour_day", "劳动节": "labour_day", "端午节": "dragon_boat", "端午": "dragon_boat", "中秋节": "mid_autumn",
    "中秋": "mid_autumn", "清明节": "qingming", "清明": "qingming", "元旦节": "new_year", "元旦": "new_year",
}  # fmt: skip
_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6, "末": 5}


def _n(text: str | None) -> int:
    return whole(text or "") or 0


def _day(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return day_said(clock, m["y"], _n(m["m"]), _n(m["d"]), m[0])


def _days(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return days_said(clock, m["y"], _n(m["m"]), (_n(m["d"]), _n(m["d2"])), m[0])


def _month(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return month_period(clock, m["y"], _n(m["m"]))


def _months(m: re.Match[str], clock: Clock) -> DateSaid | None:
    first, last = month_period(clock, m["y"], _n(m["m"])), month_period(clock, m["y"], _n(m["m2"]))
    return join_periods(first, last, clock) if first and last else None


def _month_part(m: re.Match[str], clock: Clock) -> DateSaid | None:
    month = (
        month_period(clock, m["y"], _n(m["m"]))
        if "m" in m.groupdict()
        else unit_of(clock.today, "month", _REL[m["rel"]])
    )
    if month is None:
        return None
    if m["part"] == "初":
        return vague_recent(m[0])
    return month_part(month, m["part"], clock)


def _same_month_part(m: re.Match[str], clock: Clock) -> DateSaid | None:
    """12月上半月和下半月: the part of the month that was named before."""
    named = [found for pattern in _MONTH_PARTS for found in pattern.finditer(m.string, 0, m.start())]
    if not named:
        return None
    before = _month_part(max(named, key=lambda found: found.start()), clock)
    return month_part(unit_of(before.start, "month"), m["part"], clock) if isinstance(before, Period) else None


def _year_end(m: re.Match[str], clock: Clock) -> DateSaid | None:
    year = _year_of(m["y"], clock)
    return Until(date(year, 12, 31)) if year else None


def _year_of(text: str, clock: Clock) -> int | None:
    period = _year_period(text, clock)
    return period.start.year if period else None


def _quarter(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return quarter_period(clock, m["y"], _n(m["q"]))


def _quarters(m: re.Match[str], clock: Clock) -> DateSaid | None:
    first, last = quarter_period(clock, m["y"], _n(m["q"] or "1")), quarter_period(clock, m["y"], _n(m["q2"]))
    return join_periods(first, last, clock) if first and last else None


def _half(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return half_period(clock, m["y"], 1 if m["h"] in "上1" else 2)


def _year(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return _year_period(m["y"], clock)


def _year_period(text: str, clock: Clock) -> Period | None:
    shifts = {"今年": 0, "本年": 0, "去年": -1, "上一年": -1, "前年": -2, "大前年": -3, "明年": 1, "全年": 0}
    if text in shifts:
        shift = shifts[text]
        return (
            to_date(clock.last, "year")
            if shift == 0 and text != "全年"
            else replace(unit_of(clock.today, "year", shift), back="last" if shift == -1 else "")
        )
    year = _n(text.rstrip("年度"))
    start = safe_date(year + (2000 if year < 100 else 0), 1, 1)
    return unit_of(start, "year") if start else None


def _relative(m: re.Match[str], clock: Clock) -> DateSaid | None:
    unit, shift = _UNITS[m["u"]], _REL[m["rel"]]
    if shift == 0:
        return _current(clock, unit)
    return replace(unit_of(clock.today, unit, shift), back="last" if shift == -1 else "")


def _current(clock: Clock, unit: Unit) -> Period:
    """The unit that today is in, to date; the whole of it where no day of it is loaded yet."""
    this = unit_of(clock.today, unit)
    return Period(this.start, clock.last, unit, "to_date") if clock.last >= this.start else this


def _to_date(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return _current(clock, _UNITS[m["u"]])


def _rolling(m: re.Match[str], clock: Clock) -> DateSaid | None:
    unit = _UNITS[m["u"]]
    if m["n"].startswith("半"):
        return {"month": rolling(clock.last, 15, "day"), "year": rolling(clock.last, 6, "month")}.get(unit)
    n = _n(m["n"])
    if not 1 <= n <= 3700:
        return None
    found = complete(clock.last, n, unit) if m["whole"] else rolling(clock.last, n, unit)
    return replace(found, back="prior") if re.match("前|之前|此前|往前|再前", m[0]) else found


def _day_of_month(m: re.Match[str], clock: Clock) -> DateSaid | None:
    month = unit_of(clock.today, "month", _REL[m["rel"]])
    first = safe_date(month.start.year, month.start.month, _n(m["d"]))
    last = safe_date(month.start.year, month.start.month, _n(m["d2"])) if m["d2"] else first
    return Period(first, last, "day", "range") if first and last and first <= last else no_such_day(m[0])


def _weekday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    week = unit_of(clock.today, "week", _REL[m["rel"] or "本"])
    first = add_days(week.start, (_WEEKDAYS[m["w"]] - week.start.weekday()) % 7)
    if not m["rel"] and first > clock.today:
        first = add_days(first, -7)
    last = add_days(first, 1) if m["w"] == "末" else first
    return Period(first, last, "day", "range")


def _week_number(m: re.Match[str], clock: Clock) -> DateSaid | None:
    year = _year_of(m["y"], clock) if m["y"] else clock.today.year
    week = _n(m["n"])
    if not year or not 1 <= week <= 53:
        return None
    try:
        start = date.fromisocalendar(year, week, 1)
    except ValueError:
        return no_such_day(m[0])
    return unit_of(start, "week")


def _near(m: re.Match[str], clock: Clock) -> DateSaid | None:
    shift = {"今": 0, "昨": -1, "前": -2, "大前": -3, "明": 1, "后": 2}[m["w"]]
    day = add_days(clock.today, shift)
    return Period(day, day, "day", "whole")


def _near_year(m: re.Match[str], clock: Clock) -> DateSaid | None:
    shift = {"今": 0, "昨": -1, "前": -2}[m["w"]]
    day = add_months(add_days(clock.today, shift), {"去年": -12, "前年": -24}[m["y"]])
    return Period(day, day, "day", "range")


def _ago(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return ago(clock, _n(m["n"]), _UNITS[m["u"] or m["u2"]], m[0])


def _holiday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return holiday_period(clock, m["y"], _HOLIDAYS[m["name"]], _n(m["n"]) or None)


def _festival_day(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return festival_itself(clock, m["y"], _HOLIDAYS[m["name"]], m[0])


def _around_holiday(m: re.Match[str], clock: Clock) -> DateSaid | None:
    held = holiday_period(clock, m["y"], _HOLIDAYS[m["name"]])
    if not isinstance(held, Period):
        return held
    days = _n(m["n"]) * (7 if m["u"] in ("周", "星期") else 1)
    if days < 1:
        return None
    if m["side"] == "前":
        return Period(add_days(held.start, -days), add_days(held.start, -1), "day", "range", held.year_said)
    return Period(add_days(held.end, 1), add_days(held.end, days), "day", "range", held.year_said)


def _festival(m: re.Match[str], clock: Clock) -> DateSaid | None:
    name = "618" if m["name"] == "618" else "双11" if m["name"][-1] in "1一" and "2" not in m["name"] else "双12"
    scope = {"": "", "当": "day", "那": "day"}.get((m["scope"] or "")[:1], "period")
    return festival(clock, m["y"], name, scope)


def _iso(m: re.Match[str], _clock: Clock) -> DateSaid | None:
    day = safe_date(int(m["y"]), int(m["m"]), int(m["d"]))
    return Period(day, day, "day", "range") if day else no_such_day(m[0])


def _iso_month(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return month_period(clock, m["y"], int(m["m"])) if 1 <= int(m["m"]) <= 12 else None


def _slashed(m: re.Match[str], clock: Clock) -> DateSaid | None:
    return day_period(clock, None, int(m["m"]), int(m["d"]))


def _dotted(m: re.Match[str], clock: Clock) -> DateSaid | None:
    first, last = day_period(clock, None, int(m["m"]), int(m["d"])), day_period(clock, None, int(m["m2"]), int(m["d2"]))
    return join_periods(first, last, clock) if first and last else None


def _all_time(m: re.Match[str], clock: Clock) -> DateSaid | None:
    before = m.string[: m.start()].rstrip()
    if m[0].startswith("上线") and any(before.endswith(name.lower()) for held in clock.named for name in held.names):
        return None  # 星火计划上线以来: since that began, not since there is data
    return Period(clock.data_start, clock.last, "day", "range")


def _vague(m: re.Match[str], _clock: Clock) -> DateSaid | None:
    return which_festival(m[0]) if "促" in m[0] else vague_recent(m[0])


def join_periods(first: Period, last: Period, clock: Clock) -> Period | Vague | None:
    """Return the days from ``first`` to ``last``; a side without a year takes the one that fits the other.

    A question back for two days in the wrong order, where the year between them would be nearly a whole one.
    """
    start, end = first.start, last.end
    days = first.days == last.days == 1
    if days and start > end and (first.year_said == last.year_said or first.year_said):
        same_year = first.start.year == last.start.year and (first.year_said or (start - end).days < 183)
        if same_year and (last.year_said or not first.year_said):
            return swapped(start, end)
    if not last.year_said and first.year_said:
        end = moved_year(end, next((n for n in range(-60, 61) if _year_moved(last.start, n) >= start), 0))
    elif last.year_said and not first.year_said:
        start = moved_year(start, next((-n for n in range(60) if _year_moved(start, -n) <= end), 0))
    elif not last.year_said and start > end:
        if _year_moved(last.start, 1) > clock.today and (last.start.month, last.start.day) < (start.month, start.day):
            start = _year_moved(start, -1)
        else:
            end = moved_year(end, 1)
    if start > end:
        return None
    unit = first.unit if first.unit == last.unit and first.said == last.said == "whole" else "day"
    return Period(start, end, unit, "whole" if unit != "day" else "range", first.year_said or last.year_said)


def _year_moved(day: date, years: int) -> date:
    return safe_date(day.year + years, day.month, day.day) or add_days(date(day.year + years, day.month, 28), 1)


def moved_year(day: date, years: int) -> date:
    """Return a day some years later or earlier; the last day of a month stays one."""
    after = add_days(day, 1)
    # a last day of a month stays one (02-28 of one year, 02-29 of another)
    return add_days(_year_moved(after, years), -1) if after.day == 1 else _year_moved(day, years)


_PARTS = r"月份?的?(?P<part>上旬|中旬|下旬|上半月|下半月)"
_MONTH_PARTS = [re.compile(_Y + _M + _PARTS), re.compile(r"(?P<rel>本|这个|当|上上个|上个|上)" + _PARTS)]

_RAW: list[tuple[str, Handler]] = [
    # 10月7日留存 is the 7-day retention of October, not that of one day's users
    (_Y + _M + rf"月份?{_D}(?:号|日(?!(?:[、,和及与]\d{{1,2}}[日天]?)*的?(?:用户)?(?:留存|ltv)))", _day),
    (_Y + _M + rf"月份?{_D}[日号]?{_TO}{_D2}(?:[日号])", _days),
    (_Y + _M + r"月份?(?!个)", _month),
    (_Y + _M + rf"月?份?{_TO}{_M2}月份?", _months),
    (_Y + _M + r"月份?的?(?P<part>上旬|中旬|下旬|上半月|下半月|底|末|初)", _month_part),
    (r"(?P<rel>本|这个|当|上上个|上个|上)月的?(?P<part>上旬|中旬|下旬|上半月|下半月|底|末|初)", _month_part),
    (r"(?<!月)(?<!月的)(?<!月份)(?<!月份的)(?P<part>上旬|中旬|下旬|上半月|下半月)", _same_month_part),
    (_Y + r"(?:第)?(?P<q>[一二三四1-4])(?:个)?季(?:度)?", _quarter),
    (_Y + r"q(?P<q>[1-4])(?!\d)(?:季度)?", _quarter),
    (_Y + rf"第?(?P<q>[一二三四1-4])(?:季度)?{_TO}第?(?P<q2>[一二三四1-4])季度", _quarters),
    (_Y + r"(?P<q>)前(?P<q2>[二两三])(?:个)?季度", _quarters),
    (_Y + r"(?P<h>[上下])半年(?:度)?", _half),
    (r"(?:(?P<y>20\d\d年?|今年|去年|前年) ?)h(?P<h>[12])(?!\d)", _half),
    (r"(?<!\d)(?P<y>20\d\d)年?(?:全年|年度|整年|度)?(?![\d./-])", _year),
    (r"(?<!\d)(?P<y>\d\d)年(?:全年|年度)?", _year),
    (r"(?P<y>今年|本年|去年|上一年|大前年|前年|明年)(?:全年|年度|整年|整个年度|一整年|一年|度)?", _year),
    (r"(?P<y>全年)", _year),
    (r"(?P<y>今年|去年|前年|20\d\d年)(?:年)?[底末]", _year_end),
    (r"(?P<rel>上上上个?|上上个?|上一个?|上个?|本|这个|这一|这|当|下下|下一个?|下个?)(?P<u>周|星期|月|季度|季|年)(?:度)?", _relative),
    ((r"(?:本|这个?|当|今)(?P<u>周|星期|月|季度|季|年)(?:度)?(?:以来|至今|到现在|到今天|到目前为止|到目前|迄今|"
        r"截至目前|到昨天为止|目前为止)"), _to_date),
    (r"(?P<u>周|月|季|年)初(?:至今|以来|到现在|到今天|到目前)", _to_date),
    (
        (rf"(?:最近|过去|近|过往|之前|此前|前|这|往前|最近的|过去的|近的)(?:的)?(?P<n>半|[一两二三]千|"
            rf"{WHOLE_ZH})个?(?P<whole>(?:完整的?|自然|整)+)?的?个?"
        r"(?P<u>天|日|周|星期|月|季度|季|年)(?:以内|之内|内|里|以来|间)?"),
        _rolling,
    ),
    (rf"(?P<rel>本|这个|当|上上个|上个|上)月的?{_D}[日号]?(?:{_TO}{_D2}[日号])?(?<=[日号])", _day_of_month),
    (r"(?P<rel>上上个?|上个?|本|这个?|下个?)?(?:周|星期)(?P<w>[一二三四五六日天末])", _weekday),
    (r"(?:(?P<y>20\d\d年|今年|去年)的?)?第(?P<n>\d{1,2}|(?<=年第)[一二三四五六七八九十]{1,3})周", _week_number),
    (r"(?P<y>去年|前年)的?(?P<w>今|昨|前)[天日]", _near_year),
    # 12月10日前 is before that day and 10月前 before October, not so many days or months ago
    (
        (rf"(?<![近去前后第月份\d一二三四五六七八九十百])(?P<n>{WHOLE_ZH})(?:个?(?P<u>天|日|周|星期)|个(?P<u2>月))"
            r"(?:之|以)?前(?![\d一二两三四五六七八九十])"),
        _ago,
    ),
    (r"(?P<w>昨|前)儿个?", _near),
    (r"(?P<w>大前|今|昨|前|明|后)(?:天|日)(?:全天|一天|一整天)?", _near),
    (r"(?P<w>昨|今)晚", lambda m, _clock: no_such_day(m[0])),
    (_Y + r"(?P<name>国庆节?|春节|五一|劳动节|端午节?|中秋节?|清明节?|元旦节?)的?(?:当天|当日|那天|那一天|正日)", _festival_day),
    (
        _Y + r"(?P<name>国庆节?|春节|过年|五一|劳动节|端午节?|中秋节?|清明节?|元旦节?|十一(?=期间|假期|黄金周|长假))的?(?P<n>)"
        r"(?:(?:小长假|长假|黄金周|假期|假日|放假)?(?:期间)?)",
        _holiday,
    ),
    (_Y + (rf"(?P<name>国庆节?|春节|五一|十一|端午节?|中秋节?|清明节?|元旦)(?:假期|"
        rf"长假)?的?(?P<n>{WHOLE_ZH})天(?:假期|长假|期间|内)?"), _holiday),
    (
        _Y + rf"(?P<name>国庆节?|春节|五一|端午节?|中秋节?|清明节?|元旦)(?:假期|长假)?(?P<side>前|后)的?(?P<n>{WHOLE_ZH})个?(?P<u>周|星期)",
        _around_holiday,
    ),
    (
        _Y + (r"(?P<name>双 ?(?:11|十一|12|十二)|(?<![\d.])618(?![\d.%]))(?:大促|购物节|活动)?(?P<scope>当天|当日|"
            r"那天|那一天|期间|活动期间|活动期|大促期间|促销期间|大促)?"),
        _festival,
    ),
    (r"(?<![\d.])(?P<y>20\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![\d])", _iso),
    (r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)", _iso),
    (r"(?<![\d.])(?P<y>20\d\d)[-/.](?P<m>0?[1-9]|1[0-2])(?![\d./-])", _iso_month),
    (r"(?<![\d./-])(?P<m>0?[1-9]|1[0-2])/(?P<d>0?[1-9]|[12]\d|3[01])(?![\d/])", _slashed),
    (
        (r"(?<![\d./-])(?P<m>0?[1-9]|1[0-2])[./-](?P<d>0?[1-9]|[12]\d|3[01])(?:日|号)? ?(?:到|至|~|-|to|through) ?"
        r"(?P<m2>0?[1-9]|1[0-2])[./-](?P<d2>0?[1-9]|[12]\d|3[01])(?![\d./-])"),
        _dotted,
    ),
    (r"有史以来|历史以来|上线以来|开站以来|上线至今|全部时间|所有时间|全部历史", _all_time),
    ((r"最近(?!一[天周年个]|[\d两二三四五六七八九十半这几])|近期|近来|近日|前段时间|这段时间|[这近]几[天周日]|"
        r"最近几[天周]|最近几个月|近几个?[月天周]|过去几[天周]|大促期间|大促"), _vague),
]  # fmt: skip

PATTERNS: list[Pattern] = [(re.compile(raw), handler) for raw, handler in _RAW]
