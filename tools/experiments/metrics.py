"""What a metric is for one user: a share, a mean or a ratio of sums, over the user's own window.

A read-out needs a figure per user. Metrics that have none (people counted per day, spend, people who are no users yet)
are refused. Definitions are those of the catalog; only the window differs: from a user's assignment to the experiment's
end, or the days after registration that an N-day metric names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from knowledge.tables import NOT_ACTIVITY
from knowledge.text import Text

Kind = Literal["share", "mean", "ratio"]


@dataclass(frozen=True)
class Part:
    """One figure per user: an aggregate over the rows ``f`` of a source; 0 for a user without rows.

    Attributes:
        source: a key of ``SOURCES``.
        figure: SQL of the aggregate.
        where: SQL of a condition on the rows.
        then: SQL of a second row ``s`` of the same source that the user must have for the row to count.
    """

    source: str
    figure: str
    where: str = ""
    then: str = ""


@dataclass(frozen=True)
class Source:
    """A table of things that users do: whose they are, when, and on which day."""

    table: str
    user: str
    moment: str
    day: str


SOURCES: Final[Mapping[str, Source]] = MappingProxyType({
    "activity": Source("active_days", "user_id", "", "event_date"),
    "events": Source("events", "user_id", "ts", "event_date"),
    "orders": Source("orders", "user_id", "paid_at", "order_date"),
    "messages": Source("messages", "user_id", "sent_at", "sent_date"),
    "invites": Source("invites", "inviter_id", "invited_at", "invite_date"),
    "surveys": Source("surveys", "user_id", "answered_at", "answer_date"),
    "tickets": Source("tickets", "user_id", "opened_at", "open_date"),
    "memberships": Source("memberships", "user_id", "", "expires_on"),
})  # fmt: skip
"""Sources by name. Those without a moment are known by the day only."""


@dataclass(frozen=True)
class ReadoutMetric:
    """A metric as a read-out takes it.

    Attributes:
        id: of the catalog.
        kind: a share of users, a mean over users, or a ratio of two sums over users.
        unit: of the value.
        value: what the value is, in words.
        numerator, denominator: per user; a denominator for ratios only.
        days: the first and last day after registration, for metrics that count from there.
        dormant: only users who were dormant on the day before their assignment.
        matures: days after a row's day until it can be counted (renewals).
    """

    id: str
    kind: Kind
    unit: str
    value: Text
    numerator: Part
    denominator: Part | None = None
    days: tuple[int, int] | None = None
    dormant: bool = False
    matures: int = 0


ANY = "max(1)"
NET = "sum(f.amount - coalesce(f.discount, 0) - coalesce(f.refund_amount, 0))"
TASKS = "f.event IN ('profile_complete', 'first_interaction', 'claim_gift')"
INTERACTIONS = "f.event IN ('like', 'comment', 'share')"
PASSIVE = f"f.event NOT IN ({', '.join(repr(name) for name in NOT_ACTIVITY)})"
WITHIN_A_DAY = "s.event = 'pay_success' AND s.ts >= f.ts AND s.ts <= f.ts + INTERVAL 1 DAY"

_ACTIVE = Part("activity", ANY)
_ACTIVE_DAYS = Part("activity", "count(DISTINCT f.event_date)")
_PAYING = Part("orders", ANY)
_ORDERS = Part("orders", "count(*)")
_REVENUE = Part("orders", NET)
_INVITES = Part("invites", "count(*)")
_DELIVERED = Part("messages", "count(f.delivered_at)")


def _share(name: str, zh: str, en: str, part: Part, *, days: tuple[int, int] | None = None) -> ReadoutMetric:
    return ReadoutMetric(name, "share", "ratio", Text(f"{zh}的用户占比", f"share of users who {en}"), part, days=days)


def _mean(
    name: str, zh: str, en: str, part: Part, unit: str = "count", *, days: tuple[int, int] | None = None
) -> ReadoutMetric:
    return ReadoutMetric(name, "mean", unit, Text(f"人均{zh}", f"{en} per user"), part, days=days)


def _ratio(
    name: str, zh: str, en: str, parts: tuple[Part, Part], unit: str = "ratio", *, matures: int = 0
) -> ReadoutMetric:
    return ReadoutMetric(name, "ratio", unit, Text(zh, en), *parts, matures=matures)


_ALL = (
    *(
        _share(f"retention_d{n}", f"注册后第 {n} 天活跃", f"were active on day {n} after registration", _ACTIVE, days=(n, n))
        for n in (1, 3, 7, 14, 30, 60, 90)
    ),
    _share("activation_rate", "注册后 3 天内完成三项新手任务", "did all three onboarding tasks on days 0-2 after registration",
           Part("events", "CASE WHEN count(DISTINCT f.event) = 3 THEN 1 ELSE 0 END", TASKS), days=(0, 2)),
    _share("feature_penetration_d7", "注册后 7 天内用过核心功能", "used a core feature on days 0-6 after registration",
           Part("events", ANY, "f.feature IS NOT NULL"), days=(0, 6)),
    _share("first_pay_d30", "注册后 30 天内下单", "ordered on days 0-29 after registration", _PAYING, days=(0, 29)),
    *(
        _mean(f"ltv_{n}", f"注册后第 0 至 {n - 1} 天的净收入", f"net revenue on days 0-{n - 1} after registration", _REVENUE,
              "CNY", days=(0, n - 1))
        for n in (30, 60, 90, 180)
    ),
    ReadoutMetric("reactivation_rate", "share", "ratio",
                  Text("分组前一天处于沉睡的用户中，分组后活跃的占比", "share active, of those dormant the day before assignment"),
                  _ACTIVE, dormant=True),
    _share("active_users", "活跃", "were active", _ACTIVE),
    _share("paying_users", "下单", "ordered", _PAYING),
    _share("creators", "发布内容", "published content", Part("events", ANY, "f.event = 'content_publish'")),
    _mean("gmv", "成交额", "order amounts", Part("orders", "sum(f.amount)"), "CNY"),
    _mean("revenue", "净收入", "net revenue", _REVENUE, "CNY"),
    _mean("orders", "订单数", "orders", _ORDERS),
    _mean("content_published", "发布内容数", "contents published", Part("events", "count(*)", "f.event = 'content_publish'")),
    _mean("invites", "邀请数", "invites sent", _INVITES),
    _mean("messages_sent", "触达条数", "messages sent", Part("messages", "count(*)")),
    _mean("tickets", "工单数", "tickets", Part("tickets", "count(*)")),
    _ratio("arpu", "净收入 ÷ 活跃用户", "net revenue ÷ active users", (_REVENUE, _ACTIVE), "CNY"),
    _ratio("arppu", "净收入 ÷ 付费用户", "net revenue ÷ paying users", (_REVENUE, _PAYING), "CNY"),
    _ratio("aov", "净收入 ÷ 订单数", "net revenue ÷ orders", (_REVENUE, _ORDERS), "CNY"),
    _ratio("paid_conversion", "付费用户 ÷ 活跃用户", "paying users ÷ active users", (_PAYING, _ACTIVE)),
    _ratio("repurchase_rate", "两单及以上的用户 ÷ 付费用户", "users with 2 or more orders ÷ paying users",
           (Part("orders", "CASE WHEN count(*) >= 2 THEN 1 ELSE 0 END"), _PAYING)),
    _ratio("refund_rate", "退款 ÷ 实付", "refunds ÷ amounts paid",
           (Part("orders", "sum(coalesce(f.refund_amount, 0))"), Part("orders", "sum(f.amount - coalesce(f.discount, 0))"))),
    _ratio("non_goods_share", "非商品净收入 ÷ 净收入", "net revenue of other than goods ÷ net revenue",
           (Part("orders", NET, "f.product_type IS DISTINCT FROM 'goods'"), _REVENUE)),
    _ratio("payment_conversion", "24 小时内支付成功的用户 ÷ 进入收银台的用户",
           "users who paid within 24 hours ÷ users who viewed the checkout",
           (Part("events", ANY, "f.event = 'checkout_view'", WITHIN_A_DAY), Part("events", ANY, "f.event = 'checkout_view'"))),
    _ratio("avg_active_days", "活跃人天 ÷ 活跃用户", "active user-days ÷ active users", (_ACTIVE_DAYS, _ACTIVE), "days"),
    _ratio("opens_per_user", "打开次数 ÷ 活跃用户", "opens ÷ active users",
           (Part("events", "count(*)", "f.event = 'app_open'"), _ACTIVE), "count"),
    _ratio("time_per_user", "使用分钟 ÷ 活跃人天", "minutes ÷ active user-days",
           (Part("events", "sum(coalesce(f.duration_s, 0)) / 60.0"), _ACTIVE_DAYS), "minutes"),
    _ratio("feature_usage_rate", "用过核心功能的用户 ÷ 活跃用户", "users of a core feature ÷ active users",
           (Part("events", ANY, "f.feature IS NOT NULL"), _ACTIVE)),
    _ratio("interactions_per_user", "互动数 ÷ 活跃用户", "interactions ÷ active users",
           (Part("events", "count(*)", INTERACTIONS), _ACTIVE), "count"),
    _ratio("delivery_rate", "送达 ÷ 发送", "delivered ÷ sent", (_DELIVERED, Part("messages", "count(*)"))),
    _ratio("open_rate", "打开 ÷ 送达", "opened ÷ delivered", (Part("messages", "count(f.opened_at)"), _DELIVERED)),
    _ratio("click_rate", "点击 ÷ 送达", "clicked ÷ delivered", (Part("messages", "count(f.clicked_at)"), _DELIVERED)),
    _ratio("unsubscribe_rate", "退订 ÷ 送达", "unsubscribed ÷ delivered",
           (Part("messages", "sum(CASE WHEN f.unsubscribed THEN 1 ELSE 0 END)"), _DELIVERED)),
    _ratio("invite_acceptance", "接受 ÷ 邀请", "accepted ÷ invites", (Part("invites", "count(f.accepted_at)"), _INVITES)),
    _ratio("invites_per_user", "邀请数 ÷ 发出邀请的用户", "invites ÷ inviters", (_INVITES, Part("invites", ANY)), "count"),
    _ratio("k_factor", "接受的邀请 ÷ 活跃用户", "accepted invites ÷ active users",
           (Part("invites", "count(f.accepted_at)"), _ACTIVE)),
    _ratio("ticket_rate", "工单 ÷ 活跃用户", "tickets ÷ active users", (Part("tickets", "count(*)"), _ACTIVE)),
    _ratio("nps", "净推荐值", "net promoter score",
           (Part("surveys", "sum(CASE WHEN f.score >= 9 THEN 100 WHEN f.score <= 6 THEN -100 ELSE 0 END)", "f.kind = 'nps'"),
            Part("surveys", "count(f.score)", "f.kind = 'nps'")), "points"),
    _ratio("csat", "4-5 分 ÷ 全部评分", "scores of 4-5 ÷ all scores",
           (Part("surveys", "sum(CASE WHEN f.score >= 4 THEN 1 ELSE 0 END)", "f.kind = 'csat'"),
            Part("surveys", "count(f.score)", "f.kind = 'csat'"))),
    _ratio("renewal_rate", "7 天内续订 ÷ 到期会员", "renewed within 7 days ÷ memberships expired",
           (Part("memberships", "sum(CASE WHEN f.renewed_on <= f.expires_on + 7 THEN 1 ELSE 0 END)"),
            Part("memberships", "count(*)")), matures=7),
)  # fmt: skip

READOUT_METRICS: Final[Mapping[str, ReadoutMetric]] = MappingProxyType({metric.id: metric for metric in _ALL})
"""Every metric that a read-out takes, by id."""
