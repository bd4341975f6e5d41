"""The funnel: hand-worked rows, what it refuses, what it says, its receipts, and the demo's payment and captcha figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.tools.warehouse_fixture import build_warehouse, parse_table
from tools.funnel import MOST_STEPS
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.query import MetricQuery
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import CALCULATIONS, TOOLS
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path

PAY = ["checkout_view", "pay_method", "pay_submit", "pay_success"]
AGAIN = {"event": "pay_method", "after_step": 2, "before_step": 3}
REGISTER = ["register_start", "register"]
USERS = """
    user_id  registered_at     channel  platform  app_version
    1        2024-12-01T09:00  kol      ios       5.1.0        # registered before the data
    2        2025-03-05T09:00  kol      ios       5.2.0        # only after what they do
    3        2025-01-05T09:00  organic  android   5.2.0
    4        2025-01-05T09:00  -        web       5.2.0
    5        2025-01-05T09:00  organic  web       5.2.0
"""
EVENTS = """
    user_id  ts                          event          platform  feature
    1        2025-02-28T23:59:59         checkout_view  ios       -    # the day before
    1        2025-03-01T00:00:00         checkout_view  ios       a    # the first instant of the range
    1        2025-03-01T00:00:00         pay_method     ios       -    # the same instant
    1        2025-03-01T23:59:59.999999  pay_submit     ios       -
    1        2025-03-02T00:00:00         pay_success    ios       -    # exactly 24 hours: within
    2        2025-03-01T10:00:00         checkout_view  ios       a
    2        2025-03-01T10:01:00         pay_method     ios       -
    2        2025-03-01T10:02:00         pay_submit     ios       -
    2        2025-03-02T10:00:01         pay_success    ios       -    # a second late
    3        2025-03-01T08:00:00         checkout_view  web       -    # a try that stops
    3        2025-03-02T20:00:00         checkout_view  android   a
    3        2025-03-02T20:05:00         checkout_view  android   a    # entered again: this one counts
    3        2025-03-02T20:06:00         pay_method     android   -
    3        2025-03-02T20:06:30         pay_method     android   -
    3        2025-03-02T20:09:00         pay_submit     android   -
    3        2025-03-03T01:00:00         pay_success    android   -    # after the range: counts
    4        2025-03-02T12:00:00         pay_method     -         -    # before the checkout
    4        2025-03-02T13:00:00         checkout_view  -         -
    4        2025-03-03T00:00:00         checkout_view  web       -    # after the range: no entry
    4        2025-03-03T13:00:01         pay_method     web       -    # a second late
    9        2025-03-02T15:00:00         checkout_view  ios       a    # has no row in users
    9        2025-03-02T15:01:00         pay_method     ios       -
    9        2025-03-02T15:01:00         search         ios       -
    9        2025-03-02T15:02:00         pay_submit     ios       -
    7        2025-03-01T09:00:00         register_start web       -
    8        2025-03-01T09:00:00         register_start web       -
    5        2025-03-01T09:00:00         register_start web       -
    5        2025-03-01T09:04:00         register       web       -
    5        2025-03-10T09:00:00         checkout_view  web       -
    5        2025-03-10T09:30:00         pay_method     web       -
    5        2025-03-11T08:00:00         pay_submit     web       -    # after the last complete day
