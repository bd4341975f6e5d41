"""One row per registered user, with the joins that the conditions of a definition need, and each condition as a boolean."""

from __future__ import annotations

from collections.abc import Callable

from knowledge.errors import QueryError
from knowledge.model import Dimension, Words
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
    Rfm,
    State,
    Steps,
    Value,
)
from knowledge.tables import ID, TABLES
from knowledge.text import Text
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.facts import condition
from tools.semantic_layer.plan import ResolvedFilter
from tools.semantic_layer.segment_days import TakenOn
from tools.semantic_layer.segment_figures import (
    UNKNOWN_WITHOUT_ROWS,
    Figure,
    Tally,
    figure_of_behaviour,
    figure_of_measure,
)
from tools.semantic_layer.segment_ranks import rfm_members, share_members
from tools.semantic_layer.segment_sequences import sequence_members
from tools.warehouse.rollups import AWAY_AFTER_DAYS

_COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_TYPED = {"DATE": "DATE", "TIMESTAMP": "TIMESTAMP", ID: "VARCHAR"}
_LENGTHS = (14, 31, 92, 366)
"""Windows of up to so many days are counted together where there are several days."""
ATTRIBUTES = (*TABLES["users"].columns, "lifecycle", "age_days")
"""What a condition on an attribute may name."""


def bounds_of(leaf: Recency) -> tuple[int, int | None]:
    """Return the fewest and the most days since a user was last active; None for no end."""
    ((op, value),) = leaf.last_active_days.items()
    if isinstance(value, tuple):
        return value
    if op in ("lt", "lte"):
        return 0, value - (op == "lt")
    return value + (op == "gt"), value if op == "eq" else None


