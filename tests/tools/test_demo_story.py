"""Every line of the planted story, measured on the finished tables by SQL written by hand from the definitions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest

from tests.conftest import DemoHome
from tools.demo.build import DEFAULT_SEED, DEFAULT_USERS
from tools.warehouse.publish import serving_path


@dataclass(frozen=True)
class Story:
    """A finished demo, with ``active`` (user, day) and ``net`` (orders with their revenue) at hand."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def number(self, sql: str) -> float:
        return float(self.rows(sql)[0][0])

    def share(self, sql: str) -> tuple[float, int]:
        """Return (share, how many): ``sql`` gives one row a member, true or false."""
        share, n = self.rows(f"SELECT avg(x::INTEGER), count(*) FROM ({sql}) t(x)")[0]
        return float(share), int(n)

    def level(self, planted: float, sql: str) -> None:
        """Assert that a share is the planted one, within the larger of 2 points and two standard errors."""
        share, n = self.share(sql)
        allowed = max(0.02, 2 * math.sqrt(planted * (1 - planted) / n))
        assert share == pytest.approx(planted, abs=allowed), f"{share:.4f} of {n}, planted {planted}"


@pytest.fixture(
    scope="module",
    params=[
        (DEFAULT_USERS, DEFAULT_SEED),
        pytest.param((DEFAULT_USERS, 20250310), marks=pytest.mark.slow),
        pytest.param((DEFAULT_USERS, 99), marks=pytest.mark.slow),
        pytest.param((200_000, 3), marks=pytest.mark.slow),
    ],
    ids=lambda p: f"{p[0]}-users-seed-{p[1]}",
)
def story(request: pytest.FixtureRequest, built: DemoHome) -> Iterator[Story]:
    users, seed = request.param
    path = serving_path(built(users, seed))
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute(
            "CREATE TEMP TABLE active AS SELECT DISTINCT user_id, event_date AS day FROM events"
            " WHERE event NOT IN ('register_start', 'captcha_fail')"
        )
        connection.execute(
            "CREATE TEMP VIEW net AS SELECT *, amount - coalesce(discount, 0) - coalesce(refund_amount, 0) AS revenue"
            " FROM orders"
        )
        yield Story(connection)


def back_on(n: int, where: str) -> str:
    """Users registered as ``where`` says: whether each is active exactly n days later."""
    return (
        f"SELECT a.user_id IS NOT NULL FROM users u LEFT JOIN active a ON a.user_id = u.user_id"
        f" AND a.day = u.register_date + {n} WHERE {where}"
    )


def registered(start: str, end: str) -> str:
    return f"u.register_date BETWEEN '{start}' AND '{end}'"


SLICE = "platform = 'android' AND app_version = '5.2.0'"


def finishing(start: str, end: str) -> str:
    """People of the slice who start to register: whether they finish within 24 hours."""
    return (
        "SELECT bool_or(r.user_id IS NOT NULL) FROM events s LEFT JOIN events r ON r.user_id = s.user_id"
        " AND r.event = 'register' AND r.ts BETWEEN s.ts AND s.ts + INTERVAL 24 HOUR"
        f" WHERE s.event = 'register_start' AND s.{SLICE.replace('AND ', 'AND s.')}"
        f" AND s.event_date BETWEEN '{start}' AND '{end}' GROUP BY s.user_id"
    )


def test_captcha_turns_sign_ups_away(story: Story) -> None:
    """In the slice, registration conversion falls from .62 to .30 on 03-10 and stays there to 03-17."""
    story.level(0.62, finishing("2025-03-03", "2025-03-09"))
    story.level(0.30, finishing("2025-03-10", "2025-03-17"))


def test_captcha_spoils_the_first_day(story: Story) -> None:
    """Retention on day 1 of the slice falls from .46 to .24."""
    story.level(0.46, back_on(1, f"{SLICE} AND {registered('2025-03-03', '2025-03-09')}"))
    story.level(0.24, back_on(1, f"{SLICE} AND {registered('2025-03-10', '2025-03-16')}"))


