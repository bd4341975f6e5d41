"""Groups of users who behave alike: k-means over standardised measures, the number of groups by silhouette.

k-means as of Lloyd 1982 with k-means++ starts (Arthur and Vassilvitskii 2007); the silhouette as of Rousseeuw, "Silhouettes:
a graphical aid" (Journal of Computational and Applied Mathematics 20, 1987); below 0.25 there is "no substantial structure"
(Kaufman and Rousseeuw, Finding Groups in Data, 1990, table 4). Importing this module is quick: scikit-learn is loaded by the
first fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import QueryError
from knowledge.text import Text

Numbers = NDArray[np.float64]
SEED = 20_251_231
SAMPLE = 20_000
"""The most users that groups are fitted on; all are counted."""
SILHOUETTE_SAMPLE = 3_000
FEWEST, MOST = 3, 8
"""How many groups there may be."""
LEAST_USERS = 100
"""Fewer active users than this are not grouped."""
LEAST_STRUCTURE = 0.25
"""A mean silhouette below this tells of no groups, only of one cloud cut into parts."""
NEAR = 0.02
"""Mean silhouettes that differ by no more than this are too near to tell apart."""
LEAST_SHARE, LEAST_GROUP = 0.01, 10
"""The smallest group, as a share of the sample and in users: smaller ones are outliers."""
_SKEWED = 1.0
_STARTS = 5


@dataclass(frozen=True)
class Scale:
    """How a measure is standardised: (value, or ln(1 + value) where its skewness is above 1, − mean) ÷ spread."""

    logarithm: bool
    mean: float
    spread: float


@dataclass(frozen=True)
class Fit:
    """Groups fitted on a sample.

    Attributes:
        scales: by measure.
        centres: by group, the largest first: the standardised mean of each measure.
        labels: the group of each user of the sample.
        silhouettes: the mean silhouette by number of groups; None where a group would be too small.
    """

    scales: tuple[Scale, ...]
    centres: tuple[tuple[float, ...], ...]
    labels: NDArray[np.int64]
    silhouettes: Mapping[int, float | None]

    @property
    def silhouette(self) -> float:
        """The mean silhouette of the groups chosen."""
        return self.silhouettes[len(self.centres)] or 0.0

    @property
    def structured(self) -> bool:
        """Whether there are groups at all, or one cloud cut into parts."""
        return self.silhouette >= LEAST_STRUCTURE


def sampled(batches: Iterable[Sequence[Sequence[Any]]], size: int = SAMPLE) -> tuple[Numbers, int]:
    """Return a random sample of the rows, the same for the same rows in the same order, and how many rows there were.

    Never holds more than the sample and one batch: each row draws a number, and those with the least are kept.
    """
    chance = np.random.default_rng(SEED)
    kept: Numbers | None = None
    keys: Numbers = np.empty(0)
    total = 0
    for batch in batches:
        total += len(batch)
        rows = np.array(batch, dtype=np.float64)
        kept = rows if kept is None else np.vstack([kept, rows])
        keys = np.concatenate([keys, chance.random(len(batch))])
        if len(keys) > size:
            order = np.sort(np.argpartition(keys, size)[:size])
            kept, keys = kept[order], keys[order]
    return (np.empty((0, 0)) if kept is None else kept), total


def fits(rows: Numbers, groups: int | None = None) -> tuple[Fit, ...]:
    """Return the groups of a sample, a row per user and a column per measure, in the numbers that do best, the best first.

    Those are the numbers from 3 to 8 whose mean silhouette (on at most 3,000 of the users, the same for all) is at most 0.02
    below the highest, among those whose every group has at least 1% of the sample and 10 users. With ``groups`` it is that
    number alone.

    Raises:
        QueryError: fewer than 100 users, or no number of groups leaves each large enough; ``groups`` below 3 or above 8.
    """
    check_number(groups)
    if len(rows) < LEAST_USERS:
        raise _too_few(len(rows))
    scales, scaled = _scaled(rows)
    shown = np.sort(np.random.default_rng(SEED).permutation(len(rows))[:SILHOUETTE_SAMPLE])
    least = max(LEAST_GROUP, LEAST_SHARE * len(rows))
    silhouettes: dict[int, float | None] = {}
    found: dict[int, tuple[Numbers, NDArray[np.int64]]] = {}
    distinct = len(np.unique(scaled, axis=0))
    counts = range(FEWEST, MOST + 1) if groups is None else (groups,)
    for count in (each for each in counts if each <= distinct):
        centres, labels = _grouped(scaled, count)
        silhouettes[count] = None
        if np.bincount(labels, minlength=count).min() >= least:
            silhouettes[count] = _silhouette(scaled[shown], labels[shown])
            found[count] = centres, labels
    if not found:
        raise _no_groups(len(rows), groups)
    ranked = sorted(found, key=lambda count: (-(silhouettes[count] or 0.0), count))
    highest = silhouettes[ranked[0]] or 0.0
    near = [count for count in ranked if (silhouettes[count] or 0.0) >= highest - NEAR]
    return tuple(_ordered(scales, *found[count], silhouettes) for count in near)


def _scaled(rows: Numbers) -> tuple[tuple[Scale, ...], Numbers]:
    scales, columns = [], []
    for column in rows.T:
        logarithm = _skewness(column) > _SKEWED
        values = np.log1p(np.maximum(column, 0)) if logarithm else column
        scale = Scale(logarithm, round(float(values.mean()), 6), round(float(values.std()), 6) or 1.0)
        scales.append(scale)
        columns.append((values - scale.mean) / scale.spread)
    return tuple(scales), np.column_stack(columns)


def _skewness(column: Numbers) -> float:
    spread = float(column.std())
    return float(((column - column.mean()) ** 3).mean()) / spread**3 if spread else 0.0


def _grouped(scaled: Numbers, count: int) -> tuple[Numbers, NDArray[np.int64]]:
    from sklearn.cluster import KMeans  # noqa: PLC0415 - a second to load, and only discovery needs it
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(limits=1):  # threads add in any order: one thread gives the same sums each time
        model = KMeans(n_clusters=count, n_init=_STARTS, random_state=SEED % 2**31).fit(scaled)
    return np.asarray(model.cluster_centers_, dtype=np.float64), np.asarray(model.labels_, dtype=np.int64)


def _silhouette(scaled: Numbers, labels: NDArray[np.int64]) -> float:
    from sklearn.metrics import silhouette_score  # noqa: PLC0415 - as above

    if len(np.unique(labels)) < 2:
        return 0.0
    return round(float(silhouette_score(scaled, labels)), 4)


def _ordered(
    scales: tuple[Scale, ...], centres: Numbers, labels: NDArray[np.int64], silhouettes: Mapping[int, float | None]
) -> Fit:
    """Return the fit with its groups the largest first, centres rounded as the statement will have them."""
    rounded = [tuple(round(float(at), 6) for at in centre) for centre in centres]
    sizes = np.bincount(labels, minlength=len(rounded))
    order = sorted(range(len(rounded)), key=lambda place: (-int(sizes[place]), rounded[place]))
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    return Fit(scales, tuple(rounded[place] for place in order), place_of[labels], silhouettes)


def _too_few(users: int) -> QueryError:
    return QueryError(
        Text(
            f"近 30 天只有 {users:,} 名活跃用户，少于分组所需的 {LEAST_USERS} 名。换一个活跃用户更多的截至日，"
            "或用 yunce segments preview 查看人群。",
            f"Only {users:,} users were active in the 30 days, fewer than the {LEAST_USERS} that groups take. Name an as-of day "
            "with more active users, or look at a segment with yunce segments preview.",
        ),
        code="too_few_users",
    )


def _no_groups(users: int, groups: int | None) -> QueryError:
    number = Text(f"{FEWEST} 到 {MOST}", f"{FEWEST} to {MOST}") if groups is None else Text(str(groups), str(groups))
    return QueryError(
        Text(
            f"{users:,} 名活跃用户的行为分不成 {number.zh} 组：总有不足 {LEAST_SHARE:.0%} 或 {LEAST_GROUP} 人的组。"
            "换一个截至日或组数再试。",
            f"The behaviour of {users:,} active users does not fall into {number.en} groups: one always has less than "
            f"{LEAST_SHARE:.0%} of them, or fewer than {LEAST_GROUP}. Try another as-of day or number.",
        ),
        code="no_groups",
    )


def check_number(groups: int | None) -> None:
    """Raise QueryError for a number of groups below 3 or above 8."""
    if groups is None or FEWEST <= groups <= MOST:
        return
    raise QueryError(
        Text(
            f"组数 {groups} 不合要求：应为 {FEWEST} 到 {MOST}；不给出则由数据决定。",
            f"There cannot be {groups} groups: {FEWEST} to {MOST}; without a number the data decide.",
        ),
        code="bad_params",
    )