class Users:
    """One row per registered user ``u`` and day, with the joins that the tests written so far need.

    Args:
        on: the days.
        binder: takes the values.
        definition_of: the definition of a segment by name; raises QueryError where there is none.
        tables: gathers the tables that are read.
    """

    def __init__(
        self, on: TakenOn, binder: Binder, definition_of: Callable[[str], Definition], tables: set[str]
    ) -> None:
        self.on, self.binder, self.definition_of, self.tables = on, binder, definition_of, tables
        self.joins: dict[str, str] = {}
        self.tallies: dict[tuple[str, str, int], Tally] = {}
        self.within: tuple[str, ...] = ()

    @property
    def columns(self) -> str:
        """The columns that tell a user, and where there are several days the bucket."""
        return self.on.keys("u.user_id")

    def rows(self) -> str:
        """Return FROM with every join; to be called once all tests are written."""
        if self.on.relation:
            start = f"FROM {self.on.relation} AS d JOIN users AS u ON u.register_date <= d.day"
        else:
            start = (
                f"FROM (SELECT {', '.join(f'x.{c} AS {c}' for c in TABLES['users'].columns)} FROM users AS x "
                f"WHERE x.register_date <= {self.on.day}) AS u"
            )
        told = {f"({tally.select()})": tally.alias for tally in self.tallies.values()}
        joined = {f"({select})": alias for select, alias in self.joins.items()} | told
        return start + "".join(
            f" LEFT JOIN {select} AS {alias} ON {self.on.match(alias)}" for select, alias in joined.items()
        )

    def test(self, definition: Definition) -> str:  # noqa: C901, PLR0911 - one line per kind of definition
        """Return SQL that is TRUE for members, FALSE or NULL for others."""
        match definition:
            case All(all=parts):
                return "(" + " AND ".join(self.test(part) for part in parts) + ")"
            case Any_(any=parts):
                return "(" + " OR ".join(self.test(part) for part in parts) + ")"
            case Not(not_=part):
                return f"NOT coalesce({self.test(part)}, FALSE)"
            case Attribute():
                return f"({self._attribute(definition)})"
            case Behaviour():
                return self._behaviour(definition)
            case Value():
                return self._value(definition)
            case Recency():
                return self._recency(definition)
            case Steps():
                self.tables.add("events")
                found = self._found(sequence_members(definition, self.on, self.binder))
                return f"{found} IS NULL" if definition.negate else f"{found} IS NOT NULL"
            case Rfm():
                self.tables.add("orders")
                return f"{self._found(rfm_members(definition, self.on, self.binder))} IS NOT NULL"
            case State():
                return self._declining()
            case Reference(segment=name):
                return self._reference(name)

    def _reference(self, name: str) -> str:
        if name in self.within:
            way = " → ".join([*self.within, name])
            raise QueryError(
                Text(
                    f"人群“{name}”的定义引用了它自己：{way}。改写其中一个定义。",
                    f"The segment '{name}' is defined by itself: {way}. Rewrite one of these definitions.",
                ),
                code="segment_cycle",
            )
        outer, self.within = self.within, (*self.within, name)
        found = self.test(self.definition_of(name))
        self.within = outer
        return found

    def _found(self, select: str) -> str:
        """Return the user of an outer join to a SELECT of members."""
        alias = self.joins.setdefault(select, f"j{len(self.joins) + 1}")
        return f"{alias}.user_id"

    def _figure(self, figure: Figure) -> str:
        self.tables.add(figure.table)
        # On several days rows are joined to each day that they are in the window of: short windows keep to themselves.
        length = next((n for n in _LENGTHS if figure.days and figure.days <= n), 0) if self.on.relation else 0
        key = (figure.table, figure.user, length)
        tally = self.tallies.setdefault(key, Tally(f"t{len(self.tallies) + 1}", self.on, self.binder))
        return tally.column(figure)

    def column(self, name: str) -> str:
        """Return SQL of an attribute. Raises QueryError for one that users do not have."""
        if name == "lifecycle":
            return self._stage()
        if name == "age_days":
            return f"date_diff('day', u.register_date, {self.on.day})"
        if name not in TABLES["users"].columns:
            raise unknown_attribute(name)
        return f"u.{name}"

    def _attribute(self, leaf: Attribute) -> str:
        name = leaf.attribute
        column = self.column(name)
        if THIS_MONTH in leaf.values and name == "birth_month":
            others = tuple(value for value in leaf.values if value != THIS_MONTH)
            month = f"u.birth_month = date_part('month', {self.on.day})"
            tests = [
                month,
                *(
                    [self._test("u.birth_month", leaf.model_copy(update={"values": others, "op": "in"}))]
                    if others
                    else []
                ),
            ]
            told = " OR ".join(tests)
            return told if leaf.op == "in" else f"NOT coalesce({told}, FALSE)"
        return self._test(column, leaf)

    def _test(self, column: str, leaf: Attribute) -> str:
        kind = TABLES["users"].columns.get(leaf.attribute, "VARCHAR" if leaf.attribute == "lifecycle" else "INTEGER")
        if kind in _TYPED:
            return self._typed(column, leaf, _TYPED[kind])
        by = "version" if leaf.attribute == "app_version" else "number" if kind == "INTEGER" else "text"
        words = Words(zh=leaf.attribute, en=leaf.attribute)
        dimension = Dimension(id=leaf.attribute, names=words, kind="attribute", type=by)
        return condition(column, ResolvedFilter(dimension, leaf.op, leaf.values), self.binder)

    def _typed(self, column: str, leaf: Attribute, kind: str) -> str:
        """Return the test of a column whose values must be cast: days, moments, ids."""
        column = f"CAST({column} AS VARCHAR)" if kind == "VARCHAR" else column
        bound = [f"CAST({self.binder.value(leaf.attribute, str(v))} AS {kind})" for v in leaf.values if v is not None]
        if leaf.op == "between":
            return f"{column} BETWEEN {bound[0]} AND {bound[1]}"
        if leaf.op in _COMPARE:
            return f"{column} {_COMPARE[leaf.op]} {bound[0]}"
        tests = [f"{column} IN ({', '.join(bound)})"] if bound else []
        tests += [f"{column} IS NULL"] if None in leaf.values else []
        told = " OR ".join(tests)
        return told if leaf.op == "in" else f"NOT coalesce({told}, FALSE)"

    def _behaviour(self, leaf: Behaviour) -> str:
        figure = self._figure(figure_of_behaviour(leaf, self.binder))
        count = leaf.times if leaf.times is not None else leaf.on_days
        return self._compared(figure, leaf.op, count or 0, "times")

    def _value(self, leaf: Value) -> str:
        figure = figure_of_measure(leaf, self.binder)
        if leaf.op.endswith("_share"):
            self.tables.add(figure.table)
            return f"{self._found(share_members(leaf, self.on, self.binder))} IS NOT NULL"
        column = self._figure(figure)
        return self._compared(column, leaf.op, leaf.value, "threshold", unknown=leaf.measure in UNKNOWN_WITHOUT_ROWS)

    def _compared(
        self, column: str, op: str, value: float | tuple[float, float], name: str, *, unknown: bool = False
    ) -> str:
        """Return the test of a figure. Without rows it is 0; that is only said where 0 fits, so that the join can drop them."""
        low, high = value if isinstance(value, tuple) else (value, value)
        zero_fits = {"between": low <= 0 <= high, "eq": low == 0, "gt": low < 0, "gte": low <= 0, "lt": low > 0}
        known = f"coalesce({column}, 0)" if zero_fits.get(op, low >= 0) and not unknown else column
        if op == "between":
            return f"{known} BETWEEN {self.binder.value(name, low)} AND {self.binder.value(name, high)}"
        return f"{known} {_COMPARE[op]} {self.binder.value(name, low)}"

    def _away(self) -> str:
        """Return the days without activity of users who were away for long; NULL for the others."""
        self.tables.add("away_spells")
        on = self.on
        standing = f"a.last_day + {AWAY_AFTER_DAYS} <= {on.day} AND {on.day} < a.next_day"
        away = f"date_diff('day', a.last_day, {on.day}) AS away"
        select = f"SELECT {on.keys('a.user_id')}, {away} {on.rows('away_spells', 'a', standing)}"
        return f"{self.joins.setdefault(select, f'j{len(self.joins) + 1}')}.away"

    def _recency(self, leaf: Recency) -> str:
        low, high = bounds_of(leaf)
        away = self._away()
        if low == 0 and (high is None or high >= AWAY_AFTER_DAYS - 1):
            away = f"coalesce({away}, 0)"  # who was not away so long is within the bounds, whatever the day
        elif low < AWAY_AFTER_DAYS:
            # Who was not away so long was last active, or registered, in these days.
            recent = Figure("active_days", "event_date", "max(e.event_date){only}", days=AWAY_AFTER_DAYS)
            last = f"greatest(u.register_date, coalesce({self._figure(recent)}, u.register_date))"
            away = f"coalesce({away}, date_diff('day', {last}, {self.on.day}))"
        least = self.binder.value("away", low)
        return f"{away} >= {least}" if high is None else f"{away} BETWEEN {least} AND {self.binder.value('away', high)}"

    def _stage(self) -> str:
        """Return the stage of the lifecycle, as ``facts.lifecycle_rows`` tells it."""
        away, age = self._away(), f"date_diff('day', u.register_date, {self.on.day})"
        return (
            f"CASE WHEN {age} <= 7 THEN 'new' WHEN {away} > 60 THEN 'lost' WHEN {away} >= 30 THEN 'dormant' "
            f"WHEN {away} >= 15 THEN 'fading' WHEN {age} <= 60 THEN 'growing' ELSE 'mature' END"
        )

    def _declining(self) -> str:
        """Time spent in the last 7 days at most half of the 7 days before, which was at least 10 minutes."""
        late = self._figure(Figure("user_days", "event_date", "sum(e.seconds){only}", days=7))
        early = self._figure(Figure("user_days", "event_date", "sum(e.seconds){only}", days=14, skipped=7))
        return f"({early} >= 600 AND coalesce({late}, 0) * 2 <= {early})"


def unknown_attribute(name: str) -> QueryError:
    """Return the error of an attribute that users do not have, with the nearest."""
    from knowledge.catalog.nearest import nearest  # noqa: PLC0415 - only a wrong name needs it

    near = nearest(name, list(ATTRIBUTES)) or ATTRIBUTES
    return QueryError(
        Text(
            f"用户没有属性“{name[:60]}”。最接近的是：{'、'.join(near)}。可用：{'、'.join(ATTRIBUTES)}。",
            f"Users have no attribute '{name[:60]}'. Nearest: {', '.join(near)}. Attributes: {', '.join(ATTRIBUTES)}.",
        ),
        code="unknown_attribute",
        choices=tuple(near),
    )
