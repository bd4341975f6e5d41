"""The planted story: every level and date that the demo's rows are drawn from, as whole numbers.

Shares are per million (``PPM``), money is in fen (1/100 CNY). Nothing here depends on the seed: a seed only decides
*who*, never *how many*. Levels that a test measures on few people are met by quota (see ``docs/demo.md``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

PPM: Final = 1_000_000
FIRST_USER: Final = date(2022, 7, 1)
DATA_START: Final = date(2024, 7, 1)
AS_OF: Final = date(2025, 12, 31)

GRAVITY: Final = (date(2025, 4, 1), date(2025, 7, 31))
FADE: Final = date(2025, 9, 30)
"""Gravity's extra sign-ups stay whole to the end of the plan and then fade out until this day."""

GOLDEN_WEEK: Final = (date(2025, 10, 1), date(2025, 10, 8))
DOUBLE_11: Final = (date(2024, 11, 11), date(2025, 11, 11))
INCIDENT: Final = (date(2025, 3, 10), date(2025, 3, 17))


@dataclass(frozen=True)
class Channel:
    """One way in: daily weight, effect of gravity on it, fen per sign-up before levelling, quality, click price."""

    name: str
    weight: int
    gravity_pct: int
    unit_cost: int
    quality: int
    fen_per_click: int
    ctr_ppm: int


CHANNELS: Final = (
    Channel("short_video", 190, 98, 4300, -8, 95, 19_000),
    Channel("feed_ads", 150, 0, 5200, -22, 130, 12_500),
    Channel("search", 105, 0, 4200, 10, 160, 38_000),
    Channel("app_store", 130, 0, 3600, 2, 120, 31_000),
    Channel("kol", 90, 104, 4400, 12, 150, 24_000),
    Channel("community", 60, 0, 3500, 16, 85, 27_000),
    Channel("alliance", 45, 0, 3400, -4, 75, 16_000),
    Channel("offline", 40, 0, 3900, -12, 60, 45_000),
    Channel("organic", 140, 0, 0, 14, 1, 1),
    Channel("referral", 0, 0, 3000, 8, 70, 48_000),
)
"""Referral has no weight of its own: it is the share of each day's sign-ups that ``REFERRAL`` says."""

Path = Sequence[tuple[date, int]]

VOLUME: Final[Path] = (
    (FIRST_USER, 70), (date(2023, 7, 1), 420), (date(2024, 7, 1), 820), (date(2024, 12, 1), 930),
    (date(2025, 4, 1), 960), (date(2025, 12, 31), 1060),
)  # fmt: skip
"""How many sign-ups a day, before gravity and referral, relative to one another."""

REFERRAL: Final[Path] = (
    (FIRST_USER, 80_000), (date(2024, 7, 1), 110_000), (date(2025, 1, 1), 147_000), (date(2025, 1, 31), 153_000),
    (date(2025, 6, 30), 260_000), (date(2025, 12, 1), 395_000), (date(2025, 12, 31), 405_000),
)  # fmt: skip
"""Share of a day's sign-ups that come by invitation."""

CAC: Final[Path] = (
    (FIRST_USER, 4250), (date(2025, 3, 31), 4150), (date(2025, 4, 1), 3240), (date(2025, 12, 31), 3280),
)  # fmt: skip
"""Fen per sign-up over all channels with cost; gravity brings it down by 23%."""

RATE: Final[Path] = (
    (date(2024, 7, 16), 419_000), (date(2024, 8, 16), 441_000), (date(2024, 9, 16), 460_000),
    (date(2024, 10, 16), 490_000), (date(2024, 11, 16), 505_000), (date(2024, 12, 16), 536_000),
    (date(2025, 1, 16), 559_000), (date(2025, 2, 16), 554_000), (date(2025, 3, 16), 595_000),
    (date(2025, 4, 16), 630_000), (date(2025, 5, 16), 645_000), (date(2025, 6, 16), 645_000),
    (date(2025, 7, 16), 675_000), (date(2025, 8, 16), 677_000), (date(2025, 9, 16), 672_000),
    (date(2025, 10, 16), 690_000), (date(2025, 11, 16), 711_000), (date(2025, 12, 16), 751_000),
)  # fmt: skip
"""Chance that a settled user comes on a day: what makes stickiness rise."""

