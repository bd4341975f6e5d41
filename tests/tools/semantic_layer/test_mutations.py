"""A test that cannot fail proves nothing: each wrong definition must break a hand-worked case of its metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from knowledge.catalog import Catalog, load_catalog
from knowledge.errors import YunceError
from tests.tools.semantic_layer import oracle
from tests.tools.semantic_layer.conftest import Bench
from tests.tools.semantic_layer.fixtures import NAMES, Case, case_faults, fixture_of, open_rows
from tests.tools.semantic_layer.mutations import Mutation, mutations_of, mutations_of_rollups
from tests.tools.semantic_layer.raw import Raw
from tools.semantic_layer import credits as shares
from tools.semantic_layer import declining, measures
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.bucketing import Bucketing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> dict[str, Bench]:
    """The warehouse of every fixture file that has rows."""
    names = sorted({fixture_of(name).rows_of for name in NAMES})
    return {name: open_rows(name, tmp_path_factory.mktemp(name), catalog) for name in names}


def notices(bench: Bench, metric: str, mutation: Mutation) -> bool:
    """Return whether a hand-worked case of the metric fails under the mutation."""
    mutant = replace(bench, layer=replace(bench.layer, catalog=mutation.catalog))
    for case in fixture_of(metric).cases:
        changes = _moved(case, mutation.days)
        if changes is None:
            continue
        try:
            if case_faults(mutant, metric, case, **changes):
                return True
        except YunceError as error:
            if error.code in ("sql_refused", "query_failed"):
                raise  # the mutation does not run, so it proves nothing
            return True
    return False


def _moved(case: Case, days: Mapping[str, timedelta]) -> dict[str, Any] | None:
    """Return the moved edges of a case; None where the move says nothing: other periods, or no days left."""
    if not days:
        return {}
    if set(case.params) != {"start", "end"}:
        return None
    moved = {edge: case.params[edge] + step for edge, step in days.items()}
    whole = {**case.params, **moved}
    return moved if whole["start"] <= whole["end"] else None


@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_definition_is_noticed(rows: dict[str, Bench], catalog: Catalog, name: str) -> None:
    """No mutation of the metric's window, edge, filter, denominator or amounts leaves its hand-worked values standing."""
    bench = rows[fixture_of(name).rows_of]
    mutations = list(mutations_of(name, catalog))
    survivors = [mutation.name for mutation in mutations if not notices(bench, name, mutation)]
    assert len(mutations) >= 5
    assert not survivors, f"{len(survivors)} of {len(mutations)} wrong definitions pass: {survivors}"


DECLINING = (
    (">= 600", "> 600"),
    (">= 600", ">= 599"),
    (" * 2 <= ", " * 2 < "),
    (" * 2 <= ", " * 2 - 3 < "),
    (" * 2 <= ", " <= "),
    ("e.event_date > {day} - 7", "e.event_date > {day} - 6"),
    ("e.event_date > {day} - 7", "e.event_date > {day} - 8"),
    ("e.event_date <= {day} - 7", "e.event_date <= {day} - 6"),
    ("e.event_date <= {day} - 7", "e.event_date <= {day} - 8"),
    ("{day} - 14", "{day} - 13"),
    ("{day} - 14", "{day} - 15"),
    ("e.event_date <= {day} AND", "e.event_date < {day} AND"),
    ("register_date <= k.day", "register_date < k.day"),
    ("register_date <= k.day", "user_id = k.user_id"),
)
"""What the SQL of the state could say instead; it is not in the catalog."""


@pytest.mark.parametrize(("said", "instead"), DECLINING)
def test_every_wrong_edge_of_declining_is_noticed(
    rows: dict[str, Bench], catalog: Catalog, monkeypatch: pytest.MonkeyPatch, said: str, instead: str
) -> None:
    """Another share, another length of time or another edge of it breaks a hand-worked case of declining_users."""
    right = declining.declining_users

    def wrong(bucketing: Bucketing, binder: Binder) -> str:
        day = f"{binder.day(f'{bucketing.side}_from', bucketing.windows.first)} + (0)"
        written = right(bucketing, binder)
        assert said.format(day=day) in written
        return written.replace(said.format(day=day), instead.format(day=day))

    monkeypatch.setattr(measures, "declining_users", wrong)
    bench = rows[fixture_of("declining_users").rows_of]
    assert notices(bench, "declining_users", Mutation(instead, catalog))


