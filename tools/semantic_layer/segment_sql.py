"""SQL of segments: one SELECT of bucket and user per definition, as of each bucket's last day.

Parts are joined by set operations on (bucket, user_id), so that absence is an anti-join and a count of zero finds users
with none at all. ``days`` is a relation with the columns bucket and day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.errors import QueryError
from knowledge.segments import (
    THIS_MONTH,
    All,
    Any_,
    Attribute,
    Behaviour,
    Definition,
    Not,
    Recency,
    Reference,
    Segment,
    State,
    Value,
)
from knowledge.tables import TABLES
from knowledge.text import Text
from tools.semantic_layer.binder import Binder
from tools.warehouse.rollups import AWAY_AFTER_DAYS

_NET = "e.amount - coalesce(e.discount, 0) - coalesce(e.refund_amount, 0)"
_COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class _Figure:
    """Where a measure's rows are and how they add up per user."""

    table: str
    day: str
    sql: str
    user: str = "user_id"
    where: str = ""


def _events(sql: str, *names: str) -> _Figure:
    listed = ", ".join(f"'{name}'" for name in names)
    return _Figure("events", "event_date", sql, where=f"e.event IN ({listed})" if names else "")


def _bounds(op: str, value: int | tuple[int, int]) -> tuple[int, int | None]:
    """Return the fewest and the most days since a user was last active; None for no end."""
    if isinstance(value, tuple):
        return value
    if op in ("lt", "lte"):
        return 0, value - (op == "lt")
    return value + (op == "gt"), value if op == "eq" else None


_MEASURES: Mapping[str, _Figure] = {
    "revenue": _Figure("orders", "order_date", f"sum({_NET})"),
    "orders": _Figure("orders", "order_date", "count(*)"),
    "discount_share": _Figure(
        "orders",
        "order_date",
        "CAST(sum(coalesce(e.discount, 0)) AS DOUBLE) / CAST(nullif(sum(e.amount), 0) AS DOUBLE)",
    ),
    "active_days": _Figure("active_days", "event_date", "count(DISTINCT e.event_date)"),
    "minutes": _Figure("user_days", "event_date", "sum(e.seconds) / 60.0"),
    "interactions": _Figure("user_days", "event_date", "sum(e.interactions)"),
    "content": _Figure("user_days", "event_date", "sum(e.contents)"),
    "help_answers": _events("count(*)", "help_answer"),
    "consults": _events("count(*)", "consult"),
    "searches": _events("count(*)", "search"),
    "checkins": _events("count(*)", "checkin"),
    "invites": _Figure("invites", "invite_date", "count(*)", user="inviter_id"),
}