"""
Run = Callable[..., Result]


def layer_of(home: Path, extra: str = "", *, snapshot: str = "fixture") -> SemanticLayer:
    """Return the layer over the rows above."""
    tables = {"users": parse_table(USERS), "events": parse_table(EVENTS + extra)}
    path = build_warehouse(home, tables, data_start=date(2025, 2, 1), as_of=date(2025, 3, 10), snapshot=snapshot)
    return SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home))


def runner(layer: SemanticLayer) -> Run:
    """Return a function that runs the funnel, of the payment within 24 hours on the first two days of March by default."""

    def run(**asked: Any) -> Result:
        params = {"steps": PAY, "start": "2025-03-01", "end": "2025-03-02", "window_hours": 24, **asked}
        return TOOLS["funnel"].run(ToolContext(layer, "en", Interrupter()), params)

    return run


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    """The layer over the rows above."""
    made = layer_of(tmp_path_factory.mktemp("funnel"))
    yield made
    made.warehouse.close()


@pytest.fixture(scope="module")
def run(layer: SemanticLayer) -> Run:
    """The funnel over the rows above."""
    return runner(layer)


def figures(result: Result) -> list[tuple[Any, ...]]:
    """Return the rows."""
    return [tuple(row) for row in result.rows]


def users(result: Result) -> list[Any]:
    """Return the users of each row."""
    return result.column("users")


def said(result: Result) -> str:
    """Return the notes in English."""
    return " ".join(note.en for note in result.notes)


def test_the_payment_funnel_by_hand(run: Run) -> None:
    """Every figure of the payment funnel, over edges, ties, tries that stop, strangers and people registered later."""
    result = run()
    assert result.columns == ("step", "event", "users", "rate", "step_rate", "median_seconds")
    # method: 1 at 0 s, 2 and 3 at 60 s, 9 at 60 s; submit: 86399.999999, 60, 180, 60; success: 0.000001, 17460 s
    assert [tuple(row) for row in result.rows] == [
        (1, "checkout_view", 5, 1.0, 1.0, None),
        (2, "pay_method", 4, 0.8, 0.8, 60.0),
        (3, "pay_submit", 4, 0.8, 1.0, 120.0),
        (4, "pay_success", 2, 0.4, 0.5, pytest.approx((0.000001 + 17460) / 2)),
    ]
    assert result.params["window_hours"] == 24
    assert "order" not in result.params
    assert "within 24 hours" in said(result)


@pytest.mark.parametrize(
    ("why", "asked", "expected"),
    [
        ("a second more lets the late ones in", {"window_hours": 24 + 1 / 3600}, [5, 5, 4, 3]),
        ("a microsecond less shuts the edge out", {"window_hours": 24 - 1e-6 / 3600}, [5, 4, 4, 1]),
        ("no limit", {"window_hours": None}, [5, 5, 4, 3]),
        ("a tie does not count where time must pass", {"strict_time": True}, [5, 3, 3, 1]),
        ("the first day alone: the day before is no entry", {"end": "2025-03-01"}, [3, 2, 2, 1]),
        ("what comes after the last complete day is not known", {"start": "2025-03-10", "end": "2025-03-10"}, [1, 1, 0, 0]),
        ("any order: the method before the checkout counts", {"order": "any"}, [5, 5, 4, 2]),
        ("strict: a repeat between two steps stops the way", {"order": "strict"}, [5, 4, 3, 1]),
        ("strict with repeats ignored", {"order": "strict", "repeats": "ignore"}, [5, 4, 4, 2]),
        ("a repeat stops an ordered way", {"repeats": "stop"}, [5, 4, 3, 1]),
        ("condition on a step's own column", {"steps": [{"event": "checkout_view", "where": {"feature": "a"}}, *PAY[1:]]}, [4, 4, 4, 2]),
        ("equal steps want two rows", {"steps": ["checkout_view", "checkout_view"], "window_hours": 1}, [5, 1]),
        ("equal steps within the range and after", {"steps": ["checkout_view", "checkout_view"], "window_hours": 168}, [5, 2]),
        ("the platform of the first step", {"filters": [{"dimension": "platform", "values": ["android"]}]}, [1, 1, 1, 1]),
        ("everything but it; unknown stays", {"filters": [{"dimension": "platform", "op": "not_in", "values": ["ios"]}]}, [2, 1, 1, 1]),
        ("other filters mean the user", {"filters": [{"dimension": "channel", "values": ["kol"]}]}, [2, 2, 2, 1]),
        ("not_in keeps who is unknown", {"filters": [{"dimension": "channel", "op": "not_in", "values": ["kol"]}]}, [3, 2, 2, 1]),
        ("who registers is counted before they do", {"steps": REGISTER}, [3, 1]),
        ("any activity is one step", {"steps": ["register_start", "active"], "window_hours": 1}, [3, 1]),
        ("a search between leaves the try out of both", {"exclusions": [{"event": "search"}]}, [4, 3, 3, 2]),
        ("left out later on, the try that stopped before stays", {"exclusions": [AGAIN]}, [5, 3, 3, 1]),
    ],
)  # fmt: skip
def test_by_hand(run: Run, why: str, asked: dict[str, Any], expected: list[int]) -> None:
    """Counts worked out by hand."""
    assert users(run(**asked)) == expected, why


def test_an_excluded_try_leaves_the_other_tries(tmp_path: Path) -> None:
    """A left-out try counts in no step; a user with another one counts by that; a user with none at all is gone."""
    extra = """
    1        2025-03-01T00:00:01         search         ios       -
    2        2025-03-01T10:00:30         search         ios       -
    3        2025-03-02T20:05:30         search         android   -
    """
    run = runner(layer_of(tmp_path, extra))
    # 1: method in the same instant, so the search comes after step 2; 2 and the later tries of 3 are left out
    assert users(run(exclusions=[{"event": "search", "before_step": 2}])) == [4, 2, 2, 1]


def test_split_by_platform(run: Run) -> None:
    """Who enters on two platforms counts in both rows, each row being what the filter on its value gives."""
    result = run(dimensions=["platform"])
    assert result.columns[0] == "platform"
    found: dict[Any, list[Any]] = {}
    for row in result.rows:
        found.setdefault(row[0], []).append(row[3])
    assert found == {"android": [1, 1, 1, 1], "ios": [3, 3, 3, 1], "web": [1, 0, 0, 0], None: [1, 0, 0, 0]}
    for value, counts in found.items():
        assert users(run(filters=[{"dimension": "platform", "values": [value]}])) == counts
    assert "counts in both rows" in said(result)


def test_split_by_what_is_known_of_users(run: Run) -> None:
    """People of whom nothing is known stand in a row of their own, and the parts add up."""
    result = run(dimensions=["channel"])
    entered = {row[0]: row[3] for row in result.rows if row[1] == 1}
    assert entered == {"kol": 2, "organic": 1, None: 2}
    assert [row[0] for row in result.rows][-1] is None
    for step in range(1, 5):
        assert sum(row[3] for row in figures(result) if row[1] == step) == users(run())[step - 1]


@pytest.mark.parametrize("dimension", ["lifecycle", "segment", "app_version"])
def test_other_splits_run(run: Run, dimension: str) -> None:
    """States at the end of the range split the funnel in every order."""
    for order in ("ordered", "strict", "any"):
        rows = figures(run(dimensions=[dimension], order=order))
        assert sum(row[3] for row in rows if row[1] == 1) >= 5


def test_two_dimensions_and_filters_together(run: Run) -> None:
    """Platform of the entry and channel of the user split together, under filters on both and on a state."""
    result = run(
        dimensions=["platform", "channel"],
        filters=[
            {"dimension": "platform", "values": ["ios", "android"]},
            {"dimension": "segment", "op": "not_in", "values": ["koc"]},
        ],
    )
    assert [tuple(row[:2]) for row in result.rows if row[2] == 1] == [
        ("android", "organic"),
        ("ios", "kol"),
        ("ios", None),
    ]


def test_nobody_entered(run: Run) -> None:
    """With nobody in it a funnel has its rows, zeros and null rates, and says so."""
    result = run(start="2025-02-10", end="2025-02-11")
    assert [tuple(row[2:]) for row in result.rows] == [(0, None, None, None)] * 4
    assert "Nobody entered" in said(result)


def test_a_step_nobody_reached(run: Run) -> None:
    """A step that follows one that nobody reached has no step rate; a reached step's is 0."""
    result = run(start="2025-03-10", end="2025-03-10")
    assert result.column("step_rate") == [1.0, 1.0, 0.0, None]
    assert result.column("rate") == [1.0, 1.0, 0.0, 0.0]
    assert "null, not 0" in said(result)
    assert "2025-03-10 on have not had the whole window" in said(result)


