"""``experiment_readout`` against hand-worked arms, against plain Python over random arms, and on the demo's experiments."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.conftest import DemoHome
from tests.tools.semantic_layer.worlds import WorldMaker
from tests.tools.warehouse_fixture import build_warehouse
from tools.demo.build import DEFAULT_SEED, DEFAULT_USERS
from tools.experiments.metrics import READOUT_METRICS
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.semantic_layer.result import Result
from tools.tool import ToolContext
from tools.toolbox import CALCULATIONS, TOOLS
from tools.warehouse.door import Interrupter, Warehouse
from tools.warehouse.publish import serving_path

Rows = list[dict[str, Any]]
START, END, AS_OF = date(2025, 3, 3), date(2025, 3, 20), date(2025, 4, 30)
DATA_START = date(2025, 1, 1)
at = datetime.fromisoformat
T0 = at("2025-03-03 10:00")
COLUMNS = ("variant", "users", "value", "difference", "ci_low", "ci_high", "p_value", "srm_p")


def layer_of(path: Path, home: Path) -> SemanticLayer:
    return SemanticLayer(load_catalog(), Warehouse(path), ReceiptStore(home))


def run(layer: SemanticLayer, experiment: str = "x", metric: str | None = None) -> Result:
    params = {"experiment": experiment} | ({"metric": metric} if metric else {})
    return TOOLS["experiment_readout"].run(ToolContext(layer, "en", Interrupter()), params)


def said(result: Result) -> str:
    return "\n".join(note.en for note in result.notes)


def experiment(**fields: Any) -> dict[str, Any]:
    return {
        "experiment_id": "x",
        "name": "试验一",
        "primary_metric": "revenue",
        "start_date": START,
        "end_date": END,
    } | fields


def user(number: int, born: date | datetime) -> dict[str, Any]:
    return {
        "user_id": number,
        "registered_at": born if isinstance(born, datetime) else at(f"{born} 08:00"),
    }


def assigned(number: int, variant: str, moment: datetime = T0) -> dict[str, Any]:
    return {"experiment_id": "x", "user_id": number, "variant": variant, "assigned_at": moment}


def order(number: int, at: datetime, amount: float, **fields: Any) -> dict[str, Any]:
    return {
        "order_id": hash((number, at)) % 10**9,
        "user_id": number,
        "paid_at": at,
        "amount": f"{amount:.2f}",
    } | fields


def event(number: int, at: datetime, name: str = "app_open") -> dict[str, Any]:
    return {"user_id": number, "ts": at, "event": name}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[..., SemanticLayer]]:
    """Publish tables and open them; a second call publishes other data over the first."""
    opened: list[SemanticLayer] = []

    def make(snapshot: str = "one", **tables: Rows) -> SemanticLayer:
        tables.setdefault("experiments", [experiment()])
        for layer in opened:
            layer.warehouse.close()
        path = build_warehouse(tmp_path, tables, data_start=DATA_START, as_of=AS_OF, snapshot=snapshot)
        opened.append(layer_of(path, tmp_path))
        return opened[-1]

    yield make
    for layer in opened:
        layer.warehouse.close()


# ---------------------------------------------------------------- by hand


def test_revenue_counts_from_the_assignment_to_the_last_day(world: Callable[..., SemanticLayer]) -> None:
    """Both edges are inside; before, after, a null discount and a later refund are as the metric has them."""
    people = [user(n, date(2025, 2, 1)) for n in range(1, 7)]
    orders = [
        order(1, T0, 10),  # at the moment of assignment: counts
        order(1, T0 - timedelta(seconds=1), 1000),  # a second before: not
        order(2, at("2025-03-20 23:59:59"), 30, discount="5.00"),  # the last second: counts, 25
        order(3, at("2025-03-21"), 1000),  # after the end: not
        order(4, at("2025-03-05"), 40, refund_amount="10.00", refunded_at=at("2025-04-20")),  # 30
        order(5, at("2025-03-06"), 8),
        order(5, at("2025-03-07"), 4),  # 12 in all
    ]
    arms = [assigned(n, "control" if n <= 3 else "treatment") for n in range(1, 7)]
    result = run(world(users=people, orders=orders, assignments=arms), metric="revenue")
    control, treatment = result.records()
    assert result.columns == COLUMNS
    assert (control["variant"], control["users"], control["value"]) == ("control", 3, 11.67)  # (10 + 25 + 0) / 3
    assert (treatment["users"], treatment["value"], treatment["difference"]) == (3, 14.0, 2.33)  # (30 + 12 + 0) / 3
    oracle = stats.ttest_ind([30, 12, 0], [10, 25, 0], equal_var=False)
    interval = oracle.confidence_interval()
    assert (treatment["ci_low"], treatment["ci_high"]) == (round(interval.low, 2), round(interval.high, 2))
    assert treatment["p_value"] == pytest.approx(oracle.pvalue)
    assert [control[name] for name in ("difference", "ci_low", "ci_high", "p_value")] == [None] * 4
    assert control["srm_p"] == treatment["srm_p"] == 1.0
    assert result.params == {"experiment": "x", "metric": "revenue"}
    assert result.unit == "CNY"


def test_who_is_left_out_and_said_so(world: Callable[..., SemanticLayer]) -> None:
    """Two arms: out, also when the second came later; the same arm twice: in, from the first; late: out."""
    people = [user(n, date(2025, 2, 1)) for n in range(1, 11)]
    late = at("2025-03-21")
    arms = [
        *(assigned(n, "control") for n in (1, 2, 3)),
        *(assigned(n, "treatment") for n in (4, 5)),
        assigned(3, "treatment", T0 + timedelta(days=2)),
        assigned(1, "control", T0 + timedelta(days=5)),
        assigned(6, "treatment", late),
    ]
    orders = [order(1, T0 + timedelta(days=1), 9), order(3, T0 + timedelta(days=1), 999), order(6, late, 999)]
    result = run(world(users=people, orders=orders, assignments=arms))
    assert [(r["variant"], r["users"], r["value"]) for r in result.records()] == [
        ("control", 2, 4.5),
        ("treatment", 2, 0.0),
    ]
    assert "1 users were assigned to more than one arm" in said(result)
    assert "1 users were assigned after the experiment's end" in said(result)


def test_retention_counts_from_registration_and_waits(world: Callable[..., SemanticLayer]) -> None:
    """Day N is a calendar day after registration, whatever the experiment's end; the too young and strangers are left out."""
    late = at("2025-03-19 23:30")
    people = [
        user(1, late),
        user(2, late),
        user(3, date(2025, 3, 3)),
        user(4, date(2025, 3, 3)),
        user(5, date(2025, 2, 1)),
    ]
    arms = [
        assigned(1, "control", late),
        assigned(2, "treatment", late),
        assigned(3, "control"),
        assigned(4, "treatment"),
        assigned(5, "treatment"),
        assigned(99, "treatment"),
    ]
    events = [
        event(1, at("2025-04-18")),  # day 30 of a user registered on 03-19, long after the end: counts
        event(2, at("2025-04-17 23:59:59")),  # day 29
        event(3, at("2025-04-02 05:00"), "register_start"),  # no activity
        event(4, at("2025-04-02 05:00")),
    ]
    layer = world(users=people, events=events, assignments=arms)
    result = run(layer, metric="retention_d30")
    assert [(r["users"], r["value"]) for r in result.records()] == [(2, 0.5), (3, pytest.approx(1 / 3))]
    assert "1 users have no registration" in said(result)
    assert "1 users had registered before the day they were assigned" in said(result)
    young = run(layer, metric="retention_d60")  # 60 days after 03-03 is 05-02: only the user of February is old enough
    assert [(r["users"], r["value"]) for r in young.records()] == [(0, None), (1, 0.0)]
    assert "4 users are too young for this metric (data to 2025-04-30)" in said(young)
    assert "Arm control has no users that count" in said(young)


