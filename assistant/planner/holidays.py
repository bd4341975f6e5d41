"""Public holidays of mainland China as days off in a row, from the State Council's yearly notices, 2004 to 2026.

A table, not a library: the question "国庆" must not cost a second of imports. Where two holidays were announced as one
(国庆 and 中秋 of 2009, 2012, 2017, 2020, 2023, 2025) both have the days of the whole. A test holds the table to the `holidays`
package, whose calendar covers the same years.
"""

from __future__ import annotations

from datetime import date

#: holiday -> year -> first and last day off, as "MM-DD MM-DD"; a first day in December belongs to the year before.
_DAYS_OFF: dict[str, str] = {
    "new_year": "2004 01-01 01-01|2005 01-01 01-03|2006 01-01 01-03|2007 01-01 01-03|2008 12-30 01-01|"
    "2009 01-01 01-03|2010 01-01 01-03|2011 01-01 01-03|2012 01-01 01-03|2013 01-01 01-03|"
    "2014 01-01 01-01|2015 01-01 01-03|2016 01-01 01-03|2017 12-31 01-02|2018 12-30 01-01|"
    "2019 12-30 01-01|2020 01-01 01-01|2021 01-01 01-03|2022 01-01 01-03|2023 12-31 01-02|"
    "2024 12-30 01-01|2025 01-01 01-01|2026 01-01 01-03",
    "spring_festival": "2004 01-22 01-28|2005 02-09 02-15|2006 01-29 02-04|2007 02-18 02-24|2008 02-06 02-12|"
    "2009 01-25 01-31|2010 02-13 02-19|2011 02-02 02-08|2012 01-22 01-28|2013 02-09 02-15|"
    "2014 01-31 02-06|2015 02-18 02-24|2016 02-07 02-13|2017 01-27 02-02|2018 02-15 02-21|"
    "2019 02-04 02-10|2020 01-24 02-02|2021 02-11 02-17|2022 01-31 02-06|2023 01-21 01-27|"
    "2024 02-10 02-17|2025 01-28 02-04|2026 02-15 02-23",
    "qingming": "2008 04-04 04-06|2009 04-04 04-06|2010 04-03 04-05|2011 04-03 04-05|2012 04-02 04-04|"
    "2013 04-04 04-06|2014 04-05 04-07|2015 04-04 04-06|2016 04-02 04-04|2017 04-02 04-04|"
    "2018 04-05 04-07|2019 04-05 04-07|2020 04-04 04-06|2021 04-03 04-05|2022 04-03 04-05|"
    "2023 04-05 04-05|2024 04-04 04-06|2025 04-04 04-06|2026 04-04 04-06",
    "labour_day": "2004 05-01 05-07|2005 05-01 05-07|2006 05-01 05-07|2007 05-01 05-07|2008 05-01 05-03|"
    "2009 05-01 05-03|2010 05-01 05-03|2011 04-30 05-02|2012 04-29 05-01|2013 04-29 05-01|"
    "2014 05-01 05-03|2015 05-01 05-03|2016 04-30 05-02|2017 04-29 05-01|2018 04-29 05-01|"
    "2019 05-01 05-04|2020 05-01 05-05|2021 05-01 05-05|2022 04-30 05-04|2023 04-29 05-03|"
    "2024 05-01 05-05|2025 05-01 05-05|2026 05-01 05-05",
    "dragon_boat": "2008 06-07 06-09|2009 05-28 05-30|2010 06-14 06-16|2011 06-04 06-06|2012 06-22 06-24|"
    "2013 06-10 06-12|2014 05-31 06-02|2015 06-20 06-22|2016 06-09 06-11|2017 05-28 05-30|"
    "2018 06-16 06-18|2019 06-07 06-09|2020 06-25 06-27|2021 06-12 06-14|2022 06-03 06-05|"
    "2023 06-22 06-24|2024 06-08 06-10|2025 05-31 06-02|2026 06-19 06-21",
    "mid_autumn": "2008 09-13 09-15|2009 10-01 10-08|2010 09-22 09-24|2011 09-10 09-12|2012 09-30 10-07|"
    "2013 09-19 09-21|2014 09-06 09-08|2015 09-26 09-27|2016 09-15 09-17|2017 10-01 10-08|"
    "2018 09-22 09-24|2019 09-13 09-15|2020 10-01 10-08|2021 09-19 09-21|2022 09-10 09-12|"
    "2023 09-29 10-06|2024 09-15 09-17|2025 10-01 10-08|2026 09-25 09-27",
    "national_day": "2004 10-01 10-07|2005 10-01 10-07|2006 10-01 10-07|2007 10-01 10-07|2008 09-29 10-05|"
    "2009 10-01 10-08|2010 10-01 10-07|2011 10-01 10-07|2012 09-30 10-07|2013 10-01 10-07|"
    "2014 10-01 10-07|2015 10-01 10-07|2016 10-01 10-07|2017 10-01 10-08|2018 10-01 10-07|"
    "2019 10-01 10-07|2020 10-01 10-08|2021 10-01 10-07|2022 10-01 10-07|2023 09-29 10-06|"
    "2024 10-01 10-07|2025 10-01 10-08|2026 10-01 10-07",
}  # fmt: skip

