"""SQL of what ranks users among each other: the top or bottom share by a measure, and RFM scores."""

from __future__ import annotations

from knowledge.segments import RFM_CLASSES, Rfm, Value
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.segment_days import TakenOn
from tools.semantic_layer.segment_figures import Tally, figure_of_measure

RFM_DAYS = 365
_HIGH = 4
_NET = "sum(e.amount - coalesce(e.discount, 0) - coalesce(e.refund_amount, 0))"


def _registered(counted: str, on: TakenOn, alias: str) -> str:
    """Return FROM …: the rows of ``counted`` whose users are registered by the day."""
    if on.relation:
        return (
            f"FROM ({counted}) AS {alias} JOIN {on.relation} AS d ON d.bucket = {alias}.bucket "
            f"JOIN users AS u ON u.user_id = {alias}.user_id AND u.register_date <= d.day"
        )
    return f"FROM ({counted}) AS {alias} JOIN users AS u ON u.user_id = {alias}.user_id AND u.register_date <= {on.day}"


def share_members(leaf: Value, on: TakenOn, binder: Binder) -> str:
    """Return a SELECT of the users in the top or bottom share by a measure, of those with a value above 0; ties cut by id."""
    counted = Tally("c", on, binder)
    value = counted.column(figure_of_measure(leaf, binder))
    direction = "DESC" if leaf.op == "top_share" else "ASC"
    ranked = (
        f"SELECT {on.names('c')}, row_number() OVER ({on.partition('c')}ORDER BY {value} {direction}, c.user_id) AS place, "
        f"count(*) OVER ({on.partition('c').strip()}) AS ranked {_registered(counted.select(), on, 'c')} WHERE {value} > 0"
    )
    # Rounding first keeps a product such as 0.2 × 15 from being raised past its whole number.
    share = f"ceil(round({binder.value('share', leaf.value)} * r.ranked, 6))"
    return f"SELECT {on.names('r')} FROM ({ranked}) AS r WHERE r.place <= {share}"


def rfm_members(leaf: Rfm, on: TakenOn, binder: Binder) -> str:
    """Return a SELECT of the users in one of the classes.

    Each score is 1 + floor(5 × percent rank), at most 5: equal values share it. In whole numbers, so that no rounding
    decides: percent rank is (rank − 1) ÷ (users − 1), and 0 for a single user.
    """
    figures = f"max(e.order_date) AS last_day, count(*) AS orders, {_NET} AS revenue"
    window = f"e.order_date <= {on.day} AND e.order_date > {on.day} - {binder.value('days', RFM_DAYS)}"
    paid = f"SELECT {on.keys('e.user_id')}, {figures} {on.rows('orders', 'e', window)} GROUP BY {on.group('e.user_id')}"
    ranks = ", ".join(
        f"rank() OVER ({on.partition('p')}ORDER BY p.{column}) - 1 AS {name}"
        for name, column in (("r", "last_day"), ("f", "orders"), ("m", "revenue"))
    )
    ranked = (
        f"SELECT {on.names('p')}, {ranks}, count(*) OVER ({on.partition('p').strip()}) - 1 AS others "
        f"{_registered(paid, on, 'p')}"
    )
    classes = " OR ".join(f"({_in_class(name)})" for name in dict.fromkeys(leaf.rfm))
    return f"SELECT {on.names('s')} FROM ({ranked}) AS s WHERE {classes}"


def _in_class(name: str) -> str:
    _, *high = RFM_CLASSES[name]
    return " AND ".join(
        f"{'' if is_high else 'NOT '}coalesce(least(5, 1 + 5 * s.{letter} // nullif(s.others, 0)), 1) >= {_HIGH}"
        for letter, is_high in zip("rfm", high, strict=True)
    )