WEEKDAY: Final = (985_000, 980_000, 985_000, 990_000, 1_000_000, 1_035_000, 1_025_000)
SIGN_UP_WEEKDAY: Final = (97, 96, 97, 98, 100, 107, 105)

RETENTION_D1: Final = (460_000, 530_000)
RETENTION_D7: Final = (380_000, 450_000)
"""Before 2025-04-01 and after; in March 2025 the treatment arm has the later level."""

INCIDENT_D1: Final = 240_000
CONVERSION: Final = 620_000
INCIDENT_CONVERSION: Final = 300_000
CAPTCHA_PER_START: Final = 200_000
INCIDENT_CAPTCHA: Final = 1_600_000
SLICE_SHARE: Final = 352_000
"""Share of sign-ups on android 5.2.0 while it is the newest: android's share times those on the newest version."""

Steps = Sequence[tuple[date, int]]
ACTIVATION: Final[Steps] = (
    (FIRST_USER, 290_000), (date(2025, 1, 1), 300_000), (date(2025, 4, 1), 450_000), (date(2025, 7, 1), 520_000),
    (date(2025, 9, 1), 600_000),
)  # fmt: skip
PENETRATION: Final[Path] = (
    (date(2025, 3, 31), 560_000), (date(2025, 4, 1), 580_000), (date(2025, 6, 30), 580_000),
    (date(2025, 7, 1), 700_000), (date(2025, 10, 1), 830_000),
)  # fmt: skip
PAYMENT: Final[Steps] = ((FIRST_USER, 320_000), (date(2025, 9, 1), 580_000))
RENEWAL: Final[Steps] = (
    (FIRST_USER, 630_000), (date(2025, 1, 1), 650_000), (date(2025, 4, 1), 670_000), (date(2025, 5, 1), 690_000),
    (date(2025, 6, 1), 710_000), (date(2025, 7, 1), 740_000), (date(2025, 8, 1), 760_000),
    (date(2025, 9, 1), 790_000), (date(2025, 10, 1), 820_000),
)  # fmt: skip
CLICK: Final[Path] = (
    (DATA_START, 72_000), (date(2025, 1, 1), 79_000), (date(2025, 1, 31), 81_000), (date(2025, 12, 1), 149_000),
    (date(2025, 12, 31), 151_000),
)  # fmt: skip

FEATURE: Final[Path] = ((DATA_START, 45), (date(2025, 7, 1), 50), (AS_OF, 80))
"""Per mille of a settled user's visits to content, search and the like that use a core feature."""

LIFE: Final = (
    ((265, 230), (0, 0)), ((325, 280), (1, 1)), ((362, 312), (2, 2)), ((440, 385), (3, 6)), ((530, 460), (7, 13)),
    ((625, 545), (14, 29)), ((712, 630), (30, 59)), ((765, 690), (60, 89)), ((848, 780), (90, 179)),
    ((916, 868), (180, 364)), ((968, 950), (365, 729)), ((1000, 1000), (730, 1600)),
)  # fmt: skip
"""Days of life after registration: cumulative per mille before and after the new onboarding, and the range drawn from."""

VERSIONS: Final = {
    "android": (
        ("5.0.0", date(2022, 1, 1)), ("5.0.4", date(2024, 9, 9)), ("5.1.0", date(2024, 11, 18)),
        ("5.1.3", date(2025, 1, 13)), ("5.2.0", date(2025, 3, 3)), ("5.2.1", date(2025, 3, 18)),
        ("5.3.0", date(2025, 5, 26)), ("5.4.0", date(2025, 8, 4)), ("5.5.0", date(2025, 10, 20)),
        ("5.5.2", date(2025, 12, 8)),
    ),
    "ios": (
        ("5.0.0", date(2022, 1, 1)), ("5.0.4", date(2024, 9, 16)), ("5.1.0", date(2024, 11, 25)),
        ("5.1.3", date(2025, 1, 20)), ("5.2.1", date(2025, 3, 24)), ("5.3.0", date(2025, 6, 2)),
        ("5.4.0", date(2025, 8, 11)), ("5.5.0", date(2025, 10, 27)), ("5.5.2", date(2025, 12, 15)),
    ),
    "mini_program": (
        ("3.0.0", date(2022, 1, 1)), ("3.1.0", date(2024, 12, 2)), ("3.2.0", date(2025, 4, 7)),
        ("3.3.0", date(2025, 7, 14)), ("3.4.0", date(2025, 11, 3)),
    ),
}  # fmt: skip
"""Released versions. The web has none: its app_version is null."""