def test_captcha_failures_times_eight(story: Story) -> None:
    """captcha_fail a day in the slice is eight times what it was, within 10%."""
    per_day = (
        f"SELECT count(*) / count(DISTINCT event_date) FROM events WHERE event = 'captcha_fail' AND {SLICE}"
        " AND event_date BETWEEN '{}' AND '{}'"
    )
    before = story.number(per_day.format("2025-03-03", "2025-03-09"))
    during = story.number(per_day.format("2025-03-10", "2025-03-16"))
    assert during / before == pytest.approx(8, rel=0.10)


def test_captcha_hits_only_its_slice(story: Story) -> None:
    """Elsewhere people register as ever in those days, and the slice recovers afterwards."""
    for event_filter in (
        f"NOT ({SLICE}) AND event_date BETWEEN '2025-03-10' AND '2025-03-17'",
        "platform = 'android' AND event_date BETWEEN '2025-03-18' AND '2025-03-31'",
    ):
        story.level(
            0.62,
            "SELECT EXISTS (SELECT 1 FROM events r WHERE r.user_id = s.user_id AND r.event = 'register')"
            f" FROM events s WHERE event = 'register_start' AND coalesce({event_filter}, true)",
        )


def test_retention_d7_rises_in_april(story: Story) -> None:
    """retention_d7 is .38 for January and February and .45 in each quarter from April, to 12-24."""
    story.level(0.38, back_on(7, registered("2025-01-01", "2025-02-28")))
    for start, end in (("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-24")):
        story.level(0.45, back_on(7, registered(f"2025-{start}", f"2025-{end}")))


def test_onboarding_experiment(story: Story) -> None:
    """All March registrants are split in halves; day 7 is .38 against .45, p < .01 by a two-sided z-test."""
    everyone = story.number("SELECT count(*) FROM users WHERE register_date BETWEEN '2025-03-01' AND '2025-03-31'")
    arms = {}
    for variant, planted in (("control", 0.38), ("treatment", 0.45)):
        own = (
            "u.user_id IN (SELECT user_id FROM assignments WHERE experiment_id = 'onboarding_3_tasks'"
            f" AND variant = '{variant}') AND {registered('2025-03-01', '2025-03-31')}"
        )
        story.level(planted, back_on(7, own))
        arms[variant] = story.share(back_on(7, own))
    (control, n0), (treatment, n1) = arms["control"], arms["treatment"]
    assert n0 + n1 == everyone
    assert abs(n0 - n1) < 3 * math.sqrt(everyone)
    pooled = (control * n0 + treatment * n1) / (n0 + n1)
    z = (treatment - control) / math.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    assert math.erfc(z / math.sqrt(2)) < 0.01


@pytest.mark.parametrize(
    ("planted", "start", "end"), [(0.30, "01-01", "02-28"), (0.45, "04-01", "06-30"), (0.60, "09-01", "12-29")]
)
def test_activation(story: Story, planted: float, start: str, end: str) -> None:
    """activation_rate: all three tasks on days 0 to 2."""
    story.level(
        planted,
        "SELECT count(DISTINCT e.event) = 3 FROM users u LEFT JOIN events e ON e.user_id = u.user_id"
        " AND e.event IN ('profile_complete', 'first_interaction', 'claim_gift')"
        " AND e.event_date BETWEEN u.register_date AND u.register_date + 2"
        f" WHERE {registered(f'2025-{start}', f'2025-{end}')} GROUP BY u.user_id",
    )


def cac(story: Story, start: str, end: str) -> float:
    return story.number(
        f"WITH s AS (SELECT channel, sum(cost) AS cost FROM channel_spend WHERE spend_date BETWEEN '{start}' AND '{end}'"
        " GROUP BY channel HAVING sum(cost) > 0)"
        " SELECT (SELECT sum(cost) FROM s) / count(*) FROM users u JOIN s USING (channel)"
        f" WHERE {registered(start, end)}"
    )