def test_reactivation_is_over_the_dormant_of_the_day_before(world: Callable[..., SemanticLayer]) -> None:
    """30 to 60 days away on the day before assignment, both edges in; activity counts from the moment of assignment."""
    eve = date(2025, 3, 2)
    away = {1: 30, 2: 60, 3: 29, 4: 61, 5: 30, 6: 45, 7: 31}
    people = [user(n, eve - timedelta(days=away[n])) for n in (1, 2)]
    people += [user(n, date(2025, 1, 1)) for n in (3, 5, 6, 7)] + [user(4, date(2024, 11, 1))]
    last = [event(n, at(f"{eve} 12:00") - timedelta(days=away[n])) for n in (3, 4, 5, 6, 7)]
    back = [
        event(1, T0),  # at the moment of assignment
        event(2, at("2025-03-20 23:59:59")),  # the last second
        event(3, at("2025-03-10")),  # was not dormant
        event(4, at("2025-03-10")),  # was lost
        event(5, T0 - timedelta(hours=1)),  # that morning, before the assignment
        event(6, at("2025-03-21")),  # after the end
        event(7, at("2025-03-03 12:00"), "captcha_fail"),  # no activity
    ]
    arms = [assigned(n, "treatment" if n in (1, 2, 4, 5) else "control") for n in away]
    layer = world(
        users=people, events=last + back, assignments=arms, experiments=[experiment(primary_metric="reactivation_rate")]
    )
    result = run(layer)
    assert [(r["variant"], r["users"], r["value"]) for r in result.records()] == [
        ("control", 2, 0.0),
        ("treatment", 3, pytest.approx(2 / 3)),
    ]
    assert "2 users were not dormant the day before assignment" in said(result)