#: Saturdays and Sundays that the notices make working days, by year.
_MADE_UP: dict[int, str] = {
    2004: "01-17 01-18 05-08 05-09 10-09 10-10",
    2005: "02-05 02-06 04-30 05-08 10-08 10-09 12-31",
    2006: "01-28 02-05 04-29 04-30 09-30 10-08 12-30 12-31",
    2007: "02-17 02-25 04-28 04-29 09-29 09-30 12-29",
    2008: "02-02 02-03 05-04 09-27 09-28",
    2009: "01-04 01-24 02-01 05-31 09-27 10-10",
    2010: "02-20 02-21 06-12 06-13 09-19 09-25 09-26 10-09",
    2011: "01-30 02-12 04-02 10-08 10-09 12-31",
    2012: "01-21 01-29 03-31 04-01 04-28 09-29",
    2013: "01-05 01-06 02-16 02-17 04-07 04-27 04-28 06-08 06-09 09-22 09-29 10-12",
    2014: "01-26 02-08 05-04 09-28 10-11",
    2015: "01-04 02-15 02-28 09-06 10-10",
    2016: "02-06 02-14 06-12 09-18 10-08 10-09",
    2017: "01-22 02-04 04-01 05-27 09-30",
    2018: "02-11 02-24 04-08 04-28 09-29 09-30 12-29",
    2019: "02-02 02-03 04-28 05-05 09-29 10-12",
    2020: "01-19 04-26 05-09 06-28 09-27 10-10",
    2021: "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    2022: "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
    2023: "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}

#: Days off that were announced once only: 2015-09-03, the 70th anniversary.
_ONCE = frozenset({date(2015, 9, 3), date(2015, 9, 4)})
#: Holidays with a date of their own: in a year without a notice they are taken as these days.
_BY_RULE = {"new_year": ("01-01", "01-01"), "labour_day": ("05-01", "05-05"), "national_day": ("10-01", "10-07")}
#: The first day of a year on which the others can begin.
_EARLIEST = {"spring_festival": (1, 15), "qingming": (4, 1), "dragon_boat": (5, 25), "mid_autumn": (9, 5)}

HOLIDAYS: tuple[str, ...] = tuple(_DAYS_OFF)
NOTICES = (min(_MADE_UP), max(_MADE_UP))


def days_off(holiday: str, year: int) -> tuple[date, date] | None:
    """Return the first and last day off of a holiday in a year.

    Without a notice for that year 元旦, 五一 and 国庆 are 01-01, 05-01 to 05-05 and 10-01 to 10-07; the others follow the lunar
    calendar or the sun, and are None.
    """
    for row in _DAYS_OFF[holiday].split("|"):
        of_year, first, last = row.split()
        if int(of_year) == year:
            starts = year - 1 if first.startswith("12-") and last.startswith("01-") else year
            return date.fromisoformat(f"{starts}-{first}"), date.fromisoformat(f"{year}-{last}")
    if holiday in _BY_RULE and 1 <= year <= 9999:
        first, last = _BY_RULE[holiday]
        return date.fromisoformat(f"{year:04}-{first}"), date.fromisoformat(f"{year:04}-{last}")
    return None


_OWN_DAY = {"new_year": (1, 1), "labour_day": (5, 1), "national_day": (10, 1)}
#: Those that follow the moon or the sun: the first day of the lunar year, 清明, the 5th of the 5th and the 15th of the 8th month.
_OWN_DAYS: dict[str, str] = {
    "spring_festival": "2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17",
    "qingming": "2020-04-04 2021-04-04 2022-04-05 2023-04-05 2024-04-04 2025-04-04 2026-04-05",
    "dragon_boat": "2020-06-25 2021-06-14 2022-06-03 2023-06-22 2024-06-10 2025-05-31 2026-06-19",
    "mid_autumn": "2020-10-01 2021-09-21 2022-09-10 2023-09-29 2024-09-17 2025-10-06 2026-09-25",
}


def festival_day(holiday: str, year: int) -> date | None:
    """Return the day of the festival itself in a year; None where it follows the moon or the sun and is not held."""
    if holiday in _OWN_DAY:
        return date(year, *_OWN_DAY[holiday])
    held = (date.fromisoformat(day) for day in _OWN_DAYS[holiday].split())
    return next((day for day in held if day.year == year), None)


def latest_begun(holiday: str, today: date) -> tuple[date, date] | None:
    """Return the days off of the latest holiday of that name that has begun by ``today``, or None where it is not held."""
    for year in (today.year + 1, today.year, today.year - 1):
        found = days_off(holiday, year)
        earliest = _EARLIEST.get(holiday)
        if found is None and year == today.year and earliest and (today.month, today.day) >= earliest:
            return None  # this year's notice is not held: which one is the latest cannot be told
        if found and found[0] <= today:
            return found
    return None


def is_working_day(day: date) -> bool | None:
    """Return whether the official calendar makes a day a working day, or None for a year whose notice is not held."""
    if not NOTICES[0] <= day.year <= NOTICES[1]:
        return None
    if f"{day:%m-%d}" in _MADE_UP[day.year].split():
        return True
    if day.weekday() >= 5 or day in _ONCE:
        return False
    off = (days_off(holiday, year) for holiday in HOLIDAYS for year in (day.year, day.year + 1))
    return not any(held and held[0] <= day <= held[1] for held in off)