LAGS: Final = (0, 60, 6, 25)
"""Days after which a user updates; registration happens on the newest (0) or a two months old (60) version."""


def at(path: Path, day: date) -> int:
    """Return the value of a piecewise linear path on a day, rounded down; before and after its ends it is flat."""
    days = [point for point, _ in path]
    right = bisect_right(days, day)
    if right == 0:
        return path[0][1]
    if right == len(path):
        return path[-1][1]
    (d0, v0), (d1, v1) = path[right - 1], path[right]
    return v0 + (v1 - v0) * (day - d0).days // (d1 - d0).days


def step(steps: Steps, day: date) -> int:
    """Return the value of a step function on a day."""
    return next(value for start, value in reversed(steps) if start <= day)


def days() -> Iterator[date]:
    """Yield every day on which somebody registers, from ``FIRST_USER`` to ``AS_OF``."""
    for index in range((AS_OF - FIRST_USER).days + 1):
        yield FIRST_USER + timedelta(days=index)


def gravity_share(day: date) -> int:
    """Return how much of gravity's lift works on a day, in percent: 100 while it runs, then fading."""
    start, end = GRAVITY
    if day < start or day >= FADE:
        return 0
    return 100 if day <= end else (FADE - day).days * 100 // (FADE - end).days


def wanted_weights(day: date) -> list[int]:
    """Return each channel's weight among those who want to sign up on a day, in the order of ``CHANNELS``."""
    lift = gravity_share(day)
    base = at(VOLUME, day) * SIGN_UP_WEEKDAY[day.weekday()]
    own = [c.weight * base * (10_000 + c.gravity_pct * lift) // 10_000 for c in CHANNELS[:-1]]
    share = at(REFERRAL, day)
    return [*own, sum(own) * share // (PPM - share)]


def sign_up_weights(day: date) -> list[int]:
    """Return each channel's weight in the sign-ups of a day, in the order of ``CHANNELS``."""
    weights = wanted_weights(day)
    if INCIDENT[0] <= day <= INCIDENT[1]:  # those whom the captcha turned away never became users
        kept = PPM - SLICE_SHARE * (CONVERSION - INCIDENT_CONVERSION) // CONVERSION
        weights = [weight * kept // PPM for weight in weights]
    return weights


def unit_costs(day: date) -> list[int]:
    """Return each channel's fen per sign-up so that all of them together cost what ``CAC`` says."""
    weights = wanted_weights(day)
    paid = sum(w for w, c in zip(weights, CHANNELS, strict=True) if c.unit_cost)
    spent = sum(w * c.unit_cost for w, c in zip(weights, CHANNELS, strict=True))
    return [c.unit_cost * at(CAC, day) * paid // spent for c in CHANNELS]


def on_rate(day: date) -> int:
    """Return the chance, per million, that a settled user comes on a day, weekday and holiday in it."""
    rate = at(RATE, day) * WEEKDAY[day.weekday()] // PPM
    if GOLDEN_WEEK[0] <= day <= GOLDEN_WEEK[1]:
        return rate * 803_000 // PPM
    return rate * 1_070_000 // PPM if day in DOUBLE_11 else rate


def swing(day: date) -> int:
    """Return how a day differs from an ordinary one for people who are still new: its weekday and holiday, per million."""
    return on_rate(day) * PPM // at(RATE, day)


def desire(day: date) -> int:
    """Return the wish to buy on a day, per mille of an ordinary one."""
    if day in DOUBLE_11:
        return 4300
    return 1060 if day.weekday() >= 5 else 1000


def newest(platform: str, day: date) -> str:
    """Return the newest version of a platform on a day."""
    return [name for name, released in VERSIONS[platform] if released <= day][-1]