def test_a_ratio_takes_the_user_as_the_unit(world: Callable[..., SemanticLayer]) -> None:
    """Clicks over deliveries of all messages; the interval is that of the delta method, not of single messages."""
    messages = {1: (1, 2), 2: (0, 4), 3: (3, 3), 4: (2, 5), 5: (4, 4), 6: (0, 1)}
    rows = [
        {
            "message_id": 100 * n + k,
            "user_id": n,
            "sent_at": T0 + timedelta(hours=k),
            "delivered_at": T0 + timedelta(hours=k, minutes=1),
            "clicked_at": T0 + timedelta(hours=k + 1) if k < clicked else None,
        }
        for n, (clicked, delivered) in messages.items()
        for k in range(delivered)
    ]
    arms = [assigned(n, "control" if n <= 3 else "treatment") for n in messages]
    layer = world(users=[user(n, date(2025, 2, 1)) for n in messages], messages=rows, assignments=arms)
    control, treatment = run(layer, metric="click_rate").records()
    assert (control["value"], treatment["value"]) == (pytest.approx(4 / 9), pytest.approx(6 / 10))
    low, high, p_value = welch([messages[n] for n in (1, 2, 3)], [messages[n] for n in (4, 5, 6)])
    assert (treatment["ci_low"], treatment["ci_high"]) == (pytest.approx(low), pytest.approx(high))
    assert treatment["p_value"] == pytest.approx(p_value)


def test_cuped_takes_off_what_was_so_before(world: Callable[..., SemanticLayer]) -> None:
    """Spending before the assignment explains most of what varies: the interval shrinks, and the note says by how much."""
    draw = random.Random(5)
    before = {n: draw.randrange(1, 200) for n in range(1, 201)}
    after = {n: spent + draw.randrange(20) + (6 if n % 2 else 0) for n, spent in before.items()}
    orders = [order(n, T0 - timedelta(days=14, hours=-11), x) for n, x in before.items()]  # the first day that counts
    orders += [order(n, T0 - timedelta(days=15), 5000) for n in before if n % 7 == 0]  # too early to count
    orders += [order(n, T0 + timedelta(days=1), y) for n, y in after.items()]
    arms = [assigned(n, "treatment" if n % 2 else "control") for n in before]
    result = run(
        world(users=[user(n, date(2025, 1, 5)) for n in before], orders=orders, assignments=arms), metric="gmv"
    )
    treatment = result.records()[1]
    theta = stats.linregress(list(before.values()), list(after.values())).slope
    adjusted = {arm: [after[n] - theta * before[n] for n in before if n % 2 == arm] for arm in (0, 1)}
    oracle = stats.ttest_ind(adjusted[1], adjusted[0], equal_var=False)
    interval = oracle.confidence_interval()
    assert treatment["p_value"] == pytest.approx(oracle.pvalue)
    assert (treatment["ci_low"], treatment["ci_high"]) == (round(interval.low, 2), round(interval.high, 2))
    plain = stats.ttest_ind([after[n] for n in after if n % 2], [after[n] for n in after if not n % 2], equal_var=False)
    assert plain.confidence_interval().high - plain.confidence_interval().low > 5 * (interval.high - interval.low)
    assert "CUPED was applied" in said(result)
    assert f"p = {plain.pvalue:.4f}" in said(result)


def test_cuped_is_not_applied_where_there_is_no_time_before(world: Callable[..., SemanticLayer]) -> None:
    """Data that begins less than 14 days before the first assignment gives no pre-period."""
    start = at("2025-01-10")
    orders = [order(n, start + timedelta(days=d), n) for n in range(1, 9) for d in (-3, 3)]
    arms = [assigned(n, "treatment" if n % 2 else "control", start) for n in range(1, 9)]
    layer = world(users=[user(n, date(2025, 1, 1)) for n in range(1, 9)], orders=orders, assignments=arms)
    assert "CUPED" not in said(run(layer))


