"""Every metric: its hand-worked values, its SQL, and its check query over raw tables on warehouses large and small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import Catalog
from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.comparing import same
from tests.tools.semantic_layer.conftest import Bench, open_bench
from tests.tools.semantic_layer.fixtures import NAMES, build_rows, case_faults, fixture_of
from tests.tools.semantic_layer.raw import EXPERIMENT, Raw, Scope, literal
from tests.tools.semantic_layer.worlds import CAMPAIGNS, CHANNELS, PLATFORMS, VERSIONS, WorldMaker
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.query import MetricQuery

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
REPOSITORY = Path(__file__).parents[3]
FIRST = {
    "dau", "wau", "mau", "active_users", "stickiness", "new_users", "activation_rate", "retention_d1",
    "retention_d7", "retention_d30", "gmv", "revenue", "orders", "paying_users", "paid_conversion", "arpu", "arppu",
    "aov", "cost", "cac", "roi", "ctr",
}  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "channel": (*CHANNELS, "billboard"),
    "campaign": (*CAMPAIGNS, "quiet"),
    "platform": PLATFORMS,
    "app_version": VERSIONS,
    "province": ("广东", "四川", None),
    "city_tier": (1, 2, 3, 5, None),
    "gender": ("f", "m", "unknown", None),
    "age_band": ("18-24", "46+", None),
    "lifecycle": ("new", "growing", "mature", "fading", "dormant", "lost", None),
    "variant": ("control", "treatment"),
    "category": ("books", "food", None),
    "product_type": ("goods", "service", "membership", None),
    "creative": ("a", "b", None),
    "event": ("like", "comment", "share", "content_publish"),
    "medium": ("push", "sms", None),
    "plan": ("monthly", "annual", None),
}
"""What each dimension holds in the bigger random warehouse."""


# ------------------------------------------------------------------------------------------------- warehouses


@dataclass(frozen=True)
class Place:
    """A warehouse with its raw tables."""

    bench: Bench
    raw: Raw

    def run(self, metric: str, start: date, end: date, **more: Any) -> list[dict[str, Any]]:
        """Return the engine's rows."""
        query = {"metrics": [metric], "start": start, "end": end, "limit": 100_000, **more}
        return self.bench.layer.run(MetricQuery.model_validate(query)).records()