def test_gravity(story: Story) -> None:
    """Gravity brings at least 1.6 times the kol and short_video users, and the cac of all channels down by 23%."""
    for channel in ("kol", "short_video"):
        growth = story.number(
            "SELECT count(*) FILTER (register_date >= '2025-04-01') / count(*) FILTER (register_date < '2025-04-01')"
            f" FROM users u WHERE channel = '{channel}' AND {registered('2024-12-01', '2025-07-31')}"
        )
        assert growth >= 1.6
    change = cac(story, "2025-04-01", "2025-07-31") / cac(story, "2024-12-01", "2025-03-31") - 1
    assert change == pytest.approx(-0.23, abs=0.023)
    assert cac(story, "2025-12-01", "2025-12-31") <= 0.9 * cac(story, "2024-12-01", "2024-12-31")


@pytest.mark.parametrize(("planted", "start", "end"), [(0.58, "04-01", "06-30"), (0.83, "10-01", "12-25")])
def test_spark(story: Story, planted: float, start: str, end: str) -> None:
    """feature_penetration_d7 of the second and of the last quarter."""
    story.level(
        planted,
        "SELECT count(e.user_id) > 0 FROM users u LEFT JOIN events e ON e.user_id = u.user_id AND e.feature IS NOT NULL"
        " AND e.event_date BETWEEN u.register_date AND u.register_date + 6"
        f" WHERE {registered(f'2025-{start}', f'2025-{end}')} GROUP BY u.user_id",
    )


def test_stickiness_rises_but_for_october(story: Story) -> None:
    """Mean dau / mau is .38 in January and .52 in December; every month is above the one before, October is not."""
    months = [
        float(value)
        for (value,) in story.rows(
            "SELECT count(*) / count(DISTINCT day) / count(DISTINCT user_id) FROM active WHERE day >= '2025-01-01'"
            " GROUP BY date_trunc('month', day) ORDER BY date_trunc('month', day)"
        )
    ]
    assert months[0] == pytest.approx(0.38, abs=0.02)
    assert months[11] == pytest.approx(0.52, abs=0.02)
    falls = [month + 1 for month in range(1, 12) if months[month] <= months[month - 1]]
    assert falls == [10], months
    assert months[10] > months[8]


@pytest.mark.parametrize(("planted", "month"), [(0.08, "01"), (0.15, "12")])
def test_message_clicks(story: Story, planted: float, month: str) -> None:
    """click_rate: clicked of delivered, by the month sent."""
    story.level(
        planted,
        "SELECT clicked_at IS NOT NULL FROM messages WHERE delivered_at IS NOT NULL"
        f" AND sent_date BETWEEN '2025-{month}-01' AND '2025-{month}-31'",
    )


@pytest.mark.parametrize(("planted", "start", "end"), [(0.65, "01-01", "03-31"), (0.82, "10-01", "12-24")])
def test_renewals(story: Story, planted: float, start: str, end: str) -> None:
    """renewal_rate: renewed at most 7 days after expiry."""
    story.level(
        planted,
        "SELECT coalesce(renewed_on <= expires_on + 7, false) FROM memberships"
        f" WHERE expires_on BETWEEN '2025-{start}' AND '2025-{end}'",
    )


@pytest.mark.parametrize("month", range(1, 13))
def test_payment_conversion(story: Story, month: int) -> None:
    """Of a month's users with checkout_view, .32 pay within 24 hours of one until August, .58 from September."""
    story.level(
        0.32 if month < 9 else 0.58,
        "SELECT bool_or(p.user_id IS NOT NULL) FROM events v LEFT JOIN events p ON p.user_id = v.user_id"
        " AND p.event = 'pay_success' AND p.ts BETWEEN v.ts AND v.ts + INTERVAL 24 HOUR"
        f" WHERE v.event = 'checkout_view' AND date_trunc('month', v.event_date) = '2025-{month:02}-01'"
        " GROUP BY v.user_id",
    )


@pytest.mark.parametrize(("planted", "month"), [(0.15, "01"), (0.40, "12")])
def test_referrals(story: Story, planted: float, month: str) -> None:
    """referral_share: new users with an inviter."""
    where = registered(f"2025-{month}-01", f"2025-{month}-31")
    story.level(planted, f"SELECT inviter_id IS NOT NULL FROM users u WHERE {where}")