# ---------------------------------------------------------------- awkward arms


def test_one_arm_has_nothing_to_be_compared_with(world: Callable[..., SemanticLayer]) -> None:
    """Its users and value are there; difference, p-value and sample ratio are null, and the note says why."""
    layer = world(users=[user(1, date(2025, 2, 1))], assignments=[assigned(1, "treatment")])
    result = run(layer)
    assert result.rows == (("treatment", 1, 0.0, None, None, None, None, None),)
    assert "There is one arm only (treatment)" in said(result)


def test_an_arm_that_only_has_people_of_two_arms_is_empty(world: Callable[..., SemanticLayer]) -> None:
    """The arm is shown, with no users and null figures."""
    arms = [assigned(1, "control"), assigned(2, "control"), assigned(3, "control"), assigned(3, "treatment")]
    result = run(world(users=[user(n, date(2025, 2, 1)) for n in (1, 2, 3)], assignments=arms))
    assert [(r["variant"], r["users"], r["value"], r["difference"]) for r in result.records()] == [
        ("control", 2, 0.0, None),
        ("treatment", 0, None, None),
    ]
    assert "Arm treatment has no users that count" in said(result)


def test_no_conversions_leave_nothing_to_test(world: Callable[..., SemanticLayer]) -> None:
    """Zero in both arms: the difference is 0, interval and p-value are null, with a note."""
    arms = [assigned(n, "treatment" if n % 2 else "control") for n in range(1, 9)]
    result = run(world(users=[user(n, date(2025, 2, 1)) for n in range(1, 9)], assignments=arms), metric="paying_users")
    treatment = result.records()[1]
    assert (treatment["value"], treatment["difference"]) == (0.0, 0.0)
    assert [treatment[name] for name in ("ci_low", "ci_high", "p_value")] == [None] * 3
    assert "Neither arm treatment nor control has a single conversion" in said(result)


def test_conversions_in_one_arm_only_are_tested_and_found_few(world: Callable[..., SemanticLayer]) -> None:
    """Control without any has no relative change, and few conversions bring the exact test."""
    people = range(1, 41)
    arms = [assigned(n, "treatment" if n % 2 else "control") for n in people]
    orders = [order(n, T0 + timedelta(days=1), 5) for n in (1, 3, 5)]
    result = run(
        world(users=[user(n, date(2025, 2, 1)) for n in people], orders=orders, assignments=arms), metric="paying_users"
    )
    treatment = result.records()[1]
    oracle = stats.ttest_ind([1] * 3 + [0] * 17, [0] * 20, equal_var=False)
    assert treatment["p_value"] == pytest.approx(oracle.pvalue)
    exact = stats.fisher_exact([[3, 0], [17, 20]]).pvalue
    assert f"Fisher's exact test gives p = {exact:.4f}" in said(result)
    assert "Relative change" not in said(result)


def test_a_split_that_is_no_chance_is_flagged(world: Callable[..., SemanticLayer]) -> None:
    """60 against 20 where halves were meant: p < 0.001, and the note warns before any difference."""
    arms = [assigned(n, "control" if n <= 60 else "treatment") for n in range(1, 81)]
    result = run(world(users=[user(n, date(2025, 2, 1)) for n in range(1, 81)], assignments=arms))
    assert result.records()[0]["srm_p"] == pytest.approx(stats.chisquare([60, 20]).pvalue)
    assert "Sample ratio mismatch: the arms have 60 : 20 users" in said(result)


def test_three_arms_are_each_compared_with_control(world: Callable[..., SemanticLayer]) -> None:
    """Control comes first whatever the alphabet says; the note names the stricter limit."""
    arms = [assigned(n, ("a_new", "b_new", "control")[n % 3]) for n in range(1, 31)]
    orders = [order(n, T0 + timedelta(days=1), n) for n in range(1, 31)]
    result = run(world(users=[user(n, date(2025, 2, 1)) for n in range(1, 31)], orders=orders, assignments=arms))
    assert [r["variant"] for r in result.records()] == ["control", "a_new", "b_new"]
    assert "by Bonferroni the limit is 0.0250" in said(result)