def test_a_window_that_is_over_is_not_called_open(run: Run) -> None:
    """The note on young entries comes only where the window reaches beyond the data."""
    assert "whole window" not in said(run())
    assert "from 2025-03-01 on" in said(run(window_hours=240))


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({"steps": ["checkout_view"]}, "funnel_steps", "takes 2 to 20"),
        ({"steps": "checkout_view"}, "funnel_steps", "has 1 step "),
        ({"steps": []}, "funnel_steps", "has 0 steps"),
        ({"steps": ["checkout_view"] * 40}, "funnel_steps", "has 40 steps"),
        ({"steps": ["checkout_view", "pay_sucess"]}, "unknown_event", "pay_success"),
        ({"steps": ["checkout_view", "'; DROP TABLE users; --"]}, "unknown_event", "no event"),
        ({"window_hours": 0}, "funnel_window", "above 0"),
        ({"window_hours": -24}, "funnel_window", "window_hours = -24"),
        ({"window_hours": 1e9}, "funnel_window", "at most 87600"),
        ({"window_hours": "soon"}, "bad_params", "window_hours"),
        ({"window_hours": float("nan")}, "bad_params", "window_hours"),
        ({"order": "random"}, "bad_params", "order"),
        ({"exclusions": [{"event": "search", "after_step": 0, "before_step": 1}]}, "funnel_exclusion", "numbered 1 to 4"),
        ({"exclusions": [{"event": "search", "after_step": 3, "before_step": 2}]}, "funnel_exclusion", "below before_step"),
        ({"exclusions": [{"event": "search", "after_step": 1, "before_step": 5}]}, "funnel_exclusion", "before_step = 5"),
        ({"exclusions": [{"event": "serch"}]}, "unknown_event", "search"),
        ({"exclusions": [{"event": "search"}] * 11}, "funnel_exclusion", "11 exclusions"),
        ({"exclusions": [{"event": "search"}], "order": "any"}, "funnel_order", "exclusions"),
        ({"strict_time": True, "order": "any"}, "funnel_order", "strict_time"),
        ({"steps": ["pay_method", {"event": "pay_method", "where": {"feature": ["a"]}}], "order": "any"}, "funnel_order", "feature=a"),
        ({"steps": ["pay_method", {"event": "pay_method", "where": {"mood": ["a"]}}]}, "bad_params", "mood"),
        ({"steps": ["pay_method", {"event": "pay_method", "where": {"feature": []}}]}, "bad_params", "no value"),
        ({"dimensions": ["category"]}, "dimension_not_taken", "category"),
        ({"steps": REGISTER, "dimensions": ["channel"]}, "dimension_not_taken", "register_conversion"),
        ({"steps": REGISTER, "filters": [{"dimension": "app_version", "values": ["5.2.0"]}]}, "dimension_not_taken", "without an account"),
        ({"dimensions": ["variant"]}, "variant_needs_experiment", "experiment"),
        ({"filters": [{"dimension": "variant", "values": ["control"]}]}, "variant_needs_experiment", "experiment"),
        ({"filters": [{"dimension": "channel", "values": ["tv"]}]}, "unknown_value", "tv"),
        ({"start": "2025-03-09", "end": "2025-03-01"}, None, ""),
        ({"start": "2020-01-01", "end": "2020-01-31"}, None, "2025-02-01"),
    ],
)  # fmt: skip
def test_refuses(run: Run, asked: dict[str, Any], code: str | None, words: str) -> None:
    """What does not fit is refused with its value, the rule and what would fit, in both languages."""
    with pytest.raises(QueryError) as error:
        run(**asked)
    assert code in (None, error.value.code)
    assert words in error.value.text.en
    assert error.value.text.zh != error.value.text.en


