"""Public holidays of mainland China as days off in a row, from the State Council's yearly notices, 2016 to 2026.

A table, not a library: the question "国庆" must not cost a second of imports. Where two holidays were announced as one
(国庆 and 中秋 of 2017, 2020, 2023, 2025) both have the days of the whole. A test holds the table to the `holidays` package.
"""

from __future__ import annotations

from datetime import date

#: holiday -> year -> first and last day off, as "MM-DD MM-DD"; a first day in December belongs to the year before.
_DAYS_OFF: dict[str, str] = {
    "new_year": "2016 01-01 01-03|2017 12-31 01-02|2018 12-30 01-01|2019 12-30 01-01|2020 01-01 01-01|2021 01-01 01-03|"
    "2022 01-01 01-03|2023 12-31 01-02|2024 12-30 01-01|2025 01-01 01-01|2026 01-01 01-03",
    "spring_festival": "2016 02-07 02-13|2017 01-27 02-02|2018 02-15 02-21|2019 02-04 02-10|2020 01-24 02-02|"
    "2021 02-11 02-17|2022 01-31 02-06|2023 01-21 01-27|2024 02-10 02-17|2025 01-28 02-04|2026 02-15 02-23",
    "qingming": "2016 04-02 04-04|2017 04-02 04-04|2018 04-05 04-07|2019 04-05 04-07|2020 04-04 04-06|2021 04-03 04-05|"
    "2022 04-03 04-05|2023 04-05 04-05|2024 04-04 04-06|2025 04-04 04-06|2026 04-04 04-06",
    "labour_day": "2016 04-30 05-02|2017 04-29 05-01|2018 04-29 05-01|2019 05-01 05-04|2020 05-01 05-05|2021 05-01 05-05|"
    "2022 04-30 05-04|2023 04-29 05-03|2024 05-01 05-05|2025 05-01 05-05|2026 05-01 05-05",
    "dragon_boat": "2016 06-09 06-11|2017 05-28 05-30|2018 06-16 06-18|2019 06-07 06-09|2020 06-25 06-27|2021 06-12 06-14|"
    "2022 06-03 06-05|2023 06-22 06-24|2024 06-08 06-10|2025 05-31 06-02|2026 06-19 06-21",
    "mid_autumn": "2016 09-15 09-17|2017 10-01 10-08|2018 09-22 09-24|2019 09-13 09-15|2020 10-01 10-08|2021 09-19 09-21|"
    "2022 09-10 09-12|2023 09-29 10-06|2024 09-15 09-17|2025 10-01 10-08|2026 09-25 09-27",
    "national_day": "2016 10-01 10-07|2017 10-01 10-08|2018 10-01 10-07|2019 10-01 10-07|2020 10-01 10-08|2021 10-01 10-07|"
    "2022 10-01 10-07|2023 09-29 10-06|2024 10-01 10-07|2025 10-01 10-08|2026 10-01 10-07",
}  # fmt: skip

HOLIDAYS: tuple[str, ...] = tuple(_DAYS_OFF)


def days_off(holiday: str, year: int) -> tuple[date, date] | None:
    """Return the first and last day off of a holiday in a year, or None where no official calendar is held."""
    for row in _DAYS_OFF[holiday].split("|"):
        of_year, first, last = row.split()
        if int(of_year) == year:
            starts = year - 1 if first.startswith("12-") and last.startswith("01-") else year
            return date.fromisoformat(f"{starts}-{first}"), date.fromisoformat(f"{year}-{last}")
    return None


def latest_begun(holiday: str, today: date) -> tuple[date, date] | None:
    """Return the days off of the latest holiday of that name that has begun by ``today``, or None where it is not held."""
    for year in (today.year + 1, today.year, today.year - 1):
        found = days_off(holiday, year)
        if found is None and year == today.year:
            return None  # this year's notice is not held: which one is the latest cannot be told
        if found and found[0] <= today:
            return found
    return None
