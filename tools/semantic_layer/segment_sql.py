"""SQL of segments: a SELECT of the registered users whom a definition holds for, as of each bucket's day or of one day.

Every condition is a boolean over one row per registered user, joined outside to what the user did: absence is then a row
that was not found, and a count of zero finds users with none at all. Each table is read once for all the conditions that
take figures from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from knowledge.errors import QueryError
from knowledge.segments import Definition, Recency, Reference, Segment
from knowledge.text import Text
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.bucketing import Bucketing, days_rows
from tools.semantic_layer.segment_days import TakenOn
from tools.semantic_layer.segment_users import ATTRIBUTES, Users, bounds_of
from tools.warehouse.rollups import AWAY_AFTER_DAYS

__all__ = ["ATTRIBUTES", "SegmentSql", "segment_sql"]


@dataclass
class SegmentSql:
    """Writes SELECTs of segments; gathers the tables they read.

    Attributes:
        days: a relation with the columns bucket and day, in parentheses.
        one_day: SQL of a DATE: members are taken on this day alone and have no bucket; ``days`` is empty then.
    """

    days: str
    segments: Mapping[str, Segment]
    binder: Binder
    one_day: str = ""
    tables: set[str] = field(default_factory=lambda: {"users"})

    def members(self, names: list[str]) -> str:
        """Return a SELECT of bucket, user_id and segment over the named segments. A user may be in several."""
        if self.days:
            return " UNION ALL ".join(self._named_members(name) for name in names)
        if len(names) == 1:
            return self._named_members(names[0])
        users = self._users()
        tests = [users.test(self._named(name).definition) for name in names]
        found = ", ".join(
            f"CASE WHEN {test} THEN {self.binder.value('segment_name', name)} END"
            for name, test in zip(names, tests, strict=True)
        )
        each = f"SELECT {users.columns}, unnest([{found}]) AS segment {users.rows()}"
        return f"SELECT {self._on.names('m')}, m.segment AS segment FROM ({each}) AS m WHERE m.segment IS NOT NULL"

    def _named_members(self, name: str) -> str:
        said = self.binder.value("segment_name", name)
        found = self.select(self._named(name).definition)
        return f"SELECT {self._on.names('m')}, {said} AS segment FROM ({found}) AS m"

    def select(self, definition: Definition) -> str:
        """Return a SELECT of bucket and user_id: the registered users the definition holds for on each bucket's day."""
        plain = self._behind(definition)
        if isinstance(plain, Recency) and (spells := self._long_away(plain)):
            return spells
        users = self._users()
        test = users.test(definition)
        return f"SELECT {users.columns} {users.rows()} WHERE {test}"

    def flags(self, definitions: Mapping[str, Definition], attributes: Iterable[str] = ()) -> str:
        """Return a SELECT of every registered user on each day with a BOOLEAN for each definition, by its name.

        Args:
            definitions: what to tell of each user.
            attributes: what to carry of each, by the names of ``ATTRIBUTES``.
        """
        users = self._users()
        tests = {name: users.test(definition) for name, definition in definitions.items()}
        columns = [f"{users.column(name)} AS {name}" for name in attributes]
        told = [f"coalesce({test}, FALSE) AS {name}" for name, test in tests.items()]
        return f"SELECT {', '.join([users.columns, *columns, *told])} {users.rows()}"

    def members_with(self, definition: Definition, attributes: Iterable[str]) -> str:
        """Return a SELECT of the members with attributes of theirs, by the names of ``ATTRIBUTES``."""
        users = self._users()
        test = users.test(definition)
        columns = [f"{users.column(name)} AS {name}" for name in attributes if name != "user_id"]
        return f"SELECT {', '.join([users.columns, *columns])} {users.rows()} WHERE {test}"

    def _users(self) -> Users:
        return Users(self._on, self.binder, lambda name: self._named(name).definition, self.tables)

    def _behind(self, definition: Definition) -> Definition:
        """Return what a reference stands for; itself where it leads in a circle, for the test to say so."""
        seen, found = set[str](), definition
        while isinstance(found, Reference):
            if found.segment in seen:
                return definition
            seen.add(found.segment)
            found = self._named(found.segment).definition
        return found

    @property
    def _on(self) -> TakenOn:
        return TakenOn(self.one_day) if self.one_day else TakenOn("d.day", self.days)

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

    def _long_away(self, leaf: Recency) -> str:
        """Return the users away so long that the rollup of stretches without activity holds them all; "" for others."""
        low, high = bounds_of(leaf)
        if low < AWAY_AFTER_DAYS:
            return ""
        self.tables.add("away_spells")
        on = self._on
        away = f"a.last_day + {self.binder.value('away', low)} <= {on.day} AND {on.day} < a.next_day"
        if high is not None:
            away += f" AND {on.day} <= a.last_day + {self.binder.value('away', high)}"
        return f"SELECT {on.keys('a.user_id')} {on.rows('away_spells', 'a', away)}"


def segment_sql(bucketing: Bucketing, segments: Mapping[str, Segment], binder: Binder) -> SegmentSql:
    """Return what writes the members of segments at the end of each bucket; where there is one window, on its day alone."""
    if bucketing.kind == "single":
        (day,) = bucketing.windows.states
        return SegmentSql("", segments, binder, one_day=binder.day(f"{bucketing.side}_state_day", day))
    return SegmentSql(f"({days_rows(bucketing)})", segments, binder)