def test_as_many_steps_as_it_takes(run: Run) -> None:
    """The most steps there may be run, in every order."""
    for order in ("ordered", "strict", "any"):
        assert users(run(steps=["pay_method"] * MOST_STEPS, order=order))[:2] == [5, 1]


def test_params_say_what_was_done(run: Run, layer: SemanticLayer) -> None:
    """The parameters carried out are whole: asked again they give the same receipt."""
    result = run(
        steps=["checkout_view", {"event": "pay_method"}, {"event": "pay_submit", "where": {"platform": "ios"}}],
        start="2020-01-01",
        end="2025-03-02",
        exclusions=[{"event": "search"}],
    )
    assert result.params["steps"] == [
        "checkout_view",
        "pay_method",
        {"event": "pay_submit", "where": {"platform": ["ios"]}},
    ]
    assert result.params["start"] == "2025-02-01"
    assert result.params["exclusions"] == [{"event": "search", "where": {}, "after_step": 1, "before_step": 3}]
    again = TOOLS["funnel"].run(ToolContext(layer, "zh", Interrupter()), dict(result.params))
    assert (again.rows, again.params) == (result.rows, result.params)


def test_the_receipt_holds_until_the_data_change(tmp_path: Path) -> None:
    """Every order's receipt re-runs to the same rows, and is noticed to have changed on other data."""
    layer = layer_of(tmp_path)
    run = runner(layer)
    asked: list[dict[str, Any]] = [
        {},
        {"order": "strict"},
        {"order": "any"},
        {"dimensions": ["platform"], "exclusions": [{"event": "search"}]},
    ]
    kept = [layer.receipts.load(run(**each).receipt) for each in asked]
    assert [verify(each, layer.warehouse, CALCULATIONS).outcome for each in kept] == ["holds"] * 4
    layer.warehouse.close()
    layer_of(tmp_path, "2 2025-03-01T10:03:00 pay_success ios -", snapshot="second").warehouse.close()
    warehouse = Warehouse(serving_path(tmp_path))
    checked = [verify(each, warehouse, CALCULATIONS) for each in kept]
    assert [each.outcome for each in checked] == ["changed"] * 4
    assert {each.column for each in checked[0].differences} >= {"users", "rate"}


