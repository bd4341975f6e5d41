"""Random queries over random warehouses: the engine says what plain loops over the raw rows say, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.errors import QueryError
from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.comparing import differences, run
from tests.tools.semantic_layer.conftest import SHAPES, Bench

GRAINS = ("total", "total", "day", "week", "month", "quarter", "year")
STORED: Mapping[str, tuple[Any, ...]] = {
    "channel": ("kol", "short_video", "organic", "billboard", None),
    "campaign": ("gravity", "spark", "quiet", None),
    "platform": ("ios", "android", None),
    "app_version": ("5.2.0", "5.10.0", "5.9", None),
    "province": ("广东", "四川", None),
    "city_tier": (1, 2, 3, 5, None),
    "gender": ("f", "m", "unknown", None),
    "age_band": ("18-24", "46+", None),
    "lifecycle": ("new", "growing", "mature", "fading", "dormant", "lost"),
    "variant": ("control", "treatment"),
    "category": ("books", "food", None),
    "product_type": ("goods", "service", "membership", None),
    "creative": ("a", "b", None),
    "event": ("like", "comment", "content_publish"),
    "medium": ("push", "sms", None),
    "plan": ("monthly", "annual", None),
}
ORDERED = ("city_tier", "app_version")
MODELS = ("last_touch", "first_touch", "linear", "time_decay", "position")


@st.composite
def filters_on(draw: st.DrawFn, dimension: str) -> dict[str, Any]:
    """A filter on one dimension, of any operator that it takes."""
    stored = STORED[dimension]
    ops = ["in", "not_in"] + (["gt", "gte", "lt", "lte", "between"] if dimension in ORDERED else [])
    op = draw(st.sampled_from(ops))
    if op in ("in", "not_in"):
        values = draw(st.lists(st.sampled_from(stored), min_size=1, max_size=2, unique=True))
    else:
        known = [value for value in stored if value is not None]
        values = draw(st.lists(st.sampled_from(known), min_size=2, max_size=2))[: 2 if op == "between" else 1]
    return {"dimension": dimension, "op": op, "values": values}


@st.composite
def ranges_in(draw: st.DrawFn, data_start: date, as_of: date) -> tuple[date, date]:
    """A range that touches the data: any, a whole unit, or the beginning of one; it may reach beyond either end."""
    span = (as_of - data_start).days
    day = data_start + timedelta(days=draw(st.integers(-10, span + 5)))
    kind = draw(st.sampled_from(("any", "any", "month", "part", "week", "quarter", "day")))
    if kind == "any":
        return day, day + timedelta(days=draw(st.sampled_from((0, 1, 6, 9, 20, 45, 100, 400))))
    if kind in ("month", "week", "quarter"):
        unit = oracle.whole_unit(day, kind)
        return unit[0], unit[-1]
    if kind == "part":
        return day.replace(day=1), day
    return day, day


@st.composite
def queries(draw: st.DrawFn, among: tuple[str, ...] = ()) -> tuple[int, dict[str, Any]]:
    """A world by its number, and a query of it, of one to three metrics ``among`` those named, or of any."""
    world = draw(st.integers(0, len(SHAPES) - 1))
    _, data_start, as_of, _, _ = SHAPES[world]
    metrics = draw(st.lists(st.sampled_from(among or sorted(oracle.SPECS)), min_size=1, max_size=3, unique=True))
    taken = [d for d in STORED if all(d in oracle.SPECS[m].takes for m in metrics)]
    start, end = draw(ranges_in(data_start, as_of))
    query: dict[str, Any] = {"metrics": metrics, "start": start.isoformat(), "end": end.isoformat()}
    query["grain"] = draw(st.sampled_from(GRAINS))
    if taken:
        query["dimensions"] = draw(st.lists(st.sampled_from(taken), max_size=2, unique=True))
        wanted = draw(st.lists(st.sampled_from(taken), max_size=2))
        query["filters"] = [draw(filters_on(d)) for d in wanted]
        if "variant" in (*query["dimensions"], *wanted) or ("variant" in taken and draw(st.integers(0, 9)) == 0):
            experiment = draw(st.sampled_from(("onboarding_3_tasks", "winback")))
            query["filters"].append({"dimension": "experiment", "op": "in", "values": [experiment]})
    query["compare"] = draw(
        st.sampled_from(("none", "previous", "previous", "year_ago", "year_ago", "target", "dates"))
    )
    if "attributed_registrations" in metrics:
        query["options"] = {"model": draw(st.sampled_from(MODELS))}
    if query["compare"] == "dates":
        first, last = draw(ranges_in(data_start, as_of))
        query["compare"] = {"start": first.isoformat(), "end": last.isoformat()}
    return world, query


def check(bench: Bench, query: dict[str, Any]) -> None:
    """Assert that the engine gives the oracle's cells, or refuses where the oracle does."""
    refusal = oracle.refusal(bench.world, query)
    if refusal:
        with pytest.raises(QueryError) as error:
            run(bench, query)
        assert error.value.code == refusal
    else:
        faults = differences(bench, query)
        assert not faults, "\n".join(faults[:20])


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(queries())
def test_random_queries_agree_with_the_oracle(benches: tuple[Bench, ...], drawn: tuple[int, dict[str, Any]]) -> None:
    """Any metric, grain, dimension, filter and comparison gives the cells that plain loops give."""
    number, query = drawn
    check(benches[number], query)


@pytest.mark.parametrize("metric", sorted(oracle.SPECS))
def test_each_metric_agrees_with_the_oracle(benches: tuple[Bench, ...], metric: str) -> None:
    """Every metric by itself, over every world, gives the cells that plain loops give."""

    @settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(queries((metric,)))
    def agrees(drawn: tuple[int, dict[str, Any]]) -> None:
        number, query = drawn
        check(benches[number], query)

    agrees()


@pytest.mark.parametrize("model", MODELS)
def test_credits_add_up_to_the_registrations(benches: tuple[Bench, ...], model: str) -> None:
    """Under every model the channels share out each registration: no more, no less, in every week."""
    for bench in benches:
        asked = {
            "start": bench.world.data_start.isoformat(),
            "end": bench.world.as_of.isoformat(),
            "grain": "week",
            "options": {"model": model},
        }
        weeks: dict[str, float] = {}
        for row in run(bench, {**asked, "metrics": ["attributed_registrations"], "dimensions": ["channel"]}).records():
            weeks[row["period"]] = weeks.get(row["period"], 0.0) + float(row["attributed_registrations"])
        whole = run(bench, {**asked, "metrics": ["attributed_registrations", "new_users"]}).records()
        assert sum(row["new_users"] for row in whole) > 0
        for row in whole:
            assert row["attributed_registrations"] == row["new_users"]
            assert abs(weeks[row["period"]] - row["new_users"]) < 1e-9