def _rolled(catalog: Catalog) -> list[str]:
    used = {measure for name in NAMES for measure in catalog.metric(name).measures}
    return sorted(measure for measure in used if catalog.measures[measure].rollups)


@pytest.mark.parametrize("measure", _rolled(load_catalog()))
def test_every_wrong_rollup_is_noticed(rows: dict[str, Bench], catalog: Catalog, measure: str) -> None:
    """A rollup that says something else than the rows breaks a hand-worked case of a metric that reads it."""
    users = [name for name in NAMES if measure in catalog.metric(name).measures]
    mutations = list(mutations_of_rollups(measure, users, catalog))
    survivors = [m.name for m in mutations if not any(notices(rows[fixture_of(n).rows_of], n, m) for n in users)]
    assert mutations
    assert not survivors, f"{len(survivors)} of {len(mutations)} wrong rollups pass: {survivors}"


WRONG_CREDITS: tuple[tuple[str, Any], ...] = (
    ("LOOK_BACK_DAYS", 29),
    ("LOOK_BACK_DAYS", 31),
    ("LOOK_BACK_DAYS", 90),
    ("HALF_LIFE_DAYS", 6),
    ("HALF_LIFE_DAYS", 8),
    ("_AGE", "date_diff('day', t.touched_at, t.registered_at)"),  # whole days
    *(
        ("_CREDITS", {**shares._CREDITS, model: shares._CREDITS[other]})
        for model in shares._CREDITS
        for other in shares._CREDITS
        if other != model
    ),
    ("_CREDITS", {**shares._CREDITS, "position": shares._CREDITS["position"].replace("0.4", "0.3")}),
    ("_CREDITS", {**shares._CREDITS, "position": shares._CREDITS["position"].replace("THEN 0.5", "THEN 0.4")}),
)


@pytest.mark.parametrize(("constant", "wrong"), WRONG_CREDITS, ids=[str(n) for n in range(len(WRONG_CREDITS))])
def test_every_wrong_attribution_is_noticed(
    rows: dict[str, Bench], catalog: Catalog, monkeypatch: pytest.MonkeyPatch, constant: str, wrong: Any
) -> None:
    """Another look-back, half-life, age in whole days, or one model's shares under another's name breaks a case by hand."""
    monkeypatch.setattr(shares, constant, wrong)
    name = "attributed_registrations"
    assert notices(rows[fixture_of(name).rows_of], name, Mutation(constant, catalog))


@pytest.mark.parametrize("name", NAMES)
def test_every_check_query_notices_moved_edges(rows: dict[str, Bench], name: str) -> None:
    """The check query, too, gives another value when its first or last day is moved by one, either way."""
    fixture = fixture_of(name)
    raw = Raw.copy_of(rows[fixture.rows_of].layer.warehouse.path)
    asked = [case.params for case in fixture.cases if set(case.params) == {"start", "end"}]
    for edge in ("end",) if oracle.SPECS[name].by_end else ("start", "end"):
        for step in (timedelta(days=-1), timedelta(days=1)):
            moved = [(case, {**case, edge: case[edge] + step}) for case in asked]
            values = [
                (
                    raw.check(fixture.check_sql, was["start"], was["end"]),
                    raw.check(fixture.check_sql, now["start"], now["end"]),
                )
                for was, now in moved
                if now["start"] <= now["end"]
            ]
            assert any(_differ(before, after) for before, after in values), f"{edge} {step}"


def _differ(before: Any, after: Any) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(float(before) - float(after)) > 1e-9
