"""A read-out worked out of the sums by arm: pure, so that a receipt can be checked by doing it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tools.experiments import statistics
from tools.experiments.metrics import READOUT_METRICS, ReadoutMetric
from tools.experiments.statistics import Effect, Moments
from tools.semantic_layer.prepared import Table
from tools.warehouse.rows import Scalar

COLUMNS = ("variant", "users", "value", "difference", "ci_low", "ci_high", "p_value", "srm_p")
CONTROLS = ("control", "对照组", "对照", "baseline")
"""Names of the arm that the others are compared with, best first; without one, the first by name."""
_LEAST_GAIN = 0.01
"""CUPED must explain at least this share of the variance to be worth its adjustment."""


@dataclass(frozen=True)
class Arm:
    """One arm: those assigned to it alone in time, those of them who are counted, and how many of these came earlier.

    Attributes:
        variant: its name.
        assigned: users assigned to it alone, before the experiment's end.
        counted: the moments of those who count for the metric.
        earlier: of those counted, users who had registered before the day of their assignment.
        settled: of those counted, users who had registered before the pre-period began.
    """

    variant: str
    assigned: int
    counted: Moments
    earlier: int
    settled: int


@dataclass(frozen=True)
class Readout:
    """Everything that a read-out shows or says.

    Attributes:
        metric: what was measured.
        arms: control first, the others by name.
        left_out: users not counted, by state (see ``select.write``).
    """

    metric: ReadoutMetric
    arms: tuple[Arm, ...]
    left_out: Mapping[str, int]

    @property
    def control(self) -> Arm:
        """The arm that the others are compared with."""
        return self.arms[0]

    @property
    def treatments(self) -> tuple[Arm, ...]:
        """The other arms."""
        return self.arms[1:]

    @cached_property
    def srm_p(self) -> float | None:
        """The p-value of an equal split of those assigned; None with one arm."""
        return statistics.sample_ratio_p([arm.assigned for arm in self.arms])

    def plain(self, arm: Arm) -> Moments:
        """Return an arm's moments without the pre-period."""
        return arm.counted.only(*(name for name in ("d", "y") if name in arm.counted.sums))

    @cached_property
    def adjusted(self) -> bool:
        """Whether CUPED applies: there is a pre-period and it explains part of what varies."""
        return self.gain >= _LEAST_GAIN

    @cached_property
    def gain(self) -> float:
        """The share of the difference's variance that the pre-period explains; 0 where there is none or it does not."""
        if "x" not in self.control.counted.sums or not self.treatments:
            return 0.0
        gains = []
        for arm in self.treatments:
            if not _base_before(self.control, arm):
                return 0.0
            plain = statistics.compare(self.plain(self.control), self.plain(arm))
            better = statistics.compare(self.control.counted, arm.counted)
            if plain is None or better is None:
                return 0.0
            gains.append(1 - (better.error / plain.error) ** 2)
        return min(gains)

    def tested(self, arm: Arm) -> Moments:
        """Return the moments that the test of an arm uses: with the pre-period where CUPED applies."""
        return arm.counted if self.adjusted else self.plain(arm)

    def effect(self, arm: Arm) -> Effect | None:
        """Return what an arm differs from control by; None where that cannot be tested."""
        return self._effects[arm.variant]

    @cached_property
    def _effects(self) -> Mapping[str, Effect | None]:
        control = self.tested(self.control)
        return {arm.variant: statistics.compare(control, self.tested(arm)) for arm in self.treatments}

    def difference(self, arm: Arm) -> float | None:
        """Return the difference shown for an arm; without a test, that of the two values."""
        effect = self.effect(arm)
        if effect is not None:
            return effect.difference
        values = self.control.counted.value, arm.counted.value
        return None if values[0] is None or values[1] is None else values[1] - values[0]

    def rows(self) -> Iterable[tuple[Scalar, ...]]:
        """Yield a row for each arm; control is compared with nothing."""
        for arm in self.arms:
            shown: tuple[Scalar, ...] = (None, None, None, None)
            if arm is not self.control:
                effect = self.effect(arm)
                ends = (effect.low, effect.high, effect.p_value) if effect else (None, None, None)
                shown = (self.money(self.difference(arm)), self.money(ends[0]), self.money(ends[1]), ends[2])
            yield (arm.variant, arm.counted.n, self.money(arm.counted.value), *shown, self.srm_p)

    def money(self, number: float | None) -> float | None:
        """Return a number of the metric's unit as it is shown: money with 2 decimals, all else as it is."""
        return round(number, 2) if number is not None and self.metric.unit == "CNY" else number


def calculate(params: Mapping[str, Any], table: Table) -> Table:
    """Return the rows of a read-out from the rows of its statement."""
    return COLUMNS, tuple(read(str(params["metric"]), table).rows())


def read(metric: str, table: Table) -> Readout:
    """Return the read-out of a metric from the rows of its statement."""
    columns, rows = table
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    names = sorted(column.removeprefix("s_") for column in columns if column.startswith("s_"))
    variants = {str(record[key]) for record in records for key in ("variant", "other") if record[key] is not None}
    left_out: dict[str, int] = {}
    for record in records:
        if record["state"] != "counted":
            state = str(record["state"])
            left_out[state] = left_out.get(state, 0) + _whole(record["n"])
    arms = [_arm(variant, [r for r in records if r["variant"] == variant], names) for variant in variants]
    return Readout(READOUT_METRICS[metric], tuple(sorted(arms, key=_place)), left_out)


def _place(arm: Arm) -> tuple[int, str]:
    name = arm.variant.strip().casefold()
    return (CONTROLS.index(name) if name in CONTROLS else len(CONTROLS), arm.variant)


def _arm(variant: str, records: list[dict[str, Scalar]], names: list[str]) -> Arm:
    assigned = sum(_whole(r["n"]) for r in records if r["state"] not in ("two_arms", "late"))
    counted = next((r for r in records if r["state"] == "counted"), {})
    sums = {name: float(counted.get(f"s_{name}") or 0.0) for name in names}
    products = {(one, two): float(counted.get(f"p_{one}_{two}") or 0.0) for one in names for two in names if one <= two}
    moments = Moments(_whole(counted.get("n")), sums, products)
    return Arm(variant, assigned, moments, _whole(counted.get("earlier")), _whole(counted.get("settled")))


def _base_before(control: Arm, treatment: Arm) -> bool:
    """Return whether both arms have something before: users who vary in ``x`` and, for ratios, a base to divide by."""
    for arm in (control.counted, treatment.counted):
        if arm.n < 2 or ("e" in arm.sums and not arm.sums["e"]):
            return False
    return any(arm.cov("x", "x") > 0 for arm in (control.counted, treatment.counted))


def _whole(cell: Scalar) -> int:
    return int(cell or 0)
