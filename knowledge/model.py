"""The semantic model: what a source, a dimension, a measure and a metric are. Frozen; read from YAML by the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.text import Text

Unit = Literal["users", "count", "CNY", "ratio", "days", "minutes", "points"]
Direction = Literal["up", "down", "none"]
DefaultWindow = Literal["day", "last_week", "last_month", "last_30_days"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Frozen):
    """The same words in Simplified Chinese and English."""

    zh: str
    en: str

    @property
    def text(self) -> Text:
        """The words as a ``Text``."""
        return Text(self.zh, self.en)


class Synonyms(_Frozen):
    """Other names that people use, by language; matched without regard to case."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Source(_Frozen):
    """A table that measures read.

    Attributes:
        table: the canonical table or rollup.
        date: its DATE column: what a period means for it.
        user: its user column, or None for facts that belong to no user.
        own: dimensions held by the table itself, with their columns.
        unit: the calendar unit whose first day the date is; the day itself by default.
        derived: computed within the statement instead of stored: ``credits`` shares registrations out to the touches
            before them, ``members`` holds who is in a segment on the day of each bucket.
        values_from: the stored table that holds the values of the own dimensions of a derived source.
    """

    id: str
    table: str
    date: str
    user: str | None = None
    own: Mapping[str, str] = Field(default_factory=dict)
    unit: Literal["day", "week", "month"] = "day"
    derived: Literal["credits", "members"] | None = None
    values_from: str | None = None


class Value(_Frozen):
    """A stored value that has names of its own."""

    id: str | int
    names: Words
    synonyms: Synonyms = Synonyms()


class Dimension(_Frozen):
    """A way to split or filter.

    Attributes:
        kind: ``attribute`` is a column of users, ``fact`` a column of a source, ``state`` is computed as of a day,
            ``membership`` may put one user in several values.
        column: the column of ``users`` for attributes.
        type: how values compare: as text, as numbers, or as dotted versions.
        filter_only: may filter, never split.
    """

    id: str
    names: Words
    synonyms: Synonyms = Synonyms()
    kind: Literal["attribute", "fact", "state", "membership"]
    column: str | None = None
    type: Literal["text", "number", "version"] = "text"
    filter_only: bool = False
    values: tuple[Value, ...] = ()


class Follow(_Frozen):
    """What the users of a cohort do later: rows of ``source`` from ``from_day`` to ``to_day`` after their own date.

    Attributes:
        where: a condition on the rows, on columns of the source.
        distinct_of, distinct_count: the user counts only with this many distinct values of the column.
        sum: an expression to add up per cohort instead of counting its users.
    """

    source: str
    from_day: int = Field(ge=0)
    to_day: int = Field(ge=0)
    where: str | None = None
    distinct_of: str | None = None
    distinct_count: int | None = None
    sum: str | None = None


class Standing(_Frozen):
    """Rows that stand on one day of each bucket, instead of those that fall into it.

    Attributes:
        on: the last day of the bucket, or the day before its first.
        where: the condition on a row, in columns of the source and ``day``; the source ``members`` needs none.
        segment: the ready-made segment whose members of that day are the rows of the source ``members``.
        then_active: only users who are active in the bucket afterwards.
    """

    on: Literal["end", "before"] = "end"
    where: str | None = None
    segment: str | None = None
    then_active: bool = False


class Within(_Frozen):
    """What must follow the row, by the same user, at the same instant or up to ``hours`` later (the edge counts)."""

    event: str
    hours: int = Field(ge=1)


class PerUser(_Frozen):
    """The rows are first brought together by user, within each bucket and dimension value.

    Attributes:
        at_least: count users with at least this many rows.
        top_percent: add up the values of the top users, this many percent of them, rounded up; ties by user id.
    """

    at_least: int | None = Field(default=None, ge=1)
    top_percent: int | None = Field(default=None, ge=1, le=100)