def test_a_running_experiment_is_judged_by_the_interval_that_always_holds(world: Callable[..., SemanticLayer]) -> None:
    """Without an end, or with one to come, the end is the last day with data, and the sequential interval is given."""
    arms = [assigned(n, "treatment" if n % 2 else "control") for n in range(1, 31)]
    orders = [order(n, at("2025-04-30 23:00"), n) for n in range(1, 31)]
    people = [user(n, date(2025, 2, 1)) for n in range(1, 31)]
    for end, words in ((None, "no end date"), (date(2025, 5, 9), "to 2025-05-09")):
        result = run(world(users=people, orders=orders, assignments=arms, experiments=[experiment(end_date=end)]))
        assert result.records()[1]["value"] == 15.0
        assert f"The experiment still runs ({words}; data to 2025-04-30)" in said(result)
        assert "Always-valid 95% interval of treatment" in said(result)


# ---------------------------------------------------------------- bad input


def refusal(layer: SemanticLayer, name: str = "x", metric: str | None = None) -> QueryError:
    with pytest.raises(QueryError) as caught:
        run(layer, name, metric)
    assert caught.value.text.zh != caught.value.text.en
    return caught.value


def test_names_that_do_not_fit_are_answered_with_the_nearest(world: Callable[..., SemanticLayer]) -> None:
    """By id or name in any case; else the nearest. Metrics: unknown, or without a figure per user, with the list."""
    layer = world(users=[user(1, date(2025, 2, 1))], assignments=[assigned(1, "control")])
    assert run(layer, " 试验一 ").params["experiment"] == run(layer, "X").params["experiment"] == "x"
    assert refusal(layer, "试验二").choices == ("x",)
    assert refusal(layer, metric="retention_d").code == "unknown_metric"
    aggregate = refusal(layer, metric="new_users")
    assert aggregate.code == "metric_not_per_user"
    assert set(aggregate.choices) == set(READOUT_METRICS)


def test_experiments_without_anything_to_read_are_refused(world: Callable[..., SemanticLayer]) -> None:
    """No experiment at all, nobody assigned, no primary metric, days outside the data, an end before the start."""
    people = [user(1, date(2025, 2, 1))]
    assert refusal(world(users=people, experiments=[])).code == "no_experiments"
    assert refusal(world(users=people)).code == "nobody_assigned"
    one = [assigned(1, "control")]
    assert (
        refusal(world(users=people, assignments=one, experiments=[experiment(primary_metric=None)])).code
        == "metric_needed"
    )
    late = [assigned(1, "control", at("2025-05-01"))]
    assert refusal(world(users=people, assignments=late)).code == "outside_data"
    assert (
        refusal(world(users=people, assignments=one, experiments=[experiment(end_date=date(2025, 3, 1))])).code
        == "no_days"
    )


def test_the_metrics_taken_are_those_of_the_catalog() -> None:
    """Every one has its entry, with its unit; people who are counted become a share of users."""
    catalog = load_catalog()
    assert set(READOUT_METRICS) <= set(catalog.metrics)
    units = {name: (metric.unit, catalog.metrics[name].unit) for name, metric in READOUT_METRICS.items()}
    assert {name for name, (ours, theirs) in units.items() if ours != theirs} == {
        "active_users",
        "paying_users",
        "creators",
    }


# ---------------------------------------------------------------- receipts


def test_the_receipt_holds_until_the_data_changes(world: Callable[..., SemanticLayer]) -> None:
    """Figures worked out after the statement are worked out again; another order changes them."""
    people = [user(n, date(2025, 2, 1)) for n in range(1, 9)]
    arms = [assigned(n, "treatment" if n % 2 else "control") for n in range(1, 9)]
    orders = [order(n, T0 + timedelta(days=1), n) for n in range(1, 9)]
    layer = world(users=people, orders=orders, assignments=arms)
    receipt = layer.receipts.load(run(layer).receipt)
    assert verify(receipt, layer.warehouse, CALCULATIONS).outcome == "holds"
    layer.warehouse.close()
    again = world("two", users=people, orders=[*orders, order(1, T0 + timedelta(days=2), 50)], assignments=arms)
    changed = verify(receipt, again.warehouse, CALCULATIONS)
    assert changed.outcome == "changed"
    assert {difference.column for difference in changed.differences} >= {"value", "difference", "p_value"}


# ---------------------------------------------------------------- plain Python over random arms