@dataclass
class SegmentSql:
    """Writes SELECTs of segments; gathers the tables they read."""

    days: str
    segments: Mapping[str, Segment]
    binder: Binder
    lifecycle: str
    tables: set[str] = field(default_factory=lambda: {"users"})

    def members(self, names: list[str]) -> str:
        """Return a SELECT of bucket, user_id and segment over the named segments. A user may be in several."""
        parts = [
            f"SELECT m.bucket AS bucket, m.user_id AS user_id, {self.binder.value('segment_name', name)} AS segment "
            f"FROM ({self.select(self._named(name).definition)}) AS m"
            for name in names
        ]
        return " UNION ALL ".join(parts)

    def select(self, definition: Definition) -> str:  # noqa: PLR0911 - one line per kind of definition
        """Return a SELECT of bucket and user_id: the registered users the definition holds for on each bucket's day."""
        match definition:
            case All(all=parts):
                return self._joined(parts, "INTERSECT")
            case Any_(any=parts):
                return self._joined(parts, "UNION")
            case Not(not_=part):
                return f"{self._everyone('1 = 1')} EXCEPT ({self.select(part)})"
            case Attribute():
                return self._attribute(definition)
            case Behaviour():
                return self._behaviour(definition)
            case Value():
                return self._value(definition)
            case Recency():
                return self._recency(definition)
            case State():
                return self._declining()
            case Reference(segment=name):
                return self.select(self._named(name).definition)

    def _named(self, name: str) -> Segment:
        if name not in self.segments:
            raise QueryError(
                Text(
                    f"没有名为“{name}”的人群。可用：{'、'.join(self.segments)}。",
                    f"There is no segment '{name}'. Segments: {', '.join(self.segments)}.",
                ),
                code="unknown_segment",
                choices=tuple(self.segments),
            )
        return self.segments[name]

    def _joined(self, parts: tuple[Definition, ...], operation: str) -> str:
        return f" {operation} ".join(f"({self.select(part)})" for part in parts)

    def _everyone(self, condition: str) -> str:
        return (
            f"SELECT d.bucket AS bucket, u.user_id AS user_id FROM {self.days} AS d "
            f"JOIN users AS u ON u.register_date <= d.day WHERE {condition}"
        )

    def _attribute(self, leaf: Attribute) -> str:
        if leaf.attribute == "lifecycle":
            test = self._test("l.lifecycle", leaf)
            self.tables.add("active_days")
            return f"SELECT l.bucket AS bucket, l.user_id AS user_id FROM ({self.lifecycle}) AS l WHERE {test}"
        if leaf.attribute == "age_days":
            return self._everyone(self._test("date_diff('day', u.register_date, d.day)", leaf))
        if leaf.attribute not in TABLES["users"].columns:
            known = [*TABLES["users"].columns, "lifecycle", "age_days"]
            raise QueryError(
                Text(
                    f"用户没有属性“{leaf.attribute}”。可用：{'、'.join(known)}。",
                    f"Users have no attribute '{leaf.attribute}'. Attributes: {', '.join(known)}.",
                ),
                code="unknown_attribute",
                choices=known,
            )
        if leaf.attribute == "birth_month" and leaf.values == (THIS_MONTH,):
            return self._everyone("u.birth_month = date_part('month', d.day)")
        return self._everyone(self._test(f"u.{leaf.attribute}", leaf))

    def _test(self, column: str, leaf: Attribute) -> str:
        bound = [self.binder.value(leaf.attribute, value) for value in leaf.values if value is not None]
        if leaf.op == "between":
            return f"{column} BETWEEN {bound[0]} AND {bound[1]}"
        if leaf.op in _COMPARE:
            return f"{column} {_COMPARE[leaf.op]} {bound[0]}"
        listed = ", ".join(bound)
        if leaf.op == "in":
            return " OR ".join(
                [f"{column} IN ({listed})"] * bool(bound) + [f"{column} IS NULL"] * (None in leaf.values)
            )
        return f"({column} NOT IN ({listed}) OR {column} IS NULL)"

    def _counted(self, figure: _Figure, days: int | None, *, where: str = "") -> str:
        """Return a relation of every registered user with ``n``, the figure in the window; NULL where there is no row."""
        self.tables.add(figure.table)
        window = f"e.{figure.day} <= d.day" + (f" AND e.{figure.day} > d.day - {days}" if days else "")
        conditions = " AND ".join(filter(None, [figure.where, where])) or "1 = 1"
        return (
            f"SELECT u.bucket AS bucket, u.user_id AS user_id, c.n AS n FROM ({self._everyone('1 = 1')}) AS u LEFT JOIN ("
            f"SELECT d.bucket AS bucket, e.{figure.user} AS user_id, {figure.sql} AS n FROM {self.days} AS d "
            f"JOIN {figure.table} AS e ON {window} WHERE {conditions} GROUP BY d.bucket, e.{figure.user}"
            f") AS c ON c.bucket = u.bucket AND c.user_id = u.user_id"
        )

    def _behaviour(self, leaf: Behaviour) -> str:
        where = [f"e.event = {self.binder.value('event', leaf.did)}"]
        for column, values in leaf.where.items():
            if column not in ("platform", "app_version", "feature", "keyword"):
                raise QueryError(
                    Text(
                        f"行为条件不支持“{column}”。可用：platform、app_version、feature、keyword。",
                        f"A behaviour cannot be narrowed by '{column}'. It takes platform, app_version, feature, keyword.",
                    ),
                    code="unknown_attribute",
                )
            where.append(f"e.{column} IN ({', '.join(self.binder.value(column, value) for value in values)})")
        sql = "count(*)" if leaf.times is not None else "count(DISTINCT e.event_date)"
        least = self.binder.value("times", leaf.times if leaf.times is not None else leaf.on_days)
        counted = self._counted(_events(sql), leaf.days, where=" AND ".join(where))
        return self._kept(counted, f"coalesce(k.n, 0) {_COMPARE[leaf.op]} {least}")

    def _kept(self, counted: str, condition: str) -> str:
        return f"SELECT k.bucket AS bucket, k.user_id AS user_id FROM ({counted}) AS k WHERE {condition}"

    def _value(self, leaf: Value) -> str:
        counted = self._counted(_MEASURES[leaf.measure], leaf.days)
        if isinstance(leaf.value, tuple):
            low, high = (self.binder.value("threshold", value) for value in leaf.value)
            return self._kept(counted, f"coalesce(k.n, 0) BETWEEN {low} AND {high}")
        bound = self.binder.value("threshold", leaf.value)
        if leaf.op in _COMPARE:
            return self._kept(counted, f"coalesce(k.n, 0) {_COMPARE[leaf.op]} {bound}")
        direction = "DESC" if leaf.op == "top_share" else "ASC"
        ranked = (
            f"SELECT p.bucket AS bucket, p.user_id AS user_id, row_number() OVER (PARTITION BY p.bucket ORDER BY p.n {direction}, "
            f"p.user_id) AS place, count(*) OVER (PARTITION BY p.bucket) AS ranked FROM ({counted}) AS p WHERE p.n > 0"
        )
        # Rounding first keeps a product such as 0.2 × 15 from being raised past its whole number.
        return self._kept(ranked, f"k.place <= ceil(round({bound} * k.ranked, 6))")

    def _recency(self, leaf: Recency) -> str:
        ((op, value),) = leaf.last_active_days.items()
        low, high = _bounds(op, value)
        if low >= AWAY_AFTER_DAYS:
            self.tables.add("away_spells")
            away = f"a.last_day + {self.binder.value('away', low)} <= d.day AND d.day < a.next_day"
            if high is not None:
                away += f" AND d.day <= a.last_day + {self.binder.value('away', high)}"
            return (
                f"SELECT d.bucket AS bucket, a.user_id AS user_id FROM {self.days} AS d JOIN away_spells AS a ON {away}"
            )
        days = "date_diff('day', greatest(r.register_date, coalesce(r.last_day, r.register_date)), r.day)"
        self.tables.add("active_days")
        last = (
            f"SELECT d.bucket AS bucket, d.day AS day, u.user_id AS user_id, u.register_date AS register_date, "
            f"a.event_date AS last_day FROM {self.days} AS d JOIN users AS u ON u.register_date <= d.day "
            f"ASOF LEFT JOIN active_days AS a ON a.user_id = u.user_id AND d.day >= a.event_date"
        )
        if isinstance(value, tuple):
            first, last = (self.binder.value("away", each) for each in value)
            test = f"{days} BETWEEN {first} AND {last}"
        else:
            test = f"{days} {_COMPARE[op]} {self.binder.value('away', value)}"
        return f"SELECT r.bucket AS bucket, r.user_id AS user_id FROM ({last}) AS r WHERE {test}"

    def _declining(self) -> str:
        """Time spent in the last 7 days at most half of the 7 days before, which was at least 10 minutes."""
        self.tables.add("user_days")
        minutes = (
            "SELECT d.bucket AS bucket, e.user_id AS user_id, "
            "coalesce(sum(e.seconds) FILTER (WHERE e.event_date > d.day - 7), 0) AS late, "
            "coalesce(sum(e.seconds) FILTER (WHERE e.event_date <= d.day - 7), 0) AS early "
            f"FROM {self.days} AS d JOIN user_days AS e ON e.event_date <= d.day AND e.event_date > d.day - 14 "
            "GROUP BY d.bucket, e.user_id"
        )
        kept = self._kept(minutes, "k.early >= 600 AND k.late * 2 <= k.early")
        return f"{kept} INTERSECT ({self._everyone('1 = 1')})"