class Rollup(_Frozen):
    """The same number from a table with fewer rows.

    Attributes:
        source, aggregate, of, where: as of a measure; the source holds fewer dimensions.
        unit: the calendar unit that the table's rows are of: every window must be whole units.
        alone: whether every window must be exactly one unit.
        next_day: as of a measure.
    """

    source: str
    aggregate: Literal["count", "count_distinct", "sum"]
    of: tuple[str, ...] = ()
    where: str | None = None
    unit: Literal["day", "week", "month"] | None = None
    alone: bool = False
    next_day: str | None = None


class Measure(_Frozen):
    """One number over one source: an aggregate of its rows in a period.

    Attributes:
        aggregate: ``count`` rows, ``count_distinct`` of columns, or ``sum`` of an expression.
        of: the columns or the expression; empty for ``count``.
        where: a condition on the rows, on columns of the source.
        mature_after: only rows whose date is at least this many days before the as-of day.
        per_day: divide by the number of days in the period.
        with_cost: only rows of channels (or campaigns) that have a cost above 0 in the same period.
        follow: count or sum over what these users do later.
        standing: rows that stand on a day, instead of those of the period.
        within: only rows that something follows within hours.
        per_user: bring the rows together by user first.
        rolling_days: the days up to the last day of each bucket, this many, instead of the bucket.
        next_day: the column with the day of the user's next row, where the source has one: the row counts only where that
            day lies after the window, so that each user counts once.
        previous: the calendar unit before each bucket instead of the bucket; ``kept`` counts its users who are active in
            the bucket, ``gone`` those who are not, ``all`` everyone.
        ignores: dimensions that do not touch the measure: it neither splits nor is filtered by them.
        rollups: tables that give the same number wherever the dimensions asked for are known to them, best first.
    """

    id: str
    source: str
    aggregate: Literal["count", "count_distinct", "sum"]
    of: tuple[str, ...] = ()
    where: str | None = None
    mature_after: int | None = None
    per_day: bool = False
    with_cost: Literal["channel", "campaign"] | None = None
    follow: Follow | None = None
    standing: Standing | None = None
    within: Within | None = None
    per_user: PerUser | None = None
    rolling_days: int | None = Field(default=None, ge=1)
    next_day: str | None = None
    previous: Literal["all", "kept", "gone"] | None = None
    ignores: tuple[str, ...] = ()
    rollups: tuple[Rollup, ...] = ()


class Option(_Frozen):
    """A choice that a metric offers: its values, the default first."""

    names: Words
    values: tuple[str, ...] = Field(min_length=1)


class Metric(_Frozen):
    """A vetted definition.

    Attributes:
        measure: the measure of a plain metric; ratios have ``numerator`` and ``denominator`` instead.
        calendar: the calendar period the metric is defined on, where it has one; finer grains are raised to it.
        default_window: the dates meant when none are given.
        dimensions: ids of dimensions, or the groups ``user`` (every user attribute) and ``people``
            (user attributes, lifecycle, segment, variant).
        young_after: days after which a cohort's value is final; younger ones are noted.
        scale: what a quotient is multiplied by: 100 for points, 1000 for a price of a thousand.
        given: a measure that must be above 0 for the metric to have a value.
        options: choices it offers, by name.
        test: the test that proves the definition.
    """

    id: str
    names: Words
    synonyms: Synonyms
    definition: Words
    formula: str
    unit: Unit
    direction: Direction
    family: str
    measure: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    scale: int = 1
    given: str | None = None
    options: Mapping[str, Option] = Field(default_factory=dict)
    calendar: Literal["week", "month"] | None = None
    default_window: DefaultWindow = "last_30_days"
    dimensions: tuple[str, ...]
    young_after: int | None = None
    owner: str
    version: int = Field(ge=1)
    status: Literal["draft", "vetted", "retired"]
    test: str

    @property
    def is_ratio(self) -> bool:
        """Whether the metric is a quotient of two measures."""
        return self.numerator is not None

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures the metric needs, numerator first."""
        return tuple(m for m in (self.measure, self.numerator, self.denominator, self.given) if m is not None)