class Oracle:
    """Every metric of a read-out, per user, in plain Python over raw rows."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, Any]]], as_of: date, end: date) -> None:
        self.tables, self.as_of, self.end = tables, as_of, end
        self.born = {row["user_id"]: row["registered_at"].date() for row in tables["users"]}
        self.first: dict[Any, datetime] = {}
        self.variants: dict[Any, set[str]] = {}
        for row in tables["assignments"]:
            if row["experiment_id"] == "winback":
                key = row["user_id"]
                self.first[key] = min(self.first.get(key, row["assigned_at"]), row["assigned_at"])
                self.variants.setdefault(key, set()).add(row["variant"])

    def arms(self, metric: str) -> dict[str, list[tuple[float, float]]]:
        """Return (numerator, denominator) of every user who counts, by arm."""
        found: dict[str, list[tuple[float, float]]] = {
            variant: [] for names in self.variants.values() for variant in names
        }
        for key, at in self.first.items():
            if len(self.variants[key]) == 1 and at.date() <= self.end:
                pair = self.pair(metric, key, at)
                if pair is not None:
                    found[next(iter(self.variants[key]))].append(pair)
        return found

    def rows(
        self, table: str, key: Any, keep: Callable[[datetime], bool], owner: str = "user_id"
    ) -> list[Mapping[str, Any]]:
        moments = {"events": "ts", "orders": "paid_at", "messages": "sent_at", "invites": "invited_at",
                   "surveys": "answered_at", "tickets": "opened_at"}  # fmt: skip
        return [r for r in self.tables.get(table, ()) if r[owner] == key and keep(r[moments[table]])]

    def pair(self, metric: str, key: Any, at: datetime) -> tuple[float, float] | None:
        """Return numerator and denominator of one user; None where the user does not count."""

        def since(moment: datetime) -> bool:
            return moment >= at and moment.date() <= self.end

        days = {"activation_rate": (0, 2), "feature_penetration_d7": (0, 6), "first_pay_d30": (0, 29)}.get(metric)
        name, _, number = metric.rpartition("_")
        if name == "retention":
            days = (int(number[1:]), int(number[1:]))
        elif name == "ltv":
            days = (0, int(number) - 1)
        keep = since
        if days:
            born = self.born[key]
            if born + timedelta(days=days[1]) > self.as_of:
                return None

            def keep(moment: datetime) -> bool:
                return days[0] <= (moment.date() - born).days <= days[1]

        events = self.rows("events", key, keep)
        active = {e["ts"].date() for e in events if e["event"] not in ("register_start", "captcha_fail")}
        orders = self.rows("orders", key, keep)
        net = sum(float(o["amount"]) - float(o["discount"] or 0) - float(o["refund_amount"] or 0) for o in orders)
        if metric == "reactivation_rate":
            eve = at.date() - timedelta(days=1)
            seen = [e["ts"].date() for e in self.tables["events"] if e["user_id"] == key
                    and e["event"] not in ("register_start", "captcha_fail") and e["ts"].date() <= eve]  # fmt: skip
            if not 30 <= (eve - max([self.born[key], *seen])).days <= 60:
                return None
            return float(bool(active)), 1.0
        tasks = {e["event"] for e in events} & {"profile_complete", "first_interaction", "claim_gift"}
        named = lambda *names: [e for e in events if e["event"] in names]  # noqa: E731
        messages, tickets = self.rows("messages", key, since), self.rows("tickets", key, since)
        invites = self.rows("invites", key, since, "inviter_id")
        surveys = self.rows("surveys", key, since)
        nps = [s["score"] for s in surveys if s["kind"] == "nps" and s["score"] is not None]
        csat = [s["score"] for s in surveys if s["kind"] == "csat" and s["score"] is not None]
        ended = [m for m in self.tables["memberships"] if m["user_id"] == key
                 and at.date() <= m["expires_on"] <= min(self.end, self.as_of - timedelta(days=7))]  # fmt: skip
        views = named("checkout_view")
        paid = [e["ts"] for e in self.tables["events"] if e["user_id"] == key and e["event"] == "pay_success"
                and e["ts"].date() <= self.as_of]  # fmt: skip
        through = any(timedelta(0) <= p - v["ts"] <= timedelta(days=1) for v in views for p in paid)
        count = {
            "retention": (bool(active), 1), "ltv": (net, 1), "activation_rate": (len(tasks) == 3, 1),
            "feature_penetration_d7": (any(e.get("feature") for e in events), 1), "first_pay_d30": (bool(orders), 1),
            "active_users": (bool(active), 1), "paying_users": (bool(orders), 1),
            "creators": (bool(named("content_publish")), 1), "gmv": (sum(float(o["amount"]) for o in orders), 1),
            "revenue": (net, 1), "orders": (len(orders), 1), "content_published": (len(named("content_publish")), 1),
            "invites": (len(invites), 1), "messages_sent": (len(messages), 1), "tickets": (len(tickets), 1),
            "arpu": (net, bool(active)), "arppu": (net, bool(orders)), "aov": (net, len(orders)),
            "paid_conversion": (bool(orders), bool(active)), "repurchase_rate": (len(orders) > 1, bool(orders)),
            "refund_rate": (sum(float(o["refund_amount"] or 0) for o in orders),
                            sum(float(o["amount"]) - float(o["discount"] or 0) for o in orders)),
            "non_goods_share": (sum(float(o["amount"]) - float(o["discount"] or 0) - float(o["refund_amount"] or 0)
                                    for o in orders if o["product_type"] != "goods"), net),
            "payment_conversion": (through, bool(views)), "avg_active_days": (len(active), bool(active)),
            "opens_per_user": (len(named("app_open")), bool(active)),
            "time_per_user": (sum(e.get("duration_s") or 0 for e in events) / 60, len(active)),
            "feature_usage_rate": (any(e.get("feature") for e in events), bool(active)),
            "interactions_per_user": (len(named("like", "comment", "share")), bool(active)),
            "delivery_rate": (sum(m["delivered_at"] is not None for m in messages), len(messages)),
            "open_rate": (sum(m["opened_at"] is not None for m in messages), sum(m["delivered_at"] is not None for m in messages)),
            "click_rate": (sum(m["clicked_at"] is not None for m in messages), sum(m["delivered_at"] is not None for m in messages)),
            "unsubscribe_rate": (sum(bool(m["unsubscribed"]) for m in messages), sum(m["delivered_at"] is not None for m in messages)),
            "invite_acceptance": (sum(i["accepted_at"] is not None for i in invites), len(invites)),
            "invites_per_user": (len(invites), bool(invites)),
            "k_factor": (sum(i["accepted_at"] is not None for i in invites), bool(active)),
            "ticket_rate": (len(tickets), bool(active)),
            "nps": (sum(100 if s >= 9 else -100 if s <= 6 else 0 for s in nps), len(nps)),
            "csat": (sum(s >= 4 for s in csat), len(csat)),
            "renewal_rate": (sum(m["renewed_on"] is not None and m["renewed_on"] <= m["expires_on"] + timedelta(days=7) for m in ended),
                             len(ended)),
        }  # fmt: skip
        top, below = count[name if name in ("retention", "ltv") else metric]
        return float(top), float(below)


def welch(
    control: Sequence[tuple[float, float]], treatment: Sequence[tuple[float, float]]
) -> tuple[float, float, float]:
    """Return interval and p-value by SciPy's Welch test on each user's linearised ratio."""

    def linear(pairs: Sequence[tuple[float, float]]) -> list[float]:
        below = sum(d for _, d in pairs)
        value = sum(y for y, _ in pairs) / below
        return [value + (y - value * d) / (below / len(pairs)) for y, d in pairs]

    found = stats.ttest_ind(linear(treatment), linear(control), equal_var=False)
    interval = found.confidence_interval()
    return interval.low, interval.high, found.pvalue


class ArmsMaker(WorldMaker):
    """A random world with everything that a read-out may count."""

    def tables(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        tables = dict(super().tables())
        pick = self.random.choice
        for row in tables["events"]:
            row |= {"feature": pick((None, None, "plan")), "duration_s": pick((None, 0, 90, 1000))}
            if self.random.random() < 0.3:
                row["event"] = pick(("checkout_view", "pay_success", "content_publish", "comment"))
        several = [user_id for user_id in self.ids for _ in range(3)]
        serial = (lambda n: f"s{n}") if isinstance(self.ids[0], str) else (lambda n: n)
        tables["messages"] = [
            {"message_id": serial(n), "user_id": key, "sent_at": at, "delivered_at": pick((None, at)),
             "opened_at": pick((None, at)), "clicked_at": pick((None, at)), "unsubscribed": pick((None, False, True))}
            for n, key in enumerate(several) for at in [self.moment(self.day())]
        ]  # fmt: skip
        tables["invites"] = [
            {"invite_id": serial(n), "inviter_id": key, "invited_at": at, "accepted_at": pick((None, at))}
            for n, key in enumerate(several) for at in [self.moment(self.day())]
        ]  # fmt: skip
        tables["surveys"] = [
            {"user_id": key, "answered_at": self.moment(self.day()), "kind": pick(("nps", "csat")),
             "score": pick((None, 1, 4, 5, 7, 9))} for key in several
        ]  # fmt: skip
        tables["tickets"] = [
            {"ticket_id": serial(n), "user_id": key, "opened_at": self.moment(self.day())}
            for n, key in enumerate(several)
        ]
        tables["memberships"] = [
            {"membership_id": serial(n), "user_id": key, "started_on": day - timedelta(days=30), "expires_on": day,
             "renewed_on": pick((None, day - timedelta(days=1), day + timedelta(days=7), day + timedelta(days=8)))}
            for n, key in enumerate(several) for day in [self.day()]
        ]  # fmt: skip
        return tables


SHAPES = ((21, date(2024, 2, 5), date(2024, 5, 31), 90, True), (22, date(2024, 12, 20), date(2025, 6, 30), 120, False))


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: f"seed-{shape[0]}")
def arms(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SemanticLayer, Oracle]]:
    seed, data_start, as_of, users, text = request.param
    home = tmp_path_factory.mktemp(f"arms{seed}")
    tables = ArmsMaker(seed, data_start, as_of, users=users, ids_are_text=text).tables()
    end = as_of - timedelta(days=20)
    tables["experiments"] = [{"experiment_id": "winback", "name": "唤醒", "primary_metric": "revenue", "end_date": end}]
    path = build_warehouse(home, tables, data_start=data_start, as_of=as_of, id_type="VARCHAR" if text else "BIGINT")
    layer = layer_of(path, home)
    yield layer, Oracle(tables, as_of, end)
    layer.warehouse.close()


@pytest.mark.parametrize("metric", READOUT_METRICS)
def test_every_metric_is_what_plain_python_counts(arms: tuple[SemanticLayer, Oracle], metric: str) -> None:
    """Users, value and, where CUPED stays out, interval and p-value: by hand from raw rows, tested by SciPy."""
    layer, oracle = arms
    result = run(layer, "winback", metric)
    expected = oracle.arms(metric)
    money = result.unit == "CNY"
    for row in result.records():
        pairs = expected[str(row["variant"])]
        below = sum(d for _, d in pairs)
        assert row["users"] == len(pairs)
        value = sum(y for y, _ in pairs) / below if below else None
        assert row["value"] == (None if value is None else pytest.approx(value, abs=0.00501 if money else 1e-9))
    control, treatment = expected["control"], expected["treatment"]
    row = result.records()[1]
    if row["p_value"] is None or "CUPED was applied" in said(result):
        return
    low, high, p_value = welch(control, treatment)
    assert row["p_value"] == pytest.approx(p_value, rel=1e-6)
    assert row["ci_low"] == pytest.approx(low, abs=0.0051 if money else 1e-9)
    assert row["ci_high"] == pytest.approx(high, abs=0.0051 if money else 1e-9)


def test_the_random_arms_do_test_something(arms: tuple[SemanticLayer, Oracle]) -> None:
    """Most metrics have users and a p-value there, some are adjusted, and there are users of two arms."""
    layer, _ = arms
    results = [run(layer, "winback", metric) for metric in READOUT_METRICS]
    tested = [result for result in results if result.records()[1]["p_value"] is not None]
    assert len(tested) > 0.8 * len(results)
    assert sum("CUPED was applied" in said(result) for result in results) < 0.6 * len(results)
    assert "assigned to more than one arm" in said(results[0])
    assert all(
        verify(layer.receipts.load(r.receipt), layer.warehouse, CALCULATIONS).outcome == "holds" for r in results
    )


# ---------------------------------------------------------------- the demo


@pytest.fixture(scope="module")
def demo(built: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    layer = layer_of(serving_path(built(DEFAULT_USERS, DEFAULT_SEED)), tmp_path_factory.mktemp("demo"))
    yield layer
    layer.warehouse.close()


@pytest.mark.parametrize(
    ("name", "control", "treatment"),
    [("onboarding_3_tasks", 0.38, 0.45), ("winback_personalised", 0.04, 0.12)],
)
def test_the_planted_experiments_are_found(demo: SemanticLayer, name: str, control: float, treatment: float) -> None:
    """Both levels are the planted ones, the difference is significant at 1%, and the split is fine."""
    result = run(demo, name)
    rows = result.records()
    for row, planted in zip(rows, (control, treatment), strict=True):
        error = math.sqrt(planted * (1 - planted) / int(str(row["users"])))
        assert row["value"] == pytest.approx(planted, abs=max(0.02, 2 * error))
    assert float(str(rows[1]["p_value"])) < 0.01
    assert float(str(rows[1]["ci_low"])) > 0
    assert float(str(rows[1]["srm_p"])) > 0.001