@pytest.fixture(scope="module")
def bigger(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[Place]:
    """A random warehouse of a few thousand events, over a year end."""
    home = tmp_path_factory.mktemp("bigger")
    start, end = date(2024, 10, 30), date(2025, 2, 19)
    path = build_warehouse(home, WorldMaker(5, start, end, users=400).tables(), data_start=start, as_of=end)
    place = Place(open_bench(home, path, catalog), Raw.copy_of(path))
    yield place
    place.bench.layer.warehouse.close()


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[Place]:
    """The same over a year, for cohorts that are followed for months."""
    home = tmp_path_factory.mktemp("longer")
    start, end = date(2024, 3, 1), date(2025, 2, 19)
    path = build_warehouse(home, WorldMaker(6, start, end, users=600).tables(), data_start=start, as_of=end)
    place = Place(open_bench(home, path, catalog), Raw.copy_of(path))
    yield place
    place.bench.layer.warehouse.close()


@dataclass(frozen=True)
class Ground:
    """A warehouse with days of it on which every metric has something to count."""

    place: Place
    start: date
    end: date


@pytest.fixture
def ground(bigger: Place, longer: Place, catalog: Catalog, name: str) -> Ground:
    """Where a metric is split and filtered: long enough ago for its cohorts to be old enough."""
    ages = [catalog.measures[measure].mature_after or 0 for measure in catalog.metric(name).measures]
    if max(ages) > 45:
        return Ground(longer, date(2024, 6, 18), date(2024, 8, 3))
    return Ground(bigger, date(2024, 12, 18), date(2025, 2, 3))


@pytest.fixture(scope="module")
def rows_homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The published rows of every fixture file that has some."""
    found = {}
    for name in sorted({fixture_of(each).rows_of for each in NAMES}):
        home = tmp_path_factory.mktemp(name)
        build_rows(name, home)
        found[name] = home
    return found


@pytest.fixture(scope="module")
def places(rows_homes: dict[str, Path], catalog: Catalog) -> dict[str, Place]:
    """The warehouse of every fixture file that has rows."""
    found = {}
    for name, home in rows_homes.items():
        path = next(home.glob("warehouse/*.duckdb"))
        found[name] = Place(open_bench(home, path, catalog), Raw.copy_of(path))
    return found


# ------------------------------------------------------------------------------------------------- tests


def test_each_metric_has_its_fixture(catalog: Catalog) -> None:
    """Every vetted metric names a file that exists and is about it; the first 22 are all there."""
    assert set(catalog.metrics) >= FIRST
    for metric in catalog.metrics.values():
        path = REPOSITORY / metric.test
        assert path.is_file(), f"{metric.id}: {metric.test} is missing"
        if path.suffix == ".yaml":
            assert path.stem == metric.id == fixture_of(metric.id).metric
    assert set(NAMES) <= set(catalog.metrics), "a fixture is about no metric"
    assert set(NAMES) >= FIRST


CASES = [(name, number) for name in NAMES for number in range(len(fixture_of(name).cases))]


@pytest.mark.parametrize(("name", "number"), CASES, ids=[f"{name}-{number}" for name, number in CASES])
def test_values_worked_out_by_hand(places: dict[str, Place], name: str, number: int) -> None:
    """The engine gives the rows that were worked out by hand."""
    fixture = fixture_of(name)
    case = fixture.cases[number]
    faults = case_faults(places[fixture.rows_of].bench, name, case)
    assert not faults, "\n".join([case.why, *faults])


@pytest.mark.parametrize("name", NAMES)
def test_sql_is_the_snapshot(
    places: dict[str, Place], catalog: Catalog, name: str, request: pytest.FixtureRequest
) -> None:
    """The rendered SQL of the metric is the one that was reviewed, with the values that it is bound to."""
    place = places[fixture_of(name).rows_of]
    text = snapshot_text(place.bench, catalog, name)
    path = SNAPSHOTS / f"{name}.sql"
    if request.config.getoption("yunce_update_snapshots"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "see the difference; if it is meant, run pytest --update-snapshots"


def _split_by(name: str) -> str:
    """Return the dimension that a metric is shown by: channel, where it takes that."""
    takes = oracle.SPECS[name].takes
    return "channel" if "channel" in takes else takes[0]


def snapshot_text(bench: Bench, catalog: Catalog, name: str) -> str:
    """Return the metric's definition and its SQL for a total, and by month and dimension against the month before."""
    metric = catalog.metric(name)
    first, last = bench.world.data_start, bench.world.as_of
    dimension = _split_by(name)
    parts = [f"-- {name} ({metric.names.zh}): {metric.definition.en}.\n-- {metric.formula}\n"]
    asked: list[dict[str, Any]] = [
        {"start": first, "end": last},
        {"start": first, "end": last, "grain": "month", "dimensions": [dimension], "compare": "previous"},
    ]
    for more in asked:
        _, vetted = bench.layer.explain(MetricQuery.model_validate({"metrics": [name], **more}))
        said = ", ".join(f"{key} = {value}" for key, value in more.items())
        bound = "\n".join(f"--   ${key} = {value}" for key, value in vetted.bound.items())
        parts.append(f"-- {said}\n{bound}\n{vetted.sql};\n")
    return "\n".join(parts)


@pytest.mark.parametrize("name", NAMES)
def test_check_query_on_the_fixture(places: dict[str, Place], name: str) -> None:
    """The check query, over raw tables, gives the hand-worked values too: neither is right by accident."""
    fixture = fixture_of(name)
    place = places[fixture.rows_of]
    checked = 0
    for case in fixture.cases:
        if set(case.params) == {"start", "end"} and name in case.expect[0]:
            start, end = (case.params[key] for key in ("start", "end"))
            value = place.raw.check(fixture.check_sql, max(start, place.bench.world.data_start), end)
            assert same(name, value, case.expect[0][name]), case.why
            checked += 1
    assert checked >= 2


GIVEN = {"start": "2024-11-05", "end": "2024-12-20"}
COMPARED: tuple[tuple[date, date, Any], ...] = (
    (date(2024, 12, 1), date(2024, 12, 31), "previous"),
    (date(2024, 12, 18), date(2025, 2, 19), "previous"),
    (date(2024, 12, 18), date(2025, 2, 19), GIVEN),
    (date(2025, 1, 14), date(2025, 1, 14), "previous"),
    (date(2025, 1, 14), date(2025, 1, 31), "year_ago"),  # before the data
)


@pytest.mark.parametrize("name", NAMES)
def test_check_query_total_and_compared(bigger: Place, name: str) -> None:
    """Over whole ranges, and over what they are compared with, the check query agrees."""
    sql = fixture_of(name).check_sql
    by_week = oracle.SPECS[name].calendar == "week"
    for start, end, compare in COMPARED:
        (row,) = bigger.run(name, start, end, compare=compare)
        assert same(name, bigger.raw.check(sql, start, end), row[name]), (start, end)
        base = oracle.base_days(oracle.days_between(start, end), "total", compare, by_week=by_week)
        known = base[0] >= bigger.bench.world.data_start
        expected = bigger.raw.check(sql, base[0], base[-1]) if known else None
        assert same(f"{name}__base", expected, row[f"{name}__base"]), (start, end, compare)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_check_query_by_grain(bigger: Place, name: str, grain: str) -> None:
    """Each bucket of each grain is what the check query gives for its days."""
    start = date(2025, 1, 27) if grain == "day" else date(2024, 11, 10)
    end = date(2025, 2, 19)
    taken = oracle.raised(grain, oracle.SPECS[name].calendar)
    rows = bigger.run(name, start, end, grain=grain)
    buckets = oracle.buckets_of(oracle.days_between(start, end), taken)
    assert [row["period"] for row in rows] == [period.isoformat() for period in buckets]
    for row, days in zip(rows, buckets.values(), strict=True):
        assert same(name, bigger.raw.check(fixture_of(name).check_sql, days[0], days[-1]), row[name]), days


DIMENSIONS = [(name, dimension) for name in NAMES for dimension in oracle.SPECS[name].takes]


@pytest.mark.parametrize(("name", "dimension"), DIMENSIONS, ids=[f"{n}-{d}" for n, d in DIMENSIONS])
def test_check_query_by_dimension(ground: Ground, name: str, dimension: str) -> None:
    """Each value of each dimension that the metric takes is what the check query gives over that value's rows."""
    place, start, end = ground.place, ground.start, ground.end
    filters = [EXPERIMENT] if dimension == "variant" else []
    rows = {row[dimension]: row[name] for row in place.run(name, start, end, dimensions=[dimension], filters=filters)}
    fixture, own = fixture_of(name), oracle.SPECS[name].own
    assert set(rows) <= set(VALUES[dimension])
    assert rows, "nothing to compare"
    if dimension in fixture.check_by:
        expected = dict(place.raw.rows(fixture.check_by[dimension], start, end))
        assert rows.keys() == expected.keys()
        assert all(same(name, expected[value], rows[value]) for value in rows), (rows, expected)
        return
    for value in VALUES[dimension]:
        scope = Scope(dimension, f"x IS NOT DISTINCT FROM {literal(value)}", own, fixture.follows)
        expected_value = place.raw.check(fixture.check_sql, start, end, scopes=[scope])
        if value in rows:
            assert same(name, expected_value, rows[value]), value
        else:
            assert not expected_value, f"{value} should have a row"


FILTERS: tuple[tuple[str, str, list[Any], str], ...] = (
    ("channel", "in", ["kol", "organic"], "x IN ('kol', 'organic')"),
    ("channel", "in", [None, "short_video"], "(x = 'short_video' OR x IS NULL)"),
    ("channel", "not_in", ["kol"], "x IS DISTINCT FROM 'kol'"),
    ("campaign", "in", ["spark", "quiet"], "x IN ('spark', 'quiet')"),
    ("campaign", "not_in", ["gravity", None], "(x IS NOT NULL AND x <> 'gravity')"),
    ("city_tier", "gt", [2], "x > 2"),
    ("city_tier", "gte", [2], "x >= 2"),
    ("city_tier", "lt", [3], "x < 3"),
    ("city_tier", "lte", [3], "x <= 3"),
    ("city_tier", "between", [2, 4], "(x >= 2 AND x <= 4)"),
    ("app_version", "gt", ["5.2.0"], "x IN ('5.10.0', '5.9')"),
    ("app_version", "between", ["5.3.0", "5.10.0"], "x IN ('5.10.0', '5.9')"),
    ("platform", "in", ["android", None], "(x = 'android' OR x IS NULL)"),
    ("platform", "not_in", ["ios"], "x IS DISTINCT FROM 'ios'"),
    ("lifecycle", "not_in", ["dormant", "lost"], "(x IS NULL OR x NOT IN ('dormant', 'lost'))"),
    ("category", "not_in", ["books"], "x IS DISTINCT FROM 'books'"),
    ("creative", "not_in", ["a"], "x IS DISTINCT FROM 'a'"),
    ("medium", "not_in", ["sms"], "x IS DISTINCT FROM 'sms'"),
    ("plan", "in", ["annual", None], "(x = 'annual' OR x IS NULL)"),
    ("variant", "in", ["control"], "x = 'control'"),
)


@pytest.mark.parametrize("name", NAMES)
def test_check_query_under_filters(ground: Ground, name: str) -> None:
    """Under a filter of every operator, nulls included, the check query agrees over the rows that the filter keeps."""
    place, start, end = ground.place, ground.start, ground.end
    spec, fixture = oracle.SPECS[name], fixture_of(name)
    tried = set()
    for dimension, op, values, test in FILTERS:
        if dimension in spec.takes:
            filters = [
                {"dimension": dimension, "op": op, "values": values},
                *([EXPERIMENT] if dimension == "variant" else []),
            ]
            (row,) = place.run(name, start, end, filters=filters)
            if spec.bottom is None and dimension in fixture.check_by:
                expected = place.raw.total(fixture.check_by[dimension], test, start, end)
            else:
                scope = Scope(dimension, test, spec.own, fixture.follows)
                expected = place.raw.check(fixture.check_sql, start, end, scopes=[scope])
            assert same(name, expected, row[name]), (dimension, op, values)
            tried.add(op)
    assert {"in", "not_in"} <= tried


@pytest.fixture(scope="module")
def demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[Place]:
    """The demo warehouse of the whole run, with receipts elsewhere."""
    path = next((demo_home / "warehouse").glob("*.duckdb"))
    raw = Raw.copy_of(path)
    place = Place(open_bench(tmp_path_factory.mktemp("receipts"), path, catalog), raw)
    yield place
    place.bench.layer.warehouse.close()


@pytest.mark.parametrize("name", NAMES)
def test_check_query_on_the_demo(demo: Place, name: str) -> None:
    """On the demo warehouse the check query agrees over a quarter, a year before it, month by month, and by channel."""
    fixture, start, end = fixture_of(name), date(2025, 10, 1), date(2025, 12, 31)
    sql = fixture.check_sql
    (total,) = demo.run(name, start, end, compare="year_ago")
    assert total[name] or total[f"{name}__base"], "the demo has something to count"
    assert same(name, demo.raw.check(sql, start, end), total[name])
    days = oracle.days_between(start, end)
    base = oracle.base_days(days, "total", "year_ago", by_week=oracle.SPECS[name].calendar == "week")
    assert same(f"{name}__base", demo.raw.check(sql, base[0], base[-1]), total[f"{name}__base"])
    for row in demo.run(name, start, end, grain="month"):
        days = oracle.whole_unit(date.fromisoformat(row["period"]), "month")
        assert same(name, demo.raw.check(sql, days[0], days[-1]), row[name]), row
    split = _split_by(name)
    by_value = dict(demo.raw.rows(fixture.check_by[split], start, end)) if split in fixture.check_by else None
    for row in demo.run(name, start, end, dimensions=[split]):
        if by_value is not None:
            assert same(name, by_value[row[split]], row[name]), row
            continue
        test = f"x IS NOT DISTINCT FROM {literal(row[split])}"
        scope = Scope(split, test, oracle.SPECS[name].own, fixture.follows)
        assert same(name, demo.raw.check(sql, start, end, scopes=[scope]), row[name]), row