def test_the_demo_agrees_with_the_metrics(demo_home: Path) -> None:
    """On the demo the two-step funnels are the vetted conversion metrics, month by month and by platform."""
    layer = SemanticLayer(load_catalog(), Warehouse(serving_path(demo_home)), ReceiptStore(demo_home / "own_receipts"))
    run = runner(layer)
    days: dict[str, Any] = {"start": "2025-09-01", "end": "2025-09-30"}
    paid = run(steps=["checkout_view", "pay_success"], **days)
    metric = layer.run(MetricQuery.model_validate({"metrics": ["payment_conversion"], **days})).records()[0]
    assert users(paid) == [metric["payment_conversion__denominator"], metric["payment_conversion__numerator"]]
    captcha: dict[str, Any] = {"start": "2025-03-10", "end": "2025-03-16"}
    registered = run(steps=REGISTER, dimensions=["platform"], **captcha)
    for record in layer.run(
        MetricQuery.model_validate({"metrics": ["register_conversion"], "dimensions": ["platform"], **captcha})
    ).records():
        own = [row[3] for row in registered.rows if row[0] == record["platform"]]
        assert own == [record["register_conversion__denominator"], record["register_conversion__numerator"]]
    rates = [(row[4], row[0]) for row in figures(registered) if row[1] == 2]
    assert min(rates)[1] == "android"
    whole = run(**days)
    assert users(whole) == sorted(users(whole), reverse=True)
    assert users(whole)[-1] > 0
    layer.warehouse.close()