def test_win_back(story: Story) -> None:
    """Everyone dormant on 09-30 is assigned, in halves; .12 against .04 come back by 12-31; clicks more than double."""
    dormant = (
        "SELECT u.user_id FROM users u LEFT JOIN active a ON a.user_id = u.user_id AND a.day <= '2025-09-30'"
        " WHERE u.register_date <= '2025-09-30' GROUP BY u.user_id, u.register_date"
        " HAVING date '2025-09-30' - greatest(u.register_date, coalesce(max(a.day), u.register_date)) BETWEEN 30 AND 60"
    )
    assigned = "SELECT user_id FROM assignments WHERE experiment_id = 'winback_personalised'"
    assert story.number(f"SELECT count(*) FROM (({dormant}) EXCEPT ({assigned}))") == 0
    assert story.number(f"SELECT count(*) FROM (({assigned}) EXCEPT ({dormant}))") == 0
    assert story.number(f"SELECT count(*) FROM ({dormant})") > 2000
    for variant, planted in (("treatment", 0.12), ("control", 0.04)):
        story.level(
            planted,
            f"SELECT EXISTS (SELECT 1 FROM active a WHERE a.user_id = s.user_id AND a.day >= '2025-10-01')"
            f" FROM assignments s WHERE experiment_id = 'winback_personalised' AND variant = '{variant}'",
        )
    rates = dict(
        story.rows(
            "SELECT campaign_id, count(clicked_at) / count(delivered_at) FROM messages"
            " WHERE campaign_id LIKE 'winback%' GROUP BY 1"
        )
    )
    assert rates["winback_personalised"] > 2 * rates["winback_template"] > 0


def test_summer_flash(story: Story) -> None:
    """summer_flash returns .9 of its cost in August, the lowest; every other campaign with cost at least 2."""
    returns = dict(
        story.rows(
            "SELECT campaign_id, (SELECT coalesce(sum(revenue), 0) FROM net o WHERE o.campaign_id = s.campaign_id"
            " AND o.order_date BETWEEN '2025-08-01' AND '2025-08-31') / sum(cost) FROM channel_spend s"
            " WHERE campaign_id IS NOT NULL AND spend_date BETWEEN '2025-08-01' AND '2025-08-31'"
            " GROUP BY campaign_id HAVING sum(cost) > 0"
        )
    )
    assert returns.pop("summer_flash") == pytest.approx(0.9, abs=0.02)
    assert len(returns) >= 5
    assert min(returns.values()) >= 2.0


def test_campaigns_on_orders(story: Story) -> None:
    """For 30 days a user's orders carry the acquiring campaign, and never afterwards."""
    assert not story.number(
        "SELECT count(*) FROM orders o JOIN users u USING (user_id) WHERE u.campaign_id IS NOT NULL"
        " AND (o.campaign_id IS NOT DISTINCT FROM u.campaign_id) <> (o.order_date < u.register_date + 30)"
    )


def test_double_11(story: Story) -> None:
    """The gmv of 11-11 is at least four times the mean of the 28 days before."""
    ratio = story.number(
        "SELECT sum(amount) FILTER (order_date = '2025-11-11') / (sum(amount) FILTER (order_date < '2025-11-11') / 28)"
        " FROM orders WHERE order_date BETWEEN '2025-10-14' AND '2025-11-11'"
    )
    assert ratio >= 4


def test_golden_week_is_the_only_dip(story: Story) -> None:
    """The dau of 10-01 to 10-08 is 18% below the eight days before; no other week of the data loses 4% on its last."""
    change = story.number(
        "SELECT count(*) FILTER (day >= '2025-10-01') / count(*) FILTER (day < '2025-10-01') - 1 FROM active"
        " WHERE day BETWEEN '2025-09-23' AND '2025-10-08'"
    )
    assert change == pytest.approx(-0.18, abs=0.02)
    dips = story.rows(
        "WITH dau AS (SELECT day, count(*) AS n FROM active GROUP BY day), weeks AS ("
        " SELECT day, avg(n) OVER (ORDER BY day ROWS 6 PRECEDING) AS n FROM dau), changes AS ("
        " SELECT day, n / lag(n, 7) OVER (ORDER BY day) - 1 AS change FROM weeks)"
        " SELECT day FROM changes WHERE change < -0.04 AND day >= '2024-07-14'"
        " AND day NOT BETWEEN '2025-10-01' AND '2025-10-14'"
    )
    assert dips == []
